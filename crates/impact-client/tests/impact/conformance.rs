//! The promises of the port, against a small account that remembers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use campaign_pilot_core::conformance;
use serde_json::{Map, Value, json};
use url::form_urlencoded;
use wiremock::matchers::any;
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use crate::support::{Bench, NOW, account, at, created, json_ok, program, refusal, spec};

/// An account with a program, ads and an empty report.
#[derive(Clone, Default)]
struct Account {
    ads: Arc<Mutex<BTreeMap<u64, Value>>>,
    /// Whether an ad whose end has passed can be given a new one.
    refuses_revival: bool,
}

impl Account {
    fn write(&self, id: u64, request: &Request) -> ResponseTemplate {
        let mut ad: Map<String, Value> =
            form_urlencoded::parse(&request.body).map(|(name, value)| (name.into(), value.into())).collect();
        ad.insert("Id".to_owned(), json!(id.to_string()));
        ad.insert("DateCreated".to_owned(), json!(NOW));
        let mut ads = self.ads.lock().unwrap();
        let had_ended = ads.get(&id).is_some_and(|ad| ad["LimitedTimeEndDate"].as_str().unwrap() <= "2026-06-02T05:00:00-07:00");
        if had_ended && self.refuses_revival {
            return refusal(400, "An expired ad cannot be changed");
        }
        ads.insert(id, ad.into());
        json_ok(&created(&id.to_string()))
    }
}

impl Respond for Account {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let below = request.url.path().strip_prefix(&account("")).unwrap();
        let ads = || self.ads.lock().unwrap().clone();
        match (request.method.as_str(), below.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["CompanyInformation"]) => json_ok(&json!({"CompanyName": "Acme", "Currency": "USD"})),
            ("GET", ["Campaigns", "1000"]) => json_ok(&program("ACTIVE")),
            ("GET", ["Ads"]) => json_ok(&json!({"@nextpageuri": "", "Ads": ads().into_values().collect::<Vec<_>>()})),
            ("POST", ["Ads"]) => self.write(892_081 + ads().len() as u64, request),
            ("GET", ["Ads", id]) => match ads().get(&id.parse().unwrap()) {
                Some(ad) => json_ok(ad),
                None => refusal(404, "Not found"),
            },
            ("PUT", ["Ads", id]) => self.write(id.parse().unwrap(), request),
            ("GET", ["Actions"]) => json_ok(&json!({"@nextpageuri": "", "Actions": []})),
            ("GET", ["ReportExport", ..]) => json_ok(&json!({"Status": "QUEUED", "QueuedUri": account("Jobs/j-1")})),
            ("GET", ["Jobs", "j-1"]) => json_ok(&json!({"Status": "COMPLETED", "CompletedDate": NOW})),
            ("GET", ["Jobs", "j-1", "Download"]) => json_ok(&json!({"Records": []})),
            (verb, _) => panic!("{verb} {below} is not expected"),
        }
    }
}

#[tokio::test]
async fn the_platform_keeps_the_promises_of_its_port() {
    for refuses_revival in [false, true] {
        let bench = Bench::new().await;
        let account = Account { refuses_revival, ..Account::default() };
        Mock::given(any()).respond_with(account.clone()).mount(&bench.server).await;
        conformance::campaign_platform(&bench.platform, &spec(), at(NOW)).await.unwrap();
        assert_eq!(account.ads.lock().unwrap().len(), if refuses_revival { 2 } else { 1 });
    }
}
