//! What a person sees in the terminal.

use std::path::{Path, PathBuf};

use campaign_pilot::agents::report::{CampaignRow, DecisionRow, ProductRow, RunReport, Totals};
use campaign_pilot::agents::{CycleReport, Mode, Outcome, Policy};
use campaign_pilot::core::{Measured, Money};
use campaign_pilot::decision_engine::PlanDiff;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Row, Table};
use rust_decimal::Decimal;

use crate::wiring::MEMORY;

/// How wide a line is; tables too, where there is no terminal to ask.
const WIDTH: u16 = 160;

/// Prints a report as tables.
pub(crate) fn report(report: &RunReport) {
    let chosen: Vec<_> = report.products.iter().filter(|product| product.chosen).collect();
    heading(&format!("Chosen products: {} of {} considered", chosen.len(), report.products.len()));
    println!("{}", products(&chosen));
    heading(&format!("Campaigns: {}", report.campaigns.len()));
    println!("{}", campaigns(&report.campaigns));
    println!("ROAS gross is revenue / cost, net is (revenue - cost) / cost. Impacts are against the time before the campaign.");
    decisions(&report.decisions);
    heading("Totals");
    println!("{}", totals(&report.totals));
    if !report.missing.is_empty() {
        heading("Not known");
        for missing in &report.missing {
            println!("  {}: {}", missing.what, missing.why);
        }
    }
}

/// Prints what a cycle did, or in plan mode would do, how far its plan is reached, and what it could not see.
pub(crate) fn cycle(report: &CycleReport, diff: Option<&PlanDiff>) {
    let applied = report.mode == Mode::Apply;
    heading(if applied { "Carried out" } else { "Would do (nothing was changed; --apply carries it out)" });
    let planned = report.plan.iter().flat_map(|plan| plan.allowed.actions());
    let lines: Vec<_> = if applied {
        report.executed.iter().map(|executed| format!("{}: {}", executed.sentence, outcome(&executed.outcome))).collect()
    } else {
        planned.map(|action| action.sentence.clone()).collect()
    };
    for line in &lines {
        println!("  {line}");
    }
    if lines.is_empty() {
        println!("  nothing");
    } else if let Some(diff) = diff {
        let summary = diff.to_string();
        println!("  {}", summary.lines().last().unwrap_or_default());
    }
    for held in report.plan.iter().flat_map(|plan| &plan.held) {
        println!("  held back: {} ({})", held.action.sentence, held.reason);
    }
    for note in &report.notes {
        println!("  note: {note}");
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done { effect } => effect.to_string(),
        Outcome::Rejected { reason } => format!("refused, {reason}"),
        Outcome::Open { reason } => format!("not clear yet, {reason}; the next cycle looks it up"),
        Outcome::Held { reason } => format!("held, {reason}"),
        Outcome::Earlier { .. } => "done earlier".to_owned(),
    }
}

/// Says which policy decides, and how it differs from the defaults.
pub(crate) fn policy(policy: &Policy) {
    let changes = Policy::default().changes_to(policy);
    let differs = match changes.len() {
        0 => "the defaults".to_owned(),
        1 => "1 value differs from the defaults".to_owned(),
        more => format!("{more} values differ from the defaults"),
    };
    heading(&format!("Policy {}: {differs}", policy.version()));
    changes.iter().for_each(|change| println!("  {change}"));
}

/// Says where the memory and the reports are.
pub(crate) fn files(out: &Path, reports: &[PathBuf]) {
    heading("Files");
    println!("  {}  (the memory; run again with the same --out to carry on)", out.join(MEMORY).display());
    for path in reports {
        println!("  {}", path.display());
    }
}

fn heading(text: &str) {
    println!("\n{text}\n{}", "─".repeat(text.chars().count()));
}

