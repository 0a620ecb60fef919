//! The campaigns of a contestant, and what they have cost.

use std::collections::BTreeMap;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{CampaignId, CampaignPerformance, Currency, Money, Period, PlatformCampaignId, ProductId};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::contestant::Failure;

/// Days after its end for which a campaign is still read: its last sales can come back.
const TAIL_DAYS: i64 = 30;

/// A campaign of a contestant.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// Its name.
    pub id: CampaignId,
    /// What it advertises.
    pub product: ProductId,
    /// The platform's object.
    pub object: PlatformCampaignId,
    /// Its budget over its life.
    pub budget: Money,
    /// When it was to run.
    pub flight: Period,
    /// When it was stopped before its end, if it was.
    pub stopped_at: Option<Timestamp>,
    /// What the platform last reported of its whole life.
    pub performance: CampaignPerformance,
    /// What the platform had reported at the end of each of the last three days, the latest last.
    pub days: Vec<CampaignPerformance>,
}

impl Campaign {
    /// Whether it runs at an instant.
    #[must_use]
    pub fn runs(&self, at: Timestamp) -> bool {
        self.stopped_at.is_none() && self.flight.contains(at)
    }

    /// What it cost and was credited for since the end of the day that many days ago: cost, revenue, actions.
    ///
    /// 1 is the present day alone, 3 the present day and the two before it. No more than the last three days are kept.
    #[must_use]
    pub fn since(&self, days_ago: usize) -> (Decimal, Decimal, u64) {
        let nothing = CampaignPerformance::nothing(self.flight, self.budget.currency);
        let before = self.days.iter().rev().nth(days_ago.saturating_sub(1)).unwrap_or(&nothing);
        let now = &self.performance;
        let actions = now.actions.saturating_sub(before.actions);
        (now.cost.amount - before.cost.amount, now.revenue.amount - before.revenue.amount, actions)
    }

    /// When it was stopped, or else when its flight ends.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.stopped_at.unwrap_or(self.flight.end())
    }
}

/// The campaigns of a contestant.
pub(crate) struct Campaigns {
    all: BTreeMap<CampaignId, Campaign>,
    /// The one that was launched last for each product.
    latest: BTreeMap<ProductId, CampaignId>,
    /// Those whose numbers still change.
    open: Vec<CampaignId>,
    /// What those cost whose numbers do not.
    settled: Decimal,
    /// The cost of those that are over and not settled, and what the others may cost.
    held: Decimal,
    currency: Currency,
    now: Timestamp,
}

