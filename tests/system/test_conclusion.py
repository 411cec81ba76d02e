"""One conclusion: exit code, table, Markdown, page, JSON and the end of the scan say the same, on fifty runs."""
import html
import json
import os
import re
import tempfile
import unittest

import harness

ESTATES = (  # flags of the simulated organization; in those without faults an account fails that has no gap
    ("--accounts", "6", "--regions", "2", "--seed", "16"),
    ("--accounts", "6", "--regions", "2", "--seed", "28"),
    ("--accounts", "6", "--regions", "2", "--seed", "35"),
    ("--accounts", "8", "--regions", "3", "--seed", "5", "--faults", "rds:DescribeDBInstances=denied@20%,seed=2"),
    ("--accounts", "7", "--regions", "2", "--seed", "7", "--faults", "rds:DescribeDBClusters=garbage@10%,kms:DescribeKey=denied@50%"),
)
EXCEPTIONS = f"""[exception one]
control = neptune-encryption-at-rest
account = *
region = *
resource = graph-*
owner = o
reason = r
expires = {harness.LATER}
"""
WITHOUT_GAPS = ("--exclude-accounts", "GAPS")
FLAGS = (  # of a scan; GAPS are accounts that cannot be assessed completely, OTHERS the rest, EXCEPTIONS the file above
    (), ("--fail-on", "high"), ("--fail-on", "critical"), ("--controls", "neptune-key-rotation", "--fail-on", "medium"),
    ("--controls", "neptune-encryption-at-rest", "--exceptions", "EXCEPTIONS"), WITHOUT_GAPS,
    (*WITHOUT_GAPS, "--exceptions", "EXCEPTIONS"),
    (*WITHOUT_GAPS, "--controls", "neptune-key-rotation", "--fail-on", "high"),
    (*WITHOUT_GAPS, "--controls", "neptune-retained-backup-encryption"), ("--exclude-accounts", "OTHERS"),
)
WORDS = ("FAIL", "INCOMPLETE", "PASS")
CODES = {("PASS",): {0}, ("FAIL",): {0, 1}, ("INCOMPLETE",): {3}, ("FAIL", "INCOMPLETE"): {3}}


def of_table(text):
    """Words and sentences of the block behind the head."""
    block = text.split("\n\n")[1].splitlines()
    lines = [(line[:12].strip(), line[12:]) for line in block if not line.startswith("EXEMPT")]
    return [word for word, _ in lines if word], [sentence for _, sentence in lines]


def of_markdown(text):
    lines = re.findall(r"(?m)^\*\*(FAIL|INCOMPLETE|PASS):\*\* (.*)$", text)
    return [word for word, _ in lines], " ".join(sentences for _, sentences in lines)


def of_page(text):
    lines = re.findall(r"<p class=\"verdict[^>]*><strong>(\w+)</strong> (.*?)</p>", text)
    return [word for word, _ in lines], html.unescape(re.sub("</?b>", "", " ".join(sentences for _, sentences in lines)))


