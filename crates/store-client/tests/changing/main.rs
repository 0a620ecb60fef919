//! Reading the changes of a shop that goes on selling.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod shop;

use std::collections::BTreeMap;

use campaign_pilot_store_client::model::Order;
use campaign_pilot_store_client::{Changed, Watermark, WooApi};
use proptest::prelude::*;
use rust_decimal::prelude::ToPrimitive;
use tokio::runtime::Runtime;

use self::shop::{Event, Shop, Version, event};

/// A copy of the shop's orders, as somebody keeps it who reads the changes.
#[derive(Debug, Default)]
struct Copy {
    orders: BTreeMap<u64, Version>,
    /// The watermark as it was written down with them.
    saved: Option<String>,
}

impl Copy {
    fn apply(&mut self, changed: Changed<Order>, watermark: &Watermark) {
        assert_eq!(changed.rejected, []);
        for id in changed.removed {
            self.orders.remove(&id);
        }
        for order in changed.items {
            let modified = order.modified_at.unwrap().as_second();
            self.orders.insert(order.id, Version { modified, version: order.total.to_u64().unwrap() });
        }
        self.save(watermark);
    }

    fn save(&mut self, watermark: &Watermark) {
        self.saved = Some(serde_json::to_string(watermark).unwrap());
    }

    fn watermark(&self) -> Watermark {
        self.saved.as_ref().map_or_else(Watermark::new, |saved| serde_json::from_str(saved).unwrap())
    }

