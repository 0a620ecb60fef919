//! Hours of products as rows, written many at a time.

use campaign_pilot_core::{Absence, Currency, Measured, Money, PortResult, ProductHour, ProductId};
use sqlx::{FromRow, QueryBuilder, Sqlite, SqliteConnection};

use super::decode::instant;
use super::failure::Failures;

/// How many rows one statement writes: 14 values each stay well below SQLite's 32,766 per statement.
const ROWS: usize = 500;

/// The columns of `product_hour`.
#[derive(FromRow)]
pub(super) struct Row {
    product: String,
    hour: i64,
    units: i64,
    refunded_units: i64,
    orders: i64,
    revenue: String,
    revenue_currency: String,
    refunds: String,
    refunds_currency: String,
    new_customers: Option<i64>,
    new_customers_absent: Option<String>,
    views: Option<i64>,
    views_absent: Option<String>,
    in_stock: bool,
}

/// An hour as a row.
pub(super) fn row(failures: &Failures, hour: &ProductHour) -> PortResult<Row> {
    let count = |name: &str, value: u64| {
        i64::try_from(value).map_err(|error| failures.unstorable(format_args!("{name} of product {}", hour.product), error))
    };
    let measured = |name: &str, value: &Measured<u64>| match value {
        Measured::Known(number) => Ok((Some(count(name, *number)?), None)),
        Measured::Absent(absence) => absence_name(failures, *absence).map(|reason| (None, Some(reason))),
    };
    let (new_customers, new_customers_absent) = measured("new customers", &hour.new_customers)?;
    let (views, views_absent) = measured("views", &hour.views)?;
    Ok(Row {
        product: hour.product.as_str().to_owned(),
        hour: hour.hour.as_microsecond(),
        units: hour.units,
        refunded_units: hour.refunded_units,
        orders: count("orders", hour.orders)?,
        revenue: hour.revenue.amount.to_string(),
        revenue_currency: hour.revenue.currency.code().to_owned(),
        refunds: hour.refunds.amount.to_string(),
        refunds_currency: hour.refunds.currency.code().to_owned(),
        new_customers,
        new_customers_absent,
        views,
        views_absent,
        in_stock: hour.in_stock,
    })
}

/// A row as an hour.
pub(super) fn value(failures: &Failures, product: &ProductId, row: Row) -> PortResult<ProductHour> {
    let damaged = |what: &str, reason: &dyn std::fmt::Display| {
        failures.damaged(format_args!("{what} of an hour of product {product}"), reason)
    };
    let count = |what: &str, value: i64| u64::try_from(value).map_err(|error| damaged(what, &error));
    let money = |what: &str, amount: &str, currency: &str| {
        let currency: Currency = currency.parse().map_err(|error| damaged(what, &error))?;
        Money::parse(amount, currency).map_err(|error| damaged(what, &error))
    };
    let measured = |what: &str, number: Option<i64>, absent: Option<String>| match (number, absent) {
        (Some(number), _) => count(what, number).map(Measured::Known),
        (None, Some(name)) => read_absence(&name).map(Measured::Absent).map_err(|error| damaged(what, &error)),
        (None, None) => Err(damaged(what, &"neither a number nor a reason")),
    };
    Ok(ProductHour {
        product: product.clone(),
        hour: instant(failures, "the time of an hour", row.hour)?,
        units: row.units,
        refunded_units: row.refunded_units,
        orders: count("the orders", row.orders)?,
        revenue: money("the revenue", &row.revenue, &row.revenue_currency)?,
        refunds: money("the refunds", &row.refunds, &row.refunds_currency)?,
        new_customers: measured("the new customers", row.new_customers, row.new_customers_absent)?,
        views: measured("the views", row.views, row.views_absent)?,
        in_stock: row.in_stock,
    })
}

/// Writes rows, replacing those of the same product and hour; of two in `rows` the later one stays.
pub(super) async fn upsert(connection: &mut SqliteConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO product_hour (product, hour, units, refunded_units, orders, revenue, revenue_currency, refunds,
                 refunds_currency, new_customers, new_customers_absent, views, views_absent, in_stock) ",
        );
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(row.product.as_str())
                .push_bind(row.hour)
                .push_bind(row.units)
                .push_bind(row.refunded_units)
                .push_bind(row.orders)
                .push_bind(row.revenue.as_str())
                .push_bind(row.revenue_currency.as_str())
                .push_bind(row.refunds.as_str())
                .push_bind(row.refunds_currency.as_str())
                .push_bind(row.new_customers)
                .push_bind(row.new_customers_absent.as_deref())
                .push_bind(row.views)
                .push_bind(row.views_absent.as_deref())
                .push_bind(row.in_stock);
        });
        insert.push(
            " ON CONFLICT (product, hour) DO UPDATE SET units = excluded.units, refunded_units = excluded.refunded_units,
                 orders = excluded.orders, revenue = excluded.revenue, revenue_currency = excluded.revenue_currency,
                 refunds = excluded.refunds, refunds_currency = excluded.refunds_currency,
                 new_customers = excluded.new_customers, new_customers_absent = excluded.new_customers_absent,
                 views = excluded.views, views_absent = excluded.views_absent, in_stock = excluded.in_stock",
        );
        // Only full chunks repeat, so only their statement is worth keeping.
        insert.build().persistent(rows.len() == ROWS).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The rows of a product from one microsecond up to but without another, oldest first.
pub(super) async fn select(
    connection: &mut SqliteConnection,
    product: &ProductId,
    from: i64,
    to: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM product_hour WHERE product = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour")
        .bind(product.as_str())
        .bind(from)
        .bind(to)
        .fetch_all(connection)
        .await
}

/// The absence as it stands in JSON too: `no_view_source`.
fn absence_name(failures: &Failures, absence: Absence) -> PortResult<String> {
    match serde_json::to_value(absence) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        Ok(other) => Err(failures.unstorable("a reason", other)),
        Err(error) => Err(failures.unstorable("a reason", error)),
    }
}

fn read_absence(name: &str) -> Result<Absence, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(name.to_owned()))
}
