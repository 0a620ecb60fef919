//! What the revenue of a campaign will have been once nothing is open any more.

use campaign_pilot_core::{Absence, Currency, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ByStatus, Completion, PendingOutcome, decimal};

/// An amount that is not known yet, with its interval.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Expected {
    /// What is expected.
    pub amount: Money,
    /// The interval's lower end.
    pub lower: Money,
    /// The interval's upper end.
    pub upper: Money,
}

impl Expected {
    /// An amount that is certain.
    #[must_use]
    pub const fn certain(amount: Money) -> Self {
        Self { amount, lower: amount, upper: amount }
    }

    /// Counts still to come, at the mean amount of those seen.
    ///
    /// # Errors
    ///
    /// [`Absence::OutOfRange`] beyond 96 bits.
    pub fn of_unseen(completion: &Completion, mean: Money) -> Result<Self, Absence> {
        let times = |number: f64| {
            mean.amount.checked_mul(decimal(number)?).map(|amount| Money::new(amount, mean.currency)).ok_or(Absence::OutOfRange)
        };
        Ok(Self {
            amount: times(completion.unseen)?,
            lower: times(completion.interval.lower)?,
            upper: times(completion.interval.upper)?,
        })
    }
}

/// What an [`outlook`] is made of.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct OutlookParts {
    /// Conversions by what became of them.
    pub by_status: ByStatus,
    /// What is expected of the pending ones: [`super::Settlement::outcome`].
    pub pending: PendingOutcome,
    /// What is expected of conversions that have not been seen yet: [`super::complete`].
    pub unseen: Expected,
    /// What is expected to come back of what was sold and seen: [`super::complete`] over sales and returns. Zero where returned goods
    /// lead to reversed conversions, which [`Self::pending`] already holds.
    pub returns: Expected,
}

/// The revenue of a campaign when nothing is open any more.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Outlook {
    /// Final already.
    pub approved: Money,
    /// Lost already.
    pub reversed: Money,
    /// What is expected to be left of the pending.
    pub pending: Expected,
    /// What is expected of conversions not seen yet, as far as they will be kept like the others.
    pub unseen: Expected,
    /// What is expected to come back.
    pub returns: Expected,
    /// All of it: approved, pending and unseen, less the returns.
    pub final_revenue: Expected,
}

/// Adds up what is certain and what is expected.
///
/// Unseen conversions are kept at the rate at which the settled and pending ones are. The interval takes the parts to be independent of
/// each other: distances from the expectation are added as squares, each side apart.
///
/// # Errors
///
/// [`Absence::MixedCurrencies`] for parts of two currencies, [`Absence::OutOfRange`] beyond 96 bits.
pub fn outlook(parts: &OutlookParts) -> Result<Outlook, Absence> {
    let currency = parts.by_status.approved.amount.currency;
    let kept = kept_share(parts, currency)?;
    let unseen = parts.unseen.each(|amount| amount.checked_mul(kept))?;
    let approved = parts.by_status.approved.amount;
    let (pending, returns) = (parts.pending.kept, parts.returns);
    let inside = |money: Money| if money.currency == currency { Ok(money.amount) } else { Err(Absence::MixedCurrencies) };
    let sum = |numbers: [Decimal; 4]| {
        numbers.iter().try_fold(Decimal::ZERO, |sum, number| sum.checked_add(*number)).ok_or(Absence::OutOfRange)
    };
    let amount = sum([inside(approved)?, inside(pending.amount)?, inside(unseen.amount)?, -inside(returns.amount)?])?;
    let distance = |from: Money, to: Money| {
        let distance = inside(from)?.checked_sub(inside(to)?).ok_or(Absence::OutOfRange)?;
        f64::try_from(distance).map_err(|_| Absence::OutOfRange)
    };
    let below = [
        distance(pending.amount, pending.lower)?,
        distance(unseen.amount, unseen.lower)?,
        distance(returns.amount, returns.upper)?,
    ];
    let above = [
        distance(pending.amount, pending.upper)?,
        distance(unseen.amount, unseen.upper)?,
        distance(returns.amount, returns.lower)?,
    ];
    let reach = |parts: [f64; 3]| decimal(parts.iter().map(|part| part * part).sum::<f64>().sqrt());
    let money = |amount: Option<Decimal>| amount.map(|amount| Money::new(amount, currency)).ok_or(Absence::OutOfRange);
    Ok(Outlook {
        approved,
        reversed: parts.by_status.reversed.amount,
        pending,
        unseen,
        returns,
        final_revenue: Expected {
            amount: Money::new(amount, currency),
            lower: money(amount.checked_sub(reach(below)?))?,
            upper: money(amount.checked_add(reach(above)?))?,
        },
    })
}

/// Which share of what was seen is kept, as far as it is settled or expected.
fn kept_share(parts: &OutlookParts, currency: Currency) -> Result<Decimal, Absence> {
    let part = |money: Money| if money.currency == currency { Ok(money.amount) } else { Err(Absence::MixedCurrencies) };
    let status = &parts.by_status;
    let kept = part(status.approved.amount)?.checked_add(part(parts.pending.kept.amount)?);
    let all = part(status.approved.amount)?
        .checked_add(part(status.reversed.amount)?)
        .and_then(|sum| sum.checked_add(parts.pending.pending.amount));
    let (kept, all) = kept.zip(all).ok_or(Absence::OutOfRange)?;
    if all <= Decimal::ZERO {
        return Ok(Decimal::ONE);
    }
    kept.checked_div(all).map(|share| share.clamp(Decimal::ZERO, Decimal::ONE)).ok_or(Absence::OutOfRange)
}

impl Expected {
    fn each(self, f: impl Fn(Decimal) -> Option<Decimal>) -> Result<Self, Absence> {
        let apply = |money: Money| f(money.amount).map(|amount| Money::new(amount, money.currency)).ok_or(Absence::OutOfRange);
        Ok(Self { amount: apply(self.amount)?, lower: apply(self.lower)?, upper: apply(self.upper)? })
    }
}
