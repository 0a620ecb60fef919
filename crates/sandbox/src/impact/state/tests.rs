//! State transitions.

use campaign_pilot_core::{OperationId, OperationTag};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::dec;
use serde_json::Value;

use super::*;
use crate::impact::RequestEffect;

fn opening() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn create(labels: &str) -> WriteRequest {
    let fields = fields(&[
        ("Name", "Kettle"),
        ("CampaignId", "1000"),
        ("AdType", "TEXT_LINK"),
        ("Language", "ENGLISH"),
        ("LinkText", "Boil faster"),
        ("LandingPage", "https://shop.example/product/kettle/"),
        ("Labels", labels),
        ("LimitedTimeEndDate", "2026-11-30T00:00:00Z"),
    ]);
    WriteRequest::new("POST", "/Ads", fields)
}

fn change(id: u64, changed: &[(&str, &str)]) -> WriteRequest {
    let mut fields = fields(&[
        ("Name", "Kettle"),
        ("CampaignId", "1000"),
        ("AdType", "TEXT_LINK"),
        ("Language", "ENGLISH"),
        ("LinkText", "Boil faster"),
    ]);
    fields.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    WriteRequest::new("PUT", &format!("/Ads/{id}"), fields)
}

fn sale(ad: u64, order_id: u64, event_at: Timestamp) -> NewAction {
    NewAction {
        ad,
        partner: 7,
        order_id,
        amount: dec!(40),
        payout: dec!(4),
        client_cost: dec!(4.4),
        referred_at: event_at - hours(1),
        event_at,
        created_at: event_at + SignedDuration::from_mins(9),
        locks_at: event_at + hours(24 * 14),
        new_customer: true,
        items: Vec::new(),
    }
}

fn opened() -> PlatformState {
    PlatformState::new(PlatformSettings::default())
}

#[test]
fn creating_and_changing_is_noted_with_tag_and_effect() {
    let mut state = opened();
    let tag = OperationTag::of(&OperationId::new("o-1").unwrap());
    let mut request = create(&format!("campaign-pilot,{tag}"));
    request.answer_lost = true;
    let answer = state.apply(&request, opening());
    assert_eq!(answer.body["Uri"], "/Advertisers/IRsandboxAccount0000000000000001/Ads/892081");
    state.apply(&change(892_081, &[("LimitedTimeEndDate", "2026-11-24T00:00:00Z")]), opening() + hours(2));
    state.apply(&change(5, &[]), opening() + hours(3));

    let [created, changed, refused] = state.history() else { panic!("{:?}", state.history()) };
    assert_eq!((created.sequence, created.path.as_str(), created.method.as_str()), (1, "/Ads", "POST"));
    assert_eq!((created.tag.as_ref(), &created.effect), (Some(&tag), &RequestEffect::CreatedAd(892_081)));
    assert!(created.answer_lost && !changed.answer_lost);
    assert_eq!((changed.tag.as_ref(), &changed.effect), (Some(&tag), &RequestEffect::UpdatedAd(892_081)));
    assert_eq!((refused.path.as_str(), &refused.effect), ("/Ads/5", &RequestEffect::Refused(404)));
    assert_eq!(state.ads().count(), 1);
}

#[test]
fn an_update_leaves_what_it_omits_and_clears_what_is_empty() {
    let mut state = opened();
    state.apply(&create("a"), opening());
    state.apply(&change(892_081, &[("Description", "new")]), opening() + hours(1));
    let ad = state.ad(892_081).unwrap();
    assert_eq!((ad.labels.as_str(), ad.description.as_str()), ("a", "new"));
    assert_eq!(ad.ends_at, Some("2026-11-30T00:00:00Z".parse().unwrap()));
    assert_eq!((ad.created_at, ad.updated_at), (opening(), opening() + hours(1)));
    state.apply(&change(892_081, &[("LimitedTimeEndDate", "")]), opening() + hours(2));
    assert_eq!(state.ad(892_081).unwrap().ends_at, None);
}

#[test]
fn traffic_outlives_an_ad_unless_a_rule_blocks_it() {
    for block_expired_ads in [false, true] {
        let mut state = PlatformState::new(PlatformSettings { block_expired_ads, ..PlatformSettings::default() });
        state.apply(&create("a"), opening());
        assert!(!state.is_traffic_blocked(892_081, opening()));
        assert_eq!(state.is_traffic_blocked(892_081, opening() + hours(24 * 8)), block_expired_ads);
        state.set_program_state(ProgramState::Deactivated);
        assert!(state.is_traffic_blocked(892_081, opening()));
    }
}

