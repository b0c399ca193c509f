//! Bipartite matching of bends to neurons, by augmenting paths; the sets are small.

/// A maximum matching.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    /// For each bend the neurons that can serve it.
    options: Vec<Vec<usize>>,
    /// For each neuron the bend that it serves.
    bend_of: Vec<Option<usize>>,
    /// A bend that found no neuron.
    left_over: Option<usize>,
}

impl Matching {
    pub(super) fn new(options: Vec<Vec<usize>>, neurons: usize) -> Self {
        let mut matching = Matching { options, bend_of: vec![None; neurons], left_over: None };
        for bend in 0..matching.options.len() {
            if !matching.augment(bend, &mut vec![false; neurons]) {
                matching.left_over = Some(bend);
                break;
            }
        }
        matching
    }

    fn augment(&mut self, bend: usize, seen: &mut [bool]) -> bool {
        for o in 0..self.options[bend].len() {
            let neuron = self.options[bend][o];
            if std::mem::replace(&mut seen[neuron], true) {
                continue;
            }
            if self.bend_of[neuron].is_none_or(|other| self.augment(other, seen)) {
                self.bend_of[neuron] = Some(bend);
                return true;
            }
        }
        false
    }

    /// If no matching serves all bends: bends that are more than the neurons that can serve them, in increasing order.
    pub(super) fn violator(&self) -> Option<Vec<usize>> {
        let mut bends = vec![self.left_over?];
        let mut next = 0;
        // Whatever alternating paths reach: every neuron there is taken, by a bend that is reached too.
        while let Some(&bend) = bends.get(next) {
            for &neuron in &self.options[bend] {
                let other = self.bend_of[neuron].expect("else the path would augment");
                if !bends.contains(&other) {
                    bends.push(other);
                }
            }
            next += 1;
        }
        bends.sort_unstable();
        Some(bends)
    }

    /// Whether some matching of all bends gives `bend` to `neuron`.
    pub(super) fn allows(&self, bend: usize, neuron: usize) -> bool {
        if self.left_over.is_some() || !self.options[bend].contains(&neuron) {
            return false;
        }
        if self.bend_of[neuron] == Some(bend) {
            return true;
        }
        let mut other = self.clone();
        let displaced = other.bend_of[neuron].replace(bend);
        for taken in other.bend_of.iter_mut().enumerate().filter_map(|(j, taken)| (j != neuron && *taken == Some(bend)).then_some(taken)) {
            *taken = None;
        }
        let mut seen = vec![false; other.bend_of.len()];
        seen[neuron] = true;
        displaced.is_none_or(|displaced| other.augment(displaced, &mut seen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use itertools::Itertools;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, rng_seed: proptest::test_runner::RngSeed::Fixed(3), ..ProptestConfig::default() })]
        /// Origin: all injective maps from bends to neurons.
        #[test]
        fn as_all_maps_say(options in prop::collection::vec(prop::collection::btree_set(0usize..4, 0..4), 0..5)) {
            let options: Vec<Vec<usize>> = options.into_iter().map(|set| set.into_iter().collect()).collect();
            let maps: Vec<Vec<usize>> = (0..4).permutations(options.len()).filter(|map| map.iter().zip(&options).all(|(j, own)| own.contains(j))).collect();
            let matching = Matching::new(options.clone(), 4);
            match matching.violator() {
                None => prop_assert!(!maps.is_empty()),
                Some(bends) => {
                    let neurons = bends.iter().flat_map(|&b| &options[b]).unique().count();
                    prop_assert!(maps.is_empty() && neurons < bends.len());
                }
            }
            for bend in 0..options.len() {
                for neuron in 0..4 {
                    prop_assert_eq!(matching.allows(bend, neuron), maps.iter().any(|map| map[bend] == neuron));
                }
            }
        }
    }
}
