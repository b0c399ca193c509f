//! Options that limit a search, and Ctrl-C.

use super::numbers::duration;
use clap::Args;
use relus::train::Control;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct LimitArgs {
    /// Stop after this time with the best result so far: 30, 60s, 5m, 1.5h [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = duration, allow_hyphen_values = true)]
    time_limit: Option<Duration>,
    /// Use up to N threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// The seed of everything that is drawn at random
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Show no progress on standard error [default: a progress line if it is a terminal]
    #[arg(short, long)]
    pub(super) quiet: bool,
}

impl LimitArgs {
    /// The limits as the library wants them, with a stop flag that Ctrl-C raises.
    pub(super) fn control<'a>(&self) -> Control<'a> {
        let control = Control::default().with_threads(usize::from(self.threads)).with_seed(self.seed).with_stop_flag(stop_flag());
        match self.time_limit {
            Some(limit) => control.with_time_limit(limit),
            None => control,
        }
    }
}

/// A flag that the first Ctrl-C raises; the second ends the process.
pub(super) fn stop_flag() -> Arc<AtomicBool> {
    const KILLED: i32 = 130;
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let handler = move || {
        if raised.swap(true, Ordering::Relaxed) {
            std::process::exit(KILLED);
        }
    };
    // Without a handler Ctrl-C simply ends the process: nothing to report.
    let _ = ctrlc::set_handler(handler);
    flag
}
