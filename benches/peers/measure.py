"""Runs the contestants, each in a process of its own on one thread, and measures their processor time."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

HERE = Path(__file__).parent
ONE_THREAD = {name: "1" for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]}


@dataclass
class Run:
    """`value` is recomputed exactly from the returned weights; `bound` is the proven (relus) or claimed (peers) lower bound."""

    status: str
    seconds: float
    value: Fraction | None = None
    bound: Fraction = Fraction(0)
    nodes: int | None = None
    optimise_seconds: float | None = None
    faults: list = field(default_factory=list)

    @property
    def proved(self):
        return self.status == "proved"


def process(command, limit):
    """(exit code or None if it had to be stopped, output, errors, processor seconds) of a command."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        environment = {**os.environ, **ONE_THREAD, "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=environment)
        stopped = threading.Event()

        def stop():
            stopped.set()
            child.kill()

        timer = threading.Timer(limit, stop)
        timer.start()
        _, status, usage = os.wait4(child.pid, 0)
        timer.cancel()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        code = None if stopped.is_set() else child.returncode
        return code, out.read().decode(), err.read().decode(), usage.ru_utime + usage.ru_stime


def patience(limit):
    """The solvers stop by themselves; this is for those that do not."""
    return 1.5 * limit + 30


def relus(options, problem, path, extra=()):
    """relus' whole process counts, from its start to its exit."""
    command = [options.relus, "train", path, "--method", options.method, "--gap", options.gap, "--json", "--quiet", "--threads", 1]
    code, out, err, seconds = process([*command, "--time-limit", options.limit, *extra], patience(options.limit))
    if code is None:
        return Run("stopped", seconds)
    if code not in (0, 3):
        return Run(f"refused: {err.strip().splitlines()[0]}" if code in (2, 4) and err.strip() else f"exit code {code}", seconds)
    result = json.loads(out)
    bound = Fraction(result["lower_bound"]) if result.get("lower_bound") is not None else Fraction(0)
    if result["network"] is None:
        return Run("limit", seconds, None, bound, result["nodes"])
    run = Run("limit", seconds, Fraction(result["loss"]), bound, result["nodes"])
    if problem.group != "other" and problem.value(result["network"]) != run.value:
        run.faults.append("relus' network does not have the loss that is claimed for it")
    if run.bound > run.value:
        run.faults.append("relus' bound lies above its own loss")
    if run.value - run.bound <= Fraction(options.gap) * run.value:
        run.status = "proved"
    return run


def peer(options, problem, name, path, seed):
    command = [sys.executable, HERE / "run_peer.py", name, path, "--limit", options.limit, "--gap", options.peer_gap]
    command += ["--seed", seed]
    code, out, err, seconds = process(command, patience(options.limit))
    if code is None:
        return Run("stopped", seconds)
    if code != 0:
        sys.stderr.write(err)
        return Run("error", seconds)
    answer = json.loads(out.splitlines()[-1])
    value = problem.value(answer["network"]) if answer["network"] else None
    bound = Fraction(answer["bound"])
    return Run(answer["status"], answer["seconds"], value, bound, answer["nodes"], answer["optimise_seconds"])


def certificate(options, problem, path):
    """(processor seconds of training with a certificate, bytes, processor seconds of the check, faults)."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate"
        run = relus(options, problem, path, ["--certificate", file])
        if not run.proved:
            return run.seconds, None, None, run.faults
        words = [word.format(root=HERE.parent.parent, instance=path, certificate=file) for word in options.check.split()]
        code, _, err, seconds = process(words, patience(options.limit))
        if code is None:
            return run.seconds, file.stat().st_size, None, run.faults
        faults = [] if code == 0 else [f"the certificate is not accepted: {err.strip()}"]
        return run.seconds, file.stat().st_size, seconds, run.faults + faults
