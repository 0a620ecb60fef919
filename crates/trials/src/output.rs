//! Tables and JSON.

use std::process::Command;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde_json::json;

use crate::trial::{Figures, Settings, Trial};

/// The trials by name.
pub(crate) fn list(trials: &[Trial]) -> String {
    let mut table = table_of(["trial", "seeds", "shows"]);
    for trial in trials {
        table.add_row([trial.name.to_owned(), trial.seeds.to_string(), trial.shows.to_owned()]);
    }
    format!("{table}\n")
}

/// The figures for people.
pub(crate) fn table(trial: &Trial, settings: &Settings, figures: &Figures) -> String {
    let mut table = table_of(["figure", "value", "meaning"]);
    if let Some(values) = table.column_mut(1) {
        values.set_cell_alignment(CellAlignment::Right);
    }
    for (name, value) in figures {
        table.add_row([(*name).to_owned(), shown(*value), trial.meaning(name).to_owned()]);
    }
    let run = if settings.quick { "a quick run" } else { "a full run" };
    format!("{}: {}\n{run}, {} seeds, commit {}\n{table}\n", trial.name, trial.shows, settings.seeds, commit())
}

/// The figures for programs.
pub(crate) fn json(trial: &Trial, settings: &Settings, figures: &Figures) -> String {
    let document = json!({ "trial": trial.name, "seeds": settings.seeds, "commit": commit(), "figures": figures });
    format!("{document}\n")
}

/// An error with its causes, in one line.
pub(crate) fn failure(trial: &Trial, error: &(dyn std::error::Error + 'static)) -> String {
    let causes: Vec<String> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    format!("error: the trial `{}` failed: {}\n", trial.name, causes.join(": "))
}

/// An empty table with a header.
pub(crate) fn table_of(header: impl Into<comfy_table::Row>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    table
}

/// Four significant digits, whole numbers as they are.
fn shown(value: f64) -> String {
    let digits = if value.fract().abs() < 1e-9 || value.abs() >= 1000.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

/// The commit that the figures were made from; `-changed` when the files differ from it.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(env!("CARGO_MANIFEST_DIR")).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".to_owned() };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => commit,
        _ => format!("{commit}-changed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_the_digits_that_matter() {
        assert_eq!([0.0, 3.0, 0.126, 12.34, 123_456.7].map(shown), ["0", "3", "0.13", "12.3", "123457"]);
    }
}
