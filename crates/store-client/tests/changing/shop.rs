//! A shop that goes on selling while it is read: whatever happens, happens between two answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use campaign_pilot_core::ManualClock;
use campaign_pilot_http::{RetryPolicy, Url};
use campaign_pilot_store_client::{StoreConfig, WooApi};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// What happens between two answers, or to the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event {
    Create,
    Edit(usize),
    Delete(usize),
    /// So many seconds pass.
    Pass(i64),
    /// The next answer is an error.
    Fail(u16),
    /// The next answer breaks off.
    Cut,
    /// Nothing, once.
    Rest,
}

pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => Just(Event::Create),
        3 => (0usize..400).prop_map(Event::Edit),
        3 => (0usize..400).prop_map(Event::Delete),
        3 => (1i64..5).prop_map(Event::Pass),
        1 => (200i64..500).prop_map(Event::Pass),
        1 => prop_oneof![Just(500u16), Just(502), Just(504)].prop_map(Event::Fail),
        1 => Just(Event::Cut),
        8 => Just(Event::Rest),
    ]
}

/// An order as far as it matters here: when it changed, and how often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Version {
    pub(crate) modified: i64,
    pub(crate) version: u64,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) orders: BTreeMap<u64, Version>,
    pub(crate) now: i64,
    next: u64,
    versions: u64,
    pub(crate) events: VecDeque<Event>,
    /// The queries that were answered.
    pub(crate) asked: Vec<String>,
    /// Orders that cannot be read.
    pub(crate) broken: Vec<u64>,
    /// Whether the host strips WordPress's headers.
    pub(crate) bare: bool,
}

impl State {
    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Create => {
                self.versions += 1;
                self.orders.insert(self.next, Version { modified: self.now, version: self.versions });
                self.next += 3;
            }
            Event::Edit(at) => {
                self.versions += 1;
                let version = Version { modified: self.now, version: self.versions };
                let place = at % self.orders.len().max(1);
                if let Some(order) = self.orders.values_mut().nth(place) {
                    *order = version;
                }
            }
            Event::Delete(at) => {
                if let Some(id) = self.orders.keys().nth(at % self.orders.len().max(1)).copied() {
                    self.orders.remove(&id);
                }
            }
            Event::Pass(seconds) => self.now += seconds,
            Event::Fail(_) | Event::Cut | Event::Rest => {}
        }
    }

    /// Lets happen what comes before the next answer; an error, if that is what comes.
    fn go_on(&mut self) -> Option<ResponseTemplate> {
        while let Some(event) = self.events.pop_front() {
            self.happen(event);
            match event {
                Event::Rest => return None,
                Event::Fail(status) => return Some(ResponseTemplate::new(status)),
                Event::Cut => return Some(ResponseTemplate::new(200).set_body_raw("[{\"id\":1", "application/json")),
                _ => {}
            }
        }
        None
    }

    fn list(&self, request: &Request) -> Vec<(u64, Version)> {
        let query = |name: &str| request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let after = query("modified_after").map(|after| after.parse::<Timestamp>().unwrap().as_second());
        let include: Option<Vec<u64>> = query("include").map(|ids| ids.split(',').map(|id| id.parse().unwrap()).collect());
        let orders = self.orders.iter().map(|(id, version)| (*id, *version));
        let mut orders: Vec<_> = orders
            .filter(|(_, order)| after.is_none_or(|after| order.modified > after))
            .filter(|(id, _)| include.as_ref().is_none_or(|include| include.contains(id)))
            .collect();
        if query("orderby").as_deref() == Some("modified") {
            orders.sort_by_key(|(_, order)| order.modified);
        }
        if query("order").as_deref() == Some("desc") {
            orders.reverse();
        }
        orders
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Shop(Arc<Mutex<State>>);

impl Shop {
    /// A shop with so many orders from long ago.
    pub(crate) fn with_orders(count: u64) -> Self {
        let shop = Self::default();
        let mut state = shop.state();
        state.next = 7;
        state.now = 1_700_000_000;
        for _ in 0..count {
            state.happen(Event::Create);
        }
        state.now += 1_000_000;
        drop(state);
        shop
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// How many requests were answered.
    pub(crate) fn asked(&self) -> usize {
        self.state().asked.len()
    }

    pub(crate) async fn serve(&self) -> (MockServer, WooApi) {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(self.clone()).mount(&server).await;
        let mut config = StoreConfig::new(Url::parse(&server.uri()).unwrap(), "ck_key", "cs_secret");
        let short = Duration::from_millis(1);
        config.retry = RetryPolicy { base: short, throttled_base: short, seed: Some(1), ..RetryPolicy::default() };
        let clock = ManualClock::starting_at("2026-11-23T00:00:00Z".parse().unwrap());
        (server, WooApi::new(config, Arc::new(clock)).unwrap())
    }
}

impl Respond for Shop {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.state();
        assert!(state.asked.len() < 10_000, "endless: {:?}", state.asked.iter().rev().take(8).collect::<Vec<_>>());
        state.asked.push(request.url.query().unwrap_or_default().to_owned());
        if let Some(failure) = state.go_on() {
            return failure;
        }
        let number = |name: &str, default: usize| {
            let value = request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.parse().unwrap());
            value.unwrap_or(default)
        };
        let list = state.list(request);
        let page = list.iter().skip(number("offset", 0)).take(number("per_page", 10));
        let page: Vec<Value> = page.map(|(id, order)| shown(*id, *order, state.broken.contains(id))).collect();
        let date = Timestamp::from_second(state.now).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let answer = ResponseTemplate::new(200).insert_header("Date", date).set_body_json(page);
        if state.bare { answer } else { answer.insert_header("X-WP-Total", list.len().to_string()) }
    }
}

fn shown(id: u64, order: Version, broken: bool) -> Value {
    let at = Timestamp::from_second(order.modified).unwrap().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    json!({
        "id": id, "status": "processing", "currency": if broken { "XYZ" } else { "EUR" }, "date_created_gmt": at, "date_modified_gmt": at,
        "total": order.version.to_string(), "line_items": [],
    })
}
