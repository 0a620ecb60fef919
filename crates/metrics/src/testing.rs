//! Hours for the tests of this crate.

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period, ProductHour, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// 2026-11-02, a Monday, plus a number of hours.
pub(crate) fn at(hour: i64) -> Timestamp {
    let monday: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    Timestamp::from_second(monday.as_second() + hour * 3_600).unwrap()
}

pub(crate) fn hours(from: i64, to: i64) -> Period {
    Period::new(at(from), at(to)).unwrap()
}

/// An hour with sales at 10 euros each and ten views per sale.
pub(crate) fn row(hour: i64, units: i64) -> ProductHour {
    ProductHour {
        product: ProductId::from_number(11),
        hour: at(hour),
        units,
        refunded_units: 0,
        orders: units.unsigned_abs(),
        revenue: Money::new(Decimal::from(units * 10), Currency::EUR),
        refunds: Money::zero(Currency::EUR),
        new_customers: Measured::Known(0),
        views: Measured::Known(units.unsigned_abs() * 10),
        in_stock: true,
    }
}

pub(crate) fn out_of_stock(hour: i64) -> ProductHour {
    ProductHour { in_stock: false, ..row(hour, 0) }
}

pub(crate) fn unviewed(hour: i64, units: i64) -> ProductHour {
    ProductHour { views: Measured::Absent(Absence::NoViewSource), ..row(hour, units) }
}

pub(crate) fn refunded(hour: i64, units: i64) -> ProductHour {
    ProductHour { refunded_units: units, refunds: Money::new(Decimal::from(units * 10), Currency::EUR), ..row(hour, 0) }
}
