//! The command line.

use std::path::{Path, PathBuf};

use campaign_pilot::sandbox::{Faults, SandboxError, World};
use clap::Parser;

/// Advertises a store's products by itself: reads the store, chooses, launches, watches, decides.
///
/// Without `--config` it runs against a simulated market on this machine: no account, no service.
#[derive(Debug, Parser)]
#[command(name = "pilot", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// The folder of the memory and the reports; run again on the same folder to carry on
    #[arg(long, default_value = "pilot-out", value_name = "DIR")]
    pub(crate) out: PathBuf,

    /// A real store, platform and page-view source (see docs/configuration.md); plans only, unless --apply
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "days", "faults", "world"])]
    pub(crate) config: Option<PathBuf>,

    /// Really make the changes that were decided
    #[arg(long, requires = "config")]
    pub(crate) apply: bool,

    /// Keep going, one cycle an hour, until Ctrl-C
    #[arg(long, requires = "apply")]
    pub(crate) watch: bool,

    /// The seed of the simulated market
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// How many days to simulate
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub(crate) days: u16,

    /// Faults of the simulated servers, such as `lost-answers=0.2,429=0.05,latency=20ms`
    #[arg(long, default_value = "", hide_default_value = true, value_name = "LIST")]
    pub(crate) faults: Faults,

    /// The simulated market: one that is shipped, or the file of your own
    #[arg(long, default_value = "ordinary", value_name = "NAME|FILE", value_parser = world)]
    pub(crate) world: World,

    /// Print one JSON document instead of tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// A world by its name or from its file.
fn world(name_or_file: &str) -> Result<World, String> {
    World::load(name_or_file).map_err(|error| {
        let is_file = Path::new(name_or_file).is_file();
        let next = if is_file {
            "correct the file; crates/sandbox/README.md shows one"
        } else {
            "give one of these names, or an existing file"
        };
        format!("{}\n  next: {next}", with_cause(&error))
    })
}

fn with_cause(error: &SandboxError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed (one error says what, where and what to do), \
2 wrong use of the command line, 130 ended by Ctrl-C between two steps (run again to carry on).";
