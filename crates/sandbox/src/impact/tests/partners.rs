//! Partners, groups, contracts with their limits, changes of actions and inquiries.

use serde_json::json;

use super::*;

#[tokio::test]
async fn groups_hold_partners_and_partners_are_found_by_group() {
    let account = Account::open().await;
    let groups = "/Campaigns/1000/MediaPartnerGroups";
    account.form(Method::POST, groups, &[("Name", "Bloggers"), ("MediaPartners", "20001,20002")]).await;
    account
        .form(Method::PUT, &format!("{groups}/9001"), &[("MediaPartnersAdd", "20003,20002"), ("MediaPartnersRemove", "20001")])
        .await;
    let group = account.read(&format!("{groups}/9001")).await;
    let members: Vec<_> =
        group["MediaPartners"].as_array().unwrap().iter().map(|member| member["PartnerId"].as_str().unwrap()).collect();
    assert_eq!(members, ["20003", "20002"]);
    let found = account.read("/MediaPartners?GroupId=9001").await;
    assert_eq!((&found["@total"], &found["Partners"][0]["Id"]), (&json!("2"), &json!("20002")));
    assert_eq!(account.read("/MediaPartners").await["@total"], "12");
    account.post_ad(&kettle(&[("TargetMediaPartnerGroups", "9001,9999"), ("TargetMediaPartners", "20001")])).await;
    let ad = account.read("/Ads/892081").await;
    assert_eq!(ad["RestrictedMediaPartnerGroups"], json!(["Bloggers", "9999"]), "groups are read by their names");
    assert_eq!(ad["RestrictedMediaPartners"], json!(["20001"]));
    assert_eq!(account.read("/MediaPartners/20001").await["Name"], "Harbour Reviews");
    assert_eq!(
        account.form(Method::POST, groups, &[("Name", "x"), ("MediaPartners", "1")]).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(account.form(Method::DELETE, &format!("{groups}/9001"), &[]).await.json()["Status"], "DELETED");
    assert_eq!(account.get(&format!("{groups}/9001")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.get("/MediaPartners/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_first_decision_about_an_application_stands() {
    let account = Account::open().await;
    let contracts = "/Campaigns/1000/Contracts";
    let total = async |status: &str| account.read(&format!("{contracts}{status}")).await["@total"].as_str().unwrap().to_owned();
    assert_eq!((total("").await, total("?Status=PENDING").await), ("12".to_owned(), "1".to_owned()));
    let decide = async |method, id| account.json(method, "/Programs/1000/Contracts", &json!({ "contractId": id })).await;
    assert_eq!(decide(Method::POST, "P-1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(decide(Method::POST, "").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(decide(Method::POST, "P-25070000").await.json(), json!({ "Status": "OK" }));
    assert_eq!(decide(Method::DELETE, "P-25070000").await.status, StatusCode::CONFLICT);
    assert_eq!((total("").await, total("?Status=PENDING").await), ("13".to_owned(), "0".to_owned()));
}

#[tokio::test]
async fn a_limit_in_the_terms_is_shown_and_caps_what_partners_earn_and_cost() {
    let settings = PlatformSettings { payout_limit_per_month: Some(dec!(10)), ..PlatformSettings::default() };
    let account = Account::with(settings).await;
    let contract = account.read("/Campaigns/1000/Contracts/S-7020001").await;
    let limit = &contract["TemplateTerms"]["EventPayouts"][0]["PayoutGroups"][0]["Limits"][0];
    assert_eq!((&limit["Value"], &limit["Type"]), (&json!("10.00"), &json!("PAYOUT")));
    account.post_ad(&KETTLE).await;
    for order in 0..4 {
        account.sell(892_081, order);
    }
    let actions = account.read("/Actions?CampaignId=1000").await;
    let paid = |name: &str| actions["Actions"].as_array().unwrap().iter().filter(|action| action[name] == json!(4.0)).count();
    assert_eq!((paid("Payout"), paid("IntendedPayout")), (2, 4));
    account.wait(24 * 20);
    account.sell(892_081, 9);
    let action = account.read("/Actions/1000.2240.100004").await;
    assert_eq!(action["Payout"], json!(4.0), "a new month");
}

#[tokio::test]
async fn changes_of_actions_wait_and_show_in_the_log_of_changes() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    for order in [70, 71] {
        account.sell(892_081, order);
    }
    let reverse = [("ActionId", "1000.2240.100000"), ("DispositionCode", "ITEM_RETURNED")];
    let queued = account.form(Method::DELETE, "/Actions", &reverse).await.json();
    assert_eq!(queued["Status"], "QUEUED");
    let batch = format!("/APISubmissions/{}", queued["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap());
    let state =
        async || (account.read(&batch).await["Status"].clone(), account.read("/Actions/1000.2240.100000").await["State"].clone());
    assert_eq!(state().await, (json!("Queued"), json!("PENDING")));
    account.wait(1);
    assert_eq!(state().await, (json!("Complete"), json!("REVERSED")));

    let lost =
        account.form(Method::PUT, "/Actions", &[("ActionTrackerId", "2240"), ("OrderId", "99"), ("Reason", "x")]).await.json();
    account.wait(1);
    let lost =
        account.read(&format!("/APISubmissions/{}", lost["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap())).await;
    assert_eq!((&lost["Status"], &lost["ErrorReason"]), (&json!("Complete"), &json!("ACTION_REF_NOT_FOUND")));

    let updates = account.read("/ActionUpdates?CampaignId=1000").await;
    let rows: Vec<_> = updates["ActionUpdates"].as_array().unwrap().iter().map(|row| (&row["Id"], &row["DeltaPayout"])).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], (&json!("1000.2240.100000.2"), &json!(-4.0)));
    assert_eq!(account.read("/ActionUpdates/1000.2240.100001.1").await["State"], "PENDING");
    assert_eq!(account.get("/ActionUpdates/1000.2240.100001.2").await.status, StatusCode::NOT_FOUND, "it was never reversed");
    assert_eq!(account.form(Method::DELETE, "/Actions", &[("DispositionCode", "OTHER")]).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn some_actions_are_doubted_and_inquiries_are_resolved() {
    let account = Account::open().await;
    for order in 0..40 {
        account.sell(892_081, 100 + order);
    }
    let list = "/ActionInquiries?CampaignId=1000";
    assert_eq!(account.read(list).await["@total"], "0", "not before three days");
    account.wait(24 * 3);
    assert_eq!(account.read(&format!("{list}&ResolutionStatus=UNRESOLVED&OrderId=139")).await["@total"], "1");
    let resolve = async |fields: &[(&str, &str)]| account.form(Method::PUT, "/ActionInquiries", fields).await.status;
    assert_eq!(resolve(&[("Id", "700001"), ("ResolutionStatus", "MAYBE")]).await, StatusCode::BAD_REQUEST);
    assert_eq!(resolve(&[("Id", "700002"), ("ResolutionStatus", "VALID")]).await, StatusCode::NOT_FOUND);
    assert_eq!(resolve(&[("Id", "700001"), ("ResolutionStatus", "DECLINED")]).await, StatusCode::OK);
    assert_eq!(account.read("/ActionInquiries/700001").await["ResolutionStatus"], "DECLINED");
    assert_eq!(account.get("/ActionInquiries").await.status, StatusCode::BAD_REQUEST);
}
