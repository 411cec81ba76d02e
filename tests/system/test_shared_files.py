"""AWS's shared files as this program reads them, beside botocore's own reader.

`ctest -V -R system.shared_files` prints the table: the file, what botocore makes of it, what this program does. Where
the two differ on purpose, the row says why; thousands of made-up files may differ for the same reasons and for no other.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest
import unittest.mock

import harness

harness.enter_python("botocore is")

import botocore.configloader  # only in the virtual environment
import botocore.exceptions
import botocore.session

SHOW_PROFILES = pathlib.Path(harness.SCANNER).parent / "tests/show_profiles"

FILES = 5000  # made up

# Why a file is refused that botocore accepts: a part of the problem.
ON_PURPOSE = {
    "[DEFAULT]": "[DEFAULT] in capitals",
    "bracket": "a second ] behind a section's name",
    "word": "a section that begins with",
    "twice": "occurs a second time here",  # of names that differ in their spelling alone
    "unreadable": "cannot be read",
    "UTF-16": "UTF-16",
    "NUL": "NUL byte",
}


class Row:
    """A pair of files; `differs`: on purpose, and why."""

    def __init__(self, name, config="", keys="", differs=None):
        self.name, self.config, self.keys, self.differs = name, config, keys, differs


ROWS = [
    Row("indented keys", "[profile a]\n  region = x\n  role_arn = y\n  source_profile = z\n"),
    Row("indented by tabs", "[profile a]\n\tregion = x\n\trole_arn = y\n"),
    Row("keys indented ever more", "[profile a]\nregion = x\n role_arn = y\n"),
    Row("keys indented ever less", "[profile a]\n    region = x\n  role_arn = y\nk = v\n"),
    Row("a value goes on", "[profile a]\ncredential_process = /bin/x\n  --one 1\n\n  --two 2\nregion = x\n"),
    Row("a value goes on behind a comment", "[profile a]\nk = v\n  # no\n  more\n; no\n  still\nl = w\n"),
    Row("a section below a value", "[profile a]\nk = v\n [profile b]\nl = w\n"),
    Row("a block", "[profile a]\ns3 =\n  k = v\n  L : w = x\n\n  k = w\nk = v\n"),
    Row("a block with an empty value", "[profile a]\ns3 =\n  k =\n"),
    Row("a block that is none", "[profile a]\ns3 =\n  rubbish\n"),
    Row("a colon in a block", "[profile a]\ns3 =\n  k : v\n"),
    Row("services", "[services dev]\nSTS =\n  endpoint_url = http://x\nkms =\n  Endpoint_URL = y\n[profile a]\nservices = dev\n"),
    Row("a section twice", "[profile a]\nk = v\n[profile a]\nl = w\n"),
    Row("a section twice, in quotes", "[profile a]\nk = v\n[profile 'a']\nl = w\n", differs="twice"),
    Row("a section twice, in the other file", "[profile a]\nk = v\n", "[a]\nk = w\nl = w\n"),
    Row("another section twice", "[profile a]\nk = v\n[x]\n[x]\n"),
    Row("[default] and [profile default]", "[default]\nk = v\n[profile default]\nl = w\n"),
    Row("[profile default] and [default]", "[profile default]\nk = v\n[default]\nl = w\n", differs="default"),
    Row("[DEFAULT]", "[DEFAULT]\nk = v\n[profile a]\nl = w\n", differs="[DEFAULT]"),
    Row("a key twice", "[profile a]\nk = v\nK = w\n"),
    Row("no section", "k = v\n"),
    Row("no = in a line", "[profile a]\nrubbish\n"),
    Row("no key", "[profile a]\n= v\n"),
    Row("an open bracket", "[profile a\nk = v\n"),
    Row("a ] in a name", "[profile a]b]\nk = v\n[profile c]]\n"),
    Row("text behind the ]", "[profile a] and more\nk = v\n[profile b];c\n[profile c]# d\n"),
    Row("a ] in a comment", "[profile a] # see [1]\nk = v\n", differs="bracket"),
    Row("quotes", "[profile \"two words\"]\nk = v\n[profile 'b c']\n[profile d\\ e]\n[profile \"a\"b]\n"),
    Row("no quotes", "[profile two words]\nk = v\n"),
    Row("an open quote", "[profile 'a]\nk = v\n"),
    Row("a backslash at the end", "[profile a\\]\nk = v\n"),
    Row("no name", "[profile]\nk = v\n[profile '']\nl = w\n"),
    Row("blanks in the brackets", "[ profile a ]\nk = v\n[ default ]\nl = w\n", differs="blanks"),
    Row("tabs in the brackets", "[profile\ta]\nk = v\n"),
    Row("profiles instead of profile", "[profiles a]\nk = v\n", differs="word"),
    Row("a profile of the other file's form", "[a]\nk = v\n", "[profile b]\nk = v\n"),
    Row("names of every letter", "[profile some-thing:long/the_one%only.foo@bar+!]\nk = v\n", "[M\u00fcller]\nk = \U0001f602\n"),
    Row("comments", "# a\n;b\n  # c\n[profile a] # d\n#e\nk = v # f\nl = w;g\nm = x ; h\n"),
    Row("a comment of nothing", "#\n;\n[profile a]\nk = v\n"),
    Row("CR LF", "[profile a]\r\nk = v\r\n  w\r\nl = x\r\n"),
    Row("CR", "[profile a]\rk = v\rl = w\r"),
    Row("no end of the last line", "[profile a]\nk = v"),
    Row("blanks everywhere", "\n \t\n[profile a]\t \n k\t = \t v \t\n \t \n"),
    Row("= and : in values", "[profile a]\nk = a=b:c\nl : d=e\nm=:\nn:=\n"),
    Row("empty values", "[profile a]\nk =\nl:\n m = n\n"),
    Row("a byte order mark", "\ufeff[profile a]\nk = v\n"),
    Row("a byte order mark before a comment", "\ufeff# x\n[profile a]\nk = v\n"),
    Row("Latin-1", "[profile a]\nk = v\n".encode() + b"# M\xfcller\n"),
    Row("UTF-16", "[profile a]\nk = v\n".encode("utf-16")),
    Row("a NUL byte", "[profile a]\nk = v\0w\n", differs="NUL"),
    Row("nothing", ""),
    Row("a megabyte and more", "[profile a]\nk = v\n" + "# a comment of some length\n" * 50000 + "[profile b]\nl = w\n"),
    Row("a folder", None, differs="unreadable"),
]


def write(path, content):
    """None: a folder in its place."""
    if content is None:
        os.mkdir(path)
        return
    with open(path, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())


def ours(pairs):
    """(problem, what is read) of each pair of files."""
    paths = [path for pair in pairs for path in pair]
    shown = subprocess.run([SHOW_PROFILES, *paths], stdout=subprocess.PIPE, check=True).stdout
    results = [json.loads(line) for line in shown.splitlines()]
    return [(result.pop("problem"), result) for result in results]


def theirs(config, keys):
    """(problem, what is read), by the AWS CLI's own way to both files."""
    environment = harness.clean_environment(AWS_CONFIG_FILE=config, AWS_SHARED_CREDENTIALS_FILE=keys)
    with unittest.mock.patch.dict(os.environ, environment, clear=True):
        try:
            full = botocore.session.Session().full_config
        except botocore.exceptions.ConfigParseError as problem:
            return type(problem).__name__, None
    return None, {name: full.get(name, {}) for name in ("profiles", "sso_sessions", "services")}


