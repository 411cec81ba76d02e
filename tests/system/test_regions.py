"""Coverage: each account's regions, lists to their end, and global databases whose writer's region cannot be assessed."""
import json
import os
import sys
import tempfile
import threading
import unittest

import harness
import proxy
import reports
import small_aws
from small_aws import HOME, cluster, rds, refused, regions

CLUSTERS = "neptune-encryption-at-rest"
GLOBALS = "neptune-global-database-encryption"
ADVICE = ("list has the region as enabled", "Scan again later", "regional STS endpoint", "SetSecurityTokenServicePreferences")
OTHER = "000000000043"


class Case(unittest.TestCase):
    def scan(self, answers, *flags, accounts=("--accounts", HOME), controls=CLUSTERS, **environment):
        with small_aws.serving(answers) as (settings, self.asked):
            result = harness.scan(harness.clean_environment(**settings, **environment), "--controls", controls,
                                  "--max-attempts", "2", *accounts, *flags)
        if result.report:
            self.assertEqual(reports.inconsistencies(result.report), [])
        return result

    def stalls(self):
        """An answer that does not come before the test ends."""
        hold = threading.Event()
        self.addCleanup(hold.set)

        def waits(_parameters):
            hold.wait(20)
            return refused(403, "AccessDenied")

        return waits

    def cells(self, result):
        return {(cell["account"], cell["region"]): cell for cell in result.report["cells"]}

    def states(self, result, account=HOME):
        return {cell["region"]: cell["state"] for cell in result.report["cells"] if cell["account"] == account}


class Refusals(Case):
    """A region refuses the session. Only the account's list, or the words "not opted in", prove that it is disabled."""

    REFUSALS = ((403, "InvalidClientTokenId"), (403, "UnrecognizedClientException"), (401, "AuthFailure"),
                (403, "OptInRequired"), (403, "SubscriptionRequiredException"), (403, "RegionDisabledException"))

    def test_listed_as_enabled(self):
        lists = {"ec2:DescribeRegions": regions("us-east-1", "ap-east-1")}
        for operation, controls, more in (("rds:DescribeDBClusters", CLUSTERS, ()),
                                          ("neptune-graph:ListGraphs", "neptune-analytics-key", ("--require-key", "kms"))):
            for status, code in self.REFUSALS:
                for named in ((), ("--regions", "us-east-1,ap-east-1"))[:1 + (code == "InvalidClientTokenId")]:
                    with self.subTest(operation=operation, code=code, named=named):
                        result = self.scan({**lists, f"{operation}@ap-east-1": refused(status, code)}, *named, *more,
                                           controls=controls)
                        self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "empty", "ap-east-1": "error"}))
                        reason = self.cells(result)[HOME, "ap-east-1"]["reason"]
                        for part in (f"{operation}: {code}", *ADVICE):
                            self.assertIn(part, reason)

    def test_one_cause_is_one_row(self):
        """Whatever the request ids and the regions that the messages name; what to do about it is said in full, once."""
        names = ["af-south-1", "ap-east-1", *(f"eu-west-{i}" for i in range(1, 9))]
        refusals = {f"rds:DescribeDBClusters@{name}": refused(403, "InvalidClientTokenId", f"not in {name}") for name in names}
        result = self.scan({"ec2:DescribeRegions": regions("us-east-1", *names), **refusals}, "--report", "table=-")
        self.assertEqual(result.code, 3, result)
        self.assertIn("af-south-1, ap-east-1, eu-west-1, eu-west-2, eu-west-3, eu-west-4 and 4 more", " ".join(result.out.split()))
        self.assertEqual(result.out.count("InvalidClientTokenId"), 1, result.out)
        fix = " ".join(result.out.partition(" Fix: ")[2].split())
        for part in ADVICE[1:]:
            self.assertEqual(fix.count(part), 1, result.out)
        for name in names:
            self.assertNotIn("request-", self.cells(result)[HOME, name]["reason"])
            self.assertRegex(self.cells(result)[HOME, name]["request_id"], r"^request-\d+$")

    def test_a_region_that_cannot_be_disabled(self):
        result = self.scan({"rds:DescribeDBClusters": refused(403, "OptInRequired")})
        self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "error"}))

    def test_named_and_not_listed(self):
        for status, code in self.REFUSALS:
            with self.subTest(code):
                result = self.scan({"rds:DescribeDBClusters@ap-east-1": refused(status, code)}, "--regions", "us-east-1,ap-east-1")
                self.assertEqual((result.code, self.states(result)), (0, {"us-east-1": "empty", "ap-east-1": "disabled"}))
                self.assertIn("region not enabled in this account (ec2:DescribeRegions in us-east-1, request request-",
                              self.cells(result)[HOME, "ap-east-1"]["reason"])

    def test_named_and_the_list_cannot_be_read(self):
        """Then "not opted in" alone proves it, and not of a region that no account can disable."""
        unread = {"denied": refused(403, "UnauthorizedOperation"), "broken": (500, "<html/>"),
                  "empty": regions(), "without its own region": regions("eu-west-1"), "unsafe": regions("us-east-1", "a/b")}
        for name, answer in unread.items():
            cases = (("ap-east-1", "InvalidClientTokenId", "error"), ("ap-east-1", "OptInRequired", "disabled"),
                     ("eu-west-1", "OptInRequired", "error"), ("eu-west-1", "AuthFailure", "error"),
                     ("nz-north-1", "RegionDisabledException", "disabled"))
            for region, code, state in cases if name == "denied" else cases[:2]:
                with self.subTest(name, region=region, code=code):
                    result = self.scan({"ec2:DescribeRegions": answer, "rds:DescribeDBClusters": refused(403, code)},
                                       "--regions", region)
                    self.assertEqual((result.code, self.states(result)), (0 if state == "disabled" else 3, {region: state}))
                    reason = self.cells(result)[HOME, region]["reason"]
                    self.assertIn(code, reason)
                    self.assertIn("ec2:DescribeRegions", reason)

    def test_an_account_that_is_not_activated(self):
        """The home region gives the same answer as the region does: it says nothing about the region."""
        for code in ("OptInRequired", "SubscriptionRequiredException"):
            for operation, controls, more in (("rds:DescribeDBClusters", CLUSTERS, ()),
                                              ("neptune-graph:ListGraphs", "neptune-analytics-key", ("--require-key", "kms"))):
                with self.subTest(code, operation=operation):
                    result = self.scan({operation: refused(403, code), "ec2:DescribeRegions": refused(403, code)}, *more,
                                       "--regions", "af-south-1", controls=controls)
                    self.assertEqual((result.code, self.states(result)), (3, {"af-south-1": "error"}))
                    self.assertIn("the home region refuses the session, too", self.cells(result)[HOME, "af-south-1"]["reason"])
        result = self.scan({"rds:DescribeDBClusters": refused(403, "OptInRequired"),
                            "ec2:DescribeRegions": refused(403, "OptInRequired")})
        self.assertEqual((result.code, set(self.states(result).values())), (3, {"error"}))

    @staticmethod
    def first_page_only(items, refusal):
        return lambda parameters: refusal if "Marker" in parameters else rds("DescribeDBClusters", items, "<Marker>2</Marker>")

    def test_after_a_good_answer(self):
        """The region is known to be enabled, so the reason says so, with the same advice, and nothing more is requested."""
        region, key = "ap-east-1", f"arn:aws:kms:ap-east-1:{HOME}:key/k"
        found = cluster("graph", region, True).replace("<Status>", f"<KmsKeyId>{key}</KmsKeyId><Status>")
        lists = {"ec2:DescribeRegions": regions("us-east-1", region), f"rds:DescribeDBClusters@{region}": rds(
            "DescribeDBClusters", found)}
        for operation in ("rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots", "rds:DescribeDBInstances",
                          "rds:DescribeGlobalClusters", "kms:DescribeKey", "neptune-graph:ListGraphs"):
            for status, code in self.REFUSALS[:2] + self.REFUSALS[3:4]:
                answer, words = refused(status, code), "; but the region is enabled"
                if operation == "rds:DescribeDBClusters":
                    answer = self.first_page_only(found, answer)
                for named in ((), ("--regions", f"us-east-1,{region}"))[:1 + (code == "OptInRequired")]:
                    with self.subTest(operation, code=code, named=named):
                        result = self.scan({**lists, f"{operation}@{region}": answer}, *named, "--require-key", "kms",
                                           controls="all")
                        cell = self.cells(result)[HOME, region]
                        self.assertEqual((result.code, cell["complete"]), (3, False))
                        for part in (f"{operation}: {code}", words if named else ADVICE[0], *ADVICE[1:]):
                            self.assertIn(part, cell["reason"])
                        self.assertEqual(sum("DescribeRegions" in asked[2] for asked in self.asked), not named)

    def test_keys_that_are_no_good(self):
        """Refused at home, too: after a few regions the others are spared, and none is disabled."""
        names = ["us-east-1", *(f"eu-west-{i}" for i in range(1, 17))]
        bad = refused(403, "InvalidClientTokenId")
        for list_of in (bad, regions(*names)):
            turns = iter([list_of])
            result = self.scan({"ec2:DescribeRegions": lambda _, turns=turns: next(turns, bad), "rds:DescribeDBClusters": bad})
            self.assertEqual((result.code, set(self.states(result).values())), (3, {"error"}))
            self.assertIn("rejected in 3 regions and in the home region", result.err)
            for reason in {cell["reason"] for cell in result.report["cells"]} - {
                    "not scanned: credentials rejected in other regions and in the home region"}:
                self.assertIn("InvalidClientTokenId: no; the home region rejects the credentials, too: ec2:DescribeRegions", reason)


