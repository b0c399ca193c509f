"""relus kernel fit beside scikit-learn: Nystroem + Ridge, and KernelRidge, on the same data, kernel, landmarks budget and grid of ridges.

    python benches/peers/kernel.py accuracy          # test errors on the bundled data and planted networks
    python benches/peers/kernel.py speed             # time of one fit at m = 10,000, s = 500
    python benches/peers/kernel.py large             # m = 100,000, s = 1,000: time and memory of relus

Needs numpy and scikit-learn. relus is target/release/relus, built with `cargo build --release`. Times are processor and clock seconds of a fit with data in memory: for relus those of the process less those of a
process that fits one landmark to the same file (reading, scaling), for scikit-learn those of the calls of `fit`.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELUS = ROOT / "target" / "release" / "relus"
GAMMAS = [0.5, 2.0, 8.0, 32.0]
ALPHAS = [10 ** (k / 3) for k in range(-30, 4)]
FOLDS = 5


def read(name, target):
    """Features and target of a bundled table."""
    with open(ROOT / "instances" / "real" / f"{name}.csv") as file:
        rows = list(csv.DictReader(file))
    names = [key for key in rows[0] if key != target]
    import numpy as np

    return np.array([[float(row[key]) for key in names] for row in rows]), np.array([float(row[target]) for row in rows])


def teacher(seed, count, dimension, width, noise):
    """A planted ReLU network with noise."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.standard_normal((count, dimension))
    w, b, a = rng.standard_normal((width, dimension)), rng.standard_normal(width), rng.choice([-1.0, 1.0], width)
    y = np.maximum(x @ w.T + b, 0) @ a
    return x, y + noise * y.std() * rng.standard_normal(count)


def clusters(seed, count):
    """Most points in one place, the others in forty small clusters with values of their own."""
    import numpy as np

    rng = np.random.default_rng(seed)
    centres, values = rng.uniform(-1, 1, (40, 3)), rng.uniform(-1, 1, 40)
    rare = rng.random(count) < 0.1
    which = rng.integers(0, 40, count)
    x = np.where(rare[:, None], centres[which] + 0.01 * rng.standard_normal((count, 3)), 0.05 * rng.standard_normal((count, 3)))
    return x, np.where(rare, values[which], 0.0)


def write(path, x, y):
    import numpy as np

    np.savetxt(path, np.column_stack([x, y]), delimiter=",", fmt="%.10g")


