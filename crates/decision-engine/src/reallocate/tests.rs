use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::euros;

/// A campaign of 20.00 EUR that would cost 40.00 more, of which 10.00 are spent, and that contributes so much for its cost.
fn earning(campaign: &str, gain_per_cost: Decimal) -> RunningCampaign {
    let outlook = SpendOutlook {
        cost: euros(dec!(40)),
        unit_cost: euros(dec!(2)),
        uncertainty: dec!(0.3),
        gain_per_cost,
        budget_share: None,
    };
    RunningCampaign {
        campaign: CampaignId::new(campaign).unwrap(),
        budget: euros(dec!(20)),
        counts: euros(dec!(20)),
        spent: euros(dec!(10)),
        largest: euros(dec!(25)),
        gives: true,
        outlook: Some(outlook),
        category: None,
    }
}

fn divide(running: &[RunningCampaign], total: Decimal) -> Vec<(String, Decimal)> {
    new_budgets(
        &reallocate(running, euros(total), DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default()).unwrap(),
    )
}

fn new_budgets(reallocation: &Reallocation) -> Vec<(String, Decimal)> {
    reallocation.changes.iter().map(|change| (change.campaign.to_string(), change.to.amount)).collect()
}

#[test]
fn what_there_is_room_for_goes_to_those_that_bring_most() {
    let both = [earning("a", dec!(1)), earning("b", dec!(2))];
    assert_eq!(divide(&both, dec!(50)), [("a".to_owned(), dec!(25)), ("b".to_owned(), dec!(25))]);
    assert_eq!(divide(&both, dec!(45)), [("b".to_owned(), dec!(25))]);
}

#[test]
fn a_full_total_moves_from_what_brings_less_to_what_brings_more() {
    let both = [earning("a", dec!(0.5)), earning("b", dec!(2))];
    assert_eq!(divide(&both, dec!(40)), [("a".to_owned(), dec!(15)), ("b".to_owned(), dec!(25))]);
    let reallocation =
        reallocate(&both, euros(dec!(40)), DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default()).unwrap();
    let [cut, raise] = &reallocation.changes[..] else { panic!("{reallocation:?}") };
    assert_eq!(cut.sentence, "cut the budget from 20.00 EUR to 15.00 EUR: it brings more in other campaigns");
    // All of the 5.00 are all but certain to be spent.
    assert!((dec!(9.9)..dec!(10)).contains(&raise.gain.amount), "{}", raise.gain);
    assert!((dec!(-2.5)..dec!(-2.4)).contains(&cut.gain.amount), "{}", cut.gain);
    assert!(reallocation.allocation.gap < dec!(0.000001));
}

#[test]
fn what_would_not_be_spent_is_not_raised() {
    let small = |cost| {
        let mut campaign = earning("a", dec!(2));
        campaign.outlook.as_mut().unwrap().cost = euros(cost);
        divide(&[campaign], dec!(100))
    };
    assert_eq!(small(dec!(1)), [], "10 are left for 1");
    assert_eq!(small(dec!(40)).len(), 1);
    let losing = earning("a", dec!(-0.1));
    assert_eq!(divide(&[losing], dec!(100)), []);
    let policy = ReallocationPolicy::default();
    let beside = |elsewhere| {
        let found = reallocate(&[earning("a", dec!(2))], euros(dec!(100)), DeliveryFactor::default(), elsewhere, &policy);
        new_budgets(&found.unwrap()).len()
    };
    assert_eq!((beside(dec!(1.6)), beside(dec!(2.4))), (1, 1), "raised, cut");
    assert_eq!(beside(dec!(1.9)), 0, "a unit brings more, but less than moving it costs");
}

#[test]
fn what_is_nearly_alike_stays_where_it_is() {
    assert_eq!(divide(&[earning("a", dec!(1)), earning("b", dec!(1.5))], dec!(40)), []);
}

#[test]
fn what_runs_to_find_out_gives_nothing_while_the_total_is_kept() {
    let tried = RunningCampaign { gives: false, ..earning("a", dec!(-0.5)) };
    let both = [tried, earning("b", dec!(2))];
    assert_eq!(divide(&both, dec!(40)), []);
    assert_eq!(divide(&both, dec!(35)), [("a".to_owned(), dec!(15))], "more than the total is taken up");
}

