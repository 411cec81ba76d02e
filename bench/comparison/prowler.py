"""The same moto organization, seen by neptune-scan and by Prowler: every verdict of the checks that both have.

Runs in build/python (moto, boto3); Prowler has a virtual environment of its own, whose command is the argument. Prints a
line of JSON for each pair of a control and a check.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/system"))
import harness  # noqa: E402
from moto_organization import CROWD, REGIONS, ROLE, Moto, start  # noqa: E402,F401

PAIRS = {
    "neptune-encryption-at-rest": "neptune_cluster_storage_encrypted",
    "neptune-snapshot-encryption": "neptune_cluster_snapshot_encrypted",
    "neptune-snapshot-not-public": "neptune_cluster_public_snapshot",
    "neptune-deletion-protection": "neptune_cluster_deletion_protection",
    "neptune-backup-retention": "neptune_cluster_backup_enabled",
    "neptune-iam-authentication": "neptune_cluster_iam_authentication_enabled",
    "neptune-copy-tags-to-snapshots": "neptune_cluster_copy_tags_to_snapshots",
    "neptune-multi-az": "neptune_cluster_multi_az",
    "neptune-audit-logs": "neptune_cluster_integration_cloudwatch_logs",
}
ACCOUNTS = ("payments", "search <&> é 漢", "crowd", "quiet")


def ours(moto, accounts):
    """{control: {arn: verdict}}"""
    report = harness.scan(moto.environment(), "--controls", ",".join(PAIRS), "--regions", ",".join(REGIONS)).report
    told = {control: {} for control in PAIRS}
    for finding in report["findings"]:
        if finding["account"] in accounts:
            told[finding["control"]][finding["resource"]["arn"]] = finding["verdict"]
    return told


def prowlers(command, moto, accounts):
    """{check: {arn: verdict}}, a process for each account."""
    told = {check: {} for check in PAIRS.values()}
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "rootkey", "AWS_SECRET_ACCESS_KEY": "rootsecret",
                   "AWS_ENDPOINT_URL": moto.url, "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    with tempfile.TemporaryDirectory() as folder:
        for account in accounts:
            done = subprocess.run([command, "aws", "--checks", *told, "--region", *REGIONS, "--output-formats", "csv",
                                   "--output-directory", folder, "--output-filename", account, "--no-banner",
                                   "--ignore-exit-code-3", "--role", f"arn:aws:iam::{account}:role/{ROLE}"],
                                  env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            report = pathlib.Path(folder) / f"{account}.csv"
            if done.returncode != 0:
                sys.exit(done.stdout.decode(errors="replace")[-2000:])
            if not report.exists():
                continue  # no finding
            with open(report, encoding="utf-8", newline="") as stream:
                for finding in csv.DictReader(stream, delimiter=";"):
                    # Prowler makes up the ARNs of snapshots: AWS's have "rds" in them.
                    arn = finding["RESOURCE_UID"].replace("arn:aws:neptune:", "arn:aws:rds:")
                    told[finding["CHECK_ID"]][arn] = finding["STATUS"].lower()
    return told


def main():
    process, url = start()
    try:
        moto = Moto(process, url)
        accounts = [moto.accounts[name] for name in ACCOUNTS]
        mine, theirs = ours(moto, accounts), prowlers(sys.argv[1], moto, accounts)
    finally:
        process.terminate()
        process.wait(20)
    for control, check in PAIRS.items():
        here, there = mine[control], theirs[check]
        print(json.dumps({
            "control": control, "check": check, "ours": len(here), "prowler": len(there),
            "agree": sum(there.get(arn) == verdict for arn, verdict in here.items()),
            "only_ours": sorted(set(here) - set(there)), "only_prowler": sorted(set(there) - set(here)),
            "differ": sorted(f"{arn}: {here[arn]}, Prowler says {there[arn]}" for arn in set(here) & set(there)
                             if here[arn] != there[arn])}))


if __name__ == "__main__":
    main()
