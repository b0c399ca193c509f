//! The first point: the best of some that were pushed upwards from random places.

use super::program::Program;
use super::simplex::{End, Simplex};
use super::tree::Tree;
use crate::train::search::Node;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Random places.
const STARTS: usize = 6;

impl Tree<'_, '_, '_> {
    /// A feasible vertex of the root with small deficits, as far as floats can tell.
    pub(super) fn start(&mut self, root: &Node) -> Option<Simplex> {
        let equations = self.equations(root);
        let mut random = ChaCha8Rng::seed_from_u64(self.control.seed());
        let (mut best, mut least) = (None, f64::INFINITY);
        for start in 0..=STARTS {
            let objective = if start == 0 { vec![0.0; self.program.unknowns] } else { self.objective(&mut random) };
            let mut simplex = Simplex::new(&objective);
            if self.control.should_stop().is_some() || !matches!(simplex.solve(self.program, &equations, None, &mut self.scratch), End::Feasible) {
                break;
            }
            self.ascend(&mut simplex, &equations);
            let total: f64 = self.scratch.values.deficits.iter().sum();
            if total < least {
                (best, least) = (Some(simplex), total);
            }
        }
        best
    }

    /// The gradient of `Σ φ(x_s)` where each neuron bends at a random site in a random direction.
    fn objective(&mut self, random: &mut ChaCha8Rng) -> Vec<f64> {
        let Program { model, unknowns, .. } = *self.program;
        let mut point = vec![0.0; unknowns];
        for block in point.chunks_exact_mut(model.rank()).take(model.width()) {
            block.iter_mut().for_each(|w| *w = StandardNormal.sample(random));
            let site = model.features(random.random_range(0..model.sites()));
            // The first column is constant.
            block[0] -= block.iter().zip(site).map(|(w, x)| w * x).sum::<f64>() / site[0];
        }
        self.program.evaluate(&point, &mut self.scratch.values);
        self.program.slopes(&self.scratch.values)
    }
}
