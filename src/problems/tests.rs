//! The solvers against brute force and against published numbers; files.

use super::*;
use itertools::Itertools;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Count, listing and single solution must agree with `expected`, sorted.
fn check<P: Problem>(problem: &P, expected: &[P::Solution]) {
    assert_eq!(problem.count_solutions(), Natural::from(expected.len()));
    let mut listed = problem.solutions(usize::MAX);
    assert!(listed.iter().all(|solution| problem.is_solved_by(solution)));
    listed.sort();
    assert_eq!(listed, expected);
    assert_eq!(problem.solve().is_some(), !expected.is_empty());
    let limit = expected.len().min(2);
    assert_eq!(problem.solutions(limit).len(), limit);
}

/// Origin: all assignments are tried.
#[test]
fn formulas_have_the_solutions_of_brute_force() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut satisfiable = 0;
    for round in 0..4000 {
        let variables = rng.random_range(0..=10);
        // At most as many clauses as variables, or nothing is satisfiable; with repeated literals.
        let clauses = if variables == 0 { 0 } else { rng.random_range(0..=variables) };
        let clauses: Vec<[usize; 3]> = (0..clauses).map(|_| [(); 3].map(|()| rng.random_range(0..variables))).collect();
        let formula = Poits::new(variables, clauses).unwrap();
        let assignments = (0..variables).map(|_| [false, true]).multi_cartesian_product();
        let assignments = if variables == 0 { vec![vec![]] } else { assignments.collect_vec() };
        let expected: Vec<_> = assignments.into_iter().filter(|a| formula.true_positions(a).is_some()).collect();
        satisfiable += usize::from(!expected.is_empty());
        check(&formula, &expected);
        assert_eq!(Poits::from_dimacs(&formula.to_dimacs()).as_ref(), Ok(&formula), "round {round}");
    }
    assert!((500..3500).contains(&satisfiable), "both answers must occur: {satisfiable}");
}

/// Origin: all subsets are tried.
#[test]
fn graphs_have_the_cliques_of_brute_force() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..2000 {
        let n = rng.random_range(1..=9);
        let density = rng.random_range(0.0..1.0);
        let edges: Vec<_> = (0..n).array_combinations().map(|[u, v]| (u, v)).filter(|_| rng.random_bool(density)).collect();
        let graph = clique::graph(n, edges.iter().copied());
        let size = rng.random_range(1..=n);
        let problem = Clique::new(n, &edges, size).unwrap();
        assert_eq!(Clique::in_graph(&graph, size).as_ref(), Ok(&problem));
        let expected: Vec<_> = (0..n).combinations(size).filter(|chosen| problem.is_solved_by(chosen)).collect();
        check(&problem, &expected);
        let again = parse_graph(&write_dimacs(&graph)).unwrap();
        assert_eq!(Clique::in_graph(&again, size).as_ref(), Ok(&problem));
    }
}

/// Origin: numbers of perfect matchings of well-known cubic graphs (OEIS, MathWorld); 3-edge-colourings of K4 by hand (the three matchings in any order), of snarks by definition.
#[test]
fn named_formulas_have_the_known_numbers_of_solutions() {
    let matchings = [
        (complete_graph(4), 3usize),
        (lcf_graph(6, &[3]), 6),
        (generalized_petersen_graph(3, 1), 4),
        (generalized_petersen_graph(4, 1), 9),
        (generalized_petersen_graph(5, 2), 6),
        (lcf_graph(14, &[5, -5]), 24),
        (generalized_petersen_graph(10, 2), 36),
    ];
    for (graph, expected) in &matchings {
        let formula = perfect_matchings(graph).unwrap();
        assert_eq!(formula.count_solutions(), Natural::from(*expected));
        assert_eq!(formula.solutions(usize::MAX).len(), *expected);
    }
    let colourings = [(complete_graph(4), 6usize), (generalized_petersen_graph(5, 2), 0), (flower_snark(5), 0), (flower_snark(7), 0)];
    for (graph, expected) in &colourings {
        assert_eq!(edge_colourings(graph).unwrap().count_solutions(), Natural::from(*expected));
    }
    assert_eq!(fano_plane().count_solutions(), Natural::ZERO);
    for n in 3..40 {
        assert_eq!(cyclic_triples(n).count_solutions(), Natural::from(if n % 3 == 0 { 3u8 } else { 0 }));
    }
    assert_eq!(perfect_matchings(&cycle_graph(4)).unwrap_err().to_string(), "vertex 1 has degree 2, a cubic graph has 3 edges at each vertex");
}

