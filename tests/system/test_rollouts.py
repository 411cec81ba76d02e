"""Roll-outs that went wrong: doctor names the cause in one line, and agrees with the scan.

Each case changes one thing of a sound roll-out (rollout.py). `ctest -V -R system.rollouts` prints the table.
"""
import copy
import socket
import unittest

import rollout
from rollout import AUDIT, HUB, HUB_ARN, IDS, MEMBER, REGIONS, Rollout, document, fence, statement

READS = ["organizations:DescribeOrganization", "organizations:ListAccounts", "organizations:ListRoots",
         "organizations:ListOrganizationalUnitsForParent", "organizations:ListAccountsForParent"]


class Case:
    """`change` breaks a roll-out; doctor's one line is of `check` and says `text`."""

    def __init__(self, name, check, text, change, machine="ec2", flags=()):
        self.name, self.check, self.text, self.change, self.machine, self.flags = name, check, text, change, machine, flags


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


def denied_in(region, *actions):
    """By a service control policy, in one region; all controls are selected, and the role may do anything else."""
    def change(site):
        site.environment["NEPTUNE_SCAN_CONTROLS_SELECT"] = "all"
        site.hub_policy = site.policy = document(statement("Allow", "*"))
        site.scp = document(statement("Deny", list(actions), Condition={"StringEquals": {"aws:RequestedRegion": region}}))
    return change


def in_many_accounts(change):
    """`change` gets the ids of accounts that no sample has."""
    def changed(site):
        site.flags += ["--accounts", "40"]
        change(site, [MANY[number] for number in sorted(MANY)[16:24]])
    return changed


def denied_in_accounts(count, *regions):
    """In some accounts, and there in some regions; none: in all."""
    def change(site, accounts):
        condition = {"aws:PrincipalAccount": accounts[:count], **({"aws:RequestedRegion": list(regions)} if regions else {})}
        site.scp = document(statement("Deny", "rds:*", Condition={"StringEquals": condition}))
    return in_many_accounts(change)


def refused_by_role(site, accounts):
    site.policy["Statement"].append(statement("Deny", "rds:DescribeDBClusters", Condition={"StringEquals": {"aws:PrincipalAccount": accounts[0]}}))


def accepted(site, *gap):
    site.accept(*gap)
    return site


def optional_region(site):
    """Eight regions are open, and all others accepted, but for one that only accounts that no sample has have enabled."""
    site.flags += ["--regions", "17", "--clusters", "0"]
    site.scp = fence("us-east-1", "eu-west-1")
    site.accept("denied", "us-west-2, eu-central-1, ap-southeast-2, us-east-2, af-south-1, ap-northeast-1, sa-east-1,\n    eu-north-1, ca-central-1, "
                "ap-south-1, eu-west-2, us-west-1, eu-south-1, me-south-1")


def organization_role(site):
    """The organization is read as a role of the management account, with the sound policy and the right to read."""
    arn = f"arn:aws:iam::{IDS[0]}:role/{MEMBER}"
    site.is_delegated = False
    site.environment.update(NEPTUNE_SCAN_ORGANIZATION_ROLE=arn, NEPTUNE_SCAN_ROLE_EXTERNAL_ID=None)
    site.trust, _ = rollout.role("member-role.yaml", IDS[2], PrincipalArn=HUB_ARN, OrganizationId=rollout.ORGANIZATION)
    site.policy["Statement"].append(statement("Allow", READS))


def closed_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


EVERYWHERE = "cannot be assumed in 5 of 5 sampled accounts: the role does not exist, or its trust policy or external id"
EVERYONE = {"Principal": "*"}

