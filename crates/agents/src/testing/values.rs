//! Campaigns and what was read of a shop, as values.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::ports::CampaignPlatform as _;
use campaign_pilot_core::{
    Campaign, CampaignPerformance, CampaignRecord, Currency, DesiredStatus, EffectiveStatus, Measured, Money, OperationTag,
    Period, PlatformCampaignId, PlatformStatus, ProductId,
};
use jiff::SignedDuration;
use rust_decimal::Decimal;

use super::{Bench, create, product, spec, start};
use crate::{Known, Policy, Snapshot, Spending};

/// A campaign for a product that started a hundred hours before the snapshot; amounts in cents.
pub(crate) fn record(
    number: u64,
    cost: i64,
    revenue: i64,
    budget: i64,
    desired: DesiredStatus,
    effective: EffectiveStatus,
) -> CampaignRecord {
    let request = create(&format!("launch {number}"), number);
    let id = request.intent.action.campaign().clone();
    let money = |cents: i64| Money::new(Decimal::new(cents, 2), Currency::EUR);
    let now = start().checked_add(SignedDuration::from_hours(100)).unwrap();
    let period = Period::new(start(), now).unwrap();
    let nothing = CampaignPerformance::nothing(period, Currency::EUR);
    let campaign = Campaign {
        spec: spec(&id, number).into(),
        tag: OperationTag::of(&request.intent.operation),
        platform_id: Some(PlatformCampaignId::new(format!("ad-{number}")).unwrap()),
        desired,
        platform: PlatformStatus::Active,
        effective,
        budget: money(budget),
        product: product(number).into(),
    };
    CampaignRecord {
        campaign,
        launched_at: start(),
        performance: Some(CampaignPerformance {
            clicks: Measured::Known(500),
            cost: money(cost),
            revenue: money(revenue),
            ..nothing
        }),
        verdict: None,
        updated_at: start(),
    }
}

/// What is known of campaigns whose numbers were read a hundred hours after the start.
pub(crate) fn followed(mut campaigns: Vec<CampaignRecord>) -> Known {
    campaigns.sort_by(|a, b| a.campaign.spec.id.cmp(&b.campaign.spec.id));
    let read = |record: &CampaignRecord| Some((record.campaign.spec.id.clone(), record.performance.clone()?));
    let fresh = campaigns.iter().filter_map(read).collect();
    let mut spending = Spending::default();
    let (policy, now) = (Policy::default().forecast, snapshot(true, 0).now);
    spending.update(campaigns.iter(), &fresh, now, &policy, &Bench::new().platform.capabilities());
    Known { campaigns, spending: Arc::new(spending), ..Known::default() }
}

/// A hundred hours after the start, in a shop without history.
pub(crate) fn snapshot(data_trusted: bool, products: u64) -> Snapshot {
    let now = start().checked_add(SignedDuration::from_hours(100)).unwrap();
    Snapshot {
        cycle: "cycle-1".into(),
        now,
        store_currency: Currency::EUR,
        platform_currency: Currency::EUR,
        products: Arc::new((1..=products).map(|id| (ProductId::from_number(id), product(id))).collect()),
        hours: Arc::new((1..=products).map(|id| (ProductId::from_number(id), vec![].into())).collect()),
        coverage: None,
        performance_until: BTreeMap::new(),
        signals: BTreeMap::new(),
        views: true,
        launches: BTreeMap::new(),
        data_trusted,
    }
}
