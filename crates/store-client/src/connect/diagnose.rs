//! Finding out what stands in the way, by a few small questions that change nothing.

use std::time::Duration;

use campaign_pilot_core::Currency;
use campaign_pilot_http::{Class, Method, OAuth1Method, OAuth1Place, Request, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::cause::{Answer, read};
use super::diagnosis::{Cause, Diagnosis, Finding, ShopFacts};
use crate::config::{Authentication, Permalinks};
use crate::wire::scalar;
use crate::{StoreConfig, StoreError, WooApi, WooStore};

/// How far WooCommerce lets the clocks be apart for signed requests.
const CLOCKS_APART: Duration = Duration::from_mins(15);
/// No shop's secret; sent in the place of the real one where that could be logged.
const NO_SECRET: &str = "cs_0000000000000000000000000000000000000000";

impl WooStore {
    /// What stands between this client and the store; see [`WooApi::diagnose`].
    pub async fn diagnose(&self) -> Diagnosis {
        self.api().diagnose().await
    }
}

impl WooApi {
    /// What stands between this client and the store, told apart by what the server answers, and what the store says
    /// about itself. Changes nothing, and never sends the secret where the configuration does not.
    ///
    /// Some causes look the same in one answer: an unknown key, a stripped header and a shop that does not know of its
    /// https. Those are told apart by further questions: the key in the query with a secret that is none, and a signed
    /// request. What cannot be told apart is listed, most likely first.
    ///
    /// ```no_run
    /// # async fn shown(store: campaign_pilot_store_client::WooStore) {
    /// let diagnosis = store.diagnose().await;
    /// eprintln!("{diagnosis}");
    /// # }
    /// ```
    pub async fn diagnose(&self) -> Diagnosis {
        let address = self.config().base_url.origin().ascii_serialization();
        let mut diagnosis = Diagnosis { address, findings: Vec::new(), shop: ShopFacts::default() };
        let root = self.root(&mut diagnosis.shop).await;
        for (path, at) in [("wc/v3/products", "the products"), ("wc/v3/orders", "the orders")] {
            let answer = self.question(path).await;
            let findings = self.explain(answer, at, root.as_ref()).await;
            if !findings.is_empty() {
                diagnosis.findings = findings;
                return diagnosis;
            }
        }
        match read(self.http().send(&status_request()).await) {
            Answer::Fine(response) => {
                if let Ok(status) = self.understood::<Status>(&response, "the settings") {
                    status.facts(&mut diagnosis.shop);
                }
            }
            answer => diagnosis.findings = self.explain(answer, "the settings", root.as_ref()).await,
        }
        diagnosis
    }

    /// What the store says about itself: its name, versions, currency and time zone.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn shop(&self) -> Result<ShopFacts, StoreError> {
        let mut shop = ShopFacts::default();
        let root: Root = self.read_json(&root_request(), "the root").await?;
        root.facts(&mut shop);
        let status: Status = self.read_json(&status_request(), "the settings").await?;
        status.facts(&mut shop);
        Ok(shop)
    }

    /// The zone's name, or its offset.
    pub(crate) async fn zone_name(&self) -> Result<Option<String>, StoreError> {
        let root: Root = self.read_json(&root_request(), "the root").await?;
        Ok(root.time_zone())
    }

    /// The smallest question that needs the key.
    async fn question(&self, path: &str) -> Answer {
        read(self.http().send(&Request::get(path).query("per_page", 1).query("_fields", "id")).await)
    }

    /// What the root of the REST API says, which needs no key: the names of the APIs behind it.
    async fn root(&self, shop: &mut ShopFacts) -> Option<Vec<String>> {
        let Answer::Fine(response) = read(self.http().send(&root_request()).await) else { return None };
        let root: Root = self.understood(&response, "the root").ok()?;
        root.facts(shop);
        Some(root.namespaces)
    }

    /// The findings behind an answer; none when it is what was asked for.
    async fn explain(&self, answer: Answer, at: &str, root: Option<&Vec<String>>) -> Vec<Finding> {
        let certain = |cause| vec![Finding::new(cause, at, true)];
        let likely = |causes: &[Cause]| causes.iter().map(|cause| Finding::new(*cause, at, false)).collect();
        let has_woocommerce = root.map(|names| names.iter().any(|name| name == "wc/v3"));
        match answer {
            Answer::Fine(response) if self.understood::<IgnoredAny>(&response, at).is_ok() => Vec::new(),
            Answer::Fine(_) => certain(Cause::Unexpected),
            Answer::Told(Cause::NoRestRoute) if has_woocommerce == Some(false) => certain(Cause::NotWooCommerce),
            Answer::Told(cause) => certain(cause),
            Answer::NoKey => self.explain_no_key(at).await,
            Answer::Refused(told) => self.explain_refusal(at, told).await,
            Answer::Broken { database: true } => certain(Cause::DatabaseDown),
            Answer::Broken { database: false } => likely(&[Cause::PhpFatal, Cause::DatabaseDown]),
            Answer::NoPage if self.has_plain_permalinks().await => certain(Cause::PlainPermalinks),
            Answer::NoPage => likely(&[Cause::NoRestRoute, Cause::NotWooCommerce, Cause::PlainPermalinks]),
            Answer::Page { edge: true } => certain(Cause::Firewall),
            Answer::Page { edge: false } => likely(&[Cause::NotWooCommerce, Cause::Firewall]),
        }
    }

    /// WooCommerce saw no key: the key is unknown, did not arrive, or was not looked at.
    async fn explain_no_key(&self, at: &str) -> Vec<Finding> {
        let finding = |cause, certain| Finding::new(cause, at, certain);
        if self.config().authentication == Authentication::Query {
            return vec![finding(Cause::UnknownKey, false), finding(Cause::HttpsNeeded, false)];
        }
        // The key alone may stand in a log: without its secret it opens nothing. Over plain http it is not looked at.
        let asked = self.ask_as(|config| {
            config.authentication = Authentication::Query;
            config.consumer_secret = SecretString::from(NO_SECRET);
        });
        if let Some(Answer::Refused(_) | Answer::Fine(_)) = asked.await {
            return vec![finding(Cause::HeaderStripped, true)];
        }
        let (method, place) = (OAuth1Method::default(), OAuth1Place::default());
        match self.ask_as(|config| config.authentication = Authentication::OAuth1 { method, place }).await {
            Some(Answer::Fine(_)) => vec![finding(Cause::HttpsNeeded, true)],
            Some(Answer::Refused(Some(Cause::UnknownKey))) => vec![finding(Cause::UnknownKey, true)],
            _ => [Cause::UnknownKey, Cause::HttpsNeeded, Cause::HeaderStripped].map(|cause| finding(cause, false)).to_vec(),
        }
    }

    /// WooCommerce refuses the key: its secret or permission is wrong, or the signature or its time.
    async fn explain_refusal(&self, at: &str, told: Option<Cause>) -> Vec<Finding> {
        let finding = |cause, certain| Finding::new(cause, at, certain);
        if let Authentication::OAuth1 { .. } = self.config().authentication {
            if self.clocks_are_apart().await {
                return vec![finding(Cause::ClockOff, true)];
            }
            return match told {
                Some(cause @ (Cause::UnknownKey | Cause::KeyWithoutPermission | Cause::ClockOff)) => vec![finding(cause, true)],
                _ => vec![finding(Cause::WrongSecret, false), finding(Cause::UnknownKey, false)],
            };
        }
        // What a resource allows may be asked by any key with its right secret, whatever its permission.
        let options = Request::new(Method::OPTIONS, "wc/v3/products").class(Class::Read).query("_fields", "namespace");
        if let Answer::Fine(_) = read(self.http().send(&options).await) {
            return vec![finding(Cause::KeyWithoutPermission, true)];
        }
        match told {
            Some(cause) => vec![finding(cause, true)],
            None => vec![finding(Cause::WrongSecret, false), finding(Cause::KeyWithoutPermission, false)],
        }
    }

    /// The products, asked for by another configuration.
    async fn ask_as(&self, change: impl FnOnce(&mut StoreConfig)) -> Option<Answer> {
        let mut config = self.config().clone();
        change(&mut config);
        let other = Self::new(config, self.clock().clone()).ok()?;
        Some(other.question("wc/v3/products").await)
    }

    /// Whether the REST API answers in the query where it does not below `/wp-json/`.
    async fn has_plain_permalinks(&self) -> bool {
        if self.config().permalinks == Permalinks::Plain {
            return false;
        }
        let answer = self.ask_as(|config| config.permalinks = Permalinks::Plain).await;
        matches!(answer, Some(Answer::Fine(_) | Answer::NoKey | Answer::Refused(_) | Answer::Told(Cause::UserWithoutRights)))
    }

    async fn clocks_are_apart(&self) -> bool {
        let Ok(response) = self.http().send(&Request::get("").query("_fields", "name")).await else { return false };
        let date = response.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date.trim()).ok());
        date.is_some_and(|date| self.clock().now().duration_since(date.timestamp()).unsigned_abs() > CLOCKS_APART)
    }
}

