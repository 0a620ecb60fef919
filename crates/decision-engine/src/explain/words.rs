//! An explanation in lines.

use std::fmt;

use campaign_pilot_core::{Measured, Money, sanitize_line};
use campaign_pilot_metrics::evidence::{NoDecision, Outlook};
use rust_decimal::Decimal;

use super::{
    EvidenceOf, Explanation, ExplanationSection, FactSource, FactValue, MissingFact, StatedContribution, StatedEvidence,
    StatedFact,
};
use crate::sentence::{spent, total_spent};
use crate::{Basis, ChangeEffect, ChangeReview, Flip, Improvement, PassedOver, Shortfall};

impl Explanation {
    /// What it says below its sentence, in the order in which it is read: each line is one fact, without a line break.
    #[must_use]
    pub fn sections(&self) -> Vec<ExplanationSection> {
        let section = |title, lines: Vec<String>| ExplanationSection { title, lines };
        let or = |lines: Vec<String>, nothing: &str| if lines.is_empty() { vec![nothing.to_owned()] } else { lines };
        let flips = or(self.flips.iter().map(Flip::to_string).collect(), "no single fact that is known");
        let contribution = self.contribution.as_ref().map(StatedContribution::lines).unwrap_or_default();
        let mut sections = vec![
            section("Verdict", self.verdict_lines()),
            section("Facts", self.facts.iter().map(StatedFact::to_string).collect()),
            section("Evidence", or(self.evidence.iter().map(StatedEvidence::to_string).collect(), "nothing was tested")),
            section("Contribution", or(contribution, "nothing was estimated")),
            section("Risk", self.risk_lines()),
            section("What would change the verdict", flips),
            section("What was missing", or(self.missing.iter().map(MissingFact::to_string).collect(), "nothing")),
        ];
        if let Some(changes) = &self.changes {
            sections
                .insert(4, section("Changes", or(changes.lines(), "none that could be made is passed over, none is measured")));
        }
        if !self.notes.is_empty() {
            sections.push(section("Notes", self.notes.iter().map(|note| sanitize_line(note)).collect()));
        }
        sections
    }

    fn verdict_lines(&self) -> Vec<String> {
        let mut lines = vec![match self.basis {
            Some(basis) => format!("`{}` by `{}`: {}", self.verdict, basis.id(), basis.meaning()),
            None => format!("`{}`: nothing else is supported", self.verdict),
        }];
        if self.too_many_returns {
            lines.push("more comes back than usual, so that nothing better than `monitor` is said".to_owned());
        }
        lines.extend(self.withheld.map(|basis| {
            let id = basis.id();
            format!("`{id}` would say more, but is not relied on: earlier decisions by it have not kept what they said")
        }));
        lines.extend(self.budget_stop.map(|stop| format!("it stops for money: {}", spent(&stop))));
        lines.extend(self.total_stop.map(|stop| format!("it stops for money: {}", total_spent(&stop))));
        lines.push(format!("the thresholds alone say `{}`", self.ruling.verdict));
        let held = self.held.iter().map(|held| format!("`{}` applies but does not count: {}", held.rule.id(), held.missing));
        lines.extend(held);
        let or_unknown = |text: &Option<String>| text.clone().unwrap_or_else(|| "not recorded".to_owned());
        let decided = &self.decided;
        let at = decided.at.map_or_else(|| "not recorded".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
        let (policy, engine) = (or_unknown(&decided.policy_version), or_unknown(&decided.engine_version));
        lines.push(format!("decided at: {at}; policy: {policy}; version of the rules: {engine}"));
        lines.extend(self.overrides.iter().map(ToString::to_string));
        lines
    }

    fn risk_lines(&self) -> Vec<String> {
        let risk = &self.risk;
        let mut lines = vec![format!("{}, between {} and {}", two(risk.score), two(risk.low), two(risk.high))];
        lines.extend(risk.components().map(|(name, component)| {
            let missing = component.missing.map(|absence| format!(" ({absence}: the middle stands in)")).unwrap_or_default();
            format!("{} of that by the {name}: {}{missing}", two(component.share), two(component.value))
        }));
        lines
    }
}

impl Basis {
    /// Its name in policies, scenarios and JSON: the rule's, such as `sales_fell`, or `earns`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::Loses => "loses",
            Self::StockShort => "stock_short",
            Self::Improvement => "improvement",
            Self::Earns => "earns",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.meaning(),
            Self::Loses => "going on is expected to cost more than it brings",
            Self::StockShort => "there is no stock beyond what sells without the campaign",
            Self::Improvement => "it earns, and a change is expected to make it earn more",
            Self::Earns => "it is expected to bring more than it costs",
        }
    }
}

impl fmt::Display for StatedFact {
    /// `"cost: 20.00 EUR (platform, 10 min old)"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({}", self.what, self.value, self.source.name())?;
        match (self.age_minutes, self.as_of) {
            (Some(minutes), _) => write!(f, ", {} old)", age(minutes)),
            (None, Some(as_of)) => write!(f, ", as of {})", as_of.strftime("%Y-%m-%d %H:%M UTC")),
            (None, None) if self.source.has_an_age() => f.write_str(", age not recorded)"),
            (None, None) => f.write_str(")"),
        }
    }
}

