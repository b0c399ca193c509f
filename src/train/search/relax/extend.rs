//! What violates its conditions at the weights joins the working set.

use super::step::PRIMAL_TOLERANCE;
use super::{RelaxEngine, Role, Row};

impl RelaxEngine {
    /// Frees what the weights violate. Returns whether there was anything.
    pub(super) fn extend(&mut self, single: bool) -> bool {
        let size = self.v[..self.terms.size].iter().fold(1.0_f64, |largest, v| largest.max(v.abs()));
        let tolerance = PRIMAL_TOLERANCE * size;
        self.worst.fill((tolerance, None));
        let grown = if self.is_plain { self.extend_items_plainly(tolerance, single) } else { self.extend_items(tolerance, single) };
        if single && grown {
            return true;
        }
        self.find_walls(size);
        if self.is_plain {
            self.find_kinks_plainly();
        }
        if single {
            let most = self.worst.iter().fold(0.0_f64, |most, (violation, _)| most.max(*violation));
            self.worst.iter_mut().filter(|(violation, _)| *violation < most).for_each(|entry| entry.1 = None);
        }
        self.join_worst() || grown
    }

    /// The worst wall of each neuron that the weights, of the given size, are beyond.
    fn find_walls(&mut self, size: f64) {
        let n = self.terms.sites;
        self.outside = 0.0;
        for &(j, s, sign) in &self.terms.walls {
            let violation = -sign * self.z[j * n + s];
            if violation > self.outside * size {
                self.outside = violation / size;
            }
            if violation > self.worst[j].0 && !self.rows.iter().any(|row| !row.kink && row.neuron == j && row.site == s) {
                self.worst[j] = (violation, Some(Row { kink: false, neuron: j, site: s, sign, multiplier: 0.0, toward: 1.0 }));
            }
        }
    }

    /// The rows found join the working set.
    fn join_worst(&mut self) -> bool {
        let mut grown = false;
        for k in 0..self.worst.len() {
            if let Some(row) = self.worst[k].1 {
                if row.kink {
                    self.set_piece_plainly(row.site, row.neuron, false);
                }
                self.rows.push(row);
                self.stale = true;
                grown = true;
            }
        }
        grown
    }

    /// The walls that the parent's weights are beyond.
    pub(super) fn join_walls(&mut self) {
        let size = self.v[..self.terms.size].iter().fold(1.0_f64, |largest, v| largest.max(v.abs()));
        self.worst.fill((PRIMAL_TOLERANCE * size, None));
        self.find_walls(size);
        let _ = self.join_worst();
    }

    /// Frees the items whose residual is on the side that costs (threshold).
    fn extend_items(&mut self, tolerance: f64, single: bool) -> bool {
        let mut grown = false;
        let mut most = (0.0, 0, 0.0);
        for s in 0..self.terms.sites {
            if self.terms.undecided[s] == 0 || self.role[s] == Role::Free {
                continue;
            }
            let [low, high] = [-1.0, 1.0].map(|side| side * self.pull(s, side));
            let (excess, side) = if low > high { (low, -1.0) } else { (high, 1.0) };
            let excess = excess / self.terms.weights[s];
            if excess <= tolerance {
                continue;
            }
            grown = true;
            if !single {
                self.free(s, side);
            } else if excess > most.0 {
                most = (excess, s, side);
            }
        }
        if single && grown {
            self.free(most.1, most.2);
        }
        grown
    }

    fn free(&mut self, s: usize, side: f64) {
        self.side[s] = side;
        self.role[s] = Role::Free;
        self.update(s, 1.0);
    }
}
