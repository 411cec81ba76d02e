"""The command line: help, bad input, and nothing scanned when something is wrong."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import harness


class Command(unittest.TestCase):
    def setUp(self):
        self.environment = harness.clean_environment(AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s",
                                                     AWS_ENDPOINT_URL="http://127.0.0.1:1")

    def expect(self, code, *arguments, **environment):
        result = harness.run(arguments, {**self.environment, **environment}, tempfile.gettempdir())
        self.assertEqual(result.code, code, result)
        return result

    def test_help_is_as_agreed(self):
        for name, arguments in (("help", ["help"]), ("help-scan", ["help", "scan"]), ("help-scan-all", ["help", "scan", "--all"])):
            text = self.expect(0, *arguments).out
            path = harness.SOURCE / "tests/data/command" / name
            if os.environ.get("UPDATE_GOLDEN"):
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            self.assertEqual(text, path.read_text(encoding="utf-8"))
        self.assertEqual(self.expect(0, "scan", "--help").out, self.expect(0, "help", "scan").out)
        self.assertEqual(self.expect(0, "scan", "--help", "--all").out, self.expect(0, "help", "scan", "--all").out)

    def test_every_command_has_examples(self):
        """At the top of its help, as `help scan` has them, with flags that exist; and in the manual."""
        manual = (harness.SOURCE / "docs/neptune-scan.1").read_text(encoding="utf-8").replace("\\-", "-")
        commands = re.findall(r"^  ([a-z-]+)  ", self.expect(0, "help").out, re.M)
        settings = self.expect(0, "help", "scan", "--all").out
        self.assertEqual(len(commands), 15)
        for command in commands:
            with self.subTest(command):
                text = self.expect(0, "help", command).out
                found = re.search(r"^Examples:\n((?:  neptune-scan .*\n){1,3})\n", text, re.M)
                if command == "version":
                    continue
                self.assertIsNotNone(found, text)
                self.assertLess(text[:found.start()].count("\n"), 14)
                for line in found[1].splitlines():
                    words = line.split()
                    self.assertIn(line.strip() + "\n", manual)
                    self.assertTrue(words[1] == command or (command, words[1]) == ("accounts", "scan"), line)
                    for flag in (word for word in words if word.startswith("--")):
                        self.assertIn(flag, settings + text.replace(found[0], ""))
                    if words[1] in ("iam-policy", "controls", "config"):
                        self.expect(0, *(word for word in words[1:] if not word.startswith(">")))

    def test_the_manual_has_every_flag(self):
        manual = (harness.SOURCE / "docs/neptune-scan.1").read_text(encoding="utf-8").replace("\\-", "-")
        for line in self.expect(0, "help", "scan", "--all").out.splitlines():
            words = line.split()
            if line.startswith("  --"):
                self.assertIn(f"\\fB{words[0]}\\fR", manual)
            elif line.strip().startswith("["):
                self.assertIn(line.strip(), manual)

    def test_what_is_made_is_up_to_date(self):
        os.environ["NEPTUNE_SCAN"] = harness.SCANNER
        sys.path.insert(0, str(harness.SOURCE / "docs"))
        import manual  # pylint: disable=import-outside-toplevel
        for path, text in manual.made().items():
            self.assertEqual(path.read_text(encoding="utf-8"), text, f"{path}: ./dev manual makes it anew")

    def test_completion_completes(self):
        script = (f"source {harness.SOURCE}/completion/neptune-scan.bash; COMP_WORDS=(neptune-scan {{}}); COMP_CWORD={{}}; "
                  "_neptune_scan; echo ${{COMPREPLY[@]}}")
        for words, expected in (("s", "scan show"), ("scan --require", "--require-key"), ("scan --report csv", "csv csv-matrix"),
                                ("diff --form", "--format"), ("help tr", "trend")):
            done = subprocess.run(["bash", "-c", script.format(words, len(words.split()))], stdout=subprocess.PIPE, check=True)
            self.assertEqual(done.stdout.decode().strip(), expected)

    def test_version_and_controls(self):
        self.assertRegex(self.expect(0, "version").out, r"^neptune-scan \d+\.\d+\.\d+\n$")
        self.assertIn("neptune-encryption-at-rest", self.expect(0, "controls").out)

    def test_words_that_are_not_there(self):
        self.assertIn('Did you mean "scan"', self.expect(2, "scna").err)
        self.expect(2)
        self.expect(2, "help", "nothing")
        self.expect(2, "version", "1")

    def test_every_mistake_is_named(self):
        error = self.expect(2, "scan", "--regoin", "x", "--accounts", "1", "--controls", "encrypton", "--report",
                            "jsno", "--regions", "nowhere", "--report", "json=/nonexistent/x.json").err
        for part in ('unknown flag --regoin. Did you mean --region?', "account ids of exactly 12 digits",
                     'Did you mean "encryption"', 'unknown report format "jsno". Did you mean "json"',
                     '"nowhere": must be', "/nonexistent/x.json", "neptune-scan: 6 problems. Nothing was scanned.\n  Fix: `neptune-scan help scan --all`"):
            self.assertIn(part, error)

    def test_what_is_nearly_right_is_suggested(self):
        for words, meant in ((("scan", "--rol", "x"), "--role-name"), (("scan", "--roles", "X"), "--role-name"), (("controls", "shwo"), '"show"'),
                             (("controls", "--fromat", "json"), '"--format"'), (("exceptions", "chek", "x"), '"check"'), (("config", "exmple"), '"example"'),
                             (("runs", "prun"), '"prune"'), (("iam-policy", "tust"), '"trust"'), (("report", "--reprot", "json"), "--report"),
                             (("show", "--fromat=json", "1"), "--format"), (("diff", "--dv", "x"), "--db")):
            with self.subTest(words):
                self.assertIn(f". Did you mean {meant}?\n", self.expect(2, *words).err)

    def test_an_unknown_flag_comes_first_and_its_value_is_no_word(self):
        lines = self.expect(2, "report", "--reprot", "json").err.splitlines()
        self.assertEqual(lines, ["neptune-scan: error: report: unknown flag --reprot. Did you mean --report?", "  Fix: neptune-scan help report"])
        lines = self.expect(2, "report", "x", "--reprot=json", "y").err.splitlines()
        self.assertEqual([line.split("report: ")[1] for line in lines[:3]],
                         ["unknown flag --reprot. Did you mean --report?", "x: one argument too many", "y: one argument too many"])
        self.assertIn("controls: --format: a value is missing\n", self.expect(2, "controls", "--format").err)
        self.assertEqual(self.expect(0, "config", "example", "--format", "ini").out, self.expect(0, "config", "example").out)

    def test_what_cannot_start_ends_with_its_fix_and_the_exit_code(self):
        """Rule 4 of the wording: WHERE: WHAT, and a line "Fix:"; then the result, as at the end of every scan."""
        result = "Result  the scan could not start (exit code 4)"
        lines = self.expect(4, "scan", "--db", "/nonexistent/folder/x.db").err.splitlines()
        self.assertEqual(lines, ["neptune-scan: error: run store /nonexistent/folder/x.db: the directory /nonexistent/folder does not exist",
                                 "  Fix: create it, or choose a file with --db", result])
        self.assertEqual(self.expect(4, "scan", "--db", "/x.db" if os.getuid() else "/proc/x.db").err.splitlines()[1:],
                         ["  Fix: correct the permissions of the directory, or choose a file with --db", result])
        lines = self.expect(4, "scan", "--max-attempts", "1").err.splitlines()
        self.assertEqual(lines[-2:], ["  Fix: check the network, name resolution, the proxy and the endpoint", result])
        self.assertNotIn("Result", self.expect(4, "scan", "--quiet", "--db", "/nonexistent/x.db").err)
        self.assertNotIn("Result", self.expect(4, "scan", "--log-format", "json", "--db", "/nonexistent/x.db").err)

    def test_one_problem_has_no_count_and_names_its_setting(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.ini")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("[scan]\nconcurrency = many\n")
            for words, hint in ((("--concurrency", "many"), "`neptune-scan help scan --all` describes --concurrency"),
                                (("--config", path), "`neptune-scan config example` describes scan.concurrency"),
                                (("--rol", "x"), "`neptune-scan help scan --all` describes --role-name"),
                                (("--xyzzyx", "x"), "`neptune-scan help scan --all` describes the flags, `neptune-scan config example` every key")):
                with self.subTest(words):
                    lines = self.expect(2, "scan", *words).err.splitlines()
                    self.assertEqual(lines[1:], ["neptune-scan: Nothing was scanned.", f"  Fix: {hint}"])
        lines = self.expect(2, "scan", "--quiet", "--verbose").err.splitlines()
        self.assertEqual(lines[1:], ["  Fix: keep one", "neptune-scan: Nothing was scanned."])

    def test_own_flags_with_and_without_value(self):
        self.assertIn("show: --format: a value is missing\n", self.expect(2, "show", "--format").err)
        self.assertIn("plan: --create-key: takes no value\n", self.expect(2, "plan", "--create-key=1").err)
        self.assertIn("config: --format: a value is missing\n", self.expect(2, "config", "--workers", "2", "--format").err)

    def test_reports_that_collide(self):
        self.assertIn("two reports go to standard output",
                      self.expect(2, "scan", "--report", "json", "--report", "csv").err)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x")
            self.assertIn("two reports go to", self.expect(2, "scan", "--report", f"json={path}", "--report",
                                                           f"csv={path}").err)
            self.assertEqual(os.listdir(folder), [])

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.ini")
            for text, part in (("", "the file is empty"), ("[scan\n", ":1: not an INI line"),
                               ("[scan]\nworkers = many\n", ':2: scan.workers "many"')):
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(text)
                self.assertIn(part, self.expect(2, "scan", "--config", path).err)
        self.assertIn("No such file", self.expect(2, "scan", "--config", "/nonexistent.ini").err)

    def test_no_credentials(self):
        error = self.expect(4, "scan", AWS_ACCESS_KEY_ID="").err
        self.assertIn("no AWS credentials found; tried:", error)
        self.assertIn("shared profile: no profile", error)
        self.assertRegex(error, r"\n  Fix: name a profile with --profile, .*\nResult  the scan could not start \(exit code 4\)\n$")
        self.assertIn("AWS_SECRET_ACCESS_KEY is not", self.expect(4, "scan", AWS_SECRET_ACCESS_KEY="").err)

    def test_nobody_answers(self):
        error = self.expect(4, "scan", "--max-attempts", "2").err
        self.assertIn("sts:GetCallerIdentity at http://127.0.0.1:1", error)
        self.assertIn("after 2 attempts", error)

    def test_log_as_json(self):
        lines = self.expect(4, "scan", "--max-attempts", "1", "--log-format", "json").err.splitlines()
        self.assertIn('"event":"scan.impossible"', lines[-1])

    def test_secrets_stay_secret(self):
        result = self.expect(4, "scan", "--max-attempts", "2", "--verbose", AWS_SECRET_ACCESS_KEY="PLANTED-SECRET",
                             AWS_SESSION_TOKEN="PLANTED-TOKEN", NEPTUNE_SCAN_ROLE_EXTERNAL_ID="PLANTED-ID")
        self.assertNotIn("PLANTED", result.out + result.err)

    def to_full(self, *arguments, environment=None):
        with open("/dev/full", "wb") as full:
            completed = subprocess.run([harness.SCANNER, *arguments], env=environment or harness.clean_environment(),
                                       stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(completed.returncode, 4, arguments)
        return completed.stderr.decode()

    def test_a_full_standard_output(self):
        """What is cut off must not look like the whole: a policy without its last actions, say."""
        with harness.estate("--accounts", "2", "--regions", "2") as (environment, _), \
                tempfile.TemporaryDirectory() as folder:
            self.assertIn("cannot write the report to standard output", self.to_full("scan", environment=environment))
            store = os.path.join(folder, "runs.db")
            for _ in range(2):
                harness.scan(environment, "--db", store)
            for arguments in (("report",), ("diff",), ("trend",), ("runs",), ("show",), ("plan", "--format", "json")):
                self.assertIn("standard output", self.to_full(*arguments, "--db", store), arguments)
            self.assertIn("doctor: cannot write to standard output: No space", self.to_full("doctor", environment=environment))
        for arguments in (("config",), ("config", "--format", "json"), ("config", "example"), ("controls",), ("version",),
                          ("iam-policy",), ("help",), ("help", "scan"), ("scan", "--help"), ("--version",)):
            self.assertIn("cannot write to standard output: No space left on device", self.to_full(*arguments), arguments)


if __name__ == "__main__":
    unittest.main()
