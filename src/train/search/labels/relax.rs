//! The relaxation of a node: conditions on the weights that hold whenever the labels are as they should be.
//!
//! Where `h = max(0, z)` of an undecided neuron pushes the value of a site away from its class, it does so by at least `max(0, θz)` for `θ ∈ {0, 1}`, so that the
//! condition holds with any set of these neurons. Where it pushes toward the class, nothing bounds it, and the site has no condition. Threshold neurons push by at most `t_j`.

use super::super::{Model, Node, State};
use super::vector::{Condition, Vector};
use crate::exact::{Echelon, Integer, Rational};
use crate::instance::Activation;
use crate::optimize::lp::{FloatProgram, LinearProgram, LpProposer, LpVerdict, Proposal, Row, RowKind};

/// So many undecided neurons have all their sets listed, more have them generated as they are violated. Tests have few neurons and should see both.
const LISTED: u32 = if cfg!(test) { 1 } else { 3 };
/// Rounds of generating conditions.
const ROUNDS: usize = 30;
/// A condition is violated if it is by more than this.
const VIOLATED: f64 = 1e-7;

/// The neurons of a node as sets of bits, by site.
#[derive(Debug, Clone, Default)]
pub(super) struct Sets {
    pub(super) plus: u64,
    pub(super) on: Vec<u64>,
    pub(super) undecided: Vec<u64>,
}

impl Sets {
    pub(super) fn new(model: &Model<'_>, node: &Node) -> Self {
        let mut sets = Sets { plus: 0, on: vec![0; model.sites()], undecided: vec![0; model.sites()] };
        for (j, cone) in node.cones.iter().enumerate() {
            sets.plus |= u64::from(node.plus[j]) << j;
            for (site, state) in cone.states.iter().enumerate() {
                sets.on[site] |= u64::from(*state == State::On) << j;
                sets.undecided[site] |= u64::from(*state == State::Undecided) << j;
            }
        }
        sets
    }

    /// The undecided neurons that push a site away from its class, and those that push toward it.
    pub(super) fn pushing(&self, site: usize, positive: bool) -> [u64; 2] {
        let toward = if positive { self.plus } else { !self.plus };
        [self.undecided[site] & !toward, self.undecided[site] & toward]
    }
}

/// The condition with the set `against` of undecided neurons, if there is one.
fn condition(model: &Model<'_>, sets: &Sets, site: usize, positive: bool, against: u64) -> Option<Condition> {
    let [_, toward] = sets.pushing(site, positive);
    let neurons = match model.activation() {
        Activation::Relu if toward != 0 => return None,
        Activation::Relu => sets.on[site] | against,
        Activation::Threshold => sets.on[site] | toward,
    };
    Some(Condition { site, positive, neurons }).filter(|_| positive || neurons != 0 || model.output_bias())
}

/// The conditions of a site, all of them or a few to begin with.
pub(super) fn conditions(model: &Model<'_>, sets: &Sets, site: usize, positive: bool, found: &mut Vec<Condition>) {
    let [against, _] = sets.pushing(site, positive);
    if model.activation() == Activation::Threshold {
        found.extend(condition(model, sets, site, positive, 0));
    } else if against.count_ones() <= LISTED {
        // All subsets.
        let mut subset = against;
        loop {
            found.extend(condition(model, sets, site, positive, subset));
            if subset == 0 {
                break;
            }
            subset = (subset - 1) & against;
        }
    } else {
        found.extend([0, against].into_iter().filter_map(|subset| condition(model, sets, site, positive, subset)));
    }
}

/// Unknowns: a block of weights a neuron (threshold: `t_j`), and the output bias.
pub(super) fn unknowns(model: &Model<'_>) -> usize {
    model.width() * model.space.block() + usize::from(model.output_bias())
}

/// A wall of the cones, or a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Wall(usize, usize),
    Condition(Condition),
}

