//! The folder `certificates`: valid ones, written by relus, and invalid ones, written here byte by byte, at least one for each reason of rejection.
//!
//! `RELUS_REGENERATE=1` writes the invalid ones anew. Origin of the minima that the valid ones prove: enumeration.

use relus_check::check_files;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates").join(name)
}

const END: u8 = 0;
const SPLIT: u8 = 1;
const LEAF: u8 = 2;
const POINT: u8 = 3;
const LABELS: u8 = 4;
const TRIPLE: u8 = 5;
const COUNT: u8 = 6;

/// The data of the invalid certificates.
const ZIGZAG: &str = "x,y\n0,1\n1,0\n2,1\n3,0\n4,1\n";

fn problem(width: usize, activation: &str, loss: &str, output_bias: bool, target_error: &str) -> String {
    // The flags `convex` and `affine` come where they are needed.
    format!(
        r#"{{"points":5,"dimension":1,"width":{width},"activation":"{activation}","loss":"{loss}","output_bias":{output_bias},"target_error":{target_error},"features":null,"target":null,"positive":null}}"#
    )
}

fn relu(width: usize) -> String {
    problem(width, "relu", "l1", false, "null")
}

/// A certificate of these records. Numbers below 64 are written as they are: `z` is meant for integers.
fn certificate(problem: &str, records: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("relus-certificate 1\n{{\"problem\":{problem}}}\n").into_bytes();
    records.iter().for_each(|record| bytes.extend_from_slice(record));
    bytes
}

/// The same with another field in the header.
fn certificate_of(problem: &str, field: &str, records: &[&[u8]]) -> Vec<u8> {
    let first = certificate(problem, &[]);
    [&first[..first.len() - 2], field.as_bytes(), b"}\n", &records.concat()].concat()
}

fn mirrored(width: usize, records: &[&[u8]]) -> Vec<u8> {
    certificate_of(&relu(width), ",\"mirrored\":true", records)
}

/// The problem with one of the flags of a class.
fn class(problem: &str, flag: &str) -> String {
    problem.replace("\"target_error\"", &format!("\"{flag}\":true,\"target_error\""))
}

