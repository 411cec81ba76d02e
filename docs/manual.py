#!/usr/bin/env python3
"""./dev manual: writes docs/neptune-scan.ini.5 from the annotated example, the flags of docs/neptune-scan.1 and
completion/neptune-scan.bash from --help, and docs/controls.md from the catalogue.

The example is held against the table of settings by a test; another one holds these files against what this makes.
"""
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
HEAD = """.\\" Made by ./dev manual from config/neptune-scan.ini.
.TH NEPTUNE-SCAN.INI 5 "" "neptune-scan" "File Formats"
.SH NAME
neptune-scan.ini \\- settings of neptune-scan
.SH DESCRIPTION
The file is the one of --config, else ./neptune-scan.ini, else /etc/neptune-scan.ini. A value from the environment takes
precedence over the file, a flag over both; \\fBneptune-scan help scan --all\\fR lists the flag and the variables of each key.
Comments start with ; or, at the start of a line, with #. A long list continues on the next line, indented. Unknown keys
and values are errors, reported together, with file, line and the nearest known name.
"""
TAIL = """.SH SEE ALSO
.BR neptune-scan (1)
"""


def escape(text):
    return text.replace("\\", "\\\\").replace("-", "\\-")


def manual():
    """Sections and keys in the order of the example, each with the comment above it."""
    lines, comment, begun = [HEAD], [], False
    for line in (SOURCE / "config/neptune-scan.ini").read_text(encoding="utf-8").splitlines():
        section = re.match(r"\[(.+)\]$", line)
        key = re.match(r";?([a-z0-9_]+) =\s*(.*)$", line)
        if section:
            begun = True
            lines.append(f".SH [{section[1].upper() if '.' not in section[1] else section[1]}]\n")
            if comment and "." in section[1]:
                lines.append(escape(" ".join(comment)) + "\n")
            comment = []
        elif key and begun:
            default = f" (default {escape(key[2])})" if key[2] else ""
            lines.append(f".TP\n\\fB{escape(key[1])}\\fR{default}\n")
            if comment:
                lines.append(escape(" ".join(comment)) + "\n")
            comment = []
        elif line.startswith("; "):
            comment.append(line[2:].strip())
        elif not line.strip():
            comment = []
    return "".join(lines) + TAIL


def output_of(*arguments):
    return subprocess.run([os.environ["NEPTUNE_SCAN"], *arguments], check=True, stdout=subprocess.PIPE).stdout.decode()


def commands():
    return re.findall(r"^  ([a-z]+(?:-[a-z]+)*)  ", output_of("help"), re.M)


def examples():
    """The examples of every command's help."""
    lines = [".SH EXAMPLES\n"]
    for command in commands():
        found = re.search(r"^Examples:\n((?:  .*\n)+)", output_of("help", command), re.M)
        if found:
            lines.append(".EX\n" + "".join(f"{escape(line.strip())}\n" for line in found[1].splitlines()) + ".EE\n.PP\n")
    return "".join(lines[:-1]) + lines[-1].removesuffix(".PP\n")


def page():
    """The page, with its OPTIONS made from the help of scan, and its EXAMPLES from that of every command."""
    text = (SOURCE / "docs/neptune-scan.1").read_text(encoding="utf-8")
    head, rest = text.split(".SH OPTIONS\n", 1)
    intro, rest = rest.split(".TP\n", 1)
    tail = rest[rest.index(".SH EXCEPTIONS\n"):]
    flags = []
    for flag, value, text in re.findall(r"^  (--[a-z-]+) ?(\S*) +(.*\n(?: {20,}.*\n)*)", output_of("help", "scan", "--all"), re.M):
        value = f" \\fI{escape(value)}\\fR" if value else ""
        words, names = re.match(r"(.*?) ?(\[[a-z_]+\.[^]]*\])?$", " ".join(text.split())).groups()
        flags.append(f".TP\n\\fB{escape(flag)}\\fR{value}\n{escape(words[0].upper() + words[1:])}.\n" +
                     (f"{escape(names)}\n" if names else ""))
    tail = tail[:tail.index(".SH EXAMPLES\n")]
    return head + ".SH OPTIONS\n" + intro + "".join(flags) + tail + examples()


def completion():
    commands = [name for name in re.findall(r"^  ([a-z-]+) ", output_of("help"), re.M) if name != "neptune-scan"]
    flags = {}
    for command in commands:
        flags[command] = sorted(set(re.findall(r"--[a-z][a-z-]*", output_of("help", command, "--all"))))
    formats = re.findall(r"^  ([a-z-]+) ", output_of("help", "scan").split("Report formats:")[1].split("Exit codes:")[0], re.M)
    cases = "\n".join(f"\t{command}) flags=\"{' '.join(flags[command])}\" ;;" for command in sorted(flags))
    return f"""# bash completion for neptune-scan. Made by ./dev manual from --help.
_neptune_scan() {{
	local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} flags=
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "{' '.join([*commands, 'help'])}" -- "$word")
		return
	fi
	case $before in
	--report) mapfile -t COMPREPLY < <(compgen -W "{' '.join(formats)}" -- "$word"); return ;;
	--accounts-file | --config | --db | --exceptions | --ca-bundle | --external-id-file) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
	esac
	case ${{COMP_WORDS[1]}} in
{cases}
	help) flags="{' '.join(commands)}" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
}}
complete -o default -F _neptune_scan neptune-scan
"""


def controls():
    return "<!-- Made by ./dev manual from scanner/controls. -->\n\n" + output_of("controls", "--format", "markdown")


def made():
    return {SOURCE / "docs/neptune-scan.1": page(), SOURCE / "docs/neptune-scan.ini.5": manual(),
            SOURCE / "completion/neptune-scan.bash": completion(), SOURCE / "docs/controls.md": controls()}


if __name__ == "__main__":
    for path, text in made().items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(SOURCE)}", file=sys.stderr)
