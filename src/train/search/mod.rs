//! Branch and bound on activation bits, with a certificate for every closed node.
//!
//! Write `x̃_i = (x_i, 1)`, let `a_j = ±1` be the sign of neuron `j`'s output weight (ReLU: its magnitude is absorbed by the weights; threshold: the
//! magnitude stays an unknown `t_j ≥ 0`). A *node* of the tree is a choice of signs and, for each neuron, a polyhedral cone
//! `K_j = {w : s_l x̃_l·w ≥ 0 for its decided points l}`. The root nodes are the `k+1` sign classes with `K_j = R^{d+1}`; an inner node splits one
//! neuron's cone by the hyperplane of one data point; and neurons with equal signs and cones are exchangeable, so that a group of `q` of them
//! needs `q+1` children instead of `2^q`.
//!
//! **The bound.** Let `u ∈ Rⁿ` be such that `u·φ ≤ 0` for every network `φ` of a node. Then with `y = φ + (y − φ)` the loss of each is at least
//! `(u·y)²/(u·u)` (squares, if `u·y > 0`), `u·y / max|u_i|` (absolute values), `u·y / Σ|u_i|` (maximum). Such a `u` is recognised neuron by neuron,
//! on the generators (rays) of its cone: with numbers `0 ≤ p_ij ≤ |u_i|` it suffices that for every neuron `j` and every generator `r` of `K_j`
//!
//! ```text
//! Σ_{i : a_j u_i > 0} |u_i| max(0, x̃_i·r)  −  Σ_{i : a_j u_i < 0} p_ij x̃_i·r  ≤  0                      (ReLU)
//! ```
//!
//! because `max(0, x̃_i·w)` lies below its values on the generators (it is sublinear) and above each `θ x̃_i·w`, `0 ≤ θ ≤ 1`. For threshold neurons, whose values
//! are 1 on points positive on all of `K_j`, 0 on points negative there and either elsewhere, the condition is
//! `Σ_{on} a_j u_i + Σ_{undecided} max(0, a_j u_i) ≤ 0`. With an output bias, `Σ u_i = 0` in addition.
//!
//! **An affine function** besides the neurons makes that `Σ u_i x̃_i = 0`, and halves the tree: as `max(0, z) = z + max(0, −z)`, a neuron may be replaced by its mirror image, of weights `−w_j` and the same
//! sign, so that of a neuron without a cut a given point may be assumed to be on.
//!
//! Floats propose `u` and `p`, integers dispose.

mod branching;
mod candidate;
mod certificate;
mod checkpoint;
mod checksum;
mod clock;
mod closing;
mod collinear;
mod cone;
mod counted;
mod evaluation;
mod frontier;
mod goal;
mod labels;
mod leaf;
mod log;
mod model;
mod node;
mod recorder;
mod relax;
mod tree;
mod worker;
mod zero;

pub use zero::{ZeroErrorFunctions, all_zero_error};

pub(in crate::train) use certificate::Claim;
pub(in crate::train) use collinear::{Bend, Branch, Lines};
pub(in crate::train) use cone::{Cone, State};
pub(in crate::train) use counted::write_count;
pub(in crate::train) use leaf::bound;
pub(in crate::train) use model::Model;
pub(in crate::train) use node::{Leaf, Node, Proof, Relaxation, Split};
pub(in crate::train) use recorder::Recorder;
pub(in crate::train) use zero::{Extra, refutes_zero_error};

use super::local::Local;
use super::result::problem_json;
use super::{Control, Incumbent, Outcome, Status, TrainError, Trainer};
use crate::exact::nearest_f64;
use crate::instance::csv::CsvOptions;
use crate::instance::{Activation, Instance, Loss};
use checkpoint::{Checkpoint, Waiting};
use closing::{bound_of_open, close_open};
use dashu_base::BitTest;
use frontier::Cap;
use goal::Goal;
use log::{Log, Look};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tree::{Counts, Settings, Start, Tree, Worked};
use zero::Decision;

/// The counter of a certificate that is complete.
pub(in crate::train) const CERTIFICATE_BYTES: &str = "certificate bytes";

