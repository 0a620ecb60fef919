//! Holding an action against a rule, in exact decimals.

use campaign_pilot_core::Money;
use jiff::Timestamp;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::fact::{Fact, Unit};
use super::state::{Case, Reading};
use super::table::{Condition, GuardRule, Kind, NewValue, Term};

/// What keeps a condition from being true.
pub(super) enum Obstacle {
    Broken,
    Missing(Fact),
    TooLarge,
}

impl Case<'_> {
    /// What speaks against the action; `None` where the rule holds, or is not for its kind.
    pub(super) fn obstacle(&self, rule: &GuardRule, kind: Kind) -> Option<Obstacle> {
        if rule.on.contains(&kind) { self.holds(&rule.requires).err() } else { None }
    }

    /// Why a rule refuses the action, in words.
    pub(super) fn reason(&self, rule: &GuardRule, obstacle: &Obstacle) -> String {
        match obstacle {
            Obstacle::Broken => self.sentence(rule.refusal),
            Obstacle::Missing(fact) => fact.missing(self.currency),
            Obstacle::TooLarge => "an amount is too large to be computed".to_owned(),
        }
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
        let mut parts = template.split(['{', '}']);
        let mut sentence = parts.next().unwrap_or_default().to_owned();
        while let (Some(name), Some(text)) = (parts.next(), parts.next()) {
            let fact = Fact::ALL.iter().find(|fact| fact.name() == name);
            let shown = self.table().shown.iter().find(|shown| shown.name == name);
            let words =
                fact.map(|fact| self.words(*fact)).or_else(|| self.number(&shown?.amount).ok().map(|sum| self.money(sum)));
            sentence.push_str(&words.unwrap_or_default());
            sentence.push_str(text);
        }
        sentence
    }

    fn words(&self, fact: Fact) -> String {
        match (self.reading(fact), fact.unit()) {
            (Reading::Number(amount), Unit::Money) => self.money(amount),
            (Reading::Number(seconds), Unit::Instant) => instant(seconds),
            (Reading::Number(number), _) => number.normalize().to_string(),
            (Reading::Flag(flag), _) => flag.to_string(),
            (Reading::Off | Reading::Unknown, _) => "an unknown".to_owned(),
        }
    }

    fn money(&self, amount: Decimal) -> String {
        Money::new(amount, self.currency).to_string()
    }
}

/// An instant given in seconds, in UTC.
fn instant(seconds: Decimal) -> String {
    let nanoseconds = seconds.checked_mul(Decimal::from(1_000_000_000)).and_then(|exact| exact.to_i128());
    let instant = nanoseconds.and_then(|exact| Timestamp::from_nanosecond(exact).ok());
    instant.map_or_else(|| "an unknown".to_owned(), |instant| instant.to_string())
}
