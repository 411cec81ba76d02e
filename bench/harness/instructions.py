"""How many instructions a program takes, by callgrind: unlike CPU time, the count does not depend on the hour.

SHA-256 is left out. callgrind's processor has no SHA extensions, so it counts about 1,500 instructions for a block that
takes two dozen where there are some; and nobody can send fewer blocks, because AWS prescribes what is hashed.
"""
import collections
import os
import re
import subprocess
import tempfile

from harness import paths

HASHES = ("SHA256_Update", "SHA256_Final")  # of libcrypto; what they call has no name
_NAMED = re.compile(r"(c?fn)=\((\d+)\)(?: (.*))?")


def read_profile(lines):
    """All instructions of a profile, and those of SHA-256."""
    names, function, callee, calling = {}, None, None, False
    total, calls = 0, collections.Counter()
    for line in lines:
        named = _NAMED.match(line)
        if named:
            if named.group(3):
                names[named.group(2)] = named.group(3).split("'")[0]
            if named.group(1) == "fn":
                function = names[named.group(2)]
            else:
                callee = names[named.group(2)]
        elif line.startswith("calls="):
            calling = True
        elif line[:1] in tuple("0123456789+-*") and len(line.split()) > 1:
            cost = int(line.split()[1])
            if calling:
                calls[function, callee] += cost
            else:
                total += cost
            calling = False
    return total, sum(cost for (caller, called), cost in calls.items()
                      if caller in HASHES and called.startswith("0x"))


def count(command, variables, codes=(0,)):
    """Those of a program that ends with one of the codes, without SHA-256."""
    with tempfile.TemporaryDirectory() as folder:
        profile = os.path.join(folder, "profile")
        done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}",
                               *(str(word) for word in command)], env={**variables, "PATH": paths.SYSTEM_PATH},
                              cwd=folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode not in codes:
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout.decode()[-2000:]}")
        with open(profile, encoding="utf-8") as lines:
            total, hashes = read_profile(lines)
    return total - hashes


def of_each(short, long, requests):
    """Of a request: what a run takes more than one of half the requests, so that start and end do not count."""
    return (long - short) / requests
