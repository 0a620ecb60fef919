//! How far a tournament is, on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// A line is written each time that this much more is done, in percent.
const STEP: usize = 10;

/// A bar on a terminal; elsewhere a line every 10 %.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    /// How many steps were told.
    told: AtomicUsize,
}

impl Progress {
    pub(super) fn new() -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{bar:30} {pos} of {len} flights, {elapsed} gone, {eta} to go");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, told: AtomicUsize::new(0) }
    }

    /// Tells how many flights are done.
    pub(super) fn tell(&self, done: usize, all: usize) {
        let Some(bar) = &self.bar else {
            let step = done * 100 / all.max(1) / STEP;
            if self.told.fetch_max(step, Ordering::Relaxed) < step {
                let _ = writeln!(io::stderr(), "{} % of {all} flights", step * STEP);
            }
            return;
        };
        bar.set_length(all.try_into().unwrap_or(u64::MAX));
        // Threads may tell out of order.
        bar.set_position(bar.position().max(done.try_into().unwrap_or(u64::MAX)));
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
