//! What the store sells, with the hidden traits that decide how it sells.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rand::{Rng, RngExt};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde_json::Value;

use super::Streams;
use super::chance::{happens, within};
use crate::opening::{Body, Opening};
use crate::world::{Store, World};

/// A product, or one variation of it: what lies on one shelf.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct ItemRef {
    pub(crate) product: u64,
    pub(crate) variation: Option<u64>,
}

/// One product that shoppers can buy.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) product: u64,
    pub(crate) name: String,
    pub(crate) category: String,
    /// The permalink's path, by which ads and page views find the product.
    pub(crate) path: String,
    /// At least one.
    pub(crate) variants: Vec<Variant>,
    pub(crate) traits: Traits,
}

/// What is really put into the basket.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) item: ItemRef,
    /// Where its stock is kept: the item's own, the parent's, or nowhere.
    pub(crate) shelf: Option<ItemRef>,
    pub(crate) stock: i64,
    pub(crate) backorders: bool,
    pub(crate) sku: String,
    pub(crate) price: Decimal,
    /// The price when the market took over.
    pub(crate) first_price: Decimal,
    pub(crate) unit_cost: Decimal,
}

/// What no client can read anywhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// Order lines per page view of the base demand.
    pub(crate) conversion: f64,
    /// How well clicks on its ads convert: about 1, near 0 for a product that does not work as an ad.
    pub(crate) ad_fit: f64,
    /// How often its ads are clicked, relative to other products.
    pub(crate) clickability: f64,
    /// The probability that an ad's buyer would have bought anyway.
    pub(crate) cannibalisation: f64,
    /// The probability that a line comes back.
    pub(crate) return_rate: f64,
    /// After how many hours: from, to.
    pub(crate) return_hours: [i64; 2],
}

impl Good {
    /// The variant that a uniform draw from `[0, 1)` selects; every good has one.
    pub(crate) fn variant(&self, draw: f64) -> Option<&Variant> {
        self.variants.get(index_of(draw, self.variants.len()))
    }

    /// Whether, and how long after the order, a line comes back.
    pub(crate) fn draw_return(&self, rng: &mut impl Rng) -> Option<SignedDuration> {
        let [from, to] = self.traits.return_hours;
        let hours = rng.random_range(from..to.max(from + 1));
        happens(rng, self.traits.return_rate).then(|| SignedDuration::from_hours(hours))
    }

    /// Its price relative to the first one, over all variants.
    pub(crate) fn price_factor(&self) -> f64 {
        let sum = |price: fn(&Variant) -> Decimal| self.variants.iter().map(price).sum::<Decimal>().to_f64().unwrap_or(0.0);
        let (now, first) = (sum(|variant| variant.price), sum(|variant| variant.first_price));
        if first > 0.0 && now > 0.0 { now / first } else { 1.0 }
    }
}

impl Variant {
    /// What `quantity` of it cost the shopper, without tax.
    pub(crate) fn amount(&self, quantity: u32) -> Decimal {
        (self.price * Decimal::from(quantity)).round_dp(2)
    }
}

/// All products of the shop that shoppers can buy, by id.
pub(crate) fn stock_up(opening: &Opening, streams: Streams, world: &World) -> Vec<Good> {
    let mut goods: Vec<Good> = opening.products.iter().filter_map(|body| good(body, opening, streams, world)).collect();
    goods.sort_by_key(|good| good.product);
    goods
}

/// The goods' places by the path of their permalink.
pub(crate) fn by_path(goods: &[Good]) -> BTreeMap<String, usize> {
    goods.iter().enumerate().map(|(index, good)| (good.path.clone(), index)).collect()
}

/// The path of an address, without query and fragment, ending in a slash.
pub(crate) fn path_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"));
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    format!("{}/", path.trim_end_matches('/'))
}

fn good(body: &Body, opening: &Opening, streams: Streams, world: &World) -> Option<Good> {
    let is_offered = text(body, "status") == "publish" && text(body, "catalog_visibility") == "visible";
    let product = body.get("id")?.as_u64()?;
    let mut rng = streams.product_traits(product);
    let cost_share = within(&mut rng, world.store.cost_share);
    let traits = draw_traits(&mut rng, world);
    // What the record tells of costs is about the recorded margins.
    let usual = Store::default().cost_share;
    let tells_cost = world.store.cost_share.iter().zip(usual).all(|(given, usual)| (given - usual).abs() < f64::EPSILON);
    let variant = |body: &Body, parent, product: &Body| variant(body, parent, product, cost_share, tells_cost);
    let variants = match text(body, "type") {
        "simple" => vec![variant(body, None, body)?],
        "variable" => {
            let variations = opening.variations.get(&product)?;
            variations.iter().filter_map(|variation| variant(variation, Some(product), body)).collect()
        }
        _ => Vec::new(),
    };
    if !is_offered || variants.is_empty() {
        return None;
    }
    let category =
        body.get("categories").and_then(|list| list.get(0)).and_then(|first| first.get("name")).and_then(Value::as_str);
    Some(Good {
        product,
        name: text(body, "name").to_owned(),
        category: category.unwrap_or("Uncategorized").replace("&amp;", "&"),
        path: path_of(text(body, "permalink")),
        variants,
        traits,
    })
}