/// Origin: a chain of `n` clauses `{2i, 2i+1, 2i+2}` has Fibonacci many solutions, by the recursion below; listing them would take more steps than there are atoms.
#[test]
fn long_formulas_are_counted_through_their_components() {
    let chain = |n: usize| Poits::new(2 * n + 1, (0..n).map(|i| [2 * i, 2 * i + 1, 2 * i + 2]).collect()).unwrap();
    let (mut ending_false, mut ending_true) = (Natural::ONE, Natural::ONE);
    for n in 1..=500 {
        // A false end leaves two choices for the next clause, one of which is its end; a true end leaves one, with a false end.
        (ending_false, ending_true) = (&ending_false + &ending_true, ending_false);
        if n % 100 == 0 || n < 10 {
            assert_eq!(chain(n).count_solutions(), &ending_false + &ending_true, "{n} clauses");
        }
    }
    assert!(chain(500).solve().is_some());
}

/// Origin: Moon and Moser's graphs, complete multipartite with parts of 3: `3^κ` cliques of maximal size, none larger.
#[test]
fn cliques_of_larger_graphs_are_counted() {
    let n = 108;
    let edges: Vec<_> = (0..n).array_combinations().map(|[u, v]| (u, v)).filter(|(u, v)| u / 3 != v / 3).collect();
    assert_eq!(Clique::new(n, &edges, 37).unwrap().count_solutions(), Natural::ZERO);
    assert!(Clique::new(n, &edges, 36).unwrap().solve().is_some());
    let pairs = Clique::new(n, &edges, 2).unwrap().count_solutions();
    assert_eq!(pairs, Natural::from(edges.len()));
    // Binomial(36, 3) choices of the parts.
    assert_eq!(Clique::new(n, &edges, 3).unwrap().count_solutions(), Natural::from(7140u32 * 27));
}

/// Origin: nauty's examples of graph6, the last with a size of four characters.
#[test]
fn graph6_is_read() {
    let petersen = parse_graph("IheA@GUAo\n").unwrap();
    assert_eq!((petersen.node_count(), petersen.edge_count()), (10, 15));
    assert_eq!(perfect_matchings(&petersen).unwrap().count_solutions(), Natural::from(6u8));
    let path = parse_graph(">>graph6<<DhC").unwrap();
    assert_eq!((path.node_count(), path.edge_count()), (5, 4));
    let empty = parse_graph(&format!("~?@?{}", "?".repeat(336))).unwrap();
    assert_eq!((empty.node_count(), empty.edge_count()), (64, 0));
}

#[test]
fn bad_files_are_refused_by_line() {
    let formula = |text| Poits::from_dimacs(text).unwrap_err();
    let graph = |text| parse_graph(text).unwrap_err();
    for (error, line, part) in [
        (formula(""), None, "has no header"),
        (formula("c\n1 2 3 0\n"), Some(2), "must come first"),
        (formula("p cnf 3 1\n1 -2 3 0\n"), Some(2), "literal -2 is negative"),
        (formula("p cnf 3 1\n1 2 0\n"), Some(2), "clause 1 has 2 literals, expected 3"),
        (formula("p cnf 3 1\n1 2\n3 3 0\n"), Some(3), "clause 1 has 4 literals"),
        (formula("p cnf 3 1\n1 2 4 0\n"), Some(2), "literal 4 is no variable"),
        (formula("p cnf 3 1\n1 2 x 0\n"), Some(2), "\"x\" is no literal"),
        (formula("p cnf 3 1\n1 2 3\n"), Some(2), "not ended by 0"),
        (formula("p cnf 3 2\n1 2 3 0\n"), Some(2), "announces 2 clauses, there are 1"),
        (formula("p edge 3 2\n"), Some(1), "expected \"p cnf\""),
        (formula("p cnf 3\n"), Some(1), "needs two numbers"),
        (graph(""), None, "holds no graph"),
        (graph("e 1 2\n"), Some(1), "must come first"),
        (graph("p edge 2 1\ne 1 3\n"), Some(2), "vertex 3 is none of 1 to 2"),
        (graph("p edge 2 1\ne 0 1\n"), Some(2), "vertex 0"),
        (graph("p edge 2 1\ne 2 2\n"), Some(2), "a loop at vertex 2"),
        (graph("p edge 3 3\ne 1 2\n"), None, "announces 3 edges, there are 1"),
        (graph("p edge 2 1\nx 1 2\n"), Some(2), "starts no line"),
        (graph("IheA@GUA\n"), Some(1), "expected 8"),
        (graph("Bw\nBw\n"), Some(2), "more than one graph"),
        (graph("hello, world\n"), Some(1), "neither a DIMACS graph nor graph6"),
    ] {
        assert_eq!(error.line, line, "{error}");
        assert!(error.message.contains(part), "{error}");
    }
}
