"""An organization with the policies of a roll-out, and the machine that scans it.

The hub's role is in the audit account, which is a delegated administrator; the policies are those of the CloudFormation
templates. A test changes one thing, and sees what doctor and a scan say, with the hub's own credentials.
"""
import contextlib
import json
import pathlib
import tempfile

import harness

harness.enter_python("PyYAML is")

import cloudformation  # noqa: E402  (only there in the virtual environment)

HUB, MEMBER, EXTERNAL_ID, ORGANIZATION = "NeptuneScanHub", "NeptuneScanAudit", "c0ffee", "o-estate0001"
ACCOUNTS, REGIONS = 9, ["us-east-1", "eu-west-1", "us-west-2"]
PROVIDER = "oidc.eks.us-east-1.amazonaws.com/id/ESTATE"
# What the estate is started with; a test may add to it.
FLAGS = ("--accounts", str(ACCOUNTS), "--regions", str(len(REGIONS)), "--clusters", "1", "--calm", "--hub", HUB, "--hub-account", "1")


def account_ids(*flags):
    """By the numbers of accounts; 0 is the management account, 1 the audit account."""
    with harness.estate(*FLAGS, *flags) as (_, truth):
        names = {account["name"]: account["id"] for account in truth["accounts"]}
    return {0 if name == "management" else int(name.rpartition("-")[2]): account for name, account in names.items()}


IDS = account_ids()
AUDIT = IDS[1]
HUB_ARN = f"arn:aws:iam::{AUDIT}:role/{HUB}"
USER_ARN = f"arn:aws:iam::{IDS[0]}:user/auditor"
# Of the hub's template, by the machine that scans.
PARAMETERS = {
    "ec2": {"Service": "ec2.amazonaws.com"},
    "ecs": {"Service": "ecs-tasks.amazonaws.com"},
    "pod": {"Service": "pods.eks.amazonaws.com", "ClusterArn": f"arn:aws:eks:us-east-1:{AUDIT}:cluster/audit"},
    "irsa": {"Service": "none", "OidcProviderArn": f"arn:aws:iam::{AUDIT}:oidc-provider/{PROVIDER}"},
    "laptop": {"Service": "none", "TrustedPrincipalArn": USER_ARN, "OrganizationId": ORGANIZATION},
}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(template, account, **parameters):
    """(trust policy, permissions) of the role that a template makes."""
    text = (harness.SOURCE / "deploy/cloudformation" / template).read_text(encoding="utf-8")
    stack = cloudformation.Template(text, **parameters)
    stack.values["AWS::AccountId"] = account
    properties = stack.resource("Role")
    trust = properties["AssumeRolePolicyDocument"]
    return json.loads(trust) if isinstance(trust, str) else trust, properties["Policies"][0]["PolicyDocument"]


def statement(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def fence(*open_regions, exempt=()):
    """The region deny control of AWS Control Tower, without the services that only large organizations use."""
    condition = {"StringNotEquals": {"aws:RequestedRegion": list(open_regions)},
                 "ArnNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/AWSControlTowerExecution", *exempt]}}
    return document({"Sid": "GRREGIONDENY", "Effect": "Deny", "Resource": "*", "Condition": condition, "NotAction": [
        "account:*", "cloudfront:*", "ec2:DescribeRegions", "iam:*", "kms:*", "organizations:*", "route53:*", "sts:*", "support:*"]})


def printed(*words):
    result = harness.run(["iam-policy", *words], harness.clean_environment())
    assert result.code == 0, result
    return json.loads(result.out)


POD = ("--namespace", "neptune-scan", "--service-account", "neptune-scan")
HUB_TRUSTS = {
    "ec2": ("--service", "ec2.amazonaws.com"),
    "ecs": ("--service", "ecs-tasks.amazonaws.com", "--account", AUDIT),
    "pod": ("--service", "pods.eks.amazonaws.com", "--account", AUDIT, *POD),
    "irsa": ("--oidc-provider", f"arn:aws:iam::{AUDIT}:oidc-provider/{PROVIDER}", *POD),
    "laptop": ("--principal", USER_ARN, "--organization", ORGANIZATION),
}


