//! Ads: what is stored, refused, listed.

use serde_json::json;

use super::*;
use crate::faults::Faults;
use crate::impact::{ProgramState, RequestEffect, Revival};
use crate::{Sandbox, SandboxOptions};

#[tokio::test]
async fn a_created_ad_is_named_by_its_uri_alone_and_read_back_in_the_wires_forms() {
    let account = Account::open().await;
    let reply = account
        .post_ad(&kettle(&[("Labels", "campaign-pilot,cp-0123456789abcdef0123"), ("LimitedTimeEndDate", "2026-12-07T00:00:00Z")]))
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    let sid = PlatformSettings::default().account_sid;
    assert_eq!(reply.json(), json!({ "Status": "OK", "Uri": format!("/Advertisers/{sid}/Ads/892081") }));

    let ad = account.read("/Ads/892081").await;
    for (name, value) in [
        ("Id", "892081"),
        ("Name", "Kettle & more"),
        ("CampaignId", "1000"),
        ("AdType", "TEXT_LINK"),
        ("LandingPage", "https://shop.example/product/kettle/"),
        ("Labels", "campaign-pilot,cp-0123456789abcdef0123"),
        ("DateCreated", "2026-11-22T16:00:00-08:00"),
        ("LimitedTimeStartDate", ""),
        ("LimitedTimeEndDate", "2026-12-06T16:00:00-08:00"),
        ("AllowDeepLinking", "true"),
    ] {
        assert_eq!(ad[name], value, "{name}");
    }
    let history = account.world.with(|state| state.platform.history().to_vec());
    assert_eq!(history[0].tag.as_ref().unwrap().as_str(), "cp-0123456789abcdef0123");
    assert_eq!(history[0].effect, RequestEffect::CreatedAd(892_081));
}

#[tokio::test]
async fn a_bad_ad_is_refused_with_the_field_and_leaves_nothing_behind() {
    let account = Account::open().await;
    let long = "x".repeat(256);
    for (field, value) in [
        ("Name", ""),
        ("CampaignId", ""),
        ("CampaignId", "ten"),
        ("CampaignId", "1001"),
        ("AdType", ""),
        ("AdType", "VIDEO"),
        ("Language", ""),
        ("Language", "Klingon"),
        ("LinkText", ""),
        ("LinkText", long.as_str()),
        ("LandingPage", "not a page"),
        ("LandingPage", "ftp://shop.example/"),
        ("LimitedTimeStartDate", "tomorrow"),
        ("LimitedTimeEndDate", "2026-12-07T00:00:00 00:00"),
    ] {
        let fields: Vec<_> = kettle(&[]).into_iter().filter(|(name, _)| *name != field).chain([(field, value)]).collect();
        let reply = account.post_ad(&fields).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{field}={value}");
        let body = reply.json();
        assert_eq!((&body["Status"], &body["Message"]), (&json!("ERROR"), &json!("Validation Failed")));
        assert_eq!(body["Errors"][0]["Field"], field, "{body}");
    }
    let backwards = [("LimitedTimeStartDate", "2026-12-07T00:00:00Z"), ("LimitedTimeEndDate", "2026-12-07T00:00:00Z")];
    assert_eq!(account.post_ad(&kettle(&backwards)).await.json()["Errors"][0]["Field"], "LimitedTimeEndDate");
    account.world.set_program_state(ProgramState::Delinquent).unwrap();
    assert_eq!(account.post_ad(&KETTLE).await.json()["Errors"][0]["Message"], "The program is DELINQUENT");

    let (ads, history) = account.world.with(|state| (state.platform.ads().count(), state.platform.history().to_vec()));
    assert_eq!(ads, 0);
    assert_eq!(history.len(), 16);
    assert!(history.iter().all(|request| request.effect == RequestEffect::Refused(400)));
}

#[tokio::test]
async fn an_update_needs_the_required_fields_and_moves_the_dates() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    let end = [("LimitedTimeEndDate", "2026-11-22T23:00:00-01:00")];
    assert_eq!(account.put_ad(892_081, &end).await.json()["Errors"][0]["Field"], "Name");
    assert_eq!(account.put_ad(1, &kettle(&end)).await.status, StatusCode::NOT_FOUND);
    account.wait(1);
    assert_eq!(account.put_ad(892_081, &kettle(&end)).await.json()["Status"], "OK");
    let ad = account.read("/Ads/892081").await;
    assert_eq!(ad["LimitedTimeEndDate"], "2026-11-22T16:00:00-08:00");
    assert_eq!(
        (&ad["DateCreated"], &ad["DateLastUpdated"]),
        (&json!("2026-11-22T16:00:00-08:00"), &json!("2026-11-22T17:00:00-08:00"))
    );
    assert!(account.world.with(|state| state.platform.ad(892_081).unwrap().has_ended(state.now)));

    let over_post = account.request(Method::POST, "/Ads/892081").form(&kettle(&[("_method", "PUT"), ("Labels", "x")]));
    assert_eq!(account.send(over_post).await.status, StatusCode::OK);
    assert_eq!(account.read("/Ads/892081").await["Labels"], "x");
}

