//! The server's rules over real HTTP.

mod access;
mod actions;
mod ads;
mod codes;
mod deals;
mod exports;
mod goods;
mod openapi;
mod partners;
mod quirks;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use rust_decimal::dec;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{ActionItem, NewAction, PlatformSettings, router};
use crate::simulation::Simulation;

/// A served account and a client that follows no redirect.
struct Account {
    world: Arc<Simulation>,
    client: Client,
    base: String,
}

/// What came back.
struct Reply {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Account {
    async fn open() -> Self {
        Self::with(PlatformSettings::default()).await
    }

    async fn with(settings: PlatformSettings) -> Self {
        let world = Simulation::for_tests_with(1, &settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = router(Arc::clone(&world));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { world, client, base }
    }

    fn now(&self) -> Timestamp {
        self.world.clock().now()
    }

    /// Moves the time.
    fn wait(&self, hours: i64) {
        self.world.advance(SignedDuration::from_hours(hours));
    }

    /// A request below the account with the right credentials that asks for JSON.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let settings = PlatformSettings::default();
        self.client
            .request(method, format!("{}/Advertisers/{}{path}", self.base, settings.account_sid))
            .basic_auth(settings.account_sid, Some(settings.auth_token))
            .header("accept", "application/json")
    }

    async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Reply { status, headers, text: response.text().await.unwrap() }
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// The body of a GET that must succeed.
    async fn read(&self, path: &str) -> Value {
        let reply = self.get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text);
        reply.json()
    }

    /// Sends JSON.
    async fn json(&self, method: Method, path: &str, body: &Value) -> Reply {
        self.send(self.request(method, path).json(body)).await
    }

    /// Has a partner credited for a sale now, which shows at once.
    fn sell(&self, ad: u64, order_id: u64) {
        let now = self.now();
        let items = vec![ActionItem {
            sku: "KETTLE-1".to_owned(),
            name: "Kettle".to_owned(),
            category: "Kitchen".to_owned(),
            quantity: 1,
            sale_amount: dec!(40),
        }];
        let action = NewAction {
            ad,
            partner: PARTNER,
            order_id,
            amount: dec!(40),
            payout: dec!(4),
            client_cost: dec!(4.4),
            referred_at: now - SignedDuration::from_hours(1),
            event_at: now,
            created_at: now,
            locks_at: now + SignedDuration::from_hours(14 * 24),
            new_customer: true,
            items,
        };
        self.world.with(|state| state.platform.record_action(action));
    }

    /// Has a partner send clicks in the present hour.
    fn click(&self, ad: u64, clicks: u64) {
        let hour = Timestamp::from_second(self.now().as_second() / 3600 * 3600).unwrap();
        self.world.with(|state| state.platform.record_clicks(ad, PARTNER, hour, clicks, dec!(0.9)));
    }

    /// Sends a form.
    async fn form(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.send(self.request(method, path).form(fields)).await
    }

    /// Uploads a file to the catalog, in parts as clients write them.
    async fn upload(&self, part: &str, content: &str) -> Reply {
        let head = format!(
            "--b7\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"items.csv\"\r\nContent-Type: text/csv\r\n"
        );
        let request =
            self.request(Method::POST, "/Catalogs/5500/Upload").header("content-type", "multipart/form-data; boundary=b7");
        self.send(request.body(format!("{head}\r\n{content}\r\n--b7--\r\n"))).await
    }

    async fn post_ad(&self, fields: &[(&str, &str)]) -> Reply {
        self.send(self.request(Method::POST, "/Ads").form(fields)).await
    }

    async fn put_ad(&self, id: u64, fields: &[(&str, &str)]) -> Reply {
        self.send(self.request(Method::PUT, &format!("/Ads/{id}")).form(fields)).await
    }
}

/// The first of the sandbox's partners.
const PARTNER: u64 = 20_001;

/// The required fields of a text link.
const KETTLE: [(&str, &str); 6] = [
    ("Name", "Kettle & more"),
    ("CampaignId", "1000"),
    ("AdType", "TEXT_LINK"),
    ("Language", "ENGLISH"),
    ("LinkText", "Boil faster"),
    ("LandingPage", "https://shop.example/product/kettle/"),
];

/// The same and some more.
fn kettle<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    KETTLE.iter().copied().chain(more.iter().copied()).collect()
}
