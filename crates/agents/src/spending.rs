//! What campaigns cost over time, and what stops taught about the cost that follows them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    BudgetControl, CampaignId, CampaignPerformance, CampaignRecord, Capabilities, Currency, EffectiveStatus, Money, PauseControl,
    Period,
};
use campaign_pilot_decision_engine::{
    CostForecast, CostToCome, ForecastFacts, ForecastPolicy, LagBook, LagCurve, SpendSample, SpendTrail, forecast,
    forecast_after_stop,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::snapshot::is_live;

/// The cost of campaigns as it was read from cycle to cycle, and what was learned from those that were stopped.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct Spending {
    /// Each campaign's readings, while its numbers still change.
    pub trails: BTreeMap<CampaignId, SpendTrail>,
    /// How cost went on after stops.
    pub lags: LagBook,
    /// Stopped campaigns that were learned from, each once.
    pub learned: BTreeSet<CampaignId>,
    /// For how long each campaign has been on offer.
    pub offered: BTreeMap<CampaignId, Offered>,
}

/// For how long a campaign has been on offer, counted from cycle to cycle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Offered {
    /// Seconds so far.
    pub seconds: i64,
    /// Since when it is on offer without interruption; `None` while it is not.
    pub since: Option<Timestamp>,
    /// When that last changed.
    pub changed: Timestamp,
    /// When it was not on offer after it once was, and the end of each such time but the present one.
    #[serde(default)]
    pub rests: Vec<(Timestamp, Option<Timestamp>)>,
}

/// For how long it is remembered how long a campaign was on offer, after it last was: as long as it can teach anything.
const OFFERS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 150);