class Conclusion(unittest.TestCase):
    def split_accounts(self, environment):
        """Those with a cell that cannot be assessed completely, and the others."""
        report = harness.scan(environment).report
        gaps = {cell["account"] for cell in report["cells"] if not cell["complete"]}
        return {"GAPS": ",".join(sorted(gaps)), "OTHERS": ",".join(sorted({account["id"] for account in report["accounts"]} - gaps))}

    def scan(self, environment, flags):
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: os.path.join(folder, name) for name in ("table", "markdown", "html", "json")}
            wanted = [flag for name, path in paths.items() for flag in ("--report", f"{name}={path}")]
            result = harness.run(["scan", *wanted, *flags], environment)
            texts = {}
            for name, path in paths.items():
                with open(path, encoding="utf-8") as stream:
                    texts[name] = stream.read()
        return result, texts, json.loads(texts["json"])["run"]

    def compare(self, result, texts, run):
        told = run["conclusion"]
        words, sentences = told["words"], told["sentences"]
        self.assertEqual(words, [word for word in WORDS if word in words])
        self.assertIn(result.code, CODES[tuple(words)], result)
        self.assertEqual((told["exit_code"], run["complete"]), (result.code, "INCOMPLETE" not in words))
        self.assertEqual("FAIL" in words, run["totals"]["failing_resources"] > 0)
        self.assertEqual(of_table(texts["table"]), (words, sentences))
        for read, name in ((of_markdown, "markdown"), (of_page, "html")):
            self.assertEqual(read(texts[name]), (words, " ".join(sentences)), name)
        last = result.err.splitlines()[-1]
        self.assertRegex(last, rf"^Result  {', '.join(words)}: .* \(exit code {result.code}\)$")
        self.assertNotIn("PASS", "" if "PASS" in words else " ".join((last, texts["html"].split("<script")[0])))
        for word in WORDS:
            self.assertEqual(word in words, bool(re.search(rf"(?m)^{word}  ", texts["table"])), texts["table"])
        return tuple(words), result.code

    def test_fifty_runs(self):
        seen = []
        with tempfile.TemporaryDirectory() as folder:
            exceptions = os.path.join(folder, "exceptions.ini")
            with open(exceptions, "w", encoding="utf-8") as stream:
                stream.write(EXCEPTIONS)
            for estate in ESTATES:
                with harness.estate(*estate) as (environment, _):
                    values = {**self.split_accounts(environment), "EXCEPTIONS": exceptions}
                    for flags in FLAGS:
                        flags = [values.get(flag, flag) for flag in flags]
                        with self.subTest(estate=estate, flags=flags):
                            seen.append(self.compare(*self.scan(environment, flags)))
        self.assertEqual(len(seen), 50)
        self.assertEqual({words for words, _ in seen}, set(CODES), seen)
        self.assertEqual({code for _, code in seen}, {0, 1, 3}, seen)
        self.assertIn((("FAIL",), 0), seen)  # below --fail-on
        print(f"50 runs: {', '.join(f'{seen.count(one)} {one[0]} exit {one[1]}' for one in sorted(set(seen)))}")

    def test_the_end(self):
        """Also where every report goes to a file; --quiet leaves it out; as JSON it is one event."""
        with harness.estate(*ESTATES[0]) as (environment, _), tempfile.TemporaryDirectory() as folder:
            csv, store = os.path.join(folder, "a.csv"), os.path.join(folder, "my runs.db")
            flags = ["scan", "--report", f"csv={csv}", "--db", store]
            result = harness.run(flags, environment)
            for line in (r"Scanned 6 accounts in \S+ s: \d+ requests, 0 retried", rf"Stored  run \w{{26}} in {store}",
                         rf"Wrote   {csv} \(csv\)", rf"Next    neptune-scan plan --db '{store}' +scripts",
                         r"Result  FAIL.* \(exit code [13]\)"):
                self.assertRegex(result.err, rf"(?m)^{line}", result)
            self.assertEqual((result.out, harness.run([*flags, "--quiet"], environment).err), ("", ""))
            events = [json.loads(line) for line in harness.run([*flags, "--log-format", "json"], environment).err.splitlines()]
            self.assertEqual((events[-1]["event"], events[-1]["level"]), ("scan.finished", "info"))
            self.assertEqual(f"Result  {events[-1]['text']}", result.err.splitlines()[-1])
            failing = re.search(r"neptune-scan (show \d+)", result.err).group(1)
            self.assertEqual(harness.run([*failing.split(), "--db", store], environment).code, 0)

    def test_filtered(self):
        with harness.estate(*ESTATES[0]) as (environment, _), tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "runs.db")
            report = harness.scan(environment, "--db", store).report
            self.assertIsNone(report["run"]["filter"])
            account = report["accounts"][0]["id"]
            for flags, words in ((("--accounts", account), "1 of 6 accounts"), (("--controls", "neptune-key-rotation"),
                                 "findings of neptune-key-rotation alone; totals and states are those of all controls")):
                for form, line in (("table", f"Filtered: {words}\n"), ("markdown", f"**Filtered:** {words}\n"), ("json", f'"filter":"{words}"')):
                    self.assertIn(line, harness.run(["report", "--db", store, "--report", form, *flags], environment).out)


if __name__ == "__main__":
    unittest.main()
