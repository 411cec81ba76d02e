"""Roll-outs that went wrong: doctor names the cause in one line, and agrees with the scan.

Each case changes one thing of a sound roll-out (rollout.py). `ctest -V -R system.rollouts` prints the table.
"""
import copy
import pathlib
import socket
import tempfile
import unittest

import rollout
from rollout import AUDIT, HUB, HUB_ARN, IDS, MEMBER, REGIONS, Rollout, document, fence, statement

READS = ["organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots",
         "organizations:ListOrganizationalUnitsForParent", "organizations:ListAccountsForParent"]


class Case:
    """`change` breaks a roll-out; doctor's one line is of `check` and says `text`."""

    def __init__(self, name, check, text, change, machine="ec2"):
        self.name, self.check, self.text, self.change, self.machine = name, check, text, change, machine


def forbid(name, *actions):
    return lambda site: site.forbid(name, *actions)


def require(name, operator, key, value):
    return lambda site: site.require(name, operator, key, value)


def setting(**environment):
    return lambda site: site.environment.update(environment)


def roleless(*accounts):
    return lambda site: site.roleless.update(accounts)


def policy(name, *statements):
    return lambda site: setattr(site, name, document(*statements))


def everything_but(name, *actions, **more):
    """A policy that allows all, and denies some; of an endpoint or a key for everyone."""
    return policy(name, statement("Allow", "*", **more), statement("Deny", list(actions), **more))


def without_delegation(*statements):
    def change(site):
        site.is_delegated = False
        if statements:
            site.delegation = document(*statements)
    return change


def reading(account, *actions):
    return statement("Allow", list(actions), Principal={"AWS": f"arn:aws:iam::{account}:root"})


def assuming(site):
    """The hub's statement on roles."""
    return next(one for one in site.hub_policy["Statement"] if "sts:AssumeRole" in one["Action"])


def own_account(site):
    """The hub may not read its own account, which no member role covers."""
    site.forbid("hub_policy", "rds:DescribeDBClusters")


def copied_boundary(*missing):
    def change(site):
        site.boundary = copy.deepcopy(site.policy)
        site.forbid("boundary", *missing)
    return change


def conditions(policy):
    """Where its conditions are: (statement, operator, key)."""
    return [(number, operator, key) for number, one in enumerate(policy["Statement"])
            for operator, keys in one.get("Condition", {}).items() for key in keys]


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


EVERYWHERE = "cannot be assumed in 5 of 5 sampled accounts: the role does not exist, or its trust policy or external id"
EVERYONE = {"Principal": "*"}

