"""doctor, in a healthy set-up and in broken ones: `ctest -V -R system.doctor` prints what it says.

And the network that it looks at: proxies, certificate authorities, FIPS.
"""
import contextlib
import json
import os
import re
import sqlite3
import tempfile
import unittest
import urllib.parse

import harness
import proxy
import reports


class Doctor(unittest.TestCase):
    def say(self, title, environment, *flags, folder=None):
        """Its lines, printed and by check; its exit code."""
        result = harness.run(["doctor", *flags], environment, folder)
        shown = harness.run(["doctor", "--format", "json", *flags], environment, folder)
        print(f"\n--- {title}: exit {result.code}\n{result.out}{result.err}", end="")
        self.assertEqual(result.code, shown.code)
        report = json.loads(shown.out)
        self.assertEqual(report["result"], {0: "ok", 1: "warning", 4: "failure"}[result.code], result)
        for check in report["checks"]:
            self.assertIn(self.timeless(check["text"].split("\n")[0]), self.timeless(result.out))
        return result, report["checks"]

    @staticmethod
    def timeless(text):
        return re.sub(r"\d+ (milliseconds|seconds|s) ", "", text)

    def expect(self, title, code, level, check, text, environment, *flags, folder=None):
        """One of its lines says `text`; nothing is worse than that."""
        result, checks = self.say(title, environment, *flags, folder=folder)
        self.assertEqual(result.code, code, result)
        lines = [line["text"] + " -> " + (line["advice"] or "") for line in checks
                 if (line["check"], line["level"]) == (check, level)]
        self.assertTrue(any(text in line for line in lines), (text, lines))
        return checks

    def test_healthy(self):
        with harness.estate("--accounts", "40", "--regions", "5", "--tls") as (environment, _), tempfile.TemporaryDirectory() as folder:
            result, checks = self.say("healthy", environment, "--db", f"{folder}/runs.db", "--exclude-accounts", "",
                                      "--report", f"json={folder}/report.json", folder=folder)
            self.assertEqual([line["check"] for line in checks],
                             ["configuration", "credentials", "clock", "network", "sts", "organization", "role", "permissions",
                              "regions", "store", "reports"])
            self.assertEqual({line["level"] for line in checks}, {"ok"}, result)
            self.assertEqual(os.listdir(folder), [], "it leaves nothing behind")
            result = harness.run(["scan", "--db", f"{folder}/runs.db"], environment, folder)
            self.expect("after a scan", 0, "ok", "store", "the latest run finished", environment, "--db", f"{folder}/runs.db")

    def test_every_account(self):
        """Some accounts of the estate let nobody in: doctor finds all of them, a scan the same."""
        with harness.estate("--accounts", "60", "--regions", "2") as (environment, truth):
            closed = {cell["account"] for cell in truth["cells"] if cell["state"] == "unreached"}
            self.assertTrue(closed)
            checks = self.expect("every account", 1, "warning", "role", f"cannot be assumed in {len(closed)} of {59 - self.skipped(truth)} accounts: ",
                                 environment, "--all")
            lines = [line for line in checks if line["check"] == "role"]
            self.assertEqual(len(lines), 1, lines)  # one cause
            named = re.findall(r"\d{12}", lines[0]["text"])
            self.assertEqual(len(named), min(len(closed), 5))
            self.assertTrue(set(named) <= closed, (closed, named))
            self.assertIn("iam-policy trust", lines[0]["advice"])
            permissions = next(line["text"] for line in checks if line["check"] == "permissions")
            open_ones = 60 - self.skipped(truth) - len(closed)
            self.assertIn(f"are allowed in {open_ones} of {open_ones} accounts", permissions)

    @staticmethod
    def skipped(truth):
        return len({cell["account"] for cell in truth["cells"] if cell["state"] == "skipped"})

    def test_broken_keys(self):
        with harness.estate("--accounts", "8", "--regions", "2") as (environment, _):
            none = {name: value for name, value in environment.items() if name not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
            self.expect("no credentials", 4, "failure", "credentials", "no AWS credentials found; tried:", none)
            self.expect("a wrong secret", 4, "failure", "credentials", "SignatureDoesNotMatch",
                        {**environment, "AWS_SECRET_ACCESS_KEY": "wrong"})
            self.expect("a token that nobody gave", 4, "failure", "credentials", "obtain new credentials",
                        {**environment, "AWS_SESSION_TOKEN": "stale"})
            self.expect("an unknown control", 4, "failure", "configuration", 'Did you mean "encryption"?', environment,
                        "--controls", "encryptoin")
            result = harness.run(["doctor", "--regions", "cn-north-1"], environment)
            self.assertEqual(result.code, 2, result)
            self.assertIn("cn-north-1 is not in the partition aws of aws.region us-east-1", result.err)

    def test_broken_clock(self):
        with harness.estate("--accounts", "8", "--regions", "2", "--faults", "sts:*=clock@100%") as (environment, _):
            self.expect("a clock 20 minutes off", 1, "warning", "clock", "seconds behind the AWS clock -> timedatectl set-ntp true", environment)

    def test_broken_roles(self):
        with harness.estate("--accounts", "8", "--regions", "2") as (environment, _):
            self.expect("a role that is not there", 4, "failure", "role", "Missing cannot be assumed in 5 of 5 sampled accounts: the role does not exist, or ", environment,
                        "--role-name", "Missing")

    def test_broken_organization(self):
        with harness.estate("--accounts", "8", "--regions", "2", "--faults", "organizations:ListAccounts=denied@100%") as (environment, _):
            self.expect("no access to the organization", 4, "failure", "organization",
                        "neptune-scan iam-policy caller prints the policy", environment)
            self.expect("accounts named instead", 0, "ok", "organization", "organization.accounts names 2 accounts", environment,
                        "--accounts", self.two_accounts(environment))

    @staticmethod
    def two_accounts(environment):
        result = harness.scan({**environment, "NEPTUNE_SCAN_SCAN_DEADLINE": "5s"})
        open_ones = [account["id"] for account in result.report["accounts"] if account["state"] in ("pass", "empty")] if result.report \
            else []
        if len(open_ones) < 2:  # nobody could list them: ours, and another of the same seed
            with harness.estate("--accounts", "8", "--regions", "2") as (_, truth):
                blind = {cell["account"] for cell in truth["cells"] if cell["state"] in ("unreached", "skipped", "denied")}
                open_ones = sorted({cell["account"] for cell in truth["cells"]} - blind)
        return ",".join(open_ones[:2])

    def test_broken_permissions(self):
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*", "Action": [
            "ec2:DescribeRegions", "rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots"]}]}
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/policy.json", "w", encoding="utf-8") as stream:
                json.dump(policy, stream)
            with harness.estate("--accounts", "8", "--regions", "2", "--policy", f"{folder}/policy.json") as (environment, _):
                checks = self.expect("a policy that lacks some", 1, "warning", "permissions", " sampled accounts (us-east-1): ",
                                     environment)
                lines = [line for line in checks if line["check"] == "permissions"]
                needed = set(json.loads(harness.run(["iam-policy"], environment).out)["Statement"][0]["Action"])
                missing = needed - set(policy["Statement"][0]["Action"])
                self.assertEqual([line["level"] for line in lines], ["warning"])  # one cause, and no word of ok
                self.assertTrue(lines[0]["text"].startswith(f"{len(missing)} of {len(needed)} actions are denied in "), lines)
                self.assertEqual(set(re.findall(r"(?:rds|kms|ec2|neptune-graph):\w+", lines[0]["text"].split("\n")[0])), missing)
                self.assertIn("neptune-scan iam-policy member", lines[0]["advice"])

    def test_a_sample_is_called_one(self):
        """5 accounts of 40 are not all; and no permission is called allowed where no role can be assumed."""
        with harness.estate("--accounts", "40", "--regions", "2") as (environment, truth):
            closed = {cell["account"] for cell in truth["cells"] if cell["state"] == "unreached"}
            self.assertTrue(closed)
            result, checks = self.say("a sample", environment)
            role = next(line["text"] for line in checks if line["check"] == "role")
            self.assertRegex(role, r"^NeptuneScanAudit can(not)? be assumed in \d of 5 sampled accounts")
            if "cannot" not in role:
                self.assertRegex(role, r" \(\d\d active in the organization; --all checks each\)$")
            self.assertRegex(result.out, r"\n\n\d failures?, \d warnings?\. .+ \(exit code \d\)\n$")
            result, checks = self.say("a role that does not exist", environment, "--role-name", "Missing", "--management-role", "Missing")
            self.assertRegex(result.out, r"failure +role +Missing cannot be assumed in 6 of 6 sampled accounts: .*\n +AccessDenied: \d+, .* and 1 more\n +Fix: ")
            self.assertRegex(result.out, r"skipped +permissions +the role check failed\n")
            self.assertTrue(result.out.endswith("\n\n1 failure, 0 warnings. A scan would assess no member account (exit code 4)\n"), result)

    def test_broken_regions(self):
        with harness.estate("--accounts", "8", "--regions", "4", "--faults", "rds:DescribeDBClusters=hang@100%") as (environment, _):
            self.expect("endpoints that do not answer", 1, "warning", "regions", "check the network", environment,
                        "--timeout", "300ms", "--max-attempts", "1")

    def test_broken_stores(self):
        with harness.estate("--accounts", "4", "--regions", "2") as (environment, _), tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/text.db", "w", encoding="utf-8") as stream:
                stream.write("this is no database" * 100)
            self.expect("a store that is none", 4, "failure", "store", "move it away, or name another file with --db", environment,
                        "--db", f"{folder}/text.db")
            self.expect("a folder that is not there", 4, "failure", "store", "cannot be created", environment,
                        "--db", f"{folder}/no/such/runs.db")
            harness.run(["scan", "--db", f"{folder}/runs.db"], environment, folder)
            with contextlib.closing(sqlite3.connect(f"{folder}/runs.db")) as database:
                database.execute("UPDATE runs SET started = started - 400000, finished = finished - 400000")
                database.commit()
                database.executescript(harness.FORGET_DIGESTS)
            self.expect("no run for days", 1, "warning", "store", "the latest run started 4 days ago", environment,
                        "--db", f"{folder}/runs.db")
            with open(f"{folder}/runs.db", "r+b") as stream:
                stream.seek(4096 * 3)
                stream.write(b"\xff" * 4096)
            self.expect("a damaged store", 4, "failure", "store", "is damaged", environment, "--db", f"{folder}/runs.db")
            self.expect("a report that cannot be written", 4, "failure", "reports", "no/such", environment,
                        "--report", f"json={folder}/no/such/report.json")



