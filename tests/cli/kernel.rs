//! `relus kernel`: from data to spectrum, model, predictions and bounds, through files.

use super::{Run, Workspace, bundled};
use serde_json::Value;

/// 64 points on the circle with labels that a quadratic form gives.
fn circle() -> String {
    let angle = |i: u32| 2.0 * std::f64::consts::PI * (f64::from(i) + 0.5) / 64.0;
    // A little inside, so that the decimals stay within the ball.
    let line = |i: u32| format!("{},{},{}\n", 0.999_999_999 * angle(i).cos(), 0.999_999_999 * angle(i).sin(), angle(i).cos().powi(2));
    "u,v,y\n".to_owned() + &(0..64).map(line).collect::<String>()
}

fn lines(run: &Run) -> Vec<Vec<f64>> {
    assert_eq!(run.code, 0, "{}", run.err);
    run.out.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().unwrap()).collect()).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// Origin: the closed form of the eigenvalues for degree 4.
#[test]
fn spectrum_of_the_circle() {
    let space = Workspace::new();
    space.write("circle.csv", circle());
    let report = space.relus("kernel spectrum circle.csv --kernel multinomial:4 --json --plot p.svg").json(0);
    let expected = [1.875, 0.875, 0.875, 0.5, 0.5, 0.125, 0.125, 0.0625, 0.0625, 0.0];
    for (value, expected) in floats(&report["eigenvalues"]).iter().zip(expected) {
        assert!((value - expected).abs() < 1e-7, "{value} {expected}");
    }
    assert_eq!((report["complete"].as_bool(), report["points"].as_u64()), (Some(true), Some(64)));
    let line = &report["effective_dimension"][0];
    assert!((line["at_least"].as_f64().unwrap() - 6.291_247).abs() < 1e-5 && line["eta"] == 0.1);
    let svg = space.read("p.svg");
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts: String = document.descendants().filter_map(|node| node.text()).collect();
    assert!(texts.contains("eigenvalue") && texts.contains("number i of the eigenvalue") && texts.contains("multinomial:4"));
    let text = space.relus("kernel spectrum circle.csv --scale ball");
    assert!(text.code == 0 && text.out.contains("effective dimension") && text.out.contains("order of the sample size"), "{}", text.out);
}

/// Origin: u² is a function of the multinomial kernel of degree 2, so almost no error is left; predictions from the file agree with the training error; the bounds' formulas.
#[test]
fn fit_predict_bound() {
    let space = Workspace::new();
    space.write("circle.csv", circle());
    let fit =
        space.relus("kernel fit circle.csv --kernel multinomial:2 --ridge 1e-9 --landmarks 20 --tolerance 1e-6 --json --save-model m.json").json(0);
    assert!(fit["training_error"].as_f64().unwrap() < 1e-10, "{fit}");
    assert_eq!((fit["landmarks_drawn"].as_u64(), fit["landmarks"].as_u64()), (Some(20), Some(5)), "the rank is 2·2 + 1");
    let rows = lines(&space.relus("kernel predict m.json circle.csv"));
    let mean = rows.iter().map(|row| row[3].powi(2)).sum::<f64>() / 64.0;
    assert_eq!(rows.len(), 64);
    assert!((mean - fit["training_error"].as_f64().unwrap()).abs() < 1e-12);
    // Without the target, by the name of the target, from standard input, as JSON.
    space.write("new.csv", "u,v\n1,0\n0,1\n").write("moved.csv", "y,u,v\n1,1,0\n0,0,1\n");
    let rows = lines(&space.relus("kernel predict m.json new.csv"));
    assert!((rows[0][1] - 1.0).abs() < 1e-5 && rows[1][1].abs() < 1e-5, "{rows:?}");
    assert_eq!(lines(&space.relus("kernel predict m.json moved.csv"))[0][2], 1.0);
    let json = space.relus_with("kernel predict m.json - --json", "u,v\n0,1\n1,0\n").json(0);
    assert_eq!(floats(&json["predictions"]), [rows[1][1], rows[0][1]]);
    assert!(json["mean_squared_error"].is_null());

    let bound = space.relus("kernel bound m.json circle.csv --delta 0.1 --json").json(0);
    let size = bound["size"].as_u64().unwrap();
    assert_eq!(size, 5 + bound["code_bits"].as_u64().unwrap() + bound["side_bits"].as_u64().unwrap());
    assert!(bound["compression"]["vacuous"] == true && bound["textbook"]["vacuous"] == true);
    let from = bound["textbook"]["useful_from_points"].as_f64().unwrap();
    let at = |m: f64| 8.0 * size as f64 * (m / 0.1).ln() / m;
    assert!(at(from) < 1.0 && at(from - 1.0) > 0.999, "{from}");
    let text = space.relus("kernel bound m.json circle.csv");
    assert!(text.code == 0 && text.out.contains("vacuous"), "{}", text.out);
    // The bounds are for the training data.
    space.write("other.csv", circle().replace("u,v,y\n", "u,v,y\n0,0,0\n"));
    let other = space.relus("kernel bound m.json other.csv");
    assert!(other.code == 4 && other.err.contains("not the data that the model was fitted to"), "{}", other.err);
}

