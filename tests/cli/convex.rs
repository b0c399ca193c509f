//! Convex maps: planted, found, refuted with a certificate; and what the method does not take.

use super::Workspace;

/// Origin: the planted map fits, so the answer is known; the checker confirms the other one.
#[test]
fn planted_maps_are_found_and_moved_ones_refuted() {
    let space = Workspace::new();
    for options in ["-d 2 -k 2 -n 60", "-d 1 -k 2 -n 30 --affine --moved 2"] {
        assert_eq!(space.relus(&format!("generate convex {options} --seed 4 -o p.json --perturb 0 --save-network t.json")).code, 0);
        let teacher = space.relus("eval t.json p.json --json").json(0);
        assert_eq!(teacher["losses"][0]["loss"], "0", "{teacher}");
        for method in ["", "--method convex"] {
            let found = space.relus(&format!("train p.json {method} --json -o r.json"));
            assert_eq!(found.code, 0, "{}", found.err);
            assert!(space.read("r.json").contains("\"realizable\""));
            assert_eq!(space.relus("check r.json p.json").code, 0);
        }
        assert_eq!(space.relus(&format!("generate convex {options} --seed 4 --perturb 0.01 -o q.json")).code, 0);
        let refuted = space.relus("train q.json --certificate c --json -o r.json");
        assert_eq!(refuted.code, 0, "{}", refuted.err);
        let result = space.read("r.json");
        assert!(result.contains("\"not-realizable\"") && result.contains("\"convex\""), "{result}");
        for file in ["c", "r.json"] {
            let check = space.relus(&format!("check {file} q.json"));
            assert_eq!(check.code, 0, "{}", check.err);
            assert!(check.out.contains("No such network reaches the target error 0"), "{}", check.out);
        }
    }
}

/// Origin: by hand. |x| is a sum of two ReLUs; −|x| is none, but an affine function of the points −1, 0 does what is asked of it there.
#[test]
fn small_tables() {
    let space = Workspace::new();
    space.write("abs.csv", "-1,1\n0,0\n1,1\n").write("cap.csv", "-1,-1\n0,0\n1,-1\n").write("line.csv", "-1,-1\n0,0\n");
    let status = |line: &str| {
        let run = space.relus(&format!("train {line} --convex --target-error 0 --method convex"));
        assert_eq!(run.code, 0, "{}", run.err);
        run.out.split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(status("abs.csv -k 2"), "realizable");
    assert_eq!(status("abs.csv -k 1"), "not-realizable");
    assert_eq!(status("abs.csv -k 1 --affine"), "realizable");
    assert_eq!(status("cap.csv -k 5 --affine"), "not-realizable");
    assert_eq!(status("line.csv -k 3"), "not-realizable");
    assert_eq!(status("line.csv -k 0 --affine"), "realizable");
    assert_eq!(status("line.csv -k 1 --output-bias"), "realizable");
}

#[test]
fn what_it_does_not_take_is_said() {
    let space = Workspace::new();
    space.write("d.csv", "-1,1\n0,0\n1,1\n");
    for (options, message) in [
        (
            "--target-error 0",
            "error: method convex does not support networks whose output weights may be negative: it needs --convex; --method search takes both signs",
        ),
        ("--convex", "error: method convex does not support the least error or a target error other than 0"),
        ("--convex --target-error 0.5", "error: method convex does not support the least error or a target error other than 0"),
        ("--convex --target-error 0 --checkpoint k", "error: --checkpoint, --resume, --log and --deterministic belong to --method search"),
        ("--convex --target-error 0 --activation threshold", "error: convex maps are sums of ReLUs"),
    ] {
        let run = space.relus(&format!("train d.csv -k 2 --method convex {options}"));
        assert_eq!(run.code, 2, "{options}: {}", run.err);
        assert!(run.err.starts_with(message), "{options}: {}", run.err);
        assert_eq!(space.files(), ["d.csv"], "nothing is written");
    }
    assert_eq!(space.relus("generate convex -n 3 --perturb 1 --moved 4").code, 2);
}
