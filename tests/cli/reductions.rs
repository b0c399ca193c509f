//! `reduce`, `lift`, `pull`, `verify`, `solve` and the generators of sources, on files.

use super::{Workspace, bundled};

/// The round trip: solution → network → solution, with the instance in between checked by `eval`.
fn round_trip(rule: &str, source: &str, options: &str, expected: &str) {
    let work = Workspace::new();
    let run = work.relus(&format!("reduce {rule} {source} {options} -o instance.json --map map.json"));
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert!(run.out.contains("as the closed forms say"), "{}", run.out);
    let problem = rule.split('-').next().unwrap();
    let run = work.relus(&format!("solve {problem} map.json -o solution.txt"));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(work.read("solution.txt"), format!("s SATISFIABLE\n{expected}\n"));
    assert_eq!(work.relus(&format!("lift {rule} {source} {options} solution.txt -o network.json")).code, 0);
    let run = work.relus("eval network.json instance.json --json");
    assert_eq!(run.json(0)["losses"][0]["loss"], "0", "{}", run.out);
    let run = work.relus(&format!("pull {rule} map.json network.json"));
    assert_eq!((run.code, run.out.trim_end()), (0, expected), "{}", run.err);
}

/// Origin: the clause (1,1,2) has one solution, K5 has triangles (the solver's order is its own).
#[test]
fn solutions_survive_the_round_trip() {
    let clause = bundled("instances/sources/clause-112.cnf");
    round_trip("poits-relu", &clause, "", "v -1 2 0");
    round_trip("poits-threshold", &clause, "", "v -1 2 0");
    let work = Workspace::new();
    work.write("edge.col", "c an edge\np edge 3 1\ne 1 3\n");
    let edge = work.path("edge.col").display().to_string();
    round_trip("clique-threshold", &edge, "--clique 2", "v 1 3 0");
    round_trip("clique-relu", &edge, "--clique 2", "v 1 3 0");
}

/// Origin: the table of instances/README.md.
#[test]
fn solve_counts_and_lists() {
    let work = Workspace::new();
    let count = |problem: &str, file: &str, options: &str| {
        let run = work.relus(&format!("solve {problem} {} --count --json {options}", bundled(&format!("instances/sources/{file}"))));
        assert_eq!(run.code, 0, "{}", run.err);
        run.json(0)["count"].as_str().unwrap().to_owned()
    };
    for (name, expected) in [
        ("matchings-k4", "3"),
        ("matchings-k33", "6"),
        ("matchings-prism", "4"),
        ("matchings-cube", "9"),
        ("matchings-petersen", "6"),
        ("matchings-heawood", "24"),
        ("matchings-dodecahedron", "36"),
        ("colourings-k4", "6"),
        ("colourings-petersen", "0"),
        ("colourings-flower-j5", "0"),
        ("fano", "0"),
        ("cyclic-6", "3"),
        ("cyclic-7", "0"),
        ("clause-111", "0"),
        ("clause-112", "1"),
    ] {
        assert_eq!(count("poits", &format!("{name}.cnf"), ""), expected, "{name}");
    }
    for (name, size, expected) in [
        ("petersen.col", 2, "15"),
        ("petersen.g6", 2, "15"),
        ("petersen.g6", 3, "0"),
        ("k33.col", 2, "9"),
        ("cycle-5.col", 2, "5"),
        ("prism.col", 3, "2"),
        ("complete-5.col", 3, "10"),
    ] {
        assert_eq!(count("clique", name, &format!("--clique {size}")), expected, "{name}");
    }
    let run = work.relus(&format!("solve poits {} --list 10", bundled("instances/sources/cyclic-6.cnf")));
    let mut lines: Vec<&str> = run.out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["s SATISFIABLE", "v -1 -2 3 -4 -5 6 0", "v -1 2 -3 -4 5 -6 0", "v 1 -2 -3 4 -5 -6 0"]);
}

