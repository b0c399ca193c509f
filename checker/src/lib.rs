//! An independent check of what relus claims: it shares no code with relus and decides everything in rationals, by the definition.
//!
//! A result file names a problem (activation, width, loss, which columns), a network, its loss, a lower bound, and maybe a certificate that proves the bound. [`check_files`] reads it
//! and the data, evaluates the network, verifies the certificate (see `docs/CERTIFICATES.md`), and returns the [`Claim`] that is thereby proven. What it
//! accepts is true whatever errors the rest of relus may have. What is *not* covered is said in the claim: a lower bound needs a certificate, unless it is
//! elementary (see [`Claim::minimum_is_proven`]).
//!
//! What must be trusted: this crate, the integer arithmetic of `dashu`, the readers `serde_json` and `csv`, the compiler and the machine.

mod certificate;
mod claim;
mod data;
mod error;
mod network;
mod number;
mod result;

pub use certificate::{Certified, Reason};
pub use claim::Claim;
pub use error::CheckError;
pub use result::{Activation, Loss, Problem, Status};

use dashu_ratio::RBig;
use dashu_ratio::ops::Abs;
use data::Data;
use result::{Exact, ResultFile, Statement, read_format, read_json};
use serde_json::{Map, Value};
use std::io::BufRead;
use std::path::Path;

/// Checks `file`, a result or a certificate, against the data file `data` (CSV or a `relus-instance`).
///
/// The certificate that a result names is looked for beside the result.
///
/// # Errors
/// [`CheckError`] says why the result is not accepted; see [`CheckError::is_unreadable`].
///
/// # Examples
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let (result, data) = (folder.path().join("result.json"), folder.path().join("data.csv"));
/// std::fs::write(&data, "x,y\n-1,0\n1,1\n2,2\n")?;
/// std::fs::write(
///     &result,
///     r#"{"format":"relus-result","version":1,"status":"optimal","loss":"0","lower_bound":"0",
///         "network":{"format":"relus-network","version":1,"activation":"relu","output_bias":"0",
///                    "neurons":[{"w":["1"],"b":"0","a":"1"}]},
///         "problem":{"points":3,"dimension":1,"width":1,"activation":"relu","loss":"l2","output_bias":false,
///                    "target_error":null,"features":["x"],"target":"y","positive":null}}"#,
/// )?;
/// assert!(relus_check::check_files(&result, &data)?.minimum_is_proven());
/// # Ok(())
/// # }
/// ```
pub fn check_files(file: &Path, data: &Path) -> Result<Claim, CheckError> {
    let mut input = certificate::open(file)?;
    if input.fill_buf().map_err(|source| CheckError::Io(file.to_owned(), source))?.starts_with(certificate::MAGIC) {
        return check_certificate(file, input, data);
    }
    let text = result::open(file)?;
    let result: ResultFile = read_format(file, &text, "relus-result")?;
    let (certified, data) = match &result.certificate {
        None | Some(Value::Null) => (None, Data::read(data, &result.problem)?),
        Some(Value::String(name)) => {
            let path = file.with_file_name(name);
            let (claim, data) = conclude_certificate(&path, certificate::open(&path)?, data)?;
            if claim.problem != result.problem {
                return Err(CheckError::OtherProblem);
            }
            (claim.certified, data)
        }
        Some(_) => return Err(CheckError::Certificate),
    };
    let claim = conclude(file, read_json(file, &text)?, result.problem, &data, certified)?;
    check_derived(&read_json(file, &text)?, &claim)?;
    Ok(claim)
}

/// Checks a certificate that is read from anywhere against the data file `data`; errors call it `name`.
///
/// # Errors
/// [`CheckError`] says why the certificate is not accepted.
pub fn check_certificate(name: &Path, certificate: impl BufRead, data: &Path) -> Result<Claim, CheckError> {
    conclude_certificate(name, certificate, data).map(|(claim, _)| claim)
}

/// What is proven by a certificate alone, and the data.
fn conclude_certificate(path: &Path, input: impl BufRead, data: &Path) -> Result<(Claim, Data), CheckError> {
    let (certified, data, problem, claim) = certificate::verify(path, input, data)?;
    Ok((conclude(path, claim, problem, &data, Some(certified))?, data))
}

/// What is proven about the claims of a file, given what its certificate proves.
fn conclude(path: &Path, statement: Statement, problem: Problem, data: &Data, certified: Option<Certified>) -> Result<Claim, CheckError> {
    if problem.activation == Activation::Threshold && (problem.convex || problem.affine) {
        return Err(CheckError::Class("threshold networks are neither convex, nor is there an affine function besides".to_owned()));
    }
    let loss = match (&statement.network, statement.loss) {
        (Some(network), Some(Exact(claimed))) => {
            network.check_class(path, &problem)?;
            let found = network.loss(data, problem.loss);
            if found != claimed {
                return Err(CheckError::Loss { claimed: claimed.to_string(), found: found.to_string() });
            }
            Some(found)
        }
        (None, None) => None,
        _ => return Err(CheckError::LossWithoutNetwork),
    };
    let lower_bound = statement.lower_bound.map(|bound| bound.0);
    let claim = Claim { loss, lower_bound, status: statement.status, elementary_bound: network::floor(data, &problem), certified, problem };
    check_status(&claim)?;
    Ok(claim)
}

