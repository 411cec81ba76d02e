"""The pages: what tables name exists, links resolve, and no page uses the words that the project has replaced.

In docs/architecture.md and docs/reliability.md a table names files and symbols in backquotes. A word in capitals, such as NAME, stands
for any name.
"""
import re
import unittest

import harness

ROOT = harness.SOURCE
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
MAX_README_LINES = 120
SOURCES = [path for folder in ("base", "config", "workers", "scanner", "bench", "tests", "cmake") for pattern in ("*.c", "*.h", "*.py", "*.cmake")
           for path in (ROOT / folder).rglob(pattern) if path.name != "test_docs.py"]

# Each has a word of the field in its place: CONTRIBUTING.md, "Names" and "Sentences".
PRIVATE = ("nobody", "somebody", "whoever", "room", "rooms", "house", "visit", "visits", "roster", "inquiry", "inquiries", "asker", "askers", "letter",
           "letters", "mail", "lane", "lanes", "pace", "paced", "arrows", "renewal", "judgement", "wishes", "questions", "asks", "asked", "distance",
           "distances", "is over", "are over")
FOREIGN = re.compile(r"curl_|CURL|mfa_")  # symbols of libraries and tools


def text_of(path):
    return path.read_text(encoding="utf-8")


def without_generated(text):
    """Without what bench/plot.py writes."""
    return re.sub(r"<!-- [a-z: ]+ -->\n.*?<!-- end -->\n", "", text, flags=re.S)


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def cells_of(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


def tables_of(page):
    """Each as its rows, the heading first."""
    text = without_code(without_generated(text_of(page)))
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.M):
        rows = [cells_of(line) for line in block.splitlines()]
        yield [row for row in rows if not set("".join(row)) <= set("-: ")]


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


def is_path(token):
    """With a folder that is ours, or the name of a file."""
    return re.fullmatch(r"[\w./*-]+", token) and (token.split("/")[0] in ("base", "config", "workers", "scanner", "bench", "tests", "docs", "deploy", "cmake")
                                                  or re.search(r"\.(c|h|py|sh|txt|cmake|tsv)$", token))


def is_symbol(token):
    return re.fullmatch(r"(?:enum |struct )?[A-Za-z]\w*_\w+(?:\(\))?", token) and not FOREIGN.match(token)


def paths_of(token):
    """The files and folders that it names; SERVICE, KIND and the like are any name."""
    pattern = re.sub(r"\b[A-Z]{2,}(?:-[A-Z]+)*(?=[.\-/]|$)", "*", token).rstrip("/")
    return list(ROOT.glob(pattern))


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


