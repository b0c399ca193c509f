//! One feature: planted networks with noise, to proven optimality.

use crate::measure::{count, relus, seconds};
use serde_json::Value;

/// In seconds.
const LIMIT: &str = "300";

/// Points, neurons, and the seconds that the squared loss may take (the aim for 1,000 points and three neurons).
const CASES: [(usize, usize, f64); 7] = [
    (100, 3, f64::INFINITY),
    (200, 3, f64::INFINITY),
    (400, 3, f64::INFINITY),
    (1000, 3, 5.0),
    (2000, 3, f64::INFINITY),
    (1000, 4, f64::INFINITY),
    (200, 5, f64::INFINITY),
];

/// Whether all runs are proven and in time.
pub(crate) fn table(filter: &str) -> bool {
    println!("| n | k | loss | class | optimum | nodes | CPU s |");
    println!("|{}", " --- |".repeat(7));
    let data = std::env::temp_dir().join(format!("relus-line-{}.json", std::process::id()));
    let data = data.to_str().expect("UTF-8");
    let mut correct = true;
    for (points, width, most) in CASES {
        let generate = format!("generate teacher -d 1 -k {width} -n {points} --noise 0.3 --seed 5 -o {data}");
        let (output, _) = relus(&generate.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for (loss, class) in ["l2", "l1", "linf"].into_iter().flat_map(|loss| [(loss, ""), (loss, "--affine")]) {
            let name = format!("n{points}-k{width}-{loss}{class}");
            // The sum of absolute residuals takes several times as long.
            if !name.contains(filter) || (loss == "l1" && points * width > 1000) {
                continue;
            }
            let mut train = vec!["train", data, "--method", "univariate", "--loss", loss, "--json", "--quiet", "--time-limit", LIMIT];
            train.extend((!class.is_empty()).then_some(class));
            let (output, usage) = relus(&train);
            let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
            let proven = result["status"] == "optimal";
            let late = loss == "l2" && usage.seconds > most;
            println!(
                "| {points} | {width} | {loss} | {class} | {} | {} | {}{} |",
                if proven { result["loss_approx"].as_f64().map_or_else(|| "?".to_owned(), |l| format!("{l:.6}")) } else { "not proven".to_owned() },
                count(result["statistics"]["nodes"].as_f64().unwrap_or(f64::NAN)),
                seconds(usage.seconds),
                if late { " !" } else { "" },
            );
            correct &= proven && !late;
        }
    }
    correct
}
