//! Three sites on a line whose targets bend force a ReLU to break between them, and two sites with different targets a threshold neuron to switch, if the error is to be zero.

use super::reason::Reason;
use super::terms::Terms;
use crate::result::Activation;
use dashu_int::IBig;

/// What follows from sites `a`, `b`, `c` (threshold neurons: from `a` and `c`): a breakline strictly between the parameters.
#[derive(Clone)]
pub(super) struct Triple {
    activation: Activation,
    /// ReLU: whether a plus neuron breaks there (the middle target is too low), or a minus neuron. Threshold: whether the target of `a` is less than that of `c`.
    up: bool,
    /// The column by which sites of the line are ordered.
    column: usize,
    /// The values of `a` and `c` there, in increasing order.
    from: IBig,
    to: IBig,
}

/// Whether site `s` lies on the line through `a` and `c`.
fn on_line(terms: &Terms, [a, s, c]: [usize; 3], column: usize) -> bool {
    let [a, s, c] = [a, s, c].map(|site| &terms.rows[site]);
    let along = &c[column] - &a[column];
    (0..a.len()).all(|i| (&s[i] - &a[i]) * &along == (&c[i] - &a[i]) * (&s[column] - &a[column]))
}

impl Triple {
    pub(super) fn new(terms: &Terms, activation: Activation, [a, b, c]: [usize; 3]) -> Result<Self, Reason> {
        let refused = || Reason::Triple([a, b, c]);
        let rows = &terms.rows;
        let column = (0..rows[a].len()).find(|&i| rows[a][i] != rows[c][i]).ok_or_else(refused)?;
        let step = terms.site_targets[a].cmp(&terms.site_targets[c]);
        let (a, c) = if rows[a][column] < rows[c][column] { (a, c) } else { (c, a) };
        let [at_a, at_b, at_c] = [a, b, c].map(|site| &rows[site][column]);
        if activation == Activation::Threshold {
            let (from, to) = (at_a.clone(), at_c.clone());
            return if step.is_eq() { Err(refused()) } else { Ok(Triple { activation, up: step.is_lt(), column, from, to }) };
        }
        let [y_a, y_b, y_c] = [a, b, c].map(|site| &terms.site_targets[site]);
        let (middle, interpolated) = (y_b * (at_c - at_a), y_a * (at_c - at_b) + y_c * (at_b - at_a));
        if !(at_a < at_b && at_b < at_c && on_line(terms, [a, b, c], column)) || middle == interpolated {
            return Err(refused());
        }
        Ok(Triple { activation, up: middle < interpolated, column, from: at_a.clone(), to: at_c.clone() })
    }

    /// Whether a neuron of this sign can be the one, if it is off at `a` and on at `c`, or the other way round.
    pub(super) fn allows(&self, plus: bool, off_at_a: bool) -> bool {
        match self.activation {
            Activation::Relu => plus == self.up,
            Activation::Threshold => plus == (self.up == off_at_a),
        }
    }

    /// Triples on one line with disjoint open segments, for ReLU all above or all below: no neuron serves two.
    pub(super) fn chain(terms: &Terms, activation: Activation, sites: &[[usize; 3]]) -> Result<Vec<Triple>, Reason> {
        let mut triples = sites.iter().map(|&sites| Ok((Triple::new(terms, activation, sites)?, sites))).collect::<Result<Vec<_>, Reason>>()?;
        let kinds: Vec<Triple> = triples.iter().map(|(triple, _)| triple.clone()).collect();
        triples.sort_by(|(s, _), (t, _)| s.from.cmp(&t.from));
        let (first, [a, _, c]) = &triples[0];
        for (triple, sites) in &triples {
            let same_line = sites.iter().all(|&site| on_line(terms, [*a, site, *c], first.column));
            if (activation == Activation::Relu && triple.up != first.up) || triple.column != first.column || !same_line {
                return Err(Reason::Triples(*sites));
            }
        }
        match triples.windows(2).find(|pair| pair[0].0.to > pair[1].0.from) {
            Some(pair) => Err(Reason::Triples(pair[1].1)),
            None => Ok(kinds),
        }
    }
}
