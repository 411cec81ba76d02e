"""Customers who roll out step by step: what doctor and a scan say after each, with the policies that are in force then.

docs/operations.md has the table; UPDATE_GOLDEN=1 writes it anew.
"""
import os
import pathlib
import re
import tempfile
import unittest

import rollout
from rollout import AUDIT, HUB_TRUSTS, IDS, POD, PROVIDER, REGIONS, Rollout, fence, printed

PAGE = rollout.harness.SOURCE / "docs/operations.md"
MEMBERS = set(IDS) - {0, 1}
GAP = """[gap closed-regions]
regions = {}
accounts = *
state = denied
reason = a policy of the organization closes these regions
owner = platform team
expires = {}
"""


def control_tower():
    """Region deny from the beginning; the audit account is a delegated administrator already. The hub is on EC2."""
    site = Rollout("ec2")
    site.scp = fence(*REGIONS[:2])
    site.roleless = {0, *MEMBERS}
    yield "the hub's role", site
    site.roleless = {0}
    yield "the StackSet", site
    site.roleless = set()
    yield "the stack in the management account", site
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "exceptions.ini"
        path.write_text(GAP.format(REGIONS[2], rollout.harness.LATER), encoding="utf-8")
        site.environment["NEPTUNE_SCAN_CONTROLS_EXCEPTIONS"] = str(path)
        yield "the gap that doctor printed, accepted", site


def terraform():
    """Policies as `iam-policy` prints them, a resource policy of the organization, no external id. The hub is on ECS."""
    site = Rollout("ecs")
    site.print_policies(*HUB_TRUSTS["ecs"], external_id=None)
    site.environment["NEPTUNE_SCAN_ROLE_EXTERNAL_ID"] = None
    delegation, site.delegation, site.roleless = site.delegation, None, {0, *MEMBERS}
    yield "the hub's role", site
    site.delegation = delegation
    yield "the organization's resource policy", site
    site.roleless = {0}
    yield "the StackSet", site
    site.roleless = set()
    yield "the role in the management account", site


def irsa():
    site = Rollout("irsa")
    site.hub_trust = printed("hub-trust", "--oidc-provider", f"arn:aws:iam::{AUDIT}:oidc-provider/{PROVIDER}", "--namespace", "default",
                             "--service-account", "default")
    site.roleless = {0, *MEMBERS}
    yield "the hub's role, for another service account", site
    site.hub_trust = printed("hub-trust", *HUB_TRUSTS["irsa"])
    yield "the hub's role, for the job's service account", site
    site.roleless = set()
    yield "the StackSet and the management account", site


def pod_identity():
    site = Rollout("pod")
    site.forbid("trust", "sts:TagSession")
    site.hub_trust = printed("hub-trust", "--service", "ec2.amazonaws.com")
    yield "the hub's role, for EC2; member roles without sts:TagSession", site
    site.hub_trust = printed("hub-trust", "--service", "pods.eks.amazonaws.com", "--account", AUDIT, *POD)
    yield "the hub's role, for EKS", site
    site.trust = Rollout("pod").trust
    yield "member roles of the template", site


def laptop():
    site = Rollout("laptop")
    chain = site.hub_trust
    site.environment["NEPTUNE_SCAN_ROLE_CHAIN"] = None
    yield "the person's own credentials", site
    del site.environment["NEPTUNE_SCAN_ROLE_CHAIN"]
    site.hub_trust = printed("hub-trust", "--service", "ec2.amazonaws.com")
    yield "`--role-chain`, and a hub that trusts EC2 alone", site
    site.hub_trust = chain
    yield "a hub that trusts the person", site


CUSTOMERS = {"Control Tower, region deny, audit account": control_tower, "Terraform only, ECS": terraform, "EKS with IRSA": irsa,
             "EKS with Pod Identity": pod_identity, "a chain from a laptop": laptop}


def cells(scan):
    """"assessed of those in scope", and those that a gap accepts."""
    if scan.report is None:
        return "-"
    states = scan.report["run"]["totals"]
    assessed = sum(states[state] for state in ("pass", "fail", "exempt", "empty", "disabled", "unsupported"))
    accepted = states.get("accepted", 0)
    return f"{assessed} of {states['cells'] - states['skipped']}" + (f", {accepted} accepted" if accepted else "")


def said(lines):
    """The first line of each finding, without the address of the simulated AWS."""
    texts = [re.sub(r"http://127.0.0.1:\d+", "http://AWS", line["text"].split("\n")[0]) for line in lines]
    return "; ".join(text if len(text) <= 200 else text[:200] + "..." for text in texts) or "nothing to do"


class Customers(unittest.TestCase):
    def test_step_by_step(self):
        rows, last = [], None
        for customer, steps in CUSTOMERS.items():
            for step, site in steps():
                with self.subTest(customer=customer, step=step), site.running() as (environment, _):
                    code, lines, scan = rollout.examine(environment)
                    self.assertTrue(rollout.agrees(code, scan), (code, lines, scan))
                    self.assertEqual(bool(lines), code != 0, lines)
                    last = code, scan.code
                    rows.append(f"| {customer} | {step} | {code} | {scan.code} | {cells(scan)} | {said(lines)} |")
            self.assertEqual(last, (0, 0), f"{customer}: the last step")
        table = "\n".join(["| customer | after this step | doctor | scan | cells assessed | what doctor says |", "|---|---|---|---|---|---|", *rows])
        print("\n" + table)
        text = PAGE.read_text(encoding="utf-8")
        updated = re.sub(r"(<!-- customers -->\n).*?(\n<!-- end -->)", lambda found: found[1] + table + found[2], text, flags=re.S)
        if os.environ.get("UPDATE_GOLDEN") == "1":
            PAGE.write_text(updated, encoding="utf-8")
        else:
            self.assertIn("<!-- customers -->", text)
            self.assertEqual(text, updated)


if __name__ == "__main__":
    unittest.main()
