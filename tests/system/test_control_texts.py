"""The texts of the controls: in every format, their commands by the real aws CLI, and their audits carried out by hand.

An audit by hand runs the commands of a text as they stand there, and decides by the text's own lines "Pass", "Fail" and so
on; the program must come to the same verdict on each resource. It is done against moto, and, for what moto cannot serve,
against the simulated organization.
"""
import collections
import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import unittest

import harness
from moto_organization import MASTER, MotoCase
from ready_aws import ready_aws

import botocore.exceptions  # only in the virtual environment, which moto_organization has entered
import botocore.parsers
import botocore.session

CATALOGUE = json.loads(harness.run(["controls", "--format", "json"], harness.clean_environment()).out)["controls"]
TEXTS = {control["id"]: control for control in CATALOGUE}
PARTS = ("description", "default_value", "backout")
WIDTH = 80
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
# What stands for what in the commands.
PLACEHOLDERS = {
    "REGION": "us-east-1", "SECONDARY_REGION": "eu-west-1", "ZONE": "us-east-1b", "KEY_ARN": KEY, "SECONDARY_KEY_ARN": KEY,
    "KEY_ID": KEY.split("/")[1], "ACCOUNT_ID": "111122223333", "ROLE_ARN": "arn:aws:iam::111122223333:role/graph",
    "CLUSTER_ARN": "arn:aws:rds:us-east-1:111122223333:cluster:graph", "GRAPH": "g-0123456789", "NEW_GRAPH_ID": "g-0123456780",
    "NEW_CLUSTER_ARN": "arn:aws:rds:us-east-1:111122223333:cluster:new", "GRAPH_SNAPSHOT": "gs-0123456789",
    "SNAPSHOT_ARN": "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:s", "RESOURCE_ID": "cluster-ABCDEFGHIJKLMNOP",
    "ENGINE_VERSION": "1.0.3.0", "NEW_ENGINE_VERSION": "1.0.5.1", "INSTANCE_CLASS": "db.r6g.large",
    "SECURITY_GROUP": "sg-0123456789abcdef0", **{name: name.lower().replace("_", "-") for name in (
        "CLUSTER", "NEW_CLUSTER", "TEMPORARY_CLUSTER", "SECONDARY_CLUSTER", "GLOBAL", "NEW_GLOBAL", "SNAPSHOT", "NEW_SNAPSHOT",
        "FINAL_SNAPSHOT", "INSTANCE", "NEW_INSTANCE", "SUBNET_GROUP", "PARAMETER_GROUP", "CLIENT_ROLE", "OWNER", "BUCKET",
        "NEW_GRAPH", "RESTORED_GRAPH")}}
FILES = ("material.bin", "token.bin", "policy.json")
# IAM actions that are no operations of an API: https://docs.aws.amazon.com/service-authorization/latest/reference/
ACTIONS_ALONE = {"iam:PassRole"}


def fill(command, names):
    """A command with its placeholders replaced."""
    pattern = r"(?<![\w-])(" + "|".join(sorted(PLACEHOLDERS, key=len, reverse=True)) + r")(?!\w)"
    return re.sub(pattern, lambda match: names[match[1]], command)


def blocks_of(text):
    """Fenced code as lists of commands or a text of another kind, and the lines between."""
    for number, part in enumerate(re.split(r"^```(?:\n|$)", text, flags=re.M)):
        if number % 2 == 0:
            yield from (("line", line) for line in part.splitlines() if line.strip())
        elif part.startswith("aws "):
            yield from (("command", command.replace("\\\n", " ").strip())
                        for command in re.split(r"\n(?=aws )", part))
        else:
            yield "output", part


