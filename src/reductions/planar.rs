//! What the two reductions from POITS share: gadgets in the plane and where they must agree.
//!
//! Gadgets `g = 1..N`, first one for each variable (two choices: false, true), then one for each clause (three choices: which of its literals is the true
//! one). Choice `i` of gadget `g` is a function that is constant along the direction of its *centre line* `x = c_g + (r_g + i)·y` and not 0 only
//! near it, with `r_g = 3g²` and `c_g = D·g`. The slopes grow so fast that no three centre lines of different gadgets meet in a point.
//!
//! For position `i` of clause `C` with the variable `v`, the *consistency point* is where the centre lines of "v is false" and "C chooses i" meet. Its label is
//! the height of one function, so exactly one of the two choices is made: C chooses `i` if and only if `v` is true.

use super::{ChoiceError, Conflict, DecodeError, Geometry, Points, Reduction, bits, conflict, integer};
use crate::exact::{Natural, Rational, nearest_f64};
use crate::instance::Instance;
use crate::network::{Network, Neuron};
use crate::problems::Poits;
use dashu_base::Abs;
use std::collections::BTreeSet;

/// A gadget. Its numbers grow with the fifth power of the number of gadgets: 64 bits are too few for some thousands, 128 enough for what fits in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gadget {
    /// `S`: its choices are `0..=S`.
    pub(super) last_choice: i128,
    /// `r`: choice `i` has slope `r + i`.
    pub(super) slope: i128,
    /// `c`: where its centre lines meet `y = 0`.
    pub(super) centre: i128,
}

/// The gadgets of a formula.
#[derive(Debug)]
pub(super) struct Plane<'a> {
    pub(super) variables: usize,
    pub(super) clauses: &'a [[usize; 3]],
    /// The gadgets in their order.
    pub(super) gadgets: Vec<Gadget>,
}

/// A kind of gadget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GadgetKind {
    /// Of a variable, with the choices false and true.
    Variable,
    /// Of a clause, with a choice for each literal.
    Clause,
}

impl GadgetKind {
    /// The number of choices.
    #[must_use]
    pub fn choices(self) -> usize {
        match self {
            GadgetKind::Variable => 2,
            GadgetKind::Clause => 3,
        }
    }
}

/// A reduction to the plane, whose gadgets can be looked at one by one.
pub trait PlanarReduction: Reduction<Source = Poits> {
    /// A gadget alone, the first and only one: the networks of its width without error are those of its choices.
    fn gadget(&self, kind: GadgetKind) -> Instance;

    /// The choice of a lone gadget that the breaklines of `network` stand for.
    ///
    /// # Errors
    /// [`DecodeError`] names the neuron whose breakline stands for nothing.
    fn gadget_choice(&self, kind: GadgetKind, network: &Network) -> Result<usize, DecodeError>;

    /// Where the gadgets lie.
    fn geometry(&self, source: &Poits) -> Geometry;
}

/// The number of gadgets, `N`.
pub(super) fn gadgets(formula: &Poits) -> usize {
    formula.variables() + formula.clauses().len()
}

/// `R = 3N² + 2`: more than every slope.
pub(super) fn slope_bound(gadgets: usize) -> i128 {
    let n = i128::try_from(gadgets).expect("fits in memory");
    3 * n * n + 2
}

/// The bits of the longest coordinate of gadgets at a distance of `spacing`, at most. A consistency point has `y = (c_v − c_C)/(r_C + i − r_v)`, of magnitude at most `D·N` by at most `R`, and so
/// `x = c_v + r_v·y` a numerator of at most `2·D·N·R`, which all other coordinates are smaller than.
pub(super) fn bit_bound(formula: &Poits, spacing: i128) -> usize {
    let natural = |value: i128| Natural::try_from(value).expect("a positive constant");
    let slope = natural(slope_bound(gadgets(formula)));
    bits(&(natural(2) * natural(spacing) * Natural::from(gadgets(formula)) * &slope)) + bits(&slope)
}

/// The sizes of a formula, as parameters.
pub(super) fn parameters(formula: &Poits) -> Vec<(&'static str, usize)> {
    vec![("variables", formula.variables()), ("clauses", formula.clauses().len())]
}

/// The number of choices of each gadget.
pub(super) fn choices(formula: &Poits) -> Vec<usize> {
    std::iter::repeat_n(2, formula.variables()).chain(std::iter::repeat_n(3, formula.clauses().len())).collect()
}

/// The choices that an assignment stands for, if it is a solution.
pub(super) fn choices_of(formula: &Poits, assignment: &[bool]) -> Option<Vec<usize>> {
    let positions = (assignment.len() == formula.variables()).then(|| formula.true_positions(assignment))??;
    Some(assignment.iter().map(|&value| usize::from(value)).chain(positions).collect())
}

