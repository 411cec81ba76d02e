"""What libcurl takes for one ready request that is sent over and over (bench/floor)."""
from harness import instructions, paths, process


def command(url, authority, headers, body, connections, requests):
    lines = [f"{name}: {value}" for name, value in headers.items() if name != "host"]
    return [paths.LIBCURL_FLOOR, url, authority, connections, requests, body, *lines]


def run(url, authority, headers, body, connections, requests):
    """Its usage."""
    return process.run(command(url, authority, headers, body, connections, requests), process.environment())


def instructions_of_request(url, authority, headers, body, requests):
    short, long = (instructions.count(command(url, authority, headers, body, 1, count), process.environment())
                   for count in (requests, 2 * requests))
    return instructions.of_each(short, long, requests)
