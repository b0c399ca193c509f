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
//! Floats propose `u` and `p`, integers dispose.

mod branching;
mod candidate;
mod certificate;
mod checkpoint;
mod checksum;
mod collinear;
mod cone;
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

pub(in crate::train) use collinear::{Bend, Branch, Lines};
pub(in crate::train) use cone::{Cone, State};
pub(in crate::train) use model::Model;
pub(in crate::train) use node::{Leaf, Node, Relaxation};

use super::local::Local;
use super::result::problem_json;
use super::{Control, Incumbent, Outcome, Status, TrainError, Trainer};
use crate::exact::nearest_f64;
use crate::instance::csv::CsvOptions;
use crate::instance::{Activation, Instance, Loss};
use certificate::Claim;
use checkpoint::{Checkpoint, Waiting};
use dashu_base::BitTest;
use frontier::{Entry, Frontier};
use goal::Goal;
use log::Log;
use recorder::Recorder;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tree::{Counts, Settings, Start, Tree, Worked};
use worker::Worker;
use zero::Decision;

/// The search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The number of local search's starts for the first incumbent; default 2.
    pub starts: usize,
    /// The most open nodes that wait for their turn; beyond it the search goes depth first. Default 1 000 000.
    pub max_open: usize,
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
        if instance.loss == Loss::ZeroOne && instance.architecture.width > 64 {
            return Err(TrainError::Unsupported { method: self.name(), what: "the 0-1 loss with more than 64 neurons".into() });
        }
        let mut model = Model::new(instance);
        let mut log = self.log.as_deref().map(Log::create).transpose()?;
        model.mirrored = match &self.resume {
            Some(path) => Checkpoint::is_mirrored(path)?,
            None => Decision::is_asked(&model) && instance.architecture.activation == Activation::Relu,
        };
        if let Some(outcome) = self.search(&model, control, self.resume.as_deref(), log.as_mut())? {
            return Ok(outcome);
        }
        model.mirrored = false;
        let outcome = self.search(&model, control, None, log.as_mut())?;
        Ok(outcome.expect("without an affine term every network is of the class"))
    }
}

impl Search {
    /// Works off a tree; `None` if it was left for a network with an affine term.
    fn search(
        &self,
        model: &Model<'_>,
        control: &Control<'_>,
        resume: Option<&Path>,
        mut log: Option<&mut Log>,
    ) -> Result<Option<Outcome>, TrainError> {
        let (start, mut recorder) = self.start(model, control, resume)?;
        let settings = Settings {
            max_open: self.max_open,
            deterministic: self.deterministic,
            leaves: self.certificate.is_some(),
            audit: self.audit,
            checkpoint: self.checkpoint.clone().map(|path| (path, self.checkpoint_every)),
        };
        let worked = Tree { model, control, settings }.grow(start, &mut recorder, log.as_deref_mut())?;
        if worked.left && !worked.goal.reached {
            return Ok(None);
        }
        let (open, counts) = (worked.frontier.len(), worked.counts);
        let outcome = self.conclude(model, control, worked, recorder)?;
        if let (Some(log), Some(incumbent)) = (&mut log, &outcome.incumbent) {
            log.write(nearest_f64(&incumbent.loss), nearest_f64(&outcome.lower_bound), counts, open)?;
        }
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
            return Ok((Start { open, goal: Goal::new(model, control, incumbent), counts, least }, recorder));
        }
        let incumbent = Local { starts: self.starts, polished: polished(model) }.improve(&model.space, control);
        let goal = Goal::new(model, control, incumbent);
        let roots = Node::roots(model);
        let recorder = match &self.certificate {
            None => Recorder::counting(roots.len() as u64),
            Some(path) => Recorder::create(path, model, &problem_json(model.instance(), self.columns.as_ref()))?,
        };
        let open = roots.into_iter().zip(0..).map(|(node, id)| Waiting { id, node, proven: 0.0 }).collect();
        Ok((Start { open, goal, counts: Counts::default(), least: None }, recorder))
    }

    /// The outcome, and the end of the certificate.
    fn conclude(&self, model: &Model<'_>, control: &Control<'_>, worked: Worked, mut recorder: Recorder) -> Result<Outcome, TrainError> {
        let Worked { goal, frontier, stopped, counts, least, .. } = worked;
        // A search that was stopped and left a checkpoint can go on; otherwise the certificate ends here, with what can be proven of the open nodes.
        let unfinished = self.checkpoint.is_some() && stopped.is_some();
        let mut bound = tree::bound(model, &goal, least.as_ref(), bound_of_open(model, &frontier, control.threads()));
        if self.certificate.is_some() && !unfinished {
            let mut worker = Worker::new(model, true);
            bound = tree::bound(model, &goal, least.as_ref(), f64::INFINITY);
            for entry in frontier.iter() {
                let (node, leaf, proven) = worker.best_leaf(entry);
                recorder.close(entry.id, Some(&(node, leaf)));
                bound = bound.min(proven.max(model.floor.clone()));
            }
        }
        let incumbent = goal.incumbent.as_ref().clone();
        let mut outcome = Outcome::conclude(model.instance(), control, Some(incumbent), bound, stopped, self.name());
        if Decision::is_asked(model) && !goal.reached && frontier.is_empty() {
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
            outcome.statistics.count("certificate bytes", bytes);
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

/// The least bound that can be proven of the open nodes of a search that was stopped, in scaled units; ∞ if there are none.
fn bound_of_open(model: &Model<'_>, frontier: &Frontier, threads: usize) -> f64 {
    /// Whoever set a limit does not wait much longer: what is not reached in this time keeps the bound it has.
    const PATIENCE: Duration = Duration::from_secs(2);
    let entries: Vec<&Entry> = frontier.iter().collect();
    let end = Instant::now() + PATIENCE;
    let least = |entries: &[&Entry]| {
        let mut worker = Worker::new(model, false);
        let bound = |entry: &&Entry| if Instant::now() < end { worker.open_bound(entry) } else { entry.open.proven };
        entries.iter().map(bound).fold(f64::INFINITY, f64::min)
    };
    let share = entries.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = entries.chunks(share).map(|part| scope.spawn(|| least(part))).collect();
        parts.into_iter().map(|part| part.join().expect("no worker panics")).fold(f64::INFINITY, f64::min)
    })
}
