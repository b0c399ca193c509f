//! A list of independent tasks, worked off in order by several threads.

use crate::train::{Control, StopReason};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `work(index, …)` for the indices below `count`, in increasing order, on the control's threads. If a reason to stop came up, it is returned with the least
/// index that was not begun.
pub(super) fn in_parallel<T: Send>(
    count: usize,
    control: &Control<'_>,
    start: impl Fn() -> T + Sync,
    work: impl Fn(usize, &mut T) -> Option<StopReason> + Sync,
) -> (Vec<T>, Option<(StopReason, usize)>) {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Vec::new(), None));
    let worker = || {
        let mut own = start();
        let mut stopped = None;
        while stopped.is_none() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                break;
            }
            stopped = work(index, &mut own);
        }
        let mut results = results.lock().expect("no worker panics while merging");
        results.0.push(own);
        results.1 = results.1.or(stopped);
    };
    if control.threads() == 1 || count == 1 {
        worker();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..control.threads() {
                let _ = scope.spawn(worker);
            }
        });
    }
    let (results, stopped) = results.into_inner().expect("no worker panicked");
    (results, stopped.map(|reason| (reason, next.into_inner().min(count))))
}
