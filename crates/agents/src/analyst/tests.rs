use std::sync::Arc;

use campaign_pilot_core::{DesiredStatus, EffectiveStatus};
use rust_decimal::Decimal;

use super::*;
use crate::testing::{record, snapshot};

#[test]
fn a_campaign_that_is_over_is_measured_again_when_its_numbers_change_and_once_a_week() {
    // It ended so many days before.
    let analysed = |days: i64, changed: bool| {
        let mut over = record(1, 500, 2_000, 2_000, DesiredStatus::Stopped, EffectiveStatus::Unlisted);
        let snapshot = snapshot(true, 1);
        let end = snapshot.now - SignedDuration::from_hours(24 * days);
        over.campaign.spec.flight = Period::ending_at(end, SignedDuration::from_hours(48)).unwrap();
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
