//! Revenue that is still open: conversions that are pending, not yet reported, or may still come back.
//!
//! What a platform shows today is wrong in known directions: recent days lack the conversions that come late, pending ones may be
//! reversed, and sold goods are returned. Each of these is learned from history and given with an interval, and what is approved, pending
//! and reversed stays apart.
//!
//! ```
//! use campaign_pilot_core::{Currency, Money};
//! use campaign_pilot_metrics::open::{Conversion, Status, by_status};
//! use rust_decimal::dec;
//!
//! let conversion = |status, amount| Conversion {
//!     origin: "2026-11-02T09:00:00Z".parse().unwrap(),
//!     seen: "2026-11-03T17:00:00Z".parse().unwrap(),
//!     amount: Money::new(amount, Currency::EUR),
//!     status,
//! };
//! let settled = "2026-11-20T00:00:00Z".parse()?;
//! let parts = by_status(
//!     &[
//!         conversion(Status::Pending, dec!(80)),
//!         conversion(Status::Approved { at: settled }, dec!(120)),
//!         conversion(Status::Reversed { at: settled }, dec!(40)),
//!     ],
//!     Currency::EUR,
//! )?;
//! assert_eq!(parts.pending.amount, Money::new(dec!(80), Currency::EUR));
//! assert_eq!((parts.approved.count, parts.reversed.count), (1, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod complete;
mod lag;
mod outlook;
mod returns;
mod revenue;
mod settlement;

use campaign_pilot_core::{Absence, Currency, Money};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use complete::{Cohort, Completed, Completion, CompletionMethod, complete};
pub use lag::{Delay, LagCurve};
pub use outlook::{Expected, Outlook, OutlookParts, outlook};
pub use returns::{ExpectedReturns, Sold, expected_returns};
pub use revenue::{Clicks, OpenRevenue, OpenSettings, open_revenue};
pub use settlement::{PendingOutcome, Settlement};

/// A conversion as a platform reports it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Conversion {
    /// The click, or whatever else it is counted from.
    pub origin: Timestamp,
    /// When it became visible.
    pub seen: Timestamp,
    /// What was bought.
    pub amount: Money,
    /// What became of it.
    pub status: Status,
}

/// What became of a conversion.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Credited; it can still be reversed.
    Pending,
    /// Final.
    Approved {
        /// Since when.
        at: Timestamp,
    },
    /// Taken back: nothing will be paid, and nothing was earned.
    Reversed {
        /// Since when.
        at: Timestamp,
    },
}

/// Conversions of one status.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Part {
    /// How many there are.
    pub count: u64,
    /// What they add up to.
    pub amount: Money,
}

/// Conversions by what became of them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ByStatus {
    /// Credited, not final.
    pub pending: Part,
    /// Final.
    pub approved: Part,
    /// Taken back.
    pub reversed: Part,
}

/// Adds conversions up by what became of them; exact.
///
/// # Errors
///
/// [`Absence::MixedCurrencies`] when one is not in `currency`, [`Absence::OutOfRange`] beyond 96 bits.
pub fn by_status(conversions: &[Conversion], currency: Currency) -> Result<ByStatus, Absence> {
    let nothing = Part { count: 0, amount: Money::zero(currency) };
    let mut parts = ByStatus { pending: nothing, approved: nothing, reversed: nothing };
    for conversion in conversions {
        let part = match conversion.status {
            Status::Pending => &mut parts.pending,
            Status::Approved { .. } => &mut parts.approved,
            Status::Reversed { .. } => &mut parts.reversed,
        };
        if conversion.amount.currency != currency {
            return Err(Absence::MixedCurrencies);
        }
        part.amount = part.amount.checked_add(conversion.amount).map_err(|_| Absence::OutOfRange)?;
        part.count = part.count.saturating_add(1);
    }
    Ok(parts)
}

/// A statistical factor as a decimal of ten digits, to multiply money with.
fn decimal(factor: f64) -> Result<Decimal, Absence> {
    Decimal::from_f64_retain(factor).map(|decimal| decimal.round_dp(10)).ok_or(Absence::OutOfRange)
}

/// How far an interval of a standard normal reaches.
fn reach(confidence: f64) -> Result<f64, Absence> {
    crate::lift::normal_reach(confidence).map_err(Absence::from)
}
