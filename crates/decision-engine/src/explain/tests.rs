use campaign_pilot_core::{Absence, CategoryName, Measured, ProductId};
use campaign_pilot_metrics::Returns;
use rust_decimal::dec;

use super::*;
use crate::testing::{Week, at, euros, evidence, prospect_after};
use crate::{BudgetStop, Change, CostToCome, Readings, decide_one};

fn decided() -> DecidedBy {
    DecidedBy {
        at: Some(at(168)),
        policy_version: Some("0123456789abcdef".to_owned()),
        engine_version: Some(ENGINE_VERSION.to_owned()),
    }
}

fn explained(input: &CampaignInput, policy: &DecisionPolicy) -> Explanation {
    explain(&decide_one("cycle-1", input, policy), input, policy, decided())
}

/// A campaign whose sources were read within the last days.
fn read(week: Week) -> CampaignInput {
    let minutes = |count: i64| Some(at(168) - jiff::SignedDuration::from_mins(count));
    let read = Readings {
        product: minutes(3_000),
        sales: minutes(60),
        views: minutes(240),
        platform: minutes(0),
        caused: minutes(7_200),
    };
    CampaignInput { read, ..week.input("c-1") }
}

/// Holds a whole text against the one in `texts/`; `CAMPAIGN_PILOT_WRITE_TEXTS` writes it there instead.
fn reads(file: &str, expected: &str, explanation: &Explanation) {
    let text = format!("{explanation}\n");
    if std::env::var_os("CAMPAIGN_PILOT_WRITE_TEXTS").is_some() {
        std::fs::write(format!("{}/src/explain/texts/{file}", env!("CARGO_MANIFEST_DIR")), &text).unwrap();
    } else {
        assert_eq!(text, expected, "{file}");
    }
}

macro_rules! reads {
    ($file:literal, $explanation:expr) => {
        reads($file, include_str!(concat!("texts/", $file)), $explanation)
    };
}

#[test]
fn what_earns_and_could_earn_more_is_told_whole() {
    let mut input = read(Week { clicks: 150, ..Week::STEADY });
    input.product = Some(ProductId::from_number(11));
    input.categories = vec![CategoryName::new("Fitness").unwrap()];
    input.prospect = Some(prospect_after(400, 40, dec!(160)));
    let change = Change::RaiseBudget { from: euros(dec!(30)), to: euros(dec!(37.5)) };
    input.improvement = Some(Improvement::expected(change, euros(dec!(12.4))));
    input.to_come = CostToCome { expected: euros(dec!(0.4321)), upper: euros(dec!(1)) };
    let policy = "[products.11.gate]\nlikely = \"0.95\"\n[categories.Fitness.matrix]\npause_sales_fall_above = \"8\"";
    let policy: DecisionPolicy = toml::from_str(policy).unwrap();
    let explanation = explained(&input, &policy);
    assert_eq!((explanation.verdict, explanation.basis), (Verdict::Optimize, Some(Basis::Improvement)));
    reads!("improvement.txt", &explanation);
}

#[test]
fn a_fall_that_counts_without_a_page_view_source_is_told_whole() {
    let mut input = read(Week { units: dec!(70), ..Week::STEADY });
    input.store.sales_fell = Some(evidence(0.01));
    input.store.sales_rose = Some(evidence(1.0));
    input.read.views = None;
    let (metrics, none) = (&mut input.metrics, Measured::Absent(Absence::NoViewSource));
    (metrics.view_impact, metrics.exposure.views_observed, metrics.exposure.views_expected) = (none, none, none);
    metrics.returns = Measured::Known(Returns { sold: dec!(70), returned: dec!(4), usual_share: 0.05, chance: 0.46 });
    reads!("sales_fell.txt", &explained(&input, &DecisionPolicy::default()));
}

#[test]
fn what_is_not_known_is_named_one_by_one() {
    let mut input = Week { revenue: dec!(0), cost: dec!(70), clicks: 20, new_customers: 0, ..Week::STEADY }.input("c-1");
    input.price = None;
    let metrics = &mut input.metrics;
    metrics.sales_impact = Measured::Absent(Absence::NoBaseline);
    metrics.incremental_revenue = Measured::Absent(Absence::NoBaseline);
    metrics.exposure.units_expected = Measured::Absent(Absence::NoBaseline);
    metrics.exposure.clicks = Measured::Absent(Absence::ClicksNotReported);
    let policy = DecisionPolicy::default();
    let explanation = explain(&decide_one("c", &input, &policy), &input, &policy, DecidedBy::default());
    reads!("unknown.txt", &explanation);
}

