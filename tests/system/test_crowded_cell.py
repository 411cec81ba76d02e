"""
One cell of 30,000 clusters, each with a key and a parameter group of its own: a signal ends it within --grace and about a second,
wherever it is. What is quadratic there takes a minute and more.
"""
import os
import signal
import subprocess
import tempfile
import time
import unittest

import harness
from small_aws import HOME, rds, serving

CLUSTERS, PAGE = 30000, 100
GRACE = 1  # seconds
# Far above what it takes, so that a busy machine does not fail it, and far below what it took.
MARGIN = 20 if os.environ.get("SANITIZE") or os.environ.get("VALGRIND") else 8


def cluster(number):
    return (f"<DBCluster><DBClusterIdentifier>g-{number}</DBClusterIdentifier><DBClusterArn>arn:aws:rds:us-east-1:{HOME}:cluster:"
            f"g-{number}</DBClusterArn><Engine>neptune</Engine><EngineVersion>1.0.3.0</EngineVersion><Status>available</Status>"
            f"<StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:aws:kms:us-east-1:{HOME}:key/k-{number}</KmsKeyId>"
            f"<DBClusterParameterGroup>p-{number}</DBClusterParameterGroup></DBCluster>")


def page(parameters):
    number = int(parameters.get("Marker") or 0)
    items = "".join(cluster(i) for i in range(number * PAGE, (number + 1) * PAGE))
    return rds("DescribeDBClusters", items, f"<Marker>{number + 1}</Marker>" if (number + 1) * PAGE < CLUSTERS else "")


class CrowdedCell(unittest.TestCase):
    def test_a_signal_ends_it(self):
        with serving({"rds:DescribeDBClusters": page}) as (settings, asked), tempfile.TemporaryDirectory() as folder:
            for later in (0, 2):
                with self.subTest(later=later):
                    asked.clear()
                    arguments = [harness.SCANNER, "scan", "--controls", "all", "--grace", f"{GRACE}s", "--db", "none",
                                 "--report", "csv-matrix=matrix.csv"]
                    with harness.running(arguments, env=harness.clean_environment(**settings), cwd=folder,
                                         stderr=subprocess.DEVNULL) as process:
                        while sum(name.endswith("DescribeDBClusters") for _, _, name in asked) < CLUSTERS // PAGE:
                            self.assertIsNone(process.poll())
                            time.sleep(0.05)
                        time.sleep(later)
                        begun = time.monotonic()
                        process.send_signal(signal.SIGTERM)
                        code = process.wait(300)
                        took = time.monotonic() - begun
                    self.assertEqual(code, 3)
                    self.assertLess(took, GRACE + MARGIN)
                    print(f"SIGTERM {later} s after the last page: ended in {took:.1f} s")


if __name__ == "__main__":
    unittest.main()