CASES = [
    # Trust policies of the members.
    Case("another external id", "role", EVERYWHERE, setting(NEPTUNE_SCAN_ROLE_EXTERNAL_ID="wrong")),
    Case("no external id", "role", EVERYWHERE, setting(NEPTUNE_SCAN_ROLE_EXTERNAL_ID=None)),
    Case("another organization", "role", EVERYWHERE, require("trust", "StringEquals", "aws:PrincipalOrgID", "o-another001")),
    Case("another account is trusted", "role", EVERYWHERE, lambda site: site.trusting(f"arn:aws:iam::{IDS[2]}:root")),
    Case("the hub was deleted and created again", "role", EVERYWHERE, lambda site: site.trusting("AROADBQP57FF2AEXAMPLE")),
    Case("the hub's path is not its ARN's", "role", EVERYWHERE,
         require("trust", "ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{AUDIT}:role/audit/{HUB}")),
    Case("a deny in the trust policy", "role", EVERYWHERE, lambda site: site.trust["Statement"].append(
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
         "Condition": {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{AUDIT}:role/Other"}}})),
    Case("trust without sts:TagSession, in EKS", "role", "its trust policy does not allow sts:TagSession", forbid("trust", "sts:TagSession"), "pod"),
    # Where the role is.
    Case("the role has another name", "role", EVERYWHERE, lambda site: (
        site.flags.extend(("--role", "NeptuneAudit")), site.environment.update(NEPTUNE_SCAN_ROLE_NAME=MEMBER))),
    Case("a StackSet that failed in three accounts", "role", "cannot be assumed in 2 of 5 sampled accounts: the role does not exist there",
         roleless(2, 6, 7)),
    Case("an account that joined two hours ago", "role", "joined 2 hours ago: the StackSet may not be there yet",
         lambda site: (site.flags.extend(("--newest-joined", "2")), site.roleless.add(8))),
    Case("the management account, which StackSets leave out", "role", "it is the management account, which service-managed StackSets leave out",
         roleless(0)),
    # The hub.
    Case("the hub may not assume roles", "role", "the caller's own policy does not allow sts:AssumeRole", forbid("hub_policy", "sts:AssumeRole")),
    Case("the hub may assume another role", "role", "the caller's own policy does not allow sts:AssumeRole",
         lambda site: assuming(site).update(Resource="arn:aws:iam::*:role/Audit")),
    Case("the hub may not tag sessions, in EKS", "role", "the caller's own policy does not allow sts:TagSession",
         forbid("hub_policy", "sts:TagSession"), "pod"),
    Case("roles of another organization only", "role", "the caller's own policy does not allow sts:AssumeRole",
         lambda site: assuming(site).update(Condition={"StringEquals": {"aws:ResourceOrgID": "o-another001"}})),
    Case("the hub may not list accounts", "organization", "neptune-scan iam-policy caller prints the policy",
         forbid("hub_policy", "organizations:ListAccounts")),
    Case("the hub may not see the organization", "organization", "organizations:DescribeOrganization: AccessDenied",
         forbid("hub_policy", "organizations:DescribeOrganization")),
    Case("the hub may not read its own account", "permissions", "neptune-scan iam-policy caller prints the policy", own_account),
    Case("a hub for ECS, on EC2", "credentials", "the role of the instance has no credentials",
         lambda site: setattr(site, "hub_trust", Rollout("ecs").hub_trust)),
    Case("a hub that EKS may not tag", "credentials", "Check that the task or pod has a role", forbid("hub_trust", "sts:TagSession"), "pod"),
    Case("a hub for another service account", "credentials", "Not authorized to perform sts:AssumeRoleWithWebIdentity",
         require("hub_trust", "StringEquals", f"{rollout.PROVIDER}:sub", "system:serviceaccount:default:default"), "irsa"),
    Case("a hub that does not admit the person", "credentials", f"cannot assume {HUB_ARN}",
         lambda site: setattr(site, "hub_trust", document({"Effect": "Allow", "Action": "sts:AssumeRole",
                                                           "Principal": {"AWS": f"arn:aws:iam::{IDS[0]}:user/other"}})), "laptop"),
    # The organization.
    Case("no delegated administrator", "organization", "as a delegated administrator", without_delegation()),
    Case("the resource policy of another account", "organization", "as a delegated administrator",
         without_delegation(reading(IDS[2], *READS))),
    Case("a resource policy for another service", "organization", "as a delegated administrator",
         without_delegation(reading(AUDIT, "organizations:DescribePolicy", "organizations:ListPolicies"))),
    Case("units are named, and the tree may not be read", "units", "organizations:ListRoots", lambda site: (
        site.forbid("hub_policy", "organizations:ListRoots"), site.environment.update(NEPTUNE_SCAN_ORGANIZATION_OUS="/Prod"))),
    Case("units are named, and their accounts may not be listed", "units", "organizations:ListAccountsForParent", lambda site: (
        site.forbid("hub_policy", "organizations:ListAccountsForParent"), site.flags.append("--no-paths"),
        site.environment.update(NEPTUNE_SCAN_ORGANIZATION_OUS="/Prod"))),
    # Service control policies.
    Case("region deny", "regions", "1 of 3 regions is closed by a policy of the organization in 5 of 5 sampled accounts: us-west-2",
         lambda site: setattr(site, "scp", fence(*REGIONS[:2]))),
    Case("region deny, of the home region too", "regions",
         "2 of 3 regions are closed by a policy of the organization in 5 of 5 sampled accounts: us-east-1, us-west-2",
         lambda site: setattr(site, "scp", fence(REGIONS[1]))),
    Case("a policy against an action", "permissions", "denied by a service control policy",
         policy("scp", statement("Deny", "rds:DescribeDBClusterSnapshots"))),
    Case("a policy against roles", "role", "a policy of the organization denies sts:AssumeRole", policy("scp", statement("Deny", "sts:AssumeRole"))),
    Case("a policy that allows a list of services", "regions", "3 of 3 regions are closed by a policy of the organization",
         policy("scp", statement("Allow", ["sts:*", "organizations:*", "ec2:*", "kms:*"]))),
    # The member's policy and its boundary.
    Case("the role may not see keys", "permissions", "1 of 8 actions is denied in 5 of 6 sampled accounts (us-east-1): kms:DescribeKey",
         forbid("policy", "kms:DescribeKey")),
    Case("the role may not see instances", "permissions", "rds:DescribeDBInstances", forbid("policy", "rds:DescribeDBInstances")),
    Case("the role may read in one region", "regions", "are denied in 2 regions: eu-west-1, us-west-2",
         require("policy", "StringEquals", "aws:RequestedRegion", "us-east-1")),
    Case("a boundary without KMS", "permissions", "not allowed by the role's permissions boundary",
         copied_boundary("kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListKeyRotations")),
    Case("a boundary for something else", "permissions", "not allowed by the role's permissions boundary",
         policy("boundary", statement("Allow", "s3:*"))),
    # Endpoints.
    Case("an endpoint that does not admit STS", "role", "the policy of the VPC endpoint for STS does not allow sts:AssumeRole",
         everything_but("endpoint_policy", "sts:AssumeRole", **EVERYONE)),
    Case("an endpoint that does not admit RDS", "permissions", "denied by the VPC endpoint's policy",
         everything_but("endpoint_policy", "rds:*", **EVERYONE)),
    Case("no name for KMS", "regions", "kms does not respond in 3 regions: us-east-1, eu-west-1, us-west-2",
         setting(AWS_ENDPOINT_URL_KMS="http://kms.invalid")),
    Case("RDS refuses connections", "regions", "rds does not respond in 3 regions", lambda site: site.environment.update(
        AWS_ENDPOINT_URL_RDS=closed_port(), NEPTUNE_SCAN_SCAN_MAX_ATTEMPTS="1")),
    Case("no name for STS", "network", "Could not resolve host: sts.invalid", setting(AWS_ENDPOINT_URL_STS="http://sts.invalid")),
    # KMS keys.
    Case("key policies without the account", "permissions", "not allowed by the resource's policy",
         policy("key_policy", statement("Allow", "kms:*", Principal={"AWS": f"arn:aws:iam::{IDS[2]}:role/Owner"}))),
]


class Rollouts(unittest.TestCase):
    def test_sound(self):
        for machine in ("ec2", "ecs", "pod", "irsa", "laptop"):
            with self.subTest(machine):
                with Rollout(machine).running() as (environment, _):
                    code, lines, scan = rollout.examine(environment)
                self.assertEqual((code, lines, scan.code), (0, [], 0), scan)

    def test_broken(self):
        self.assertGreaterEqual(len(CASES), 30)
        print(f"\n{'case':50} {'doctor':>6} {'scan':>4}  what doctor says")
        for case in CASES:
            with self.subTest(case.name):
                site = Rollout(case.machine)
                case.change(site)
                with site.running() as (environment, _):
                    code, lines, scan = rollout.examine(environment)
                said = [line["text"].split("\n")[0] for line in lines]
                print(f"{case.name:50} {code:6} {scan.code:4}  {' | '.join(said)}")
                self.assertEqual([line["check"] for line in lines], [case.check], (lines, scan))
                self.assertIn(case.text, lines[0]["text"] + " " + (lines[0]["advice"] or ""), lines)
                self.assertTrue(rollout.agrees(code, scan), (code, scan))

    def test_every_condition(self):
        """Of the templates' policies: each is broken once, and noticed."""
        broken = 0
        for machine in ("ec2", "ecs", "pod", "irsa", "laptop"):
            for name in ("trust", "hub_trust", "hub_policy") if machine == "pod" else ("hub_trust",):
                for path in conditions(getattr(Rollout(machine), name)):
                    with self.subTest(machine=machine, document=name, condition=path):
                        site = Rollout(machine)
                        number, operator, key = path
                        getattr(site, name)["Statement"][number]["Condition"][operator][key] = "arn:aws:iam::999999999999:role/x"
                        with site.running() as (environment, _):
                            code, lines, scan = rollout.examine(environment)
                        self.assertEqual(len(lines), 1, lines)
                        self.assertNotEqual(code, 0, scan)
                        self.assertTrue(rollout.agrees(code, scan), (code, scan))
                        broken += 1
        self.assertGreaterEqual(broken, 13)

    def test_what_iam_policy_prints(self):
        """Each of its policies is enough for the hub on each machine."""
        for machine, words in rollout.HUB_TRUSTS.items():
            with self.subTest(machine):
                site = Rollout(machine)
                site.print_policies(*words)
                with site.running() as (environment, _):
                    code, lines, scan = rollout.examine(environment)
                self.assertEqual((code, lines, scan.code), (0, [], 0), scan)

    def test_accepted_gaps(self):
        """What the settings accept is no problem for either."""
        site = Rollout()
        site.scp = fence(*REGIONS[:2])
        site.roleless = {2, 6}
        gap = "[gap {}]\nregions = {}\naccounts = {}\nstate = {}\nreason = known\nowner = me\nexpires = " + rollout.harness.LATER + "\n"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "exceptions.ini"
            path.write_text(gap.format("closed", REGIONS[2], "*", "denied") + gap.format("later", "*", f"{IDS[2]}, {IDS[6]}", "unreached"),
                            encoding="utf-8")
            site.environment["NEPTUNE_SCAN_CONTROLS_EXCEPTIONS"] = str(path)
            with site.running() as (environment, _):
                code, lines, scan = rollout.examine(environment)
        self.assertEqual((code, lines, scan.code), (0, [], 0), scan)

    def test_the_gap_can_be_pasted(self):
        """From the beginning of a line, with the regions that are closed."""
        site = Rollout()
        site.scp = fence(REGIONS[0])
        with site.running() as (environment, _):
            result = rollout.harness.run(["doctor"], environment)
        self.assertIn("\n[gap closed-regions]\nregions = eu-west-1, us-west-2\naccounts = *\nstate = denied\n", result.out)

    def test_who_must_be_trusted(self):
        """The role, never its session."""
        site = Rollout()
        site.environment["NEPTUNE_SCAN_ROLE_EXTERNAL_ID"] = "wrong"
        with site.running() as (environment, _):
            result = rollout.harness.run(["doctor"], environment)
        self.assertIn(f"trust policies name {HUB_ARN}\n", result.out)
        self.assertIn(f"neptune-scan iam-policy trust --principal {HUB_ARN}\n", result.out)

    def test_units_choose_the_sample(self):
        """An account outside of the named units is no problem of the scan."""
        with Rollout().running() as (_, truth):
            outside = next(number for number, account in IDS.items() if number > 1 and not next(
                one for one in truth["accounts"] if one["id"] == account)["ou"].startswith("/Prod"))
        for paths in ([], ["--no-paths"]):
            site = Rollout()
            site.flags += paths
            site.roleless = {outside}
            site.environment["NEPTUNE_SCAN_ORGANIZATION_OUS"] = "/Prod"
            with site.running() as (environment, _):
                code, lines, scan = rollout.examine(environment)
            self.assertEqual((code, lines), (0, []), scan)
            self.assertIn(scan.code, (0, 1), scan)

    def test_an_account_that_is_left_out(self):
        """Also where it is the hub's own, which may then read nothing."""
        site = Rollout()
        site.forbid("hub_policy", "rds:DescribeDBClusters")
        site.environment["NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS"] = AUDIT
        with site.running() as (environment, _):
            code, lines, scan = rollout.examine(environment)
        self.assertEqual((code, lines, scan.code), (0, [], 0), scan)


if __name__ == "__main__":
    unittest.main()
