//! The trial `arena`: the engine and other advertising policies in simulated markets.

mod progress;

use std::io::{self, Write};
use std::path::Path;

use campaign_pilot_arena::{Entrant, FIGURES, Page, Summary, Tournament, contestants};
use campaign_pilot_sandbox::World;
use comfy_table::CellAlignment;

use crate::output::{commit, table_of};
use crate::trial::{Failure, Figures, Settings, Trial};

use progress::Progress;

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "arena",
    shows: "what the engine and other advertising policies earn in simulated markets whose truth is known",
    seeds: 30,
    quick_seeds: 3,
    options: &["--days", "--world", "--contestant", "--report"],
    figures: FIGURES,
    run,
    part: None,
};

/// The worlds of a quick run.
const QUICK_WORLDS: [&str; 3] = ["today", "thin-margin", "paid"];
/// How many days a flight lasts, and in a quick run.
const DAYS: u32 = 90;
const QUICK_DAYS: u32 = 30;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let tournament = tournament(settings)?;
    let progress = Progress::new();
    let flights = tournament.run(|done, all| progress.tell(done, all))?;
    progress.end();
    let summary = Summary::of(&tournament, &flights);
    // The reader may have gone; the figures are printed all the same.
    let _ = io::stderr().write_all(table(&summary).as_bytes());
    if let Some(folder) = &settings.report {
        report(folder, &summary, &tournament.entrants)?;
    }
    Ok(summary.figures())
}

/// The contestant of a name, for the command line.
pub(crate) fn contestant(name: &str) -> Result<Entrant, String> {
    let all = contestants::all();
    all.iter().find(|entrant| entrant.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|entrant| entrant.name).collect();
        format!("there are: {}", names.join(", "))
    })
}

fn tournament(settings: &Settings) -> Result<Tournament, Failure> {
    let Settings { seeds, quick, days, worlds, contestants, .. } = settings;
    let worlds = match (worlds.is_empty(), quick) {
        (false, _) => worlds.clone(),
        (true, true) => QUICK_WORLDS.into_iter().map(World::named).collect::<Result<_, _>>()?,
        (true, false) => World::names().map(World::named).collect::<Result<_, _>>()?,
    };
    let entrants = if contestants.is_empty() { contestants::all() } else { contestants.clone() };
    let days = days.unwrap_or(if *quick { QUICK_DAYS } else { DAYS });
    Ok(Tournament { worlds, entrants, seeds: *seeds, days, threads: None })
}

/// The profit of each contestant in each world, for people.
fn table(summary: &Summary) -> String {
    let mut header = vec!["world"];
    header.extend(&summary.contestants);
    let columns = header.len();
    let mut table = table_of(header);
    for world in &summary.worlds {
        let profit = |name: &&'static str| {
            let profit = world.outcome(name).map(|outcome| outcome.profit_percent);
            profit.map_or_else(String::new, |profit| match profit.margin {
                Some(margin) => format!("{:+.1} ± {margin:.1}", profit.mean),
                None => format!("{:+.1}", profit.mean),
            })
        };
        let mut row = vec![world.name.clone()];
        row.extend(summary.contestants.iter().map(profit));
        table.add_row(row);
    }
    for column in 1..columns {
        if let Some(values) = table.column_mut(column) {
            values.set_cell_alignment(CellAlignment::Right);
        }
    }
    let days = summary.days;
    format!(
        "profit of {days} days in percent of the shop's gross profit without advertising, mean of the seeds ± 95 % interval\n{table}\n"
    )
}

/// Writes the page and its picture.
fn report(folder: &Path, summary: &Summary, entrants: &[Entrant]) -> Result<(), Failure> {
    let page = Page { summary, entrants, command: &command(std::env::args().skip(1)), commit: &commit() };
    let written = |error: io::Error| format!("cannot write the report to `{}`: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(written)?;
    std::fs::write(folder.join("arena.md"), page.text()).map_err(written)?;
    std::fs::write(folder.join("arena.svg"), summary.chart()).map_err(written)?;
    Ok(())
}

/// The command of a run with these arguments.
fn command(arguments: impl Iterator<Item = String>) -> String {
    let quoted = arguments.map(|argument| if argument.contains(' ') { format!("\"{argument}\"") } else { argument });
    format!("cargo run --release -p campaign-pilot-trials -- {}", quoted.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(quick: bool) -> Settings {
        Settings { seeds: 3, quick, days: None, worlds: Vec::new(), contestants: Vec::new(), report: None }
    }

    fn worlds(settings: &Settings) -> Vec<String> {
        tournament(settings).unwrap().worlds.into_iter().map(|world| world.name).collect()
    }

    #[test]
    fn a_run_has_all_worlds_and_a_quick_one_three() {
        assert_eq!(worlds(&settings(false)), World::names().collect::<Vec<_>>());
        assert_eq!(worlds(&settings(true)), QUICK_WORLDS);
        let days = |settings| tournament(&settings).unwrap().days;
        assert_eq!((days(settings(false)), days(settings(true))), (90, 30));
        let own = Settings { worlds: vec![World::named("tiny").unwrap()], days: Some(7), ..settings(true) };
        assert_eq!((worlds(&own), days(own)), (vec!["tiny".to_owned()], 7));
    }

    #[test]
    fn contestants_are_found_by_name() {
        assert_eq!(contestant("no-ads").unwrap().name, "no-ads");
        assert!(contestant("nobody").unwrap_err().starts_with("there are: "));
    }

    #[test]
    fn the_command_can_be_given_again() {
        let arguments = ["arena", "--world", "my world.toml"].map(str::to_owned);
        assert_eq!(
            command(arguments.into_iter()),
            "cargo run --release -p campaign-pilot-trials -- arena --world \"my world.toml\""
        );
    }
}
