#![doc = include_str!("../README.md")]

mod budget_stop;
mod cycle;
mod evidence;
mod exactly_once;
mod output;
mod pause_rules;
mod quota;
mod store_sync;
mod trial;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use trial::{Settings, TRIALS, Trial};

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

    /// List the trials and end
    #[arg(long)]
    list: bool,

    /// Play one part of the trial; the trial itself starts its parts
    #[arg(long, hide = true)]
    part: Option<String>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong use of the command line.";

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(name) = args.name.as_deref().filter(|_| !args.list) else {
        return finish(io::stdout(), &output::list(TRIALS), ExitCode::SUCCESS);
    };
    let Some(trial) = Trial::find(name) else {
        let known: Vec<&str> = TRIALS.iter().map(|trial| trial.name).collect();
        let message = format!("error: there is no trial `{name}`; there are: {}\n", known.join(", "));
        return finish(io::stderr(), &message, ExitCode::from(2));
    };
    let settings = Settings { seeds: args.seeds.unwrap_or(if args.quick { 1 } else { trial.seeds }), quick: args.quick };
    if let Some(part) = &args.part {
        return play(trial, part);
    }
    match (trial.run)(&settings) {
        Ok(figures) => {
            let text =
                if args.json { output::json(trial, &settings, &figures) } else { output::table(trial, &settings, &figures) };
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
