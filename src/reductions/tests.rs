//! Forward direction of all reductions: sizes, and networks without error for every solution of small sources.

use super::*;
use crate::problems::{Clique, Poits};
use dashu_base::Abs;
use itertools::Itertools;
use std::collections::HashSet;

/// Origin of the expectations: the closed forms of the sizes, the definition of a network's loss.
fn check<R: Reduction>(reduction: &R, source: &R::Source, solutions: &[SolutionOf<R>]) {
    let instance = reduction.reduce(source);
    let ledger = Ledger::new(reduction, source, &instance);
    assert!(ledger.holds(), "{ledger:?}");
    let sizes = ledger.measured;
    let distinct: HashSet<_> = instance.data.points().iter().collect();
    assert_eq!(distinct.len(), sizes.points, "{}: points must be distinct", reduction.name());
    for solution in solutions {
        let network = reduction.lift(source, solution).unwrap();
        assert_eq!(network.neurons.len(), sizes.width);
        assert_eq!(network.loss(&instance.data, instance.loss).unwrap(), Rational::ZERO, "{}", reduction.name());
        assert_eq!(reduction.pull(source, &network).as_ref(), Ok(solution), "{}", reduction.name());
    }
}

fn assignments(variables: usize) -> impl Iterator<Item = Vec<bool>> {
    (0u32..1 << variables).map(move |bits| (0..variables).map(|v| bits >> v & 1 == 1).collect())
}

#[test]
fn satisfying_assignments_have_no_error() {
    let formulas: [(usize, &[[usize; 3]], usize); 6] = [
        (1, &[], 2),
        (1, &[[0; 3]], 0),
        (2, &[[0, 0, 1]], 1),
        (3, &[[0, 1, 2]], 3),
        (4, &[[0, 1, 2], [3, 1, 0], [2, 2, 1]], 1),
        (3, &[[0, 1, 2], [0, 0, 1], [1, 1, 2]], 0),
    ];
    for (variables, clauses, count) in formulas {
        let formula = Poits::new(variables, clauses.to_vec()).unwrap();
        let (solutions, others): (Vec<_>, Vec<_>) = assignments(variables).partition(|a| formula.true_positions(a).is_some());
        assert_eq!(solutions.len(), count, "{clauses:?}");
        check(&PoitsRelu, &formula, &solutions);
        check(&PoitsThreshold, &formula, &solutions);
        for other in others {
            assert_eq!(PoitsRelu.lift(&formula, &other), Err(NotASolution));
            assert_eq!(PoitsThreshold.lift(&formula, &other), Err(NotASolution));
        }
        assert_eq!(PoitsRelu.lift(&formula, &vec![]), Err(NotASolution));
    }
}

#[test]
fn cliques_have_no_error() {
    let graphs: [(usize, &[(usize, usize)]); 5] =
        [(1, &[]), (2, &[(0, 1)]), (3, &[(0, 2)]), (4, &[(0, 1), (1, 2), (0, 2), (2, 3)]), (5, &[(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)])];
    for (vertices, edges) in graphs {
        for size in 1..=vertices.min(3) {
            let clique = Clique::new(vertices, edges, size).unwrap();
            let (solutions, others): (Vec<_>, Vec<_>) = (0..vertices).permutations(size).partition(|chosen| clique.is_solved_by(chosen));
            check(&CliqueThreshold, &clique, &solutions);
            check(&CliqueRelu, &clique, &solutions);
            for other in others {
                assert_eq!(CliqueThreshold.lift(&clique, &other), Err(NotASolution));
                assert_eq!(CliqueRelu.lift(&clique, &other), Err(NotASolution));
            }
        }
    }
}

/// Origin: the proofs' conditions on the constants, checked on formulas of up to 40 gadgets. A consistency point lies in its two strips (levees) and in no other, whatever the choices, and
/// so low that the play of the strips does not matter.
#[test]
fn consistency_points_meet_two_gadgets_only() {
    for (variables, clauses) in [(1, 1), (2, 1), (5, 4), (24, 16)] {
        let clauses: Vec<[usize; 3]> = (0..clauses).map(|c| [c % variables, (2 * c + 1) % variables, (3 * c + 2) % variables]).collect();
        let formula = Poits::new(variables, clauses).unwrap();
        let bound = planar::slope_bound(planar::gadgets(&formula));
        let half_width = bound + 8;
        for (spacing, reach) in [(20 * (bound + 3), integer(5)), (4 * (half_width + 1) * (bound + 3), integer(2 * half_width))] {
            let plane = planar::Plane::new(&formula, spacing);
            for point in plane.consistency_points() {
                let distances = plane.gadgets.iter().flat_map(|g| {
                    let (x, y) = (&point[0], &point[1]);
                    (0..=g.last_choice).map(move |i| (x - integer(g.centre) - integer(g.slope + i) * y).abs())
                });
                let near: Vec<Rational> = distances.filter(|distance| *distance < reach).collect();
                assert_eq!(near, [Rational::ZERO, Rational::ZERO]);
                assert!(point[1].clone().abs() < integer(half_width * half_width - 1) || reach == integer(5));
            }
        }
    }
}

