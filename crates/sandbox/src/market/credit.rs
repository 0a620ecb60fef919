//! What partners are credited for sales, and what that costs.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::ads::AdSale;
use super::goods::{Good, Variant};
use super::instant;
use super::partners::Partner;
use crate::impact::{ActionItem, NewAction, PlatformState};

/// How long impact.com takes to show an action, in seconds.
const ACTION_SHOWN_AFTER: i64 = 9 * 60;
/// How long an action can be reversed: longer than anything is returned.
const ACTION_LOCKED_AFTER: SignedDuration = SignedDuration::from_hours(21 * 24);

/// What the actions of an order that stand have cost.
pub(super) fn standing_cost(platform: &PlatformState, order: u64) -> Decimal {
    let actions = platform.actions().filter(|action| action.reported.order_id == order && action.reversed_at.is_none());
    actions.map(|action| action.reported.client_cost).sum()
}

/// The action of a sale through an ad: the partner's commission, and the platform's fee on top of it.
#[expect(clippy::too_many_arguments, reason = "one value made of what eight places know")]
pub(super) fn action(
    sale: &AdSale,
    order: u64,
    good: &Good,
    variant: &Variant,
    units: u32,
    partners: &[Partner],
    fee: Decimal,
    end: Timestamp,
) -> NewAction {
    let amount = variant.amount(units);
    let commission =
        partners.iter().find(|partner| partner.id == sale.partner).map_or(Decimal::ZERO, |partner| partner.commission);
    let payout = (amount * commission).round_dp(2);
    let shown = instant(sale.at.as_second() + ACTION_SHOWN_AFTER);
    NewAction {
        ad: sale.ad,
        partner: sale.partner,
        order_id: order,
        amount,
        payout,
        client_cost: (payout * fee).round_dp(2),
        referred_at: sale.clicked_at,
        event_at: sale.at,
        created_at: shown.min(end),
        locks_at: sale.at.checked_add(ACTION_LOCKED_AFTER).unwrap_or(Timestamp::MAX),
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
