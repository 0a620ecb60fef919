//! The trial `store-sync`: what reading a whole shop costs, and whether anything is lost while it changes.

mod part;
mod query;
mod reading;
mod server;
mod shop;
mod template;

use self::part::{Part, Server};
use self::reading::{Effort, Losses, Reader};
use self::server::ServerSpec;
use crate::trial::{Failure, Figures, Settings, Trial};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "store-sync",
    shows: "what reading a whole shop costs beside a bare loop, and whether anything is lost while it changes",
    seeds: 3,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("cpu_ratio_to_bare_loop", "CPU time of the client over that of reqwest and serde with the same models"),
        ("cpu_ratio_of_sync", "the same for the client's changes since nothing, which it can be asked to refresh afterwards"),
        ("cpu_seconds_sync", "user and system seconds for that, median of the runs"),
        ("cpu_seconds_client", "user and system seconds of the client for the whole shop, median of the runs"),
        ("cpu_seconds_bare_loop", "the same of the bare loop"),
        ("rows", "products and orders of the shop that both read (600,000; 6,000 in a quick run)"),
        ("requests_client", "requests that the client sent for them"),
        ("requests_bare_loop", "requests that the bare loop sent for them"),
        ("mib_client", "MiB of answers that the client took"),
        ("mib_bare_loop", "MiB of answers that the bare loop took"),
        ("peak_mib_client", "most memory of the client's process, in MiB, the largest of the runs and of both ways of reading"),
        ("peak_mib_bare_loop", "the same of the bare loop"),
        ("peak_growth_mib", "how much more memory the client's process had at its peak than with a shop of 6,000 rows"),
        (
            "latency_bound_ratio",
            "seconds for 100,000 products (5,000 in a quick run) at 200 ms an answer, over pages x 200 ms / 4",
        ),
        ("idle_requests", "requests for a refresh of both lists of the whole shop when nothing changed"),
        ("latency_seconds", "those seconds"),
        ("lost_rows", "rows there during the whole reading of a changing shop that were not read, over all seeds"),
        ("repeated_rows", "rows of it that were read again, over all seeds"),
        ("watched_rows", "rows there during the whole reading, over all seeds"),
        ("wrong_rows", "rows missing, outdated or gone in a copy kept by changes, after the last refresh, over all seeds"),
    ],
    run,
    part: Some(part::run),
};

/// How large a run is.
struct Scale {
    products: u32,
    orders: u32,
    repetitions: usize,
    distant_products: u32,
    changing: (u32, u32),
}

const FULL: Scale =
    Scale { products: 100_000, orders: 500_000, repetitions: 5, distant_products: 100_000, changing: (20_000, 50_000) };
const QUICK: Scale = Scale { products: 1_000, orders: 5_000, repetitions: 3, distant_products: 5_000, changing: (1_000, 2_000) };
/// The shop that the growth of the peak memory is measured from.
const SMALL: ServerSpec = ServerSpec { products: 1_000, orders: 5_000, latency_ms: 0, changes: 0, seed: 0 };

const PAGE: u32 = 100;
const AT_ONCE: u32 = 4;
const LATENCY_MS: u32 = 200;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let scale = if settings.quick { QUICK } else { FULL };
    let mut figures = costs(&scale)?;
    figures.extend(distant(&scale)?);
    figures.extend(changing(&scale, settings.seeds)?);
    Ok(figures)
}

/// CPU time and memory of the client and the bare loop over the same shop, by turns.
fn costs(scale: &Scale) -> Result<Figures, Failure> {
    let small = Server::start(SMALL)?;
    let small = [measured(&small, Reader::Client)?, measured(&small, Reader::Sync)?];
    let server = Server::start(ServerSpec { products: scale.products, orders: scale.orders, ..SMALL })?;
    let (mut client, mut sync, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scale.repetitions {
        for (reader, efforts) in [(Reader::Client, &mut client), (Reader::Bare, &mut bare), (Reader::Sync, &mut sync)] {
            let effort = measured(&server, reader)?;
            if effort.rows != u64::from(scale.products) + u64::from(scale.orders) {
                return Err(format!("{reader:?} read {} rows of another number", effort.rows).into());
            }
            efforts.push(effort);
        }
    }
    let client_peak = peak_mib(&client).max(peak_mib(&sync));
    let traffic = |efforts: &[Effort]| efforts.last().map(|effort| effort.traffic).unwrap_or_default();
    let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
    Ok(Figures::from([
        ("cpu_ratio_to_bare_loop", cpu_seconds(&client) / cpu_seconds(&bare)),
        ("cpu_ratio_of_sync", cpu_seconds(&sync) / cpu_seconds(&bare)),
        ("cpu_seconds_sync", cpu_seconds(&sync)),
        ("cpu_seconds_client", cpu_seconds(&client)),
        ("cpu_seconds_bare_loop", cpu_seconds(&bare)),
        ("rows", f64::from(scale.products + scale.orders)),
        ("requests_client", traffic(&client).requests as f64),
        ("requests_bare_loop", traffic(&bare).requests as f64),
        ("mib_client", mib(traffic(&client).bytes)),
        ("mib_bare_loop", mib(traffic(&bare).bytes)),
        ("idle_requests", sync.iter().map(|effort| effort.idle_requests).max().unwrap_or(0) as f64),
        ("peak_mib_client", client_peak),
        ("peak_mib_bare_loop", peak_mib(&bare)),
        ("peak_growth_mib", (client_peak - peak_mib(&small)).max(0.0)),
    ]))
}

fn measured(server: &Server, reader: Reader) -> Result<Effort, Failure> {
    Part::Measured { base: server.base.clone(), reader }.run()
}

fn cpu_seconds(efforts: &[Effort]) -> f64 {
    median(efforts.iter().map(|effort| effort.cpu_seconds).collect())
}

fn peak_mib(efforts: &[Effort]) -> f64 {
    efforts.iter().map(|effort| effort.peak_kib).max().unwrap_or(0) as f64 / 1024.0
}

/// How long a distant shop takes, against the best that its latency allows.
fn distant(scale: &Scale) -> Result<Figures, Failure> {
    let server =
        Server::start(ServerSpec { products: scale.distant_products, orders: 0, latency_ms: LATENCY_MS.into(), ..SMALL })?;
    let effort = measured(&server, Reader::Client)?;
    let pages = f64::from(scale.distant_products.div_ceil(PAGE));
    let bound = pages * f64::from(LATENCY_MS) / 1e3 / f64::from(AT_ONCE);
    Ok(Figures::from([("latency_bound_ratio", effort.seconds / bound), ("latency_seconds", effort.seconds)]))
}

/// What is lost or repeated while a shop changes with every page.
fn changing(scale: &Scale, seeds: u32) -> Result<Figures, Failure> {
    let (products, orders) = scale.changing;
    let mut sum = Losses::default();
    for seed in 1..=u64::from(seeds) {
        let server = Server::start(ServerSpec { products, orders, latency_ms: 0, changes: 3, seed })?;
        sum += Part::Watched { base: server.base.clone() }.run::<Losses>()?;
    }
    Ok(Figures::from([
        ("lost_rows", sum.lost as f64),
        ("repeated_rows", sum.repeated as f64),
        ("watched_rows", sum.rows as f64),
        ("wrong_rows", sum.wrong as f64),
    ]))
}

/// The middle one; of an even number, the lower of the two in the middle. NaN of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]).to_string(), "2");
        assert!(median(Vec::new()).is_nan());
    }
}
