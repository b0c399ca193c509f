//! An independent check of what relus claims: it shares no code with relus and decides everything in rationals, by the definition.
//!
//! A result file names a problem (activation, width, loss, which columns), a network, its loss, a lower bound, and maybe a certificate that proves the bound. [`check_files`] reads it
//! and the data, evaluates the network, verifies the certificate (see `docs/CERTIFICATES.md`), and returns the [`Claim`] that is thereby proven. What it
//! accepts is true whatever errors the rest of relus may have. What is *not* covered is said in the claim: a lower bound needs a certificate, unless it is
//! elementary (see [`Claim::minimum_is_proven`]).
//!
//! What must be trusted: this crate, the integer arithmetic of `dashu`, the readers `serde_json` and `csv`, the compiler and the machine.

mod certificate;
mod data;
mod error;
mod network;
mod number;
mod result;

pub use certificate::{Certified, Reason};
pub use error::CheckError;
pub use result::{Activation, Loss, Status};

use dashu_ratio::RBig;
use data::Data;
use network::Network;
use result::{ResultFile, exact};
use std::fmt;
use std::path::Path;

/// What was proven about a result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The number of points of the data.
    pub points: usize,
    /// The columns of the features by name or number, `None` for all but the target.
    pub features: Option<Vec<String>>,
    /// The column of the target by name or number, `None` for the last.
    pub target: Option<String>,
    /// The label of the positive class, if the targets are labels.
    pub positive: Option<String>,
    /// The largest number of neurons of the class of networks.
    pub width: usize,
    /// The activation of the class.
    pub activation: Activation,
    /// Whether the networks of the class have an output bias.
    pub output_bias: bool,
    /// The loss function.
    pub loss_function: Loss,
    /// What the result says is known.
    pub status: Status,
    /// The loss of the result's network on the data, if there is a network.
    pub loss: Option<RBig>,
    /// The lower bound of the result, if there is one.
    pub lower_bound: Option<RBig>,
    /// A lower bound for every network of the class that needs no certificate.
    pub elementary_bound: RBig,
    /// What the certificate proves, if there is one.
    pub certified: Option<Certified>,
    /// The target error of the decision problem, if that was asked.
    pub target_error: Option<RBig>,
}

impl Claim {
    /// Whether the loss of the network is proven to be the minimum, by the certificate or because no network of the class goes below the elementary
    /// bound, which is 0 unless equal points have different targets (then nothing fits them all) or the width is 0 (then the network is constant).
    #[must_use]
    pub fn minimum_is_proven(&self) -> bool {
        self.loss.as_ref() == Some(self.proven_bound())
    }

    /// A lower bound for every network of the class: the elementary one or the certificate's.
    #[must_use]
    pub fn proven_bound(&self) -> &RBig {
        self.certified.as_ref().map_or(&self.elementary_bound, |certified| (&certified.lower_bound).max(&self.elementary_bound))
    }

    /// Whether it is proven that no network of the class reaches the target error.
    #[must_use]
    pub fn target_is_refuted(&self) -> bool {
        let excludes_zero = self.certified.as_ref().is_some_and(|certified| certified.excludes_zero);
        self.target_error.as_ref().is_some_and(|target| self.proven_bound() > target || (*target == RBig::ZERO && excludes_zero))
    }

    /// How it is known that the loss is at least `bound`.
    fn grounds(&self, bound: &RBig) -> String {
        match &self.certified {
            Some(certified) if *bound > self.elementary_bound => format!(" (certificate of {} nodes)", certified.nodes),
            _ if *bound <= RBig::ZERO => String::new(),
            _ if self.width == 0 => " (without neurons it is constant)".to_owned(),
            _ => " (equal points have different targets)".to_owned(),
        }
    }

