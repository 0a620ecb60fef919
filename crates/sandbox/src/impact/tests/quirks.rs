//! Each habit by itself, scoped tokens, and the judge over quotas.

use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::impact::{AbsentAs, ActionRules, ExportErrors, GatewayBody, Quirks, QuotaGroup, Scalars};
use crate::{ApiCategory, Scope, ScopedToken};

async fn with(quirks: Quirks) -> Account {
    Account::with(PlatformSettings { quirks, ..PlatformSettings::default() }).await
}

#[tokio::test]
async fn scalars_and_absence_are_written_as_chosen() {
    for (scalars, absent, id, end) in [
        (Scalars::AsSeen, AbsentAs::EmptyText, json!("1000"), Some(json!(""))),
        (Scalars::Typed, AbsentAs::Null, json!(1000), Some(json!(null))),
        (Scalars::Text, AbsentAs::LeftOut, json!("1000"), None),
    ] {
        let account = with(Quirks { scalars, absent, ..Quirks::default() }).await;
        account.post_ad(&KETTLE).await;
        account.sell(892_081, 1);
        assert_eq!(account.read("/Campaigns/1000").await["Id"], id);
        assert_eq!(account.read("/Ads/892081").await.get("LimitedTimeEndDate").cloned(), end);
        let cost = account.read("/Actions/1000.2240.100000").await["ClientCost"].clone();
        assert_eq!(cost, if scalars == Scalars::Text { json!("4.40") } else { json!(4.4) });
    }
}

#[tokio::test]
async fn unknown_fields_and_words_can_be_left_out() {
    let account = with(Quirks { extra_fields: false, unknown_words: false, ..Quirks::default() }).await;
    let ad = account.read("/Ads/506720").await;
    assert_eq!((&ad["AdType"], ad.get("PreviewUri")), (&json!("TEXT_LINK"), None));
    let ad = Account::open().await.read("/Ads/506720").await;
    assert_eq!((&ad["AdType"], ad.get("PreviewUri")), (&json!("DEFAULT_TRACKING"), Some(&json!(""))));
}

#[tokio::test]
async fn some_states_of_actions_and_deals_are_words_that_nothing_lists() {
    for (unknown_words, action_state, deal_state) in [(true, "UNDER_REVIEW", "SCHEDULED"), (false, "PENDING", "PENDING")] {
        let account = with(Quirks { unknown_words, ..Quirks::default() }).await;
        account.sell(892_081, 5);
        account.sell(892_081, 6);
        let states = async |path: &str, key: &str| -> Vec<String> {
            let page = account.read(path).await;
            page[key].as_array().unwrap().iter().map(|item| item["State"].as_str().unwrap().to_owned()).collect()
        };
        let mut found = states("/Actions?CampaignId=1000&State=PENDING", "Actions").await;
        found.sort();
        assert_eq!(found, ["PENDING", action_state]);
        found = states("/ActionUpdates?CampaignId=1000", "ActionUpdates").await;
        found.sort();
        assert_eq!(found, ["PENDING", action_state]);
        let deal = [
            ("CampaignId", "1000"),
            ("Name", "Sale"),
            ("Scope", "ENTIRE_STORE"),
            ("Type", "REBATE"),
            ("StartDate", "2026-12-01T00:00:00Z"),
        ];
        for _ in 0..3 {
            assert_eq!(account.form(Method::POST, "/Deals", &deal).await.status, StatusCode::OK);
        }
        assert_eq!(states("/Deals?State=PENDING", "Deals").await, [deal_state, "PENDING", "PENDING"]);
        account.post_ad(&kettle(&[("DealId", "30003")])).await;
        assert_eq!(account.read("/Ads/892081").await["DealState"], deal_state);
        // Only what is pending is in doubt.
        account.wait(24 * 15);
        assert_eq!(account.read("/Actions/1000.2240.100000").await["State"], "APPROVED");
        assert_eq!(account.read("/Deals/30003").await["State"], "ACTIVE");
    }
}

#[tokio::test]
async fn json_comes_unasked_where_xml_is_switched_off() {
    let account = with(Quirks { xml_unless_asked: false, ..Quirks::default() }).await;
    let settings = PlatformSettings::default();
    let url = format!("{}/Advertisers/{}/Ads", account.base, settings.account_sid);
    let reply = account.send(account.client.get(url).basic_auth(&settings.account_sid, Some(&settings.auth_token))).await;
    assert_eq!(reply.json()["@total"], "1");
}