/// Labels and features on scales of their own; one class of many; what is left open by cross-validation; seeds.
#[test]
fn bundled_data() {
    let space = Workspace::new();
    let diabetes = bundled("instances/real/diabetes.csv");
    let fit = |more: &str| space.relus(&format!("kernel fit {diabetes} --scale standardise --scale-labels --landmarks 60 {more}"));
    let report = fit("--json --save-model d.json").json(0);
    let (error, constant) = (report["cross_validation_error"].as_f64().unwrap(), report["constant_error"].as_f64().unwrap());
    // Origin: a linear regression leaves half of the variance.
    assert!(error < 0.56 * constant && report["training_error"].as_f64().unwrap() < error, "{report}");
    let first = space.read("d.json");
    assert_eq!(fit("--save-model d.json").code, 0);
    assert_eq!(space.read("d.json"), first, "a seed determines the model");
    let rows = lines(&space.relus(&format!("kernel predict d.json {diabetes}")));
    assert!(rows.iter().all(|row| (25.0..=346.0).contains(&row[1])));

    let digits = bundled("instances/real/digits.csv");
    let report = space
        .relus(&format!("kernel fit {digits} --scale ball --positive 3 --kernel multinomial:4 --landmarks 150 --json --save-model three.json"))
        .json(0);
    assert!(report["training_error"].as_f64().unwrap() < 0.03, "{report}");
    let predicted = space.relus(&format!("kernel predict three.json {digits} --json")).json(0);
    assert!(predicted["accuracy"].as_f64().unwrap() > 0.97);
    let missing = space.relus(&format!("kernel fit {digits} --scale ball --positive 11"));
    assert!(missing.code == 4 && missing.err.contains("\"11\""), "{}", missing.err);
    // Classes with names need no --positive if there are two.
    let iris = bundled("instances/real/iris-versicolor-virginica.csv");
    assert_eq!(space.relus(&format!("kernel fit {iris} --scale standardise --landmarks 30 --json")).json(0)["points"], 100);
}

/// The theory's constants, on few points, all of which they keep.
#[test]
fn theory() {
    let space = Workspace::new();
    space.write("circle.csv", circle());
    let report = space.relus("kernel fit circle.csv --epsilon 0.1 --teacher relu:1 --json").json(0);
    assert!(
        report["kernel"].as_str().unwrap().starts_with("multinomial:") && report["sampler"] == "theory" && report["landmarks_drawn"] == 64,
        "{report}"
    );
    let report = space.relus("kernel fit circle.csv --epsilon 0.2 --kernel multinomial:2 --norm-bound 3 --form constrained --json").json(0);
    assert!(report["form"] == "constrained" && report["squared_norm"].as_f64().unwrap() <= 3.000001, "{report}");
    let few = space.relus("kernel fit circle.csv --epsilon 0.1 --landmarks 10");
    assert!(few.code == 0 && few.out.contains("its guarantee does not hold"), "{}", few.out);
}

/// A small comparison: all four methods, held-out errors, a picture.
#[test]
fn comparison() {
    let space = Workspace::new();
    let data: String = (0..40).map(|i: i32| format!("{i}/40,{}/20\n", (i - 20).max(0))).collect();
    space.write("hinge.csv", data);
    let report = space.relus("kernel compare hinge.csv --width 1 --time-limit 20s --landmarks 10 --json --plot c.svg").json(0);
    let methods = report["methods"].as_array().unwrap();
    assert_eq!((methods.len(), report["test_points"].as_u64()), (4, Some(12)));
    // Origin: the data are a neuron's.
    let exact = &methods[3];
    assert!(exact["training_error"] == 0.0 && exact["known"] == "training error proven least", "{exact}");
    assert!(methods[1]["test_error"].as_f64() < methods[0]["test_error"].as_f64());
    assert!(space.read("c.svg").contains("held out"));
}