#[test]
fn a_total_that_is_exceeded_is_cut_down_to_what_is_spent_at_most() {
    let both =
        [earning("a", dec!(1)), earning("b", dec!(2))].map(|campaign| RunningCampaign { largest: euros(dec!(20)), ..campaign });
    assert_eq!(divide(&both, dec!(32)), [("a".to_owned(), dec!(12))]);
    assert_eq!(divide(&both, dec!(1)), [("a".to_owned(), dec!(10)), ("b".to_owned(), dec!(10))]);
    let idle = both.map(|campaign| RunningCampaign { spent: euros(dec!(0)), ..campaign });
    assert_eq!(divide(&idle, dec!(0)), [], "a budget of nothing cannot be carried out: a pause is for that");
    let cut =
        reallocate(&idle, euros(dec!(39.99)), DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default()).unwrap();
    assert_eq!(new_budgets(&cut), [("a".to_owned(), dec!(19.99))], "a cent, too");
    assert_eq!(
        cut.changes[0].sentence,
        "cut the budget from 20.00 EUR to 19.99 EUR: all campaigns together take up more than their limit"
    );
}

#[test]
fn what_a_campaign_is_not_expected_to_cost_is_no_cut() {
    let expected = RunningCampaign { counts: euros(dec!(14)), budget: euros(dec!(30)), ..earning("a", dec!(1)) };
    assert_eq!(divide(std::slice::from_ref(&expected), dec!(11)), [("a".to_owned(), dec!(11))]);
    assert_eq!(divide(&[expected], dec!(13.3333)), [("a".to_owned(), dec!(13.33))]);
}

#[test]
fn what_the_platform_may_spend_beyond_a_budget_counts() {
    let factor = DeliveryFactor::new(dec!(1.25)).unwrap();
    let campaign = RunningCampaign { counts: euros(dec!(25)), ..earning("a", dec!(2)) };
    let divide = |total| {
        let running = std::slice::from_ref(&campaign);
        new_budgets(&reallocate(running, euros(total), factor, Decimal::ZERO, &ReallocationPolicy::default()).unwrap())
    };
    assert_eq!(divide(dec!(20)), [("a".to_owned(), dec!(16))]);
    assert_eq!(divide(dec!(30)), [("a".to_owned(), dec!(24))], "which may cost 30");
    assert_eq!(divide(dec!(100)), [("a".to_owned(), dec!(25))]);
}

#[test]
fn a_day_that_may_cost_its_share_only_holds_back_what_would_be_spent() {
    // Half of the flight is left: 10.00 of the budget for what would cost 40.00, whatever was spent.
    let mut campaign = RunningCampaign { spent: euros(dec!(2)), ..earning("a", dec!(2)) };
    campaign.outlook.as_mut().unwrap().budget_share = Some(dec!(0.5));
    let changes =
        reallocate(&[campaign], euros(dec!(100)), DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default())
            .unwrap();
    assert_eq!(new_budgets(&changes), [("a".to_owned(), dec!(25))]);
    let gain = changes.changes[0].gain.amount;
    assert!((dec!(4.9)..dec!(5)).contains(&gain), "2.50 more can be spent, not 5.00: {gain}");
}

#[test]
fn a_category_takes_up_no_more_than_its_limit() {
    let fitness = CategoryName::new("Fitness").unwrap();
    let limit = PolicyAmount::only(euros(dec!(43)));
    let policy = ReallocationPolicy { max_by_category: [(fitness.clone(), limit)].into(), ..ReallocationPolicy::default() };
    let campaigns = [("a", true), ("b", true), ("c", false)].map(|(id, limited)| {
        let category = limited.then(|| fitness.clone());
        RunningCampaign { category, gives: false, ..earning(id, if id == "b" { dec!(2) } else { dec!(1) }) }
    });
    let reallocation = reallocate(&campaigns, euros(dec!(100)), DeliveryFactor::default(), Decimal::ZERO, &policy).unwrap();
    assert_eq!(new_budgets(&reallocation), [("b".to_owned(), dec!(23)), ("c".to_owned(), dec!(25))]);
    let both = [&CategoryName::new("Sport").unwrap(), &fitness];
    assert_eq!(policy.limit_of(both, Currency::EUR).unwrap().1, euros(dec!(43)));
    assert_eq!(policy.limit_of(both, Currency::USD), None);
}

#[test]
fn two_currencies_are_refused() {
    let dollars = Money::new(dec!(100), Currency::USD);
    let refused =
        reallocate(&[earning("a", dec!(1))], dollars, DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default());
    assert!(matches!(refused, Err(AllocationError::Money(_))), "{refused:?}");
}