/// The bundled files are what the generators write.
#[test]
fn bundled_sources_are_generated() {
    let work = Workspace::new();
    for (command, file) in [
        ("poits matchings petersen", "matchings-petersen.cnf"),
        ("poits matchings dodecahedron", "matchings-dodecahedron.cnf"),
        ("poits colourings flower-j5", "colourings-flower-j5.cnf"),
        ("poits fano", "fano.cnf"),
        ("poits cyclic 7", "cyclic-7.cnf"),
        ("graph cubic prism", "prism.col"),
        ("graph complete 5", "complete-5.col"),
        ("graph cycle 5", "cycle-5.col"),
    ] {
        let run = work.relus(&format!("generate {command}"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.out, std::fs::read_to_string(bundled(&format!("instances/sources/{file}"))).unwrap(), "{file}");
    }
    assert_eq!(work.relus("generate poits random --variables 30 --clauses 20 --planted --seed 5 -o f.cnf").code, 0);
    assert!(work.relus("solve poits f.cnf").out.starts_with("s SATISFIABLE"));
    let graph = work.relus("generate graph random --vertices 120 --density 0.5 --seed 1 -o g.col");
    assert_eq!(graph.code, 0);
    // A random graph of this size has cliques of 8 almost surely, and none of 20.
    assert!(work.relus("solve clique g.col --clique 8").out.starts_with("s SATISFIABLE"));
    assert!(work.relus("solve clique g.col --clique 20").out.starts_with("s UNSATISFIABLE"));
}

#[test]
fn verify_reports_what_was_checked() {
    let work = Workspace::new();
    let run = work.relus(&format!("verify poits-threshold {} --train 60s", bundled("instances/sources/clause-111.cnf")));
    assert_eq!(run.code, 0, "{}", run.err);
    for part in ["verified    every check held", "solutions   0 by the poits solver", "no network at all fits; the certificate was verified"] {
        assert!(run.out.contains(part), "{}", run.out);
    }
    let run = work.relus(&format!("verify clique-relu {} --clique 3 --json", bundled("instances/sources/prism.col")));
    let report = run.json(0);
    assert_eq!((report["solutions"].as_str(), report["lifted"].as_u64()), (Some("2"), Some(2)), "{}", run.out);
    let run = work.relus("verify poits-threshold --gadget clause");
    assert!(run.out.contains("functions   3 without error, for the choices 0, 1, 2: the complete list"), "{}{}", run.out, run.err);
    let run = work.relus(&format!("verify poits-threshold {} --functions 60s", bundled("instances/sources/clause-112.cnf")));
    assert!(run.out.contains("functions   1 without error among all networks"), "{}{}", run.out, run.err);
    assert_eq!(work.relus("verify clique-relu --gadget clause").code, 2);
    let run = work.relus("verify clique-threshold --random 20 --seed 4");
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("20 random clique problems"), "{}", run.out);
    assert!(work.files().is_empty(), "no counterexample, no file: {:?}", work.files());
}

/// Bad input: exit code 4 with a message; a network that does not fit: 5; wrong usage: 2.
#[test]
fn bad_sources_solutions_and_networks_are_refused() {
    let work = Workspace::new();
    work.write("negative.cnf", "p cnf 3 1\n1 -2 3 0\n")
        .write("two.cnf", "p cnf 3 1\n1 2 0\n")
        .write("empty.cnf", "p cnf 0 0\n")
        .write("ok.cnf", "p cnf 3 1\n1 2 3 0\n")
        .write("edge.col", "p edge 2 1\ne 1 3\n")
        .write("ok.col", "p edge 2 1\ne 1 2\n")
        .write("wrong.txt", "v 1 2 -3 0\n")
        .write("short.txt", "v 1 -2 0\n")
        .write("good.txt", "v 1 -2 -3 0\n")
        .write("narrow.json", r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":0,"neurons":[{"w":[1],"b":0,"a":1}]}"#)
        .write("zero.json", r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":0,"neurons":[]}"#)
        .write("threshold.json", r#"{"format":"relus-network","version":1,"activation":"threshold","output_bias":0,"neurons":[]}"#);
    for (line, code, message) in [
        ("reduce poits-relu negative.cnf", 4, "negative.cnf:2: literal -2 is negative"),
        ("reduce poits-relu two.cnf", 4, "two.cnf:2: clause 1 has 2 literals, expected 3"),
        ("reduce poits-relu empty.cnf", 4, "a formula without variables"),
        ("reduce poits-relu missing.cnf", 4, "missing.cnf"),
        ("reduce poits-relu ok.cnf --clique 2", 2, "--clique applies to graphs"),
        ("reduce clique-relu edge.col --clique 2", 4, "edge.col:2: vertex 3 is none of 1 to 2"),
        ("reduce clique-relu ok.col", 2, "a graph needs the size of the clique"),
        ("reduce clique-relu ok.col --clique 3", 4, "a clique of 3 vertices in a graph of 2"),
        ("reduce clique-relu ok.cnf --clique 2", 4, "the header is \"p cnf"),
        ("reduce no-rule ok.cnf", 2, "invalid value 'no-rule'"),
        ("lift poits-relu ok.cnf wrong.txt", 4, "wrong.txt: is not a solution of this poits problem"),
        ("lift poits-relu ok.cnf short.txt", 4, "short.txt: variable 3 has no value"),
        ("lift poits-relu - -", 2, "only one file can be read from standard input"),
        ("pull poits-relu ok.cnf narrow.json", 4, "neuron 1 has 1 input weights"),
        ("pull poits-relu ok.cnf threshold.json", 4, "activation threshold"),
        ("pull poits-relu ok.cnf zero.json", 5, "does not fit the data: at point"),
        ("verify poits-relu", 2, "required"),
        ("verify poits-relu ok.cnf --random 3", 2, "cannot be used with"),
    ] {
        let run = work.relus(line);
        assert_eq!(run.code, code, "{line}: {}{}", run.out, run.err);
        assert!(run.err.contains(message), "{line}: {}", run.err);
        assert_eq!(run.out, "", "{line}");
    }
    // A network of the reduction with one weight changed.
    assert_eq!(work.relus("lift poits-relu ok.cnf good.txt -o n.json").code, 0);
    let changed = work.read("n.json").replacen("-4", "-5", 1);
    work.write("changed.json", changed);
    let run = work.relus("pull poits-relu ok.cnf changed.json");
    assert_eq!(run.code, 5, "{}", run.out);
    assert!(run.err.contains("does not fit the data"), "{}", run.err);
}
