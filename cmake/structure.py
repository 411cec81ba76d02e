#!/usr/bin/env python3
"""Prints which module and which file of the program needs which other, from the objects of a build.

usage: structure.py BUILD_FOLDER [--files]

A file needs another one when it refers to a symbol that the other defines. Exit 1: there is a circle of files, or
a module needs one that stands above it.
"""
import collections
import pathlib
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parent.parent

# From the bottom to the top: a module may need those of earlier lines only.
LAYERS = [
    ["base"],
    ["config", "scanner/resources"],
    ["workers", "scanner/controls"],
    ["scanner/aws", "scanner/matrix"],
    ["scanner/credentials", "scanner/queries", "scanner/store", "scanner/diff"],
    ["scanner/storage", "scanner/reports"],
    ["scanner/engine", "scanner/remediation"],
    ["scanner/doctor"],
    ["scanner/commands"],
    ["scanner"],
]
LEVEL = {module: level for level, modules in enumerate(LAYERS) for module in modules}


def read_symbols(build):
    """{file: (defined, needed)} of the program's own objects, files as "scanner/engine/cell.c"."""
    found = {}
    for path in sorted((build / "CMakeFiles").rglob("*.c.o")):
        parts = path.relative_to(build / "CMakeFiles").parts
        name = "/".join(parts[1:])[: -len(".o")]
        if name.rpartition("/")[0] not in LEVEL or not (SOURCES / name).exists():
            continue
        lines = subprocess.run(["nm", "-P", str(path)], capture_output=True, text=True, check=True).stdout.splitlines()
        symbols = [line.split()[:2] for line in lines]
        found[name] = ({s for s, kind in symbols if kind in "TDBRVC"}, {s for s, kind in symbols if kind in "Uu"})
    return found


def find_edges(symbols):
    owner = {symbol: name for name, (defined, _) in symbols.items() for symbol in defined}
    return {name: {owner[s] for s in needed if s in owner} - {name} for name, (_, needed) in symbols.items()}


def find_circles(edges):
    """Strongly connected components of more than one node (Tarjan)."""
    index, low, stack, on_stack, circles = {}, {}, [], set(), []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        on_stack.add(node)
        for other in sorted(edges[node]):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in on_stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = []
            while not component or component[-1] != node:
                component.append(stack.pop())
                on_stack.discard(component[-1])
            if len(component) > 1:
                circles.append(sorted(component))

    sys.setrecursionlimit(10000)
    for node in sorted(edges):
        if node not in index:
            visit(node)
    return circles


def module_of(name):
    return name.rpartition("/")[0]


def main():
    build = pathlib.Path(sys.argv[1])
    edges = find_edges(read_symbols(build))
    if not edges:
        sys.exit(f"structure: no objects in {build}: build it first")
    modules = collections.defaultdict(set)
    for name, needed in edges.items():
        modules[module_of(name)] |= {module_of(other) for other in needed} - {module_of(name)}
        if "--files" in sys.argv:
            print(name, "->", " ".join(sorted(needed)) or "-")
    for module in sorted(modules, key=lambda m: (LEVEL[m], m)):
        files = sum(module_of(name) == module for name in edges)
        print(f"{module} ({files} files) -> {' '.join(sorted(modules[module])) or '-'}")
    circles = find_circles(edges)
    upward = sorted((m, o) for m, needed in modules.items() for o in needed if LEVEL[o] >= LEVEL[m])
    print(f"{len(circles)} circle{'s' * (len(circles) != 1)} of files, {len(upward)} upward dependencies")
    for circle in circles:
        print("circle:", " ".join(circle))
    for module, other in upward:
        print(f"upward: {module} -> {other}")
    sys.exit(1 if circles or upward else 0)


if __name__ == "__main__":
    main()