/// A clause chooses a literal if and only if its variable is true.
pub(super) fn expected_conflicts(formula: &Poits) -> BTreeSet<Conflict> {
    let variables = formula.variables();
    let literal = |c: usize, i: usize, v: usize| {
        let chosen = move |value: usize| (0..3).filter(move |&choice| (choice == i) != (value == 1));
        (0..2).flat_map(move |value| chosen(value).map(move |choice| [(v, value), (variables + c, choice)]))
    };
    formula.clauses().iter().enumerate().flat_map(|(c, clause)| (0..3).flat_map(move |i| literal(c, i, clause[i]))).collect()
}

/// The conflicts of the choices of a planar instance, whose networks are sums of one function of `size` neurons a gadget. Every point must be reached, whatever the choices, by the functions of at most two
/// gadgets, and each choice must fit wherever no other gadget reaches.
pub(super) fn conflicts<R: Reduction>(reduction: &R, source: &R::Source, size: usize) -> Result<BTreeSet<Conflict>, ChoiceError> {
    let counts = reduction.choices(source);
    let data = reduction.reduce(source).data;
    let most = counts.iter().copied().max().unwrap_or(0);
    // By choice, then by gadget, its function.
    let functions: Vec<Vec<Network>> = (0..most)
        .map(|choice| {
            let choices: Vec<usize> = counts.iter().map(|&count| choice.min(count - 1)).collect();
            let network = reduction.network(source, &choices).expect("any choices make a network in the plane");
            let function = |neurons: &[Neuron]| Network { neurons: neurons.to_vec(), ..Network::constant(network.activation, Rational::ZERO) };
            network.neurons.chunks(size).map(function).collect()
        })
        .collect();

    let mut conflicts = BTreeSet::new();
    for (point, (x, label)) in data.points().iter().zip(data.targets()).enumerate() {
        let error = |reason: String| ChoiceError { point: point + 1, reason };
        let values = |gadget: usize| (0..counts[gadget]).map(|choice| functions[choice][gadget].value(x)).collect::<Vec<_>>();
        let all = (0..counts.len()).map(values).enumerate();
        let reaching: Vec<(usize, Vec<Rational>)> = all.filter(|(_, values)| values.iter().any(|v| *v != Rational::ZERO)).collect();
        match &reaching[..] {
            [] if *label != Rational::ZERO => return Err(error(format!("has label {label}, and no gadget reaches it"))),
            [] => {}
            [(gadget, values)] => {
                if let Some(choice) = values.iter().position(|v| v != label) {
                    return Err(error(format!(
                        "choice {choice} of gadget {} alone has the value {} there, the label is {label}",
                        gadget + 1,
                        values[choice]
                    )));
                }
            }
            [(g, first), (h, second)] => {
                let pairs = (0..first.len()).flat_map(|i| (0..second.len()).map(move |j| (i, j)));
                let excluded = pairs.filter(|&(i, j)| &first[i] + &second[j] != *label);
                conflicts.extend(excluded.map(|(i, j)| conflict((*g, i), (*h, j))));
            }
            more => return Err(error(format!("{} gadgets reach it, at most two should", more.len()))),
        }
    }
    Ok(conflicts)
}

impl<'a> Plane<'a> {
    /// The gadgets of `formula` at a distance of `D` = `spacing`.
    pub(super) fn new(formula: &'a Poits, spacing: i128) -> Self {
        let last_choices = std::iter::repeat_n(1, formula.variables()).chain(std::iter::repeat_n(2, formula.clauses().len()));
        let gadgets = (1..).zip(last_choices).map(|(g, last_choice)| Gadget { last_choice, slope: 3 * g * g, centre: spacing * g }).collect();
        Plane { variables: formula.variables(), clauses: formula.clauses(), gadgets }
    }

