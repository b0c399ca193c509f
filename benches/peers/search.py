"""What the peers have in common: the classes of output signs one after another, the value so far as a cutoff for the next, one budget of time."""

import math
import time

from problem import sign_classes


class Search:
    """Collects the answers of a peer, which calls `run` with a function of the outputs (None: variables) that solves one model."""

    def __init__(self, problem, limit, gap, seed):
        self.problem = problem
        self.gap = gap
        self.seed = seed
        self.deadline = time.monotonic() + limit
        self.best = math.inf
        self.network = None
        self.bound = math.inf
        self.proved = True
        self.nodes = 0
        self.optimise_seconds = 0.0

    def remaining(self):
        return max(0.01, self.deadline - time.monotonic())

    def cutoff(self):
        """A value that a better network has to undercut, a little above the best so far because of the solvers' tolerances."""
        return None if math.isinf(self.best) else self.best * (1 + 1e-9) + 1e-12

    def optimise(self, call):
        """The processor time of the solver itself, without building the model."""
        start = time.process_time()
        result = call()
        self.optimise_seconds += time.process_time() - start
        return result

    def run(self, solve):
        """ReLU networks: one model for each class of signs. Threshold networks: the outputs are variables of one model."""
        classes = sign_classes(self.problem.width) if self.problem.activation == "relu" else [None]
        for outputs in classes:
            if time.monotonic() >= self.deadline:
                self.proved, self.bound = False, 0.0
                return
            solve(outputs)

    def candidate(self, network):
        value = float(self.problem.value(network))
        if value < self.best:
            self.best, self.network = value, network

    def close(self, proved, bound):
        """`bound` is that of this model; None if the cutoff closed it, so that it has nothing below the best value."""
        self.proved &= proved
        if bound is not None:
            self.bound = min(self.bound, bound)

    def answer(self):
        return {
            "status": "proved" if self.proved else "limit",
            "network": self.network,
            "bound": max(0.0, min(self.bound, self.best)) if math.isfinite(min(self.bound, self.best)) else 0.0,
            "nodes": int(self.nodes),
            "optimise_seconds": self.optimise_seconds,
        }


def output_limit(problem):
    """A magnitude that some optimal output weights of a threshold network respect.

    Optimal outputs for given activations lie in the convex hull of the solutions of square subsystems, of which the matrix has entries 0 and 1 (least
    squares and least absolute deviations); inverses of such matrices up to 3 x 3 have entries of magnitude at most 1. The maximum's subsystems have
    targets shifted by the optimum, which is at most the largest target.
    """
    columns = problem.width + problem.output_bias
    assert columns <= 3, "no bound known"
    return columns * (2 if problem.loss == "linf" else 1) * float(max(abs(v) for v in problem.y))
