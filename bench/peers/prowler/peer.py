"""The same question by Prowler: its Neptune check, a process for each account; with PEER_SNAPSHOTS, that of snapshots too.

Its report names resources that pass or fail; an account or region without one is not told from one that was refused.
"""
import csv
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import boto3

ROLE = os.environ["NEPTUNE_SCAN_ROLE_NAME"]
CHECKS = ["neptune_cluster_storage_encrypted"] + (["neptune_cluster_snapshot_encrypted"] if "PEER_SNAPSHOTS" in os.environ
                                                  else [])


def scan(account, own, folder):
    command = [str(pathlib.Path(sys.executable).with_name("prowler")), "aws", "--checks", *CHECKS, "--output-formats", "csv",
               "--output-directory", str(folder), "--output-filename", account, "--no-banner", "--ignore-exit-code-3"]
    if account != own:
        command += ["--role", f"arn:aws:iam::{account}:role/{ROLE}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    report = folder / f"{account}.csv"
    if done.returncode == 0 and not report.exists():
        return  # no finding, no report
    if done.returncode != 0:
        print(json.dumps({"account": account, "error": done.stdout.decode(errors="replace")[-300:]}))
        return
    cells = {}
    with open(report, encoding="utf-8", newline="") as stream:
        for finding in csv.DictReader(stream, delimiter=";"):
            # Prowler makes up the ARNs of snapshots: AWS's have "rds" in them.
            cells.setdefault(finding["REGION"], []).append(
                {"arn": finding["RESOURCE_UID"].replace("arn:aws:neptune:", "arn:aws:rds:"),
                 "encrypted": {"PASS": True, "FAIL": False}.get(finding["STATUS"])})
    for region, clusters in cells.items():
        print(json.dumps({"account": account, "region": region, "clusters": clusters}))


def main():
    own = boto3.client("sts").get_caller_identity()["Account"]
    with tempfile.TemporaryDirectory() as folder:
        for page in boto3.client("organizations").get_paginator("list_accounts").paginate():
            for account in page["Accounts"]:
                if account["State"] == "ACTIVE":
                    scan(account["Id"], own, pathlib.Path(folder))


if __name__ == "__main__":
    main()
