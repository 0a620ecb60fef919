//! Decisions in the words of the people who read them.

use campaign_pilot_core::{Absence, Measured, Money, Verdict, sanitize_line};
use rust_decimal::Decimal;

use crate::improve::NOTHING_HELPS;
use crate::{Basis, BudgetStop, CampaignInput, CostToCome, DecidingRule, Gated, HeldRule, Prospect, Rule, Ruling};

/// What the ledger says about a campaign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ledger {
    Within,
    Spent(BudgetStop),
    Unclear,
}

pub(crate) fn of_decision(input: &CampaignInput, ruling: &Ruling, gated: &Gated, ledger: Ledger) -> String {
    let name = sanitize_line(&input.name);
    let reason = match (gated.basis, gated.held.first()) {
        (Some(basis), _) => supported(basis, input),
        (None, _) if gated.too_many_returns => came_back(input),
        (None, Some(held)) => not_yet(held, input),
        (None, None) => mixed(input, ruling),
    };
    let reason = format!("{reason}{}", withheld(input, gated));
    let reason = match ledger {
        Ledger::Within => match &input.total_stop {
            Some(stop) => total_spent(stop),
            None => reason,
        },
        Ledger::Spent(stop) if gated.verdict.stops() => format!("{reason}; and {}", spent(&stop)),
        Ledger::Spent(stop) => spent(&stop),
        Ledger::Unclear => format!("{reason}; its cost and its budget are in two currencies and cannot be compared"),
    };
    let is_over = matches!(ledger, Ledger::Spent(_)) || input.total_stop.is_some();
    let verb = if is_over && !gated.verdict.stops() { "pause" } else { verb(gated.verdict) };
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

pub(crate) fn spent(stop: &BudgetStop) -> String {
    let CostToCome { expected, upper } = stop.to_come;
    if upper.is_zero() {
        return format!("its budget of {} is spent ({} so far)", stop.budget, stop.spent);
    }
    let (expected, upper) = (cents(expected), cents(upper));
    format!("its budget of {} is spent ({} so far, {expected} expected to come, at most {upper})", stop.budget, stop.spent)
}

pub(crate) fn total_spent(stop: &BudgetStop) -> String {
    let (expected, upper) = (cents(stop.to_come.expected), cents(stop.to_come.upper));
    let so_far = format!("{} so far, {expected} expected to come, at most {upper}", stop.spent);
    format!("the limit of {} on all campaigns is reached ({so_far})", stop.budget)
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

/// `"; `earns` would say more, but is not relied on: its decisions have not kept what they said since .."`.
fn withheld(input: &CampaignInput, gated: &Gated) -> String {
    let Some(basis) = gated.withheld else { return String::new() };
    let rule = |basis| input.cautions.iter().find(|caution| caution.rule == DecidingRule::Verdict(basis));
    // An improvement may be held back for what it rests on.
    let caution = rule(basis).or_else(|| rule(Basis::Earns)).map(|caution| format!(": `{}`: {caution}", caution.rule.id()));
    format!("; `{}` would say more, but is not relied on{}", basis.id(), caution.unwrap_or_default())
}

/// Why a verdict was given.
fn supported(basis: Basis, input: &CampaignInput) -> String {
    let expected = || input.prospect.as_ref().map(prospects).unwrap_or_default();
    match basis {
        Basis::Rule(rule) => format!("{}, which chance does not explain{}", observed(rule, input), nothing_helps(rule, input)),
        Basis::Loses | Basis::Earns => expected(),
        Basis::StockShort => match &input.prospect {
            Some(prospect) => format!("its stock is needed for those who buy without an ad: {}", prospects(prospect)),
            None => "its stock is needed for those who buy without an ad".to_owned(),
        },
        Basis::Improvement => match &input.improvement {
            Some(improvement) => format!("{}; {improvement}", expected()),
            None => expected(),
        },
    }
}

/// What is said of an `optimize` by the matrix where changes were looked for: that none helps, or that the best one waits until it is
/// likely enough that the campaign earns.
fn nothing_helps(rule: Rule, input: &CampaignInput) -> String {
    if rule.verdict() != Verdict::Optimize || input.changes.is_none() {
        return String::new();
    }
    match &input.improvement {
        None => format!("; {NOTHING_HELPS}"),
        Some(improvement) => format!("; {improvement}, but that it earns is not likely enough for a change"),
    }
}

/// `"3.20 EUR a day expected (0.40 to 7.10), 97 % likely to earn, at a margin of 40 % (assumed) with 75 % of its sales caused"`.
fn prospects(prospect: &Prospect) -> String {
    let caused = (prospect.caused * Decimal::ONE_HUNDRED).round();
    format!("{prospect}, at {} with {caused} % of its sales caused by it", prospect.margin)
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

/// `"62 units came back and 70 were sold, where 4 % usually come back; 3.20 EUR a day expected (..)"`.
fn came_back(input: &CampaignInput) -> String {
    let Measured::Known(returns) = input.metrics.returns else { return "more came back than usual".to_owned() };
    let (returned, sold, usual) = (returns.returned.normalize(), returns.sold.normalize(), 100.0 * returns.usual_share);
    let expected = input.prospect.as_ref().map(|prospect| format!("; {}", prospects(prospect))).unwrap_or_default();
    format!("{returned} units came back and {sold} were sold, where {usual:.0} % usually come back{expected}")
}

fn not_yet(held: &HeldRule, input: &CampaignInput) -> String {
    let more = input.prospect.as_ref().map(|prospect| format!("; {}", watched(prospect))).unwrap_or_default();
    format!("{}, but that is not enough for `{}` yet ({}){more}", observed(held.rule, input), held.rule.verdict(), held.missing)
}

fn mixed(input: &CampaignInput, ruling: &Ruling) -> String {
    let metrics = &input.metrics;
    if let Some(prospect) = &input.prospect {
        return watched(prospect);
    }
    if ruling.skipped().count() == ruling.rules.len() {
        return "nothing is known yet".to_owned();
    }
    format!("{} and {}: mixed results", moved("sales", metrics.sales_impact), moved("views", metrics.view_impact))
}

/// What is expected, and when more will be known.
fn watched(prospect: &Prospect) -> String {
    let expected = prospects(prospect);
    match prospect.days_to_know {
        Some(days) => format!("{expected}; more is not known before about {} days", days.ceil().normalize()),
        None => expected,
    }
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
