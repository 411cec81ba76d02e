"""SIGTERM from the start of a command to its end, also as the first process of a container, which has no default actions."""
import contextlib
import fcntl
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import harness
from strict_s3 import Lost, strict_s3

ESTATE = ("--accounts", "24", "--regions", "3", "--seed", "11")
CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc")
WAIT_S = 30


def can_contain():
    return subprocess.run([*CONTAINER, "true"], capture_output=True, check=False).returncode == 0


class Program:
    """A program that runs, and what it wrote to standard error so far."""

    def __init__(self, arguments, environment, folder, before=()):
        self.process = subprocess.Popen([*before, harness.SCANNER, *arguments], env=environment, cwd=folder,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.before, self.said = before, ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.said += line.decode()

    def until(self, condition):
        end = time.monotonic() + WAIT_S
        while not condition():
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"not reached, exit {self.process.poll()}: {self.said}")
            time.sleep(0.02)

    def signal(self, number=signal.SIGTERM):
        process = self.process.pid
        if self.before:
            process = int(pathlib.Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()[0])
        os.kill(process, number)

    def end(self):
        try:
            return self.process.wait(WAIT_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.reader.join()
            self.process.stderr.close()


class Signals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.places = [("alone", ())] + ([("container", CONTAINER)] if can_contain() else [])

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, arguments, environment, before=()):
        return Program(arguments, {**environment, "TMPDIR": self.folder}, self.folder, before)

    def expect_interrupted(self, program, store):
        self.assertEqual(program.end(), 3, program.said)
        self.assertIn("interrupted by SIGTERM before the scan began: nothing was scanned", program.said)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("neptune-scan-") or name.startswith("report")], [])
        self.assertEqual(harness.query_store(store, "SELECT state, interrupted, could_not_start FROM runs"),
                         [("interrupted", "interrupted by SIGTERM before the scan began", 0)])

    def test_merge_that_waits(self):
        """Merges what there is, like after the deadline."""
        with harness.estate(*ESTATE) as (environment, _):
            harness.run(["scan", "--shard", "1/2", "--array", "x", "--quiet", "--db", self.path("1.db")], environment)
            for name, before in self.places:
                with self.subTest(name):
                    report = self.path(f"{name}.json")
                    program = self.start(["merge", "1.db", "2.db", "--array", "x", "--await", "2", "--deadline", "100s",
                                          "--db", f"{name}.db", "--report", f"json={report}"], environment, before)
                    program.until(lambda program=program: caught(program))
                    time.sleep(0.3)
                    program.signal()
                    self.assertEqual(program.end(), 3, program.said)
                    self.assertIn("interrupted by SIGTERM with 1 of 2 parts finished; merging what is there", program.said)
                    self.assertTrue(os.path.exists(report))

    def test_scan_that_waits_for_the_accounts_file(self):
        with harness.estate(*ESTATE) as (environment, _), open(self.path("acc.json.creating"), "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for name, before in self.places:
                with self.subTest(name):
                    program = self.start(["scan", "--shard", "2/2", "--array", "x", "--accounts-file", "acc.json", "--db",
                                          f"{name}.db", "--report", "json=report.json"], environment, before)
                    program.until(lambda program=program: "waiting for acc.json" in program.said)
                    program.signal()
                    self.expect_interrupted(program, self.path(f"{name}.db"))
                    self.assertEqual(harness.run(["report", "--db", self.path(f"{name}.db")], environment).code, 3)

    def test_scan_that_waits_for_credentials(self):
        """Of a program, and of the address of a container: both would take longer than this test waits."""
        slow = self.path("slow")
        pathlib.Path(slow).write_text("#!/bin/sh\ntouch started\nexec sleep 100\n", encoding="ascii")
        os.chmod(slow, 0o755)
        pathlib.Path(self.path("config")).write_text(f"[default]\ncredential_process = {slow}\n", encoding="ascii")
        with harness.estate(*ESTATE) as (environment, _):
            for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
                environment.pop(name, None)
            program = self.start(["scan", "--timeout", "90s", "--db", "process.db", "--report", "json=report.json"],
                                 {**environment, "AWS_CONFIG_FILE": self.path("config")})
            program.until(lambda: os.path.exists(self.path("started")))
            program.signal()
            self.expect_interrupted(program, self.path("process.db"))
            with silent_server() as (address, reached):
                program = self.start(["scan", "--timeout", "90s", "--db", "address.db", "--report", "json=report.json"],
                                     {**environment, "AWS_CONFIG_FILE": "/nowhere",
                                      "AWS_CONTAINER_CREDENTIALS_FULL_URI": address})
                program.until(reached.is_set)
                program.signal()
                self.expect_interrupted(program, self.path("address.db"))

    def test_scan_that_uploads(self):
        """The first signal lets it end; the second one ends it at once."""
        with harness.estate(*ESTATE) as (plain, _), strict_s3(plain) as (s3, environment):
            for signals in (1, 2):
                reached, gate = threading.Event(), threading.Event()

                def hold(operation, key, reached=reached, gate=gate, is_lost=signals == 2):
                    if operation in ("PutObject", "UploadPart"):
                        reached.set()
                        gate.wait(WAIT_S)
                        if is_lost:
                            raise Lost

                s3.before = hold
                program = self.start(["scan", "--quiet", "--db", f"s3://runs/{signals}.db", "--report", "json=report.json"], environment)
                try:
                    program.until(reached.is_set)
                    program.signal()
                    program.until(lambda program=program: "its results are being written" in program.said)
                    if signals == 2:
                        program.signal()
                        self.assertEqual(program.end(), 3, program.said)
                        self.assertIn("second signal, leaving at once", program.said)
                finally:
                    gate.set()
                if signals == 1:
                    self.assertEqual(program.end(), 3, program.said)  # the estate has blind cells
                    self.assertIn("1.db", s3.buckets["runs"].objects)

    def test_commands_of_a_container(self):
        """Those without an end of their own are ended."""
        if len(self.places) == 1:
            self.skipTest("no process namespaces")
        with harness.estate(*ESTATE) as (environment, _), silent_server() as (address, reached):
            program = self.start(["doctor"], {**environment, "NEPTUNE_SCAN_ENDPOINT_STS": address, "AWS_ENDPOINT_URL_STS": address},
                                 CONTAINER)
            program.until(reached.is_set)
            program.signal()
            self.assertEqual(program.end(), 128 + signal.SIGTERM, program.said)


def caught(program):
    """SIGTERM has a handler by now."""
    process = program.process.pid
    if program.before:
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        if not children:
            return False
        process = int(children[0])
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines())
    return status["Name"].strip() == "neptune-scan" and int(status["SigCgt"], 16) >> (signal.SIGTERM - 1) & 1


@contextlib.contextmanager
def silent_server():
    """An address that accepts a connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        reached, taken = threading.Event(), []

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    taken.append(server.accept()[0])
                    reached.set()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", reached
        server.shutdown(socket.SHUT_RDWR)
        for connection in taken:
            connection.close()


if __name__ == "__main__":
    unittest.main()
