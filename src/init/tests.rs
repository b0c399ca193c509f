//! Every formula against the figures of the paper's analysis, a second way to compute it, or simulation at fixed seeds.

use super::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use statrs::function::gamma::gamma_lr;
use std::f64::consts::{LN_2, PI};

fn ensemble(widths: &str, scheme: Scheme, biases: &[f64], output: Units) -> Ensemble {
    Ensemble::new(widths.parse().unwrap(), scheme, biases, output).unwrap()
}

fn relu(widths: &str, scheme: Scheme) -> Ensemble {
    ensemble(widths, scheme, &[0.0], Units::Relu)
}

/// The Kolmogorov–Smirnov distance of a sample from a law, times √n: above 1.95 with probability 0.001.
fn kolmogorov(mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let gaps = sample.iter().enumerate().map(|(i, &x)| {
        let value = cdf(x);
        (value - i as f64 / n).abs().max((value - (i as f64 + 1.0) / n).abs())
    });
    gaps.fold(0.0, f64::max) * n.sqrt()
}

/// How many standard errors the mean of a sample is from a value.
fn z_score(sample: &[f64], expected: f64) -> f64 {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean - expected) / (variance / n).sqrt()
}

/// `‖max(0,h)‖²` for `width` independent standard normal pre-activations: the definition.
fn direct(width: usize, random: &mut ChaCha8Rng) -> f64 {
    (0..width).map(|_| StandardNormal.sample(random)).map(|h: f64| if h > 0.0 { h * h } else { 0.0 }).sum()
}

fn gaussian(width: usize) -> Layer {
    Layer { inputs: width, width, units: Units::Relu, draw: Draw::Gaussian { variance: 1.0 }, bias_variance: 0.0 }
}

/// Origin: cumulants N/2, 5N/4, 11N/2, 279N/8 of T, from those of one unit (moments ½, 3/2, 15/2, 105/2), against the sum over k for powers 1 to 4.
#[test]
fn cumulants_of_one_layer() {
    for n in [1usize, 2, 3, 10, 101, 1000, 10_000] {
        let moment: Vec<f64> = (1..=4).map(|s| gaussian(n).log_power_moment(f64::from(s)).exp()).collect();
        let n = n as f64;
        let (k1, k2, k3, k4) = (n / 2.0, 5.0 * n / 4.0, 11.0 * n / 2.0, 279.0 * n / 8.0);
        let expected = [k1, k2 + k1 * k1, k3 + 3.0 * k2 * k1 + k1.powi(3), k4 + 4.0 * k3 * k1 + 3.0 * k2 * k2 + 6.0 * k2 * k1 * k1 + k1.powi(4)];
        for (found, expected) in moment.iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 1e-13, "{n}: {found} {expected}");
        }
    }
}

/// Origin: the cumulants of the Laplace transform (½+½(1+2t)^{−1/2})^N are N times those of a unit; here it is compared with the mixture Σ_k w_k (1+2t)^{−k/2} and with simulation.
#[test]
fn the_mixture_is_the_law_of_a_layer() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for n in [1usize, 2, 5, 30] {
        let weights: Vec<(usize, f64)> = gaussian(n).degrees().into_iter().map(|(k, log)| (k, log.exp())).collect();
        for t in [0.01f64, 0.5, 3.0] {
            let mixture: f64 = weights.iter().map(|&(k, w)| w * (1.0 + 2.0 * t).powf(-0.5 * k as f64)).sum();
            assert!((mixture - (0.5 + 0.5 / (1.0 + 2.0 * t).sqrt()).powi(n as i32)).abs() < 1e-14);
        }
        let cdf = |x: f64| {
            weights
                .iter()
                .map(|&(k, w)| {
                    if k == 0 {
                        w
                    } else if x > 0.0 {
                        w * gamma_lr(0.5 * k as f64, 0.5 * x)
                    } else {
                        0.0
                    }
                })
                .sum::<f64>()
        };
        let sample: Vec<f64> = (0..20_000).map(|_| direct(n, &mut random)).filter(|&x| x > 0.0).collect();
        let alive = 1.0 - weights[0].1;
        assert!(kolmogorov(sample, |x| (cdf(x) - weights[0].1) / alive) < 1.95, "{n}");
    }
}

