//! Decisions in the words of the people who read them.

use campaign_pilot_core::{Absence, Measured, Verdict, sanitize_line};
use rust_decimal::Decimal;

use crate::{BudgetStop, CampaignInput, DecisionPolicy, EvidenceGate, Gated, HeldRule, MinimumExposure, Rule, Ruling};

/// What the ledger says about a campaign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ledger {
    Within,
    Spent(BudgetStop),
    Unclear,
}

pub(crate) fn of_decision(
    input: &CampaignInput,
    policy: &DecisionPolicy,
    ruling: &Ruling,
    gated: &Gated,
    ledger: Ledger,
) -> String {
    let name = sanitize_line(&input.name);
    let reason = match (gated.rule, gated.held.first()) {
        (Some(rule), _) => format!("{}{}", observed(rule, input), seen(rule, input, &policy.gate)),
        (None, Some(held)) => not_yet(held, input),
        (None, None) => mixed(input, ruling),
    };
    let reason = match ledger {
        Ledger::Within => reason,
        Ledger::Spent(stop) if gated.verdict.stops() => format!("{reason}; and {}", spent(&stop)),
        Ledger::Spent(stop) => spent(&stop),
        Ledger::Unclear => format!("{reason}; its cost and its budget are in two currencies and cannot be compared"),
    };
    let verb = if matches!(ledger, Ledger::Spent(_)) && !gated.verdict.stops() { "pause" } else { verb(gated.verdict) };
    format!("{verb} `{name}`: {reason}{}", skipped(ruling))
}

/// A number with one decimal and its sign dropped: `"23.1"`.
pub(crate) fn one_decimal(number: Decimal) -> String {
    format!("{:.1}", number.abs().round_dp(1))
}

const fn verb(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::EmergencyPause => "pause at once",
        Verdict::Pause => "pause",
        Verdict::Continue => "continue",
        Verdict::Optimize => "optimize",
        Verdict::Monitor => "keep watching",
    }
}

fn spent(stop: &BudgetStop) -> String {
    if stop.forecast.is_zero() {
        return format!("its budget of {} is spent ({} so far)", stop.budget, stop.spent);
    }
    format!("its budget of {} is committed ({} so far, up to {} still to come)", stop.budget, stop.spent, stop.forecast)
}

/// What a rule saw: `"sales fell 23.1 % against the same weekdays"`.
fn observed(rule: Rule, input: &CampaignInput) -> String {
    let metrics = &input.metrics;
    let against = metrics.compared_with.name();
    match rule {
        Rule::NetRoasNegative => {
            let exposure = &metrics.exposure;
            format!("{} were spent and {} came back", exposure.cost, exposure.revenue)
        }
        Rule::CpaAbovePrice => match (metrics.cpa, input.price) {
            (Measured::Known(cpa), Some(price)) => format!("a new customer costs {cpa}, more than the product at {price}"),
            _ => "a new customer costs more than the product".to_owned(),
        },
        Rule::SalesFell | Rule::SalesRoseALittle => format!("{} against {against}", moved("sales", metrics.sales_impact)),
        Rule::ViewsFell | Rule::ViewsRoseALittle => format!("{} against {against}", moved("views", metrics.view_impact)),
        Rule::BothRose => {
            let (sales, views) = (moved("sales", metrics.sales_impact), moved("views", metrics.view_impact));
            format!("{sales} and {views} against {against}")
        }
    }
}

/// How much the gate had seen of what it asks for: `", 24.2 expected sales seen (at least 20)"`.
fn seen(rule: Rule, input: &CampaignInput, gate: &EvidenceGate) -> String {
    let EvidenceGate::MinimumExposure(least) = gate else {
        return String::new();
    };
    let exposure = &input.metrics.exposure;
    let MinimumExposure { min_clicks, min_expected_units, min_expected_views, .. } = least;
    let (what, seen, needed) = match rule {
        Rule::NetRoasNegative | Rule::CpaAbovePrice => {
            if exposure.clicks.known().is_none_or(|clicks| clicks < min_clicks) {
                return format!(", at least {} of its budget lost", share(least.clear_loss_share));
            }
            ("clicks", exposure.clicks.map(|clicks| clicks.to_string()), min_clicks.to_string())
        }
        Rule::SalesFell | Rule::SalesRoseALittle | Rule::BothRose => {
            ("expected sales", exposure.units_expected.map(one_decimal), min_expected_units.to_string())
        }
        Rule::ViewsFell | Rule::ViewsRoseALittle => {
            ("expected views", exposure.views_expected.map(|views| views.round().to_string()), min_expected_views.to_string())
        }
    };
    match seen {
        Measured::Known(seen) => format!(", {seen} {what} seen (at least {needed})"),
        Measured::Absent(_) => String::new(),
    }
}

fn not_yet(held: &HeldRule, input: &CampaignInput) -> String {
    format!("{}, but that is not enough for `{}` yet ({})", observed(held.rule, input), held.rule.verdict(), held.missing)
}

fn mixed(input: &CampaignInput, ruling: &Ruling) -> String {
    let metrics = &input.metrics;
    if ruling.skipped().count() == ruling.rules.len() {
        return "nothing is known yet".to_owned();
    }
    format!("{} and {}: mixed results", moved("sales", metrics.sales_impact), moved("views", metrics.view_impact))
}

/// `"sales fell 23.1 %"`, or why that is not known.
fn moved(what: &str, impact: Measured<Decimal>) -> String {
    match impact {
        Measured::Known(percent) if percent.is_zero() => format!("{what} stayed the same"),
        Measured::Known(percent) if percent.is_sign_negative() => format!("{what} fell {} %", one_decimal(percent)),
        Measured::Known(percent) => format!("{what} rose {} %", one_decimal(percent)),
        Measured::Absent(absence) => format!("{what} cannot be compared ({absence})"),
    }
}

/// `"; rules on views were skipped (no page-view source)"`.
fn skipped(ruling: &Ruling) -> String {
    let why = |wanted: Rule| ruling.skipped().find(|(rule, _)| *rule == wanted).map(|(_, absence)| absence);
    let parts = [("sales", why(Rule::SalesFell)), ("views", why(Rule::ViewsFell))];
    parts
        .into_iter()
        .filter_map(|(what, absence): (_, Option<Absence>)| Some(format!("; rules on {what} were skipped ({})", absence?)))
        .collect()
}

fn share(part: Decimal) -> String {
    format!("{} %", (part * Decimal::ONE_HUNDRED).normalize())
}