#[tokio::test]
async fn what_becomes_of_a_revived_ad_is_a_setting() {
    let later = [("LimitedTimeEndDate", "2026-12-20T00:00:00Z")];
    for (revival, status, end) in [
        (Revival::Works, 200, "2026-12-19T16:00:00-08:00"),
        (Revival::Ignored, 200, "2026-11-23T16:00:00-08:00"),
        (Revival::Refused, 400, "2026-11-23T16:00:00-08:00"),
    ] {
        let account = Account::with(PlatformSettings { revival, ..PlatformSettings::default() }).await;
        account.post_ad(&kettle(&[("LimitedTimeEndDate", "2026-11-24T00:00:00Z")])).await;
        account.wait(30);
        assert_eq!(account.put_ad(892_081, &kettle(&later)).await.status.as_u16(), status, "{revival:?}");
        assert_eq!(account.read("/Ads/892081").await["LimitedTimeEndDate"], end, "{revival:?}");
    }
}

#[tokio::test]
async fn the_list_is_newest_first_filtered_and_holds_types_that_nobody_documented() {
    let account = Account::open().await;
    account.post_ad(&kettle(&[("Labels", "first")])).await;
    account.wait(2);
    account.post_ad(&kettle(&[("Labels", "second")])).await;
    let labels = async |query: &str| {
        let page = account.read(&format!("/Ads?{query}")).await;
        page["Ads"].as_array().unwrap().iter().map(|ad| ad["Labels"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(labels("CampaignId=1000").await, ["second", "first", ""]);
    assert_eq!(account.read("/Ads").await["Ads"][2]["AdType"], "DEFAULT_TRACKING");
    assert_eq!(labels("Type=TEXT_LINK").await, ["second", "first"]);
    assert_eq!(labels("CampaignId=77").await, Vec::<String>::new());
    assert_eq!(labels("DateCreatedStart=2026-11-23T02:00:00Z").await, ["second"]);
    assert_eq!(labels("DateCreatedStart=2026-11-22T16:00:00-08:00&DateCreatedEnd=2026-11-23T01:59:59Z").await, ["first"]);
    assert_eq!(labels("DateLastUpdatedEnd=2026-11-23T00:00:00Z&Type=TEXT_LINK").await, ["first"]);
    assert_eq!(account.get("/Ads?DateCreatedStart=2026-11-23T00:00:00+00:00").await.status, StatusCode::BAD_REQUEST);

    account.world.set_faults(Faults { stale: SignedDuration::from_hours(1), ..Faults::none() });
    assert_eq!(labels("CampaignId=1000").await, ["first", ""], "the newest ad is not listed yet");
    assert_eq!(account.read("/Ads/892082").await["Labels"], "second", "but it exists");
}

#[tokio::test]
async fn pages_carry_text_and_end_with_an_empty_address() {
    let account = Account::open().await;
    for _ in 0..4 {
        account.post_ad(&KETTLE).await;
    }
    let sid = PlatformSettings::default().account_sid;
    let first = account.read("/Ads?CampaignId=1000&PageSize=2").await;
    let base = format!("/Advertisers/{sid}/Ads");
    for (key, value) in [
        ("@page", "1".to_owned()),
        ("@numpages", "3".to_owned()),
        ("@pagesize", "2".to_owned()),
        ("@total", "5".to_owned()),
        ("@start", "0".to_owned()),
        ("@end", "1".to_owned()),
        ("@uri", base.clone()),
        ("@previouspageuri", String::new()),
        ("@nextpageuri", format!("{base}?CampaignId=1000&PageSize=2&Page=2")),
        ("@lastpageuri", format!("{base}?CampaignId=1000&PageSize=2&Page=3")),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
    let mut seen = Vec::new();
    let mut next = "/Ads?CampaignId=1000&PageSize=2".to_owned();
    while !next.is_empty() {
        let page = account.read(&next).await;
        seen.extend(page["Ads"].as_array().unwrap().iter().map(|ad| ad["Id"].as_str().unwrap().to_owned()));
        next = page["@nextpageuri"].as_str().unwrap().replace(&format!("/Advertisers/{sid}"), "");
    }
    assert_eq!(seen, ["892084", "892083", "892082", "892081", "506720"]);
    assert_eq!(account.get("/Ads?PageSize=many").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(account.read("/Ads?Page=9").await["Ads"], json!([]));
}

#[tokio::test]
async fn expired_ads_stay_in_the_list_unless_switched_off() {
    for expired_ads_in_list in [true, false] {
        let account = Account::with(PlatformSettings { expired_ads_in_list, ..PlatformSettings::default() }).await;
        account.post_ad(&kettle(&[("LimitedTimeEndDate", "2026-11-23T01:00:00Z")])).await;
        account.wait(1);
        let listed = account.read("/Ads?Type=TEXT_LINK").await["@total"] == "1";
        assert_eq!(listed, expired_ads_in_list);
        assert_eq!(account.get("/Ads/892081").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_ad_and_is_noted() {
    let faults = "lost-answers=1".parse().unwrap();
    let sandbox = Sandbox::start(SandboxOptions { faults, ..SandboxOptions::default() }).await.unwrap();
    let access = sandbox.access();
    let url = format!("{}Advertisers/{}/Ads", sandbox.impact_url(), access.account_sid);
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.post(url).basic_auth(&access.account_sid, Some(&access.auth_token)).form(&KETTLE);
    let error = request.send().await.unwrap_err();
    assert!(error.status().is_none(), "{error}");
    let history = sandbox.history();
    assert_eq!(history.iter().map(|request| &request.effect).collect::<Vec<_>>(), [&RequestEffect::CreatedAd(892_081)]);
    assert!(history[0].answer_lost);
}
