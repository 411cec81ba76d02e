"""--concurrency auto: as much in flight as pays and can be had, and never a cell that fails because of it."""
import json
import re
import unittest
import urllib.parse

import harness
import proxy
import reports

# Far enough that the first number of requests in flight is too few.
FAR = ("--accounts", "120", "--regions", "17", "--latency", "aws")
FIRST = 256


def most_in_flight(result):
    return result.report["run"]["requests"]["most_in_flight"]


class Concurrency(unittest.TestCase):
    def scan(self, environment, truth, *flags, before=()):
        """To its end, with what the organization is like."""
        result = harness.scan(environment, "--verbose", *flags, before=before)
        self.assertEqual(reports.differences(truth, result.report), [], result)
        self.assertIn("requests were in flight; in the end", result.err)
        return result

    def test_it_grows(self):
        with harness.estate(*FAR) as (environment, truth):
            result = self.scan(environment, truth)
            self.assertGreater(most_in_flight(result), FIRST)
            self.assertGreater(harness.statistics(environment)["most_in_flight"], FIRST)

    def test_a_number_is_the_most(self):
        with harness.estate("--accounts", "30", "--regions", "17", "--latency", "aws") as (environment, truth):
            result = self.scan(environment, truth, "--concurrency", "24")
            self.assertLessEqual(most_in_flight(result), 24)
            self.assertLessEqual(harness.statistics(environment)["most_in_flight"], 24)

    def test_few_descriptors(self):
        with harness.estate(*FAR) as (environment, truth):
            result = self.scan(environment, truth, before=("prlimit", "--nofile=256:256"))
            self.assertLess(most_in_flight(result), 256 - 40)
            self.assertNotIn("call.retry", result.err)

    def test_descriptors_that_others_take(self):
        """The limit is met in the middle of the scan, too: what is inherited counts."""
        inherited = ("bash", "-c", "for ((i = 10; i < 110; i++)); do eval \"exec $i</dev/null\"; done; exec \"$@\"", "bash")
        with harness.estate(*FAR) as (environment, truth):
            self.scan(environment, truth, "--max-attempts", "1", before=("prlimit", "--nofile=160:160", *inherited))

    def test_a_proxy_that_carries_64_connections(self):
        with harness.estate(*FAR, "--tls", "--host", "aws.invalid") as (environment, truth):
            port = urllib.parse.urlsplit(environment["AWS_ENDPOINT_URL"]).port
            with proxy.limited(target=port, most=64) as server:
                result = self.scan({**environment, "HTTPS_PROXY": f"http://127.0.0.1:{server.server_address[1]}"}, truth,
                                   "--max-attempts", "2")
                print(f"\n{server.turned_away} connections turned away, {len(server.asked)} carried", end=" ")
                self.assertGreater(server.turned_away, 0, "the limit was not met")
                self.assertLess(server.turned_away, 10 * len(server.asked))
            self.assertEqual(result.report["run"]["requests"]["retried"], 0, "no attempt was taken for it")

    def test_an_endpoint_that_takes_two_seconds(self):
        with harness.estate("--accounts", "60", "--regions", "9", "--latency", "slow") as (environment, truth):
            result = self.scan(environment, truth)
            self.assertGreater(most_in_flight(result), FIRST, "it grows without waiting for the first answers")

    def test_the_first_failing_cell_is_not_late(self):
        """Cells are written as they end, long before the last account is entered, and progress is told meanwhile."""
        with harness.estate(*FAR) as (environment, _):
            result = harness.run(["scan", "--report", "jsonl", "--progress", "always", "--log-format", "json"], environment)
        cells = [line for line in map(json.loads, result.out.splitlines()) if line["kind"] == "cell" and line["state"] != "skipped"]
        first = next(i for i, cell in enumerate(cells) if cell["state"] == "fail")
        self.assertLess(first, len(cells) / 4)
        events = [event for event in map(json.loads, result.err.splitlines()) if event["event"] == "scan.progress"]
        self.assertTrue(events, result)
        for event in events:
            self.assertLessEqual(event["cells_done"], event["cells_sent"])
            self.assertLessEqual(event["cells_sent"], event["cells"])
        self.assertTrue(any(event["left_ms"] >= 0 for event in events), events)

    def test_throttling_is_no_storm(self):
        """Half of the answers are refusals: fewer requests at a time, not more."""
        with harness.estate(*FAR, "--faults", "rds:*=throttle@50%") as (environment, truth):
            result = self.scan(environment, truth, "--max-attempts", "20")
            allowed, reductions = re.search(r"in the end (\d+) were allowed on \d+ connections, after (\d+) reductions", result.err).groups()
            self.assertLess(int(allowed), FIRST)
            self.assertGreater(int(reductions), 0)


if __name__ == "__main__":
    unittest.main()