fn products(chosen: &[&ProductRow]) -> Table {
    let mut table = table(&["product", "price", "score", "budget", "why"]);
    for product in chosen {
        table.add_row(Row::from(vec![
            Cell::new(&product.name),
            right(amount(&product.price)),
            right(format!("{:.1}", product.score)),
            right(product.budget.map_or_else(dash, plain)),
            Cell::new(product.reasons.join("; ")),
        ]));
    }
    table
}

fn campaigns(rows: &[CampaignRow]) -> Table {
    let mut table = table(&[
        "product",
        "status",
        "spend",
        "revenue",
        "ROAS gross",
        "net",
        "CPA",
        "sales",
        "views",
        "efficiency",
        "risk",
        "verdict",
    ]);
    for row in rows {
        table.add_row(Row::from(vec![
            Cell::new(&row.product_name),
            Cell::new(status(row)),
            right(amount(&row.spend)),
            right(amount(&row.revenue)),
            right(number(&row.gross_roas, 2)),
            right(number(&row.net_roas, 2)),
            right(amount(&row.cpa)),
            right(change(&row.sales_impact)),
            right(change(&row.view_impact)),
            right(number(&row.efficiency, 1)),
            right(number(&row.risk, 2)),
            Cell::new(row.verdict.map_or("-", |verdict| verdict.name())),
        ]));
    }
    table
}

fn decisions(rows: &[DecisionRow]) {
    let changed: Vec<_> = rows.iter().filter(|row| row.action.is_some()).collect();
    heading(&format!("Decisions: {} of {} changed something", changed.len(), rows.len()));
    for row in changed {
        println!("  {}  {}", row.at.strftime("%Y-%m-%d %H:%M"), line(&row.sentence));
    }
    println!("  The others kept watching, continued, or said why a budget is raised; the report has every sentence, whole.");
}

/// A sentence cut to the width of a line.
fn line(sentence: &str) -> String {
    let width = usize::from(WIDTH) - 20;
    if sentence.chars().count() <= width {
        return sentence.to_owned();
    }
    let kept: String = sentence.chars().take(width - 2).collect();
    format!("{} ..", kept.trim_end())
}

fn totals(totals: &Totals) -> Table {
    let mut table = table(&["", "amount"]);
    let mut line = |what: &str, money: Option<Money>| {
        if let Some(money) = money {
            table.add_row(Row::from(vec![Cell::new(what), right(money)]));
        }
    };
    line("spent on campaigns", Some(totals.spend));
    line("revenue credited to campaigns by the platform", Some(totals.attributed_revenue));
    line("revenue of the store", totals.store_revenue);
    line("revenue of the same market without advertising (simulator)", totals.store_revenue_without_ads);
    let caused = totals.caused_share.map(|share| format!(" ({} % of what is credited)", (share * Decimal::ONE_HUNDRED).round()));
    line(&format!("added by campaigns, as estimated{}", caused.unwrap_or_default()), totals.incremental_revenue);
    line("added by campaigns, in truth (simulator)", totals.true_incremental_revenue);
    line("profit added after the cost of advertising, in truth (simulator)", totals.true_profit);
    table
}

fn status(row: &CampaignRow) -> String {
    let effective = format!("{:?}", row.effective).to_lowercase();
    let desired = format!("{:?}", row.desired).to_lowercase();
    format!("{desired} / {effective}")
}

fn amount(money: &Measured<Money>) -> String {
    money.known().copied().map_or_else(dash, plain)
}

fn plain(money: Money) -> String {
    money.to_string()
}

fn number(value: &Measured<Decimal>, digits: usize) -> String {
    value.known().map_or_else(dash, |value| format!("{value:.digits$}"))
}

fn change(value: &Measured<Decimal>) -> String {
    value.known().map_or_else(dash, |value| format!("{value:+.1} %"))
}

fn dash() -> String {
    "-".to_owned()
}

fn right(content: impl ToString) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED.with_rounded_corners())
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header);
    if !table.is_tty() {
        table.set_width(WIDTH);
    }
    table
}
