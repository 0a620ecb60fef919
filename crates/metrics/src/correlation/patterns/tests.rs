use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::at;

fn campaign(number: i64, category: &str) -> CampaignOutcome {
    let euros = |amount| Measured::Known(Money::new(amount, Currency::EUR));
    CampaignOutcome {
        category: CategoryName::new(category).ok(),
        duration: Measured::Known(Decimal::from(number * 24)),
        budget: euros(Decimal::from(number * 7 % 11)),
        performance: Measured::Known(Decimal::from(100 - number)),
        lift: Measured::Known(Decimal::from(number * 7 % 11 + 3)),
        success: Measured::Known(Decimal::from(number * number)),
    }
}

#[test]
fn every_ordered_analysis_is_made_and_adjusted_with_the_others() {
    let campaigns: Vec<_> = (0..12).map(|number| campaign(number, if number < 6 { "Fitness" } else { "Clothing" })).collect();
    let value = |hour: i64| if hour % 24 < 12 { 1.0 } else { 3.0 };
    let hours: Vec<_> =
        (0..6 * 7 * 24).map(|hour| HourlyValue { hour: at(hour), value: value(hour) + (hour / 24 % 3) as f64 }).collect();
    let patterns = patterns(&campaigns, &hours, Scatter::Counts, &TimeZone::UTC, 0.05).unwrap();
    assert_eq!(patterns.tests, 9);
    let duration = patterns.duration_and_performance.ok().unwrap();
    assert!(duration.spearman.coefficient < -0.999 && duration.kendall_significance.is_significant);
    let budget = patterns.budget_and_lift.ok().unwrap();
    assert!(budget.pearson.coefficient > 0.999 && budget.pearson_significance.adjusted >= budget.pearson_significance.p_value);
    let category = patterns.category_and_success.ok().unwrap();
    assert_eq!(category.categories.iter().map(|level| level.median).collect::<Vec<_>>(), [72.5, 6.5]);
    assert!(category.significance.is_significant && category.test.epsilon_squared > 0.7);
    assert!(patterns.time_of_day.ok().unwrap().significance.is_significant);
    assert!(!patterns.weekday.ok().unwrap().significance.is_significant);
}

#[test]
fn what_says_nothing_is_refused_by_name() {
    let few: Vec<_> = (0..4).map(|number| campaign(number, "Fitness")).collect();
    let refused = patterns(&few, &[], Scatter::Counts, &TimeZone::UTC, 0.05).unwrap();
    let absences = [
        refused.duration_and_performance.absence(),
        refused.budget_and_lift.absence(),
        refused.category_and_success.absence(),
        refused.time_of_day.absence(),
        refused.weekday.absence(),
    ];
    assert_eq!((absences, refused.tests), ([Some(Absence::TooFewObservations); 5], 0));
    let mut mixed: Vec<_> = (0..9).map(|number| campaign(number, "Fitness")).collect();
    mixed[3].budget = Measured::Known(Money::new(dec!(5), Currency::USD));
    assert_eq!(budget_against_lift(&mixed, 0.05), Err(Absence::MixedCurrencies));
    assert_eq!(patterns(&few, &[], Scatter::Counts, &TimeZone::UTC, 0.0), Err(Absence::OutOfRange));
}

#[test]
fn campaigns_that_miss_a_number_are_counted_by_reason() {
    let mut campaigns: Vec<_> = (0..9).map(|number| campaign(number, "Fitness")).collect();
    campaigns[2].performance = Measured::Absent(Absence::NoSpend);
    campaigns[5].performance = Measured::Absent(Absence::NoSpend);
    campaigns[7].duration = Measured::Absent(Absence::Stale);
    let association = duration_against_performance(&campaigns, 0.05).unwrap();
    assert_eq!(
        (association.pearson.pairs, &association.left_out),
        (6, &BTreeMap::from([(Absence::NoSpend, 2), (Absence::Stale, 1)]))
    );
    let json = serde_json::to_string(&association).unwrap();
    assert_eq!(serde_json::from_str::<Association>(&json).unwrap().left_out, association.left_out);
}

proptest! {
    #[test]
    fn neither_order_nor_the_unit_of_money_matters(numbers in proptest::collection::vec((0i64..500, -90i64..300), 6..25), turn in 0usize..25, factor in 1i64..1_000) {
        let campaigns = |factor: i64| numbers.iter().map(|(budget, lift)| CampaignOutcome {
            budget: Measured::Known(Money::new(Decimal::from(budget * factor), Currency::EUR)),
            lift: Measured::Known(Decimal::from(*lift)),
            ..campaign(1, "Fitness")
        }).collect::<Vec<_>>();
        let plain = budget_against_lift(&campaigns(1), 0.05);
        let mut other = campaigns(factor);
        other.rotate_left(turn % numbers.len());
        match (plain, budget_against_lift(&other, 0.05)) {
            (Ok(plain), Ok(other)) => {
                prop_assert!((plain.pearson.coefficient - other.pearson.coefficient).abs() < 1e-12);
                prop_assert!((plain.kendall.coefficient - other.kendall.coefficient).abs() < 1e-12);
            }
            (plain, other) => prop_assert_eq!(plain.err(), other.err()),
        }
    }
}