#[tokio::test]
async fn the_gateway_refuses_in_json_html_or_silence() {
    for (gateway, media_type, begins) in [
        (GatewayBody::Json, "application/json", "{\"message\""),
        (GatewayBody::Html, "text/html", "<html>"),
        (GatewayBody::Empty, "text/plain", ""),
    ] {
        let quirks = Quirks { gateway, ..Quirks::default() };
        let account = Account::with(PlatformSettings { requests_per_hour: 1, quirks, ..PlatformSettings::default() }).await;
        account.read("/Ads").await;
        let limited = account.get("/Ads").await;
        let settings = PlatformSettings::default();
        let url = format!("{}/Advertisers/{}/Ads", account.base, settings.account_sid);
        // Nobody asks for JSON here.
        let denied = account.send(account.client.get(&url)).await;
        let xml_limited = account.client.get(&url).basic_auth(&settings.account_sid, Some(&settings.auth_token));
        let limited_once_more = account.send(xml_limited).await;
        for (reply, status) in [
            (limited, StatusCode::TOO_MANY_REQUESTS),
            (denied, StatusCode::UNAUTHORIZED),
            (limited_once_more, StatusCode::TOO_MANY_REQUESTS),
        ] {
            assert_eq!((reply.status, reply.header("content-type")), (status, Some(media_type)));
            assert!(reply.text.starts_with(begins) && (gateway != GatewayBody::Empty || reply.text.is_empty()), "{}", reply.text);
        }
    }
}