/// `"50 min"`, `"47 h"`, `"2 days"`.
fn age(minutes: i64) -> String {
    match minutes {
        ..120 => format!("{minutes} min"),
        120..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

impl FactSource {
    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::PageViews => "page views",
            Self::Platform => "platform",
            Self::Pilot => "pilot",
            Self::Forecast => "forecast",
            Self::Policy => "policy",
            Self::Assumed => "assumed",
        }
    }

    const fn has_an_age(self) -> bool {
        matches!(self, Self::Store | Self::PageViews | Self::Platform | Self::Forecast)
    }
}

impl fmt::Display for FactValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{}", cents(*money)),
            Self::Percent(percent) => write!(f, "{} %", percent.round_dp(1).normalize()),
            Self::Number(number) => write!(f, "{}", number.round_dp(2).normalize()),
            Self::Hours(hours) => write!(f, "{}", hours.round_dp(1).normalize()),
        }
    }
}

impl ChangeReview {
    fn lines(&self) -> Vec<String> {
        let passed = self.passed.iter().map(PassedOver::to_string);
        passed.chain(self.effects.iter().map(ChangeEffect::to_string)).collect()
    }
}

impl fmt::Display for MissingFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl fmt::Display for StatedEvidence {
    /// `"falling sales: p = 0.2, e-value 5, at most 0.05 needed: not yet, not before about 40 more sales, 6 days"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: p = {}", self.of.name(), small(self.p))?;
        if let Some(e_value) = self.e_value {
            write!(f, ", e-value {}", small(e_value))?;
        }
        let Some(needed) = self.needed else { return f.write_str("; not asked for, the thresholds alone decide") };
        match self.of {
            EvidenceOf::SalesRose => write!(f, ", among all campaigns with at most {} wrong ones", Percent(needed))?,
            _ => write!(f, ", at most {needed} needed")?,
        }
        match (self.holds, self.of) {
            (true, _) => f.write_str(": holds"),
            (false, _) if self.other_causes => write!(f, ": not yet, since {}", Shortfall::OtherCauses),
            (false, EvidenceOf::Returns) => f.write_str(": chance may explain it"),
            (false, _) => write!(f, ": not yet{}", self.outlook.map(when).unwrap_or_default()),
        }
    }
}

struct Percent(Decimal);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", (self.0 * Decimal::ONE_HUNDRED).round_dp(2).normalize())
    }
}

fn when(outlook: Outlook) -> String {
    match outlook {
        Outlook::After { sales, days: Measured::Known(days) } => {
            format!(", not before about {sales:.0} more sales, {days:.0} days")
        }
        Outlook::After { sales, .. } => format!(", not before about {sales:.0} more sales"),
        Outlook::Decided => String::new(),
        Outlook::Never { reason: NoDecision::NothingSeen } => ", nothing was seen".to_owned(),
        Outlook::Never { reason: NoDecision::NoEffectSeen } => ", no effect is seen".to_owned(),
        Outlook::Never { .. } => ", and not in sight".to_owned(),
    }
}

/// Few digits, but enough that neither 0.0001 nor 123456 is blurred.
fn small(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        1e6.. | ..1e-4 => format!("{number:.1e}"),
        100.0.. => format!("{number:.0}"),
        1.0.. => format!("{number:.1}").trim_end_matches(".0").to_owned(),
        _ => format!("{number:.4}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

impl StatedContribution {
    fn lines(&self) -> Vec<String> {
        let expected = &self.expected;
        let percent = Percent;
        let mut lines = vec![
            format!(
                "{} a day expected, {} to {} in {} of the cases",
                cents(expected.gain_per_day),
                cents(expected.low_per_day).amount,
                cents(expected.high_per_day).amount,
                percent(self.level)
            ),
            format!(
                "of {} credited revenue a day at {}, {} of it caused by the ad, less {} cost",
                cents(expected.revenue_per_day),
                expected.margin,
                percent(expected.caused),
                cents(expected.cost_per_day)
            ),
        ];
        let earns = format!("{} likely to earn", percent(expected.earns));
        lines.push(match self.likely {
            Some(likely) => format!("{earns}; {} needed to go on, {} to pause", percent(likely), percent(Decimal::ONE - likely)),
            None => earns,
        });
        if expected.earns_with_stock > expected.earns {
            lines.push(format!("with stock for everybody {}", percent(expected.earns_with_stock)));
        }
        if let Some(so_far) = self.so_far {
            lines.push(format!("so far, counted the same way: {}", cents(so_far)));
        }
        if !expected.tried {
            lines.push("no ad for the product has run before: this is what others' ads say".to_owned());
        }
        if let Some(price) = expected.budget_price {
            let (per_unit, pays) = (price.per_unit.round_dp(2).normalize(), percent(price.pays));
            lines.push(format!("a unit of budget has to contribute {per_unit}, since others would: {pays} likely"));
        }
        if let Some(days) = expected.days_to_know {
            lines.push(format!("more is not known before about {} days", days.ceil().normalize()));
        }
        lines.extend(self.improvement.as_ref().map(Improvement::to_string));
        lines
    }
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

fn two(number: Decimal) -> String {
    format!("{:.2}", number.round_dp(2))
}
