//! What tests of contestants share.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::{CampaignId, CampaignPerformance, Currency, Money, Period, PlatformCampaignId, ProductId};
use campaign_pilot_sandbox::World;
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::{Campaign, Contestant, Failure, Flight, FlightResult, Turn, VerdictGiven};

/// What was seen of a flight.
pub(crate) struct Watched {
    /// What came of it; without the time it took, so that two can be compared.
    pub(crate) result: FlightResult,
    /// The campaigns as they were in the last hour.
    pub(crate) campaigns: Vec<Campaign>,
    /// The budgets that they were launched with, in the order of the launches; those of one hour by their names.
    pub(crate) launched_with: Vec<Money>,
    /// How many products could be advertised at first.
    pub(crate) available: usize,
    /// When the flight was over.
    pub(crate) ends: Timestamp,
}

/// Looks on while a contestant flies.
struct Watcher<C> {
    contestant: C,
    campaigns: Vec<Campaign>,
    known: BTreeSet<CampaignId>,
    launched_with: Vec<Money>,
    launched_today: u32,
    available: Option<usize>,
    ends: Timestamp,
}

/// Lets a contestant fly in a shipped world, and fails when a launch breaks a cap.
pub(crate) fn watch(world: &str, seed: u64, days: u32, contestant: impl Contestant) -> Watched {
    let opened = Flight { world: World::named(world).unwrap(), seed, days }.open().unwrap();
    let mut watcher = Watcher {
        contestant,
        campaigns: Vec::new(),
        known: BTreeSet::new(),
        launched_with: Vec::new(),
        launched_today: 0,
        available: None,
        ends: Timestamp::UNIX_EPOCH,
    };
    let result = opened.fly(&mut watcher).unwrap();
    let Watcher { campaigns, launched_with, available, ends, .. } = watcher;
    let available = available.unwrap_or(0);
    Watched { result: FlightResult { took: Duration::ZERO, ..result }, campaigns, launched_with, available, ends }
}

/// A campaign of 14 days with a budget, of which nothing has been reported.
pub(crate) fn campaign(budget: Decimal) -> Campaign {
    let start: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    let flight = Period::new(start, "2026-03-16T00:00:00Z".parse().unwrap()).unwrap();
    Campaign {
        id: CampaignId::of_launch(&campaign_pilot_core::DecisionId::of("test", "1")),
        product: ProductId::from_number(1),
        object: PlatformCampaignId::new("1".to_owned()).unwrap(),
        budget: Money::new(budget, Currency::EUR),
        flight,
        stopped_at: None,
        performance: CampaignPerformance::nothing(flight, Currency::EUR),
        days: Vec::new(),
    }
}

#[async_trait]
impl<C: Contestant> Contestant for Watcher<C> {
    fn name(&self) -> &str {
        self.contestant.name()
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        self.available.get_or_insert_with(|| turn.products().filter(|product| product.stock.is_available()).count());
        self.ends = turn.flight_ends();
        if turn.is_first_hour_of_day() {
            self.launched_today = 0;
        }
        self.contestant.take_turn(turn).await?;
        self.campaigns = turn.campaigns().cloned().collect();
        for campaign in &self.campaigns {
            if !self.known.insert(campaign.id.clone()) {
                continue;
            }
            self.launched_today += 1;
            assert!(campaign.budget.amount <= turn.caps().per_campaign.amount, "{campaign:?}");
            self.launched_with.push(campaign.budget);
        }
        assert!(self.launched_today <= turn.caps().launches_per_day, "{} launches in a day", self.launched_today);
        let now = turn.now();
        let budgets: Decimal = self.campaigns.iter().map(|c| if c.runs(now) { c.budget.amount } else { Decimal::ZERO }).sum();
        assert!(budgets <= turn.caps().total.amount, "{budgets} for all campaigns");
        Ok(())
    }

    fn take_verdicts(&mut self) -> Vec<VerdictGiven> {
        self.contestant.take_verdicts()
    }
}
