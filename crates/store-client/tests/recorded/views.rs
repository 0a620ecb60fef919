//! Page views in the forms that the sources document: examples of theirs, not recordings.

mod ga4;
mod jetpack;
mod matomo;
mod plausible;

use std::time::Duration;

use campaign_pilot_core::{ErrorKind, Period, Product, ProductId, ProductKind, ProductStatus, Stock, ViewsReading};
use campaign_pilot_http::{RetryPolicy, Url};
use campaign_pilot_store_client::{JetpackConfig, JetpackViews, MatomoConfig, MatomoViews, PlausibleConfig, PlausibleViews};

use crate::support::clock;

/// A product with its page.
fn product(id: u64, permalink: &str) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("Product {id}"),
        summary: String::new(),
        permalink: permalink.to_owned(),
        price: None,
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

fn products() -> Vec<Product> {
    vec![
        product(11, "https://shop.example/product/smart-speaker-mini/"),
        product(22, "https://shop.example/product/smartwatch-active-2/"),
    ]
}

fn period(from: &str, to: &str) -> Period {
    Period::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
}

/// The views of each product, added up.
fn totals(reading: &ViewsReading) -> Vec<(&str, u64)> {
    let mut totals: Vec<(&str, u64)> = Vec::new();
    for seen in &reading.observations {
        match totals.last_mut().filter(|(product, _)| *product == seen.product.as_str()) {
            Some((_, views)) => *views += seen.views,
            None => totals.push((seen.product.as_str(), seen.views)),
        }
    }
    totals
}

/// Without dawdling between attempts.
fn retry() -> RetryPolicy {
    let short = Duration::from_millis(1);
    RetryPolicy { base: short, throttled_base: short, seed: Some(1), ..RetryPolicy::default() }
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_sent() {
    let at = |address: &str| Url::parse(address).unwrap();
    let plausible = |address, site| PlausibleViews::new(PlausibleConfig::new(at(address), site, "key"), clock()).map(|_| ());
    let jetpack = |address, site| JetpackViews::new(JetpackConfig::new(at(address), site, "token"), clock()).map(|_| ());
    let matomo = |address, rows| {
        let config = MatomoConfig { page_size: rows, ..MatomoConfig::new(at(address), 1, "token") };
        MatomoViews::new(config, clock()).map(|_| ())
    };
    let open = "http://stats.example";
    let (closed, some) = ("https://stats.example", "shop.example");
    let refused = [
        plausible(open, some),
        plausible(closed, " "),
        jetpack(open, some),
        jetpack(closed, ""),
        matomo(open, 10),
        matomo(closed, 0),
        ga4::set_up(open, "https://tokens.example"),
        ga4::set_up(closed, "http://tokens.example"),
    ];
    for result in refused {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.advice().is_some());
    }
    let taken =
        [plausible(closed, some), jetpack(closed, some), matomo(closed, 10), ga4::set_up(closed, "https://tokens.example")];
    assert!(taken.iter().all(Result::is_ok));
}