impl Spending {
    /// Takes what was read in this cycle: `fresh` holds the campaigns that were read, `records` all whose numbers still change.
    ///
    /// Returns whether anything has changed that has to be kept. Reading the same again changes nothing. A campaign that does not run any more is marked as stopped, and teaches the
    /// curve once the curve's last span has passed.
    pub fn update<'a>(
        &mut self,
        records: impl Iterator<Item = &'a CampaignRecord>,
        fresh: &BTreeMap<CampaignId, CampaignPerformance>,
        now: Timestamp,
        policy: &ForecastPolicy,
        capabilities: &Capabilities,
    ) -> bool {
        let prior = prior(policy, capabilities);
        let mut kept = BTreeSet::new();
        let mut changed = false;
        for record in records {
            let id = &record.campaign.spec.id;
            kept.insert(id.clone());
            let lives = is_live(record, now);
            changed |= self.count_offer(record, lives, now);
            let Some(performance) = fresh.get(id) else { continue };
            if lives {
                changed |= self.learned.remove(id);
            } else if self.learned.contains(id) {
                continue;
            }
            let currency = performance.cost.currency;
            let began = record.campaign.spec.flight.start();
            let trail = self.trails.entry(id.clone()).or_insert_with(|| SpendTrail::new(currency, began));
            if trail.currency() != currency {
                continue;
            }
            let clicks = performance.clicks.known().copied();
            changed |= trail.record(SpendSample { at: now, cost: performance.cost.amount, clicks }, prior);
            if lives {
                changed |= trail.stop().is_some();
                trail.runs_again();
                continue;
            }
            if trail.stop().is_none() {
                changed = true;
                let pace = self.forecast_of(record, performance.actions, policy, capabilities).map(|found| found.per_hour.amount);
                if let (Some(trail), Some(pace)) = (self.trails.get_mut(id), pace) {
                    trail.stopped(pace);
                }
            }
            changed |= self.learn(record, now, prior);
        }
        let before = self.size();
        self.trails.retain(|id, _| kept.contains(id));
        self.learned.retain(|id| kept.contains(id));
        self.offered.retain(|id, offered| kept.contains(id) || now.duration_since(offered.changed) < OFFERS_KEPT);
        changed || self.size() != before
    }

    fn size(&self) -> [usize; 3] {
        [self.trails.len(), self.learned.len(), self.offered.len()]
    }

    /// Counts the time on offer: a campaign that rests, or that has not begun, is not on offer.
    fn count_offer(&mut self, record: &CampaignRecord, lives: bool, now: Timestamp) -> bool {
        let flight = record.campaign.spec.flight;
        let runs = lives && record.campaign.effective != EffectiveStatus::Unlisted;
        let offered = self.offered.entry(record.campaign.spec.id.clone()).or_insert(Offered {
            seconds: 0,
            since: None,
            changed: now,
            rests: Vec::new(),
        });
        match (offered.since, runs) {
            (None, true) => {
                let begins = if offered.seconds == 0 { flight.start() } else { now };
                (offered.since, offered.changed) = (Some(begins), now);
                if let Some((_, until)) = offered.rests.last_mut() {
                    *until = Some(now);
                }
            }
            (Some(since), false) => {
                offered.seconds += now.min(flight.end()).duration_since(since).as_secs().max(0);
                (offered.since, offered.changed) = (None, now);
                offered.rests.push((now, None));
            }
            (None, false) | (Some(_), true) => return false,
        }
        true
    }

    /// For how many hours a campaign has been on offer; from its start where that was not followed.
    #[must_use]
    pub fn hours_on_offer(&self, record: &CampaignRecord, now: Timestamp) -> Decimal {
        let flight = record.campaign.spec.flight;
        let since = |begin: Timestamp| now.min(flight.end()).duration_since(begin).as_secs().max(0);
        let seconds = match self.offered.get(&record.campaign.spec.id) {
            Some(offered) => offered.seconds + offered.since.map_or(0, since),
            None => since(flight.start()),
        };
        Decimal::from(seconds) / Decimal::from(3_600)
    }

    /// How an ad is still clicked after its end, as far as it is: where a pause stops delivery, it is not.
    pub(crate) fn after_end(&self, policy: &ForecastPolicy, capabilities: &Capabilities) -> Option<LagCurve> {
        let is_clicked = capabilities.pause != PauseControl::Native;
        is_clicked.then(|| self.lags.curve(capabilities.currency, prior(policy, capabilities), policy.prior_stops))
    }

    /// For how many hours, at its pace on offer, a campaign was clicked since it ended; 0 while it runs.
    pub(crate) fn hours_after_end(&self, record: &CampaignRecord, now: Timestamp, curve: &LagCurve) -> Decimal {
        let offered = self.offered.get(&record.campaign.spec.id);
        let Some(ended) = offered.filter(|offered| offered.since.is_none() && offered.seconds > 0) else { return Decimal::ZERO };
        let passed = now.duration_since(ended.changed).as_hours();
        curve.hours().saturating_sub(curve.hours_after(passed)).max(Decimal::ZERO)
    }

    /// When a campaign was not on offer within its flight, as far as that was followed.
    #[must_use]
    pub fn rests(&self, record: &CampaignRecord) -> Vec<Period> {
        let end = record.campaign.spec.flight.end();
        let rests = self.offered.get(&record.campaign.spec.id).map_or(&[][..], |offered| &offered.rests);
        rests.iter().filter_map(|(from, until)| Period::new(*from, until.unwrap_or(end).min(end)).ok()).collect()
    }

    fn learn(&mut self, record: &CampaignRecord, now: Timestamp, prior: &LagCurve) -> bool {
        let id = &record.campaign.spec.id;
        let Some(trail) = self.trails.get(id) else { return false };
        let Some(stop) = trail.stop() else { return false };
        if now.duration_since(stop.at) < SignedDuration::from_hours(i64::from(prior.horizon())) {
            return false;
        }
        self.lags.add(trail.currency(), stop, prior);
        self.learned.insert(id.clone());
        self.trails.remove(id);
        true
    }

    /// What a campaign would still cost if it were stopped now. `None` where the platform itself keeps budgets, where
    /// forecasting is switched off, and before anything was read.
    #[must_use]
    pub fn forecast(
        &self,
        record: &CampaignRecord,
        policy: &ForecastPolicy,
        capabilities: &Capabilities,
    ) -> Option<CostForecast> {
        if !policy.enabled || capabilities.budget == BudgetControl::Native {
            return None;
        }
        let actions = record.performance.as_ref().map_or(0, |performance| performance.actions);
        self.forecast_of(record, actions, policy, capabilities)
    }

    /// Forecasts of all campaigns at one instant.
    #[must_use]
    pub fn forecaster<'a>(&'a self, policy: &'a ForecastPolicy, capabilities: &Capabilities, now: Timestamp) -> Forecaster<'a> {
        let prior = prior(policy, capabilities);
        let keeps_budgets = capabilities.budget == BudgetControl::Native;
        let curve = self.lags.curve(capabilities.currency, prior, policy.prior_stops);
        Forecaster { spending: self, policy, prior, curve, currency: capabilities.currency, keeps_budgets, now }
    }

    fn forecast_of(
        &self,
        record: &CampaignRecord,
        actions: u64,
        policy: &ForecastPolicy,
        capabilities: &Capabilities,
    ) -> Option<CostForecast> {
        let trail = self.trails.get(&record.campaign.spec.id)?;
        let curve = self.lags.curve(trail.currency(), prior(policy, capabilities), policy.prior_stops);
        forecast(&facts(record, trail, &curve, actions), policy).ok()
    }
}

