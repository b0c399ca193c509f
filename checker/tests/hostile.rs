//! Files that nobody has written in good faith: the checker answers with an error, soon, and never panics.

use relus_check::{CheckError, Reason, check_certificate, check_files};
use std::fs;
use std::path::{Path, PathBuf};

/// A linear congruential generator: the high bits are good enough.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

fn zigzag() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates/invalid/zigzag.csv")
}

fn check(certificate: &[u8]) -> Result<relus_check::Claim, CheckError> {
    check_certificate(Path::new("hostile"), certificate, &zigzag())
}

fn header(width: usize, activation: &str, loss: &str, output_bias: bool, mirrored: bool) -> String {
    format!(
        "relus-certificate 1\n{{\"problem\":{{\"points\":5,\"dimension\":1,\"width\":{width},\"activation\":\"{activation}\",\"loss\":\"{loss}\",\
         \"output_bias\":{output_bias},\"target_error\":\"0\"}},\"mirrored\":{mirrored}}}\n"
    )
}

/// Random bytes, and records of the right shape with random content. Nothing above the loss of the zero network, at most 3, is ever proven.
#[test]
fn random_records() {
    let mut random = Random(1);
    let (mut reached, mut proofs) = ([0; 7], 0);
    for round in 0..60_000 {
        let loss = ["l2", "l1", "linf", "zero-one"][random.below(4)];
        let activation = ["relu", "threshold"][random.below(2)];
        let width = random.below(3);
        let mut bytes = header(width, activation, loss, random.below(4) == 0, random.below(4) == 0).into_bytes();
        let lists = if activation == "relu" { width } else { 0 };
        for record in 0..random.below(12) {
            if round % 4 == 0 {
                bytes.extend((0..6).map(|_| random.below(256) as u8));
                continue;
            }
            let tag = [1, 1, 2, 5, 6][random.below(5)] + if loss == "zero-one" { 2 } else { 0 };
            let tag = if tag > 6 { 1 } else { tag };
            // Often the next node in their order.
            let node = if random.below(3) == 0 { random.below(width + 1 + 2 * record) } else { record };
            bytes.extend([tag as u8, node as u8]);
            let mut numbers = |count: usize, limit: usize| bytes.extend((0..count).map(|_| random.below(limit) as u8));
            match tag {
                1 => {
                    numbers(1, 5);
                    bytes.extend([1, random.below(width.max(1)) as u8]);
                }
                2 => {
                    numbers(5, 4);
                    bytes.extend(vec![0; lists]);
                }
                3 => numbers(1, 5),
                4 => {
                    numbers(1, 3);
                    numbers(3, 4);
                    bytes.extend(vec![0; lists]);
                }
                _ => numbers(4, 5),
            }
        }
        bytes.extend_from_slice(b"\0{\"claim\":\"lower-bound\",\"loss\":null,\"lower_bound\":\"1000\",\"network\":null}");
        match check(&bytes) {
            Err(CheckError::Record { record, .. }) => reached[(record as usize).min(6)] += 1,
            Err(CheckError::NotProven { proven, .. }) => {
                proofs += 1;
                let (numerator, denominator) = proven.split_once('/').unwrap_or((&proven, "1"));
                assert!(numerator.parse::<f64>().unwrap() <= 3.0 * denominator.parse::<f64>().unwrap(), "{proven}");
            }
            Err(CheckError::Json(..)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert!(reached.iter().all(|count| *count > 0) && proofs > 100, "{reached:?} {proofs}");
}

#[test]
fn headers() {
    let good = header(1, "relu", "l2", false, false);
    for (from, to) in [
        ("\"points\":5", "\"points\":18446744073709551615"),
        ("\"points\":5", "\"points\":1e9999999"),
        ("\"points\":5", "\"points\":-5"),
        ("\"dimension\":1", "\"dimension\":18446744073709551615"),
        ("\"dimension\":1", "\"dimension\":0"),
        ("\"width\":1", "\"width\":18446744073709551615"),
        ("\"width\":1", "\"width\":1000000000"),
        ("\"width\":1", "\"width\":99999999999999999999999999"),
        ("\"target_error\":\"0\"", "\"target_error\":\"1e999999999\""),
        ("\"target_error\":\"0\"", "\"target_error\":\"1/0\""),
        ("\"target_error\":\"0\"", "\"target_error\":[0]"),
        ("\"target_error\":\"0\"", "\"features\":[\"0\"]"),
        ("\"target_error\":\"0\"", "\"target\":\"18446744073709551615\""),
        ("\"target_error\":\"0\"", "\"positive\":\"1\""),
        ("\"mirrored\":false", "\"mirrored\":2"),
        ("relus-certificate 1\n", "relus-certificate 18446744073709551616\n"),
    ] {
        assert!(good.contains(from) && check(good.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
    }
    let nested = |length: usize| format!("relus-certificate 1\n{{\"problem\":{}", "[".repeat(length));
    assert!(matches!(check(nested(1_000_000).as_bytes()), Err(CheckError::Json(..))));
    assert!(check(format!("relus-certificate 1{}", " ".repeat(1_000_000)).as_bytes()).is_err());
    let digits = "9".repeat(100_000);
    assert!(check(good.replacen("\"0\"", &format!("\"{digits}/{digits}7\""), 1).as_bytes()).is_err());
}

/// Lengths that are declared cost nothing before the entries come; long numbers are read in time that is proportional to the square of a bounded length.
#[test]
fn long_numbers_and_lists() {
    let long = [vec![255; 36_000], vec![1]].concat();
    for (loss, records) in [
        ("l2", [&[2, 1][..], &long, &long, &long, &long, &long, &[5, 0], &long].concat()),
        ("zero-one", [&[4, 0, 5, 5, 0][..], &long, &[0, 2]].concat()),
        ("l1", [&[1, 0][..], &long].concat()),
        ("l1", [&[6, 0][..], &[255, 255, 255, 255, 15], &[0; 100]].concat()),
        ("l1", [&[2, 1][..], &[2, 2, 2, 2, 2], &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1]].concat()),
    ] {
        assert!(matches!(check(&[header(1, "relu", loss, false, false).as_bytes(), &records].concat()), Err(CheckError::Record { .. })), "{loss}");
    }
}

/// Origin: any positive multiple of a dual proves the same. Node 0 (a minus neuron): u = (1, 0, 1, 0, 1), with which the loss is at least 3; node 1: u = (−1, 1, 0, 0, 0), both times 2^(7·shift).
#[test]
fn long_numbers_are_exact() {
    let proven = |shift: usize| {
        let plus = [vec![128; shift], vec![2]].concat();
        // 2z − 1 in digits of seven bits: all ones below.
        let minus = if shift == 0 { vec![1] } else { [vec![255; shift], vec![1]].concat() };
        let records = [&[2, 0][..], &plus, &[0], &plus, &[0], &plus, &[0, 2, 1], &minus, &plus, &[0, 0, 0, 1, 0, 0, 0]].concat();
        let end = b"{\"claim\":\"lower-bound\",\"loss\":null,\"lower_bound\":\"4\",\"network\":null}";
        match check(&[header(1, "relu", "l1", false, false).as_bytes(), &records, end].concat()) {
            Err(error) => format!("{error}"),
            Ok(claim) => panic!("{claim}"),
        }
    };
    for shift in [8, 9, 17, 18, 27, 100] {
        assert_eq!(proven(shift).split("excess").next(), proven(0).split("excess").next());
    }
}

/// A cone with exponentially many generators: points on the moment curve, all of them on. It is refused before it fills the memory.
#[test]
fn exponential_cones() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("moments.csv");
    let (points, dimension) = (24i64, 10u32);
    let row = |t: i64| (1..=dimension).map(|power| t.pow(power).to_string()).chain(["1".to_owned()]).collect::<Vec<_>>().join(",");
    fs::write(&data, (0..points).map(|t| row(t - points / 2) + "\n").collect::<String>()).unwrap();
    let header = header(1, "relu", "l2", false, false).replace("\"points\":5", "\"points\":24").replace("\"dimension\":1", "\"dimension\":10");
    let splits = (0..points as u8).flat_map(|site| [1, if site == 0 { 1 } else { 2 * site + 1 }, site, 1, 0]);
    let bytes = [header.as_bytes(), &splits.collect::<Vec<u8>>()].concat();
    let error = check_certificate(Path::new("moments"), &bytes[..], &data).unwrap_err();
    assert!(matches!(error, CheckError::Record { record: 15..24, source: Reason::Generators(_), .. }), "{error:?}");
}

/// Results and data with flipped bits and missing parts: an answer, never a panic.
#[test]
fn damaged_results_and_data() {
    let folder = tempfile::tempdir().unwrap();
    let (result, data) = (folder.path().join("result.json"), folder.path().join("data.csv"));
    let valid = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
    let mut random = Random(2);
    for name in ["columns-by-name", "labels-separated", "equal-points"] {
        let files = [format!("{name}.result.json"), format!("{name}.data.csv")].map(|file| fs::read(valid.join(file)).unwrap());
        for _ in 0..40 {
            let mut damaged = files.clone();
            let file = &mut damaged[random.below(2)];
            for _ in 0..1 + random.below(3) {
                let at = random.below(file.len());
                match random.below(3) {
                    0 => file[at] ^= 1 << random.below(8),
                    1 => drop(file.drain(at..(at + random.below(20)).min(file.len()))),
                    _ => file.insert(at, b"0,\n\"[{1e"[random.below(8)]),
                }
                if file.is_empty() {
                    file.push(b'{');
                }
            }
            fs::write(&result, &damaged[0]).unwrap();
            fs::write(&data, &damaged[1]).unwrap();
            let _ = check_files(&result, &data).map(|claim| claim.to_string());
        }
    }
}