    /// ` (features "x", "z"; target "y"; positive class "yes")`, as far as the result says so.
    fn columns(&self) -> String {
        let features =
            self.features.as_ref().map(|names| format!("features {}", names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")));
        let target = self.target.as_ref().map(|name| format!("target {name:?}"));
        let positive = self.positive.as_ref().map(|label| format!("positive class {label:?}"));
        let known: Vec<String> = [features, target, positive].into_iter().flatten().collect();
        if known.is_empty() { String::new() } else { format!(" ({})", known.join("; ")) }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim { points, width, .. } = self;
        let (loss_name, activation) = (self.loss_function.name(), self.activation.name());
        let bias = if self.output_bias { " with an output bias" } else { "" };
        let networks = format!("{activation} networks of width {width}{bias}");
        let points = format!("{points} point{}{}", if *points == 1 { "" } else { "s" }, self.columns());
        let bound =
            self.lower_bound.as_ref().filter(|bound| *bound <= self.proven_bound()).unwrap_or(&self.elementary_bound).max(&self.elementary_bound);
        write!(f, "verified: ")?;
        match &self.loss {
            Some(loss) if self.minimum_is_proven() => {
                write!(f, "the network has {loss_name} loss {loss} on {points}, and no network of the class has a smaller one")?;
                write!(f, "{}: the minimum over {networks} is {loss}.", self.grounds(loss))?;
            }
            Some(loss) => {
                write!(f, "the network has {loss_name} loss {loss} on {points}, so the minimum over {networks} is at most {loss}")?;
                match self.certified {
                    Some(_) => write!(f, ", and at least {bound}{}.", self.grounds(bound))?,
                    None => write!(f, ".")?,
                }
            }
            None => {
                write!(f, "the {loss_name} loss of {networks} on {points} is at least {bound}")?;
                write!(f, "{}.", if self.certified.is_some() { self.grounds(bound) } else { String::new() })?;
            }
        }
        if let Some(target) = &self.target_error {
            match &self.loss {
                Some(loss) if loss <= target => write!(f, " The target error {target} is reached.")?,
                _ if self.target_is_refuted() => write!(f, " No such network reaches the target error {target}.")?,
                _ if self.status == Status::NotRealizable => {
                    write!(f, " Not covered: that none reaches the target error {target} (no certificate in this file).")?;
                }
                _ => {}
            }
        }
        match &self.lower_bound {
            Some(bound) if bound > self.proven_bound() => write!(f, " Not covered: the lower bound {bound} (no certificate in this file)."),
            _ => Ok(()),
        }
    }
}

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
    if certificate::is_certificate(file)? {
        let (certified, data, claimed) = certificate::verify(file, data)?;
        return conclude(file, &claimed, &data, Some(certified));
    }
    let result = result::read(file)?;
    match &result.certificate {
        None | Some(serde_json::Value::Null) => conclude(file, &result, &Data::read(data, &result.problem)?, None),
        Some(serde_json::Value::String(name)) => {
            let path = file.with_file_name(name);
            let (certified, data, claimed) = certificate::verify(&path, data)?;
            if claimed.problem != result.problem {
                return Err(CheckError::OtherProblem);
            }
            let claim = conclude(&path, &claimed, &data, Some(certified))?;
            conclude(file, &result, &data, claim.certified)
        }
        Some(_) => Err(CheckError::Certificate),
    }
}

/// What is proven about the claims of a result, given what its certificate proves.
fn conclude(path: &Path, file: &ResultFile, data: &Data, certified: Option<Certified>) -> Result<Claim, CheckError> {
    let problem = &file.problem;
    let claimed_loss = file.loss.as_ref().map(|loss| exact(path, "loss", loss)).transpose()?;
    let loss = match (&file.network, claimed_loss) {
        (Some(network), Some(claimed)) => {
            let network = Network::read(path, network)?;
            network.check_class(problem)?;
            let found = network.loss(data, problem.loss);
            if found != claimed {
                return Err(CheckError::Loss { claimed: claimed.to_string(), found: found.to_string() });
            }
            Some(found)
        }
        (None, None) => None,
        _ => return Err(CheckError::LossWithoutNetwork),
    };
    let claim = Claim {
        points: problem.points,
        features: problem.features.clone(),
        target: problem.target.clone(),
        positive: problem.positive.clone(),
        width: problem.width,
        activation: problem.activation,
        output_bias: problem.output_bias,
        loss_function: problem.loss,
        status: file.status,
        loss,
        lower_bound: file.lower_bound.as_ref().map(|bound| exact(path, "lower_bound", bound)).transpose()?,
        elementary_bound: network::floor(data, problem),
        certified,
        target_error: problem.target_error.as_ref().map(|target| exact(path, "problem.target_error", target)).transpose()?,
    };
    check_status(&claim)?;
    check_derived(path, file, &claim)?;
    Ok(claim)
}

/// Confirms that loss, lower bound and target error agree with each other and with the status.
fn check_status(claim: &Claim) -> Result<(), CheckError> {
    let status = claim.status.name();
    let text = |value: Option<&RBig>| value.map_or_else(|| "null".to_owned(), ToString::to_string);
    let (loss, bound, target) = (claim.loss.as_ref(), claim.lower_bound.as_ref(), claim.target_error.as_ref());
    if loss.zip(bound).is_some_and(|(loss, bound)| bound > loss) {
        return Err(CheckError::LowerBound(text(bound), text(loss)));
    }
    let promises_network = matches!(claim.status, Status::Optimal | Status::WithinGap | Status::Realizable);
    if let Some(Certified { weakest_node, .. }) = &claim.certified {
        let not_proven = |claimed: String| {
            let weakest = weakest_node.map_or_else(String::new, |node| format!(" (node {node})"));
            Err(CheckError::NotProven { claimed, proven: claim.proven_bound().to_string(), weakest })
        };
        match (bound, target) {
            (Some(bound), _) if bound > claim.proven_bound() => return not_proven(format!("the lower bound {bound}")),
            (_, Some(target)) if claim.status == Status::NotRealizable && !claim.target_is_refuted() => {
                return not_proven(format!("that no network reaches the target error {target}"));
            }
            _ => {}
        }
    }
    let says_nothing = bound.is_none_or(|bound| bound > claim.proven_bound()) && !claim.target_is_refuted();
    if loss.is_none() && (promises_network || says_nothing) {
        return Err(CheckError::NoNetwork(status));
    }
    match claim.status {
        Status::Optimal if loss != bound => Err(CheckError::NotOptimal(text(bound), text(loss))),
        Status::Realizable | Status::NotRealizable if target.is_none() => Err(CheckError::NoTargetError(status)),
        Status::Realizable if loss > target => Err(CheckError::TargetMissed(text(loss), text(target))),
        Status::NotRealizable if loss.is_some() && loss <= target => Err(CheckError::NotRefuted("loss", text(loss), text(target))),
        // A result may know that the loss is not 0 without a number; only a certificate can show it.
        Status::NotRealizable if bound == target && bound == Some(&RBig::ZERO) && claim.certified.is_none() => Ok(()),
        Status::NotRealizable if bound <= target && !claim.target_is_refuted() => {
            Err(CheckError::NotRefuted("lower bound", text(bound), text(target)))
        }
        _ => Ok(()),
    }
}

/// Confirms the numbers that repeat others: gap and mean, and the rounded values beside the exact ones.
fn check_derived(path: &Path, file: &ResultFile, claim: &Claim) -> Result<(), CheckError> {
    let gap = match (&claim.loss, &claim.lower_bound) {
        (Some(loss), Some(bound)) if loss == bound => Some(RBig::ZERO),
        (Some(loss), Some(bound)) if *loss > RBig::ZERO => Some((loss - bound) / loss),
        _ => None,
    };
    let mean = claim.loss.as_ref().map(|loss| loss / RBig::from(claim.points));
    let text = |value: &Option<RBig>| value.as_ref().map_or_else(|| "undefined".to_owned(), ToString::to_string);
    for (field, claimed, found) in [("gap", &file.gap, &gap), ("mean_loss", &file.mean_loss, &mean)] {
        let Some(claimed) = claimed else { continue };
        let claimed = exact(path, field, claimed)?;
        if found.as_ref() != Some(&claimed) {
            return Err(CheckError::Derived { field, claimed: claimed.to_string(), found: text(found) });
        }
    }
    let pairs = [
        ("loss_approx", &file.loss_approx, &claim.loss),
        ("lower_bound_approx", &file.lower_bound_approx, &claim.lower_bound),
        ("gap_approx", &file.gap_approx, &gap),
        ("mean_loss_approx", &file.mean_loss_approx, &mean),
    ];
    for (field, rounded, value) in pairs {
        let Some(rounded) = rounded.as_ref().map(serde_json::Number::as_str) else { continue };
        if !number::parse(rounded).zip(value.as_ref()).is_some_and(|(rounded, value)| is_near(&rounded, value)) {
            return Err(CheckError::Approximation(field, rounded.to_owned(), text(value)));
        }
    }
    Ok(())
}

/// Whether `|rounded − value| ≤ 1e-12·|value| + 1e-300`: far more than a rounding to 53 bits changes, far less than a reader would overlook.
fn is_near(rounded: &RBig, value: &RBig) -> bool {
    let magnitude = |q: RBig| if q < RBig::ZERO { -q } else { q };
    let power = |exponent| RBig::from_parts(1.into(), dashu_int::UBig::from(10u8).pow(exponent));
    magnitude(rounded - value) <= magnitude(value.clone()) * power(12) + power(300)
}