/// What campaigns will still cost, as of an instant.
#[derive(Debug)]
pub struct Forecaster<'a> {
    spending: &'a Spending,
    policy: &'a ForecastPolicy,
    prior: &'a LagCurve,
    /// What was learned in the platform's currency, made once for all campaigns.
    curve: LagCurve,
    currency: Currency,
    keeps_budgets: bool,
    now: Timestamp,
}

impl Forecaster<'_> {
    /// What is still to come: of a campaign that runs if it were stopped now, of one that was stopped after that. Nothing where
    /// the platform keeps budgets itself or forecasting is switched off; `None` where nothing was read that tells.
    #[must_use]
    pub fn to_come(&self, record: &CampaignRecord) -> Option<CostToCome> {
        let currency = record.campaign.budget.currency;
        let id = &record.campaign.spec.id;
        if !self.policy.enabled || self.keeps_budgets || self.spending.learned.contains(id) {
            return Some(CostToCome::nothing(currency));
        }
        let trail = self.spending.trails.get(id)?;
        let curve = self.curve_in(trail.currency());
        let facts = facts(record, trail, &curve, record.performance.as_ref().map_or(0, |performance| performance.actions));
        let found = match trail.stop() {
            None => forecast(&facts, self.policy),
            Some(_) => forecast_after_stop(&facts, self.now, self.policy),
        };
        found.ok().map(CostForecast::to_come).filter(|found| found.expected.currency == currency)
    }

    fn curve_in(&self, currency: Currency) -> Cow<'_, LagCurve> {
        if currency == self.currency {
            return Cow::Borrowed(&self.curve);
        }
        Cow::Owned(self.spending.lags.curve(currency, self.prior, self.policy.prior_stops))
    }
}

fn facts<'a>(record: &CampaignRecord, trail: &'a SpendTrail, curve: &'a LagCurve, actions: u64) -> ForecastFacts<'a> {
    let price = record.campaign.product.price.filter(|price: &Money| price.currency == trail.currency());
    ForecastFacts { trail, price, actions, curve }
}

