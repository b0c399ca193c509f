//! `experiment`: studies in their smallest form, stopped, killed, resumed, refused.

use super::{Run, Workspace};
use assert_cmd::cargo::cargo_bin;
use roxmltree::{Document, ParsingOptions};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STUDIES: [&str; 7] = ["scaling", "hardness", "convex", "descent", "initialization", "landscape", "kernel"];

/// The rows of a table without the columns of time and of the number of threads.
fn lasting(work: &Workspace, path: &str) -> Vec<Vec<String>> {
    let text = work.read(path);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows: Vec<Vec<String>> = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect();
    let is_lasting = |i: &usize| !rows[0][*i].starts_with("seconds") && rows[0][*i] != "finished" && rows[0][*i] != "threads";
    rows.iter().map(|row| (0..row.len()).filter(is_lasting).map(|i| row[i].clone()).collect()).collect()
}

/// The cells of a table.
fn cells(rows: &[Vec<String>]) -> Vec<usize> {
    rows[1..].iter().map(|row| row[0].parse().unwrap()).collect()
}

fn start(work: &Workspace, line: &str) -> Child {
    let words = line.split_whitespace();
    Command::new(cargo_bin("relus")).args(words).current_dir(work.path(".")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the table has so many lines, or the process has ended.
fn wait_for_lines(work: &Workspace, path: &str, lines: usize, child: &mut Child) {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none() {
        let found = std::fs::read(work.path(path)).map_or(0, |bytes| bytes.iter().filter(|&&byte| byte == b'\n').count());
        if found >= lines {
            return;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Origin: the declarations. All cells have a row, in order; the same seed gives the same table on another number of threads, another seed another one; nothing is run again.
#[test]
fn every_study_runs_in_its_smallest_form() {
    let work = Workspace::new();
    let first = work.relus("experiment run all --tiny --seed 3 --out a");
    assert_eq!((first.code, first.out.trim()), (0, Path::new("a").join("report.html").to_str().unwrap()), "{}", first.err);
    assert_eq!(work.relus("experiment run all --tiny --seed 3 --threads 2 --out b -q").code, 0);
    assert_eq!(work.relus("experiment run all --tiny --seed 4 --out c -q").code, 0);
    for study in STUDIES {
        let table = |folder: &str| lasting(&work, &format!("{folder}/{study}/rows.csv"));
        let rows = table("a");
        assert_eq!(cells(&rows), (0..rows.len() - 1).collect::<Vec<_>>(), "{study}");
        assert_eq!(rows, table("b"), "{study}");
        // Real data have no seed.
        assert_eq!(rows[1..].iter().zip(&table("c")[1..]).all(|(a, b)| a[1..a.len() - 6] == b[1..b.len() - 6]), study == "landscape", "{study}");
    }
    let before: Vec<String> = STUDIES.iter().map(|study| work.read(&format!("a/{study}/rows.csv"))).collect();
    assert_eq!(work.relus("experiment run all --tiny --seed 3 --out a").code, 0);
    assert_eq!(before, STUDIES.map(|study| work.read(&format!("a/{study}/rows.csv"))), "nothing is measured twice");
    page_is_self_contained(&work.read("a/report.html"));
    opens_in_a_browser(&work.path("a/report.html"));
    let listed = work.relus("experiment list --out a");
    assert_eq!(listed.code, 0);
    assert_eq!(listed.out.matches("runs done (tiny, seed 3").count(), STUDIES.len(), "{}", listed.out);
}

/// Well-formed as XML, all studies with figures and tables, and no reference that leaves the page.
fn page_is_self_contained(html: &str) {
    let body = html.split_once('\n').unwrap();
    assert_eq!(body.0, "<!DOCTYPE html>");
    let document = Document::parse_with_options(body.1, ParsingOptions::default()).unwrap();
    let ids: BTreeSet<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    for node in document.descendants() {
        for attribute in node.attributes() {
            let value = attribute.value();
            match attribute.name() {
                "href" => assert!(value.strip_prefix('#').is_some_and(|id| ids.contains(id)), "{value}"),
                "src" | "srcset" | "data" | "action" => panic!("{} {value}", attribute.name()),
                _ => assert!(!value.contains("://") && !value.contains("url("), "{} {value}", attribute.name()),
            }
        }
        assert!(!["script", "link", "iframe", "img", "image", "object"].contains(&node.tag_name().name()), "{:?}", node.tag_name());
    }
    assert!(!html.contains("@import") && !html.contains("NaN") && !html.contains(">inf<"));
    for study in STUDIES {
        let section = document.descendants().find(|node| node.attribute("id") == Some(study)).unwrap_or_else(|| panic!("no section {study}"));
        let count = |name: &str| section.descendants().filter(|node| node.tag_name().name() == name).count();
        assert!(count("svg") >= 1 && count("table") >= 1 && count("tr") >= 2, "{study}");
    }
}

/// A browser without a network says nothing on its console and draws all figures; without a browser nothing is said.
fn opens_in_a_browser(page: &Path) {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"];
    let Some(browser) = names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))
    else {
        eprintln!("no chromium is installed: the report was not opened in a browser");
        return;
    };
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    let (dom, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{log}");
    assert!(!log.contains("CONSOLE"), "{log}");
    let source = std::fs::read_to_string(page).unwrap();
    assert_eq!(dom.matches("<svg").count(), source.matches("<svg").count());
    assert!(dom.trim_end().ends_with("</html>"));
}

/// Origin: a run that nobody disturbed.
#[test]
#[cfg(unix)]
fn a_killed_run_goes_on() {
    let work = Workspace::new();
    assert_eq!(work.relus("experiment run descent --tiny --out whole -q").code, 0);
    let whole = lasting(&work, "whole/descent/rows.csv");
    for lines in [1, 3, 8] {
        let folder = format!("killed-{lines}");
        let mut child = start(&work, &format!("experiment run descent --tiny --out {folder} -q"));
        let path = format!("{folder}/descent/rows.csv");
        wait_for_lines(&work, &path, lines, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        // As if the last line had been cut off.
        let text = work.read(&path);
        let cut = format!("{text}{}", &text.lines().last().unwrap_or("0,")[..2.min(text.len())]);
        work.write(&path, cut);
        let run = work.relus(&format!("experiment run descent --tiny --out {folder} --threads 1"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(lasting(&work, &path), whole);
        assert!(work.has(&format!("{folder}/report.html")));
    }
}

/// Origin: the exit code of an interruption; the rows are those of a run that nobody disturbed. While it lasts, nobody else gets the folder.
#[test]
#[cfg(unix)]
fn an_interrupted_run_goes_on() {
    let work = Workspace::new();
    // Takes so long that it cannot end by itself.
    let full = "experiment run scaling --full --out stopped -q";
    let mut child = start(&work, full);
    let path = "stopped/scaling/rows.csv";
    wait_for_lines(&work, path, 4, &mut child);
    for other in [full, "experiment run scaling --tiny --out stopped -q --force"] {
        refused(&work.relus(other), 4, "another process is writing results here: wait for it, or choose another --out");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let found = cells(&lasting(&work, path));
    assert!(found.len() >= 3 && found.iter().collect::<BTreeSet<_>>().len() == found.len());
    assert!(work.read("stopped/report.html").contains("not finished"));
    let mut child = start(&work, full);
    wait_for_lines(&work, path, found.len() + 2, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let more = cells(&lasting(&work, path));
    assert!(more.len() > found.len() && more.starts_with(&found) && more.iter().collect::<BTreeSet<_>>().len() == more.len());
}

fn refused(run: &Run, code: i32, message: &str) {
    assert_eq!(run.code, code, "{}", run.err);
    assert!(run.err.contains(message), "{message} is not in {}", run.err);
}

#[test]
fn what_is_not_asked_rightly_is_refused() {
    let work = Workspace::new();
    refused(
        &work.relus("experiment run nothing --out a"),
        2,
        "there is no study \"nothing\": there are scaling, hardness, convex, descent, initialization, landscape, kernel, and all",
    );
    refused(&work.relus("experiment run convex --quick --full"), 2, "cannot be used with");
    refused(&work.relus("experiment run convex --threads 0"), 2, "--threads");
    work.write("file", "text");
    refused(&work.relus("experiment run convex --tiny --out file"), 4, "file: ");
    refused(&work.relus("experiment run convex --tiny --out file/below"), 4, "file/below: ");
    refused(&work.relus("experiment run convex --tiny --out /proc/relus"), 4, "/proc/relus: ");
    assert_eq!(work.files(), ["file"]);
}

/// Origin: by hand; what is there stays until --force is said.
#[test]
fn results_of_something_else_are_not_overwritten() {
    let work = Workspace::new();
    let tiny = "experiment run landscape --tiny --out a -q";
    assert_eq!(work.relus(tiny).code, 0);
    let (manifest, rows) = (work.read("a/landscape/manifest.json"), work.read("a/landscape/rows.csv"));
    let unchanged = |name: &str| assert_eq!(work.read("a/landscape/rows.csv"), rows, "{name}");
    for (options, message) in [
        ("--tiny --seed 1", "has results of another seed (0, not 1): choose another --out, or start again with --force"),
        ("--quick", "has results of another mode (tiny, not quick)"),
    ] {
        refused(&work.relus(&format!("experiment run landscape {options} --out a")), 4, message);
        unchanged(options);
    }
    for (from, to, message) in [
        ("\"relus\": \"", "\"relus\": \"0.0.", "has results of another version of relus (0.0."),
        ("\"study_version\": ", "\"study_version\": 9", "has results of another version of the study"),
        ("\"machine\": \"", "\"machine\": \"Other ", "has results of another machine"),
        ("\"version\": 1", "\"version\": 0", "no manifest of the format relus-experiment, version 1 (version 0)"),
        ("{", "", "no JSON"),
    ] {
        assert!(manifest.contains(from));
        let changed = manifest.replacen(from, to, 1);
        work.write("a/landscape/manifest.json", &changed);
        refused(&work.relus(tiny), 4, message);
        unchanged(message);
        assert_eq!(work.read("a/landscape/manifest.json"), changed);
    }
    std::fs::remove_file(work.path("a/landscape/manifest.json")).unwrap();
    refused(&work.relus(tiny), 4, "rows without a manifest");
    unchanged("no manifest");
    assert_eq!(work.relus(&format!("{tiny} --force")).code, 0);
    let again = work.read("a/landscape/rows.csv");
    assert_ne!(again, rows, "measured again");

    // Rows that nobody has written, after the header and 45 of the study.
    for (line, message) in [("1,2\n", "rows.csv:47: 2 fields, not "), ("x", ""), ("\u{0}\n", "rows.csv:47: 1 fields")] {
        work.write("a/landscape/rows.csv", format!("{again}{line}"));
        let run = work.relus(tiny);
        if message.is_empty() {
            assert_eq!(run.code, 0, "half a line is dropped: {}", run.err);
            assert_eq!(work.read("a/landscape/rows.csv"), again);
        } else {
            refused(&run, 4, message);
        }
    }
    let swapped = again.replacen(",anscombe-1,", ",anscombe-9,", 1);
    work.write("a/landscape/rows.csv", &swapped);
    refused(&work.relus(tiny), 4, "rows.csv:2: other parameters than this cell has");
    assert_eq!(work.read("a/landscape/rows.csv"), swapped);
    work.write("a/landscape/rows.csv", &again).write("a/report.html", "<p>mine</p>");
    refused(&work.relus(tiny), 4, "report.html: is no report of relus");
    assert_eq!(work.read("a/report.html"), "<p>mine</p>");
    assert_eq!(work.relus(&format!("{tiny} --force")).code, 0);
    assert!(work.read("a/report.html").contains("relus experiment"));
}
