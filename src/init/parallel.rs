//! Independent chunks of work on several threads, with results in the order of the chunks, whatever the number of threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where work is done: how many threads, and a flag that stops it.
#[derive(Debug, Clone, Copy)]
pub struct Workers<'a> {
    /// The number of threads, at least 1.
    pub threads: usize,
    /// Once true, no further chunk is begun.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for Workers<'_> {
    fn default() -> Self {
        Workers { threads: 1, stop: None }
    }
}

impl Workers<'_> {
    pub(super) fn stopped(&self) -> bool {
        self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// The results of `work(0), …, work(chunks − 1)`; shorter if the flag was raised: those of the first chunks, without a gap.
    pub(super) fn map<T: Send>(&self, chunks: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<Option<T>>> = Mutex::new((0..chunks).map(|_| None).collect());
        let run = || {
            while !self.stopped() {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                if chunk >= chunks {
                    break;
                }
                let result = work(chunk);
                results.lock().expect("no thread panics with the lock")[chunk] = Some(result);
            }
        };
        if self.threads <= 1 || chunks <= 1 {
            run();
        } else {
            std::thread::scope(|scope| (0..self.threads.min(chunks)).for_each(|_| drop(scope.spawn(run))));
        }
        results.into_inner().expect("no thread panics with the lock").into_iter().map_while(|result| result).collect()
    }
}
