//! The search tree: what the threads share, and how they work it off.
//!
//! A thread takes an open node, splits it and evaluates the children on its own; then, under the lock, a better network becomes the incumbent, closed children are
//! written to the certificate, and open ones join the frontier.
//!
//! In the deterministic mode the threads work in rounds: the nodes of a round are evaluated against the incumbent with which it began, and the results are merged in the
//! nodes' order. So the tree does not depend on the number of threads.

use super::checkpoint::{Checkpoint, Waiting};
use super::clock::{Clock, Part};
use super::evaluation::{Evaluation, Inherited, Open, Tally, Verdict};
use super::frontier::{Cap, Entry, Frontier};
use super::goal::Goal;
use super::log::{Log, Look};
use super::model::Model;
use super::node::{Node, Split};
use super::recorder::Recorder;
use super::worker::Worker;
use super::zero::Decision;
use crate::exact::{Rational, nearest_f64};
use crate::train::{Control, Progress, StopReason, TrainError};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// The number of nodes in a round of the deterministic mode.
const ROUND: usize = 64;
/// Whoever watches is not told more often.
const READABLE: Duration = Duration::from_millis(100);

/// Limits of the tree.
#[derive(Debug, Clone)]
pub(in crate::train) struct Settings {
    /// What may wait for its turn; beyond it the search goes depth first.
    pub(in crate::train) cap: Cap,
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
    /// The most bytes that open nodes took at once.
    pub(in crate::train) most_bytes: u64,
    /// What the threads did.
    pub(in crate::train) tally: Tally,
    /// Where the threads' time went.
    pub(in crate::train) clock: Clock,
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
    /// Whether it is a checkpoint.
    pub(in crate::train) goes_on: bool,
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
    /// Entries that some thread is working at.
    busy: usize,
    /// The nodes of these entries, and of those whose results are not merged yet.
    in_flight: BTreeMap<u64, InFlight>,
    log: &'s mut Log,
    told: Option<Instant>,
    saved: Instant,
    failure: Option<TrainError>,
    /// The entries of the present round, in the deterministic mode.
    round: VecDeque<(usize, Entry)>,
    done: Vec<(usize, Expansion)>,
}

impl State<'_> {
    fn push(&mut self, entry: Entry) {
        self.frontier.push(entry);
        self.counts.most_open = self.counts.most_open.max(self.frontier.len() as u64);
        self.counts.most_bytes = self.counts.most_bytes.max(self.frontier.bytes() as u64);
    }

    /// The number of open nodes, those that are worked at among them.
    fn open(&self) -> usize {
        self.frontier.len() + self.round.len() + self.in_flight.len()
    }

    /// What is proven, and estimated, of all open nodes.
    fn open_bounds(&self) -> (f64, f64) {
        let least = |(a, b): (f64, f64), (c, d): (f64, f64)| (a.min(c), b.min(d));
        let waiting = self.frontier.iter().chain(self.round.iter().map(|(_, entry)| entry)).map(|entry| (entry.proven, entry.estimate));
        waiting.chain(self.in_flight.values().map(|entry| (entry.proven, entry.estimate))).fold((f64::INFINITY, f64::INFINITY), least)
    }
}

/// What must be remembered of an entry that a thread works at.
struct InFlight {
    node: Node,
    proven: f64,
    estimate: f64,
}

impl From<&Entry> for InFlight {
    fn from(entry: &Entry) -> Self {
        InFlight { node: entry.open.node.clone(), proven: entry.proven, estimate: entry.estimate }
    }
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
    pub(in crate::train) fn grow(&self, start: Start, recorder: &mut Recorder, log: &mut Log) -> Result<Worked, TrainError> {
        let mut state = State {
            frontier: Frontier::new(self.settings.cap),
            goal: Arc::new(start.goal),
            recorder,
            counts: start.counts,
            stopped: None,
            least: start.least,
            left: false,
            busy: 0,
            in_flight: BTreeMap::new(),
            log,
            told: None,
            saved: Instant::now(),
            failure: None,
            round: VecDeque::new(),
            done: Vec::new(),
        };
        let mut worker = self.worker();
        let began = Instant::now();
        for Waiting { id, node, proven } in start.open {
            if start.goes_on {
                state.push(Entry::new(id, Box::new(Open::unseen(node, proven))));
            } else {
                // The roots are looked at in any case.
                worker.clock.begin();
                let evaluation = worker.evaluate(node, Inherited::default(), &state.goal);
                self.settle(&mut state, id, evaluation);
            }
        }
        state.counts.clock.whole += began.elapsed();
        self.save(&mut state);
        self.note(&mut state, if start.goes_on { "resume" } else { "start" });
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
        let Settings { leaves, audit, ref checkpoint, .. } = self.settings;
        // With a checkpoint the certificate of a stopped search is gone on with.
        Worker::new(self.model, leaves).with_open_leaves(leaves && checkpoint.is_none()).with_audit(audit).with_control(self.control)
    }

