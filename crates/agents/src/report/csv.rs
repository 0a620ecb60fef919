//! The campaigns as a table for spreadsheets.

use std::fmt::Write as _;

use campaign_pilot_core::{Measured, Money};
use rust_decimal::Decimal;

use super::model::{CampaignRow, RunReport};
use super::number::plain;
use super::{ReportError, html};

const HEADER: [&str; 24] = [
    "campaign",
    "platform_id",
    "product",
    "product_name",
    "starts_at",
    "ends_at",
    "desired",
    "platform",
    "effective",
    "currency",
    "budget",
    "spend",
    "revenue",
    "gross_roas",
    "net_roas",
    "cpa",
    "sales_impact_percent",
    "view_impact_percent",
    "efficiency_percent",
    "risk",
    "verdict",
    "true_incremental_units",
    "true_incremental_revenue",
    "missing",
];

/// The campaigns as CSV after RFC 4180, one row each, with a header.
///
/// Numbers are plain, with a point and without grouping; a missing one is an empty cell, and the column `missing` says
/// why. Amounts are in the row's `currency`; one in another currency is missing. Text that a spreadsheet could take for a
/// formula stands behind an apostrophe.
///
/// # Errors
///
/// [`ReportError`] when the rows cannot be written.
pub fn render_csv(report: &RunReport) -> Result<String, ReportError> {
    let failed = |error: ::csv::Error| ReportError::new("CSV", error);
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEADER).map_err(failed)?;
    for row in &report.campaigns {
        writer.write_record(cells(row)).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| ReportError::new("CSV", error.into_error()))?;
    String::from_utf8(bytes).map_err(|error| ReportError::new("CSV", error))
}

fn cells(row: &CampaignRow) -> [String; HEADER.len()] {
    let mut missing = String::new();
    let mut lacks = |name: &str, why: &dyn std::fmt::Display| {
        let separator = if missing.is_empty() { "" } else { "; " };
        // Writing to a String cannot fail.
        let _ = write!(missing, "{separator}{name}: {why}");
        String::new()
    };
    let currency = row.budget.currency;
    let mut amount = |name: &str, value: Measured<Money>| match value {
        Measured::Known(money) if money.currency == currency => plain(money.amount, currency.minor_digits()),
        Measured::Known(money) => lacks(name, &format_args!("it is {money}")),
        Measured::Absent(absence) => lacks(name, &absence),
    };
    let spend = amount("spend", row.spend);
    let revenue = amount("revenue", row.revenue);
    let cpa = amount("cpa", row.cpa);
    let truth = row.truth.as_ref().map(|truth| truth.incremental_revenue);
    let true_revenue = truth.map(|money| amount("true_incremental_revenue", Measured::Known(money))).unwrap_or_default();
    let mut number = |name: &str, value: Measured<Decimal>, digits| match value {
        Measured::Known(value) => plain(value, digits),
        Measured::Absent(absence) => lacks(name, &absence),
    };
    let gross_roas = number("gross_roas", row.gross_roas, 4);
    let net_roas = number("net_roas", row.net_roas, 4);
    let sales_impact = number("sales_impact_percent", row.sales_impact, 2);
    let view_impact = number("view_impact_percent", row.view_impact, 2);
    let efficiency = number("efficiency_percent", row.efficiency, 2);
    let risk = number("risk", row.risk, 4);
    [
        guarded(row.campaign.as_str()),
        guarded(row.platform_id.as_ref().map(AsRef::as_ref).unwrap_or_default()),
        guarded(row.product.as_str()),
        guarded(&row.product_name),
        row.flight.start().to_string(),
        row.flight.end().to_string(),
        html::desired(row.desired).to_owned(),
        guarded(&html::platform(&row.platform)),
        html::effective(row.effective).to_owned(),
        currency.code().to_owned(),
        plain(row.budget.amount, currency.minor_digits()),
        spend,
        revenue,
        gross_roas,
        net_roas,
        cpa,
        sales_impact,
        view_impact,
        efficiency,
        risk,
        row.verdict.map(|verdict| verdict.name().to_owned()).unwrap_or_default(),
        row.truth.as_ref().map(|truth| plain(truth.incremental_units, 2)).unwrap_or_default(),
        true_revenue,
        missing,
    ]
}

/// A text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    const STARTS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let text = text.replace('\0', "");
    let first = text.trim_start_matches([' ', '\u{a0}']).chars().next();
    if first.is_some_and(|first| STARTS.contains(&first)) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u{ff1d}1", "\0=cmd|' /C calc'!A0"] {
            assert!(guarded(hostile).starts_with('\''), "{hostile:?}");
        }
        for harmless in ["Tent", "", "5 = 5", "'s", "Ärmel"] {
            assert_eq!(guarded(harmless), harmless);
        }
    }
}
