//! How decisions turned out, by rule.

use campaign_pilot_core::{Currency, Money};
use campaign_pilot_decision_engine::CalibrationState;
use serde::Serialize;

use super::super::model::{RuleRow, RunReport};
use super::super::number::{money, number};

#[derive(Serialize)]
pub(super) struct Rule<'a> {
    rule: &'a str,
    version: &'a str,
    checked: u32,
    right: String,
    predicted: String,
    observed: String,
    covered: String,
    state: String,
    /// `good`, `bad` or nothing.
    tone: &'static str,
}

pub(super) fn rules(report: &RunReport) -> Vec<Rule<'_>> {
    report.rules.iter().map(|row| rule(row, report.run.currency)).collect()
}

fn rule(row: &RuleRow, currency: Currency) -> Rule<'_> {
    let none = || "\u{2013}".to_owned();
    let sum = |amount: Option<Money>| amount.map_or_else(none, |amount| money(amount, currency));
    Rule {
        rule: &row.rule,
        version: &row.policy_version,
        checked: row.checked,
        right: format!("{} of {} stated", row.right, number(row.stated, 1)),
        predicted: sum(row.predicted),
        observed: sum(row.observed),
        covered: row.covered_percent.map_or_else(none, |percent| format!("{} %", number(percent, 0))),
        state: row.state.to_string(),
        tone: match row.state {
            CalibrationState::Holds => "good",
            CalibrationState::Broken { .. } => "bad",
            CalibrationState::TooFew { .. } => "",
        },
    }
}
