"""Where things are."""
import os
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = SOURCE / "build/release"
SCANNER = BUILD / "neptune-scan"
ESTATE = BUILD / "bench/estate/estate"
LIBCURL_FLOOR = BUILD / "bench/floor/libcurl-floor"
RESULTS = SOURCE / "bench/results"
PEERS = SOURCE / "bench/peers"
PEER_BUILD = SOURCE / "build/peers"
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
