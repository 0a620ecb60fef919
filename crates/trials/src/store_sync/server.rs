//! A WooCommerce as fast as loopback allows, in a process of its own so that its work is not counted.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt;
use campaign_pilot_core::{Clock, SystemClock};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::query::ListQuery;
use super::shop::List;
use crate::trial::Failure;

/// What the server has and how it behaves.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(super) struct ServerSpec {
    /// How many products.
    pub(super) products: u32,
    /// How many orders.
    pub(super) orders: u32,
    /// How long each answer takes, in milliseconds.
    pub(super) latency_ms: u64,
    /// Before each page, up to so many rows of its list are deleted, created and changed each.
    pub(super) changes: usize,
    /// What the changes are drawn from.
    pub(super) seed: u64,
}

/// What was asked for so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Traffic {
    /// Requests to the API.
    pub(super) requests: u64,
    /// Bytes of bodies.
    pub(super) bytes: u64,
}

/// The rows that are there, each with its id and the second of its last change.
pub(super) type Truth = Vec<(u32, u32)>;

const PRODUCTS: &str = include_str!("../../../store-client/tests/fixtures/woocommerce/full-products-1.json");
const ORDERS: &str = include_str!("../../fixtures/orders.json");

/// Serves until the input ends: with the process that started it. The first line of the output is the address.
pub(super) fn serve(spec: ServerSpec) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let shop = Shop::new(spec)?;
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut output = io::stdout();
        writeln!(output, "http://{}", listener.local_addr()?)?;
        output.flush()?;
        let parent_is_gone = async { drop(tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await) };
        let listener = listener.tap_io(|connection| {
            // Without it, an answer in two parts waits for the reader's acknowledgement.
            let _ = connection.set_nodelay(true);
        });
        tokio::select! {
            served = axum::serve(listener, routes(shop)) => Ok(served?),
            () = parent_is_gone => Ok(()),
        }
    })
}

struct Shop {
    spec: ServerSpec,
    products: Mutex<Shelf>,
    orders: Mutex<Shelf>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// A list with what changes it.
struct Shelf {
    list: List,
    rng: ChaCha8Rng,
    /// Changes before each page; zero once the shop is quiet.
    changes: usize,
}

impl Shop {
    fn new(spec: ServerSpec) -> Result<Arc<Self>, Failure> {
        let shelf = |recorded, count, stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
            rng.set_stream(stream);
            Ok::<_, Failure>(Mutex::new(Shelf { list: List::new(recorded, count)?, rng, changes: spec.changes }))
        };
        Ok(Arc::new(Self {
            spec,
            products: shelf(PRODUCTS, spec.products, 1)?,
            orders: shelf(ORDERS, spec.orders, 2)?,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        }))
    }

