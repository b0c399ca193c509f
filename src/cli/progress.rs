//! The progress line on standard error.

use super::numbers::approx_f64;
use indicatif::{ProgressBar, ProgressStyle};
use relus::train::{Observer, Progress};
use std::io::IsTerminal;

/// Shows phase, incumbent, bound and gap; removes itself at the end.
#[derive(Debug)]
pub(super) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// `None` if nobody watches: standard error is no terminal, or `quiet`.
    pub(super) fn new(quiet: bool) -> Option<Self> {
        if quiet || !std::io::stderr().is_terminal() {
            return None;
        }
        let style = ProgressStyle::with_template("{spinner} {elapsed_precise} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Some(ProgressLine(bar))
    }
}

/// A bar for so many equal parts; `None` if nobody watches.
pub(super) fn bar(quiet: bool, parts: usize) -> Option<ProgressBar> {
    if quiet || !std::io::stderr().is_terminal() {
        return None;
    }
    let style = ProgressStyle::with_template("{elapsed_precise} [{bar:40}] {pos} of {len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(parts as u64).with_style(style);
    bar.enable_steady_tick(std::time::Duration::from_millis(500));
    Some(bar)
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Observer for ProgressLine {
    fn report(&self, progress: &Progress) {
        self.0.set_message(message(progress));
    }
}

fn message(progress: &Progress) -> String {
    let mut text = format!("{} {}", progress.phase, progress.done);
    if let Some(total) = progress.total.filter(|&total| total > 0) {
        #[expect(clippy::cast_precision_loss, reason = "a percentage for people")]
        let percent = 100.0 * progress.done as f64 / total as f64;
        text += &format!(" of {total} ({percent:.0} %)");
    }
    if let Some(open) = progress.open {
        text += &format!(", {open} open");
    }
    if let Some(best) = progress.incumbent {
        text += &format!(", best {}", approx_f64(best));
    }
    text += &format!(", bound {}", approx_f64(progress.lower_bound));
    // The estimate counts as no bound, but says where the search is.
    if let Some(estimate) = progress.estimate.map(approx_f64).filter(|estimate| *estimate != approx_f64(progress.lower_bound)) {
        text += &format!(" (about {estimate})");
    }
    if let Some(best) = progress.incumbent.filter(|&best| best > 0.0) {
        let gap = (100.0 * (best - progress.lower_bound) / best).clamp(0.0, 100.0);
        text += &format!(", gap {gap:.1} %");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_says_how_far_it_is() {
        let progress = Progress { phase: "pairs", incumbent: Some(2.0), lower_bound: 1.5, estimate: None, done: 30, open: None, total: Some(120) };
        assert_eq!(message(&progress), "pairs 30 of 120 (25 %), best 2, bound 1.5, gap 25.0 %");
        assert_eq!(message(&Progress { incumbent: None, total: None, ..progress.clone() }), "pairs 30, bound 1.5");
        let search = Progress { phase: "nodes", estimate: Some(1.75), open: Some(7), total: None, ..progress };
        assert_eq!(message(&search), "nodes 30, 7 open, best 2, bound 1.5 (about 1.75), gap 25.0 %");
        assert_eq!(message(&Progress { estimate: Some(1.5), ..search }), "nodes 30, 7 open, best 2, bound 1.5, gap 25.0 %");
    }
}
