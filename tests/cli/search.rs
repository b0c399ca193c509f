//! The search's files: certificate, checkpoint, log; a search that is killed and goes on; wrong combinations of options.

use super::Workspace;
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Half noise, so that the tree has some thousand nodes. Origin of its optimum: a run that is not interrupted.
const GENERATE: &str = "generate teacher -d 2 -k 2 -n 40 --noise 1 --decimals 2 --seed 5 -o p.json";

fn fields(result: &Value) -> [&Value; 3] {
    [&result["status"], &result["loss"], &result["lower_bound"]]
}

fn start(space: &Workspace, line: &str) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("relus"));
    command.current_dir(space.0.path()).args(line.split_whitespace());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
}

/// Waits for a file to appear, or for the process to end.
fn wait_for(path: &Path, child: &mut Child) {
    let start = Instant::now();
    while !path.exists() && child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "no {}", path.display());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_killed_search_goes_on() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    let expected = space.relus("train p.json --method search --json").json(0);
    assert_eq!(expected["status"], "optimal");
    for (way, threads) in [(0, 1), (1, 2), (2, 1)] {
        let options = format!("train p.json --certificate c --checkpoint k --checkpoint-every 1ms --threads {threads}");
        let _ = std::fs::remove_file(space.path("k"));
        let mut child = start(&space, &options);
        wait_for(&space.path("k"), &mut child);
        for pause in [3, 40, 15] {
            std::thread::sleep(Duration::from_millis(pause * (way + 1)));
            // SIGKILL.
            child.kill().unwrap();
            child.wait().unwrap();
            child = start(&space, &format!("{options} --resume k"));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let resumed = space.relus(&format!("{options} --resume k --json -o r.json"));
        assert_eq!(resumed.code, 0, "{}", resumed.err);
        let result: Value = serde_json::from_str(&space.read("r.json")).unwrap();
        assert_eq!(fields(&result), fields(&expected));
        for file in ["c", "r.json"] {
            let check = space.relus(&format!("check {file} p.json"));
            assert_eq!(check.code, 0, "{}", check.err);
            assert!(check.out.contains("no network of the class has a smaller one"), "{}", check.out);
        }
    }
}

#[test]
fn a_stopped_search_goes_on() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    let expected = space.relus("train p.json --method search --json").json(0);
    let first = space.relus("train p.json --certificate c --checkpoint k --time-limit 0 --json").json(3);
    assert_eq!((&first["status"], &first["certificate"]), (&Value::from("time-limit"), &Value::Null), "an unfinished certificate proves nothing");
    assert_eq!(space.relus("check c p.json").code, 5);
    // The checkpoint says where the certificate goes on: what is behind does not matter, what is before does.
    space.write("d", space.read_bytes("c").into_iter().chain(*b"junk").collect::<Vec<u8>>());
    let result = space.relus("train p.json --certificate d --resume k --json").json(0);
    assert_eq!(fields(&result), fields(&expected));
    assert_eq!(space.relus("check d p.json").code, 0);
    // Without the certificate, too.
    assert_eq!(fields(&space.relus("train p.json --resume k --json").json(0)), fields(&expected));
    // A time limit without a checkpoint ends with a certificate of the bound.
    let stopped = space.relus("train p.json --certificate e --time-limit 0 --json -o r.json");
    assert_eq!(stopped.code, 3);
    for file in ["e", "r.json"] {
        let check = space.relus(&format!("check {file} p.json"));
        assert_eq!(check.code, 0, "{}", check.err);
    }
}

