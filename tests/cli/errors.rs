//! Bad input: exit code 4 (2 for wrong usage), one clear message that starts with the place, and nothing written.

use super::Workspace;

const INSTANCE: &str = r#"{"format":"relus-instance","version":1,"activation":"relu","width":0,"loss":"l2","x":[[1],[2]],"y":[0,1]}"#;
const NETWORK: &str = r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[{"w":["1","2"],"b":"0","a":"1"}]}"#;

/// Trains on a file with this content and expects exit code 4 and a message that starts like this.
fn bad_data(file: &str, content: impl AsRef<[u8]>, options: &str, message: &str) {
    let space = Workspace::new();
    space.write(file, content);
    for output in ["", "--json"] {
        let run = space.relus(&format!("train {file} {options} {output} --save-network net.json -o out.txt"));
        assert_eq!(run.code, 4, "{options}: {}", run.err);
        assert!(run.err.starts_with(message), "expected {message:?}, got {:?}", run.err);
        assert_eq!(run.err.lines().count(), 1, "one message: {:?}", run.err);
        assert_eq!((run.out.as_str(), space.files()), ("", vec![file.to_owned()]), "nothing is written");
    }
}

#[test]
fn tables() {
    let number = "is not a number (write a decimal such as -3.25 or 1e-3, or a fraction such as 7/12)";
    bad_data("d.csv", "", "-k 1", "d.csv:1: no data: the file is empty");
    bad_data("d.csv", "\n\n", "-k 1", "d.csv:1: no data: the file is empty");
    bad_data("d.csv", "a,b\n", "-k 1", "d.csv:1: no data: there is a header but no line after it");
    bad_data("d.csv", "1,2\n", "-k 1 --header", "d.csv:1: no data: there is a header but no line after it");
    bad_data("d.csv", "a,b\n1,2\n3\n", "-k 1", "d.csv:3:1: 1 fields, but the first line has 2");
    bad_data("d.csv", "a,b\n1,2\n3,4,5\n", "-k 1", "d.csv:3:3: 3 fields, but the first line has 2");
    bad_data("d.csv", "a,b\n1,2\nhello,4\n", "-k 1", &format!("d.csv:3:1: \"hello\" {number}"));
    bad_data("d.csv", "a,b\n1,NaN\n", "-k 1", "d.csv:2:2: \"NaN\" is not a finite number");
    bad_data("d.csv", "a,b\n1,-inf\n", "-k 1", "d.csv:2:2: \"-inf\" is not a finite number");
    bad_data("d.csv", "a,b\n1,\n", "-k 1", "d.csv:2:2: empty field where a number is expected");
    bad_data("d.csv", "a,b\n1,1e99999\n", "-k 1", "d.csv:2:2: the exponent of \"1e99999\" is out of range");
    bad_data("d.csv", "1,2\n3,\"4\n", "-k 1", "d.csv:2:2: a quoted field is not closed");
    bad_data("d.csv", b"1,2\n3,\xff\n", "-k 1", "d.csv:2:3: is not UTF-8 text (byte 0xff)");
    bad_data("d.csv", "a,b\n1,2\n", "-k 1 --target z", "d.csv:1: no column \"z\"; the columns are \"a\", \"b\"");
    bad_data("d.csv", "1,2\n", "-k 1 --target 3", "d.csv:1: no column \"3\"; the columns are 1 to 2, without names");
    bad_data("d.csv", "a,b\n1,2\n", "-k 1 --features b", "d.csv:1: column \"b\" is selected twice");
}

#[test]
fn classes() {
    let three = "a,b\n1,p\n2,q\n3,r\n";
    bad_data(
        "d.csv",
        three,
        "-k 1 --loss zero-one",
        "d.csv:4:2: the zero-one loss needs exactly two classes, but there are at least three: \"p\", \"q\" and \"r\"",
    );
    bad_data("d.csv", "1,p\n2,q\n", "-k 1 --loss zero-one --positive r", "d.csv: no point has the label \"r\"");
    bad_data("d.csv", "1,p\n2,q\n", "-k 1", "d.csv:1:2: \"p\" is not a number");
    let instance = INSTANCE.replace("[0,1]", "[2,1]");
    bad_data("i.json", instance, "--loss zero-one", "i.json: y: the class values 1 and 2 lie on the same side of 0");
}

#[test]
fn widths() {
    for (width, message) in [
        ("two", "--width: \"two\" is not a number of neurons (a width is an integer: 0, 1, 2, …)"),
        ("-1", "--width: \"-1\" is not a number of neurons"),
        ("1.5", "--width: \"1.5\" is not a number of neurons"),
        ("99999999999999999999", "--width: 99999999999999999999 neurons are too many"),
    ] {
        bad_data("d.csv", "1,2\n", &format!("--width {width}"), message);
    }
    bad_data("i.json", INSTANCE.replace("\"width\":0", "\"width\":\"many\""), "", "i.json: width: \"many\" is not a number of neurons");
}