/// Origin: −5/(2N) and 5/N, the leading terms, and simulation.
#[test]
fn logarithms_of_one_layer() {
    for n in [1000usize, 10_000] {
        let (mean, variance) = Layer { draw: Draw::Gaussian { variance: 2.0 / n as f64 }, ..gaussian(n) }.log_moments();
        assert!((mean * n as f64 + 2.5).abs() < 10.0 / n as f64 && (variance * n as f64 - 5.0).abs() < 50.0 / n as f64, "{n} {mean} {variance}");
    }
    let mut random = ChaCha8Rng::seed_from_u64(2);
    for n in [1usize, 3, 8] {
        let (mean, variance) = gaussian(n).log_moments();
        let sample: Vec<f64> = (0..40_000).map(|_| direct(n, &mut random)).filter(|&x| x > 0.0).map(f64::ln).collect();
        assert!(z_score(&sample, mean).abs() < 3.5, "{n}");
        let squares: Vec<f64> = sample.iter().map(|x| (x - mean).powi(2)).collect();
        assert!(z_score(&squares, variance).abs() < 3.5, "{n}");
        let powers: Vec<f64> = sample.iter().map(|x| (0.3 * x).exp()).collect();
        let alive = 1.0 - 0.5f64.powi(n as i32);
        assert!(z_score(&powers, gaussian(n).log_power_moment(0.3).exp() / alive).abs() < 3.5, "{n}");
    }
    let euler = -statrs::function::gamma::digamma(1.0);
    // χ²_1 and no other: ψ(½) + ln 2 = −γ − ln 2, ψ'(½) = π²/2.
    let (mean, variance) = gaussian(1).log_moments();
    assert!((mean + euler + LN_2).abs() < 1e-14 && (variance - PI * PI / 2.0).abs() < 1e-13, "{mean} {variance}");
}

/// Origin: the closed recursion E y² = (N²+5N)/4·(σ_w⁴ E y² + 2σ_w²σ_b² E y + σ_b⁴), and Var = E²(Π(1+5/N)−1).
#[test]
fn means_and_variances_through_layers() {
    for (biases, output) in [(vec![0.3], Units::Relu), (vec![0.0, 0.1, 2.0, 0.0], Units::Relu), (vec![0.5], Units::Linear)] {
        let network = ensemble("7,5,1,40,3", Scheme::Variances(vec![0.2, 0.7, 0.01, 3.0]), &biases, output);
        let (mut first, mut second) = (2.0, 4.0);
        for (layer, found) in network.layers().iter().zip(moments(&network, 2.0, &[])) {
            let (n, w, b) = (layer.width as f64, layer.scale(), layer.bias_variance);
            let (m1, m2) = if layer.units == Units::Relu { (n / 2.0, (n * n + 5.0 * n) / 4.0) } else { (n, n * n + 2.0 * n) };
            (first, second) = (m1 * (w * first + b), m2 * (w * w * second + 2.0 * w * b * first + b * b));
            assert!((found.log_mean.exp() / first - 1.0).abs() < 1e-13);
            assert!((found.log_variance.exp() / (second - first * first) - 1.0).abs() < 1e-11);
            assert_eq!(found.logarithm.is_none(), network.has_biases());
        }
    }
    let deep = moments(&relu("100,1x10000", Scheme::HeOut), 1.0, &[1.0, 2.0]).pop().unwrap();
    assert!(deep.log_mean.abs() < 1e-10 && (deep.log_variance / (10_000.0 * 6f64.ln()) - 1.0).abs() < 1e-12, "{deep:?}");
    assert!(deep.powers[0].abs() < 1e-9 && (deep.powers[1] / (10_000.0 * 6f64.ln()) - 1.0).abs() < 1e-12);
    // The log of 1 − 2^{−10000}, which is no more than that of alive with probability 2^{−10000}.
    assert!(deep.log_death == 0.0 || deep.log_death.abs() < 1e-300);
    let wide = moments(&relu("10000x10001", Scheme::He), 1.0, &[]).pop().unwrap();
    assert!((wide.log_variance.exp() - ((10_000.0 * 0.0005f64.ln_1p()).exp() - 1.0)).abs() < 1e-8, "{wide:?}");
    assert!((wide.log_death - (10_000f64.ln() - 10_000.0 * LN_2)).abs() < 1e-9);
    let (mean, variance) = wide.logarithm.unwrap();
    assert!((mean + 2.5).abs() < 1e-2 && (variance - 5.0).abs() < 1e-2, "{mean} {variance}");
}

