use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::euros;

fn share(campaign: &str, verdict: Verdict, budget: Decimal, spent: Decimal) -> Share {
    let campaign = CampaignId::new(campaign).unwrap();
    Share { campaign, verdict, budget: euros(budget), counts: euros(budget), spent: euros(spent) }
}

fn cut(shares: &[Share], by: Decimal) -> Vec<BudgetChange> {
    cut_budgets(shares, euros(by), DeliveryFactor::default()).unwrap()
}

fn new_budgets(changes: &[BudgetChange]) -> Vec<(String, Decimal)> {
    changes.iter().map(|change| (change.campaign.to_string(), change.to.amount)).collect()
}

#[test]
fn a_cut_to_nothing_is_left_to_a_pause() {
    let idle = |id: &str| share(id, Verdict::Monitor, dec!(48), dec!(0));
    let changes = cut(&[idle("a"), idle("b"), idle("c"), idle("d")], dec!(172));
    assert!(changes.iter().all(|change| change.to.is_positive()), "{changes:?}");
}

#[test]
fn the_weakest_is_cut_first_and_never_what_is_spent() {
    let shares = [
        share("a", Verdict::Continue, dec!(30), dec!(10)),
        share("b", Verdict::Monitor, dec!(30), dec!(25)),
        share("c", Verdict::Optimize, dec!(30), dec!(10)),
    ];
    let changes = cut(&shares, dec!(10));
    assert_eq!(new_budgets(&changes), [("b".to_owned(), dec!(25)), ("c".to_owned(), dec!(25))]);
    assert_eq!(changes[0].sentence, "cut the budget from 30.00 EUR to 25.00 EUR: more than the cap is committed");
    assert_eq!(counted(&shares, &cut(&shares, dec!(70))), dec!(45), "what is spent cannot be taken back");
    assert_eq!(cut(&shares, dec!(-1)), []);
}

#[test]
fn what_a_campaign_is_not_expected_to_cost_is_no_cut() {
    let expected = Share { counts: euros(dec!(14)), ..share("a", Verdict::Continue, dec!(30), dec!(10)) };
    assert_eq!(new_budgets(&cut(std::slice::from_ref(&expected), dec!(3))), [("a".to_owned(), dec!(11))]);
    // 13.3333 of 14 are left, and cents are the least that a budget is told in.
    assert_eq!(new_budgets(&cut(&[expected], dec!(0.6667))), [("a".to_owned(), dec!(13.33))]);
}

#[test]
fn what_the_platform_may_spend_beyond_a_budget_is_cut_with_it() {
    let factor = DeliveryFactor::new(dec!(1.25)).unwrap();
    let whole = Share { counts: euros(dec!(25)), ..share("a", Verdict::Monitor, dec!(20), dec!(4)) };
    let expected = Share { counts: euros(dec!(15)), ..whole.clone() };
    let to = |share: &Share| new_budgets(&cut_budgets(std::slice::from_ref(share), euros(dec!(5)), factor).unwrap());
    assert_eq!(to(&whole), [("a".to_owned(), dec!(16))], "which may cost 20");
    assert_eq!(to(&expected), [("a".to_owned(), dec!(8))], "which may cost 10");
    // A budget of what is spent may cost more than that: only what this frees is taken from what is missing.
    let nearly_spent = Share { spent: euros(dec!(19)), ..whole.clone() };
    let other = Share { campaign: CampaignId::new("b").unwrap(), ..whole };
    let both = cut_budgets(&[nearly_spent, other], euros(dec!(6)), factor).unwrap();
    assert_eq!(new_budgets(&both), [("a".to_owned(), dec!(19)), ("b".to_owned(), dec!(16.2))]);
    let spent = Share { counts: euros(dec!(15)), spent: euros(dec!(14)), ..expected };
    assert_eq!(to(&spent), [], "14 may cost 17.50");
}

#[test]
fn two_currencies_are_refused() {
    let shares = [share("a", Verdict::Continue, dec!(30), dec!(10))];
    let refused = cut_budgets(&shares, Money::new(dec!(100), Currency::USD), DeliveryFactor::default());
    assert!(matches!(refused, Err(EngineError::Money(_))));
}

fn shares() -> impl Strategy<Value = Vec<Share>> {
    let one = (0usize..5, 0i64..10_000, 0i64..12_000, 0i64..12_000);
    prop::collection::vec(one, 0..12).prop_map(|shares| {
        let numbered = shares.into_iter().enumerate();
        numbered
            .map(|(index, (verdict, budget, counts, spent))| Share {
                campaign: CampaignId::new(format!("c-{index:02}")).unwrap(),
                verdict: Verdict::ALL[verdict],
                budget: euros(Decimal::new(budget, 2)),
                counts: euros(Decimal::new(counts.min(budget), 2)),
                spent: euros(Decimal::new(spent, 2)),
            })
            .collect()
    })
}

/// What the campaigns count with once the changes are made, added up from scratch.
fn counted(shares: &[Share], changes: &[BudgetChange]) -> Decimal {
    let after = |share: &Share| {
        let counts = changes.iter().find(|change| change.campaign == share.campaign).map_or(share.counts, |change| change.to);
        counts.amount.max(share.spent.amount)
    };
    shares.iter().map(after).sum()
}

proptest! {
    #[test]
    fn so_much_is_cut_where_cuts_can_reach_it(shares in shares(), by in 0i64..60_000) {
        let by = Decimal::new(by, 2);
        let changes = cut(&shares, by);
        let spent: Decimal = shares.iter().map(|share| share.spent.amount).sum();
        // What nothing is spent of can only be paused.
        let untouched: Decimal = shares.iter().filter(|share| share.spent.is_zero()).map(|share| share.counts.amount).sum();
        let before = counted(&shares, &[]);
        let after = counted(&shares, &changes);
        let cents = Decimal::new(i64::try_from(changes.len()).unwrap(), 2);
        prop_assert!(before - by - cents <= after && after <= (before - by).max(spent) + untouched);
        for change in &changes {
            let share = shares.iter().find(|share| share.campaign == change.campaign).unwrap();
            prop_assert!(change.to.is_positive() && change.to.amount < share.budget.amount);
            prop_assert!(change.from == share.budget && change.to.amount >= share.spent.amount);
        }
    }

    #[test]
    fn the_order_of_the_campaigns_does_not_matter(shares in shares(), by in 0i64..60_000) {
        let mut turned = shares.clone();
        turned.reverse();
        prop_assert_eq!(cut(&shares, Decimal::new(by, 2)), cut(&turned, Decimal::new(by, 2)));
    }
}