class Network(unittest.TestCase):
    """Every way to an endpoint that is not the straight one: its name is one that only a proxy can find."""

    @classmethod
    def setUpClass(cls):
        context = harness.estate("--accounts", "6", "--regions", "2", "--tls", "--host", "aws.invalid")
        cls.environment, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.port = urllib.parse.urlsplit(cls.environment["AWS_ENDPOINT_URL"]).port

    def doctor(self, environment, *flags):
        result = harness.run(["doctor", "--max-attempts", "1", *flags], environment)
        print(f"\n{result.out}", end="")
        return result

    def test_a_scan_by_proxy(self):
        with proxy.serving(user="me:s3cret", target=self.port) as (address, asked):
            result = harness.scan({**self.environment, "HTTPS_PROXY": f"http://me:s3cret@{address}"})
            self.assertEqual(reports.differences(self.truth, result.report), [], result)
            self.assertTrue(asked and all(one == ("CONNECT", f"aws.invalid:{self.port}") for one in asked), asked)
            self.assertLess(len(asked), result.report["run"]["requests"]["sent"] / 2, "tunnels are used again")

    def test_proxy_with_a_password(self):
        with proxy.serving(user="me:s3cret", target=self.port) as (address, _):
            for wrong in (address, f"me:wrong@{address}"):
                result = self.doctor({**self.environment, "HTTPS_PROXY": f"http://{wrong}"})
                self.assertEqual(result.code, 4, result)
                self.assertIn("the proxy refuses, it requires a user and a password", result.out)
                self.assertIn("Fix: check HTTPS_PROXY (with http://USER:PASSWORD@HOST:PORT", result.out)
            result = self.doctor({**self.environment, "HTTPS_PROXY": f"http://me:s3cret@{address}"})
            self.assertIn(f"; proxy {address}", result.out)
            self.assertNotIn("s3cret", result.out + result.err)

    def test_proxy_that_refuses(self):
        with proxy.serving(refuses=True) as (address, asked):
            result = self.doctor(self.environment, "--proxy", f"http://{address}", "--max-attempts", "8")
            self.assertEqual(result.code, 4, result)
            self.assertIn("the proxy refuses: ", result.out)
            self.assertEqual(len(asked), 1, "what a proxy refuses is not asked again and again")

    def test_no_proxy(self):
        with proxy.serving(refuses=True) as (address, asked):
            by_proxy = {**self.environment, "HTTPS_PROXY": f"http://{address}"}
            self.doctor({**by_proxy, "NO_PROXY": "example.com,.invalid"})
            self.doctor(by_proxy, "--no-proxy", "*")
            self.assertEqual(asked, [])
            self.doctor({**by_proxy, "NO_PROXY": "example.com"})
            self.assertEqual(len(asked), 1)

    def test_the_loopback_never_goes_by_proxy(self):
        with harness.estate("--accounts", "6", "--regions", "2") as (environment, truth), proxy.serving(refuses=True) as (address, asked):
            result = harness.scan({**environment, "http_proxy": f"http://{address}", "HTTPS_PROXY": f"http://{address}"})
            self.assertEqual(reports.differences(truth, result.report), [], result)
            self.assertEqual(asked, [])

    def test_another_authority(self):
        with harness.estate("--accounts", "3", "--regions", "2", "--tls") as (environment, _):
            result = self.doctor({name: value for name, value in environment.items() if name != "AWS_CA_BUNDLE"})
            self.assertEqual(result.code, 4, result)
            self.assertIn("failure  network", result.out)
            self.assertIn("name its file with --ca-bundle or AWS_CA_BUNDLE", result.out)
            result = self.doctor(environment)
            self.assertEqual(result.code, 0, result)
            self.assertIn(f"certificate verified by {environment['AWS_CA_BUNDLE']}", result.out)

    def test_fips_and_an_address_of_ones_own(self):
        result = harness.run(["scan", "--fips"], self.environment)
        self.assertEqual(result.code, 2, result)
        self.assertIn("aws.endpoint_url (from AWS_ENDPOINT_URL) and aws.use_fips_endpoint are both set", result.err)


if __name__ == "__main__":
    unittest.main()
