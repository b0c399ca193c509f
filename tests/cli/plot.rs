//! `plot`: which picture goes where, and what is refused.

use super::{Workspace, bundled};
use roxmltree::Document;

const CLAUSE: &str = "p cnf 2 1\n1 1 2 0\n";

/// The texts of a picture, one a line.
fn texts(svg: &str) -> String {
    let document = Document::parse(svg).unwrap();
    document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).collect::<Vec<_>>().join("\n")
}

/// Origin: the clause (1,1,2) has one solution, by its third literal.
#[test]
fn the_source_is_solved_if_nothing_is_said() {
    let work = Workspace::new();
    work.write("clause.cnf", CLAUSE).write("solution.txt", "v -1 2 0\n");
    for rule in ["poits-relu", "poits-threshold"] {
        let run = work.relus(&format!("plot reduction {rule} clause.cnf -o picture.svg"));
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""));
        let picture = work.read("picture.svg");
        let names = texts(&picture);
        for name in ["x1 = false", "x2 = true", "C1 chooses 3: x2", "C1.3: x2"] {
            assert!(names.contains(name), "{name} is not in {names}");
        }
        // The same from standard input to standard output, from the solution and from its network.
        assert_eq!(work.relus(&format!("lift {rule} clause.cnf solution.txt -o network.json")).code, 0);
        for options in ["", "--solution solution.txt", "--network network.json"] {
            let run = work.relus(&format!("plot reduction {rule} clause.cnf {options}"));
            assert_eq!((run.code, run.out == picture), (0, true), "{options}: {}", run.err);
        }
        let bare = texts(&work.relus(&format!("plot reduction {rule} clause.cnf --no-solution")).out);
        assert!(bare.contains("possible choices of the gadget") && !bare.contains("x2 = true"), "{bare}");
    }
}

#[test]
fn without_a_solution_the_choices_are_drawn() {
    let work = Workspace::new();
    let run = work.relus(&format!("plot reduction poits-relu {}", bundled("instances/sources/clause-111.cnf")));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(texts(&run.out).contains("no network fits all points"), "{}", run.out);
}

#[test]
fn large_pictures_come_with_a_note_or_not_at_all() {
    let work = Workspace::new();
    let run = work.relus(&format!("plot reduction poits-relu {} -o wide.svg", bundled("instances/sources/matchings-prism.cnf")));
    assert_eq!((run.code, work.has("wide.svg")), (0, true));
    assert!(run.err.starts_with("note: 15 gadgets"), "{}", run.err);
    let run = work.relus(&format!("plot reduction poits-relu {} -o huge.svg", bundled("instances/sources/colourings-petersen.cnf")));
    assert_eq!((run.code, work.has("huge.svg")), (2, false));
    assert!(run.err.contains("90 gadgets (variables and clauses) are too many"), "{}", run.err);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let work = Workspace::new();
    work.write("clause.cnf", CLAUSE).write("wrong.txt", "v 1 -2 0\n").write("edge.col", "p edge 2 1\ne 1 2\n");
    work.write("other.cnf", "p cnf 2 1\n1 2 2 0\n").write("other.txt", "v 1 -2 0\n");
    assert_eq!(work.relus("lift poits-relu other.cnf other.txt -o other.json").code, 0);
    for (line, code, message) in [
        ("plot reduction clique-relu edge.col --clique 2 -o a.svg", 2, "only poits-relu and poits-threshold lie in the plane"),
        ("plot reduction clique-threshold missing.col -o a.svg", 2, "only poits-relu and poits-threshold lie in the plane"),
        ("plot reduction poits-relu clause.cnf -o a.pdf", 2, "a.pdf: the name of a picture ends in .svg or .png"),
        ("plot reduction poits-relu clause.cnf -o picture", 2, "picture: the name of a picture ends in .svg or .png"),
        ("plot reduction poits-relu clause.cnf -o no/such/a.svg", 4, "no/such"),
        ("plot reduction poits-relu edge.col -o a.svg", 4, "edge.col"),
        ("plot reduction poits-relu clause.cnf --solution wrong.txt -o a.svg", 4, "is not a solution of this poits problem"),
        ("plot reduction poits-relu clause.cnf --network other.json -o a.svg", 5, "other.json"),
        ("plot reduction poits-relu clause.cnf --network other.json --no-solution", 2, "cannot be used with"),
        ("plot reduction poits-relu - --solution -", 2, "only one file can be read from standard input"),
        ("plot", 2, "reduction"),
    ] {
        let run = work.relus(line);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{line}: {}", run.err);
        assert!(run.err.contains(message), "{line}: {}", run.err);
    }
    assert!(!work.has("a.svg"));
}

