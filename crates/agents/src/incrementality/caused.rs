//! Which part of the credited sales is caused by ads.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignRecord, Period, ProductId};
use campaign_pilot_metrics::{CausedShare, CausedShareFacts, CausedSharePolicy, DaySale, ProductSales, SharePrior, caused_share};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde::{Deserialize, Serialize};

use super::{DAY, touches_until};
use crate::history::{Coverage, hours_within};
use crate::policy::Policy;
use crate::snapshot::{Known, Snapshot};

/// For how many days what was caused is reckoned with before it is estimated again.
const ESTIMATE_DAYS: i64 = 7;

/// Which part of the credited sales was caused by ads, as it was estimated last.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CausedEstimate {
    /// When it was estimated.
    pub at: Timestamp,
    /// What was found.
    pub share: CausedShare,
}

/// The estimate to reckon with: the last one while it is fresh, else a new one. `None` before there is any history.
pub(crate) fn estimate_caused(snapshot: &Snapshot, known: &Known, policy: &Policy) -> Option<CausedEstimate> {
    let last = known.learned.caused.as_ref();
    let fresh = |last: &&CausedEstimate| snapshot.now.duration_since(last.at) < SignedDuration::from_hours(24 * ESTIMATE_DAYS);
    if let Some(last) = last.filter(fresh) {
        return Some(last.clone());
    }
    let covered = snapshot.coverage.and_then(Coverage::period)?;
    let mean = policy.contribution.caused_percent.to_f64()? / 100.0;
    let deviation = policy.contribution.caused_deviation_percent.to_f64()? / 100.0;
    let prior = SharePrior::new(mean, deviation).ok()?;
    let facts = caused_facts(snapshot, known, covered);
    let share = caused_share(&facts, &CausedSharePolicy { prior, ..CausedSharePolicy::default() });
    Some(CausedEstimate { at: snapshot.now, share })
}

fn caused_facts(snapshot: &Snapshot, known: &Known, covered: Period) -> CausedShareFacts {
    let day =
        |instant: Timestamp| u32::try_from((instant.as_second() - covered.start().as_second()).div_euclid(DAY)).unwrap_or(0);
    let last = day(covered.end()).min(campaign_pilot_metrics::MAXIMUM_CAUSED_SHARE_DAYS);
    let mut ads: BTreeMap<&ProductId, Vec<&CampaignRecord>> = BTreeMap::new();
    for record in &known.campaigns {
        let end = touches_until(record).filter(|until| *until > covered.start());
        if end.is_some() {
            ads.entry(&record.campaign.spec.product).or_default().push(record);
        }
    }
    let products = snapshot.hours.iter().map(|(product, hours)| {
        let mut of = ProductSales::default();
        let mut sales: BTreeMap<u32, DaySale> = BTreeMap::new();
        let mut empty: BTreeMap<u32, u32> = BTreeMap::new();
        for row in hours_within(hours, covered) {
            let day = day(row.hour);
            if row.orders > 0 {
                let sale = sales.entry(day).or_insert(DaySale { day, units: 0, orders: 0 });
                sale.units = sale.units.saturating_add(u32::try_from(row.units.max(0)).unwrap_or(u32::MAX));
                sale.orders = sale.orders.saturating_add(u32::try_from(row.orders).unwrap_or(u32::MAX));
            }
            *empty.entry(day).or_default() += u32::from(!row.in_stock);
        }
        of.sold = sales.into_values().collect();
        of.left_out = empty.into_iter().filter(|(_, hours)| *hours >= 12).map(|(day, _)| day..day + 1).collect();
        for record in ads.get(product).into_iter().flatten() {
            let (flight, until) = (record.campaign.spec.flight, touches_until(record));
            of.affected.push(day(flight.start())..until.map_or(last, |until| day(until).min(last)));
            credit(record, &mut of);
        }
        of
    });
    CausedShareFacts { days: last, products: products.collect() }
}

#[expect(clippy::cast_precision_loss, reason = "a count of orders")]
fn credit(record: &CampaignRecord, of: &mut ProductSales) {
    let Some(performance) = &record.performance else { return };
    let orders = performance.actions as f64;
    let price = record.campaign.product.price.and_then(|price| price.amount.to_f64()).filter(|price| *price > 0.0);
    let revenue = performance.revenue.amount.to_f64().unwrap_or(0.0).max(0.0);
    of.credited_units += price.map_or(orders, |price| revenue / price);
    of.credited_orders = Some(of.credited_orders.unwrap_or(0.0) + orders);
}

/// The share to reckon with, from 0 to 1.
pub(crate) fn caused(estimate: Option<&CausedEstimate>, policy: &Policy) -> Decimal {
    let assumed = policy.contribution.caused_percent / Decimal::ONE_HUNDRED;
    let found = estimate.and_then(|estimate| Decimal::from_f64(estimate.share.posterior_mean));
    found.map_or(assumed, |share| share.round_dp(4)).clamp(Decimal::ZERO, Decimal::ONE)
}
