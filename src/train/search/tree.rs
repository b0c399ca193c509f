//! The search tree: what the threads share, and how they work it off.
//!
//! A thread takes an open node, splits it and evaluates the children on its own; then, under the lock, a better network becomes the incumbent, closed children are
//! written to the certificate, and open ones join the frontier.
//!
//! In the deterministic mode the threads work in rounds: the nodes of a round are evaluated against the incumbent with which it began, and the results are merged in the
//! nodes' order. So the tree does not depend on the number of threads.

use super::checkpoint::{Checkpoint, Waiting};
use super::frontier::{Entry, Frontier};
use super::goal::Goal;
use super::log::Log;
use super::model::Model;
use super::node::{Node, Split};
use super::recorder::Recorder;
use super::worker::{Evaluation, Tally, Verdict, Worker};
use super::zero::Decision;
use crate::exact::{Rational, nearest_f64};
use crate::train::{Control, Progress, StopReason, TrainError};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The number of nodes in a round of the deterministic mode.
const ROUND: usize = 64;
/// The number of entries after which a thread reports, and saves if it is time to.
const GLANCE: u64 = 64;

/// Limits of the tree.
#[derive(Debug, Clone)]
pub(in crate::train) struct Settings {
    /// The most open nodes that wait for their turn; beyond it the search goes depth first.
    pub(in crate::train) max_open: usize,
    /// Whether the tree must not depend on the number of threads.
    pub(in crate::train) deterministic: bool,
    /// Whether closed nodes need leaves.
    pub(in crate::train) leaves: bool,
    /// Whether every conclusion is checked in rationals.
    pub(in crate::train) audit: bool,
    /// Where to write checkpoints, if anywhere, and how often.
    pub(in crate::train) checkpoint: Option<(PathBuf, Duration)>,
}

/// Counters of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::train) struct Counts {
    /// Nodes that were evaluated.
    pub(in crate::train) nodes: u64,
    /// Nodes that were closed.
    pub(in crate::train) closed: u64,
    /// The most nodes that were open at once.
    pub(in crate::train) most_open: u64,
    /// What the threads did.
    pub(in crate::train) tally: Tally,
}

/// The result of working off a tree.
#[derive(Debug)]
pub(in crate::train) struct Worked {
    pub(in crate::train) goal: Arc<Goal>,
    /// What is still open; empty if the tree was worked off.
    pub(in crate::train) frontier: Frontier,
    pub(in crate::train) stopped: Option<StopReason>,
    pub(in crate::train) counts: Counts,
    /// The least loss of a node that was closed exactly without reaching what was needed then.
    pub(in crate::train) least: Option<Rational>,
    /// See [`Verdict::Outside`].
    pub(in crate::train) left: bool,
}

/// Where a tree begins: at its roots, or at a checkpoint.
#[derive(Debug)]
pub(in crate::train) struct Start {
    pub(in crate::train) open: Vec<Waiting>,
    pub(in crate::train) goal: Goal,
    pub(in crate::train) counts: Counts,
    pub(in crate::train) least: Option<Rational>,
}

/// What the threads share.
struct State<'s> {
    frontier: Frontier,
    goal: Arc<Goal>,
    recorder: &'s mut Recorder,
    counts: Counts,
    stopped: Option<StopReason>,
    least: Option<Rational>,
    left: bool,
    taken: u64,
    /// Entries that some thread is working at.
    busy: usize,
    /// The nodes of these entries, and of those whose results are not merged yet.
    in_flight: BTreeMap<u64, (Node, f64)>,
    log: Option<&'s mut Log>,
    saved: Instant,
    failure: Option<TrainError>,
    /// The entries of the present round, in the deterministic mode.
    round: VecDeque<(usize, Entry)>,
    done: Vec<(usize, Expansion)>,
}

/// An open node's children (or itself, looked at again) after their evaluation.
struct Expansion {
    id: u64,
    split: Option<Split>,
    results: Vec<Evaluation>,
}

#[derive(Debug)]
pub(in crate::train) struct Tree<'m, 'a> {
    pub(in crate::train) model: &'m Model<'a>,
    pub(in crate::train) control: &'m Control<'m>,
    pub(in crate::train) settings: Settings,
}

