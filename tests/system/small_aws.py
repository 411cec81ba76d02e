"""A small AWS that answers as a test says, operation by operation; what it is not told, it answers as for an empty account."""
import contextlib
import http.server
import json
import re
import threading
import urllib.parse
from xml.sax.saxutils import escape

HOME = "000000000042"
# What the members of RDS's lists are called; of others, `member`.
ITEMS = {"DBClusters": "DBCluster", "DBInstances": "DBInstance", "DBClusterSnapshots": "DBClusterSnapshot",
         "DBClusterAutomatedBackups": "DBClusterAutomatedBackup", "GlobalClusters": "GlobalClusterMember",
         "GlobalClusterMembers": "GlobalClusterMember", "Parameters": "Parameter", "TagList": "Tag",
         "AttributeValues": "AttributeValue", "DBClusterSnapshotAttributes": "DBClusterSnapshotAttribute"}


def refused(status, code, message="no"):
    """An error, in the form of every protocol that AWS speaks."""
    return status, lambda protocol: {
        "query": f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>",
        "ec2": f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>",
        "json": json.dumps({"__type": code, "message": message})}[protocol]


def xml(name, value):
    """An element; None leaves it out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, dict):
        inner = "".join(xml(*member) for member in value.items())
    elif isinstance(value, list):
        inner = "".join(xml(ITEMS.get(name, "member"), item) for item in value)
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def told(operation, members):
    """A good answer in which these members stand, in the form of every protocol."""
    inner = "".join(xml(*member) for member in members.items())
    return 200, lambda protocol: (json.dumps(members) if protocol == "json" else
                                  f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>")


def pages(*listed):
    """One page after the other, by whichever name the service gives to the next one: members by parameters."""
    def answer(parameters):
        token = parameters.get("Marker") or parameters.get("nextToken") or parameters.get("NextToken") or "page-0"
        number = int(token.removeprefix("page-"))
        if number + 1 == len(listed):
            return listed[number]
        following = dict.fromkeys(("Marker", "NextMarker", "NextToken", "nextToken"), f"page-{number + 1}")
        return {**listed[number], **following, "Truncated": True}
    return answer


def regions(*names):
    """A list of regions, all of them enabled."""
    return 200, ("<DescribeRegionsResponse><requestId>r</requestId><regionInfo>"
                 + "".join(f"<item><regionName>{name}</regionName><optInStatus>opted-in</optInStatus></item>" for name in names)
                 + "</regionInfo></DescribeRegionsResponse>")


def rds(operation, items, marker=""):
    """A page of one of RDS's lists; `items` is XML."""
    name = {"DescribeGlobalClusters": "GlobalClusters"}.get(operation, operation.removeprefix("Describe"))
    return 200, (f"<{operation}Response><{operation}Result><{name}>{items}</{name}>{marker}</{operation}Result>"
                 f"</{operation}Response>")


def cluster(name, region, encrypted=False, account=HOME):
    return (f"<DBCluster><DBClusterIdentifier>{name}</DBClusterIdentifier><DBClusterArn>arn:aws:rds:{region}:{account}:"
            f"cluster:{name}</DBClusterArn><Engine>neptune</Engine><StorageEncrypted>{str(encrypted).lower()}"
            "</StorageEncrypted><Status>available</Status></DBCluster>")


def session(account):
    """A session of a role in this account, which signs with a key of its name."""
    return 200, ("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{0}</AccessKeyId><SecretAccessKey>s"
                 "</SecretAccessKey><SessionToken>t</SessionToken></Credentials><AssumedRoleUser><Arn>arn:aws:sts::{0}:"
                 "assumed-role/R/s</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>").format(account)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet

    def log_message(self, *_):
        pass

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key, region, service = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", self.headers["Authorization"]).groups()
        url = urllib.parse.urlsplit(self.path)
        parameters = dict(urllib.parse.parse_qsl(url.query))
        if self.headers.get("X-Amz-Target"):
            operation = self.headers["X-Amz-Target"].split(".")[-1]
            parameters.update(json.loads(body or "{}"))
        elif service == "neptune-graph":
            operation = {"graphs": "ListGraphs", "snapshots": "ListGraphSnapshots"}[url.path.rsplit("/", 1)[-1]]
        else:
            parameters.update(urllib.parse.parse_qsl(body))
            operation = parameters["Action"]
        account = key[4:] if key.startswith("ASIA") else HOME
        with self.server.lock:
            self.server.asked.append((account, region, f"{service}:{operation}"))
        status, text = self.server.find(service, operation, account, region, parameters)
        protocol = "ec2" if service == "ec2" else "query" if service in ("rds", "sts") else "json"
        data = (text if isinstance(text, str) else text(protocol)).encode()
        self.send_response(status)
        self.send_header("x-amzn-RequestId", f"request-{len(self.server.asked)}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = serve


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    asked, answers, lock = (), {}, threading.Lock()

    def handle_error(self, *_):
        pass  # the other side hung up

    def find(self, service, operation, account, region, parameters):
        for key in (f"{service}:{operation}@{account}/{region}", f"{service}:{operation}@{account}",
                    f"{service}:{operation}@{region}", f"{service}:{operation}"):
            if key in self.answers:
                answer = self.answers[key]
                return answer(parameters) if callable(answer) else answer
        return _usual(service, operation, account, parameters)


def _usual(service, operation, account, parameters):
    if operation == "GetCallerIdentity":
        return 200, ("<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{0}</Account><Arn>arn:aws:iam::{0}:user/x"
                     "</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>").format(account)
    if operation == "AssumeRole":
        return session(parameters["RoleArn"].split(":")[4])
    if operation == "DescribeRegions":
        return regions("us-east-1")
    if service == "rds":
        return rds(operation, "")
    return 200, json.dumps({
        "DescribeOrganization": {"Organization": {"Id": "o-small", "MasterAccountId": HOME}},
        "ListAccounts": {"Accounts": [{"Id": HOME, "Name": "home", "State": "ACTIVE"}]},
        "ListRoots": {"Roots": [{"Id": "r-1", "Name": "Root"}]},
        "ListOrganizationalUnitsForParent": {"OrganizationalUnits": []},
        "ListAccountsForParent": {"Accounts": [{"Id": HOME}]},
        "ListGraphs": {"graphs": []}, "ListGraphSnapshots": {"graphSnapshots": []},
        "ListAliases": {"Aliases": [], "Truncated": False}}.get(operation, {}))


@contextlib.contextmanager
def serving(answers):
    """
    The environment for a scan, and what was asked: (account, region, "service:Operation"). `answers`: by "service:Operation",
    optionally with @REGION, @ACCOUNT or @ACCOUNT/REGION; each (status, body), or a function of the request's parameters.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.asked, server.answers, server.lock = [], answers, threading.Lock()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}", "AWS_ACCESS_KEY_ID": "AKIA",
               "AWS_SECRET_ACCESS_KEY": "s"}, server.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
