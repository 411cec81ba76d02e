"""Files, descriptors and arguments as nobody should hand them over: said clearly, and nothing is lost."""
import json
import os
import resource
import signal
import stat
import subprocess
import tempfile
import time
import unittest

import harness

ESTATE = ("--accounts", "6", "--regions", "5", "--seed", "3")
COMMANDS = ("report", "runs", "show", "diff", "trend", "merge", "plan", "exceptions", "doctor", "scan")


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.estate = harness.estate(*ESTATE)
        cls.environment, _ = cls.estate.__enter__()
        cls.addClassCleanup(cls.estate.__exit__, None, None, None)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.store = self.path("runs.db")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "wb") as stream:
            stream.write(text.encode() if isinstance(text, str) else text)
        return self.path(name)

    @staticmethod
    def bytes_of(path):
        with open(path, "rb") as stream:
            return stream.read()

    def scan(self, *flags, **options):
        return harness.run(["scan", "--db", self.store, *flags], self.environment, self.folder, **options)

    # ---- settings

    def test_empty_values(self):
        """Where a text is needed, an empty one is refused by name, by every command and in every spelling."""
        for command in COMMANDS:
            for flags in (["--db", ""], ["--db="]):
                words = {"exceptions": ["check", "x"], "merge": [self.path("m.db"), "a"]}.get(command, [])
                result = harness.run([command, *words, *flags], self.environment, self.folder)
                self.assertEqual(result.code, 2, (command, flags, result))
                self.assertIn("--db \"\"", result.err)
        for section, key in (("store", "path"), ("aws", "profile"), ("aws", "ca_bundle"), ("role", "name"), ("role", "external_id"),
                             ("role", "session_name"), ("controls", "exceptions"), ("aws", "region"), ("aws", "endpoint_url")):
            result = self.scan("--config", self.write("s.ini", f"[{section}]\n{key} =\n"))
            self.assertEqual(result.code, 2, result)
            self.assertRegex(result.err, rf'{section}\.{key} "(\(hidden\))?": must be')
        result = self.scan("--config", self.write("s.ini", "[role]\nmanagement =\n"))  # with the source credentials
        self.assertNotEqual(result.code, 2, result)
        self.assertEqual(self.scan("--report", "").code, 2)

    def test_files_that_are_none(self):
        os.mkfifo(self.path("fifo"))
        for path in (self.path("fifo"), "/dev/zero", self.folder):
            for flag in ("--config", "--exceptions"):
                result = self.scan(flag, path)
                self.assertEqual(result.code, 2, result)
                self.assertRegex(result.err, "it is (not a regular file|a directory)")
        result = self.scan("--config", self.write("s.ini", f"[role]\nexternal_id_file = {self.path('fifo')}\n"))
        self.assertIn("it is not a regular file", result.err)

    def test_bytes_that_are_no_text(self):
        exceptions = (f"[exception lab]\ncontrol = neptune-multi-az\naccount = *\nresource = g\nowner = Jos\xe9\nreason = r\n"
                      f"expires = {harness.LATER}\n").encode("latin-1")
        result = self.scan("--exceptions", self.write("e.ini", exceptions))
        self.assertEqual(result.code, 2, result)
        self.assertIn("e.ini:5: a byte that is not UTF-8", result.err)
        result = self.scan("--config", self.write("s.ini", b"[role]\n; caf\xe9\nname = x\0y\n"))
        self.assertIn("s.ini:2: a byte that is not UTF-8", result.err)
        self.assertIn("s.ini:3: a NUL byte", result.err)

    def test_long_comments(self):
        result = self.scan("--config", self.write("s.ini", f"; {'x' * 500}\n[scan]\nworkers = 1 ; {'y' * 500}\n"))
        self.assertNotEqual(result.code, 2, result)

    def test_many_arguments(self):
        """All of them count, however many there are."""
        flags = [word for _ in range(100) for word in ("--db", self.store)]
        result = harness.run(["runs", *flags, "--no-such-flag", "x"], self.environment)
        self.assertEqual(result.code, 2, result)
        self.assertIn("--no-such-flag", result.err)
        self.scan()
        result = harness.run(["runs", *flags], self.environment)
        self.assertEqual(result.code, 0, result)

    def test_own_flags_are_suggested(self):
        for command, wrong, right in (("plan", "--output", "--out"), ("plan", "--acount", "--account"), ("report", "--runs", "--run")):
            result = harness.run([command, wrong, "x"], self.environment)
            self.assertIn(f"Did you mean {right}?", result.err)

    def test_terminal(self):
        """What is refused is quoted: no argument, setting or file drives the terminal, or forges a line at the margin."""
        bad = "x\nneptune-scan: error: forged \x1b]0;title\x07 \x9b31m \u202e"
        settings = self.write("s.ini", "[role]\nname = R\x1b]0;x\x07\nkey\x1b\u202e = 1\n")
        exceptions = self.write("e.ini", "[exception \x1b[31m]\ncontrol = \x1b[31m\u202e\n")
        for arguments in (["scan"], ["scan", "--config", settings], ["scan", "--exceptions", exceptions], [bad], ["scan", "--" + bad],
                          ["scan", "--config", bad], ["scan", "--db", bad + "/x"], ["exceptions", "check", exceptions],
                          ["show", "--db", self.store, bad], ["show", "--db", bad], ["show", "--format", bad], ["help", bad],
                          ["version", bad], ["controls", bad], ["controls", "show", bad], ["iam-policy", bad], ["runs", bad],
                          ["plan", "--method", bad], ["plan", "--cut-over", bad], ["doctor", "--db", bad],
                          ["scan", "--report", "json=" + bad + "/x"], ["merge", "--db", self.path("m.db"), bad]):
            extra = {"NEPTUNE_SCAN_ROLE_NAME": bad} if arguments == ["scan"] else {}
            result = harness.run(arguments, {**self.environment, **extra}, self.folder)
            self.assertNotEqual(result.code, 0, (arguments, result))
            told = result.err + result.out
            self.assertTrue(told, arguments)
            self.assertNotRegex(told, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", arguments)
            self.assertNotRegex(told, r"(?m)^neptune-scan: error: forged", arguments)

    def test_stores_that_are_none(self):
        """Refused, before a lock stands beside it."""
        os.mkfifo(self.path("fifo"))
        os.mkdir(self.path("folder"))
        os.symlink("/dev/null", self.path("null"))
        self.scan("--shard", "1/2")
        for name, problem in (("fifo", "it is not a regular file"), ("folder", "it is a directory"), ("null", "it is not a regular file")):
            path = self.path(name)
            for arguments in (["runs", "--db", path], ["runs", "prune", "--keep", "1", "--db", path], ["scan", "--db", path],
                              ["doctor", "--db", path], ["merge", "--db", self.path("m.db"), path], ["merge", "--db", path, self.store]):
                if arguments[-1] == path == self.path("folder") and arguments[0] == "merge":
                    continue  # of a folder, the stores in it are merged
                result = harness.run(arguments, self.environment, self.folder)
                self.assertIn(f"store {path}: {problem}", result.err + result.out, arguments)
                self.assertEqual(result.code, 4, (arguments, result))
            self.assertFalse(os.path.exists(path + ".lock"))

    # ---- reports

    def test_report_over_the_store(self):
        self.scan()
        before = self.bytes_of(self.store)
        os.symlink(self.store, self.path("link"))
        os.link(self.store, self.path("other"))
        for path in (self.store, self.path("link"), self.path("other"), os.path.join(self.folder, ".", "runs.db"), "runs.db",
                     self.store + "-wal", self.store + ".lock"):
            result = self.scan("--report", f"json={path}")
            self.assertEqual(result.code, 2, (path, result))
            self.assertIn("belongs to the run store", result.err)
        self.assertEqual(self.bytes_of(self.store)[:1024], before[:1024])
        self.assertEqual(harness.run(["runs", "--db", self.store], self.environment).code, 0)

    def test_report_that_becomes_the_store(self):
        """A placeholder leads there only when the run has its name."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        self.store = self.path(f"{day}.db")
        result = self.scan("--report", f"json={self.path('{date}.db')}")
        self.assertEqual(result.code, 4, result)
        self.assertIn("the run store", result.err)
        self.assertEqual(harness.run(["runs", "--db", self.store], self.environment).code, 0)

    def test_two_spellings(self):
        os.symlink(".", self.path("here"))
        for other in ("./r.json", "here/r.json", self.path("r.json")):
            result = self.scan("--report", "json=r.json", "--report", f"csv={other}")
            self.assertEqual(result.code, 2, result)
            self.assertIn("two reports go to", result.err)

    def test_standard_output_is_a_file(self):
        """A path may lead there, too."""
        day = time.strftime("%Y-%m-%d", time.gmtime())
        for path, code in (("/dev/stdout", 2), ("/proc/self/fd/1", 2), ("so.txt", 2), (self.path("so.txt"), 2), ("{date}.txt", 4)):
            for reports in (["table=-", f"json={path}"], [f"json={path}", "table=-"]):
                with open(self.path(f"{day}.txt" if "{" in path else "so.txt"), "wb") as out:
                    done = subprocess.run([harness.SCANNER, "scan", "--db", "none", "--report", reports[0], "--report", reports[1]],
                                          env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.PIPE, check=False, timeout=60)
                self.assertEqual(done.returncode, code, (reports, done.stderr))
                self.assertRegex(done.stderr.decode(), "two reports go to|is another report")

    def test_report_over_what_is_read(self):
        """Settings, exceptions, and what the settings name: by each path that leads there."""
        settings = f"[role]\nexternal_id_file = {self.write('id', 'some-id')}\n[controls]\nexceptions = {self.write('e.ini', '')}\n"
        names = ["s.ini", "id", "e.ini", "config", "credentials", "ca.pem", "second.ini"]
        self.write("s.ini", settings)
        self.write("second.ini", "[role]\nname = Other\n")
        for name in ("config", "credentials", "ca.pem"):
            self.write(name, "")
        os.symlink("s.ini", self.path("link.ini"))
        environment = {**self.environment, "AWS_CONFIG_FILE": self.path("config"), "AWS_CA_BUNDLE": self.path("ca.pem"),
                       "AWS_SHARED_CREDENTIALS_FILE": self.path("credentials")}
        for name in [*names, "./s.ini", "link.ini", self.path("s.ini")]:
            before = self.bytes_of(self.path(name))
            result = harness.run(["scan", "--db", "none", "--config", "s.ini,second.ini", "--report", f"json={name}"], environment,
                                 self.folder)
            self.assertEqual(result.code, 2, (name, result))
            self.assertIn(f"--report: {name} holds settings, or is named in them", result.err)
            self.assertEqual(self.bytes_of(self.path(name)), before)
        day = time.strftime("%Y-%m-%d", time.gmtime())
        self.write(f"{day}.ini", "[scan]\nworkers = 1\n")
        result = harness.run(["scan", "--db", "none", "--config", f"{day}.ini", "--report", "json={date}.ini"], self.environment,
                             self.folder)
        self.assertEqual(result.code, 4, result)
        self.assertIn("a file of settings", result.err)

    def test_mode_and_owner_stay(self):
        path = self.write("r.json", "old")
        os.chmod(path, 0o640)
        os.chown(path, 1234, 2345)
        self.scan("--report", f"json={path}")
        status = os.stat(path)
        self.assertEqual((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid), (0o640, 1234, 2345))
        json.loads(self.bytes_of(path))
        for mask in (0o022, 0o077):
            new = self.path(f"new-{mask}.json")
            harness.run(["scan", "--db", "none", "--report", f"json={new}"], self.environment, self.folder,
                        before=("sh", "-c", f"umask {mask:o}; exec \"$0\" \"$@\""))
            self.assertEqual(stat.S_IMODE(os.stat(new).st_mode), 0o666 & ~mask)

    def test_a_store_is_its_owners_alone(self):
        """Whatever the umask says; who shares it changes its mode, and the files beside it follow."""
        for mask in (0, 0o022):
            store = self.path(f"runs-{mask}.db")
            harness.run(["scan", "--db", store, "--report", f"json={self.path('r.json')}"], self.environment, self.folder,
                        before=("sh", "-c", f"umask {mask:o}; exec \"$0\" \"$@\""))
            for path in (store, store + ".lock"):
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
            os.chmod(store, 0o640)
            harness.run(["scan", "--db", store, "--report", f"json={self.path('r.json')}"], self.environment, self.folder)
            self.assertEqual(stat.S_IMODE(os.stat(store).st_mode), 0o640)

    def test_links_are_followed(self):
        os.mkdir(self.path("target"))
        os.symlink("target/r.json", self.path("link.json"))
        result = self.scan("--report", f"json={self.path('link.json')}")
        self.assertEqual(result.code, 2, result)
        self.assertIn("a link that leads to no file", result.err)
        self.write("target/r.json", "old")
        self.scan("--report", f"json={self.path('link.json')}")
        self.assertTrue(os.path.islink(self.path("link.json")))
        json.loads(self.bytes_of(self.path("target/r.json")))

    def test_what_a_killed_scan_left(self):
        """The next one removes it, but nothing that is in use or somebody else's."""
        mine = self.write(".r.json.neptune-scan.AbCdEf", "half")
        others = [self.write(name, "kept") for name in (".r.json.neptune-scan.backups", "r.json.backup", ".x.json.neptune-scan.AbCdEf")]
        with open(self.write(".r.json.neptune-scan.ghIJkl", "in use"), "rb") as held:
            import fcntl  # pylint: disable=import-outside-toplevel
            fcntl.flock(held, fcntl.LOCK_EX)
            self.scan("--report", f"json={self.path('r.json')}")
            self.assertTrue(os.path.exists(held.name))
        self.assertFalse(os.path.exists(mine))
        for path in others:
            self.assertTrue(os.path.exists(path), path)

    def test_killed(self):
        with harness.estate("--accounts", "40", "--regions", "9", "--latency", "aws") as (environment, _):
            process = subprocess.Popen([harness.SCANNER, "scan", "--db", "none", "--report", f"json={self.path('r.json')}"],
                                       env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not any("neptune-scan" in name for name in os.listdir(self.folder)):
                time.sleep(0.01)
            process.kill()
            process.wait()
        self.assertTrue(os.listdir(self.folder))
        self.scan("--report", f"json={self.path('r.json')}")
        self.assertEqual([name for name in os.listdir(self.folder) if not name.startswith("runs.db")], ["r.json"])

    # ---- descriptors

    def test_closed_descriptors(self):
        for closed in ((2,), (1, 2), (0, 1, 2)):
            path = self.path(f"r{len(closed)}.json")

            def close(numbers=closed):
                for number in numbers:
                    os.close(number)

            subprocess.run([harness.SCANNER, "scan", "--db", self.path("x.db"), "--verbose", "--log-format", "json", "--report",
                            f"json={path}"], env=self.environment, preexec_fn=close, check=False, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            with open(path, encoding="utf-8") as stream:
                self.assertEqual(json.load(stream)["schema"], "neptune-scan/report/1")
        done = subprocess.run([harness.SCANNER, "runs", "--db", self.path("x.db")], env=self.environment, preexec_fn=lambda: os.close(1),
                              stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, timeout=60)
        self.assertEqual(done.returncode, 4, done.stderr)

    def test_files_that_may_not_grow(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        done = subprocess.run([harness.SCANNER, "scan", "--db", "none", "--report", f"json={self.path('r.json')}"], env=self.environment,
                              preexec_fn=limit, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              timeout=60)
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("File too large", done.stderr.decode())
        self.assertNotEqual(done.returncode, -signal.SIGXFSZ)
        self.assertEqual(os.listdir(self.folder), [])


if __name__ == "__main__":
    unittest.main()
