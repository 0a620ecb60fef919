//! Page-view sources that give any answers.

use campaign_pilot_core::ports::PageViews;
use campaign_pilot_core::{Product, ProductId, ProductKind, ProductStatus, Stock};
use campaign_pilot_http::fuzzing::answered;
use campaign_pilot_http::{SecretString, Url};
use jiff::tz::TimeZone;

use super::{address, check, clock, days, once, own_words};
use crate::{
    Ga4Config, Ga4Views, JetpackConfig, JetpackViews, MatomoConfig, MatomoViews, PlausibleConfig, PlausibleViews, ServiceAccount,
    StoreError,
};

/// Lets a source be read with the answers of the input, see [`answered`]; or reads a key file.
///
/// # Panics
///
/// When an error quotes the source or the key file, or views lie outside of what was asked for.
pub async fn views(bytes: &[u8], account: &ServiceAccount) {
    let Some((kind, answers)) = bytes.split_first() else { return };
    if *kind == b'k' {
        let file = SecretString::from(String::from_utf8_lossy(answers).into_owned());
        return ServiceAccount::from_json(&file).map_or_else(|error| check(&error), |_| ());
    }
    answered(answers, async {
        match address().and_then(|address| source(*kind, address, account)) {
            Some(Ok(source)) => read(source.as_ref()).await,
            Some(Err(error)) => check(&error),
            None => {}
        }
    })
    .await;
}

fn source(kind: u8, address: Url, account: &ServiceAccount) -> Option<Result<Box<dyn PageViews>, StoreError>> {
    let boxed = |source: Result<Box<dyn PageViews>, StoreError>| Some(source);
    match kind {
        b'p' => {
            let config = PlausibleConfig { retry: once(), ..PlausibleConfig::new(address, "shop.example", "key") };
            boxed(PlausibleViews::new(config, clock()).map(|views| Box::new(views) as _))
        }
        b'm' => {
            let config = MatomoConfig { retry: once(), ..MatomoConfig::new(address, 3, "token") };
            boxed(MatomoViews::new(config, clock()).map(|views| Box::new(views) as _))
        }
        b'g' => {
            let config = Ga4Config { retry: once(), ..Ga4Config::new(address, 123, account.clone()) };
            boxed(Ga4Views::new(config, clock()).map(|views| Box::new(views) as _))
        }
        b'j' => {
            let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
            let config = JetpackConfig { retry: once(), time_zone: zone, ..JetpackConfig::new(address, "shop.example", "token") };
            boxed(JetpackViews::new(config, clock()).map(|views| Box::new(views) as _))
        }
        _ => None,
    }
}

async fn read(source: &dyn PageViews) {
    let Some(days) = days() else { return };
    match source.views(&products(), days).await {
        Ok(reading) => {
            for seen in &reading.observations {
                assert!(days.contains(seen.period.start()) && seen.period.end() <= days.end(), "{:?}", seen.period);
            }
        }
        Err(error) => own_words(&error.to_string()),
    }
}

fn products() -> Vec<Product> {
    [(11, "tea"), (12, "kettle"), (13, "%C3%BCbung")].map(|(id, slug)| product(id, slug)).to_vec()
}

fn product(id: u64, slug: &str) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: slug.to_owned(),
        summary: String::new(),
        permalink: format!("https://shop.example/product/{slug}/"),
        price: None,
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}
