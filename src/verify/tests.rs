//! Correct reductions pass on named and random sources, and wrong ones do not.

use super::*;
use crate::instance::Data;
use crate::problems::{
    Clique, Poits, complete_graph, cycle_graph, cyclic_triples, edge_colourings, fano_plane, generalized_petersen_graph, lcf_graph, perfect_matchings,
};
use crate::reductions::{ChoiceError, CliqueRelu, CliqueThreshold, Conflict, DecodeError, GadgetKind, PoitsRelu, PoitsThreshold, Sizes};
use std::collections::BTreeSet;

const SETTINGS: Settings<'static> = Settings { solutions: 3, seed: 1, training: None, functions: None };

fn holds<R: Reduction>(reduction: &R, source: &R::Source, solutions: u64) {
    let report = verify(reduction, source, &SETTINGS).unwrap_or_else(|failure| panic!("{}: {failure}", reduction.name()));
    assert_eq!(report.solutions, solutions.to_string());
    assert_eq!(report.lifted as u64, solutions.min(3));
    assert_eq!(report.variants, 2 * report.lifted);
}

/// Origin: the numbers of solutions are published (see the tests of the problems).
#[test]
fn reductions_hold_on_named_formulas() {
    let formulas = [
        (perfect_matchings(&complete_graph(4)).unwrap(), 3),
        (perfect_matchings(&lcf_graph(6, &[3])).unwrap(), 6),
        (perfect_matchings(&generalized_petersen_graph(3, 1)).unwrap(), 4),
        (edge_colourings(&complete_graph(4)).unwrap(), 6),
        (fano_plane(), 0),
        (cyclic_triples(6), 3),
        (cyclic_triples(7), 0),
        (Poits::new(1, vec![[0; 3]]).unwrap(), 0),
        (Poits::new(2, vec![[0, 0, 1]]).unwrap(), 1),
    ];
    for (formula, solutions) in formulas {
        holds(&PoitsRelu, &formula, solutions);
        holds(&PoitsThreshold, &formula, solutions);
    }
}

/// Origin: cliques by hand.
#[test]
fn reductions_hold_on_named_graphs() {
    for (graph, size, solutions) in [
        (complete_graph(4), 3, 4),
        (cycle_graph(5), 2, 5),
        (cycle_graph(5), 3, 0),
        (complete_graph(1), 1, 1),
        (generalized_petersen_graph(3, 1), 3, 2),
    ] {
        let clique = Clique::in_graph(&graph, size).unwrap();
        holds(&CliqueThreshold, &clique, solutions);
        holds(&CliqueRelu, &clique, solutions);
    }
}

#[test]
fn reductions_hold_on_random_sources() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let formulas = RandomPoits { variables: 4, clauses: 3 };
    let graphs = RandomClique { vertices: 5, size: 3 };
    for _ in 0..60 {
        let formula = formulas.draw(&mut rng);
        verify(&PoitsRelu, &formula, &SETTINGS).unwrap();
        verify(&PoitsThreshold, &formula, &SETTINGS).unwrap();
        let clique = graphs.draw(&mut rng);
        verify(&CliqueThreshold, &clique, &SETTINGS).unwrap();
        verify(&CliqueRelu, &clique, &SETTINGS).unwrap();
    }
}

/// Origin: the sources' solvers; every answer by the search is checked by a network's loss or by the independent checker.
#[test]
fn training_agrees_with_the_sources() {
    let settings = |control| Settings { training: Some(control), ..SETTINGS };
    let verdict = |report: Result<Report, Failure>| report.unwrap().training.unwrap();
    let formula = |clauses: &[[usize; 3]], variables| Poits::new(variables, clauses.to_vec()).unwrap();
    assert_eq!(verdict(verify(&PoitsThreshold, &formula(&[], 1), &settings(Control::default()))), Verdict::Realizable);
    assert_eq!(verdict(verify(&PoitsThreshold, &formula(&[[0; 3]], 1), &settings(Control::default()))), Verdict::NotRealizable);
    let pair = |edges: &[(usize, usize)]| Clique::new(2, edges, 2).unwrap();
    assert_eq!(verdict(verify(&CliqueThreshold, &pair(&[(0, 1)]), &settings(Control::default()))), Verdict::Realizable);
    assert_eq!(verdict(verify(&CliqueThreshold, &pair(&[]), &settings(Control::default()))), Verdict::NotRealizable);
}

/// Origin: the theorem: a gadget alone offers its choices, and the functions without error of an instance are its solutions'.
#[test]
fn functions_are_choices_and_solutions() {
    let control = Control::default();
    for kind in [GadgetKind::Variable, GadgetKind::Clause] {
        let report = examine(&PoitsThreshold, kind, &control).unwrap();
        assert_eq!((report.choices.len(), report.stopped), (kind.choices(), false));
    }
    assert_eq!(examine(&PoitsRelu, GadgetKind::Variable, &control).unwrap().choices, [0, 1]);
    let settings = Settings { functions: Some(control), ..SETTINGS };
    for (formula, solutions) in [(Poits::new(1, vec![[0; 3]]), 0), (Poits::new(2, vec![[0, 0, 1]]), 1)] {
        let report = verify(&PoitsThreshold, &formula.unwrap(), &settings).unwrap();
        assert_eq!(report.functions, Some(solutions));
    }
}

