//! Training on a line: the same optimum as the search's, and what the method does not take.

use super::Workspace;

/// Origin: the search, another algorithm. The kinks of planted data with noise lie between points.
#[test]
fn finds_the_optimum_of_the_search() {
    let space = Workspace::new();
    assert_eq!(space.relus("generate teacher -d 1 -k 2 -n 60 --noise 0.3 --seed 3 -o line.json").code, 0);
    for options in ["", "--affine", "--output-bias --convex", "--loss l1", "--loss linf --affine"] {
        let optimum = |method: &str| {
            let run = space.relus(&format!("train line.json {options} --method {method} --json -o r.json")).code;
            assert_eq!(run, 0);
            assert_eq!(space.relus("check r.json line.json").code, 0);
            let result: serde_json::Value = serde_json::from_str(&space.read("r.json")).unwrap();
            assert_eq!(result["status"], "optimal");
            result["loss"].clone()
        };
        assert_eq!(optimum("univariate"), optimum("search"), "{options}");
    }
    let auto = space.relus("train line.json");
    assert!(auto.out.contains("auto chose univariate"), "{}", auto.out);
}

#[test]
fn says_what_it_does_not_take() {
    let space = Workspace::new();
    space.write("plane.csv", "1,2,3\n4,5,6\n").write("line.csv", "1,1\n2,0\n3,1\n");
    for (line, message) in [
        ("plane.csv -k 1", "2 features"),
        ("line.csv -k 1 --activation threshold", "threshold neurons"),
        ("line.csv -k 1 --loss zero-one", "the 0-1 loss"),
        ("line.csv -k 1 --certificate c", "--certificate"),
    ] {
        let run = space.relus(&format!("train {line} --method univariate"));
        assert_eq!(run.code, 2, "{line}: {}", run.err);
        assert!(run.err.contains(message), "{}", run.err);
    }
}
