//! Serves the sandbox until Ctrl-C, one simulated hour every ten seconds, and prints where and with which made-up keys.
//!
//! ```text
//! cargo run -p campaign-pilot-sandbox --example serve -- [WORLD [FAULTS]]
//! cargo run -p campaign-pilot-sandbox --example serve -- broken-data "latency=20ms,429=0.01"
//! ```
//!
//! `WORLD` is the name of a shipped world or a world's file, `today` where it is not given.

use std::time::Duration;

use campaign_pilot_sandbox::world::{PlatformKind, ViewCounting};
use campaign_pilot_sandbox::{Faults, Sandbox, SandboxError, SandboxOptions, World};
use jiff::SignedDuration;

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for the terminal")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n  next: give a world's name or file, and then faults such as latency=20ms,429=0.01");
            std::process::exit(2);
        }
    };
    let world = options.world.clone();
    let sandbox = Sandbox::start(options).await?;
    let access = sandbox.access();
    println!("World        {}: {}", world.name, world.about.trim());
    println!("WooCommerce  {}wp-json/wc/v3/products", sandbox.store_url());
    println!("             key {}, secret {}", access.consumer_key, access.consumer_secret);
    if world.platform.kind == PlatformKind::Affiliate {
        println!("impact.com   {}Advertisers/{}/Ads.json", sandbox.impact_url(), access.account_sid);
        println!("             token {}, program {}", access.auth_token, access.program_id);
    } else {
        println!("Platform     clicks are paid: it has no server, only a port in the process");
    }
    if world.data.views == ViewCounting::Counted {
        println!("Plausible    {}api/v2/query", sandbox.plausible_url());
        println!("             token {}, site {}", access.plausible_token, access.site_id);
    }

    let mut hour = tokio::time::interval(Duration::from_secs(10));
    loop {
        tokio::select! {
            _ = hour.tick() => {
                println!("{}", sandbox.clock().now());
                sandbox.advance(SignedDuration::from_hours(1))?;
            }
            stop = tokio::signal::ctrl_c() => {
                stop?;
                sandbox.shutdown().await;
                return Ok(());
            }
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<SandboxOptions, SandboxError> {
    let world = arguments.next().map_or_else(|| World::named("today"), |world| World::load(&world))?;
    let faults: Faults = arguments.next().unwrap_or_default().parse()?;
    Ok(SandboxOptions { world, faults, ..SandboxOptions::default() })
}
