"""A small AWS that answers what a test tells it to, in the wire form of each service.

Aws(answers) serves until its block ends. `answers` maps an operation ("DescribeDBClusters"), or an operation in one
account ("DescribeDBClusters@000000000001"), to what the result holds: a dictionary, a Refusal, or a function of the
request that gives either. What it is not told has an answer of an organization without a database.
"""
import collections
import http.server
import json
import re
import sys
import threading
import urllib.parse
from xml.sax.saxutils import escape

import harness

HOME, MEMBER = "000000000001", "000000000002"
ITEMS = {"DBClusters": "DBCluster", "DBInstances": "DBInstance", "DBClusterSnapshots": "DBClusterSnapshot",
         "DBClusterAutomatedBackups": "DBClusterAutomatedBackup", "GlobalClusters": "GlobalClusterMember",
         "GlobalClusterMembers": "GlobalClusterMember", "Parameters": "Parameter", "TagList": "Tag", "regionInfo": "item",
         "EnabledCloudwatchLogsExports": "member", "AttributeValues": "AttributeValue",
         "DBClusterSnapshotAttributes": "DBClusterSnapshotAttribute"}
NOTHING = {"DescribeDBClusters": {"DBClusters": []}, "DescribeDBInstances": {"DBInstances": []},
           "DescribeDBClusterSnapshots": {"DBClusterSnapshots": []},
           "DescribeDBClusterAutomatedBackups": {"DBClusterAutomatedBackups": []},
           "DescribeGlobalClusters": {"GlobalClusters": []}, "DescribeDBClusterParameters": {"Parameters": []},
           "ListTagsForResource": {"TagList": []}, "ListGraphs": {"graphs": []}, "ListGraphSnapshots": {"graphSnapshots": []},
           "ListAliases": {"Aliases": [], "Truncated": False}, "ListRoots": {"Roots": [{"Id": "r-abcd", "Name": "Root"}]},
           "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []}}

Request = collections.namedtuple("Request", "operation account region parameters")
Refusal = collections.namedtuple("Refusal", "code message status", defaults=("no", 400))


def pages(*answers):
    """One page after the other, by whichever name the service gives to the next one."""
    def answer(request):
        given = request.parameters.get("Marker") or request.parameters.get("nextToken") or request.parameters.get("NextToken")
        number = int(given.split("-")[1]) if given else 0
        page = dict(answers[number])
        if number + 1 < len(answers):
            for name in ("nextToken",) if request.operation.startswith("ListGraph") else ("Marker", "NextToken", "NextMarker"):
                page[name] = f"page-{number + 1}"
            page["Truncated"] = True
        return page
    return answer


def xml(name, value):
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, dict):
        inner = "".join(xml(*member) for member in value.items())
    elif isinstance(value, list):
        inner = "".join(xml(ITEMS[name], item) for item in value)
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def read(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key, region, service = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", self.headers["Authorization"]).groups()
        account = key[4:] if key[4:].isdigit() else HOME
        url = urllib.parse.urlsplit(self.path)
        if self.headers.get("X-Amz-Target"):
            return service, Request(self.headers["X-Amz-Target"].split(".")[-1], account, region, json.loads(body or "{}"))
        if service == "neptune-graph":
            operation = {"/graphs": "ListGraphs", "/snapshots": "ListGraphSnapshots"}[url.path]
            return service, Request(operation, account, region, dict(urllib.parse.parse_qsl(url.query)))
        parameters = dict(urllib.parse.parse_qsl(body))
        return service, Request(parameters["Action"], account, region, parameters)

    def encode(self, service, operation, answer):
        if isinstance(answer, Refusal):
            if service in ("kms", "organizations", "neptune-graph"):
                return answer.status, json.dumps({"__type": answer.code, "message": answer.message})
            wrong = xml("Error", {"Code": answer.code, "Message": answer.message})
            return answer.status, (f"<Response><Errors>{wrong}</Errors></Response>" if service == "ec2" else
                                   f"<ErrorResponse>{wrong}</ErrorResponse>")
        if service in ("kms", "organizations", "neptune-graph"):
            return 200, json.dumps(answer)
        inner = "".join(xml(*member) for member in answer.items())
        return 200, f"<{operation}Response>{inner if service == 'ec2' else xml_of_result(operation, inner)}</{operation}Response>"

    def serve(self):
        service, request = self.read()
        status, text = self.encode(service, request.operation, self.server.aws.answer(request))
        body = text.encode()
        self.send_response(status)
        self.send_header("x-amzn-RequestId", f"request-{len(self.server.aws.seen)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = serve


def xml_of_result(operation, inner):
    return f"<{operation}Result>{inner}</{operation}Result>"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    aws = None

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # the program may leave in the middle
            super().handle_error(request, client_address)


class Aws:
    def __init__(self, answers, accounts=(HOME, MEMBER), regions=("us-east-1",)):
        self.answers, self.accounts, self.regions, self.seen = answers, accounts, regions, []

    def default(self, request):
        partition = "aws-cn" if request.region.startswith("cn-") else "aws"
        if request.operation == "GetCallerIdentity":
            return {"Account": request.account, "Arn": f"arn:{partition}:iam::{request.account}:user/auditor"}
        if request.operation == "AssumeRole":
            account = request.parameters["RoleArn"].split(":")[4]
            return {"Credentials": {"AccessKeyId": "ASIA" + account, "SecretAccessKey": "s", "SessionToken": "t",
                                    "Expiration": "2099-01-01T00:00:00Z"},
                    "AssumedRoleUser": {"Arn": f"arn:{partition}:sts::{account}:assumed-role/R/s"}}
        if request.operation == "DescribeOrganization":
            return {"Organization": {"Id": "o-scripted", "MasterAccountId": HOME}}
        if request.operation in ("ListAccounts", "ListAccountsForParent"):
            return {"Accounts": [{"Id": account, "Name": account, "State": "ACTIVE"} for account in self.accounts]}
        if request.operation == "DescribeRegions":
            return {"regionInfo": [{"regionName": region, "optInStatus": "opt-in-not-required"} for region in self.regions]}
        if request.operation == "DescribeDBClusterSnapshotAttributes":
            return {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": [
                {"AttributeName": "restore", "AttributeValues": []}]}}
        return NOTHING.get(request.operation, Refusal("InvalidAction", request.operation))

    def answer(self, request):
        self.seen.append(request)
        for name in (f"{request.operation}@{request.account}", request.operation):
            if name in self.answers:
                told = self.answers[name]
                return told(request) if callable(told) else told
        return self.default(request)

    def asked(self, operation):
        return [request for request in self.seen if request.operation == operation]

    def scan(self, *flags, **environment):
        return harness.scan(self.environment(**environment), *flags)

    def environment(self, **more):
        return harness.clean_environment(AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.server.server_port}",
                                         AWS_ACCESS_KEY_ID="AKIA", AWS_SECRET_ACCESS_KEY="s", **more)

    def __enter__(self):
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.aws = self
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
