"""Exceptions by account name, and files without any: what is covered is what somebody answers for, or nothing."""
import collections
import json
import os
import tempfile
import unittest

import harness
import reports

ONE = ("[exception {name}]\ncontrol = neptune-encryption-at-rest\naccount = {account}\nresource = *\nowner = graph-team@example.com\n"
       "reason = synthetic data\nexpires = " + harness.LATER + "\n")


class Exceptions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Names are borne by two accounts each; the last account bears another one's id, its twin has its name alone."""
        context = harness.estate("--accounts", "40", "--regions", "5", "--odd-names", "--seed", "3", "--controls",
                                 "neptune-encryption-at-rest")
        cls.environment, cls.truth = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.names = {account["id"]: account["name"] for account in cls.truth["accounts"]}
        bearers = collections.Counter(cls.names.values())
        cls.failing = collections.Counter(finding["account"] for finding in cls.truth["findings"] if finding["verdict"] == "fail")
        cls.by_id = next(name for name in bearers if name in cls.names)
        cls.lab = next(account for account in cls.failing if bearers[cls.names[account]] == 2 and account != cls.by_id)
        cls.twin = cls.names[cls.lab]
        cls.alone = next(name for name, count in bearers.items() if count == 1 and name not in cls.names)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder, self.store = folder.name, os.path.join(folder.name, "runs.db")

    def file(self, *accounts, text=None):
        path = os.path.join(self.folder, "exceptions.ini")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("".join(ONE.format(name=f"e{i}", account=account) for i, account in enumerate(accounts)) if text is None else text)
        return path

    def scan(self, path, *flags):
        return harness.scan(self.environment, "--controls", "neptune-encryption-at-rest", "--exceptions", path, "--db", self.store, *flags)

    def check(self, path, code):
        shown = harness.run(["exceptions", "check", path, "--db", self.store], self.environment)
        result = harness.run(["exceptions", "check", path, "--db", self.store, "--format", "json"], self.environment)
        self.assertEqual((shown.code, result.code), (code, code), shown)
        return shown, json.loads(result.out) if result.out else None

    def cells_asked(self):
        return harness.statistics(self.environment)["operations"].get("rds:DescribeDBClusters", 0)

    def bearers(self, name):
        return sorted(account for account in self.names if self.names[account] == name)

    def test_a_name_of_two_accounts_is_refused(self):
        path, bearers, before = self.file(self.by_id, self.twin), self.bearers(self.twin), self.cells_asked()
        result = self.scan(path)
        self.assertEqual(result.code, 2, result)
        said = f'exception e1: 2 accounts bear the name "{self.twin}"'
        self.assertIn(said, result.err)
        for account in bearers:
            self.assertIn(account, result.err)
        self.assertIsNone(result.report)
        self.assertEqual(self.cells_asked(), before)
        harness.scan(self.environment, "--db", self.store, "--controls", "neptune-encryption-at-rest")
        shown, _ = self.check(path, 2)
        self.assertIn(said, shown.err)
        self.assertEqual(shown.out, "")

    def test_each_covers_the_account_that_it_names(self):
        """By id, by a name that one account bears, and by an id that is another one's name."""
        path = self.file(self.lab, self.alone, self.by_id)
        result = self.scan(path)
        self.assertEqual(reports.inconsistencies(result.report), [])
        expected = {self.lab: "e0", self.bearers(self.alone)[0]: "e1", self.by_id: "e2"}
        for finding in result.report["findings"]:
            covered = finding["verdict"] == "fail" and expected.get(finding["account"])
            self.assertEqual(finding["exception"], covered or None, finding)
        self.assertGreater(self.failing[self.lab], 0)
        shown, checked = self.check(path, 0 if all(self.failing[account] for account in expected) else 1)
        self.assertEqual([[(account["id"], account["name"], account["findings"]) for account in exception["accounts"]]
                          for exception in checked["exceptions"]],
                         [[(account, self.names[account], self.failing[account])] for account in expected])
        for account in expected:
            self.assertIn(f"accounts: {account} (", shown.out)

    def test_all_accounts_are_listed(self):
        harness.scan(self.environment, "--db", self.store, "--controls", "neptune-encryption-at-rest")
        wide = ONE.replace("resource = *", "resource = *[a-z0-9]*").format(name="wide", account="*")
        _, checked = self.check(self.file(text=wide + ONE.format(name="gone", account="nobody")), 1)
        listed = {account["id"]: account["findings"] for account in checked["exceptions"][0]["accounts"]}
        self.assertEqual(listed, {account: count for account, count in self.failing.items() if count})
        self.assertEqual(checked["exceptions"][1]["accounts"], [])

    def test_a_file_without_any(self):
        plain = harness.scan(self.environment, "--controls", "neptune-encryption-at-rest")
        for text in ("", "\n", "; the last one ended in spring\n"):
            with self.subTest(text):
                path = self.file(text=text)
                result = self.scan(path, "--report", "table")
                self.assertEqual(result.code, plain.code, result)
                self.assertEqual(result.report["exceptions"], [])
                self.assertRegex(result.err, rf"warning: .*{path} holds no exception, so none applies")
                self.assertIn("holds no exception", result.report["run"]["note"])
                shown, checked = self.check(path, 0)
                self.assertIn("It contains no exceptions.", shown.out)
                self.assertEqual((checked["covered"], checked["exceptions"]), (0, []))
                doctor = harness.run(["doctor", "--exceptions", path], self.environment)
                self.assertRegex(doctor.out, "warning +configuration +.*contains no exception")
        broken = self.scan(self.file(text="[exception half]\n"))
        self.assertEqual(broken.code, 2)
        self.assertIn("exception half: control is missing", broken.err)

    def test_names_that_nobody_asks_for(self):
        """With accounts named, AWS is not asked what they are called."""
        account = self.bearers(self.alone)[0]
        result = self.scan(self.file(self.alone), "--accounts", account)
        self.assertIn("names are not known then; use ids", result.err)
        self.assertIn("names are not known then; use ids", result.report["run"]["note"])
        self.assertEqual({finding["exception"] for finding in result.report["findings"]} | {None}, {None})

    def test_words_that_name_an_account(self):
        """Of the commands that ask a stored run: a name that two bear is refused, an id is never a name."""
        harness.scan(self.environment, "--db", self.store, "--controls", "neptune-encryption-at-rest")
        for command in (["show", self.twin], ["plan", "--account", self.twin, "--format", "json"]):
            result = harness.run([*command, "--db", self.store], self.environment)
            self.assertEqual((result.code, result.out), (2, ""), result)
            self.assertIn(f'2 accounts have the name "{self.twin}" ({", ".join(self.bearers(self.twin))})\n  Fix: name one by its id', result.err)
        for word in (self.lab, self.by_id, self.alone):
            shown = json.loads(harness.run(["show", word, "--format", "json", "--db", self.store], self.environment).out)
            self.assertEqual(shown["id"], word if word in self.names else self.bearers(word)[0])
        report = harness.run(["report", "--accounts", self.by_id, "--report", "json", "--db", self.store], self.environment)
        self.assertEqual([account["id"] for account in json.loads(report.out)["accounts"]], [self.by_id])

    def test_a_plan_by_name(self):
        with harness.estate("--accounts", "40", "--regions", "5", "--seed", "3") as (environment, truth):
            harness.scan(environment, "--db", self.store)
            finding = next(f for f in truth["findings"] if f["verdict"] == "fail" and f["control"] == "neptune-encryption-at-rest")
            name = next(account["name"] for account in truth["accounts"] if account["id"] == finding["account"])
            plans = [harness.run(["plan", "--account", word, "--format", "json", "--db", self.store], environment).out
                     for word in (name, finding["account"])]
        self.assertIn(finding["resource"]["id"], plans[0])
        self.assertEqual(*plans)


if __name__ == "__main__":
    unittest.main()
