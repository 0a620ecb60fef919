//! Campaigns in the sandbox, each stopped for its budget alone: by the same code that the pilot's cycle uses.

use std::collections::BTreeMap;
use std::time::Duration;

use campaign_pilot_agents::Spending;
use campaign_pilot_core::ports::{CampaignPlatform, Catalog};
use campaign_pilot_core::{
    AdCopy, Applied, Campaign, CampaignId, CampaignRecord, CampaignSpec, Capabilities, DecisionId, DesiredStatus, Effect,
    EffectiveStatus, Money, OperationId, OperationTag, Period, PlatformCampaignId, PlatformStatus, Product,
};
use campaign_pilot_decision_engine::{BudgetKeeping, CostForecast, CostToCome, ForecastPolicy, budget_stop};
use campaign_pilot_impact_client::{ImpactConfig, ImpactPlatform, ProgramId};
use campaign_pilot_sandbox::{PlatformSettings, Sandbox, SandboxOptions};
use campaign_pilot_store_client::{StoreConfig, WooStore};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, dec};

use crate::trial::Failure;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How long a campaign runs.
const FLIGHT_DAYS: i64 = 14;

/// How long after the last flight everything has come that will come: old posts are gone after two weeks, and buyers
/// think for a week at most.
const TAIL_DAYS: i64 = 24;

/// How far apart readings are once nothing runs any more.
const TAIL_STEP: SignedDuration = SignedDuration::from_hours(6);

/// Budgets in prices of the product: around the pilot's own default of 0.6, small enough for many to be reached. A
/// commission is about a tenth of the price, so that the smallest budget is three commissions.
const BUDGETS: [Decimal; 3] = [dec!(0.3), dec!(1), dec!(3)];

/// How a campaign ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ended {
    pub(super) budget: Decimal,
    /// What it really cost in the end, as the sandbox knows.
    pub(super) cost: Decimal,
    /// Whether it was stopped for its budget, rather than ending with its flight.
    pub(super) was_stopped: bool,
}

impl Ended {
    /// Whether it cost at most 105 % of its budget.
    pub(super) fn is_within(&self) -> bool {
        self.cost * Decimal::ONE_HUNDRED <= self.budget * Decimal::from(105)
    }
}

/// One account over several seeds: worlds change, what stops taught stays.
pub(super) struct Season {
    policy: ForecastPolicy,
    spending: Spending,
    last: Option<Capabilities>,
}

impl Season {
    pub(super) fn new(forecasts: bool) -> Self {
        let policy = ForecastPolicy { enabled: forecasts, ..ForecastPolicy::default() };
        Self { policy, spending: Spending::default(), last: None }
    }

    /// What the curve expects by now.
    pub(super) fn learned_hours(&self) -> Decimal {
        let currency = self.last.as_ref().map(|capabilities| capabilities.currency);
        currency.map_or(Decimal::ZERO, |currency| {
            self.spending.lags.curve(currency, &self.policy.after_unlisting, self.policy.prior_stops).hours()
        })
    }

    /// Runs so many campaigns in the world of a seed, until no more cost can come.
    pub(super) async fn run(&mut self, seed: u64, campaigns: usize) -> Result<Vec<Ended>, Failure> {
        let world = World::start(seed).await?;
        let mut records = world.launch(seed, campaigns).await?;
        let ends = world.now().checked_add(HOUR * 24 * i32::try_from(FLIGHT_DAYS)?)?;
        let over = ends.checked_add(HOUR * 24 * i32::try_from(TAIL_DAYS)?)?;
        let mut stopped: BTreeMap<CampaignId, bool> = BTreeMap::new();
        while world.now() < over {
            let runs = records.iter().any(|record| record.campaign.desired == DesiredStatus::Active) && world.now() < ends;
            world.sandbox.advance(if runs { HOUR } else { TAIL_STEP })?;
            self.follow(&world, &mut records).await?;
            for record in &mut records {
                if self.must_stop(&world, record)? {
                    world.pause(record).await?;
                    stopped.insert(record.campaign.spec.id.clone(), true);
                }
            }
        }
        let truth = world.sandbox.truth();
        let ended = records.iter().map(|record| {
            let ad = record.campaign.platform_id.as_ref().map(ToString::to_string);
            let cost = truth.ads.iter().find(|truth| Some(truth.ad.to_string()) == ad).map_or(Decimal::ZERO, |ad| ad.cost.amount);
            let was_stopped = stopped.contains_key(&record.campaign.spec.id);
            Ended { budget: record.campaign.budget.amount, cost, was_stopped }
        });
        let ended = ended.collect();
        self.last = Some(world.capabilities);
        world.sandbox.shutdown().await;
        // The next world's campaigns are others.
        self.spending.trails.clear();
        self.spending.learned.clear();
        Ok(ended)
    }

    /// Reads all campaigns, as the pilot does in every cycle.
    async fn follow(&mut self, world: &World, records: &mut [CampaignRecord]) -> Result<(), Failure> {
        let ids: Vec<PlatformCampaignId> = records.iter().filter_map(|record| record.campaign.platform_id.clone()).collect();
        let reading = world.platform.performance(&ids, Period::new(world.opened, world.now())?).await?;
        if !reading.quality.complete {
            return Err(format!("a reading was not complete: {:?}", reading.quality.notes).into());
        }
        let mut fresh = BTreeMap::new();
        for record in records.iter_mut() {
            let id = record.campaign.platform_id.as_ref();
            if let Some(performance) = id.and_then(|id| reading.campaigns.get(id)) {
                record.performance = Some(performance.clone());
                fresh.insert(record.campaign.spec.id.clone(), performance.clone());
            }
        }
        self.spending.update(records.iter(), &fresh, world.now(), &self.policy, &world.capabilities);
        Ok(())
    }

