//! The models: one for each class of output signs of ReLU networks, one for threshold networks.
//!
//! With `g_i` the centred and scaled rows, `z_ij = g_i·v_j`, binaries `s_ij` ("neuron j is active at point i") and bounds `|z_ij| ≤ M_i`:
//!
//! ```text
//! ReLU       h_ij ≥ 0,  h_ij ≥ z_ij,  h_ij ≤ z_ij + M_i (1 − s_ij),  h_ij ≤ M_i s_ij                φ_i = c + Σ_j a_j h_ij,  a_j = ±1 fixed
//! threshold  z_ij ≥ 1 − (1 + M_i)(1 − s_ij),  z_ij ≤ M_i s_ij                                      φ_i = c + Σ_j h_ij
//!            −A s_ij ≤ h_ij ≤ A s_ij,  |h_ij − a_j| ≤ A (1 − s_ij)                                 (h_ij = a_j s_ij)
//!
//! L1    minimise Σ e,   e ≥ ±(φ_i − y_i)          one e a distinct point and target
//! L∞    minimise e,     e ≥ ±(φ_i − y_i)
//! 0-1   minimise Σ e,   φ_i ≥ 1 − (1 + B_i) e_i for a positive point,  φ_i ≤ B_i e_i for another,  |φ_i| ≤ B_i
//! ```
//!
//! The margins 1 are no restriction: patterns of threshold neurons and classifications are invariant under positive scaling of `v_j` and of
//! `(v, c)` or `(a, c)`.
//!
//! *Symmetry.* Neurons of one sign are interchangeable. ReLU: their values at the first point decrease, `z_1j ≥ z_1,j+1`, and so do `s_1j`; threshold:
//! `a_1 ≥ … ≥ a_k`. Sorting the neurons of any network establishes either order, and the bounds do not depend on `j`, so no network is lost.

use super::bounds;
use super::geometry::{Geometry, power_of_ten_near};
use super::model::{ColumnId, MilpModel, Sense};
use crate::exact::{Echelon, Integer, Rational, independent_columns, nearest_f64};
use crate::instance::{Activation, Design, Instance, Loss};
use crate::train::constant::best_constant;
use dashu_base::Abs;
use std::collections::BTreeMap;

/// The greatest big-M constant (with targets of magnitude about 1) that a float solver can be trusted to handle at all.
const USABLE: u32 = 10_000;
/// The bound on the centred, scaled weights where the proven one is not usable and the user gives none.
const DEFAULT_WEIGHT: u32 = 100;

/// What all models of an instance share.
#[derive(Debug, Clone)]
pub(super) struct Formulation<'a> {
    pub(super) instance: &'a Instance,
    pub(super) geometry: Geometry,
    /// The loss that is modelled: zero error in the sum of squares is zero error in the sum of absolute residuals.
    pub(super) loss: Loss,
    /// The power of ten that the targets were divided by (1 for the 0-1 loss).
    pub(super) unit: Rational,
    /// `|z_ij| ≤ preactivation[i]`.
    preactivation: Vec<Rational>,
    /// `|c|`, and `|a_j|` of threshold neurons.
    output: Rational,
    /// Bounds on the centred, scaled weights: those that follow from the bounds on `z`, unless they are too large to help, or the model's own.
    weights: Vec<Option<Rational>>,
    /// Why the model may miss the optimum, if a bound is not proven.
    pub(super) restriction: Option<String>,
    /// One sentence on the bounds.
    pub(super) bound_note: String,
}

/// A model and where its parts are.
#[derive(Debug, Clone)]
pub(super) struct Encoding {
    pub(super) model: MilpModel,
    /// `weights[j][c]`: the centred, scaled weights of neuron `j`.
    pub(super) weights: Vec<Vec<ColumnId>>,
    /// `states[j][i]`: whether neuron `j` is active at distinct point `i`.
    pub(super) states: Vec<Vec<ColumnId>>,
    /// The output weights: fixed signs for ReLU, columns for threshold.
    pub(super) outputs: Outputs,
    /// The output bias.
    pub(super) bias: Option<ColumnId>,
}