/// Origin: 1 − (1 − 2^{−N})^L by hand.
#[test]
fn death() {
    let death = |widths: &str| moments(&relu(widths, Scheme::He), 1.0, &[]).pop().unwrap().log_death.exp();
    assert!((death("5,1") - 0.5).abs() < 1e-15 && (death("5,1x3") - 0.875).abs() < 1e-15);
    assert!((death("5,3x4") - (1.0 - 0.875f64.powi(4))).abs() < 1e-14);
    assert!((death("5,60x100") / (100.0 / 2f64.powi(60)) - 1.0).abs() < 1e-12);
    assert_eq!(moments(&relu("4,6x5", Scheme::GsmOrthogonal), 1.0, &[]).pop().unwrap().log_death, f64::NEG_INFINITY);
    // With biases a dead signal comes back.
    let biased = ensemble("5,1x3", Scheme::He, &[0.5], Units::Relu);
    assert!((moments(&biased, 1.0, &[]).pop().unwrap().log_death + LN_2).abs() < 1e-15);
}

/// Origin: Λ(1) = 1 at He's variance; at the exponent found Λ is 1; ln Λ is convex; the pole at s = −½.
#[test]
fn powers_and_tail_exponents() {
    for n in [1usize, 4, 100, 10_000] {
        let he = Layer { draw: Draw::Gaussian { variance: 2.0 / n as f64 }, ..gaussian(n) };
        assert!(he.log_power_moment(1.0).abs() < 1e-13);
        assert!((he.tail_exponent().unwrap() - 1.0).abs() < 1e-9, "{n}");
        let small = Layer { draw: Draw::Gaussian { variance: 1.0 / n as f64 }, ..gaussian(n) };
        let s = small.tail_exponent().unwrap();
        assert!(s > 1.0 && small.log_power_moment(s).abs() < 1e-9, "{n} {s}");
        let logs: Vec<f64> = (-3..40).map(|i| he.log_power_moment(0.15 * f64::from(i))).collect();
        assert!(logs.windows(3).all(|w| w[0] + w[2] >= 2.0 * w[1] - 1e-12), "{n}");
        assert_eq!(he.log_power_moment(-0.5), f64::INFINITY);
    }
    let isometry = relu("3,6", Scheme::GsmOrthogonal).layers()[0];
    assert_eq!((isometry.tail_exponent(), isometry.log_moments()), (None, (0.0, 0.0)));
}

/// Origin: the figures 0 → .318310 → .493731 → .604826 → … → .871536 (layer 10) and 1 − c_l ≈ 9π²/(2l²).
#[test]
fn angles_in_the_mean_field() {
    let mut angle = PI / 2.0;
    let mut found = vec![angle.cos()];
    for _ in 0..10_000 {
        angle = mean_field_angle(angle);
        found.push(angle.cos());
    }
    for (layer, millionths) in [(0, 0.0), (1, 318_310.0), (2, 493_731.0), (3, 604_826.0), (10, 871_536.0)] {
        assert_eq!((1e6 * found[layer]).round(), millionths, "{layer}");
    }
    let distance = 2.0 * (0.5 * angle).sin().powi(2);
    assert!((distance / mean_field_distance(10_000) - 1.0).abs() < 0.01, "{distance:e}");
    // The formula itself, where it has digits.
    for angle in [0.3f64, 0.49, 0.51, 1.0, 2.0, 3.0, PI] {
        assert!((mean_field_angle(angle).cos() - j1(angle) / PI).abs() < 1e-15, "{angle}");
        assert!((angle_of(angle.cos()) - angle).abs() < 1e-8);
    }
    assert_eq!(mean_field_angle(0.0), 0.0);
}

