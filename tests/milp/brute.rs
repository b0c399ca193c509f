//! An optimum by definition, without patterns, bounds or linear programs: the vertices of all cells' linear programs are solutions of square systems of
//! equations; solve every such system in rationals, evaluate the network by the definition, keep the best.

use itertools::Itertools;
use relus::exact::{Rational, independent_columns, solve};
use relus::instance::{Activation, Instance, Loss};
use relus::network::{Network, Neuron};

type Equation = (Vec<Rational>, Rational);

/// The least loss of the instance's class; exponential.
pub(crate) fn minimum(instance: &Instance) -> Rational {
    match instance.architecture.activation {
        Activation::Relu => relu(instance),
        Activation::Threshold => threshold(instance),
        _ => unreachable!("no other activation"),
    }
}

/// The coordinates of `(1, x)` that are linearly independent as columns, and the rows restricted to them.
fn columns(instance: &Instance) -> (Vec<usize>, Vec<Vec<Rational>>) {
    let augmented: Vec<Vec<Rational>> =
        instance.data.points().iter().map(|x| std::iter::once(Rational::ONE).chain(x.iter().cloned()).collect()).collect();
    let integers = augmented.iter().map(|row| row.iter().map(|v| (v * Rational::from(60)).numerator().clone()).collect()).collect();
    let kept = independent_columns(integers);
    let rows = augmented.iter().map(|row| kept.iter().map(|&c| row[c].clone()).collect()).collect();
    (kept, rows)
}

fn neuron(instance: &Instance, kept: &[usize], v: &[Rational], a: Rational) -> Neuron {
    let mut full = vec![Rational::ZERO; instance.data.dimension() + 1];
    for (&c, value) in kept.iter().zip(v) {
        full[c] = value.clone();
    }
    Neuron { w: full[1..].to_vec(), b: full[0].clone(), a }
}

/// What a prediction can be pinned to: a target; for the 0-1 loss, whose classes can be scaled to it, 0 or 1.
fn goals(instance: &Instance, i: usize) -> Vec<Rational> {
    match instance.loss {
        Loss::ZeroOne => vec![Rational::ZERO, Rational::ONE],
        _ => vec![instance.data.targets()[i].clone()],
    }
}

/// For the maximum loss, the prediction is pinned to its target plus or minus the unknown maximum.
fn sides(loss: Loss, coefficients: &[Rational], goal: &Rational) -> Vec<Equation> {
    match loss {
        Loss::Linf => [1, -1].map(|s| (coefficients.iter().cloned().chain([Rational::from(s)]).collect(), goal.clone())).to_vec(),
        _ => vec![(coefficients.to_vec(), goal.clone())],
    }
}

fn relu(instance: &Instance) -> Rational {
    let (kept, rows) = columns(instance);
    let (k, rank) = (instance.architecture.width, kept.len());
    let bias = instance.architecture.output_bias;
    let parameters = k * rank + usize::from(bias);
    let unknowns = parameters + usize::from(instance.loss == Loss::Linf);
    let mut best: Option<Rational> = None;
    for positive in 0..=k {
        let sign = |j: usize| if j < positive { Rational::ONE } else { -Rational::ONE };
        let mut equations: Vec<Equation> = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            for j in 0..k {
                let mut coefficients = vec![Rational::ZERO; unknowns];
                coefficients[j * rank..(j + 1) * rank].clone_from_slice(row);
                equations.push((coefficients, Rational::ZERO));
            }
            for active in (0..k).powerset().filter(|active| bias || instance.loss == Loss::Linf || !active.is_empty()) {
                let mut coefficients = vec![Rational::ZERO; parameters];
                for j in active {
                    for (c, x) in row.iter().enumerate() {
                        coefficients[j * rank + c] = x * sign(j);
                    }
                }
                if bias {
                    coefficients[parameters - 1] = Rational::ONE;
                }
                equations.extend(goals(instance, i).iter().flat_map(|goal| sides(instance.loss, &coefficients, goal)));
            }
        }
        equations.sort();
        equations.dedup();
        let evaluate = |solution: &[Rational]| {
            let neurons = (0..k).map(|j| neuron(instance, &kept, &solution[j * rank..(j + 1) * rank], sign(j))).collect();
            let output_bias = if bias { solution[parameters - 1].clone() } else { Rational::ZERO };
            Network { activation: Activation::Relu, neurons, output_bias }.loss(&instance.data, instance.loss).unwrap()
        };
        for chosen in equations.iter().combinations(unknowns) {
            let (a, b): (Vec<_>, Vec<_>) = chosen.into_iter().cloned().unzip();
            if let Some(solution) = solve(&a, &b) {
                let loss = evaluate(&solution);
                best = Some(best.map_or(loss.clone(), |best| best.min(loss)));
            }
        }
        let loss = evaluate(&vec![Rational::ZERO; unknowns]);
        best = Some(best.map_or(loss.clone(), |best| best.min(loss)));
    }
    best.unwrap()
}

