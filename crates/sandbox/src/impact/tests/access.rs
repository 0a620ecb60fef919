//! Who may ask what, in which form, and how often.

use super::*;
use crate::impact::{ProgramState, RateHeaders};

#[tokio::test]
async fn wrong_credentials_are_401_and_missing_scopes_403() {
    let account = Account::open().await;
    let settings = PlatformSettings::default();
    let url = format!("{}/Advertisers/{}/Ads", account.base, settings.account_sid);
    let bare = || account.client.get(&url).header("accept", "application/json");
    for request in [bare(), bare().basic_auth(&settings.account_sid, Some("wrong")), bare().basic_auth("IRother", Some("x"))] {
        let reply = account.send(request).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.json(), serde_json::json!({ "message": "Unauthorized" }));
    }

    let scoped = |request: RequestBuilder| request.basic_auth(&settings.account_sid, Some(&settings.read_only_token));
    assert_eq!(account.send(scoped(account.client.get(&url))).await.status, StatusCode::OK);
    let reply = account.send(scoped(account.client.post(&url).header("accept", "application/json")).form(&KETTLE)).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(reply.json(), serde_json::json!({ "Status": "ERROR", "Message": "Access Denied" }));

    let other = account.client.get(format!("{}/Advertisers/IRother/Ads", account.base));
    let reply = account.send(other.basic_auth(&settings.account_sid, Some(&settings.auth_token))).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(account.world.with(|state| state.platform.ads().count()), 0);
}

#[tokio::test]
async fn what_impact_does_not_offer_is_not_offered() {
    let account = Account::open().await;
    for (method, path, status, allow) in [
        (Method::POST, "/Campaigns", 405, Some("GET")),
        (Method::PUT, "/Campaigns/1000", 405, Some("GET")),
        (Method::DELETE, "/Ads/892081", 405, Some("GET, PUT")),
        (Method::POST, "/Ads/892081/pause", 404, None),
        (Method::PUT, "/Campaigns/1000/pause", 404, None),
        (Method::GET, "/Budgets", 404, None),
        (Method::PUT, "/CompanyInformation", 403, None),
        (Method::POST, "/Deals/30001", 405, Some("GET, PUT, DELETE")),
    ] {
        let reply = account.send(account.request(method.clone(), path).form(&[("a", "b")])).await;
        assert_eq!((reply.status.as_u16(), reply.header("allow")), (status, allow), "{method} {path}");
        assert_eq!(reply.json()["Status"], "ERROR");
    }
}

#[tokio::test]
async fn xml_is_the_default_and_a_suffix_or_header_asks_for_json() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    let settings = PlatformSettings::default();
    let ask = |path: &str| {
        let url = format!("{}/Advertisers/{}{path}", account.base, settings.account_sid);
        account.send(account.client.get(url).basic_auth(&settings.account_sid, Some(&settings.auth_token)))
    };
    let reply = ask("/Ads?PageSize=1").await;
    assert_eq!(reply.header("content-type"), Some("application/xml"));
    assert!(reply.text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ImpactRadiusResponse><Ads "), "{}", reply.text);
    assert!(
        reply.text.contains("total=\"2\"") && reply.text.contains("<Ad><Id>892081</Id>")
            || reply.text.contains("<Id>892081</Id>")
    );
    assert!(reply.text.contains("<Name>Kettle &amp; more</Name>"), "{}", reply.text);
    let reply = ask("/Ads/1").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert!(reply.text.contains("<Status>ERROR</Status>"), "{}", reply.text);
    assert_eq!(ask("/Ads/892081.json").await.json()["Id"], "892081");
    assert_eq!(ask("/Campaigns.json").await.json()["@total"], "1");
}

#[tokio::test]
async fn the_program_and_the_account_can_be_read() {
    let account = Account::open().await;
    let program = account.read("/Campaigns/1000").await;
    assert_eq!(
        (&program["Id"], &program["State"], &program["ImpressionTracking"]),
        (&"1000".into(), &"ACTIVE".into(), &"false".into())
    );
    assert_eq!(account.get("/Campaigns/1001").await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.read("/Campaigns?State=CLOSED").await["Campaigns"], serde_json::json!([]));
    assert_eq!(account.read("/CompanyInformation").await["Currency"], "EUR");
    assert_eq!(account.read("/Deals?CampaignId=1000").await["@total"], "0");
    assert_eq!(account.read("/Reports").await["Reports"][0]["Id"], "adv_performance_by_ad_pm_only");
    assert_eq!(account.read("/Reports/adv_performance_by_ad_pm_only/MetaData").await["Filters"][0]["Name"], "SUBAID");
    account.world.set_program_state(ProgramState::Deactivated).unwrap();
    assert_eq!(account.read("/Campaigns/1000").await["State"], "DEACTIVATED");
}

#[tokio::test]
async fn a_blocking_rule_shows_only_where_a_person_has_set_it_up() {
    let path = "/Programs/1000/BlockRedirectRules?Condition=AD_STATUS&Action=BLOCK&State=RUNNING";
    assert_eq!(Account::open().await.read(path).await["BlockRedirectRules"], serde_json::json!([]));
    let account = Account::with(PlatformSettings { block_expired_ads: true, ..PlatformSettings::default() }).await;
    assert_eq!(account.read(path).await["BlockRedirectRules"][0]["State"], "RUNNING");
    let other = "/Programs/1000/BlockRedirectRules?Action=REDIRECT";
    assert_eq!(account.read(other).await["@total"], "0");
}

#[tokio::test]
async fn the_hourly_quota_ends_in_429_and_begins_anew() {
    for (rate_headers, reset, other) in [
        (RateHeaders::Brand, "x-ratelimit-reset", "ratelimit-reset"),
        (RateHeaders::Partner, "ratelimit-reset", "x-ratelimit-reset"),
        (RateHeaders::Both, "ratelimit-reset", "x-none"),
    ] {
        let account = Account::with(PlatformSettings { requests_per_hour: 2, rate_headers, ..PlatformSettings::default() }).await;
        assert_eq!(account.get("/Ads").await.status, StatusCode::OK);
        let reply = account.get("/Ads").await;
        assert_eq!((reply.status, reply.header(reset), reply.header(other)), (StatusCode::OK, Some("3600"), None));
        let reply = account.get("/Ads").await;
        let wait = (rate_headers != RateHeaders::Brand).then_some("3600");
        assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, wait));
        assert_eq!((reply.header(reset), reply.header(other)), (Some("3600"), None));
        assert_eq!(reply.json(), serde_json::json!({ "message": "API rate limit exceeded" }));
        account.wait(1);
        assert_eq!(account.get("/Ads").await.status, StatusCode::OK);
    }
}
