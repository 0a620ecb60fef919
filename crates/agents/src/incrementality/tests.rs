use std::collections::BTreeMap;

use std::sync::Arc;

use campaign_pilot_core::{
    Absence, Campaign, CampaignPerformance, CampaignRecord, Currency, DesiredStatus, EffectiveStatus, Measured, Money,
    OperationTag, Period, PlatformCampaignId, PlatformStatus, ProductHour, ProductId,
};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::policy::Policy;
use crate::testing::{create, product, spec, start};
use crate::{Coverage, Known, Snapshot};

fn hour(number: i64) -> Timestamp {
    start() + SignedDuration::from_hours(number)
}

/// A campaign for a product that started so many hours after the start, for two weeks.
fn campaign(name: &str, of: u64, begins: i64) -> CampaignRecord {
    let request = create(name, of);
    let id = request.intent.action.campaign().clone();
    let flight = Period::new(hour(begins), hour(begins + 14 * 24)).unwrap();
    let mut spec = spec(&id, of);
    spec.flight = flight;
    let budget = spec.budget;
    CampaignRecord {
        campaign: Campaign {
            spec: spec.into(),
            tag: OperationTag::of(&request.intent.operation),
            platform_id: Some(PlatformCampaignId::new(name).unwrap()),
            desired: DesiredStatus::Active,
            platform: PlatformStatus::Active,
            effective: EffectiveStatus::Running,
            budget,
            product: product(of).into(),
        },
        launched_at: hour(begins),
        performance: Some(CampaignPerformance {
            actions: 10,
            revenue: Money::new(500.into(), Currency::EUR),
            ..CampaignPerformance::nothing(flight, Currency::EUR)
        }),
        verdict: None,
        updated_at: hour(begins),
    }
}

/// Ten products that each sell once in four hours for 60 days before the start and ten days after it, the first one `factor` as much since
/// the start.
fn snapshot(factor: i64) -> Snapshot {
    let hours = (1..=10).map(|id| {
        let rows = (-60 * 24..10 * 24).filter(|hour| hour % 4 == 0).map(|number| {
            let units = if id == 1 && number >= 0 { factor } else { 1 };
            ProductHour {
                product: ProductId::from_number(id),
                hour: hour(number),
                units,
                refunded_units: 0,
                orders: u64::try_from(units).unwrap(),
                revenue: Money::new((50 * units).into(), Currency::EUR),
                refunds: Money::zero(Currency::EUR),
                new_customers: Measured::Known(0),
                views: Measured::Absent(Absence::NoViewSource),
                in_stock: true,
            }
        });
        (ProductId::from_number(id), rows.collect::<Vec<_>>().into())
    });
    Snapshot {
        cycle: "cycle-1".into(),
        now: hour(10 * 24),
        store_currency: Currency::EUR,
        platform_currency: Currency::EUR,
        products: Arc::new((1..=10).map(|id| (ProductId::from_number(id), product(id))).collect()),
        hours: Arc::new(hours.collect()),
        coverage: Some(Coverage { from: hour(-60 * 24), until: hour(10 * 24) }),
        performance_until: BTreeMap::new(),
        signals: BTreeMap::new(),
        views: false,
        launches: BTreeMap::new(),
        data_trusted: true,
    }
}

fn known(campaigns: Vec<CampaignRecord>) -> Known {
    Known { campaigns, ..Known::default() }
}

#[test]
fn a_campaign_that_doubles_its_products_sales_is_seen_beside_the_rest_of_the_store() {
    let record = campaign("ad-1", 1, 0);
    let of = |factor| store_evidence(&snapshot(factor), &known(vec![record.clone()])).remove(&record.campaign.spec.id).unwrap();
    let doubled = of(3);
    assert!(doubled.sales_rose.as_ref().unwrap().is_decided, "{doubled:?}");
    assert!(!doubled.sales_fell.unwrap().is_decided && doubled.views_rose.is_none());
    assert!(!of(1).sales_rose.unwrap().is_decided);
    let fell = of(0);
    assert!(fell.sales_fell.unwrap().is_decided && !fell.sales_rose.unwrap().is_decided);
}

#[test]
fn a_products_own_earlier_flight_is_no_history_of_it() {
    // It ended eight days before this one began: its tail reaches into it.
    let records = vec![campaign("ad-0", 1, -22 * 24), campaign("ad-1", 1, 0)];
    let id = records[1].campaign.spec.id.clone();
    let evidence = store_evidence(&snapshot(3), &known(records)).remove(&id).unwrap();
    assert_eq!((evidence.sales_rose, evidence.sales_fell), (None, None));
}

#[test]
fn where_everything_is_advertised_nothing_is_compared() {
    let all: Vec<_> = (1..=10).map(|id| campaign(&format!("ad-{id}"), id, 0)).collect();
    assert_eq!(store_evidence(&snapshot(3), &known(all)), BTreeMap::new());
}

#[test]
fn what_is_caused_is_estimated_once_a_week_and_drawn_from_what_is_assumed() {
    let mut known = known(vec![campaign("ad-1", 1, 0)]);
    let policy = Policy::default();
    assert_eq!(caused(None, &policy), rust_decimal::dec!(0.75));
    let first = estimate_caused(&snapshot(1), &known, &policy).unwrap();
    assert!(first.share.posterior_mean < 0.75, "ten credited orders left no trace: {:?}", first.share);
    Arc::make_mut(&mut known.learned).caused = Some(first.clone());
    assert_eq!(estimate_caused(&snapshot(3), &known, &policy), Some(first.clone()), "it is fresh");
    let later = Snapshot { now: hour(17 * 24), ..snapshot(3) };
    assert_ne!(estimate_caused(&later, &known, &policy), Some(first));
}
