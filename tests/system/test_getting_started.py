"""docs/getting-started.md, word by word: each block marked sh runs, in order, against moto with an organization of its own.

The roles that its StackSet makes are then what a scan goes by: moto enforces their policies.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from moto_organization import start

import boto3  # only in the virtual environment, which moto_organization has entered

TEXT = (harness.SOURCE / "docs/getting-started.md").read_text(encoding="utf-8")
# Results are no failures: doctor's 1 are warnings, a scan's 1 and 3 findings and blind spots.
PRELUDE = """set -eu
neptune-scan() {
    local code=0
    command neptune-scan "$@" || code=$?
    echo "(neptune-scan $1: exit $code)"
    case $1.$code in doctor.1 | scan.1 | scan.3) return 0 ;; *) return $code ;; esac
}
"""


class GettingStarted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process, cls.url = start(log_name="moto-getting-started.log")
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        keys = {"aws_access_key_id": "AKIAADMINISTRATOR000", "aws_secret_access_key": "secret", "region_name": "us-east-1",
                "endpoint_url": cls.url}
        organizations = boto3.client("organizations", **keys)
        organizations.create_organization(FeatureSet="ALL")
        cls.members = [organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
                       for name in ("audit", "payments", "search")]
        cls.environment = harness.clean_environment(
            AWS_ENDPOINT_URL=cls.url, AWS_ACCESS_KEY_ID=keys["aws_access_key_id"], AWS_SECRET_ACCESS_KEY="secret",
            # moto answers HTTP 500 when asked for retained backups.
            NEPTUNE_SCAN_CONTROLS_SELECT="neptune-encryption-at-rest", AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1", AUDIT_ACCOUNT=cls.members[0], NEPTUNE_SCAN_STORE_PATH=None)

    def test_every_block(self):
        blocks = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S)
        self.assertGreaterEqual(len(blocks), 8)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            bin_folder = folder / "bin"
            bin_folder.mkdir()
            (bin_folder / "neptune-scan").symlink_to(harness.SCANNER)
            (folder / "deploy").symlink_to(harness.SOURCE / "deploy")
            # Each block is shown before it runs.
            script = PRELUDE + "\n".join(f"cat <<'BLOCK'\n$ {block.strip()}\nBLOCK\n{block}" for block in blocks)
            path = f"{bin_folder}:{harness.PYTHON.parent}:{os.environ['PATH']}"
            done = subprocess.run([shutil.which("bash"), "-c", script], cwd=folder, env={**self.environment, "PATH": path},
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, timeout=300)
            text = done.stdout.decode("utf-8")
            print("\n" + text)
            self.assertEqual(done.returncode, 0, text)
            self.assertNotRegex(text, "Sanitizer|runtime error")
            self.assertTrue((folder / "report.html").stat().st_size > 1000)
            self.assertEqual((folder / "external-id").stat().st_mode & 0o777, 0o600)
            self.assertRegex(text, r"ok +organization +o-\w+, management account; 4 active accounts")
            self.assertRegex(text, r"ok +role +NeptuneScanAudit can be assumed in 3 of 3 accounts")
            self.assertRegex(text, r"(?m)^arn:aws:iam::\d{12}:role/NeptuneScanHub$")
            self.assertIn("(neptune-scan doctor: exit 0)", text)
            self.assertIn("(neptune-scan scan: exit 0)", text)
        # The StackSet has made the role in each member, with what the template says.
        for member in self.members:
            keys = boto3.client("sts", region_name="us-east-1", endpoint_url=self.url, aws_access_key_id="AKIAADMINISTRATOR000",
                                aws_secret_access_key="secret").assume_role(
                                    RoleArn=f"arn:aws:iam::{member}:role/x", RoleSessionName="test")["Credentials"]
            iam = boto3.client("iam", region_name="us-east-1", endpoint_url=self.url, aws_access_key_id=keys["AccessKeyId"],
                               aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
            role = iam.get_role(RoleName="NeptuneScanAudit")["Role"]
            condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
            self.assertRegex(condition["aws:PrincipalOrgID"], "^o-")
            self.assertRegex(condition["sts:ExternalId"], "^[0-9a-f]{32}$")

    def test_what_it_names_is_there(self):
        for name in re.findall(r"(?:deploy|docs)/[\w./-]+\w", TEXT):
            self.assertTrue((harness.SOURCE / name).exists(), name)
        for name in re.findall(r"\b(\w+\.md)\b", TEXT):
            self.assertTrue((harness.SOURCE / name).exists() or (harness.SOURCE / "docs" / name).exists(), name)


if __name__ == "__main__":
    unittest.main()