class Lists(Case):
    """What ec2:DescribeRegions says."""

    def test_a_region_whatever_its_name(self):
        for name in ("nz-north-1", "mx-central-9", "moon", "a" * 63):
            with self.subTest(name):
                result = self.scan({"ec2:DescribeRegions": regions("us-east-1", name),
                                    f"rds:DescribeDBClusters@{name}": rds("DescribeDBClusters", cluster("graph", name))})
                self.assertEqual((result.code, self.states(result)), (1, {"us-east-1": "empty", name: "fail"}), result)

    def test_names_in_arns(self):
        """Of a known region an ARN must name it; how a newer one is called there is not known."""
        for name, state in (("eu-west-1", "error"), ("nz-north-1", "fail")):
            result = self.scan({"ec2:DescribeRegions": regions("us-east-1", name),
                                f"rds:DescribeDBClusters@{name}": rds("DescribeDBClusters", cluster("graph", "us-east-1"))})
            self.assertEqual(self.states(result)[name], state, result.report["cells"])

    def test_a_region_of_a_new_area_by_name(self):
        answers = {"rds:DescribeDBClusters@nz-north-1": rds("DescribeDBClusters", cluster("graph", "nz-north-1"))}
        result = self.scan(answers, "--regions", "nz-north-1")
        self.assertEqual((result.code, self.states(result)), (1, {"nz-north-1": "fail"}))
        self.assertIn("region nz-north-1 is not in this version's list", result.err)
        result = self.scan({**answers, "ec2:DescribeRegions": regions("nz-north-1")}, "--region", "nz-north-1")
        self.assertEqual((result.code, self.states(result)), (1, {"nz-north-1": "fail"}))
        for name in ("us-east-1.evil.example", "evil.com/", "US-EAST-1", "useast1"):
            self.assertEqual(self.scan({}, "--regions", name).code, 2)

    def test_a_repetition_counts_once(self):
        result = self.scan({"ec2:DescribeRegions": regions("us-east-1", "eu-west-1", "eu-west-1", "us-east-1")})
        self.assertEqual((result.code, self.states(result)), (0, {"us-east-1": "empty", "eu-west-1": "empty"}), result)

    def test_one_that_cannot_be_used(self):
        """Of a region that is not enabled its name does not matter; and of an enabled one it hides no other."""
        found = {"rds:DescribeDBClusters@nz-north-1": rds("DescribeDBClusters", cluster("graph", "nz-north-1"))}
        _, listed = regions("us-east-1", "nz-north-1", "eu_bad")
        off = listed.replace("eu_bad</regionName><optInStatus>opted-in", "eu_bad</regionName><optInStatus>not-opted-in")
        result = self.scan({"ec2:DescribeRegions": (200, off), **found})
        self.assertEqual((result.code, self.states(result)), (1, {"us-east-1": "empty", "nz-north-1": "fail"}))
        for names in (("us-east-1", "nz-north-1", "eu_bad"), ("us-east-1", "eu_bad", "nz-north-1"), ("eu_bad", "nz-north-1")):
            with self.subTest(names):
                result = self.scan({"ec2:DescribeRegions": regions(*names), **found})
                states = self.states(result)
                self.assertEqual((result.code, len(states), states["nz-north-1"], states["us-east-1"]), (3, 35, "fail", "error"))
                self.assertFalse(result.report["run"]["complete"])

    def test_more_regions_than_there_can_be(self):
        result = self.scan({"ec2:DescribeRegions": regions("us-east-1", *(f"zz-north-{i}" for i in range(1, 5000)))})
        self.assertEqual((result.code, len(self.states(result))), (3, 34))
        self.assertIn("more than 4096 regions", self.cells(result)[HOME, "us-east-1"]["reason"])

    def test_none_is_left(self):
        """Each region is excluded: that is no pass, and no cell is made up."""
        result = self.scan({}, "--regions", "us-east-1,eu-west-1", "--exclude-regions", "eu-west-1,us-east-1")
        self.assertEqual((result.code, self.asked), (2, []), result)
        self.assertIn("--regions", result.err)
        self.assertIn("--exclude-regions", result.err)
        result = self.scan({}, "--exclude-regions", "us-east-1", "--report", "table")
        self.assertEqual((result.code, result.report["cells"]), (3, []))
        self.assertFalse(result.report["run"]["complete"])
        self.assertIn("--exclude-regions", result.report["run"]["interrupted"])
        self.assertNotIn("PASS", result.out)
        self.assertIn("--exclude-regions", result.out)
        result = self.scan({"sts:AssumeRole": refused(403, "AccessDenied")}, "--exclude-regions", "us-east-1",
                           accounts=("--accounts", OTHER))
        self.assertEqual((result.code, self.states(result, OTHER)["eu-west-1"], len(result.report["cells"])), (3, "unreached", 33))

    def test_regions_of_other_partitions(self):
        result = self.scan({"ec2:DescribeRegions": regions("us-east-1", "cn-north-1", "us-gov-west-1")}, "--verbose")
        self.assertEqual((result.code, self.states(result)), (0, {"us-east-1": "empty"}))
        self.assertIn("cn-north-1, us-gov-west-1", result.err)

    def test_hundreds_of_regions(self):
        names = ["us-east-1", *(f"zz-north-{i}" for i in range(1, 300))]
        result = self.scan({"ec2:DescribeRegions": regions(*names),
                            "rds:DescribeDBClusters@zz-north-299": rds("DescribeDBClusters", cluster("g", "zz-north-299"))})
        states = self.states(result)
        self.assertEqual((result.code, len(states), states["zz-north-299"]), (1, 300, "fail"))

    BROKEN = {"no region": (regions(), "lists no enabled region"), "no regions of ours": (regions("cn-north-1"), "lists no enabled region"),
              "not its own": (regions("eu-west-1"), "is not in it"), "a path": (regions("us-east-1", "evil.com/"), '"evil.com/"'),
              "another host": (regions("us-east-1", "us-east-1.attacker"), '"us-east-1.attacker"'),
              "no name": (regions("us-east-1", ""), "cannot be a region")}

    def test_a_list_that_is_none(self):
        """It is never the end of the matter: the known regions are scanned, and the run is not complete."""
        fails = {"rds:DescribeDBClusters@eu-west-1": rds("DescribeDBClusters", cluster("graph", "eu-west-1"))}
        for name, (answer, problem) in self.BROKEN.items():
            for more, home in ((fails, "us-east-1"), ({}, "us-east-1"), ({}, "af-south-1"))[:3 if name == "no region" else 1]:
                with self.subTest(name, more=bool(more), home=home):
                    result = self.scan({"ec2:DescribeRegions": answer, **more},
                                       *(("--exclude-regions", "us-east-1") if home != "us-east-1" else ()))
                    states = self.states(result)
                    self.assertEqual((result.code, states.pop(home)), (3, "error"))
                    self.assertFalse(result.report["run"]["complete"])
                    self.assertIn(problem, self.cells(result)[HOME, home]["reason"])
                    self.assertEqual(set(states.values()), {"empty", "fail"} if more else {"empty"})
                    self.assertIn("regions taken from the built-in list of 34 regions", result.report["accounts"][0]["note"])
                    self.assertIn(problem, result.report["accounts"][0]["note"])

    def test_a_list_that_is_refused(self):
        """Every known region has a cell and a column, and the account's note says where they are from."""
        answers = {f"ec2:DescribeRegions@{OTHER}": refused(403, "UnauthorizedOperation", "not you"),
                   f"ec2:DescribeRegions@{HOME}": regions("us-east-1", "nz-north-1"),
                   f"rds:DescribeDBClusters@{OTHER}/ap-east-1": refused(403, "OptInRequired"),
                   f"rds:DescribeDBClusters@{OTHER}/af-south-1": refused(403, "InvalidClientTokenId"),
                   f"rds:DescribeDBClusters@{OTHER}/eu-west-1": refused(403, "OptInRequired")}
        result = self.scan(answers, accounts=("--accounts", f"{HOME},{OTHER}"))
        states = self.states(result, OTHER)
        self.assertEqual((result.code, len(result.report["regions"])), (3, 35))
        self.assertEqual((states.pop("ap-east-1"), states.pop("af-south-1"), states.pop("eu-west-1"), states.pop("nz-north-1")),
                         ("disabled", "error", "error", "denied"))
        self.assertEqual(set(states.values()), {"empty"})
        self.assertEqual({state for region, state in self.states(result).items() if region not in ("us-east-1", "nz-north-1")},
                         {"disabled"})
        cells = self.cells(result)
        self.assertIn("ec2:DescribeRegions in us-east-1 was refused (UnauthorizedOperation", cells[OTHER, "af-south-1"]["reason"])
        self.assertIn("whether the account has this region is not known", cells[OTHER, "nz-north-1"]["reason"])
        notes = {account["id"]: account["note"] for account in result.report["accounts"]}
        self.assertIsNone(notes[HOME])
        self.assertEqual(notes[OTHER], "regions taken from the built-in list of 34 regions: ec2:DescribeRegions was refused "
                                       "(UnauthorizedOperation: not you)")
        self.assertIn("the list of enabled regions could not be read", result.err)

    def test_only_disabled_cells_are_columns_too(self):
        """In a store that another program reads, before the run has come to its end or after."""
        answers = {"ec2:DescribeRegions": refused(403, "UnauthorizedOperation"),
                   **{f"rds:DescribeDBClusters@{region}": refused(403, "OptInRequired") for region in ("ap-east-1", "me-south-1")}}
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "runs.db")
            result = self.scan(answers, "--db", store)
            again = harness.run(["report", "--db", store, "--report", "json"], harness.clean_environment())
        self.assertEqual((result.code, self.states(result)["ap-east-1"], len(self.states(result))), (0, "disabled", 34))
        self.assertEqual(json.loads(again.out)["regions"], result.report["regions"])


