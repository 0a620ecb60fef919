//! Pages of a store's lists.

use std::fmt::Debug;

use campaign_pilot_http::{JsonBody, JsonLimits};
use serde::de::IgnoredAny;

use super::own_words;
use crate::model::{Account, Coupon, Order, Product, Refund, Setting, Term, Variation};
use crate::reports::{
    CategoryFigures, CouponFigures, CustomerFigures, OrderFigures, ProductFigures, StockLevel, VariationFigures,
};
use crate::wire::{Resource, parse_page};
use crate::{CustomerSalt, Watermark};

/// Reads a page of a list, or a watermark.
///
/// # Panics
///
/// When an item is neither read nor listed, a reason quotes the store, an address is shown, or a watermark changes by being kept.
pub fn page(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    match kind {
        b'p' => list::<Product>(body, |_| {}),
        b'v' => list::<Variation>(body, |_| {}),
        b'o' => list::<Order>(body, |order| order.seal(salt().as_ref())),
        b'r' => list::<Refund>(body, |_| {}),
        b't' => list::<Term>(body, |_| {}),
        b'c' => list::<Coupon>(body, |_| {}),
        b'a' => list::<Account>(body, |account| account.seal(salt().as_ref())),
        b'1' => list::<ProductFigures>(body, |_| {}),
        b'2' => list::<VariationFigures>(body, |_| {}),
        b'3' => list::<CategoryFigures>(body, |_| {}),
        b'4' => list::<CouponFigures>(body, |_| {}),
        b'5' => list::<OrderFigures>(body, |_| {}),
        b'6' => list::<CustomerFigures>(body, |row| row.seal(salt().as_ref())),
        b'7' => list::<StockLevel>(body, |_| {}),
        b's' => drop(serde_json::from_slice::<Vec<Setting>>(body)),
        b'w' => watermark(body),
        _ => {}
    }
}

fn salt() -> Option<CustomerSalt> {
    Some(CustomerSalt::new("a salt for the fuzz targets"))
}

fn list<T: Resource + Debug>(body: &[u8], seal: impl Fn(&mut T)) {
    let limits = JsonLimits::default();
    let Ok(mut page) = parse_page::<T>(JsonBody::new(body, &limits)) else { return };
    let sent = JsonBody::new(body, &limits).parse::<Vec<IgnoredAny>>().map(|items| items.len());
    assert_eq!(sent.ok(), Some(page.sent()), "each item is read or listed");
    assert_eq!(page.ids().len(), page.sent());
    for (at, item) in &page.rejected {
        own_words(&item.reason);
        assert!(*at < page.sent() && item.id.as_ref().is_none_or(|id| id.parse::<u64>().is_ok()), "{at} {item:?}");
    }
    for item in &mut page.items {
        seal(item);
    }
    let places = page.sent() / 3..page.sent();
    let wanted = places.len();
    let (items, rejected) = page.into_part(places);
    assert_eq!(items.len() + rejected.len(), wanted, "a part has as many items as places");
}

fn watermark(body: &[u8]) {
    let Ok(read) = serde_json::from_slice::<Watermark>(body) else { return };
    let kept = serde_json::to_string(&read);
    let again = kept.ok().and_then(|text| serde_json::from_str::<Watermark>(&text).ok());
    assert_eq!(again, Some(read), "a watermark survives being kept");
}
