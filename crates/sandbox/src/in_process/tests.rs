//! The ports in the process keep what core's suites ask of every implementor.

use campaign_pilot_core::conformance;
use campaign_pilot_core::{AdCopy, CampaignId, CampaignSpec, DecisionId, Money, Period, Product, ProductId};
use futures_util::StreamExt;
use jiff::SignedDuration;

use crate::in_process::InProcess;
use crate::simulation::Simulation;
use crate::world::World;

/// Worlds with shops and platforms of each kind.
const WORLDS: [&str; 5] = ["today", "tiny", "paid", "fraud", "broken-data"];

fn market(name: &str) -> InProcess {
    let market = InProcess::over(Simulation::of(World::named(name).unwrap(), 4));
    market.advance(SignedDuration::from_hours(30)).unwrap();
    market
}

fn last_hours(market: &InProcess, hours: i64) -> Period {
    let now = market.clock().now();
    Period::new(now - SignedDuration::from_hours(hours), now).unwrap()
}

async fn products(market: &InProcess) -> Vec<Product> {
    let pages: Vec<_> = market.catalog().products().collect().await;
    pages.into_iter().flat_map(|page| page.unwrap().products).collect()
}

fn spec(market: &InProcess, product: &Product) -> CampaignSpec {
    let now = market.clock().now();
    CampaignSpec {
        id: CampaignId::of_launch(&DecisionId::of("cycle-1", "product-1")),
        product: product.id.clone(),
        sku: None,
        name: product.name.clone(),
        landing_page: product.permalink.clone(),
        copy: AdCopy { headline: product.name.clone(), body: "Made to last.".to_owned(), written_by: "test".to_owned() },
        budget: Money::new(70.into(), market.currency()),
        flight: Period::new(now, now + SignedDuration::from_hours(14 * 24)).unwrap(),
    }
}

#[tokio::test]
async fn the_catalogue_keeps_the_ports_promises() {
    for name in WORLDS {
        conformance::catalog(&*market(name).catalog()).await.unwrap_or_else(|broken| panic!("{name}: {broken}"));
    }
}

#[tokio::test]
async fn the_sales_history_keeps_the_ports_promises() {
    for name in WORLDS {
        let market = market(name);
        let now = market.clock().now();
        let odd = Period::new(now - SignedDuration::from_mins(40 * 60 + 25), now - SignedDuration::from_mins(7)).unwrap();
        for period in [last_hours(&market, 30), last_hours(&market, 20 * 24), odd] {
            let checked = conformance::sales_history(&*market.sales(), period).await;
            checked.unwrap_or_else(|broken| panic!("{name}, {period}: {broken}"));
        }
    }
}

#[tokio::test]
async fn the_page_views_keep_the_ports_promises() {
    for name in WORLDS {
        let market = market(name);
        let (views, products) = (market.views().unwrap(), products(&market).await);
        let now = market.clock().now();
        let odd = Period::new(now - SignedDuration::from_mins(150), now - SignedDuration::from_mins(7)).unwrap();
        for period in [last_hours(&market, 48), odd] {
            let checked = conformance::page_views(&*views, products.get(..20).unwrap_or(&products), period).await;
            checked.unwrap_or_else(|broken| panic!("{name}, {period}: {broken}"));
        }
    }
}

#[tokio::test]
async fn both_platforms_keep_the_ports_promises() {
    for name in WORLDS {
        let market = market(name);
        let product = products(&market).await.swap_remove(0);
        let (spec, now) = (spec(&market, &product), market.clock().now());
        let checked = conformance::campaign_platform(&*market.platform(), &spec, now).await;
        checked.unwrap_or_else(|broken| panic!("{name}: {broken}"));
        // Once more where it has a history.
        market.advance(SignedDuration::from_hours(50)).unwrap();
        let spec = CampaignSpec { id: CampaignId::of_launch(&DecisionId::of("cycle-2", "product-1")), ..spec };
        let checked = conformance::campaign_platform(&*market.platform(), &spec, market.clock().now()).await;
        checked.unwrap_or_else(|broken| panic!("{name}, later: {broken}"));
    }
}

#[tokio::test]
async fn a_product_that_is_not_there_is_none() {
    let market = market("tiny");
    assert_eq!(market.catalog().product(&ProductId::new("no-number").unwrap()).await.unwrap(), None);
}
