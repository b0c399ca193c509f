//! Runs the cells of a study.

use super::store::{Manifest, Store, StoreError};
use super::table::Table;
use super::{Cell, CellError, Mode, Study, Value};
use crate::train::Control;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use thiserror::Error;

/// How a study is run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How much of it.
    pub mode: Mode,
    /// The seed of everything random.
    pub seed: u64,
    /// The number of cells that run at the same time, at least 1.
    pub threads: usize,
    /// Whether results of something else are overwritten.
    pub force: bool,
    /// Ends the run after at most one cell a thread, without their rows.
    pub stop: Arc<AtomicBool>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The rows, in the order of the cells.
    pub table: Table,
    /// What they are.
    pub manifest: Manifest,
    /// Cells that had rows before.
    pub before: usize,
    /// Whether all cells have a row.
    pub complete: bool,
}

/// Why a run ended without what it was to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// The rows cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that relus claims does not hold.
    #[error("{study}, cell {cell} ({parameters}): {message}")]
    Failed {
        /// The study.
        study: &'static str,
        /// The cell.
        cell: usize,
        /// Its parameters.
        parameters: String,
        /// What does not hold.
        message: String,
    },
}

/// Runs the cells of `study` that have no row in `folder` yet. `begun` is told how many have one of how many, `done` of each that is done.
///
/// # Errors
/// [`RunError`]; rows that were measured before stay.
pub fn run(
    study: &'static dyn Study,
    folder: &Path,
    settings: &Settings,
    begun: &dyn Fn(usize, usize),
    done: &(dyn Fn() + Sync),
) -> Result<Ended, RunError> {
    let cells = study.cells(settings.mode, settings.seed);
    let parameters: Vec<Vec<Value>> = cells.iter().map(|cell| cell.parameters.clone()).collect();
    let manifest = Manifest::new(study, settings.mode, settings.seed, settings.threads, cells.len());
    let store = Store::open(folder, manifest, &parameters, settings.force)?;
    let before = store.done().len();
    begun(before, cells.len());
    let waiting: Vec<usize> = (0..cells.len()).filter(|cell| !store.done().contains(cell)).collect();
    let store = Mutex::new(store);
    let next = AtomicUsize::new(0);
    let broken = AtomicBool::new(false);
    let control = Control::default().with_seed(settings.seed).with_stop_flag(Arc::clone(&settings.stop));
    let work = || -> Result<(), RunError> {
        while !settings.stop.load(Ordering::Relaxed) && !broken.load(Ordering::Relaxed) {
            let Some(&place) = waiting.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let Cell { parameters, measure } = &cells[place];
            let start = Instant::now();
            match measure(&control) {
                Ok(measured) => {
                    store.lock().expect("no thread panics with the lock").add(place, parameters, &measured, start.elapsed().as_secs_f64())?;
                }
                Err(CellError::Stopped) => break,
                Err(CellError::Failed(message)) => {
                    let names = study.parameters().iter().zip(parameters).map(|(name, value)| format!("{name} {value}"));
                    let parameters = names.collect::<Vec<_>>().join(", ");
                    return Err(RunError::Failed { study: study.name(), cell: place, parameters, message });
                }
            }
            done();
        }
        Ok(())
    };
    let guarded = || work().inspect_err(|_| broken.store(true, Ordering::Relaxed));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..settings.threads.min(waiting.len()).max(1)).map(|_| scope.spawn(guarded)).collect();
        let own = guarded();
        let others = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        others.fold(own, Result::and)
    })?;
    let store = store.into_inner().expect("no thread panics with the lock");
    let complete = store.done().len() == cells.len();
    Ok(Ended { table: store.finish()?, manifest: store.manifest().clone(), before, complete })
}