/// A question that is answered while nodes are open has a whole certificate, also with a checkpoint.
#[test]
fn an_early_answer_has_a_certificate() {
    let space = Workspace::new();
    space.write("d.csv", "0,0\n1,1\n2,0\n3,2\n4,0\n");
    for (target, text) in [("100", "realizable"), ("-1", "not-realizable"), ("1e400", "realizable")] {
        let run = space.relus(&format!("train d.csv -k 2 --target-error {target} --certificate c --checkpoint k --json -o r.json"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(space.read("r.json").contains(&format!("\"status\":\"{text}\"")));
        for file in ["c", "r.json"] {
            let check = space.relus(&format!("check {file} d.csv"));
            assert_eq!(check.code, 0, "{target}: {}", check.err);
        }
    }
}

#[test]
fn wrong_checkpoints() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    assert_eq!(space.relus("train p.json --certificate c --checkpoint k --time-limit 0").code, 3);
    assert_eq!(space.relus("train p.json --checkpoint plain --time-limit 0 --gap 1/10").code, 3);
    let (checkpoint, certificate) = (space.read("k"), space.read_bytes("c"));
    space.write("cut", &checkpoint[..checkpoint.len() / 2]);
    space.write("changed", checkpoint.replacen("\"proven\":\"", "\"proven\":\"9", 1));
    space.write("short", &certificate[..certificate.len() / 2]);
    space.write("other", vec![b'x'; certificate.len() + 100]);
    space.write("empty", "");
    for (options, message) in [
        ("--resume none", "none: No such file"),
        ("--resume empty", "empty: "),
        ("--resume p.json", "p.json: no checkpoint"),
        ("--resume cut", "cut: no checkpoint"),
        ("--resume changed", "changed: no checkpoint, or a damaged one: the checksum does not fit"),
        ("--resume k --width 1", "k: this checkpoint belongs to another problem"),
        ("--resume k --loss l1", "k: this checkpoint belongs to another problem"),
        ("--resume k --target-error 1", "k: this checkpoint belongs to another problem"),
        ("--resume plain", "plain: the search was begun with --gap 1/10"),
        ("--resume plain --gap 1/10 --certificate c", "plain: the search was begun without a certificate"),
        ("--resume k --certificate short", "short: not the certificate"),
        ("--resume k --certificate other", "other: not the certificate"),
        ("--resume k --certificate none", "none: No such file"),
    ] {
        let before = space.files().into_iter().map(|file| (space.read_bytes(&file), file)).collect::<Vec<_>>();
        let run = space.relus(&format!("train p.json {options}"));
        assert_eq!(run.code, 4, "{options}: {}", run.err);
        assert!(run.err.starts_with(message), "{options}: {}", run.err);
        assert_eq!(run.err.lines().count(), 1, "one message: {:?}", run.err);
        let after = space.files().into_iter().map(|file| (space.read_bytes(&file), file)).collect::<Vec<_>>();
        assert!(before == after, "{options}: a file was changed");
    }
}

/// Refused before the search begins: the data would take days.
#[test]
fn files_that_cannot_be_written() {
    let space = Workspace::new();
    assert_eq!(space.relus("generate teacher -d 6 -k 5 -n 200 --noise 1 -o p.json").code, 0);
    std::fs::create_dir(space.path("folder")).unwrap();
    for option in ["--certificate", "--checkpoint", "--log"] {
        for (path, message) in [("folder", "folder: is a directory"), ("none/file", "none/file: the directory to write into does not exist")] {
            let run = space.relus(&format!("train p.json {option} {path}"));
            assert_eq!(run.code, 4, "{option}: {}", run.err);
            assert!(run.err.starts_with(message), "{option}: {}", run.err);
        }
    }
    assert_eq!(space.files(), ["folder", "p.json"]);
}

#[test]
fn options_of_other_methods() {
    let space = Workspace::new();
    space.write("d.csv", "0,0\n1,1\n2,0\n");
    for method in ["enumerate", "milp", "local"] {
        for option in ["--certificate c", "--checkpoint k", "--resume k", "--log l", "--deterministic"] {
            let run = space.relus(&format!("train d.csv -k 1 --method {method} {option}"));
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{method} {option}: {}", run.err);
            assert!(run.err.contains("--method search"), "{}", run.err);
        }
    }
    for options in ["--checkpoint-every 1s", "--max-open 0", "--checkpoint k --checkpoint-every soon"] {
        assert_eq!(space.relus(&format!("train d.csv -k 1 --method search {options}")).code, 2, "{options}");
    }
    assert_eq!(space.files(), ["d.csv"]);
}

#[test]
fn the_log() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    for options in ["", "--threads 2 --deterministic", "--gap 1/5", "--time-limit 0", "--target-error 1"] {
        let run = space.relus(&format!("train p.json --method search --log l --json {options}"));
        let result: Value = serde_json::from_str(&run.out).unwrap();
        let lines: Vec<Value> = space.read("l").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.len() >= 2);
        let number = |line: &Value, name: &str| line[name].as_f64().unwrap();
        for pair in lines.windows(2) {
            // What floats take for the bound may fall, where a better network lets more nodes be closed.
            assert!(number(&pair[1], "estimate") >= number(&pair[1], "lower_bound"), "{options}: {pair:?}");
            for (name, grows) in
                [("seconds", true), ("nodes", true), ("closed", true), ("lower_bound", true), ("incumbent", false), ("integral", true)]
            {
                let [before, after] = [0, 1].map(|at| number(&pair[at], name));
                assert!(if grows { before <= after } else { before >= after }, "{options}, {name}: {pair:?}");
            }
        }
        let optimum = number(&result, "loss_approx");
        assert!(lines.iter().all(|line| number(line, "lower_bound") <= optimum * (1.0 + 1e-12)));
        let last = lines.last().unwrap();
        assert_eq!((&lines[0]["event"], &last["event"]), (&Value::from("start"), &Value::from("end")));
        let integral = result["primal_dual_integral"].as_f64().unwrap();
        assert_eq!(integral, number(last, "integral"), "{options}");
        let curve: Vec<[f64; 3]> = serde_json::from_value(result["curve"].clone()).unwrap();
        assert!(!curve.is_empty() && curve.len() <= 128, "{options}: {}", curve.len());
        let [_, bound, incumbent] = *curve.last().unwrap();
        assert_eq!((bound, incumbent), (number(last, "lower_bound"), optimum), "{options}");
        assert!(curve.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1] && pair[0][2] >= pair[1][2]), "{options}");
        let times = result["times"].as_object().unwrap();
        assert!(times.values().all(|seconds| seconds.as_f64().unwrap() >= 0.0), "{options}");
        assert_eq!(number(last, "incumbent"), optimum, "{options}");
        if options != "--gap 1/5" {
            assert_eq!(number(last, "lower_bound"), number(&result, "lower_bound_approx"), "{options}");
        }
    }
}

