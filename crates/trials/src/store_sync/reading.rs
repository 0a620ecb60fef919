//! What is measured: the client and the bare loop, each in a process of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use campaign_pilot_core::SystemClock;
use campaign_pilot_http::Url;
use campaign_pilot_store_client::model::{Order, Product};
use campaign_pilot_store_client::{Changes, OrderQuery, Pages, ProductQuery, Resource, StoreConfig, Tracked, Watermark, WooApi};
use jiff::Timestamp;
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
    /// The store client's lists.
    Client,
    /// The store client's changes since nothing was known: the same lists, and what it keeps to know changes later.
    Sync,
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
    /// Requests for a refresh right after, where the reader can do that.
    pub(super) idle_requests: u64,
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
    /// Rows that are missing, outdated or gone in what a reading of changes and a refresh after the changes left.
    pub(super) wrong: u64,
}

impl std::ops::AddAssign for Losses {
    fn add_assign(&mut self, other: Self) {
        self.lost += other.lost;
        self.repeated += other.repeated;
        self.rows += other.rows;
        self.wrong += other.wrong;
    }
}

/// Reads the whole shop and measures it.
pub(super) fn measured(base: &str, reader: Reader) -> Result<Effort, Failure> {
    runtime()?.block_on(async {
        let before = traffic(base).await?;
        let (begun, cpu) = (Instant::now(), cpu_seconds());
        let api = api(base)?;
        let (mut products, mut orders) = (Watermark::new(), Watermark::new());
        let rows = match reader {
            Reader::Client => {
                drained(api.products(&ProductQuery::new())).await? + drained(api.orders(&OrderQuery::new())).await?
            }
            Reader::Sync => {
                refreshed(&mut products, |known| api.products_changed_since(known)).await?
                    + refreshed(&mut orders, |known| api.orders_changed_since(known)).await?
            }
            Reader::Bare => bare(base).await?,
        };
        let (cpu_seconds, seconds) = (cpu_seconds() - cpu, begun.elapsed().as_secs_f64());
        let peak_kib = peak_kib()?;
        let after = traffic(base).await?;
        let mut idle_requests = 0;
        if reader == Reader::Sync {
            let changed = refreshed(&mut products, |known| api.products_changed_since(known)).await?
                + refreshed(&mut orders, |known| api.orders_changed_since(known)).await?;
            if changed > 0 {
                return Err("the client sees changes in a shop that did not change".into());
            }
            idle_requests = traffic(base).await?.requests - after.requests;
        }
        let traffic = Traffic { requests: after.requests - before.requests, bytes: after.bytes - before.bytes };
        Ok(Effort { cpu_seconds, seconds, peak_kib, rows, traffic, idle_requests })
    })
}

/// Reads both lists of a shop that changes meanwhile, and compares with what is there.
pub(super) fn watched(base: &str) -> Result<Losses, Failure> {
    runtime()?.block_on(async {
        let api = api(base)?;
        let mut losses = compared(base, "truth/products", api.products(&ProductQuery::new())).await?;
        losses += compared(base, "truth/orders", api.orders(&OrderQuery::new())).await?;
        let (mut products, mut orders) = (Copy::default(), Copy::default());
        for changing in [true, false] {
            if !changing {
                let () = told(base, "quiet").await?;
            }
            products.refresh(|known| api.products_changed_since(known)).await?;
            orders.refresh(|known| api.orders_changed_since(known)).await?;
        }
        losses.wrong += products.differences(told(base, "truth/products").await?);
        losses.wrong += orders.differences(told(base, "truth/orders").await?);
        Ok(losses)
    })
}

/// What a user of the client keeps of a list: each row's id and the second of its last change.
#[derive(Default)]
struct Copy {
    rows: BTreeMap<u64, i64>,
    watermark: Watermark,
}

impl Copy {
    async fn refresh<T: Tracked>(&mut self, changes: impl Fn(Watermark) -> Changes<T>) -> Result<(), Failure> {
        let mut changes = changes(std::mem::take(&mut self.watermark));
        while let Some(changed) = changes.next().await? {
            for item in changed.items {
                self.rows.insert(item.id(), item.modified_at().map_or(0, Timestamp::as_second));
            }
            for id in changed.removed {
                self.rows.remove(&id);
            }
        }
        self.watermark = changes.watermark().clone();
        Ok(())
    }

    fn differences(self, truth: Truth) -> u64 {
        let truth: BTreeMap<u64, i64> = truth.into_iter().map(|(id, modified)| (id.into(), modified.into())).collect();
        let outdated = truth.iter().filter(|(id, modified)| self.rows.get(id) != Some(modified)).count();
        let gone = self.rows.keys().filter(|id| !truth.contains_key(id)).count();
        (outdated + gone) as u64
    }
}

/// How many rows changed; nothing of them is kept.
async fn refreshed<T: Tracked>(known: &mut Watermark, changes: impl Fn(Watermark) -> Changes<T>) -> Result<u64, Failure> {
    let mut changes = changes(std::mem::take(known));
    let mut rows = 0;
    while let Some(changed) = changes.next().await? {
        rows += (black_box(&changed).items.len() + changed.removed.len()) as u64;
    }
    *known = changes.watermark().clone();
    Ok(rows)
}

async fn traffic(base: &str) -> Result<Traffic, Failure> {
    told(base, "traffic").await
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
    Ok(Losses { lost, repeated: told_of - read.len() as u64, rows, wrong: 0 })
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
