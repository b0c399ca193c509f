use super::*;
use crate::exact::{rank, solve};
use itertools::Itertools;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn rational(x: i64) -> Rational {
    Rational::from(x)
}

/// The objective at `v` straight from its definition, `None` outside the hard rows; a second implementation beside `value_at`.
fn objective(program: &LinearProgram, v: &[Rational]) -> Option<Rational> {
    let q = |x: &Integer| Rational::from(x.clone());
    let mut sum: Rational = (0..v.len()).fold(Rational::ZERO, |s, j| s + q(&program.objective[j]) * &v[j]);
    for row in &program.rows {
        let left: Rational = (0..v.len()).fold(Rational::ZERO, |s, j| s + q(&row.coefficients[j]) * &v[j]);
        let right = q(&row.rhs);
        match &row.kind {
            RowKind::AtLeast if left < right => return None,
            RowKind::Equal if left != right => return None,
            RowKind::AtLeast | RowKind::Equal => {}
            RowKind::Penalty { below, above } => sum += if left < right { (right - left) * below } else { (left - right) * above },
        }
    }
    Some(sum)
}

/// The least objective over all points where a maximal independent set of rows holds with equality. A minimal face of the region on which the
/// objective is least, if there is one, is an affine space that such a set defines, so the least value is that of the program.
fn least_over_bases(program: &LinearProgram) -> Option<Rational> {
    let rank = rank(program.rows.iter().map(|row| row.coefficients.clone()).collect());
    let mut least: Option<Rational> = None;
    for subset in program.rows.iter().combinations(rank) {
        let a: Vec<Vec<Rational>> = subset.iter().map(|row| row.coefficients.iter().cloned().map(Rational::from).collect()).collect();
        let b: Vec<Rational> = subset.iter().map(|row| Rational::from(row.rhs.clone())).collect();
        let point = if rank == 0 { Some(vec![Rational::ZERO; program.objective.len()]) } else { solve(&a, &b) };
        if let Some(value) = point.and_then(|v| objective(program, &v)) {
            least = Some(least.map_or(value.clone(), |l| l.min(value)));
        }
    }
    least
}

fn check(program: &LinearProgram, verdict: &LpVerdict, least: Option<&Rational>) {
    assert!(program.verify(verdict), "{program:?} {verdict:?}");
    match verdict {
        LpVerdict::Optimal(optimum) => {
            assert_eq!(objective(program, &optimum.point).as_ref(), Some(&optimum.value));
            assert_eq!(least, Some(&optimum.value));
        }
        LpVerdict::Infeasible { .. } => assert_eq!(least, None),
        LpVerdict::Unbounded { point, ray } => {
            let at =
                |t: i64| objective(program, &point.iter().zip(ray).map(|(p, r)| p + r * rational(t)).collect_vec()).expect("feasible along the ray");
            // Convex, and falling from some point on.
            assert!(at(1_000_000) > at(2_000_000));
        }
        LpVerdict::AboveCutoff { .. } => panic!("no cutoff was given"),
    }
}

fn row_kind(equal: bool) -> impl Strategy<Value = RowKind> {
    let penalty = (0i64..3, 0i64..4, 1i64..3).prop_map(|(b, a, d)| RowKind::Penalty { below: rational(b) / rational(d), above: rational(a) });
    prop_oneof![2 => Just(RowKind::AtLeast), u32::from(equal) => Just(RowKind::Equal), 3 => penalty]
}

