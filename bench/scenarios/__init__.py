"""The benches. A new one is a file here and a line below.

Each has a SUMMARY and run(), which returns what harness/results.py describes.
"""
from scenarios import (connections, controls, cpu, estate, faults, history, peers, progress, prowler, report, scale,
                       shards, store, wall)

ALL = {
    "cpu": cpu,
    "peers": peers,
    "wall": wall,
    "progress": progress,
    "scale": scale,
    "connections": connections,
    "store": store,
    "controls": controls,
    "prowler": prowler,
    "report": report,
    "history": history,
    "faults": faults,
    "estate": estate,
    "shards": shards,
}