    async fn answer(&self, headers: HeaderMap, status: StatusCode, body: String) -> Response {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        if self.spec.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(self.spec.latency_ms)).await;
        }
        (status, [("content-type", "application/json; charset=UTF-8")], headers, body).into_response()
    }

    async fn list(&self, shelf: &Mutex<Shelf>, pairs: &BTreeMap<String, String>) -> Response {
        let Some(query) = ListQuery::of(pairs) else {
            let refusal = r#"{"code":"rest_invalid_param","message":"","data":{"status":400}}"#;
            return self.answer(HeaderMap::new(), StatusCode::BAD_REQUEST, refusal.to_owned()).await;
        };
        let part = {
            let Shelf { list, rng, changes } = &mut *shelf.lock().unwrap_or_else(PoisonError::into_inner);
            if *changes > 0 {
                list.change(rng, *changes, u32::try_from(SystemClock.now().as_second()).unwrap_or(u32::MAX));
            }
            list.part(&query)
        };
        match part {
            Ok(part) => {
                let totals = [("x-wp-total", part.total), ("x-wp-totalpages", part.pages)];
                let headers = totals.map(|(name, number)| (name.parse(), HeaderValue::from(number)));
                let headers = headers.into_iter().filter_map(|(name, value)| Some((name.ok()?, value))).collect();
                self.answer(headers, StatusCode::OK, part.body).await
            }
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

type Shared = State<Arc<Shop>>;
type Pairs = Query<BTreeMap<String, String>>;

fn routes(shop: Arc<Shop>) -> Router {
    let truth = |shelf: &Mutex<Shelf>| {
        let shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let rows: Truth = shelf.list.rows().iter().map(|row| (row.id, row.modified)).collect();
        axum::Json(rows)
    };
    let empty = |State(shop): Shared| async move {
        let totals =
            ["x-wp-total", "x-wp-totalpages"].map(|name| (axum::http::HeaderName::from_static(name), HeaderValue::from(0)));
        shop.answer(HeaderMap::from_iter(totals), StatusCode::OK, "[]".to_owned()).await
    };
    Router::new()
        .route(
            "/wp-json/wc/v3/products",
            get(|State(shop): Shared, Query(pairs): Pairs| async move { shop.list(&shop.products, &pairs).await }),
        )
        .route(
            "/wp-json/wc/v3/orders",
            get(|State(shop): Shared, Query(pairs): Pairs| async move { shop.list(&shop.orders, &pairs).await }),
        )
        .route("/wp-json/wc/v3/refunds", get(empty))
        .route(
            "/wp-json/wc/v3/system_status",
            get(|State(shop): Shared| async move {
                shop.answer(HeaderMap::new(), StatusCode::OK, r#"{"settings":{"currency":"EUR"}}"#.to_owned()).await
            }),
        )
        .route("/truth/products", get(move |State(shop): Shared| async move { truth(&shop.products) }))
        .route("/truth/orders", get(move |State(shop): Shared| async move { truth(&shop.orders) }))
        .route(
            "/traffic",
            get(|State(shop): Shared| async move {
                let Shop { requests, bytes, .. } = &*shop;
                axum::Json(Traffic { requests: requests.load(Ordering::Relaxed), bytes: bytes.load(Ordering::Relaxed) })
            }),
        )
        .route(
            "/quiet",
            get(|State(shop): Shared| async move {
                for shelf in [&shop.products, &shop.orders] {
                    shelf.lock().unwrap_or_else(PoisonError::into_inner).changes = 0;
                }
                axum::Json(())
            }),
        )
        .with_state(shop)
}

#[cfg(test)]
mod tests {
    use super::super::reading::{self, Reader};
    use super::*;

    /// A server in this process, and its address.
    fn start(spec: ServerSpec) -> (tokio::runtime::Runtime, String) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let routes = routes(Shop::new(spec).unwrap());
        runtime.spawn(async { axum::serve(listener, routes).await });
        (runtime, base)
    }

    #[test]
    fn everyone_reads_every_row_and_an_unchanged_shop_costs_two_requests() {
        let (_runtime, base) = start(ServerSpec { products: 250, orders: 120, ..ServerSpec::default() });
        let efforts = [Reader::Client, Reader::Bare, Reader::Sync].map(|reader| reading::measured(&base, reader).unwrap());
        assert_eq!(efforts.map(|effort| effort.rows), [370; 3]);
        assert_eq!(efforts.map(|effort| effort.idle_requests), [0, 0, 2]);
        assert!(efforts.iter().all(|effort| effort.traffic.requests >= 5 && effort.traffic.bytes > 100_000));
    }

    #[test]
    fn a_shop_that_changes_with_every_page_loses_nothing() {
        let (_runtime, base) = start(ServerSpec { products: 300, orders: 400, changes: 3, seed: 1, latency_ms: 0 });
        let losses = reading::watched(&base).unwrap();
        assert_eq!((losses.lost, losses.repeated, losses.wrong), (0, 0, 0));
        assert!(losses.rows > 500, "{losses:?}");
    }
}