/// The output weights of an [`Encoding`].
#[derive(Debug, Clone)]
pub(super) enum Outputs {
    Signs(Vec<bool>),
    Columns(Vec<ColumnId>),
}

impl<'a> Formulation<'a> {
    /// Computes coordinates and bounds. `loss` is L1, L∞ or 0-1.
    pub(super) fn new(instance: &'a Instance, loss: Loss, weight_bound: Option<&Rational>) -> Self {
        debug_assert_ne!(loss, Loss::L2, "least squares is no linear program");
        let geometry = Geometry::new(Design::new(&instance.data));
        let architecture = instance.architecture;
        let targets = instance.data.targets();
        let unit = match loss {
            Loss::ZeroOne => Rational::ONE,
            _ => power_of_ten_near(&targets.iter().map(|y| y.clone().abs()).max().expect("a point")),
        };
        let slack = match loss {
            Loss::Linf if architecture.output_bias => best_constant(targets, loss).1 / &unit,
            Loss::Linf => targets.iter().map(|y| y.clone().abs()).max().expect("a point") / &unit,
            _ => Rational::ZERO,
        };
        let design = geometry.design();
        let pinned: Vec<Rational> = (0..design.rows().len())
            .map(|r| match loss {
                Loss::ZeroOne => Rational::ONE,
                _ => design.points_of_row(r).iter().map(|&i| (&targets[i] / &unit).abs()).max().expect("a point of the row") + &slack,
            })
            .collect();
        let proven = bounds::prove(&geometry, architecture.activation, architecture.width, architecture.output_bias, &pinned);
        let largest = proven.preactivation.iter().chain([&proven.output]).max().expect("an output bound");

        let mut preactivation = proven.preactivation.clone();
        let mut output = proven.output.clone();
        let mut restriction = None;
        let mut default_weight = None;
        let bound_note;
        if let Some(bound) = weight_bound {
            // Every network with |w|, |b| ≤ bound obeys these; in the model z is measured in units of the targets.
            let own_unit = if architecture.activation == Activation::Relu { &unit } else { &Rational::ONE };
            let mut cuts = false;
            let mut reach = Rational::ZERO;
            for (r, proven) in preactivation.iter_mut().enumerate() {
                let point = &instance.data.points()[design.points_of_row(r)[0]];
                let own = point.iter().fold(Rational::ONE, |sum, x| sum + x.clone().abs()) * bound / own_unit;
                reach = reach.max(own.clone());
                if own < *proven {
                    *proven = own;
                    cuts = true;
                }
            }
            if cuts && architecture.activation == Activation::Relu {
                // The vertex argument bounded `c` for other networks. At some point |φ − y| is at most the largest |y|, as it is for φ = 0; so
                // |c| ≤ 2 max |y| + Σ_j |h_j| there. For the 0-1 loss a larger |c| than 1 + Σ_j |h_j| changes no sign.
                let target = pinned.iter().max().expect("a point");
                output = target * Rational::from(2) + reach * Rational::from(architecture.width);
            }
            bound_note = if cuts {
                let text = match architecture.activation {
                    Activation::Relu => format!("the model holds the networks with |w|, |b| <= {bound} only (an option)"),
                    Activation::Threshold => {
                        format!("the model holds the networks with |w|, |b| <= {bound} and w·x + b >= 1 at active points only (an option)")
                    }
                };
                restriction = Some(text.clone());
                text
            } else {
                format!("the weight bound {bound} excludes no optimum: proven for these data")
            };
        } else if *largest <= Rational::from(USABLE) {
            bound_note = format!("big-M constants up to {:.4} are proven valid for these data", nearest_f64(largest));
        } else {
            let limit = Rational::from(DEFAULT_WEIGHT);
            default_weight = Some(limit.clone());
            for (row, proven) in geometry.rows().iter().zip(&mut preactivation) {
                let own = row.iter().fold(Rational::ZERO, |sum, x| sum + x.clone().abs()) * &limit;
                *proven = own.min(proven.clone());
            }
            output = output.min(Rational::from(USABLE));
            bound_note = format!(
                "the model bounds the weights on centred, scaled features by {DEFAULT_WEIGHT} and the output by {USABLE}: the bound proven for these data, {:.3e}, is too large for a float solver",
                nearest_f64(largest)
            );
            restriction = Some(bound_note.clone());
        }
        let weights = weight_bounds(&geometry, &preactivation).into_iter().map(|bound| match &default_weight {
            Some(limit) => Some(bound.min(limit.clone())),
            None => Some(bound).filter(|bound| *bound <= Rational::from(USABLE)),
        });
        let weights = weights.collect();
        Formulation { instance, geometry, loss, unit, preactivation, output, weights, restriction, bound_note }
    }

