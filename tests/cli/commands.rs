//! What the commands answer on small cases with known answers.

use super::Workspace;
use serde_json::Value;

#[test]
fn without_neurons_the_optimum_is_known() {
    let space = Workspace::new();
    space.write("d.csv", "a,y\n1,1/3\n2,0.5\n3,-1\n");
    // Origin: without neurons and output bias f = 0, so the losses are those of the targets; with one, the mean is the best constant.
    for (options, loss) in [("", "49/36"), ("--loss l1", "11/6"), ("--loss linf", "1"), ("--output-bias", "73/54")] {
        let result = space.relus(&format!("train d.csv --width 0 {options} --json")).json(0);
        assert_eq!((&result["status"], &result["loss"], &result["lower_bound"]), (&"optimal".into(), &loss.into(), &loss.into()), "{options}");
        assert_eq!((&result["format"], &result["version"], &result["gap"]), (&"relus-result".into(), &1.into(), &"0".into()));
    }
    let approx = space.relus("train d.csv -k 0 --json").json(0)["loss_approx"].as_f64().unwrap();
    assert!((approx - 49.0 / 36.0).abs() < 1e-12);
}

/// Origin: three points on a line cannot be separated as 0, 1, 0 by one threshold; one error is needed and is enough.
#[test]
fn class_names_of_any_kind() {
    let space = Workspace::new();
    space.write("d.csv", "x,kind\n1,cat\n2,dog\n3,cat\n");
    for options in ["", "--positive cat", "--activation threshold"] {
        let result = space.relus(&format!("train d.csv -k 1 --loss zero-one {options} --json")).json(0);
        assert_eq!((&result["status"], &result["loss"]), (&"optimal".into(), &"1".into()), "{options}");
        let positive = if options.contains("cat") { "cat" } else { "dog" };
        assert_eq!(result["problem"]["positive"], positive);
    }
    let text = space.relus("train d.csv -k 1 --loss zero-one").out;
    assert!(text.contains("\"dog\" where f(x) > 0, else \"cat\""), "{text}");
}

/// Origin: max(0, x - 1/3) fits exactly; one neuron cannot bend twice.
#[test]
fn the_decision_problem() {
    let space = Workspace::new();
    space.write("one.csv", "0,0\n1,2/3\n2,5/3\n").write("two.csv", "0,1\n1,0\n2,0\n3,1\n");
    assert_eq!(space.relus("train one.csv -k 1 --target-error 0 --json").json(0)["status"], "realizable");
    assert_eq!(space.relus("train two.csv -k 1 --target-error 0 --json").json(0)["status"], "not-realizable");
    assert_eq!(space.relus("train two.csv -k 2 --target-error 0 --json").json(0)["status"], "realizable");
}

#[test]
fn out_of_time_means_exit_code_three_and_a_valid_bound() {
    let space = Workspace::new();
    space.relus("generate teacher -d 6 -k 3 -n 60 --noise 1 -o p.json");
    let run = space.relus("train p.json --time-limit 10ms --json --save-network n.json");
    let result = run.json(3);
    assert_eq!(result["status"], "time-limit");
    let number = |key: &str| relus::exact::parse_rational(result[key].as_str().unwrap()).unwrap();
    assert!(number("lower_bound") < number("loss"));
    let again = space.relus("eval n.json p.json --json").json(0);
    assert_eq!(again["losses"][0]["loss"], result["loss"]);
    assert!(space.relus("train p.json --time-limit 10ms").out.contains("no proof: a limit came first"));
}

