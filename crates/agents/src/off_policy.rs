//! What another exploration policy would have earned, from the draws and launches that were recorded.

mod choices;
#[cfg(test)]
mod tests;

use std::fmt;

use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{Currency, Period};
use campaign_pilot_decision_engine::{OffPolicy, OffPolicyError, OffPolicySettings, off_policy};

use self::choices::Choices;
use crate::error::Result;
use crate::policy::ExplorationPolicy;

/// What another policy would have earned for each choice to try a product or not, and of what that was reckoned.
#[derive(Clone, Debug, PartialEq)]
pub struct OffPolicyReport {
    /// How many choices count.
    pub choices: usize,
    /// Of how many the product was launched.
    pub launched: usize,
    /// How many were left out since their outcome, or that of an earlier one, is not known yet.
    pub open: usize,
    /// How many launches were left out since their draw was not recorded.
    pub not_logged: usize,
    /// The estimates, or why there are none: most often the two policies hardly make the same choices.
    pub estimate: std::result::Result<OffPolicy, OffPolicyError>,
}

/// Estimates what another exploration policy would have earned for each choice, by inverse propensity weighting, self-normalised and doubly
/// robust, from what the memory holds of a period.
///
/// A choice is one draw of a product, or its launch for what is expected of it (which has the probability 1). Its reward is what its
/// launches contributed; nothing where it was not tried, or where limits kept it from being launched. What is compared is
/// [`launch_from`](ExplorationPolicy::launch_from): which products are launched for what is expected of them, and which are drawn. Limits
/// are taken as they were, and so is the rest of the policy, prospects among it. The model of the doubly robust estimate is what was
/// expected at the time.
///
/// # Errors
///
/// When the memory cannot be read. Too little overlap is no error but part of the [report](OffPolicyReport::estimate).
///
/// # Examples
///
/// Forty products had a chance of one half, and those that were tried brought 3.00 each. Had all been launched, each choice would
/// have brought twice as much.
///
/// ```
/// use campaign_pilot_agents::{ExplorationPolicy, estimate_exploration};
/// use campaign_pilot_core::ports::Knowledge;
/// use campaign_pilot_core::{Currency, DecisionId, DecisionRecord, Period, ProductId};
/// use campaign_pilot_decision_engine::OffPolicySettings;
/// use campaign_pilot_memory::VolatileMemory;
/// use rust_decimal::dec;
/// use serde_json::json;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let memory = VolatileMemory::default();
/// for number in 1..=80_u64 {
///     let (product, drawn) = (ProductId::from_number(number), if number % 2 == 0 { "0.25" } else { "0.75" });
///     let record = |id: String, inputs| DecisionRecord {
///         id: DecisionId::of("example", &id),
///         plan: None,
///         at: "2026-10-01T00:00:00Z".parse().unwrap(),
///         campaign: None,
///         product: product.clone(),
///         verdict: None,
///         sentence: String::new(),
///         inputs,
///         predicted: None,
///         outcome: None,
///     };
///     let expected = json!({ "amount": "2.50", "currency": "EUR" });
///     let draw = json!({ "draw": { "product": product, "turn": 1, "propensity": "0.5", "drawn": drawn, "worth": true, "expected": expected } });
///     memory.put_decisions(&[record(format!("draw {number}"), draw)]).await?;
///     if number % 2 == 0 {
///         let launched = json!({ "exploration": { "propensity": "0.5", "drawn": drawn } });
///         let mut launch = record(format!("launch {number}"), launched);
///         launch.outcome = Some(dec!(3));
///         memory.put_decisions(&[launch]).await?;
///     }
/// }
/// let all = ExplorationPolicy { launch_from: dec!(0.4), ..ExplorationPolicy::default() };
/// let october = Period::new("2026-10-01T00:00:00Z".parse()?, "2026-11-01T00:00:00Z".parse()?)?;
/// let found = estimate_exploration(&memory, october, &all, Currency::EUR, &OffPolicySettings::default()).await?;
/// let estimate = found.estimate?;
/// assert_eq!((found.choices, found.launched), (80, 40));
/// assert_eq!((estimate.logged.value.amount, estimate.weighted.value.amount), (dec!(1.5), dec!(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn estimate_exploration(
    knowledge: &dyn Knowledge,
    period: Period,
    other: &ExplorationPolicy,
    currency: Currency,
    settings: &OffPolicySettings,
) -> Result<OffPolicyReport> {
    let choices = Choices::load(knowledge, period, other, currency).await?;
    Ok(OffPolicyReport {
        choices: choices.made.len(),
        launched: choices.launched,
        open: choices.open,
        not_logged: choices.not_logged,
        estimate: off_policy(&choices.made, settings),
    })
}

impl fmt::Display for OffPolicyReport {
    /// `"80 choices, 40 launched: 1.50 EUR each in fact; by the other policy 3.00 EUR (2.41 to 3.59), self-normalised ..."`, or why nothing
    /// can be said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} choices, {} launched", self.choices, self.launched)?;
        if self.open > 0 {
            write!(f, ", {} more are still open", self.open)?;
        }
        match &self.estimate {
            Err(error) => write!(f, ": nothing can be said of the other policy: {error}"),
            Ok(found) => {
                let said = |estimate: &campaign_pilot_decision_engine::OffPolicyEstimate| {
                    let [low, high] = [estimate.low, estimate.high].map(|money| money.rounded().amount);
                    format!("{} ({low} to {high})", estimate.value.rounded())
                };
                write!(f, ": {} each in fact; by the other policy {}", found.logged.value.rounded(), said(&found.weighted))?;
                write!(f, ", self-normalised {}", said(&found.self_normalised))?;
                found.doubly_robust.iter().try_for_each(|robust| write!(f, ", doubly robust {}", said(robust)))
            }
        }
    }
}