/// Bad input: exit code 4 for data, 2 for settings, a message that says what to do, nothing written.
#[test]
fn errors() {
    let space = Workspace::new();
    space.write("far.csv", "x,y\n0.5,0\n3,1\n").write("labels.csv", "x,y\n0.5,0\n0.3,7\n").write("good.csv", "x,y\n0.5,0\n0.3,1\n0.1,1\n");
    space
        .write("empty.csv", "")
        .write("nan.csv", "x,y\n0.5,0\nnan,1\n")
        .write("huge.csv", "x,y\n0.5,0\n1e400,1\n")
        .write("names.csv", "x,y\n0.1,a\n0.2,b\n0.3,c\n");
    space.write("one.csv", "x,y\n0.5,0\n").write("pairs.csv", "x,z,y\n0.1,0.1,1\n").write("good.json", r#"{"format":"relus-kernel-model"}"#);
    let before = space.files();
    for (line, code, expected) in [
        ("kernel fit far.csv --kernel multinomial:2", 4, "point 2 has norm 3"),
        ("kernel fit far.csv --kernel multinomial:2", 4, "--scale ball"),
        ("kernel spectrum far.csv --kernel inverse", 4, "--scale standardise"),
        ("kernel fit labels.csv --kernel multinomial:2", 4, "point 2 has the label 7"),
        ("kernel fit labels.csv --kernel multinomial:2", 4, "--scale-labels"),
        ("kernel fit good.csv --kernel multinomial:2 --landmarks 4", 2, "4 landmarks are more than the 3 points"),
        ("kernel fit good.csv --kernel multinomial:2 --landmarks 0", 2, "0"),
        ("kernel fit good.csv --epsilon 0", 2, "must be a positive number"),
        ("kernel fit good.csv --epsilon -1", 2, "must be a positive number"),
        ("kernel fit good.csv --epsilon nan", 2, "must be a positive number"),
        ("kernel fit good.csv --epsilon 1e-6", 2, "larger epsilon"),
        ("kernel fit good.csv --kernel cosine", 2, "is no kernel"),
        ("kernel fit good.csv --ridge 0", 2, "must be a positive number"),
        ("kernel fit good.csv --ridge 1 --norm-bound 1", 2, "cannot be used with"),
        ("kernel fit good.csv --ridge 1 --epsilon 0.1", 2, "exclude each other"),
        ("kernel fit one.csv", 2, "the number of folds"),
        ("kernel fit good.csv --kernel multinomial:2 --ridge 1 --tolerance 1e-300", 2, "the rounding tolerance"),
        ("kernel fit empty.csv", 4, "the file is empty"),
        ("kernel fit nan.csv", 4, "not a finite number"),
        ("kernel fit huge.csv --scale ball", 4, "not a finite number in double precision"),
        ("kernel fit names.csv", 4, "is not a number"),
        ("kernel fit missing.csv", 4, "missing.csv"),
        ("kernel spectrum good.csv --plot p.png", 2, "ends in .svg"),
        ("kernel predict good.json good.csv", 4, "good.json"),
        ("kernel predict good.csv good.csv", 4, "good.csv"),
        ("kernel predict - -", 2, "only one"),
        ("kernel bound good.json good.csv --delta 1", 2, "between 0 and 1"),
        ("kernel compare good.csv --width 1", 2, "too few"),
    ] {
        let run = space.relus(&format!("{line}{}", if line.contains(" fit ") { " --save-model m.json" } else { "" }));
        assert_eq!(run.code, code, "{line}: {}{}", run.out, run.err);
        assert!(run.err.contains(expected), "{line}: {}", run.err);
        assert_eq!((run.out.as_str(), space.files()), ("", before.clone()), "{line}: nothing is written");
    }
    assert_eq!(space.relus("kernel fit good.csv --kernel multinomial:2 --ridge 0.1 --save-model m.json").code, 0);
    let run = space.relus("kernel predict m.json pairs.csv");
    assert!(run.code == 4 && run.err.contains("2 numbers where 1"), "{}", run.err);
    let run = space.relus("kernel predict m.json far.csv");
    assert!(run.code == 4 && run.err.contains("point 2 has norm 3"), "{}", run.err);
    // The kernel without a ball takes what the others refuse.
    assert_eq!(space.relus("kernel fit far.csv --kernel gaussian:1 --ridge 0.1").code, 0);
}
