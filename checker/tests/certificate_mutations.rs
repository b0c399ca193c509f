//! Valid certificates, and what becomes of them when they are damaged: a damaged one must be rejected, or what it claims must still be true.
//!
//! The certificates are written by the ignored test `write_valid_certificates` of relus. Origin of the minima: enumeration, and for the last two by hand.

use relus_check::{CheckError, Claim, Reason, check_certificate};
use std::fs;
use std::path::{Path, PathBuf};

/// Name and minimum.
const VALID: [(&str, &str); 18] = [
    ("relu-l2", "13/2"),
    ("relu-l2-width-two", "2/3"),
    ("relu-l1", "1"),
    ("relu-linf", "3/2"),
    ("relu-zero-one", "2"),
    ("threshold-l2", "2/3"),
    ("threshold-linf", "1/2"),
    ("threshold-zero-one", "1"),
    ("zero-error-count", "2/3"),
    ("zero-error-triple", "1"),
    ("mirrored-leaves", "1/2"),
    ("mirrored-line", "4/5"),
    ("mirrored-plane", "3"),
    ("threshold-zero-error-line", "1/2"),
    ("threshold-zero-error-plane", "2"),
    ("convex-l2", "5/2"),
    ("convex-affine-l1", "1"),
    ("affine-linf", "1/2"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates/valid")
}

/// A valid certificate, taken apart.
struct Case {
    name: &'static str,
    minimum: dashu_ratio::RBig,
    data: PathBuf,
    bytes: Vec<u8>,
    /// Where each record begins; the last one is the end with the claim.
    starts: Vec<usize>,
    claim: Claim,
}

impl Case {
    fn check(&self, bytes: &[u8]) -> Result<Claim, CheckError> {
        check_certificate(Path::new(self.name), bytes, &self.data)
    }

    /// Confirms that a damaged certificate is rejected or claims nothing false; whether it was rejected.
    fn is_rejected(&self, bytes: &[u8], what: &str) -> bool {
        let Ok(claim) = self.check(bytes) else { return true };
        assert!(claim.problem == self.claim.problem, "{}: {what}: another problem", self.name);
        self.assert_true(&claim, what);
        false
    }

    fn assert_true(&self, claim: &Claim, what: &str) {
        assert!(*claim.proven_bound() <= self.minimum, "{}: {what}: {claim}", self.name);
        assert!(claim.lower_bound.as_ref().is_none_or(|bound| *bound <= self.minimum), "{}: {what}: {claim}", self.name);
        assert!(claim.loss.as_ref().is_none_or(|loss| *loss >= self.minimum), "{}: {what}: {claim}", self.name);
        let refuted = claim.target_error().filter(|_| claim.target_is_refuted());
        assert!(refuted.is_none_or(|target| *target < self.minimum), "{}: {what}: {claim}", self.name);
    }
}

fn cases() -> Vec<Case> {
    let case = |&(name, minimum): &(&'static str, &str)| {
        let data = folder().join(format!("{name}.json"));
        let bytes = fs::read(folder().join(format!("{name}.certificate"))).unwrap();
        let check = |bytes: &[u8]| check_certificate(Path::new(name), bytes, &data);
        let claim = check(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        // The record in which a shortened file ends tells where records begin.
        let body = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
        let mut starts = vec![body];
        for end in body..bytes.len() {
            match check(&bytes[..end]) {
                Err(CheckError::Record { record, source: Reason::Truncated, .. }) => {
                    if record as usize == starts.len() {
                        starts.push(end);
                    }
                }
                // The claim is cut.
                Err(CheckError::Json(..)) => break,
                other => panic!("{name}: cut at {end}: {other:?}"),
            }
        }
        Case { name, minimum: minimum.parse().unwrap(), data, bytes, starts, claim }
    };
    VALID.iter().map(case).collect()
}

#[test]
fn valid_certificates_are_accepted_with_the_minimum() {
    for case in cases() {
        match case.claim.target_error() {
            None => assert!(case.claim.minimum_is_proven() && *case.claim.proven_bound() == case.minimum, "{}", case.name),
            Some(_) => assert!(case.claim.target_is_refuted(), "{}", case.name),
        }
    }
    let certificates = fs::read_dir(folder()).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().unwrap() == "certificate");
    assert_eq!(certificates.count(), VALID.len());
}

/// Bits are flipped, bytes left out and put in, the file is cut.
#[test]
fn changed_bytes() {
    let (mut rejected, mut accepted) = (0, 0);
    for case in cases() {
        let mut count = |is_rejected: bool| if is_rejected { rejected += 1 } else { accepted += 1 };
        // Some hundred places in all.
        let step = 1 + (case.bytes.len() - case.starts[0]) / 40;
        for at in (case.starts[0]..case.bytes.len()).step_by(step) {
            for bit in 0..8 {
                let mut bytes = case.bytes.clone();
                bytes[at] ^= 1 << bit;
                count(case.is_rejected(&bytes, &format!("bit {bit} of byte {at}")));
            }
            for value in [0, 1, 2, 127, 128, 255] {
                let mut bytes = case.bytes.clone();
                bytes.insert(at, value);
                count(case.is_rejected(&bytes, &format!("{value} before byte {at}")));
            }
            let mut bytes = case.bytes.clone();
            let _ = bytes.remove(at);
            count(case.is_rejected(&bytes, &format!("without byte {at}")));
            // The line feed at the end may be missing.
            let shorter = case.is_rejected(&case.bytes[..at], &format!("cut at byte {at}"));
            assert!(shorter || at + 1 == case.bytes.len(), "{}: cut at byte {at}", case.name);
        }
    }
    assert!(rejected > 2_000 && accepted > 20, "{rejected} rejected, {accepted} accepted");
}

/// Records are left out, repeated, exchanged.
#[test]
fn changed_records() {
    let mut accepted = 0;
    for case in cases() {
        let ends: Vec<usize> = case.starts[1..].iter().copied().chain([case.bytes.len()]).collect();
        let records: Vec<&[u8]> = case.starts.iter().zip(ends).map(|(&start, end)| &case.bytes[start..end]).collect();
        let assemble = |records: &[&[u8]]| [&case.bytes[..case.starts[0]], &records.concat()].concat();
        let step = 1 + records.len() / 100;
        for i in (0..records.len()).step_by(step) {
            let mut fewer = records.clone();
            let _ = fewer.remove(i);
            assert!(case.is_rejected(&assemble(&fewer), &format!("without record {i}")), "{}: without record {i}", case.name);
            let mut more = records.clone();
            more.insert(i, records[i]);
            assert!(case.is_rejected(&assemble(&more), &format!("record {i} twice")), "{}: record {i} twice", case.name);
            for other in (i + 1..records.len()).take(4) {
                let mut exchanged = records.clone();
                exchanged.swap(i, other);
                // Leaves may stand in another order.
                accepted += u32::from(!case.is_rejected(&assemble(&exchanged), &format!("records {i} and {other} exchanged")));
            }
        }
    }
    assert!(accepted > 20, "{accepted}");
}

/// The header's numbers, the flag for mirrored neurons and the claim are changed: nothing false is accepted.
#[test]
fn changed_headers_and_claims() {
    let (mut rejected, mut accepted) = (0, 0);
    for case in cases() {
        let end = *case.starts.last().unwrap();
        let [header, records, footer] = [&case.bytes[..case.starts[0]], &case.bytes[case.starts[0]..end], &case.bytes[end + 1..]];
        let [header, footer] = [header, footer].map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        let flag =
            if header.contains("mirrored") { header.replace(",\"mirrored\":true", "") } else { header.replace("}}\n", "},\"mirrored\":true}\n") };
        let claims = ["minimum", "lower-bound", "not-realizable", "optimal", "realizable", "within-gap", "interrupted"];
        let old = claims.into_iter().find(|claim| footer.contains(&format!("\"claim\":\"{claim}\""))).unwrap();
        let mut variants = vec![(flag, footer.clone())];
        variants.extend(claims.map(|claim| (header.clone(), footer.replacen(old, claim, 1))));
        for target in ["null", "\"0\"", "\"1/100\"", "\"4/7\"", "\"100\""] {
            let header = header
                .replace("\"target_error\":null", "\"target_error\":\"0\"")
                .replace("\"target_error\":\"0\"", &format!("\"target_error\":{target}"));
            variants.extend(claims.map(|claim| (header.clone(), footer.replacen(old, claim, 1))));
        }
        // Every digit of the claim, one at a time.
        for (at, digit) in footer.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            for other in ["0", "1", "9", "17", "-1"].into_iter().filter(|other| !other.starts_with(digit)) {
                variants.push((header.clone(), format!("{}{other}{}", &footer[..at], &footer[at + 1..])));
            }
        }
        for (header, footer) in variants {
            let bytes = [header.as_bytes(), records, &[0], footer.as_bytes()].concat();
            match case.check(&bytes) {
                Err(_) => rejected += 1,
                Ok(claim) => {
                    accepted += 1;
                    case.assert_true(&claim, &format!("{header}{footer}"));
                }
            }
        }
    }
    assert!(rejected > 800 && accepted > 60, "{rejected} rejected, {accepted} accepted");
}

