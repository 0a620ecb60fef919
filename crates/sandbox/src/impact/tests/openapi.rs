//! Every answer of the server against impact.com's own OpenAPI files, and every deviation from them.

use std::collections::BTreeSet;

use campaign_pilot_openapi_check::{Kind, Spec, Violation};
use serde_json::json;

use super::*;
use crate::BlockRule;
use crate::impact::Quirks;

/// What the server writes otherwise than the files declare, on purpose.
struct Deviation {
    kind: Kind,
    /// The end of the place; empty for any place.
    at: &'static str,
    why: &'static str,
}

const fn deviation(kind: Kind, at: &'static str, why: &'static str) -> Deviation {
    Deviation { kind, at, why }
}

const PAGING: &str = "the keys of pages are documented for all lists together, outside the files";

/// What deviates even when every habit is switched to what is documented.
const ALWAYS: [Deviation; 13] = [
    deviation(Kind::Unknown, "@page", PAGING),
    deviation(Kind::Unknown, "@numpages", PAGING),
    deviation(Kind::Unknown, "@pagesize", PAGING),
    deviation(Kind::Unknown, "@total", PAGING),
    deviation(Kind::Unknown, "@start", PAGING),
    deviation(Kind::Unknown, "@end", PAGING),
    deviation(Kind::Unknown, "@uri", PAGING),
    deviation(Kind::Unknown, "@firstpageuri", PAGING),
    deviation(Kind::Unknown, "@previouspageuri", PAGING),
    deviation(Kind::Unknown, "@nextpageuri", PAGING),
    deviation(Kind::Unknown, "@lastpageuri", PAGING),
    deviation(Kind::Unknown, "ReplayUri", "the wire's examples have it also for reports, the file has it for clicks alone"),
    deviation(Kind::Enum, "Contracts[].Status", "the list can be asked for PENDING ones, which the object does not declare"),
];

/// What deviates by default, too.
const HABITS: [Deviation; 11] = [
    deviation(Kind::TextScalar, "", "numbers and truth values are written as text"),
    deviation(Kind::Empty, "", "what is absent is written as an empty text"),
    deviation(Kind::Unknown, "IntegrationStatus", "additions do not change the version"),
    deviation(Kind::Unknown, "PreviewUri", "additions do not change the version"),
    deviation(Kind::Unknown, "AttributionModel", "additions do not change the version"),
    deviation(Kind::Unknown, "TrustScore", "additions do not change the version"),
    deviation(Kind::Enum, "AdType", "the ad that every program has is of a type that cannot be created"),
    deviation(Kind::Enum, "Actions[].State", "some actions are in a state that no list of states names"),
    deviation(Kind::Enum, "ActionUpdates[].State", "some actions are in a state that no list of states names"),
    deviation(Kind::Enum, "Deals[].State", "some deals are in a state that no list of states names"),
    deviation(Kind::Unknown, "Uri", "a job names itself on the wire"),
];

/// Operations of the files that the server does not offer: a campaign pilot has no use for them.
const NOT_SERVED: [&str; 9] = [
    "/Conversions",
    "/Invoices",
    "/LegalEntities",
    "/Notes",
    "/PageLoad",
    "/Tasks",
    "/TrackingValueRequests",
    "/FTPFileSubmissions",
    "/UnsubscribedContacts",
];

/// Operations that answer as a token without the scope would be answered.
const DENIED: [(&str, &str); 4] = [
    ("PUT", "/CompanyInformation"),
    ("POST", "/MediaPartners"),
    ("PUT", "/MediaPartners/{PartnerId}"),
    ("PATCH", "/ExceptionLists/{ExceptionListId}/Items"),
];

/// Asks for everything and notes what the files say about each answer.
struct Drive {
    account: Account,
    spec: Spec,
    seen: BTreeSet<(String, String)>,
    violations: Vec<Violation>,
}

impl Drive {
    async fn open(spec: &Spec, quirks: Quirks) -> Self {
        let account =
            Account::with(PlatformSettings { quirks, payout_limit_per_month: Some(dec!(500)), ..PlatformSettings::default() })
                .await;
        account.world.set_rules(vec![BlockRule::expired_ads(50_000)]).unwrap();
        Self { account, spec: spec.clone(), seen: BTreeSet::new(), violations: Vec::new() }
    }

    async fn get(&mut self, path: &str) -> Value {
        let reply = self.account.get(path).await;
        self.note("GET", path, &reply)
    }

    async fn form(&mut self, method: Method, path: &str, fields: &[(&str, &str)]) -> Value {
        let reply = self.account.form(method.clone(), path, fields).await;
        self.note(method.as_str(), path, &reply)
    }

