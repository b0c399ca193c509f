"""A training problem in floats for the solvers and in fractions for the referee."""

import json
from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass
class Problem:
    """`x` and `y` hold the decimals of the file exactly; `points` (with a last column of ones) and `targets` are the nearest floats."""

    activation: str
    width: int
    loss: str
    output_bias: bool
    target_error: Fraction | None
    x: list
    y: list

    @property
    def points(self):
        return np.array([[float(v) for v in row] + [1.0] for row in self.x])

    @property
    def targets(self):
        return np.array([float(v) for v in self.y])

    @property
    def dimension(self):
        return len(self.x[0])

    @property
    def group(self):
        if self.activation == "threshold":
            return "threshold"
        return "L2 ReLU" if self.loss == "l2" else "L1/L∞ ReLU" if self.loss in ("l1", "linf") else "other"

    def value(self, network):
        """The loss of a network in fractions. A float weight stands for exactly the number that it is."""
        neurons = [([Fraction(v) for v in n["w"]], Fraction(n["b"]), Fraction(n["a"])) for n in network["neurons"]]
        bias = Fraction(network["output_bias"])
        residuals = []
        for x, y in zip(self.x, self.y):
            phi = bias
            for w, b, a in neurons:
                z = sum((u * v for u, v in zip(w, x)), b)
                if z > 0:
                    phi += a * z if self.activation == "relu" else a
            residuals.append(phi - y)
        return self.norm(residuals)

    def norm(self, residuals):
        if self.loss == "l2":
            return sum(r * r for r in residuals)
        magnitudes = [abs(r) for r in residuals]
        if self.loss == "l1":
            return sum(magnitudes)
        if self.loss == "linf":
            return max(magnitudes)
        raise ValueError(f"no exact value of the loss {self.loss} here")

    def zero_value(self):
        """The loss of the network that is 0 everywhere: the scale for tolerances."""
        return self.norm(self.y)


def read(path):
    """The problem of a relus-instance file, or None for other JSON files."""
    file = json.loads(path.read_text(), parse_float=Fraction, parse_int=Fraction)
    if not isinstance(file, dict) or file.get("format") != "relus-instance":
        return None
    x = [[Fraction(v) for v in row] for row in file["x"]]
    y = [Fraction(v) for v in file["y"]]
    target = file.get("target_error")
    target = None if target is None else Fraction(target)
    return Problem(file["activation"], int(file["width"]), file["loss"], file.get("output_bias", False), target, x, y)


def sign_classes(width):
    """The output signs of ReLU neurons, with 0 to `width` minus signs: permutations of neurons change nothing."""
    return [[1.0] * (width - minus) + [-1.0] * minus for minus in range(width + 1)]


def network(weights, outputs, bias):
    """Rows of `weights` are w_j followed by b_j."""
    neurons = [{"w": [float(v) for v in row[:-1]], "b": float(row[-1]), "a": float(a)} for row, a in zip(weights, outputs)]
    return {"neurons": neurons, "output_bias": float(bias)}


def plays(name, problem):
    """Whether the peer has a model of the problem. See `search.output_limit` for the width of threshold networks."""
    if problem.target_error is not None or problem.loss not in ("l2", "l1", "linf"):
        return False
    if problem.activation == "threshold":
        return name != "highs" and problem.width + problem.output_bias <= 3
    return name != "highs" or problem.loss != "l2"


class TooLarge(Exception):
    """The solver's licence refuses the model."""
