use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{at, euros};

fn share(campaign: &str, verdict: Verdict, budget: Decimal, spent: Decimal) -> Share {
    Share {
        campaign: CampaignId::new(campaign).unwrap(),
        state: ShareState::Running,
        verdict,
        budget: euros(budget),
        spent: euros(spent),
        raised_at: None,
    }
}

fn moved(shares: &[Share], cap: Decimal) -> Reallocation {
    reallocate(shares, euros(cap), at(48), &ReallocationPolicy::default()).unwrap()
}

fn new_budgets(reallocation: &Reallocation) -> Vec<(String, Decimal)> {
    reallocation.changes.iter().map(|change| (change.campaign.to_string(), change.to.amount)).collect()
}

#[test]
fn winners_get_a_fifth_more() {
    let shares = [share("a", Verdict::Continue, dec!(30), dec!(10)), share("b", Verdict::Optimize, dec!(30), dec!(10))];
    let reallocation = moved(&shares, dec!(100));
    assert_eq!(new_budgets(&reallocation), [("a".to_owned(), dec!(36.0))]);
    assert_eq!((reallocation.committed, reallocation.left), (euros(dec!(66)), euros(dec!(34))));
    assert_eq!(
        reallocation.changes[0].sentence,
        "raise the budget from 30.00 EUR to 36.00 EUR: it works, and 40.00 EUR of the cap are free"
    );
}

#[test]
fn what_stopped_campaigns_left_over_is_free() {
    let stopped = Share { state: ShareState::Stopped, ..share("a", Verdict::Pause, dec!(30), dec!(4)) };
    let winner = share("b", Verdict::Continue, dec!(30), dec!(10));
    assert_eq!(new_budgets(&moved(&[stopped.clone(), winner.clone()], dec!(40))), [("b".to_owned(), dec!(36))]);
    let unlisted = Share { state: ShareState::Running, ..stopped };
    assert_eq!(moved(&[unlisted, winner], dec!(60)).changes, [], "it can still spend");
}

#[test]
fn a_raise_waits_a_day_for_the_next() {
    let raised = |hour| Share { raised_at: Some(at(hour)), ..share("a", Verdict::Continue, dec!(30), dec!(10)) };
    assert_eq!(moved(&[raised(25)], dec!(100)).changes, []);
    assert_eq!(moved(&[raised(24)], dec!(100)).changes.len(), 1);
}

#[test]
fn a_lowered_cap_cuts_the_weakest_first_and_never_what_is_spent() {
    let shares = [
        share("a", Verdict::Continue, dec!(30), dec!(10)),
        share("b", Verdict::Monitor, dec!(30), dec!(25)),
        share("c", Verdict::Optimize, dec!(30), dec!(10)),
    ];
    let reallocation = moved(&shares, dec!(80));
    assert_eq!(new_budgets(&reallocation), [("b".to_owned(), dec!(25)), ("c".to_owned(), dec!(25))]);
    assert_eq!(reallocation.left, euros(dec!(0)));
    assert_eq!(moved(&shares, dec!(20)).committed, euros(dec!(45)), "what is spent cannot be taken back");
}

#[test]
fn two_currencies_are_refused() {
    let shares = [share("a", Verdict::Continue, dec!(30), dec!(10))];
    let refused = reallocate(&shares, Money::new(dec!(100), Currency::USD), at(0), &ReallocationPolicy::default());
    assert!(matches!(refused, Err(EngineError::Money(_))));
}

fn shares() -> impl Strategy<Value = Vec<Share>> {
    let one = (0usize..5, any::<bool>(), 0i64..10_000, 0i64..12_000, prop::option::of(0i64..48));
    prop::collection::vec(one, 0..12).prop_map(|shares| {
        let numbered = shares.into_iter().enumerate();
        numbered
            .map(|(index, (verdict, running, budget, spent, raised))| Share {
                campaign: CampaignId::new(format!("c-{index:02}")).unwrap(),
                state: if running { ShareState::Running } else { ShareState::Stopped },
                verdict: Verdict::ALL[verdict],
                budget: euros(Decimal::new(budget, 2)),
                spent: euros(Decimal::new(spent, 2)),
                raised_at: raised.map(at),
            })
            .collect()
    })
}

/// What may be spent in total once the changes are made, added up from scratch.
fn total(shares: &[Share], changes: &[BudgetChange]) -> Decimal {
    let after = |share: &Share| {
        let budget = changes.iter().find(|change| change.campaign == share.campaign).map_or(share.budget, |change| change.to);
        if share.state == ShareState::Running { budget.amount.max(share.spent.amount) } else { share.spent.amount }
    };
    shares.iter().map(after).sum()
}

proptest! {
    #[test]
    fn never_more_than_the_cap_is_committed(shares in shares(), cap in 0i64..60_000) {
        let cap = Decimal::new(cap, 2);
        let reallocation = moved(&shares, cap);
        let committed = total(&shares, &reallocation.changes);
        prop_assert_eq!(reallocation.committed.amount, committed);
        prop_assert_eq!(reallocation.left.amount, cap - committed);
        let spent: Decimal = shares.iter().map(|share| share.spent.amount).sum();
        prop_assert!(committed <= cap.max(spent));
        for change in &reallocation.changes {
            let share = shares.iter().find(|share| share.campaign == change.campaign).unwrap();
            prop_assert!(change.to.amount >= share.spent.amount.min(share.budget.amount));
            prop_assert!(change.to.amount <= share.budget.amount * dec!(1.2));
        }
    }

    #[test]
    fn the_order_of_the_campaigns_does_not_matter(shares in shares(), cap in 0i64..60_000) {
        let mut turned = shares.clone();
        turned.reverse();
        prop_assert_eq!(moved(&shares, Decimal::new(cap, 2)), moved(&turned, Decimal::new(cap, 2)));
    }
}
