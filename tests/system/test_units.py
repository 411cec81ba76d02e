"""Organizational units that settings name: those that are there, by the tree; those that are not, said and never passed over."""
import json
import unittest

import harness
import reports

UNKNOWN = {  # as a setting names a unit, and what is suggested
    "/prod": "/Prod", "/Prod/payments & cards": "/Prod/Payments & Cards", "/Prodd": "/Prod",
    "ou-est8-00000099": "ou-est8-00000009", "/Renamed long ago": None, "r-zzzz9999": None}


class Units(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        context = harness.estate("--accounts", "60", "--regions", "2", "--odd-names")
        cls.environment, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.units = {account["id"]: account["ou"] for account in cls.truth["accounts"] if account["status"] == "ACTIVE"}
        assert {"/Prod/Payments & Cards", r"/Prod\/Payments & Cards/Core", r"/Dev\\Test/Core"} <= set(cls.units.values()), cls.units

    def below(self, *paths):
        return {account for account, unit in self.units.items()
                if any(unit == path or unit.startswith(path + "/") for path in paths)}

    def in_scope(self, result):
        """Active accounts that no setting left out."""
        return {account["id"] for account in result.report["accounts"]
                if account["id"] in self.units and not (account["reason"] or "").startswith(("not below organization.ous", "below organization.exclude_ous"))}

    def sessions(self):
        return harness.statistics(self.environment)["operations"].get("sts:AssumeRole", 0)

    def test_by_the_tree(self):
        """A slash inside a name makes no child; ids, and slashes at the end, name the same units."""
        for names, paths in (("/Prod", ["/Prod"]), ("/Prod/", ["/Prod"]), ("ou-est8-00000001", ["/Prod"]),
                             ("/Prod/Payments & Cards", ["/Prod/Payments & Cards"]),
                             (r"/Prod\/Payments & Cards", [r"/Prod\/Payments & Cards"]),
                             ("ou-est8-00000003", [r"/Prod\/Payments & Cards"]),
                             (r"/Dev\\Test", [r"/Dev\\Test"]),
                             (r"/Dev\\Test/Core, /Prod", [r"/Dev\\Test/Core", "/Prod"])):
            with self.subTest(names):
                result = harness.scan(self.environment, "--ous", names)
                self.assertEqual(self.in_scope(result), self.below(*paths), result.err)
                result = harness.scan(self.environment, "--exclude-ous", names)
                self.assertEqual(self.in_scope(result), set(self.units) - self.below(*paths), result.err)
                self.assertIsNone(result.report["run"]["note"])
        for everything in ("/", "//", "r-est8"):
            result = harness.scan(self.environment, "--ous", everything)
            self.assertEqual(reports.differences(self.truth, result.report), [])

    def test_one_that_is_not_there_is_refused(self):
        """Beside one that is: the scan would be narrowed, and might pass."""
        for name, suggestion in UNKNOWN.items():
            with self.subTest(name):
                before = self.sessions()
                result = harness.scan(self.environment, "--ous", f"/Prod, {name}")
                self.assertEqual(result.code, 2, result)
                self.assertIsNone(result.report)
                self.assertIn(f'organization.ous names no unit of o-estate0001: "{name}"', result.err)
                self.assertEqual("Did you mean" in result.err, suggestion is not None, result.err)
                self.assertIn(f'Did you mean "{suggestion}"?' if suggestion else "Fix: ", result.err)
                self.assertEqual(self.sessions(), before)

    def test_what_can_be_no_unit_is_known_at_once(self):
        before = harness.statistics(self.environment)["requests"]
        for name in ("Prod", "Prod/Payments & Cards", "prod", "o-estate0001", "*"):
            result = harness.scan(self.environment, "--ous", f"/Prod,{name}")
            self.assertEqual(result.code, 2, result)
            self.assertIn(f'"{name}": must be paths such as /Prod/Payments', result.err)
            self.assertIn(f'Did you mean "/{name}"?', result.err)
        self.assertEqual(harness.statistics(self.environment)["requests"], before)

    def test_one_that_is_not_there_excludes_nothing_and_says_so(self):
        for name, suggestion in {**UNKNOWN, "Prod": "/Prod"}.items():
            with self.subTest(name):
                result = harness.scan(self.environment, "--exclude-ous", f"/Prod/Graph,{name}", "--report", "table")
                self.assertEqual(self.in_scope(result), set(self.units) - self.below("/Prod/Graph"))
                self.assertEqual(result.code, harness.scan(self.environment).code)
                said = f'organization.exclude_ous has no effect for "{name}", which is not a unit of the organization'
                said += f'. Did you mean "{suggestion}"?' if suggestion else ""
                self.assertIn(said, result.err)
                self.assertEqual(result.report["run"]["note"], said)
                self.assertIn(said, " ".join(result.out.split()))

    def test_named_accounts_are_in_no_unit(self):
        """Both would scan more than was asked for: neither the scan nor doctor goes by such settings."""
        for flag, key in (("--ous", "ous"), ("--exclude-ous", "exclude_ous")):
            for command in ("scan", "doctor"):
                with self.subTest(command, flag=flag):
                    result = harness.run([command, "--accounts", "111111111111", flag, "/Prod"], self.environment)
                    self.assertEqual(result.code, 2, result)
                    self.assertIn(f"organization.accounts (from --accounts) and organization.{key} (from {flag}) are both set", result.err)

    def test_doctor(self):
        def units(*flags):
            result = harness.run(["doctor", "--format", "json", *flags], self.environment)
            return result.code, [(line["level"], line["text"]) for line in json.loads(result.out)["checks"] if line["check"] == "units"]

        self.assertEqual(units()[1], [])
        self.assertEqual(units("--ous", r"/Prod,/Dev\\Test/Core", "--exclude-ous", "ou-est8-00000005")[1],
                         [("ok", "3 of 3 named units are in the organization")])
        code, lines = units("--ous", "/Prod,/prod/Graph", "--exclude-ous", "Dev")
        self.assertEqual(code, 4)
        self.assertEqual(lines, [
            ("failure", 'organization.ous names "/prod/Graph", which is not a unit of the organization. Did you mean "/Prod/Graph"?'),
            ("warning", 'organization.exclude_ous names "Dev", which is not a unit of the organization')])
        code, lines = units("--exclude-ous", "/prod")
        self.assertEqual((code, [level for level, _ in lines]), (1, ["warning"]))

    def test_doctor_where_the_tree_cannot_be_read(self):
        with harness.estate("--accounts", "6", "--regions", "1", "--faults",
                            "organizations:ListOrganizationalUnitsForParent=denied@100%") as (environment, _):
            result = harness.run(["doctor", "--ous", "/Prod"], environment)
            self.assertEqual(result.code, 4, result)
            self.assertRegex(result.out, "failure +units +the organizational units cannot be read: organizations:ListOrg.*AccessDenied")
            self.assertEqual(harness.scan(environment, "--ous", "/Prod").code, 4)


if __name__ == "__main__":
    unittest.main()
