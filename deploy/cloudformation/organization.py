"""Writes organization.yaml, one stack for the whole roll-out, from organization.yaml.in and the templates of the two roles.

A StackSet holds the text of its template, so that one stack needs no bucket. `./dev manual` runs this.
"""
import pathlib
import re

FOLDER = pathlib.Path(__file__).resolve().parent
PRINCIPAL = '!Sub "arn:${AWS::Partition}:iam::${HubAccountId}:role${RolePath}${HubRoleName}"'


def section(text, name):
    """The lines below a key of the outermost level."""
    return re.search(rf"^{name}:\n(.*?)(?=^\S|\Z)", text, re.M | re.S)[1].rstrip()


def indented(text):
    return "\n".join(f"        {line}".rstrip() for line in text.rstrip().split("\n"))


def organization(folder=FOLDER):
    member, hub = ((folder / name).read_text(encoding="utf-8") for name in ("member-role.yaml", "hub-role.yaml"))
    parts = {"CONDITIONS": section(member, "Conditions"), "HUB": indented(hub), "MEMBER": indented(member), "PRINCIPAL": PRINCIPAL,
             "ROLE": section(member, "Resources").replace("!Ref PrincipalArn", PRINCIPAL)}
    text = (folder / "organization.yaml.in").read_text(encoding="utf-8")
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    return "# Written by organization.py out of organization.yaml.in, hub-role.yaml and member-role.yaml.\n" + text


if __name__ == "__main__":
    (FOLDER / "organization.yaml").write_text(organization(), encoding="utf-8")