    /// The models, in the order in which they are solved.
    pub(super) fn encodings(&self) -> impl Iterator<Item = Encoding> + '_ {
        let width = self.instance.architecture.width;
        let classes = match self.instance.architecture.activation {
            Activation::Relu => width + 1,
            Activation::Threshold => 1,
        };
        // Balanced classes first: they tend to hold the best networks.
        let mut order: Vec<usize> = (0..classes).collect();
        order.sort_by_key(|&positive| (2 * positive).abs_diff(classes - 1));
        order.into_iter().map(move |positive| match self.instance.architecture.activation {
            Activation::Relu => self.relu(positive),
            Activation::Threshold => self.threshold(),
        })
    }

    fn comments(&self) -> Vec<String> {
        let architecture = self.instance.architecture;
        let bias = if architecture.output_bias { "with" } else { "without" };
        vec![
            format!(
                "best {} network of width {} {bias} output bias, loss {}, {} points",
                architecture.activation.name(),
                architecture.width,
                self.loss.name(),
                self.instance.data.len()
            ),
            format!("targets and objective are divided by {}; features are centred and scaled", self.unit),
            self.bound_note.clone(),
        ]
    }

    fn relu(&self, positive: usize) -> Encoding {
        let width = self.instance.architecture.width;
        let name = format!("relu_plus{positive}_minus{}", width - positive);
        let mut model = MilpModel::new(name, self.comments());
        let weights = self.weight_columns(&mut model, width);
        let bias = self.bias_column(&mut model);
        let (mut states, mut values) = (Vec::new(), Vec::new());
        for (j, weights) in weights.iter().enumerate() {
            let (mut own_states, mut own_values) = (Vec::new(), Vec::new());
            for (i, (row, most)) in self.geometry.rows().iter().zip(&self.preactivation).enumerate() {
                let h = model.real(format!("h{j}_{i}"), Some(Rational::ZERO), Some(most.clone()));
                let s = model.binary(format!("s{j}_{i}"));
                let minus_z = || weights.iter().zip(row).map(|(&v, x)| (v, -x));
                model.constrain(format!("above{j}_{i}"), minus_z().chain([(h, Rational::ONE)]), Sense::AtLeast, Rational::ZERO);
                let below = minus_z().chain([(h, Rational::ONE), (s, most.clone())]);
                model.constrain(format!("below{j}_{i}"), below, Sense::AtMost, most.clone());
                model.constrain(format!("off{j}_{i}"), [(h, Rational::ONE), (s, -most)], Sense::AtMost, Rational::ZERO);
                own_states.push(s);
                own_values.push(h);
            }
            states.push(own_states);
            values.push(own_values);
        }
        let signs: Vec<bool> = (0..width).map(|j| j < positive).collect();
        for j in 1..width {
            if signs[j - 1] == signs[j] {
                let difference = self.geometry.rows()[0].iter().enumerate();
                let terms = difference.flat_map(|(c, x)| [(weights[j - 1][c], x.clone()), (weights[j][c], -x)]);
                model.constrain(format!("order{j}"), terms, Sense::AtLeast, Rational::ZERO);
                let terms = [(states[j - 1][0], Rational::ONE), (states[j][0], -Rational::ONE)];
                model.constrain(format!("orders{j}"), terms, Sense::AtLeast, Rational::ZERO);
            }
        }
        let prediction = |i: usize| {
            let neurons = values.iter().zip(&signs).map(|(h, &plus)| (h[i], if plus { Rational::ONE } else { -Rational::ONE }));
            neurons.chain(bias.map(|c| (c, Rational::ONE))).collect::<Vec<_>>()
        };
        let reach = |i: usize| &self.preactivation[i] * Rational::from(width) + &self.output;
        self.objective(&mut model, prediction, reach);
        Encoding { model, weights, states, outputs: Outputs::Signs(signs), bias }
    }

    fn threshold(&self) -> Encoding {
        let width = self.instance.architecture.width;
        let mut model = MilpModel::new("threshold".to_owned(), self.comments());
        let weights = self.weight_columns(&mut model, width);
        let bias = self.bias_column(&mut model);
        let most = &self.output;
        let outputs: Vec<ColumnId> = (0..width).map(|j| model.real(format!("a{j}"), Some(-most), Some(most.clone()))).collect();
        let (mut states, mut values) = (Vec::new(), Vec::new());
        for (j, weights) in weights.iter().enumerate() {
            let (mut own_states, mut own_values) = (Vec::new(), Vec::new());
            for (i, (row, reach)) in self.geometry.rows().iter().zip(&self.preactivation).enumerate() {
                let s = model.binary(format!("s{j}_{i}"));
                let h = model.real(format!("h{j}_{i}"), Some(-most), Some(most.clone()));
                let z = || weights.iter().zip(row).map(|(&v, x)| (v, x.clone()));
                // z ≥ −M + (1 + M) s and z ≤ M s.
                model.constrain(format!("on{j}_{i}"), z().chain([(s, -(reach + Rational::ONE))]), Sense::AtLeast, -reach);
                model.constrain(format!("off{j}_{i}"), z().chain([(s, -reach)]), Sense::AtMost, Rational::ZERO);
                let (one, a) = (Rational::ONE, outputs[j]);
                model.constrain(format!("hmax{j}_{i}"), [(h, one.clone()), (s, -most)], Sense::AtMost, Rational::ZERO);
                model.constrain(format!("hmin{j}_{i}"), [(h, one.clone()), (s, most.clone())], Sense::AtLeast, Rational::ZERO);
                let difference = || [(h, Rational::ONE), (a, -Rational::ONE)];
                model.constrain(format!("amax{j}_{i}"), difference().into_iter().chain([(s, most.clone())]), Sense::AtMost, most.clone());
                model.constrain(format!("amin{j}_{i}"), difference().into_iter().chain([(s, -most)]), Sense::AtLeast, -most);
                own_states.push(s);
                own_values.push(h);
            }
            states.push(own_states);
            values.push(own_values);
        }
        for j in 1..width {
            let terms = [(outputs[j - 1], Rational::ONE), (outputs[j], -Rational::ONE)];
            model.constrain(format!("order{j}"), terms, Sense::AtLeast, Rational::ZERO);
        }
        let prediction = |i: usize| values.iter().map(|h| (h[i], Rational::ONE)).chain(bias.map(|c| (c, Rational::ONE))).collect::<Vec<_>>();
        let reach = |_: usize| most * Rational::from(width + 1);
        self.objective(&mut model, prediction, reach);
        Encoding { model, weights, states, outputs: Outputs::Columns(outputs), bias }
    }

    fn weight_columns(&self, model: &mut MilpModel, width: usize) -> Vec<Vec<ColumnId>> {
        let mut column =
            |j: usize, (c, most): (usize, &Option<Rational>)| model.real(format!("v{j}_{c}"), most.as_ref().map(|most| -most), most.clone());
        (0..width).map(|j| self.weights.iter().enumerate().map(|bound| column(j, bound)).collect()).collect()
    }

    fn bias_column(&self, model: &mut MilpModel) -> Option<ColumnId> {
        let most = &self.output;
        self.instance.architecture.output_bias.then(|| model.real("c".to_owned(), Some(-most), Some(most.clone())))
    }

    /// Adds the loss of `prediction(i)`, a sum of terms with `|φ_i| ≤ reach(i)`.
    fn objective(&self, model: &mut MilpModel, prediction: impl Fn(usize) -> Vec<(ColumnId, Rational)>, reach: impl Fn(usize) -> Rational) {
        let design = self.geometry.design();
        let targets = self.instance.data.targets();
        let residual = |model: &mut MilpModel, name: &str, i: usize, y: &Rational, e: ColumnId| {
            let terms = |sign: Rational| prediction(i).into_iter().chain([(e, sign)]);
            model.constrain(format!("over{name}"), terms(-Rational::ONE), Sense::AtMost, y.clone());
            model.constrain(format!("under{name}"), terms(Rational::ONE), Sense::AtLeast, y.clone());
        };
        let worst = (self.loss == Loss::Linf).then(|| {
            let e = model.real("r".to_owned(), Some(Rational::ZERO), None);
            model.cost(e, Rational::ONE);
            e
        });
        let mut forced = Rational::ZERO;
        for i in 0..design.rows().len() {
            let mut at_point: BTreeMap<Rational, usize> = BTreeMap::new();
            for &p in design.points_of_row(i) {
                *at_point.entry(&targets[p] / &self.unit).or_default() += 1;
            }
            if self.loss == Loss::ZeroOne {
                let positive: usize = at_point.iter().filter(|(y, _)| **y > Rational::ZERO).map(|(_, count)| count).sum();
                let negative = design.points_of_row(i).len() - positive;
                forced += Rational::from(positive.min(negative));
                if positive == negative {
                    continue;
                }
                let e = model.binary(format!("r{i}"));
                model.cost(e, Rational::from(positive.abs_diff(negative)));
                // e = 0: the majority is right. e = 1: free, whatever the minority gets from it was not counted and is not needed for a bound.
                if positive > negative {
                    let most = reach(i) + Rational::ONE;
                    model.constrain(format!("right{i}"), prediction(i).into_iter().chain([(e, most)]), Sense::AtLeast, Rational::ONE);
                } else {
                    model.constrain(format!("right{i}"), prediction(i).into_iter().chain([(e, -reach(i))]), Sense::AtMost, Rational::ZERO);
                }
                continue;
            }
            for (t, (y, count)) in at_point.iter().enumerate() {
                let name = if at_point.len() == 1 { i.to_string() } else { format!("{i}_{t}") };
                let e = worst.unwrap_or_else(|| {
                    let e = model.real(format!("r{name}"), Some(Rational::ZERO), None);
                    model.cost(e, Rational::from(*count));
                    e
                });
                residual(model, &name, i, y, e);
            }
        }
        if !forced.is_zero() {
            let one = model.real("forced".to_owned(), Some(Rational::ONE), Some(Rational::ONE));
            model.cost(one, forced);
        }
    }
}

