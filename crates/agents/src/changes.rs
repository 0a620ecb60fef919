//! What plans changed lately: what the limits of a day, of a month and of one campaign count.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, Currency, Money};
use campaign_pilot_decision_engine::{CampaignChanges, Guardrails, Plan};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::policy::hours;
use crate::snapshot::Known;

/// For how long changes are remembered at least: longer than any month.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(32 * 24);

/// The changes of the last month that plans decided, whether or not they were carried out.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChangeLog {
    /// From when on every change is in it.
    since: Timestamp,
    changes: Vec<PlannedChange>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct PlannedChange {
    at: Timestamp,
    campaign: CampaignId,
    /// What it may cost at worst; nothing where it only lowers.
    committed: Money,
    lowers: bool,
}

impl ChangeLog {
    /// An empty log that knows of everything from an instant on.
    pub(crate) const fn since(since: Timestamp) -> Self {
        Self { since, changes: Vec::new() }
    }

    /// Adds what a plan changes, and forgets what no limit counts any more.
    pub(crate) fn add(&mut self, plan: &Plan, rails: &Guardrails) {
        let now = plan.created_at();
        let kept = REMEMBERED.max(hours(rails.cooldown_hours_after_reversal.unwrap_or(0)));
        if let Ok(from) = now.checked_sub(kept) {
            self.changes.retain(|change| change.at >= from);
            self.since = self.since.max(from);
        }
        self.changes.extend(plan.actions().iter().map(|action| PlannedChange {
            at: now,
            campaign: action.action.campaign().clone(),
            committed: rails.at_worst(action.reserved).unwrap_or(action.reserved),
            lowers: action.only_lowers(),
        }));
    }

    /// What was newly committed from an instant on; `None` where the log begins later, or an amount is in another currency.
    pub(crate) fn committed_from(&self, instant: Timestamp, currency: Currency) -> Option<Money> {
        let counted = self.changes.iter().filter(|change| change.at >= instant && !change.lowers);
        Money::sum(currency, counted.map(|change| change.committed)).ok().filter(|_| self.since <= instant)
    }

    /// How each campaign was changed in the day that began at an instant, and when it was last lowered; `None` where the log does not
    /// reach back far enough for either.
    pub(crate) fn of_campaigns(
        &self,
        day: Timestamp,
        now: Timestamp,
        rails: &Guardrails,
    ) -> Option<BTreeMap<CampaignId, CampaignChanges>> {
        let rest = now.checked_sub(hours(rails.cooldown_hours_after_reversal.unwrap_or(0))).ok()?;
        if self.since > day.min(rest) {
            return None;
        }
        let mut found: BTreeMap<CampaignId, CampaignChanges> = BTreeMap::new();
        for change in &self.changes {
            let campaign = found.entry(change.campaign.clone()).or_default();
            campaign.today = campaign.today.saturating_add(u32::from(change.at >= day));
            if change.lowers {
                campaign.lowered_at = campaign.lowered_at.max(Some(change.at));
            }
        }
        Some(found)
    }
}

impl Known {
    /// The zone in which the shop's days begin; UTC where the store does not say.
    pub(crate) fn time_zone(&self) -> TimeZone {
        let read = self.catalog.as_ref().and_then(|catalog| catalog.time_zone.as_ref());
        read.or(self.time_zone.as_ref()).map_or(TimeZone::UTC, |zone| zone.time_zone().clone())
    }

    /// What plans changed lately. A pilot that never had a campaign has changed nothing; otherwise only from now on.
    pub(crate) fn change_log(&self, now: Timestamp) -> ChangeLog {
        let begin = if self.campaigns.is_empty() { Timestamp::MIN } else { now };
        self.changes.clone().unwrap_or(ChangeLog::since(begin))
    }
}

/// When the shop's day and its calendar month began.
pub(crate) fn beginnings(now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let today = now.to_zoned(zone.clone()).date();
    let first = |date: Date| zone.to_zoned(date.to_datetime(jiff::civil::Time::midnight())).ok().map(|begin| begin.timestamp());
    Some((first(today)?, first(today.first_of_month())?))
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{CampaignAction, DecisionId, PlatformCampaignId};
    use campaign_pilot_decision_engine::PlannedAction;

    use super::*;
    use crate::policy::days;
    use crate::testing::euros;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn plan(now: &str, reserved: &str) -> Plan {
        let campaign = CampaignId::new("mats").unwrap();
        let platform_id = PlatformCampaignId::new("7").unwrap();
        let action = match reserved {
            "0" => CampaignAction::Pause { campaign, platform_id },
            _ => CampaignAction::Resume { campaign, platform_id },
        };
        let action = PlannedAction::new(DecisionId::of(now, "mats"), 0, action, euros(reserved), "because");
        Plan::new(at(now), at(now) + hours(1), vec![action]).unwrap()
    }

    #[test]
    fn days_and_months_begin_in_the_shops_zone() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let (day, month) = beginnings(at("2026-10-31T23:30:00Z"), &zone).unwrap();
        assert_eq!((day, month), (at("2026-10-31T23:00:00Z"), at("2026-10-31T23:00:00Z")), "the first of November in Berlin");
        let (day, month) = beginnings(at("2026-10-31T23:30:00Z"), &TimeZone::UTC).unwrap();
        assert_eq!((day, month), (at("2026-10-31T00:00:00Z"), at("2026-10-01T00:00:00Z")));
    }

    #[test]
    fn what_was_committed_and_lowered_is_counted_from_the_days_beginning() {
        let rails = Guardrails { cooldown_hours_after_reversal: Some(24), ..Guardrails::default() };
        let mut log = ChangeLog::since(at("2026-11-01T00:00:00Z"));
        for (now, reserved) in [("2026-11-03T10:00:00Z", "5"), ("2026-11-04T09:00:00Z", "7"), ("2026-11-04T10:00:00Z", "0")] {
            log.add(&plan(now, reserved), &rails);
        }
        let day = at("2026-11-04T00:00:00Z");
        assert_eq!(log.committed_from(day, Currency::EUR), Some(euros("7")));
        assert_eq!(log.committed_from(at("2026-11-01T00:00:00Z"), Currency::EUR), Some(euros("12")));
        assert_eq!(log.committed_from(at("2026-10-31T23:00:00Z"), Currency::EUR), None, "before the log begins");
        assert_eq!(log.committed_from(day, Currency::USD), None);
        let changed = log.of_campaigns(day, at("2026-11-04T12:00:00Z"), &rails).unwrap();
        let expected = CampaignChanges { today: 2, lowered_at: Some(at("2026-11-04T10:00:00Z")) };
        assert_eq!(changed, [(CampaignId::new("mats").unwrap(), expected)].into());
        assert_eq!(log.of_campaigns(at("2026-10-31T00:00:00Z"), day, &rails), None);
        log.add(&plan("2026-12-24T10:00:00Z", "3"), &rails);
        assert_eq!(log.changes.len(), 1, "what is older than a month is forgotten");
    }

    #[test]
    fn a_pilot_that_finds_campaigns_but_no_log_knows_nothing_of_the_past() {
        let now = at("2026-11-04T12:00:00Z");
        assert_eq!(Known::default().change_log(now).committed_from(now - days(400), Currency::EUR), Some(euros("0")));
        let record = crate::testing::record(
            1,
            0,
            0,
            2_000,
            campaign_pilot_core::DesiredStatus::Active,
            campaign_pilot_core::EffectiveStatus::Running,
        );
        let known = Known { campaigns: vec![record], ..Known::default() };
        assert_eq!(known.change_log(now).committed_from(now - hours(1), Currency::EUR), None);
    }
}