/// Origin: J1(1) = π, J2(1) = 3π (the moments ½, 3/2 of a unit) and opposite inputs, which share no active unit; simulation of the definition.
#[test]
fn moments_of_two_inputs() {
    assert!((j1(0.0) - PI).abs() < 1e-15 && (j2(0.0) - 3.0 * PI).abs() < 1e-14 && j1(PI).abs() < 1e-15 && j2(PI).abs() < 1e-14);
    let same = relu_pair_moments(4, Pair { first: 2.0, second: 2.0, angle: 0.0 });
    assert!(same.covariances.iter().flatten().all(|x| (x - 4.0 * 4.0 * 1.25).abs() < 1e-12), "{same:?}");
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for (units, width) in [(Units::Relu, 3usize), (Units::Linear, 2)] {
        for angle in [0.4f64, 1.3, 2.5] {
            let pair = Pair { first: 1.5, second: 0.4, angle };
            let expected = if units == Units::Relu { relu_pair_moments(width, pair) } else { linear_pair_moments(width, pair) };
            let activate = |h: f64| if units == Units::Relu { h.max(0.0) } else { h };
            let samples: Vec<[f64; 3]> = (0..60_000)
                .map(|_| {
                    let mut sums = [0.0; 3];
                    for _ in 0..width {
                        let (g, e): (f64, f64) = (StandardNormal.sample(&mut random), StandardNormal.sample(&mut random));
                        let a = activate(1.5f64.sqrt() * g);
                        let b = activate(0.4f64.sqrt() * (angle.cos() * g + angle.sin() * e));
                        sums = [sums[0] + a * a, sums[1] + b * b, sums[2] + a * b];
                    }
                    sums
                })
                .collect();
            for (i, &mean) in expected.means.iter().enumerate() {
                let column: Vec<f64> = samples.iter().map(|s| s[i]).collect();
                assert!(z_score(&column, mean).abs() < 3.7, "{units:?} {angle} {i}");
                for j in 0..=i {
                    let products: Vec<f64> = samples.iter().map(|s| (s[i] - mean) * (s[j] - expected.means[j])).collect();
                    let z = z_score(&products, expected.covariances[i][j]);
                    assert!(z.abs() < 3.7, "{units:?} {angle} {i} {j}: {z}");
                }
            }
            if units == Units::Relu {
                let covariance = 0.6f64.sqrt() * angle.cos();
                let s = [0.3, 0.8, -0.2];
                let laplace = pair_laplace(width, [[1.5, covariance], [covariance, 0.4]], s);
                let values: Vec<f64> = samples.iter().map(|v| (-s[0] * v[0] - s[1] * v[1] - 2.0 * s[2] * v[2]).exp()).collect();
                assert!(z_score(&values, laplace).abs() < 3.7, "{angle}");
            }
        }
    }
    // One input alone: the transform of T.
    let one = pair_laplace(5, [[1.0, 0.3], [0.3, 2.0]], [0.7, 0.0, 0.0]);
    assert!((one - (0.5 + 0.5 / 2.4f64.sqrt()).powi(5)).abs() < 1e-14);
}

