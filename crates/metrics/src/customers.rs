//! New customers, and who says that they are new.

use campaign_pilot_core::{Absence, Measured, Period};
use serde::{Deserialize, Serialize};

use crate::History;

/// By whose knowledge a customer is new.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NewCustomerSource {
    /// The campaign platform's: among the conversions credited to the campaign.
    #[default]
    Platform,
    /// The store's: first orders ever, among *all* orders of the product in the campaign's time. Since some of them came
    /// without the campaign, a cost per new customer made of them is a lower bound.
    Store,
}

/// New customers of a period, with who knows them.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct NewCustomers {
    /// How many.
    pub count: u64,
    /// By whose knowledge.
    pub known_by: NewCustomerSource,
}

/// The new customers by the preferred source, or by the other one where the preferred does not know.
///
/// # Errors
///
/// Why the preferred source does not know them, when neither does.
///
/// ```
/// use campaign_pilot_core::{Absence, Measured, Period};
/// use campaign_pilot_metrics::{NewCustomerSource, new_customers};
///
/// let unknown = Measured::Absent(Absence::NewCustomersUnknown);
/// let customers = new_customers(unknown, Measured::Known(4), NewCustomerSource::Platform)?;
/// assert_eq!((customers.count, customers.known_by), (4, NewCustomerSource::Store));
/// # Ok::<(), Absence>(())
/// ```
pub fn new_customers(
    platform: Measured<u64>,
    store: Measured<u64>,
    preferred: NewCustomerSource,
) -> Result<NewCustomers, Absence> {
    let by = |known_by, count| NewCustomers { count, known_by };
    let platform = platform.ok().map(|count| by(NewCustomerSource::Platform, count));
    let store = store.ok().map(|count| by(NewCustomerSource::Store, count));
    let (first, second) = match preferred {
        NewCustomerSource::Platform => (platform, store),
        NewCustomerSource::Store => (store, platform),
    };
    first.or_else(|missing| second.map_err(|_| missing))
}

/// First orders ever among the orders of a product in the hours that start in `period`, as the store knows them.
///
/// # Errors
///
/// Why they are not known of an hour with orders; [`Absence::NotYetReported`] when the history does not reach into the period.
pub fn store_new_customers(history: &History<'_>, period: Period) -> Result<u64, Absence> {
    history.covered().and_then(|covered| covered.intersection(period)).ok_or(Absence::NotYetReported)?;
    let hours = history.hours.iter().filter(|row| period.contains(row.hour) && row.orders > 0);
    hours.map(|row| row.new_customers.ok()).try_fold(0_u64, |sum, new| Ok(sum.saturating_add(new?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{hours, row};

    #[test]
    fn the_store_counts_what_it_knows() {
        let mut rows = [row(0, 1), row(1, 2), row(5, 1)];
        rows.iter_mut().for_each(|row| row.new_customers = Measured::Known(1));
        assert_eq!(store_new_customers(&History::new(&rows), hours(0, 4)), Ok(2));
        assert_eq!(store_new_customers(&History::new(&rows), hours(9, 12)), Err(Absence::NotYetReported));
        rows[1].new_customers = Measured::Absent(Absence::NewCustomersUnknown);
        assert_eq!(store_new_customers(&History::new(&rows), hours(0, 4)), Err(Absence::NewCustomersUnknown));
    }

    #[test]
    fn the_preferred_source_wins_and_its_reason_stays() {
        let (one, two) = (Measured::Known(1), Measured::Known(2));
        let count = |preferred| new_customers(one, two, preferred).map(|new| (new.count, new.known_by));
        assert_eq!(count(NewCustomerSource::Platform), Ok((1, NewCustomerSource::Platform)));
        assert_eq!(count(NewCustomerSource::Store), Ok((2, NewCustomerSource::Store)));
        let neither = new_customers(
            Measured::Absent(Absence::NotYetReported),
            Measured::Absent(Absence::NewCustomersUnknown),
            NewCustomerSource::Platform,
        );
        assert_eq!(neither, Err(Absence::NotYetReported));
    }
}
