//! The files of a report in the output folder.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use campaign_pilot::agents::report::{RunReport, render_csv, render_html, render_json};

use crate::wiring::MEMORY;

/// The files by name, and what is in them.
pub(crate) fn listed() -> BTreeMap<String, String> {
    [
        ("report.html", "this report as a page"),
        ("report.json", "this report for programs"),
        ("campaigns.csv", "the campaigns as a table"),
        (MEMORY, "the memory: journal, campaigns, products, decisions"),
    ]
    .map(|(name, what)| (name.to_owned(), what.to_owned()))
    .into()
}

/// Writes the report as a page, as JSON and as a table, and says where.
///
/// A file is complete or the old one stays: each is written beside its place first.
pub(crate) fn write(report: &RunReport, out: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let rendered =
        [("report.html", render_html(report)?), ("report.json", render_json(report)?), ("campaigns.csv", render_csv(report)?)];
    let mut paths = Vec::new();
    for (name, text) in rendered {
        let path = out.join(name);
        let draft = out.join(format!("{name}.new"));
        fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path)).map_err(|error| {
            format!(
                "the report `{}` cannot be written: {error}; the memory is safe\n  next: make room, or give write permission, and run again",
                path.display()
            )
        })?;
        paths.push(path);
    }
    Ok(paths)
}