#[test]
fn the_spend_within_a_limit_is_the_mean_of_what_chance_makes_of_it() {
    // 20 orders of 2.00 by chance, and a mean that is off by 30 %: variance 80 + 144. By quadrature of the survival function of a gamma
    // variable of shape 7.142857 and scale 5.6.
    let outlook = earning("a", dec!(1)).outlook.unwrap();
    let survival = |x: f64| campaign_pilot_metrics::special::gamma_q(1600.0 / 224.0, x / 5.6).unwrap();
    for limit in [1.0, 10.0, 40.0, 80.0] {
        let steps = 20_000;
        let width = limit / f64::from(steps);
        let sum: f64 = (0..steps).map(|step| survival((f64::from(step) + 0.5) * width)).sum();
        assert!((outlook.within(limit) - sum * width).abs() < 1e-6, "{limit}: {}", outlook.within(limit));
    }
    assert!((outlook.within(1e6) - 40.0).abs() < 1e-9);
}

fn running() -> impl Strategy<Value = Vec<RunningCampaign>> {
    let one = (0i64..10_000, 0i64..12_000, 0i64..12_000, 0i64..3_000, any::<bool>(), -150i64..500, 0i64..20_000, any::<bool>());
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        numbered
            .map(|(index, (budget, counts, spent, more, gives, gain, cost, known))| {
                let outlook = SpendOutlook {
                    cost: euros(Decimal::new(cost, 2)),
                    unit_cost: euros(dec!(1.5)),
                    uncertainty: dec!(0.35),
                    gain_per_cost: Decimal::new(gain, 2),
                    budget_share: None,
                };
                RunningCampaign {
                    campaign: CampaignId::new(format!("c-{index:02}")).unwrap(),
                    budget: euros(Decimal::new(budget, 2)),
                    counts: euros(Decimal::new(counts.min(budget), 2)),
                    spent: euros(Decimal::new(spent, 2)),
                    largest: euros(Decimal::new(budget + more, 2)),
                    gives,
                    outlook: known.then_some(outlook),
                    category: None,
                }
            })
            .collect()
    })
}

/// What the campaigns take up once the changes are made, added up from scratch.
fn taken_up(running: &[RunningCampaign], changes: &[BudgetChange]) -> Decimal {
    let after = |campaign: &RunningCampaign| {
        let change = changes.iter().find(|change| change.campaign == campaign.campaign);
        match change.map(|change| change.to.amount - change.from.amount) {
            Some(more) if more > Decimal::ZERO => campaign.counts.amount + more,
            Some(_) => change.unwrap().to.amount.min(campaign.counts.amount),
            None => campaign.counts.amount,
        }
    };
    running.iter().map(after).sum()
}

proptest! {
    #[test]
    fn no_division_takes_up_more_than_the_total_or_moves_a_budget_out_of_its_bounds(running in running(), total in 0i64..60_000) {
        let total = Decimal::new(total, 2);
        let reallocation = reallocate(&running, euros(total), DeliveryFactor::default(), Decimal::ZERO, &ReallocationPolicy::default()).unwrap();
        let before: Decimal = running.iter().map(|campaign| campaign.counts.amount).sum();
        let after = taken_up(&running, &reallocation.changes);
        // What is spent stays spent; what is left out since nothing would be left of it waits for a pause.
        let fixed: Decimal = running.iter().map(|campaign| campaign.spent.amount.min(campaign.counts.amount)).sum();
        let untouched: Decimal =
            running.iter().filter(|campaign| campaign.spent.amount < dec!(0.01)).map(|campaign| campaign.counts.amount).sum();
        prop_assert!(after <= total.max(fixed) + untouched + Decimal::new(12, 2), "{after} of {total}, before {before}");
        for change in &reallocation.changes {
            let campaign = running.iter().find(|campaign| campaign.campaign == change.campaign).unwrap();
            prop_assert_eq!(change.from, campaign.budget);
            prop_assert!(change.to.is_positive() && change.to != change.from);
            prop_assert!(change.to.amount <= campaign.largest.amount);
            let cut = change.to.amount < change.from.amount;
            prop_assert!(!cut || campaign.gives || before > total, "{:?}", change);
            prop_assert!(!cut || change.to.amount >= campaign.spent.amount.min(campaign.budget.amount), "{:?}", change);
        }
    }

    #[test]
    fn the_order_of_the_campaigns_does_not_matter(running in running(), total in 0i64..60_000) {
        let total = euros(Decimal::new(total, 2));
        let mut turned = running.clone();
        turned.reverse();
        let policy = ReallocationPolicy::default();
        let divide = |running: &[RunningCampaign]| reallocate(running, total, DeliveryFactor::default(), Decimal::ZERO, &policy).unwrap();
        prop_assert_eq!(divide(&running), divide(&turned));
    }
}