    async fn json(&mut self, method: Method, path: &str, body: Value) -> Value {
        let reply = self.account.json(method.clone(), path, &body).await;
        self.note(method.as_str(), path, &reply)
    }

    fn note(&mut self, method: &str, path: &str, reply: &Reply) -> Value {
        assert!(reply.status.is_success(), "{method} {path}: {} {}", reply.status, reply.text);
        let bare = path.split('?').next().unwrap();
        let full = format!("/Advertisers/{}{bare}", PlatformSettings::default().account_sid);
        let body = reply.json();
        let found = self.spec.check_answer(method, &full, reply.status.as_u16(), &body);
        self.violations.extend(found);
        let template = self.spec.operations().into_iter().find(|(known, template)| {
            let (parts, segments): (Vec<_>, Vec<_>) = (template.split('/').collect(), full.split('/').collect());
            known == method
                && parts.len() == segments.len()
                && parts.iter().zip(&segments).all(|(part, segment)| part == segment || part.starts_with('{'))
        });
        self.seen.extend(template);
        body
    }

    /// Asks for everything that the server offers.
    async fn everything(&mut self) {
        self.ads_and_deals().await;
        self.partners().await;
        self.actions().await;
        self.goods().await;
        self.exports().await;
    }

    async fn ads_and_deals(&mut self) {
        for path in ["/CompanyInformation", "/Campaigns", "/Campaigns/1000"] {
            self.get(path).await;
        }
        let deal = [
            ("CampaignId", "1000"),
            ("Name", "Winter sale"),
            ("Scope", "PRODUCT"),
            ("ProductName", "Kettle"),
            ("Type", "GENERAL_SALE"),
            ("DiscountType", "FIXED"),
            ("DiscountAmount", "5.00"),
            ("DiscountCurrency", "EUR"),
            ("EndDate", "2027-01-01T00:00:00Z"),
            ("SynchAdsPromoCodes", "true"),
        ];
        self.form(Method::POST, "/Deals", &deal).await;
        self.form(Method::PUT, "/Deals/30001", &[("RegularPrice", "40.00"), ("DealPrice", "35.00")]).await;
        self.form(Method::POST, "/Deals", &deal).await;
        self.form(Method::POST, "/Deals", &[&deal[..8], &[("StartDate", "2026-12-25T00:00:00Z")], &deal[8..]].concat()).await;
        self.form(Method::DELETE, "/Deals/30002", &[]).await;
        self.form(
            Method::POST,
            "/Ads",
            &kettle(&[("DealId", "30001"), ("Labels", "tea"), ("TargetMediaPartners", "20001,20002")]),
        )
        .await;
        let banner = [
            ("Name", "Banner"),
            ("CampaignId", "1000"),
            ("AdType", "BANNER"),
            ("Language", "GERMAN"),
            ("CustomAdServingUrl", "https://shop.example/banner.png"),
            ("GetHtmlCodeType", "IFRAME_ONLY"),
        ];
        self.form(Method::POST, "/Ads", &banner).await;
        let coupon = [
            ("Name", "Coupon"),
            ("CampaignId", "1000"),
            ("AdType", "COUPON"),
            ("Language", "ENGLISH"),
            ("CouponLinkName", "5 off"),
        ];
        self.form(Method::POST, "/Ads", &coupon).await;
        self.form(Method::PUT, "/Ads/892081", &kettle(&[("Description", "new")])).await;
        let code = [
            ("AssignedPartnerId", "20001"),
            ("CampaignId", "1000"),
            ("CreditPolicy", "ALWAYS"),
            ("Code", "TEA5"),
            ("Type", "LI"),
        ];
        let of_deal: Vec<_> = code.iter().copied().map(|pair| if pair.0 == "Code" { ("Code", "TEA10") } else { pair }).collect();
        self.form(Method::POST, "/PromoCodes", &code).await;
        self.form(Method::POST, "/PromoCodes", &[&of_deal[..], &[("DealId", "30001")]].concat()).await;
        self.form(Method::DELETE, "/PromoCodes/400001", &[]).await;
        self.form(Method::POST, "/Programs/1000/TrackingLinks?MediaPartnerId=20001", &[("Type", "Regular"), ("AdId", "892081")])
            .await;
        for path in
            ["/Deals", "/Deals/30001", "/Ads", "/Ads/892081", "/Ads/892082", "/Ads/506720", "/PromoCodes", "/PromoCodes/400002"]
        {
            self.get(path).await;
        }
        self.get("/Programs/1000/BlockRedirectRules").await;
        self.get("/Programs/1000/BlockRedirectRules/50000").await;
    }