/// Bounds on `v` from `|g_i·v| ≤ bounds[i]`: solve for `v` at independent rows.
fn weight_bounds(geometry: &Geometry, bounds: &[Rational]) -> Vec<Rational> {
    let rank = geometry.rank();
    let transposed = (0..rank).map(|c| geometry.integer_rows().iter().map(|row| row[c].clone()).collect()).collect();
    let basis = independent_columns(transposed);
    let rows: Vec<Vec<Rational>> = basis.iter().map(|&i| geometry.rows()[i].clone()).collect();
    let scale = crate::exact::common_denominator(rows.iter().flatten());
    let augmented = rows
        .iter()
        .enumerate()
        .map(|(l, row)| {
            let unit = (0..rank).map(|c| if c == l { scale.clone() } else { Integer::ZERO });
            row.iter().map(|x| crate::exact::scaled_integer(x, &scale)).chain(unit).collect()
        })
        .collect();
    let echelon = Echelon::new(augmented, rank);
    let mut most = vec![Rational::ZERO; rank];
    for (l, &i) in basis.iter().enumerate() {
        let column = echelon.solution(rank, rank + l, |_| Rational::ZERO).expect("independent rows");
        for (sum, v) in most.iter_mut().zip(column) {
            *sum += v.abs() * &bounds[i];
        }
    }
    most
}