class Pages(Case):
    """A list in JSON ends where AWS says so, not where a member has another type."""

    @staticmethod
    def pages(first, last):
        """Two pages, of which the second is `last`."""
        return lambda parameters: (200, last if parameters.get("NextToken", parameters.get("nextToken")) == "2" else first)

    ACCOUNT = '{"Id":"%s","Name":"n","State":"ACTIVE"}' % HOME

    def accounts(self, *items, token='"2"'):
        return '{"Accounts":[%s],"NextToken":%s}' % (",".join(items), token)

    BAD_TOKENS = {"7": "NextToken is a number", '{"a":1}': "NextToken is an object", "true": "NextToken is a boolean value",
                  "[]": "NextToken is an array"}

    def test_accounts(self):
        bad = {f'{{"Accounts":[{self.ACCOUNT}],"NextToken":{token}}}': problem for token, problem in self.BAD_TOKENS.items()}
        bad.update({f'{{"Accounts":{value}}}': f"Accounts is {problem}" for value, problem in (
            ("null", "null"), ("{}", "an object"), ('"none"', "a text"), ("7", "a number"))})
        bad.update({'{"Accounts":[7]}': "an item of Accounts is a number", '{"Accounts":[{"Id":42}]}': "12-digit id",
                    '{"Accounts":[],"Accounts":[]}': "the response to ListAccounts is incomplete", '{"Accounts":[]} more': "the response to ListAccounts is incomplete"})
        for body, problem in bad.items():
            with self.subTest(body):
                first = self.scan({"organizations:ListAccounts": (200, body)}, accounts=())
                later = self.scan({"organizations:ListAccounts": self.pages(self.accounts(self.ACCOUNT), body)}, accounts=())
                self.assertEqual((first.code, later.code), (4, 3), (first, later))
                for result in (first, later):
                    self.assertIn("organizations:ListAccounts", result.err)
                    self.assertIn(problem, result.err)
                self.assertEqual(self.states(later), {"us-east-1": "empty"})
                self.assertFalse(later.report["run"]["complete"])
                doctor = self.doctor({"organizations:ListAccounts": (200, body)})
                self.assertEqual(doctor.code, 4, doctor)
                self.assertIn(problem, doctor.out)

    def doctor(self, answers):
        with small_aws.serving(answers) as (settings, _):
            return harness.run(["doctor", "--max-attempts", "1"], harness.clean_environment(**settings))

    def test_units(self):
        """Without its tree an organization is scanned, but not by its units."""
        for operation, name in (("ListRoots", "Roots"), ("ListOrganizationalUnitsForParent", "OrganizationalUnits"),
                                ("ListAccountsForParent", "Accounts")):
            good = self.scan({}, "--ous", "/", accounts=())
            self.assertEqual(good.code, 0, good)
            for body in ('{"%s":null}', '{"%s":{}}', '{"%s":[7]}', '{"%s":[{"Id":7}]}', '{"%s":[],"NextToken":7}',
                         '{"%s":[{}]}'):
                with self.subTest(operation, body=body):
                    answers = {f"organizations:{operation}": (200, body % name)}
                    result = self.scan(answers, accounts=())
                    self.assertEqual((result.code, self.states(result)), (0, {"us-east-1": "empty"}))
                    self.assertIn(f"organizational units are not known: organizations:{operation}: the response is not a list",
                                  result.err)
                    if "null" in body:
                        self.assertEqual(self.scan(answers, "--ous", "/", accounts=()).code, 4)

    def test_regions_of_another_partition(self):
        """No session of this one is good there: they are not scanned, and each account says so."""
        result = self.scan({"ec2:DescribeRegions": regions("us-east-1", "us-gov-west-1", "cn-north-1")})
        self.assertEqual((result.code, self.states(result)), (0, {"us-east-1": "empty"}))
        self.assertIn("were not scanned: us-gov-west-1, cn-north-1", result.report["accounts"][0]["note"])

    def test_a_service_without_subscription(self):
        """That is no region which says that it is not enabled, and the account's list cannot be had."""
        result = self.scan({"ec2:DescribeRegions": refused(403, "UnauthorizedOperation"),
                            "rds:DescribeDBClusters@eu-south-1": refused(403, "SubscriptionRequiredException")},
                           "--regions", "us-east-1,eu-south-1")
        self.assertEqual((result.code, self.states(result)["eu-south-1"]), (3, "error"))

    def test_graphs(self):
        flags = ("--require-key", "kms")
        graph = '{"id":"g-1","arn":"arn:aws:neptune-graph:us-east-1:%s:graph/g-1","kmsKeyIdentifier":"%s"}' % (
            HOME, f"arn:aws:kms:us-east-1:{HOME}:key/k")
        for operation, name in (("ListGraphs", "graphs"), ("ListGraphSnapshots", "graphSnapshots")):
            for body in ('{"%s":null}', '{"%s":{}}', '{"%s":"x"}', '{"%s":[7]}', '{"%s":[{"id":7}]}', '{"%s":[],"nextToken":7}',
                         '{"%s":[],"nextToken":{}}', '{"%s":[],"nextToken":[]}'):
                with self.subTest(operation, body=body):
                    body = body % name
                    later = self.pages('{"%s":[%s],"nextToken":"2"}' % (name, graph), body)
                    for answer in ((200, body), later)[:2 if "null" in body or '":7' in body else 1]:
                        result = self.scan({f"neptune-graph:{operation}": answer}, *flags,
                                           controls=f"{CLUSTERS},neptune-analytics-key")
                        self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "error"}), result.report["cells"])
                        self.assertIn(f"neptune-graph:{operation}: the response is not a list: ",
                                      self.cells(result)[HOME, "us-east-1"]["reason"])
            for wrong in (graph.replace(HOME, "000000000099"), graph.replace("graph:us-east-1", "graph:us-west-2"),
                          graph.replace("arn:aws:neptune-graph", "arn:aws:rds")):
                result = self.scan({f"neptune-graph:{operation}": (200, '{"%s":[%s,%s]}' % (name, graph, wrong))}, *flags,
                                   controls=f"{CLUSTERS},neptune-analytics-key")
                self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "error"}), result.report["cells"])
                self.assertIn("but the request was for account", self.cells(result)[HOME, "us-east-1"]["reason"])
                self.assertNotIn("neptune-analytics-key", str(result.report["findings"]))
            for body in ('{"%s":[],"%s":[]}' % (name, name), '{"%s":[]}{}' % name):
                result = self.scan({f"neptune-graph:{operation}": (200, body)}, *flags, controls=f"{CLUSTERS},neptune-analytics-key")
                self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "error"}))

    def test_rds(self):
        one = cluster("graph", "us-east-1", True)
        for items, marker in ((one, "<Marker><x>2</x></Marker>"), (one, "<Marker>2</Marker><Marker>3</Marker>"),
                              (one + "<member><DBClusterIdentifier>b</DBClusterIdentifier></member>", ""), (one + "text", "")):
            with self.subTest(marker or items[-60:]):
                result = self.scan({"rds:DescribeDBClusters": lambda parameters, items=items, marker=marker: rds(
                    "DescribeDBClusters", items, "" if "Marker" in parameters else marker)})
                self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "error"}))
                self.assertIn("rds:DescribeDBClusters: HTTP 200, but the response to DescribeDBClusters is not valid: ",
                              self.cells(result)[HOME, "us-east-1"]["reason"])


