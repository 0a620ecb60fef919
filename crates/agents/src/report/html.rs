//! The report as one page that needs nothing else.

mod graphs;
mod rules;

use std::borrow::Cow;
use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, DesiredStatus, EffectiveStatus, Measured, Money, PlatformStatus, Verdict, sanitize_line};
use campaign_pilot_metrics::Roas;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use rust_decimal::Decimal;
use serde::Serialize;

use super::ReportError;
use super::chart::{Bar, LineChart};
use super::model::{CampaignRow, DecisionRow, Missing, ProductRow, RunFacts, RunReport};
use super::number::{amount, change, money, number};
use graphs::{charts, returns};
use rules::{Rule, rules};

/// The report as one HTML page: style and charts inside, no script, nothing loaded from anywhere.
///
/// Everything that came from outside is escaped by the template engine.
///
/// # Errors
///
/// [`ReportError`] when the template cannot be rendered.
pub fn render_html(report: &RunReport) -> Result<String, ReportError> {
    let failed = |error: minijinja::Error| ReportError::new("HTML", error);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|name| if name == STYLE { AutoEscape::None } else { AutoEscape::Html });
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).map_err(failed)?;
    }
    environment.get_template(PAGE).and_then(|page| page.render(Serde(Page::of(report)))).map_err(failed)
}

/// How many decisions, the newest, and how many products that were not chosen the page lists: the data hold all.
const SHOWN_DECISIONS: usize = 500;
const SHOWN_PRODUCTS: usize = 200;

const PAGE: &str = "report.html";
const STYLE: &str = "report.css";
const TEMPLATES: [(&str, &str); 3] = [
    (PAGE, include_str!("../../templates/report.html")),
    ("report_parts.html", include_str!("../../templates/report_parts.html")),
    (STYLE, include_str!("../../templates/report.css")),
];

pub(super) const fn desired(status: DesiredStatus) -> &'static str {
    match status {
        DesiredStatus::Active => "active",
        DesiredStatus::Paused => "paused",
        DesiredStatus::Stopped => "stopped",
    }
}

pub(super) fn platform(status: &PlatformStatus) -> Cow<'_, str> {
    match status {
        PlatformStatus::Scheduled => "scheduled".into(),
        PlatformStatus::Active => "active".into(),
        PlatformStatus::Paused => "paused".into(),
        PlatformStatus::Ended => "ended".into(),
        PlatformStatus::Blocked(why) => format!("blocked: {}", sanitize_line(why)).into(),
        PlatformStatus::Missing => "missing".into(),
        PlatformStatus::Other(word) => sanitize_line(word).into(),
    }
}

pub(super) const fn effective(status: EffectiveStatus) -> &'static str {
    match status {
        EffectiveStatus::Running => "running",
        EffectiveStatus::Scheduled => "scheduled",
        EffectiveStatus::Unlisted => "unlisted",
        EffectiveStatus::Stopped => "stopped",
        EffectiveStatus::Unknown => "unknown",
    }
}