/// A row in integers, by definition.
pub(super) fn exact_row(model: &Model<'_>, node: &Node, source: Source) -> Row {
    let block = model.space.block();
    let mut coefficients = vec![Integer::ZERO; unknowns(model)];
    let mut fill = |j: usize, site: usize, positive: bool| {
        for (entry, x) in coefficients[j * block..].iter_mut().zip(model.space.features(site)) {
            *entry = if positive { x.clone() } else { -x };
        }
    };
    let rhs = match source {
        Source::Wall(j, site) => {
            fill(j, site, model.activation() == Activation::Threshold || node.cones[j].states[site] == State::On);
            Integer::ZERO
        }
        Source::Condition(condition) => {
            (0..node.cones.len())
                .filter(|j| condition.neurons >> j & 1 == 1)
                .for_each(|j| fill(j, condition.site, node.plus[j] == condition.positive));
            if model.output_bias() {
                *coefficients.last_mut().expect("the output bias") = if condition.positive { Integer::ONE } else { Integer::NEG_ONE };
            }
            if condition.positive { Integer::ONE } else { Integer::ZERO }
        }
    };
    Row { coefficients, rhs, kind: RowKind::AtLeast }
}

/// The walls of all cones.
pub(super) fn walls(model: &Model<'_>, node: &Node) -> Vec<Source> {
    match model.activation() {
        Activation::Relu => node.cones.iter().enumerate().flat_map(|(j, cone)| cone.facets().map(move |site| Source::Wall(j, site))).collect(),
        // t ≥ 0; all sites have the feature 1.
        Activation::Threshold => (0..node.cones.len()).map(|j| Source::Wall(j, 0)).collect(),
    }
}

/// What a float program says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// There seem to be weights: those of [`Program::point`].
    Feasible,
    /// These rows seem to contradict each other.
    Contradiction(Vec<Source>),
    Unclear,
}

/// The conditions of a node in floats.
#[derive(Debug, Default)]
pub(super) struct Program {
    sources: Vec<Source>,
    coefficients: Vec<f64>,
    rhs: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    objective: Vec<f64>,
    point: Vec<f64>,
    proposer: LpProposer,
}

impl Program {
    pub(super) fn clear(&mut self, model: &Model<'_>) {
        self.sources.clear();
        self.coefficients.clear();
        self.rhs.clear();
        self.lower.clear();
        self.upper.clear();
        self.objective.clear();
        self.objective.resize(unknowns(model), 0.0);
    }

    /// The weights of the last call.
    pub(super) fn point(&self) -> &[f64] {
        &self.point
    }

    /// Adds a row; a violation costs `cost` a unit.
    pub(super) fn push(&mut self, model: &Model<'_>, node: &Node, source: Source, cost: f64) {
        let block = model.space.block();
        let start = self.coefficients.len();
        self.coefficients.resize(start + unknowns(model), 0.0);
        let relu = model.activation() == Activation::Relu;
        let coefficients = &mut self.coefficients[start..];
        let mut fill = |j: usize, site: usize, positive: bool| {
            let features: &[f64] = if relu { model.features(site) } else { &[1.0] };
            for (entry, x) in coefficients[j * block..].iter_mut().zip(features) {
                *entry = if positive { *x } else { -x };
            }
        };
        let rhs = match source {
            Source::Wall(j, site) => {
                fill(j, site, !relu || node.cones[j].states[site] == State::On);
                0.0
            }
            Source::Condition(condition) => {
                (0..node.cones.len())
                    .filter(|j| condition.neurons >> j & 1 == 1)
                    .for_each(|j| fill(j, condition.site, node.plus[j] == condition.positive));
                if model.output_bias() {
                    *coefficients.last_mut().expect("the output bias") = if condition.positive { 1.0 } else { -1.0 };
                }
                if condition.positive { 1.0 } else { 0.0 }
            }
        };
        self.sources.push(source);
        self.rhs.push(rhs);
        self.lower.push(0.0);
        self.upper.push(cost);
    }

    /// Looks for weights, or of the weights for those of least cost; generates conditions where `wanted` gives the class that a site should have and its cost.
    pub(super) fn solve(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, wanted: &dyn Fn(usize) -> Option<(bool, f64)>) -> Answer {
        for _ in 0..ROUNDS {
            let program =
                FloatProgram { objective: &self.objective, coefficients: &self.coefficients, rhs: &self.rhs, lower: &self.lower, upper: &self.upper };
            match self.proposer.solve(program, None, f64::INFINITY) {
                Proposal::Infeasible { entering, .. } => {
                    let rows = self.proposer.contradiction(entering);
                    return Answer::Contradiction(rows.into_iter().map(|row| self.sources[row]).collect());
                }
                Proposal::Optimal => {}
                Proposal::AboveCutoff | Proposal::Unbounded | Proposal::Unclear => return Answer::Unclear,
            }
            self.point.clear();
            self.point.extend_from_slice(self.proposer.point());
            if model.activation() == Activation::Threshold || !self.generate(model, node, sets, wanted) {
                return Answer::Feasible;
            }
        }
        Answer::Unclear
    }

