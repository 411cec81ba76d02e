"""The floor: wrk sends one request over and over, reads the bytes, and does nothing else."""
import os
import re
import tempfile

from harness import process

SCRIPT = """
wrk.method = "POST"
wrk.body = [==[{body}]==]
{headers}
"""


def run(url, headers, body, connections, seconds, threads=2):
    """Its usage, and how many requests it sent."""
    lines = "\n".join(f'wrk.headers["{name}"] = [==[{value}]==]' for name, value in headers.items() if name != "host")
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as script:
        script.write(SCRIPT.format(body=body, headers=lines))
    try:
        usage = process.run(["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "-s", script.name, url],
                            process.environment())
    finally:
        os.unlink(script.name)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", usage.out)
    if refused:
        raise RuntimeError(f"wrk was refused {refused.group(1)} times")
    return usage, int(re.search(r"(\d+) requests in", usage.out).group(1))
