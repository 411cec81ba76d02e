"""What a user would take instead: how each is installed, how it is run, and what it must find.

A peer prints a line of JSON for each cell: account, region, and clusters (arn, encrypted) or an error. With PEER_SNAPSHOTS
in its environment it asks for snapshots, too: in a list of that name, or among the clusters. A new peer is a folder in
bench/peers and an entry in ALL.
"""
import dataclasses
import json
import os
import shutil
import subprocess
import typing

from harness import paths

CONCURRENCY = 64


class Unavailable(Exception):
    """It cannot be installed here; the text says why."""


def _do(command, **options):
    done = subprocess.run([str(word) for word in command], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise Unavailable(done.stdout.decode(errors="replace").strip().splitlines()[-1][:200])


def _python(folder):
    """A virtual environment with the pinned versions of the peer's folder."""
    home, wanted = paths.PEER_BUILD / folder, paths.PEERS / folder / "requirements.txt"
    ready = home / "ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != wanted.read_text(encoding="utf-8"):
        shutil.rmtree(home, ignore_errors=True)
        _do(["python3", "-m", "venv", home])
        _do([home / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted])
        ready.write_text(wanted.read_text(encoding="utf-8"), encoding="utf-8")
    return home / "bin/python"


def _script(folder, name):
    return lambda: [str(_python(folder)), str(paths.PEERS / folder / name)]


def tool_of(folder, name):
    """A command of a peer's virtual environment."""
    return str(_python(folder).with_name(name))


def _tool(name):
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"there is no {name}")
    return found


def _go():
    made = paths.PEER_BUILD / "go-peer"
    _do([_tool("go"), "build", "-o", made, "."], cwd=paths.PEERS / "go")
    return [str(made)]


def _rust():
    target = paths.PEER_BUILD / "rust-target"
    _do([_tool("cargo"), "build", "-q", "--release", "--locked"], cwd=paths.PEERS / "rust",
        env={**os.environ, "CARGO_TARGET_DIR": str(target)})
    return [str(target / "release/rust-peer")]


def _aws_cli():
    _python("awscli")
    return ["sh", str(paths.PEERS / "awscli/peer.sh")]


@dataclasses.dataclass
class Peer:
    name: str
    install: typing.Callable[[], list]
    large: bool  # quick enough for the large estate
    environment: dict = dataclasses.field(default_factory=dict)
    shows_blind_cells: bool = True  # its output can tell a refused cell from an empty one


ALL = [
    Peer("Rust SDK, tokio", _rust, True),
    Peer("Go SDK v2, goroutines", _go, True),
    Peer("boto3, shared clients", _script("boto3", "shared.py"), True),
    Peer("boto3, session per cell", _script("boto3", "per_cell.py"), False),
    Peer("c7n-org", _script("c7n", "peer.py"), False, shows_blind_cells=False),
    Peer("aws CLI, xargs", _aws_cli, False, {"PATH": f"{paths.PEER_BUILD}/awscli/bin:{paths.SYSTEM_PATH}",
                                            "PEER_CONCURRENCY": "4"}),
    Peer("Prowler", _script("prowler", "peer.py"), False, shows_blind_cells=False),
]

VERDICTS = {True: "pass", False: "fail", None: "unknown"}


def differences(manifest, output):
    """In what a peer's output is not the truth, counted by kind."""
    expected, blind = {}, set()
    for finding in manifest["findings"]:
        expected[finding["resource"]["arn"]] = finding["verdict"]
    for cell in manifest["cells"]:
        if cell["state"] == "denied":
            blind.add((cell["account"], cell["region"]))
        elif cell["state"] == "unreached":
            blind.add((cell["account"], None))
    found, errors = {}, set()
    for line in output.splitlines():
        cell = json.loads(line)
        if "error" in cell:
            errors.add((cell["account"], cell.get("region")))
        for resource in (cell.get("clusters") or []) + (cell.get("snapshots") or []):
            found[resource["arn"]] = VERDICTS[resource["encrypted"]]
    counted = {
        "missing": len(set(expected) - set(found)),
        "invented": len(set(found) - set(expected)),
        "judged otherwise": sum(found[arn] != expected[arn] for arn in set(found) & set(expected)),
        "blind but silent": len(blind - errors),
        "refused though open": len(errors - blind),
    }
    return {kind: count for kind, count in counted.items() if count}
