use std::sync::Arc;

use campaign_pilot_core::{DesiredStatus, EffectiveStatus};
use rust_decimal::Decimal;

use super::*;
use crate::testing::{record, snapshot, start};

#[test]
fn a_campaign_that_is_over_is_measured_again_when_its_numbers_change_and_once_a_week() {
    // It ended so many days before.
    let analysed = |days: i64, changed: bool| {
        let mut over = record(1, 500, 2_000, 2_000, DesiredStatus::Stopped, EffectiveStatus::Unlisted);
        let snapshot = snapshot(true, 1);
        let end = snapshot.now - SignedDuration::from_hours(24 * days);
        std::sync::Arc::make_mut(&mut over.campaign.spec).flight =
            Period::ending_at(end, SignedDuration::from_hours(48)).unwrap();
        let id = over.campaign.spec.id.clone();
        let mut known = Known { campaigns: vec![over], ..Known::default() };
        let analyst = AnalystAgent::default();
        let mut last = analyst.analyse(&snapshot, &known).campaigns.remove(&id).unwrap();
        last.metrics.exposure.hours_live = Decimal::MAX;
        Arc::make_mut(&mut known.analyses).insert(id.clone(), last);
        let ids = BTreeSet::from([&id]);
        let changed = if changed { ids } else { BTreeSet::new() };
        let found = analyst.analyse_changed(&snapshot, &known, &changed);
        found.campaigns[&id].metrics.exposure.hours_live != Decimal::MAX
    };
    assert!(!analysed(3, false), "nothing has changed");
    assert!(analysed(3, true));
    assert!(analysed(7, false) && analysed(14, false));
}

#[test]
fn only_the_time_on_offer_counts_and_an_earlier_campaign_is_no_baseline() {
    // One unit an hour; two weeks of an earlier campaign doubled them. The present one does nothing: it was ended after two hours,
    // rested for four days in which the store sold three times as much, and runs again since.
    let hour = |number: i64| start() + SignedDuration::from_hours(number);
    let flight = |from: i64, until: i64| Period::new(hour(from), hour(until)).unwrap();
    let (earlier, rest) = (flight(-42 * 24, -28 * 24), flight(2, 96));
    let rows = (-56 * 24..100).map(|number| {
        let units = if earlier.contains(hour(number)) {
            2
        } else if rest.contains(hour(number)) {
            3
        } else {
            1
        };
        ProductHour { hour: hour(number), units, ..sold_hour() }
    });
    let mut snapshot = snapshot(true, 1);
    snapshot.coverage = Some(crate::Coverage { from: hour(-56 * 24), until: hour(100) });
    snapshot.hours = Arc::new([(ProductId::from_number(1), rows.collect::<Vec<_>>().into())].into());
    let campaign = |number: u64, times: Period| {
        let mut record = record(number, 500, 2_000, 2_000, DesiredStatus::Active, EffectiveStatus::Running);
        std::sync::Arc::make_mut(&mut record.campaign.spec).flight = times;
        std::sync::Arc::make_mut(&mut record.campaign.spec).product = ProductId::from_number(1);
        record
    };
    let (first, second) = (campaign(1, earlier), campaign(2, flight(0, 14 * 24)));
    let id = second.campaign.spec.id.clone();
    let analysed = |campaigns: Vec<CampaignRecord>, rests: Vec<(Timestamp, Option<Timestamp>)>| {
        let mut known = Known { campaigns, ..Known::default() };
        let offered = crate::Offered { seconds: 7_200, since: Some(hour(96)), changed: hour(96), rests };
        Arc::make_mut(&mut known.spending).offered.insert(id.clone(), offered);
        AnalystAgent::default().analyse(&snapshot, &known).campaigns.remove(&id).unwrap().metrics
    };
    let fair = analysed(vec![first.clone(), second.clone()], vec![(rest.start(), Some(rest.end()))]);
    assert_eq!((fair.sales_impact, fair.exposure.hours_live), (Measured::Known(Decimal::ZERO), Decimal::from(6)));
    let with_rest = analysed(vec![first, second.clone()], vec![]);
    assert!(with_rest.sales_impact.known().is_some_and(|impact| *impact > Decimal::from(150)), "{:?}", with_rest.sales_impact);
    let with_campaign = analysed(vec![second], vec![(rest.start(), Some(rest.end()))]);
    assert!(
        with_campaign.sales_impact.known().is_some_and(|impact| *impact < Decimal::from(-15)),
        "{:?}",
        with_campaign.sales_impact
    );
}

fn sold_hour() -> ProductHour {
    ProductHour {
        product: ProductId::from_number(1),
        hour: start(),
        units: 1,
        refunded_units: 0,
        orders: 1,
        revenue: Money::zero(campaign_pilot_core::Currency::EUR),
        refunds: Money::zero(campaign_pilot_core::Currency::EUR),
        new_customers: Measured::Known(0),
        views: Measured::Known(20),
        in_stock: true,
    }
}
