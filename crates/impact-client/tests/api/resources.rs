//! Ads of each kind, and everything around programs: partners, contracts, links, updates.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_impact_client::{
    AdDraft, AdId, AdKind, BannerSource, BatchId, ContractFilter, ContractId, ContractStatus, ImpactConfig, InquiryFilter,
    InquiryId, ListEncoding, PartnerFilter, PartnerGroupId, PartnerId, PartnerState, ProgramState, TrackingLinkDraft,
};
use serde_json::json;
use wiremock::ResponseTemplate;

use super::support::{Bench, assert_form, at, done, ok, period, whole};

#[tokio::test]
async fn a_coupon_and_a_banner_say_what_they_need() {
    let bench = Bench::new().await;
    bench.answer("POST", "Ads", done("Ads/892081")).await;
    let coupon = AdDraft {
        kind: AdKind::Coupon,
        name: "c".to_owned(),
        coupon_name: "10 % off".to_owned(),
        landing_page: "https://shop.example/p".to_owned(),
        ..AdDraft::default()
    };
    bench.api.create_ad(&coupon).await.unwrap();
    let shared = [("Name", "c"), ("CampaignId", "1000"), ("Language", "ENGLISH"), ("LandingPage", "https://shop.example/p")];
    let with = |more: &[(&'static str, &'static str)]| shared.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    assert_form(&bench.last().await, &with(&[("AdType", "COUPON"), ("CouponLinkName", "10 % off")]));
    let banner = AdDraft {
        kind: AdKind::Banner,
        coupon_name: String::new(),
        banner: Some(BannerSource::Url("https://shop.example/b.png".to_owned())),
        alternative_text: "Bottle".to_owned(),
        ..coupon
    };
    bench.api.create_ad(&banner).await.unwrap();
    let wanted = [("AdType", "BANNER"), ("CustomAdServingUrl", "https://shop.example/b.png"), ("BannerAlternativeTag", "Bottle")];
    assert_form(&bench.last().await, &with(&wanted));
}

#[tokio::test]
async fn the_encoding_of_lists_is_a_setting() {
    for (encoding, wanted) in [(ListEncoding::Repeated, "1|2"), (ListEncoding::Commas, "1,2")] {
        let bench = Bench::with(|config| ImpactConfig { list_encoding: encoding, ..config }).await;
        bench.answer("PUT", "Ads/7", done("Ads/7")).await;
        let draft = AdDraft {
            kind: AdKind::TextLink,
            name: "n".to_owned(),
            link_text: "t".to_owned(),
            partner_groups: ["1", "2"].map(|id| PartnerGroupId::new(id).unwrap()).to_vec(),
            ..AdDraft::default()
        };
        bench.api.update_ad(&AdId::new("7").unwrap(), &draft).await.unwrap();
        assert_eq!(super::support::form(&bench.last().await)["TargetMediaPartnerGroups"], wanted);
    }
}

#[tokio::test]
async fn partners_come_under_either_key_and_are_asked_for_in_camel_case() {
    let bench = Bench::new().await;
    bench.answer_once("GET", "MediaPartners", whole("Partners", json!([{"Id": "1"}]))).await;
    bench.answer_once("GET", "MediaPartners", whole("MediaPartners", json!([{"Id": 2}]))).await;
    bench.answer("GET", "MediaPartners/1", ok(json!({"Id": "1", "Name": "A"}))).await;
    let filter = PartnerFilter {
        group: Some(PartnerGroupId::new("9").unwrap()),
        state: Some(PartnerState::Active),
        joined_from: Some(at("2026-06-01T00:00:00Z")),
        ..PartnerFilter::default()
    };
    for wanted in ["1", "2"] {
        assert_eq!(bench.api.partners(&filter).await.unwrap().items[0].id.as_str(), wanted);
    }
    assert_eq!(bench.api.partner(&PartnerId::new("1").unwrap()).await.unwrap().unwrap().name, "A");
    let list =
        "GET MediaPartners?CampaignId=1000&GroupId=9&startDate=2026-05-31T17:00:00-07:00&State=ACTIVE&PageSize=1000&Page=1";
    assert_eq!(bench.sent().await, [list, list, "GET MediaPartners/1"]);
}

#[tokio::test]
async fn groups_and_contracts_are_read() {
    let bench = Bench::new().await;
    bench.answer("GET", "Campaigns/1000/MediaPartnerGroups", whole("Groups", json!([{"Id": "9", "Name": "Hold"}]))).await;
    bench.answer("GET", "Campaigns/1000/MediaPartnerGroups/9", ok(json!({"Id": "9", "Name": "Hold"}))).await;
    bench.answer("GET", "Campaigns/1000/Contracts", whole("Contracts", json!([{"Id": "S-7", "Status": "EXPIRED"}]))).await;
    bench.answer("GET", "Campaigns/1000/Contracts/S-7", ok(json!({"Id": "S-7", "Status": "SEALED"}))).await;
    assert_eq!(bench.api.partner_groups().await.unwrap().items[0].name, "Hold");
    assert!(bench.api.partner_group(&PartnerGroupId::new("9").unwrap()).await.unwrap().unwrap().members.is_empty());
    let filter = ContractFilter { status: Some(ContractStatus::Expired), ..ContractFilter::default() };
    assert_eq!(bench.api.contracts(&filter).await.unwrap().items[0].status, ContractStatus::Expired);
    assert!(bench.last().await.url.query().unwrap().starts_with("Status=EXPIRED"));
    let contract = bench.api.contract(&ContractId::new("S-7").unwrap()).await.unwrap().unwrap();
    assert_eq!(contract.status.as_str(), "SEALED");
}

