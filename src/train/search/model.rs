//! What all nodes of one search share: the problem in integers and in floats.

use super::cone::{Cone, Geometry};
use super::zero::Decision;
use crate::exact::{Integer, Rational, common_denominator, nearest_f64, scaled_f64, scaled_integer};
use crate::instance::{Activation, Design, Instance, Loss};
use crate::network::Network;
use crate::train::floor;
use crate::train::pattern::PatternSpace;
use crate::train::scaled::{exponent, power_of_two};
use dashu_base::{Abs, Gcd};
use std::sync::Arc;

/// A term of the loss. For squares the points of a site (a distinct `x`) are one item, `weight` times the square of the distance to their mean target,
/// and what is left is the constant [`Model::constant`]. For the other losses each point is an item of weight 1, in the data's order.
#[derive(Debug, Clone)]
pub(in crate::train) struct Item {
    /// The row of the design: items of one site share the neurons' values.
    pub(in crate::train) site: usize,
    /// How many points the item stands for.
    pub(in crate::train) weight: usize,
    /// The target, exactly, in the data's units.
    pub(in crate::train) target: Rational,
    /// The target divided by [`Model::target_unit`], rounded to nearest.
    pub(in crate::train) scaled_target: f64,
}

/// A training problem, prepared for the search.
#[derive(Debug)]
pub(in crate::train) struct Model<'a> {
    /// The exact problem, and the convex program of a tuple of patterns.
    pub(in crate::train) space: PatternSpace<'a>,
    geometry: Geometry,
    features: Vec<f64>,
    target_unit: Rational,
    /// The terms of the loss.
    pub(in crate::train) items: Vec<Item>,
    /// The items of each site.
    pub(in crate::train) items_of_site: Vec<Vec<usize>>,
    /// What the loss is at least: for squares the sum over the sites of the squared deviations from their mean target, else 0. In the data's units.
    pub(in crate::train) constant: Rational,
    /// Whether networks may have an affine term besides (ReLU): because the class has it, or to decide about zero error. As `max(0, z) = z + max(0, −z)`, a neuron's first bit may then be chosen.
    pub(in crate::train) mirrored: bool,
    /// What the loss of every function is at least, because equal points have equal values.
    pub(in crate::train) floor: Rational,
}

impl<'a> Model<'a> {
    pub(in crate::train) fn new(instance: &'a Instance) -> Self {
        let space = PatternSpace::new(instance);
        let design = space.design();
        let (sites, rank) = (design.rows().len(), design.rank());
        let shifts: Vec<i64> = (0..rank).map(|c| exponent((0..sites).map(|s| &design.rows().row(s)[c]))).collect();
        let features = (0..sites).flat_map(|s| design.rows().row(s).iter().zip(&shifts).map(|(x, &e)| scaled_f64(x, e))).collect();
        let target_exponent = exponent(space.targets().iter());
        let target_unit = power_of_two(target_exponent) / Rational::from(space.target_scale().clone());
        let targets = instance.data.targets();
        let item = |site: usize, weight: usize, target: Rational| {
            let scaled_target = nearest_f64(&(&target / &target_unit));
            Item { site, weight, target, scaled_target }
        };
        let one = |i: usize| {
            let site = design.row_of_point(i);
            match scaled_exactly(&space.targets()[i], target_exponent) {
                Some(scaled_target) => {
                    debug_assert_eq!(scaled_target, nearest_f64(&(&targets[i] / &target_unit)));
                    Item { site, weight: 1, target: targets[i].clone(), scaled_target }
                }
                None => item(site, 1, targets[i].clone()),
            }
        };
        let mut items = Vec::with_capacity(targets.len());
        let mut constant = Rational::ZERO;
        if instance.loss == Loss::L2 {
            for site in 0..sites {
                let points = design.points_of_row(site);
                if let &[point] = points {
                    items.push(one(point));
                    continue;
                }
                let sum = points.iter().fold(Rational::ZERO, |sum, &i| sum + &targets[i]);
                let mean = sum / Rational::from(points.len());
                constant += points.iter().fold(Rational::ZERO, |sum, &i| sum + (&targets[i] - &mean).sqr());
                items.push(item(site, points.len(), mean));
            }
        } else {
            items.extend((0..targets.len()).map(one));
        }
        let mut items_of_site = vec![Vec::new(); sites];
        for (i, item) in items.iter().enumerate() {
            items_of_site[item.site].push(i);
        }
        let geometry = Geometry::new(space.design().rows());
        Model {
            space,
            geometry,
            features,
            target_unit,
            items,
            items_of_site,
            constant,
            mirrored: instance.architecture.affine,
            floor: floor::duplicate_points(instance),
        }
    }

