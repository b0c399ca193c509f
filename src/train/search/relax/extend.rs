//! What violates its conditions at the weights joins the working set.

use super::step::PRIMAL_TOLERANCE;
use super::{RelaxEngine, Role, Row};

impl RelaxEngine {
    /// Makes an undecided neuron linear or 0 in the bounds of a site.
    pub(super) fn set_piece(&mut self, s: usize, j: usize, linear: bool) {
        if self.is_plain {
            return self.set_piece_plainly(s, j, linear);
        }
        let mask = self.masks[0][s];
        self.set_mask(s, if linear { mask | 1 << j } else { mask & !(1 << j) });
    }

    fn set_mask(&mut self, s: usize, mask: u32) {
        for factor in [-1.0, 1.0] {
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                if self.role[t] == Role::Free {
                    self.update(t, s, factor);
                }
            }
            self.masks.iter_mut().for_each(|masks| masks[s] = mask);
        }
    }

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
        if let Some(tau) = self.terms.tau {
            let neuron = self.terms.neurons;
            if -self.v[tau] > tolerance && !self.rows.iter().any(|row| row.neuron == neuron) {
                self.worst[neuron] = (-self.v[tau], Some(Row { kink: false, neuron, site: 0, sign: 1.0, multiplier: 0.0, toward: 1.0 }));
            }
        }
        if self.is_plain {
            self.find_kinks_plainly();
        } else if self.terms.relu {
            self.find_kinks();
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
                    self.set_piece(row.site, row.neuron, false);
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

    /// Frees the items whose residual is on the side that costs, and those whose residual calls for less than the cap.
    fn extend_items(&mut self, tolerance: f64, single: bool) -> bool {
        let mut grown = false;
        let mut most = (0.0, 0, 0, 0.0);
        for s in 0..self.terms.sites {
            let two_sided = self.terms.two_sided(s);
            let (lower, upper) = self.terms.bounded(s);
            if !two_sided && !lower && !upper {
                continue;
            }
            let idle = !two_sided && self.idle(s);
            if idle && self.terms.relu {
                self.set_pieces(s);
            }
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                let mut side = self.side[t];
                let excess = match self.role[t] {
                    Role::Free => continue,
                    Role::Capped => self.terms.cap * (1.0 - 1e-9) - side * self.pull(t, s, side),
                    Role::Idle => {
                        let [low, high] =
                            [(-1.0, lower), (1.0, upper)].map(|(side, finite)| if finite { side * self.pull(t, s, side) } else { f64::NEG_INFINITY });
                        side = if low > high { -1.0 } else { 1.0 };
                        low.max(high)
                    }
                } / self.terms.weights[t];
                let tolerance = if self.role[t] == Role::Capped { 0.0 } else { tolerance };
                if excess <= tolerance {
                    continue;
                }
                grown = true;
                if !single {
                    self.free(t, s, side);
                } else if excess > most.0 {
                    most = (excess, t, s, side);
                }
            }
        }
        if single && grown {
            self.free(most.1, most.2, most.3);
        }
        grown
    }

    fn free(&mut self, t: usize, s: usize, side: f64) {
        self.side[t] = side;
        self.role[t] = Role::Free;
        self.update(t, s, 1.0);
    }

    /// The worst piece of each neuron: linear with `z < 0`, or 0 with `z > 0`, at a site that costs.
    fn find_kinks(&mut self) {
        let n = self.terms.sites;
        for s in 0..n {
            if self.terms.undecided[s] == 0 || self.idle(s) {
                continue;
            }
            let mut rest = self.terms.undecided[s];
            while rest != 0 {
                let j = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let linear = self.masks[0][s] >> j & 1 == 1;
                let violation = if linear { -self.z[j * n + s] } else { self.z[j * n + s] };
                if violation > self.worst[j].0 && !self.rows.iter().any(|row| row.kink && row.neuron == j && row.site == s) {
                    let multiplier = if linear { self.total(s).abs() } else { 0.0 };
                    let toward = if linear { -1.0 } else { 1.0 };
                    self.worst[j] = (violation, Some(Row { kink: true, neuron: j, site: s, sign: -1.0, multiplier, toward }));
                }
            }
        }
    }
}
