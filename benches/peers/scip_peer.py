"""SCIP. The same models as Gurobi's; the sum of squares is bounded by a variable in one convex constraint, since SCIP's objective is linear."""

from pyscipopt import Model, quicksum

from problem import network
from search import output_limit


class Peer:
    def run(self, search):
        search.run(lambda outputs: self.solve(search, outputs))

    def solve(self, search, outputs):
        problem = search.problem
        x, k = problem.points, problem.width
        model = Model()
        w = [[model.addVar(lb=None) for _ in range(x.shape[1])] for _ in range(k)]
        bias = model.addVar(lb=None) if problem.output_bias else 0.0
        if outputs is None:
            a, phi = threshold(model, problem, x, w)
        else:
            a, phi = outputs, relu(model, x, w, outputs)
        minimise(model, problem.loss, [phi[i] + bias - float(y) for i, y in enumerate(problem.targets)])
        model.hideOutput()
        model.setParam("limits/gap", search.gap)
        model.setParam("randomization/randomseedshift", search.seed)
        model.setParam("lp/threads", 1)
        model.setParam("parallel/maxnthreads", 1)
        if search.cutoff() is not None:
            model.setObjlimit(search.cutoff())
        model.setParam("limits/time", search.remaining())
        search.optimise(model.optimize)
        search.nodes += model.getNTotalNodes()
        if model.getNSols():
            best = model.getBestSol()
            constant = best[bias] if problem.output_bias else 0.0
            search.candidate(network([[best[v] for v in row] for row in w], a if outputs is not None else [best[v] for v in a], constant))
        status = model.getStatus()
        if status == "infeasible":
            search.close(True, None)
        else:
            search.close(status in ("optimal", "gaplimit"), model.getDualbound())


def relu(model, x, w, outputs):
    n, k = len(x), len(outputs)
    h, g = ([[model.addVar(lb=0) for _ in range(k)] for _ in range(n)] for _ in range(2))
    for i in range(n):
        for j in range(k):
            model.addCons(h[i][j] - g[i][j] == quicksum(float(v) * u for v, u in zip(x[i], w[j])))
            model.addConsSOS1([h[i][j], g[i][j]])
    for j in range(k - 1):
        if outputs[j] == outputs[j + 1]:
            model.addCons(w[j][0] <= w[j + 1][0])
    return [quicksum(a * v for a, v in zip(outputs, row)) for row in h]


def threshold(model, problem, x, w):
    n, k, most = len(x), problem.width, output_limit(problem)
    a = [model.addVar(lb=-most, ub=most) for _ in range(k)]
    p = [[model.addVar(lb=-most, ub=most) for _ in range(k)] for _ in range(n)]
    for i in range(n):
        for j in range(k):
            on, off = model.addVar(vtype="B"), model.addVar(vtype="B")
            z = quicksum(float(v) * u for v, u in zip(x[i], w[j]))
            model.addCons(off == 1 - on)
            model.addConsIndicator(-z <= -1, on)
            model.addConsIndicator(z <= -1, off)
            model.addCons(p[i][j] <= most * on)
            model.addCons(p[i][j] >= -most * on)
            model.addCons(p[i][j] - a[j] <= most * (1 - on))
            model.addCons(p[i][j] - a[j] >= -most * (1 - on))
    for j in range(1, k):
        model.addCons(a[j - 1] <= a[j])
    return a, [quicksum(row) for row in p]


def minimise(model, loss, expressions):
    if loss == "l2":
        squares = model.addVar(lb=0)
        residuals = [model.addVar(lb=None) for _ in expressions]
        for residual, expression in zip(residuals, expressions):
            model.addCons(residual == expression)
        model.addCons(quicksum(r * r for r in residuals) <= squares)
        model.setObjective(squares)
        return
    sizes = [model.addVar(lb=0) for _ in (expressions if loss == "l1" else expressions[:1])]
    for i, expression in enumerate(expressions):
        size = sizes[i if loss == "l1" else 0]
        model.addCons(expression <= size)
        model.addCons(-expression <= size)
    model.setObjective(quicksum(sizes))