class GlobalDatabases(Case):
    """Reported once: where the writer is, or else in the first region by name that sees the database."""

    MEMBERS = ("ap-east-1", "eu-west-1", "us-east-1")  # the first is the writer's
    ARN = f"arn:aws:rds::{HOME}:global-cluster:w"

    @classmethod
    def database(cls, *arns):
        """`arns`: of its members, the writer's first."""
        members = "".join(f"<GlobalClusterMember><DBClusterArn>{arn}</DBClusterArn><IsWriter>{str(arn == arns[0]).lower()}"
                          "</IsWriter></GlobalClusterMember>" for arn in arns)
        return ("<GlobalClusterMember><GlobalClusterIdentifier>w</GlobalClusterIdentifier><GlobalClusterArn>" + cls.ARN
                + "</GlobalClusterArn><Engine>neptune</Engine><StorageEncrypted>false</StorageEncrypted>"
                f"<GlobalClusterMembers>{members}</GlobalClusterMembers></GlobalClusterMember>")

    @classmethod
    def answers(cls, **more):
        database = cls.database(*(f"arn:aws:rds:{region}:{HOME}:cluster:g" for region in cls.MEMBERS))
        return {"ec2:DescribeRegions": regions("us-east-1", "us-west-2", "eu-west-1", "ap-east-1"),
                **{f"rds:DescribeDBClusters@{region}": rds("DescribeDBClusters", cluster("g", region, True))
                   for region in cls.MEMBERS},
                "rds:DescribeGlobalClusters": rds("DescribeGlobalClusters", database),
                **{name.replace("_", ":", 1): value for name, value in more.items()}}

    def reported(self, result):
        return [(finding["region"], finding["verdict"]) for finding in result.report["findings"]
                if finding["resource"]["arn"] == self.ARN]

    def test_members_of_another_account(self):
        foreign = self.database(f"arn:aws:rds:us-east-1:{HOME}:cluster:g", f"arn:aws:rds:eu-west-1:{OTHER}:cluster:g")
        result = self.scan(self.answers(rds_DescribeGlobalClusters=rds("DescribeGlobalClusters", foreign)), controls=GLOBALS)
        self.assertEqual((result.code, self.reported(result)), (3, []), result)
        self.assertIn(f"{OTHER}:cluster:g, but the request was for account {HOME}", self.cells(result)[HOME, "us-east-1"]["reason"])

    def test_where_the_writer_is(self):
        result = self.scan(self.answers(), controls=GLOBALS)
        self.assertEqual((result.code, self.reported(result)), (1, [("ap-east-1", "fail")]))

    def test_regions_that_disagree(self):
        """Whichever of them reports it."""
        database = rds("DescribeGlobalClusters", self.database(*(f"arn:aws:rds:{region}:{HOME}:cluster:g" for region in self.MEMBERS)))
        other = (200, database[1].replace("<StorageEncrypted>false<", "<StorageEncrypted>true<"))
        for region in ("ap-east-1", "us-east-1"):
            result = self.scan({**self.answers(), f"rds:DescribeGlobalClusters@{region}": other}, controls=GLOBALS)
            self.assertEqual(self.reported(result), [("ap-east-1", "unknown")])
            evidence = next(f["evidence"] for f in result.report["findings"] if f["resource"]["arn"] == self.ARN)
            self.assertIn(f"true in {region}", evidence["StorageEncrypted"])

    def test_where_the_writer_cannot_be_assessed(self):
        writer = "DescribeDBClusters@ap-east-1"
        listed = "us-east-1", "us-west-2", "eu-west-1"
        for name, more, flags, state in (
                ("not enabled", {"ec2_DescribeRegions": regions(*listed)}, (), None),
                ("excluded", {}, ("--exclude-regions", "ap-east-1"), None),
                ("not named", {}, ("--regions", ",".join(listed)), None),
                ("named, not enabled", {"ec2_DescribeRegions": regions(*listed), f"rds_{writer}": refused(403, "OptInRequired")},
                 ("--regions", ",".join((*listed, "ap-east-1"))), "disabled"),
                ("refused", {f"rds_{writer}": refused(403, "InvalidClientTokenId")}, (), "error"),
                ("denied", {f"rds_{writer}": refused(403, "AccessDenied")}, (), "denied"),
                ("broken", {f"rds_{writer}": (200, "<x/>")}, (), "error"),
                ("its global databases denied", {"rds_DescribeGlobalClusters@ap-east-1": refused(403, "AccessDenied")}, (), "denied"),
                ("empty", {f"rds_{writer}": rds("DescribeDBClusters", "")}, (), "empty")):
            with self.subTest(name):
                for workers in ("1", "4"):
                    result = self.scan(self.answers(**more), *flags, "--workers", workers, controls=GLOBALS)
                    self.assertEqual(self.reported(result), [("eu-west-1", "fail")], result.report["cells"])
                    self.assertEqual(self.states(result).get("ap-east-1"), state)
                    self.assertEqual(result.code, 1 if state in (None, "disabled", "empty") else 3)

    def test_the_first_that_is_assessed(self):
        answers = self.answers(**{f"rds_DescribeDBClusters@{region}": refused(403, "AccessDenied")
                                  for region in ("ap-east-1", "eu-west-1")})
        result = self.scan(answers, controls=GLOBALS)
        self.assertEqual((result.code, self.reported(result)), (3, [("us-east-1", "fail")]))

    def test_once_whatever_its_members(self):
        """By its ARN: what its members' ARNs say does not tell which regions list it."""
        for name, arns in (("none", ()),
                           ("in a region that is not scanned", [f"arn:aws:rds:sa-east-1:{HOME}:cluster:g"]),
                           ("without a region", [f"arn:aws:rds::{HOME}:cluster:g"]), ("no ARN", ["g"])):
            lists = {"rds_DescribeGlobalClusters": rds("DescribeGlobalClusters", self.database(*arns))}
            reporter = "ap-east-1"  # the first by name, or the writer's
            for flags in ((), ("--regions", ",".join(self.MEMBERS)), ("--exclude-regions", "sa-east-1")):
                with self.subTest(name, flags=flags):
                    result = self.scan(self.answers(**lists), *flags, controls=GLOBALS)
                    self.assertEqual((result.code, self.reported(result)), (1, [(reporter, "fail")]))

    def test_listed_twice_by_one_region(self):
        twice = self.database(*(f"arn:aws:rds:{region}:{HOME}:cluster:g" for region in self.MEMBERS)) * 2
        for region in ("ap-east-1", "eu-west-1"):
            with self.subTest(region):
                result = self.scan(self.answers(**{f"rds_DescribeGlobalClusters@{region}": rds("DescribeGlobalClusters", twice)}),
                                   controls=GLOBALS)
                self.assertEqual(self.reported(result), [("ap-east-1", "fail")])

    def test_the_reporter_is_scanned_again(self):
        """The writer's cell is not whole, and cannot be assessed in the next program: others listed the database, too."""
        instances = {"rds_DescribeDBInstances@ap-east-1": refused(400, "Throttling")}
        denied = {"rds_DescribeDBClusters@ap-east-1": refused(403, "AccessDenied")}
        waits = self.stalls()

        for name, first, more, flags in (
                ("stopped", instances, ("--max-attempts", "50"), ()), ("stopped", instances, ("--max-attempts", "50"), ("--retry-blind",)),
                ("denied", {"rds_DescribeDBInstances@ap-east-1": refused(403, "AccessDenied"), "rds_DescribeDBClusters@us-west-2": waits},
                 (), ("--retry-blind",))):
            with self.subTest(name, flags=flags), tempfile.TemporaryDirectory() as folder:
                store = "--db", os.path.join(folder, "runs.db")
                controls = f"{GLOBALS},neptune-instance-encryption"
                one = self.scan(self.answers(**first), *store, "--deadline", "2s", "--grace", "500ms", "--timeout", "30s", *more,
                                controls=controls)
                two = self.scan(self.answers(**denied), *store, "--resume", *flags, controls=controls)
                self.assertEqual([len(self.reported(one)), len(self.reported(two))], [1, 1], two.report["cells"])
                self.assertEqual(self.reported(two), [("eu-west-1", "fail")])
                self.assertEqual((two.code, self.states(two)["ap-east-1"]), (3, "denied"))

    def test_across_programs(self):
        """What an earlier program has reported is not reported again, nor lost when its cell is scanned once more."""
        waits = self.stalls()

        def runs(first, second, *flags, code=1):
            with tempfile.TemporaryDirectory() as folder:
                store = "--db", os.path.join(folder, "runs.db")
                one = self.scan(first, *store, "--deadline", "2s", "--grace", "100ms", "--timeout", "30s", controls=GLOBALS)
                two = self.scan(second, *store, "--resume", *flags, controls=GLOBALS)
            self.assertEqual(one.code, 3, one)
            self.assertEqual(two.code, code, two)
            return self.reported(one), self.reported(two)

        for late, before in (("ap-east-1", [("eu-west-1", "fail")]), ("us-east-1", [("ap-east-1", "fail")])):
            with self.subTest(late):
                first = self.answers(**{f"rds_DescribeDBClusters@{late}": waits})
                self.assertEqual(runs(first, self.answers()), (before, before))
        denied = self.answers(**{"rds_DescribeDBClusters@ap-east-1": refused(403, "AccessDenied"),
                                 "rds_DescribeDBClusters@us-west-2": waits})
        self.assertEqual(runs(denied, self.answers(), "--retry-blind"), ([("eu-west-1", "fail")], [("eu-west-1", "fail")]))
        # Here the cells that list it are scanned again, as is the writer's.
        def breaks_off(region):
            return {f"rds_DescribeDBClusters@{region}": lambda parameters: rds(
                "DescribeDBClusters", cluster("g", region, True), "<Marker>2</Marker>")
                    if "Marker" not in parameters else refused(403, "AccessDenied")}
        partly = self.answers(**{"rds_DescribeDBClusters@ap-east-1": refused(403, "AccessDenied"), **breaks_off("eu-west-1"),
                                 **breaks_off("us-east-1"), "rds_DescribeDBClusters@us-west-2": waits})
        self.assertEqual(runs(partly, self.answers(), "--retry-blind"), ([("eu-west-1", "fail")], [("ap-east-1", "fail")]))