/// The search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The number of local search's starts for the first incumbent; default 2.
    pub starts: usize,
    /// The most open nodes that wait for their turn; beyond it the search goes depth first. Default 1 000 000.
    pub max_open: usize,
    /// The most memory that these may take, in bytes; beyond it the search goes depth first. Default 4 GiB.
    pub memory: usize,
    /// Whether the number of nodes must not depend on the number of threads; default no.
    pub deterministic: bool,
    /// Where to write the certificate; default nowhere.
    pub certificate: Option<PathBuf>,
    /// How the data were selected from a table, for the certificate's description of the problem.
    pub columns: Option<CsvOptions>,
    /// Where to write checkpoints; default nowhere.
    pub checkpoint: Option<PathBuf>,
    /// The time between checkpoints; default one minute.
    pub checkpoint_every: Duration,
    /// A checkpoint to go on from; default none.
    pub resume: Option<PathBuf>,
    /// Where to write the log; default nowhere.
    pub log: Option<PathBuf>,
    /// Whether to check every conclusion in rationals while searching, and to panic where one is wrong; slow; default no.
    pub audit: bool,
}

impl Default for Search {
    fn default() -> Self {
        Search {
            starts: 2,
            max_open: 1_000_000,
            memory: 4 << 30,
            deterministic: false,
            certificate: None,
            columns: None,
            checkpoint: None,
            checkpoint_every: Duration::from_secs(60),
            resume: None,
            log: None,
            audit: false,
        }
    }
}

impl Trainer for Search {
    fn name(&self) -> &'static str {
        "search"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let affine = instance.architecture.affine;
        if affine && instance.loss == Loss::ZeroOne {
            return Err(TrainError::Unsupported { method: self.name(), what: "the 0-1 loss with an affine function".into() });
        }
        if instance.loss == Loss::ZeroOne && instance.architecture.width > 64 {
            return Err(TrainError::Unsupported { method: self.name(), what: "the 0-1 loss with more than 64 neurons".into() });
        }
        let mut model = Model::new(instance);
        model.mirrored = match &self.resume {
            _ if affine => true,
            Some(path) => Checkpoint::is_mirrored(path)?,
            None => Decision::is_asked(&model) && instance.architecture.activation == Activation::Relu,
        };
        let mut log = None;
        if let Some(outcome) = self.search(&model, control, self.resume.as_deref(), &mut log)? {
            return Ok(outcome);
        }
        model.mirrored = false;
        let outcome = self.search(&model, control, None, &mut log)?;
        Ok(outcome.expect("every network that is found is of the class"))
    }
}

impl Search {
    /// Works off a tree; `None` if it was left for a network with an affine term.
    fn search(&self, model: &Model<'_>, control: &Control<'_>, resume: Option<&Path>, log: &mut Option<Log>) -> Result<Option<Outcome>, TrainError> {
        // A checkpoint is read before any file is touched.
        let begun = Instant::now();
        let (start, mut recorder) = self.start(model, control, resume)?;
        let log = match log {
            Some(log) => log,
            none => none.insert(Log::new(self.log.as_deref(), begun, resume.is_some())?),
        };
        let started = begun.elapsed();
        let settings = Settings {
            cap: Cap { nodes: self.max_open, bytes: self.memory },
            deterministic: self.deterministic,
            leaves: self.certificate.is_some(),
            audit: self.audit,
            checkpoint: self.checkpoint.clone().map(|path| (path, self.checkpoint_every)),
        };
        let worked = Tree { model, control, settings }.grow(start, &mut recorder, log)?;
        if worked.left && !worked.goal.reached {
            return Ok(None);
        }
        let (open, memory, counts) = (worked.frontier.len(), worked.frontier.bytes(), worked.counts);
        let ended = Instant::now();
        let mut outcome = self.conclude(model, control, worked, recorder)?;
        let lower_bound = nearest_f64(&outcome.lower_bound);
        let incumbent = outcome.incumbent.as_ref().map_or(f64::INFINITY, |incumbent| nearest_f64(&incumbent.loss));
        let certified = outcome.statistics.get(CERTIFICATE_BYTES).is_some();
        log.end(certified, &Look { incumbent, lower_bound, estimate: lower_bound, counts, open, memory })?;
        let statistics = &mut outcome.statistics;
        statistics.times.push(("start", started));
        statistics.times.extend(counts.clock.parts());
        statistics.times.extend([("waiting", counts.clock.waited), ("end", ended.elapsed())]);
        (statistics.curve, statistics.primal_dual_integral) = log.course();
        Ok(Some(outcome))
    }

