//! What was drawn of the products that are tried, launched or not: without the draws that launched nothing nobody can reckon afterwards
//! what another policy would have done.

use std::collections::BTreeMap;

use campaign_pilot_core::{DecisionId, DecisionRecord, Money, Product, ProductId};
use campaign_pilot_decision_engine::Prospect;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CreatorAgent, Exploration};
use crate::snapshot::Snapshot;

/// Of how many products the draw is kept, each time it is drawn anew: those with the best scores.
const DRAWS_KEPT: usize = 200;

/// The draw that decided whether a product is tried. To launch and not to launch are both choices.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Draw {
    /// The product.
    pub product: ProductId,
    /// Which draw of it: they are numbered through time.
    pub turn: i64,
    /// The probability that the product is tried, from 0 to 1.
    pub propensity: Decimal,
    /// The number between 0 and 1 that was drawn: below the propensity the product is tried.
    pub drawn: Decimal,
    /// Whether it is expected to bring at least what its budget brings elsewhere.
    pub worth: bool,
    /// What its flight is expected to contribute.
    pub expected: Money,
}

impl Draw {
    /// Whether the draw says that the product is tried. Limits may keep it from being launched all the same.
    #[must_use]
    pub fn is_tried(&self) -> bool {
        self.drawn < self.propensity
    }

    pub(super) const fn exploration(&self) -> Exploration {
        Exploration { propensity: self.propensity, drawn: self.drawn }
    }

    /// Its decision: the same for every cycle in which this draw counts.
    fn decision(&self) -> DecisionId {
        DecisionId::of(&format!("draw/{}", self.turn), self.product.as_str())
    }

    fn record(&self, snapshot: &Snapshot) -> DecisionRecord {
        let name = snapshot.products.get(&self.product).map_or_else(|| self.product.to_string(), |product| product.name.clone());
        let percent = (self.propensity * Decimal::ONE_HUNDRED).round();
        let said = if self.is_tried() { "is to be tried" } else { "is not tried" };
        DecisionRecord {
            id: self.decision(),
            plan: None,
            at: snapshot.now,
            campaign: None,
            product: self.product.clone(),
            verdict: None,
            sentence: format!("`{name}` {said}: drawn with a probability of {percent} %"),
            inputs: json!({ "draw": self }),
            predicted: None,
            outcome: None,
        }
    }
}

/// With which probabilities the draws of the present turn were recorded.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub struct DrawLog {
    turn: i64,
    recorded: BTreeMap<ProductId, Decimal>,
}

impl DrawLog {
    /// The records of draws that are new, or whose probability has risen since: what a product was tried with is the highest one of its
    /// turn. At most so many as are kept for a turn, whatever they say.
    pub(crate) fn take(&mut self, draws: &[Draw], snapshot: &Snapshot) -> Vec<DecisionRecord> {
        let mut records = Vec::new();
        for draw in draws {
            if draw.turn != self.turn {
                *self = Self { turn: draw.turn, recorded: BTreeMap::new() };
            }
            let before = self.recorded.get(&draw.product);
            let is_new = before.is_none() && self.recorded.len() < DRAWS_KEPT;
            if !is_new && before.is_none_or(|before| *before >= draw.propensity) {
                continue;
            }
            self.recorded.insert(draw.product.clone(), draw.propensity);
            records.push(draw.record(snapshot));
        }
        records
    }
}

impl CreatorAgent {
    /// What is drawn for a product: it stays the same for some days.
    pub(super) fn draw(&self, product: &Product, prospect: &Prospect, snapshot: &Snapshot) -> Draw {
        let length = i64::from(self.policy.exploration.draw_days.max(1)) * 86_400;
        let turn = snapshot.now.as_second().div_euclid(length);
        let days = Decimal::from(self.days());
        Draw {
            product: product.id.clone(),
            turn,
            propensity: prospect.likely_worth(),
            drawn: uniform(&format!("{turn}/{}", product.id)),
            worth: prospect.is_worth_its_budget(),
            expected: super::cents(prospect.gain_per_day.checked_mul(days).unwrap_or(prospect.gain_per_day)),
        }
    }
}

/// A number from 0 to below 1 made of a text: the same text always gives the same number.
pub(super) fn uniform(text: &str) -> Decimal {
    // The first digits of a UUID; later ones hold its version.
    let id = DecisionId::of("exploration", text);
    let digits = id.as_str().trim_start_matches("d-").get(..8).unwrap_or_default();
    Decimal::from(u32::from_str_radix(digits, 16).unwrap_or(u32::MAX)) / Decimal::from(1_u64 << 32)
}