class Absent(Case):
    """A region without Neptune Analytics has no name for it: left out, also where a proxy has to say so, and says just that."""

    HOST = b"graphs.invalid"
    BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\n"
    SQUID = b"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\n"
    DENIALS = {"RFC 9209": BAD_GATEWAY + b"Proxy-Status: p; error=dns_error; rcode=\"NXDOMAIN\"\r\n",
               "a status line": b"HTTP/1.1 502 " + HOST + b": Name or service not known\r\n",
               "Go": b"HTTP/1.1 503 Service Unavailable\r\nX-Error: lookup " + HOST + b": no such host\r\n"}
    # Squid says the same of every failure, on a page that CONNECT does not show.
    TROUBLE = {"squid": SQUID, "squid, another": b"HTTP/1.1 503 Service Unavailable\r\nX-Squid-Error: ERR_CONNECT_FAIL 110\r\n",
               "forbidden": b"HTTP/1.1 403 Forbidden\r\n", "gateway": b"HTTP/1.1 504 Gateway Timeout\r\n",
               "password": b"HTTP/1.1 407 Proxy Authentication Required\r\nX-Info: auth backend host not found\r\n",
               "its parent": b"HTTP/1.1 502 parent proxy: no such host\r\n",
               "may pass": b"HTTP/1.1 502 Could not resolve host: Temporary failure in name resolution\r\n",
               "SERVFAIL": BAD_GATEWAY + b"Proxy-Status: p; error=dns_error; rcode=\"SERVFAIL\"\r\n"}
    FLAGS = ("--controls", f"{CLUSTERS},neptune-analytics-key", "--require-key", "kms", "--max-attempts", "2")
    # A region that is not known to have the service; us-east-1 is.
    REGION = "eu-south-1"

    @staticmethod
    def raw(head, page=b""):
        return head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(page) + page

    @staticmethod
    def every_state(result):
        return {key: (cell["state"], cell["complete"]) for key, cell in reports.cells_of(result.report).items()}

    def test_by_proxy(self):
        named = ("--regions", self.REGION)
        with harness.estate("--accounts", "12", "--regions", "9", "--tls", "--host", "aws.invalid") as (environment, _):
            port = int(environment["AWS_ENDPOINT_URL"].rsplit(":", 1)[1])
            environment = {**environment, "AWS_ENDPOINT_URL_NEPTUNE_GRAPH": f"https://graphs.invalid:{port}"}
            with proxy.serving(target=port) as (address, _):
                without = harness.scan({**environment, "HTTPS_PROXY": address}, "--controls", CLUSTERS, *named)
            self.assertIn("empty", [state for state, _ in self.every_state(without).values()])
            for name, refusal in self.DENIALS.items():
                with self.subTest(name), proxy.serving(target=port, unknown={"graphs.invalid": self.raw(refusal)}) as (address, asked):
                    result = harness.scan({**environment, "HTTPS_PROXY": f"http://me:s3cret@{address}"}, *self.FLAGS, *named)
                    self.assertIn(("CONNECT", f"graphs.invalid:{port}"), asked)
                    self.assertEqual((result.code, self.every_state(result)), (without.code, self.every_state(without)))
            for name, refusal in self.TROUBLE.items():
                with self.subTest(name), proxy.serving(target=port, unknown={"graphs.invalid": self.raw(refusal)}) as (address, _):
                    result = harness.scan({**environment, "HTTPS_PROXY": f"http://me:s3cret@{address}"}, *self.FLAGS, *named)
                    self.assertEqual(result.code, 3)
                    for cell in result.report["cells"]:
                        if cell["state"] not in ("skipped", "unreached", "denied", "disabled"):
                            self.assertFalse(cell["complete"], cell)
                            self.assertIn(f"the proxy {address} ", cell["reason"])
                    self.assertNotIn("s3cret", json.dumps(result.report) + result.err + result.out)

    def without_tls(self, answer, region=REGION):
        """A proxy that gives `answer` in Neptune Analytics' place; the only cell, and what the proxy is called."""
        with proxy.serving(unknown={"graphs.invalid": answer}) as (address, asked):
            result = self.scan({}, "--regions", region, "--require-key", "kms", controls=f"{CLUSTERS},neptune-analytics-key",
                               http_proxy=f"http://me:s3cret@{address}", AWS_ENDPOINT_URL_NEPTUNE_GRAPH="http://graphs.invalid")
        self.assertTrue(asked)
        self.assertNotIn("s3cret", json.dumps(result.report) + result.err + result.out)
        return result.code, result.report["cells"][0], address

    def test_without_tls(self):
        """There a proxy answers for the host, with a page of its own."""
        page = (b"<p>Unable to determine IP address from host name <q>" + self.HOST + b"</q></p><pre>%s</pre>")
        for words, region, code in ((b"Name Error: The domain name does not exist.", self.REGION, 0),
                                    (b"Name Error: The domain name does not exist.", "us-east-1", 3),
                                    (b"Server Failure: The name server was unable to process this query.", self.REGION, 3)):
            with self.subTest(words, region=region):
                got, cell, _ = self.without_tls(self.raw(self.SQUID, page % words), region)
                self.assertEqual((got, cell["state"]), (code, "empty" if code == 0 else "error"), cell)

    def test_what_is_no_answer_names_the_proxy(self):
        for name, answer in {"403": self.raw(b"HTTP/1.1 403 Forbidden\r\n", b"If you cannot resolve this problem, call."),
                             "503": self.raw(b"HTTP/1.1 503 No\r\n", b"If we are unable to resolve the problem, call."),
                             "502": self.raw(self.BAD_GATEWAY), "504": self.raw(b"HTTP/1.1 504 Gateway Timeout\r\n"),
                             "302": self.raw(b"HTTP/1.1 302 Found\r\nLocation: http://login\r\n"),
                             "login": self.raw(b"HTTP/1.1 200 OK\r\n", b"<html>Login</html>"),
                             "407": self.raw(b"HTTP/1.1 407 No\r\n"), "nothing": b""}.items():
            with self.subTest(name):
                code, cell, address = self.without_tls(answer)
                self.assertEqual((code, cell["state"]), (3, "error"), cell)
                self.assertIn(f"the proxy {address}", cell["reason"])

    def test_seen_directly(self):
        for region, code in ((self.REGION, 0), ("us-east-1", 3)):
            result = self.scan({}, "--regions", region, "--require-key", "kms", controls=f"{CLUSTERS},neptune-analytics-key",
                               AWS_ENDPOINT_URL_NEPTUNE_GRAPH="http://graphs.invalid")
            self.assertEqual((result.code, self.states(result)), (code, {region: "empty" if code == 0 else "error"}))


