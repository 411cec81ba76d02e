"""Running a program and reading from the kernel what it took."""
import dataclasses
import json
import os
import subprocess
import sys
import tempfile


@dataclasses.dataclass
class Usage:
    """Of one process with all its children that it waited for."""
    code: int
    wall: float  # seconds
    user: float
    system: float
    peak_kib: int  # of the largest single process
    out: str
    errors: str

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


# Waits for the program and tells what it took. A process of its own and a small one: the kernel counts the memory of
# whoever starts a program as the program's.
WAITER = """
import json, os, sys, time
started = time.monotonic()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - started
figures = [os.waitstatus_to_exitcode(status), wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss]
os.write(3, json.dumps(figures).encode())
"""


def run(command, variables, codes=(0,), folder=None):
    """Waits for the program; raises when it ends with another exit code than those."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as told:
        waiter = WAITER.replace("write(3", f"write({told.fileno()}")
        subprocess.run([sys.executable, "-I", "-S", "-c", waiter, *(str(part) for part in command)], env=variables,
                       cwd=folder, stdout=out, stderr=errors, stdin=subprocess.DEVNULL, pass_fds=(told.fileno(),),
                       check=True)
        for stream in (out, errors, told):
            stream.seek(0)
        text, complaint, figures = out.read().decode(), errors.read().decode(), json.loads(told.read())
    usage = Usage(*figures, text, complaint)
    if usage.code not in codes:
        raise RuntimeError(f"{command[0]} ended with {usage.code}: {complaint[-2000:] or text[-2000:]}")
    return usage
