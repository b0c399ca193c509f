//! Networks whose neurons have their kinks in given gaps between sites: their exact optima, and a local search over gaps.

use super::node::{Class, Node, Side, Window};
use super::sites::Sites;
use super::tree::Relaxation;
use crate::arrangement::SignVector;
use crate::exact::{Integer, IntegerVector, Rational};
use crate::network::{Network, Neuron};
use crate::train::Incumbent;
use crate::train::pattern::{Pattern, PatternSpace};

/// The gap behind atom `place` of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) class: Class,
    pub(super) place: usize,
}

impl Cell {
    pub(super) fn window(self) -> Window {
        Window { class: self.class, first: self.place, last: self.place + 1, count: 1 }
    }
}

/// The cells of a node whose windows are cells.
pub(super) fn of_node(node: &Node) -> Vec<Cell> {
    let mut cells: Vec<Cell> = node.windows.iter().map(|window| Cell { class: window.class, place: window.first }).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// The cells of a network's neurons, without those of its affine function.
pub(super) fn of_network(network: &Network, space: &PatternSpace<'_>, sites: &Sites) -> Vec<Cell> {
    let architecture = space.instance().architecture;
    let neurons = &network.neurons[..network.neurons.len().min(architecture.width)];
    let mut cells: Vec<Cell> = neurons.iter().filter_map(|neuron| of_neuron(neuron, architecture.affine, space, sites)).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// The cell of a neuron that is not 0 on the data.
fn of_neuron(neuron: &Neuron, one_side: bool, space: &PatternSpace<'_>, sites: &Sites) -> Option<Cell> {
    let n = sites.len();
    let on = |i: usize| neuron.preactivation(&space.instance().data.points()[space.design().points_of_row(sites.rows[i])[0]]) > Rational::ZERO;
    let (first, last) = (on(0), on(n - 1));
    let plus = neuron.a > Rational::ZERO;
    // By bisection, as the neuron is monotone: the first site where it is as at the last one.
    let change = {
        let (mut low, mut high) = (0, n - 1);
        while low < high {
            let middle = low.midpoint(high);
            if on(middle) == last { high = middle } else { low = middle + 1 }
        }
        low
    };
    let right = |place| Some(Cell { class: Class { side: Side::Right, plus }, place });
    match (first, last) {
        (false, false) => None,
        // Affine on the data.
        (true, true) => {
            if one_side {
                None
            } else {
                right(0)
            }
        }
        (false, true) => right(change),
        (true, false) if one_side => right(change),
        (true, false) => Some(Cell { class: Class { side: Side::Left, plus }, place: change - 1 }),
    }
}

/// The best network with kinks in these gaps, if its loss is below `cutoff`; `None` proves that it is not, unless `stop` has said that it is to be given up.
pub(super) fn solve(cells: &[Cell], space: &PatternSpace<'_>, sites: &Sites, cutoff: &Rational, stop: &dyn Fn() -> bool) -> Option<Incumbent> {
    let n = sites.len();
    let mut site_of_row = vec![0; n];
    for (site, &row) in sites.rows.iter().enumerate() {
        site_of_row[row] = site;
    }
    let described: Vec<(SignVector, Vec<usize>)> = cells
        .iter()
        .filter(|cell| !is_zero(**cell, n))
        .map(|cell| {
            let place = cell.place;
            let active = SignVector::from_fn(n, |row| match cell.class.side {
                Side::Right => site_of_row[row] >= place,
                Side::Left => site_of_row[row] <= place,
            });
            let mut walls = match cell.class.side {
                // Active everywhere: both ends.
                Side::Right if place == 0 => vec![0, n - 1],
                Side::Right => vec![place - 1, place],
                Side::Left if place + 1 == n => vec![0, n - 1],
                Side::Left => vec![place, place + 1],
            };
            walls.dedup();
            (active, walls.into_iter().map(|site| sites.rows[site]).collect())
        })
        .collect();
    // Only threshold neurons ask for it.
    let witness = IntegerVector::new(vec![Integer::ZERO; space.block()]);
    let patterns: Vec<Pattern<'_>> = described.iter().map(|(active, walls)| Pattern { active, walls, witness: &witness }).collect();
    let plus: Vec<bool> = cells.iter().filter(|cell| !is_zero(**cell, n)).map(|cell| cell.class.plus).collect();
    if space.unknowns(patterns.len()) == 0 {
        // The function 0.
        return None;
    }
    space.solve_unless(&patterns, &plus, Some(cutoff), stop)
}

/// Whether the neuron is 0 on the data.
fn is_zero(cell: Cell, sites: usize) -> bool {
    cell.class.side == Side::Right && cell.place == sites
}

/// Moves kinks from gap to gap as long as the loss falls, in floats, and `stop` does not say that it is enough; the loss in the end.
pub(super) fn descend(cells: &mut [Cell], relaxation: &mut Relaxation<'_>, sites: &Sites, one_side: bool, stop: &dyn Fn() -> bool) -> f64 {
    let mut value = relaxation.value(cells);
    let n = sites.len();
    loop {
        let before = value;
        for index in 0..cells.len() {
            let mut step = 1;
            while step < n && !stop() {
                let mut moved = false;
                for direction in [1, -1] {
                    let old = cells[index];
                    let least = usize::from(one_side);
                    let Some(place) = old.place.checked_add_signed(direction * isize::try_from(step).expect("a site")) else { continue };
                    if place < least || place >= n {
                        continue;
                    }
                    cells[index].place = place;
                    let new = relaxation.value(cells);
                    if new < value {
                        value = new;
                        moved = true;
                        break;
                    }
                    cells[index] = old;
                }
                step = if moved { 1 } else { step * 2 };
            }
        }
        // Less by more than rounding; what is not a number ends here, too.
        if value < before * (1.0 - 1e-12) && !stop() {
            continue;
        }
        return value;
    }
}