    async fn partners(&mut self) {
        let groups = "/Campaigns/1000/MediaPartnerGroups";
        for name in ["Bloggers", "Holding"] {
            self.form(Method::POST, groups, &[("Name", name), ("MediaPartners", "20001,20002")]).await;
        }
        self.form(Method::PUT, &format!("{groups}/9001"), &[("MediaPartnersRemove", "20002")]).await;
        self.form(Method::DELETE, &format!("{groups}/9002"), &[]).await;
        for path in [groups, "/Campaigns/1000/MediaPartnerGroups/9001", "/MediaPartners", "/MediaPartners/20001"] {
            self.get(path).await;
        }
        self.get("/Campaigns/1000/Contracts").await;
        self.get("/Campaigns/1000/Contracts?Status=PENDING").await;
        self.get("/Campaigns/1000/Contracts/S-7020001").await;
        let decision = json!({ "contractId": "P-25070000", "groupId": "9001" });
        self.json(Method::POST, "/Programs/1000/Contracts", decision.clone()).await;
        let late = self.account.json(Method::DELETE, "/Programs/1000/Contracts", &decision).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let other = Account::open().await.json(Method::DELETE, "/Programs/1000/Contracts", &decision).await;
        self.note("DELETE", "/Programs/1000/Contracts", &other);
    }

    async fn actions(&mut self) {
        for order in 0..40 {
            self.account.sell(892_081, 5_000 + order);
        }
        self.account.click(892_081, 3);
        self.account.wait(24 * 4);
        let span = "CampaignId=1000&ActionDateStart=2026-11-01T00:00:00Z&ActionDateEnd=2026-12-01T00:00:00Z";
        self.form(Method::DELETE, "/Actions", &[("ActionId", "1000.2240.100001"), ("DispositionCode", "ITEM_RETURNED")]).await;
        let batch =
            self.form(Method::PUT, "/Actions", &[("ActionId", "1000.2240.100002"), ("Reason", "x"), ("Amount", "0")]).await;
        let batch = batch["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        self.get("/APISubmissions").await;
        self.account.wait(1);
        for path in [
            &format!("/Actions?{span}"),
            "/Actions/1000.2240.100000",
            "/Actions/1000.2240.100000/Items",
            "/Actions/1000.2240.100000/Items/KETTLE-1",
            &format!("/ActionUpdates?{span}"),
            "/ActionUpdates/1000.2240.100001.2",
            "/ActionInquiries?CampaignId=1000",
            "/ActionInquiries/700001",
            &format!("/APISubmissions/{batch}"),
        ] {
            self.get(path).await;
        }
        self.form(Method::PUT, "/ActionInquiries", &[("Id", "700001"), ("ResolutionStatus", "VALID")]).await;
        self.get("/ActionInquiries?CampaignId=1000&ResolutionStatus=VALID").await;
    }

    async fn goods(&mut self) {
        let item = json!({ "CatalogItemId": "K 1", "Name": "Kettle", "Url": "https://shop.example/kettle", "CurrentPrice": 39.5, "Inventory": 7 });
        self.json(Method::POST, "/Catalogs/5500/Items", item.clone()).await;
        self.json(Method::PUT, "/Catalogs/5500/Items/K%201", json!({ "StockAvailability": "InStock" })).await;
        self.json(
            Method::PUT,
            "/Catalogs/5500/BulkUpdate",
            json!([{ "CatalogItemId": "K2", "Name": "Pot", "Url": "https://shop.example/pot" }]),
        )
        .await;
        self.json(Method::DELETE, "/Catalogs/5500/Items/K2", Value::Null).await;
        let file = "CatalogItemId,Name,Url\nK 1,Kettle,https://shop.example/kettle\n";
        let uploaded = self.account.upload("data", file).await;
        self.note("POST", "/Catalogs/5500/Upload", &uploaded);
        let pull = json!({ "uploadType": "CLIENT_PULL", "pullFromUrlSettings": { "address": "https://shop.example/feed", "fileName": "feed.csv", "pullFrequency": "8H" } });
        self.json(Method::PUT, "/Catalogs/5500", pull).await;
        for path in ["/Catalogs", "/Catalogs/5500", "/Catalogs/5500/Items", "/Catalogs/5500/Items/K%201"] {
            self.get(path).await;
        }
        for (lists, list) in
            [("/ExceptionLists", "/ExceptionLists/60001"), ("/PromoCodeExceptionLists", "/PromoCodeExceptionLists/65001")]
        {
            let is_goods = lists == "/ExceptionLists";
            let fields = [("ActionTrackerId", "2240"), ("CampaignId", "1000"), ("Name", "No commission"), ("Type", "SKU")];
            self.form(Method::POST, lists, &fields[..if is_goods { 4 } else { 3 }]).await;
            self.form(Method::PUT, list, &[("Name", "None")]).await;
            for value in ["KETTLE-1", "KETTLE-2"] {
                self.form(Method::POST, &format!("{list}/Items"), &[("Value", value)]).await;
            }
            let item = format!("{list}/Items/{}", if is_goods { 600_001 } else { 650_001 });
            if is_goods {
                self.get(lists).await;
            }
            for path in [list, &format!("{list}/Items"), &item] {
                self.get(path).await;
            }
            self.form(Method::DELETE, &item, &[]).await;
            self.form(Method::DELETE, &format!("{list}/Items"), &[]).await;
        }
    }

    async fn exports(&mut self) {
        let span = "SUBAID=1000&StartDate=2026-11-20T00:00:00Z&EndDate=2026-12-01T00:00:00Z&ResultFormat=JSON";
        let reports = self.get("/Reports").await;
        for report in reports["Reports"].as_array().unwrap() {
            let handle = report["Id"].as_str().unwrap();
            self.get(&format!("/Reports/{handle}/MetaData")).await;
            let run = self.get(&format!("/Reports/{handle}?{span}")).await;
            assert!(!run["Records"].as_array().unwrap().is_empty(), "{handle}");
            self.get(&format!("/ReportExport/{handle}?{span}")).await;
        }
        let queued = self.get("/Programs/1000/ClickExport?Date=2026-11-22&ResultFormat=JSON").await;
        let job = queued["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        // Not ready: the answer is the job.
        self.get(&format!("/Jobs/{job}/Download")).await;
        self.get(&format!("/Jobs/{job}")).await;
        self.get("/Jobs").await;
        let file = self.account.read(&format!("/Jobs/{job}/Download?Mode=Stream")).await;
        let click = file["Records"][2]["Id"].as_str().unwrap();
        self.get(&format!("/Campaigns/1000/Clicks/{click}")).await;
        self.form(Method::PUT, &format!("/Jobs/{job}/Replay"), &[]).await;
    }

    /// What none of the lists explains, and which of the deviations did not show.
    fn unexplained<'a>(&self, known: &[&'a [Deviation]]) -> (Vec<String>, Vec<&'a str>) {
        let explains = |deviation: &Deviation, violation: &Violation| {
            let place = violation.at.rsplit('.').next().unwrap_or_default();
            let is_there = deviation.at.is_empty() || place == deviation.at || violation.at == deviation.at;
            deviation.kind == violation.kind && is_there
        };
        let all = || known.iter().flat_map(|known| known.iter());
        let mut left: Vec<String> = self
            .violations
            .iter()
            .filter(|violation| !all().any(|deviation| explains(deviation, violation)))
            .map(ToString::to_string)
            .collect();
        left.sort();
        left.dedup();
        let unseen = all().filter(|deviation| !self.violations.iter().any(|violation| explains(deviation, violation)));
        (left, unseen.map(|deviation| if deviation.at.is_empty() { deviation.why } else { deviation.at }).collect())
    }
}

