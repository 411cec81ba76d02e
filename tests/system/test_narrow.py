"""role.narrow sends a session policy with each AssumeRole into an account; organization.role reads the organization."""
import json
import os
import tempfile
import unittest

import harness
import small_aws

MEMBER = "111111111111"
READER = f"arn:aws:iam::{small_aws.HOME}:role/OrganizationReader"
LISTED = 200, json.dumps({"Accounts": [{"Id": small_aws.HOME, "Name": "home", "State": "ACTIVE"},
                                       {"Id": MEMBER, "Name": "member", "State": "ACTIVE"}]})
TOO_LARGE = small_aws.refused(400, "PackedPolicyTooLarge", "Packed size of session tags consumes 112% of allotted space.")
MAX_POLICY = 2048  # characters, STS API reference, AssumeRole, Policy


class Sts:
    """Answers AssumeRole as told, and keeps what was sent."""

    def __init__(self, answer=None):
        self.answer, self.sent = answer, []

    def __call__(self, parameters):
        self.sent.append(parameters)
        refusal = self.answer(parameters) if self.answer else None
        if refusal:
            return refusal
        return small_aws.session(parameters["RoleArn"].split(":")[4])

    def policies(self):
        return [parameters.get("Policy") for parameters in self.sent if parameters["RoleArn"].endswith("/NeptuneScanAudit")]


def refuse_policy(parameters):
    return TOO_LARGE if "Policy" in parameters else None


def refuse_all(_):
    return small_aws.refused(403, "AccessDenied", "not authorized to perform: sts:AssumeRole")


class Case(unittest.TestCase):
    def command(self, sts, *arguments, **answers):
        given = {"organizations:ListAccounts": LISTED, "sts:AssumeRole": sts, **answers}
        with small_aws.serving(given) as (variables, asked), tempfile.TemporaryDirectory() as folder:
            environment = harness.clean_environment(**variables)
            path = os.path.join(folder, "report.json")
            more = ("--report", f"json={path}") if arguments[0] == "scan" else ()
            result = harness.run([*arguments, *more], environment, folder)
            if os.path.exists(path):
                with open(path, encoding="utf-8") as stream:
                    result.report = json.load(stream)
            self.asked = list(asked)
        return result

    def scan(self, sts, *flags, **answers):
        return self.command(sts, "scan", "--regions", "us-east-1", *flags, **answers)


class Narrow(Case):
    def test_the_policy_is_that_of_the_controls(self):
        """Exactly what `iam-policy member` prints, and the fallbacks of its queries."""
        for controls in ("encryption", "hardening", "all", "neptune-encryption-at-rest"):
            with self.subTest(controls):
                sts = Sts()
                result = self.scan(sts, "--controls", controls)
                self.assertEqual(result.code, 0, result)
                sent, = sts.policies()
                self.assertLessEqual(len(sent), MAX_POLICY)
                statement = json.loads(sent)["Statement"]
                member = json.loads(harness.run(["iam-policy", "member", "--controls", controls], harness.clean_environment()).out)
                wanted = set(member["Statement"][0]["Action"])
                self.assertLessEqual(wanted, set(statement["Action"]))
                self.assertLessEqual(set(statement["Action"]) - wanted, {"kms:ListAliases"})
                self.assertEqual((statement["Effect"], statement["Resource"]), ("Allow", "*"))

    def test_every_call_of_the_scan_is_in_it(self):
        sts = Sts()
        encrypted = small_aws.cluster("one", "us-east-1", True, MEMBER)
        self.scan(sts, "--controls", "all", **{f"rds:DescribeDBClusters@{MEMBER}": small_aws.rds("DescribeDBClusters", encrypted)})
        allowed = {action.lower() for action in json.loads(sts.policies()[0])["Statement"]["Action"]}
        sent = {operation.replace("neptune:", "rds:").lower() for account, _, operation in self.asked if account == MEMBER}
        self.assertTrue(sent)
        self.assertEqual(sent - allowed, set())

    def test_off(self):
        sts = Sts()
        self.assertEqual(self.scan(sts, "--narrow", "off").code, 0)
        self.assertEqual(sts.policies(), [None])

    def test_a_policy_that_is_too_large(self):
        for code in ("PackedPolicyTooLarge", "MalformedPolicyDocument"):
            with self.subTest(code):
                sts = Sts(lambda parameters, code=code: small_aws.refused(400, code) if "Policy" in parameters else None)
                result = self.scan(sts)
                self.assertEqual(result.code, 0, result)
                self.assertEqual([policy is not None for policy in sts.policies()], [True, False])
                self.assertEqual(result.err.count(f"role.narrow: STS refuses the session policy ({code})"), 1)
                self.assertIn("role.narrow: STS refused the session policy", result.report["run"]["note"])

    def test_it_is_logged_once(self):
        many = [{"Id": f"2222222222{i:02}", "Name": "m", "State": "ACTIVE"} for i in range(20)]
        sts = Sts(refuse_policy)
        result = self.scan(sts, **{"organizations:ListAccounts": (200, json.dumps({"Accounts": many}))})
        self.assertEqual(result.err.count("role.narrow: STS refuses"), 1, result)
        self.assertEqual({cell["state"] for cell in result.report["cells"]}, {"empty"})

    def test_required(self):
        sts = Sts(refuse_policy)
        result = self.scan(sts, "--narrow", "require")
        self.assertEqual(result.code, 3, result)
        cell = next(cell for cell in result.report["cells"] if cell["account"] == MEMBER)
        self.assertEqual(cell["state"], "unreached")
        self.assertIn("PackedPolicyTooLarge", cell["reason"])
        self.assertEqual(len(sts.policies()), 1)

    def test_another_refusal_is_final(self):
        sts = Sts(refuse_all)
        result = self.scan(sts)
        self.assertEqual((result.code, len(sts.policies())), (3, 1), result)

    def test_doctor(self):
        sts = Sts(refuse_policy)
        result = self.command(sts, "doctor")
        self.assertRegex(result.out, r"warning +role +role.narrow: STS refuses the session policy")
        self.assertRegex(result.out, r"ok +role +NeptuneScanAudit can be assumed in 1 of 1 account")
        self.assertEqual([policy is not None for policy in sts.policies()], [True, False])

    def test_unknown_word(self):
        result = harness.run(["scan", "--narrow", "yes"], harness.clean_environment())
        self.assertEqual(result.code, 2)
        self.assertIn("auto, off, require", result.err)


