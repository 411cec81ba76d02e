"""Scans that an engine runs as a job array: exit codes, which part of which array, paths, what a part reports."""
import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

import harness
import reports

BATCH = {"AWS_BATCH_JOB_ARRAY_INDEX": "2", "AWS_BATCH_JOB_ARRAY_SIZE": "8", "AWS_BATCH_JOB_ID": "0a1b-2c3d:2"}


def slurm(task, first=1, last=8, array="4711"):
    """The environment of a task of sbatch --array=FIRST-LAST."""
    return {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_MIN": str(first), "SLURM_ARRAY_TASK_MAX": str(last),
            "SLURM_ARRAY_TASK_STEP": "1", "SLURM_ARRAY_TASK_COUNT": str(last - first + 1), "SLURM_ARRAY_JOB_ID": array}


ESTATE = ("--accounts", "24", "--regions", "5", "--seed", "11")


class Arrays(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_one_command_line_for_each_job_of_batch(self):
        """deploy/batch: eight programs at once, and the merge beside them."""
        definition, merge = (json.loads((harness.SOURCE / "deploy/batch" / name).read_text(encoding="utf-8"))
                             for name in ("job-definition.json", "submit-merge.json"))
        place = {"/var/lib/neptune-scan": self.folder, "ID-OF-THE-ARRAY": "0a1b-2c3d", "2h": "100s"}

        def words(container):
            for old, new in place.items():
                container = [word.replace(old, new) for word in container]
            return container

        with harness.estate(*ESTATE) as (environment, manifest):
            del environment["NEPTUNE_SCAN_STORE_PATH"]
            programs = [subprocess.Popen(
                [harness.SCANNER, *words(definition["containerProperties"]["command"]), "--quiet"], stderr=subprocess.PIPE,
                env={**environment, "AWS_BATCH_JOB_ARRAY_INDEX": str(index), "AWS_BATCH_JOB_ARRAY_SIZE": "8",
                     "AWS_BATCH_JOB_ID": f"0a1b-2c3d:{index}"}) for index in range(8)]
            merged = harness.run(words(merge["containerOverrides"]["command"]), environment, self.folder)
            for program in programs:
                _, err = program.communicate(timeout=harness.TIMEOUT)
                self.assertEqual(program.returncode, 0, err)
        self.assertEqual(merged.code, 0, merged)
        self.assertEqual(reports.differences(manifest, reports.load(self.path("report.json"))), [])
        self.assertIn("neptune_scan_complete", pathlib.Path(self.path("neptune-scan.prom")).read_text(encoding="utf-8"))

    def test_reports_written_at_once(self):
        """No program takes the unfinished file of another for a leftover, whose name is the same but for its end."""
        with harness.estate("--accounts", "4", "--regions", "2") as (environment, _):
            harness.scan(environment, "--db", self.path("runs.db"))
            words = [harness.SCANNER, "report", "--db", self.path("runs.db"), "--report", f"csv={self.path('report.csv')}"]
            for _ in range(12):
                programs = [subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(8)]
                errors = [program.communicate(timeout=harness.TIMEOUT)[1] for program in programs]
                self.assertEqual([error for error in errors if b"cannot" in error], [])
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(".")], [])

    def test_the_date_names_an_array(self):
        """For engines whose jobs have the same name every night."""
        today = time.strftime("%Y-%m-%d", time.gmtime())
        with harness.estate(*ESTATE) as (environment, _):
            part = harness.run(["scan", "--shard", "1/2", "--array", "night-{date}", "--quiet", "--db", self.path("{array}/{shard}.db")],
                               environment)
            self.assertEqual(part.code, 0, part)
            merged = harness.run(["merge", self.path("{array}"), "--array", "night-{date}", "--db", "none", "--await", "1",
                                  "--deadline", "1s"], environment)
        self.assertEqual(merged.code, 3, merged)
        self.assertIn("INCOMPLETE", merged.out)
        self.assertEqual(os.listdir(self.folder), [f"night-{today}"])

    def test_exit_codes_for_engines(self):
        """An engine calls any code but 0 a failed job: done is 0 for a run at its end, whatever it found."""
        with harness.estate(*ESTATE) as (environment, _):
            verdict = harness.scan(environment)
            self.assertEqual((verdict.code, verdict.report["run"]["conclusion"]["exit_code"]), (3, 3))
            for flags, more in ((("--exit", "done"), {}), ((), {"NEPTUNE_SCAN_SCAN_EXIT": "done"}), (("--shard", "1/2"), {})):
                result = harness.scan({**environment, **more}, *flags)
                self.assertEqual(result.code, 0, result)
                self.assertEqual(result.report["run"]["conclusion"]["exit_code"], 0)
                self.assertRegex(result.err, r"Result  .*INCOMPLETE.*\(exit code 0: finished\)\n")
            for flags in (("--shard", "1/2", "--exit", "verdict"), ("--exit", "verdict")):
                self.assertEqual(harness.scan(environment, *flags).code, 3)
            result = harness.scan(environment, "--exit", "dnoe")
            self.assertEqual(result.code, 2)
            self.assertIn('did you mean "done"', result.err.lower())
            stores = []
            for index in (1, 2):
                stores.append(self.path(f"{index}.db"))
                self.assertEqual(harness.scan(environment, "--db", stores[-1], "--shard", f"{index}/2").code, 0)
        for flags, code in (((), 3), (("--exit", "done"), 0)):
            merged = harness.run(["merge", *stores, "--db", "none", *flags], harness.clean_environment())
            self.assertEqual(merged.code, code, merged)
        missing = harness.run(["merge", stores[0], "--db", "none", "--exit", "done"], harness.clean_environment())
        self.assertEqual(missing.code, 3, missing)

    def test_a_part_says_that_it_is_one(self):
        """Also where all of its cells were assessed and nothing fails: it proves nothing about the organization."""
        texts = {name: self.path(name) for name in ("html", "markdown", "table", "prometheus", "csv", "junit", "sarif", "csv-matrix",
                                                    "asff", "ocsf")}
        with harness.estate("--accounts", "4", "--regions", "2", "--seed", "22") as (environment, _):
            whole = harness.scan(environment)
            self.assertEqual((whole.code, whole.report["run"]["conclusion"]["words"]), (0, ["PASS"]), whole)
            part = harness.scan(environment, "--shard", "6/8", *(f"--report={name}={path}" for name, path in texts.items()))
        self.assertEqual(part.code, 0)
        run = part.report["run"]
        self.assertEqual((run["complete"], run["shard"], run["conclusion"]["words"]), (False, "6/8", ["PART"]))
        self.assertEqual(run["conclusion"]["sentences"][0], "6/8, no verdict on the organization.")
        self.assertIn("Result  PART 6/8, no verdict on the organization (exit code 0: finished)", part.err)
        self.assertEqual(reports.inconsistencies(part.report), [])
        texts = {name: pathlib.Path(path).read_text(encoding="utf-8") for name, path in texts.items()}
        self.assertTrue(texts["markdown"].startswith("# PART 6/8: Neptune"), texts["markdown"][:200])
        self.assertIn("**PART:** 6/8, no verdict on the organization.", texts["markdown"])
        self.assertIn("<h1>PART 6/8: Neptune", texts["html"])
        self.assertIn("<title>PART 6/8: Neptune", texts["html"])
        self.assertTrue(texts["table"].startswith("PART 6/8: Neptune"), texts["table"][:200])
        self.assertRegex(texts["prometheus"], r'neptune_scan_complete\{organization="o-[a-z0-9]+",shard="6/8"\} 0\n')
        for name in ("csv", "junit", "sarif", "csv-matrix", "asff", "ocsf"):
            self.assertIn("part 6/8 of the accounts, without a verdict on the organization", texts[name], name)
        for name in ("markdown", "table"):
            self.assertNotIn("PASS", texts[name])

    def test_exit_code_of_what_is_to_be_resumed(self):
        with harness.estate("--accounts", "80", "--regions", "17", "--latency", "aws") as (environment, manifest):
            store = self.path("runs.db")
            left = harness.scan(environment, "--db", store, "--exit", "done", "--deadline", "1s", "--grace", "0s",
                                "--concurrency", "24")
            self.assertEqual(left.code, 3, left)
            self.assertIn("(exit code 3: to be resumed)", left.err)
            resumed = harness.scan(environment, "--db", store, "--exit", "done", "--resume")
            self.assertEqual(resumed.code, 0, resumed)
            self.assertEqual(reports.differences(manifest, resumed.report), [])
            refused = harness.scan({**environment, "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "--exit", "done")
            self.assertEqual(refused.code, 4, refused)

    def test_arrays_only_when_asked(self):
        with harness.estate(*ESTATE) as (environment, _):
            for variables in (BATCH, slurm(3), {"JOB_COMPLETION_INDEX": "2"}):
                result = harness.scan({**environment, **variables})
                self.assertIsNone(result.report["run"]["shard"])
                self.assertIsNone(result.report["run"]["array"])
                self.assertEqual(result.err.count("all accounts are scanned. Set --shard array"), 1, result)
                quiet = harness.scan({**environment, **variables}, "--shard", "1/1")
                self.assertNotIn("Set --shard array", quiet.err)
            for variables, shard, expected in ((BATCH, "array", ("3/8", "0a1b-2c3d")), (slurm(3), "array", ("3/8", "4711")),
                                               ({"JOB_COMPLETION_INDEX": "2"}, "array/8", ("3/8", None)),
                                               ({"JOB_COMPLETION_INDEX": "2", "NEPTUNE_SCAN_SCAN_ARRAY": "scan-29"}, "array/8",
                                                ("3/8", "scan-29")), ({}, "3/8", ("3/8", None))):
                run = harness.scan({**environment, **variables}, "--shard", shard).report["run"]
                self.assertEqual((run["shard"], run["array"]), expected)

    def test_a_task_that_runs_again_alone(self):
        """sbatch --array=5: the variables are those of an array of one job."""
        with harness.estate(*ESTATE) as (environment, _):
            store = self.path("5.db")
            alone = {**environment, **slurm(5, 5, 5, "4712")}
            for shard, fix in (("array", "name the part with --shard INDEX/COUNT"), ("array/8", "--shard 5/8 where the array began at 1")):
                result = harness.scan(alone, "--shard", shard, "--db", store)
                self.assertEqual(result.code, 2, result)
                self.assertIn(fix, result.err)
                self.assertFalse(os.path.exists(store))
            self.assertEqual(harness.scan({**environment, **slurm(5)}, "--shard", "array", "--db", store).code, 0)
            before = pathlib.Path(store).read_bytes()
            for shard in ("array", "array/8"):
                result = harness.scan(alone, "--shard", shard, "--db", store)
                self.assertEqual(result.code, 2, result)
                self.assertIn("name it with --shard 5/8", result.err)
                self.assertEqual(pathlib.Path(store).read_bytes(), before)
                again = harness.scan(alone, "--shard", shard, "--db", store, "--array", "4711")
                self.assertEqual((again.report["run"]["shard"], again.report["run"]["array"]), ("5/8", "4711"), again)
                before = pathlib.Path(store).read_bytes()
            other = harness.scan({**environment, **slurm(7, 7, 7, "4711")}, "--shard", "array", "--db", store)
            self.assertEqual(other.code, 2, other)  # that store is not of this task

    def test_tasks_that_run_again(self):
        """sbatch --array=1-2 with the name of an array of 8: 1/2 and 2/2 are never scanned, and the stores beside tell the count."""
        flags = ("scan", "--shard", "array", "--resume", "--quiet", "--db", self.path("{array}/{shard}.db"))
        with harness.estate(*ESTATE) as (environment, _):
            for task in (3, 8):
                self.assertEqual(harness.run(flags, {**environment, **slurm(task)}).code, 0)
            before = sorted(os.listdir(self.path("4711")))
            for task in (1, 2):
                again = {**environment, **slurm(task, 1, 2, "4799")}
                refused = harness.run([*flags, "--array", "4711"], again)
                self.assertEqual(refused.code, 2, refused)
                self.assertIn(f"--shard {task}/8 where the array began at 1, --shard {task + 1}/8 where it began at 0", refused.err)
                self.assertNotIn("{shard}", refused.err)
                elsewhere = harness.run(["scan", "--shard", "array", "--array", "4711", "--db", self.path("none.db")], again)
                self.assertEqual(elsewhere.code, 2, elsewhere)
                self.assertIn("which is not the array 4711 of the settings", elsewhere.err)
                self.assertIn("set scan.shard to array/COUNT, with the number of jobs of 4711", elsewhere.err)
            self.assertEqual(sorted(os.listdir(self.path("4711"))), before)
            whole = harness.run([*flags, "--array", "4711"], {**environment, **slurm(5, 1, 8, "4799")})
            self.assertEqual(whole.code, 0, whole)
            self.assertIn("5-of-8.db", os.listdir(self.path("4711")))

    def test_no_count_but_the_indexes(self):
        """SLURM_ARRAY_TASK_COUNT is absent: array/8 names the count."""
        with harness.estate(*ESTATE) as (environment, _):
            result = harness.scan({**environment, **slurm(5), "SLURM_ARRAY_TASK_COUNT": ""}, "--shard", "array/8")
            self.assertEqual((result.code, result.report["run"]["shard"]), (0, "5/8"), result)
            alone = harness.scan({**environment, **slurm(5, 5, 5), "SLURM_ARRAY_TASK_COUNT": ""}, "--shard", "array/8")
            self.assertEqual(alone.code, 2, alone)
            self.assertIn("is 5 in an array of 1 job, and scan.shard is array/8", alone.err)

    def test_paths_say_shard_and_array(self):
        """One command line for all jobs of all nights."""
        flags = ("--shard", "array", "--db", self.path("{array}/{shard}.db"), "--report", "csv=" + self.path("r/{array}-{shard}.csv"))
        os.mkdir(self.path("r"))
        with harness.estate(*ESTATE) as (environment, _):
            for array in ("4711", "4712"):
                for task in (1, 2):
                    self.assertEqual(harness.scan({**environment, **slurm(task, 1, 2, array)}, *flags).code, 0)
            for array in ("4711", "4712"):
                for task in (1, 2):
                    rows = harness.query_store(self.path(f"{array}/{task}-of-2.db"), "SELECT shard, array FROM runs")
                    self.assertEqual(rows, [(f"{task}/2", array)])
                    self.assertTrue(os.path.exists(self.path(f"r/{array}-{task}-of-2.csv")))
            result = harness.scan({**environment, "JOB_COMPLETION_INDEX": "0"}, "--shard", "array/2", *flags[2:])
            self.assertEqual(result.code, 2)
            self.assertEqual(result.err.count("has {array}, and the array has no name\n  Fix: set scan.array"), 2, result)
            self.assertFalse(os.path.exists(self.path("{array}")))
            for name in ("", "../up", "a/b", ".hidden", "x" * 129):
                result = harness.scan(environment, "--shard", "1/2", "--array", name, "--db", self.path("{array}.db"))
                self.assertEqual(result.code, 2, result)
                self.assertRegex(result.err, "(scan.array|--array) \".*\": must be")

    def test_resumed_in_another_array(self):
        """A run belongs to the array that began it."""
        with harness.estate("--accounts", "80", "--regions", "17", "--latency", "aws") as (environment, _):
            store = self.path("1.db")
            flags = ("--shard", "1/2", "--db", store, "--resume")
            left = harness.scan(environment, *flags, "--array", "a", "--deadline", "1s", "--grace", "0s", "--concurrency", "24")
            self.assertEqual(left.code, 3, left)
            resumed = harness.scan(environment, *flags, "--array", "a")
            self.assertEqual(resumed.report["run"]["id"], left.report["run"]["id"])
            self.assertEqual(resumed.code, 0)
            harness.edit_store(store, "UPDATE runs SET state = 'interrupted'")
            other = harness.scan(environment, *flags, "--array", "b")
            self.assertIn('is not resumed: scan.array was "a", now "b"', other.err)

    def test_pace_of_sts(self):
        """A limit of the user's own, divided by the shards: no scan is faster than that, on any machine."""
        with harness.estate("--accounts", "200", "--regions", "1") as (environment, manifest):
            for flags in (("--sts-rate", "40"), ("--sts-rate", "80", "--shard", "1/2")):
                before = time.monotonic()
                result = harness.scan(environment, *flags)
                took, sent = time.monotonic() - before, result.report["run"]["requests"]["operations"]["sts:AssumeRole"]["sent"]
                self.assertGreater(sent, 80, flags)
                self.assertGreaterEqual(took, sent / 40 - 1.5, flags)  # a second's worth may be sent at once
                if "--shard" not in flags:
                    self.assertEqual(reports.differences(manifest, result.report), [])
            for rate in ("0", "-1", "100001", "fast"):
                result = harness.scan(environment, "--sts-rate", rate)
                self.assertEqual(result.code, 2, result)
                self.assertIn("must be a whole number from 1 to 100000", result.err)


if __name__ == "__main__":
    unittest.main()
