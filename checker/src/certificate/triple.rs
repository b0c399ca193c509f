//! Three sites on a line whose targets bend force a neuron to break between them, if the error is to be zero.

use super::reason::Reason;
use super::terms::Terms;
use dashu_int::IBig;

/// What follows from sites `a`, `b`, `c`: a breakline strictly between the parameters.
pub(super) struct Triple {
    /// Whether a plus neuron breaks there (the middle target is too low), or a minus neuron.
    pub(super) plus: bool,
    /// The column by which sites of the line are ordered.
    column: usize,
    /// The values of `a` and `c` there, in increasing order.
    pub(super) from: IBig,
    pub(super) to: IBig,
}

/// Whether site `s` lies on the line through `a` and `c`.
fn on_line(terms: &Terms, [a, s, c]: [usize; 3], column: usize) -> bool {
    let [a, s, c] = [a, s, c].map(|site| &terms.rows[site]);
    let along = &c[column] - &a[column];
    (0..a.len()).all(|i| (&s[i] - &a[i]) * &along == (&c[i] - &a[i]) * (&s[column] - &a[column]))
}

impl Triple {
    pub(super) fn new(terms: &Terms, [a, b, c]: [usize; 3]) -> Result<Self, Reason> {
        let refused = || Reason::Triple([a, b, c]);
        let rows = &terms.rows;
        let column = (0..rows[a].len()).find(|&i| rows[a][i] != rows[c][i]).ok_or_else(refused)?;
        let (a, c) = if rows[a][column] < rows[c][column] { (a, c) } else { (c, a) };
        let [at_a, at_b, at_c] = [a, b, c].map(|site| &rows[site][column]);
        let [y_a, y_b, y_c] = [a, b, c].map(|site| &terms.site_targets[site]);
        let (middle, interpolated) = (y_b * (at_c - at_a), y_a * (at_c - at_b) + y_c * (at_b - at_a));
        if !(at_a < at_b && at_b < at_c && on_line(terms, [a, b, c], column)) || middle == interpolated {
            return Err(refused());
        }
        Ok(Triple { plus: middle < interpolated, column, from: at_a.clone(), to: at_c.clone() })
    }

    /// Triples of one kind on one line with disjoint open segments; returns the kind.
    pub(super) fn chain(terms: &Terms, sites: &[[usize; 3]]) -> Result<bool, Reason> {
        let mut triples = sites.iter().map(|&sites| Ok((Triple::new(terms, sites)?, sites))).collect::<Result<Vec<_>, Reason>>()?;
        triples.sort_by(|(s, _), (t, _)| s.from.cmp(&t.from));
        let (first, [a, _, c]) = &triples[0];
        for (triple, sites) in &triples {
            let same_line = sites.iter().all(|&site| on_line(terms, [*a, site, *c], first.column));
            if triple.plus != first.plus || triple.column != first.column || !same_line {
                return Err(Reason::Triples(*sites));
            }
        }
        match triples.windows(2).find(|pair| pair[0].0.to > pair[1].0.from) {
            Some(pair) => Err(Reason::Triples(pair[1].1)),
            None => Ok(first.plus),
        }
    }
}
