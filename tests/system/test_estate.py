"""The whole program against the simulated organization: the report equals the estate's own truth."""
import csv
import json
import os
import re
import signal
import subprocess
import tempfile
import time
import unittest

import harness
import reports


def wait_for_requests(environment, process, count):
    """Until the scan is in full swing, however slow this machine is."""
    for _ in range(600):
        if harness.statistics(environment)["requests"] >= count or process.poll() is not None:
            return
        time.sleep(0.02)


class Estate(unittest.TestCase):
    def assert_same(self, manifest, result):
        self.assertIsNotNone(result.report, result)
        found = reports.differences(manifest, result.report)
        self.assertEqual(found, [], f"{len(found)} differences")

    def test_equals_the_manifest(self):
        for accounts, regions, seed in ((40, 17, 1), (25, 34, 7), (1, 1, 3), (121, 5, 42)):
            with self.subTest(accounts=accounts, regions=regions, seed=seed), \
                    harness.estate("--accounts", str(accounts), "--regions", str(regions), "--seed",
                                   str(seed)) as (environment, manifest):
                result = harness.scan(environment)
                self.assert_same(manifest, result)
                states = {cell["state"] for cell in result.report["cells"]}
                blind = states & {"unknown", "denied", "unreached"} or not result.report["run"]["complete"]
                self.assertEqual(result.code, 3 if blind else 1 if "fail" in states else 0, result)

    def test_any_number_of_workers(self):
        with harness.estate("--accounts", "30") as (environment, manifest):
            for workers, concurrency in ((1, 1), (1, 300), (7, 8), (16, 4)):
                with self.subTest(workers=workers, concurrency=concurrency):
                    self.assert_same(manifest, harness.scan(environment, "--workers", str(workers), "--concurrency",
                                                            str(concurrency)))

    def test_connections_per_region_not_per_cell(self):
        with harness.estate("--accounts", "40", "--regions", "17") as (environment, _):
            harness.scan(environment, "--concurrency", "64")
            counted = harness.statistics(environment)
        # Two dozen on a quiet machine. A busy one makes the estate look far, and far regions get a connection for
        # each exchange in flight: what holds on any machine is that they are used again.
        self.assertGreater(counted["requests"], 500)
        self.assertLess(counted["connections"], counted["requests"] / 2)
        print(f"{counted['connections']} connections for {counted['requests']} requests")

    def test_tls_sessions_are_resumed(self):
        for flags, resumes in (((), True), (("--no-tickets",), False)):
            with harness.estate("--tls", "--accounts", "40", "--regions", "3", "--latency", "aws", *flags) as (environment, truth):
                result = harness.scan(environment)
                self.assertEqual(reports.differences(truth, result.report), [], result)
                told = harness.statistics(environment)
            self.assertEqual(told["resumed"] > 0, resumes, told)

    def test_the_same_estate_gives_the_same_report(self):
        def strip(report):
            for item in report["cells"] + report["findings"] + report["accounts"]:
                item.pop("at", None), item.pop("request_id", None), item.pop("reason", None)
            return {name: report[name] for name in ("regions", "accounts", "cells", "findings", "controls")}
        with harness.estate("--seed", "9") as (environment, _):
            first, second = harness.scan(environment).report, harness.scan(environment, "--workers", "5").report
        self.assertEqual(strip(first), strip(second))

    def test_accounts_without_organizations(self):
        with harness.estate("--accounts", "40") as (environment, manifest):
            wanted = [account["id"] for account in manifest["accounts"][5:8]]
            result = harness.scan(environment, "--accounts", ",".join(wanted))
            asked = harness.statistics(environment)["operations"]
            self.assertEqual([name for name in asked if asked[name] and name.startswith("organizations:")], [])
        self.assertEqual([account["id"] for account in result.report["accounts"]], sorted(wanted))
        truth = reports.cells_of(manifest)
        for key, cell in reports.cells_of(result.report).items():
            if truth[key]["state"] != "skipped":
                self.assertEqual(cell["state"], truth[key]["state"], key)

    def test_excluded_accounts_and_regions(self):
        with harness.estate("--accounts", "20") as (environment, manifest):
            excluded = manifest["accounts"][6]["id"]
            result = harness.scan(environment, "--exclude-accounts", excluded, "--exclude-regions", "us-east-1")
        self.assertNotIn("us-east-1", result.report["regions"])
        states = {cell["state"] for cell in result.report["cells"] if cell["account"] == excluded}
        self.assertEqual(states, {"skipped"})
        self.assertEqual(reports.inconsistencies(result.report), [])

    def test_named_regions(self):
        """A region that is named is asked for in each account; where it is not enabled, that is proved."""
        with harness.estate("--accounts", "30", "--regions", "17") as (environment, manifest):
            result = harness.scan(environment, "--regions", "af-south-1,us-east-1")
        self.assertEqual(result.report["regions"], ["af-south-1", "us-east-1"])
        truth, disabled = reports.cells_of(manifest), 0
        for key, cell in reports.cells_of(result.report).items():
            self.assertEqual(cell["state"], truth[key]["state"], (key, cell))
            if cell["state"] == "disabled":
                disabled += 1
                self.assertIn("ec2:DescribeRegions", cell["reason"])
        self.assertGreater(disabled, 5)

    def test_organizational_units(self):
        with harness.estate("--accounts", "40") as (environment, manifest):
            for flags, wanted in ((("--ous", "/Prod"), lambda ou: ou.startswith("/Prod")),
                                  (("--ous", "ou-est8-00000002"), lambda ou: ou == "/Dev" or ou.startswith("/Dev/")),
                                  (("--exclude-ous", " /Nowhere , /Prod/Payments & Cards"),
                                   lambda ou: ou != "/Prod/Payments & Cards")):
                result = harness.scan(environment, *flags)
                ous = {account["id"]: account["ou"] for account in manifest["accounts"]}
                truth = reports.cells_of(manifest)
                for key, cell in reports.cells_of(result.report).items():
                    expected = truth[key]["state"] if wanted(ous[key[0]]) else "skipped"
                    self.assertEqual(cell["state"], expected, (flags, key))
            self.assertEqual(harness.scan(environment, "--ous", "/Nowhere").code, 2)

    def test_wrong_keys(self):
        with harness.estate() as (environment, _):
            wrong = harness.run(["scan"], {**environment, "AWS_SECRET_ACCESS_KEY": "wrong"})
            self.assertEqual(wrong.code, 4)
            self.assertIn("SignatureDoesNotMatch", wrong.err)
            unknown = harness.run(["scan"], {**environment, "AWS_ACCESS_KEY_ID": "AKIANOBODY"})
            self.assertEqual(unknown.code, 4)
            self.assertIn("InvalidClientTokenId", unknown.err)

    def test_a_role_that_nobody_has(self):
        with harness.estate("--accounts", "6", "--regions", "3") as (environment, _):
            result = harness.scan(environment, "--role-name", "NoSuchRole")
        self.assertEqual(result.code, 3)
        states = {cell["state"] for cell in result.report["cells"]}
        self.assertLessEqual(states, {"unreached", "skipped", "empty", "pass", "fail", "disabled", "unknown"})
        self.assertIn("unreached", states)

    def test_nobody_gets_in_anywhere(self):
        """Without one account that says which regions it has, every known region is blind; it is no empty matrix."""
        with harness.estate("--accounts", "6") as (environment, _):
            result = harness.scan(environment, "--role-name", "NoSuchRole", "--management-role", "NoSuchRole",
                                  "--exclude-regions", "eu-west-1", "--report", "table")
        self.assertEqual(result.code, 3)
        self.assertEqual({cell["state"] for cell in result.report["cells"]}, {"unreached", "skipped"})
        self.assertEqual(len(result.report["regions"]), 33)
        self.assertEqual(reports.inconsistencies(result.report), [])
        self.assertIn("sts:AssumeRole on role NoSuchRole: AccessDenied", result.out)

    def test_interruption_before_anything_is_known(self):
        environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s",
                                                AWS_ENDPOINT_URL="http://127.0.0.1:1")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "r.json")
            process = subprocess.Popen([harness.SCANNER, "scan", "--verbose", "--max-attempts", "30", "--report",
                                        f"json={path}"], env=environment, stderr=subprocess.PIPE)
            while b"attempt 3" not in process.stderr.readline():
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 3)
            report = reports.load(path)
        self.assertEqual((report["cells"], report["run"]["complete"]), ([], False))
        self.assertEqual(report["run"]["interrupted"], "interrupted by SIGTERM")

    def test_second_signal(self):
        with harness.estate("--accounts", "2000", "--regions", "34") as (environment, _):
            process = subprocess.Popen([harness.SCANNER, "scan", "--grace", "1h", "--timeout", "1h"], env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            wait_for_requests(environment, process, 2000)
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 3)

    def test_fail_on(self):
        with harness.estate("--accounts", "1", "--regions", "17", "--seed", "45") as (environment, manifest):
            failing = {finding["severity"] for finding in manifest["findings"] if finding["verdict"] == "fail"}
            self.assertEqual(failing, {"high", "low"})
            self.assertEqual(harness.scan(environment).code, 1)
            self.assertEqual(harness.scan(environment, "--fail-on", "critical").code, 0)

    def test_all_formats_tell_the_same(self):
        with harness.estate("--accounts", "15") as (environment, manifest), tempfile.TemporaryDirectory() as folder:
            def path(name):
                return os.path.join(folder, name)
            harness.run(["scan", "--report", f"json={path('j')}", "--report", f"jsonl={path('l')}", "--report",
                         f"csv={path('c')}", "--report", f"csv-matrix={path('m')}"], environment)
            report = reports.load(path("j"))
            with open(path("l"), encoding="utf-8") as stream:
                lines = [json.loads(line) for line in stream]
            with open(path("c"), encoding="utf-8", newline="") as stream:
                findings = [row for row in csv.DictReader(stream) if row["control"]]
            with open(path("m"), encoding="utf-8", newline="") as stream:
                matrix = list(csv.DictReader(stream))
        by_kind = {}
        for line in lines:
            by_kind.setdefault(line.pop("kind"), []).append(line)
        self.assertEqual({(c["account"], c["region"]): c for c in by_kind["cell"]}, reports.cells_of(report))
        self.assertEqual(len(by_kind["cell"]), len(report["cells"]))
        self.assertEqual(reports.findings_of({"findings": by_kind["finding"]}), reports.findings_of(report))
        self.assertEqual(by_kind["run"][0]["totals"], report["run"]["totals"])
        self.assertEqual([f["resource_arn"] for f in findings], [f["resource"]["arn"] for f in report["findings"]])
        self.assertEqual([f["verdict"] for f in findings], [f["verdict"] for f in report["findings"]])
        for line in matrix:
            for region in report["regions"]:
                self.assertEqual(line[region], reports.cells_of(manifest)[line["account"], region]["state"])

    def test_only_failing(self):
        with harness.estate("--accounts", "15") as (environment, _):
            verdicts = {f["verdict"] for f in harness.scan(environment, "--only-failing").report["findings"]}
        self.assertEqual(verdicts, {"fail", "unknown"})

    def test_settings_from_a_file(self):
        with harness.estate("--accounts", "10", "--role", "Audit") as (environment, manifest), \
                tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "r.json")
            with open(os.path.join(folder, "neptune-scan.ini"), "w", encoding="utf-8") as stream:
                stream.write(f"[role]\nname = Audit\n[aws]\nendpoint_url = {environment['AWS_ENDPOINT_URL']}\n"
                             f"[report.json]\npath = {report}\n")
            for name in ("AWS_ENDPOINT_URL", "NEPTUNE_SCAN_ROLE_NAME"):
                environment.pop(name)
            harness.run(["scan"], environment, folder)
            self.assertEqual(reports.differences(manifest, reports.load(report)), [])

    def test_interruption(self):
        """SIGTERM in the middle: what was scanned is reported, the rest is pending, exit 3."""
        with harness.estate("--accounts", "2000", "--regions", "34") as (environment, _), \
                tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "r.json")
            process = subprocess.Popen([harness.SCANNER, "scan", "--report", f"json={path}"], env=environment,
                                       stderr=subprocess.PIPE)
            wait_for_requests(environment, process, 2000)
            process.send_signal(signal.SIGTERM)
            error = process.communicate(timeout=60)[1].decode()
            self.assertEqual(process.returncode, 3, error)
            self.assertIn("interrupted by SIGTERM", error)
            report = reports.load(path)
            self.assertEqual(os.listdir(folder), ["r.json"])
        self.assertEqual(reports.inconsistencies(report), [])
        self.assertEqual(report["run"]["interrupted"], "interrupted by SIGTERM")
        self.assertFalse(report["run"]["complete"])
        self.assertGreater(report["run"]["totals"]["pending"], 0)

    def test_deadline(self):
        with harness.estate("--accounts", "3000", "--regions", "34") as (environment, _):
            result = harness.scan(environment, "--deadline", "1s", "--grace", "0s")
        self.assertEqual(result.code, 3)
        self.assertEqual(reports.inconsistencies(result.report), [])
        self.assertGreater(result.report["run"]["totals"]["pending"], 0)

    def test_few_descriptors(self):
        """The engine narrows itself, says so, and finds the same."""
        with harness.estate("--accounts", "20", "--regions", "9", "--latency", "lan") as (environment, manifest):
            result = harness.scan(environment, "--concurrency", "256", before=("sh", "-c", 'ulimit -n 64 && exec "$@"', "sh"))
        self.assert_same(manifest, result)
        self.assertIn("the file descriptor limit is 64 (ulimit -n)", result.err)

    def test_progress(self):
        with harness.estate("--accounts", "5") as (environment, _):
            self.assertRegex(harness.scan(environment).err, r"\AScanned 5 accounts .*\nWrote .*\nResult .*\n\Z")
            self.assertEqual(harness.scan(environment, "--quiet").err, "")
            self.assertNotIn("\033", harness.scan(environment, "--progress", "always").err)


