"""The same question as most scripts ask it: a session and a client for each account and region."""
import concurrent.futures
import json
import os
import threading

import boto3
import botocore.exceptions

THREADS = 16
ROLE = os.environ["NEPTUNE_SCAN_ROLE_NAME"]
SNAPSHOTS = "PEER_SNAPSHOTS" in os.environ  # asked for as well
print_lock = threading.Lock()


def say(**cell):
    with print_lock:
        print(json.dumps(cell))


def scan(account, region, keys):
    session = boto3.Session(**keys, region_name=region)
    clusters, snapshots = [], []
    try:
        pages = session.client("neptune").get_paginator("describe_db_clusters")
        for page in pages.paginate(Filters=[{"Name": "engine", "Values": ["neptune"]}]):
            clusters += [{"arn": found["DBClusterArn"], "encrypted": found.get("StorageEncrypted")}
                         for found in page["DBClusters"]]
        pages = session.client("neptune").get_paginator("describe_db_cluster_snapshots") if SNAPSHOTS else None
        for page in pages.paginate() if pages else ():
            snapshots += [{"arn": found["DBClusterSnapshotArn"], "encrypted": found.get("StorageEncrypted")}
                          for found in page["DBClusterSnapshots"] if found["Engine"] == "neptune"]
    except botocore.exceptions.ClientError as error:
        say(account=account, region=region, error=str(error))
        return
    say(account=account, region=region, clusters=clusters, snapshots=snapshots)


def visit(account, own, pool):
    keys = {}
    try:
        if account != own:
            given = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}",
                                                    RoleSessionName="peer")["Credentials"]
            keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
                    "aws_session_token": given["SessionToken"]}
        regions = boto3.Session(**keys).client("ec2").describe_regions()["Regions"]
    except botocore.exceptions.ClientError as error:
        say(account=account, error=str(error))
        return []
    return [pool.submit(scan, account, region["RegionName"], keys) for region in regions]


def main():
    own = boto3.client("sts").get_caller_identity()["Account"]
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        cells = []
        for page in boto3.client("organizations").get_paginator("list_accounts").paginate():
            for account in page["Accounts"]:
                if account["State"] == "ACTIVE":
                    cells += visit(account["Id"], own, pool)
        for done in cells:
            done.result()


if __name__ == "__main__":
    main()