class SharedFiles(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with # the test's
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write_pair(self, number, config, keys):
        pair = (os.path.join(self.folder, f"config-{number}"), os.path.join(self.folder, f"keys-{number}"))
        write(pair[0], config)
        write(pair[1], keys)
        return pair

    def test_table(self):
        wrong, lines = [], []
        pairs = [self.write_pair(i, row.config, row.keys) for i, row in enumerate(ROWS)]
        for row, pair, (our_problem, our_view) in zip(ROWS, pairs, ours(pairs)):
            their_problem, their_view = theirs(*pair)
            agrees = bool(our_problem) == bool(their_problem) and (our_problem or our_view == their_view)
            if agrees == bool(row.differs):
                wrong.append(f"{row.name}: {our_problem or our_view}, botocore {their_problem or their_view}")
            if row.differs in ON_PURPOSE and ON_PURPOSE[row.differs] not in (our_problem or ""):
                wrong.append(f"{row.name}: {our_problem}")
            said = re.sub(r"/\S+/(config|keys)-\d+", r"\1", our_problem or "read")
            lines.append((row.name, their_problem or "read", said + ("  (on purpose)" if row.differs else "")))
        widths = [max(len(line[i]) for line in lines) for i in (0, 1)]
        print()
        for line in [("file", "botocore", "neptune-scan"), *lines]:
            print("  ".join((line[0].ljust(widths[0]), line[1].ljust(widths[1]), line[2])))
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    # ---- made up ----

    PIECES = ["[profile a]", "[profile b]", "[default]", "[profile default]", "[a]", "[sso-session s]", "[services s]", "[profile 'a b']",
              "[profile a]b]", "[x]", "[ a ]", "k = v", "k: v", "l =", "l=", "m = n = o", "s3 =", "sts =", "# comment", "; comment", "#",
              "n = v # c", "endpoint_url = http://x", "o = '", "p = [q]", "", " ", "\t"]
    NONSENSE = ["[DEFAULT]", "[profiles a]", "[profile a] # c", "[profile a] ]", "[", "]", "[]", "K = w", "= v", "rubbish", "\\", "'", "v"]
    INDENTS = ["", "", "", " ", "  ", "    ", "\t", "\t\t", " \t"]
    ENDS = ["\n", "\n", "\n", "\n", "\r\n", "\r", " \n", "\n\n"]

    def made_up(self, chance):
        lines = []
        for _ in range(chance.randint(1, 9)):
            pieces = self.NONSENSE if chance.random() < 0.06 else self.PIECES
            lines.append(chance.choice(self.INDENTS) + chance.choice(pieces) + chance.choice(self.ENDS))
        text = "".join(lines)
        return text if chance.random() < 0.3 else chance.choice(["[profile a]\n", "[default]\n", "[a]\n"]) + text

    @staticmethod
    def expected(raw_config, raw_keys):
        """What botocore reads, and the two rules in which this program follows other AWS SDKs."""
        stripped = {name.strip(): section for name, section in raw_config.items()}
        if "profile default" in stripped:
            stripped.pop("default", None)
        full = botocore.configloader.build_profile_map(stripped)
        for name, section in raw_keys.items():
            full["profiles"].setdefault(name.strip(), {}).update(section)
        return {name: full.get(name, {}) for name in ("profiles", "sso_sessions", "services")}

    def test_made_up_files(self):
        chance = random.Random(20261124)
        texts = [(self.made_up(chance), self.made_up(chance) if chance.random() < 0.2 else "") for _ in range(FILES)]
        pairs = [self.write_pair(i, *pair) for i, pair in enumerate(texts)]
        refused = agreed = 0
        for text, pair, (problem, read) in zip(texts, pairs, ours(pairs)):
            try:
                expected = self.expected(*(botocore.configloader.raw_config_parse(path) for path in pair))
            except botocore.exceptions.ConfigParseError:
                expected = None
            about = (text, problem, read, expected)
            if problem:
                self.assertRegex(problem, r"^/\S+:\d+: ", about)
                self.assertTrue(expected is None or any(part in problem for part in ON_PURPOSE.values()), about)
                refused += 1
            else:
                self.assertEqual(read, expected, about)
                agreed += 1
        print(f"\n{FILES} made-up files: {agreed} read alike, {refused} refused")
        self.assertGreater(min(agreed, refused), FILES // 5)


if __name__ == "__main__":
    unittest.main()
