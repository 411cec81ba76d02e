"""The policies that `iam-policy` prints, checked by parliament and policy-sentry, and those of the Terraform module beside them.

test_deploy.py has the templates for CloudFormation. `ctest -V -R system.onboarding` prints what was found.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness

harness.enter_python("parliament, policy-sentry and python-hcl2 are", harness.ONBOARDING_PYTHON)

import hcl2  # only in the virtual environment
import parliament
from policy_sentry.analysis.analyze import analyze_by_access_level
from policy_sentry.querying.actions import get_action_data

import cloudformation
from hub_cases import ACCOUNT, CONTROLS, HUB, HUBS, ISSUER, ORGANIZATION, PERSON, PROVIDER, policy

DEPLOY = harness.SOURCE / "deploy"

def unquoted(value):
    """python-hcl2 keeps the quotes of a text."""
    if isinstance(value, dict):
        return {unquoted(name): unquoted(each) for name, each in value.items() if not name.startswith("__")}
    if isinstance(value, list):
        return [unquoted(each) for each in value]
    return value[1:-1] if isinstance(value, str) and value.startswith('"') else value


class Terraform(unittest.TestCase):
    """deploy/terraform, parsed. Values of its locals and variables are those of the simulated customer."""

    @classmethod
    def setUpClass(cls):
        cls.files = {}
        for path in sorted((DEPLOY / "terraform").glob("*.tf")):
            with open(path, encoding="utf-8") as stream:
                cls.files[path.name] = unquoted(hcl2.load(stream))
        cls.hub = cls.files["hub.tf"]["locals"][0]
        cls.variables = {name: of for each in cls.files["variables.tf"]["variable"] for name, of in each.items()}

    def same(self, statements, document):
        self.assertEqual(cloudformation.statements({"Statement": statements}), cloudformation.statements(document))

    def fill(self, value, controls="encryption"):
        """With values for what a text refers to. A text that is one reference becomes its value."""
        values = {"local.partition": "aws", "local.account": ACCOUNT, "local.instance": "ec2.amazonaws.com", "local.issuer": ISSUER,
                  "local.cluster": f"arn:aws:eks:*:{ACCOUNT}:cluster/*", "local.trustee": ACCOUNT, "local.organization": ORGANIZATION,
                  "local.actions": self.hub["encryption_actions"] + (self.hub["more_actions"] if controls == "all" else []),
                  "var.oidc_provider_arn": PROVIDER, "var.trusted_principal_arn": PERSON,
                  **{f"var.{name}": of.get("default") for name, of in self.variables.items() if of.get("default")}}
        if isinstance(value, dict):
            return {self.fill(name): self.fill(each, controls) for name, each in value.items()}
        if isinstance(value, list):
            return [self.fill(each, controls) for each in value]
        whole = re.fullmatch(r"\$\{([\w.]+)\}", value)
        if whole:
            return values[whole[1]]
        return re.sub(r"(?<!\$)\$\{([^}]+)\}", lambda found: values[found[1]], value).replace("$${", "${")

    def test_permissions_of_the_hub(self):
        for controls in CONTROLS:
            self.same(self.fill(self.hub["hub_statements"], controls), policy("caller", "--controls", controls))

    def test_trust_of_the_hub(self):
        statements = self.fill(self.hub["trust_statements"])
        for name, key in (("EC2", "ec2.amazonaws.com"), ("ECS", "ecs-tasks.amazonaws.com"), ("EKS Pod Identity", "pods.eks.amazonaws.com"),
                          ("EKS, OIDC", "oidc"), ("a person", "principal")):
            with self.subTest(name):
                self.same([statements[key]], policy("hub-trust", *HUBS[name][0]))
        self.assertEqual(len(statements), 5)

    def test_members_are_those_of_cloudformation(self):
        text = self.files["members.tf"]["locals"][0]
        self.assertIn("/../cloudformation/member-role.yaml", text["member_template"])
        source = cloudformation.load((DEPLOY / "cloudformation/member-role.yaml").read_text(encoding="utf-8"))
        self.assertEqual(set(text["member_parameters"]), set(source["Parameters"]))
        resources = {kind: of for each in self.files["members.tf"]["resource"] for kind, of in each.items()}
        for kind, name in (("aws_cloudformation_stack_set", "members"), ("aws_cloudformation_stack", "management")):
            self.assertEqual((resources[kind][name]["template_body"], resources[kind][name]["parameters"]),
                             ("${local.member_template}", "${local.member_parameters}"))

    def test_each_reference_exists(self):
        text = "".join((DEPLOY / "terraform" / name).read_text(encoding="utf-8") for name in self.files)
        locals_ = {name for of in self.files.values() for each in of.get("locals", []) for name in each}
        self.assertEqual(set(re.findall(r"\bvar\.(\w+)", text)), set(self.variables))
        self.assertEqual(set(re.findall(r"\blocal\.(\w+)", text)), locals_)

    @staticmethod
    def parts(name):
        """Of hub.tf: its locals, and its two policies as expressions, with values for what the provider would tell."""
        text = (DEPLOY / "terraform/hub.tf").read_text(encoding="utf-8")
        locals_ = re.search(r"^locals \{\n.*?^\}\n", text, re.M | re.S)[0]
        for reference, value in (("data.aws_partition.audit.partition", "aws"), ("data.aws_caller_identity.audit.account_id", ACCOUNT)):
            locals_ = locals_.replace(reference, f'"{value}"')
        trust = re.search(r"assume_role_policy = (jsonencode\(.*?\n  \}\))", text, re.S)[1]
        policy_ = re.search(r"  policy = (jsonencode\(.*\))", text)[1]
        return {"main.tf": f'{locals_}locals {{\n  organization = "{ORGANIZATION}"\n}}\noutput "trust" {{\n  value = {trust}\n}}\n'
                           f'output "policy" {{\n  value = {policy_}\n}}\n',
                "variables.tf": (DEPLOY / "terraform/variables.tf").read_text(encoding="utf-8")}[name]

    @unittest.skipUnless(shutil.which("terraform"), "no terraform here: its expressions are parsed, not evaluated")
    def test_evaluated_by_terraform(self):
        variables = {"Service": "service", "ClusterArn": "cluster_arn", "OidcProviderArn": "oidc_provider_arn",
                     "TrustedPrincipalArn": "trusted_principal_arn"}
        with tempfile.TemporaryDirectory() as folder:
            def terraform(*words):
                done = subprocess.run(["terraform", *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env={
                    **os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_CLI_CONFIG_FILE": os.devnull})
                self.assertEqual(done.returncode, 0, done.stderr.decode())
                return done.stdout.decode()

            for name in ("main.tf", "variables.tf"):
                (pathlib.Path(folder) / name).write_text(self.parts(name), encoding="utf-8")
            terraform("init", "-backend=false")
            for controls, (name, (flags, parameters)) in ((controls, hub) for controls in CONTROLS for hub in HUBS.items()):
                values = {variables[key]: value for key, value in parameters.items() if key in variables}
                terraform("apply", "-auto-approve", f"-var=controls={controls}", *(f"-var={key}={value}" for key, value in values.items()))
                with self.subTest(name, controls=controls):
                    outputs = {key: json.loads(of["value"]) for key, of in json.loads(terraform("output", "-json")).items()}
                    self.same(outputs["trust"]["Statement"], policy("hub-trust", *flags))
                    self.same(outputs["policy"]["Statement"], policy("caller", "--controls", controls))
            print(f"terraform: {len(HUBS)} ways to run a scan, each as iam-policy prints it")
            terraform("fmt", "-check", "-diff", str(DEPLOY / "terraform"))

    def test_the_guide(self):
        """What docs/getting-started.md passes to the module exists."""
        text = re.search(r"^```hcl\n(.*?)^```$", (harness.SOURCE / "docs/getting-started.md").read_text(encoding="utf-8"), re.M | re.S)[1]
        guide = unquoted(hcl2.loads(text))
        module = guide["module"][0]["neptune_scan"]
        self.assertLessEqual(set(module) - {"source", "providers"}, set(self.variables))
        self.assertEqual(set(module["providers"]), {"${aws.management}", "${aws.audit}"})
        self.assertEqual({alias["aws"]["alias"] for alias in guide["provider"]}, {"management", "audit"})
        outputs = {name for each in self.files["outputs.tf"]["output"] for name in each}
        self.assertLessEqual(set(re.findall(r"module\.neptune_scan\.(\w+)", text)), outputs)


# Hints of parliament that hold for every reader of an organization: lists have no resource that could be named.
HINTS = {"RESOURCE_STAR"}


class Checkers(unittest.TestCase):
    """parliament and policy-sentry, on each output of `iam-policy`."""

    @staticmethod
    def outputs():
        trust = ("trust", "--principal", HUB, "--organization", ORGANIZATION, "--external-id", "an-id")
        yield from (("member", "--controls", controls) for controls in CONTROLS)
        yield from (("caller", "--controls", controls, *more) for controls in CONTROLS
                    for more in ((), ("--organization", ORGANIZATION), ("--management-role", "Audit"), ("--accounts", ACCOUNT),
                                 ("--organization-role", f"arn:aws:iam::{ACCOUNT}:role/Reader")))
        yield trust
        yield from (("hub-trust", *flags) for flags, _ in HUBS.values())
        yield ("chain", "--role-chain", HUB)
        yield ("delegation", "--account", ACCOUNT)

    @staticmethod
    def findings(document):
        # parliament knows no trust policies, which have no resource, and no identity providers of EKS with their condition keys.
        document = {**document, "Statement": [{"Resource": "*", **each} for each in document["Statement"]]}
        return [(each.issue, each.detail) for each in parliament.analyze_policy_string(json.dumps(document)).findings
                if each.issue not in HINTS and PROVIDER not in str(each.detail) and f"{ISSUER}:" not in str(each.detail)]

    def test_parliament(self):
        for flags in self.outputs():
            findings = self.findings(policy(*flags))
            print(f"parliament: {' '.join(flags)}: {findings or 'no finding'}")
            self.assertEqual(findings, [])

    def test_ids(self):
        """IAM refuses a policy in which an id appears twice."""
        for flags in self.outputs():
            ids = [statement["Sid"] for statement in policy(*flags)["Statement"]]
            self.assertEqual(len(ids), len(set(ids)), flags)

    def test_parliament_notices(self):
        document = policy("member")
        document["Statement"][0]["Action"][0] = "rds:DescribeDBGraphs"
        self.assertNotEqual(self.findings(document), [])

    def test_policy_sentry(self):
        for flags in self.outputs():
            document = policy(*flags)
            for action in {action for statement in document["Statement"] for action in statement["Action"]}:
                self.assertTrue(get_action_data(*action.split(":")), action)
            changing = {action for level in ("Write", "Permissions management", "Tagging") for action in
                        analyze_by_access_level(document, level)}
            print(f"policy-sentry: {' '.join(flags)}: not read-only: {', '.join(sorted(changing)) or 'nothing'}")
            self.assertLessEqual(changing, set() if flags[0] in ("member", "delegation") else
                                 {"sts:assumerole", "sts:tagsession", "sts:assumerolewithwebidentity",
                                  "sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity"})


if __name__ == "__main__":
    unittest.main()
