"""Scenes that stand beside a developer's checkout (../shared/cases): each an AWS in which something was judged wrong.

A row of SCENES is a scene, the flags of the scan, its exit code, and what is right: {control: verdict} of its findings, None
where a control does not apply, and {(account, region): state} of its cells. A scene without a row is named and left out.
"""
import importlib.util
import json
import unittest

import harness

CASES = harness.SOURCE.parent / "shared/cases"
if not (CASES / "fake_aws.py").exists():
    harness.skip("../shared/cases is not here")
harness.enter_python("botocore is")

HOME, MEMBER = "111111111111", "222222222222"
AT_REST, TRANSIT, AUDIT = "neptune-encryption-at-rest", "neptune-encryption-in-transit", "neptune-audit-logs"
USABLE, ROTATION = "neptune-key-usable", "neptune-key-rotation"
ALL, HARDENING = ("--controls", "all"), ("--controls", "hardening")
CUSTOMER_KEY = ("--controls", AT_REST, "--require-key", "customer")

SCENES = {
    "d1-audit-log-exported-but-switched-off": (HARDENING, 1, {AUDIT: "fail", TRANSIT: "pass"}, {(HOME, "us-east-1"): "fail"}),
    "d3-key-of-the-organizations-key-account": (
        ALL, 0, {USABLE: "pass", ROTATION: None, AT_REST: "pass"}, {(HOME, "us-east-1"): "pass", (MEMBER, "us-east-1"): "empty"}),
    "f5-customer-key-required-one-control-selected": (CUSTOMER_KEY, 1, {AT_REST: "fail"}, {(HOME, "us-east-1"): "fail"}),
    "f6a-enforce-ssl-0-where-only-https-is-served": (HARDENING, 0, {TRANSIT: "pass"}, {(HOME, "us-east-1"): "pass"}),
    "f6b-enforce-ssl-is-no-parameter-any-more": (HARDENING, 0, {TRANSIT: "pass"}, {(HOME, "us-east-1"): "pass"}),
    "f7-rotation-of-a-key-that-will-be-deleted": (ALL, 1, {USABLE: "fail", ROTATION: None}, {(HOME, "us-east-1"): "fail"}),
}


def load_server():
    specification = importlib.util.spec_from_file_location("fake_aws", CASES / "fake_aws.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Scenes(unittest.TestCase):
    def test_scenes(self):
        server = load_server()
        for path in sorted((CASES / "scenes").glob("*.json")):
            if path.stem not in SCENES:
                print(f"left out: {path.stem}")
                continue
            flags, code, verdicts, cells = SCENES[path.stem]
            with self.subTest(path.stem):
                with open(path, encoding="utf-8") as stream:
                    told = json.load(stream)
                found_code, report, log, _ = server.scan(told, harness.SCANNER, flags)
                self.assertIsNotNone(report, log)
                found = {control: sorted({f["verdict"] for f in report["findings"] if f["control"] == control})
                         for control in verdicts}
                self.assertEqual(found, {control: [verdict] if verdict else [] for control, verdict in verdicts.items()})
                self.assertEqual({(cell["account"], cell["region"]): cell["state"] for cell in report["cells"]}, cells)
                self.assertEqual(found_code, code, log)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
