"""The same question by boto3 as well as it can be done: threads, one connection pool a region for all accounts.

Clients are expensive in boto3 and belong to one set of keys. So there is one client a region, and each request is signed
with the keys of its account: the signer asks a credentials object that looks at the calling thread.
"""
import concurrent.futures
import json
import os
import sys
import threading

import boto3
import botocore.config
import botocore.credentials
import botocore.exceptions
import botocore.session

THREADS = 16
ROLE = os.environ["NEPTUNE_SCAN_ROLE_NAME"]
SNAPSHOTS = "PEER_SNAPSHOTS" in os.environ  # asked for as well
current = threading.local()
print_lock = threading.Lock()


class OfThisThread(botocore.credentials.Credentials):
    def get_frozen_credentials(self):
        return current.keys


def shared_session():
    session = botocore.session.get_session()
    session._credentials = OfThisThread("replaced", "replaced")  # pylint: disable=protected-access
    return boto3.Session(botocore_session=session)


def say(**cell):
    with print_lock:
        print(json.dumps(cell))


def main():
    base = boto3.Session()
    settings = botocore.config.Config(max_pool_connections=THREADS, retries={"mode": "standard"})
    source = base.get_credentials().get_frozen_credentials()
    sts = base.client("sts", config=settings)
    own = sts.get_caller_identity()["Account"]
    session, clients, lock = shared_session(), {}, threading.Lock()

    def client(service, region):
        with lock:
            if (service, region) not in clients:
                clients[service, region] = session.client(service, region_name=region, config=settings)
            return clients[service, region]

    def enter(account):
        if account == own:
            return source
        keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="peer")["Credentials"]
        return botocore.credentials.ReadOnlyCredentials(keys["AccessKeyId"], keys["SecretAccessKey"],
                                                        keys["SessionToken"])

    def scan(account, region, keys):
        current.keys = keys
        clusters, snapshots = [], []
        try:
            pages = client("neptune", region).get_paginator("describe_db_clusters")
            for page in pages.paginate(Filters=[{"Name": "engine", "Values": ["neptune"]}]):
                clusters += [{"arn": found["DBClusterArn"], "encrypted": found.get("StorageEncrypted")}
                             for found in page["DBClusters"]]
            pages = client("neptune", region).get_paginator("describe_db_cluster_snapshots") if SNAPSHOTS else None
            for page in pages.paginate() if pages else ():
                snapshots += [{"arn": found["DBClusterSnapshotArn"], "encrypted": found.get("StorageEncrypted")}
                              for found in page["DBClusterSnapshots"] if found["Engine"] == "neptune"]
        except botocore.exceptions.ClientError as error:
            say(account=account, region=region, error=str(error))
            return
        say(account=account, region=region, clusters=clusters, snapshots=snapshots)

    def visit(account):
        try:
            current.keys = keys = enter(account)
            regions = client("ec2", sts.meta.region_name).describe_regions()["Regions"]
        except botocore.exceptions.ClientError as error:
            say(account=account, error=str(error))
            return
        cells.extend(pool.submit(scan, account, region["RegionName"], keys) for region in regions)

    cells = []
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        visits = []
        for page in base.client("organizations").get_paginator("list_accounts").paginate():
            visits += [pool.submit(visit, account["Id"]) for account in page["Accounts"]
                       if account["State"] == "ACTIVE"]
        for done in visits:
            done.result()
        for done in cells:
            done.result()


if __name__ == "__main__":
    sys.exit(main())
