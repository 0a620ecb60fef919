//! The routes.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::answer::{self, ApiError, Fields};
use super::auth::{self, Caller};
use super::list::{self, Kind, ListQuery};
use super::params::Params;
use super::store::{Item, Store, text};
use crate::opening::Body;
use crate::simulation::Simulation;

type Answer = Result<Response<HttpBody>, ApiError>;

/// The store's routes. WordPress routes by itself, so there is one handler.
pub(crate) fn router(world: Arc<Simulation>) -> Router {
    Router::new().fallback(handle).with_state(world)
}

async fn handle(State(world): State<Arc<Simulation>>, method: Method, uri: Uri, headers: HeaderMap) -> Response<HttpBody> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
    let home = format!("http://{host}");
    let visible_until = world.visible_until();
    let answer = world.with(|state| {
        let Some(store) = &state.shop.store else { return Err(ApiError::no_route()) };
        let question = Question {
            store,
            params: Params::read(uri.query().unwrap_or_default(), &store.zone),
            home: &home,
            path: uri.path(),
            visible_until,
        };
        question.answer(&method, &headers)
    });
    answer.unwrap_or_else(|error| error.into_response(&home))
}

struct Question<'a> {
    store: &'a Store,
    params: Params,
    home: &'a str,
    path: &'a str,
    visible_until: Timestamp,
}

impl Question<'_> {
    fn answer(&self, method: &Method, headers: &HeaderMap) -> Answer {
        let segments: Vec<&str> = self.path.split('/').filter(|segment| !segment.is_empty()).collect();
        let Some((&"wp-json", route)) = segments.split_first() else {
            return Err(ApiError::no_route());
        };
        if route.is_empty() {
            return Ok(self.part_of(&self.store.site.root, "GET"));
        }
        let caller = auth::identify(method, headers, &self.params)?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(ApiError::no_route());
        }
        match route {
            ["wc", "v3", route @ ..] => self.resource(route, caller),
            _ => Err(ApiError::no_route()),
        }
    }

    fn resource(&self, route: &[&str], caller: Caller) -> Answer {
        let store = self.store;
        match route {
            ["products"] => self.products(caller),
            ["products", "categories"] => self.list(list::CATEGORIES, caller, store.categories.values()),
            ["products", "categories", id] => {
                self.single(caller, number(id)?, |id| store.categories.get(&id), &NO_TERM, list::CATEGORIES)
            }
            ["products", id] => self.single(caller, number(id)?, |id| store.products.get(&id), &NO_PRODUCT, list::PRODUCTS),
            ["products", id, "variations"] => {
                let variations = store.variations.get(&number(id)?);
                self.list(list::VARIATIONS, caller, variations.into_iter().flat_map(std::collections::BTreeMap::values))
            }
            ["products", product, "variations", id] => {
                let variations = store.variations.get(&number(product)?);
                self.single(caller, number(id)?, |id| variations?.get(&id), &NO_VARIATION, list::VARIATIONS)
            }
            ["orders"] => self.orders(caller),
            ["orders", id] => self.single(caller, number(id)?, |id| store.orders.get(&id), &NO_ORDER, list::ORDERS),
            ["orders", id, "refunds"] => {
                let id = number(id)?;
                caller.must_see(true)?;
                if !store.orders.contains_key(&id) {
                    return Err(NO_REFUNDED_ORDER.error());
                }
                let refunds = store.refunds.values().filter(|(order, _)| *order == id).map(|(_, item)| item);
                self.list(list::REFUNDS, caller, refunds)
            }
            ["refunds"] => self.refunds(caller),
            ["coupons"] => self.list(list::COUPONS, caller, store.coupons.values()),
            ["coupons", id] => self.single(caller, number(id)?, |id| store.coupons.get(&id), &NO_COUPON, list::COUPONS),
            ["customers"] => {
                let role = self.params.get("role").unwrap_or("customer");
                let customers = store.customers.values().filter(|item| role == "all" || text(&item.body, "role") == role);
                self.list(list::CUSTOMERS, caller, customers)
            }
            ["customers", id] => self.single(caller, number(id)?, |id| store.customers.get(&id), &NO_CUSTOMER, list::CUSTOMERS),
            ["system_status"] => {
                caller.must_see(true)?;
                Ok(self.part_of(&store.site.system_status, "GET"))
            }
            ["data", "currencies", "current"] => {
                caller.must_see(true)?;
                Ok(self.part_of(&store.site.currency, "GET"))
            }
            _ => Err(ApiError::no_route()),
        }
    }

    fn products(&self, caller: Caller) -> Answer {
        let params = &self.params;
        let categories = params.ids("category")?.map(|ids| with_children(self.store, ids));
        let products = self.store.products.values().filter(|item| {
            let is = |key: &str| params.get(key).is_none_or(|wanted| text(&item.body, key) == wanted);
            let flag = |key: &str| params.get(key).is_none_or(|_| item.body.get(key) == Some(&json!(params.flag(key))));
            let named = text(&item.body, "name").to_lowercase();
            let found = params.get("search").is_none_or(|wanted| named.contains(&wanted.to_lowercase()));
            let filed = categories.as_ref().is_none_or(|wanted| filed_under(&item.body).any(|id| wanted.contains(&id)));
            is("sku") && is("type") && is("stock_status") && is("slug") && flag("on_sale") && flag("featured") && found && filed
        });
        self.list(list::PRODUCTS, caller, products)
    }

    fn orders(&self, caller: Caller) -> Answer {
        let customer = self.params.ids("customer")?;
        let product = self.params.ids("product")?;
        let orders = self.store.orders.values().filter(|item| {
            let by = item.body.get("customer_id").and_then(Value::as_u64);
            item.created <= self.visible_until
                && customer.as_ref().is_none_or(|ids| by.is_some_and(|by| ids.contains(&by)))
                && product.as_ref().is_none_or(|ids| ordered(&item.body).any(|id| ids.contains(&id)))
        });
        self.list(list::ORDERS, caller, orders)
    }

    /// All refunds, each with the order it belongs to.
    fn refunds(&self, caller: Caller) -> Answer {
        let query = ListQuery::read(list::REFUNDS, &self.params)?;
        caller.must_see(true)?;
        let store = self.store;
        let refunds = store.refunds.values().map(|(_, item)| item).filter(|item| item.created <= self.visible_until);
        let parent = |item: &Item| store.refunds.get(&item.id).map(|(order, _)| *order);
        Ok(query.answer(refunds, parent, self.home, self.path))
    }

    fn list<'b>(&self, kind: Kind, caller: Caller, items: impl Iterator<Item = &'b Item>) -> Answer {
        let query = ListQuery::read(kind, &self.params)?;
        caller.must_see(true)?;
        Ok(query.answer(items, |_| None, self.home, self.path))
    }

    fn single<'b>(
        &self,
        caller: Caller,
        id: u64,
        find: impl FnOnce(u64) -> Option<&'b Item>,
        missing: &Missing,
        kind: Kind,
    ) -> Answer {
        let found = find(id);
        // A key is told that there is nothing; nobody is told nothing.
        if found.is_some() || caller == Caller::Nobody {
            caller.must_see(false)?;
        }
        let item = found.ok_or_else(|| missing.error())?;
        Ok(answer::single(item, &self.params.fields(), kind.nests, self.home))
    }

    /// A thing without an id, with the fields asked for; here `a.b` picks `b` out of `a`, together with its siblings.
    fn part_of(&self, body: &Body, allow: &'static str) -> Response<HttpBody> {
        let shown = nested(body, &self.params.fields());
        answer::respond(StatusCode::OK, &shown, self.home, allow)
    }
}

