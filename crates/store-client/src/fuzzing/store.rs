//! A whole store that gives any answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use campaign_pilot_core::ports::{Catalog, SalesHistory};
use campaign_pilot_core::{Clock, PortResult, ProductId};
use campaign_pilot_http::fuzzing::answered;
use futures_util::TryStreamExt;

use super::{address, check, clock, days, now, once, own_words};
use crate::sales::{self, SalesQuery};
use crate::{CustomerSalt, StoreConfig, StoreError, Watermark, WooStore, reports};

/// More pages than an input can hold answers for.
const ROUNDS: usize = 64;

/// Lets the client do a piece of work with the answers of the input, see [`answered`].
///
/// # Panics
///
/// When an error quotes the store, sales do not add up, or a watermark loses what was read.
pub async fn store(bytes: &[u8]) {
    let Some((kind, answers)) = bytes.split_first() else { return };
    answered(answers, async {
        if let Some(store) = client() {
            work(*kind, &store).await;
        }
    })
    .await;
}

fn client() -> Option<WooStore> {
    let config = StoreConfig {
        retry: once(),
        customer_salt: Some(CustomerSalt::new("a salt for the fuzz targets")),
        ..StoreConfig::new(address()?, "ck_key", "cs_secret")
    };
    let clock: Arc<dyn Clock> = clock();
    WooStore::new(config, clock).ok()
}

async fn work(kind: u8, store: &WooStore) {
    let api = store.api();
    match kind {
        b'h' => told(store.check_health().await),
        b'd' => {
            let diagnosis = api.diagnose().await;
            assert!(diagnosis.is_healthy() || !diagnosis.findings.is_empty(), "what is in the way is named");
        }
        b'p' => products(store).await,
        b'1' => port(store.product(&ProductId::from_number(11)).await),
        b'c' => port(store.changes_since(now()).await),
        b'l' => lists(store).await,
        b's' => sold(store).await,
        b'S' => sold_by_day(store).await,
        b'r' => statistics(store).await,
        b'=' => {
            if let Some(days) = days() {
                told(api.reports().reconcile(days).await);
            }
        }
        b'w' => changes(store).await,
        _ => {}
    }
}

fn told<T>(result: Result<T, StoreError>) {
    if let Err(error) = result {
        check(&error);
    }
}

fn port<T>(result: PortResult<T>) {
    if let Err(error) = result {
        own_words(&error.to_string());
    }
}

async fn products(store: &WooStore) {
    let mut pages = store.products();
    let mut told = BTreeSet::new();
    for _ in 0..ROUNDS {
        match pages.try_next().await {
            Ok(Some(page)) => {
                page.rejected.iter().for_each(|item| own_words(&item.reason));
                for product in page.products {
                    assert!(product.id.as_str().parse::<u64>().is_ok() && told.insert(product.id), "each once");
                }
            }
            Ok(None) => break,
            Err(error) => return own_words(&error.to_string()),
        }
    }
}

async fn lists(store: &WooStore) {
    let api = store.api();
    told(api.currency().await);
    told(api.settings("general").await);
    told(api.categories().all().await);
    told(api.customers().all().await);
    told(api.variations(69).all().await);
}

async fn sold(store: &WooStore) {
    let Some(days) = days() else { return };
    match store.sales(days).await {
        Ok(reading) => reading.rejected.iter().for_each(|item| own_words(&item.reason)),
        Err(error) => own_words(&error.to_string()),
    }
}

async fn sold_by_day(store: &WooStore) {
    let Some(days) = days() else { return };
    let query = SalesQuery::new(days).by(sales::Grain::Day).with_variations().with_new_customers();
    match store.api().sales(&query).await {
        Ok(sales) => {
            sales.rejected.iter().for_each(|item| own_words(&item.reason));
            for cell in &sales.cells {
                assert!(days.intersection(cell.period) == Some(cell.period), "sales lie in what was asked for");
            }
        }
        Err(error) => check(&error),
    }
}

async fn statistics(store: &WooStore) {
    let Some(days) = days() else { return };
    let api = store.api().reports();
    told(api.settings().await);
    told(api.stock_counts().await);
    told(api.revenue(days, reports::Grain::Day).await);
    told(api.product_stats(days, reports::Grain::Day).await);
    told(api.products(days).all().await);
}

/// Two readings one after another, the watermark kept as text in between and after each page.
async fn changes(store: &WooStore) {
    let mut watermark = Watermark::new();
    for _ in 0..2 {
        let mut changes = store.api().orders_changed_since(watermark);
        for _ in 0..ROUNDS {
            match changes.next().await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    check(&error);
                    break;
                }
            }
        }
        let kept = serde_json::to_string(changes.watermark()).unwrap_or_default();
        let read = serde_json::from_str::<Watermark>(&kept).ok();
        assert_eq!(read.as_ref(), Some(changes.watermark()), "a watermark survives being kept");
        watermark = read.unwrap_or_default();
    }
}
