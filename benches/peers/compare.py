#!/usr/bin/env python3
"""relus beside Gurobi, SCIP and HiGHS on the same files, paired in one run. See README.md.

Exit code 1 if relus was wrong: a peer's network beats its proven bound, its network or its certificate does not hold, or a listed optimum differs.
"""

import argparse
import json
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median

import measure
import problem
import table

ROOT = Path(__file__).parent.parent.parent
FOLDERS = [ROOT / "instances" / "benchmark", ROOT / "instances" / "noisy"]
PEERS = ["gurobi", "scip", "highs"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", nargs="*", type=Path, help="files or folders [default: instances/benchmark and instances/noisy]")
    parser.add_argument("--filter", default="", help="only instances whose name contains this")
    parser.add_argument("--peers", default=",".join(PEERS), help="separated by commas; empty for none [default: all]")
    parser.add_argument("--limit", type=float, default=120, help="seconds on the clock for each run [default: 120]")
    parser.add_argument("--gap", default="1e-6", help="relus' relative gap; 0 is exact [default: 1e-6]")
    parser.add_argument("--peer-gap", type=float, default=1e-6, help="the peers' relative gap [default: 1e-6]")
    parser.add_argument("--method", default="search", help="relus' method [default: search]")
    parser.add_argument("--rounds", type=int, default=1, help="runs of each, the peers with seeds 0, 1, …; the median counts [default: 1]")
    parser.add_argument("--certificate", action="store_true", help="run relus once more with a certificate, and check it")
    parser.add_argument("--relus", type=Path, default=ROOT / "target" / "release" / "relus")
    parser.add_argument("--check", default="{root}/target/release/relus-check {certificate} {instance}", help="command [default: %(default)s]")
    parser.add_argument("--json", type=Path, help="write the raw figures to this file")
    options = parser.parse_args()
    options.peers = [name for name in options.peers.split(",") if name]
    unknown = [name for name in options.peers if name not in PEERS]
    if unknown or options.rounds < 1:
        parser.error(f"no such peer: {', '.join(unknown)}" if unknown else "at least one round")
    return options


def files(options):
    for place in options.instances or FOLDERS:
        for path in sorted(place.glob("*.json")) if place.is_dir() else [place]:
            if options.filter in path.stem:
                yield path


def middle(runs):
    """The first run that did not prove anything, or else the first, with the median times of all."""
    chosen = next((run for run in runs if not run.proved), runs[0])
    calls = [run.optimise_seconds for run in runs if run.optimise_seconds is not None]
    return replace(chosen, seconds=median(run.seconds for run in runs), optimise_seconds=median(calls) if calls else None)


def contest(options, path, instance, turn):
    """Everybody's runs on one instance. The order is reversed from run to run, so that no one always comes first."""
    contestants = {"relus": lambda _: measure.relus(options, instance, path)}
    for name in options.peers:
        if problem.plays(name, instance):
            contestants[name] = lambda seed, name=name: measure.peer(options, instance, name, path, seed)
    runs = {name: [] for name in contestants}
    for number in range(options.rounds):
        order = list(contestants)
        for name in order if (turn + number) % 2 == 0 else reversed(order):
            print(f"{path.stem}: {name}", file=sys.stderr)
            runs[name].append(contestants[name](number))
    return runs


def judge(row, optima):
    """Collects what is wrong with relus, by exact comparisons; marks peers whose proof relus' network or bound refutes, with tolerance."""
    listed = optima.get(row.name)
    for ours in row.attempts["relus"]:
        row.faults += ours.faults
        # The listed optima have ten digits or more and come from floats.
        if listed is not None and ours.proved and abs(ours.value - listed) > max(listed, Fraction(1, 10)) / 10**9 + row.gap * ours.value:
            row.faults.append(f"relus' optimum is {float(ours.value)!r}, {float(listed)!r} is listed")
        for name, run in ((name, run) for name, runs in row.attempts.items() if name != "relus" for run in runs):
            if run.value is not None and run.value < ours.bound:
                row.faults.append(f"{table.NAMES[name]}'s network has the loss {float(run.value)!r}, below relus' bound {float(ours.bound)!r}")
    ours = row.runs["relus"]
    for name, run in row.runs.items():
        if name != "relus" and run.proved and ours.value is not None:
            slack = ours.value / 10**4 + row.problem.zero_value() / 10**6
            if run.bound > ours.value + slack or run.value is None or (ours.proved and run.value > ours.value + slack):
                run.status = "wrong"


def listed_optima(path):
    file = path.parent / "optima.json"
    if not file.exists():
        return {}
    return {name: Fraction(entry["optimum"]) for name, entry in json.loads(file.read_text(), parse_float=Fraction, parse_int=Fraction).items()}


def main():
    options = arguments()
    if not options.relus.exists():
        sys.exit(f"{options.relus} does not exist: cargo build --release")
    rows = []
    for path in files(options):
        instance = problem.read(path)
        if instance is None:
            continue
        attempts = contest(options, path, instance, len(rows))
        row = table.Row(path.stem, instance, Fraction(options.gap), {name: middle(runs) for name, runs in attempts.items()}, attempts)
        judge(row, listed_optima(path))
        if options.certificate:
            row.certificate = measure.certificate(options, instance, path)
            row.faults += row.certificate[3]
        rows.append(row)
    print(table.heading(options))
    print(table.tables(rows, options))
    if options.json:
        options.json.write_text(json.dumps([row.raw() for row in rows], indent=1) + "\n")
    faults = [f"{row.name}: {fault}" for row in rows for fault in row.faults]
    for fault in faults:
        print(f"WRONG: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