/// What the template shows: texts that are ready, and geometry.
#[derive(Serialize)]
struct Page<'a> {
    run: &'a RunFacts,
    missing: &'a [Missing],
    files: &'a BTreeMap<String, String>,
    facts: Vec<(&'static str, String)>,
    tiles: Vec<Tile>,
    comparison: Vec<(&'static str, String, &'static str)>,
    charts: Vec<LineChart>,
    returns: Vec<Bar>,
    campaigns: Vec<Campaign<'a>>,
    chosen: Vec<Product<'a>>,
    passed_over: Vec<Product<'a>>,
    passed_over_count: usize,
    acted: Vec<Decision<'a>>,
    all_decisions: Vec<Decision<'a>>,
    decision_count: usize,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
struct Tile {
    name: &'static str,
    value: String,
    note: String,
    /// `good`, `bad` or nothing.
    tone: &'static str,
}

/// A table cell: a number, or a dash with the reason.
#[derive(Serialize)]
struct Cell {
    label: &'static str,
    text: String,
    why: Option<&'static str>,
    tone: &'static str,
}

#[derive(Serialize)]
struct Campaign<'a> {
    name: String,
    id: &'a str,
    flight: String,
    statuses: Vec<(&'static str, String)>,
    cells: Vec<Cell>,
    verdict: Option<Badge>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct Badge {
    class: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Product<'a> {
    name: String,
    price: Cell,
    score: String,
    budget: String,
    reasons: &'a [String],
}

#[derive(Serialize)]
struct Decision<'a> {
    at: String,
    product: String,
    verdict: Option<Badge>,
    action: Option<&'a str>,
    sentence: String,
    /// What it rests on: titles, each with its lines.
    explanation: Vec<(&'static str, Vec<String>)>,
}

impl<'a> Page<'a> {
    fn of(report: &'a RunReport) -> Self {
        let currency = report.run.currency;
        let first_shown = report.decisions.len().saturating_sub(SHOWN_DECISIONS);
        let (chosen, passed_over) = report.products.iter().partition::<Vec<_>, _>(|product| product.chosen);
        let product = |row: &'a ProductRow| Product {
            name: sanitize_line(&row.name),
            price: amount_cell("Price", row.price, currency),
            score: number(row.score, 0),
            budget: row.budget.map_or_else(String::new, |budget| money(budget, currency)),
            reasons: &row.reasons,
        };
        Self {
            run: &report.run,
            missing: &report.missing,
            files: &report.files,
            facts: facts(report),
            tiles: tiles(report),
            comparison: comparison(report),
            charts: charts(&report.days, currency),
            returns: returns(&report.campaigns),
            campaigns: campaigns(report),
            chosen: chosen.into_iter().map(product).collect(),
            passed_over_count: passed_over.len(),
            passed_over: passed_over.into_iter().take(SHOWN_PRODUCTS).map(product).collect(),
            acted: report.decisions.iter().filter(|row| row.action.is_some()).map(|row| decision(row, true)).collect(),
            decision_count: report.decisions.len(),
            rules: rules(report),
            // What changed something is explained in its own list.
            all_decisions: report.decisions.iter().skip(first_shown).map(|row| decision(row, row.action.is_none())).collect(),
        }
    }
}

fn facts(report: &RunReport) -> Vec<(&'static str, String)> {
    let run = &report.run;
    let mut facts = vec![
        ("Store", sanitize_line(&run.store)),
        ("Platform", sanitize_line(&run.platform)),
        ("Period", format!("{} to {} (UTC)", minute(run.period.start()), minute(run.period.end()))),
        ("Mode", sanitize_line(&run.mode)),
        ("Currency", run.currency.code().to_owned()),
        ("Cycles", run.cycles.to_string()),
    ];
    if let Some(seed) = run.seed {
        facts.push(("Seed", seed.to_string()));
    }
    if run.carried_on {
        facts.push(("Memory", "carried on from an earlier run".to_owned()));
    }
    facts
}

fn tiles(report: &RunReport) -> Vec<Tile> {
    let (totals, currency) = (&report.totals, report.run.currency);
    let tile = |name, value: String, note: &str, tone| Tile { name, value, note: note.to_owned(), tone };
    let running = report.campaigns.iter().filter(|row| row.effective == EffectiveStatus::Running).count();
    let launched = format!("of {} launched", report.campaigns.len());
    let roas = totals.roas();
    let (net, gross) = match roas {
        Measured::Known(roas) => (change(roas.net(), 2), format!("gross {}", number(roas.gross(), 2))),
        Measured::Absent(absence) => ("\u{2013}".to_owned(), absence.reason().to_owned()),
    };
    let net_tone = roas.known().map_or("", |roas| tone(Roas::net(*roas)));
    let mut tiles = vec![
        tile("Spend", money(totals.spend, currency), currency.code(), ""),
        tile("Attributed revenue", money(totals.attributed_revenue, currency), "credited by the platform", ""),
        tile("Net ROAS", net, &gross, net_tone),
    ];
    if let Some(gain) = totals.true_incremental_revenue.or(totals.incremental_revenue) {
        let note = if totals.true_incremental_revenue.is_some() {
            "true, known to the simulator"
        } else {
            "estimated: the caused part of what is credited"
        };
        tiles.push(tile("Incremental revenue", signed(gain, currency), note, tone(gain.amount)));
    }
    if let Some(profit) = totals.true_profit {
        tiles.push(tile(
            "Profit against no ads",
            signed(profit, currency),
            "true, after the campaigns' cost",
            tone(profit.amount),
        ));
    }
    tiles.push(tile("Campaigns running", running.to_string(), &launched, ""));
    tiles
}

fn comparison(report: &RunReport) -> Vec<(&'static str, String, &'static str)> {
    let (totals, currency) = (&report.totals, report.run.currency);
    let rows = [
        ("Store revenue with advertising", totals.store_revenue, "as the store reports it"),
        ("Store revenue without advertising", totals.store_revenue_without_ads, "the same market, simulated without campaigns"),
        (
            "Attributed to the campaigns",
            Some(totals.attributed_revenue),
            "what the platform credits; part of it would have come anyway",
        ),
        ("Added by the campaigns, estimated", totals.incremental_revenue, "the caused part of what is credited"),
        ("Added by the campaigns, in truth", totals.true_incremental_revenue, "what only the simulator knows"),
        ("Cost of the campaigns", Some(totals.spend), "commissions and clicks"),
        ("Profit against no advertising, in truth", totals.true_profit, "after the campaigns' cost"),
    ];
    rows.into_iter().filter_map(|(name, value, note)| Some((name, money(value?, currency), note))).collect()
}

fn campaigns(report: &RunReport) -> Vec<Campaign<'_>> {
    let currency = report.run.currency;
    let mut campaigns: Vec<_> = report.campaigns.iter().map(|row| campaign(row, currency)).collect();
    // A column for the truth only where a simulator knows any.
    if report.campaigns.iter().any(|row| row.truth.is_some()) {
        for (shown, row) in campaigns.iter_mut().zip(&report.campaigns) {
            let gain = row.truth.as_ref().map(|truth| truth.incremental_revenue);
            let text = gain.map_or_else(|| "\u{2013}".to_owned(), |gain| signed(gain, currency));
            let tone = gain.map_or("absent", |gain| tone(gain.amount));
            shown.cells.push(Cell { label: "Truly added", text, why: None, tone });
        }
    }
    campaigns
}

