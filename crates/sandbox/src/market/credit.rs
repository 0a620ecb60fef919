//! What partners are credited for sales, and what that costs.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::goods::{Good, Variant};
use super::instant;
use super::partners::Partner;
use super::shopper::AdSale;
use crate::impact::{ActionItem, NewAction};

/// How long impact.com takes to show an action, in seconds.
const ACTION_SHOWN_AFTER: i64 = 9 * 60;
/// On what terms a sale is credited.
pub(super) struct Commission<'a> {
    /// Who is credited.
    pub(super) partner: Option<&'a Partner>,
    /// What the platform takes on top, as a part.
    pub(super) platform_fee: f64,
    /// How long the action can be reversed.
    pub(super) locked_after: SignedDuration,
    /// When it is shown; `None` for the platform's own delay, by `shown_by` at the latest.
    pub(super) shown_at: Option<Timestamp>,
    pub(super) shown_by: Timestamp,
}

/// The action of a sale through an ad: the partner's commission, and the platform's fee on top of it.
pub(super) fn action(sale: &AdSale, order: u64, good: &Good, variant: &Variant, units: u32, terms: &Commission<'_>) -> NewAction {
    let amount = variant.amount(units);
    let payout = (amount * terms.partner.map_or(Decimal::ZERO, |partner| partner.commission)).round_dp(2);
    let fee = Decimal::ONE + Decimal::try_from(terms.platform_fee).unwrap_or_default();
    let soon = instant(sale.at.as_second() + ACTION_SHOWN_AFTER).min(terms.shown_by);
    NewAction {
        ad: sale.ad,
        partner: sale.partner,
        order_id: order,
        amount,
        payout,
        client_cost: (payout * fee).round_dp(2),
        referred_at: sale.clicked_at,
        event_at: sale.at,
        created_at: terms.shown_at.unwrap_or(soon),
        locks_at: sale.at.checked_add(terms.locked_after).unwrap_or(Timestamp::MAX),
        new_customer: sale.new_customer,
        items: vec![ActionItem {
            sku: variant.sku.clone(),
            name: good.name.clone(),
            category: good.category.clone(),
            quantity: units,
            sale_amount: amount,
        }],
    }
}
