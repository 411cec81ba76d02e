"""Settings of reports: the byte order mark of CSV, and the name of a run among the labels of its metrics."""
import csv
import io
import os
import re
import tempfile
import unittest

import harness
import small_aws

BOM = b"\xef\xbb\xbf"
ANSWERS = {"ec2:DescribeRegions": small_aws.regions("us-east-1"), "rds:DescribeDBClusters": small_aws.rds("DescribeDBClusters", ""),
           "rds:DescribeDBInstances": small_aws.rds("DescribeDBInstances", ""),
           "rds:DescribeDBClusterSnapshots": small_aws.rds("DescribeDBClusterSnapshots", "")}


class ReportSettings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.store = os.path.join(cls.folder, "runs.db")
        with small_aws.serving(ANSWERS) as (environment, _):
            result = harness.scan(harness.clean_environment(**environment), "--db", cls.store)
        assert result.code == 0, result

    def report(self, form, *flags, **environment):
        path = os.path.join(self.folder, "report")
        result = harness.run(["report", "--db", self.store, "--report", f"{form}={path}", *flags], harness.clean_environment(**environment))
        self.assertEqual((result.code, result.err), (0, ""), result)
        with open(path, "rb") as stream:
            return stream.read()

    def test_byte_order_mark(self):
        for form in ("csv", "csv-matrix"):
            plain = self.report(form)
            marked = self.report(form, "--csv-bom")
            self.assertEqual(marked, BOM + plain)
            self.assertEqual(self.report(form, NEPTUNE_SCAN_OUTPUT_CSV_BOM="true"), marked)
            self.assertIn("account", csv.DictReader(io.StringIO(marked.decode("utf-8-sig"), newline="")).fieldnames)
        self.assertFalse(self.report("json", "--csv-bom").startswith(BOM))

    def test_name_of_a_run(self):
        """Two scans of one organization on one host: their series differ in this label, in every sample."""
        def samples(text):
            return re.findall(r"^neptune_scan_\w+\{.*?\} ", text.decode(), flags=re.M)
        plain, one, other = (samples(self.report("prometheus", *flags)) for flags in ((), ("--run-name", 'all "prod"'), ("--run-name", "test")))
        self.assertGreater(len(plain), 20)
        self.assertFalse([sample for sample in plain if "run_name" in sample])
        self.assertFalse([sample for sample in one if 'run_name="all \\"prod\\""' not in sample])
        self.assertEqual(set(one) & set(other), set())


if __name__ == "__main__":
    unittest.main()
