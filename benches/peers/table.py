"""The report in Markdown: a table for each group of instances, ratios, and every loss by name."""

import platform
import subprocess
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from importlib.metadata import version
from math import exp, log
from pathlib import Path

from problem import Problem

NAMES = {"gurobi": "Gurobi", "scip": "SCIP", "highs": "HiGHS"}
PACKAGES = {"gurobi": "gurobipy", "scip": "pyscipopt", "highs": "highspy"}
GROUPS = ["L2 ReLU", "threshold", "L1/L∞ ReLU", "other"]


@dataclass
class Row:
    name: str
    problem: Problem
    gap: Fraction
    runs: dict
    attempts: dict
    faults: list = field(default_factory=list)
    certificate: tuple | None = None

    def ratio(self, name, optimise=False):
        """(the peer's time by relus' time, "" or "≥" if only relus finished or "≤" if only the peer did); None without such a pair."""
        ours, theirs = self.runs["relus"], self.runs.get(name)
        timed = ("proved", "limit", "stopped")
        if self.faults or theirs is None or theirs.status not in timed or ours.status not in timed or not (ours.proved or theirs.proved):
            return None
        seconds = theirs.optimise_seconds if optimise and theirs.optimise_seconds is not None else theirs.seconds
        return seconds / ours.seconds, "" if ours.proved and theirs.proved else "≥" if ours.proved else "≤"

    def loss(self, name):
        """How relus lost to the peer, or None."""
        ours, theirs, ratio = self.runs["relus"], self.runs.get(name), self.ratio(name)
        if ratio is not None:
            return times(*ratio) if ratio[1] == "≤" or (ratio[1] == "" and ratio[0] < 1) else None
        if theirs is None or not theirs.proved:
            return None
        return "relus was wrong" if self.faults else f"no answer of relus: {ours.status}"

    def raw(self):
        def figures(name, run):
            value = None if run.value is None else float(run.value)
            seconds = [attempt.seconds for attempt in self.attempts[name]]
            return {**run.__dict__, "value": value, "bound": float(run.bound), "all_seconds": seconds}

        size = {"n": len(self.problem.x), "d": self.problem.dimension, "k": self.problem.width}
        kind = {"activation": self.problem.activation, "loss": self.problem.loss}
        runs = {name: figures(name, run) for name, run in self.runs.items()}
        return {"instance": self.name, **size, **kind, "runs": runs, "certificate": self.certificate, "faults": self.faults}


def heading(options):
    """What was measured, with what, on what, when."""
    def output(*command):
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
        return done.stdout.strip() if done.returncode == 0 else "unknown"

    processor = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    changed = "" if output("git", "status", "--porcelain", "--untracked-files=no") == "" else " with changes"
    commit = output("git", "rev-parse", "--short", "HEAD")
    ours = f"{output(options.relus, '--version')} ({commit}{changed}, method {options.method}, gap {options.gap})"
    peers = [f"{NAMES[name]} ({PACKAGES[name]} {version(PACKAGES[name])})" for name in options.peers]
    return (
        f"{processor}, {platform.system()} {platform.machine()}; one thread each; {date.today()}; limit {options.limit:g} s, rounds: {options.rounds}.\n"
        f"{', '.join([ours, *peers])}; the peers' relative gap {options.peer_gap:g}."
    )


def shown(seconds):
    return f"{seconds:.4f}" if seconds < 0.1 else f"{seconds:.3g}" if seconds < 100 else f"{seconds:.0f}"


def times(ratio, sign=""):
    return f"{sign} {ratio:.2g}×".strip() if ratio < 10 else f"{sign} {ratio:.0f}×".strip()


def outcome(run):
    """The seconds, or what came instead of a proof."""
    if run.proved:
        return shown(run.seconds)
    if run.status in ("limit", "stopped"):
        gap = "no bound" if not run.value or run.bound <= 0 else f"gap {float((run.value - run.bound) / run.value):.1%}"
        return f"open after {shown(run.seconds)}, {gap}"
    if run.status == "wrong":
        return f"wrong ({'no network' if run.value is None else format(float(run.value), '.6g')}), {shown(run.seconds)}"
    return run.status


def tables(rows, options):
    parts = []
    for group in GROUPS:
        members = [row for row in rows if row.problem.group == group]
        if members:
            peers = [name for name in options.peers if any(name in row.runs for row in members)]
            parts += [f"\n### {group}\n", table(members, peers, options.certificate), summary(members, peers)]
    notes = []
    if any("highs" in row.runs for row in rows):
        notes.append("\nHiGHS' model restricts the weights to magnitudes up to 20: what it proves holds for such networks only.")
    if options.certificate:
        notes.append("\nrelus' seconds are without the certificate; the check is that of the certificate written in a second run.")
    return "\n".join(parts + notes)


def table(rows, peers, certificate):
    head = ["instance", "n", "d", "k", "loss", "optimum", "relus s", "nodes"]
    if certificate:
        head += ["s with certificate", "bytes", "check s"]
    for name in peers:
        head += [f"{NAMES[name]} s", "nodes", "ratio"]
    lines = [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)]
    for row in rows:
        ours, shape = row.runs["relus"], row.problem
        value = "–" if ours.value is None else f"{'' if ours.proved else '≤ '}{float(ours.value):.9g}"
        optimum = "WRONG" if row.faults else value
        nodes = "–" if ours.nodes is None else ours.nodes
        cells = [f"`{row.name}`", len(shape.x), shape.dimension, shape.width, shape.loss, optimum, outcome(ours), nodes]
        if certificate:
            seconds, size, check, _ = row.certificate or (None, None, None, None)
            cells += ["–" if cell is None else cell if cell is size else shown(cell) for cell in (seconds, size, check)]
        for name in peers:
            run, ratio = row.runs.get(name), row.ratio(name)
            cells += ["–", "–", "–"] if run is None else [outcome(run), run.nodes or "–", "–" if ratio is None else times(*ratio)]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def summary(rows, peers):
    """Geometric means over the instances that the peer proved; one that only the peer proved counts with its upper bound. Losses by name."""
    lines = ["", "| peer | proved by both | only relus | only the peer | wrong | not loaded | geometric mean | the same, solver calls alone | least |"]
    lines.append("|" + " --- |" * 9)
    losses = []
    for name in peers:
        ratios = [(row, *row.ratio(name)) for row in rows if row.ratio(name)]
        counted = [(row, ratio, sign) for row, ratio, sign in ratios if sign != "≥"]
        count = [sum(sign == kind for _, _, sign in ratios) for kind in ("", "≥", "≤")]
        states = [row.runs[name].status for row in rows if name in row.runs]
        cells = [NAMES[name], *count, states.count("wrong"), states.count("too large")]
        if counted:
            bound = "≤" if count[2] else ""
            calls = mean([row.ratio(name, optimise=True)[0] for row, _, _ in counted])
            row, least, sign = min(counted, key=lambda entry: entry[1])
            cells += [times(mean([ratio for _, ratio, _ in counted]), bound), times(calls, bound), f"{times(least, sign)} (`{row.name}`)"]
        else:
            cells += ["–", "–", "–"]
        lines.append(f"| {' | '.join(map(str, cells))} |")
        losses += [f"`{row.name}` to {NAMES[name]} ({row.loss(name)})" for row in rows if row.loss(name)]
    return "\n".join([*lines, "", f"Lost: {', '.join(losses) if losses else 'none'}."])


def mean(ratios):
    return exp(sum(map(log, ratios)) / len(ratios))