    /// Reads what changed; dies with a page in its hands after `pages` of them.
    async fn refresh(&mut self, api: &WooApi, pages: usize) {
        let mut changes = api.orders_changed_since(self.watermark());
        for _ in 0..pages {
            match changes.next().await {
                Ok(Some(changed)) => self.apply(changed, &changes.watermark().clone()),
                Ok(None) => return self.save(changes.watermark()),
                // The next call goes on where this one stopped.
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
        let _lost = changes.next().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_happens_the_copy_ends_as_the_shop(
        size in 0u64..350,
        events in prop::collection::vec(event(), 0..120),
        lives in prop::collection::vec(0usize..6, 0..12),
        bare: bool,
    ) {
        Runtime::new().unwrap().block_on(async {
            let shop = Shop::with_orders(size);
            shop.state().events = events.into();
            // Without its headers, a shop does not say how many orders it has.
            shop.state().bare = bare;
            let (_server, api) = shop.serve().await;
            let mut copy = Copy::default();
            for pages in lives {
                copy.refresh(&api, pages).await;
            }
            while !shop.state().events.is_empty() {
                copy.refresh(&api, usize::MAX).await;
            }
            shop.state().happen(Event::Pass(3));
            copy.refresh(&api, usize::MAX).await;
            copy.refresh(&api, usize::MAX).await;
            assert_eq!(copy.orders, shop.state().orders);
            // Once the last changes are long over, everything is known, and one look says so.
            shop.state().happen(Event::Pass(400));
            copy.refresh(&api, usize::MAX).await;
            shop.state().asked.clear();
            let mut changes = api.orders_changed_since(copy.watermark());
            assert!(changes.next().await.unwrap().is_none());
            let asked = shop.asked();
            assert!(asked <= if bare { 2 } else { 1 }, "{asked}");
        });
    }
}

async fn read(shop: &Shop) -> (wiremock::MockServer, WooApi, Copy) {
    let (server, api) = shop.serve().await;
    let mut copy = Copy::default();
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
    shop.state().asked.clear();
    (server, api, copy)
}

#[tokio::test]
async fn a_store_without_changes_takes_one_look() {
    for size in [0, 1, 99, 100, 101, 5_000] {
        let shop = Shop::with_orders(size);
        let (_server, api, mut copy) = read(&shop).await;
        copy.refresh(&api, 1).await;
        assert_eq!(shop.asked(), 1, "{size}");
    }
}

#[tokio::test]
async fn an_import_is_read_again_until_its_last_second_is_long_over() {
    let shop = Shop::with_orders(300);
    let (_server, api, mut copy) = read(&shop).await;
    for _ in 0..250 {
        shop.state().happen(Event::Create);
    }
    copy.refresh(&api, usize::MAX).await;
    shop.state().happen(Event::Pass(60));
    copy.refresh(&api, usize::MAX).await;
    shop.state().asked.clear();
    // An order that was being saved all the time, with the time when that began.
    let now = shop.state().now;
    shop.state().happen(Event::Edit(3));
    shop.state().orders.values_mut().nth(3).unwrap().modified = now - 61;
    shop.state().happen(Event::Pass(300));
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
    shop.state().asked.clear();
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(shop.asked(), 1);
}

#[tokio::test]
async fn a_few_removed_orders_are_found_without_reading_all_ids() {
    let shop = Shop::with_orders(20_000);
    let (_server, api, mut copy) = read(&shop).await;
    shop.state().happen(Event::Delete(17));
    shop.state().happen(Event::Delete(13_000));
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
    // A walk through all ids takes 203.
    let asked = shop.asked();
    assert!(asked <= 24, "{asked}");
}

#[tokio::test]
async fn many_removed_orders_take_a_walk() {
    let shop = Shop::with_orders(2_000);
    let (_server, api, mut copy) = read(&shop).await;
    for at in 0..600 {
        shop.state().happen(Event::Delete(at * 2));
    }
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
}

#[tokio::test]
async fn an_order_in_the_place_of_a_removed_one_shows_with_it() {
    let shop = Shop::with_orders(300);
    let (_server, api, mut copy) = read(&shop).await;
    shop.state().happen(Event::Delete(150));
    shop.state().happen(Event::Create);
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
}

#[tokio::test]
async fn what_the_overlap_brings_again_is_not_told_again() {
    let shop = Shop::with_orders(300);
    let (_server, api, mut copy) = read(&shop).await;
    shop.state().happen(Event::Edit(5));
    shop.state().happen(Event::Pass(10));
    copy.refresh(&api, usize::MAX).await;
    shop.state().happen(Event::Edit(8));
    let changed = api.orders_changed_since(copy.watermark()).all().await.unwrap();
    assert_eq!(changed.items.iter().map(|order| order.id).collect::<Vec<_>>(), [7 + 8 * 3]);
}

#[tokio::test]
async fn an_imported_order_that_cannot_be_read_is_told_once() {
    let shop = Shop::with_orders(300);
    let (_server, api, copy) = read(&shop).await;
    shop.state().happen(Event::Create);
    let id = {
        let mut state = shop.state();
        // It comes with the date of change that it had elsewhere.
        let oldest = state.orders.values().map(|order| order.modified).min().unwrap();
        let mut newest = state.orders.last_entry().unwrap();
        newest.get_mut().modified = oldest;
        *newest.key()
    };
    shop.state().broken.push(id);
    let mut changes = api.orders_changed_since(copy.watermark());
    let told = changes.all().await.unwrap();
    assert_eq!((told.items.len(), told.rejected.len()), (0, 1));
    shop.state().asked.clear();
    let again = api.orders_changed_since(changes.watermark().clone()).all().await.unwrap();
    assert_eq!((again.rejected, shop.asked()), (Vec::new(), 1));
}

#[tokio::test]
async fn a_date_of_change_in_the_future_hides_nothing() {
    let shop = Shop::with_orders(300);
    let future = shop.state().now + 100_000_000;
    shop.state().orders.values_mut().next().unwrap().modified = future;
    let (_server, api, mut copy) = read(&shop).await;
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(shop.asked(), 1);
    shop.state().happen(Event::Edit(5));
    copy.refresh(&api, usize::MAX).await;
    assert_eq!(copy.orders, shop.state().orders);
}
