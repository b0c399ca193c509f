//! Writes the valid certificates of the checker's tests.

use super::producer::Producer;
use super::{check, optimum, q};
use crate::exact::Rational;
use crate::instance::json::instance_to_json;
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::train::search::certificate::Claim;
use crate::train::search::{Model, Search};
use crate::train::{Control, Incumbent, Status, Trainer};
use std::fs;
use std::path::Path;

/// An instance and its minimum; the instance asks whether zero error is possible if `zero`.
fn case(points: Vec<(Vec<i64>, i64)>, activation: Activation, width: usize, output_bias: bool, loss: Loss, zero: bool) -> (Instance, Incumbent) {
    let (points, targets): (Vec<_>, Vec<_>) = points.into_iter().map(|(x, y)| (x.into_iter().map(q).collect(), q(y))).unzip();
    let architecture = Architecture { activation, width, output_bias, convex: false, affine: false };
    let mut instance = Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None };
    let incumbent = optimum(&instance);
    instance.target_error = zero.then_some(Rational::ZERO);
    (instance, incumbent)
}

/// Writes the valid certificates of the checker's tests; the minima are printed.
#[test]
#[ignore = "writes the valid certificates of the checker's tests: cargo test --lib write_valid_certificates -- --ignored"]
fn write_valid_certificates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checker/tests/certificates/valid");
    let zigzag = |n: i64| (0..n).map(|i| (vec![i], (i + 1) % 2)).collect::<Vec<_>>();
    let spread = || [(0, 0, 1), (2, 1, -1), (1, 3, 2), (3, 2, 0), (2, 0, 1), (1, 1, -1), (2, 0, 2)].map(|(a, b, y)| (vec![a, b], y)).to_vec();
    let slanted = |n: i64| (0..n).map(|i| (vec![i, 2 * i], (i + 1) % 2)).collect::<Vec<_>>();
    let (relu, threshold) = (Activation::Relu, Activation::Threshold);
    for (name, points, activation, width, output_bias, loss, zero) in [
        ("relu-l2", spread(), relu, 1, false, Loss::L2, false),
        ("relu-l2-width-two", zigzag(4), relu, 2, false, Loss::L2, false),
        ("relu-l1", zigzag(5), relu, 2, false, Loss::L1, false),
        ("relu-linf", spread(), relu, 1, true, Loss::Linf, false),
        ("relu-zero-one", zigzag(5), relu, 1, false, Loss::ZeroOne, false),
        ("threshold-l2", zigzag(4), threshold, 1, true, Loss::L2, false),
        ("threshold-linf", zigzag(5), threshold, 2, false, Loss::Linf, false),
        ("threshold-zero-one", spread(), threshold, 1, false, Loss::ZeroOne, false),
        ("zero-error-count", zigzag(6), relu, 3, true, Loss::L2, true),
        ("zero-error-triple", slanted(5), relu, 2, false, Loss::L1, true),
    ] {
        let (instance, incumbent) = case(points, activation, width, output_bias, loss, zero);
        let model = Model::new(&instance);
        let mut producer = Producer::new(&model, incumbent.loss.clone(), zero);
        producer.marks_only = activation == threshold;
        producer.run();
        let claim = if zero { Claim::NotRealizable } else { Claim::Minimum };
        println!("({name:?}, {:?}), // {:?}", incumbent.loss.to_string(), producer.records);
        let certificate = producer.writer.finish(claim, Some(&incumbent).filter(|_| !zero), None).unwrap();
        let checked = check(&folder, &instance, &certificate);
        assert!(if zero { checked.target_is_refuted() } else { *checked.proven_bound() == incumbent.loss });
        fs::rename(folder.join("instance.json"), folder.join(format!("{name}.json"))).unwrap();
        fs::rename(folder.join("proof"), folder.join(format!("{name}.certificate"))).unwrap();
    }
    // Classes of convex maps and of networks with an affine function. Origin of the minima: enumeration for the first; by hand for the others. Of 1, 0, 1 a convex map misses something: 1 in all, as 1, 0, 0, 0, 1 does. Affine
    // functions miss one of three values that alternate by 1/2, and of six points three lie on one side of the kink.
    for (name, points, width, (convex, affine), loss, minimum) in [
        ("convex-l2", spread(), 2, (true, false), Loss::L2, None),
        ("convex-affine-l1", zigzag(5), 2, (true, true), Loss::L1, Some(q(1))),
        ("affine-linf", zigzag(6), 1, (false, true), Loss::Linf, Some(q(1) / q(2))),
    ] {
        let (points, targets): (Vec<_>, Vec<_>) = points.into_iter().map(|(x, y)| (x.into_iter().map(q).collect(), q(y))).unzip();
        let architecture = Architecture { activation: relu, width, output_bias: false, convex, affine };
        let instance = Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None };
        let minimum = minimum.unwrap_or_else(|| optimum(&instance).loss);
        let outcome = Search { certificate: Some(folder.join("proof")), ..Search::default() }.train(&instance, &Control::default()).unwrap();
        assert_eq!((outcome.status, &outcome.lower_bound), (Status::Optimal, &minimum), "{name}");
        println!("({name:?}, {:?}), // {:?}", minimum.to_string(), outcome.statistics);
        fs::write(folder.join(format!("{name}.json")), instance_to_json(&instance)).unwrap();
        fs::rename(folder.join("proof"), folder.join(format!("{name}.certificate"))).unwrap();
    }
    let plane = || [(0, 0, 1), (2, 1, -1), (1, 3, 2), (3, 2, 0), (2, 0, 1), (1, 1, -1), (0, 2, 3)].map(|(a, b, y)| (vec![a, b], y)).to_vec();
    let bowl = || [(0, 0, 1), (1, 1, 0), (2, 4, 1), (3, 9, 0), (1, 3, 1), (4, 2, 0)].map(|(a, b, y)| (vec![a, b], y)).to_vec();
    // The search itself: zero error for ReLU is decided with mirrored neurons.
    for (name, points, activation, width, output_bias, loss) in [
        ("mirrored-line", zigzag(6), relu, 3, false, Loss::L2),
        ("mirrored-plane", plane(), relu, 1, false, Loss::L1),
        ("mirrored-leaves", bowl(), relu, 1, true, Loss::Linf),
        ("threshold-zero-error-line", zigzag(5), threshold, 3, false, Loss::L2),
        ("threshold-zero-error-plane", plane(), threshold, 2, true, Loss::L1),
    ] {
        let (instance, minimum) = case(points, activation, width, output_bias, loss, true);
        let certificate = Some(folder.join("proof"));
        let outcome = Search { certificate, ..Search::default() }.train(&instance, &Control::default()).unwrap();
        assert_eq!(outcome.status, Status::NotRealizable, "{name}");
        println!("({name:?}, {:?}), // {:?}", minimum.loss.to_string(), outcome.statistics);
        fs::write(folder.join(format!("{name}.json")), instance_to_json(&instance)).unwrap();
        fs::rename(folder.join("proof"), folder.join(format!("{name}.certificate"))).unwrap();
    }
}
