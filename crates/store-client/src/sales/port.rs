//! Sales as the port's observations.

use campaign_pilot_core::{Money, Period, ProductId, SalesObservation, SalesReading, StockOut};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{Cell, Sales, read};
use crate::{StoreError, WooApi};

/// What a store sold in a period, by product, hour of UTC and currency.
pub(crate) async fn reading(api: &WooApi, period: Period, stock_outs: Vec<StockOut>) -> Result<SalesReading, StoreError> {
    Ok(of(read::by_utc_hours(api, period).await?, stock_outs))
}

fn of(sales: Sales, stock_outs: Vec<StockOut>) -> SalesReading {
    SalesReading {
        period: sales.period,
        observations: sales.cells.iter().map(observation).collect(),
        stock_outs,
        rejected: sales.rejected,
        quality: sales.quality,
    }
}

fn observation(cell: &Cell) -> SalesObservation {
    let figures = cell.figures;
    SalesObservation {
        product: ProductId::from_number(cell.product),
        period: cell.period,
        units: units(figures.units),
        refunded_units: units(figures.refunded_units),
        orders: figures.orders,
        revenue: Money::new(figures.revenue, cell.currency),
        refunds: Money::new(figures.refunds, cell.currency),
        new_customers: cell.new_customers,
    }
}

/// Whole units; fractions of goods by weight are rounded half away from zero.
fn units(quantity: Decimal) -> i64 {
    let rounded = quantity.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    rounded.to_i64().unwrap_or(if quantity.is_sign_negative() { i64::MIN } else { i64::MAX })
}