/// Origin: the closed forms `c_N = D·N`, `D = 4(P+1)(R+3)`; the coordinates of some thousands of gadgets do not fit in 64 bits.
#[test]
fn large_formulas_have_large_coordinates() {
    let n = 4000i128;
    let formula = Poits::new(4000, Vec::new()).unwrap();
    let r = 3 * n * n + 2;
    let centre = 4 * (r + 9) * (r + 3) * n;
    assert!(centre > i128::from(i64::MAX));
    let instance = PoitsThreshold.reduce(&formula);
    let on_axis = instance.data.points().iter().filter(|x| x[1] == Rational::ZERO).map(|x| &x[0]);
    // The last zone's end and the fence.
    assert_eq!(on_axis.max().unwrap(), &integer(centre + r + 8 + 2));
    assert!(Ledger::new(&PoitsThreshold, &formula, &instance).holds());
}

/// Origin: by hand: what each changed neuron stands for.
#[test]
fn what_stands_for_nothing_is_named() {
    let formula = Poits::new(2, vec![[0, 0, 1]]).unwrap();
    let network = PoitsRelu.lift(&formula, &vec![false, true]).unwrap();
    let message = |change: &dyn Fn(&mut Network)| {
        let mut changed = network.clone();
        change(&mut changed);
        PoitsRelu.decode(&formula, &changed).unwrap_err().to_string()
    };
    assert_eq!(message(&|n| n.neurons[2].w[0] = Rational::ZERO), "neuron 3: its breakline does not cross the line y = 0");
    assert!(
        message(&|n| n.neurons[5].b = Rational::ZERO).starts_with("neuron 6: its breakline crosses the line y = 0 at x = 0, which is in no gadget")
    );
    let between = message(&|n| n.neurons[0].w[1] -= fraction(1, 2));
    assert!(between.starts_with("neuron 1: its breakline has slope 7/2 in the gadget of variable 1, which is none of its choices"), "{between}");
    let other = message(&|n| n.neurons[1].w[1] -= Rational::ONE);
    assert_eq!(other, "neuron 2: stands for choice 1 of the gadget of variable 1, neuron 1 for choice 0");
    assert_eq!(message(&|n| drop(n.neurons.pop())), "the gadget of clause 1 has 3 neurons, expected 4");
    // Both variables false, the clause choosing its third literal.
    let contradiction = PoitsRelu.network(&formula, &[0, 0, 2]).unwrap();
    let error = PoitsRelu.decode(&formula, &contradiction).unwrap_err().to_string();
    assert_eq!(error, "clause 1 chooses its literal 3, but variable 2 is false");
    assert!(matches!(PoitsRelu.pull(&formula, &contradiction), Err(PullError::Misfit { .. })));

    let triangle = Clique::new(3, &[(0, 1), (1, 2), (0, 2)], 2).unwrap();
    let network = CliqueThreshold.lift(&triangle, &vec![2, 0]).unwrap();
    let message = |change: &dyn Fn(&mut Network)| {
        let mut changed = network.clone();
        change(&mut changed);
        CliqueThreshold.decode(&triangle, &changed).unwrap_err().to_string()
    };
    assert_eq!(message(&|n| n.neurons[1].b = Rational::ZERO), "neuron 2: its hyperplane contains the origin");
    let flat = message(&|n| n.neurons[0].w[1] = Rational::ZERO);
    assert_eq!(flat, "neuron 1: its line in plane 1 does not change its sign between two neighbours of 0 to 3");
    let swapped = message(&|n| n.neurons[1].w.rotate_left(2));
    assert_eq!(swapped, "neuron 2: stands for vertex 1 in plane 1, neuron 1 for vertex 3");
    assert_eq!(message(&|n| drop(n.neurons.pop())), "the network has 1 neurons, expected 2");
    let relus = CliqueRelu.lift(&triangle, &vec![2, 0]).unwrap();
    let mut same_signs = relus.clone();
    same_signs.neurons.iter_mut().for_each(|neuron| neuron.a = Rational::ONE);
    assert_eq!(CliqueRelu.decode(&triangle, &same_signs).unwrap_err().to_string(), "0 of 4 neurons have one sign, expected 2 of 4");
}