class Pending(Case):
    def test_an_account_that_the_tree_does_not_have(self):
        """Listed, and gone from its unit when that was listed: pending, and the reason says so."""
        listed = {"Accounts": [{"Id": account, "Name": "n", "State": "ACTIVE"} for account in (HOME, OTHER, "000000000044")]}
        result = self.scan({"organizations:ListAccounts": (200, json.dumps(listed))}, "--ous", "/", accounts=())
        self.assertEqual((result.code, self.states(result)), (3, {"us-east-1": "empty"}))
        for account in (OTHER, "000000000044"):
            cell = self.cells(result)[account, "us-east-1"]
            self.assertEqual(cell["state"], "pending")
            self.assertIn("the tree changed while it was listed", cell["reason"])

    def test_every_way_of_stopping(self):
        """Whatever the account was about to do."""
        waits = self.stalls()

        listed = {"Accounts": [{"Id": f"0000000000{i}", "Name": "n", "State": "ACTIVE"} for i in range(43, 60)]}
        for operation in ("sts:AssumeRole", "ec2:DescribeRegions", "rds:DescribeDBClusters", "organizations:ListRoots",
                          "organizations:ListAccountsForParent"):
            for flags in ((), ("--ous", "/")):
                with self.subTest(operation, flags=flags):
                    result = self.scan({"organizations:ListAccounts": (200, json.dumps(listed)), operation: waits}, "--deadline",
                                       "1s", "--grace", "100ms", "--timeout", "30s", "--concurrency", "2", *flags, accounts=())
                    self.assertEqual(result.code, 3, result)
                    for cell in result.report["cells"]:
                        self.assertTrue(cell["state"] != "pending" or cell["reason"], cell)


