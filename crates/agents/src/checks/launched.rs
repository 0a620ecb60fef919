//! What is kept of a launch so that it can be checked.

use campaign_pilot_core::DecisionRecord;
use campaign_pilot_decision_engine::{ContributionOutlook, DecidingRule, Prediction};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a launch decision was taken by.
pub(super) struct Launched {
    pub(super) outlook: ContributionOutlook,
    pub(super) rule: DecidingRule,
    pub(super) policy_version: String,
}

impl Launched {
    /// `None` for a launch that was decided before outlooks were kept.
    pub(super) fn of(launch: &DecisionRecord) -> Option<Self> {
        let outlook = ContributionOutlook::deserialize(launch.inputs.get("outlook")?).ok()?;
        let is_trial = launch.inputs.get("exploration").is_some_and(|exploration| !exploration.is_null());
        let rule = if is_trial { DecidingRule::Exploration } else { DecidingRule::Launch };
        let policy_version = launch.inputs.get("policy_version").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Self { outlook, rule, policy_version })
    }
}

/// Keeps a prediction with a verdict.
pub(crate) fn kept_with(record: &mut DecisionRecord, prediction: &Prediction) {
    record.predicted = Some(prediction.interval.expected);
    if let Value::Object(inputs) = &mut record.inputs {
        inputs.insert("prediction".to_owned(), json!(prediction));
    }
}