/// What the store says when there is no such thing.
struct Missing {
    code: &'static str,
    message: &'static str,
}

impl Missing {
    fn error(&self) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, self.code, self.message)
    }
}

const NO_PRODUCT: Missing = Missing { code: "woocommerce_rest_product_invalid_id", message: "Invalid ID." };
const NO_VARIATION: Missing = Missing { code: "woocommerce_rest_product_variation_invalid_id", message: "Invalid ID." };
const NO_ORDER: Missing = Missing { code: "woocommerce_rest_shop_order_invalid_id", message: "Invalid ID." };
const NO_REFUNDED_ORDER: Missing = Missing { code: "woocommerce_rest_invalid_order_id", message: "Invalid order ID." };
const NO_TERM: Missing = Missing { code: "woocommerce_rest_term_invalid", message: "Resource does not exist." };
const NO_COUPON: Missing = Missing { code: "woocommerce_rest_shop_coupon_invalid_id", message: "Invalid ID." };
const NO_CUSTOMER: Missing = Missing { code: "woocommerce_rest_invalid_id", message: "Invalid resource ID." };

/// Routes have digits where an id belongs.
fn number(segment: &str) -> Result<u64, ApiError> {
    let is_number = segment.bytes().all(|byte| byte.is_ascii_digit());
    segment.parse().ok().filter(|_| is_number).ok_or_else(ApiError::no_route)
}

fn filed_under(product: &Body) -> impl Iterator<Item = u64> {
    let categories = product.get("categories").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    categories.iter().filter_map(|category| category.get("id")?.as_u64())
}

fn ordered(order: &Body) -> impl Iterator<Item = u64> {
    let lines = order.get("line_items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    lines.iter().filter_map(|line| line.get("product_id")?.as_u64())
}

fn with_children(store: &Store, ids: Vec<u64>) -> BTreeSet<u64> {
    let mut all: BTreeSet<u64> = ids.into_iter().collect();
    let parent = |item: &Item| item.body.get("parent").and_then(Value::as_u64).unwrap_or(0);
    loop {
        let more: Vec<u64> = store
            .categories
            .values()
            .filter(|item| all.contains(&parent(item)) && !all.contains(&item.id))
            .map(|item| item.id)
            .collect();
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

fn nested(body: &Body, fields: &Fields) -> Value {
    let Some(fields) = fields else { return Value::Object(body.clone()) };
    let mut shown = Map::new();
    for field in fields {
        match field.split_once('.') {
            None => {
                if let Some(value) = body.get(field) {
                    shown.insert(field.clone(), value.clone());
                }
            }
            Some((outer, inner)) => {
                if let Some(value) = body.get(outer).and_then(|value| value.get(inner))
                    && let Value::Object(part) = shown.entry(outer).or_insert_with(|| json!({}))
                {
                    part.insert(inner.to_owned(), value.clone());
                }
            }
        }
    }
    Value::Object(shown)
}