class Scenes(unittest.TestCase):
    """Those that stand beside a developer's checkout."""

    def test_scenes(self):
        folder = harness.SOURCE / "../shared/cases"
        if not (folder / "fake_aws.py").exists():
            self.skipTest("no ../shared/cases")
        sys.path.insert(0, str(folder))
        try:
            import fake_aws  # pylint: disable=import-outside-toplevel,import-error
        except ImportError:
            self.skipTest("fake_aws needs botocore: build/python has it")
        for name, controls, code, cells in (
                ("f1b-region-enabled-a-moment-ago", "encryption", 3, {"us-east-1": "empty", "ap-east-1": "error"}),
                ("f1c-optinrequired-in-us-east-1", "encryption", 3, {"us-east-1": "error"}),
                ("f2-region-of-a-new-area", "encryption", 1, {"us-east-1": "empty", "nz-north-1": "fail"}),
                ("f10-global-database-of-a-region-not-enabled", GLOBALS, 1, {"us-east-1": "empty", "us-east-2": "fail"})):
            with self.subTest(name), open(folder / "scenes" / f"{name}.json", encoding="utf-8") as stream:
                got, report, errors, _ = fake_aws.scan(json.load(stream), harness.SCANNER, ("--controls", controls))
                self.assertEqual((got, {cell["region"]: cell["state"] for cell in report["cells"]}), (code, cells), errors)
                if code == 1:
                    self.assertEqual([finding["verdict"] for finding in report["findings"]].count("fail"), 1)


if __name__ == "__main__":
    if (harness.PYTHON.parent.parent / "ready").exists():
        harness.enter_python("botocore")
    unittest.main()