/// A reduction with a mistake.
struct Wrong<R> {
    right: R,
    mistake: Mistake,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    /// A point is left out and another one stands twice.
    Duplicate,
    /// A point is left out, and the closed form knows.
    Missing(usize),
    /// A label is another.
    Label(usize),
    /// A coordinate is moved by 3/4.
    Moved(usize),
    /// The lifted network makes the first choice in the first gadget whatever the solution.
    Lift,
    /// The decoder shifts the solution by a variable.
    Decode,
    /// The decoder answers whatever the network.
    Blind,
}

impl<R: Reduction> Reduction for Wrong<R>
where
    SolutionOf<R>: AsMut<Vec<bool>>,
{
    type Source = R::Source;

    fn name(&self) -> &'static str {
        self.right.name()
    }

    fn sizes(&self, source: &R::Source) -> Sizes {
        let mut sizes = self.right.sizes(source);
        sizes.points -= usize::from(matches!(self.mistake, Mistake::Missing(_)));
        sizes
    }

    fn parameters(&self, source: &R::Source) -> Vec<(&'static str, usize)> {
        self.right.parameters(source)
    }

    fn bit_bound(&self, source: &R::Source) -> usize {
        self.right.bit_bound(source)
    }

    fn choices(&self, source: &R::Source) -> Vec<usize> {
        self.right.choices(source)
    }

    fn choices_of(&self, source: &R::Source, solution: &SolutionOf<R>) -> Option<Vec<usize>> {
        let mut choices = self.right.choices_of(source, solution)?;
        if self.mistake == Mistake::Lift {
            choices[0] = 0;
        }
        Some(choices)
    }

    fn network(&self, source: &R::Source, choices: &[usize]) -> Option<Network> {
        self.right.network(source, choices)
    }

    fn conflicts(&self, source: &R::Source) -> Result<BTreeSet<Conflict>, ChoiceError> {
        self.right.conflicts(source)
    }

    fn expected_conflicts(&self, source: &R::Source) -> BTreeSet<Conflict> {
        self.right.expected_conflicts(source)
    }

    fn reduce(&self, source: &R::Source) -> Instance {
        let instance = self.right.reduce(source);
        let (mut points, mut labels) = (instance.data.points().to_vec(), instance.data.targets().to_vec());
        let last = points.len() - 1;
        match self.mistake {
            Mistake::Duplicate => points[last] = points[0].clone(),
            Mistake::Missing(i) => {
                points.remove(i);
                labels.remove(i);
            }
            Mistake::Label(i) => labels[i] = Rational::ONE - &labels[i],
            Mistake::Moved(i) => points[i][0] += Rational::from(3) / Rational::from(4),
            Mistake::Lift | Mistake::Decode | Mistake::Blind => {}
        }
        Instance { data: Data::new(points, labels).unwrap(), ..instance }
    }

    fn decode(&self, source: &R::Source, network: &Network) -> Result<SolutionOf<R>, DecodeError> {
        let mut solution = match self.mistake {
            Mistake::Blind => source.solve().expect("a source with a solution"),
            _ => self.right.decode(source, network)?,
        };
        if self.mistake == Mistake::Decode {
            solution.as_mut().rotate_left(1);
        }
        Ok(solution)
    }
}

/// Origin: each mistake makes the claim false, or a map not what it says.
#[test]
fn wrong_reductions_fail() {
    let formula = Poits::new(3, vec![[0, 1, 2], [0, 0, 1]]).unwrap();
    assert_eq!(formula.solutions(9), [vec![false, true, false]]);
    let last = PoitsThreshold.sizes(&formula).points - 1;
    let failure = |mistake| verify(&Wrong { right: PoitsThreshold, mistake }, &formula, &SETTINGS).map(|_| mistake).unwrap_err();
    for (mistake, check) in [
        (Mistake::Duplicate, "sizes"),
        // The last consistency point: a combination of choices that is no solution fits.
        (Mistake::Missing(last), "choices"),
        (Mistake::Label(0), "forward"),
        (Mistake::Label(last), "forward"),
        (Mistake::Moved(1), "forward"),
        (Mistake::Decode, "backward"),
    ] {
        assert_eq!(failure(mistake).check, check, "{mistake:?}: {}", failure(mistake));
    }
    let other = Poits::new(2, vec![[1, 1, 0]]).unwrap();
    assert_eq!(other.solutions(9), [vec![true, false]]);
    let failure = |mistake| verify(&Wrong { right: PoitsRelu, mistake }, &other, &SETTINGS).map(|_| mistake).unwrap_err();
    assert_eq!(failure(Mistake::Lift).check, "forward");
    // With two solutions a decoder that does not look gives itself away.
    let free = Poits::new(1, vec![]).unwrap();
    let blind = Wrong { right: PoitsThreshold, mistake: Mistake::Blind };
    assert_eq!(verify(&blind, &free, &SETTINGS).unwrap_err().check, "backward");
}
