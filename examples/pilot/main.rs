//! Runs the whole cycle over real HTTP: create, monitor, analyse, decide, execute, learn.
//!
//! Without arguments it needs nothing: it starts a simulated market with a WooCommerce store, an impact.com account and a
//! Plausible site on loopback ports of this machine, and advertises in it for 30 simulated days.
//!
//! ```sh
//! cargo run --release --example pilot                            # 30 simulated days into ./pilot-out
//! cargo run --release --example pilot                            # again: carries on from its memory
//! cargo run --release --example pilot -- --out paid --world paid # another market
//! cargo run --release --example pilot -- --config pilot.toml     # a real store: prints what it would do
//! cargo run --release --example pilot -- --config pilot.toml --apply
//! ```

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its operator")]

mod args;
mod config;
mod files;
mod live;
mod progress;
mod show;
mod simulate;
mod tally;
mod wiring;

use std::error::Error;
use std::process::ExitCode;

use campaign_pilot::agents::StopFlag;
use campaign_pilot::core::PortError;
use clap::Parser;

use crate::args::Args;

/// How a run ended when nothing failed.
pub(crate) enum End {
    /// It did everything.
    Done,
    /// Ctrl-C ended it between two steps.
    Stopped,
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    match Box::pin(run(&args)).await {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Stopped) => {
            eprintln!("stopped between two steps; run the same command again to carry on");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("error: {}", explained(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<End, Box<dyn Error>> {
    std::fs::create_dir_all(&args.out).map_err(|error| {
        format!("the folder `{}` cannot be made: {error}\n  next: name another one with --out", args.out.display())
    })?;
    let stop = StopFlag::default();
    let raised = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            raised.request();
        }
    });
    match &args.config {
        Some(config) => Box::pin(live::run(args, &config::Config::read(config)?, stop)).await,
        None => Box::pin(simulate::run(args, stop)).await,
    }
}

/// An error with its causes in one line, and the next step where one is known.
fn explained(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut advice, mut cause) = (String::new(), None, Some(error));
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text = if text.is_empty() { message } else { format!("{text}: {message}") };
        }
        advice = advice.or_else(|| error.downcast_ref::<PortError>()?.advice());
        cause = error.source();
    }
    advice.map_or_else(|| text.clone(), |advice| format!("{text}\n  next: {advice}"))
}
