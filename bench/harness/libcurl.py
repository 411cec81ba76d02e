"""What libcurl takes for one ready request that is sent over and over (bench/floor)."""
from harness import paths, process


def run(url, authority, headers, body, connections, requests):
    """Its usage."""
    lines = [f"{name}: {value}" for name, value in headers.items() if name != "host"]
    return process.run([paths.LIBCURL_FLOOR, url, authority, connections, requests, body, *lines],
                       process.environment())
