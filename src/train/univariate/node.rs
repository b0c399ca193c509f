//! Nodes of the search: for each neuron a side, a sign and a window for its kink.

use crate::instance::Architecture;

/// On which side of its kink a neuron is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// `max(0, t − s)`.
    Right,
    /// `max(0, s − t)`.
    Left,
}

/// Neurons of one side and one sign of the output weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Class {
    pub(super) side: Side,
    pub(super) plus: bool,
}

impl Class {
    /// `a`.
    pub(super) fn sign(self) -> f64 {
        if self.plus { 1.0 } else { -1.0 }
    }
}

/// A function `max(0, ±(t − s))` of a class with `s` at a site, or the limit of its multiples as `s` leaves the data: the constant 1.
///
/// Atoms are numbered from 0 to the number `n` of sites. Of the right side, atom 0 is the constant and `p > 0` has its kink at site `p − 1`; of the left side, atom `n` is the constant, and `p < n` has
/// its kink at site `p`. A kink between the sites of `p` and `p + 1` gives, on the data, a sum of nonnegative multiples of these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) class: Class,
    pub(super) place: usize,
}

/// What an atom is on the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    /// `max(0, t − t_i)`.
    Right(usize),
    /// `max(0, t_i − t)`.
    Left(usize),
}

impl Atom {
    /// The shape, for `n` sites.
    pub(super) fn shape(self, sites: usize) -> Shape {
        match self.class.side {
            Side::Right if self.place == 0 => Shape::One,
            Side::Right => Shape::Right(self.place - 1),
            Side::Left if self.place == sites => Shape::One,
            Side::Left => Shape::Left(self.place),
        }
    }
}

/// `count` neurons of a class with kinks between two atoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Window {
    pub(super) class: Class,
    /// The first and the last atom, `first < last`.
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) count: usize,
}

impl Window {
    /// Whether there is one gap between sites, so that the neurons' activation pattern is known.
    pub(super) fn is_cell(&self) -> bool {
        self.last - self.first == 1
    }
}

/// A node. The windows of a class are equal or have at most an end in common.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) windows: Vec<Window>,
    /// Proven, scaled.
    pub(super) bound: f64,
    /// What floats take for the least loss, scaled: the order of the search.
    pub(super) estimate: f64,
    /// The atoms of the parent's relaxation, with their weights.
    pub(super) start: Vec<(Atom, f64)>,
}

impl Node {
    /// The nodes that cover the class of networks: all ways to give `k` neurons sides and signs.
    ///
    /// With an affine function besides, `max(0, z) = z + max(0, −z)` makes one side enough, and kinks outside of the data useless.
    pub(super) fn roots(architecture: Architecture, sites: usize) -> Vec<Node> {
        let sides = if architecture.affine { &[Side::Right][..] } else { &[Side::Right, Side::Left] };
        let signs = if architecture.convex { &[true][..] } else { &[true, false] };
        let classes: Vec<Class> = sides.iter().flat_map(|&side| signs.iter().map(move |&plus| Class { side, plus })).collect();
        let first = usize::from(architecture.affine);
        let mut roots = Vec::new();
        distribute(architecture.width, &classes, &mut Vec::new(), &mut |counts| {
            let used = classes.iter().zip(counts).filter(|&(_, &count)| count > 0 && first < sites);
            let windows = used.map(|(&class, &count)| Window { class, first, last: sites, count }).collect();
            roots.push(Node { windows, bound: 0.0, estimate: 0.0, start: Vec::new() });
        });
        roots
    }

    /// The children that split window `index` at atom `place`: each of its neurons has its kink before or behind.
    pub(super) fn split(&self, index: usize, place: usize) -> impl Iterator<Item = Vec<Window>> + '_ {
        let window = self.windows[index];
        debug_assert!(window.first < place && place < window.last, "inside the window");
        (0..=window.count).map(move |before| {
            let mut windows = self.windows.clone();
            windows.swap_remove(index);
            if before > 0 {
                windows.push(Window { last: place, count: before, ..window });
            }
            if before < window.count {
                windows.push(Window { first: place, count: window.count - before, ..window });
            }
            for window in &mut windows {
                if window.is_cell() {
                    // Kinks of one class in one gap add up to one.
                    window.count = 1;
                }
            }
            windows
        })
    }
}

/// Calls `each` with all ways to write `rest` as a sum with one term a class.
fn distribute(rest: usize, classes: &[Class], counts: &mut Vec<usize>, each: &mut impl FnMut(&[usize])) {
    if counts.len() + 1 == classes.len() {
        counts.push(rest);
        each(counts);
        counts.pop();
        return;
    }
    for count in 0..=rest {
        counts.push(count);
        distribute(rest - count, classes, counts, each);
        counts.pop();
    }
}
