"""The policies that `iam-policy` prints are enough, and have nothing to spare.

The simulated organization enforces them: with the whole policy a scan is right in every cell; without any one of its
actions it is not, and names exactly that one. `ctest -V -R system.policy` prints the table.
"""
import datetime
import json
import os
import re
import tempfile
import unittest

import harness
import reports

HUB, ORGANIZATION = "arn:aws:iam::111111111111:role/audit/scan", "o-a1b2c3d4e5"
ACTION = re.compile(r"\b(?:rds|kms|ec2|neptune-graph):[A-Z]\w+")


def policy(*flags):
    result = harness.run(["iam-policy", *flags], harness.clean_environment())
    assert result.code == 0, result
    return json.loads(result.out)


def actions_of(document):
    return {action for statement in document["Statement"] for action in statement["Action"]}


class Policy(unittest.TestCase):
    def scan(self, actions, controls):
        """(result, truth) of a scan by a role that may do just that."""
        document = {"Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}]}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump(document, stream)
            # Our own account is scanned by the role, too: nothing is done by keys that may do anything.
            with harness.estate("--accounts", "30", "--regions", "4", "--controls", controls, "--policy", path) as (environment, truth):
                environment["NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS"] = ""
                return harness.scan(environment, "--controls", controls, "--verbose"), truth

    @staticmethod
    def named(result):
        """The actions that cells, findings and warnings say were denied."""
        texts = [cell["reason"] or "" for cell in result.report["cells"] if cell["state"] in ("denied", "unknown", "fail")]
        texts += [finding["reason"] or "" for finding in result.report["findings"] if finding["verdict"] == "unknown"]
        texts += [line for line in result.err.splitlines() if "the list of enabled regions could not be read" in line]
        of_others = ("service control policy", "resource-based policies")  # a fence, and a key that another account hides
        return {action for text in texts if not any(words in text for words in of_others) for action in ACTION.findall(text)}

    def test_enough_and_nothing_to_spare(self):
        for controls in ("neptune-encryption-at-rest", "encryption", "all"):
            needed = actions_of(policy("--controls", controls))
            whole, truth = self.scan(needed, controls)
            self.assertEqual(reports.differences(truth, whole.report), [], whole)
            print(f"\n{controls}: {len(needed)} actions, every cell right")
            for action in sorted(needed):
                result, truth = self.scan(needed - {action}, controls)
                denied = self.named(result) - self.named(whole)
                states = {state: count for state, count in result.report["run"]["totals"].items()
                          if count != whole.report["run"]["totals"][state] and state in ("denied", "unknown", "empty", "pass", "fail")}
                print(f"  without {action:40} named: {', '.join(sorted(denied)) or '-':40} {states}")
                self.assertEqual(denied, {action}, result)

    def test_tags_only_for_exceptions_that_need_them(self):
        exception = "[exception lab]\ncontrol = neptune-encryption-at-rest\naccount = *\nresource = lab-*\n{}owner = me\nreason = none\nexpires = {}\n"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "exceptions.ini")
            for tag, expected in (("", False), ("tag = a=b\n", True)):
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(exception.format(tag, datetime.date.today() + datetime.timedelta(30)))
                self.assertEqual("rds:ListTagsForResource" in actions_of(policy("--exceptions", path)), expected)

    def test_the_callers(self):
        caller = policy("caller")
        self.assertEqual(caller["Statement"][0]["Resource"], "arn:aws:iam::*:role/NeptuneScanAudit")
        self.assertEqual(policy("caller", "--region", "cn-north-1", "--role-name", "/audit/Scan")["Statement"][0]["Resource"],
                         "arn:aws-cn:iam::*:role/audit/Scan")
        self.assertNotIn("organizations:ListAccounts", actions_of(policy("caller", "--accounts", "111111111111")))
        own = policy("caller", "--management-role", "/own/Audit")
        self.assertNotIn("rds:DescribeDBClusters", actions_of(own))
        for statement in own["Statement"][:2]:  # sts:AssumeRole, sts:TagSession
            self.assertEqual(statement["Resource"], ["arn:aws:iam::*:role/NeptuneScanAudit", "arn:aws:iam::*:role/own/Audit"])
        self.assertIn("rds:DescribeDBClusters", actions_of(policy("caller", "--management-role", "")))
        self.assertEqual(policy("caller", "--management-role", "NeptuneScanAudit")["Statement"][0]["Resource"],
                         "arn:aws:iam::*:role/NeptuneScanAudit")
        # Roles of other organizations only where accounts are named, which may be anywhere.
        self.assertEqual(caller["Statement"][0]["Condition"], {"StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}})
        self.assertEqual(policy("caller", "--organization", ORGANIZATION)["Statement"][0]["Condition"],
                         {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}})
        self.assertNotIn("Condition", policy("caller", "--accounts", "111111111111")["Statement"][0])
        # What a scan really asked, by the server's own count.
        with harness.estate("--accounts", "30", "--regions", "4", "--controls", "all") as (environment, _):
            harness.scan(environment, "--controls", "all")
            asked = {name for name, count in harness.statistics(environment)["operations"].items() if count}
        allowed = actions_of(policy("caller", "--controls", "all")) | {"sts:GetCallerIdentity"}
        # Only where AWS does not tell an account's path with the account; and no request, but needed where a session has tags.
        spare = {"organizations:ListAccountsForParent", "sts:TagSession"}
        self.assertEqual({name.rpartition(":")[2] for name in asked} | {name.rpartition(":")[2] for name in spare},
                         {name.rpartition(":")[2] for name in allowed})

    def test_trust(self):
        with tempfile.TemporaryDirectory() as folder:
            following = os.path.join(folder, "next")
            with open(following, "w", encoding="utf-8") as stream:
                stream.write("abcd\n")
            trust = policy("trust", "--principal", HUB, "--organization", ORGANIZATION, "--external-id", "xyz",
                           "--next-external-id-file", following)
        assume, tag = trust["Statement"]
        admitted = {"ArnEquals": {"aws:PrincipalArn": HUB}, "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
        for statement in (assume, tag):  # the account, so that a role that was created again is admitted
            self.assertEqual(statement["Principal"], {"AWS": "arn:aws:iam::111111111111:root"})
        self.assertEqual((tag["Action"], tag["Condition"]), (["sts:TagSession"], admitted))
        admitted["StringEquals"]["sts:ExternalId"] = ["xyz", "abcd"]
        self.assertEqual((assume["Action"], assume["Condition"]), (["sts:AssumeRole"], admitted))

    @staticmethod
    def delegation(before, *flags, account="222222222222"):
        """(policy, standard error) with the policy in force in a file, which the last of the flags names."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as stream:
                json.dump(before, stream)
            result = harness.run(["iam-policy", "delegation", "--account", account, *flags, path], harness.clean_environment())
        assert result.code == 0, result
        return json.loads(result.out), result.err

    def test_delegation(self):
        backup = {"Sid": "Backup", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
                  "Action": ["organizations:AttachPolicy"], "Resource": "*", "Condition": {"StringEquals": {"a": ["b", "c"]}}}
        own = policy("delegation", "--account", "222222222222")["Statement"]
        self.assertEqual(own[0]["Principal"], {"AWS": "arn:aws:iam::222222222222:root"})
        self.assertEqual(own[0]["Action"], policy("caller")["Statement"][2]["Action"])
        self.assertEqual(self.delegation({"Version": "2012-10-17", "Statement": backup}, "--merge")[0],
                         {"Version": "2012-10-17", "Statement": [backup, *own]})
        # A second time it replaces its own statement, also as AWS writes it.
        for principal in ("222222222222", ["arn:aws:iam::222222222222:root"]):
            before = {"Statement": [{**own[0], "Principal": {"AWS": principal}, "Action": own[0]["Action"][::-1]}, backup]}
            self.assertEqual(self.delegation(before, "--merge")[0]["Statement"], [backup, *own])
            self.assertEqual(self.delegation(before, "--remove"), ({"Statement": [backup]}, ""))
        self.assertEqual(self.delegation({"Statement": own}, "--remove")[0], {"Statement": []})

    def test_delegation_keeps_all_else(self):
        """Version and id, the statement of another account, and what has the id of ours but another meaning."""
        own = policy("delegation", "--account", "222222222222")["Statement"][0]
        other = policy("delegation", "--account", "444444444444")["Statement"][0]
        both = {"AWS": ["arn:aws:iam::222222222222:root", "arn:aws:iam::555555555555:root"]}
        for kept in (other, {**own, "Effect": "Deny"}, {**own, "Condition": {"StringEquals": {"a": "b"}}}, {**own, "Principal": both},
                     {**own, "Action": [*own["Action"], "organizations:ListPolicies"]}, {**own, "Resource": "arn:aws:organizations::1:x"},
                     {**own, "Principal": {"Service": "x.amazonaws.com"}}, {**own, "Principal": "*"}):
            before = {"Version": "2008-10-17", "Id": "of-the-organization", "Statement": [kept]}
            after, _ = self.delegation(before, "--merge")
            added = {**own, "Sid": own["Sid"] + "222222222222"}
            self.assertEqual(after, {**before, "Statement": [kept, added]})
            self.assertEqual(self.delegation(after, "--merge")[0], after)
            self.assertEqual(self.delegation(after, "--remove"), (before, ""))
            removed, warning = self.delegation(before, "--remove")
            self.assertEqual(removed, before)
            self.assertIn("no statement of iam-policy delegation for account 222222222222: nothing was removed", warning)
        taken = {"Statement": [{**other, "Sid": own["Sid"] + more} for more in ("", "222222222222", "222222222222No2")]}
        self.assertEqual(self.delegation(taken, "--merge")[0]["Statement"][3]["Sid"], own["Sid"] + "222222222222No3")

    def test_chain(self):
        statement = policy("chain", "--role-chain", HUB)["Statement"][0]
        self.assertEqual((statement["Action"], statement["Resource"]), (["sts:AssumeRole"], HUB))

    def test_chain_of_several_roles(self):
        """Each hop has a policy of its own: the refusal names the command for each, and these commands print them."""
        roles = [HUB, "arn:aws:iam::222222222222:role/second", "arn:aws:iam::333333333333:role/third"]
        result = harness.run(["iam-policy", "chain", "--role-chain", ",".join(roles)], harness.clean_environment())
        self.assertEqual((result.code, result.out), (2, ""), result)
        found = re.findall(r"--role-chain names 3 roles, .* Fix: for (.*), neptune-scan (iam-policy chain --role-chain \S+)\n", result.err)
        self.assertEqual([who for who, _ in found], ["the caller", *roles[:-1]], result)
        self.assertEqual([policy(*command.split()[1:])["Statement"][0]["Resource"] for _, command in found], roles)

    def test_names_at_their_limits(self):
        for name in (f"role/{'x' * 64}", f"role/{'a' * 510}/x", "user/a/b/x", "role/aws-reserved/sso.amazonaws.com/x"):
            trust = policy("trust", "--organization", ORGANIZATION, "--principal", f"arn:aws:iam::111111111111:{name}")
            self.assertTrue(trust["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"].endswith(name))
        for namespace, service_account in (("a" * 63, "a" * 253), ("0", "a.b-c.0"), ("a-b", "s")):
            policy("hub-trust", "--service", "pods.eks.amazonaws.com", "--account", "111111111111", "--namespace", namespace,
                   "--service-account", service_account)

    def test_refused(self):
        """What is too wide, malformed, or would be ignored is refused: nothing is printed, and the message names it."""
        trust = ("trust", "--organization", ORGANIZATION, "--principal")
        ec2, oidc = ("hub-trust", "--service", "ec2.amazonaws.com"), ("hub-trust", "--oidc-provider",
                                                                    "arn:aws:iam::111111111111:oidc-provider/example.com")
        cluster, named = ("--cluster", "arn:aws:eks:us-east-1:111111111111:cluster/a"), ("--namespace", "n", "--service-account", "s")
        pod = ("hub-trust", "--service", "pods.eks.amazonaws.com")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "text")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("{}")
            nothing = os.path.join(folder, "nothing")
            with open(nothing, "w", encoding="utf-8"):
                pass
            for flags, words in (
                    ((*trust, "*"), "a wildcard admits everyone"),
                    ((*trust, "arn:aws:iam::111111111111:role/*"), "a wildcard admits everyone"),
                    ((*trust, "arn:aws:iam::111111111111:role/scan?"), "a wildcard admits everyone"),
                    ((*trust, "arn:aws:sts::111111111111:assumed-role/scan/me"), "a session, which ends. Fix: use the role's ARN"),
                    ((*trust, "arn:aws:sts::111111111111:federated-user/me"), "a session, which ends"),
                    ((*trust, "arn:aws:iam::11111111111:role/scan"), "must be the ARN of a role, a user or an account"),
                    ((*trust, "arn:amazon:iam::111111111111:role/scan"), "must be the ARN of a role, a user or an account"),
                    ((*trust, "arn:aws:iam::111111111111:group/scan"), "must be the ARN of a role, a user or an account"),
                    ((*trust, "arn:aws:iam::111111111111:role/"), "must be the ARN of a role, a user or an account"),
                    ((*trust, "arn:aws:iam::111111111111:role/a b"), "must be the ARN of a role, a user or an account"),
                    ((*trust, "111111111111"), "must be the ARN of a role, a user or an account"),
                    (("trust", "--principal", HUB), "without conditions is not printed. Fix: add --organization"),
                    (("trust", "--principal", "arn:aws:iam::111111111111:root", "--external-id", "xyz"), "--organization is missing"),
                    (("trust", "--organization", ORGANIZATION), "--principal is missing"),
                    (("trust", "--principal", HUB, "--organization", "o-1"), "must be an organization's id"),
                    (("trust", "--principal", HUB, "--organization", "o-A1B2C3D4E5"), "must be an organization's id"),
                    (("trust", "--principal", HUB, "--organization", f"o-{'a' * 33}"), "must be an organization's id"),
                    ((*trust, HUB, "--next-external-id-file", "/nonexistent"), 'cannot read "/nonexistent"'),
                    ((*trust, HUB, "--next-external-id-file", path), "must hold 2 to 1224 letters"),
                    ((*trust, HUB, "--cluster", "arn:aws:eks:us-east-1:111111111111:cluster/a"), "--cluster does not apply to trust"),
                    (("member", "--principal", HUB), "--principal does not apply to member"),
                    (("hub-trust",), "nothing is trusted"),
                    (("hub-trust", "--service", "ec2"), "must be ec2.amazonaws.com"),
                    (("hub-trust", "--service", "ecs-tasks.amazonaws.com"), "--account is missing"),
                    (("hub-trust", "--principal", "arn:aws:iam::111111111111:root"), "--organization is missing"),
                    (pod, "--namespace is missing"),
                    ((*pod, "--namespace", "n", "--service-account", "*", "--account", "111111111111"), "name of a Kubernetes service"),
                    *(((*pod, "--namespace", "n", "--service-account", name, *cluster), "name of a Kubernetes service account")
                      for name in ("S", "a..b", ".a", "a-", "a.-b", "", "a" * 254)),
                    *(((*pod, "--namespace", name, "--service-account", "s", *cluster), "name of a Kubernetes namespace")
                      for name in ("Nx", "a.b", "-a", "a-", "", "a" * 64)),
                    *(((*trust, f"arn:aws:iam::111111111111:{name}"), "must be the ARN of a role, a user or an account")
                      for name in ("role//x", "role/x/", "user/x/", "role/a//x", f"role/{'x' * 65}", f"role/{'a' * 511}/x")),
                    # Flags without effect on what is trusted.
                    *(((*ec2, *flags), f"{flags[0]} has no effect: it applies to --") for flags in (
                        cluster, named[:2], named[2:], ("--account", "111111111111"), ("--organization", ORGANIZATION))),
                    *(((*oidc, *named, *flags), f"{flags[0]} has no effect: it applies to --service") for flags in (
                        cluster, ("--account", "111111111111"))),
                    ((*pod, *named, *cluster, "--account", "111111111111"), "--account has no effect"),
                    (("hub-trust", "--service", "ecs-tasks.amazonaws.com", "--account", "111111111111", *named), "--namespace has no effect"),
                    (("hub-trust", "--principal", HUB), "--organization is missing: the organization that the principal must belong to"),
                    ((*pod, "--namespace", "n", "--service-account", "s", "--cluster", "jobs"), "must be the ARN of an EKS cluster"),
                    ((*pod, "--namespace", "n", "--service-account", "s", "--account", "1"), "twelve digits"),
                    (("hub-trust", "--oidc-provider", "https://example.com"), "must be the ARN of an OIDC provider"),
                    (("hub-trust", "--oidc-provider", f"arn:aws:iam::111111111111:oidc-provider/{'a' * 256}"), "ARN of an OIDC provider"),
                    (("caller", "--management-role", "a" * 513), "role.management"),
                    (("delegation",), "--account is missing"),
                    (("delegation", "--account", "222222222222", "--merge", "/nonexistent"), 'cannot read "/nonexistent"'),
                    (("delegation", "--account", "222222222222", "--merge", path), "is not a policy. Fix: aws organizations"),
                    (("delegation", "--remove", os.devnull), "cannot read"),
                    (("delegation", "--account", "222222222222", "--merge", nothing), "only if it fails with ResourcePolicyNotFoundException"),
                    (("delegation", "--account", "222222222222", "--remove", nothing), "is empty: it holds no policy"),
                    (("delegation", "--remove", path), "--account is missing"),
                    (("delegation", "--account", "222222222222", "--remove", path, "--merge", path), "--remove excludes --merge"),
                    (("chain",), "--role-chain is missing"),
                    (("hub-trusts",), 'Did you mean "hub-trust"')):
                result = harness.run(["iam-policy", *flags], harness.clean_environment())
                self.assertEqual((result.code, result.out), (2, ""), f"{flags}: {result}")
                self.assertIn(words, result.err, flags)


if __name__ == "__main__":
    unittest.main()
