#![doc = include_str!("../README.md")]

mod allocation;
mod arena;
mod budget_stop;
mod cycle;
mod evidence;
mod exactly_once;
mod in_process;
mod output;
mod pause_rules;
mod quota;
mod store_sync;
mod trial;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use campaign_pilot_arena::Entrant;
use campaign_pilot_sandbox::World;
use clap::Parser;
use trial::{Settings, TRIALS, Trial};

/// Cycles in the process make and drop many small values: this allocator does that in a third less time than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Makes the figures that Campaign Pilot claims, and prints them.
#[derive(Debug, Parser)]
#[command(name = "campaign-pilot-trials", after_help = EXIT_CODES)]
struct Args {
    /// The trial to run; --list names them
    #[arg(required_unless_present = "list")]
    name: Option<String>,

    /// How many seeds to run; each trial has its own default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    seeds: Option<u32>,

    /// Fewer seeds and a shorter run: whether it works, not what it gives
    #[arg(long)]
    quick: bool,

    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,

    /// arena: how many days each flight lasts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: Option<u32>,

    /// arena: a shipped world or a world's file; may be given several times
    #[arg(long = "world", value_name = "NAME|FILE", value_parser = World::load)]
    worlds: Vec<World>,

    /// arena: a contestant; may be given several times
    #[arg(long = "contestant", value_name = "NAME", value_parser = arena::contestant)]
    contestants: Vec<Entrant>,

    /// arena: the folder to write arena.md and arena.svg to
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,

    /// List the trials and end
    #[arg(long)]
    list: bool,

    /// Play one part of the trial; the trial itself starts its parts
    #[arg(long, hide = true)]
    part: Option<String>,
}

impl Args {
    /// The options that were given and are not for every trial.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("--days", self.days.is_some()),
            ("--world", !self.worlds.is_empty()),
            ("--contestant", !self.contestants.is_empty()),
            ("--report", self.report.is_some()),
        ];
        given.into_iter().filter_map(|(option, given)| given.then_some(option))
    }

    fn settings(self, trial: &Trial) -> Settings {
        let seeds = if self.quick { trial.quick_seeds } else { trial.seeds };
        Settings {
            seeds: self.seeds.unwrap_or(seeds),
            quick: self.quick,
            days: self.days,
            worlds: self.worlds,
            contestants: self.contestants,
            report: self.report,
        }
    }
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong use of the command line.";

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(name) = args.name.clone().filter(|_| !args.list) else {
        return finish(io::stdout(), &output::list(TRIALS), ExitCode::SUCCESS);
    };
    let Some(trial) = Trial::find(&name) else {
        let known: Vec<&str> = TRIALS.iter().map(|trial| trial.name).collect();
        let message = format!("error: there is no trial `{name}`; there are: {}\n", known.join(", "));
        return finish(io::stderr(), &message, ExitCode::from(2));
    };
    if let Some(option) = args.given().find(|option| !trial.options.contains(option)) {
        return finish(io::stderr(), &format!("error: the trial `{name}` takes no `{option}`\n"), ExitCode::from(2));
    }
    if let Some(part) = &args.part {
        return play(trial, part);
    }
    let json = args.json;
    let settings = args.settings(trial);
    match (trial.run)(&settings) {
        Ok(figures) => {
            let text = if json { output::json(trial, &settings, &figures) } else { output::table(trial, &settings, &figures) };
            finish(io::stdout(), &text, ExitCode::SUCCESS)
        }
        Err(error) => finish(io::stderr(), &output::failure(trial, &*error), ExitCode::FAILURE),
    }
}

/// Plays one part of a trial in this process.
fn play(trial: &Trial, part: &str) -> ExitCode {
    let played = match trial.part {
        Some(play) => play(part),
        None => Err("it has no parts".into()),
    };
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => finish(io::stderr(), &output::failure(trial, &*error), ExitCode::FAILURE),
    }
}

/// Prints and ends. A reader that went away, such as `head`, is no failure of the trial.
fn finish(mut to: impl Write, text: &str, code: ExitCode) -> ExitCode {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => code,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => code,
        Err(_) => ExitCode::FAILURE,
    }
}
