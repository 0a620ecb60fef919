//! What ads are expected to contribute, for every product of the catalogue.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, CampaignId, CampaignRecord, Capabilities, Measured, Money, Period, Product, ProductId};
use campaign_pilot_decision_engine::{
    AdRecord, ContributionOutlook, Prospect, ProspectFacts, Response, StoreEvidence, by_product, contribution_outlook,
    flight_spread, price_of_budget, prospect,
};
use jiff::Timestamp;
use rust_decimal::{Decimal, dec};

use crate::history::{Coverage, hours_of, hours_within};
use crate::incrementality::{CausedEstimate, caused, estimate_caused, store_evidence};
use crate::policy::{Policy, days};
use crate::portfolio::Total;
use crate::snapshot::{Known, Snapshot};

/// How many days of sales and views the selection and the prospects look back on.
pub(crate) const LOOK_BACK_DAYS: u32 = 28;

/// What ads for each product are expected to contribute.
#[derive(Clone, Debug, Default)]
pub struct Prospects {
    by_product: BTreeMap<ProductId, Prospect>,
    recent: BTreeMap<ProductId, Recent>,
    store: BTreeMap<CampaignId, StoreEvidence>,
    caused: Option<CausedEstimate>,
    caused_part: Decimal,
    paced: bool,
    learned: Option<LearnedResponse>,
}

/// What the prospects were made of.
#[derive(Clone, Debug)]
struct LearnedResponse {
    response: Response,
    own: BTreeMap<ProductId, AdRecord>,
    /// How many days are looked back on.
    days: Decimal,
    /// For how many days an ad is still clicked after its end.
    days_after_end: Decimal,
    /// How much the clicks a day of one product's flights differ.
    flight_spread: Decimal,
}

impl Prospects {
    /// Learns from all ads of the last months, and applies that to each product.
    #[must_use]
    pub fn of(snapshot: &Snapshot, known: &Known, policy: &Policy, capabilities: &Capabilities, total: Option<Total>) -> Self {
        let memory = days(policy.cadence.response_days);
        let remembered = |record: &&CampaignRecord| {
            let end = record.campaign.spec.flight.end();
            record.campaign.platform_id.is_some() && end.checked_add(memory).is_ok_and(|until| snapshot.now < until)
        };
        let records = known.campaigns.iter().filter(remembered).filter_map(|record| ad_record(record, known, snapshot.now));
        let own = by_product(records);
        let records: Vec<AdRecord> = own.values().cloned().collect();
        let response = Response::learn(&records, snapshot.platform_currency, capabilities.billing, &policy.response);
        let estimate = estimate_caused(snapshot, known, policy);
        let caused = caused(estimate.as_ref(), policy);
        let recent = recent_counts(snapshot);
        let days =
            looked_back(snapshot).map_or(Decimal::ONE, |period| Decimal::from(period.length().as_hours().max(1)) / dec!(24));
        let at = |price_of_budget| -> BTreeMap<ProductId, Prospect> {
            let prospects = snapshot.products.values().filter_map(|product| {
                let units = recent.get(&product.id).map_or(0, |recent| recent.units.max(0));
                let units_per_day = Decimal::from(units) / days;
                let facts = ProspectFacts { product, own: own.get(&product.id), units_per_day, caused, price_of_budget };
                Some((product.id.clone(), prospect(&facts, &response, &policy.contribution)?))
            });
            prospects.collect()
        };
        let mut by_product = at(Decimal::ZERO);
        let per_day = pace(snapshot, policy, total);
        let running = known.live(snapshot.now).count();
        let price_of_budget =
            per_day.map_or(Decimal::ZERO, |per_day| price(&by_product, snapshot, policy, capabilities, running, per_day));
        if !price_of_budget.is_zero() {
            by_product = at(price_of_budget);
        }
        let store = store_evidence(snapshot, known);
        let records = known.campaigns.iter().filter(remembered);
        let learned = Some(LearnedResponse::of(records, snapshot, known, policy, capabilities, days));
        Self { by_product, recent, store, caused: estimate, caused_part: caused, paced: per_day.is_some(), learned }
    }

    /// Which part of the credited sales was caused by ads; `None` before there is any history.
    #[must_use]
    pub const fn caused(&self) -> Option<&CausedEstimate> {
        self.caused.as_ref()
    }

    /// The part to reckon with, from 0 to 1: what is assumed where nothing was estimated.
    #[must_use]
    pub const fn caused_part(&self) -> Decimal {
        self.caused_part
    }

    /// What tests of a campaign beside the rest of the store say.
    #[must_use]
    pub fn store(&self, campaign: &CampaignId) -> StoreEvidence {
        self.store.get(campaign).cloned().unwrap_or_default()
    }

    /// What a product lately had of sales and views; `None` where nothing lately is covered.
    #[must_use]
    pub fn recent(&self, product: &ProductId) -> Option<Recent> {
        self.recent.get(product).copied()
    }

    /// Whether the total budget is spread over some time, so that prospects tell what a unit of it has to contribute.
    pub(crate) const fn are_paced(&self) -> bool {
        self.paced
    }

    /// What is needed to predict what an ad for a product will contribute in fact; `None` where it has no price.
    #[must_use]
    pub fn outlook(&self, product: &Product, policy: &Policy) -> Option<ContributionOutlook> {
        let LearnedResponse { response, own, days, days_after_end, flight_spread } = self.learned.as_ref()?;
        let units = self.recent.get(&product.id).map_or(0, |recent| recent.units.max(0));
        let facts = ProspectFacts {
            product,
            own: own.get(&product.id),
            units_per_day: Decimal::from(units) / days,
            caused: self.caused_part,
            price_of_budget: Decimal::ZERO,
        };
        let outlook = contribution_outlook(&facts, response, &policy.contribution)?;
        Some(outlook.with_days_after_end(*days_after_end).with_flight_spread(*flight_spread))
    }