#[test]
fn every_basis_is_told() {
    let verdict = |input: &CampaignInput, gate: EvidenceGate| {
        let explanation = explained(input, &DecisionPolicy { gate, ..DecisionPolicy::default() });
        explanation.sections().first().unwrap().lines.first().unwrap().clone()
    };
    let evidence = EvidenceGate::default;
    let with = |earns, with_stock| {
        let expected = Prospect { earns, earns_with_stock: with_stock, ..prospect_after(60, 1, dec!(24)) };
        CampaignInput { prospect: Some(expected), ..Week::STEADY.input("c-1") }
    };
    let told = [
        (with(dec!(0.95), dec!(0.95)), "`continue` by `earns`: it is expected to bring more than it costs"),
        (with(dec!(0.05), dec!(0.05)), "`pause` by `loses`: going on is expected to cost more than it brings"),
        (with(dec!(0.05), dec!(0.8)), "`pause` by `stock_short`: there is no stock beyond what sells without the campaign"),
        (with(dec!(0.5), dec!(0.5)), "`monitor`: nothing else is supported"),
    ];
    for (input, said) in told {
        assert_eq!(verdict(&input, evidence()), said);
    }
    let literal = [
        (Week { revenue: dec!(10), ..Week::STEADY }, "`emergency pause` by `net_roas_negative`: it brings less than it costs"),
        (
            Week { revenue: dec!(300), cost: dec!(240), ..Week::STEADY },
            "`emergency pause` by `cpa_above_price`: a new customer costs more than the product",
        ),
        (Week { units: dec!(70), ..Week::STEADY }, "`pause` by `sales_fell`: sales fell"),
        (Week { views: dec!(1500), ..Week::STEADY }, "`pause` by `views_fell`: views fell"),
        (Week { units: dec!(130), views: dec!(2500), ..Week::STEADY }, "`continue` by `both_rose`: sales and views rose clearly"),
        (Week { units: dec!(110), ..Week::STEADY }, "`optimize` by `sales_rose_a_little`: sales rose a little"),
        (Week { views: dec!(2150), ..Week::STEADY }, "`optimize` by `views_rose_a_little`: views rose a little"),
    ];
    for (week, said) in literal {
        assert_eq!(verdict(&week.input("c-1"), EvidenceGate::Off), said);
    }
}

#[test]
fn money_and_returns_are_told_where_they_decide() {
    let mut input = read(Week { cost: dec!(30), revenue: dec!(90), ..Week::STEADY });
    input.total_stop = Some(BudgetStop {
        spent: euros(dec!(480)),
        to_come: CostToCome::nothing(campaign_pilot_core::Currency::EUR),
        budget: euros(dec!(480)),
    });
    input.metrics.returns = Measured::Known(Returns { sold: dec!(70), returned: dec!(40), usual_share: 0.05, chance: 1e-9 });
    let explanation = explained(&input, &DecisionPolicy::default());
    assert!(explanation.stops);
    let text = explanation.to_string();
    for line in [
        "more comes back than usual, so that nothing better than `monitor` is said",
        "it stops for money: its budget of 30.00 EUR is spent (30.00 EUR so far)",
        "it stops for money: the limit of 480.00 EUR on all campaigns is reached (480.00 EUR so far, 0.00 EUR expected to come, at \
         most 0.00 EUR)",
        "units that came back: 40 (store, 60 min old)",
        "more returns than usual: p = 1.0e-9, at most 0.01 needed: holds",
    ] {
        assert!(text.contains(&format!("\n  {line}\n")), "`{line}` is not in:\n{text}");
    }
}

#[test]
fn the_thresholds_alone_ask_for_no_evidence() {
    let mut input = read(Week { units: dec!(70), ..Week::STEADY });
    input.store.sales_fell = Some(evidence(0.5));
    let literal = DecisionPolicy { gate: EvidenceGate::Off, ..DecisionPolicy::default() };
    let explanation = explained(&input, &literal);
    assert_eq!(
        explanation.evidence[0].to_string(),
        "falling sales: p = 0.5, e-value 2; not asked for, the thresholds alone decide"
    );
    assert!(explanation.evidence.iter().all(|evidence| !evidence.holds));
    assert!(
        explanation.missing.iter().all(|missing| !missing.what.starts_with("test of")),
        "what is not asked for is not missing"
    );
}

#[test]
fn a_rise_counts_only_among_all_and_without_other_causes() {
    let mut input = read(Week { units: dec!(130), ..Week::STEADY });
    input.store.sales_rose = Some(evidence(0.01));
    let said = |input: &CampaignInput| explained(input, &DecisionPolicy::default()).evidence[0].to_string();
    let among = "rising sales: p = 0.01, e-value 100, among all campaigns with at most 10 % wrong ones";
    assert_eq!(said(&input), format!("{among}: holds"));
    input.store.may_have_other_causes = true;
    assert_eq!(said(&input), format!("{among}: not yet, since its own trend, or a loss in the rest of the store, may be why"));
}

#[test]
fn ages_are_told_in_minutes_hours_and_days() {
    let told = |minutes| {
        let read = Readings { product: Some(at(168) - jiff::SignedDuration::from_mins(minutes)), ..Readings::default() };
        let input = CampaignInput { read, ..Week::STEADY.input("c-1") };
        explained(&input, &DecisionPolicy::default()).facts[0].to_string()
    };
    assert_eq!(told(119), "price: 50.00 EUR (store, 119 min old)");
    assert_eq!(told(120), "price: 50.00 EUR (store, 2 h old)");
    assert_eq!(told(2_879), "price: 50.00 EUR (store, 47 h old)");
    assert_eq!(told(2_880), "price: 50.00 EUR (store, 2 days old)");
    let input = read(Week::STEADY);
    let decision = decide_one("c", &input, &DecisionPolicy::default());
    let undated = explain(&decision, &input, &DecisionPolicy::default(), DecidedBy::default());
    assert_eq!(undated.facts[0].to_string(), "price: 50.00 EUR (store, as of 2026-11-06 22:00 UTC)");
}
