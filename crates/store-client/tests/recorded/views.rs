//! Page views in the forms that the sources document: examples of theirs, not recordings.

mod ga4;
mod jetpack;
mod matomo;
mod plausible;

use std::time::Duration;

use campaign_pilot_core::{Period, Product, ProductId, ProductKind, ProductStatus, Stock, ViewsReading};
use campaign_pilot_http::RetryPolicy;

/// A product with its page.
fn product(id: u64, permalink: &str) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("Product {id}"),
        summary: String::new(),
        permalink: permalink.to_owned(),
        price: None,
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
