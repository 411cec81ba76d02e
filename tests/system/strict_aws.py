"""A stand-in for one AWS account that is as strict as the plan's scripts need: changes take time, states refuse, IAM decides.

It runs in the process of the tests, which look into it and change it (`World`). Neptune's API is strict_rds.py, a cluster's own
address strict_graph.py; here are the servers, IAM's decision, and the calls of other services. `World.policy` is the operator's:
every call is held against it, by action and resource, as the "Service Authorization Reference" lists them; None allows all.
"""
import contextlib
import copy
import datetime
import fnmatch
import functools
import hashlib
import http.server
import ipaddress
import json
import pathlib
import re
import ssl
import tempfile
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto.core.utils import get_service_model
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import QuerySerializer

import strict_graph
from strict_rds import Refused, Region, now

ACCOUNT = "123456789012"
OPERATOR = "AKIAOPERATOR00000000"
ADDRESSES = 60  # of clusters' names, in 127.0.0.0/8
MAX_DATAPOINTS = 1440  # of one answer of GetMetricStatistics


# ---- IAM ----

def matches(patterns, text):
    patterns = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(text.lower(), pattern.lower().replace("[", "[[]")) for pattern in patterns)


def holds(condition, context):
    for operator, tests in condition.items():
        for key, wanted in tests.items():
            values = context.get(key)
            if values is None:
                return False
            assert operator.split(":")[-1] in ("StringEquals", "StringLike"), operator
            if not any(matches(wanted, value) for value in ([values] if isinstance(values, str) else values)):
                return False
    return True


def allows(policy, action, resource, context):
    return any(statement["Effect"] == "Allow" and matches(statement["Action"], action) and matches(statement["Resource"], resource) and
               holds(statement.get("Condition", {}), context) for statement in policy["Statement"])


def touched(region, operation, request):
    """[(action, resource)] that IAM asks for, for one call to the RDS API ("Actions, resources, and condition keys for Amazon RDS")."""
    def of(kind, name):
        return [region.arn(kind, name.rsplit(":", 1)[-1])] if name else []

    world = region.world
    cluster, new = request.get("DBClusterIdentifier"), request.get("NewDBClusterIdentifier")
    snapshot = request.get("DBClusterSnapshotIdentifier") or request.get("FinalDBSnapshotIdentifier")
    instance = request.get("DBInstanceIdentifier")
    group = request.get("GlobalClusterIdentifier")
    resources = []
    if operation == "DescribeDBInstances":
        resources = of("db", instance or "*")
    elif operation.startswith("DescribeDBClusterSnapshot"):
        resources = of("cluster-snapshot", snapshot or "*")
    elif operation in ("DescribeDBClusters", "DescribeDBClusterEndpoints", "DescribeDBClusterParameters"):
        resources = of("cluster", cluster or "*")
    elif operation == "DescribeDBClusterAutomatedBackups":
        resources = of("cluster-auto-backup", "*")
    elif operation.startswith("Describe") and operation != "DescribeGlobalClusters":
        resources = ["*"]
    elif operation == "ListTagsForResource":
        resources = [request["ResourceName"]]
    else:
        resources = of("cluster", cluster) + of("cluster", new) + of("cluster-snapshot", snapshot) + of("cluster-snapshot", request.get("SnapshotIdentifier")) + \
            of("cluster", request.get("SourceDBClusterIdentifier")) + of("db", instance) + of("db", request.get("NewDBInstanceIdentifier"))
        if operation == "RemoveFromGlobalCluster":
            resources += of("cluster", request["DbClusterIdentifier"])
        for kind, name in (("subgrp", "DBSubnetGroupName"), ("cluster-pg", "DBClusterParameterGroupName"), ("pg", "DBParameterGroupName")):
            resources += of(kind, request.get(name))
        if request.get("DbClusterResourceId"):
            resources.append(region.arn("cluster-auto-backup", "*"))
    if group or operation == "DescribeGlobalClusters":
        resources.append(f"arn:aws:rds::{world.account}:global-cluster:{group or '*'}")
    wanted = [(f"rds:{operation}", resource) for resource in resources or ["*"]]
    if request.get("Tags") and not operation.startswith("Modify"):
        wanted += [("rds:AddTagsToResource", resource) for resource in (of("db", instance) or of("cluster-snapshot", request.get("DBClusterSnapshotIdentifier"))
                                                                        or of("cluster", cluster))]
    if operation == "AddRoleToDBCluster":
        wanted.append(("iam:PassRole", request["RoleArn"]))
    if operation in ("CreateDBCluster", "RestoreDBClusterFromSnapshot") and request.get("KmsKeyId"):
        key = world.key(region.name, request["KmsKeyId"])
        wanted += [(action, key) for action in ("kms:DescribeKey", "kms:CreateGrant") if key]
    return wanted


