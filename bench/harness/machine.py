"""On what it was measured."""
import os
import pathlib
import platform
import re
import subprocess

from harness import paths


def _first(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found.group(1).strip() if found else "unknown"


def _says(command, pattern):
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20,
                              env={**os.environ, "PATH": paths.SYSTEM_PATH})
    except (OSError, subprocess.TimeoutExpired):
        return "not here"
    return _first(pattern, done.stdout.decode(errors="replace"))


def cores():
    return len(os.sched_getaffinity(0))


def machine():
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    processors = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    hashes = re.search(r"\b(sha_ni|sha2)\b", processors)  # what a signature costs
    return {
        "cpu": _first(r"^model name\s*: (.*)$", processors) + (" with SHA extensions" if hashes else ""),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": _first(r'^PRETTY_NAME="(.*)"$', release),
        "kernel": platform.release(),
    }


def versions():
    return {
        "neptune-scan": _says([str(paths.SCANNER), "version"], r"neptune-scan (\S+)"),
        "libcurl": _says(["pkg-config", "--modversion", "libcurl"], r"(\S+)"),
        "openssl": _says(["pkg-config", "--modversion", "libcrypto"], r"(\S+)"),
        "expat": _says(["pkg-config", "--modversion", "expat"], r"(\S+)"),
        "gcc": _says(["gcc", "--version"], r"(\d+\.\d+\.\d+)$"),
        "nginx": _says(["nginx", "-v"], r"nginx/(\S+)"),
        "wrk": _says(["wrk", "-v"], r"wrk (\S+)"),
        "python": platform.python_version(),
    }


def commit():
    """With a mark when the tree is not what was committed."""
    def git(*words):
        done = subprocess.run(["git", *words], cwd=paths.SOURCE, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        return done.stdout.decode().strip()
    dirty = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!bench/results", ":!docs", ":!README.md")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("+changes" if dirty else "")
