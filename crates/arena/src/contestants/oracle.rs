//! The oracle: it knows every parameter of the market, and nothing of what will be drawn.

mod affiliate;
mod clicks;

use async_trait::async_trait;
use campaign_pilot_core::{Money, ProductId};
use campaign_pilot_sandbox::world::PlatformKind;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::contestant::{Contestant, Failure};
use crate::turn::Turn;

/// Knows the world's parameters, but not its future draws, and maximises the expected contribution under the caps.
///
/// Each day it weighs, for every product, the contribution that an ad is expected to bring against its expected cost, with a price on
/// money that makes the spending of the whole flight fit the total cap; it ends what is not worth its money any more, and replaces ads
/// whose audience has tired.
#[derive(Debug, Default)]
pub struct Oracle {
    plan: affiliate::Plan,
}

#[async_trait]
impl Contestant for Oracle {
    fn name(&self) -> &'static str {
        "oracle"
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        match turn.market().world().platform.kind {
            PlatformKind::Affiliate => affiliate::take_turn(&mut self.plan, turn).await,
            PlatformKind::Paid => clicks::take_turn(turn).await,
        }
    }
}

/// Days that are left of the flight, in full.
fn days_left(turn: &Turn<'_>) -> f64 {
    turn.flight_ends().duration_since(turn.now()).as_secs_f64() / 86_400.0
}

/// What can still be spent, as a number.
fn amount(money: Money) -> f64 {
    money.amount.to_f64().unwrap_or(0.0)
}

/// A budget in the currency of the caps, within what one campaign may have.
fn budget(turn: &Turn<'_>, expected: f64) -> Money {
    let most = turn.caps().per_campaign;
    let wanted = Decimal::from_f64(expected).unwrap_or_default().round_dp(2);
    Money::new(wanted.clamp(Decimal::ONE, most.amount), most.currency)
}

fn number(product: &ProductId) -> Option<u64> {
    product.as_str().parse().ok()
}
