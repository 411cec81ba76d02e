"""Words that no user reads: each text that cmake/strings.py extracts, without what Markdown marks as code, is held against a list.

CONTRIBUTING.md, "Sentences", has the words that are used in their place.
"""
import re
import sys
import unittest

import harness

sys.path.insert(0, str(harness.SOURCE / "cmake"))

import strings  # noqa: E402

PRIVATE = ["nobody", "whoever", "somebody", r"look(?:s|ed|ing)? into", "did not say", r"(?:came|comes?|went|goes) to its end", r"lets? us", "lets? in",
           "way back", "made anew", "built anew", "no good", r"(?:is|are) told", "who are you", r"AWS (?:says|said|tells|told|answers|answered)\b", r"asks? AWS",
           r"(?:keys|credentials|session) (?:is|are) over", "gone on with", "all the same, give"]
WORDS = re.compile(rf"\b(?:{'|'.join(PRIVATE)})\b", re.IGNORECASE)
MARKDOWN_CODE = re.compile(r"`[^`]*`")


class Wording(unittest.TestCase):
    def test_no_text_has_a_private_word(self):
        for path, line, text in strings.texts():
            prose = MARKDOWN_CODE.sub("", text) if path.suffix == ".md" else text
            with self.subTest(f"{path.relative_to(strings.ROOT)}:{line}"):
                self.assertEqual(WORDS.findall(prose), [], text)

    def test_an_error_ends_with_its_fix(self):
        """Advice stands on a line of its own, "  Fix: ...", and does not follow a semicolon."""
        calls = re.compile(r"\b(?:error_set|diagnostics_add)\((.*?)\);", re.DOTALL)
        advice = re.compile(r"[;:] (?:add|change|check|choose|export|keep|leave|make|move|name|pass|put|remove|run|scan|set|try|"
                            r"use|wait)\b(?!\.)")
        for folder in ("config", "scanner"):
            for path in sorted((harness.SOURCE / folder).rglob("*.c")):
                for call in calls.finditer(path.read_text(encoding="utf-8")):
                    for _, text in strings.literals(call[1], '"'):
                        with self.subTest(f"{path.relative_to(harness.SOURCE)}: {text}"):
                            self.assertIsNone(advice.search(text.split("Fix: ")[0]), text)

    def test_every_kind_of_text_is_extracted(self):
        """One known text of each place, so that a word there would be found."""
        found = {(str(path.relative_to(strings.ROOT)), " ".join(text.split())) for path, _, text in strings.texts()}
        for name, part in (("scanner/controls/criteria.c", "not encrypted (StorageEncrypted is false)"), ("config/options.c", "scan only these account ids"),
                           ("scanner/reports/html/lists.js", "Download"), ("scanner/remediation/scripts/lib.sh", "wrong account"),
                           ("scanner/remediation/prose/phases.md", "Phases, gates and backout"), ("docs/reports.md", "# Reports"),
                           ("scanner/controls/text/neptune-key-usable.md", "deletion date"), ("docs/neptune-scan.1", ".SH EXIT STATUS"),
                           ("deploy/systemd/neptune-scan.service", "Description="), ("config/neptune-scan.ini", "External id")):
            with self.subTest(name):
                self.assertTrue(any(path == name and part in text for path, text in found), f"{part} in {name}")

    def test_literals(self):
        """Adjacent literals are one text; comments, includes and characters are none."""
        source = '#include "a b.h"\n/* "no text" */ puts("one, " // "none"\n\t"two\\n" TABLE "three four"); c = \'"\'; puts("five six");\n'
        self.assertEqual([text for _, text in strings.literals(source, '"')], ["one, ", "two\n", "three four", "five six"])


if __name__ == "__main__":
    unittest.main()