    /// What an ad for a product is expected to contribute; `None` where it has no price.
    #[must_use]
    pub fn get(&self, product: &ProductId) -> Option<&Prospect> {
        self.by_product.get(product)
    }
}

impl LearnedResponse {
    /// What outlooks are made of: the same records as those of the prospects, where the time after a campaign's end counts in which its
    /// links were still clicked. One that ended early seems to have had more clicks a day otherwise.
    fn of<'a>(
        records: impl Iterator<Item = &'a CampaignRecord>,
        snapshot: &Snapshot,
        known: &Known,
        policy: &Policy,
        capabilities: &Capabilities,
        days: Decimal,
    ) -> Self {
        let curve = known.spending.after_end(&policy.forecast, capabilities);
        let exposed = |record: &'a CampaignRecord| {
            let mut of = ad_record(record, known, snapshot.now)?;
            if let Some(curve) = &curve {
                of.hours_on_offer += known.spending.hours_after_end(record, snapshot.now, curve);
            }
            Some(of)
        };
        let flights: Vec<AdRecord> = records.filter_map(exposed).collect();
        let flight_spread = flight_spread(&flights);
        let own = by_product(flights);
        let records: Vec<AdRecord> = own.values().cloned().collect();
        let response = Response::learn(&records, snapshot.platform_currency, capabilities.billing, &policy.response);
        let days_after_end = curve.map_or(Decimal::ZERO, |curve| curve.hours() / dec!(24));
        Self { response, own, days, days_after_end, flight_spread }
    }
}

/// What may be spent a day so that the total lasts; `None` where nothing says for how long.
fn pace(snapshot: &Snapshot, policy: &Policy, total: Option<Total>) -> Option<Money> {
    let cap = policy.guardrails.max_total_budget.of(snapshot.platform_currency)?;
    let per_day = |money: Money, days: Decimal| Some(Money::new(money.amount.checked_div(days)?, money.currency));
    let budget_days = policy.guardrails.budget_days.map(Decimal::from);
    let until = policy.pacing.until.filter(|until| *until > snapshot.now);
    let left = until.map(|until| Decimal::from(until.duration_since(snapshot.now).as_hours()) / dec!(24));
    // A limit of fewer days is full again before then.
    match left.filter(|left| budget_days.is_none_or(|days| *left <= days)) {
        Some(left) => per_day(total?.left_of(cap)?, left.max(Decimal::ONE)),
        None => per_day(cap, budget_days?),
    }
}

/// What a unit of budget has to bring where so much may be spent a day, on as many products as launches can keep advertised.
fn price(
    prospects: &BTreeMap<ProductId, Prospect>,
    snapshot: &Snapshot,
    policy: &Policy,
    capabilities: &Capabilities,
    running: usize,
    per_day: Money,
) -> Decimal {
    let rails = &policy.guardrails;
    let launches = rails.max_actions_per_plan.min(usize::try_from(rails.max_launches_per_day).unwrap_or(usize::MAX));
    let days = usize::try_from(policy.flight.days_on(capabilities)).unwrap_or(usize::MAX);
    let places = launches.saturating_mul(days).max(running);
    let launchable = |product: &ProductId| {
        let product = snapshot.products.get(product);
        product.is_some_and(|of| policy.selection.can_be_advertised(of) && policy.guardrails.allow_product(of))
    };
    let offers = prospects.iter().filter(|(product, _)| launchable(product));
    price_of_budget(offers.map(|(_, prospect)| prospect.offer()), per_day, places)
}

/// What a campaign did so far; `None` before anything was read, and where its product had no price.
fn ad_record(record: &CampaignRecord, known: &Known, now: Timestamp) -> Option<AdRecord> {
    let performance = record.performance.as_ref()?;
    let price = record.campaign.product.price.filter(|price| price.currency == performance.cost.currency)?;
    Some(AdRecord {
        product: record.campaign.spec.product.clone(),
        price,
        hours_on_offer: known.spending.hours_on_offer(record, now),
        clicks: performance.clicks,
        actions: performance.actions,
        revenue: performance.revenue,
        cost: performance.cost,
    })
}

/// What a product had of sales and views in the time that is looked back on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recent {
    /// Units sold, less those that came back.
    pub units: i64,
    /// Page views.
    pub views: Measured<u64>,
}

/// The sales and views of every product, in one pass over the hours; none where nothing lately is covered.
fn recent_counts(snapshot: &Snapshot) -> BTreeMap<ProductId, Recent> {
    let Some(period) = looked_back(snapshot) else { return BTreeMap::new() };
    let none_yet = if snapshot.views { Measured::Known(0) } else { Measured::Absent(Absence::NoViewSource) };
    let of_product = |product: &ProductId| {
        let mut recent = Recent { units: 0, views: none_yet };
        for row in hours_within(hours_of(product, snapshot), period) {
            recent.units = recent.units.saturating_add(row.units.saturating_sub(row.refunded_units));
            recent.views = match (recent.views, row.views) {
                (Measured::Known(sum), Measured::Known(seen)) => Measured::Known(sum.saturating_add(seen)),
                (absent @ Measured::Absent(_), _) | (_, absent @ Measured::Absent(_)) => absent,
            };
        }
        recent
    };
    snapshot.products.keys().map(|product| (product.clone(), of_product(product))).collect()
}

/// The time that is looked back on, as far as it is covered.
fn looked_back(snapshot: &Snapshot) -> Option<Period> {
    let covered = snapshot.coverage.and_then(Coverage::period)?;
    Period::ending_at(snapshot.now, days(LOOK_BACK_DAYS)).ok()?.intersection(covered)
}