impl Campaigns {
    pub(super) const fn new(currency: Currency) -> Self {
        Self {
            all: BTreeMap::new(),
            latest: BTreeMap::new(),
            open: Vec::new(),
            settled: Decimal::ZERO,
            held: Decimal::ZERO,
            currency,
            now: Timestamp::UNIX_EPOCH,
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Campaign> {
        self.all.values()
    }

    pub(super) fn get(&self, id: &CampaignId) -> Option<&Campaign> {
        self.all.get(id)
    }

    pub(super) fn running(&self, product: &ProductId, at: Timestamp) -> Option<&Campaign> {
        self.all.get(self.latest.get(product)?).filter(|campaign| campaign.runs(at))
    }

    pub(super) fn launched(
        &mut self,
        id: CampaignId,
        product: ProductId,
        object: PlatformCampaignId,
        budget: Money,
        flight: Period,
    ) {
        self.latest.insert(product.clone(), id.clone());
        self.open.push(id.clone());
        let performance = CampaignPerformance::nothing(flight, budget.currency);
        let campaign =
            Campaign { id: id.clone(), product, object, budget, flight, stopped_at: None, performance, days: Vec::new() };
        self.held += holds(&campaign, self.now);
        self.all.insert(id, campaign);
    }

    pub(super) fn stopped(&mut self, id: &CampaignId, at: Timestamp) {
        self.change(id, |campaign| {
            campaign.stopped_at.get_or_insert(at);
        });
    }

    pub(super) fn funded(&mut self, id: &CampaignId, budget: Money) {
        self.change(id, |campaign| campaign.budget = budget);
    }

    fn change(&mut self, id: &CampaignId, change: impl FnOnce(&mut Campaign)) {
        let Some(campaign) = self.all.get_mut(id) else { return };
        let before = holds(campaign, self.now);
        change(campaign);
        self.held += holds(campaign, self.now) - before;
    }

    /// Running campaigns that have cost their budget.
    pub(super) fn over_budget(&self, now: Timestamp) -> Vec<CampaignId> {
        let over = |campaign: &&Campaign| campaign.runs(now) && campaign.performance.cost.amount >= campaign.budget.amount;
        self.open.iter().filter_map(|id| self.all.get(id)).filter(over).map(|campaign| campaign.id.clone()).collect()
    }

    /// The cost of what is over, and of what runs its budget, or its cost where that is more.
    pub(super) fn committed(&self) -> Money {
        Money::new(self.held + self.settled, self.currency)
    }

    /// Reads what the campaigns did that run, and once a day what those did that are over and whose numbers still change.
    pub(super) async fn read(
        &mut self,
        platform: &dyn CampaignPlatform,
        begins: Timestamp,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.now = now;
        let tail = SignedDuration::from_hours(24 * TAIL_DAYS);
        let over = |campaign: &Campaign| campaign.ends_at().checked_add(tail).is_ok_and(|end| end < now);
        let (settled, open): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|id| self.all.get(id).is_some_and(over));
        self.settled +=
            settled.iter().filter_map(|id| self.all.get(id)).map(|campaign| campaign.performance.cost.amount).sum::<Decimal>();
        self.open = open;
        self.held = Decimal::ZERO;
        let (Ok(period), false) = (Period::new(begins, now), self.open.is_empty()) else { return Ok(()) };
        let is_midnight = now.duration_since(begins).as_hours().rem_euclid(24) == 0;
        let is_read = |campaign: &&Campaign| is_midnight || campaign.runs(now);
        let read = self.open.iter().filter_map(|id| self.all.get(id)).filter(is_read);
        let (ids, objects): (Vec<CampaignId>, Vec<PlatformCampaignId>) =
            read.map(|campaign| (campaign.id.clone(), campaign.object.clone())).unzip();
        let mut reading = platform.performance(&objects, period).await?;
        for id in ids {
            let Some(campaign) = self.all.get_mut(&id) else { continue };
            if let Some(performance) = reading.campaigns.remove(&campaign.object) {
                campaign.performance = performance;
            }
            if is_midnight {
                campaign.days.push(campaign.performance.clone());
                let surplus = campaign.days.len().saturating_sub(3);
                campaign.days.drain(..surplus);
            }
        }
        self.held = self.open.iter().filter_map(|id| self.all.get(id)).map(|campaign| holds(campaign, now)).sum();
        Ok(())
    }
}

/// What a campaign has cost, or may cost where it runs.
fn holds(campaign: &Campaign, now: Timestamp) -> Decimal {
    let cost = campaign.performance.cost.amount;
    if campaign.runs(now) { cost.max(campaign.budget.amount) } else { cost }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use campaign_pilot_sandbox::World;

    use super::*;
    use crate::{Contestant, Flight, Turn};

    /// Advertises what it can, and notes what each campaign had cost when each day began.
    #[derive(Default)]
    struct Notes {
        mornings: Vec<BTreeMap<CampaignId, Decimal>>,
        compared: u32,
    }

    #[async_trait]
    impl Contestant for Notes {
        fn name(&self) -> &'static str {
            "notes"
        }

        async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
            if turn.is_first_hour_of_day() {
                let costs = turn.campaigns().map(|campaign| (campaign.id.clone(), campaign.performance.cost.amount));
                self.mornings.push(costs.collect());
            }
            for campaign in turn.campaigns() {
                for days in [1, 3] {
                    let morning = self.mornings.iter().rev().nth(days - 1).and_then(|morning| morning.get(&campaign.id));
                    let cost = campaign.performance.cost.amount - morning.copied().unwrap_or_default();
                    assert_eq!(campaign.since(days).0, cost, "{days} days");
                    self.compared += u32::from(!cost.is_zero() && morning.is_some());
                }
            }
            let products: Vec<_> = turn.products().map(|product| product.id.clone()).take(30).collect();
            let budget = Money::new(Decimal::from(20), turn.caps().total.currency);
            for product in products {
                let _ = turn.launch(&product, budget, 5).await?;
            }
            Ok(())
        }
    }

    #[test]
    fn one_day_is_the_present_one_and_three_are_it_and_the_two_before() {
        let mut notes = Notes::default();
        Flight { world: World::named("today").unwrap(), seed: 1, days: 9 }.open().unwrap().fly(&mut notes).unwrap();
        assert!(notes.compared > 100, "{}", notes.compared);
    }
}