/// Origin: one layer is a mixture of chi-squares, whose distribution function is an incomplete gamma function; two layers by integrating one against the other (Simpson's rule on the log scale).
#[test]
fn the_transform_against_chi_squares() {
    for (n, output) in
        [(1usize, Units::Relu), (2, Units::Relu), (5, Units::Relu), (60, Units::Relu), (400, Units::Relu), (1, Units::Linear), (7, Units::Linear)]
    {
        let one = ensemble(&format!("3,{n}"), Scheme::Variances(vec![0.5]), &[0.0], output);
        let weights: Vec<(usize, f64)> = one.layers()[0].degrees().into_iter().map(|(k, log)| (k, log.exp())).filter(|(k, _)| *k > 0).collect();
        let alive: f64 = weights.iter().map(|w| w.1).sum();
        // The library's incomplete gamma function is 0 below 10⁻¹⁵, where x^a/Γ(a+1) is near enough.
        let gamma_cdf = |a: f64, x: f64| if x < 1e-10 { (a * x.ln() - statrs::function::gamma::ln_gamma(a + 1.0)).exp() } else { gamma_lr(a, x) };
        let exact = |z: f64| weights.iter().map(|&(k, w)| w * gamma_cdf(0.5 * k as f64, z.exp())).sum::<f64>() / alive;
        let law = LogLaw::new(&one).unwrap();
        let bound = law.error_bound().total();
        assert!(bound < 1e-11, "{n} {:?}", law.error_bound());
        let (low, high) = law.window();
        for i in 0..=400 {
            let z = low + (high - low) * f64::from(i) / 400.0;
            let difference = (law.cdf(z) - exact(z)).abs();
            // The incomplete gamma function has an error of its own.
            assert!(difference < bound + 2e-13, "{n} {output:?} {z}: {difference:e} {bound:e}");
        }
        assert!((law.cdf(law.quantile(0.3)) - 0.3).abs() < 1e-11);
    }
    let two = ensemble("3,4,9", Scheme::Variances(vec![0.5]), &[0.0], Units::Relu);
    let law = LogLaw::new(&two).unwrap();
    let layer = |i: usize| LogLaw::new(&ensemble(["3,4", "3,9"][i], Scheme::Variances(vec![0.5]), &[0.0], Units::Relu)).unwrap();
    let (first, second) = (layer(0), layer(1));
    let (low, high) = first.window();
    for z in [-4.0, -1.0, 0.5, 1.5, 3.0] {
        let steps = 20_000;
        let h = (high - low) / f64::from(steps);
        let value = |i: i32| first.density(low + h * f64::from(i)) * second.cdf(z - low - h * f64::from(i));
        let inner: f64 = (1..steps).map(|i| value(i) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        let integral = (inner + value(0) + value(steps)) * h / 3.0;
        assert!((law.cdf(z) - integral).abs() < 1e-10, "{z}: {} {integral}", law.cdf(z));
    }
}

/// Origin: simulation of the chain; exact means and variances.
#[test]
fn the_transform_and_the_chain_agree() {
    for (widths, scheme, output) in [
        ("100x101", Scheme::He, Units::Relu),
        ("3,2x5", Scheme::He, Units::Relu),
        ("20,1,8,30", Scheme::HeOut, Units::Linear),
        ("10,64x20", Scheme::Orthogonal, Units::Relu),
        ("64,100x5,10", Scheme::Gsm, Units::Linear),
        ("64,100x5,10", Scheme::GsmOrthogonal, Units::Linear),
        ("10000x1001", Scheme::He, Units::Relu),
    ] {
        let network = ensemble(widths, scheme.clone(), &[0.0], output);
        let law = LogLaw::new(&network).unwrap();
        let count = if widths.starts_with("10000") { 1000 } else { 10_000 };
        let logs = norm_samples(&network, 1.0, count, 11, Workers { threads: 2, stop: None });
        let alive: Vec<f64> = logs.iter().copied().filter(|z| z.is_finite()).collect();
        let death = law.log_death().exp();
        let dead = (count - alive.len()) as f64;
        let deviation = (count as f64 * death * (1.0 - death)).sqrt();
        assert!((dead - count as f64 * death).abs() <= 3.5 * deviation, "{widths}: {dead}");
        assert!(z_score(&alive, law.mean()).abs() < 3.5, "{widths}");
        let distance = kolmogorov(alive, |z| law.cdf(z));
        assert!(distance < 1.95 && law.error_bound().total() < 1e-9, "{widths} {scheme:?}: {distance} {:?}", law.error_bound());
    }
}

/// Origin: a constant, where every layer keeps the length; atoms and biases are refused.
#[test]
fn laws_without_a_density() {
    let law = LogLaw::new(&ensemble("8,16x30", Scheme::GsmOrthogonal, &[0.0], Units::Relu)).unwrap();
    assert!(law.is_constant() && law.mean() == 0.0 && law.deviation() == 0.0);
    assert_eq!((law.cdf(-1e-9), law.cdf(0.0), law.quantile(0.1)), (0.0, 1.0, 0.0));
    assert_eq!(LogLaw::new(&relu("3x4", Scheme::Orthogonal)).unwrap_err(), TransformError::Rough);
    assert_eq!(LogLaw::new(&ensemble("3x4", Scheme::He, &[0.1], Units::Relu)).unwrap_err(), TransformError::Biases);
}

/// Origin: the definition with weight matrices.
#[test]
fn the_chain_is_that_of_the_network() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let network = ensemble("3,4,1,5", Scheme::He, &[0.2, 0.0, 0.7], Units::Relu);
    let direct: Vec<f64> = (0..20_000)
        .map(|_| {
            let mut x = vec![1.0, 2.0, -0.5];
            for layer in network.layers() {
                let mut normal = |variance: f64| {
                    variance.sqrt() * {
                        let z: f64 = StandardNormal.sample(&mut random);
                        z
                    }
                };
                x = (0..layer.width)
                    .map(|_| x.iter().map(|v| v * normal(layer.scale())).sum::<f64>() + normal(layer.bias_variance))
                    .map(|h: f64| h.max(0.0))
                    .collect();
            }
            x.iter().map(|v| v * v).sum::<f64>().ln()
        })
        .collect();
    let chain = norm_samples(&network, 5.25, 20_000, 6, Workers::default());
    // The last layer is dead with probability 2^−5, and two independent counts differ by twice the variance.
    let split = |sample: Vec<f64>| -> (f64, Vec<f64>) {
        let (alive, dead): (Vec<f64>, Vec<f64>) = sample.into_iter().partition(|z| z.is_finite());
        (dead.len() as f64, alive)
    };
    let ((dead, alive), (dead_chain, mut alive_chain)) = (split(direct), split(chain));
    assert!((dead - dead_chain).abs() < 3.5 * (2.0f64 * 20_000.0 * 0.031 * 0.969).sqrt(), "{dead} {dead_chain}");
    alive_chain.sort_by(f64::total_cmp);
    // Two samples of equal size: √2 more than one against its law.
    let distance = kolmogorov(alive, |z| alive_chain.partition_point(|&x| x <= z) as f64 / alive_chain.len() as f64);
    assert!(distance < 1.95 * 2f64.sqrt(), "{distance}");
}