/// The curve before anything was learned.
const fn prior<'a>(policy: &'a ForecastPolicy, capabilities: &Capabilities) -> &'a LagCurve {
    match capabilities.pause {
        PauseControl::Native => &policy.after_stop,
        PauseControl::Unlist | PauseControl::Unsupported => &policy.after_unlisting,
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::ports::CampaignPlatform;
    use campaign_pilot_core::{DesiredStatus, Measured};
    use rust_decimal::dec;

    use super::*;
    use crate::testing::{Bench, create, euros, start};

    struct Watch {
        bench: Bench,
        record: CampaignRecord,
        spending: Spending,
        policy: ForecastPolicy,
    }

    impl Watch {
        async fn new() -> Self {
            let bench = Bench::new();
            bench.executor().execute(&create("launch", 1)).await.unwrap();
            let mut record = campaign_pilot_core::ports::Knowledge::campaigns(&*bench.memory).await.unwrap().remove(0);
            let end = start() + SignedDuration::from_hours(1_000);
            std::sync::Arc::make_mut(&mut record.campaign.spec).flight = campaign_pilot_core::Period::new(start(), end).unwrap();
            Self { bench, record, spending: Spending::default(), policy: ForecastPolicy::default() }
        }

        fn reads(&mut self, hour: i64, cost: &str, clicks: u64) {
            let now = start() + SignedDuration::from_hours(hour);
            let period = self.record.campaign.spec.flight;
            let performance = CampaignPerformance {
                cost: euros(cost),
                clicks: Measured::Known(clicks),
                actions: 3,
                ..CampaignPerformance::nothing(period, euros(cost).currency)
            };
            self.record.performance = Some(performance.clone());
            let fresh = BTreeMap::from([(self.record.campaign.spec.id.clone(), performance)]);
            let capabilities = self.bench.platform.capabilities();
            self.spending.update(std::iter::once(&self.record), &fresh, now, &self.policy, &capabilities);
        }

        fn forecast(&self) -> Option<CostForecast> {
            self.spending.forecast(&self.record, &self.policy, &self.bench.platform.capabilities())
        }
    }

    #[tokio::test]
    async fn a_stop_is_watched_to_its_end_and_teaches_once() {
        let mut watch = Watch::new().await;
        assert_eq!(watch.forecast(), None, "nothing was read yet");
        watch.reads(24, "10", 200);
        watch.reads(24, "10", 200);
        let before = watch.forecast().unwrap();
        assert!(before.expected.amount > dec!(0) && before.upper.amount > before.expected.amount);
        watch.record.campaign.desired = DesiredStatus::Paused;
        for hour in 25..(25 + 336) {
            watch.reads(hour, "10", 200);
        }
        assert!(watch.spending.trails.len() == 1 && watch.spending.learned.is_empty());
        for hour in 361..400 {
            watch.reads(hour, "10", 200);
        }
        assert_eq!((watch.spending.lags.stops(euros("1").currency), watch.spending.learned.len()), (1, 1));
        assert!(watch.spending.trails.is_empty());
        // Nothing came after the stop, so that less is expected of the next one.
        let learned = watch.spending.lags.curve(euros("1").currency, &watch.policy.after_unlisting, watch.policy.prior_stops);
        assert!(learned.hours() < watch.policy.after_unlisting.hours());
        watch.record.campaign.desired = DesiredStatus::Active;
        watch.reads(401, "10", 200);
        assert!(watch.spending.learned.is_empty() && watch.spending.trails.len() == 1, "it runs again");
    }

    #[tokio::test]
    async fn where_the_platform_keeps_budgets_nothing_is_forecast() {
        let mut watch = Watch::new().await;
        watch.reads(24, "10", 200);
        let native = Capabilities { budget: BudgetControl::Native, ..watch.bench.platform.capabilities() };
        assert_eq!(watch.spending.forecast(&watch.record, &watch.policy, &native), None);
        let stopping = Capabilities { pause: PauseControl::Native, ..watch.bench.platform.capabilities() };
        let less = watch.spending.forecast(&watch.record, &watch.policy, &stopping).unwrap();
        assert!(less.expected.amount * dec!(5) < watch.forecast().unwrap().expected.amount, "a real stop leaves less to come");
        watch.policy.enabled = false;
        assert_eq!(watch.forecast(), None);
    }

    #[tokio::test]
    async fn what_is_no_longer_read_is_forgotten() {
        let mut watch = Watch::new().await;
        watch.reads(24, "10", 200);
        let capabilities = watch.bench.platform.capabilities();
        watch.spending.update(std::iter::empty(), &BTreeMap::new(), start(), &watch.policy, &capabilities);
        assert!(watch.spending.trails.is_empty() && watch.spending.learned.is_empty());
        let later = start() + OFFERS_KEPT + SignedDuration::from_hours(48);
        watch.spending.update(std::iter::empty(), &BTreeMap::new(), later, &watch.policy, &capabilities);
        assert_eq!(watch.spending, Spending::default());
    }
}
