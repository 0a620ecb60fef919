//! Progress on the terminal while the work goes on.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

/// A bar of simulated hours on standard error, where that is a terminal; a line a week elsewhere.
pub(crate) struct Progress {
    bar: ProgressBar,
    quiet: bool,
    days: u64,
}

impl Progress {
    pub(crate) fn of_hours(hours: u64, quiet: bool) -> Self {
        let bar = if quiet || !std::io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new(hours) };
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {msg}  {wide_bar} {percent:>3} %  {elapsed} of about {duration}")
        {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, quiet, days: 0 }
    }

    /// One more hour has passed.
    pub(crate) fn hour(&self, now: Timestamp, running: usize) {
        self.bar.inc(1);
        self.bar.set_message(format!("{}  {running} campaigns running", now.strftime("%Y-%m-%d %H:00")));
    }

    /// One more day has passed: said in a line where no bar can be drawn.
    pub(crate) fn day(&mut self, now: Timestamp, running: usize) {
        self.days += 1;
        if !self.quiet && self.bar.is_hidden() && self.days.is_multiple_of(7) {
            eprintln!("day {:>3}  {}  {running} campaigns running", self.days, now.strftime("%Y-%m-%d"));
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
