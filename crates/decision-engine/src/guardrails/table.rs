//! The form of the rules: data that the evaluator follows and that can be handed to a solver.

use campaign_pilot_core::CampaignAction;
use serde::{Serialize, Serializer};

use super::fact::{Fact, Unit};
use crate::PlannedAction;

/// The guardrails as data: what kinds of action there are, the facts, the rules, and what an admitted action changes.
///
/// It serialises to JSON, from which its properties can be proved; reading it back is not possible, since there is only one.
///
/// ```
/// use campaign_pilot_decision_engine::Guardrails;
///
/// let json = serde_json::to_value(Guardrails::table())?;
/// assert_eq!(json["rules"][0]["id"], "one_currency");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Serialize)]
pub struct GuardTable {
    pub(super) kinds: &'static [KindRow],
    #[serde(serialize_with = "rows")]
    pub(super) facts: &'static [Fact],
    pub(super) rules: &'static [GuardRule],
    pub(super) updates: &'static [Update],
    #[serde(skip)]
    pub(super) shown: &'static [Shown],
}

impl GuardTable {
    /// The rules, in the order in which they are named to a reader.
    #[must_use]
    pub const fn rules(&self) -> &'static [GuardRule] {
        self.rules
    }
}

/// One rule: for some kinds of action, what must hold, and what is said when it does not.
#[derive(Debug, Serialize)]
pub struct GuardRule {
    pub(super) id: &'static str,
    pub(super) on: &'static [Kind],
    pub(super) requires: Condition,
    /// A sentence with facts in braces.
    pub(super) refusal: &'static str,
}

impl GuardRule {
    /// The rule's name, as in [`HeldAction::rules`](crate::HeldAction::rules).
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }
}

/// What an action does to spending.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Create,
    Raise,
    Resume,
    /// A later end.
    Extend,
    Cut,
    /// An earlier end.
    Shorten,
    Pause,
    /// Other words, which cost nothing.
    Reword,
}

/// How a kind of action is recognised.
#[derive(Debug, Serialize)]
pub(super) struct KindRow {
    pub(super) kind: Kind,
    /// The action's name, see [`CampaignAction::name`].
    pub(super) action: &'static str,
    pub(super) reserves: Reserves,
}

/// What an action of a kind reserves.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reserves {
    Anything,
    /// More than zero.
    Something,
    /// Zero or less.
    Nothing,
}

/// A number made of facts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Term {
    Number(i64),
    Fact(Fact),
    Sum(&'static Self, &'static Self),
    Difference(&'static Self, &'static Self),
    Product(&'static Self, &'static Self),
}

/// What must hold. A comparison of something unknown is unknown; `any` is unknown only where that decides.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Condition {
    AtMost(Term, Term),
    Below(Term, Term),
    Is(Fact),
    IsNot(Fact),
    /// The policy leaves the limit unset.
    Off(Fact),
    Any(&'static [Self]),
}

/// What an admitted action changes for those after it.
#[derive(Debug, Serialize)]
pub(super) struct Update {
    pub(super) fact: Fact,
    pub(super) on: &'static [Kind],
    pub(super) to: NewValue,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewValue {
    Term(Term),
    Yes,
}

/// An amount that a sentence shows by its name.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) amount: Term,
}

impl GuardTable {
    pub(super) fn kind_of(&self, planned: &PlannedAction) -> Option<Kind> {
        let reserves = |row: &&KindRow| match row.reserves {
            Reserves::Anything => true,
            Reserves::Something => planned.reserved.is_positive(),
            Reserves::Nothing => !planned.reserved.is_positive(),
        };
        let name = CampaignAction::name(&planned.action);
        self.kinds.iter().filter(|row| row.action == name).find(reserves).map(|row| row.kind)
    }
}

fn rows<S: Serializer>(facts: &[Fact], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Row {
        fact: Fact,
        unit: Unit,
        may_be_off: bool,
    }
    serializer.collect_seq(facts.iter().map(|&fact| Row { fact, unit: fact.unit(), may_be_off: fact.may_be_off() }))
}
