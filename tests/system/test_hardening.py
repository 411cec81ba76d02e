"""How the program is built, and what the process that it becomes may do."""
import os
import re
import shutil
import subprocess
import unittest

import harness

SANITIZED = bool(os.environ.get("SANITIZE"))
OPTIMIZED = os.environ.get("BUILD_TYPE") in ("Release", "RelWithDebInfo")
# What reading settings of other owners and keeping a report's owner may need: CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER.
NEEDED = 0b1111


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()


@unittest.skipUnless(shutil.which("readelf"), "readelf (binutils) is not here")
class Binary(unittest.TestCase):
    """The points of checksec, read from the file."""

    @classmethod
    def setUpClass(cls):
        cls.elf = output("readelf", "-hldW", harness.SCANNER)
        cls.symbols = output("readelf", "--dyn-syms", "-W", harness.SCANNER)

    def test_position_independent(self):
        self.assertRegex(self.elf, r"Type:\s+DYN")
        self.assertRegex(self.elf, r"FLAGS_1.*\bPIE\b")

    def test_relocations_are_read_only(self):
        self.assertIn("GNU_RELRO", self.elf)
        self.assertRegex(self.elf, r"\(FLAGS\).*BIND_NOW")

    def test_no_memory_is_written_and_executed(self):
        self.assertRegex(self.elf, r"GNU_STACK\s.*\sRW\s")
        for line in self.elf.splitlines():
            if line.strip().startswith("LOAD"):
                self.assertNotIn("RWE", line)

    def test_no_search_path_of_its_own(self):
        if not SANITIZED:
            self.assertNotRegex(self.elf, r"\((RPATH|RUNPATH)\)")

    def test_stack_is_guarded(self):
        self.assertIn("__stack_chk_fail", self.symbols)

    @unittest.skipUnless(OPTIMIZED and not SANITIZED, "only optimized builds have fortified functions")
    def test_fortified(self):
        self.assertRegex(self.symbols, r"__(memcpy|snprintf|vsnprintf|fprintf)_chk")

    @unittest.skipUnless(os.uname().machine == "x86_64" and shutil.which("objdump"), "CET is of x86-64")
    def test_indirect_branches_are_marked(self):
        """Every function that a pointer may lead to begins with ENDBR64."""
        code = output("objdump", "-d", "--no-show-raw-insn", harness.SCANNER)
        first = {int(address, 16): (name, instruction) for address, name, instruction
                 in re.findall(r"^([0-9a-f]+) <([^>]+)>:\n\s+[0-9a-f]+:\t(\w+)", code, re.M)}
        pointers = {int(addend, 16) for addend in re.findall(r"R_X86_64_RELATIVE\s+([0-9a-f]+)",
                                                             output("readelf", "-rW", harness.SCANNER))}
        marked = [first[pointer] for pointer in pointers if pointer in first]
        self.assertGreater(len(marked), 100)
        self.assertEqual([name for name, instruction in marked if instruction != "endbr64"], [])


@unittest.skipIf(SANITIZED, "sanitizers trace their own process")
class Process(unittest.TestCase):
    def during_a_scan(self, look, user=None):
        """While a scan waits for a server that takes its time."""
        with harness.estate("--accounts", "6", "--regions", "5", "--latency", "aws") as (environment, _):
            process = subprocess.Popen([harness.SCANNER, "scan", "--db", "none"], env=environment, cwd="/", user=user,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                while b"neptune-scan\0scan" not in self.read(process, "cmdline"):
                    self.assertIsNone(process.poll())
                while len(os.listdir(f"/proc/{process.pid}/task")) < 2:  # its workers run
                    self.assertIsNone(process.poll())
                return look(process)
            finally:
                process.kill()
                process.wait()

    @staticmethod
    def read(process, name):
        with open(f"/proc/{process.pid}/{name}", "rb") as stream:
            return stream.read()

    def test_writes_no_core(self):
        limits = self.during_a_scan(lambda process: self.read(process, "limits").decode())
        self.assertRegex(limits, r"Max core file size\s+0\s+0\s")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_is_closed_to_its_own_user(self):
        """The kernel gives the files of a process that is not dumpable to root."""
        owner = self.during_a_scan(lambda process: os.stat(f"/proc/{process.pid}/mem").st_uid, user=65534)
        self.assertEqual(owner, 0)

    def test_keeps_no_capability_that_it_does_not_need(self):
        status = self.during_a_scan(lambda process: self.read(process, "status").decode())
        for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            held = int(re.search(rf"{name}:\s*([0-9a-f]+)", status).group(1), 16)
            self.assertEqual(held & ~NEEDED, 0, name)


if __name__ == "__main__":
    unittest.main()
