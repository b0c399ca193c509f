"""HiGHS, for the absolute losses of ReLU networks: it has neither quadratic integer programs, nor indicators, nor special ordered sets.

Its model switches each neuron at each point with a big constant, so it is restricted to weights of magnitude at most `WEIGHTS`: what it proves holds
for such networks only.
"""

import highspy

from problem import network

WEIGHTS = 20.0


class Peer:
    def run(self, search):
        search.run(lambda outputs: self.solve(search, outputs))

    def solve(self, search, outputs):
        problem = search.problem
        x, k = problem.points, problem.width
        n = len(x)
        model = highspy.Highs()
        settings = {"output_flag": False, "threads": 1, "random_seed": search.seed, "mip_rel_gap": search.gap, "mip_abs_gap": 1e-9}
        for option, value in settings.items():
            model.setOptionValue(option, value)
        w = [[model.addVariable(lb=-WEIGHTS, ub=WEIGHTS) for _ in range(x.shape[1])] for _ in range(k)]
        bias = model.addVariable(lb=-highspy.kHighsInf) if problem.output_bias else 0.0
        sizes = [model.addVariable(lb=0) for _ in range(n if problem.loss == "l1" else 1)]
        for i in range(n):
            phi = bias
            for j in range(k):
                h, g, on = model.addVariable(lb=0), model.addVariable(lb=0), model.addBinary()
                most = WEIGHTS * float(abs(x[i]).sum())
                model.addConstr(h - g == sum(float(v) * u for v, u in zip(x[i], w[j])))
                model.addConstr(h <= most * on)
                model.addConstr(g + most * on <= most)
                phi = phi + outputs[j] * h
            size = sizes[i if problem.loss == "l1" else 0]
            model.addConstr(phi - size <= float(problem.targets[i]))
            model.addConstr(phi + size >= float(problem.targets[i]))
        for j in range(k - 1):
            if outputs[j] == outputs[j + 1]:
                model.addConstr(w[j][0] <= w[j + 1][0])
        if search.cutoff() is not None:
            model.addConstr(sum(sizes) <= search.cutoff())
        model.setOptionValue("time_limit", search.remaining())
        search.optimise(lambda: model.minimize(sum(sizes)))
        info = model.getInfo()
        search.nodes += max(0, info.mip_node_count)
        if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible:
            constant = model.val(bias) if problem.output_bias else 0.0
            search.candidate(network([[model.val(v) for v in row] for row in w], outputs, constant))
        status = model.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            search.close(True, None)
        else:
            search.close(status == highspy.HighsModelStatus.kOptimal, info.mip_dual_bound)