#[test]
fn options_override_an_instance_with_a_note() {
    let space = Workspace::new();
    space.write("i.json", r#"{"format":"relus-instance","version":1,"activation":"relu","width":1,"loss":"l2","x":[[1],[2]],"y":[3,4]}"#);
    let result = space.relus("train i.json --width 0 --loss l1 --json").json(0);
    assert_eq!((&result["loss"], &result["problem"]["width"]), (&"7".into(), &0.into()));
    let notes: Vec<&str> = result["notes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(notes.contains(&"the file says width 1, the command line says 0, which is used"), "{notes:?}");
    assert!(notes.contains(&"the file says loss l2, the command line says l1, which is used"), "{notes:?}");
    let same = space.relus("train i.json --width 1 --json").json(0);
    assert!(same["notes"].as_array().unwrap().iter().all(|note| !note.as_str().unwrap().contains("the file says")));
}

#[test]
fn the_report_says_what_was_found() {
    let space = Workspace::new();
    space.write("d.csv", "height,weight\n0,0\n1,2/3\n2,5/3\n");
    let text = space.relus("train d.csv --width 1 -q").out;
    for part in [
        "optimal     proven: no network of this class has a smaller loss",
        "data        d.csv: 3 points, 1 feature, target \"weight\"",
        "model       1 ReLU neuron",
        "loss        0 (l2: sum of squares)",
        "lower bound equal to the loss",
        "network     f(x) = max(0, z1)",
        "z1 = height - 0.333333",
        "exactly w = (1), b = -1/3, a = 1",
        "method      univariate",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

/// Origins: OEIS A034997 and A000609; `n!`; `2^n`; for points in general position `2 Σ_{i≤d} C(n−1, i)`.
#[test]
fn numbers_of_cells() {
    let space = Workspace::new();
    for (name, cells) in [("resonance 4", 370), ("threshold 3", 104), ("braid 4", 24), ("boolean 5", 32)] {
        assert_eq!(space.relus(&format!("generate hyperplanes {name} -o m.csv")).code, 0);
        let report = space.relus("arrangement --hyperplanes m.csv --json").json(0);
        assert_eq!((&report["cells"], &report["cells_by_polynomial"]), (&cells.into(), &cells.to_string().into()), "{name}");
        assert_eq!(space.relus("arrangement --hyperplanes m.csv --count-only --json").json(0)["cells_by_polynomial"], cells.to_string());
    }
    space.write("p.csv", "x,y,label\n0,0,5\n1,0,5\n0,1,5\n3,7,5\n");
    assert_eq!(space.relus("arrangement p.csv --target label --json").json(0)["cells"], 14);
    assert_eq!(space.relus("arrangement p.csv --features x --json").json(0)["cells"], 6, "three different points on a line");
}

/// Origin: the definition, the sign of `w·x + b` at every point.
#[test]
fn every_listed_cell_has_a_witness() {
    let space = Workspace::new();
    space.write("p.csv", "0.5,0\n1,-2\n0,1/3\n1,-2\n3,7\n-1,2\n");
    let points = [[0.5, 0.0], [1.0, -2.0], [0.0, 1.0 / 3.0], [1.0, -2.0], [3.0, 7.0], [-1.0, 2.0]];
    let report = space.relus("arrangement p.csv --list --json").json(0);
    let list = report["list"].as_array().unwrap();
    assert_eq!(Some(list.len() as u64), report["cells"].as_u64());
    let mut seen = std::collections::HashSet::new();
    for cell in list {
        let witness: Vec<f64> = cell["witness"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().parse().unwrap()).collect();
        // Small integers: the floats are far from 0 or exactly 0, up to 1/3.
        let signs: String = points.iter().map(|p| if witness[0] * p[0] + witness[1] * p[1] + witness[2] > 1e-9 { '+' } else { '-' }).collect();
        assert_eq!(cell["signs"].as_str().unwrap(), signs);
        assert!(seen.insert(signs), "each cell once");
    }
    let text = space.relus("arrangement p.csv --list").out;
    assert_eq!(text.lines().count(), 3 + list.len(), "three lines of head");
}

#[test]
fn export_writes_each_program() {
    let space = Workspace::new();
    space.write("d.csv", "0,0\n1,2/3\n2,5/3\n");
    assert_eq!(space.relus("export d.csv -k 1 --loss l1 --to lp -o m.lp").code, 0);
    assert_eq!(space.files(), ["d.csv", "m-1.lp", "m-2.lp"], "one neuron has two signs");
    assert!(space.read("m-1.lp").to_lowercase().contains("minimize"));
    let one = space.relus("export d.csv -k 1 --loss l1 --to lp --model 2");
    assert_eq!((one.code, one.out), (0, space.read("m-2.lp")));
    assert_eq!(space.relus("export d.csv -k 1 --loss l1 --to lp").code, 2, "two programs do not fit one stream");
    let threshold = space.relus("export d.csv -k 1 --loss linf --activation threshold --to mps");
    assert!(threshold.out.contains("ROWS") && threshold.out.contains("ENDATA"), "{}", threshold.err);
}

#[test]
fn help_and_completions() {
    let space = Workspace::new();
    for command in
        ["", "train", "eval", "arrangement", "export", "generate", "generate teacher", "generate convex", "generate hyperplanes", "completions"]
    {
        let run = space.relus(&format!("{command} --help"));
        assert_eq!(run.code, 0, "{command}");
        assert!(run.out.contains("Usage: relus"), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(space.relus(&format!("completions {shell}")).out.contains("relus"), "{shell}");
    }
    assert!(space.relus("--version").out.starts_with("relus "));
}
