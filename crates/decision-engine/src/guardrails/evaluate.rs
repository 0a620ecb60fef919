//! Holding an action against a rule, in exact decimals.

use campaign_pilot_core::Money;
use rust_decimal::Decimal;

use super::fact::{Fact, Unit};
use super::state::{Case, Reading};
use super::table::{Condition, GuardRule, Kind, NewValue, Term};
use crate::PlannedAction;

/// A rule that refuses an action, and why.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) rule: &'static str,
    pub(super) reason: String,
}

impl Refusal {
    pub(super) fn no_rule(planned: &PlannedAction) -> Self {
        Self { rule: "unknown_action", reason: format!("there is no rule for the action `{}`", planned.action.name()) }
    }
}

/// What keeps a condition from being true.
enum Obstacle {
    Broken,
    Missing(Fact),
    TooLarge,
}

impl Case<'_> {
    pub(super) fn refusal(&self, rule: &GuardRule, kind: Kind) -> Option<Refusal> {
        if !rule.on.contains(&kind) {
            return None;
        }
        let reason = match self.holds(&rule.requires) {
            Ok(()) => return None,
            Err(Obstacle::Broken) => self.sentence(rule.refusal),
            Err(Obstacle::Missing(fact)) => fact.missing(self.currency),
            Err(Obstacle::TooLarge) => "an amount is too large to be computed".to_owned(),
        };
        Some(Refusal { rule: rule.id, reason })
    }

    pub(super) fn new_value(&self, value: &NewValue) -> Reading {
        match value {
            NewValue::Yes => Reading::Flag(true),
            // What cannot be counted is not known any more, so that the next action that needs it is held back.
            NewValue::Term(term) => self.number(term).map_or(Reading::Unknown, Reading::Number),
        }
    }

    fn holds(&self, condition: &Condition) -> Result<(), Obstacle> {
        let broken_unless = |holds: bool| if holds { Ok(()) } else { Err(Obstacle::Broken) };
        match condition {
            Condition::AtMost(left, right) => broken_unless(self.number(left)? <= self.number(right)?),
            Condition::Below(left, right) => broken_unless(self.number(left)? < self.number(right)?),
            Condition::Is(fact) => broken_unless(self.flag(*fact)?),
            Condition::IsNot(fact) => broken_unless(!self.flag(*fact)?),
            Condition::Off(fact) => broken_unless(self.reading(*fact) == Reading::Off),
            Condition::Any(conditions) => self.any(conditions),
        }
    }

    /// Broken only if every condition is: one that is not known could be true.
    fn any(&self, conditions: &[Condition]) -> Result<(), Obstacle> {
        let mut answer = Err(Obstacle::Broken);
        for condition in conditions {
            match self.holds(condition) {
                Ok(()) => return Ok(()),
                Err(Obstacle::Broken) => {}
                Err(unknown) if matches!(answer, Err(Obstacle::Broken)) => answer = Err(unknown),
                Err(_) => {}
            }
        }
        answer
    }

    fn flag(&self, fact: Fact) -> Result<bool, Obstacle> {
        match self.reading(fact) {
            Reading::Flag(flag) => Ok(flag),
            Reading::Number(_) | Reading::Off | Reading::Unknown => Err(Obstacle::Missing(fact)),
        }
    }

    fn number(&self, term: &Term) -> Result<Decimal, Obstacle> {
        let pair = |left: &Term, right: &Term, of: fn(Decimal, Decimal) -> Option<Decimal>| {
            of(self.number(left)?, self.number(right)?).ok_or(Obstacle::TooLarge)
        };
        match term {
            Term::Number(number) => Ok(Decimal::from(*number)),
            Term::Fact(fact) => match self.reading(*fact) {
                Reading::Number(number) => Ok(number),
                Reading::Flag(_) | Reading::Off | Reading::Unknown => Err(Obstacle::Missing(*fact)),
            },
            Term::Sum(left, right) => pair(left, right, Decimal::checked_add),
            Term::Difference(left, right) => pair(left, right, Decimal::checked_sub),
            Term::Product(left, right) => pair(left, right, Decimal::checked_mul),
        }
    }

    /// A sentence with its names in braces replaced by what they stand for.
    fn sentence(&self, template: &str) -> String {
        let mut sentence = template.to_owned();
        for fact in Fact::ALL {
            let name = format!("{{{}}}", fact.name());
            if sentence.contains(&name) {
                sentence = sentence.replace(&name, &self.words(*fact));
            }
        }
        for shown in self.table().shown {
            let amount = self.number(&shown.amount).map(|amount| Money::new(amount, self.currency).to_string());
            sentence = sentence.replace(&format!("{{{}}}", shown.name), &amount.unwrap_or_default());
        }
        sentence
    }

    fn words(&self, fact: Fact) -> String {
        match (self.reading(fact), fact.unit()) {
            (Reading::Number(amount), Unit::Money) => Money::new(amount, self.currency).to_string(),
            (Reading::Number(number), _) => number.normalize().to_string(),
            (Reading::Flag(flag), _) => flag.to_string(),
            (Reading::Off | Reading::Unknown, _) => "an unknown".to_owned(),
        }
    }
}
