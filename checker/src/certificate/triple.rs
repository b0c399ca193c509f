//! Three sites on a line whose targets bend force a ReLU to break between them, and two sites with different targets a threshold neuron to switch, if the error is to be zero.

use super::int::Int;
use super::reason::Reason;
use super::terms::Terms;
use crate::result::Activation;

/// What follows from sites `a`, `b`, `c` (threshold neurons: from `a` and `c`): a breakline strictly between `a` and `c`.
pub(super) struct Triple {
    activation: Activation,
    /// ReLU: whether a plus neuron breaks there (the middle target is too low), or a minus neuron. Threshold: whether the target of `a` is less than that of `c`.
    up: bool,
    /// The column by which sites of the line are ordered.
    column: usize,
    /// The values of `a` and `c` there, in increasing order.
    segment: [Int; 2],
}

/// Whether site `s` lies on the line through `a` and `c`.
fn on_line(terms: &Terms, [a, s, c]: [usize; 3], column: usize) -> bool {
    let [a, s, c] = [a, s, c].map(|site| &terms.rows[site]);
    let along = |site: &[Int], i: usize| &site[i] - &a[i];
    (0..a.len()).all(|i| &along(s, i) * &along(c, column) == &along(c, i) * &along(s, column))
}

impl Triple {
    pub(super) fn new(terms: &Terms, sites @ [a, _, c]: [usize; 3]) -> Result<Self, Reason> {
        let refused = || Reason::Triple(sites);
        let column = (0..terms.rows[a].len()).find(|&i| terms.rows[a][i] != terms.rows[c][i]).ok_or_else(refused)?;
        let [at_a, at_b, at_c] = sites.map(|site| &terms.rows[site][column]);
        let [y_a, y_b, y_c] = sites.map(|site| &terms.site_targets[site]);
        let (forces, up) = if terms.problem.activation == Activation::Threshold {
            (y_a != y_c, y_a < y_c)
        } else {
            let between = (at_a.min(at_c) < at_b && at_b < at_a.max(at_c)) && on_line(terms, sites, column);
            // y_b and the interpolation, times c − a.
            let (middle, interpolated) = (y_b * &(at_c - at_a), &(y_a * &(at_c - at_b)) + &(y_c * &(at_b - at_a)));
            (between && middle != interpolated, (middle < interpolated) == (at_a < at_c))
        };
        let triple = Triple { activation: terms.problem.activation, up, column, segment: [at_a.min(at_c).clone(), at_a.max(at_c).clone()] };
        if forces { Ok(triple) } else { Err(refused()) }
    }

    /// Whether a neuron of this sign can be the one, if it is off at `a` and on at `c`, or the other way round.
    pub(super) fn allows(&self, plus: bool, off_at_a: bool) -> bool {
        match self.activation {
            Activation::Relu => plus == self.up,
            Activation::Threshold => plus == (self.up == off_at_a),
        }
    }

    /// Triples on one line with disjoint open segments, for ReLU all above or all below: no neuron serves two.
    pub(super) fn chain(terms: &Terms, sites: &[[usize; 3]]) -> Result<Vec<Triple>, Reason> {
        let triples = sites.iter().map(|&sites| Triple::new(terms, sites)).collect::<Result<Vec<Triple>, Reason>>()?;
        for (triple, sites_of_triple) in triples.iter().zip(sites) {
            let (first, [a, _, c]) = (&triples[0], sites[0]);
            let same_line = triple.column == first.column && sites_of_triple.iter().all(|&site| on_line(terms, [a, site, c], first.column));
            if !same_line || (terms.problem.activation == Activation::Relu && triple.up != first.up) {
                return Err(Reason::Triples(*sites_of_triple));
            }
        }
        let mut order: Vec<(&[Int; 2], &[usize; 3])> = triples.iter().map(|triple| &triple.segment).zip(sites).collect();
        order.sort();
        match order.windows(2).find(|pair| pair[0].0[1] > pair[1].0[0]) {
            Some(pair) => Err(Reason::Triples(*pair[1].1)),
            None => Ok(triples),
        }
    }
}