    /// The roots, or a checkpoint's open nodes.
    fn start(&self, model: &Model<'_>, control: &Control<'_>, resume: Option<&Path>) -> Result<(Start, Recorder), TrainError> {
        if let Some(path) = resume {
            let Checkpoint { incumbent, open, next, counts, least, certificate } = Checkpoint::read(path, model, control.gap())?;
            let recorder = match (&self.certificate, certificate) {
                (None, _) => Recorder::counting(next),
                (Some(path), Some(position)) => Recorder::resume(path, model, position)?,
                (Some(_), None) => {
                    let what = format!("{}: the search was begun without a certificate, so it cannot end with one", path.display());
                    return Err(TrainError::File(what));
                }
            };
            return Ok((Start { open, goes_on: true, goal: Goal::new(model, control, incumbent), counts, least }, recorder));
        }
        let incumbent = Local { starts: self.starts, polished: polished(model), neighbours: 0 }.improve(&model.space, control);
        let goal = Goal::new(model, control, incumbent);
        let roots = Node::roots(model);
        let recorder = match &self.certificate {
            None => Recorder::counting(roots.len() as u64),
            Some(path) => Recorder::create(path, model, &problem_json(model.instance(), self.columns.as_ref()))?,
        };
        let open = roots.into_iter().zip(0..).map(|(node, id)| Waiting { id, node, proven: 0.0 }).collect();
        Ok((Start { open, goes_on: false, goal, counts: Counts::default(), least: None }, recorder))
    }

    /// The outcome, and the end of the certificate.
    fn conclude(&self, model: &Model<'_>, control: &Control<'_>, worked: Worked, mut recorder: Recorder) -> Result<Outcome, TrainError> {
        let Worked { goal, frontier, stopped, counts, least, .. } = worked;
        let worked_off = frontier.is_empty();
        // A search that was stopped and left a checkpoint can go on; otherwise the certificate ends here, with what can be proven of the open nodes.
        let unfinished = self.checkpoint.is_some() && stopped.is_some();
        let bound = if self.certificate.is_some() && !unfinished {
            let open = close_open(model, frontier.into_entries(), &mut recorder, control.threads());
            let bound = tree::bound(model, &goal, least.as_ref(), f64::INFINITY);
            open.map_or_else(|| bound.clone(), |open| open.max(model.floor.clone()).min(bound.clone()))
        } else {
            tree::bound(model, &goal, least.as_ref(), bound_of_open(model, frontier.into_entries(), control.threads()))
        };
        let incumbent = goal.incumbent.as_ref().clone();
        let mut outcome = Outcome::conclude(model.instance(), control, Some(incumbent), bound, stopped, self.name());
        if Decision::is_asked(model) && !goal.reached && worked_off {
            outcome.status = Status::NotRealizable;
            let [up, down] = Lines::new(model).least_widths();
            if up + down > model.width() {
                outcome.notes.push(format!("collinear points alone need {} neurons", up + down));
            }
            if outcome.lower_bound.is_zero() {
                outcome.notes.push("the proof shows that the error is not 0, not by how much".into());
            }
        }
        outcome.statistics.count("nodes", counts.nodes);
        outcome.statistics.count("closed", counts.closed);
        outcome.statistics.count("most open", counts.most_open);
        outcome.statistics.count("most bytes", counts.most_bytes);
        let tally = counts.tally;
        outcome.statistics.count("relaxations", tally.relaxations);
        outcome.statistics.count("closed in floats", tally.in_floats);
        outcome.statistics.count("exact attempts", tally.attempts);
        outcome.statistics.count("closed exactly", tally.in_integers);
        outcome.statistics.count("patterns solved", tally.patterns);
        self.end_certificate(&mut outcome, recorder, unfinished)?;
        Ok(outcome)
    }

    fn end_certificate(&self, outcome: &mut Outcome, mut recorder: Recorder, unfinished: bool) -> Result<(), TrainError> {
        let claim = match outcome.status {
            Status::Optimal => Claim::Minimum,
            Status::NotRealizable => Claim::NotRealizable,
            _ => Claim::LowerBound,
        };
        if unfinished {
            recorder.flush()?;
            if self.certificate.is_some() {
                outcome.notes.push("the certificate is unfinished: --resume with the checkpoint goes on with it".into());
            }
            return Ok(());
        }
        let incumbent: &Incumbent = outcome.incumbent.as_ref().expect("there is always a network");
        if let Some(bytes) = recorder.finish(claim, incumbent, &outcome.lower_bound)? {
            outcome.statistics.count(CERTIFICATE_BYTES, bytes);
        }
        Ok(())
    }
}

/// How many results of local search are polished exactly. Where only error 0 counts and the numbers are long, the exact problem of one pattern may take longer than the decision.
fn polished(model: &Model<'_>) -> usize {
    /// Bits of the design's entries.
    const LONG: usize = 64;
    let longest = (0..model.sites()).flat_map(|s| model.row(s)).map(BitTest::bit_len).max().unwrap_or(0);
    usize::from(!Decision::is_asked(model) || longest <= LONG)
}