/// Little memory means depth first: the same answer, with few open nodes.
#[test]
fn a_memory_cap() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    let expected = space.relus("train p.json --method search --json").json(0);
    let most = |result: &Value| result["statistics"]["most open"].as_u64().unwrap();
    for cap in ["0", "30kB"] {
        let result = space.relus(&format!("train p.json --method search --memory {cap} --json")).json(0);
        assert_eq!(fields(&result), fields(&expected), "{cap}");
        assert!(most(&result) < most(&expected), "{cap}: {} and {}", most(&result), most(&expected));
    }
    for cap in ["", "much", "-1G"] {
        assert_eq!(space.relus(&format!("train p.json --method search --memory={cap}")).code, 2, "{cap}");
    }
}

/// Stopped again before any node of the checkpoint was looked at, with other threads and limits: nothing is lost.
#[test]
fn stopped_again_and_again() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    let expected = space.relus("train p.json --method search --json").json(0);
    let line = "train p.json --certificate c --checkpoint k --log l --json";
    assert_eq!(space.relus(&format!("{line} --time-limit 5ms")).code, 3);
    for options in ["--time-limit 0", "--threads 3 --time-limit 0", "--threads 2 --time-limit 5ms", "--memory 1kB --time-limit 5ms"] {
        let run = space.relus(&format!("{line} --resume k {options}"));
        assert!(run.code == 3, "{options}: {}{}", run.out, run.err);
    }
    let result = space.relus(&format!("{line} --resume k --threads 2")).json(0);
    assert_eq!(fields(&result), fields(&expected));
    assert_eq!(space.relus("check c p.json").code, 0);
    // The log goes on, too.
    let log = space.read("l");
    assert_eq!((log.matches("\"start\"").count(), log.matches("\"resume\"").count(), log.matches("\"end\"").count()), (1, 5, 6));
}

/// A full disk ends the search with a message, and leaves the checkpoint as it was.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let space = Workspace::new();
    assert_eq!(space.relus(GENERATE).code, 0);
    assert_eq!(space.relus("train p.json --checkpoint k --time-limit 5ms").code, 3);
    let before = space.read("k");
    for options in ["--log /dev/full", "--certificate /dev/full", "--resume k --log /dev/full"] {
        let run = space.relus(&format!("train p.json --method search {options}"));
        assert_eq!((run.code, run.err.as_str()), (4, "/dev/full: No space left on device (os error 28)\n"), "{options}");
    }
    assert_eq!(space.read("k"), before);
}
