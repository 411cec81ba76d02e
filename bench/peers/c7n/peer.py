"""The same question by Cloud Custodian: c7n-org runs one policy in each account and region."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import boto3

HERE = pathlib.Path(__file__).resolve().parent
ROLE = os.environ["NEPTUNE_SCAN_ROLE_NAME"]
POLICIES = HERE / ("snapshots.yml" if "PEER_SNAPSHOTS" in os.environ else "policy.yml")
ARNS = {"neptune": "DBClusterArn", "neptune-snapshots": "DBClusterSnapshotArn"}  # by policy


def write_accounts(path):
    own = boto3.client("sts").get_caller_identity()["Account"]
    accounts = []
    for page in boto3.client("organizations").get_paginator("list_accounts").paginate():
        for account in page["Accounts"]:
            if account["State"] != "ACTIVE":
                continue
            entry = {"account_id": account["Id"], "name": account["Id"], "regions": ["all"]}
            if account["Id"] == own:
                entry["profile"] = "own"
            else:
                entry["role"] = f"arn:aws:iam::{account['Id']}:role/{ROLE}"
            accounts.append(entry)
    path.write_text(json.dumps({"accounts": accounts}), encoding="utf-8")  # JSON is YAML, too
    return [account["account_id"] for account in accounts]


def write_profile(path):
    """c7n-org wants a role or a profile for each account; our own has a profile of the keys we run with."""
    path.write_text(f"[profile own]\naws_access_key_id = {os.environ['AWS_ACCESS_KEY_ID']}\n"
                    f"aws_secret_access_key = {os.environ['AWS_SECRET_ACCESS_KEY']}\n", encoding="utf-8")


def main():
    with tempfile.TemporaryDirectory() as folder:
        config, output = pathlib.Path(folder, "accounts.yml"), pathlib.Path(folder, "output")
        accounts = write_accounts(config)
        profiles = pathlib.Path(folder, "profiles")
        write_profile(profiles)
        subprocess.run([str(pathlib.Path(sys.executable).with_name("c7n-org")), "run", "-c", str(config), "-u",
                        str(POLICIES), "-s", str(output), "--cache-period", "0"],
                       stdout=subprocess.DEVNULL, stderr=sys.stderr, check=False,
                       env={**os.environ, "AWS_CONFIG_FILE": str(profiles)})
        for account in accounts:
            for found in sorted(output.glob(f"{account}/*/*/resources.json")):
                clusters = [{"arn": one[ARNS[found.parts[-2]]], "encrypted": one.get("StorageEncrypted")}
                            for one in json.loads(found.read_text(encoding="utf-8"))]
                print(json.dumps({"account": account, "region": found.parts[-3], "clusters": clusters}))


if __name__ == "__main__":
    main()