def relus(*args):
    """Runs relus; its output as JSON, processor and clock seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run([RELUS, "kernel", *map(str, args), "--json"], capture_output=True, text=True)
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"relus {' '.join(map(str, args))}: {run.stderr}")
    return json.loads(run.stdout), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def scaled(x, other):
    """Standardised by x and divided by the largest norm in x, as relus does."""
    import numpy as np

    mean, deviation = x.mean(axis=0), x.std(axis=0)
    deviation[deviation == 0] = np.inf
    z, other = (x - mean) / deviation, (other - mean) / deviation
    largest = np.linalg.norm(z, axis=1).max()
    return z / largest, other / largest


def accuracy(args):
    import numpy as np
    from sklearn.kernel_approximation import Nystroem
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.pipeline import make_pipeline

    sets = {
        "diabetes": read("diabetes", "progression"),
        "digits": read("digits", "digit"),
        "teacher d=5 k=3": teacher(1, 1500, 5, 3, 0.1),
        "teacher d=10 k=5": teacher(2, 2000, 10, 5, 0.1),
        "teacher d=20 k=10": teacher(3, 2000, 20, 10, 0.0),
        "teacher d=2 k=4": teacher(4, 1000, 2, 4, 0.2),
        "clusters": clusters(5, 3000),
    }
    print("| data | m | d | s | relus | relus, uniform | Nystroem + Ridge | KernelRidge | relus / Nystroem |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    ratios = []
    for name, (x, y) in sets.items():
        errors = []
        for split in range(args.splits):
            order = np.random.default_rng(split).permutation(len(y))
            test, train = order[: len(y) * 3 // 10], order[len(y) * 3 // 10 :]
            s = min(args.landmarks, len(train) // 3)
            with tempfile.TemporaryDirectory() as folder:
                paths = [Path(folder) / part for part in ("train.csv", "test.csv", "model.json")]
                write(paths[0], x[train], y[train])
                write(paths[1], x[test], y[test])
                row = []
                for sampler in ("scores", "uniform"):
                    best = (np.inf, None)
                    for gamma in GAMMAS:
                        common = ["fit", paths[0], "--no-header", "--scale", "standardise", "--scale-labels", "--seed", split, "--sampler", sampler]
                        found, *_ = relus(*common, "--kernel", f"gaussian:{gamma}", "--landmarks", s, "--save-model", paths[2], "--tolerance", 1e-4)
                        if found["cross_validation_error"] < best[0]:
                            predicted, *_ = relus("predict", paths[2], paths[1], "--no-header", "-q")
                            best = (found["cross_validation_error"], predicted["mean_squared_error"])
                    row.append(best[1])
            z, other = scaled(x[train], x[test])
            folds = KFold(FOLDS, shuffle=True, random_state=split)
            # relus' ridge is lambda times the number of points.
            ridges = [alpha * len(train) * (FOLDS - 1) / FOLDS for alpha in ALPHAS]
            pipeline = make_pipeline(Nystroem(kernel="rbf", n_components=s, random_state=split), Ridge())
            grid = {"nystroem__gamma": GAMMAS, "ridge__alpha": ridges}
            search = GridSearchCV(pipeline, grid, cv=folds, scoring="neg_mean_squared_error").fit(z, y[train])
            row.append(float(np.mean((search.predict(other) - y[test]) ** 2)))
            middle = y[train].mean()
            search = GridSearchCV(KernelRidge(kernel="rbf"), {"gamma": GAMMAS, "alpha": ridges[::3]}, cv=folds, scoring="neg_mean_squared_error").fit(z, y[train] - middle)
            row.append(float(np.mean((search.predict(other) + middle - y[test]) ** 2)))
            errors.append(row)
        mean = np.exp(np.mean(np.log(errors), axis=0))
        ratios.append(mean[0] / mean[2])
        print(f"| {name} | {len(train)} | {x.shape[1]} | {s} | " + " | ".join(f"{value:.4g}" for value in mean) + f" | {ratios[-1]:.3f} |", flush=True)
    print(f"\nGeometric mean of relus / Nystroem: {np.exp(np.mean(np.log(ratios))):.3f}")


def speed(args):
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import Ridge

    x, y = teacher(7, args.points, args.dimension, 5, 0.1)
    z, _ = scaled(x, x)
    y = (y - y.min()) / (y.max() - y.min())
    alpha = 1e-6
    print(f"m = {args.points}, d = {args.dimension}, s = {args.landmarks}, threads {args.threads}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        write(path, z / 1.000001, y.clip(0, 1))
        for round_ in range(args.rounds):
            base = ["fit", path, "--no-header", "--kernel", "gaussian:2", "--ridge", alpha, "--threads", args.threads, "--seed", round_]
            _, zero, zero_clock = relus(*base, "--landmarks", 1, "--sampler", "uniform")
            for sampler in ("scores", "uniform"):
                found, used, clock = relus(*base, "--landmarks", args.landmarks, "--sampler", sampler)
                print(f"relus {sampler:8} processor {used - zero:.2f}  clock {found['seconds']:.2f}  training error {found['training_error']:.6f}", flush=True)
            cpu, start = time.process_time(), time.perf_counter()
            features = Nystroem(kernel="rbf", gamma=2.0, n_components=args.landmarks, random_state=round_)
            phi = features.fit_transform(z)
            model = Ridge(alpha=alpha * args.points).fit(phi, y)
            used, clock = time.process_time() - cpu, time.perf_counter() - start
            print(f"Nystroem + Ridge processor {used:.2f}  clock {clock:.2f}  training error {((model.predict(phi) - y) ** 2).mean():.6f}", flush=True)


def large(args):
    x, y = teacher(7, 100_000, 10, 5, 0.1)
    z, _ = scaled(x, x)
    y = (y - y.min()) / (y.max() - y.min())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        write(path, z / 1.000001, y.clip(0, 1))
        found, used, clock = relus("fit", path, "--no-header", "--kernel", "gaussian:2", "--ridge", 1e-6, "--threads", args.threads, "--landmarks", 1000)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(f"m = 100000, s = 1000: {found['seconds']:.1f} s for the fit, {clock:.1f} s in all, {used:.1f} s of processor, {peak:.2f} GiB, training error {found['training_error']:.6f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["accuracy", "speed", "large"])
    parser.add_argument("--landmarks", type=int)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--splits", type=int, default=3)
    args = parser.parse_args()
    args.landmarks = args.landmarks or (100 if args.what == "accuracy" else 500)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = str(args.threads)
    {"accuracy": accuracy, "speed": speed, "large": large}[args.what](args)


if __name__ == "__main__":
    main()
