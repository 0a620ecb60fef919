//! The trial `cycle`: how fast decisions are taken, and what a flight of the whole cycle brings.

mod decisions;

use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "cycle",
    shows: "how fast decisions are taken, and what a month of the whole cycle does while a fifth of the writes lose their answers",
    seeds: 3,
    figures: &[
        ("decisions_per_second", "campaigns measured and decided on in a second, in passes over 10,000 campaigns, on one core"),
        ("ns_per_campaign_1k", "nanoseconds per campaign in a pass over 1,000 campaigns"),
        ("ns_per_campaign_100k", "nanoseconds per campaign in a pass over 100,000 campaigns"),
    ],
    run,
};

fn run(settings: &Settings) -> Result<Figures, Failure> {
    decisions::speed(settings)
}