#[test]
fn an_action_is_pending_then_locked_and_can_be_reversed_only_before() {
    let mut state = opened();
    let event = opening() + hours(5);
    state.record_action(sale(1, 10, event));
    state.record_action(sale(1, 11, event));
    assert_eq!(state.reverse_action(11, event + hours(24 * 3)), 1);
    assert_eq!(state.reverse_action(10, event + hours(24 * 20)), 0, "it is locked by then");
    assert_eq!(state.reverse_action(12, event), 0, "no such order");

    let states = |at| state.actions().map(|action| action.state(at)).collect::<Vec<_>>();
    assert_eq!(states(event + hours(24)), [ActionState::Pending, ActionState::Pending]);
    assert_eq!(states(event + hours(24 * 3)), [ActionState::Pending, ActionState::Reversed]);
    assert_eq!(states(event + hours(24 * 14)), [ActionState::Approved, ActionState::Reversed]);
}

#[test]
fn clicks_are_summed_over_partners_and_hours() {
    let mut state = opened();
    for (partner, hour) in [(1, 0), (2, 0), (1, 1), (1, 2)] {
        state.record_clicks(9, partner, opening() + hours(hour), 10, dec!(0.5));
    }
    let total = state.clicks(9, opening(), opening() + hours(2));
    assert_eq!((total.clicks, total.cost), (30, dec!(1.5)));
    assert_eq!(state.clicks(9, opening() + hours(2), opening()), ClickCount::default());
    assert_eq!(state.clicks(8, opening(), opening() + hours(2)), ClickCount::default());
}

#[test]
fn a_report_is_frozen_until_it_is_replayed() {
    let mut state = PlatformState::new(PlatformSettings { polls_per_job: 0, ..PlatformSettings::default() });
    state.apply(&create("a"), opening());
    let span = fields(&[("SUBAID", "1000"), ("StartDate", "2026-11-23T00:00:00Z"), ("EndDate", "2026-11-24T00:00:00Z")]);
    let export = WriteRequest::new("GET", &format!("/ReportExport/{}", reports_handle()), span);
    let answer = state.apply(&export, opening() + hours(1));
    let id = answer.body["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(state.job(&id).unwrap().records, Vec::<Value>::new());

    state.record_clicks(892_081, 1, opening() + hours(1), 12, dec!(0.6));
    state.record_action(sale(892_081, 10, opening() + hours(1)));
    state.apply(&export, opening() + hours(3));
    assert_eq!(state.job(&id).unwrap().records, Vec::<Value>::new(), "the same parameters are the same job");

    state.apply(&WriteRequest::new("PUT", &format!("/Jobs/{id}/Replay"), Vec::new()), opening() + hours(3));
    let row = &state.job(&id).unwrap().records[0];
    let cells = ["Ad_Id", "Clicks", "Actions", "Revenue", "Action_Cost", "Click_Cost", "Total_Cost", "CPC"];
    let cells = cells.map(|cell| row[cell].as_str().unwrap());
    assert_eq!(cells, ["892081", "12", "1", "40.00", "4.40", "0.60", "5.00", "0.42"]);
}

fn reports_handle() -> String {
    crate::impact::reports::BY_AD.to_owned()
}

fn any_write() -> impl Strategy<Value = WriteRequest> {
    let id = 892_079u64..892_086;
    let end = prop::option::of(0i64..400);
    prop_oneof![
        Just(create("campaign-pilot")),
        Just(WriteRequest { answer_lost: true, ..WriteRequest::new("POST", "/Ads", Vec::new()) }),
        (id, end).prop_map(|(id, end)| {
            let end = end.map(|end| (opening() + hours(end)).to_string());
            change(id, &end.iter().map(|end| ("LimitedTimeEndDate", end.as_str())).collect::<Vec<_>>())
        }),
    ]
}

proptest! {
    #[test]
    fn the_same_writes_give_the_same_state(writes in prop::collection::vec((any_write(), 0i64..48), 0..30)) {
        let (mut live, mut replayed) = (opened(), opened());
        let mut now = opening();
        for (write, wait) in &writes {
            now += hours(*wait);
            let text = serde_json::to_string(write).unwrap();
            let answer = live.apply(write, now);
            prop_assert_eq!(answer, replayed.apply(&serde_json::from_str(&text).unwrap(), now));
        }
        prop_assert_eq!(live.history(), replayed.history());
        prop_assert!(live.ads().eq(replayed.ads()));
        let created = live.history().iter().filter(|request| matches!(request.effect, RequestEffect::CreatedAd(_))).count();
        prop_assert_eq!(live.ads().count(), created);
        prop_assert_eq!(live.history().len(), writes.len());
    }
}