class Tables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sources = {path: text_of(path) for path in SOURCES}

    def check_row(self, row):
        """A symbol is in a file that its cell names; a cell of symbols alone is about the files of the row. In a sentence without a
        file, the symbol is anywhere in the sources."""
        tokens = [token for cell in row for token in quoted(cell)]
        in_row = [path for token in tokens if is_path(token) for path in paths_of(token)]
        for cell in row:
            in_cell = [path for token in quoted(cell) if is_path(token) for path in paths_of(token)]
            for token in quoted(cell):
                if is_path(token):
                    self.assertTrue(paths_of(token), f"there is no {token}")
                elif is_symbol(token):
                    is_list = not re.search(r"\w", re.sub(r"`[^`]*`", "", cell))
                    self.check_symbol(token, in_row if is_list else in_cell)

    def check_symbol(self, token, paths):
        symbol = re.compile(rf"\b{re.escape(token.removesuffix('()'))}\b")
        files = [path for path in paths if path.is_file()]
        texts = [text_of(path) for path in files] if files else self.sources.values()
        if not any(symbol.search(text) for text in texts):
            self.fail(f"{token} is not in {', '.join(str(path.relative_to(ROOT)) for path in files) or 'the sources'}")

    def check_page(self, name, least):
        rows = [row for table in tables_of(ROOT / "docs" / name) for row in table]
        self.assertGreaterEqual(len(rows), least)
        for row in rows:
            with self.subTest(name, row=row[0]):
                self.check_row(row)

    def test_architecture(self):
        self.check_page("architecture.md", 100)

    def test_reliability(self):
        self.check_page("reliability.md", 15)

    def test_dependencies_are_those_of_cmake(self):
        """A module's dependencies in the page are the folders that its line in CMakeLists.txt links."""
        text = text_of(ROOT / "CMakeLists.txt")
        linked = {folder: {word for word in links.split() if word.islower()}
                  for folder, links in re.findall(r"^module\((\S+)((?:\s+[\w/.]+)*)\)", text, flags=re.M)}
        linked = {folder: names for folder, names in linked.items() if not folder.startswith("bench/")}
        table = next(table for table in tables_of(ROOT / "docs/architecture.md") if table[0][0] == "module")
        self.assertEqual({quoted(row[0])[0]: set(quoted(row[1])) for row in table[1:]}, linked)

    def test_walks_count_their_files(self):
        text = text_of(ROOT / "docs/architecture.md")
        walks = re.findall(r"^\*\*[^*]+: (\d+) files\.\*\*.*\n\n((?:\|.*\n)+)", text, flags=re.M)
        self.assertEqual(len(walks), 2)
        for count, table in walks:
            self.assertEqual(len(set(re.findall(r"`([\w/]+\.c)`", table))), int(count))

    def test_files_that_know_a_cell(self):
        """Those that the walk marks, and the one that the sentence above it names."""
        text = text_of(ROOT / "docs/architecture.md")
        named = set(re.findall(r"\(cell\)[^|]*\| `([^`]+)`", text))
        named.add(re.search(r"one more file knows `struct cell`: `([^`]+)`", text).group(1))
        knowing = {str(path.relative_to(ROOT)) for path in (ROOT / "scanner").rglob("*.c") if "struct cell *" in text_of(path)}
        self.assertEqual(named, knowing)

    def test_tests_of_the_threat_model(self):
        """`test_X.py: test_y` is a test, `test_X.c` is a file of tests."""
        files = {path.name: text_of(path) for path in (ROOT / "tests").rglob("test_*.*")}
        named = 0
        for table in tables_of(ROOT / "docs/threat-model.md"):
            for row in table[1:]:
                name = ""  # `test_z` alone is another test of the file before
                for token in quoted(row[-1]):
                    found = re.fullmatch(r"(test_\w+\.\w+)?(?:: )?(test_\w+)?", token)
                    if not found:
                        continue
                    name, function, named = found[1] or name, found[2] or "", named + 1
                    with self.subTest(token):
                        self.assertIn(name, files)
                        self.assertTrue(re.search(rf"\b{function}\b", files[name]))
        self.assertGreater(named, 25)


class Pages(unittest.TestCase):
    def test_readme_is_short(self):
        self.assertLessEqual(len(text_of(ROOT / "README.md").splitlines()), MAX_README_LINES)

    def test_versions(self):
        """The README has the minimum version of each library that CMakeLists.txt demands."""
        demanded = re.findall(r"IMPORTED_TARGET [\w.-]+>=([\d.]+)", text_of(ROOT / "CMakeLists.txt"))
        self.assertGreaterEqual(len(demanded), 3)
        for version in demanded:
            self.assertRegex(text_of(ROOT / "README.md"), rf"\br?{re.escape(version)}\b")

    def test_links(self):
        """To files of the tree, and to headings of pages."""
        found = 0
        for page in [*PAGES, *(ROOT / "docs/examples").glob("*.md")]:
            for link in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(page))):
                if re.match(r"[a-z]+:", link):
                    continue
                found += 1
                name, _, anchor = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                with self.subTest(page=page.name, link=link):
                    self.assertTrue(target.exists())
                    self.assertTrue(target.is_relative_to(ROOT.resolve()))
                    if anchor:
                        headings = re.findall(r"^#+ (.*)$", without_code(text_of(target)), flags=re.M)
                        self.assertIn(anchor, [slug(heading) for heading in headings])
        self.assertGreater(found, 50)

    def test_words(self):
        """In prose and tables, not in code."""
        words = re.compile(rf"\b(?:{'|'.join(PRIVATE)})\b", flags=re.I)
        manuals = sorted((ROOT / "docs").glob("neptune-scan.*[15]"))
        for page in [*PAGES, *manuals, ROOT / "config/neptune-scan.ini"]:
            prose = re.sub(r"`[^`]*`", "", without_code(without_generated(text_of(page))))
            with self.subTest(page.name):
                self.assertEqual(sorted({word.lower() for word in words.findall(prose)}), [])

    def test_no_path_of_a_machine(self):
        for page in PAGES:
            with self.subTest(page.name):
                self.assertNotRegex(text_of(page), r"(?<![\w.])/(?:home|root|work)/")


if __name__ == "__main__":
    unittest.main()
