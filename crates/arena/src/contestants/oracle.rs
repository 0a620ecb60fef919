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
/// On an affiliate platform it weighs, each day and for every product, whole plans of what to do until the flight is over: let the ad that
/// runs go on for some days, launch another one now or later, replace it again and again after so many days, or end it for good. It takes
/// the first step of the plan with the highest expected contribution, with a price on money that makes what is planned fit the total cap,
/// and plans anew on the next day, when it is known which partners have taken which ads. On a paid platform it weighs how much to spend a
/// day on each product.
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

#[cfg(test)]
mod tests {
    use campaign_pilot_sandbox::World;

    use super::*;
    use crate::testing::watch;
    use crate::{Flight, Opened, contestants};

    /// The mean profit of a contestant over a few seeds.
    fn profit(opened: &[Opened], name: &str) -> f64 {
        let entrant = contestants::all().into_iter().find(|entrant| entrant.name == name).unwrap();
        let profits = opened.iter().map(|opened| opened.fly(&mut *(entrant.make)()).unwrap().profit_percent);
        profits.sum::<f64>() / opened.len() as f64
    }

    #[test]
    fn no_contestant_beats_it() {
        for (world, days) in [("tiny", 21), ("scarce-stock", 14)] {
            let world = World::named(world).unwrap();
            let open = |seed| Flight { world: world.clone(), seed, days }.open().unwrap();
            let opened: Vec<_> = (1..=2).map(open).collect();
            let oracle = profit(&opened, "oracle");
            for other in ["relaunch", "thompson", "always-on", "rules", "no-ads"] {
                let profit = profit(&opened, other);
                assert!(
                    profit < oracle,
                    "{}: {other} {profit:.2} %, oracle {oracle:.2} % (seeds 1 and 2, {days} days)",
                    world.name
                );
            }
        }
    }

    #[test]
    fn keeps_the_caps_in_both_kinds_of_worlds_and_flies_alike_again() {
        for world in ["tiny", "paid"] {
            // Watching fails where a launch or all budgets break a cap.
            let watched = watch(world, 2, 20, Oracle::default());
            assert!(!watched.campaigns.is_empty(), "{world}");
            assert_eq!(watched.result, watch(world, 2, 20, Oracle::default()).result, "{world}");
        }
    }
}
