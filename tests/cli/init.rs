//! `init`: what the commands print and write, and what they refuse.

use super::Workspace;
#[cfg(feature = "dense")]
use super::bundled;
use serde_json::Value;
#[cfg(feature = "dense")]
use std::collections::BTreeMap;

fn json(work: &Workspace, command: &str) -> Value {
    let run = work.relus(&format!("{command} --json"));
    assert_eq!(run.code, 0, "{command}: {}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// Origin: Var = (1+5/N)^L − 1 at He, −5/(2N) a layer for the logarithm, 1 − (1 − 2^−N)^L for death, and the mean-field correlations 0.318310, 0.493731, …, 0.871536.
#[test]
fn moments() {
    let work = Workspace::new();
    let result = json(&work, "init moments --widths 100x11 --correlation 0 --powers 1,-0.5");
    let last = &result["layers"][9];
    let close = |value: &Value, expected: f64, tolerance: f64| assert!((value.as_f64().unwrap() - expected).abs() < tolerance, "{value} {expected}");
    close(&last["mean"], 1.0, 1e-12);
    close(&last["mean_field"], 1.0, 1e-12);
    close(&last["variance"], 1.05f64.powi(10) - 1.0, 1e-12);
    close(&last["mean_of_ln"], -0.25, 0.01);
    close(&last["ln_power_moments"][0], 0.0, 1e-12);
    assert!(last["ln_power_moments"][1].is_null());
    for (layer, millionths) in [(0, 318_310.0), (1, 493_731.0), (2, 604_826.0), (9, 871_536.0)] {
        close(&result["layers"][layer]["two_inputs"]["mean_field_correlation"], 1e-6 * millionths, 5e-7);
    }
    close(&result["tail_exponents"][0]["tail_exponent"], 1.0, 1e-9);
    let narrow = json(&work, "init moments --widths 5,1x3");
    close(&narrow["layers"][2]["death_probability"], 0.875, 1e-14);
    // Far beyond floats.
    let run = work.relus("init moments --widths 2,1x10000");
    assert_eq!(run.code, 0);
    assert!(run.out.contains('e') && !run.out.contains("inf") && !run.out.contains("NaN"), "{}", run.out);
    let text = work.relus("init moments --widths 784,100x50,10 --linear-output --scheme gsm-orthogonal");
    assert!(text.out.starts_with("widths 784,100x50,10 (51 layers), gsm-orthogonal, linear output\n"), "{}", text.out);
}

/// Origin: one layer of two units has ¼ of no, ½ of one and ¼ of two active units: P(T ≤ x) = ¼ + ½·erf(√(x/2)) + ¼(1 − e^{−x/2}), at x = 1 with erf(√½) = 0.682689492137….
#[test]
fn distribution() {
    let work = Workspace::new();
    let result = json(&work, "init distribution --widths 1,2 --weight-variance 1 --at 1 --samples 20000 --threads 2 --plot law.svg");
    let expected = 0.25 + 0.5 * 0.682_689_492_137_086 + 0.25 * (1.0 - (-0.5f64).exp());
    let bound = result["error_bound"].as_f64().unwrap();
    assert!((result["at"][0]["probability"].as_f64().unwrap() - expected).abs() < bound && bound < 1e-10);
    assert!(result["samples"]["distance"].as_f64() < result["samples"]["band_999"].as_f64());
    let picture = work.read("law.svg");
    for text in ["mean = mean field", "probability", "20000 samples", "log10 of"] {
        assert!(picture.contains(text), "{text}");
    }
    let text = work.relus("init distribution --widths 8,16x30 --scheme gsm-orthogonal");
    assert!(text.code == 0 && text.out.contains("0.001             1\n"), "{}", text.out);
}

/// Origin: the seed decides, not the threads; means as in the moments.
#[test]
fn samples() {
    let work = Workspace::new();
    let command = "init sample --widths 100x51 --samples 5000 --seed 4";
    let run = work.relus(&format!("{command} --threads 2 --write samples.csv"));
    assert_eq!((run.code, run.out.as_str()), (0, work.relus(command).out.as_str()));
    assert_eq!(work.read("samples.csv").lines().count(), 5001);
    let result = json(&work, command);
    assert!((result["signals"][0]["mean_of_ln"].as_f64().unwrap() + 1.25).abs() < 0.1);
    work.write("points.csv", "1,0\n0,1\n2,0\n");
    let grams = json(&work, "init sample --widths 2,50x2 --points points.csv --samples 500 --write grams.csv");
    assert_eq!(grams["correlations"].as_array().unwrap().len(), 3);
    assert!((grams["correlations"][0]["mean"].as_f64().unwrap() - 0.4937).abs() < 0.03, "{grams}");
    assert!((grams["correlations"][1]["mean"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{grams}");
    assert!(work.read("grams.csv").starts_with("ln_scale,g_1_1,g_2_1,g_2_2,g_3_1,g_3_2,g_3_3\n"));
}

#[cfg(feature = "dense")]
#[test]
fn jacobians() {
    let work = Workspace::new();
    let result = json(&work, "init jacobian --widths 6,14x20,4 --linear-output --scheme gsm-orthogonal --networks 3 --plot spectrum.svg");
    for network in result["networks"].as_array().unwrap() {
        let values = network["ln_singular_values"].as_array().unwrap();
        assert!(values.len() == 4 && network["zeros"] == 0);
    }
    assert!(work.read("spectrum.svg").contains("isometry"));
    assert_eq!(work.relus("init jacobian --widths 20x6").code, 0);
}

/// A reader of our own: name to shape and numbers.
#[cfg(feature = "dense")]
fn read_npz(bytes: &[u8]) -> BTreeMap<String, (Vec<usize>, Vec<f64>)> {
    let number = |at: usize, size: usize| bytes[at..at + size].iter().rev().fold(0usize, |sum, &b| sum << 8 | usize::from(b));
    let (mut at, mut found) = (0, BTreeMap::new());
    while bytes[at..].starts_with(b"PK\x03\x04") {
        assert_eq!(number(at + 8, 2), 0, "stored");
        let (size, name, extra) = (number(at + 18, 4), number(at + 26, 2), number(at + 28, 2));
        let name_text = String::from_utf8(bytes[at + 30..at + 30 + name].to_vec()).unwrap();
        let start = at + 30 + name + extra;
        let content = &bytes[start..start + size];
        assert!(content.starts_with(b"\x93NUMPY\x01\x00"));
        let header = usize::from(content[8]) + 256 * usize::from(content[9]);
        assert_eq!((10 + header) % 64, 0);
        let text = std::str::from_utf8(&content[10..10 + header]).unwrap();
        assert!(text.contains("'fortran_order': False") && text.ends_with('\n'));
        let shape = text.split(['(', ')']).nth(1).unwrap().split(',').filter_map(|n| n.trim().parse().ok()).collect();
        let data = &content[10 + header..];
        let values = if text.contains("'<f8'") {
            data.chunks(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
        } else {
            data.chunks(4).map(|c| f64::from(f32::from_le_bytes(c.try_into().unwrap()))).collect()
        };
        found.insert(name_text, (shape, values));
        at = start + size;
    }
    assert!(bytes[at..].starts_with(b"PK\x01\x02"));
    found
}

#[cfg(feature = "dense")]
fn read_safetensors(bytes: &[u8]) -> BTreeMap<String, (Vec<usize>, Vec<f64>)> {
    let length = usize::try_from(u64::from_le_bytes(bytes[..8].try_into().unwrap())).unwrap();
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let data = &bytes[8 + length..];
    let entry = |(name, entry): (&String, &Value)| {
        let integers =
            |key: &str| -> Vec<usize> { entry[key].as_array().unwrap().iter().map(|n| usize::try_from(n.as_u64().unwrap()).unwrap()).collect() };
        let offsets = integers("data_offsets");
        let data = &data[offsets[0]..offsets[1]];
        let values = if entry["dtype"] == "F64" {
            data.chunks(8).map(|c| f64::from_le_bytes(c.try_into().unwrap())).collect()
        } else {
            data.chunks(4).map(|c| f64::from(f32::from_le_bytes(c.try_into().unwrap()))).collect()
        };
        (format!("{name}.npy"), (integers("shape"), values))
    };
    header.as_object().unwrap().iter().filter(|(name, _)| *name != "__metadata__").map(entry).collect()
}

/// Origin: the formats' own documentation, by readers that share nothing with the writers; the network is run here.
#[cfg(feature = "dense")]
#[test]
fn weights() {
    let work = Workspace::new();
    let command = "init weights --widths 5,12x30,6 --scheme gsm-orthogonal --seed 2";
    for (options, tolerance) in [("", 1e-5), ("--double", 1e-12)] {
        assert_eq!(work.relus(&format!("{command} {options} --out w.npz")).code, 0);
        assert_eq!(work.relus(&format!("{command} {options} --out w.safetensors")).code, 0);
        let tensors = read_npz(&work.read_bytes("w.npz"));
        assert_eq!(tensors, read_safetensors(&work.read_bytes("w.safetensors")));
        assert_eq!((tensors.len(), &tensors["0.weight.npy"].0, &tensors["60.bias.npy"].0), (62, &vec![12, 5], &vec![6]));
        let hidden = &tensors["2.weight.npy"].1;
        for (i, j) in (0..6).flat_map(|i| (0..6).map(move |j| (i, j))) {
            let at = |i: usize, j: usize| hidden[12 * i + j];
            assert!(at(i, j) == -at(i + 6, j) && at(i, j) == -at(i, j + 6) && at(i, j) == at(i + 6, j + 6));
        }
        let mut x = vec![1.0, -2.0, 0.5, 3.0, 0.0];
        for layer in 0..31 {
            let (shape, values) = &tensors[&format!("{}.weight.npy", 2 * layer)];
            x = (0..shape[0]).map(|i| (0..shape[1]).map(|j| values[shape[1] * i + j] * x[j]).sum::<f64>()).collect();
            if layer < 30 {
                x.iter_mut().for_each(|h| *h = h.max(0.0));
            }
        }
        assert!((x.iter().map(|v| v * v).sum::<f64>() / 14.25 - 1.0).abs() < tolerance);
    }
}

#[cfg(feature = "dense")]
#[test]
fn a_small_study() {
    let work = Workspace::new();
    let digits = bundled("instances/real/digits.csv");
    let options = "--depths 3,40 --width 30 --schemes he,gsm-orthogonal --seeds 1 --epochs 2 --rate 0.03";
    let command = format!("init compare {digits} {options}");
    let run = work.relus(&format!("{command} --threads 2 --csv study.csv --plot study.svg --json"));
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(work.relus(&format!("{command} --json")).out, run.out);
    let result: Value = serde_json::from_str(&run.out).unwrap();
    let accuracy = |scheme: &str, depth: u64| {
        let runs = result["runs"].as_array().unwrap();
        runs.iter().find(|run| run["scheme"] == scheme && run["depth"] == depth).unwrap()["accuracy"].as_f64().unwrap()
    };
    assert!(accuracy("gsm-orthogonal", 40) > 0.8 && accuracy("he", 40) < 0.5 && accuracy("he", 3) > 0.6, "{result}");
    assert_eq!(work.read("study.csv").lines().count(), 1 + 4 * 3);
    assert!(work.read("study.svg").contains("accuracy on held-out points"));
}

/// The study of the documentation: some minutes. `cargo test --release --test cli -- --ignored the_whole_study`
#[cfg(feature = "dense")]
#[test]
#[ignore = "minutes: cargo test --release --test cli -- --ignored the_whole_study"]
fn the_whole_study() {
    let work = Workspace::new();
    let result = json(&work, &format!("init compare {} --threads 2", bundled("instances/real/digits.csv")));
    for run in result["runs"].as_array().unwrap().iter().filter(|run| run["depth"] == 100) {
        let accuracy = run["accuracy"].as_f64().unwrap();
        match run["scheme"].as_str().unwrap() {
            "gsm-orthogonal" => assert!(accuracy >= 0.95, "{run}"),
            "he" => assert!(accuracy < 0.4, "{run}"),
            _ => (),
        }
    }
}

#[test]
fn what_is_refused() {
    let work = Workspace::new();
    work.write("points.csv", "1,0\n0,1\n").write("few.csv", "x,y\n1,0\n2,1\n").write("instance.json", "{}");
    for (command, message) in [
        ("moments --widths 3,101,4 --scheme gsm", "layer 1 has the odd width 101, but gsm pairs each unit with its negative: take 100 or 102 units"),
        ("moments --widths 3,0", "width 0 in part 2"),
        ("moments --widths 3", "at least one layer"),
        ("moments --widths 3,4y", "neither a width such as 100"),
        ("moments --widths 3,4 --bias-variance -1", "the bias variance of layer 1 is -1"),
        ("moments --widths 3,4 --weight-variance 0", "the weight variance of layer 1 is 0: it must be a positive number"),
        ("moments --widths 3,4x3 --bias-variance 0,1", "2 bias variances, but the network has 3 layers"),
        ("moments --widths 3,4 --bias-variance nan", "expected a finite number"),
        ("moments --widths 3,4 --scheme orthogonal --bias-variance 1", "orthogonal has no biases"),
        ("moments --widths 3,4 --scheme orthogonal --correlation 0", "normal weights only"),
        ("moments --widths 3,4 --correlation 1.5", "between -1 and 1"),
        ("distribution --widths 3,4 --bias-variance 1", "without biases only"),
        ("distribution --widths 3,4 --scheme orthogonal", "atoms"),
        ("distribution --widths 3,4 --plot law.png", "ends in .svg"),
        ("sample --widths 3,4 --samples 0", "positive integer"),
        ("sample --widths 3,4 --points points.csv", "the points have 2 coordinates, but the first width is 3"),
        ("sample --widths 1,4 --correlation 0.5", "dimension 1"),
    ] {
        let run = work.relus(&format!("init {command}"));
        assert!(run.code == 2 && run.out.is_empty() && run.err.contains(message), "{command}: {} {}", run.code, run.err);
    }
    assert_eq!(work.relus("init sample --widths 2,4 --points missing.csv").code, 4);
    #[cfg(feature = "dense")]
    for (command, code, message) in [
        ("weights --widths 3,4,2 --out w.txt", 2, "ends in .npz or .safetensors"),
        ("weights --widths 3,5,2 --scheme gsm-orthogonal --out w.npz", 2, "odd width 5"),
        ("weights --widths 3,4,2 --out missing/w.npz", 4, "missing"),
        ("jacobian --widths 3,5000", 2, "up to width 4096"),
        ("compare few.csv", 2, "at least 10 points"),
        ("compare instance.json", 2, "takes CSV"),
        ("compare few.csv --depths 1", 2, "points"),
        ("compare few.csv --width 101 --schemes gsm", 2, "points"),
    ] {
        let run = work.relus(&format!("init {command}"));
        assert!(run.code == code && run.err.contains(message), "{command}: {} {}", run.code, run.err);
    }
    assert_eq!(work.files(), ["few.csv", "instance.json", "points.csv"]);
}
