//! The exact search as a judge: it decides among all networks.

use super::{Failure, answer};
use crate::exact::Natural;
use crate::instance::json::instance_to_json;
use crate::instance::{Instance, write_atomically};
use crate::network::Network;
use crate::problems::Problem;
use crate::reductions::Reduction;
use crate::train::search::Search;
use crate::train::{Control, Status, Trainer};
use serde::Serialize;

const CHECK: &str = "training";

/// What the exact search said about a training instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It found a network without error, which was pulled back to a solution.
    Realizable,
    /// It proved that there is none, and the independent checker accepted the certificate.
    NotRealizable,
    /// It did not decide within its limits.
    Undecided,
}

/// Lets the exact search decide `instance`, whose source has `count` solutions.
pub(super) fn decide<R: Reduction>(
    reduction: &R,
    source: &R::Source,
    instance: &Instance,
    count: &Natural,
    control: &Control<'_>,
) -> Result<Verdict, Failure> {
    let failed = |message: String| Failure::new(CHECK, message);
    let directory = tempfile::tempdir().map_err(|error| failed(format!("no temporary directory: {error}")))?;
    let (data, certificate) = (directory.path().join("instance.json"), directory.path().join("certificate"));
    write_atomically(&data, &instance_to_json(instance)).map_err(|error| failed(error.to_string()))?;
    let search = Search { certificate: Some(certificate.clone()), ..Search::default() };
    let outcome = search.train(instance, control).map_err(|error| failed(error.to_string()))?;
    let network: Option<&Network> = outcome.incumbent.as_ref().map(|incumbent| &incumbent.network);
    match outcome.status {
        Status::Realizable => {
            let network = network.ok_or_else(|| failed("the search says realizable, without a network".to_owned()))?;
            let solution = reduction.pull(source, network).map_err(|error| Failure::with(CHECK, error.to_string(), network))?;
            if count.is_zero() || !source.is_solved_by(&solution) {
                let message = format!("the search finds a network without error, and the source {}", answer(count));
                return Err(Failure::with(CHECK, message, network));
            }
            Ok(Verdict::Realizable)
        }
        Status::NotRealizable if !count.is_zero() => {
            Err(failed(format!("the search proves that no network is without error, and the source {}", answer(count))))
        }
        Status::NotRealizable => {
            let claim = relus_check::check_files(&certificate, &data).map_err(|error| failed(format!("the certificate is not accepted: {error}")))?;
            if claim.target_is_refuted() {
                Ok(Verdict::NotRealizable)
            } else {
                Err(failed("the certificate does not prove what the search says".to_owned()))
            }
        }
        _ => Ok(Verdict::Undecided),
    }
}