#[tokio::test]
async fn pages_have_the_chosen_oddities() {
    let account = with(Quirks { next_is_itself: true, total_is_zero: true, misspelled_pages: true, ..Quirks::default() }).await;
    account.post_ad(&KETTLE).await;
    let page = account.read("/Ads?PageSize=1&Page=2").await;
    assert_eq!((&page["@total"], &page["@numpages"], page["Ads"].as_array().unwrap().len()), (&json!("0"), &json!("2"), 1));
    assert!(page["@nextpageuri"].as_str().unwrap().ends_with("PageSize=1&Page=2"), "{page}");
    assert!(page.get("@lastpageuri").is_none() && page["@lastpageruri"].as_str().unwrap().ends_with("Page=2"));
    let account = with(Quirks { old_list_keys: true, ..Quirks::default() }).await;
    assert_eq!(account.read("/MediaPartners").await["MediaPartners"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn exports_are_refused_shared_and_redirected_as_chosen() {
    let span = "SUBAID=1000&StartDate=2026-11-20&EndDate=2026-11-22";
    for same_job in [true, false] {
        let quirks =
            Quirks { same_job, redirected_downloads: same_job, export_errors: ExportErrors::Status400, ..Quirks::default() };
        let account = with(quirks).await;
        assert_eq!(account.get("/ReportExport/unknown").await.status, StatusCode::BAD_REQUEST);
        let export = async || {
            account.read(&format!("/ReportExport/adv_performance_by_ad_pm_only?{span}")).await["QueuedUri"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        let (first, second) = (export().await, export().await);
        assert_eq!(first == second, same_job);
        let path = format!("/Jobs/{}", first.rsplit('/').next().unwrap());
        account.read(&path).await;
        let status = account.get(&format!("{path}/Download")).await.status;
        assert_eq!(status, if same_job { StatusCode::FOUND } else { StatusCode::OK });
    }
}

#[tokio::test]
async fn each_rule_of_actions_is_a_switch_of_its_own() {
    let all = ActionRules::default();
    let broken = [
        (ActionRules { program: false, ..all }, "x=y"),
        (ActionRules { both_dates: false, ..all }, "CampaignId=1000&ActionDateStart=2026-11-01T00:00:00Z"),
        (ActionRules { both_dates: false, ..all }, "CampaignId=1000&ActionDateEnd=2026-11-01T00:00:00Z"),
        (
            ActionRules { span: false, ..all },
            "CampaignId=1000&ActionDateStart=2026-01-01T00:00:00Z&ActionDateEnd=2026-11-01T00:00:00Z",
        ),
        (
            ActionRules { span: false, ..all },
            "CampaignId=1000&ActionDateStart=2026-11-02T00:00:00Z&ActionDateEnd=2026-11-01T00:00:00Z",
        ),
        (
            ActionRules { age: false, ..all },
            "CampaignId=1000&ActionDateStart=2023-11-01T00:00:00Z&ActionDateEnd=2023-11-20T00:00:00Z",
        ),
        (ActionRules { smallest_page: false, ..all }, "CampaignId=1000&PageSize=10"),
    ];
    let relaxed: BTreeSet<_> = broken.iter().map(|(rules, _)| format!("{rules:?}")).collect();
    assert_eq!(relaxed.len(), 5);
    for switched in [all, ActionRules::NONE].into_iter().chain(broken.iter().map(|(rules, _)| *rules)) {
        let account = with(Quirks { action_rules: switched, ..Quirks::default() }).await;
        for (without, query) in broken {
            let status = if switched == without || switched == ActionRules::NONE { 200 } else { 400 };
            for list in ["Actions", "ActionUpdates"] {
                let reply = account.get(&format!("/{list}?{query}")).await;
                assert_eq!(reply.status.as_u16(), status, "{list}?{query} under {switched:?}");
            }
        }
    }
}

#[tokio::test]
async fn eleven_pages_of_actions_are_refused_or_not() {
    for (most_pages, status) in [(true, 400), (false, 200)] {
        let action_rules = ActionRules { smallest_page: false, most_pages, ..ActionRules::default() };
        let account = with(Quirks { action_rules, ..Quirks::default() }).await;
        for order in 0..11 {
            account.sell(892_081, order);
        }
        assert_eq!(account.get("/Actions?CampaignId=1000&PageSize=2").await.status.as_u16(), 200);
        assert_eq!(account.get("/Actions?CampaignId=1000&PageSize=1").await.status.as_u16(), status);
    }
}

#[tokio::test]
async fn the_ceiling_of_a_catalog_can_be_lifted() {
    for (catalog_ceiling, status) in [(true, 400), (false, 200)] {
        let account = with(Quirks { catalog_ceiling, ..Quirks::default() }).await;
        assert_eq!(account.get("/Catalogs/5500/Items?PageSize=1000&Page=20").await.status.as_u16(), 200);
        assert_eq!(account.get("/Catalogs/5500/Items?PageSize=1000&Page=21").await.status.as_u16(), status);
    }
}

#[tokio::test]
async fn a_scoped_token_does_what_its_scopes_say() {
    let token = ScopedToken {
        token: "scoped".to_owned(),
        scopes: vec![Scope::new(ApiCategory::Ads, ["GET", "POST"]), Scope::new(ApiCategory::Jobs, ["PUT"])],
    };
    let account = Account::with(PlatformSettings { tokens: vec![token], ..PlatformSettings::default() }).await;
    let sid = PlatformSettings::default().account_sid;
    for (method, path, status) in [
        (Method::GET, "/Ads", 200),
        (Method::POST, "/Ads", 400),
        (Method::PUT, "/Ads/892081", 403),
        (Method::GET, "/Deals", 403),
        (Method::GET, "/Campaigns", 403),
        (Method::GET, "/Jobs", 403),
        (Method::PUT, "/Jobs/1/Replay", 404),
    ] {
        let url = format!("{}/Advertisers/{sid}{path}", account.base);
        let request =
            account.client.request(method.clone(), url).basic_auth(&sid, Some("scoped")).header("accept", "application/json");
        assert_eq!(account.send(request.form(&[("a", "b")])).await.status.as_u16(), status, "{method} {path}");
    }
}

#[tokio::test]
async fn every_quota_is_counted_and_judged() {
    let settings = PlatformSettings {
        requests_per_hour: 3,
        catalog_requests_per_hour: 1,
        exports_per_day: 1,
        click_exports_per_day: 0,
        ..PlatformSettings::default()
    };
    let account = Account::with(settings).await;
    let span = "SUBAID=1000&StartDate=2026-11-20&EndDate=2026-11-22";
    for (path, status) in [
        ("/Catalogs", 200),
        ("/Catalogs/5500/Items", 429),
        (&format!("/ReportExport/adv_performance_by_ad_pm_only?{span}"), 200),
        (&format!("/ReportExport/adv_performance_by_ad_pm_only?{span}"), 429),
        ("/Programs/1000/ClickExport?Date=2026-11-22", 429),
        ("/Ads", 429),
    ] {
        assert_eq!(account.get(path).await.status.as_u16(), status, "{path}");
    }
    let used: Vec<_> = account.world.with(|state| state.platform.quotas());
    let used: Vec<_> = used.iter().map(|used| (used.group, used.requests, used.over)).collect();
    assert_eq!(
        used,
        [
            (QuotaGroup::General, 4, 1),
            (QuotaGroup::Catalogs, 2, 1),
            (QuotaGroup::ReportExport, 2, 1),
            (QuotaGroup::ClickExport, 1, 1),
        ]
    );
}