/// Origin: formulas for one layer; for two layers the same with weight matrices. Dead signals and biases come back.
#[test]
fn gram_matrices() {
    let gram = vec![vec![2.0, 0.6], vec![0.6, 1.0]];
    for (widths, scheme) in [("3,6", Scheme::Variances(vec![0.5])), ("3,6", Scheme::Orthogonal), ("9,6", Scheme::Orthogonal)] {
        let network = relu(widths, scheme.clone());
        let samples = gram_samples(&network, &gram, 20_000, 3, Workers { threads: 2, stop: None }).unwrap();
        let product: Vec<f64> = samples.iter().map(|s| s.log_scale.exp() * s.matrix[0][1]).collect();
        let square: Vec<f64> = samples.iter().map(|s| s.log_scale.exp() * s.matrix[0][0]).collect();
        let angle = (0.6f64 / 2f64.sqrt()).acos();
        let (first, second) = match scheme {
            Scheme::Orthogonal => (2.0 * 2.0 / network.layers()[0].sphere() as f64, 2.0 / network.layers()[0].sphere() as f64),
            _ => (1.0, 0.5),
        };
        let expected = relu_pair_moments(6, Pair { first, second, angle });
        assert!(z_score(&product, expected.means[2]).abs() < 3.5, "{widths} {scheme:?}");
        assert!(z_score(&square, expected.means[0]).abs() < 3.5, "{widths} {scheme:?}");
    }
    // The diagonal is the norm chain.
    let network = relu("3,5x4", Scheme::He);
    let samples = gram_samples(&network, &gram, 10_000, 4, Workers::default()).unwrap();
    let logs: Vec<f64> = samples.iter().filter(|s| s.matrix[1][1] > 0.0).map(|s| s.log_scale + s.matrix[1][1].ln()).collect();
    let law = LogLaw::new(&network).unwrap();
    assert!(kolmogorov(logs, |z| law.cdf(z)) < 1.95);
    // Equal inputs stay equal, opposite ones share no unit.
    let equal = gram_samples(&network, &[vec![1.0, 1.0], vec![1.0, 1.0]], 10, 4, Workers::default()).unwrap();
    assert!(equal.iter().all(|s| s.matrix[0][0] == s.matrix[1][1] && s.matrix[0][1] == s.matrix[0][0]));
    let opposite = gram_samples(&relu("3,5", Scheme::He), &[vec![1.0, -1.0], vec![-1.0, 1.0]], 10, 4, Workers::default()).unwrap();
    assert!(opposite.iter().all(|s| s.matrix[0][1] == 0.0));
    let narrow = gram_samples(&relu("3,1x40", Scheme::He), &gram, 10, 4, Workers::default()).unwrap();
    assert!(narrow.iter().any(|s| s.log_scale == f64::NEG_INFINITY));
    let revived = gram_samples(&ensemble("3,1x40,30", Scheme::He, &[0.5], Units::Relu), &gram, 10, 4, Workers::default()).unwrap();
    assert!(revived.iter().all(|s| s.log_scale.is_finite()));
    let bad = |gram: &[Vec<f64>]| gram_samples(&network, gram, 1, 0, Workers::default()).unwrap_err();
    assert_eq!(bad(&[]), GramError::Shape);
    assert_eq!(bad(&[vec![1.0, 0.5], vec![0.4, 1.0]]), GramError::Shape);
    assert_eq!(bad(&[vec![1.0, 2.0], vec![2.0, 1.0]]), GramError::Indefinite);
    assert_eq!(bad(&[vec![0.0]]), GramError::Zero);
}

/// Origin: determinism.
#[test]
fn samples_depend_on_the_seed_alone() {
    let network = relu("3,50x20", Scheme::Orthogonal);
    let draw = |seed, threads| norm_samples(&network, 1.0, 5000, seed, Workers { threads, stop: None });
    assert_eq!(draw(1, 1), draw(1, 3));
    assert_ne!(draw(1, 1), draw(2, 1));
    let gram = |threads| gram_samples(&network, &[vec![1.0]], 100, 1, Workers { threads, stop: None }).unwrap();
    assert_eq!(gram(1), gram(2));
    let stopped = std::sync::atomic::AtomicBool::new(true);
    assert!(norm_samples(&network, 1.0, 5000, 1, Workers { threads: 2, stop: Some(&stopped) }).is_empty());
}

