//! The tool that explains a decision.

use campaign_pilot_core::{DecisionId, ErrorKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Toolbox;
use crate::error::{AgentError, Result};
use crate::explain::{ExplainError, explain};

/// Input of `explain_decision`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainDecision {
    /// The decision's id, as reports name it.
    pub decision_id: String,
}

/// Output of `explain_decision`.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DecisionView {
    /// The decision's id.
    pub decision_id: String,
    /// When it was taken.
    pub at: String,
    /// The product.
    pub product_id: String,
    /// The campaign, where it is about one.
    pub campaign_id: Option<String>,
    /// The verdict; `None` for launches and changes.
    pub verdict: Option<String>,
    /// The decision in one sentence.
    pub sentence: String,
    /// Everything that a verdict rests on, in lines: rule, facts, evidence, contribution, risk, and what would change it.
    pub text: Option<String>,
    /// The same as data; of launches and changes, what was kept with them.
    pub details: Value,
}

impl Toolbox {
    /// Explains a decision of this memory: a verdict is taken again from what was kept with it, and has to come out the same.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when the decision is not remembered, [`ErrorKind::Invalid`] when its record cannot be read or another
    /// decision comes out of it, otherwise when the memory cannot be read.
    pub async fn explain_decision(&self, input: &ExplainDecision) -> Result<DecisionView> {
        let id = DecisionId::new(&input.decision_id)
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the decision id cannot be used").with_source(source))?;
        let record = self.ports.knowledge.decision(&id).await.map_err(AgentError::memory("reading a decision"))?;
        let record = record.ok_or_else(|| AgentError::new(ErrorKind::NotFound, format!("there is no decision `{id}`")))?;
        let (text, details) = match explain(&record) {
            Ok(explanation) => (Some(explanation.to_string()), super::answer(&explanation)?),
            Err(ExplainError::NoVerdict { .. }) => (None, record.inputs.clone()),
            Err(error) => return Err(AgentError::new(ErrorKind::Invalid, error.to_string()).with_source(error)),
        };
        Ok(DecisionView {
            decision_id: record.id.to_string(),
            at: record.at.to_string(),
            product_id: record.product.to_string(),
            campaign_id: record.campaign.as_ref().map(ToString::to_string),
            verdict: record.verdict.map(|verdict| verdict.name().to_owned()),
            sentence: record.sentence,
            text,
            details,
        })
    }
}
