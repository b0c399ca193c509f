//! The classes in files and on the command line; searches that stop and go on.

use super::{certified, instance, plain, searched};
use crate::draw::Size;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use relus::instance::csv::{CsvOptions, read_table};
use relus::instance::json::{instance_to_json, read_instance};
use relus::instance::{Activation, Architecture, Instance, Loss, Source};
use relus::train::search::Search;
use relus::train::{Control, Status, Trainer};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

fn relus(line: &str, folder: &Path) -> Output {
    Command::new(assert_cmd::cargo::cargo_bin!("relus")).current_dir(folder).args(line.split_whitespace()).output().unwrap()
}

fn code(line: &str, folder: &Path) -> Option<i32> {
    relus(line, folder).status.code()
}

/// Origin: by hand. y = |x| + x/2 needs one kink and an affine function; a network that is convex without one must be nowhere negative, and two kinks then suffice.
#[test]
fn the_command_line_takes_the_classes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("bent.csv"), "x,y\n-4,2\n-2,1\n0,0\n2,3\n4,6\n").unwrap();
    let train = "train bent.csv --certificate c -o r.json";
    for (options, answer) in [("-k 1 --convex --affine", 0), ("-k 2 --convex", 0), ("-k 1 --affine --output-bias --loss linf", 0)] {
        assert_eq!(code(&format!("{train} {options}"), path), Some(answer), "{options}");
        for file in ["c", "r.json"] {
            let check = relus(&format!("check {file} bent.csv"), path);
            let words = String::from_utf8(check.stdout).unwrap();
            assert!(check.status.success() && words.contains("loss 0 on 5 points"), "{options}: {words}");
        }
        assert_eq!(code("eval r.json bent.csv", path), Some(0));
    }
    // The result's network has three neurons, two of which cancel.
    assert_eq!(code(&format!("{train} -k 1 --convex --affine"), path), Some(0));
    let result = std::fs::read_to_string(path.join("r.json")).unwrap();
    assert_eq!(result.matches("\"a\":").count(), 3, "{result}");
    assert!(result.contains("\"convex\":true,\"affine\":true"), "{result}");
    // Usage.
    std::fs::write(path.join("two.csv"), "x,y\n0,0\n1,1\n3,0\n").unwrap();
    for options in [
        "bent.csv -k 1 --convex --activation threshold",
        "bent.csv -k 1 --affine --activation threshold",
        "bent.csv -k 1 --affine --method enumerate",
        "two.csv -k 1 --affine --loss zero-one --positive 1",
    ] {
        let output = relus(&format!("train {options}"), path);
        assert_eq!(output.status.code(), Some(2), "{options}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // A bad file.
    std::fs::write(
        path.join("bad.json"),
        r#"{"format":"relus-instance","version":1,"activation":"threshold","width":1,"loss":"l2","affine":true,"x":[[1]],"y":[2]}"#,
    )
    .unwrap();
    let output = relus("train bad.json", path);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Origin: the same search without an interruption.
#[test]
fn stopped_searches_go_on() {
    let source = Source::read(Path::new("instances/real/stackloss.csv")).unwrap();
    let data = read_table(&source, &CsvOptions::default()).unwrap().regression().unwrap();
    let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: true, affine: true };
    let instance = Instance { data, architecture, loss: Loss::L2, target_error: None };
    let minimum = searched(&instance, &mut ChaCha8Rng::seed_from_u64(0));
    let folder = tempfile::tempdir().unwrap();
    let [file, checkpoint, certificate] = ["instance.json", "checkpoint", "certificate"].map(|name| folder.path().join(name));
    std::fs::write(&file, instance_to_json(&instance)).unwrap();
    let search = Search { checkpoint: Some(checkpoint.clone()), certificate: Some(certificate.clone()), ..Search::default() };
    let mut outcome = search.train(&instance, &Control::default().with_time_limit(Duration::from_millis(5))).unwrap();
    for milliseconds in [5, 10, 20, 600_000] {
        if outcome.status == Status::Optimal {
            break;
        }
        let control = Control::default().with_time_limit(Duration::from_millis(milliseconds));
        outcome = Search { resume: Some(checkpoint.clone()), ..search.clone() }.train(&instance, &control).unwrap();
        plain::check_outcome(&instance, &control, &outcome);
    }
    assert_eq!((outcome.status, &outcome.lower_bound), (Status::Optimal, &minimum));
    assert!(relus_check::check_files(&certificate, &file).unwrap().minimum_is_proven());
}

/// Stopped from outside, what is proven until then is a bound.
#[test]
fn stopped_searches_prove_bounds() {
    for seed in 700..720 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let instance = instance(&mut random, Size::Medium);
        let limit = Control::default().with_time_limit(Duration::from_millis(2));
        let stopped = certified(&instance, Search::default(), &limit);
        let gap = Control::default().with_gap(relus::exact::Rational::from_parts(1.into(), 4u32.into()));
        let rough = certified(&instance, Search::default(), &gap);
        let minimum = searched(&instance, &mut random);
        assert!(stopped.lower_bound <= minimum && rough.lower_bound <= minimum);
    }
}

/// Instances with the flags are read as they are written, and without them as before.
#[test]
fn instances_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("instance.json");
    for seed in 800..820 {
        let mut instance = instance(&mut ChaCha8Rng::seed_from_u64(seed), Size::Tiny);
        for flags in [(false, false), (true, false), (false, true), (true, true)] {
            (instance.architecture.convex, instance.architecture.affine) = flags;
            let text = instance_to_json(&instance);
            assert_eq!((text.contains("convex"), text.contains("affine")), flags);
            std::fs::write(&file, text).unwrap();
            assert_eq!(read_instance(&Source::read(&file).unwrap()).unwrap().architecture, instance.architecture);
        }
    }
}
