"""Comparing a report of neptune-scan with the truth, whoever tells it."""
import collections
import heapq
import itertools
import json
import os
import shutil

CELL_MEMBERS = ("state", "complete", "resources", "failing")
ACCOUNT_MEMBERS = ("name", "ou", "status")
FINDING_MEMBERS = ("account", "region", "verdict", "severity")
BLIND_STATES = ("unknown", "denied", "unreached", "error", "pending")
EXAMINED = ("pass", "fail", "exempt", "empty")


def promtool():
    """Prometheus's own checker: installed, or fetched by ./dev; None: it cannot be had here."""
    fetched = os.path.join(os.environ.get("SOURCE_FOLDER", "."), "build/promtool/promtool")
    return shutil.which("promtool") or (fetched if os.access(fetched, os.X_OK) else None)


def load(path):
    with open(path, encoding="utf-8") as stream:
        return json.load(stream)


def accounts_of(report):
    return {account["id"]: account for account in report["accounts"]}


def cells_of(report):
    return {(cell["account"], cell["region"]): cell for cell in report["cells"]}


def findings_of(report):
    return {(finding["control"], finding["account"], finding["region"], finding["resource"]["arn"]): finding
            for finding in report["findings"]}


def _compare(kind, expected, found, members):
    for key in sorted(set(expected) | set(found)):
        if key not in found:
            yield f"{kind} {key} is missing"
        elif key not in expected:
            yield f"{kind} {key} should not be there: {found[key]}"
        else:
            for member in members:
                if expected[key][member] != found[key].get(member):
                    yield f"{kind} {key}: {member} is {found[key].get(member)!r}, expected {expected[key][member]!r}"


def _compare_evidence(expected, found):
    for key in set(expected) & set(found):
        if any(found[key]["resource"].get(name) != value for name, value in expected[key]["resource"].items()):
            yield f"finding {key}: resource is {found[key]['resource']}"
        for name, value in expected[key]["evidence"].items():
            if found[key]["evidence"].get(name, "(none)") != value:
                yield f"finding {key}: evidence {name} is {found[key]['evidence'].get(name)!r}"


def _compare_lists(manifest, report):
    """Accounts, cells and findings: of all, or of one account."""
    yield from _compare("account", accounts_of(manifest), accounts_of(report), ACCOUNT_MEMBERS)
    yield from _compare("cell", cells_of(manifest), cells_of(report), CELL_MEMBERS)
    expected, found = findings_of(manifest), findings_of(report)
    yield from _compare("finding", expected, found, FINDING_MEMBERS)
    yield from _compare_evidence(expected, found)


def _compare_regions(manifest, report):
    if manifest["regions"] != report["regions"]:
        yield f"regions are {report['regions']}, expected {manifest['regions']}"


class _Sums:
    """What no report may contain, whatever the estate: totals that do not add up, order, cells missing."""

    def __init__(self):
        self.states, self.blind, self.accepted, self.found = collections.Counter(), False, 0, []
        self.last = {"cells": (), "findings": ()}

    def _order(self, kind, keys):
        keys = [self.last[kind], *keys]
        self.last[kind] = keys[-1]
        return keys

    def add(self, lists):
        cells = self._order("cells", [(cell["account"], cell["region"]) for cell in lists["cells"]])
        if cells != sorted(set(cells)):
            self.found.append("cells are not sorted, or stand there twice")
        findings = self._order("findings", [(f["account"], f["region"], f["resource"]["arn"] or "", f["control"])
                                            for f in lists["findings"]])
        if findings != sorted(findings):
            self.found.append("findings are not sorted")
        self.states.update(cell["state"] for cell in lists["cells"])
        self.accepted += sum(cell["gap"] is not None for cell in lists["cells"])
        self.blind |= any((cell["state"] in BLIND_STATES or not cell["complete"]) and not cell["gap"] for cell in lists["cells"])

    def inconsistencies(self, run):
        totals, cells = run["totals"], sum(self.states.values())
        if totals["cells"] != cells or totals["cells"] != totals["accounts"] * totals["regions"]:
            yield f"cells: {cells} listed, totals say {totals}"
        for state, count in self.states.items():
            if totals[state] != count:
                yield f"state {state}: {count} cells, totals say {totals[state]}"
        if totals["accepted"] != self.accepted:
            yield f"accepted: {self.accepted} cells in gaps, totals say {totals}"
        yield from self.found
        interrupted = run.get("interrupted")
        listed = not self.accepted or any(map(self.states.get, EXAMINED))
        if run["complete"] != (not self.blind and not interrupted and not run.get("shard") and listed):
            yield (f"run.complete is {run['complete']}, but blind cells: {self.blind}, interrupted: {interrupted}, "
                   f"shard: {run.get('shard')}")


def inconsistencies(report):
    sums = _Sums()
    sums.add(report)
    return list(sums.inconsistencies(report["run"]))


def differences(manifest, report):
    """Everything in which the report differs from the manifest, in words."""
    return [*_compare_regions(manifest, report), *_compare_lists(manifest, report), *inconsistencies(report)]


class _File:
    """A report or a manifest that need not fit into memory: both have a member or an object of a list on each line."""

    LISTS = {"accounts": "id", "cells": "account", "findings": "account"}  # and where the account's id stands

    def __init__(self, path):
        self.path, self.members, self.offsets, offset = path, {}, {}, 0
        with open(path, "rb") as stream:
            for line in stream:
                offset += len(line)
                if line.endswith(b'":[\n'):
                    self.offsets[line.split(b'"')[1].decode()] = offset
                elif line.startswith(b'"'):
                    self.members.update(json.loads(b"{" + line.rstrip(b",\n") + b"}"))

    def _objects(self, name):
        with open(self.path, "rb") as stream:
            stream.seek(self.offsets[name])
            for line in stream:
                if line.startswith(b"]"):
                    return
                yield json.loads(line.rstrip(b",\n"))

    def _by_account(self, name):
        for account, objects in itertools.groupby(self._objects(name), lambda one: one[self.LISTS[name]]):
            yield account, name, list(objects)

    def by_account(self):
        """Of each account in turn: its id, and all lists with what belongs to it."""
        merged = heapq.merge(*(self._by_account(name) for name in self.LISTS), key=lambda part: part[0])
        for account, parts in itertools.groupby(merged, lambda part: part[0]):
            lists = {name: [] for name in self.LISTS}
            for _, name, objects in parts:
                lists[name] += objects
            yield account, lists


def differences_of_files(manifest_path, report_path):
    """The same, account by account; both are in the order of accounts."""
    manifest, report, sums = _File(manifest_path), _File(report_path), _Sums()
    found = list(_compare_regions(manifest.members, report.members))
    sides = heapq.merge(((account, 0, lists) for account, lists in manifest.by_account()),
                        ((account, 1, lists) for account, lists in report.by_account()), key=lambda side: side[:2])
    for _, both in itertools.groupby(sides, lambda side: side[0]):
        pair = [{name: [] for name in _File.LISTS} for _ in range(2)]
        for _, side, lists in both:
            pair[side] = lists
        found += _compare_lists(*pair)
        sums.add(pair[1])
    return found + list(sums.inconsistencies(report.members["run"]))
