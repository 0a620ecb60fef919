//! What a run did, as one value, and that value as a page, as JSON and as CSV.
//!
//! Rendering is pure: the same [`RunReport`] gives the same bytes. The report therefore names no folder, no wall-clock
//! time and no machine; whoever writes the files says where they are.
//!
//! ```
//! use campaign_pilot_agents::report::{RunFacts, RunReport, render_csv, render_html, render_json};
//! use campaign_pilot_core::{Currency, Period};
//!
//! let period = Period::new("2026-10-01T00:00:00Z".parse()?, "2026-10-31T00:00:00Z".parse()?)?;
//! let facts = RunFacts {
//!     mode: "plan".into(),
//!     seed: None,
//!     period,
//!     currency: Currency::EUR,
//!     store: "shop.example".into(),
//!     platform: "impact.com".into(),
//!     cycles: 0,
//!     carried_on: false,
//! };
//! let report = RunReport::new(facts);
//! assert!(render_html(&report)?.contains("shop.example"));
//! assert!(render_json(&report)?.contains("\"version\": 1"));
//! assert!(render_csv(&report)?.starts_with("campaign,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chart;
mod csv;
mod html;
mod model;
mod number;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;

pub use model::{
    CampaignRow, CampaignTruth, DayRow, DecisionRow, Missing, ProductRow, REPORT_VERSION, RuleRow, RunFacts, RunReport, Totals,
};

pub use self::csv::render_csv;
pub use self::html::render_html;

/// The report as JSON, indented, with a line feed at the end. It reads back as the same [`RunReport`].
///
/// # Errors
///
/// [`ReportError`] when a value cannot be written as JSON.
pub fn render_json(report: &RunReport) -> Result<String, ReportError> {
    let mut json = serde_json::to_string_pretty(report).map_err(|error| ReportError::new("JSON", error))?;
    json.push('\n');
    Ok(json)
}

/// Why a report could not be rendered.
#[derive(Debug)]
pub struct ReportError {
    format: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl ReportError {
    fn new(format: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { format, source: source.into() }
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the report cannot be rendered as {}", self.format)
    }
}

impl Error for ReportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.source.as_ref())
    }
}
