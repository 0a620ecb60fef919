//! What came, held against what a scenario expects.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Write};
use std::path::Path;

use campaign_pilot_decision_engine::{Decision, Flip, Rule};

use super::format::{Missing, Scenario, Then};
use super::input;
use super::words::basis_word;

/// Reads one file and decides on it.
///
/// # Errors
///
/// A text for whoever wrote the file: which one, what is wrong with it or what came instead, and the sentence.
pub(crate) fn check(file: &Path, text: &str) -> Result<Decision, String> {
    let scenario: Scenario = toml::from_str(text).map_err(|error| format!("{}\n{error}", file.display()))?;
    if scenario.story.trim().is_empty() {
        return Err(format!("{}\n  its story is empty", file.display()));
    }
    let (decision, flips) = input::decided(&scenario).map_err(|wrong| format!("{}\n  {wrong}", file.display()))?;
    let wrong = differences(&scenario.then, &decision, &flips);
    if wrong.is_empty() {
        return Ok(decision);
    }
    let mut report = format!("{}\n", file.display());
    for line in wrong {
        let _ = writeln!(report, "  {line}");
    }
    let _ = write!(report, "  the sentence was: {}", decision.sentence);
    Err(report)
}

fn differences(then: &Then, decision: &Decision, flips: &[Flip]) -> Vec<String> {
    let held: BTreeMap<Rule, Missing> = decision.held.iter().map(|held| (held.rule, Missing::from(&held.missing))).collect();
    let not_judged: BTreeSet<Rule> = decision.ruling.skipped().map(|(rule, _)| rule).collect();
    let mut wrong = Vec::new();
    let mut compare = |key: &str, expected: Option<String>, came: String| {
        if let Some(expected) = expected.filter(|expected| *expected != came) {
            wrong.push(format!("{key}: expected {expected}, came {came}"));
        }
    };
    let in_capitals = |verdict: campaign_pilot_core::Verdict| verdict.name().to_uppercase();
    compare("verdict", Some(in_capitals(then.verdict.0)), in_capitals(decision.verdict));
    compare("stops", Some(then.stops.to_string()), decision.stops().to_string());
    compare("basis", then.basis.map(|basis| basis_word(basis.0)), basis_word(decision.basis));
    let alone = then.thresholds_alone.map(|verdict| in_capitals(verdict.0));
    compare("thresholds_alone", alone, in_capitals(decision.raw_verdict));
    compare("held", then.held.as_ref().map(words), words(&held));
    compare("not_judged", then.not_judged.as_ref().map(words), words(&not_judged));
    compare("budget_is_spent", then.budget_is_spent.map(|is| is.to_string()), decision.is_over_budget().to_string());
    let more = then.more_comes_back_than_usual.map(|is| is.to_string());
    compare("more_comes_back_than_usual", more, decision.too_many_returns.to_string());
    let flips: Vec<String> = flips.iter().map(Flip::to_string).collect();
    compare("would_change_it", then.would_change_it.as_ref().map(words), words(&flips));
    let missing = then.says.iter().filter(|part| !decision.sentence.contains(*part));
    wrong.extend(missing.map(|part| format!("says: expected \"{part}\", which is not in the sentence")));
    let unwanted = then.does_not_say.iter().filter(|part| decision.sentence.contains(*part));
    wrong.extend(unwanted.map(|part| format!("does_not_say: \"{part}\" is in the sentence")));
    wrong
}

fn words(set: &impl Debug) -> String {
    format!("{set:?}")
}