fn small_program() -> impl Strategy<Value = LinearProgram> {
    (1usize..4, 0usize..7, 1i64..4, any::<bool>(), any::<bool>()).prop_flat_map(|(q, m, size, feasible, equal)| {
        let row = (prop::collection::vec(-size..=size, q), -size..=size, row_kind(equal));
        // Many objectives 0, where every dual basis is degenerate.
        let objective = prop_oneof![Just(vec![0; q]), prop::collection::vec(-size..=size, q)];
        (objective, prop::collection::vec(row, m), prop::collection::vec(-2i64..3, q)).prop_map(move |(objective, rows, v)| LinearProgram {
            objective: objective.into_iter().map(Integer::from).collect(),
            rows: rows
                .into_iter()
                .map(|(g, h, kind)| {
                    let product: i64 = g.iter().zip(&v).map(|(a, b)| a * b).sum();
                    let rhs = match kind {
                        RowKind::AtLeast if feasible => product - h.abs(),
                        RowKind::Equal if feasible => product,
                        _ => h,
                    };
                    Row { coefficients: g.into_iter().map(Integer::from).collect(), rhs: Integer::from(rhs), kind }
                })
                .collect(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, rng_seed: RngSeed::Fixed(41), ..ProptestConfig::default() })]

    /// Origin: enumeration of all bases, and the definitions of the verdicts. Both the confirmed floats and the integer method alone.
    #[test]
    fn verdicts_agree_with_enumeration(program in small_program(), cutoff in -4i64..8) {
        let least = least_over_bases(&program);
        let verdict = program.solve();
        check(&program, &verdict, least.as_ref());
        let exact = exact::solve(&program, &[], None);
        check(&program, &exact, least.as_ref());
        prop_assert_eq!(std::mem::discriminant(&verdict), std::mem::discriminant(&exact));
        // Stopped after some pivots: no answer, or the same.
        for pivots in [0, 1, 3] {
            let left = std::cell::Cell::new(pivots);
            let stop = || left.replace(left.get() - 1) <= 0;
            let stopped = exact::solve_unless(&program, &[], None, &stop);
            prop_assert!(pivots > 0 || stopped.is_none());
            prop_assert!(stopped.is_none_or(|verdict| verdict == exact));
        }
        // With a cutoff: the same answer, or a proof that the value is not below the cutoff.
        let cutoff = rational(cutoff);
        for bounded in [program.solve_with_cutoff(Some(&cutoff)), exact::solve(&program, &[], Some(&cutoff))] {
            prop_assert!(program.verify(&bounded));
            match (&verdict, &bounded) {
                (_, LpVerdict::AboveCutoff { bound, .. }) => {
                    prop_assert!(*bound >= cutoff);
                    match &verdict {
                        LpVerdict::Optimal(optimum) => prop_assert!(optimum.value >= *bound),
                        LpVerdict::Infeasible { .. } => {}
                        _ => prop_assert!(false, "an unbounded program has no lower bound"),
                    }
                }
                (LpVerdict::Optimal(a), LpVerdict::Optimal(b)) => prop_assert!(a.value == b.value && a.value < cutoff),
                (a, b) => prop_assert_eq!(std::mem::discriminant(a), std::mem::discriminant(b)),
            }
        }
    }
}

fn regression(q: usize, m: usize, size: i64) -> impl Strategy<Value = LinearProgram> {
    let row = (prop::collection::vec(-size..=size, q), -size..=size, 0u8..4);
    prop::collection::vec(row, m).prop_map(move |rows| LinearProgram {
        objective: vec![Integer::ZERO; q],
        rows: rows
            .into_iter()
            .map(|(g, h, kind)| Row {
                coefficients: g.into_iter().map(Integer::from).collect(),
                rhs: Integer::from(if kind == 0 { 0 } else { h }),
                kind: if kind == 0 { RowKind::AtLeast } else { RowKind::Penalty { below: Rational::ONE, above: Rational::ONE } },
            })
            .collect(),
    })
}

/// The optimal value by an independent solver in floats.
fn by_microlp(program: &LinearProgram) -> f64 {
    use good_lp::{Expression, ProblemVariables, Solution, SolverModel, constraint, microlp, variable};
    let f = |x: &Integer| i64::try_from(x).unwrap() as f64;
    let mut variables = ProblemVariables::new();
    let v: Vec<_> = program.objective.iter().map(|_| variables.add(variable())).collect();
    let mut cost: Expression = v.iter().zip(&program.objective).map(|(&x, c)| f(c) * x).sum();
    let mut constraints = Vec::new();
    for row in &program.rows {
        let product: Expression = v.iter().zip(&row.coefficients).map(|(&x, g)| f(g) * x).sum();
        match &row.kind {
            RowKind::AtLeast => constraints.push(constraint!(product >= f(&row.rhs))),
            RowKind::Equal => constraints.push(constraint!(product == f(&row.rhs))),
            RowKind::Penalty { below, above } => {
                let (short, over) = (variables.add(variable().min(0)), variables.add(variable().min(0)));
                cost += below.to_f64().value() * short + above.to_f64().value() * over;
                constraints.push(constraint!(product + short - over == f(&row.rhs)));
            }
        }
    }
    let mut model = variables.minimise(cost.clone()).using(microlp);
    for constraint in constraints {
        model = model.with(constraint);
    }
    model.solve().expect("feasible and bounded").eval(cost)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(42), ..ProptestConfig::default() })]

    /// Origin: strong duality (checked exactly in `verify`) and an independent solver, to its tolerance.
    #[test]
    fn regressions_agree_with_microlp(program in (1usize..7, 1usize..40, 1i64..60).prop_flat_map(|(q, m, size)| regression(q, m, size))) {
        let verdict = program.solve();
        prop_assert!(program.verify(&verdict));
        let LpVerdict::Optimal(optimum) = verdict else { panic!("0 is feasible and costs are not negative") };
        let value = optimum.value.to_f64().value();
        prop_assert!((by_microlp(&program) - value).abs() < 1e-6 * (1.0 + value));
        // The proposal alone should be close: a weak promise, but it must hold on harmless data.
        let exact = exact::solve(&program, &[], None);
        prop_assert!(matches!(&exact, LpVerdict::Optimal(e) if e.value == optimum.value));
    }

    /// Origin: scaling. Multiplying rows, columns, right-hand sides and weights by huge numbers changes the value by a known factor.
    #[test]
    fn scaling_is_exact(program in regression(3, 12, 9), digits in prop::collection::vec(0usize..400, 4)) {
        let power = |k: usize| Integer::from(10).pow(digits[k]);
        let mut scaled = program.clone();
        for row in &mut scaled.rows {
            // v_j is divided by 10^digits_j, and everything multiplied by 10^digits_3.
            row.rhs *= power(3);
            for (j, x) in row.coefficients.iter_mut().enumerate() {
                *x *= power(j);
            }
        }
        let (LpVerdict::Optimal(a), LpVerdict::Optimal(b)) = (program.solve(), scaled.solve()) else { panic!("0 is feasible") };
        prop_assert_eq!(a.value * Rational::from(power(3)), b.value);
    }
}

