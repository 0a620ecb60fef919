//! What the program itself has to remember between two starts, beside the agents' memory.

use std::collections::BTreeMap;
use std::error::Error;

use campaign_pilot::agents::CycleReport;
use campaign_pilot::agents::report::{Missing, RunReport};
use campaign_pilot::core::Money;
use campaign_pilot::core::ports::Knowledge;
use campaign_pilot::sandbox::Truth;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Counts over all starts on the same folder.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Tally {
    pub(crate) cycles: u64,
    /// Cycles that did not see everything and therefore only held or lowered.
    blind_cycles: u64,
    /// What failed, and how often.
    failures: BTreeMap<String, u64>,
    /// The revenue of the market without advertising, from the opening until the end of each day.
    without_ads: BTreeMap<Date, Money>,
}

impl Tally {
    const KEY: &'static str = "pilot.tally";

    pub(crate) async fn load(knowledge: &dyn Knowledge) -> Result<Self, Box<dyn Error>> {
        let kept = knowledge.state(Self::KEY).await?;
        Ok(kept.map(|kept| serde_json::from_str(kept.get())).transpose()?.unwrap_or_default())
    }

    pub(crate) async fn save(&self, knowledge: &dyn Knowledge) -> Result<(), Box<dyn Error>> {
        Ok(knowledge.put_state(Self::KEY, &serde_json::value::to_raw_value(self)?).await?)
    }

    pub(crate) fn count(&mut self, report: &CycleReport) {
        self.cycles += 1;
        self.blind_cycles += u64::from(!report.data_trusted);
        for failure in &report.failures {
            *self.failures.entry(failure.to_string()).or_default() += 1;
        }
    }

    /// Notes what the market without advertising has sold by the end of a day.
    pub(crate) fn end_of_day(&mut self, truth: &Truth) {
        let day = truth.until.to_zoned(TimeZone::UTC).date();
        if let Ok(day) = day.yesterday() {
            self.without_ads.insert(day, truth.unadvertised.revenue);
        }
    }

    /// Adds to a report what only this program and the simulator know.
    pub(crate) fn complete(&self, report: &mut RunReport) {
        let mut before = Some(Money::zero(report.run.currency));
        for day in &mut report.days {
            let until = self.without_ads.get(&day.day).copied();
            day.store_revenue_without_ads = until.zip(before).and_then(|(until, before)| until.checked_sub(before).ok());
            before = until;
        }
        if self.blind_cycles > 0 {
            report.missing.push(Missing {
                what: format!("{} of {} cycles did not see everything and only held or lowered", self.blind_cycles, self.cycles),
                why: "a source failed or was late".to_owned(),
            });
        }
        let failures = self.failures.iter().map(|(what, times)| Missing { what: what.clone(), why: format!("{times} times") });
        report.missing.extend(failures);
    }
}
