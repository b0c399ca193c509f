"""Gurobi. ReLU: h - g = Xw with h, g >= 0 and (h, g) in a special ordered set of type 1, which is exact without a bound on the weights.

Threshold: p_ij = a_j s_ij by linear inequalities with a valid bound on |a_j|, the sign of w_j.x_i by indicators with margin 1 (no restriction, since
weights can be scaled and a point on the boundary can be moved off it).
"""

import gurobipy as gp
import numpy as np
import scipy.sparse  # noqa: F401  (gurobipy's matrix interface imports it when first used: not on the peer's account)
from gurobipy import GRB

from problem import TooLarge, network
from search import output_limit

REFUSED = 10010


class Peer:
    def __init__(self):
        self.environment = gp.Env(params={"OutputFlag": 0})

    def run(self, search):
        try:
            search.run(lambda outputs: self.solve(search, outputs))
        except gp.GurobiError as error:
            if error.errno == REFUSED:
                raise TooLarge from error
            raise

    def solve(self, search, outputs):
        problem = search.problem
        x, k = problem.points, problem.width
        n, columns = x.shape
        model = gp.Model(env=self.environment)
        w = model.addMVar((k, columns), lb=-GRB.INFINITY)
        bias = model.addVar(lb=-GRB.INFINITY) if problem.output_bias else 0.0
        if outputs is None:
            a, phi = threshold(model, problem, x, w)
        else:
            a, phi = outputs, relu(model, x, w, outputs)
        minimise(model, problem.loss, phi + bias - problem.targets, n)
        model.Params.Threads = 1
        model.Params.Seed = search.seed
        model.Params.MIPGap = search.gap
        model.Params.MIPGapAbs = 1e-9
        model.Params.FeasibilityTol = 1e-9
        model.Params.IntFeasTol = 1e-9
        if search.cutoff() is not None:
            model.Params.Cutoff = search.cutoff()
        model.Params.TimeLimit = search.remaining()
        search.optimise(model.optimize)
        search.nodes += model.NodeCount
        if model.SolCount:
            constant = bias.X if problem.output_bias else 0.0
            search.candidate(network(w.X, a if outputs is not None else a.X, constant))
        if model.Status in (GRB.CUTOFF, GRB.INFEASIBLE):
            search.close(True, None)
        else:
            search.close(model.Status == GRB.OPTIMAL, model.ObjBound)


def relu(model, x, w, outputs):
    n, k = len(x), len(outputs)
    h, g = model.addMVar((n, k)), model.addMVar((n, k))
    model.addConstr(h - g == x @ w.T)
    for j in range(k):
        for i in range(n):
            model.addSOS(GRB.SOS_TYPE1, [h[i, j].item(), g[i, j].item()])
    for j in range(k - 1):
        if outputs[j] == outputs[j + 1]:
            model.addConstr(w[j, 0] <= w[j + 1, 0])
    # No variables for the residuals: the licence of the package counts variables.
    return h @ np.array(outputs)


def threshold(model, problem, x, w):
    n, k, most = len(x), problem.width, output_limit(problem)
    a = model.addMVar(k, lb=-most, ub=most)
    s, p = model.addMVar((n, k), vtype=GRB.BINARY), model.addMVar((n, k), lb=-most, ub=most)
    for j in range(k):
        model.addConstr(p[:, j] <= most * s[:, j])
        model.addConstr(p[:, j] >= -most * s[:, j])
        # Off: p = 0, and the next two lines say no more than |a| <= most. On: p = a.
        model.addConstr(p[:, j] - a[j] <= most * (1 - s[:, j]))
        model.addConstr(p[:, j] - a[j] >= -most * (1 - s[:, j]))
        for i in range(n):
            z = (x[i] @ w[j]).item()
            model.addGenConstrIndicator(s[i, j].item(), True, z >= 1)
            model.addGenConstrIndicator(s[i, j].item(), False, z <= -1)
        if j:
            model.addConstr(a[j - 1] <= a[j])
    return a, p.sum(axis=1)


def minimise(model, loss, residuals, n):
    if loss == "l2":
        model.setObjective((residuals * residuals).sum())
        return
    size = model.addMVar(n if loss == "l1" else 1)
    for i in range(n):
        e = size[i if loss == "l1" else 0].item()
        model.addConstr(residuals[i].item() <= e)
        model.addConstr(-residuals[i].item() <= e)
    model.setObjective(size.sum())
