//! What every implementor of a port must keep, as functions that a test calls.
//!
//! Each suite talks to the port alone, so it judges an in-memory fake, a database and a client over HTTP alike. It
//! stops at the first promise that is broken and says what it saw instead.
//!
//! ```
//! use campaign_pilot_core::conformance;
//! use campaign_pilot_core::fakes::FakeCatalog;
//! use campaign_pilot_core::Currency;
//!
//! # async fn example() {
//! let catalog = FakeCatalog::new(Currency::EUR);
//! conformance::catalog(&catalog).await.unwrap();
//! # }
//! # futures_util::FutureExt::now_or_never(example()).unwrap();
//! ```

mod journal;
mod knowledge;
mod platform;
mod quota;
mod samples;
mod signals;
mod store;

use std::fmt::Debug;

pub use journal::journal;
pub use knowledge::knowledge;
pub use platform::campaign_platform;
pub use quota::call_quota;
pub use signals::{copy_writer, market_signals};
pub use store::{catalog, page_views, sales_history};

use crate::PortResult;

/// A promise of a port that an implementor broke.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("broken: {rule}; seen: {seen}")]
pub struct Violation {
    rule: &'static str,
    seen: String,
}

impl Violation {
    /// The promise, as a sentence.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        self.rule
    }

    /// What was seen instead.
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }

    fn new(rule: &'static str, seen: impl Debug) -> Self {
        Self { rule, seen: format!("{seen:?}") }
    }
}

/// The result of a suite.
pub type Conformance = Result<(), Violation>;

/// Fails unless `kept`, showing `seen`.
fn ensure(rule: &'static str, kept: bool, seen: impl Debug) -> Conformance {
    if kept { Ok(()) } else { Err(Violation::new(rule, seen)) }
}

/// Fails unless both are equal, showing both.
fn ensure_eq<T: Debug + PartialEq>(rule: &'static str, seen: &T, wanted: &T) -> Conformance {
    if seen == wanted { Ok(()) } else { Err(Violation { rule, seen: format!("{seen:?} instead of {wanted:?}") }) }
}

/// The value of a call that has no reason to fail.
fn answered<T>(rule: &'static str, result: PortResult<T>) -> Result<T, Violation> {
    result.map_err(|error| Violation::new(rule, error))
}
