//! Recorded verdicts, taken and explained again.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use campaign_pilot_core::{DecisionId, DecisionRecord};
use campaign_pilot_decision_engine::{
    CampaignInput, DecidedBy, Decision, DecisionPolicy, ENGINE_VERSION, Explanation, decide_again, decide_one,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// What stands behind the sentence of a decision that was held back, before the reason.
pub(crate) const HELD_BACK: &str = " (held back: ";

/// Why a recorded decision cannot be explained.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// It is a launch, a change of a budget or the like, whose record has its own inputs.
    #[error("the decision `{decision}` is no verdict on a campaign")]
    NoVerdict {
        /// Which one.
        decision: DecisionId,
    },
    /// What was kept of it cannot be read.
    #[error("what was kept of the decision `{decision}` cannot be read: {reason}")]
    Unreadable {
        /// Which one.
        decision: DecisionId,
        /// What is wrong.
        reason: String,
    },
    /// Taken again it is another one: it was taken by other rules than those of this program, or its record was changed.
    #[error("the decision `{decision}` says \"{recorded}\"; taken again it says \"{again}\"")]
    Differs {
        /// Which one.
        decision: DecisionId,
        /// The sentence in the record.
        recorded: String,
        /// The sentence now.
        again: String,
    },
}

/// Explains a recorded verdict out of what was kept with it: it is taken again and has to come out the same, by verdict and sentence.
///
/// # Errors
///
/// [`ExplainError`]: for decisions that are no verdicts, for records that cannot be read, and where something else comes out.
pub fn explain(record: &DecisionRecord) -> Result<Explanation, ExplainError> {
    let decision = || record.id.clone();
    let verdict = record.verdict.ok_or_else(|| ExplainError::NoVerdict { decision: decision() })?;
    let kept = Kept::deserialize(&record.inputs);
    let kept = kept.map_err(|error| ExplainError::Unreadable { decision: decision(), reason: error.to_string() })?;
    let again = kept.again(decision());
    let held_back = record.sentence.strip_prefix(again.sentence.as_str());
    let held_back = held_back.filter(|rest| again.verdict == verdict && (rest.is_empty() || rest.starts_with(HELD_BACK)));
    let Some(held_back) = held_back else {
        let recorded = format!("{verdict}: {}", record.sentence);
        let again = format!("{}: {}", again.verdict, again.sentence);
        return Err(ExplainError::Differs { decision: decision(), recorded, again });
    };
    let (policy_version, engine_version) = (kept.policy_version, kept.engine_version);
    let decided = DecidedBy { at: Some(record.at), policy_version, engine_version };
    let mut explanation = campaign_pilot_decision_engine::explain(&again, &kept.input, &kept.policy, decided);
    let reason = held_back.strip_prefix(HELD_BACK).and_then(|rest| rest.strip_suffix(')'));
    explanation.notes.extend(reason.map(|reason| format!("held back: {reason}")));
    Ok(explanation)
}

/// What is kept of a verdict so that it can be taken and explained again. The version of the whole policy is added with the plan.
pub(crate) fn kept(input: Option<&CampaignInput>, decision: &Decision, policy: &DecisionPolicy) -> Value {
    let policy = input.map_or(Cow::Borrowed(policy), |input| policy.concerning(input));
    json!({ "input": input, "policy": policy, "sales_rose": decision.sales_rose, "engine_version": ENGINE_VERSION })
}

#[derive(Deserialize)]
struct Kept {
    input: CampaignInput,
    policy: DecisionPolicy,
    /// Not kept in older records.
    #[serde(default)]
    sales_rose: Option<bool>,
    #[serde(default)]
    policy_version: Option<String>,
    #[serde(default)]
    engine_version: Option<String>,
}

impl Kept {
    fn again(&self, id: DecisionId) -> Decision {
        match self.sales_rose {
            Some(sales_rose) => decide_again(id, &self.input, &self.policy, sales_rose),
            None => Decision { id, ..decide_one("", &self.input, &self.policy) },
        }
    }
}
