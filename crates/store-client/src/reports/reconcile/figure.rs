//! The figures that are compared.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::reports::RevenueStats;

/// A figure that both sides have.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// Orders.
    OrdersCount,
    /// Units sold less units refunded.
    NumItemsSold,
    /// Goods and fees before discounts and refunds, without tax.
    GrossSales,
    /// Discounts, without tax.
    Coupons,
    /// Refunds of goods and fees, without tax.
    Refunds,
    /// Taxes, after refunds.
    Taxes,
    /// Shipping without tax, after refunds.
    Shipping,
    /// Gross sales less coupons less refunds.
    NetRevenue,
    /// What was paid less what was given back.
    TotalSales,
}

pub(super) const FIGURES: [Figure; 9] = [
    Figure::OrdersCount,
    Figure::NumItemsSold,
    Figure::GrossSales,
    Figure::Coupons,
    Figure::Refunds,
    Figure::Taxes,
    Figure::Shipping,
    Figure::NetRevenue,
    Figure::TotalSales,
];

impl Figure {
    pub(super) fn of(self, totals: &RevenueStats) -> Decimal {
        match self {
            Self::OrdersCount => totals.orders_count.into(),
            Self::NumItemsSold => totals.num_items_sold,
            Self::GrossSales => totals.gross_sales,
            Self::Coupons => totals.coupons,
            Self::Refunds => totals.refunds,
            Self::Taxes => totals.taxes,
            Self::Shipping => totals.shipping,
            Self::NetRevenue => totals.net_revenue,
            Self::TotalSales => totals.total_sales,
        }
    }

    /// Where a report's row holds it.
    pub(super) const fn in_rows(self) -> Option<usize> {
        match self {
            Self::OrdersCount => Some(0),
            Self::NumItemsSold => Some(1),
            Self::NetRevenue => Some(2),
            Self::TotalSales => Some(3),
            _ => None,
        }
    }

    /// The figure's name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OrdersCount => "orders",
            Self::NumItemsSold => "items sold",
            Self::GrossSales => "gross sales",
            Self::Coupons => "coupons",
            Self::Refunds => "refunds",
            Self::Taxes => "taxes",
            Self::Shipping => "shipping",
            Self::NetRevenue => "net revenue",
            Self::TotalSales => "total sales",
        }
    }
}