    /// One thread's work.
    fn work(&self, worker: &mut Worker<'_, '_>, state: &Mutex<State<'_>>, changed: &Condvar) {
        let began = Instant::now();
        let mut guard = state.lock().expect("no worker panics under the lock");
        loop {
            worker.clock.begin();
            let Some((place, entry)) = self.next(&mut guard) else {
                if guard.busy == 0 {
                    break;
                }
                let since = Instant::now();
                guard = changed.wait(guard).expect("no worker panics under the lock");
                worker.clock.waited += since.elapsed();
                continue;
            };
            guard.busy += 1;
            guard.in_flight.insert(entry.id, InFlight::from(&entry));
            let goal = Arc::clone(&guard.goal);
            drop(guard);
            worker.clock.lap(Part::Recording);
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
            worker.clock.lap(Part::Recording);
            changed.notify_all();
        }
        guard.counts.tally += std::mem::take(&mut worker.tally);
        worker.clock.whole += began.elapsed();
        guard.counts.clock += std::mem::take(&mut worker.clock);
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
            self.glance(state);
            let entry = state.frontier.pop()?;
            if self.settings.leaves || self.settings.audit || entry.proven < state.goal.needed_scaled {
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
        let split = open.split.clone().filter(|_| !worker.may_close(open, goal));
        let nodes = split.as_ref().map_or_else(|| vec![open.node.clone()], |split| open.node.children(self.model, split));
        worker.clock.lap(Part::Geometry);
        let results = nodes.into_iter().map(|node| worker.evaluate(node, Inherited::from(open.as_ref()), goal)).collect();
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
            self.note(state, "incumbent");
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
                state.push(Entry::new(id, open));
            }
        }
    }

    /// Now and then: checkpoints, progress.
    fn glance(&self, state: &mut State<'_>) {
        if self.settings.checkpoint.as_ref().is_some_and(|(_, every)| state.saved.elapsed() >= *every) {
            self.save(state);
            self.note(state, "checkpoint");
        } else if state.log.is_due() {
            self.note(state, "progress");
        }
    }

    /// Writes a checkpoint, if the settings say where.
    fn save(&self, state: &mut State<'_>) {
        // A tree that is left is not gone on with, and lacks the node for which it is left.
        let Some((path, _)) = self.settings.checkpoint.as_ref().filter(|_| !state.left) else { return };
        let waiting = |entry: &Entry| Waiting { id: entry.id, node: entry.open.node.clone(), proven: entry.proven };
        let round = state.round.iter().map(|(_, entry)| entry);
        let mut open: Vec<Waiting> = state.frontier.iter().chain(round).map(waiting).collect();
        open.extend(state.in_flight.iter().map(|(&id, entry)| Waiting { id, node: entry.node.clone(), proven: entry.proven }));
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

    /// Notes what is known, and tells whoever watches.
    fn note(&self, state: &mut State<'_>, event: &str) {
        let began = state.log.elapsed();
        let (proven, estimate) = state.open_bounds();
        let lower_bound = nearest_f64(&bound(self.model, &state.goal, state.least.as_ref(), proven));
        let estimate = nearest_f64(&bound(self.model, &state.goal, state.least.as_ref(), estimate));
        let (incumbent, open, memory) = (nearest_f64(&state.goal.incumbent.loss), state.open(), state.frontier.bytes());
        let written = state.log.write(event, began, &Look { incumbent, lower_bound, estimate, counts: state.counts, open, memory });
        let lower_bound = *written.as_ref().unwrap_or(&lower_bound);
        state.failure = state.failure.take().or(written.err());
        if state.told.is_none_or(|told| told.elapsed() >= READABLE) {
            state.told = Some(Instant::now());
            let (incumbent, estimate, done, open) = (Some(incumbent), Some(estimate), state.counts.nodes, Some(open as u64));
            self.control.report(&Progress { phase: "nodes", incumbent, lower_bound, estimate, done, open, total: None });
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
