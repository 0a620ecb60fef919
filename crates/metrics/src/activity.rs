//! What a product did, or was expected to do, in a period.

use campaign_pilot_core::{Absence, Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Sales and views of one product in one period, observed or expected. Expectations have fractions.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Activity {
    /// Units sold less units taken back, or expected to be.
    pub units: Measured<Decimal>,
    /// Revenue less refunds made or expected, without tax.
    pub revenue: Measured<Money>,
    /// Page views.
    pub views: Measured<Decimal>,
}

impl Activity {
    /// Nothing is known, for one reason.
    #[must_use]
    pub const fn absent(why: Absence) -> Self {
        Self { units: Measured::Absent(why), revenue: Measured::Absent(why), views: Measured::Absent(why) }
    }
}