/// A neuron of a file: input weight 0.
fn neuron(b: i32, a: i32) -> String {
    format!(r#"{{"w":["0"],"b":"{b}","a":"{a}"}}"#)
}

/// The end of a certificate with a network of these neurons, whose loss is said to be 2, and the claim that it is the minimum.
fn minimum_of(neurons: &[String]) -> Vec<u8> {
    let network = format!(r#"{{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[{}]}}"#, neurons.join(","));
    [&[END], format!(r#"{{"claim":"minimum","loss":"2","lower_bound":"2","network":{network}}}"#).as_bytes()].concat()
}

/// Affine functions alone lose at least 2: u = (1, −1, 0, −1, 1) is orthogonal to them.
fn affine(neurons: &[String]) -> Vec<u8> {
    certificate(&class(&problem(0, "relu", "l1", false, "null"), "affine"), &[&[LEAF, 0, z(1), z(-1), z(0), z(-1), z(1)], &minimum_of(neurons)])
}

/// Nothing is proven of the one class of convex maps.
fn convex(neurons: &[String]) -> Vec<u8> {
    certificate(&class(&relu(1), "convex"), &[&[LEAF, 0, 0, 0, 0, 0, 0, 0], &minimum_of(neurons)])
}

/// Points on the moment curve in ten dimensions: the cone with all of them on has exponentially many generators.
const MOMENTS: &str = "moments.csv";

fn moments() -> String {
    relu(1).replace("\"points\":5,\"dimension\":1", "\"points\":24,\"dimension\":10")
}

fn moments_csv() -> String {
    let row = |t: i64| (1..=10).map(|power| t.pow(power).to_string()).chain(["1".to_owned()]).collect::<Vec<_>>().join(",");
    (-12..12).map(|t| row(t) + "\n").collect()
}

/// Nodes 0, 1, … of width 1000 are split by all minus neurons, 1000 − p of node p. After 16 of them 1001 − 16 + Σ (1001 − p) = 16881 nodes are open.
fn too_many() -> Vec<u8> {
    let leb = |n: u64| if n < 128 { vec![n as u8] } else { vec![n as u8 & 127 | 128, (n >> 7) as u8] };
    let record = |node: u64| [vec![SPLIT, node as u8, 0], leb(1000 - node), (node..1000).flat_map(leb).collect()].concat();
    (0..20).flat_map(record).collect()
}

fn z(value: i8) -> u8 {
    if value < 0 { (-2 * value - 1) as u8 } else { 2 * value as u8 }
}

/// Without neurons the loss is at least 3: u = (1, 0, 1, 0, 1).
fn without_neurons(target_error: &str, claim: &str) -> Vec<u8> {
    let end = [&[END], claim.as_bytes()].concat();
    certificate(&problem(0, "relu", "l1", false, target_error), &[&[LEAF, 0, z(1), z(0), z(1), z(0), z(1)], &end])
}

/// Name, content, the error as Rust shows it.
#[rustfmt::skip]
fn invalid() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let zero_one = problem(1, "relu", "zero-one", false, "null");
    let threshold = problem(1, "threshold", "l1", false, "null");
    let lower_bound = |bound: &str| format!(r#"{{"claim":"lower-bound","loss":null,"lower_bound":{bound},"network":null}}"#);
    let refuted = r#"{"claim":"not-realizable","loss":null,"lower_bound":null,"network":null}"#;
    // The neuron of node 1 is on at site 0 in node 3, then undecided at the others.
    let split: &[u8] = &[SPLIT, 1, 0, 1, 0];
    let splits: Vec<u8> = (0..24).flat_map(|site| [SPLIT, if site == 0 { 1 } else { 2 * site + 1 }, site, 1, 0]).collect();
    vec![
        ("empty", certificate(&relu(1), &[]), "Record { record: 0, node: None, source: Truncated }"),
        ("truncated-record", certificate(&relu(1), &[split, &[SPLIT, 0]]), "Record { record: 1, node: Some(0), source: Truncated }"),
        ("unknown-tag", certificate(&relu(1), &[&[7, 0]]), "Record { record: 0, node: Some(0), source: Tag(7) }"),
        ("number-too-long", certificate(&relu(1), &[&[SPLIT], &[255; 10], &[1]]), "Record { record: 0, node: None, source: NumberTooLong }"),
        ("number-endless", certificate(&relu(1), &[&[SPLIT], &[255; 70_000]]), "Record { record: 0, node: None, source: NumberTooLong }"),
        ("no-such-site", certificate(&relu(1), &[&[SPLIT, 0, 5, 1, 0]]), "Record { record: 0, node: Some(0), source: Index { what: \"site\", index: 5, limit: 5 } }"),
        ("no-such-neuron", certificate(&relu(1), &[&[SPLIT, 0, 4, 1, 1]]), "Record { record: 0, node: Some(0), source: Index { what: \"neuron\", index: 1, limit: 1 } }"),
        ("too-many-neurons", certificate(&relu(1), &[&[SPLIT, 0, 4, 2, 0, 0]]), "Record { record: 0, node: Some(0), source: Index { what: \"number of neurons\", index: 2, limit: 2 } }"),
        ("no-such-point", certificate(&zero_one, &[&[POINT, 0, 9]]), "Record { record: 0, node: Some(0), source: Index { what: \"point\", index: 9, limit: 5 } }"),
        ("list-beyond-the-sites", certificate(&relu(1), &[&[LEAF, 1, 0, z(-1), 0, 0, 0, 2, 1, 1, 3, 1]]), "Record { record: 0, node: Some(1), source: Index { what: \"site\", index: 5, limit: 5 } }"),
        ("point-for-l1", certificate(&relu(1), &[&[POINT, 0, 0]]), "Record { record: 0, node: Some(0), source: Kind }"),
        ("leaf-for-zero-one", certificate(&zero_one, &[&[LEAF, 0]]), "Record { record: 0, node: Some(0), source: Kind }"),
        ("triple-for-zero-one", certificate(&zero_one, &[&[TRIPLE, 0, 0, 1, 2, 1]]), "Record { record: 0, node: Some(0), source: Kind }"),
        ("count-for-threshold", certificate(&threshold, &[&[COUNT, 0, 1, 0, 1, 2]]), "Record { record: 0, node: Some(0), source: TooFewTriples { neurons: 1, triples: 1 } }"),
        ("unknown-node", certificate(&relu(1), &[&[SPLIT, 2, 0, 1, 0]]), "Record { record: 0, node: Some(2), source: NotOpen }"),
        ("node-dealt-with-twice", certificate(&relu(1), &[split, split]), "Record { record: 1, node: Some(1), source: NotOpen }"),
        ("open-nodes", certificate(&relu(1), &[split, &[END, b'{', b'}']]), "Record { record: 1, node: None, source: Open(3, 0) }"),
        ("no-neuron", certificate(&relu(1), &[&[SPLIT, 0, 0, 0]]), "Record { record: 0, node: Some(0), source: Neurons }"),
        ("same-neuron-twice", certificate(&relu(2), &[&[SPLIT, 0, 0, 2, 1, 1]]), "Record { record: 0, node: Some(0), source: Neurons }"),
        ("different-signs", certificate(&relu(2), &[&[SPLIT, 1, 0, 2, 0, 1]]), "Record { record: 0, node: Some(1), source: NotExchangeable(0, 1) }"),
        ("different-cones", certificate(&relu(2), &[&[SPLIT, 0, 0, 1, 0], &[SPLIT, 3, 1, 2, 0, 1]]), "Record { record: 1, node: Some(3), source: NotExchangeable(0, 1) }"),
        ("decided-by-its-bit", certificate(&relu(1), &[split, &[SPLIT, 3, 0, 1, 0]]), "Record { record: 1, node: Some(3), source: Decided(0) }"),
        ("decided-by-others", certificate(&relu(1), &[split, &[SPLIT, 3, 4, 1, 0], &[SPLIT, 5, 2, 1, 0]]), "Record { record: 2, node: Some(5), source: Decided(2) }"),
        ("sum-with-output-bias", certificate(&problem(1, "relu", "l1", true, "null"), &[&[LEAF, 0, z(-1), 0, 0, 0, 0, 0]]), "Record { record: 0, node: Some(0), source: Sum(\"-1\") }"),
        ("multiplier-of-other-sign", certificate(&relu(1), &[&[LEAF, 1, z(1), 0, 0, 0, 0, 1, 0, 1]]), "Record { record: 0, node: Some(1), source: NoMultiplier(0, 0) }"),
        ("multiplier-of-decided-site", certificate(&relu(1), &[split, &[LEAF, 3, z(-1), 0, 0, 0, 0, 1, 0, 1]]), "Record { record: 1, node: Some(3), source: NoMultiplier(0, 0) }"),
        ("multiplier-too-large", certificate(&relu(1), &[&[LEAF, 1, z(-1), 0, 0, 0, 0, 1, 0, 2]]), "Record { record: 0, node: Some(1), source: Multiplier(0, 0) }"),
        // On the line w = (1, 0) the positive u at site 4 is not covered by anything.
        ("relu-condition", certificate(&relu(1), &[&[LEAF, 1, 0, 0, 0, 0, z(1), 0]]), "Record { record: 0, node: Some(1), source: Condition(0, \"4\") }"),
        ("threshold-condition", certificate(&threshold, &[&[LEAF, 1, z(1), z(-1), z(1), z(-1), z(1)]]), "Record { record: 0, node: Some(1), source: Condition(0, \"3\") }"),
        ("point-marked-twice", certificate(&zero_one, &[&[POINT, 0, 2], &[POINT, 3, 2]]), "Record { record: 1, node: Some(3), source: Marked(2) }"),
        ("vector-of-wrong-class", certificate(&zero_one, &[&[LABELS, 0, 1, 1, 0, z(-1), 0]]), "Record { record: 0, node: Some(0), source: Class(0) }"),
        ("vector-of-wrong-class-marked", certificate(&zero_one, &[&[POINT, 0, 0], &[LABELS, 2, 1, 1, 0, z(1), 0]]), "Record { record: 1, node: Some(2), source: Class(0) }"),
        ("vector-with-zero", certificate(&zero_one, &[&[LABELS, 0, 1, 2, 0, z(1), 1, z(0), 0]]), "Record { record: 0, node: Some(0), source: Class(2) }"),
        ("vector-without-positive", certificate(&zero_one, &[&[LABELS, 0, 1, 1, 1, z(-1), 0]]), "Record { record: 0, node: Some(0), source: NotPositive }"),
        ("vectors-share-a-point", certificate(&zero_one, &[&[LABELS, 0, 2, 1, 0, z(1), 0, 1, 0, z(1), 0]]), "Record { record: 0, node: Some(0), source: Shared(0) }"),
        ("vector-condition", certificate(&zero_one, &[&[LABELS, 1, 1, 1, 0, z(1), 0]]), "Record { record: 0, node: Some(1), source: Condition(0, \"1\") }"),
        ("triple-not-between", certificate(&relu(1), &[&[TRIPLE, 1, 0, 2, 1, 2]]), "Record { record: 0, node: Some(1), source: Triple([0, 2, 1]) }"),
        ("triple-of-two", certificate(&relu(1), &[&[TRIPLE, 1, 0, 2, 0, 2]]), "Record { record: 0, node: Some(1), source: Triple([0, 2, 0]) }"),
        ("triple-without-bend", certificate(&relu(1), &[&[TRIPLE, 1, 0, 2, 4, 2]]), "Record { record: 0, node: Some(1), source: Triple([0, 2, 4]) }"),
        ("triple-children-forgotten", certificate(&relu(1), &[&[TRIPLE, 1, 0, 1, 2, 1]]), "Record { record: 0, node: Some(1), source: Children { claimed: 1, found: 2 } }"),
        ("triple-children-invented", certificate(&relu(1), &[&[TRIPLE, 0, 0, 1, 2, 1]]), "Record { record: 0, node: Some(0), source: Children { claimed: 1, found: 0 } }"),
        ("segments-overlap", certificate(&relu(1), &[&[COUNT, 1, 2, 0, 1, 2, 0, 3, 4]]), "Record { record: 0, node: Some(1), source: Triples([0, 3, 4]) }"),
        ("triples-of-two-kinds", certificate(&relu(1), &[&[COUNT, 1, 2, 0, 1, 2, 1, 2, 3]]), "Record { record: 0, node: Some(1), source: Triples([1, 2, 3]) }"),
        ("neurons-enough", certificate(&relu(2), &[&[COUNT, 2, 2, 0, 1, 2, 2, 3, 4]]), "Record { record: 0, node: Some(2), source: TooFewTriples { neurons: 2, triples: 2 } }"),
        ("mirrored-sum", mirrored(1, &[&[LEAF, 0, z(1), 0, z(-1), 0, 0, 0]]), "Record { record: 0, node: Some(0), source: Sum(\"-2\") }"),
        ("mirrored-no-first-child", mirrored(1, &[split, &[SPLIT, 3, 1, 1, 0]]), "Record { record: 1, node: Some(3), source: NotOpen }"),
        ("mirrored-children-of-triple", mirrored(1, &[&[TRIPLE, 1, 0, 1, 2, 2]]), "Record { record: 0, node: Some(1), source: Children { claimed: 2, found: 1 } }"),
        ("mirrored-only-without-cut", mirrored(1, &[&[SPLIT, 0, 2, 1, 0], &[TRIPLE, 2, 1, 2, 3, 1]]), "Record { record: 1, node: Some(2), source: Children { claimed: 1, found: 2 } }"),
        ("mirrored-no-flag", certificate_of(&relu(1), ",\"mirrored\":\"yes\"", &[]), "Json("),
        ("affine-sum", certificate(&class(&relu(1), "affine"), &[&[LEAF, 0, z(1), 0, z(-1), 0, 0, 0]]), "Record { record: 0, node: Some(0), source: Sum(\"-2\") }"),
        ("affine-no-first-child", certificate(&class(&relu(1), "affine"), &[split, &[SPLIT, 3, 1, 1, 0]]), "Record { record: 1, node: Some(3), source: NotOpen }"),
        ("affine-does-not-cancel", affine(&[neuron(1, 1), neuron(-2, -1)]), "Class(\"there are 2 neurons, the width is 0\")"),
        ("affine-of-one-sign", affine(&[neuron(1, 1), neuron(-1, 1)]), "Class(\"there are 2 neurons, the width is 0\")"),
        ("affine-and-a-neuron", affine(&[neuron(1, 1), neuron(1, 1), neuron(-1, -1)]), "Class(\"there are 1 neurons, the width is 0\")"),
        ("affine-not-last", affine(&[neuron(1, 1), neuron(-1, -1), neuron(2, 1)]), "Class(\"there are 3 neurons, the width is 0\")"),
        ("affine-of-other-weights", affine(&[neuron(1, 2), neuron(-1, -2)]), "Class(\"neuron 1 has output weight 2: a ReLU network has output weights 1 and -1\")"),
        ("affine-threshold", certificate(&class(&problem(0, "threshold", "l1", false, "null"), "affine"), &[&[LEAF, 0, 0, 0, 0, 0, 0], &minimum_of(&[])]),
            "Class(\"threshold networks are neither convex, nor is there an affine function besides\")"),
        ("convex-one-root", certificate(&class(&relu(1), "convex"), &[&[SPLIT, 1, 0, 1, 0]]), "Record { record: 0, node: Some(1), source: NotOpen }"),
        ("convex-minus", convex(&[neuron(1, -1)]), "Class(\"neuron 1 has output weight -1: the networks of the class have output weights 1 only\")"),
        ("convex-no-affine", convex(&[neuron(1, 1), neuron(-1, -1)]), "Class(\"there are 2 neurons, the width is 1\")"),
        ("threshold-sites-without-step", certificate(&threshold, &[&[TRIPLE, 0, 0, 2, 1]]), "Record { record: 0, node: Some(0), source: Triple([0, 0, 2]) }"),
        ("threshold-same-site", certificate(&threshold, &[&[TRIPLE, 0, 3, 3, 1]]), "Record { record: 0, node: Some(0), source: Triple([3, 3, 3]) }"),
        ("threshold-children", certificate(&threshold, &[&[TRIPLE, 1, 0, 1, 2]]), "Record { record: 0, node: Some(1), source: Children { claimed: 2, found: 1 } }"),
        ("threshold-segments-overlap", certificate(&threshold, &[&[COUNT, 1, 2, 0, 3, 2, 1]]), "Record { record: 0, node: Some(1), source: Triples([2, 2, 1]) }"),
        ("threshold-sum", certificate(&problem(1, "threshold", "l1", true, "null"), &[&[LEAF, 0, z(1), 0, 0, 0, 0]]), "Record { record: 0, node: Some(0), source: Sum(\"1\") }"),
        ("too-many-nodes", certificate(&relu(1000), &[&too_many()]), "Record { record: 15, node: Some(15), source: TooMany(16881) }"),
        ("generators", certificate(&moments(), &[&splits]), "Record { record: 23, node: Some(47), source: Generators(5000) }"),
        ("no-triples", certificate(&relu(1), &[&[COUNT, 0, 0]]), "Record { record: 0, node: Some(0), source: TooFewTriples { neurons: 0, triples: 0 } }"),
        ("other-version", b"relus-certificate 2\n".to_vec(), "NoCertificate("),
        ("header-no-json", b"relus-certificate 1\nproblem\n".to_vec(), "Json("),
        ("header-without-problem", b"relus-certificate 1\n{}\n".to_vec(), "Json("),
        ("too-wide", certificate(&relu(1001), &[]), "TooWide(1001)"),
        ("other-points", certificate(&relu(1).replace("\"points\":5", "\"points\":7"), &[]), "OtherData(\"there are 6 rows, the problem has 7 points\")"),
        ("footer-truncated", without_neurons("null", "{\"claim\":"), "Json("),
        ("footer-no-object", without_neurons("null", "3"), "Json("),
        ("footer-and-more", without_neurons("null", &(lower_bound("\"1\"") + "x")), "Json("),
        ("claim-unknown", without_neurons("null", &lower_bound("\"1\"").replace("lower-bound", "upper-bound")), "Json("),
        ("claim-nothing", without_neurons("null", &lower_bound("null")), "Status("),
        ("claim-more-than-proven", without_neurons("null", &lower_bound("\"301/100\"")), "NotProven { claimed: \"the lower bound 301/100\", proven: \"3\", weakest: \" (node 0)\" }"),
        ("claim-not-realizable", without_neurons("\"3\"", refuted), "NotProven { claimed: \"that no network reaches the target error 3\", proven: \"3\", weakest: \" (node 0)\" }"),
        ("claim-without-target", without_neurons("null", &refuted.replace("\"lower_bound\":null", "\"lower_bound\":\"3\"")), "Status("),
        // The triples speak about loss 0 only: nothing is proven about a target error of 1/10.
        ("claim-beyond-zero-error", certificate(&problem(1, "relu", "l1", false, "\"1/10\""), &[&[TRIPLE, 0, 0, 1, 2, 0], &[COUNT, 1, 2, 0, 1, 2, 2, 3, 4], &[END], refuted.as_bytes()]),
            "NotProven { claimed: \"that no network reaches the target error 1/10\", proven: \"0\", weakest: \"\" }"),
        ("claim-minimum-without-network", without_neurons("null", &lower_bound("\"3\"").replace("lower-bound", "minimum")), "Status("),
    ]
}

#[test]
fn invalid_certificates_are_rejected_for_the_right_reason() {
    let folder = folder("invalid");
    let data = folder.join("zigzag.csv");
    let cases = invalid();
    if std::env::var_os("RELUS_REGENERATE").is_some() {
        fs::write(&data, ZIGZAG).unwrap();
        fs::write(folder.join(MOMENTS), moments_csv()).unwrap();
        cases.iter().for_each(|(name, bytes, _)| fs::write(folder.join(format!("{name}.certificate")), bytes).unwrap());
    }
    for (name, bytes, expected) in &cases {
        let file = folder.join(format!("{name}.certificate"));
        assert_eq!(&fs::read(&file).unwrap(), bytes, "{name}");
        let data = if *name == "generators" { &folder.join(MOMENTS) } else { &data };
        let error = format!("{:?}", check_files(&file, data).expect_err(name));
        let matches = if expected.ends_with('(') { error.starts_with(expected) } else { error == *expected };
        assert!(matches, "{name}: {error} instead of {expected}");
    }
    let listed: BTreeSet<String> =
        cases.iter().map(|(name, ..)| format!("{name}.certificate")).chain(["zigzag.csv".to_owned(), MOMENTS.to_owned()]).collect();
    let present: BTreeSet<String> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(present, listed);
}

/// The variants of an enum in a source file.
fn variants(source: &str, name: &str) -> BTreeSet<String> {
    let body = source.split(&format!("pub enum {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
    let names = body.lines().filter_map(|line| line.strip_prefix("    ")).filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()));
    names.map(|line| line.chars().take_while(char::is_ascii_alphanumeric).collect()).collect()
}

/// The reason that an error shows first, or that of its record.
fn shown(error: &str) -> String {
    let reason = error.strip_prefix("Record {").and_then(|rest| rest.split("source: ").nth(1)).unwrap_or(error);
    reason.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Every variant of the errors is shown by a file of this folder, or of the folder of invalid results.
#[test]
fn every_reason_of_rejection_has_a_file() {
    let mut found: BTreeSet<String> = invalid().iter().map(|(_, _, error)| shown(error)).collect();
    let results = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid");
    for entry in fs::read_dir(&results).unwrap() {
        let file = entry.unwrap().path();
        if let Some(name) = file.to_str().unwrap().strip_suffix(".result.json") {
            let data = ["data.csv", "data.json"].map(|extension| PathBuf::from(format!("{name}.{extension}"))).into_iter().find(|data| data.exists());
            let _ = found.insert(shown(&format!("{:?}", check_files(&file, &data.unwrap()).unwrap_err())));
        }
    }
    let mut reasons = variants(include_str!("../src/certificate/reason.rs"), "Reason");
    assert!(reasons.len() > 20 && reasons.remove("Io"), "reading fails in the middle of a file: not a thing that a file can show");
    let errors = variants(include_str!("../src/error.rs"), "CheckError");
    assert!(errors.len() > 15);
    let missing: Vec<&String> = reasons.iter().chain(&errors).filter(|reason| *reason != "Record" && !found.contains(*reason)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A result that names `certificate`, with the best constant network of the zigzag: the median 1.
fn result(certificate: &str, lower_bound: &str, output_bias: bool) -> String {
    let problem = problem(0, "relu", "l1", output_bias, "null");
    let network = r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[]}"#;
    format!(
        r#"{{"format":"relus-result","version":1,"status":"time-limit","loss":"3","lower_bound":"{lower_bound}","network":{network},"certificate":{certificate},"problem":{problem}}}"#
    )
}

/// Origin: by hand; without neurons and output bias the loss is 3.
#[test]
fn a_result_is_checked_together_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("data.csv"), ZIGZAG).unwrap();
    let claim = r#"{"claim":"lower-bound","loss":null,"lower_bound":"2","network":null}"#;
    fs::write(path("proof"), without_neurons("null", claim)).unwrap();
    fs::write(path("refuted-proof"), without_neurons("null", &claim.replace("\"2\"", "\"4\""))).unwrap();
    fs::write(path("no-proof"), "something else").unwrap();
    let check = |certificate: &str, lower_bound: &str, output_bias: bool| {
        fs::write(path("result.json"), result(certificate, lower_bound, output_bias)).unwrap();
        match check_files(&path("result.json"), &path("data.csv")) {
            Ok(claim) => claim.to_string(),
            Err(error) => format!("{error:?}"),
        }
    };
    let minimum = "verified: the network has l1 loss 3 on 5 points, and no network of the class has a smaller one (without neurons it is constant): the \
                   minimum over ReLU networks of width 0 is 3.";
    assert_eq!(check("\"proof\"", "5/2", false), minimum);
    for (certificate, lower_bound, output_bias, error) in [
        ("\"proof\"", "5/2", true, "OtherProblem"),
        ("\"refuted-proof\"", "5/2", false, "NotProven"),
        ("\"no-proof\"", "5/2", false, "NoCertificate"),
        ("\"missing\"", "5/2", false, "Io"),
        ("3", "5/2", false, "Certificate"),
    ] {
        let found = check(certificate, lower_bound, output_bias);
        assert!(found.starts_with(error), "{certificate}: {found}");
    }
}

/// Origin: by hand. The constant 1 misses two of the five targets by 1, and the dual shows that no affine function loses less than 2. Of the convex maps nothing is proven: that 2 is their minimum is not accepted, that
/// it is at least 0 is.
#[test]
fn affine_functions_and_convex_maps_are_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("proof"), folder.path().join("data.csv"));
    fs::write(&data, ZIGZAG).unwrap();
    let check = |bytes: Vec<u8>| {
        fs::write(&file, bytes).unwrap();
        check_files(&file, &data).map(|claim| claim.to_string())
    };
    assert_eq!(
        check(affine(&[neuron(1, 1), neuron(-1, -1)])).unwrap(),
        "verified: the network has l1 loss 2 on 5 points, and no network of the class has a smaller one (certificate of 1 nodes): the minimum over \
         ReLU networks of width 0 and an affine function besides is 2."
    );
    let unproven = format!("{:?}", check(convex(&[neuron(1, 1)])).unwrap_err());
    assert_eq!(unproven, "NotProven { claimed: \"the lower bound 2\", proven: \"0\", weakest: \" (node 0)\" }");
    let lower = String::from_utf8(convex(&[neuron(1, 1)]))
        .unwrap()
        .replace("\"minimum\"", "\"lower-bound\"")
        .replace("\"lower_bound\":\"2\"", "\"lower_bound\":\"0\"");
    assert_eq!(
        check(lower.into_bytes()).unwrap(),
        "verified: the network has l1 loss 2 on 5 points, so the minimum over ReLU networks of width 1 with output weights 1 only is at most 2, and at least 0."
    );
}

/// The worked example of the documentation. Origin of the minimum: by hand.
#[test]
fn the_documented_example_is_accepted() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CERTIFICATES.md")).unwrap();
    let lines = page.split("```text\n").nth(1).unwrap().split("```").next().unwrap().lines();
    let bytes = lines.flat_map(|line| line.split('#').next().unwrap().split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()));
    let network = r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[{"w":["0"],"b":"1/3","a":"1"}]}"#;
    let claim = format!(r#"{{"claim":"minimum","loss":"2/3","lower_bound":"2/3","network":{network}}}"#);
    let problem = problem(1, "relu", "l2", false, "null").replace("\"points\":5", "\"points\":3");
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("proof"), folder.path().join("data.csv"));
    fs::write(&file, certificate(&problem, &[&bytes.collect::<Vec<u8>>(), claim.as_bytes()])).unwrap();
    fs::write(&data, "x,y\n0,0\n1,1\n2,0\n").unwrap();
    assert_eq!(
        check_files(&file, &data).unwrap().to_string(),
        "verified: the network has l2 loss 2/3 on 3 points, and no network of the class has a smaller one (certificate of 4 nodes): the minimum over \
         ReLU networks of width 1 is 2/3."
    );
}
