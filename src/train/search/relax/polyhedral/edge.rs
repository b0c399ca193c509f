//! Along an edge, to where the objective is least.

use super::program::{bits, dot};
use super::{Plane, Polyhedral};

/// Functions that change by less than this along an edge, relative to its length, do not change.
const FLAT: f64 = 1e-12;

/// Slopes are sums of many numbers: this part of them is nothing.
const ROUNDING: f64 = 1e-12;

/// Where a plane is crossed, and by how much the slope grows there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    at: f64,
    jump: f64,
    plane: Plane,
}

impl Polyhedral {
    /// Leaves plane `i` upward (its function grows) or downward and goes to the lowest point of that edge. `false` if there is none.
    pub(super) fn follow(&mut self, i: usize, upward: bool) -> bool {
        let q = self.v.len();
        let left = self.basis[i];
        // Upward, the neuron of a kink becomes linear in the items of its site, which stay at 0.
        if let Plane::Kink(j, s) = left {
            self.mark(left, false);
            let bit = 1 << j;
            self.positive[s] = if upward { self.positive[s] | bit } else { self.positive[s] & !bit };
            if upward && !self.invert() {
                return false;
            }
        }
        let sign = if upward { 1.0 } else { -1.0 };
        self.direction.iter_mut().zip(&self.edges[i * q..(i + 1) * q]).for_each(|(d, e)| *d = sign * e);
        // The plane that is left is beyond its interval by the slope.
        let (low, high) = self.interval(left);
        let slope = if upward { high - self.multipliers[i] } else { self.multipliers[i] - low };
        self.find_events(left, upward);
        let Some(Event { at, plane, .. }) = select(&mut self.events, -slope * (1.0 - ROUNDING)) else { return false };
        self.v.iter_mut().zip(&self.direction).for_each(|(v, d)| *v += at * d);
        self.mark(left, false);
        self.basis[i] = plane;
        self.mark(plane, true);
        true
    }

    fn find_events(&mut self, left: Plane, upward: bool) {
        let (n, block) = (self.terms.sites, self.terms.block);
        for j in 0..self.terms.neurons {
            let rates = &mut self.rates[j * n..(j + 1) * n];
            rates.fill(0.0);
            for (column, d) in self.columns.chunks_exact(n).zip(&self.direction[j * block..(j + 1) * block]) {
                rates.iter_mut().zip(column).for_each(|(rate, x)| *rate += d * x);
            }
        }
        self.events.clear();
        let flat = FLAT * dot(&self.direction, &self.direction).sqrt();
        self.rates.iter_mut().filter(|rate| rate.abs() <= flat).for_each(|rate| *rate = 0.0);
        let bias = self.terms.bias.map_or(0.0, |bias| self.direction[bias]);
        let tau = self.terms.tau.map_or(0.0, |tau| self.direction[tau]);
        // The lifted neurons that bend at a site, in order.
        let mut bends = [(0.0, 0); 32];
        for s in 0..n {
            let mut count = 0;
            let mut lifted_rate = 0.0;
            for j in bits(self.lifted[s] & !self.kinks[s]) {
                let (z, rate) = (self.z[j * n + s], self.rates[j * n + s]);
                let positive = self.positive[s] >> j & 1 == 1;
                if positive {
                    lifted_rate += rate;
                }
                if left != Plane::Kink(j, s) && rate != 0.0 && positive == (rate < 0.0) {
                    bends[count] = ((-z / rate).max(0.0), j);
                    count += 1;
                }
            }
            if count > 1 {
                bends[..count].sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            }
            for h in self.first[s]..self.first[s + 1] {
                let hinge = &self.hinges[h];
                let is_left = left == Plane::Hinge(h);
                if self.hinge_is_basic[h] && !is_left {
                    // It stays 0 up to the first bend only.
                    let bend = |&(at, j): &(f64, usize)| Event { at, jump: f64::INFINITY, plane: Plane::Kink(j, s) };
                    self.events.extend(bends[..count].first().map(bend));
                    continue;
                }
                let rate = -hinge.side * (bias + self.terms.signed_sum(hinge.linear, &self.rates, s)) + lifted_rate - tau;
                let (mut up, mut value) = if is_left { (upward, 0.0) } else { (self.f[h] > 0.0, self.f[h]) };
                let (low, cap) = (hinge.low, self.cap);
                let (mut rate, mut from) = (rate, 0.0);
                let pieces = bends[..count].iter().map(|&(to, j)| (to, Some(j))).chain([(f64::INFINITY, None)]);
                for (piece, (to, bend)) in pieces.enumerate() {
                    if rate.abs() > flat && up == (rate < 0.0) && !(is_left && piece == 0) {
                        let at = from + (-value / rate).max(0.0);
                        if at <= to {
                            self.events.push(Event { at, jump: (cap - low) * rate.abs(), plane: Plane::Hinge(h) });
                            up = !up;
                        }
                    }
                    let Some(j) = bend else { break };
                    let change = self.rates[j * n + s].abs();
                    let weight = if up { cap } else { low };
                    if weight > 0.0 {
                        self.events.push(Event { at: to, jump: weight * change, plane: Plane::Kink(j, s) });
                    }
                    value += rate * (to - from);
                    rate += change;
                    from = to;
                }
            }
        }
        for l in 0..self.walls.len() {
            let plane = Plane::Wall(l);
            if self.wall_is_basic[l] || left == plane {
                continue;
            }
            let wall = &self.walls[l];
            let rate = if wall.neuron < self.terms.neurons { -wall.sign * self.rates[wall.neuron * n + wall.site] } else { -tau };
            let beyond = self.beyond(l);
            if rate.abs() > flat && (beyond > 0.0) == (rate < 0.0) {
                self.events.push(Event { at: (-beyond / rate).max(0.0), jump: self.wall_cost * rate.abs(), plane });
            }
        }
    }
}

/// The first event, in the order of their places, up to which the jumps add up to `needed`; the last one if they do not: then the objective is level from there on, up to
/// rounding, as it is bounded below.
fn select(mut events: &mut [Event], mut needed: f64) -> Option<Event> {
    while events.len() > 8 {
        let middle = events.len() / 2;
        let (before, event, _) = events.select_nth_unstable_by(middle, |a, b| a.at.total_cmp(&b.at));
        let event = *event;
        let sum: f64 = before.iter().map(|event| event.jump).sum();
        if sum >= needed {
            events = &mut events[..middle];
        } else if sum + event.jump >= needed {
            return Some(event);
        } else {
            needed -= sum + event.jump;
            events = &mut events[middle + 1..];
        }
    }
    events.sort_unstable_by(|a, b| a.at.total_cmp(&b.at));
    let mut sum = 0.0;
    let reached = events.iter().find(|event| {
        sum += event.jump;
        sum >= needed
    });
    reached.or(events.last()).copied()
}