impl Tree<'_, '_> {
    /// Works off the tree above the nodes of `start`.
    ///
    /// # Errors
    /// [`TrainError::File`] if a checkpoint cannot be written.
    pub(in crate::train) fn grow(&self, start: Start, recorder: &mut Recorder, log: Option<&mut Log>) -> Result<Worked, TrainError> {
        let mut state = State {
            frontier: Frontier::new(self.settings.max_open),
            goal: Arc::new(start.goal),
            recorder,
            counts: start.counts,
            stopped: None,
            least: start.least,
            left: false,
            taken: 0,
            busy: 0,
            in_flight: BTreeMap::new(),
            log,
            saved: Instant::now(),
            failure: None,
            round: VecDeque::new(),
            done: Vec::new(),
        };
        let mut worker = self.worker();
        for waiting in start.open {
            let evaluation = worker.evaluate(waiting.node, None, waiting.proven, &state.goal);
            self.settle(&mut state, waiting.id, evaluation);
        }
        self.save(&mut state);
        self.note(&mut state, true);
        let state = Mutex::new(state);
        let changed = Condvar::new();
        let threads = self.control.threads();
        if threads == 1 {
            self.work(&mut worker, &state, &changed);
        } else {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| self.work(&mut self.worker(), &state, &changed));
                }
            });
        }
        let mut state = state.into_inner().expect("no worker panicked");
        if state.stopped.is_some() {
            self.save(&mut state);
        }
        let State { frontier, goal, counts, stopped, least, left, failure, .. } = state;
        failure.map_or(Ok(Worked { goal, frontier, stopped, counts, least, left }), Err)
    }

    fn worker(&self) -> Worker<'_, '_> {
        Worker::new(self.model, self.settings.leaves).with_audit(self.settings.audit).with_control(self.control)
    }

    /// One thread's work.
    fn work(&self, worker: &mut Worker<'_, '_>, state: &Mutex<State<'_>>, changed: &Condvar) {
        let mut guard = state.lock().expect("no worker panics under the lock");
        loop {
            let Some((place, entry)) = self.next(&mut guard) else {
                if guard.busy == 0 {
                    break;
                }
                guard = changed.wait(guard).expect("no worker panics under the lock");
                continue;
            };
            guard.busy += 1;
            guard.in_flight.insert(entry.id, (entry.open.node.clone(), entry.open.proven));
            let goal = Arc::clone(&guard.goal);
            drop(guard);
            let expansion = self.expand(worker, &entry, &goal);
            guard = state.lock().expect("no worker panics under the lock");
            guard.busy -= 1;
            if self.settings.deterministic {
                guard.done.push((place, expansion));
                if guard.busy == 0 && guard.round.is_empty() {
                    let mut done = std::mem::take(&mut guard.done);
                    done.sort_by_key(|&(place, _)| place);
                    done.into_iter().for_each(|(_, expansion)| self.merge(&mut guard, expansion));
                }
            } else {
                self.merge(&mut guard, expansion);
            }
            changed.notify_all();
        }
        guard.counts.tally += std::mem::take(&mut worker.tally);
        changed.notify_all();
    }

    /// The next entry to work at, with its place in the round; `None` if there is nothing to do now (or, when no thread is busy, ever).
    fn next(&self, state: &mut State<'_>) -> Option<(usize, Entry)> {
        if !self.settings.deterministic {
            return self.pop(state).map(|entry| (0, entry));
        }
        if state.round.is_empty() && state.busy == 0 {
            while state.round.len() < ROUND
                && let Some(entry) = self.pop(state)
            {
                state.round.push_back((state.round.len(), entry));
            }
        }
        state.round.pop_front()
    }

    /// The open node of least estimate that is not closed by what is already proven.
    fn pop(&self, state: &mut State<'_>) -> Option<Entry> {
        // A node may take a second where cones have thousands of generators: limits are looked at before each.
        state.stopped = state.stopped.or(self.control.should_stop());
        while state.stopped.is_none() && !state.goal.reached && !state.left && state.failure.is_none() && !state.recorder.has_failed() {
            let entry = state.frontier.pop()?;
            self.glance(state, &entry);
            if self.settings.leaves || self.settings.audit || entry.open.proven < state.goal.needed_scaled {
                return Some(entry);
            }
            state.recorder.close(entry.id, None);
            state.counts.closed += 1;
        }
        None
    }

    /// Evaluates an open node's children, or itself again where a better incumbent may close it.
    fn expand(&self, worker: &mut Worker<'_, '_>, entry: &Entry, goal: &Goal) -> Expansion {
        let open = &entry.open;
        let (split, nodes) = if worker.may_close(open, goal) {
            (None, vec![open.node.clone()])
        } else {
            (Some(open.split.clone()), open.node.children(self.model, &open.split))
        };
        let results = nodes.into_iter().map(|node| worker.evaluate(node, open.warm.as_ref(), open.proven, goal)).collect();
        Expansion { id: entry.id, split, results }
    }

    fn merge(&self, state: &mut State<'_>, expansion: Expansion) {
        let before = Arc::clone(&state.goal);
        state.in_flight.remove(&expansion.id);
        let first = expansion.split.map_or(expansion.id, |split| state.recorder.split(expansion.id, &split, expansion.results.len()));
        for (id, evaluation) in (first..).zip(expansion.results) {
            self.settle(state, id, evaluation);
        }
        if !Arc::ptr_eq(&before, &state.goal) {
            self.note(state, true);
        }
    }

    /// Takes up the result of an evaluation.
    fn settle(&self, state: &mut State<'_>, id: u64, evaluation: Evaluation) {
        state.counts.nodes += 1;
        if let Some(better) = evaluation.better
            && better.loss < state.goal.incumbent.loss
        {
            state.goal = Arc::new(Goal::new(self.model, self.control, better));
        }
        state.least = state.least.take().into_iter().chain(evaluation.least).min();
        match evaluation.verdict {
            Verdict::Closed(proof) => {
                state.recorder.close(id, proof.as_deref());
                state.counts.closed += 1;
            }
            Verdict::Outside(proof) => {
                state.recorder.close(id, Some(&proof));
                state.left = true;
            }
            Verdict::Open(open) => {
                state.frontier.push(Entry { id, open });
                state.counts.most_open = state.counts.most_open.max(state.frontier.len() as u64);
            }
        }
    }

    /// Now and then: checkpoints, progress.
    fn glance(&self, state: &mut State<'_>, entry: &Entry) {
        state.taken += 1;
        if !state.taken.is_multiple_of(GLANCE) {
            return;
        }
        if self.settings.checkpoint.as_ref().is_some_and(|(_, every)| state.saved.elapsed() >= *every) {
            // The entry at hand is open, too.
            state.in_flight.insert(entry.id, (entry.open.node.clone(), entry.open.proven));
            self.save(state);
            state.in_flight.remove(&entry.id);
        }
        self.note(state, false);
        self.control.report(&Progress {
            phase: "nodes",
            incumbent: Some(nearest_f64(&state.goal.incumbent.loss)),
            lower_bound: nearest_f64(&self.model.unscaled_loss(entry.open.estimate.min(state.goal.needed_scaled).max(0.0))),
            done: state.counts.nodes,
            total: None,
        });
    }

    /// Writes a checkpoint, if the settings say where.
    fn save(&self, state: &mut State<'_>) {
        // A tree that is left is not gone on with, and lacks the node for which it is left.
        let Some((path, _)) = self.settings.checkpoint.as_ref().filter(|_| !state.left) else { return };
        let waiting = |entry: &Entry| Waiting { id: entry.id, node: entry.open.node.clone(), proven: entry.open.proven };
        let round = state.round.iter().map(|(_, entry)| entry);
        let mut open: Vec<Waiting> = state.frontier.iter().chain(round).map(waiting).collect();
        open.extend(state.in_flight.iter().map(|(&id, (node, proven))| Waiting { id, node: node.clone(), proven: *proven }));
        let written = state.recorder.flush().and_then(|certificate| {
            let checkpoint = Checkpoint {
                incumbent: state.goal.incumbent.as_ref().clone(),
                open,
                next: state.recorder.next(),
                counts: state.counts,
                least: state.least.clone(),
                certificate,
            };
            checkpoint.write(path, self.model, self.control.gap())
        });
        state.failure = state.failure.take().or(written.err());
        state.saved = Instant::now();
    }

    /// A line in the log, if there is one and it is time (or something happened).
    fn note(&self, state: &mut State<'_>, happened: bool) {
        let Some(log) = state.log.as_deref_mut() else { return };
        if happened || log.is_due() {
            let round = state.round.iter().map(|(_, entry)| entry);
            let open = state.frontier.iter().chain(round).map(|entry| entry.open.proven).chain(state.in_flight.values().map(|(_, proven)| *proven));
            let open = open.fold(f64::INFINITY, f64::min);
            let bound = bound(self.model, &state.goal, state.least.as_ref(), open);
            let written = log.write(nearest_f64(&state.goal.incumbent.loss), nearest_f64(&bound), state.counts, state.frontier.len());
            state.failure = state.failure.take().or(written.err());
        }
    }
}

/// What all networks lose at least, if no open node has less than `open` proven: every closed node lost at least what was needed then, and that never grows, or `least`. The
/// question whether the loss can be 0 is decided without numbers: what is known is `least`.
pub(in crate::train) fn bound(model: &Model<'_>, goal: &Goal, least: Option<&Rational>, open: f64) -> Rational {
    let zero = Rational::ZERO;
    let needed = if Decision::is_asked(model) { least.unwrap_or(&zero) } else { &goal.needed };
    let closed = least.map_or(needed, |least| least.min(needed)).clone();
    let bound = if open < goal.needed_scaled { model.unscaled_loss(open.max(0.0)).min(closed) } else { closed };
    bound.max(model.floor.clone()).min(goal.incumbent.loss.clone())
}
