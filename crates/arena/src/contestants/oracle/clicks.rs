//! Clicks that are bought: how much to spend a day on each product.

use campaign_pilot_core::ProductId;
use rust_decimal::prelude::ToPrimitive;

use super::{budget, days_left, number};
use crate::contestant::Failure;
use crate::turn::Turn;

/// The least of a day's spending that is worth a campaign.
const LEAST_A_DAY: f64 = 1.05;

pub(super) async fn take_turn(turn: &mut Turn<'_>) -> Result<(), Failure> {
    let left = days_left(turn);
    if left < 2.0 {
        return Ok(());
    }
    let wanted = wanted(turn, left);
    let losing: Vec<_> = turn
        .campaigns()
        .filter(|campaign| campaign.runs(turn.now()) && wanted.iter().all(|(product, _)| *product != campaign.product))
        .map(|campaign| campaign.id.clone())
        .collect();
    for campaign in losing {
        let _ = turn.pause(&campaign).await?;
    }
    for (product, a_day) in wanted {
        if turn.running(&product).is_some() {
            continue;
        }
        let funds = budget(turn, a_day * left);
        let days = (super::amount(funds) / a_day).min(left);
        if super::amount(funds) / days.ceil() >= 1.0 && funds.amount <= turn.room().amount {
            let _ = turn.launch(&product, funds, whole_days(days)).await?;
        }
    }
    Ok(())
}

/// The spending a day on each product at which the last click brings its price and what money is worth elsewhere, best first.
fn wanted(turn: &Turn<'_>, left: f64) -> Vec<(ProductId, f64)> {
    let room =
        super::amount(turn.caps().total) - turn.campaigns().map(|campaign| super::amount(campaign.performance.cost)).sum::<f64>();
    let products: Vec<&campaign_pilot_core::Product> = turn.products().filter(|product| product.stock.is_available()).collect();
    turn.market().insight(|insight| {
        let offers: Vec<_> = products
            .iter()
            .filter_map(|product| Some((product.id.clone(), insight.click_offer(number(&product.id)?, left)?)))
            .collect();
        let at_price = |price: f64| -> Vec<(ProductId, f64)> {
            let spend = |offer: &campaign_pilot_sandbox::ClickOffer| {
                let dearer = campaign_pilot_sandbox::ClickOffer { value: offer.value / (1.0 + price), ..*offer };
                dearer.best_spend().to_f64().unwrap_or(0.0)
            };
            let wanted = offers.iter().map(|(product, offer)| (product.clone(), spend(offer)));
            wanted.filter(|(_, a_day)| *a_day >= LEAST_A_DAY).collect()
        };
        let total = |wanted: &[(ProductId, f64)]| wanted.iter().map(|(_, a_day)| a_day * left).sum::<f64>();
        let (mut low, mut high) = (0.0, 0.0);
        while total(&at_price(high)) > room && high < 64.0 {
            low = high;
            high = if high > 0.0 { 2.0 * high } else { 0.25 };
        }
        for _ in 0..20 {
            let middle = f64::midpoint(low, high);
            if total(&at_price(middle)) > room { low = middle } else { high = middle }
        }
        let mut wanted = at_price(high);
        let ratio = |product: &ProductId| {
            let offer = offers.iter().find(|(id, _)| id == product).map(|(_, offer)| offer.value / offer.price);
            offer.unwrap_or(0.0)
        };
        wanted.sort_by(|a, b| ratio(&b.0).total_cmp(&ratio(&a.0)));
        wanted
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a flight's days")]
fn whole_days(days: f64) -> u32 {
    days.ceil().max(1.0) as u32
}