/// Origin: the sampler, at the size that the distribution function must stand. About 10⁹ steps: `cargo test --release --lib -- --ignored ten_million`
#[test]
#[ignore = "a minute or two: cargo test --release --lib -- --ignored ten_million"]
fn ten_million_samples() {
    let network = relu("100x101", Scheme::He);
    let law = LogLaw::new(&network).unwrap();
    let mut logs = norm_samples(&network, 1.0, 10_000_000, 2024, Workers { threads: 2, stop: None });
    logs.sort_by(f64::total_cmp);
    // Every 1000th sample will do: the distance at the others is larger by 10⁻⁴ at most, a quarter of the band, and only by chance.
    let n = logs.len() as f64;
    let mut distance = 0.0f64;
    for (i, &log) in logs.iter().enumerate().step_by(1000) {
        let value = law.cdf(log);
        distance = distance.max((value - i as f64 / n).abs()).max((value - (i as f64 + 1.0) / n).abs());
    }
    let band = 1.95 / n.sqrt();
    println!("distance {distance:.3e}, band {band:.3e}");
    assert!(distance < band + 1e-6, "{distance} {band}");
}

/// What takes weight matrices.
#[cfg(feature = "dense")]
mod dense {
    use super::*;
    use relus_dense::{Matrix, eigenvalues, thin_qr};

