#!/usr/bin/env python3
"""Prints every text that a user can read: FILE:LINE: TEXT.

Texts are the string literals of the program's C and JavaScript sources that hold a space (adjacent literals are one text), and the
lines of what is written for people: pages, manual pages, runbooks, scripts, policies, packages. Usage: cmake/strings.py [WORD ...]
prints only the texts with one of these words.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = [(folder, pattern) for folder in ("base", "config", "workers", "scanner") for pattern in ("*.c", "*.h")] + [("scanner/reports/html", "*.js")]
LINES = [("scanner/reports/html", "*.html"), ("scanner/remediation/prose", "*"), ("scanner/remediation/scripts", "*"),
         ("scanner/remediation/prevention", "*"), ("scanner/controls/text", "*"), ("docs", "*.md"), ("docs", "neptune-scan*.[15]"),
         ("docs/pictures", "*.svg"), ("deploy", "*"), ("completion", "*")]
PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "config/neptune-scan.ini", "cmake/package.cmake"]

# A comment, an include, a character, a literal with what joins it to the next one, or a regular expression's worth of nothing.
TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|^\#include[^\n]*|'(?:[^'\\\n]|\\.)*'|(?:"(?:[^"\\\n]|\\.)*"(?:\s|\\\n)*)+|`(?:[^`\\]|\\.)*`""",
                   re.DOTALL | re.MULTILINE)
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "'": "'"}


def unescape(text):
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[0]), text)


def literals(text, quotes):
    """(line, text) of each literal."""
    for found in TOKEN.finditer(text):
        if found[0][0] in quotes:
            parts = re.findall(r'"((?:[^"\\]|\\.)*)"', found[0]) if found[0][0] == '"' else [found[0][1:-1]]
            yield text.count("\n", 0, found.start()) + 1, unescape("".join(parts))


def texts():
    """(path, line, text) of all."""
    for folder, pattern in SOURCES:
        for path in sorted((ROOT / folder).rglob(pattern)):
            for line, text in literals(path.read_text(encoding="utf-8"), "\"'`" if path.suffix == ".js" else '"'):
                if re.search(r"\w \w", text):
                    yield path, line, text
    pages = [path for folder, pattern in LINES for path in sorted((ROOT / folder).rglob(pattern)) if path.is_file()]
    for path in [*pages, *(ROOT / name for name in PAGES)]:
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if text.strip():
                yield path, line, text


def main():
    words = re.compile("|".join(sys.argv[1:]), re.IGNORECASE)
    for path, line, text in texts():
        if words.search(text):
            print(f"{path.relative_to(ROOT)}:{line}: {' '.join(text.split())}")


if __name__ == "__main__":
    main()
