//! Promo codes, tracking links, exception lists.

use serde_json::json;

use super::*;
use crate::RequestEffect;

const CODE: [(&str, &str); 5] =
    [("AssignedPartnerId", "20001"), ("CampaignId", "1000"), ("CreditPolicy", "ALWAYS"), ("Code", "TEA5"), ("Type", "LI")];

#[tokio::test]
async fn a_promo_code_is_made_once_and_expires_for_good() {
    let account = Account::open().await;
    assert_eq!(account.form(Method::POST, "/PromoCodes", &CODE).await.json()["Status"], "OK");
    assert_eq!(account.form(Method::POST, "/PromoCodes", &CODE).await.status, StatusCode::BAD_REQUEST, "it is taken");
    assert_eq!(account.read("/PromoCodes/400001").await["State"], "ACTIVE");
    assert_eq!(account.read("/PromoCodes?Code=TEA5&State=ACTIVE").await["@total"], "1");
    account.form(Method::DELETE, "/PromoCodes/400001", &[]).await;
    let code = account.read("/PromoCodes/400001").await;
    assert_eq!((&code["State"], &code["EndDate"]), (&json!("INACTIVE"), &json!("2026-11-22T16:00:00-08:00")));
    assert_eq!(account.form(Method::PUT, "/PromoCodes/400001", &[("EndDate", "")]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    for (field, value) in
        [("AssignedPartnerId", "1"), ("CampaignId", "2"), ("CreditPolicy", "SOME"), ("Code", ""), ("Type", "XX")]
    {
        let fields: Vec<_> = CODE.iter().copied().filter(|(name, _)| *name != field).chain([(field, value)]).collect();
        assert_eq!(account.form(Method::POST, "/PromoCodes", &fields).await.status, StatusCode::BAD_REQUEST, "{field}");
    }
}

#[tokio::test]
async fn a_synchronised_deal_moves_its_codes_but_revives_none() {
    let account = Account::open().await;
    let deal = [
        ("CampaignId", "1000"),
        ("Name", "Sale"),
        ("Scope", "ENTIRE_STORE"),
        ("Type", "FREE_SHIPPING"),
        ("SynchAdsPromoCodes", "true"),
    ];
    account.form(Method::POST, "/Deals", &deal).await;
    account
        .form(Method::POST, "/PromoCodes", &[&CODE[..], &[("DealId", "30001"), ("EndDate", "2027-02-01T00:00:00Z")]].concat())
        .await;
    let state = async || account.read("/PromoCodes/400001").await["State"].as_str().unwrap().to_owned();
    assert_eq!(account.read("/PromoCodes/400001").await["EndDate"], "", "it takes over the deal's dates");
    account.form(Method::PUT, "/Deals/30001", &[("EndDate", "2026-11-23T00:00:00Z")]).await;
    assert_eq!(state().await, "INACTIVE");
    account.form(Method::PUT, "/Deals/30001", &[("EndDate", "2027-11-23T00:00:00Z")]).await;
    assert_eq!(state().await, "INACTIVE");
}

#[tokio::test]
async fn a_tracking_link_names_partner_ad_and_program() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    let path = "/Programs/1000/TrackingLinks?MediaPartnerId=20001";
    let link = account.form(Method::POST, path, &[("Type", "Regular"), ("AdId", "892081")]).await.json();
    assert_eq!(link, json!({ "TrackingURL": "https://sandbox-shop.sjv.example/c/20001/892081/1000" }));
    let deep = account.form(Method::POST, path, &[("DeepLink", "https://shop.example/a b")]).await.json();
    assert_eq!(deep["TrackingURL"], "https://sandbox-shop.sjv.example/c/20001/506720/1000?u=https%3A%2F%2Fshop.example%2Fa+b");
    for (path, fields) in [
        ("/Programs/1000/TrackingLinks", vec![]),
        (path, vec![("Type", "Vanity")]),
        (path, vec![("Type", "Odd")]),
        (path, vec![("AdId", "7")]),
    ] {
        assert_eq!(account.form(Method::POST, path, &fields).await.status, StatusCode::BAD_REQUEST, "{path} {fields:?}");
    }
    assert_eq!(account.form(Method::POST, "/Programs/7/TrackingLinks", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn entries_of_exception_lists_come_once_and_go() {
    let account = Account::open().await;
    let list = [("ActionTrackerId", "2240"), ("CampaignId", "1000"), ("Name", "No commission"), ("Type", "SKU")];
    account.form(Method::POST, "/ExceptionLists", &list).await;
    let add = async |fields: &[(&str, &str)]| account.form(Method::POST, "/ExceptionLists/60001/Items", fields).await;
    assert_eq!(add(&[("Value", "KETTLE-1")]).await.json()["Status"], "OK");
    assert_eq!(add(&[("Value", "KETTLE-1")]).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(add(&[("Value", "KETTLE-1"), ("Upsert", "true"), ("Name", "Kettle")]).await.json()["Status"], "OK");
    assert_eq!(account.read("/ExceptionLists/60001").await["NumberOfItems"], "1");
    assert_eq!(account.read("/ExceptionLists/60001/Items?Value=KETTLE-1").await["ExceptionListItems"][0]["Name"], "Kettle");
    assert_eq!(account.form(Method::DELETE, "/ExceptionLists/60001/Items/1", &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.form(Method::DELETE, "/ExceptionLists/60001/Items/600001", &[]).await.json()["Status"], "DELETED");
    assert_eq!(account.read("/ExceptionLists/60001/Items").await["@total"], "0");
    assert_eq!(account.get("/PromoCodeExceptionLists/60001").await.status, StatusCode::NOT_FOUND, "the kinds are apart");
    let effects: Vec<_> =
        account.world.with(|state| state.platform.history().iter().map(|request| request.effect.clone()).collect());
    assert_eq!(effects[0], RequestEffect::Created("/ExceptionLists/60001".to_owned()));
    assert_eq!(effects.last(), Some(&RequestEffect::Deleted("/ExceptionLists/60001/Items/600001".to_owned())));
}
