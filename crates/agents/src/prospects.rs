//! What ads are expected to contribute, for every product of the catalogue.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignId, CampaignRecord, Capabilities, Period, Product, ProductId};
use campaign_pilot_decision_engine::{AdRecord, Prospect, ProspectFacts, Response, StoreEvidence, by_product, prospect};
use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::history::{Coverage, hours_of, hours_within};
use crate::incrementality::{CausedEstimate, caused, estimate_caused, store_evidence};
use crate::policy::{Policy, days};
use crate::snapshot::{Known, Snapshot};

/// How many days of sales and views the selection and the prospects look back on.
pub(crate) const LOOK_BACK_DAYS: u32 = 28;

/// What ads for each product are expected to contribute.
#[derive(Clone, Debug, Default)]
pub struct Prospects {
    by_product: BTreeMap<ProductId, Prospect>,
    store: BTreeMap<CampaignId, StoreEvidence>,
    caused: Option<CausedEstimate>,
    caused_part: Decimal,
}

impl Prospects {
    /// Learns from all ads of the last months, and applies that to each product.
    #[must_use]
    pub fn of(snapshot: &Snapshot, known: &Known, policy: &Policy, capabilities: &Capabilities) -> Self {
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
        let prospects = snapshot.products.values().filter_map(|product| {
            let facts =
                ProspectFacts { product, own: own.get(&product.id), units_per_day: units_per_day(product, snapshot), caused };
            Some((product.id.clone(), prospect(&facts, &response, &policy.contribution)?))
        });
        Self { by_product: prospects.collect(), store: store_evidence(snapshot, known), caused: estimate, caused_part: caused }
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

    /// What an ad for a product is expected to contribute; `None` where it has no price.
    #[must_use]
    pub fn get(&self, product: &ProductId) -> Option<&Prospect> {
        self.by_product.get(product)
    }
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

/// Units sold a day lately, less those that came back.
fn units_per_day(product: &Product, snapshot: &Snapshot) -> Decimal {
    let Some(recent) = recent(snapshot) else { return Decimal::ZERO };
    let units: i64 =
        hours_within(hours_of(&product.id, snapshot), recent).map(|row| row.units.saturating_sub(row.refunded_units)).sum();
    let days = Decimal::from(recent.length().as_hours().max(1)) / Decimal::from(24);
    Decimal::from(units.max(0)) / days
}

/// The time that is looked back on, as far as it is covered.
pub(crate) fn recent(snapshot: &Snapshot) -> Option<Period> {
    let covered = snapshot.coverage.and_then(Coverage::period)?;
    Period::ending_at(snapshot.now, days(LOOK_BACK_DAYS)).ok()?.intersection(covered)
}
