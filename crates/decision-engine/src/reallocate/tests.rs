use campaign_pilot_core::Currency;
use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::euros;

fn share(campaign: &str, verdict: Verdict, budget: Decimal, spent: Decimal) -> Share {
    Share {
        campaign: CampaignId::new(campaign).unwrap(),
        state: ShareState::Running,
        verdict,
        budget: euros(budget),
        spent: euros(spent),
    }
}

fn cut(shares: &[Share], cap: Decimal) -> Vec<BudgetChange> {
    cut_to_cap(shares, euros(cap)).unwrap()
}

fn new_budgets(changes: &[BudgetChange]) -> Vec<(String, Decimal)> {
    changes.iter().map(|change| (change.campaign.to_string(), change.to.amount)).collect()
}

#[test]
fn what_stopped_campaigns_left_over_is_free() {
    let stopped = Share { state: ShareState::Stopped, ..share("a", Verdict::Pause, dec!(30), dec!(4)) };
    let winner = share("b", Verdict::Continue, dec!(30), dec!(10));
    assert_eq!(cut(&[stopped.clone(), winner.clone()], dec!(34)), []);
    let unlisted = Share { state: ShareState::Running, ..stopped };
    assert_eq!(new_budgets(&cut(&[unlisted, winner], dec!(34))), [("a".to_owned(), dec!(4)), ("b".to_owned(), dec!(30))][..1]);
}

#[test]
fn a_cut_to_nothing_is_left_to_a_pause() {
    let idle = |id: &str| share(id, Verdict::Monitor, dec!(48), dec!(0));
    let changes = cut(&[idle("a"), idle("b"), idle("c"), idle("d")], dec!(20));
    assert!(changes.iter().all(|change| change.to.is_positive()), "{changes:?}");
}

#[test]
fn a_lowered_cap_cuts_the_weakest_first_and_never_what_is_spent() {
    let shares = [
        share("a", Verdict::Continue, dec!(30), dec!(10)),
        share("b", Verdict::Monitor, dec!(30), dec!(25)),
        share("c", Verdict::Optimize, dec!(30), dec!(10)),
    ];
    let changes = cut(&shares, dec!(80));
    assert_eq!(new_budgets(&changes), [("b".to_owned(), dec!(25)), ("c".to_owned(), dec!(25))]);
    assert_eq!(changes[0].sentence, "cut the budget from 30.00 EUR to 25.00 EUR: more than the cap is committed");
    assert_eq!(total(&shares, &cut(&shares, dec!(20))), dec!(45), "what is spent cannot be taken back");
}

#[test]
fn two_currencies_are_refused() {
    let shares = [share("a", Verdict::Continue, dec!(30), dec!(10))];
    let refused = cut_to_cap(&shares, Money::new(dec!(100), Currency::USD));
    assert!(matches!(refused, Err(EngineError::Money(_))));
}

fn shares() -> impl Strategy<Value = Vec<Share>> {
    let one = (0usize..5, any::<bool>(), 0i64..10_000, 0i64..12_000);
    prop::collection::vec(one, 0..12).prop_map(|shares| {
        let numbered = shares.into_iter().enumerate();
        numbered
            .map(|(index, (verdict, running, budget, spent))| Share {
                campaign: CampaignId::new(format!("c-{index:02}")).unwrap(),
                state: if running { ShareState::Running } else { ShareState::Stopped },
                verdict: Verdict::ALL[verdict],
                budget: euros(Decimal::new(budget, 2)),
                spent: euros(Decimal::new(spent, 2)),
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
    fn never_more_than_the_cap_is_committed_where_a_cut_can_reach_it(shares in shares(), cap in 0i64..60_000) {
        let cap = Decimal::new(cap, 2);
        let changes = cut(&shares, cap);
        let spent: Decimal = shares.iter().map(|share| share.spent.amount).sum();
        // A budget of which nothing is spent can only be paused.
        let untouched: Decimal = shares
            .iter()
            .filter(|share| share.state == ShareState::Running && share.spent.is_zero())
            .map(|share| share.budget.amount)
            .sum();
        prop_assert!(total(&shares, &changes) <= cap.max(spent) + untouched);
        for change in &changes {
            let share = shares.iter().find(|share| share.campaign == change.campaign).unwrap();
            prop_assert!(change.to.is_positive() && change.to.amount < share.budget.amount);
            prop_assert!(change.to.amount >= share.spent.amount.min(share.budget.amount));
        }
    }

    #[test]
    fn the_order_of_the_campaigns_does_not_matter(shares in shares(), cap in 0i64..60_000) {
        let mut turned = shares.clone();
        turned.reverse();
        prop_assert_eq!(cut(&shares, Decimal::new(cap, 2)), cut(&turned, Decimal::new(cap, 2)));
    }
}
