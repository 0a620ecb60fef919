//! A shop that is made up, product by product, in the form of the recorded one.

use jiff::{SignedDuration, Timestamp};
use rand::distr::Distribution;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use rust_decimal::prelude::FromPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use super::{Body, Opening};
use crate::market::Streams;
use crate::woo::{dates_of, zone_of};
use crate::world::World;

/// The first product's id.
const FIRST_PRODUCT: u64 = 1_001;
/// Categories with some words for products in them.
const CATEGORIES: [(&str, [&str; 5]); 8] = [
    ("Electronics", ["Speaker", "Charger", "Lamp", "Keyboard", "Camera"]),
    ("Fitness", ["Mat", "Dumbbell", "Band", "Bottle", "Rope"]),
    ("Clothing", ["Hoodie", "Shirt", "Jacket", "Socks", "Cap"]),
    ("Home & Garden", ["Kettle", "Planter", "Blanket", "Shelf", "Candle"]),
    ("Books", ["Novel", "Guide", "Atlas", "Cookbook", "Planner"]),
    ("Toys", ["Puzzle", "Train", "Robot", "Blocks", "Kite"]),
    ("Beauty", ["Serum", "Brush", "Soap", "Balm", "Mirror"]),
    ("Audio", ["Headphones", "Turntable", "Cable", "Amplifier", "Microphone"]),
];
const LOOKS: [&str; 12] =
    ["Amber", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Linen", "Meadow"];
/// Days of history unless told.
const HISTORY_DAYS: u32 = 60;
/// Units on a shelf unless told.
const STOCK: [u32; 2] = [20, 200];
/// What two of three prices lie between unless told.
const PRICES: [f64; 2] = [15.0, 60.0];

/// The shop of a world that describes one: its products, without any order. The market takes over when its history begins.
pub(super) fn shop(recorded: &Opening, world: &World, streams: Streams, start: Timestamp) -> Option<Opening> {
    let store = &world.store;
    let days = SignedDuration::from_hours(24 * i64::from(store.history_days.unwrap_or(HISTORY_DAYS)));
    let begin = start.checked_sub(days).ok()?;
    let begin = Timestamp::from_second(begin.as_second().div_euclid(3_600) * 3_600).ok()?;
    let ids = FIRST_PRODUCT..FIRST_PRODUCT + u64::from(store.products.unwrap_or(60));
    Some(Opening {
        ends_at: begin,
        products: ids.map(|id| product(id, world, &mut streams.invented(id), begin)).collect(),
        variations: std::collections::BTreeMap::new(),
        orders: Vec::new(),
        refunds: std::collections::BTreeMap::new(),
        categories: recorded.categories.clone(),
        coupons: Vec::new(),
        customers: recorded.customers.clone(),
        site: recorded.site.clone(),
        is_recorded: false,
    })
}

fn product(id: u64, world: &World, rng: &mut impl Rng, begin: Timestamp) -> Body {
    let place = |rng: &mut _, length: usize| RngExt::random_range(rng, 0..length);
    let (number, (category, words)) =
        CATEGORIES.iter().enumerate().nth(place(rng, CATEGORIES.len())).unwrap_or((0, &CATEGORIES[0]));
    let word = words.get(place(rng, words.len())).copied().unwrap_or_default();
    let look = LOOKS.get(place(rng, LOOKS.len())).copied().unwrap_or_default();
    let name = format!("{look} {word} {id}");
    let slug = name.to_lowercase().replace(' ', "-");
    let price = price(rng, world.store.price.unwrap_or(PRICES));
    let [few, many] = world.store.stock.unwrap_or(STOCK);
    let stock = rng.random_range(few..=many);
    let (local, gmt) = dates_of(begin, &zone_of(world.store.time_zone.as_deref()));
    let address = format!("https://shop.example/product/{slug}/");
    let body = json!({
        "id": id, "name": name, "slug": slug, "permalink": address,
        "date_created": local, "date_created_gmt": gmt, "date_modified": local, "date_modified_gmt": gmt,
        "type": "simple", "status": "publish", "featured": false, "catalog_visibility": "visible",
        "description": format!("<p>{name}.</p>\n"), "short_description": format!("<p>{name}, made to last.</p>\n"),
        "sku": format!("INV-{id}"), "price": price, "regular_price": price, "sale_price": "", "on_sale": false, "purchasable": true,
        "date_on_sale_from": null, "date_on_sale_from_gmt": null, "date_on_sale_to": null, "date_on_sale_to_gmt": null,
        "total_sales": 0, "virtual": false, "downloadable": false, "tax_status": "taxable", "tax_class": "",
        "manage_stock": true, "stock_quantity": stock, "stock_status": if stock > 0 { "instock" } else { "outofstock" },
        "backorders": "no", "backorders_allowed": false, "backordered": false, "low_stock_amount": null,
        "categories": [{"id": 100 + number, "name": category.replace('&', "&amp;"), "slug": category.to_lowercase().replace(" & ", "-")}],
        "tags": [], "brands": [], "images": [], "attributes": [], "variations": [], "grouped_products": [], "parent_id": 0,
        "meta_data": [], "has_options": false,
        "_links": {
            "self": [{"href": format!("https://shop.example/wp-json/wc/v3/products/{id}")}],
            "collection": [{"href": "https://shop.example/wp-json/wc/v3/products"}],
        },
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

/// A price as shops write it: two of three lie within the range, all end in 90 cents or, below a unit, in full cents.
fn price(rng: &mut impl Rng, [low, high]: [f64; 2]) -> String {
    let (low, high) = (low.ln(), high.ln());
    let normal: f64 = StandardNormal.sample(rng);
    let drawn = f64::midpoint(low, high) + (high - low) / 2.0 * normal.clamp(-2.5, 2.5);
    let amount = Decimal::from_f64(drawn.exp()).unwrap_or(Decimal::TEN);
    let whole = amount.round_dp_with_strategy(0, RoundingStrategy::ToZero);
    let price = if whole >= Decimal::ONE { whole + Decimal::new(90, 2) } else { amount.round_dp(2).max(Decimal::new(10, 2)) };
    format!("{price:.2}")
}
