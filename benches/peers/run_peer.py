#!/usr/bin/env python3
"""One peer on one instance, in a process of its own: `run_peer.py gurobi|scip|highs INSTANCE --limit SECONDS --gap GAP --seed SEED` prints one JSON object.

`seconds` is processor time from the data in memory to the answer: building the models counts, the start of Python, imports, reading and the start of
the solver's environment do not. `optimise_seconds` is the part inside the solver's own calls.
"""

import argparse
import importlib
import json
import time
from pathlib import Path

import problem
from search import Search


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["gurobi", "scip", "highs"])
    parser.add_argument("instance", type=Path)
    parser.add_argument("--limit", type=float, default=120)
    parser.add_argument("--gap", type=float, default=1e-6)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    peer = importlib.import_module(f"{options.peer}_peer").Peer()
    instance = problem.read(options.instance)
    start, clock = time.process_time(), time.monotonic()
    search = Search(instance, options.limit, options.gap, options.seed)
    try:
        peer.run(search)
        answer = search.answer()
    except problem.TooLarge:
        answer = {"status": "too large", "network": None, "bound": 0.0, "nodes": 0, "optimise_seconds": 0.0}
    answer["seconds"] = time.process_time() - start
    answer["clock_seconds"] = time.monotonic() - clock
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