    /// Adds violated conditions of sites with many undecided neurons.
    fn generate(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, wanted: &dyn Fn(usize) -> Option<(bool, f64)>) -> bool {
        let before = self.sources.len();
        for site in 0..model.sites() {
            let Some((positive, cost)) = wanted(site) else { continue };
            let [against, _] = sets.pushing(site, positive);
            if against.count_ones() <= LISTED {
                continue;
            }
            let set = (0..node.cones.len()).filter(|&j| against >> j & 1 == 1 && preactivation(model, &self.point, j, site) > VIOLATED);
            let set = set.fold(0, |set, j| set | 1u64 << j);
            let Some(condition) = condition(model, sets, site, positive, set) else { continue };
            let source = Source::Condition(condition);
            if !self.sources.contains(&source) {
                self.push(model, node, source, cost);
            }
        }
        self.sources.len() > before
    }

    /// By how much each site violates its conditions at the point found.
    pub(super) fn violations(&self, sites: usize) -> Vec<f64> {
        let q = self.objective.len();
        let mut worst = vec![0.0f64; sites];
        for (i, source) in self.sources.iter().enumerate() {
            if let Source::Condition(condition) = source {
                let value: f64 = self.coefficients[i * q..(i + 1) * q].iter().zip(&self.point).map(|(g, v)| g * v).sum();
                worst[condition.site] = worst[condition.site].max(self.rhs[i] - value);
            }
        }
        worst
    }
}

/// `x̃_s·w_j` in floats.
pub(super) fn preactivation(model: &Model<'_>, point: &[f64], j: usize, site: usize) -> f64 {
    let rank = model.rank();
    model.features(site).iter().zip(&point[j * rank..(j + 1) * rank]).map(|(x, w)| x * w).sum()
}

/// The vector that proves that these rows contradict each other, exactly; `None` if they do not.
pub(super) fn confirm(model: &Model<'_>, node: &Node, sources: &[Source]) -> Option<Vector> {
    let rows: Vec<Row> = sources.iter().map(|&source| exact_row(model, node, source)).collect();
    if let Some(vector) = circuit(sources, &rows) {
        return Some(vector);
    }
    let verdict = LinearProgram { objective: vec![Integer::ZERO; unknowns(model)], rows }.solve();
    let LpVerdict::Infeasible { farkas } = verdict else { return None };
    Some(Vector::new(sources.iter().zip(farkas).filter_map(|(source, l)| match source {
        Source::Condition(condition) => Some((*condition, l)),
        Source::Wall(..) => None,
    })))
}

/// The vector of rows that have one linear dependence, if its signs are right.
fn circuit(sources: &[Source], rows: &[Row]) -> Option<Vector> {
    let columns = rows.first()?.coefficients.len();
    if rows.len() > columns + 1 {
        return None;
    }
    let equations = (0..columns).map(|c| rows.iter().map(|row| row.coefficients[c].clone()).collect()).collect();
    let kernel = Echelon::new(equations, rows.len()).kernel(rows.len());
    let [dependence] = kernel.as_slice() else { return None };
    let negative = dependence.iter().any(|l| *l < Integer::ZERO);
    let multipliers = dependence.iter().map(|l| if negative { -l } else { l.clone() });
    let mut terms = Vec::new();
    let mut contradiction = false;
    for ((source, row), l) in sources.iter().zip(rows).zip(multipliers) {
        if l < Integer::ZERO {
            return None;
        }
        contradiction |= l > Integer::ZERO && row.rhs > Integer::ZERO;
        if let Source::Condition(condition) = source {
            terms.push((*condition, Rational::from(l)));
        }
    }
    contradiction.then(|| Vector::new(terms))
}