fn threshold(instance: &Instance) -> Rational {
    let (kept, rows) = columns(instance);
    let (k, rank, n) = (instance.architecture.width, kept.len(), rows.len());
    let bias = instance.architecture.output_bias;
    // One neuron a pattern; a vertex of {x·v >= 1 on, <= 0 off} makes r rows 0 or 1.
    let mut found: Vec<(Vec<bool>, Neuron)> = Vec::new();
    for chosen in (0..n).combinations(rank) {
        let a: Vec<Vec<Rational>> = chosen.iter().map(|&i| rows[i].clone()).collect();
        for values in 0..1u32 << rank {
            let b: Vec<Rational> = (0..rank).map(|l| Rational::from(values >> l & 1)).collect();
            if let Some(v) = solve(&a, &b) {
                let neuron = neuron(instance, &kept, &v, Rational::ONE);
                let pattern: Vec<bool> = instance.data.points().iter().map(|x| neuron.preactivation(x) > Rational::ZERO).collect();
                if !found.iter().any(|(known, _)| *known == pattern) {
                    found.push((pattern, neuron));
                }
            }
        }
    }
    let parameters = k + usize::from(bias);
    let unknowns = parameters + usize::from(instance.loss == Loss::Linf);
    let mut best: Option<Rational> = None;
    for patterns in found.iter().combinations_with_replacement(k) {
        let mut equations: Vec<Equation> = Vec::new();
        for i in 0..n {
            let states = patterns.iter().map(|(pattern, _)| Rational::from(u8::from(pattern[i])));
            let coefficients: Vec<Rational> = states.chain(bias.then_some(Rational::ONE)).collect();
            equations.extend(goals(instance, i).iter().flat_map(|goal| sides(instance.loss, &coefficients, goal)));
        }
        equations.sort();
        equations.dedup();
        let mut evaluate = |solution: &[Rational]| {
            let neurons = patterns.iter().zip(solution).map(|((_, neuron), a)| Neuron { a: a.clone(), ..neuron.clone() }).collect();
            let output_bias = if bias { solution[k].clone() } else { Rational::ZERO };
            let loss = Network { activation: Activation::Threshold, neurons, output_bias }.loss(&instance.data, instance.loss).unwrap();
            best = Some(best.take().map_or(loss.clone(), |best| best.min(loss)));
        };
        // Dependent patterns need fewer equations: then some output weights are 0.
        for size in 1..=unknowns.min(equations.len()) {
            for chosen in equations.iter().combinations(size) {
                let (a, b): (Vec<_>, Vec<_>) = chosen.into_iter().cloned().unzip();
                if let Some(solution) = solve(&a, &b) {
                    evaluate(&solution);
                }
            }
        }
        evaluate(&vec![Rational::ZERO; unknowns]);
    }
    best.unwrap()
}
