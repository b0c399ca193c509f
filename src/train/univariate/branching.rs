//! Which window of a node to split, and where; and the network nearest to its relaxation.

use super::cells::Cell;
use super::node::{Atom, Side, Window};
use super::sites::Sites;

/// Where the kink of an atom is; that of a constant is somewhere outside.
fn position(window: &Window, place: usize, sites: &Sites) -> f64 {
    /// How far outside.
    const OUTSIDE: f64 = 0.25;
    let n = sites.len();
    match window.class.side {
        Side::Right if place == 0 => -OUTSIDE,
        Side::Right => sites.position[place - 1],
        Side::Left if place == n => 1.0 + OUTSIDE,
        Side::Left => sites.position[place],
    }
}

/// The atoms of a window, in order.
fn atoms_of(window: &Window, atoms: &[(Atom, f64)]) -> Vec<(usize, f64)> {
    let inside = |atom: &Atom| atom.class == window.class && window.first <= atom.place && atom.place <= window.last;
    let mut own: Vec<(usize, f64)> =
        atoms.iter().filter(|(atom, weight)| inside(atom) && *weight > 0.0).map(|&(atom, weight)| (atom.place, weight)).collect();
    own.sort_unstable_by_key(|&(place, _)| place);
    own
}

/// The centre of mass of some atoms, and their moment of inertia about it.
fn inertia(window: &Window, own: &[(usize, f64)], sites: &Sites) -> (f64, f64) {
    let mass: f64 = own.iter().map(|(_, weight)| weight).sum();
    let centre = own.iter().map(|&(place, weight)| weight * position(window, place, sites)).sum::<f64>() / mass;
    (centre, own.iter().map(|&(place, weight)| weight * (position(window, place, sites) - centre).powi(2)).sum())
}

/// How many kinks it takes to have these atoms: neighbours share one.
fn kinks(own: &[(usize, f64)]) -> usize {
    let (mut count, mut next) = (0, 0);
    while let Some(&(place, _)) = own.get(next) {
        count += 1;
        next += if own.get(next + 1).is_some_and(|&(other, _)| other == place + 1) { 2 } else { 1 };
    }
    count
}

/// The atom of a window nearest to a position, not one of its ends.
fn nearest_inner(window: &Window, at: f64, sites: &Sites) -> usize {
    let places: Vec<usize> = (window.first + 1..window.last).collect();
    let next = places.partition_point(|&place| position(window, place, sites) < at);
    let candidates = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|i| places.get(i).copied());
    candidates
        .min_by(|&a, &b| (position(window, a, sites) - at).abs().total_cmp(&(position(window, b, sites) - at).abs()))
        .expect("the window is no cell")
}

/// The window to split and the atom to split it at; `None` if all are cells.
///
/// That in which the relaxation spreads its kinks most, at their centre; where it needs no more kinks than there are, the widest one, beside its kink.
pub(super) fn choose(windows: &[Window], atoms: &[(Atom, f64)], sites: &Sites) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut largest = 0.0;
    let open = || windows.iter().enumerate().filter(|(_, window)| !window.is_cell());
    for (index, window) in open() {
        let own = atoms_of(window, atoms);
        if kinks(&own) > window.count {
            let (centre, spread) = inertia(window, &own, sites);
            if spread > largest || best.is_none() {
                largest = spread;
                best = Some((index, nearest_inner(window, centre, sites)));
            }
        }
    }
    best.or_else(|| {
        let (index, window) = open().max_by_key(|(_, window)| window.last - window.first)?;
        let own = atoms_of(window, atoms);
        let place = match own.first() {
            Some(&(place, _)) if place > window.first => place.min(window.last - 1),
            Some(&(place, _)) if own.len() > 1 || place > window.first => place + 1,
            Some(_) => window.first + 1,
            None => window.first.midpoint(window.last),
        };
        Some((index, place.clamp(window.first + 1, window.last - 1)))
    })
}

/// Gaps near the kinks of a relaxation: in each window, as many as there are neurons.
pub(super) fn rounded(windows: &[Window], atoms: &[(Atom, f64)], sites: &Sites) -> Vec<Cell> {
    let mut cells = Vec::new();
    for window in windows {
        let own = atoms_of(window, atoms);
        let mass: f64 = own.iter().map(|(_, weight)| weight).sum();
        let mut rest = &own[..];
        let mut done = 0.0;
        for part in 1..=window.count {
            let limit = mass * part as f64 / window.count as f64;
            let mut length = 0;
            while length < rest.len() && (length == 0 || done + rest[length].1 / 2.0 <= limit) {
                done += rest[length].1;
                length += 1;
            }
            let (group, others) = rest.split_at(length);
            rest = others;
            if group.is_empty() {
                break;
            }
            let (centre, _) = inertia(window, group, sites);
            let place = (window.first..window.last).rev().find(|&place| position(window, place, sites) <= centre).unwrap_or(window.first);
            cells.push(Cell { class: window.class, place });
        }
    }
    cells.sort_unstable();
    cells.dedup();
    cells
}
