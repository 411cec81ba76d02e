"""What a request costs the client, against the least that any client can do.

nginx gives the same answer to every DescribeDBClusters, over TLS 1.3 on open connections. The scanner signs each
request, verifies, parses, judges, and stores or does not; wrk sends one ready request over and over and reads the bytes,
and so does libcurl with nothing around it (bench/floor). All are measured by the kernel, start and end and all, in
turns. The scanner's sessions come from a simulated STS. For the empty answer, the instructions of a request are counted
as well: on one connection, so that the number of handshakes is the same, and in a scan against one of twice the length.
"""
import urllib.parse
import urllib.request

from harness import instructions, libcurl, results, scanner, servers, signing, wrk

SUMMARY = "CPU of a request: signed, verified, parsed, judged, stored; against wrk"
RUNS = 11  # of many short ones, so that a busy neighbour does not decide
REGIONS = 33
# Clusters in the answer, accounts to ask for, and how many times wrk's CPU it may be, now and then.
SIZES = ((0, 600, 3.0, 2.0), (2, 400, 6.0, 4.0), (100, 40, 9.0, 5.0))
WRK_SECONDS = 2
CONNECTIONS = 16
COUNTED_ACCOUNTS = 60  # and twice as many
INSTRUCTIONS, THEN_INSTRUCTIONS = 160000, 145000
TIMES_LIBCURL, THEN_TIMES_LIBCURL = 1.35, 1.2


def answer_with(clusters):
    """What the simulated RDS answers where there are so many clusters."""
    with servers.estate("--accounts", 1, "--regions", 1, "--clusters", clusters) as estate:
        home = urllib.parse.urlsplit(estate.variables["AWS_ENDPOINT_URL"]).netloc
        headers, body = signing.sign(estate.variables, "rds", "us-east-1", request_parameters(), home)
        return post(estate.variables["AWS_ENDPOINT_URL"], headers, body)


def open_accounts(manifest):
    """Those whose role can be assumed. Not the first, which is the caller's: its requests have no token that names it."""
    caller = manifest["accounts"][0]["id"]
    return sorted({cell["account"] for cell in manifest["cells"] if cell["state"] == "empty" and cell["account"] != caller})


def request_parameters():
    return {"Action": "DescribeDBClusters", "Version": "2014-10-31", "Filters.Filter.1.Name": "engine",
            "Filters.Filter.1.Values.Value.1": "neptune", "MaxRecords": "100"}


