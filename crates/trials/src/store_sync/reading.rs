//! What is measured: the client and the bare loop, each in a process of its own.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use campaign_pilot_core::SystemClock;
use campaign_pilot_http::Url;
use campaign_pilot_store_client::model::{Order, Product};
use campaign_pilot_store_client::{OrderQuery, Pages, ProductQuery, Resource, StoreConfig, WooApi};
use rustix::time::{ClockId, clock_gettime};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::server::{Traffic, Truth};
use crate::trial::Failure;

const KEY: &str = "ck_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECRET: &str = "cs_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

/// Who reads.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Reader {
    /// The store client.
    Client,
    /// reqwest and serde with the same models, one page after another.
    Bare,
}

/// What reading a whole shop took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Effort {
    /// User and system time of the process.
    pub(super) cpu_seconds: f64,
    pub(super) seconds: f64,
    /// The most memory that the process ever had in use.
    pub(super) peak_kib: u64,
    pub(super) rows: u64,
    pub(super) traffic: Traffic,
}

/// What is wrong with what was read from a shop that changed meanwhile.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Losses {
    /// Rows that were there during the whole reading and were not read.
    pub(super) lost: u64,
    /// Rows that were read again.
    pub(super) repeated: u64,
    /// Rows that were there during the whole reading.
    pub(super) rows: u64,
}

/// Reads the whole shop and measures it.
pub(super) fn measured(base: &str, reader: Reader) -> Result<Effort, Failure> {
    runtime()?.block_on(async {
        let before: Traffic = told(base, "traffic").await?;
        let (begun, cpu) = (Instant::now(), cpu_seconds());
        let rows = match reader {
            Reader::Client => {
                let api = api(base)?;
                drained(api.products(&ProductQuery::new())).await? + drained(api.orders(&OrderQuery::new())).await?
            }
            Reader::Bare => bare(base).await?,
        };
        let (cpu_seconds, seconds) = (cpu_seconds() - cpu, begun.elapsed().as_secs_f64());
        let peak_kib = peak_kib()?;
        let after: Traffic = told(base, "traffic").await?;
        let traffic = Traffic { requests: after.requests - before.requests, bytes: after.bytes - before.bytes };
        Ok(Effort { cpu_seconds, seconds, peak_kib, rows, traffic })
    })
}

/// Reads both lists of a shop that changes meanwhile, and compares with what is there.
pub(super) fn watched(base: &str) -> Result<Losses, Failure> {
    runtime()?.block_on(async {
        let api = api(base)?;
        let products = compared(base, "truth/products", api.products(&ProductQuery::new())).await?;
        let orders = compared(base, "truth/orders", api.orders(&OrderQuery::new())).await?;
        Ok(Losses {
            lost: products.lost + orders.lost,
            repeated: products.repeated + orders.repeated,
            rows: products.rows + orders.rows,
        })
    })
}

/// One worker for whoever reads: neither hands work from thread to thread.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn api(base: &str) -> Result<WooApi, Failure> {
    Ok(WooApi::new(StoreConfig::new(Url::parse(base)?, KEY, SECRET), Arc::new(SystemClock))?)
}

async fn drained<T: Resource>(mut pages: Pages<T>) -> Result<u64, Failure> {
    let mut rows = 0;
    while let Some(page) = pages.next().await? {
        if !page.rejected.is_empty() || page.missing > 0 {
            return Err("the client could not read every row of the bench server".into());
        }
        rows += black_box(page).items.len() as u64;
    }
    Ok(rows)
}

/// The loop that the client is compared with.
async fn bare(base: &str) -> Result<u64, Failure> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let products = bare_list::<Product>(&client, &format!("{base}/wp-json/wc/v3/products?status=any&")).await?;
    Ok(products + bare_list::<Order>(&client, &format!("{base}/wp-json/wc/v3/orders?")).await?)
}

async fn bare_list<T: Resource>(client: &reqwest::Client, address: &str) -> Result<u64, Failure> {
    let mut rows = 0;
    loop {
        let url = format!("{address}_fields={}&orderby=id&order=asc&per_page=100&offset={rows}", T::FIELDS);
        let response = client.get(url).basic_auth(KEY, Some(SECRET)).send().await?.error_for_status()?;
        let body = response.bytes().await?;
        let items: Vec<T> = serde_json::from_slice(&body)?;
        if items.is_empty() {
            return Ok(rows);
        }
        rows += black_box(items).len() as u64;
    }
}

async fn compared<T: Resource>(base: &str, truth: &str, mut pages: Pages<T>) -> Result<Losses, Failure> {
    let before: Truth = told(base, truth).await?;
    let (mut read, mut told_of) = (BTreeSet::new(), 0);
    while let Some(page) = pages.next().await? {
        told_of += page.items.len() as u64;
        read.extend(page.items.iter().map(Resource::id));
    }
    let after: Truth = told(base, truth).await?;
    let stayed: BTreeSet<u32> = after.into_iter().map(|(id, _)| id).collect();
    let throughout = before.into_iter().map(|(id, _)| id).filter(|id| stayed.contains(id));
    let (mut rows, mut lost) = (0, 0);
    for id in throughout {
        rows += 1;
        lost += u64::from(!read.contains(&id.into()));
    }
    Ok(Losses { lost, repeated: told_of - read.len() as u64, rows })
}

/// What the bench server tells beside its API.
async fn told<T: DeserializeOwned>(base: &str, path: &str) -> Result<T, Failure> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(client.get(format!("{base}/{path}")).send().await?.error_for_status()?.json().await?)
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// The most memory that this process ever had in use.
fn peak_kib() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the system does not tell the peak memory")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