#[tokio::test]
async fn a_tracking_link_is_made_for_a_partner() {
    let bench = Bench::new().await;
    let below = "Programs/1000/TrackingLinks";
    bench.answer_once("POST", below, ok(json!({"TrackingURL": "https://example.sjv.io/c/1/892081/1000"}))).await;
    bench.answer_once("POST", below, ok(json!({"Status": "OK"}))).await;
    let draft = TrackingLinkDraft {
        partner: PartnerId::new("1").unwrap(),
        ad: Some(AdId::new("892081").unwrap()),
        deep_link: Some("https://shop.example/p?a=1".to_owned()),
        vanity_path: None,
    };
    let link = bench.api.create_tracking_link(&draft).await.unwrap();
    assert_eq!(link.as_str(), "https://example.sjv.io/c/1/892081/1000");
    assert_eq!(bench.last().await.url.query(), Some("MediaPartnerId=1"));
    assert_form(&bench.last().await, &[("Type", "Regular"), ("AdId", "892081"), ("DeepLink", "https://shop.example/p?a=1")]);
    let error = bench.api.create_tracking_link(&draft).await.unwrap_err();
    assert!(error.may_have_taken_effect(), "{error}");
}

#[tokio::test]
async fn updates_inquiries_and_submissions_are_read() {
    let bench = Bench::new().await;
    let update = |id: &str, at: &str| json!({"Id": id, "ActionId": "1000.1.2", "UpdateDate": at});
    let updates = json!([update("1", "2026-06-01T00:00:00Z"), update("2", "2026-06-02T00:00:00Z")]);
    bench.answer("GET", "ActionUpdates", whole("ActionUpdates", updates)).await;
    bench.answer("GET", "ActionInquiries", whole("ActionInquiries", json!([{"Id": 5}]))).await;
    bench.answer("GET", "ActionInquiries/5", ok(json!({"Id": "5"}))).await;
    bench.answer("GET", "APISubmissions", ok(json!({"APISubmission": {"BatchId": "A-1"}}))).await;
    bench.answer("GET", "APISubmissions/A-1", ok(json!({"BatchId": "A-1", "Status": "Complete"}))).await;
    let read = bench.api.action_updates(period("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")).await.unwrap();
    assert_eq!(read.items.len(), 1, "the end is outside");
    assert_eq!(bench.api.action_inquiries(&InquiryFilter::default()).await.unwrap().items.len(), 1);
    assert!(bench.api.action_inquiry(&InquiryId::new("5").unwrap()).await.unwrap().is_some());
    assert_eq!(bench.api.submissions().await.unwrap().items[0].id.as_str(), "A-1", "one alone comes without brackets");
    assert_eq!(bench.api.submission(&BatchId::new("A-1").unwrap()).await.unwrap().unwrap().succeeded(), Some(true));
}

#[tokio::test]
async fn programs_are_listed_and_the_odd_list_is_counted_from_zero() {
    let bench = Bench::new().await;
    bench.answer("GET", "Campaigns", whole("Campaigns", json!([{"Id": "1000", "State": "ACTIVE"}]))).await;
    let page = |page: u8, email: &str| {
        let next = if page == 0 { "/x?Page=1" } else { "" };
        ok(json!({"Page": page, "NumPages": 2, "PageSize": 1, "Total": 2, "NextPageUri": next,
            "Results": [{"UserEmail": email, "PartnerId": 1}]}))
    };
    let below = "Campaigns/1000/UnsubscribedContacts";
    bench.answer_once("GET", below, page(0, "a@example.com")).await;
    bench.answer_once("GET", below, page(1, "b@example.com")).await;
    assert_eq!(bench.api.programs(None, Some(&ProgramState::Active)).await.unwrap().items.len(), 1);
    let contacts = bench.api.unsubscribed_contacts().await.unwrap();
    assert_eq!((contacts.items.len(), contacts.complete), (2, true));
    let sent = bench.sent().await;
    assert_eq!(sent[0], "GET Campaigns?State=ACTIVE&PageSize=1000&Page=1");
    assert!(sent[1].ends_with("Page=0") && sent[2].ends_with("Page=1"), "{sent:?}");
}

#[tokio::test]
async fn a_window_with_too_many_actions_is_cut_in_halves() {
    let bench = Bench::new().await;
    let refusal = json!({"Status": "ERROR", "Message": "too many records"});
    bench.answer_once("GET", "Actions", ResponseTemplate::new(400).set_body_json(&refusal)).await;
    let one = |id: &str, at: &str| json!([{"Id": id, "EventDate": at}]);
    bench.answer_once("GET", "Actions", whole("Actions", one("1000.1.1", "2026-06-01T00:00:00Z"))).await;
    bench.answer_once("GET", "Actions", whole("Actions", one("1000.1.2", "2026-06-03T00:00:00Z"))).await;
    let listing = bench.api.actions(period("2026-06-01T00:00:00Z", "2026-06-05T00:00:00Z")).await.unwrap();
    assert_eq!((listing.items.len(), bench.sent().await.len()), (2, 3));
    bench.answer("GET", "Actions", ResponseTemplate::new(400).set_body_json(refusal)).await;
    let error = bench.api.actions(period("2026-06-01T00:00:00Z", "2026-06-05T00:00:00Z")).await.unwrap_err();
    assert_eq!((error.kind(), bench.sent().await.len()), (ErrorKind::Invalid, 6), "not cut for ever");
}
