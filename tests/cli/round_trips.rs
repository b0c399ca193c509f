//! What one command writes, the others read: the same numbers come back.

use super::Workspace;
use serde_json::Value;

fn value(json: &Value, path: &str) -> String {
    path.split('.').fold(json, |value, key| &value[key]).as_str().unwrap_or_else(|| panic!("no {path} in {json}")).to_owned()
}

/// The loss called `name` of an evaluation.
fn loss(evaluation: &Value, name: &str) -> String {
    let losses = evaluation["losses"].as_array().unwrap();
    losses.iter().find(|loss| loss["name"] == name).map(|loss| value(loss, "loss")).unwrap_or_else(|| panic!("no {name} in {evaluation}"))
}

/// Origin: both files hold the same instance, and the loss of a result is the one that `eval` finds by the definition.
#[test]
fn generate_train_eval() {
    for (activation, name) in [("relu", "l2"), ("relu", "l1"), ("relu", "linf"), ("relu", "zero-one"), ("threshold", "l2"), ("threshold", "zero-one")] {
        let space = Workspace::new();
        let teacher = format!("generate teacher -d 1 -k 1 -n 9 --noise 0.2 --decimals 2 --activation {activation} --loss {name} --seed 3");
        assert_eq!(space.relus(&format!("{teacher} -o p.json --save-network t.json")).code, 0);
        assert_eq!(space.relus(&format!("{teacher} -o p.csv")).code, 0);
        let from_json = space.relus("train p.json --json --save-network n.json").json(0);
        let from_csv = space.relus(&format!("train p.csv -k 1 --loss {name} --activation {activation} -o r.json"));
        assert_eq!((from_csv.code, from_csv.out.as_str()), (0, ""), "{}", from_csv.err);
        let written: Value = serde_json::from_str(&space.read("r.json")).unwrap();
        let optimum = value(&from_json, "loss");
        assert_eq!(from_json["status"], "optimal");
        assert_eq!(value(&written, "loss"), optimum);
        for network in ["n.json", "r.json"] {
            for data in ["p.json", "p.csv"] {
                assert_eq!(loss(&space.relus(&format!("eval {network} {data} --json")).json(0), name), optimum);
            }
        }
        // The teacher is one of the networks that the optimum is taken over.
        let of_teacher = loss(&space.relus("eval t.json p.json --json").json(0), name);
        let number = |text: &str| relus::exact::parse_rational(text).unwrap();
        assert!(number(&optimum) <= number(&of_teacher), "{optimum} > {of_teacher}");
    }
}

#[test]
fn a_teacher_without_noise_has_loss_zero() {
    let space = Workspace::new();
    for options in ["--loss l1", "--activation threshold", "--loss zero-one -k 3 --output-bias", "-d 0 -k 0", "-d 5 -k 4 --decimals 9"] {
        assert_eq!(space.relus(&format!("generate teacher --noise 0 -n 30 {options} -o p.json --save-network t.json")).code, 0);
        let evaluation = space.relus("eval t.json p.json --json").json(0);
        let name = if options.contains("zero-one") { "zero-one" } else { "l2" };
        assert_eq!(loss(&evaluation, name), "0", "{options}");
    }
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let space = Workspace::new();
    let draw = |seed: u32| space.relus(&format!("generate teacher --seed {seed} --format csv")).out;
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_eq!(draw(1).lines().count(), 41, "a header and 40 points");
}

#[test]
fn predictions_are_exact() {
    let space = Workspace::new();
    space.write("d.csv", "x,y\n1/3,1\n-1,0.5\n2,1e-1\n");
    space.write("n.json", r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"1/7","neurons":[{"w":[1],"b":0,"a":-1}]}"#);
    // Origin: by hand, f(x) = 1/7 - max(0, x).
    let expected = "point,target,prediction,prediction_approx,residual,residual_approx\n\
                    1,1,-4/21,-0.19047619047619047,-25/21,-1.1904761904761905\n\
                    2,1/2,1/7,0.14285714285714285,-5/14,-0.35714285714285715\n\
                    3,1/10,-13/7,-1.8571428571428572,-137/70,-1.957142857142857\n";
    assert_eq!(space.relus("eval n.json d.csv --predictions -").out, expected);
    assert_eq!(space.relus("eval n.json d.csv --predictions p.csv -q").code, 2, "eval has no progress to silence");
    assert_eq!(space.relus("eval n.json d.csv --predictions p.csv").code, 0);
    assert_eq!(space.read("p.csv"), expected);
    assert_eq!(loss(&space.relus("eval n.json d.csv --json").json(0), "linf"), "137/70");
}

#[test]
fn standard_input_and_output() {
    let space = Workspace::new();
    let instance = space.relus("generate teacher -d 1 -n 6 --noise 0").out;
    let trained = space.relus_with("train - --json", &instance).json(0);
    assert_eq!((value(&trained, "loss").as_str(), &trained["status"]), ("0", &Value::from("optimal")));
    let matrix = space.relus("generate hyperplanes threshold 3").out;
    assert_eq!(space.relus_with("arrangement --hyperplanes - --json", &matrix).json(0)["cells"], 104);
    space.write("-", "1,1\n");
    assert_eq!(space.relus_with("train - -k 0 --json", "1,3\n").json(0)["loss"], "9", "\"-\" is not a file");
}
