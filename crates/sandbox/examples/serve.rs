//! Serves the sandbox until Ctrl-C, one simulated hour every ten seconds, and prints where and with which made-up keys.
//!
//! ```text
//! cargo run -p campaign-pilot-sandbox --example serve -- "latency=20ms,429=0.01"
//! ```

use std::time::Duration;

use campaign_pilot_sandbox::{Faults, Sandbox, SandboxOptions};
use jiff::SignedDuration;

#[expect(clippy::print_stdout, reason = "it is a program for the terminal")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let faults: Faults = std::env::args().nth(1).unwrap_or_default().parse()?;
    let sandbox = Sandbox::start(SandboxOptions { faults, ..SandboxOptions::default() }).await?;
    let access = sandbox.access();
    println!("WooCommerce  {}wp-json/wc/v3/products", sandbox.store_url());
    println!("             key {}, secret {}", access.consumer_key, access.consumer_secret);
    println!("impact.com   {}Advertisers/{}/Ads.json", sandbox.impact_url(), access.account_sid);
    println!("             token {}, program {}", access.auth_token, access.program_id);
    println!("Plausible    {}api/v2/query", sandbox.plausible_url());
    println!("             token {}, site {}", access.plausible_token, access.site_id);

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
