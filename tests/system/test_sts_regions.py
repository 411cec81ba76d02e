"""Sessions through several STS endpoints: no account is worse off because one of them refuses."""
import unittest

import harness
import reports

ESTATE = ("--accounts", "60", "--regions", "17")
SEVERAL = ("--sts-regions", "us-east-2,us-west-2")


class StsRegions(unittest.TestCase):
    def scan(self, estate, *flags, endpoints):
        """With what the organization is like, and so many endpoints that gave out sessions."""
        with harness.estate(*estate) as (environment, truth):
            result = harness.scan(environment, "--timeout", "3s", *flags)
            self.assertEqual(reports.differences(truth, result.report), [], result)
            self.assertEqual(harness.statistics(environment)["sts_endpoints"], endpoints, result)
        return result

    def test_named(self):
        result = self.scan(ESTATE, *SEVERAL, endpoints=3)
        self.assertNotIn("STS in", result.err)

    def test_each_at_its_own_rate(self):
        """Each endpoint has a limit of its own, and none is exceeded."""
        with harness.estate("--accounts", "400", "--regions", "17", "--limits", "aws") as (environment, _):
            result = harness.scan(environment, "--regions", "us-east-1", *SEVERAL)
            self.assertEqual(harness.statistics(environment)["sts_endpoints"], 3)
            self.assertEqual(result.report["run"]["requests"]["operations"]["sts:AssumeRole"]["throttled"], 0)

    def test_home_alone(self):
        self.scan(ESTATE, endpoints=1)  # the list is short
        self.scan(ESTATE, "--sts-regions", "us-east-1", endpoints=1)

    def test_a_long_list_pays(self):
        with harness.estate("--accounts", "1600", "--regions", "17", "--clusters", "0") as (environment, truth):
            every = ",".join(account["id"] for account in truth["accounts"])
            result = harness.scan(environment, "--regions", "us-east-1", "--accounts", every, "--shard", "1/8")
            self.assertGreater(harness.statistics(environment)["sts_endpoints"], 1, result)

    def test_refusals(self):
        """Of every kind: the endpoint is dropped with one line, and its accounts are entered through home."""
        for fault in ("denied", "reset", "throttle", "unavailable", "garbage", "hang", "disabled"):
            with self.subTest(fault=fault):
                result = self.scan((*ESTATE, "--faults", f"sts:AssumeRole/us-east-2={fault}@100%"), *SEVERAL,
                                   "--max-attempts", "3", endpoints=2)
                self.assertEqual(result.err.count("STS in us-east-2 is not used in the rest of this run"), 1, result)
                self.assertNotIn("STS in us-west-2", result.err)

    def test_sometimes_refused(self):
        """An endpoint that refuses some: those are entered, too."""
        result = self.scan((*ESTATE, "--faults", "sts:AssumeRole/us-east-2=denied@30%"), *SEVERAL, endpoints=3)
        self.assertLessEqual(result.err.count("STS in us-east-2"), 1)

    def test_a_region_that_is_not_there(self):
        result = self.scan(("--accounts", "20", "--regions", "2"), "--sts-regions", "us-west-2", endpoints=1)
        self.assertIn("STS in us-west-2 is not used", result.err)

    def test_another_partition(self):
        result = harness.run(["scan", "--sts-regions", "cn-north-1"], harness.clean_environment())
        self.assertEqual(result.code, 2)
        self.assertIn("aws.sts_regions: cn-north-1 is not in the partition aws", result.err)


if __name__ == "__main__":
    unittest.main()