#[derive(Debug, Deserialize)]
struct Root {
    #[serde(default, deserialize_with = "scalar::plain")]
    name: String,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default, deserialize_with = "scalar::text")]
    timezone_string: String,
    #[serde(default, deserialize_with = "scalar::amount")]
    gmt_offset: Option<rust_decimal::Decimal>,
}

fn root_request() -> Request {
    Request::get("").query("_fields", "name,namespaces,timezone_string,gmt_offset")
}

fn status_request() -> Request {
    Request::get("wc/v3/system_status").query("_fields", "environment.version,environment.wp_version,settings")
}

impl Root {
    fn facts(&self, shop: &mut ShopFacts) {
        shop.name = Some(self.name.clone()).filter(|name| !name.is_empty());
        shop.time_zone = self.time_zone();
    }

    /// The zone's name, else its offset from UTC as `+05:30`.
    fn time_zone(&self) -> Option<String> {
        if !self.timezone_string.is_empty() {
            return Some(self.timezone_string.clone());
        }
        let minutes = self.gmt_offset?.checked_mul(rust_decimal::Decimal::from(60))?;
        // No offset on earth is a day or more.
        let minutes: i64 = minutes.round().try_into().ok().filter(|minutes| (-1_439..1_440).contains(minutes))?;
        let sign = if minutes < 0 { '-' } else { '+' };
        Some(format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    environment: Environment,
    settings: Settings,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Environment {
    #[serde(deserialize_with = "scalar::text")]
    version: String,
    #[serde(deserialize_with = "scalar::text")]
    wp_version: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Settings {
    #[serde(deserialize_with = "scalar::text")]
    currency: String,
    #[serde(deserialize_with = "scalar::amount")]
    number_of_decimals: Option<rust_decimal::Decimal>,
    #[serde(rename = "HPOS_enabled")]
    hpos: Option<bool>,
}

impl Status {
    fn facts(self, shop: &mut ShopFacts) {
        let told = |text: String| Some(text).filter(|text| !text.is_empty());
        shop.woocommerce = told(self.environment.version);
        shop.wordpress = told(self.environment.wp_version);
        shop.currency = self.settings.currency.parse::<Currency>().ok();
        shop.decimals = self.settings.number_of_decimals.and_then(|decimals| u32::try_from(decimals).ok());
        shop.hpos = self.settings.hpos;
    }
}