    pub(in crate::train) fn instance(&self) -> &'a Instance {
        self.space.instance()
    }

    pub(in crate::train) fn design(&self) -> &Design {
        self.space.design()
    }

    /// The number of sites (distinct points).
    pub(in crate::train) fn sites(&self) -> usize {
        self.design().rows().len()
    }

    /// The dimension of a neuron's weights.
    pub(in crate::train) fn rank(&self) -> usize {
        self.design().rank()
    }

    pub(in crate::train) fn width(&self) -> usize {
        self.instance().architecture.width
    }

    /// Whether nodes have the class's affine function as one neuron more, the last one, see [`Cone::linear`]. The decision about zero error has it in its linear programs instead.
    pub(in crate::train) fn has_affine(&self) -> bool {
        self.instance().architecture.affine && !Decision::is_asked(self)
    }

    /// The cone of the affine function, if nodes have it. All nodes should share it.
    pub(in crate::train) fn affine_cone(&self) -> Option<Arc<Cone>> {
        self.has_affine().then(|| Arc::new(Cone::linear(self)))
    }

    /// The number of a node's neurons: the width, and one for an affine function.
    pub(in crate::train) fn neurons(&self) -> usize {
        self.width() + usize::from(self.has_affine())
    }

    pub(in crate::train) fn activation(&self) -> Activation {
        self.instance().architecture.activation
    }

    pub(in crate::train) fn loss(&self) -> Loss {
        self.instance().loss
    }

    /// Whether there is an output bias, and no affine function that contains it.
    pub(in crate::train) fn output_bias(&self) -> bool {
        self.instance().architecture.has_constant()
    }

    /// Row `site` of the design in integers.
    pub(in crate::train) fn row(&self, site: usize) -> &[Integer] {
        self.design().rows().row(site)
    }

    /// The rows prepared for cones.
    pub(in crate::train) fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// What a scaled target or value of 1 is in the data's units.
    #[cfg(test)]
    pub(in crate::train) fn target_unit(&self) -> &Rational {
        &self.target_unit
    }

    /// What a scaled loss of 1 is in the data's units.
    pub(in crate::train) fn loss_unit(&self) -> Rational {
        match self.loss() {
            Loss::L2 => self.target_unit.sqr(),
            Loss::L1 | Loss::Linf => self.target_unit.clone(),
            Loss::ZeroOne => Rational::ONE,
        }
    }

    /// A site's float features, `rank` of them of magnitude at most 1, correct to half a unit in the last place (for both activations).
    pub(in crate::train) fn features(&self, site: usize) -> &[f64] {
        &self.features[site * self.rank()..(site + 1) * self.rank()]
    }

    /// The least positive multiple of `m(ȳ − φ)` in integers, one an item.
    pub(in crate::train) fn residual(&self, network: &Network) -> Vec<Integer> {
        let values = network.values(&self.instance().data).expect("a trained network fits its data");
        let scale = common_denominator(self.items.iter().map(|item| &item.target).chain([&ratio(values.scale())]));
        let factor = &scale / values.scale();
        let value = |site: usize| &values.scaled()[self.design().points_of_row(site)[0]];
        let residual = |item: &Item| (scaled_integer(&item.target, &scale) - &factor * value(item.site)) * Integer::from(item.weight);
        primitive(self.items.iter().map(residual).collect())
    }

    /// The loss of the network 0 in scaled units, without the constant: what float losses are compared with.
    pub(in crate::train) fn largest_loss(&self) -> f64 {
        let magnitudes = self.items.iter().map(|item| (item.weight as f64, item.scaled_target.abs()));
        match self.loss() {
            Loss::L2 => magnitudes.map(|(weight, y)| weight * y * y).sum(),
            Loss::L1 => magnitudes.map(|(_, y)| y).sum(),
            Loss::Linf => magnitudes.map(|(_, y)| y).fold(0.0, f64::max),
            Loss::ZeroOne => self.items.len() as f64,
        }
    }

    /// A loss of the data in scaled units, without the constant, rounded.
    pub(in crate::train) fn scaled_loss(&self, loss: &Rational) -> f64 {
        nearest_f64(&((loss - &self.constant) / self.loss_unit()))
    }

    /// The least loss, in the data's units, whose scaled value without the constant is at least the finite `bound`, exactly.
    pub(in crate::train) fn unscaled_loss(&self, bound: f64) -> Rational {
        Rational::try_from(bound).expect("bounds are finite") * self.loss_unit() + &self.constant
    }
}

/// `value · 2^-shift` where that is a float, mostly.
fn scaled_exactly(value: &Integer, shift: i64) -> Option<f64> {
    // No bit is lost, and nothing underflows.
    let shift = i32::try_from(shift).ok().filter(|shift| (0..=1000).contains(shift))?;
    let value = i64::try_from(value).ok().filter(|value| value.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 53 bits")]
    let value = value as f64;
    Some(value * crate::exact::power_of_two(-shift))
}

/// `1/denominator`.
fn ratio(denominator: &Integer) -> Rational {
    Rational::ONE / Rational::from(denominator.clone())
}

/// The vector divided by the greatest common divisor of its entries.
fn primitive(mut v: Vec<Integer>) -> Vec<Integer> {
    let divisor = v.iter().filter(|entry| !entry.is_zero()).try_fold(Integer::ZERO, |divisor: Integer, entry| {
        let divisor = if divisor.is_zero() { entry.abs() } else { Integer::from((&divisor).gcd(entry)) };
        // No need to look at the rest.
        if divisor.is_one() { None } else { Some(divisor) }
    });
    if let Some(divisor) = divisor.filter(|divisor| !divisor.is_zero()) {
        v.iter_mut().for_each(|entry| *entry /= &divisor);
    }
    v
}