fn campaign(row: &CampaignRow, currency: Currency) -> Campaign<'_> {
    Campaign {
        name: sanitize_line(&row.product_name),
        id: row.campaign.as_str(),
        flight: format!("{} \u{2013} {}", day(row.flight.start()), day(row.flight.end())),
        statuses: vec![
            ("wanted", desired(row.desired).to_owned()),
            ("platform", platform(&row.platform).into_owned()),
            ("shoppers", effective(row.effective).to_owned()),
        ],
        cells: vec![
            amount_cell("Budget", Measured::Known(row.budget), currency),
            amount_cell("Spend", row.spend, currency),
            amount_cell("Revenue", row.revenue, currency),
            cell("Gross ROAS", row.gross_roas, |value| (number(value, 2), "")),
            cell("Net ROAS", row.net_roas, |value| (change(value, 2), tone(value))),
            amount_cell("CPA", row.cpa, currency),
            cell("Sales impact", row.sales_impact, percent),
            cell("View impact", row.view_impact, percent),
            cell("Efficiency", row.efficiency, percent),
            cell("Risk", row.risk, |value| (number(value, 2), "")),
        ],
        verdict: row.verdict.map(badge),
        notes: &row.notes,
    }
}

fn decision(row: &DecisionRow, explains: bool) -> Decision<'_> {
    let sections = row.explanation.iter().filter(|_| explains).flat_map(|found| found.sections());
    Decision {
        at: minute(row.at),
        product: sanitize_line(&row.product_name),
        verdict: row.verdict.map(badge),
        action: row.action.as_deref(),
        sentence: sanitize_line(&row.sentence),
        explanation: sections.map(|section| (section.title, section.lines)).collect(),
    }
}

fn amount_cell(label: &'static str, value: Measured<Money>, currency: Currency) -> Cell {
    cell(label, value, |value| (money(value, currency), ""))
}

fn cell<T>(label: &'static str, value: Measured<T>, show: impl FnOnce(T) -> (String, &'static str)) -> Cell {
    match value {
        Measured::Known(value) => {
            let (text, tone) = show(value);
            Cell { label, text, why: None, tone }
        }
        Measured::Absent(absence) => Cell { label, text: "\u{2013}".to_owned(), why: Some(absence.reason()), tone: "absent" },
    }
}

fn percent(value: Decimal) -> (String, &'static str) {
    (format!("{} %", change(value, 1)), tone(value))
}

fn signed(value: Money, currency: Currency) -> String {
    let text = if value.currency == currency { amount(value) } else { money(value, currency) };
    if value.rounded().is_positive() { format!("+{text}") } else { text }
}

fn tone(value: Decimal) -> &'static str {
    match value.cmp(&Decimal::ZERO) {
        std::cmp::Ordering::Less => "bad",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "good",
    }
}

const fn badge(verdict: Verdict) -> Badge {
    let class = match verdict {
        Verdict::EmergencyPause => "emergency",
        Verdict::Pause => "pause",
        Verdict::Continue => "continue",
        Verdict::Optimize => "optimize",
        Verdict::Monitor => "monitor",
    };
    Badge { class, name: verdict.name() }
}

fn minute(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

fn day(at: jiff::Timestamp) -> String {
    at.strftime("%b %-d").to_string()
}
