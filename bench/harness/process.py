"""Running a program and reading from the kernel what it took."""
import dataclasses
import os
import subprocess
import tempfile
import time


@dataclasses.dataclass
class Usage:
    """Of one process with all its children that it waited for."""
    code: int
    wall: float  # seconds
    user: float
    system: float
    peak_kib: int  # of the largest single process
    out: str

    @property
    def cpu(self):
        return self.user + self.system


def environment(**more):
    """Nothing of the person who runs the bench may leak into it."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AWS_", "NEPTUNE_SCAN_")) and "proxy" not in name.lower()}
    kept.update({"AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials", "AWS_CONFIG_FILE": "/nonexistent/config",
                 "AWS_EC2_METADATA_DISABLED": "true"})
    kept.update(more)
    return kept


def run(command, variables, codes=(0,), folder=None):
    """Waits for the program; raises when it ends with another exit code than those."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.monotonic()
        process = subprocess.Popen([str(part) for part in command], env=variables, cwd=folder, stdout=out,
                                   stderr=errors, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        text, complaint = out.read().decode(), errors.read().decode()
    if process.returncode not in codes:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {complaint[-2000:] or text[-2000:]}")
    return Usage(process.returncode, wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, text)
