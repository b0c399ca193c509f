//! The folders `valid` and `invalid`: what must be accepted with which words, and what must be rejected for which reason.
//!
//! Origin of the losses in the files: an independent evaluation in Python's `fractions`.

use relus_check::{CheckError, check_files};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The result file and the data file of a case.
fn case(folder_name: &str, name: &str) -> (PathBuf, PathBuf) {
    let path = |suffix: &str| folder(folder_name).join(format!("{name}.{suffix}"));
    let csv = path("data.csv");
    (path("result.json"), if csv.exists() { csv } else { path("data.json") })
}

/// Confirms that a list of cases is complete: no file in the folder is forgotten.
fn assert_complete<'a>(folder_name: &str, listed: impl Iterator<Item = &'a str>) {
    let names = fs::read_dir(folder(folder_name)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let present: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".result.json").map(str::to_owned)).collect();
    assert_eq!(present, listed.map(str::to_owned).collect());
}

const VALID: &[(&str, &str)] = &[
    (
        "columns-by-name",
        "the network has l1 loss 6 on 3 points (features \"height\", \"a \\\"b\\\"\"; target \"weight, kg\"), so the \
         minimum over ReLU networks of width 3 is at most 6.",
    ),
    (
        "columns-by-number",
        "the network has l2 loss 0 on 2 points (features \"3\"; target \"1\"), and no network of the class has a \
         smaller one: the minimum over ReLU networks of width 1 is 0.",
    ),
    (
        "equal-points",
        "the network has l2 loss 2 on 4 points, and no network of the class has a smaller one (equal points have \
         different targets): the minimum over ReLU networks of width 1 is 2.",
    ),
    (
        "instance-threshold-l1",
        "the network has l1 loss 3/20 on 3 points, so the minimum over threshold networks of width 2 with an output \
         bias is at most 3/20. Not covered: the lower bound 1/10 (no certificate in this file).",
    ),
    (
        "labels-separated",
        "the network has zero-one loss 0 on 5 points (features \"size\", \"colour\"; target \"kind\"; positive class \
         \"dog\"), and no network of the class has a smaller one: the minimum over threshold networks of width 1 is 0.",
    ),
    (
        "labels-uncovered-bound",
        "the network has zero-one loss 1 on 5 points (features \"size\", \"colour\"; target \"kind\"; positive class \
         \"dog\"), so the minimum over threshold networks of width 1 is at most 1. Not covered: the lower bound 1 (no \
         certificate in this file).",
    ),
    (
        "linf-no-header",
        "the network has linf loss 3/4 on 3 points, so the minimum over ReLU networks of width 1 is at most 3/4. Not \
         covered: the lower bound 1/2 (no certificate in this file).",
    ),
    (
        "no-features",
        "the network has l2 loss 0 on 2 points, and no network of the class has a smaller one: the minimum over ReLU \
         networks of width 1 is 0.",
    ),
    (
        "not-realizable-equal-points",
        "the l1 loss of ReLU networks of width 2 on 3 points (features \"x\"; target \"y\") is at least 2. No such \
         network reaches the target error 3/2.",
    ),
    (
        "not-realizable-uncovered",
        "the network has l2 loss 4/5 on 4 points, so the minimum over ReLU networks of width 1 is at most 4/5. Not \
         covered: that none reaches the target error 1/4 (no certificate in this file). Not covered: the lower bound \
         1/2 (no certificate in this file).",
    ),
    (
        "perfect-fit",
        "the network has l2 loss 0 on 3 points (features \"x\"; target \"y\"), and no network of the class has a \
         smaller one: the minimum over ReLU networks of width 1 is 0.",
    ),
    (
        "realizable",
        "the network has linf loss 3/4 on 3 points, so the minimum over ReLU networks of width 1 is at most 3/4. The \
         target error 4/5 is reached.",
    ),
    (
        "stackloss-time-limit",
        "the network has l2 loss 18783/100 on 21 points (features \"air_flow\", \"water_temp\", \"acid_conc\"; target \
         \"stack_loss\"), so the minimum over ReLU networks of width 1 is at most 18783/100.",
    ),
    (
        "width-zero-no-bias",
        "the network has l1 loss 2 on 4 points, and no network of the class has a smaller one (without neurons it is \
         constant): the minimum over threshold networks of width 0 is 2.",
    ),
    (
        "width-zero",
        "the network has l2 loss 1 on 4 points, and no network of the class has a smaller one (without neurons it is \
         constant): the minimum over ReLU networks of width 0 with an output bias is 1.",
    ),
];