/// Origin: the least maximum deviation of a constant from 0, 1, 10 is 5, at 5.
#[test]
fn least_maximum_deviation() {
    let row = |v: i32, y: i32| Row { coefficients: vec![Integer::from(v), Integer::ONE], rhs: Integer::from(y * v), kind: RowKind::AtLeast };
    let rows = [0, 1, 10].into_iter().flat_map(|y| [row(1, y), row(-1, y)]).collect();
    let program = LinearProgram { objective: vec![Integer::ZERO, Integer::ONE], rows };
    let LpVerdict::Optimal(optimum) = program.solve() else { panic!("bounded and feasible") };
    assert_eq!(optimum.value, rational(5));
    assert_eq!(optimum.point, vec![rational(5), rational(5)]);
}

/// Origin: the two verdicts by hand: `v ≥ 1, −v ≥ 0` is contradictory; `min v` over `v ≤ 0` is unbounded; without variables only `0` is left.
#[test]
fn small_cases() {
    let row = |g: &[i32], h: i32| Row { coefficients: g.iter().map(|&x| Integer::from(x)).collect(), rhs: Integer::from(h), kind: RowKind::AtLeast };
    let program = LinearProgram { objective: vec![Integer::ONE], rows: vec![row(&[1], 1), row(&[-1], 0)] };
    assert!(matches!(program.solve(), LpVerdict::Infeasible { .. }));
    let program = LinearProgram { objective: vec![Integer::ONE], rows: vec![row(&[-1], 0)] };
    assert!(matches!(program.solve(), LpVerdict::Unbounded { .. }));
    let program = LinearProgram { objective: vec![], rows: vec![row(&[], 0)] };
    assert!(matches!(program.solve(), LpVerdict::Optimal(o) if o.value.is_zero()));
    let program = LinearProgram { objective: vec![], rows: vec![row(&[], 1)] };
    assert!(matches!(program.solve(), LpVerdict::Infeasible { .. }));
    let program = LinearProgram { objective: vec![Integer::ZERO; 2], rows: vec![] };
    assert!(matches!(program.solve(), LpVerdict::Optimal(o) if o.value.is_zero()));
}

/// A proof that does not prove must be refused. Origin: single changes to correct verdicts.
#[test]
fn wrong_proofs_are_refused() {
    let row = |y: i32| Row {
        coefficients: vec![Integer::ONE],
        rhs: Integer::from(y),
        kind: RowKind::Penalty { below: Rational::ONE, above: Rational::ONE },
    };
    let program = LinearProgram { objective: vec![Integer::ZERO], rows: vec![row(1), row(2), row(9)] };
    let LpVerdict::Optimal(good) = program.solve() else { panic!("the median exists") };
    let refused = |change: &dyn Fn(&mut LpOptimum)| {
        let mut bad = good.clone();
        change(&mut bad);
        !program.verify(&LpVerdict::Optimal(bad))
    };
    assert!(refused(&|o| o.point[0] += Rational::ONE));
    assert!(refused(&|o| o.value += Rational::ONE));
    assert!(refused(&|o| o.multipliers[0] += Rational::ONE));
    assert!(refused(&|o| {
        o.multipliers.pop();
    }));
    assert!(!program.verify(&LpVerdict::Infeasible { farkas: vec![Rational::ONE; 3] }));
    assert!(!program.verify(&LpVerdict::Unbounded { point: vec![Rational::ZERO], ray: vec![Rational::ONE] }));
    assert!(!program.verify(&LpVerdict::AboveCutoff { multipliers: good.multipliers.clone(), bound: &good.value + Rational::ONE }));
    assert!(program.verify(&LpVerdict::AboveCutoff { multipliers: good.multipliers.clone(), bound: good.value.clone() }));
}