fn files() -> Option<Spec> {
    let spec = Spec::from_env().unwrap();
    if spec.is_none() {
        println!("not checked: {} names no folder with impact.com's OpenAPI files", Spec::FOLDER);
    }
    spec
}

#[tokio::test]
async fn answers_fit_the_files_to_the_letter_where_all_habits_are_switched_off() {
    let Some(spec) = files() else { return };
    let mut drive = Drive::open(&spec, Quirks::documented()).await;
    drive.everything().await;
    let (unexplained, unseen) = drive.unexplained(&[&ALWAYS]);
    assert_eq!((unexplained, unseen), (Vec::new(), Vec::<&str>::new()));
}

#[tokio::test]
async fn by_default_answers_deviate_as_listed_and_every_deviation_shows() {
    let Some(spec) = files() else { return };
    let mut drive = Drive::open(&spec, Quirks::default()).await;
    drive.everything().await;
    let (unexplained, unseen) = drive.unexplained(&[&ALWAYS, &HABITS]);
    assert_eq!((unexplained, unseen), (Vec::new(), Vec::<&str>::new()));
}

#[tokio::test]
async fn every_operation_of_the_files_is_served_or_listed() {
    let Some(spec) = files() else { return };
    let mut drive = Drive::open(&spec, Quirks::default()).await;
    drive.everything().await;
    let mut left = Vec::new();
    for (method, template) in spec.operations() {
        let path = template.strip_prefix("/Advertisers/{AccountSID}").unwrap_or(&template);
        let is_listed = NOT_SERVED.iter().any(|part| path.contains(part)) || DENIED.contains(&(method.as_str(), path));
        if !is_listed && !drive.seen.contains(&(method.clone(), template.clone())) {
            left.push(format!("{method} {template}"));
        }
    }
    assert_eq!(left, Vec::<String>::new());
}