#[test]
fn valid_results_are_accepted_in_these_words() {
    assert_complete("valid", VALID.iter().map(|&(name, _)| name));
    for (name, claim) in VALID {
        let (result, data) = case("valid", name);
        match check_files(&result, &data) {
            Ok(found) => assert_eq!(found.to_string(), format!("verified: {claim}"), "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

/// The reason's name and whether it means that a file cannot be read.
fn reason(error: &CheckError) -> (&'static str, bool) {
    use CheckError as E;
    match error {
        E::Io { .. } => ("Io", true),
        E::Json { .. } => ("Json", true),
        E::Format { .. } => ("Format", true),
        E::Number { .. } => ("Number", true),
        E::Ragged { .. } => ("Ragged", true),
        E::Delimiter { .. } => ("Delimiter", true),
        E::NoData { .. } => ("NoData", true),
        E::Column { .. } => ("Column", false),
        E::Points { .. } => ("Points", false),
        E::Dimension { .. } => ("Dimension", false),
        E::LabelLoss { .. } => ("LabelLoss", false),
        E::Labels { .. } => ("Labels", false),
        E::NoNetwork { .. } => ("NoNetwork", false),
        E::LossWithoutNetwork => ("LossWithoutNetwork", false),
        E::Width { .. } => ("Width", false),
        E::Activation => ("Activation", false),
        E::InputWeights { .. } => ("InputWeights", false),
        E::OutputWeight { .. } => ("OutputWeight", false),
        E::OutputBias { .. } => ("OutputBias", false),
        E::Loss { .. } => ("Loss", false),
        E::LowerBound { .. } => ("LowerBound", false),
        E::NotOptimal { .. } => ("NotOptimal", false),
        E::Derived { .. } => ("Derived", false),
        E::NoTargetError { .. } => ("NoTargetError", false),
        E::TargetMissed { .. } => ("TargetMissed", false),
        E::NotRefuted { .. } => ("NotRefuted", false),
        E::Certificate => ("Certificate", false),
        _ => ("a new reason: add it here, and a file for it", false),
    }
}

const REASONS: usize = 27;

const INVALID: &[(&str, &str)] = &[
    ("activation", "Activation"),
    ("approximation", "Derived"),
    ("approximation-of-nothing", "Derived"),
    ("certificate", "Certificate"),
    ("column-twice", "Column"),
    ("column-unknown", "Column"),
    ("delimiter", "Delimiter"),
    ("derived-gap", "Derived"),
    ("derived-gap-of-zero", "Derived"),
    ("derived-mean", "Derived"),
    ("dimension", "Dimension"),
    ("format-instance-version", "Format"),
    ("format-network-version", "Format"),
    ("format-other-kind", "Format"),
    ("format-other-version", "Format"),
    ("input-weights", "InputWeights"),
    ("json-loss-is-list", "Json"),
    ("json-missing-field", "Json"),
    ("json-truncated", "Json"),
    ("json-unknown-status", "Json"),
    ("json-width-no-number", "Json"),
    ("label-loss", "LabelLoss"),
    ("labels-positive-unknown", "Labels"),
    ("labels-three", "Labels"),
    ("loss", "Loss"),
    ("loss-data-changed", "Loss"),
    ("loss-without-network", "LossWithoutNetwork"),
    ("lower-bound", "LowerBound"),
    ("network-without-loss", "LossWithoutNetwork"),
    ("no-data-empty", "NoData"),
    ("no-data-header-only", "NoData"),
    ("no-network-nothing-known", "NoNetwork"),
    ("no-network-optimal", "NoNetwork"),
    ("no-target-error", "NoTargetError"),
    ("not-optimal", "NotOptimal"),
    ("not-optimal-without-bound", "NotOptimal"),
    ("not-refuted-by-bound", "NotRefuted"),
    ("not-refuted-by-loss", "NotRefuted"),
    ("number-in-data", "Number"),
    ("number-in-result", "Json"),
    ("number-label-in-regression", "Number"),
    ("number-nan-in-data", "Number"),
    ("number-zero-denominator", "Json"),
    ("output-bias", "OutputBias"),
    ("output-weight", "OutputWeight"),
    ("points-fewer", "Points"),
    ("points-first-row-dropped", "Points"),
    ("points-huge", "Points"),
    ("points-more", "Points"),
    ("ragged-csv", "Ragged"),
    ("ragged-instance", "Ragged"),
    ("target-missed", "TargetMissed"),
    ("width", "Width"),
];

#[test]
fn invalid_results_are_rejected_for_the_right_reason() {
    assert_complete("invalid", INVALID.iter().map(|&(name, _)| name));
    let mut reasons: BTreeSet<&str> = INVALID.iter().map(|&(_, reason)| reason).collect();
    reasons.insert("Io");
    assert_eq!(reasons.len(), REASONS, "a file for every reason");
    for (name, expected) in INVALID {
        let (result, data) = case("invalid", name);
        match check_files(&result, &data) {
            Ok(claim) => panic!("{name} was accepted: {claim}"),
            Err(error) => assert_eq!(reason(&error).0, *expected, "{name}: {error}"),
        }
    }
    let (result, _) = case("valid", "perfect-fit");
    assert_eq!(reason(&check_files(&result, Path::new("no-such-file.csv")).unwrap_err()).0, "Io");
}

#[test]
fn exit_codes_and_streams() {
    let run = |arguments: &[&Path]| assert_cmd::Command::cargo_bin("relus-check").unwrap().args(arguments).output().unwrap();
    for (name, _) in VALID {
        let (result, data) = case("valid", name);
        let output = run(&[&result, &data]);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
        assert!(String::from_utf8(output.stdout).unwrap().starts_with("verified: "), "{name}");
    }
    for (name, _) in INVALID {
        let (result, data) = case("invalid", name);
        let unreadable = reason(&check_files(&result, &data).unwrap_err()).1;
        let output = run(&[&result, &data]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(if unreadable { 4 } else { 5 }), 0), "{name}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.starts_with(if unreadable { "error: " } else { "rejected: " }), "{name}: {message}");
        assert_eq!(message.trim_end().lines().count(), 1, "{name}: {message}");
    }
    assert_eq!(run(&[]).status.code(), Some(2));
}
