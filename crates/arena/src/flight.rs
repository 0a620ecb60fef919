//! One contestant in one market.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use campaign_pilot_core::{Applied, Money, Verdict};
use campaign_pilot_sandbox::{InProcess, SandboxOptions, Truth, World};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::caps::Caps;
use crate::contestant::{Contestant, Failure};
use crate::judge::{Judged, judge};
use crate::turn::{Field, Turn};

/// How long after the flight the market goes on without the contestant: what was sold comes back, and commissions with it.
const AFTER_DAYS: i64 = 28;

/// A market and the time that a contestant has in it.
#[derive(Clone, Debug)]
pub struct Flight {
    /// The market.
    pub world: World,
    /// What is drawn.
    pub seed: u64,
    /// How many days the contestants act; the result counts four weeks more, in which sales come back.
    pub days: u32,
}

/// A market that is ready for contestants: each gets one of its own, with the same shoppers.
#[derive(Debug)]
pub struct Opened {
    market: InProcess,
    caps: Caps,
    days: u32,
}

/// What came of a flight.
#[derive(Clone, Debug, PartialEq)]
pub struct FlightResult {
    /// What the merchant earned more than without any advertising, after its cost.
    pub profit: Money,
    /// The same in percent of the gross profit of the shop without advertising.
    pub profit_percent: f64,
    /// What the advertising cost.
    pub cost: Money,
    /// Revenue that the platform credited, less what came back.
    pub credited: Money,
    /// Revenue that exists only because of the ads.
    pub caused: Money,
    /// What all campaigns together were allowed to cost.
    pub cap: Money,
    /// Campaigns that were launched.
    pub launches: u32,
    /// The contestant's verdicts, by name: how many, and how many were right.
    pub verdicts: BTreeMap<&'static str, Judged>,
    /// How long it took, without the judging of verdicts.
    pub took: Duration,
}

impl FlightResult {
    /// Whether the ads cost no more than they were allowed to.
    #[must_use]
    pub fn kept_the_cap(&self) -> bool {
        self.cost.amount <= self.cap.amount
    }
}

/// A verdict that a contestant gave.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictGiven {
    /// The verdict; `None` for a stop that only the budget explains.
    pub verdict: Option<Verdict>,
    /// The platform's object that it is about.
    pub ad: u64,
    /// When the campaign was to end.
    pub ends: Timestamp,
}

impl Flight {
    /// Opens the market.
    ///
    /// # Errors
    ///
    /// When the world cannot be simulated.
    pub fn open(&self) -> Result<Opened, Failure> {
        let options = SandboxOptions { seed: self.seed, world: self.world.clone(), ..SandboxOptions::default() };
        let market = InProcess::open(options)?;
        Ok(Opened { caps: Caps::of(&market, self.days), market, days: self.days })
    }
}

impl Opened {
    /// What every contestant may spend.
    #[must_use]
    pub const fn caps(&self) -> Caps {
        self.caps
    }

    /// Lets a contestant fly.
    ///
    /// # Errors
    ///
    /// When a port fails.
    pub fn fly(&self, contestant: &mut dyn Contestant) -> Result<FlightResult, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let market = self.market.fork();
        let mut took = Duration::ZERO;
        let begins = market.clock().now();
        let ends = begins.checked_add(SignedDuration::from_hours(24 * i64::from(self.days)))?;
        let mut field = Field::new(market.clone(), self.caps, begins, ends);
        let mut verdicts = BTreeMap::new();
        while market.clock().now() < ends {
            let begun = Instant::now();
            runtime.block_on(async {
                if contestant.uses_turn() {
                    field.look().await?;
                }
                let mut turn = Turn { field: &mut field };
                contestant.take_turn(&mut turn).await
            })?;
            took += begun.elapsed();
            judge(&contestant.take_verdicts(), &market, ends, &mut verdicts);
            let begun = Instant::now();
            market.advance(SignedDuration::from_hours(1))?;
            took += begun.elapsed();
        }
        runtime.block_on(stop_everything(&market))?;
        market.advance(SignedDuration::from_hours(24 * AFTER_DAYS))?;
        Ok(self.result(&market.truth(), field.launched(), verdicts, took))
    }

    fn result(&self, truth: &Truth, launches: u32, verdicts: BTreeMap<&'static str, Judged>, took: Duration) -> FlightResult {
        let sum = |amount: fn(&campaign_pilot_sandbox::AdTruth) -> Money| {
            let total: Decimal = truth.ads.iter().map(|ad| amount(ad).amount).sum();
            Money::new(total, self.caps.total.currency)
        };
        let base = truth.unadvertised.gross_profit.amount.to_f64().unwrap_or(0.0);
        let profit = truth.incremental_profit;
        FlightResult {
            profit,
            profit_percent: if base > 0.0 { 100.0 * profit.amount.to_f64().unwrap_or(0.0) / base } else { 0.0 },
            cost: truth.advertising_cost,
            credited: sum(|ad| ad.revenue),
            caused: sum(|ad| ad.incremental_revenue),
            cap: self.caps.total,
            launches: launches.max(u32::try_from(truth.ads.len()).unwrap_or(u32::MAX)),
            verdicts,
            took,
        }
    }
}

/// Ends what still runs when the flight is over.
async fn stop_everything(market: &InProcess) -> Result<(), Failure> {
    use campaign_pilot_core::EffectiveStatus::{Running, Scheduled};

    let platform = market.platform();
    for campaign in platform.all().await?.into_iter().filter(|campaign| matches!(campaign.effective, Running | Scheduled)) {
        match platform.pause(&campaign.id).await {
            Applied::Done(_) => {}
            Applied::Rejected(error) | Applied::Unknown(error) => return Err(error.into()),
        }
    }
    Ok(())
}
