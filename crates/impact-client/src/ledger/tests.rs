use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Measured, Money};
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};
use serde_json::json;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn action(id: u8, state: &str, cost: Option<Decimal>, currency: &str) -> Action {
    serde_json::from_value(json!({"Id": format!("1000.1.{id}"), "State": state, "ClientCost": cost, "Currency": currency}))
        .unwrap()
}

fn dollars(amount: Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

#[test]
fn what_is_certain_what_is_not_and_what_is_gone_are_kept_apart() {
    let mut ledger = BudgetLedger::new(Currency::USD);
    for action in [
        action(1, "PENDING", Some(dec!(1.10)), "USD"),
        action(2, "APPROVED", Some(dec!(2.20)), ""),
        action(3, "REVERSED", Some(dec!(4.40)), "USD"),
        action(4, "REVERSED", None, "USD"),
        action(5, "UNDER_REVIEW", Some(dec!(8.80)), "USD"),
        action(6, "PENDING", Some(dec!(5)), "EUR"),
    ] {
        ledger.record(&action, at(0)).unwrap();
    }
    ledger.record_clicks(dollars(dec!(0.50)), at(0));
    let spend = ledger.spend(Currency::USD).unwrap();
    assert_eq!((spend.accrued, spend.approved, spend.reversed), (dollars(dec!(12.10)), dollars(dec!(2.20)), dollars(dec!(4.40))));
    assert_eq!(spend.click_cost, Measured::Known(dollars(dec!(0.50))));
    assert_eq!((spend.pending().unwrap(), spend.cost().unwrap()), (dollars(dec!(9.90)), dollars(dec!(12.60))));
    assert_eq!(ledger.counts(), (4, 2));
    let euros = ledger.by_currency().unwrap()[&Currency::EUR];
    assert_eq!((euros.accrued.amount, euros.cost().unwrap().amount), (dec!(5), dec!(5)), "no currency is mixed with another");
    assert_eq!(euros.click_cost, Measured::Absent(Absence::ClicksNotReported));
}

#[test]
fn a_reversal_takes_away_what_was_counted_and_a_correction_replaces_it() {
    let mut ledger = BudgetLedger::new(Currency::USD);
    ledger.record(&action(1, "PENDING", Some(dec!(10)), ""), at(0)).unwrap();
    ledger.record(&action(1, "PENDING", Some(dec!(7)), ""), at(1)).unwrap();
    assert_eq!(ledger.spend(Currency::USD).unwrap().accrued, dollars(dec!(7)));
    ledger.record(&action(1, "REVERSED", Some(dec!(7)), ""), at(2)).unwrap();
    // An old page that comes late brings nothing back.
    ledger.record(&action(1, "PENDING", Some(dec!(10)), ""), at(0)).unwrap();
    let spend = ledger.spend(Currency::USD).unwrap();
    assert_eq!((spend.accrued, spend.reversed), (dollars(dec!(0)), dollars(dec!(7))));
}

#[test]
fn what_cannot_be_counted_is_told_and_changes_nothing() {
    let mut ledger = BudgetLedger::new(Currency::USD);
    assert_eq!(ledger.record(&action(1, "PENDING", None, ""), at(0)), Err(LedgerError::NoCost));
    let code = "ZZZZ".to_owned();
    assert_eq!(ledger.record(&action(1, "PENDING", Some(dec!(1)), &code), at(0)), Err(LedgerError::Currency { code }));
    assert_eq!(ledger, BudgetLedger::new(Currency::USD));
}

#[derive(Clone, Debug)]
struct Update {
    id: u8,
    state: &'static str,
    cents: i64,
    currency: &'static str,
    read_at: i64,
}

fn update() -> impl Strategy<Value = Update> {
    let states = prop::sample::select(vec!["PENDING", "APPROVED", "REVERSED", "DREAMING"]);
    let currencies = prop::sample::select(vec!["", "USD", "EUR"]);
    (0u8..6, states, 0i64..10_000, currencies, 0i64..8).prop_map(|(id, state, cents, currency, read_at)| Update {
        id,
        state,
        cents,
        currency,
        read_at,
    })
}

fn ledger<'a>(updates: impl IntoIterator<Item = &'a Update>) -> BudgetLedger {
    let mut ledger = BudgetLedger::new(Currency::USD);
    for update in updates {
        let action = action(update.id, update.state, Some(Decimal::new(update.cents, 2)), update.currency);
        ledger.record(&action, at(update.read_at)).unwrap();
        ledger.record_clicks(dollars(Decimal::new(update.cents, 2)), at(update.read_at));
    }
    ledger
}

proptest! {
    /// However often and in whatever order updates come, by themselves or in parts: the same ledger.
    #[test]
    fn repeated_and_reordered_updates_change_nothing(
        updates in prop::collection::vec(update(), 1..40),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let once = ledger(&updates);
        let repeated = order.iter().map(|index| &updates[index.index(updates.len())]);
        prop_assert_eq!(&ledger(repeated.chain(updates.iter().rev())), &once);
        let (first, second) = updates.split_at(cut.index(updates.len()));
        let mut merged = ledger(second);
        merged.merge(&ledger(first));
        merged.merge(&once);
        merged.merge(&once.clone());
        prop_assert_eq!(&merged, &once);
    }

    /// Against a naive model: for each action its newest version, summed.
    #[test]
    fn the_sums_are_those_of_the_newest_versions(updates in prop::collection::vec(update(), 1..40)) {
        let rank = |state: &str| match state { "REVERSED" => 2, "APPROVED" => 1, _ => 0 };
        let code = |update: &Update| if update.currency == "EUR" { Currency::EUR } else { Currency::USD };
        let mut newest: BTreeMap<u8, &Update> = BTreeMap::new();
        for update in &updates {
            let key = |update: &Update| (update.read_at, rank(update.state), update.cents, code(update));
            let held = newest.entry(update.id).or_insert(update);
            if key(update) > key(held) {
                *held = update;
            }
        }
        let built = ledger(&updates);
        for currency in [Currency::EUR, Currency::USD] {
            let sum = |ranks: &[i32]| {
                let cents: i64 = newest
                    .values()
                    .filter(|update| code(update) == currency && ranks.contains(&rank(update.state)))
                    .map(|update| update.cents)
                    .sum();
                Money::new(Decimal::new(cents, 2), currency)
            };
            let spend = built.spend(currency).unwrap();
            prop_assert_eq!((spend.accrued, spend.approved, spend.reversed), (sum(&[0, 1]), sum(&[1]), sum(&[2])));
            prop_assert_eq!(spend.accrued.checked_sub(spend.approved).unwrap(), spend.pending().unwrap());
        }
    }
}