    /// Origin: the definitions of linear and isometric.
    #[test]
    fn gsm_networks_are_linear_and_orthogonal_ones_isometric() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut vector = |n: usize| -> Vec<f64> { (0..n).map(|_| StandardNormal.sample(&mut random)).collect() };
        for (widths, scheme, output) in [
            ("6,12x60,6", Scheme::GsmOrthogonal, Units::Linear),
            ("6,12x60", Scheme::GsmOrthogonal, Units::Relu),
            ("6,12x9,16,40,50", Scheme::GsmOrthogonal, Units::Linear),
            ("9,12x4,3", Scheme::GsmOrthogonal, Units::Linear),
            ("6,12x3,5", Scheme::Gsm, Units::Linear),
        ] {
            let ensemble = ensemble(widths, scheme.clone(), &[0.0], output);
            let network = draw_network(&ensemble, 3);
            let (x, y) = (vector(ensemble.widths().input()), vector(ensemble.widths().input()));
            let value = |x: &[f64]| {
                let out = forward(&network, x);
                // With a last layer of ReLUs the linear signal is the difference of its halves.
                if output == Units::Linear { out } else { (0..out.len() / 2).map(|i| out[i] - out[i + out.len() / 2]).collect() }
            };
            let combined: Vec<f64> = x.iter().zip(&y).map(|(x, y)| 2.0 * x - 3.0 * y).collect();
            let (fx, fy, fc) = (value(&x), value(&y), value(&combined));
            let size = fx.iter().chain(&fy).fold(1e-30f64, |m, v| m.max(v.abs()));
            let defect = fc.iter().zip(fx.iter().zip(&fy)).map(|(c, (x, y))| (c - 2.0 * x + 3.0 * y).abs());
            assert!(defect.fold(0.0, f64::max) < 1e-12 * size, "{widths} not linear");
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            if scheme == Scheme::GsmOrthogonal && ensemble.widths().input() == 6 {
                assert!((dot(&fx, &fx) - dot(&x, &x)).abs() < 1e-12 * dot(&x, &x), "{widths} lengths");
                assert!((dot(&fx, &fy) - dot(&x, &y)).abs() < 1e-12 * dot(&x, &x), "{widths} angles");
            }
            for jacobian in jacobians(&ensemble, 1.0, 2, 5, Workers::default()) {
                assert_eq!(jacobian.zeros, 0, "{widths}");
                if scheme == Scheme::GsmOrthogonal {
                    assert!(jacobian.log_singular.iter().all(|log| log.abs() < 1e-12), "{widths} {jacobian:?}");
                }
            }
        }
    }

    /// Origin: the eigenvalues of a symmetric matrix made of the product for moderate depth; the determinant, to which deep products must multiply, from the factors.
    #[test]
    fn singular_values_of_products() {
        // Linear layers only, so that the product is known: a network of depth 1 is W itself, a GSM network the product of its submatrices.
        let ensemble = ensemble("6,12x3,6", Scheme::Gsm, &[0.0], Units::Linear);
        for (jacobian, seed) in jacobians(&ensemble, 1.0, 1, 8, Workers::default()).into_iter().zip([8]) {
            let network = draw_network(&ensemble, seed);
            let unit = |j: usize| (0..6).map(|i| f64::from(u8::from(i == j))).collect::<Vec<f64>>();
            let columns: Vec<Vec<f64>> = (0..6).map(|j| forward(&network, &unit(j))).collect();
            let matrix = Matrix::from_fn(6, 6, |i, j| columns[j][i]);
            // The eigenvalues of ((0, A), (Aᵀ, 0)) are the singular values of A and their negatives.
            let entry = |i: usize, j: usize| {
                if i < 6 && j >= 6 {
                    matrix[(i, j - 6)]
                } else if i >= 6 && j < 6 {
                    matrix[(j, i - 6)]
                } else {
                    0.0
                }
            };
            let singular: Vec<f64> = eigenvalues(&Matrix::from_fn(12, 12, entry), 1).unwrap().into_iter().rev().take(6).collect();
            for (log, expected) in jacobian.log_singular.iter().zip(&singular) {
                assert!((log.exp() - expected).abs() < 1e-13 * singular[0], "{} {expected}", log.exp());
            }
        }
        // Deep: the log-determinant of a product of square matrices is the sum of theirs, and the least values are of the size that floats cannot show beside the largest.
        let deep = super::ensemble("5,10x300,5", Scheme::Gsm, &[0.0], Units::Linear);
        let jacobian = &jacobians(&deep, 1.0, 1, 2, Workers::default())[0];
        let network = draw_network(&deep, 2);
        let log_determinant: f64 = network
            .iter()
            .map(|layer| {
                let (_, r) = thin_qr(Matrix::from_fn(5, 5, |i, j| layer.weight[(i, j)]), 1);
                (0..5).map(|i| r[(i, i)].abs().ln()).sum::<f64>()
            })
            .sum();
        let sum: f64 = jacobian.log_singular.iter().sum();
        assert!((sum - log_determinant).abs() < 1e-8, "{sum} {log_determinant}");
        assert!(jacobian.log_singular[0] - jacobian.log_singular[4] > 300.0, "{jacobian:?}");
    }

    /// Origin: ‖Jv‖²/‖v‖² has the law of ‖x^(L)‖²/‖x^(0)‖² without biases, with or without them.
    #[test]
    fn stretching_follows_the_law() {
        for (widths, scheme, biases) in [("6,12x8", Scheme::He, 0.0), ("6,64x8", Scheme::Orthogonal, 0.0), ("6,12x8", Scheme::He, 0.7)] {
            let network = ensemble(widths, scheme.clone(), &[biases], Units::Relu);
            let law = LogLaw::new(&ensemble(widths, scheme, &[0.0], Units::Relu)).unwrap();
            let drawn = jacobians(&network, 1.0, 1500, 21, Workers { threads: 2, stop: None });
            let logs: Vec<f64> = drawn.iter().map(|j| j.log_stretch).filter(|z| z.is_finite()).collect();
            let distance = kolmogorov(logs, |z| law.cdf(z));
            assert!(distance < 1.95, "{widths} {biases}: {distance}");
        }
    }

    /// Origin: simulation against the recursion of the traces, which tends to mean 1 and variance 2L as widths grow; L for √2·orthogonal.
    #[test]
    fn spread_of_singular_values() {
        let wide = squared_singular_moments(&relu("1000000x11", Scheme::He)).unwrap();
        assert!((wide.0 - 1.0).abs() < 1e-9 && (wide.1 - wide.0.powi(2) - 20.0).abs() < 1e-3, "{wide:?}");
        assert!(squared_singular_moments(&relu("10x3", Scheme::Orthogonal)).is_none());
        let per_network = |network: &Ensemble, count: usize| -> (Vec<f64>, Vec<f64>) {
            let n = network.widths().input() as f64;
            let drawn = jacobians(network, 1.0, count, 3, Workers { threads: 2, stop: None });
            let sum = |j: &Jacobian, power: f64| j.log_singular.iter().map(|log| (power * log).exp()).sum::<f64>() / n;
            (drawn.iter().map(|j| sum(j, 2.0)).collect(), drawn.iter().map(|j| sum(j, 4.0)).collect())
        };
        for network in [relu("10x5", Scheme::He), relu("4,10,6,12", Scheme::HeOut), ensemble("6,12x3,4", Scheme::Gsm, &[0.0], Units::Linear)] {
            let (mean, square) = squared_singular_moments(&network).unwrap();
            let (first, second) = per_network(&network, 1500);
            assert!(z_score(&first, mean).abs() < 3.5 && z_score(&second, square).abs() < 3.5, "{mean} {square}");
        }
        let (first, second) = per_network(&relu("150x5", Scheme::Orthogonal), 4);
        for (mean, square) in first.iter().zip(&second) {
            assert!((square / mean.powi(2) - 5.0).abs() < 1.0, "{mean} {square}");
        }
    }
}
