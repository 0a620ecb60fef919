//! The budget ledger: what ads cost, by how certain it is. Pure, and always recomputed from the source.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, Currency, Measured, Money, MoneyError};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Action, ActionId, ActionState};

/// What ads cost in one currency.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Spend {
    /// Commissions and fees of all actions that stand: pending, approved, or in a state that is not known.
    pub accrued: Money,
    /// The part of `accrued` that is approved: it can no longer be reversed.
    pub approved: Money,
    /// What reversed actions would have cost, as far as impact.com still shows it. It costs nothing.
    pub reversed: Money,
    /// What clicks cost by themselves, beside all commissions, and what else the report by ad tells that is no commission.
    pub click_cost: Measured<Money>,
}

impl Spend {
    /// Nothing at all, and no word about clicks.
    #[must_use]
    pub const fn nothing(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self { accrued: zero, approved: zero, reversed: zero, click_cost: Measured::Absent(Absence::ClicksNotReported) }
    }

    /// What can still be reversed.
    ///
    /// # Errors
    ///
    /// When it cannot be represented.
    pub fn pending(&self) -> Result<Money, MoneyError> {
        self.accrued.checked_sub(self.approved)
    }

    /// What it costs as things stand: what is accrued, and the clicks as far as they are known.
    ///
    /// # Errors
    ///
    /// When it cannot be represented.
    pub fn cost(&self) -> Result<Money, MoneyError> {
        match self.click_cost {
            Measured::Known(clicks) => self.accrued.checked_add(clicks),
            Measured::Absent(_) => Ok(self.accrued),
        }
    }
}

/// Every action that ads were credited, once, as it was last read.
///
/// It is a set of the newest version of each action: reading the same again, in another order or twice changes nothing,
/// and a reversal takes away what was counted, whenever it becomes known.
///
/// ```
/// use campaign_pilot_core::Currency;
/// use campaign_pilot_impact_client::{Action, BudgetLedger};
///
/// let action: Action = serde_json::from_str(r#"{"Id": "1.2.3", "State": "PENDING", "ClientCost": "0.88"}"#)?;
/// let mut ledger = BudgetLedger::new(Currency::USD);
/// let read_at = "2026-06-05T00:00:00Z".parse()?;
/// ledger.record(&action, read_at)?;
/// ledger.record(&action, read_at)?;
/// assert_eq!(ledger.spend(Currency::USD)?.accrued.to_string(), "0.88 USD");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct BudgetLedger {
    /// The currency of actions that name none.
    billed: Currency,
    actions: BTreeMap<ActionId, Entry>,
    clicks: BTreeMap<Currency, (Timestamp, Decimal)>,
}

/// One version of an action. The order is that of the versions: what was read later counts, and of two that were read at
/// the same instant the one that is further on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
struct Entry {
    read_at: Timestamp,
    standing: Standing,
    cost: Decimal,
    currency: Currency,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
enum Standing {
    Pending,
    Approved,
    Reversed,
}

/// An action that cannot be counted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Neither its cost nor its payout is there.
    #[error("it tells no cost")]
    NoCost,
    /// Its currency is none that is known.
    #[error("its currency `{code}` is not known")]
    Currency {
        /// What stood there.
        code: String,
    },
}

impl BudgetLedger {
    /// An empty ledger; `billed` is the currency of actions that name none.
    #[must_use]
    pub const fn new(billed: Currency) -> Self {
        Self { billed, actions: BTreeMap::new(), clicks: BTreeMap::new() }
    }

    /// Takes an action as it was read at an instant.
    ///
    /// # Errors
    ///
    /// [`LedgerError`] when it cannot be counted: then nothing changed. A reversed action needs no cost.
    pub fn record(&mut self, action: &Action, read_at: Timestamp) -> Result<(), LedgerError> {
        let currency = match action.currency.as_deref() {
            None => self.billed,
            Some(code) => code.parse().map_err(|_| LedgerError::Currency { code: code.to_owned() })?,
        };
        let standing = match action.state {
            ActionState::Approved => Standing::Approved,
            ActionState::Reversed => Standing::Reversed,
            // What is not known may still be reversed, as far as anyone can tell.
            ActionState::Pending | ActionState::Other(_) => Standing::Pending,
        };
        let cost = match (action.cost(), standing) {
            (Some(cost), _) => cost,
            (None, Standing::Reversed) => Decimal::ZERO,
            (None, _) => return Err(LedgerError::NoCost),
        };
        self.put(action.id.clone(), Entry { read_at, standing, cost, currency });
        Ok(())
    }

    /// Takes what all clicks have cost together, as it was read at an instant. A later reading replaces an earlier one.
    pub fn record_clicks(&mut self, cost: Money, read_at: Timestamp) {
        let latest = self.clicks.entry(cost.currency).or_insert((read_at, cost.amount));
        *latest = (*latest).max((read_at, cost.amount));
    }

    /// Takes everything that another ledger holds. Of two versions the newer one counts, so that the order and the number
    /// of times do not matter.
    pub fn merge(&mut self, other: &Self) {
        for (id, entry) in &other.actions {
            self.put(id.clone(), *entry);
        }
        for (currency, (read_at, amount)) in &other.clicks {
            self.record_clicks(Money::new(*amount, *currency), *read_at);
        }
    }

    fn put(&mut self, id: ActionId, entry: Entry) {
        let newest = self.actions.entry(id).or_insert(entry);
        *newest = (*newest).max(entry);
    }

    /// How many actions stand and how many were reversed, in all currencies.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        self.actions.values().fold((0, 0), |(standing, reversed), entry| match entry.standing {
            Standing::Reversed => (standing, reversed + 1),
            Standing::Pending | Standing::Approved => (standing + 1, reversed),
        })
    }

    /// The currencies in which anything was recorded.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> {
        let mut all: Vec<_> = self.actions.values().map(|entry| entry.currency).chain(self.clicks.keys().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter()
    }

    /// What was spent in a currency, summed anew from every action.
    ///
    /// # Errors
    ///
    /// When a sum cannot be represented.
    pub fn spend(&self, currency: Currency) -> Result<Spend, MoneyError> {
        let sum = |counts: &dyn Fn(Standing) -> bool| {
            let entries = self.actions.values().filter(|entry| entry.currency == currency && counts(entry.standing));
            Money::sum(currency, entries.map(|entry| Money::new(entry.cost, currency)))
        };
        Ok(Spend {
            accrued: sum(&|standing| standing != Standing::Reversed)?,
            approved: sum(&|standing| standing == Standing::Approved)?,
            reversed: sum(&|standing| standing == Standing::Reversed)?,
            click_cost: match self.clicks.get(&currency) {
                Some((_, amount)) => Measured::Known(Money::new(*amount, currency)),
                None => Measured::Absent(Absence::ClicksNotReported),
            },
        })
    }

    /// What was spent, by currency.
    ///
    /// # Errors
    ///
    /// When a sum cannot be represented.
    pub fn by_currency(&self) -> Result<BTreeMap<Currency, Spend>, MoneyError> {
        self.currencies().map(|currency| Ok((currency, self.spend(currency)?))).collect()
    }
}

#[cfg(test)]
mod tests;