def commands_of(control):
    """Every command of a control's text: in blocks, and in sentences."""
    texts = [control["audit"]["cli"], control["implementation"]["cli"], control["backout"], *control["audit"]["console"],
             *control["implementation"]["console"]]
    for text in texts:
        for kind, value in blocks_of(text):
            if kind == "command":
                yield value
            elif kind == "line":
                yield from (code for code in re.findall(r"`([^`]+)`", value) if code.startswith("aws ") and
                            not re.fullmatch(r"aws( [\w-]+){1,2}", code))


class Texts(unittest.TestCase):
    def test_every_part_in_every_format(self):
        markdown = harness.run(["controls", "--format", "markdown"], harness.clean_environment()).out
        for control in CATALOGUE:
            with self.subTest(control["id"]):
                shown = harness.run(["controls", "show", control["id"]], harness.clean_environment())
                self.assertEqual((shown.code, shown.err), (0, ""))
                alone = json.loads(harness.run(["controls", "show", control["id"], "--format", "json"],
                                               harness.clean_environment()).out)
                self.assertEqual(alone, control)
                self.assertIn(control["profile_level"], (1, 2))
                texts = [control[part] for part in PARTS] + control["rationale_points"] + control["impact"]["benefits"] + (
                    control["impact"]["costs"]) + control["audit"]["console"] + control["implementation"]["console"]
                self.assertGreater(len(texts), 9)
                flat = re.sub(r"\s+", " ", shown.out)
                for text in texts:
                    self.assertIn(text, markdown)
                    for line in text.splitlines():
                        if line.strip() and not line.startswith(("```", "aws ", "  ")):
                            plain = re.sub(r"\*\*|`([^` ]*)`", r"\1", line)
                            self.assertIn(re.sub(r"\s+", " ", plain), flat)
                for reference in control["documentation"]:
                    self.assertIn(f"[{reference['title']}]({reference['url']})", markdown)
                    self.assertIn(reference["url"], shown.out)
                    self.assertRegex(reference["url"], r"^https://(docs\.aws\.amazon\.com|repost\.aws|aws\.amazon\.com)/")

    def test_parameter_groups_are_those_of_the_cluster(self):
        """No command has the family of one engine version; and a group is created only where the cluster has a default one."""
        creating = 0
        for control in CATALOGUE:
            with self.subTest(control["id"]):
                for command in commands_of(control):
                    self.assertNotRegex(command, r"--db-parameter-group-family (?!FAMILY\b)|--engine-version \d")
                if "create-db-cluster-parameter-group" in control["implementation"]["cli"]:
                    creating += 1
                    self.assertIn("If the cluster has a parameter group of its own, use that", control["implementation"]["cli"])
        self.assertEqual(creating, 2)

    def test_lines_fit_a_terminal(self):
        """But for addresses, and what stands in a block to be copied."""
        for control in CATALOGUE:
            code = {line.strip() for text in (control["audit"]["cli"], control["implementation"]["cli"], control["backout"])
                    for line in text.splitlines()}
            shown = harness.run(["controls", "show", control["id"]], harness.clean_environment()).out
            for line in shown.splitlines():
                if len(line) > WIDTH:
                    self.assertTrue(line.strip() in code or line.strip().startswith("https://"), line)
                self.assertNotRegex(line, r"\*\*|^#|\s$")

    def test_frameworks(self):
        mapped = {name: control["frameworks"] for name, control in TEXTS.items()}
        self.assertGreater(sum(len(frameworks) for frameworks in mapped.values()), 150)
        for name, frameworks in mapped.items():
            self.assertEqual(f"{name}: {[f for f in frameworks if not f['requirements']]}", f"{name}: []")
            self.assertLessEqual({f["basis"] for f in frameworks}, {"Neptune", "RDS", "KMS", "derived"})
        nist = next(f for f in mapped["neptune-encryption-at-rest"] if f["framework"] == "NIST SP 800-53")
        self.assertEqual((nist["version"], nist["basis"], nist["requirements"]),
                         ("Rev. 5", "Neptune", ["CA-9(1)", "CM-3(6)", "SC-13", "SC-28", "SC-28(1)", "SC-7(10)", "SI-7(6)"]))

    def test_frameworks_are_those_that_were_researched(self):
        """Beside a developer's checkout: every mapping that may be shipped, and no other."""
        path = harness.SOURCE / "../shared/control/frameworks.tsv"
        if not path.exists():
            self.skipTest("no ../shared/control/frameworks.tsv")
        rows = [line.rstrip("\n").split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        names = {"named": "Neptune", "rds-twin": "RDS", "kms": "KMS", "derived": "derived"}
        expected = {(row[0], row[1], row[2], row[3], names[row[5]]) for row in rows[1:] if row[6] == "yes"}
        found = {(name, f["framework"], f["version"], requirement, f["basis"]) for name, control in TEXTS.items()
                 for f in control["frameworks"] for requirement in f["requirements"]}
        self.assertEqual(found, expected)

    def test_permissions_exist(self):
        """Each IAM action in a text is an operation of its service; what a control calls is among its prerequisites."""
        session = botocore.session.get_session()
        operations = {service: set(session.get_service_model(service).operation_names)
                      for service in ("rds", "kms", "ec2", "iam", "logs", "organizations", "neptune-graph")}
        seen = set()
        for control in CATALOGUE:
            required = " ".join(control["prerequisites"]["audit"])
            text = json.dumps(control).replace("neptune:DescribeDBClusters", "")  # named as one that does not exist
            for service, action in re.findall(r"\b(rds|kms|ec2|iam|logs|organizations|neptune-graph|neptune):([A-Z]\w+)", text):
                seen.add(f"{service}:{action}")
                self.assertTrue(f"{service}:{action}" in ACTIONS_ALONE or action in operations.get(service, ()),
                                f"{control['id']}: {service}:{action}")
            for permission in control["permissions"] + control["permissions_for_customer_key"]:
                self.assertIn(f"`{permission}`", required, control["id"])
        print(f"{len(seen)} IAM actions")

    def test_commands_have_their_permissions(self):
        """What a command calls is among the prerequisites, by its name in IAM."""
        session = botocore.session.get_session()
        for control in CATALOGUE:
            stated = " ".join(control["prerequisites"]["audit"] + control["prerequisites"]["implementation"])
            if "neptune-encryption-at-rest" in stated:
                stated += " ".join(TEXTS["neptune-encryption-at-rest"]["prerequisites"]["implementation"])
            missing = set()
            for service, name in (command.split()[1:3] for command in commands_of(control)):
                if name != "wait":
                    operations = session.get_service_model(service).operation_names
                    operation = next(o for o in operations if botocore.xform_name(o, "-") == name)
                    missing |= {f"{'rds' if service == 'neptune' else service}:{operation}"}
            missing = {action for action in missing if f"`{action}`" not in stated}
            self.assertEqual(f"{control['id']}: {sorted(missing)}", f"{control['id']}: []")


class Reached(http.server.BaseHTTPRequestHandler):
    """Refuses each request, in words that tell that it was sent at all."""

    def do_POST(self):  # pylint: disable=invalid-name
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = "json" in (self.headers.get("Content-Type") or "") or self.path != "/"
        body = (b'{"__type":"Reached","message":"x"}' if is_json else
                b"<ErrorResponse><Error><Code>Reached</Code><Message>x</Message></Error>"
                b"<Errors><Error><Code>Reached</Code><Message>x</Message></Error></Errors></ErrorResponse>")
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-amzn-errortype", "Reached")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_DELETE = do_PATCH = do_POST

    def log_message(self, *_arguments):
        pass


@contextlib.contextmanager
def shell(environment):
    """run(command) as a person would, by sh and the aws CLI: (exit code, output, complaint)."""
    with tempfile.TemporaryDirectory() as folder, ready_aws() as tools:
        for name in FILES:
            pathlib.Path(folder, name).write_text("{}", encoding="utf-8")
        environment = {**environment, "PATH": f"{tools}:{os.environ['PATH']}", "AWS_MAX_ATTEMPTS": "1", "AWS_DEFAULT_OUTPUT": "json",
                       "AWS_DISABLE_HOST_PREFIX_INJECTION": "true"}
        environment.setdefault("AWS_DEFAULT_REGION", environment.get("AWS_REGION", "us-east-1"))

        def run(command):
            # The variable alone does not lead the CLI away from rds.amazonaws.com in us-east-1.
            command = command.replace("aws ", f"aws --endpoint-url {environment['AWS_ENDPOINT_URL']} ", 1)
            done = subprocess.run(["sh", "-c", command], env=environment, cwd=folder, timeout=harness.TIMEOUT, check=False,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            return done.returncode, done.stdout.decode(), done.stderr.decode()
        yield run


class Commands(unittest.TestCase):
    def test_each_is_accepted(self):
        """The CLI knows the command and its arguments, and botocore's model takes them: a request is sent."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reached)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        environment = harness.clean_environment(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_REGION="us-east-1",
                                                AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_address[1]}")
        commands = {command: control["id"] for control in CATALOGUE for command in commands_of(control)}
        with shell(environment) as run:
            for command, control in commands.items():
                with self.subTest(control, command=command):
                    code, _, complaint = run(fill(command, PLACEHOLDERS))
                    self.assertIn("(Reached)", complaint)
                    self.assertNotEqual(code, 0)
        print(f"{len(commands)} commands of {len(CATALOGUE)} texts are accepted")

    def test_a_wrong_one_is_not(self):
        with shell(harness.clean_environment(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x",
                                             AWS_ENDPOINT_URL="http://127.0.0.1:1")) as run:
            for command in ("aws neptune modify-db-cluster --storage-encrypted --db-cluster-identifier c",
                            "aws rds describe-db-clusters --query '[}'"):
                self.assertNotIn("(Reached)", run(command)[2])


# ---- audits by hand ----

Step = collections.namedtuple("Step", "command rules output")
LABELS = {"Pass": "pass", "Fail": "fail", "Unknown": "unknown", "Not applicable": None, "Next": "next"}


def steps_of(control):
    """The audit's commands, each with its rules: [(verdict, values that a row must have)]."""
    steps = []
    for kind, value in blocks_of(control["audit"]["cli"]):
        rule = re.match(r"- ([A-Z][a-z ]+): (.*)", value) if kind == "line" else None
        if kind == "command":
            steps.append(Step(value, [], []))
        elif kind == "output":
            steps[-1].output.append(json.loads(value))
        elif rule:
            for code in re.findall(r"`([^`]+)`", rule[2]):
                if code.startswith('"'):
                    steps[-1].rules.append((LABELS[rule[1]], json.loads("{" + code + "}")))
    return steps


def decide(step, row):
    """The first rule that the row meets; the rest is unknown."""
    return next((verdict for verdict, values in step.rules if all(row.get(name) == value for name, value in values.items())),
                "unknown")


class Hand:
    """Someone with a text and a shell, in one account and region. Methods give {resource's id: verdict}."""

    def __init__(self, run, account, region, organization):
        self.run, self.account, self.region, self.organization = run, account, region, organization
        self.commands = 0

    def rows(self, step, **names):
        """What a step's command prints, as a list; None where AWS refuses."""
        code, out, self.complaint = self.run(fill(step.command, {"REGION": self.region, **names}))
        self.commands += 1
        if code != 0:
            assert "An error occurred" in self.complaint, (step.command, self.complaint)
            return None
        answer = json.loads(out)
        rows = answer if isinstance(answer, list) else [answer]
        if rows and step.output and step.output[0]:  # the expected output shows what there is
            shown = step.output[0][0] if isinstance(step.output[0], list) else step.output[0]
            assert list(rows[0]) == list(shown), (step.command, rows[0], shown)
        return rows

    def audit(self, control):
        steps = steps_of(control)
        special = {"neptune-instance-encryption": self.instances, "neptune-snapshot-not-public": self.shares,
                   "neptune-audit-logs": self.by_parameter, "neptune-encryption-in-transit": self.by_parameter,
                   "neptune-key-usable": self.key_states, "neptune-key-rotation": self.rotations,
                   "neptune-key-managed-as-required": self.managers}.get(control["id"], self.lists)
        return {name: verdict for name, verdict in special(steps).items() if verdict}

    def lists(self, steps):
        """Each step is a list of its own; the first value of a row names the resource."""
        return {next(iter(row.values())): decide(step, row) for step in steps for row in self.rows(step)}

    def instances(self, steps):
        found = {}
        for row in self.rows(steps[0]):
            clusters = self.rows(steps[1], CLUSTER=row["DBClusterIdentifier"])
            verdict = decide(steps[1], clusters[0]) if clusters else "unknown"
            for name in ("StorageEncrypted", "StorageEncryptionType"):
                if clusters and row[name] is not None and row[name] != clusters[0][name]:
                    verdict = "unknown"
            found[row["DBInstanceIdentifier"]] = verdict
        return found

    def by_parameter(self, steps):
        found = {}
        for row in self.rows(steps[0]):
            found[row["DBClusterIdentifier"]] = verdict = decide(steps[0], row)
            if verdict == "next":
                values = self.rows(steps[1], PARAMETER_GROUP=row["DBClusterParameterGroup"])
                found[row["DBClusterIdentifier"]] = decide(steps[1], values[0]) if values else "unknown"
        return found

    def shares(self, steps):
        found = {}
        for row in self.rows(steps[0]):
            verdict = decide(steps[0], row)
            if verdict == "next":
                shared = self.rows(steps[1], SNAPSHOT=row["DBClusterSnapshotIdentifier"])
                verdict = decide(steps[1], shared[0]) if shared else "unknown"
                if shared and verdict == "unknown" and shared[0]["restore"] is not None:
                    verdict = "pass" if set(shared[0]["restore"]) <= self.organization else "fail"
            found[row["DBClusterSnapshotIdentifier"]] = verdict
        return found

    def keys(self, steps):
        """{key: rows that name it}"""
        keys = collections.defaultdict(list)
        for step in steps[:2]:
            for row in self.rows(step):
                keys[row["KmsKeyId"]].append(row)
        return keys

    def described(self, step, key):
        """What KMS tells of a key, or why it does not."""
        described = self.rows(step, KEY_ARN=key)
        return described[0] if described else None

    def says_gone(self):
        return "(NotFoundException)" in self.complaint and "does not exist" in self.complaint

    def is_foreign(self, key):
        return key.startswith("arn:") and key.split(":")[4] != self.account

    def key_states(self, steps):
        found = {}
        for key, rows in self.keys(steps).items():
            told = self.described(steps[2], key)
            found[key] = decide(steps[2], told) if told else "fail" if self.says_gone() else "unknown"
            if any(decide(steps[0], row) == "fail" for row in rows) or (
                    self.is_foreign(key) and key.split(":")[4] not in self.organization):
                found[key] = "fail"
        return found

    def rotations(self, steps):
        found = {}
        for key in self.keys(steps):
            if self.is_foreign(key):
                continue
            told = self.described(steps[2], key)
            verdict = decide(steps[2], told) if told else None if self.says_gone() else "unknown"
            if told and told["KeySpec"] not in ("SYMMETRIC_DEFAULT", None):
                verdict = None
            if verdict == "next":
                step = steps[4 if told["Origin"] == "EXTERNAL" else 3]
                values = self.rows(step, KEY_ARN=key)
                verdict = decide(step, values[0]) if values else "unknown"
            found[key] = verdict
        return found

    def managers(self, steps):
        keys = {key: self.described(steps[2], key) for key in self.keys(steps)}
        return {key: decide(steps[2], told) if told else "unknown" for key, told in keys.items()}


def by_program(report, control, account, region):
    return {(finding["resource"]["type"] == "key" and finding["resource"]["arn"]) or finding["resource"]["id"]: finding["verdict"]
            for finding in report["findings"]
            if (finding["control"], finding["account"], finding["region"]) == (control, account, region)}


LONG = os.environ.get("NEPTUNE_SCAN_LONG") == "1"
APART = ("neptune-retained-backup-encryption", "neptune-analytics-key", "neptune-key-managed-as-required")
# Which key policy requires, and what is scanned together. Retained backups and graphs apart, so that their keys are, too.
SCANS = (("any", [name for name in TEXTS if name not in APART]), ("any", APART[:1]), ("kms", APART[1:2]), ("customer", APART[2:]))


class AgainstTheEstate(unittest.TestCase):
    """Every control, on good, bad, contradictory and hidden resources."""
    maxDiff = None

    ESTATE = ("--accounts", "120", "--regions", "5", "--seed", "1", "--controls", "all")
    def environment_in(self, environment, account):
        session = botocore.session.get_session()
        session.set_credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"])
        sts = session.create_client("sts", region_name="us-east-1", endpoint_url=environment["AWS_ENDPOINT_URL"])
        keys = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/NeptuneScanAudit", RoleSessionName="hand")["Credentials"]
        return {**environment, "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                "AWS_SESSION_TOKEN": keys["SessionToken"]}

    def cells_to_visit(self, report):
        """Those that were assessed, with most resources first, until each verdict of each control was seen."""
        seen, chosen = collections.Counter(), []
        by_cell = collections.defaultdict(list)
        for finding in report["findings"]:
            by_cell[finding["account"], finding["region"]].append((finding["control"], finding["verdict"]))
        states = {(cell["account"], cell["region"]): cell["state"] for cell in report["cells"]}
        for cell, findings in sorted(by_cell.items(), key=lambda item: -len(item[1])):
            if states[cell] in ("pass", "fail", "unknown") and any(seen[kind] < (5 if LONG else 1) for kind in findings):
                chosen.append(cell)
                seen.update(set(findings))
        return chosen

    def test_same_verdicts(self):
        totals = collections.Counter()
        for require, names in SCANS:
            with harness.estate(*self.ESTATE, "--require-key", require) as (environment, manifest):
                report = harness.scan(environment, "--controls", ",".join(names), "--require-key", require).report
                organization = {account["id"] for account in manifest["accounts"]}
                for account, region in self.cells_to_visit(report):
                    with shell(self.environment_in(environment, account)) as run:
                        hand = Hand(run, account, region, organization)
                        for name in names:
                            self.hold(hand, report, name, totals)
        for name in TEXTS:
            found = {verdict: count for (control, verdict), count in totals.items() if control == name}
            print(f"{name}: {found}")
            self.assertTrue(found, name)
        print(f"{sum(totals.values())} verdicts by hand are the program's")

    def hold(self, hand, report, name, totals):
        with self.subTest(name, account=hand.account, region=hand.region):
            theirs, ours = hand.audit(TEXTS[name]), by_program(report, name, hand.account, hand.region)
            if name == "neptune-global-database-encryption":  # the program reports each once, in the region of its writer
                theirs = {key: theirs[key] for key in theirs if key in ours}
            self.assertEqual(theirs, ours)
            totals.update((name, verdict) for verdict in theirs.values())


# What moto cannot serve, or serves otherwise than AWS; these are audited in the simulated organization alone.
NOT_BY_MOTO = {
    "neptune-retained-backup-encryption": "it has no DescribeDBClusterAutomatedBackups",
    "neptune-analytics-key": "it has no neptune-graph",
    "neptune-iam-authentication": "it cannot enable it for Neptune: refused when a cluster is created, ignored afterwards",
    "neptune-key-managed-as-required": "each of its keys is customer managed, that of alias/aws/rds too",
}


class AgainstMoto(MotoCase):
    def test_same_verdicts(self):
        moto, region = self.moto, "eu-west-1"
        account = moto.accounts["payments"]
        session = moto.session_in(account)
        self.add_more(session, region)
        names = [name for name in TEXTS if name not in NOT_BY_MOTO]
        report = harness.scan(moto.environment(), "--controls", ",".join(names), "--regions", region).report
        keys = session.get_credentials()
        environment = {**moto.environment(keys.access_key, keys.secret_key), "AWS_SESSION_TOKEN": keys.token}
        with shell(environment) as run:
            hand = Hand(run, account, region, {MASTER, *moto.accounts.values()})
            for name in names:
                with self.subTest(name):
                    theirs, ours = hand.audit(TEXTS[name]), by_program(report, name, account, region)
                    self.assertEqual(theirs, ours)
                    self.assertLessEqual({"pass", "fail"}, set(theirs.values()), theirs)
                    print(f"{name}: {collections.Counter(theirs.values())}")
        for name, reason in NOT_BY_MOTO.items():
            print(f"{name}: not by moto: {reason}")

    def add_more(self, session, region):
        """Good and bad ones of what the organization of the other tests does not have."""
        rds = self.moto.client("rds", region, session)
        for encrypted in (True, False):
            rds.create_global_cluster(GlobalClusterIdentifier=f"global-{encrypted}".lower(), Engine="neptune",
                                      StorageEncrypted=encrypted)
        for name, parameter, more in (("audited", "neptune_enable_audit_log", {"EnableCloudwatchLogsExports": ["audit"]}),
                                      ("old", "neptune_enforce_ssl", {"EngineVersion": "1.0.2.2"})):
            for value in ("0", "1"):
                group = f"{name}-{value}"
                rds.create_db_cluster_parameter_group(DBClusterParameterGroupName=group, Description=name,
                                                      DBParameterGroupFamily="neptune1")
                rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=group, Parameters=[
                    {"ParameterName": parameter, "ParameterValue": value, "ApplyMethod": "pending-reboot"}])
                rds.create_db_cluster(DBClusterIdentifier=group, Engine="neptune", StorageEncrypted=True,
                                      DBClusterParameterGroupName=group, **more)
        for number, zone in enumerate("ab"):
            rds.create_db_instance(DBInstanceIdentifier=f"zone-{number}", DBInstanceClass="db.r6g.large", Engine="neptune",
                                   DBClusterIdentifier="audited-1", AvailabilityZone=region + zone)

    def test_what_moto_cannot(self):
        """The reasons of NOT_BY_MOTO hold; where one does not any more, the control can be audited here, too."""
        with self.assertRaises(botocore.parsers.ResponseParserError):
            self.moto.client("rds").describe_db_cluster_automated_backups()
        with self.assertRaises(botocore.exceptions.ClientError):
            self.moto.client("neptune-graph").list_graphs()
        cluster = {"DBClusterIdentifier": "iam", "EnableIAMDatabaseAuthentication": True}
        with self.assertRaises(botocore.exceptions.ClientError):
            self.moto.client("rds").create_db_cluster(Engine="neptune", **cluster)
        self.moto.client("rds").create_db_cluster(Engine="neptune", DBClusterIdentifier="iam")
        changed = self.moto.client("rds").modify_db_cluster(**cluster)["DBCluster"]
        self.assertFalse(changed["IAMDatabaseAuthenticationEnabled"])
        key = self.moto.client("kms").describe_key(KeyId="alias/aws/rds")
        self.assertEqual(key["KeyMetadata"]["KeyManager"], "CUSTOMER")


if __name__ == "__main__":
    unittest.main()
