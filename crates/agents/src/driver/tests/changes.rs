//! A change from the evidence for it to its end, day by day.

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{AdCopy, CampaignPerformance, CampaignRecord, Currency, Measured};
use campaign_pilot_decision_engine::EffectVerdict;

use super::*;
use crate::TemplateCopyWriter;
use crate::testing::{product, record};

const PLAIN: &str = "template-1/plain";

/// A campaign of the same product that is over and was clicked and bought from four times as often with plain words.
fn former() -> CampaignRecord {
    let mut record = record(1, 500, 400_000, 5_000, DesiredStatus::Stopped, EffectiveStatus::Stopped);
    let spec = std::sync::Arc::make_mut(&mut record.campaign.spec);
    spec.copy.written_by = PLAIN.to_owned();
    spec.flight = Period::ending_at(start() - SignedDuration::from_hours(40 * 24), SignedDuration::from_hours(480)).unwrap();
    record.campaign.platform_id = campaign_pilot_core::PlatformCampaignId::new("ad-of-before").ok();
    let performance = record.performance.as_mut().unwrap();
    (performance.clicks, performance.actions) = (Measured::Known(3_200), 80);
    record
}

fn words(variant: &str) -> AdCopy {
    let product = product(1);
    let (headline_limit, body_limit) = (60, 200);
    let variant = Some(variant.to_owned());
    let brief = CopyBrief { price: product.price, product, headline_limit, body_limit, variant };
    TemplateCopyWriter::new().compose(&brief).unwrap()
}

#[tokio::test]
async fn better_words_are_set_measured_and_taken_back_once_they_prove_worse() {
    let mut bench = Bench::with_products(1);
    bench.policy.flight.days = 60;
    bench.memory.put_campaign(&former()).await.unwrap();
    let report = run(&bench, CycleKind::Decide).await;
    assert_eq!(report.executed.len(), 1, "{:?}", report.notes);
    let object = bench.platform.objects().remove(0).id;
    let campaign = report.executed[0].campaign.clone();
    let (mut clicks, mut actions, mut set) = (0, 0, Vec::new());
    for day in 1..=40u32 {
        bench.trade(1, bench.clock.now(), 4, 1, 12);
        bench.advance(24 * 60);
        // What was worth so much more in the former flight is worth a quarter in this one.
        let is_plain = bench.memory.campaign(&campaign).await.unwrap().unwrap().campaign.spec.copy.written_by == PLAIN;
        let (more_clicks, more_actions) = if is_plain { (10, u64::from(day.is_multiple_of(3))) } else { (40, 2) };
        (clicks, actions) = (clicks + more_clicks, actions + more_actions);
        let period = Period::ending_at(bench.clock.now(), SignedDuration::from_hours(1)).unwrap();
        let nothing = CampaignPerformance::nothing(period, Currency::EUR);
        let (cost, revenue) = (euros("0.05"), euros("50"));
        bench.platform.perform(
            &object,
            CampaignPerformance {
                clicks: Measured::Known(clicks),
                actions,
                cost: cost.checked_mul(actions.into()).unwrap(),
                revenue: revenue.checked_mul(actions.into()).unwrap(),
                ..nothing
            },
        );
        let report = run(&bench, CycleKind::Decide).await;
        let copies = report.executed.iter().filter(|executed| executed.action == "set_copy");
        set.extend(copies.map(|executed| (day, executed.sentence.clone(), executed.outcome.is_done())));
        let verdicts = report.decisions.iter().filter(|record| record.verdict.is_some());
        for record in verdicts {
            crate::explain(record).unwrap();
        }
        if set.len() == 2 {
            let record = report.decisions.iter().find(|record| record.verdict.is_some()).unwrap();
            assert_eq!(record.verdict, Some(Verdict::Optimize));
            let explained = crate::explain(record).unwrap();
            let effect = &explained.changes.as_ref().unwrap().effects[0];
            assert_eq!(effect.result, EffectVerdict::Worse, "{effect}");
            break;
        }
    }
    let [(first, better, true), (second, back, true)] = &set[..] else { panic!("{set:#?}") };
    assert!(better.contains("the copy `template-1/plain` instead of `template-1` is expected to add"), "{better}");
    assert!(back.contains("the copy `template-1` instead of `template-1/plain`"), "{back}");
    assert!(*first >= 4 && (4..=18).contains(&(second - first)), "{set:#?}");
    let shown = bench.platform.objects().remove(0);
    assert!(shown.shows(&words("template-1")), "{shown:?}");
    assert_consistent_but_for_the_former(&bench).await;
}

/// The campaign of before stands in the memory only.
async fn assert_consistent_but_for_the_former(bench: &Bench) {
    assert_eq!(bench.platform.objects().len(), 1);
    assert!(bench.memory.open_operations().await.unwrap().is_empty());
}
