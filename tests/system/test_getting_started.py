"""docs/getting-started.md, word by word: each block marked sh runs, in order, against moto with an organization of its own.

An administrator works with two profiles, of the management account and of an audit account; the scan has the keys of the hub's role
alone. moto makes the roles that templates and commands describe, but admits everyone: who is admitted is tested with the simulated
organization (test_rollouts.py), what the policies say in test_deploy.py. Blocks marked console are checked for commands, flags and
parameters that exist.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
from moto_organization import start_program

import boto3  # only in the virtual environment, which moto_organization has entered
import botocore.exceptions
import botocore.session
from botocore import xform_name

import cloudformation

TEXT = (harness.SOURCE / "docs/getting-started.md").read_text(encoding="utf-8")
PROFILES = ("management", "audit")
REGION = "eu-west-1"
BEFORE = {"Version": "2012-10-17", "Statement": [
    {"Sid": "Backup", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"}, "Action": ["organizations:ListPolicies"],
     "Resource": "*"}]}
# Results are no failures: doctor's 1 are warnings, a scan's 1 and 3 findings and cells not assessed.
PRELUDE = r"""set -u
hub_keys() {
    [ -n "${HUB:-}" ] || return 0
    set -- $(command aws sts assume-role --profile audit --role-arn "$HUB" --role-session-name machine \
        --query 'Credentials.[AccessKeyId, SecretAccessKey, SessionToken]' --output text)
    echo "AWS_ACCESS_KEY_ID=$1 AWS_SECRET_ACCESS_KEY=$2 AWS_SESSION_TOKEN=$3"
}
neptune-scan() {
    local code=0
    env $(hub_keys) neptune-scan "$@" || code=$?
    echo "(neptune-scan $1: exit $code)" >&2
    case $1.$code in doctor.1 | scan.1 | scan.3) return 0 ;; *) return $code ;; esac
}
aws() {
    echo "$1 $2" >>"$COMMANDS"
    command aws "$@"
}
"""


def blocks(kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.M | re.S)


class GettingStarted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process, cls.url = start_program("moto_delegation.py", "moto-getting-started.log")
        cls.addClassCleanup(process.wait, 20)
        cls.addClassCleanup(process.terminate)
        cls.root = boto3.Session("AKIAADMINISTRATOR000", "secret", region_name=REGION)
        organizations = cls.client("organizations")
        cls.organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        cls.members = [organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
                       for name in ("audit", "payments", "search")]

    @classmethod
    def client(cls, service, account=None):
        session = cls.root
        if account:
            keys = cls.client("sts").assume_role(RoleArn=f"arn:aws:iam::{account}:role/x", RoleSessionName="test")["Credentials"]
            session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name=REGION)
        return session.client(service, endpoint_url=cls.url)

    @classmethod
    def resource_policy(cls):
        return json.loads(cls.client("organizations").describe_resource_policy()["ResourcePolicy"]["Content"])

    def write_profiles(self, path):
        keys = self.client("sts").assume_role(RoleArn=f"arn:aws:iam::{self.members[0]}:role/x", RoleSessionName="test")["Credentials"]
        path.write_text(f"[profile management]\nregion = {REGION}\naws_access_key_id = AKIAADMINISTRATOR000\naws_secret_access_key = secret\n"
                        f"[profile audit]\nregion = {REGION}\naws_access_key_id = {keys['AccessKeyId']}\n"
                        f"aws_secret_access_key = {keys['SecretAccessKey']}\naws_session_token = {keys['SessionToken']}\n", encoding="utf-8")

    def follow(self, folder, parts, before="set -e\n"):
        """Output of the blocks, each shown before it runs. A shell into which they are pasted goes on after a failure: `before` is ""."""
        environment = harness.clean_environment(
            AWS_ENDPOINT_URL=self.url, AWS_CONFIG_FILE=str(folder / "profiles"),
            COMMANDS=str(folder / "commands"), NEPTUNE_SCAN_STORE_PATH=None,
            # moto answers HTTP 500 when asked for retained backups.
            NEPTUNE_SCAN_CONTROLS_SELECT="neptune-encryption-at-rest")
        environment["PATH"] = f"{folder}/bin:{harness.PYTHON.parent}:{os.environ['PATH']}"
        script = before + PRELUDE + "\n".join(f"cat <<'BLOCK'\n$ {part.strip()}\nBLOCK\n{part}" for part in parts)
        done = subprocess.run([shutil.which("bash"), "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False, timeout=300)
        text = done.stdout.decode("utf-8")
        print("\n" + text)
        self.assertEqual(done.returncode, 0, text)
        self.assertNotRegex(text, "Sanitizer|runtime error")
        return text

    def test_every_block(self):
        begun, all_blocks = time.monotonic(), blocks("sh")
        removal = next(i for i, block in enumerate(all_blocks) if "delete-stack-set " in block)
        variables = all_blocks[1]  # a new shell needs them again
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "bin").mkdir()
            (folder / "bin/neptune-scan").symlink_to(harness.SCANNER)
            (folder / "deploy").symlink_to(harness.SOURCE / "deploy")
            self.client("organizations").put_resource_policy(Content=json.dumps(BEFORE))
            self.write_profiles(folder / "profiles")
            text = self.follow(folder, all_blocks[:removal])
            self.assertTrue((folder / "report.html").stat().st_size > 1000)
            self.assertEqual((folder / "external-id").stat().st_mode & 0o777, 0o600)
            self.assertRegex(text, rf"(?m)^{self.members[0]} scans {self.organization}$")
            self.assertRegex(text, r"ok +organization +o-\w+.*; 4 active accounts")
            self.assertRegex(text, rf"(?m)^arn:aws:iam::{self.members[0]}:role/NeptuneScanHub$")
            self.assertIn("(neptune-scan doctor: exit 0)", text)
            self.assertIn("(neptune-scan scan: exit 0)", text)
            for member in self.members:  # the list of instances
                self.assertRegex(text, rf"(?m)^{member}\s+SUCCEEDED")
            kept = self.resource_policy()["Statement"]
            self.assertEqual(kept[0], BEFORE["Statement"][0])
            self.assertEqual(kept[1]["Principal"], {"AWS": f"arn:aws:iam::{self.members[0]}:root"})
            external_id = (folder / "external-id").read_text(encoding="utf-8").strip()
            for account in (*self.members, None):
                self.check_role(account, external_id)
            self.follow(folder, [variables, *all_blocks[removal:]])
            for account, role in ((self.members[0], "NeptuneScanHub"), (None, "NeptuneScanAudit"), *((member, "NeptuneScanAudit")
                                                                                                 for member in self.members)):
                with self.assertRaisesRegex(botocore.exceptions.ClientError, "NoSuchEntity"):
                    self.client("iam", account).get_role(RoleName=role)
            self.assertEqual(self.resource_policy(), BEFORE)
            commands = (folder / "commands").read_text(encoding="utf-8").splitlines()
        print(f"{len(all_blocks)} blocks, {len(commands)} commands of the AWS CLI, {text.count('(neptune-scan ')} of neptune-scan: "
              f"{time.monotonic() - begun:.0f} s")

    def check_role(self, account, external_id):
        """The role is what the template says, for the hub's role alone."""
        role = self.client("iam", account).get_role(RoleName="NeptuneScanAudit")["Role"]
        text = (harness.SOURCE / "deploy/cloudformation/member-role.yaml").read_text(encoding="utf-8")
        expected = cloudformation.Template(text, OrganizationId=self.organization, ExternalId=external_id,
                                           PrincipalArn=f"arn:aws:iam::{self.members[0]}:role/NeptuneScanHub").resource("Role")
        self.assertEqual(cloudformation.statements(role["AssumeRolePolicyDocument"]),
                         cloudformation.statements(expected["AssumeRolePolicyDocument"]))

    def test_resource_policy_as_pasted(self):
        """Step 3 in a shell that goes on after a failure. Without a policy in force the statement is alone; if the policy cannot be
        read, nothing is replaced."""
        organizations = self.client("organizations")
        organizations.put_resource_policy(Content="{}")
        organizations.delete_resource_policy()
        self.addCleanup(organizations.delete_resource_policy)
        step = next(block for block in blocks("sh") if "put-resource-policy" in block)
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "bin").mkdir()
            (folder / "bin/neptune-scan").symlink_to(harness.SCANNER)
            self.write_profiles(folder / "profiles")
            self.follow(folder, ["AUDIT_ACCOUNT=222222222222", step], before="")
            self.assertEqual([each["Principal"] for each in self.resource_policy()["Statement"]], [{"AWS": "arn:aws:iam::222222222222:root"}])
            organizations.put_resource_policy(Content=json.dumps(BEFORE))
            (folder / "commands").unlink()
            for failing in ("echo 'An error occurred (ServiceException)' >&2; return 254", "return 1"):
                once = f'aws() {{\n    case $2 in describe-*) {failing} ;; esac\n    echo "$2" >>"$COMMANDS"\n    command aws "$@"\n}}'
                with self.assertRaises(AssertionError):
                    self.follow(folder, ["AUDIT_ACCOUNT=333333333333", once, step], before="")
                self.assertEqual(self.resource_policy(), BEFORE)
            self.assertFalse((folder / "commands").exists())  # nothing was sent
            self.follow(folder, ["AUDIT_ACCOUNT=333333333333", step], before="")
            self.assertEqual(self.resource_policy()["Statement"][0], BEFORE["Statement"][0])

    def test_what_it_names_is_there(self):
        for name in re.findall(r"(?:deploy|docs)/[\w./-]+\w", TEXT):
            self.assertTrue((harness.SOURCE / name).exists(), name)
        for name in re.findall(r"\b(\w+\.md)\b", TEXT):
            self.assertTrue((harness.SOURCE / name).exists() or (harness.SOURCE / "docs" / name).exists(), name)

    @staticmethod
    def aws_commands():
        """Words of each command of the AWS CLI, of all blocks, without its name."""
        for block in blocks("(?:sh|console)"):
            for line in block.replace("\\\n", " ").splitlines():
                for command in re.findall(r"(?:^|\$\(| )(aws (?:[a-z0-9-]+) .*)", line):
                    yield [word if "(" in word else word.rstrip(")") for word in shlex.split(command, comments=True)[1:]]

    def test_commands_exist(self):
        session, checked = botocore.session.get_session(), 0
        for service, operation, *words in self.aws_commands():
            if (service, operation) in (("cloudformation", "deploy"), ("cloudformation", "wait"), ("configure", "get")):
                continue  # of the AWS CLI itself
            model = session.get_service_model(service)
            names = {xform_name(name, "-"): name for name in model.operation_names}
            self.assertIn(operation, names, service)
            shape = model.operation_model(names[operation]).input_shape
            members = {xform_name(name, "-") for name in (shape.members if shape else ())} | {"profile", "query", "output"}
            flags = {word[2:].removeprefix("no-") for word in words if word.startswith("--")}
            self.assertLessEqual(flags, members, f"{service} {operation}")
            checked += 1
        self.assertGreater(checked, 20)

    def test_each_command_names_its_profile(self):
        for words in self.aws_commands():
            self.assertTrue("--profile" in words and words[words.index("--profile") + 1] in PROFILES or words[:2] == ["sts", "get-caller-identity"],
                            words)

    def test_parameters_exist(self):
        """Of templates that the commands deploy: each is there, and none that is needed is left out."""
        templates = {}
        for words in self.aws_commands():
            if words[1] == "deploy":
                name = words[words.index("--template-file") + 1]
                templates.setdefault(name, []).append({word.partition("=")[0] for word in words[words.index("--parameter-overrides") + 1:]})
        self.assertEqual(len(templates), 4)
        for name, uses in templates.items():
            known = cloudformation.load((harness.SOURCE / name).read_text(encoding="utf-8"))["Parameters"]
            for given in uses:
                self.assertLessEqual(given, set(known), name)
                self.assertLessEqual({parameter for parameter, of in known.items() if "Default" not in of}, given, name)
        for named in re.findall(r"`(\w+)=[^`]*`", TEXT[TEXT.index("| the scan runs on"):TEXT.index("Other parameters")]):
            self.assertIn(named, cloudformation.load((harness.SOURCE / "deploy/cloudformation/hub-role.yaml").read_text(encoding="utf-8"))
                          ["Parameters"])

    def test_no_parameter_is_lost_by_an_update(self):
        """update-stack-set: a parameter that is left out takes the default of the template, without a word."""
        updates = [words for words in self.aws_commands() if words[1] == "update-stack-set"]
        known = set(cloudformation.load((harness.SOURCE / "deploy/cloudformation/member-role.yaml").read_text(encoding="utf-8"))["Parameters"])
        self.assertEqual(len(updates), 1)
        for words in updates:
            given = dict(re.fullmatch(r"ParameterKey=(\w+),(.*)", word).groups() for word in words if word.startswith("ParameterKey="))
            self.assertEqual(set(given), known)
            self.assertEqual({name for name, value in given.items() if value != "UsePreviousValue=true"}, {"NextExternalId"})
            self.assertIn("--operation-preferences", words)
            self.assertIn("OperationId", words)

    def test_what_is_made_is_removed(self):
        """Each command that makes something has its counterpart in the last section, with the same name."""
        counterparts = {
            "create-stack-set": ("delete-stack-set", "--stack-set-name"), "create-stack-instances": ("delete-stack-instances", "--stack-set-name"),
            "deploy": ("delete-stack", "--stack-name"), "put-parameter": ("delete-parameter", "--name"),
            "register-delegated-administrator": ("deregister-delegated-administrator", "--service-principal"),
            "enable-aws-service-access": ("disable-aws-service-access", "--service-principal"),
            "create-pod-identity-association": ("delete-pod-identity-association", "--cluster-name"),
            "associate-iam-instance-profile": ("disassociate-iam-instance-profile", None),
            "put-resource-policy": ("delete-resource-policy", None)}
        commands = list(self.aws_commands())
        found = {words[1] for words in commands} & set(counterparts)
        self.assertEqual(found, set(counterparts))
        for words in commands:
            if words[1] in counterparts:
                removal, flag = counterparts[words[1]]
                name = words[words.index(flag) + 1] if flag else None
                self.assertTrue(any(other[1] == removal and (not flag or other[other.index(flag) + 1] == name) for other in commands),
                                f"{removal} {name or ''}")
        removing = TEXT[TEXT.index("## Removing everything"):TEXT.index("## Control Tower")]
        self.assertIn("kubectl delete namespace neptune-scan", removing)
        stack = cloudformation.load((harness.SOURCE / "deploy/ecs/stack.yaml").read_text(encoding="utf-8"))
        retained = {of["Type"] for of in stack["Resources"].values() if of.get("DeletionPolicy") == "Retain"}
        self.assertEqual(retained, {"AWS::EFS::FileSystem", "AWS::Logs::LogGroup"})
        for command in ("efs delete-file-system", "logs delete-log-group"):
            self.assertIn(command, removing)


if __name__ == "__main__":
    unittest.main()