/// Confirms that loss, lower bound and target error agree with each other, with the certificate and with the status.
fn check_status(claim: &Claim) -> Result<(), CheckError> {
    let text = |value: Option<&RBig>| value.map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let (loss, bound, target) = (claim.loss.as_ref(), claim.lower_bound.as_ref(), claim.target_error());
    let [loss_text, bound_text, target_text] = [loss, bound, target].map(text);
    let (is_proven, is_refuted) = (bound.is_some_and(|bound| bound <= claim.proven_bound()), claim.target_is_refuted());
    let is_certified = claim.certified.is_some();
    let not_proven = |claimed| {
        let weakest_node = claim.certified.as_ref().and_then(|certified| certified.weakest_node);
        let weakest = weakest_node.map_or_else(String::new, |node| format!(" (node {node})"));
        Err(CheckError::NotProven { claimed, proven: claim.proven_bound().to_string(), weakest })
    };
    let promises_network = matches!(claim.status, Status::Optimal | Status::WithinGap | Status::Realizable);
    let wrong = match claim.status {
        _ if is_certified && bound.is_some() && !is_proven => return not_proven(format!("the lower bound {bound_text}")),
        Status::NotRealizable if is_certified && target.is_some() && !is_refuted => {
            return not_proven(format!("that no network reaches the target error {target_text}"));
        }
        _ if loss.zip(bound).is_some_and(|(loss, bound)| bound > loss) => format!("the lower bound {bound_text} is above the loss {loss_text}"),
        _ if loss.is_none() && promises_network => "there is no network".to_owned(),
        _ if loss.is_none() && !is_proven && !is_refuted => "there is nothing that can be verified".to_owned(),
        Status::Optimal if loss != bound => format!("the lower bound {bound_text} is below the loss {loss_text}"),
        Status::Realizable | Status::NotRealizable if target.is_none() => "the problem has no target error".to_owned(),
        Status::Realizable if loss > target => format!("the loss {loss_text} is above the target error {target_text}"),
        Status::NotRealizable if loss.is_some() && loss <= target => format!("the loss {loss_text} is not above the target error {target_text}"),
        // A result may know that the loss is not 0 without a number; only a certificate can show it.
        Status::NotRealizable if bound == target && bound == Some(&RBig::ZERO) && !is_certified => return Ok(()),
        Status::NotRealizable if bound <= target && !is_refuted => {
            format!("the lower bound {bound_text} is not above the target error {target_text}")
        }
        _ => return Ok(()),
    };
    Err(CheckError::Status(result::name(claim.status), wrong))
}

/// Confirms the numbers of a result that repeat others: gap and mean, and the rounded values beside the exact ones.
fn check_derived(file: &Map<String, Value>, claim: &Claim) -> Result<(), CheckError> {
    let gap = match (&claim.loss, &claim.lower_bound) {
        (Some(loss), Some(bound)) if loss == bound => Some(RBig::ZERO),
        (Some(loss), Some(bound)) if *loss > RBig::ZERO => Some((loss - bound) / loss),
        _ => None,
    };
    let mean = claim.loss.as_ref().map(|loss| loss / RBig::from(claim.problem.points));
    for (name, value) in [("loss", &claim.loss), ("lower_bound", &claim.lower_bound), ("gap", &gap), ("mean_loss", &mean)] {
        for (field, is_rounded) in [(name.to_owned(), false), (format!("{name}_approx"), true)] {
            let Some(written) = file.get(&field).filter(|written| !written.is_null()) else { continue };
            let agrees = |Exact(written): Exact, value: &RBig| if is_rounded { is_near(&written, value) } else { written == *value };
            if !Exact::try_from(written.clone()).ok().zip(value.as_ref()).is_some_and(|(written, value)| agrees(written, value)) {
                let found = value.as_ref().map_or_else(|| "undefined".to_owned(), ToString::to_string);
                return Err(CheckError::Derived { field, claimed: written.to_string(), found });
            }
        }
    }
    Ok(())
}

/// Whether `|rounded − value| ≤ 1e-12·|value| + 1e-300`: far more than a rounding to 53 bits changes, far less than a reader would overlook.
fn is_near(rounded: &RBig, value: &RBig) -> bool {
    (rounded - value).abs() <= value.clone().abs() / number::power_of_ten(12) + RBig::ONE / number::power_of_ten(300)
}
