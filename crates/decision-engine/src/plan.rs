//! Plans: what shall be done, decided whole and unchangeable.

mod diff;

pub use diff::{ActionDiff, ActionState, CampaignState, CampaignTarget, KnownWorld, PlanDiff, Unmet};

use std::collections::BTreeSet;

use campaign_pilot_core::{
    AdCopy, CampaignAction, DecisionId, DesiredStatus, Money, OperationId, OperationTag, PlanId, ProductId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::PlanError;

/// A predicted amount with its uncertainty.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: Money,
    /// The expectation.
    pub expected: Money,
    /// The upper end.
    pub high: Money,
}

/// What must still be so when an action is carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "require")]
pub enum Precondition {
    /// We still want the campaign to be so.
    Desired {
        /// What we wanted when the plan was made.
        status: DesiredStatus,
    },
    /// The budget in force is still the same.
    BudgetIs {
        /// The budget when the plan was made.
        budget: Money,
    },
    /// The end in force is still the same.
    EndIs {
        /// The first instant after the flight, in UTC, when the plan was made.
        end: Timestamp,
    },
    /// The words in force are still the same, whoever wrote them.
    CopyIs {
        /// The words when the plan was made.
        copy: AdCopy,
    },
    /// No campaign for the product runs.
    NotAdvertised {
        /// The product.
        product: ProductId,
    },
}

/// What is known at the moment an action is carried out.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Known {
    /// What we want of the campaign; `None` when it does not exist.
    pub desired: Option<DesiredStatus>,
    /// The budget in force.
    pub budget: Option<Money>,
    /// The end in force: the first instant after the flight, in UTC.
    #[serde(default)]
    pub end: Option<Timestamp>,
    /// The words in force.
    #[serde(default)]
    pub copy: Option<AdCopy>,
    /// The products that a running campaign promotes.
    pub advertised: BTreeSet<ProductId>,
}

impl Precondition {
    /// Whether it still holds. What is not known does not hold.
    #[must_use]
    pub fn holds(&self, known: &Known) -> bool {
        match self {
            Self::Desired { status } => known.desired == Some(*status),
            Self::BudgetIs { budget } => known.budget == Some(*budget),
            Self::EndIs { end } => known.end == Some(*end),
            Self::CopyIs { copy } => known.copy.as_ref().is_some_and(|known| known.has_words_of(copy)),
            Self::NotAdvertised { product } => !known.advertised.contains(product),
        }
    }

    /// What is instead; `None` while it holds.
    ///
    /// ```
    /// use campaign_pilot_core::DesiredStatus;
    /// use campaign_pilot_decision_engine::{Known, Precondition};
    ///
    /// let active = Precondition::Desired { status: DesiredStatus::Active };
    /// let paused = Known { desired: Some(DesiredStatus::Paused), ..Known::default() };
    /// assert_eq!(active.unmet(&paused).map(|unmet| unmet.to_string()).as_deref(), Some("it is paused instead of active"));
    /// ```
    #[must_use]
    pub fn unmet(&self, known: &Known) -> Option<Unmet> {
        if self.holds(known) {
            return None;
        }
        Some(match self {
            Self::Desired { status } => Unmet::Desired { required: *status, now: known.desired },
            Self::BudgetIs { budget } => Unmet::Budget { required: *budget, now: known.budget },
            Self::EndIs { end } => Unmet::End { required: *end, now: known.end },
            Self::CopyIs { copy } => Unmet::Copy { required: copy.clone(), now: known.copy.clone() },
            Self::NotAdvertised { product } => Unmet::Advertised { product: product.clone() },
        })
    }
}

/// One action of a plan.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlannedAction {
    /// The operation: the same decision always leads to the same one.
    pub operation: OperationId,
    /// The decision it carries out.
    pub decision: DecisionId,
    /// The tag by which the platform's object is found again.
    pub tag: OperationTag,
    /// What shall be so.
    pub action: CampaignAction,
    /// The money that it may cost in addition at most; zero when it only lowers, and for other words. A resumption
    /// reserves what is left of its budget, unless that still counts as committed; a later end what may be spent in the added days.
    pub reserved: Money,
    /// What must still be so when it is carried out.
    pub preconditions: Vec<Precondition>,
    /// What it is expected to bring, if that was predicted.
    pub predicted: Option<Interval>,
    /// The action and its reason in one sentence.
    pub sentence: String,
}

