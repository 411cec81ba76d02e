"""Another tool's word on the same resources: Prowler's Neptune checks, on the same moto organization."""
import json
import os
import subprocess

from harness import paths, peers

SUMMARY = "verdicts against Prowler's, on the same moto organization"


def run():
    prowler = peers.tool_of("prowler", "prowler")
    python = paths.SOURCE / "build/python/bin/python"
    environment = {**os.environ, "NEPTUNE_SCAN": str(paths.SCANNER), "ESTATE": str(paths.ESTATE),
                   "SOURCE_FOLDER": str(paths.SOURCE)}
    done = subprocess.run([str(python), str(paths.SOURCE / "bench/comparison/prowler.py"), prowler], check=True,
                          stdout=subprocess.PIPE, env=environment)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines() if line.startswith("{")]
    for row in rows:
        for name, words in (("only_ours", "only neptune-scan judges"), ("only_prowler", "only Prowler judges"),
                            ("differ", "verdicts differ:")):
            for arn in row[name][:5]:
                print(f"{row['control']}: {words} {arn}")
            if len(row[name]) > 5:
                print(f"{row['control']}: {words} ... {len(row[name]) - 5} more")
    table = [{**row, **{name: len(row[name]) for name in ("only_ours", "only_prowler", "differ")}} for row in rows]
    return {"columns": [("control", "control", "s"), ("check", "Prowler's check", "s"), ("ours", "ours", ",d"),
                        ("prowler", "Prowler's", ",d"), ("agree", "agree", ",d"), ("differ", "differ", ",d"),
                        ("only_ours", "only ours", ",d"), ("only_prowler", "only Prowler's", ",d")],
            "rows": table, "differences": rows}
