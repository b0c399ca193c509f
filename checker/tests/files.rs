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
        E::Table { .. } => ("Table", true),
        E::OtherData { .. } => ("OtherData", false),
        E::LossWithoutNetwork => ("LossWithoutNetwork", false),
        E::Class { .. } => ("Class", false),
        E::Loss { .. } => ("Loss", false),
        E::Status { .. } => ("Status", false),
        E::Derived { .. } => ("Derived", false),
        E::Certificate => ("Certificate", false),
        E::OtherProblem => ("OtherProblem", false),
        _ => ("a new reason: add it here, and a file for it", false),
    }
}

const REASONS: usize = 12;

/// Name, reason, words of the message.
const INVALID: &[(&str, &str, &str)] = &[
    ("activation", "Class", "the network is not of the class: the activation is another"),
    ("approximation", "Derived", "loss_approx is 18783/100, the result claims 187.830000018783"),
    ("approximation-of-nothing", "Derived", "loss_approx is undefined, the result claims 2.0"),
    ("certificate", "Certificate", "the result's certificate is not the name of a file"),
    ("column-twice", "OtherData", "the data do not fit the problem: there are 2 columns \"x\""),
    ("column-unknown", "OtherData", "the data do not fit the problem: there are 0 columns \"x\""),
    ("delimiter", "Table", "the delimiter is ambiguous"),
    ("derived-gap", "Derived", "gap is 1, the result claims \"1/2\""),
    ("derived-gap-of-zero", "Derived", "gap is undefined, the result claims \"1\""),
    ("derived-mean", "Derived", "mean_loss is 6261/700, the result claims \"9\""),
    ("dimension", "OtherData", "the data do not fit the problem: there are 1 features, the problem has 2"),
    ("format-instance-version", "Format", "the format is \"relus-instance\" version 2, expected \"relus-instance\" version 1"),
    ("format-network-version", "Format", "the format is \"relus-network\" version 3, expected \"relus-network\" version 1"),
    ("format-other-kind", "Format", "the format is \"relus-network\" version 1, expected \"relus-result\" version 1"),
    ("format-other-version", "Format", "the format is \"relus-result\" version 2, expected \"relus-result\" version 1"),
    ("input-weights", "Class", "the network is not of the class: neuron 1 has 2 input weights, the data have 1 features"),
    ("json-loss-is-list", "Json", "\"[0]\" is no finite number at line 7 column 2"),
    ("json-missing-field", "Json", "missing field `problem` at line 33 column 1"),
    ("json-truncated", "Json", "EOF while parsing a value at line 1 column 37"),
    ("json-unknown-status", "Json", "unknown variant `solved`, expected one of `minimum`, `optimal`, `within-gap`, `realizable`,"),
    ("json-width-no-number", "Json", "invalid type: string \"two\", expected usize at line 36 column 16"),
    ("label-loss", "OtherData", "the data do not fit the problem: the targets are labels, but the loss is l1"),
    ("labels-positive-unknown", "OtherData", "the data do not fit the problem: the labels are [\"cat\", \"dog\"]: not \"cow\" and one other"),
    ("labels-three", "OtherData", "the data do not fit the problem: the labels are [\"cat\", \"cow\", \"dog\"]: not \"dog\" and one other"),
    ("loss", "Loss", "the network's loss on the data is 18783/100, the result claims"),
    ("loss-data-changed", "Loss", "the network's loss on the data is"),
    ("loss-without-network", "LossWithoutNetwork", "a network and its loss must be given together"),
    ("lower-bound", "Status", "the status is time-limit, but the lower bound 1/1000 is above the loss 0"),
    ("missing-certificate", "Io", "No such file or directory (os error 2)"),
    ("network-without-loss", "LossWithoutNetwork", "a network and its loss must be given together"),
    ("no-data-empty", "Table", "no data"),
    ("no-data-header-only", "Table", "no data"),
    ("no-network-nothing-known", "Status", "the status is not-realizable, but there is nothing that can be verified"),
    ("no-network-optimal", "Status", "the status is optimal, but there is no network"),
    ("no-target-error", "Status", "the status is realizable, but the problem has no target error"),
    ("not-optimal", "Status", "the status is optimal, but the lower bound 0 is below the loss 18783/100"),
    ("not-optimal-without-bound", "Status", "the status is optimal, but the lower bound unknown is below the loss 18783/100"),
    ("not-refuted-by-bound", "Status", "the status is not-realizable, but the lower bound 1/2 is not above the target error 1/2"),
    ("not-refuted-by-loss", "Status", "the status is not-realizable, but the loss 4/5 is not above the target error 9/10"),
    ("number-in-data", "Table", "row 3, column 2: \"one\" is no finite number"),
    ("number-in-result", "Json", "\"NaN\" is no finite number at line 5 column 14"),
    ("number-label-in-regression", "Table", "row 4, column 2: \"high\" is no finite number"),
    ("number-nan-in-data", "Table", "row 3, column 1: \"nan\" is no finite number"),
    ("number-zero-denominator", "Json", "\"1/0\" is no finite number at line 20 column 14"),
    ("other-problem", "OtherProblem", "the certificate is about another problem than the result"),
    ("output-bias", "Class", "the network is not of the class: there is an output bias"),
    ("output-weight", "Class", "the network is not of the class: neuron 1 has output weight 2: a ReLU network has output weights 1"),
    ("points-fewer", "OtherData", "the data do not fit the problem: there are 4 rows, the problem has 2 points"),
    ("points-first-row-dropped", "OtherData", "the data do not fit the problem: there are 4 rows, the problem has 3 points"),
    ("points-huge", "OtherData", "the data do not fit the problem: there are 4 rows, the problem has 18446744073709551615 points"),
    ("points-more", "OtherData", "the data do not fit the problem: there are 5 rows, the problem has 3 points"),
    ("ragged-csv", "Table", "row 3: 1 entries, expected 2"),
    ("ragged-instance", "Table", "y: 2 entries, expected 3"),
    ("target-missed", "Status", "the status is realizable, but the loss 3/4 is above the target error 1/2"),
    ("width", "Class", "the network is not of the class: there are 1 neurons, the width is 0"),
];

#[test]
fn invalid_results_are_rejected_for_the_right_reason() {
    assert_complete("invalid", INVALID.iter().map(|&(name, ..)| name));
    let reasons: BTreeSet<&str> = INVALID.iter().map(|&(_, reason, _)| reason).collect();
    assert_eq!(reasons.len(), REASONS, "a file for every reason");
    for (name, expected, words) in INVALID {
        let (result, data) = case("invalid", name);
        match check_files(&result, &data) {
            Ok(claim) => panic!("{name} was accepted: {claim}"),
            Err(error) => assert!(reason(&error).0 == *expected && error.to_string().contains(words), "{name}: {error}"),
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
    for (name, ..) in INVALID {
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