# ---- the account ----

class World:
    def __init__(self, port):
        self.account, self.port, self.lock = ACCOUNT, port, threading.RLock()
        self.regions, self.globals, self.keys, self.aliases, self.counter = {}, {}, {}, {}, 0
        self.addresses, self.servers, self.policy, self.denied, self.calls = {}, {}, None, [], []
        self.loads, self.metrics, self.stack, self.leases = strict_graph.Loads(), {}, {}, {}
        self.expires_after = None  # calls until the operator's session is over
        self.assumed = {}
        self.stop_after = None  # (how an operation begins, the how manieth call): its answer is lost, and credentials are over from then on
        self.writing = None  # (region, cluster) that an application writes to whenever somebody looks
        self.roles, self.broken, self.broken_calls = {}, None, 0  # what an address says it is; a path that fails, and how often it was asked
        self.on_call = None  # (region, operation, request): what happens at each call of the operator, before its answer
        self.on_data = None  # (cluster, path, body): the same at a cluster's address; what it gives is the answer

    def lose_answer(self, operation):
        if not self.stop_after or not operation.startswith(self.stop_after[0]):
            return
        self.stop_after = (self.stop_after[0], self.stop_after[1] - 1)
        if self.stop_after[1] == 0:
            self.stop_after = None
            raise Refused("ExpiredToken", "The security token included in the request is expired", 403)

    def number(self):
        self.counter += 1
        return self.counter

    def graph(self):
        return strict_graph.Graph()

    def region(self, name):
        if name not in self.regions:
            self.regions[name] = Region(self, name)
        return self.regions[name]

    # ---- global databases ----

    def global_cluster(self, name):
        if name not in self.globals:
            raise Refused("GlobalClusterNotFoundFault", f"Global Cluster {name} does not exist", 404)
        return self.globals[name]

    def global_writer(self, database):
        arn = next(member["DBClusterArn"] for member in database["GlobalClusterMembers"] if member["IsWriter"])
        return self.region(arn.split(":")[3]).cluster(arn)

    # ---- addresses of clusters ----

    def address(self, region, name, port):
        if (region, name) not in self.addresses:
            self.addresses[region, name] = f"127.0.0.{len(self.addresses) + 2}"
            assert len(self.addresses) < ADDRESSES
        address = self.addresses[region, name]
        if (address, port) not in self.servers:
            self.servers[address, port] = serve((address, port), data_handler(self, address), tls=True)
        return address

    def release(self, region, name):
        pass  # the name keeps its address, where from now on nothing answers

    def close(self):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()

    # ---- keys ----

    def key(self, region, name):
        """ARN of a key by id, ARN or alias; that of AWS is made by its first use."""
        if name == "alias/aws/rds" and (region, name) not in self.aliases:
            self.aliases[region, name] = self.new_key(region, "AWS")
        if name.startswith("alias/") or ":alias/" in name:
            return self.aliases.get((region, "alias/" + name.split("alias/", 1)[1]))
        arn = name if name.startswith("arn:") else f"arn:aws:kms:{region}:{self.account}:key/{name}"
        return arn if arn in self.keys.get(region, {}) else None

    def new_key(self, region, manager="CUSTOMER"):
        arn = f"arn:aws:kms:{region}:{self.account}:key/00000000-0000-4000-8000-{self.number():012}"
        self.keys.setdefault(region, {})[arn] = {"KeyId": arn.split("/")[1], "Arn": arn, "AWSAccountId": self.account, "KeyState": "Enabled", "Enabled": True,
                                                 "KeyManager": manager, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
                                                 "CreationDate": 1, "_rotation": False}
        return arn

    def names_of(self, region, arn):
        return [alias for (where, alias), key in self.aliases.items() if where == region and key == arn]

    def kms(self, region, operation, request, check):
        arn = self.key(region, request.get("KeyId") or request.get("TargetKeyId") or "")
        if operation not in ("CreateKey", "ListAliases"):
            if not arn:
                raise Refused("NotFoundException", f"{request.get('KeyId')} is not found.")
            check(f"kms:{operation}", arn, {"kms:ResourceAliases": self.names_of(region, arn)})
        key = self.keys[region][arn] if arn else None
        if operation == "DescribeKey":
            return {"KeyMetadata": {name: value for name, value in key.items() if not name.startswith("_")}}
        if operation == "CreateKey":
            check("kms:CreateKey", "*", {})
            arn = self.new_key(region)
            return {"KeyMetadata": {name: value for name, value in self.keys[region][arn].items() if not name.startswith("_")}}
        if operation == "CreateAlias":
            check("kms:CreateAlias", f"arn:aws:kms:{region}:{self.account}:{request['AliasName']}", {})
            if (region, request["AliasName"]) in self.aliases:
                raise Refused("AlreadyExistsException", "the alias exists")
            self.aliases[region, request["AliasName"]] = arn
            return {}
        if operation == "ListAliases":
            check("kms:ListAliases", "*", {})
            return {"Aliases": [{"AliasName": alias, "TargetKeyId": key} for (where, alias), key in self.aliases.items() if where == region]}
        if operation in ("EnableKeyRotation", "GetKeyRotationStatus"):
            key["_rotation"] = key["_rotation"] or operation == "EnableKeyRotation"
            return {"KeyRotationEnabled": key["_rotation"]} if operation.startswith("Get") else {}
        states = {"CancelKeyDeletion": ("PendingDeletion", "Disabled"), "EnableKey": ("Disabled", "Enabled"), "DisableKey": ("Enabled", "Disabled"),
                  "ScheduleKeyDeletion": (None, "PendingDeletion")}
        was, becomes = states[operation]
        if was and key["KeyState"] != was:
            if (operation, key["KeyState"]) in (("EnableKey", "Enabled"), ("DisableKey", "Disabled")):
                return {}
            raise Refused("KMSInvalidStateException", f"{arn} is {key['KeyState']}.")
        key["KeyState"], key["Enabled"] = becomes, becomes == "Enabled"
        if operation == "ScheduleKeyDeletion":
            key["DeletionDate"] = datetime.datetime.now().timestamp() + 86400 * request["PendingWindowInDays"]
        return {"KeyId": arn, "DeletionDate": key.get("DeletionDate")} if operation == "ScheduleKeyDeletion" else {"KeyId": arn}

    # ---- CloudWatch: by the name that a cluster has at the time; data points only where they are not zero, as Neptune sends them ----

    def datapoints(self, region, request):
        dimensions = {one["Name"]: one["Value"] for one in request["Dimensions"]}
        name, metric = dimensions["DBClusterIdentifier"], request["MetricName"]
        begin, end, period = request["StartTime"], request["EndTime"], request["Period"]
        asked = -int((begin - end) // period)
        if asked > MAX_DATAPOINTS:
            raise Refused("InvalidParameterCombination", f"You have requested up to {asked} datapoints, which exceeds the limit of 1,440. You may reduce "
                                                         "the datapoints requested by increasing Period, or decreasing the time range.")
        if self.writing == (region, name):
            self.committed(region, name)
        cluster, at = self.region(region).clusters.get(name), now().timestamp()
        if metric in ("VolumeWriteIOPs", "NumTxCommitted"):
            points = self.metrics.get((region, name), [])
        elif not cluster:
            points = []
        elif metric == "GlobalDbProgressLag":
            points = [(begin, lag) for lag in self.lags] if dimensions.get("SourceRegion", region) != region else []
        elif metric == "CPUUtilization":
            points = [(begin, 3.0)] if self.region(region).members(cluster) else []
        else:
            points = [(begin, 5.0 * (1 << 30))]  # VolumeBytesUsed
        return [(when, value) for when, value in points if begin <= when < min(end, at + 1)]

    lags = (12.0, 80.4)  # milliseconds, of every secondary

    def committed(self, region, name):
        """The cluster writes: CloudWatch will say so."""
        self.metrics.setdefault((region, name), []).append((now().timestamp(), 7.0))

    def graph_of(self, name, region="us-east-1"):
        return self.region(region).clusters[name]["_data"]

    # ---- as it was at another time ----

    KEPT = ("globals", "loads", "keys", "aliases", "counter", "metrics", "addresses", "stack", "leases")

    def save(self):
        return copy.deepcopy(({name: getattr(self, name) for name in self.KEPT},
                              {name: {key: value for key, value in vars(region).items() if key != "world"} for name, region in self.regions.items()}))

    def load(self, saved):
        kept, regions = copy.deepcopy(saved)
        vars(self).update(kept)
        for name, values in regions.items():
            vars(self.region(name)).update(values)
            for cluster in self.region(name).clusters.values():
                self.region(name).set_endpoints(cluster)

    def settle(self):
        """All that is under way ends."""
        for _ in range(8):
            for region in self.regions.values():
                region.pass_time()


# ---- servers ----

model = functools.cache(get_service_model)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a body does not wait for the acknowledgement of its head
    world = None

    def log_message(self, *_):
        pass

    def read(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, kind, body, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-RequestId", "11111111-2222-3333-4444-555555555555")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def caller(self):
        found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/", self.headers.get("Authorization") or "")
        return found.groups() if found else (None, None, None)

    def check(self, action, resource, context):
        """IAM's decision, for the operator; others are the tests' own."""
        world = self.world
        if self.caller()[0] != OPERATOR or world.policy is None or allows(world.policy, action, resource, context):
            return
        world.denied.append((action, resource))
        raise Refused("AccessDenied", f"User: arn:aws:iam::{world.account}:user/operator is not authorized to perform: {action} on resource: {resource} "
                      "because no identity-based policy allows the action", 403)


def key_of_operator(handler):
    return handler.caller()[0] == OPERATOR


def api_handler(world):
    class Api(Handler):
        def do_POST(self):
            body = self.read()
            key, region, service = self.caller()
            with world.lock:
                try:
                    if key == OPERATOR and world.expires_after is not None:
                        world.expires_after -= 1
                        if world.expires_after < 0:
                            raise Refused("ExpiredToken", "The security token included in the request is expired", 403)
                    answer = self.answer(service, region, body)
                except Refused as refused:
                    answer = self.refuse(service, refused)
            self.reply(*answer)

        def happen(self, region, operation, request):
            if world.on_call and key_of_operator(self):
                world.on_call(world.region(region), operation, request)

        def refuse(self, service, refused):
            if service in ("kms", "monitoring", "dynamodb"):
                return refused.status, "application/x-amz-json-1.1", json.dumps({"__type": refused.code, "message": refused.text})
            return refused.status, "text/xml", (f'<ErrorResponse><Error><Type>Sender</Type><Code>{refused.code}</Code><Message>'
                                                f'{refused.text.replace("&", "&amp;").replace("<", "&lt;")}</Message></Error><RequestId>1</RequestId></ErrorResponse>')

        def answer(self, service, region, body):
            target = (self.headers.get("X-Amz-Target") or "").rsplit(".", 1)[-1]
            if target:
                self.happen(region, target, json.loads(body))
            if service == "kms":
                return 200, "application/x-amz-json-1.1", json.dumps(world.kms(region, target, json.loads(body), self.check))
            if service == "monitoring":
                request = json.loads(body)
                self.check("cloudwatch:GetMetricStatistics", "*", {})
                points = [{"Timestamp": at, "Sum": value, "Average": value, "Maximum": value} for at, value in world.datapoints(region, request)]
                return 200, "application/x-amz-json-1.0", json.dumps({"Label": request["MetricName"], "Datapoints": points})
            if service == "dynamodb":
                self.check(f"dynamodb:{target}", f"arn:aws:dynamodb:{region}:{world.account}:table/{json.loads(body)['TableName']}", {})
                return 200, "application/x-amz-json-1.0", json.dumps({"Items": world.leases.get(json.loads(body)["TableName"], [])})
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            operation = form["Action"]
            if service == "rds":
                known = next(model(name) for name in ("neptune", "rds") if operation in model(name).operation_names)
                if operation in model("rds").operation_names:
                    known = model("rds")  # the wider of the two, and the same API
                shape = known.operation_model(operation)
                request = PROTOCOL_PARSERS["query"](shape).parse({"values": form, "headers": {}, "url_path": "/", "body": form, "method": "POST"})
                world.calls.append((operation, request))
                place = world.region(region)
                self.happen(region, operation, request)
                for action, resource in touched(place, operation, request):
                    self.check(action, resource, {"rds:DatabaseEngine": request.get("Engine"), "iam:PassedToService": "rds.amazonaws.com",
                                                  "kms:ViaService": f"rds.{region}.amazonaws.com",
                                                  "kms:ResourceAliases": world.names_of(region, resource)})
                result = place.do(operation, request)
                if key_of_operator(self):
                    world.lose_answer(operation)
                return 200, "text/xml", QuerySerializer(shape).serialize(result or {})["body"]
            if service == "sts":
                return self.sts(operation, form)
            if service == "ec2":
                return 200, "text/xml", (f'<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>' + "".join(
                    f"<item><regionName>{name}</regionName><regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required"
                    f"</optInStatus></item>" for name in ("us-east-1", "eu-west-1")) + "</regionInfo></DescribeRegionsResponse>")
            if service == "cloudformation":
                self.check("cloudformation:DescribeStackResources", f"arn:aws:cloudformation:{region}:{world.account}:stack/any/1", {})
                name = world.stack.get(form["PhysicalResourceId"])
                if not name:
                    raise Refused("ValidationError", f"Stack for {form['PhysicalResourceId']} does not exist")
                return 200, "text/xml", (f"<DescribeStackResourcesResponse><DescribeStackResourcesResult><StackResources><member><StackName>{name}</StackName>"
                                         "<LogicalResourceId>Cluster</LogicalResourceId><ResourceType>AWS::Neptune::DBCluster</ResourceType><Timestamp>2026-01-01T00:00:00Z"
                                         "</Timestamp><ResourceStatus>CREATE_COMPLETE</ResourceStatus></member></StackResources></DescribeStackResourcesResult>"
                                         "</DescribeStackResourcesResponse>")
            if service == "iam":
                self.check("iam:GetRole", f"arn:aws:iam::{world.account}:role/aws-service-role/rds.amazonaws.com/{form['RoleName']}", {})
                return 200, "text/xml", ("<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>x</RoleName><RoleId>A</RoleId><Arn>arn:aws:iam::1:role/x</Arn>"
                                         "<CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>")
            raise Refused("InvalidAction", f"{service} {operation}")

        def sts(self, operation, form):
            if operation == "AssumeRole":
                account = form["RoleArn"].split(":")[4]
                key = f"ASIA{world.number():016}"
                world.assumed[key] = account
                return 200, "text/xml", (f"<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                                         f"<SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:x"
                                         f"</AssumedRoleId><Arn>arn:aws:sts::{account}:assumed-role/x/x</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>")
            account = world.assumed.get(self.caller()[0], world.account)
            return 200, "text/xml", (f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{account}:user/operator</Arn><UserId>A</UserId>"
                                     f"<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")

    Api.world = world
    return Api


DATA_ACTIONS = {"/status": "GetEngineStatus", "/opencypher": "ReadDataViaQuery", "/gremlin": "ReadDataViaQuery", "/sparql": "ReadDataViaQuery",
                "/propertygraph/statistics/summary": "GetGraphSummary", "/rdf/statistics/summary": "GetGraphSummary",
                "/propertygraph/stream": "GetStreamRecords", "/sparql/stream": "GetStreamRecords"}


def data_handler(world, address):
    class Data(Handler):
        def answer(self, method, body):
            with world.lock:
                region, name = next((place for place, one in world.addresses.items() if one == address), ("us-east-1", None))  # another may have it after load()
                cluster = world.region(region).clusters.get(name)
                if not cluster or not any(one["DBInstanceStatus"] == "available" for one in world.region(region).members(cluster)):
                    self.close_connection = True
                    return  # no such name, or nothing behind it
                path = urllib.parse.urlparse(self.path).path.replace("//", "/")
                if path == world.broken:
                    world.broken_calls += 1
                    self.close_connection = True
                    return
                if world.writing == (region, name):
                    cluster["_data"].write(f"w{cluster['_data'].commits}", title="written")
                    world.committed(region, name)
                action = DATA_ACTIONS.get(path) or ("StartLoaderJob" if method == "POST" else "GetLoaderJobStatus")
                resource = f"arn:aws:neptune-db:{region}:{world.account}:{cluster['DbClusterResourceId']}/*"
                try:
                    if cluster["IAMDatabaseAuthenticationEnabled"]:
                        if self.caller()[2] != "neptune-db":
                            raise Refused("AccessDeniedException", "Missing Authentication Token", 403)
                        self.check(f"neptune-db:{action}", resource, {})
                    answer = world.on_data(cluster, self.path.replace("//", "/"), body) if world.on_data else None
                    answer = answer or strict_graph.answer(world, region, cluster, method, self.path.replace("//", "/"), body, world.roles.get(cluster["Endpoint"], "writer"))
                except Refused as refused:
                    answer = refused.status, "application/json", json.dumps({"code": refused.code, "requestId": "1", "detailedMessage": refused.text,
                                                                             "message": refused.text})
            self.reply(*answer)

        def do_GET(self):
            self.answer("GET", "")

        def do_POST(self):
            self.answer("POST", self.read().decode())

    Data.world = world
    return Data


def serve(address, handler, tls=False):
    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 32
        daemon_threads = True

        def handle_error(self, request, client_address):
            import sys  # pylint: disable=import-outside-toplevel
            if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
                super().handle_error(request, client_address)

    server = Server(address, handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate())
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


CERTIFICATE = []


def certificate():
    """A file with the certificate of all clusters' addresses and its key; it is its own authority."""
    if CERTIFICATE:
        return CERTIFICATE[0].name
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "clusters")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(f"127.0.0.{number}")) for number in range(1, ADDRESSES + 2)])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
            .not_valid_before(now() - datetime.timedelta(days=1)).not_valid_after(now() + datetime.timedelta(days=2))
            .add_extension(names, critical=False).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(key, hashes.SHA256()))
    file = tempfile.NamedTemporaryFile(suffix=".pem")  # pylint: disable=consider-using-with
    file.write(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()))
    file.flush()
    CERTIFICATE.append(file)
    return file.name


@contextlib.contextmanager
def strict_aws():
    """(world, address of its API)"""
    with contextlib.ExitStack() as stack:
        placeholder = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        port = placeholder.server_port
        placeholder.server_close()
        world = World(port)
        server = serve(("127.0.0.1", port), api_handler(world))
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        stack.callback(world.close)
        yield world, f"http://127.0.0.1:{port}"