impl PlannedAction {
    /// Action number `index` of a decision, without preconditions and prediction.
    #[must_use]
    pub fn new(decision: DecisionId, index: usize, action: CampaignAction, reserved: Money, sentence: impl Into<String>) -> Self {
        let operation = OperationId::of(&decision, index);
        let tag = OperationTag::of(&operation);
        let sentence = sentence.into();
        Self { operation, decision, tag, action, reserved, preconditions: Vec::new(), predicted: None, sentence }
    }

    /// Adds what must still be so when it is carried out.
    #[must_use]
    pub fn requiring(mut self, precondition: Precondition) -> Self {
        self.preconditions.push(precondition);
        self
    }

    /// Adds what it is expected to bring.
    #[must_use]
    pub const fn predicting(mut self, interval: Interval) -> Self {
        self.predicted = Some(interval);
        self
    }

    /// Whether the action only lowers what may be spent. Other words are none of that: what they bring is not known before.
    #[must_use]
    pub fn only_lowers(&self) -> bool {
        match self.action {
            CampaignAction::Pause { .. } => true,
            CampaignAction::SetBudget { .. } | CampaignAction::SetEnd { .. } => !self.reserved.is_positive(),
            CampaignAction::Create { .. } | CampaignAction::Resume { .. } | CampaignAction::SetCopy { .. } => false,
        }
    }

    /// Stops first, then budget cuts and earlier ends, then raises, resumptions, later ends and other words, then launches.
    fn rank(&self) -> u8 {
        match self.action {
            CampaignAction::Pause { .. } => 0,
            CampaignAction::SetBudget { .. } | CampaignAction::SetEnd { .. } if self.only_lowers() => 1,
            CampaignAction::SetBudget { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. }
            | CampaignAction::Resume { .. } => 2,
            CampaignAction::Create { .. } => 3,
        }
    }
}

/// An ordered list of actions that was decided at one moment. Its id is the hash of its content.
///
/// Reading a plan back checks the hash, so a plan that was changed after it was made is refused.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "StoredPlan")]
pub struct Plan {
    id: PlanId,
    created_at: Timestamp,
    expires_at: Timestamp,
    actions: Vec<PlannedAction>,
}

impl Plan {
    /// A plan of actions, put into the order in which they are carried out: stops; budget cuts and earlier ends; raises,
    /// resumptions, later ends and other words; launches. Among equals the given order stays, so name the best launch first.
    ///
    /// # Errors
    ///
    /// [`PlanError::Lifetime`] unless it expires after it was made, [`PlanError::Duplicate`] when an operation stands in
    /// it twice.
    pub fn new(created_at: Timestamp, expires_at: Timestamp, mut actions: Vec<PlannedAction>) -> Result<Self, PlanError> {
        if expires_at <= created_at {
            return Err(PlanError::Lifetime { created_at, expires_at });
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = actions.iter().find(|action| !seen.insert(&action.operation)) {
            return Err(PlanError::Duplicate { operation: twice.operation.clone() });
        }
        actions.sort_by_key(PlannedAction::rank);
        let id = hash(created_at, expires_at, &actions)?;
        Ok(Self { id, created_at, expires_at, actions })
    }

    /// The hash of the content.
    #[must_use]
    pub const fn id(&self) -> &PlanId {
        &self.id
    }

    /// When it was made.
    #[must_use]
    pub const fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// From when on no action of it may be begun.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// Whether it is too late to begin an action of it.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// The actions, in the order in which they are carried out.
    #[must_use]
    pub fn actions(&self) -> &[PlannedAction] {
        &self.actions
    }
}

/// A plan as it was stored, not checked yet.
#[derive(Deserialize)]
struct StoredPlan {
    id: PlanId,
    created_at: Timestamp,
    expires_at: Timestamp,
    actions: Vec<PlannedAction>,
}

impl TryFrom<StoredPlan> for Plan {
    type Error = PlanError;

    fn try_from(stored: StoredPlan) -> Result<Self, PlanError> {
        let plan = Self::new(stored.created_at, stored.expires_at, stored.actions)?;
        if plan.id == stored.id {
            return Ok(plan);
        }
        Err(PlanError::Altered { id: stored.id })
    }
}

/// BLAKE3 over the JSON of the content. Field order is fixed and nothing in it is a map, so the JSON is canonical.
fn hash(created_at: Timestamp, expires_at: Timestamp, actions: &[PlannedAction]) -> Result<PlanId, PlanError> {
    let unwritable = |reason: String| PlanError::Unwritable { reason };
    let json = serde_json::to_vec(&(created_at, expires_at, actions)).map_err(|error| unwritable(error.to_string()))?;
    PlanId::new(blake3::hash(&json).to_hex().as_str()).map_err(|error| unwritable(error.to_string()))
}

#[cfg(test)]
mod tests;