class OrganizationRole(Case):
    ANSWERS = {f"organizations:DescribeOrganization@{small_aws.HOME}": small_aws.refused(400, "AccessDeniedException")}

    def sessions(self, service):
        return {account for account, _, operation in self.asked if operation.startswith(service)}

    def test_it_reads_the_organization(self):
        reader = "arn:aws:iam::222222222222:role/OrganizationReader"
        sts = Sts()
        result = self.scan(sts, "--organization-role", reader, **self.ANSWERS)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.sessions("organizations:"), {"222222222222"})
        first = sts.sent[0]
        self.assertEqual((first["RoleArn"], "Policy" in first, "ExternalId" in first), (reader, False, False))
        self.assertEqual({cell["account"] for cell in result.report["cells"]}, {small_aws.HOME, MEMBER})

    def test_without_it_the_caller_reads(self):
        result = self.scan(Sts(), **self.ANSWERS)
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.sessions("organizations:"), {small_aws.HOME})

    def test_a_role_that_refuses(self):
        for command in ("scan", "doctor"):
            with self.subTest(command):
                result = self.command(Sts(lambda parameters: refuse_all(parameters) if parameters["RoleArn"] == READER else None), command,
                                      "--organization-role", READER)
                self.assertEqual(result.code, 4, result)
                self.assertRegex(result.err + result.out, f"organization.role {READER}")
                self.assertIn("not authorized to perform: sts:AssumeRole", result.err + result.out)
                self.assertIn("Fix: correct the", result.err + result.out)

    def test_named_accounts_need_none(self):
        sts = Sts(lambda parameters: refuse_all(parameters) if parameters["RoleArn"] == READER else None)
        result = self.scan(sts, "--accounts", MEMBER, "--organization-role", READER)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(len(sts.sent), 1)

    def test_its_session_expires_between_pages(self):
        """The role is assumed once more, and the list goes on at the same page."""
        pages, refused = [], []

        def accounts(parameters):
            token = parameters.get("NextToken")
            if token and not refused:
                refused.append(token)
                return small_aws.refused(400, "ExpiredTokenException")
            pages.append(token)
            body = json.loads(LISTED[1])["Accounts"]
            return 200, json.dumps({"Accounts": body[1:]} if token else {"Accounts": body[:1], "NextToken": "two"})

        sts = Sts()
        result = self.scan(sts, "--organization-role", READER, **{"organizations:ListAccounts": accounts})
        self.assertEqual(result.code, 0, result)
        self.assertEqual(pages, [None, "two"])
        self.assertEqual([parameters["RoleArn"] for parameters in sts.sent].count(READER), 2)

    def test_the_callers_policy(self):
        """It may assume the role, and reads the organization no more."""
        def actions(*flags):
            printed = json.loads(harness.run(["iam-policy", "caller", *flags], harness.clean_environment()).out)
            return [(json.dumps(statement["Resource"]), json.dumps(statement["Action"])) for statement in printed["Statement"]]

        plain, by_role = actions(), actions("--organization-role", READER)
        self.assertTrue(any("organizations:" in action for _, action in plain))
        self.assertFalse(any("organizations:" in action for _, action in by_role))
        self.assertTrue(any(json.dumps(READER) in resource and "sts:AssumeRole" in action for resource, action in by_role))

    def test_bad_values(self):
        for value, message in (("Reader", "allowed is the ARN of a role"),
                               ("arn:aws-cn:iam::222222222222:role/R", "is not in the partition aws of aws.region")):
            with self.subTest(value):
                result = harness.run(["scan", "--organization-role", value], harness.clean_environment())
                self.assertEqual(result.code, 2, result)
                self.assertIn(message, result.err)


if __name__ == "__main__":
    unittest.main()