    /// One gadget, at `spacing`.
    pub(super) fn alone(kind: GadgetKind, spacing: i128) -> Plane<'static> {
        let gadget = |last_choice| vec![Gadget { last_choice, slope: 3, centre: spacing }];
        match kind {
            GadgetKind::Variable => Plane { variables: 1, clauses: &[], gadgets: gadget(1) },
            GadgetKind::Clause => Plane { variables: 0, clauses: &[], gadgets: gadget(2) },
        }
    }

    /// The consistency points.
    pub(super) fn consistency_points(&self) -> Vec<Vec<Rational>> {
        let mut points = Vec::new();
        for (c, clause) in self.clauses.iter().enumerate() {
            let own = self.gadgets[self.variables + c];
            for (i, &v) in (0..).zip(clause) {
                let variable = self.gadgets[v];
                let y = integer(variable.centre - own.centre) / integer(own.slope + i - variable.slope);
                points.push(vec![integer(variable.centre) + integer(variable.slope) * &y, y]);
            }
        }
        points
    }

    /// The slopes of the centre lines of these choices.
    pub(super) fn slopes(&self, choices: &[usize]) -> Vec<i128> {
        assert_eq!(choices.len(), self.gadgets.len(), "a choice for each gadget");
        let slope = |(gadget, &choice): (&Gadget, &usize)| {
            let choice = i128::try_from(choice).expect("a small number");
            assert!(choice <= gadget.last_choice, "a choice of the gadget");
            gadget.slope + choice
        };
        self.gadgets.iter().zip(choices).map(slope).collect()
    }

    /// The choices that the breaklines of `network` stand for: each must meet the line `y = 0` within `reach` of a gadget's centre and have the slope of one of its choices up to `play`, the same for
    /// all `size` neurons of the gadget.
    pub(super) fn choices(&self, network: &Network, size: usize, reach: &Rational, play: &Rational) -> Result<Vec<i128>, DecodeError> {
        let mut members: Vec<Vec<(usize, i128)>> = vec![Vec::new(); self.gadgets.len()];
        for (j, neuron) in network.neurons.iter().enumerate() {
            let (gadget, choice) = self.choice_of(neuron, reach, play).map_err(|reason| DecodeError::at(j, reason))?;
            if let Some((first, other)) = members[gadget].first().filter(|(_, other)| *other != choice) {
                let reason = format!("stands for choice {choice} of {}, neuron {} for choice {other}", self.label(gadget), first + 1);
                return Err(DecodeError::at(j, reason));
            }
            members[gadget].push((j, choice));
        }
        if let Some(g) = members.iter().position(|neurons| neurons.len() != size) {
            return Err(DecodeError::Network(format!("{} has {} neurons, expected {size}", self.label(g), members[g].len())));
        }
        Ok(members.iter().map(|neurons| neurons[0].1).collect())
    }

    /// The assignment that choices stand for; the clauses' must agree with the variables'.
    pub(super) fn assignment(&self, choices: &[i128]) -> Result<Vec<bool>, DecodeError> {
        let (variables, clauses) = choices.split_at(self.variables);
        let assignment: Vec<bool> = variables.iter().map(|&choice| choice == 1).collect();
        for (c, (clause, &choice)) in self.clauses.iter().zip(clauses).enumerate() {
            let Some((i, _)) = (0..).zip(clause).find(|&(i, &v)| assignment[v] != (i == choice)) else { continue };
            let chosen = if i == choice { "chooses" } else { "does not choose" };
            return Err(DecodeError::Network(format!(
                "clause {} {chosen} its literal {}, but variable {} is {}",
                c + 1,
                i + 1,
                clause[usize::try_from(i).expect("at most 2")] + 1,
                i != choice
            )));
        }
        Ok(assignment)
    }

    /// The gadget and the choice that a neuron's breakline stands for.
    fn choice_of(&self, neuron: &Neuron, reach: &Rational, play: &Rational) -> Result<(usize, i128), String> {
        let [w_x, w_y] = &neuron.w[..] else { panic!("a network in the plane") };
        if *w_x == Rational::ZERO {
            return Err("its breakline does not cross the line y = 0".into());
        }
        let start = -(&neuron.b / w_x);
        let slope = -(w_y / w_x);
        let near = |gadget: &Gadget| (&start - integer(gadget.centre)).abs() <= *reach;
        let Some(g) = self.gadgets.iter().position(near) else {
            return Err(format!("its breakline crosses the line y = 0 at x = {}, which is in no gadget", shown(&start)));
        };
        let gadget = &self.gadgets[g];
        let chosen = (0..=gadget.last_choice).find(|i| (&slope - integer(gadget.slope + i)).abs() <= *play);
        let choice = chosen.ok_or_else(|| format!("its breakline has slope {} in {}, which is none of its choices", shown(&slope), self.label(g)))?;
        Ok((g, choice))
    }

    /// "the gadget of variable 1".
    fn label(&self, gadget: usize) -> String {
        match gadget.checked_sub(self.variables) {
            None => format!("the gadget of variable {}", gadget + 1),
            Some(clause) => format!("the gadget of clause {}", clause + 1),
        }
    }

    /// The points of the horizontal line at height `y`: those of `zone` for each gadget, with x relative to its centre, and, if `fenced`, one more point of
    /// label 0 on either side of all of them.
    pub(super) fn add_line(&self, points: &mut Points, y: i128, fenced: bool, zone: impl Fn(&Gadget) -> Vec<(Rational, i128)>) {
        let mut line: Vec<(Rational, i128)> =
            self.gadgets.iter().flat_map(|g| zone(g).into_iter().map(|(x, label)| (x + integer(g.centre), label))).collect();
        if fenced && let (Some(first), Some(last)) = (line.iter().map(|p| &p.0).min().cloned(), line.iter().map(|p| &p.0).max().cloned()) {
            line.insert(0, (first - Rational::ONE, 0));
            line.push((last + Rational::ONE, 0));
        }
        for (x, label) in line {
            points.push(vec![x, integer(y)], label);
        }
    }
}

/// A number for a message.
fn shown(value: &Rational) -> String {
    let exact = value.to_string();
    if exact.len() > 20 { format!("{}", nearest_f64(value)) } else { exact }
}