def post(url, headers, body):
    request = urllib.request.Request(url, data=body.encode(), headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read()


def scan_of(estate, static, name, accounts, regions, stored):
    """Environment and flags of a scan of these cells. What is stored goes to a file that is thrown away."""
    variables = estate.environment(AWS_ENDPOINT_URL_RDS=static.url(name), AWS_CA_BUNDLE=static.authority)
    return variables, ("--db", "runs.db" if stored else "none", "--accounts", ",".join(accounts), "--regions",
                       ",".join(regions))


def requests_of(accounts, regions):
    """AssumeRole, and the cells. Once a scan: GetCallerIdentity."""
    return len(accounts) * (len(regions) + 1)


def scan(estate, static, name, accounts, regions, stored):
    """CPU of one request, in microseconds."""
    variables, flags = scan_of(estate, static, name, accounts, regions, stored)
    return scanner.scan(variables, *flags, codes=(0, 1)).cpu / (requests_of(accounts, regions) + 1) * 1e6


def instructions_of_request(estate, static, name, accounts, regions, stored):
    short, long = (instructions.count(scanner.command(*flags, "--concurrency", "1", stored=stored, report="csv-matrix=matrix"),
                                      variables, (0, 1))
                   for variables, flags in (scan_of(estate, static, name, accounts[:count], regions, stored)
                                            for count in (COUNTED_ACCOUNTS, 2 * COUNTED_ACCOUNTS)))
    return instructions.of_each(short, long, requests_of(accounts[:COUNTED_ACCOUNTS], regions))


def ready_request(url):
    variables = {"AWS_ACCESS_KEY_ID": "AKIAFLOOR", "AWS_SECRET_ACCESS_KEY": "floor"}
    return signing.sign(variables, "rds", "us-east-1", request_parameters(), urllib.parse.urlsplit(url).netloc)


def floor(static, name):
    """CPU of one request by wrk."""
    url = static.url(name)
    usage, sent = wrk.run(url + "/", *ready_request(url), CONNECTIONS, WRK_SECONDS)
    return usage.cpu / sent * 1e6


def floor_of_libcurl(static, name, requests):
    url = static.url(name)
    usage = libcurl.run(url + "/", static.authority, *ready_request(url), CONNECTIONS, requests)
    return usage.cpu / requests * 1e6


def count_instructions(estate, static, name, accounts, regions):
    """Columns of a row: of a request by libcurl alone, by a scan that stores nothing, and by one that does."""
    url = static.url(name)
    return {"libcurl_instructions": libcurl.instructions_of_request(
                url + "/", static.authority, *ready_request(url), requests_of(accounts[:COUNTED_ACCOUNTS], regions)),
            "bare_instructions": instructions_of_request(estate, static, name, accounts, regions, False),
            "instructions": instructions_of_request(estate, static, name, accounts, regions, True)}


def ratios(ours, floors):
    return results.spread([our / floor_us for our, floor_us in zip(ours, floors)])


def run():
    answers = {f"clusters{clusters}": answer_with(clusters) for clusters, *_ in SIZES}
    rows, targets = [], []
    with servers.nginx(answers) as static, servers.estate("--accounts", 1000, "--regions", 34, "--clusters", 0,
                                                          manifest=True) as estate:
        manifest = estate.manifest()
        accounts, regions = open_accounts(manifest), manifest["regions"][:REGIONS]
        for clusters, account_count, *bounds in SIZES:
            name = f"clusters{clusters}"
            requests = account_count * len(regions)
            bare, stored, least, curl = [], [], [], []
            for _ in range(RUNS):
                bare.append(scan(estate, static, name, accounts[:account_count], regions, False))
                least.append(floor(static, name))
                curl.append(floor_of_libcurl(static, name, requests))
                stored.append(scan(estate, static, name, accounts[:account_count], regions, True))
            rows.append({"answer": f"{clusters} clusters", "bytes": len(answers[name]), "requests": requests,
                         "wrk_us": results.spread(least), "libcurl_us": results.spread(curl),
                         "libcurl_ratio": ratios(curl, least), "bare_us": results.spread(bare),
                         "bare_ratio": ratios(bare, least), "scanner_us": results.spread(stored),
                         "ratio": ratios(stored, least), "times_libcurl": ratios(stored, curl)})
            targets.append(results.at_most(f"CPU of a request, {clusters} clusters, stored, times wrk's",
                                           rows[-1]["ratio"]["median"], *bounds))
        empty = rows[0]
        empty.update(count_instructions(estate, static, "clusters0", accounts, regions))
    targets += [results.at_most("instructions of an empty answer, stored, without SHA-256", empty["instructions"], INSTRUCTIONS,
                                THEN_INSTRUCTIONS),
                results.at_most("CPU of an empty answer, stored, times libcurl alone", empty["times_libcurl"]["median"],
                                TIMES_LIBCURL, THEN_TIMES_LIBCURL)]
    return {"columns": [("answer", "answer", "s"), ("bytes", "bytes", ",d"), ("wrk_us", "wrk, us", ".1f"),
                        ("libcurl_us", "libcurl alone, us", ".1f"), ("libcurl_ratio", "ratio", ".2f"),
                        ("bare_us", "nothing stored, us", ".1f"), ("bare_ratio", "ratio", ".2f"),
                        ("scanner_us", "stored, us", ".1f"), ("ratio", "ratio", ".2f"),
                        ("times_libcurl", "times libcurl", ".2f"),
                        ("libcurl_instructions", "instructions, libcurl alone", ",.0f"),
                        ("bare_instructions", "nothing stored", ",.0f"), ("instructions", "stored", ",.0f")],
            "rows": rows, "targets": targets}