    fn must_stop(&self, world: &World, record: &CampaignRecord) -> Result<bool, Failure> {
        let campaign = &record.campaign;
        if campaign.desired != DesiredStatus::Active || campaign.spec.flight.end() <= world.now() {
            return Ok(false);
        }
        let nothing = Money::zero(campaign.budget.currency);
        let spent = record.performance.as_ref().map_or(nothing, |performance| performance.cost);
        let forecast = self.spending.forecast(record, &self.policy, &world.capabilities);
        let to_come = forecast.map_or(CostToCome::nothing(campaign.budget.currency), CostForecast::to_come);
        Ok(budget_stop(spent, to_come, campaign.budget, BudgetKeeping::Hard)?.is_some())
    }
}

/// A sandbox with the clients on it.
struct World {
    sandbox: Sandbox,
    platform: ImpactPlatform,
    capabilities: Capabilities,
    opened: Timestamp,
}

impl World {
    async fn start(seed: u64) -> Result<Self, Failure> {
        let platform = PlatformSettings { requests_per_hour: u32::MAX, exports_per_day: u32::MAX, ..PlatformSettings::default() };
        let sandbox = Sandbox::start(SandboxOptions { seed, platform, ..SandboxOptions::default() }).await?;
        let access = sandbox.access();
        let program = ProgramId::new(access.program_id.to_string())?;
        let config = ImpactConfig {
            base_url: Some(sandbox.impact_url().clone()),
            poll_interval: Duration::from_millis(1),
            retry_seed: Some(1),
            ..ImpactConfig::new(access.account_sid.as_str(), access.auth_token.as_str(), program, access.currency)
        };
        let platform = ImpactPlatform::new(config, sandbox.clock())?;
        let (capabilities, opened) = (platform.capabilities(), sandbox.clock().now());
        Ok(Self { sandbox, platform, capabilities, opened })
    }

    fn now(&self) -> Timestamp {
        self.sandbox.clock().now()
    }

    /// Launches campaigns for products of the store, drawn by the seed.
    async fn launch(&self, seed: u64, campaigns: usize) -> Result<Vec<CampaignRecord>, Failure> {
        let access = self.sandbox.access();
        let store = StoreConfig::new(self.sandbox.store_url().clone(), &access.consumer_key, access.consumer_secret.as_str());
        let store = WooStore::new(store, self.sandbox.clock())?;
        let pages: Vec<_> = Catalog::products(&store).try_collect().await?;
        let mut products: Vec<Product> = pages.into_iter().flat_map(|page| page.products).collect();
        products.retain(|product| product.stock.is_available() && product.price.is_some_and(|price| price.amount >= dec!(10)));
        products.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        if products.len() < campaigns {
            return Err(format!("the store has only {} products to advertise", products.len()).into());
        }
        let mut records = Vec::new();
        for (product, prices) in products.into_iter().take(campaigns).zip(BUDGETS.iter().cycle()) {
            records.push(self.launch_one(seed, product, *prices).await?);
        }
        Ok(records)
    }

    async fn launch_one(&self, seed: u64, product: Product, prices: Decimal) -> Result<CampaignRecord, Failure> {
        let price = product.price.ok_or("the product has no price")?;
        let budget = Money::new((price.amount * prices).round_dp(2), price.currency);
        let decision = DecisionId::of(&format!("budget-stop/{seed}"), product.id.as_str());
        let now = self.now();
        let spec = CampaignSpec {
            id: CampaignId::of_launch(&decision),
            product: product.id.clone(),
            sku: product.sku.clone(),
            name: product.name.chars().take(60).collect(),
            landing_page: product.permalink.clone(),
            copy: AdCopy { headline: "A headline".to_owned(), body: String::new(), written_by: "trial".to_owned() },
            budget,
            flight: Period::new(now, now.checked_add(SignedDuration::from_hours(24 * FLIGHT_DAYS))?)?,
        };
        let tag = OperationTag::of(&OperationId::of(&decision, 0));
        let Applied::Done(Effect::Live { campaign }) = self.platform.create(&spec, &tag).await else {
            return Err(format!("`{}` was not launched", spec.name).into());
        };
        let campaign = Campaign {
            tag,
            platform_id: Some(campaign),
            desired: DesiredStatus::Active,
            platform: PlatformStatus::Active,
            effective: EffectiveStatus::Running,
            budget,
            product: product.into(),
            spec: spec.into(),
        };
        Ok(CampaignRecord { campaign, launched_at: now, performance: None, verdict: None, updated_at: now })
    }

    async fn pause(&self, record: &mut CampaignRecord) -> Result<(), Failure> {
        let id = record.campaign.platform_id.clone().ok_or("the campaign has no ad")?;
        let Applied::Done(Effect::Unlisted) = self.platform.pause(&id).await else {
            return Err(format!("ad {id} was not paused").into());
        };
        record.campaign.desired = DesiredStatus::Paused;
        Ok(())
    }
}