#[test]
fn instances() {
    let version = "i.json: version 2 of the format is not supported, this program reads version 1";
    bad_data("i.json", INSTANCE.replace("\"version\":1", "\"version\":2"), "", version);
    bad_data("i.json", INSTANCE.replace("\"version\":1", "\"version\":2,\"new\":0"), "", version);
    bad_data("i.json", &INSTANCE[..60], "", "i.json:1:60: EOF while parsing");
    bad_data("i.json", INSTANCE.replace("\"y\"", "\"z\""), "", "i.json:1:98: unknown field `z`");
    bad_data("i.json", INSTANCE.replace("[2]", "[2,3]"), "", "i.json: x[1]: 2 entries where 1 are expected");
    bad_data("i.json", INSTANCE.replace("[2]", "[\"two\"]"), "", "i.json: x[1][0]: \"two\" is not a number");
    bad_data("i.json", NETWORK, "", "i.json: not a relus-instance file (\"format\" is \"relus-network\")");
    bad_data("i.json", format!("{}{}", "[".repeat(200), "{"), "", "i.json:1: no data");
    bad_data("i.json", format!("{{\"x\":{}", "[".repeat(100_000)), "", "i.json:1:100005: EOF while parsing a list");
}

#[test]
fn files_that_are_none() {
    let space = Workspace::new();
    std::fs::create_dir(space.path("folder")).unwrap();
    space.write("d.csv", "1,2\n").write("n.json", NETWORK);
    for (line, message) in [
        ("train nothing.csv -k 1", "nothing.csv: No such file or directory"),
        ("train folder -k 1", "folder: is a directory, not a file"),
        ("train d.csv -k 0 -o folder", "folder: is a directory, not a file"),
        ("train d.csv -k 0 --save-network folder/none/net.json", "folder/none/net.json: the directory to write into does not exist"),
        ("eval nothing.json d.csv", "nothing.json: No such file or directory"),
        ("eval d.csv d.csv", "d.csv:1:1: "),
        ("eval n.json d.csv --predictions p.csv", "n.json: neuron 1 has 2 input weights, the data have 1 features"),
        ("arrangement nothing.csv", "nothing.csv: No such file or directory"),
    ] {
        let run = space.relus(line);
        assert_eq!(run.code, 4, "{line}: {}", run.err);
        assert!(run.err.starts_with(message), "{line}: {}", run.err);
        assert_eq!(run.out, "");
    }
    assert_eq!(space.files(), ["d.csv", "folder", "n.json"]);
}

#[test]
fn networks() {
    let space = Workspace::new();
    space.write("d.csv", "1,2,3\n");
    for (content, message) in [
        (NETWORK.replace("\"version\":1", "\"version\":3"), "n.json: version 3 of the format is not supported"),
        (NETWORK.replace("[\"1\",\"2\"]", "[\"1\",\"x\"]"), "n.json: neurons[0].w[1]: \"x\" is not a number"),
        (NETWORK[..50].to_owned(), "n.json:1:50: EOF while parsing"),
        (INSTANCE.to_owned(), "n.json: not a relus-network file"),
    ] {
        let run = space.write("n.json", content).relus("eval n.json d.csv -o out.txt");
        assert_eq!((run.code, run.out.as_str(), space.has("out.txt")), (4, "", false));
        assert!(run.err.starts_with(message), "{}", run.err);
    }
}

#[test]
fn matrices() {
    let space = Workspace::new();
    for (content, message) in [
        ("1,0\n0,0\n", "m.csv: row 2 is zero: it describes no hyperplane"),
        ("1,0\n1\n", "m.csv:2:1: 1 fields, but the first line has 2"),
        ("1,0\n1,x\n", "m.csv:2:2: \"x\" is not a number"),
        ("", "m.csv:1: no data"),
    ] {
        let run = space.write("m.csv", content).relus("arrangement --hyperplanes m.csv -o out.txt");
        assert_eq!((run.code, run.out.as_str(), space.has("out.txt")), (4, "", false), "{}", run.err);
        assert!(run.err.starts_with(message), "{}", run.err);
    }
}

#[test]
fn wrong_usage() {
    let space = Workspace::new();
    space.write("d.csv", "1,2\n").write("i.json", INSTANCE);
    for line in [
        "",
        "learn d.csv",
        "train",
        "train d.csv",
        "train d.csv -k 1 --loss l3",
        "train d.csv -k 1 --gap -1",
        "train d.csv -k 1 --gap x",
        "train d.csv -k 1 --time-limit soon",
        "train d.csv -k 1 --threads 0",
        "train d.csv -k 1 --weight-bound 0",
        "train d.csv -k 1 --positive 2",
        "train d.csv -k 1 --method milp --loss l2",
        "train i.json --target 1",
        "eval i.json i.json --header --no-header",
        "eval - -",
        "arrangement d.csv --list --count-only",
        "generate teacher --points 0",
        "generate teacher --decimals 10",
        "generate teacher --noise -1",
        "generate hyperplanes braid 1",
        "generate hyperplanes boolean 17",
        "export d.csv -k 1 --loss l2 --to lp",
        "completions latin",
    ] {
        let run = space.relus(line);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{line}: {}", run.err);
        assert!(!run.err.is_empty());
    }
    assert_eq!(space.files(), ["d.csv", "i.json"]);
}
