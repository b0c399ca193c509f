//! `relus width`: answers, certificates, limits and wrong options.

use super::{Workspace, bundled};

/// Origin: four neurons a gadget by the proof of the reduction; the certificate of three is accepted.
#[test]
fn a_gadget_needs_four() {
    let space = Workspace::new();
    let gadget = bundled("instances/hardness/poits-relu-gadget.json");
    let answer = space.relus(&format!("width {gadget} --json --certificate c --save-network n.json")).json(0);
    assert_eq!((&answer["format"], &answer["version"], &answer["status"]), (&"relus-width".into(), &1.into(), &"smallest".into()));
    assert_eq!((&answer["width"], &answer["bends"], &answer["lower_proof"]), (&4.into(), &4.into(), &"bends".into()));
    assert_eq!((&answer["certificate"], &answer["certified_width"]), (&"c".into(), &3.into()));
    let check = space.relus(&format!("check c {gadget}"));
    assert!(check.code == 0 && check.out.contains("width 3") && check.out.contains("No such network reaches the target error 0"), "{}", check.out);
    assert!(space.relus(&format!("eval n.json {gadget}")).out.contains("l2          0\n"));
}

/// Origin: the reduction's width is four for each variable and each clause, and three gadgets of clause-111 are among them: the bound counts 4 N.
#[test]
fn a_reduction_needs_four_a_gadget() {
    let space = Workspace::new();
    let formula = bundled("instances/sources/matchings-k4.cnf");
    assert_eq!(space.relus(&format!("reduce poits-relu {formula} -o i.json")).code, 0);
    let instance: serde_json::Value = serde_json::from_str(&space.read("i.json")).unwrap();
    let k = instance["width"].as_u64().unwrap();
    let most = k - 1;
    let run = space.relus(&format!("width i.json --max-width {most} --json --certificate c"));
    let answer = run.json(3);
    assert_eq!((&answer["status"], &answer["lower_bound"], &answer["certified_width"]), (&"bounds".into(), &k.into(), &most.into()));
    assert!(space.relus("check c i.json").out.contains("No such network"));
}

/// Origin: by hand for each; certificates of all kinds of proofs are accepted: no neurons, bends, orientations (found again by the search), the search.
#[test]
fn certificates_of_the_width_below() {
    let space = Workspace::new();
    for (csv, options, width, proof) in [
        ("x,y\n0,0\n1,0\n2,0\n", "", 0, "trivial"),
        ("x,y\n0,2\n1,2\n", "", 1, "no-neurons"),
        ("x,y\n0,0\n1,0\n2,1\n", "", 1, "bends"),
        ("x,y\n-2,2\n-1,1\n0,0\n1,1\n2,2\n", "", 2, "orientations"),
        ("x,y\n-1,-1\n0,0\n1,1\n", "", 2, "search"),
        ("x,y\n0,0\n1,0\n2,1\n3,2\n4,4\n", "--affine", 2, "bends"),
        ("x,y\n0,0\n1,1\n2,0\n", "--activation threshold", 2, "bends"),
        ("x,y\n0,1\n1,2\n", "--activation threshold", 2, "orientations"),
        ("x,y\n-2,3\n-1,2\n0,1\n1,2\n2,3\n", "--convex", 3, "search"),
        ("a,b,y\n0,0,0\n1,0,1\n0,1,1\n1,1,0\n", "", 2, "search"),
    ] {
        space.write("d.csv", csv);
        let _ = std::fs::remove_file(space.path("c"));
        let answer = space.relus(&format!("width d.csv {options} --json --certificate c")).json(0);
        assert_eq!((&answer["width"], &answer["lower_proof"]), (&width.into(), &proof.into()), "{csv}{options}");
        assert_eq!(space.has("c"), width > 0, "{csv}");
        assert!(!space.has("c.partial"));
        if width > 0 {
            let check = space.relus("check c d.csv");
            assert!(check.code == 0 && check.out.contains("No such network"), "{csv}{options}: {}{}", check.out, check.err);
        }
    }
}

/// Origin: by hand.
#[test]
fn no_width_is_an_answer() {
    let space = Workspace::new();
    for (csv, options, reason) in [
        ("x,y\n0,0\n1,0\n0,1\n", "", "points 1, 3 are equal and have different targets"),
        ("x,y\n0,0\n1,1\n2,0\n", "--convex --affine", "points 1, 2, 3 lie on a line"),
        ("x,y\n0,1\n1,-1\n", "--convex", "point 2 has a negative target"),
    ] {
        space.write("d.csv", csv);
        let run = space.relus(&format!("width d.csv {options} --certificate c"));
        assert!(run.code == 0 && run.out.starts_with("width       none") && run.out.contains(reason), "{}{}", run.out, run.err);
        let answer = space.relus(&format!("width d.csv {options} --json")).json(0);
        assert_eq!((&answer["status"], &answer["width"]), (&"none".into(), &serde_json::Value::Null));
        assert!(!space.has("c"));
    }
}

/// A planted network of two neurons bounds the width from above. Origin: the generator; the search decides the rest, and its certificate is accepted.
#[test]
fn planted_networks_are_found() {
    let space = Workspace::new();
    for seed in 0..3 {
        assert_eq!(space.relus(&format!("generate teacher -d 2 -k 2 -n 12 --noise 0 --decimals 1 --seed {seed} -o p.json")).code, 0);
        let answer = space.relus("width p.json --json --certificate c").json(0);
        let width = answer["width"].as_u64().unwrap();
        assert!((1..=2).contains(&width), "{answer}");
        assert_eq!(space.relus("check c p.json").code, 0);
    }
}

#[test]
fn wrong_options_are_refused() {
    let space = Workspace::new();
    space.write("d.csv", "x,y\n0,0\n1,0\n");
    for (line, code, message) in [
        ("width d.csv --activation threshold --affine", 2, "the activation must be relu"),
        ("width d.csv --max-width -1", 2, "--max-width"),
        ("width d.csv --positive 1", 2, "--positive applies to --loss zero-one only"),
        ("width d.csv --certificate no/c", 4, "no"),
        ("width nothing.csv", 4, "nothing.csv"),
    ] {
        let run = space.relus(line);
        assert!(run.code == code && run.err.contains(message) && run.out.is_empty(), "{line}: {} {}{}", run.code, run.out, run.err);
    }
}