/// The same records never prove anything about another problem in these cases.
#[test]
fn changed_problems() {
    for case in cases() {
        let text = String::from_utf8_lossy(&case.bytes[..case.starts[0]]).into_owned();
        let width = case.claim.problem.width;
        let changes = [
            (format!("\"width\":{width}"), format!("\"width\":{}", width + 1)),
            (format!("\"width\":{width}"), format!("\"width\":{}", width - 1)),
            ("\"activation\":\"relu\"".to_owned(), "\"activation\":\"threshold\"".to_owned()),
            ("\"activation\":\"threshold\"".to_owned(), "\"activation\":\"relu\"".to_owned()),
            ("\"output_bias\":true".to_owned(), "\"output_bias\":false".to_owned()),
            ("\"mirrored\":true".to_owned(), "\"mirrored\":1".to_owned()),
            ("\"points\":".to_owned(), "\"points\":1".to_owned()),
            ("\"dimension\":".to_owned(), "\"dimension\":1".to_owned()),
        ];
        for (from, to) in changes.iter().filter(|(from, _)| text.contains(from)) {
            let bytes = [text.replace(from, to).as_bytes(), &case.bytes[case.starts[0]..]].concat();
            // Without an output bias the networks are fewer.
            assert!(case.check(&bytes).is_err() || to == "\"output_bias\":false", "{}: {to}", case.name);
        }
    }
}
