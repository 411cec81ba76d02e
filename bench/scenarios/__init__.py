"""The benches. A new one is a file here and a line below.

Each has a SUMMARY and run(), which returns what harness/results.py describes.
"""
from scenarios import connections, cpu, estate, faults, peers, scale, store, wall

ALL = {
    "cpu": cpu,
    "peers": peers,
    "wall": wall,
    "scale": scale,
    "connections": connections,
    "store": store,
    "faults": faults,
    "estate": estate,
}
