//! The trial `cycle`: how fast decisions are taken, and what a month of the whole cycle brings.

mod decisions;
mod flight;

use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "cycle",
    shows: "how fast decisions are taken, and what a month of the whole cycle brings while a fifth of the writes lose their answers",
    seeds: 3,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("decisions_per_second", "campaigns measured and decided on in a second, in passes over 10,000 campaigns, on one core"),
        ("ns_per_campaign_1k", "nanoseconds per campaign in a pass over 1,000 campaigns"),
        ("ns_per_campaign_100k", "nanoseconds per campaign in a pass over 100,000 campaigns"),
        ("launches", "launches that were decided, over all seeds"),
        ("lost_answers", "writes that took effect and whose answer was lost on purpose, over all seeds"),
        ("duplicates", "ads beyond the first one of a launch, over all seeds"),
        ("lost", "launches without their ad, ads without their launch, and operations that never got clear, over all seeds"),
        ("profit_vs_no_ads", "gross profit with advertising less its cost, against the same market without, in percent"),
        ("profit_vs_no_ads_money", "the same as money (EUR), the mean of the seeds"),
        ("advertising_cost_money", "what the ads cost (EUR), the mean of the seeds"),
        ("seconds_per_flight", "wall-clock seconds for one flight of 720 hourly cycles (120 in a quick run)"),
    ],
    run,
    part: None,
};

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let mut figures = decisions::speed(settings)?;
    figures.extend(flight::figures(settings)?);
    Ok(figures)
}