class Rollout:
    """Its documents, by the flag of the estate that takes them; None: none."""

    def __init__(self, machine="ec2"):
        self.machine = machine
        self.flags = list(FLAGS)
        self.is_delegated = True
        self.roleless = set()  # numbers of accounts
        self.gaps = ""  # sections of the file of exceptions
        self.environment = {"NEPTUNE_SCAN_ROLE_EXTERNAL_ID": EXTERNAL_ID}
        self.hub_trust, self.hub_policy = role("hub-role.yaml", AUDIT, **PARAMETERS[machine])
        self.trust, self.policy = role("member-role.yaml", IDS[2], PrincipalArn=HUB_ARN, ExternalId=EXTERNAL_ID,
                                       OrganizationId=ORGANIZATION)
        self.user_policy = self.scp = self.boundary = self.endpoint_policy = self.delegation = self.key_policy = None

    # ---- changes ----

    def print_policies(self, *hub_trust, external_id=EXTERNAL_ID):
        """All that `iam-policy` prints, in place of the templates' policies and of a delegated administrator."""
        self.is_delegated = False
        self.policy = printed("member")
        with_id = ("--external-id", external_id) if external_id else ()
        self.trust = printed("trust", "--principal", HUB_ARN, "--organization", ORGANIZATION, *with_id)
        self.hub_policy = printed("caller", "--organization", ORGANIZATION)
        self.hub_trust = printed("hub-trust", *hub_trust)
        self.delegation = printed("delegation", "--account", AUDIT)
        if self.machine == "laptop":
            self.user_policy = printed("chain", "--role-chain", HUB_ARN, "--organization", ORGANIZATION)

    def allow(self, name, *actions):
        """In the trust policies, too."""
        for one in getattr(self, name)["Statement"]:
            one["Action"] = [*_list(one["Action"]), *actions]

    def forbid(self, name, *actions):
        """What a document allows no longer."""
        statements = getattr(self, name)["Statement"]
        for one in statements:
            one["Action"] = [action for action in _list(one["Action"]) if action not in actions]
        setattr(self, name, document(*(one for one in statements if one["Action"])))

    def require(self, name, operator, key, value):
        """A condition, in place of that on the same key."""
        for one in getattr(self, name)["Statement"]:
            conditions = one.setdefault("Condition", {})
            for keys in conditions.values():
                keys.pop(key, None)
            conditions.setdefault(operator, {})[key] = value
            one["Condition"] = {name: keys for name, keys in conditions.items() if keys}

    def accept(self, state, regions="*", accounts="*"):
        number = self.gaps.count("[gap") + 1
        self.gaps += (f"[gap number-{number}]\nregions = {regions}\naccounts = {accounts}\nstate = {state}\nreason = known\nowner = me\n"
                      f"expires = {harness.LATER}\n")

    def trusting(self, principal):
        for one in self.trust["Statement"]:
            one["Principal"] = {"AWS": principal}

    # ---- running ----

    @contextlib.contextmanager
    def running(self):
        """(environment, truth), with the credentials that the machine gives, and no others."""
        names = ("user_policy", "hub_trust", "hub_policy", "trust", "policy", "scp", "boundary", "endpoint_policy", "delegation",
                 "key_policy")
        with tempfile.TemporaryDirectory() as folder:
            flags = [*self.flags, *(["--delegated"] if self.is_delegated else ())]
            if self.roleless:
                flags += ["--without-role", ",".join(map(str, sorted(self.roleless)))]
            for name in names:
                if getattr(self, name) is not None:
                    path = pathlib.Path(folder) / f"{name}.json"
                    path.write_text(json.dumps(getattr(self, name)), encoding="utf-8")
                    flags += ["--" + name.replace("_", "-"), str(path)]
            if self.gaps:
                path = pathlib.Path(folder) / "exceptions.ini"
                path.write_text(self.gaps, encoding="utf-8")
                self.environment["NEPTUNE_SCAN_CONTROLS_EXCEPTIONS"] = str(path)
            token = pathlib.Path(folder) / "token"
            token.write_text("estate-web-identity-token.x", encoding="utf-8")
            with harness.estate(*flags) as (environment, truth):
                environment.update(self.credentials(environment["AWS_ENDPOINT_URL"], token))
                environment.update(self.environment)
                yield {key: value for key, value in environment.items() if value is not None}, truth

    def credentials(self, url, token):
        none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        return {"ec2": {**none, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_DISABLED": None},
                "ecs": {**none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/v2/credentials/estate"},
                "pod": {**none, "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/v1/credentials", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"},
                "irsa": {**none, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": HUB_ARN},
                "laptop": {"NEPTUNE_SCAN_ROLE_CHAIN": HUB_ARN}}[self.machine]


def _list(value):
    return value if isinstance(value, list) else [value]


def examine(environment, *flags):
    """(doctor's exit code, its lines that are neither ok nor skipped, scan's result); the flags are doctor's."""
    doctor = harness.run(["doctor", "--format", "json", *flags], environment)
    lines = [line for line in json.loads(doctor.out)["checks"] if line["level"] in ("warning", "failure")]
    return doctor.code, lines, harness.scan(environment)


def agrees(code, scan):
    """Doctor is content exactly where a scan is complete, and calls it a failure where a scan assesses no member account."""
    if scan.report is None or scan.code == 4:
        return code == 4
    own = scan.report["run"]["caller"].split(":")[4]
    others = [account for account in scan.report["accounts"] if account["id"] != own and account["state"] not in ("unreached", "skipped")]
    if scan.code == 3:
        return code == (1 if others else 4)
    return code == 0 and scan.code in (0, 1)