#[cfg(feature = "png")]
#[test]
fn png_is_written() {
    let work = Workspace::new();
    work.write("clause.cnf", CLAUSE);
    let run = work.relus("plot reduction poits-relu clause.cnf -o picture.png");
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(work.read_bytes("picture.png")[..8], *b"\x89PNG\r\n\x1a\n");
}

#[cfg(not(feature = "png"))]
#[test]
fn png_needs_its_feature() {
    let work = Workspace::new();
    work.write("clause.cnf", CLAUSE);
    let run = work.relus("plot reduction poits-relu clause.cnf -o picture.png");
    assert_eq!((run.code, work.has("picture.png")), (2, false));
    assert!(run.err.contains("--features png"), "{}", run.err);
}

/// Origin: the files; one marker a point, one cell for each activation pattern that the frame meets.
#[test]
fn networks_are_drawn_over_data() {
    let work = Workspace::new();
    let line = bundled("instances/real/anscombe-1.csv");
    let plane = bundled("instances/real/diabetes-bmi-s5-20.csv");
    assert_eq!(work.relus(&format!("train {line} --width 2 --save-network line.json")).code, 0);
    assert_eq!(work.relus(&format!("train {plane} --width 2 -o plane.json")).code, 0);
    for (options, names, marks) in [
        (
            format!("network line.json {line}"),
            &["x", "y", "fitted function φ", "residual φ(x) − y", "anscombe-1.csv: 11 points, 2 relu neurons"][..],
            24,
        ),
        (format!("network plane.json {plane}"), &["bmi", "s5", "progression", "breakline, arrows to", "level lines of φ"], 20),
        (format!("network plane.json {plane} --title Mine"), &["Mine"], 20),
        ("network line.json".to_owned(), &["x", "y"], 0),
        (format!("instance {line}"), &["x", "y", "anscombe-1.csv: 11 points"], 12),
        (format!("instance {plane} --features s5 --target bmi"), &["s5", "bmi"], 21),
    ] {
        let run = work.relus(&format!("plot {options} -o p.svg"));
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (0, "", ""), "{options}");
        let svg = work.read("p.svg");
        let texts = texts(&svg);
        names.iter().for_each(|name| assert!(texts.lines().any(|text| text == *name), "{options}: {name} is not in {texts}"));
        let document = Document::parse(&svg).unwrap();
        let found = document.descendants().filter(|node| node.attribute("class") == Some("point")).count();
        assert_eq!(found, marks, "{options}");
    }
}

#[test]
fn instances_that_cannot_be_drawn_are_refused() {
    let work = Workspace::new();
    work.write("wide.csv", "a,b,c,y\n1,2,3,4\n5,6,7,8\n")
        .write("classes.csv", "a,b,kind\n1,2,red\n2,3,blue\n")
        .write("bad.csv", "a,y\n1,2\n1,x\n2,\n");
    work.write("one.json", r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[{"w":["1"],"b":"0","a":"1"}]}"#);
    work.write("none.json", r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"1","neurons":[]}"#);
    for (line, code, message) in [
        ("plot instance wide.csv -o a.svg", 2, "wide.csv: pictures show one or two features, here are 3"),
        ("plot instance missing.csv -o a.svg", 4, "missing.csv"),
        ("plot instance bad.csv -o a.svg", 4, "bad.csv:3"),
        ("plot instance classes.csv -o a.jpg", 2, "the name of a picture ends in .svg or .png"),
        ("plot network one.json wide.csv --features a,b -o a.svg", 4, "one.json: neuron 1 has 1 input weights, the data have 2 features"),
        ("plot network none.json -o a.svg", 2, "without data a picture needs a network with a neuron"),
        ("plot network - - -o a.svg", 2, "only one of NETWORK and DATA"),
    ] {
        let run = work.relus(line);
        assert_eq!((run.code, run.out.as_str()), (code, ""), "{line}: {}", run.err);
        assert!(run.err.contains(message), "{line}: {}", run.err);
    }
    assert!(!work.has("a.svg"));
    // Names of classes are drawn as 0 and 1.
    assert_eq!(work.relus("plot instance classes.csv -o b.svg").code, 0);
}