class Comparison(unittest.TestCase):
    """What finds no difference is believed: so it must find them, whether it reads a report whole or line by line."""

    # What is done to the report: where, to the line that begins so, and what to it.
    DAMAGES = {
        "a region left out": ('"regions":[', lambda line: [re.sub(r',"us-east-1"', "", line)]),
        "an account left out": ('{"id":"', lambda line: []),
        "an account of another name": ('{"id":"', lambda line: [re.sub(r'"name":"(\\.|[^"\\])*', '"name":"other', line)]),
        "a cell left out": ('{"account":"', lambda line: []),
        "a cell twice": ('{"account":"', lambda line: [line, line]),
        "a cell of a wrong state": ('{"account":"', lambda line: [re.sub(r'"state":"[a-z]*', '"state":"exempt', line)]),
        "a cell of another account": ('{"account":"', lambda line: [re.sub(r'"account":"[0-9]', '"account":"9', line)]),
        "a finding left out": ('{"control":"', lambda line: []),
        "a finding of a wrong verdict": ('{"control":"', lambda line: [re.sub(r'"verdict":"[a-z]*', '"verdict":"none', line)]),
        "a finding without evidence": ('{"control":"', lambda line: [re.sub(r'"StorageEncrypted":"[a-z]*"', '"Storage":""', line)]),
        "a total that is one too high": ('"run":', lambda line: [re.sub(r'"empty":', '"empty":1', line)]),
        "a run that says it is complete": ('"run":', lambda line: [line.replace('"complete":false', '"complete":true')]),
    }

    def test_every_damage_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            truth, whole, damaged = (os.path.join(folder, name) for name in ("truth.json", "whole.json", "damaged.json"))
            size = ("--accounts", "40", "--regions", "5")
            with harness.estate(*size) as (environment, manifest):
                harness.run(["scan", "--report", f"json={whole}"], environment, folder)
            subprocess.run([harness.ESTATE, "--until-eof", "--manifest", truth, *size], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=True)
            self.assertEqual(reports.differences_of_files(truth, whole), [])
            with open(whole, encoding="utf-8") as stream:
                lines = stream.readlines()
            for name, (beginning, change) in self.DAMAGES.items():
                with self.subTest(name):
                    chosen = [i for i, line in enumerate(lines) if line.startswith(beginning)]
                    at = chosen[len(chosen) // 3]
                    changed = lines[:at] + change(lines[at]) + lines[at + 1:]
                    self.assertTrue(changed != lines)
                    with open(damaged, "w", encoding="utf-8") as stream:
                        stream.writelines(changed)
                    found = set(reports.differences(manifest, reports.load(damaged)))
                    told = set(reports.differences_of_files(truth, damaged))
                    self.assertTrue(found)
                    if "another account" in name:  # out of order: line by line, more seems wrong, never less
                        self.assertEqual(found - told, set())
                    else:
                        self.assertEqual(found, told)


if __name__ == "__main__":
    unittest.main()