fn variant(body: &Body, parent: Option<u64>, product: &Body, cost_share: f64, tells_cost: bool) -> Option<Variant> {
    let id = body.get("id")?.as_u64()?;
    let price = Decimal::from_str_exact(text(body, "price")).ok()?;
    let item = parent.map_or(ItemRef { product: id, variation: None }, |product| ItemRef { product, variation: Some(id) });
    let shelf = match body.get("manage_stock") {
        Some(Value::Bool(true)) => Some(item),
        Some(Value::String(kept_by)) if kept_by == "parent" => Some(ItemRef { variation: None, ..item }),
        _ => None,
    };
    let recorded_cost = product.get("meta_data").filter(|_| tells_cost).and_then(Value::as_array).and_then(|meta| {
        let entry = meta.iter().find(|entry| entry.get("key").and_then(Value::as_str) == Some("_cost_price"))?;
        Decimal::from_str_exact(entry.get("value")?.as_str()?).ok()
    });
    let share = Decimal::from_f64(cost_share).unwrap_or(Decimal::ONE);
    Some(Variant {
        item,
        shelf,
        stock: body.get("stock_quantity").and_then(Value::as_i64).unwrap_or(0),
        backorders: body.get("backorders_allowed") == Some(&Value::Bool(true)),
        sku: text(body, "sku").to_owned(),
        price,
        first_price: price,
        unit_cost: recorded_cost.unwrap_or_else(|| (price * share).round_dp(2)),
    })
}

/// Some products attract clicks and sell nothing.
fn draw_traits(rng: &mut impl Rng, world: &World) -> Traits {
    let (store, response) = (&world.store, &world.response);
    let works = happens(rng, response.works);
    let [days, most_days] = store.return_after_days.map(i64::from);
    Traits {
        conversion: 0.012 * (rng.random_range(0.0..1.6_f64)).exp(),
        ad_fit: within(rng, if works { response.fit } else { response.fit_of_others }),
        clickability: within(rng, if works { response.clickability } else { response.clickability_of_others }),
        cannibalisation: within(rng, response.cannibalisation),
        return_rate: within(rng, store.return_rate),
        return_hours: [24 * days, 24 * most_days],
    }
}

fn text<'a>(body: &'a Body, key: &str) -> &'a str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The place in a list of `length` that a draw from `[0, 1)` selects.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a draw below 1 times a length stays below it")]
fn index_of(draw: f64, length: usize) -> usize {
    ((draw * length as f64) as usize).min(length.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opening;

    #[test]
    fn only_what_shoppers_can_buy_is_sold() {
        let goods = stock_up(opening::recorded().unwrap(), Streams::new(1), &World::default());
        let names: Vec<&str> = goods.iter().map(|good| good.name.as_str()).collect();
        assert!(names.contains(&"Smart Speaker Mini") && names.contains(&"Hoodie Zip") && names.contains(&"Free sticker"));
        for hidden in
            ["Price on request", "Draft gadget", "Private item", "Hidden item", "Affiliate tripod", "Home starter bundle"]
        {
            assert!(!names.contains(&hidden), "{hidden} is sold");
        }
        let hoodie = goods.iter().find(|good| good.product == 81).unwrap();
        assert!(hoodie.variants.iter().all(|variant| variant.shelf == Some(ItemRef { product: 81, variation: None })));
        let speaker = goods.iter().find(|good| good.product == 11).unwrap();
        assert_eq!(speaker.variants[0].unit_cost, Decimal::new(3299, 2));
        assert!(goods.iter().all(|good| good.variants.iter().all(|variant| variant.unit_cost <= variant.price)));
    }

    #[test]
    fn addresses_meet_by_their_path() {
        for address in
            ["https://shop.example/product/yoga-mat/", "http://127.0.0.1:9/product/yoga-mat?utm=1#top", "/product/yoga-mat/"]
        {
            assert_eq!(path_of(address), "/product/yoga-mat/");
        }
        assert_eq!(path_of("https://shop.example"), "/");
    }
}
