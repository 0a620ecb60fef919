use campaign_pilot_core::{Currency, Verdict};
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;

const NO_VIEWS: Measured<Decimal> = Measured::Absent(Absence::NoViewSource);

fn signals(sales: Decimal, views: Decimal) -> Signals {
    Signals {
        sales_impact: Measured::Known(sales),
        view_impact: Measured::Known(views),
        net_roas: Measured::Absent(Absence::NoSpend),
        cpa: Measured::Absent(Absence::NoSpend),
        price: Some(Money::new(dec!(50), Currency::EUR)),
    }
}

fn verdict(sales: Decimal, views: Decimal) -> Verdict {
    DecisionMatrix::default().judge(&signals(sales, views)).verdict
}

fn verdict_of(signals: Signals) -> Verdict {
    DecisionMatrix::default().judge(&signals).verdict
}

#[test]
fn continue_begins_beyond_fifteen_and_ten() {
    assert_eq!(verdict(dec!(15.01), dec!(10.01)), Verdict::Continue);
    assert_eq!(verdict(dec!(15), dec!(10)), Verdict::Optimize);
    assert_eq!(verdict(dec!(15), dec!(40)), Verdict::Optimize);
    assert_eq!(verdict(dec!(40), dec!(10)), Verdict::Optimize);
    assert_eq!(verdict(dec!(40), dec!(4.99)), Verdict::Monitor);
}

#[test]
fn optimize_includes_both_ends_of_both_bands() {
    for (sales, views) in [(dec!(5), dec!(0)), (dec!(15), dec!(0)), (dec!(0), dec!(5)), (dec!(0), dec!(10))] {
        assert_eq!(verdict(sales, views), Verdict::Optimize, "{sales} {views}");
    }
    for (sales, views) in [(dec!(4.99), dec!(0)), (dec!(15.01), dec!(0)), (dec!(0), dec!(4.99)), (dec!(0), dec!(10.01))] {
        assert_eq!(verdict(sales, views), Verdict::Monitor, "{sales} {views}");
    }
}

#[test]
fn pause_begins_beyond_ten_and_five() {
    assert_eq!(verdict(dec!(-10), dec!(-5)), Verdict::Monitor);
    assert_eq!(verdict(dec!(-10.01), dec!(0)), Verdict::Pause);
    assert_eq!(verdict(dec!(0), dec!(-5.01)), Verdict::Pause);
}

#[test]
fn an_emergency_begins_below_zero_and_above_the_price() {
    let roas = |net| verdict_of(Signals { net_roas: Measured::Known(net), ..signals(dec!(0), dec!(0)) });
    assert_eq!(roas(dec!(0)), Verdict::Monitor);
    assert_eq!(roas(dec!(-0.0001)), Verdict::EmergencyPause);
    let cpa =
        |amount| verdict_of(Signals { cpa: Measured::Known(Money::new(amount, Currency::EUR)), ..signals(dec!(0), dec!(0)) });
    assert_eq!(cpa(dec!(50)), Verdict::Monitor);
    assert_eq!(cpa(dec!(50.01)), Verdict::EmergencyPause);
}

#[test]
fn severity_decides_overlaps() {
    assert_eq!(verdict(dec!(-11), dec!(7)), Verdict::Pause, "pause and optimize");
    assert_eq!(verdict(dec!(40), dec!(-6)), Verdict::Pause, "views fell");
    let losing = Signals { net_roas: Measured::Known(dec!(-1)), ..signals(dec!(40), dec!(40)) };
    assert_eq!(verdict_of(losing), Verdict::EmergencyPause, "emergency and continue");
    assert_eq!(DecisionMatrix::default().judge(&losing).applying().collect::<Vec<_>>(), [Rule::NetRoasNegative, Rule::BothRose]);
}

#[test]
fn rules_on_unknown_views_are_skipped_and_said() {
    let blind = Signals { view_impact: NO_VIEWS, ..signals(dec!(40), dec!(0)) };
    let ruling = DecisionMatrix::default().judge(&blind);
    assert_eq!(ruling.verdict, Verdict::Monitor);
    let skipped: Vec<_> =
        ruling.skipped().filter(|(_, absence)| *absence == Absence::NoViewSource).map(|(rule, _)| rule).collect();
    assert_eq!(skipped, [Rule::ViewsFell, Rule::BothRose, Rule::ViewsRoseALittle]);
    assert_eq!(verdict_of(Signals { view_impact: NO_VIEWS, ..signals(dec!(10), dec!(0)) }), Verdict::Optimize);
    assert_eq!(verdict_of(Signals { view_impact: NO_VIEWS, ..signals(dec!(-11), dec!(0)) }), Verdict::Pause);
}

#[test]
fn a_store_without_views_can_let_sales_alone_decide() {
    let matrix = DecisionMatrix { without_views: WithoutViews::SalesAlone, ..DecisionMatrix::default() };
    let judge = |sales| matrix.judge(&Signals { view_impact: NO_VIEWS, ..signals(sales, dec!(0)) }).verdict;
    assert_eq!(judge(dec!(15.01)), Verdict::Continue);
    assert_eq!(judge(dec!(15)), Verdict::Optimize);
    assert_eq!(matrix.judge(&signals(dec!(40), dec!(3))).verdict, Verdict::Monitor, "known views still count");
}

#[test]
fn a_cost_in_another_currency_is_not_compared_with_the_price() {
    let cpa = Measured::Known(Money::new(dec!(9_000), "JPY".parse().unwrap()));
    let ruling = DecisionMatrix::default().judge(&Signals { cpa, ..signals(dec!(0), dec!(0)) });
    assert!(ruling.skipped().any(|skipped| skipped == (Rule::CpaAbovePrice, Absence::MixedCurrencies)));
    let unpriced = Signals { cpa, price: None, ..signals(dec!(0), dec!(0)) };
    assert!(
        DecisionMatrix::default().judge(&unpriced).skipped().any(|skipped| skipped == (Rule::CpaAbovePrice, Absence::NoPrice))
    );
}

#[test]
fn thresholds_are_read_and_unknown_ones_refused() {
    let matrix: DecisionMatrix =
        serde_json::from_str(r#"{"continue_sales_above": "30", "without_views": "sales_alone"}"#).unwrap();
    assert_eq!(matrix.continue_sales_above, dec!(30));
    assert_eq!(matrix.pause_sales_fall_above, dec!(10));
    assert!(serde_json::from_str::<DecisionMatrix>(r#"{"continue_sale_above": "30"}"#).is_err());
}

/// The matrix as the page of formulas states it, written down once more without sharing anything.
fn as_ordered(sales: i64, views: i64, net_roas: i64) -> Verdict {
    if net_roas < 0 {
        Verdict::EmergencyPause
    } else if sales < -10 || views < -5 {
        Verdict::Pause
    } else if sales > 15 && views > 10 {
        Verdict::Continue
    } else if (5..=15).contains(&sales) || (5..=10).contains(&views) {
        Verdict::Optimize
    } else {
        Verdict::Monitor
    }
}

proptest! {
    #[test]
    fn agrees_with_the_words_of_the_order(sales in -20i64..30, views in -20i64..30, net_roas in -2i64..5) {
        let all = Signals { net_roas: Measured::Known(net_roas.into()), ..signals(sales.into(), views.into()) };
        prop_assert_eq!(verdict_of(all), as_ordered(sales, views, net_roas));
    }
}

#[test]
fn rules_are_named_as_they_are_written() {
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.id());
    }
}