MANY = rollout.account_ids("--accounts", "40")

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
    Case("trust of other names of sessions", "role", EVERYWHERE, require("trust", "StringLike", "sts:RoleSessionName", "neptune-scan-d*")),
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
    Case("a policy against a later list, in one region", "regions", "rds:DescribeDBClusterSnapshots is denied in 1 region: eu-west-1",
         denied_in("eu-west-1", "rds:DescribeDBClusterSnapshots")),
    Case("a policy against instances, in one region", "regions", "rds:DescribeDBInstances is denied in 1 region: eu-west-1",
         denied_in("eu-west-1", "rds:DescribeDBInstances")),
    Case("the same, with --all", "regions", "rds:DescribeDBInstances is denied in 1 region: eu-west-1",
         denied_in("eu-west-1", "rds:DescribeDBInstances"), flags=["--all"]),
    Case("a policy against global databases, in one region", "regions", "rds:DescribeGlobalClusters is denied in 1 region: us-west-2",
         denied_in("us-west-2", "rds:DescribeGlobalClusters")),
    Case("a policy against snapshots of graphs, in one region", "regions", "neptune-graph:ListGraphSnapshots is denied in 1 region: eu-west-1",
         denied_in("eu-west-1", "neptune-graph:ListGraphSnapshots")),
    Case("a policy against parameters, in one region", "regions", "rds:DescribeDBClusterParameters is denied in 1 region: eu-west-1",
         denied_in("eu-west-1", "rds:DescribeDBClusterParameters")),
    Case("a policy against clusters alone, in one region", "regions", "rds:DescribeDBClusters is denied in 1 region: us-west-2",
         denied_in("us-west-2", "rds:DescribeDBClusters")),
    # What a sample cannot know.
    Case("one region of one account, with --all", "regions", "rds:DescribeDBClusters is denied in 1 region: us-west-2",
         denied_in_accounts(1, "us-west-2"), flags=["--all"]),
    Case("one region of five accounts, with --all", "regions", "rds:DescribeDBClusters is denied in 1 region: us-west-2",
         denied_in_accounts(5, "us-west-2"), flags=["--all"]),
    Case("the role of one account, with --all", "permissions", "1 of 8 actions is denied in 1 of 36 accounts (us-east-1): rds:DescribeDBClusters",
         in_many_accounts(refused_by_role), flags=["--all"]),
    Case("an opt-in region, with --all", "regions", "1 of 17 regions is closed by a policy of the organization", optional_region, flags=["--all"]),
    # Accepted gaps that accept less than they seem to.
    Case("a gap, and resources in it", "regions", "rds:DescribeDBClusters is denied in 1 region: us-west-2",
         lambda site: denied_in("us-west-2", "rds:DescribeDBClusters")(accepted(site, "denied", "us-west-2"))),
    Case("a gap of all regions, and resources in it", "regions", "rds:DescribeDBClusters is denied in 3 regions: ",
         lambda site: everything_but("scp", "rds:DescribeDBClusters")(accepted(site, "denied", ", ".join(REGIONS)))),
    Case("a gap that covers all", "gaps", "accepts every cell of 6 of 6 sampled accounts: nothing of them would be assessed",
         lambda site: accepted(site, "error", ", ".join(REGIONS)).environment.update(AWS_ENDPOINT_URL_RDS="http://rds.invalid")),
    Case("an account without the role, accepted in one region", "role", "cannot be assumed in 1 of 5 sampled accounts",
         lambda site: accepted(site, "unreached", "us-west-2", IDS[2]).roleless.add(2)),
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
                    code, lines, scan = rollout.examine(environment, *case.flags)
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
        site.accept("denied", REGIONS[2])
        site.accept("unreached", "*", f"{IDS[2]}, {IDS[6]}")
        self.assert_content(site)

    def assert_content(self, site, *flags):
        with site.running() as (environment, _):
            code, lines, scan = rollout.examine(environment, *flags)
        self.assertEqual((code, lines, scan.code), (0, [], 0), scan)

    def test_a_gap_that_names_the_regions(self):
        """Each region that is scanned: as good as all."""
        site = Rollout()
        site.roleless = {2}
        site.accept("unreached", ", ".join(REGIONS), IDS[2])
        self.assert_content(site)

    def test_names_of_sessions(self):
        """Doctor's have the form of a scan's, which ends with the id of the run."""
        site = Rollout()
        site.require("trust", "StringLike", "sts:RoleSessionName", "neptune-scan-0*")
        self.assert_content(site)

    def test_a_role_that_reads_the_organization(self):
        site = Rollout()
        organization_role(site)
        self.assert_content(site)
        site.forbid("policy", "organizations:ListAccounts")
        with site.running() as (environment, _):
            code, lines, scan = rollout.examine(environment)
        self.assertEqual((code, [line["check"] for line in lines], scan.code), (4, ["organization"], 4), lines)
        self.assertIn("organizations:ListAccounts", lines[0]["text"])

    def test_a_sample_is_called_one(self):
        """Where it cannot know: each of these is found with --all, in CASES."""
        for change in (denied_in_accounts(1, "us-west-2"), in_many_accounts(refused_by_role), optional_region):
            site = Rollout()
            change(site)
            with site.running() as (environment, _):
                result = rollout.harness.run(["doctor"], environment)
                scan = rollout.harness.scan(environment)
            self.assertEqual((result.code, scan.code), (0, 3), result)
            self.assertRegex(result.out, r"role .* sampled accounts \(.*--all checks each\)")
            self.assertRegex(result.out, r"permissions .* sampled accounts")
            self.assertRegex(result.out, r"regions .*one sampled account of each region \(--all: in each\)")

    def test_what_may_come(self):
        """Doctor warns of a missing permission of the selected controls, also where no resource needs it yet."""
        def without_encryption(site):
            site.flags += ["--clusters", "0"]
            site.forbid("policy", "kms:DescribeKey")

        def with_tags_in_lists(site):
            site.gaps = ("[exception lab]\ncontrol = neptune-encryption-at-rest\naccount = *\nresource = lab-*\ntag = environment=lab\n"
                         f"owner = me\nreason = known\nexpires = {rollout.harness.LATER}\n")
            site.forbid("policy", "rds:ListTagsForResource")

        for change, action in ((without_encryption, "kms:DescribeKey"), (with_tags_in_lists, "rds:ListTagsForResource"),
                               (forbid("policy", "kms:ListKeyRotations"), "kms:ListKeyRotations")):
            with self.subTest(action):
                site = Rollout()
                change(site)
                with site.running() as (environment, _):
                    code, lines, scan = rollout.examine(environment)
                self.assertEqual((code, scan.code), (1, 0), (lines, scan))
                self.assertTrue(lines and all(line["check"] == "permissions" and action in line["text"] for line in lines), lines)

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
