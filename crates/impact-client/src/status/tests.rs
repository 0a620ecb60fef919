use serde_json::json;

use super::*;

const NOW: &str = "2026-06-05T00:00:00Z";
static ZONE: TimeZone = TimeZone::UTC;
const BEFORE: &str = "2026-06-01T00:00:00-07:00";
const AFTER: &str = "2026-06-08T00:00:00-07:00";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn ad(dates: [&str; 2], deal_state: &str) -> Ad {
    serde_json::from_value(json!({
        "Id": "1", "LimitedTimeStartDate": dates[0], "LimitedTimeEndDate": dates[1], "DealState": deal_state,
    }))
    .unwrap()
}

fn evidence<'a>(ad: Option<&'a Ad>, program: &'a ProgramState, blocks_ended: bool) -> Evidence<'a> {
    Evidence { ad, program, blocks_ended, expiry: Expiry::AtOnce, time_zone: &ZONE }
}

fn program(word: &str) -> ProgramState {
    serde_json::from_value(json!(word)).unwrap()
}

fn wish(desired: DesiredStatus) -> Wish {
    Wish { desired, until: Some(at(AFTER)) }
}

/// The ad's dates, its deal, whether a rule blocks; the status when it shall run, and when it shall rest.
type Row<'a> = (Option<[&'a str; 2]>, &'a str, bool, CampaignStatus, CampaignStatus);

/// Every row of the table, with both wishes and every border of the dates.
#[test]
fn the_status_is_the_table() {
    use CampaignStatus::{Active, Drift as Drifts, Ended, Missing, Paused, Scheduled};
    let drift = |drift| Drifts { drift };
    let (hard, unlisted) = (Paused { stop: Stop::Hard }, Paused { stop: Stop::Unlisted });
    let running = [BEFORE, AFTER];
    let rows: [Row<'_>; 12] = [
        (None, "", false, Missing, Missing),
        (Some([AFTER, ""]), "", false, Scheduled, drift(Drift::OnOffer)),
        (Some([AFTER, "2026-06-09T00:00:00Z"]), "EXPIRED", false, Scheduled, drift(Drift::OnOffer)),
        (Some(["", ""]), "", false, Active, drift(Drift::OnOffer)),
        (Some(running), "", false, Active, drift(Drift::OnOffer)),
        (Some([NOW, AFTER]), "ACTIVE", true, Active, drift(Drift::OnOffer)),
        (Some(running), "EXPIRED", false, drift(Drift::DealExpired), drift(Drift::OnOffer)),
        (Some(running), "expired", false, drift(Drift::DealExpired), drift(Drift::OnOffer)),
        (Some([BEFORE, BEFORE]), "", false, drift(Drift::EndedEarly), unlisted.clone()),
        (Some([BEFORE, NOW]), "", false, drift(Drift::EndedEarly), unlisted),
        (Some([BEFORE, NOW]), "", true, drift(Drift::EndedEarly), hard.clone()),
        (Some([BEFORE, NOW]), "EXPIRED", true, drift(Drift::EndedEarly), hard),
    ];
    for (dates, deal, rule, wants_to_run, wants_to_rest) in rows {
        let ad = dates.map(|dates| ad(dates, deal));
        let state = ProgramState::Active;
        let seen = evidence(ad.as_ref(), &state, rule);
        let status = |desired| seen.status(at(NOW), wish(desired));
        assert_eq!(status(DesiredStatus::Active), wants_to_run, "{dates:?} {deal} {rule}");
        assert_eq!(status(DesiredStatus::Paused), wants_to_rest, "{dates:?} {deal} {rule}");
        assert_eq!(status(DesiredStatus::Stopped), wants_to_rest, "{dates:?} {deal} {rule}");

        // Whatever the ad shows, a program that is not active blocks it.
        for word in ["DELINQUENT", "DEACTIVATED", "CLOSED", "SETUP", "DREAMING"] {
            let state = program(word);
            let seen = evidence(ad.as_ref(), &state, rule);
            for desired in [DesiredStatus::Active, DesiredStatus::Paused, DesiredStatus::Stopped] {
                let expected = CampaignStatus::BlockedByProgram { state: word.to_owned(), needs_person: word == "DELINQUENT" };
                assert_eq!(seen.status(at(NOW), wish(desired)), expected);
            }
        }
    }
    let over = ad(running, "");
    let state = ProgramState::Active;
    assert_eq!(evidence(Some(&over), &state, true).status(at(AFTER), wish(DesiredStatus::Active)), Ended);
}

#[test]
fn an_end_may_take_effect_with_the_accounts_day() {
    // The fourth of June, 17:00, in the account's zone, seven hours behind.
    let ad = ad([BEFORE, NOW], "");
    let state = ProgramState::Active;
    let west = jiff::tz::Offset::constant(-7).to_time_zone();
    let seen = Evidence { expiry: Expiry::EndOfDay, time_zone: &west, ..evidence(Some(&ad), &state, false) };
    assert!(!seen.has_ended(&ad, at("2026-06-05T06:59:59Z")));
    assert!(seen.has_ended(&ad, at("2026-06-05T07:00:00Z")));
    assert_eq!(start_of_day(at(NOW), &west), at("2026-06-04T07:00:00Z"));
    assert_eq!(start_of_day(at("1969-12-31T23:00:00Z"), &ZONE), at("1969-12-31T00:00:00Z"));
}

fn shown(ad: &Ad, word: &str, rule: bool) -> (PlatformStatus, EffectiveStatus) {
    evidence(Some(ad), &program(word), rule).shown(ad, at(NOW))
}

#[test]
fn dates_make_what_is_shown_and_the_end_is_outside() {
    for (dates, expected) in [
        (["", ""], (PlatformStatus::Active, EffectiveStatus::Running)),
        ([BEFORE, AFTER], (PlatformStatus::Active, EffectiveStatus::Running)),
        ([NOW, AFTER], (PlatformStatus::Active, EffectiveStatus::Running)),
        ([AFTER, ""], (PlatformStatus::Scheduled, EffectiveStatus::Scheduled)),
        ([BEFORE, BEFORE], (PlatformStatus::Ended, EffectiveStatus::Unlisted)),
        ([BEFORE, NOW], (PlatformStatus::Ended, EffectiveStatus::Unlisted)),
    ] {
        assert_eq!(shown(&ad(dates, ""), "ACTIVE", false), expected, "{dates:?}");
    }
    assert_eq!(shown(&ad([BEFORE, NOW], ""), "ACTIVE", true), (PlatformStatus::Ended, EffectiveStatus::Stopped));
}

#[test]
fn what_stands_above_the_ad_can_block_it() {
    let (status, effective) = shown(&ad(["", ""], ""), "DELINQUENT", false);
    assert_eq!(status, PlatformStatus::Blocked("the program is DELINQUENT".to_owned()));
    assert_eq!(effective, EffectiveStatus::Unknown);
    let (status, effective) = shown(&ad(["", ""], "EXPIRED"), "ACTIVE", false);
    assert_eq!((status, effective), (PlatformStatus::Blocked("its deal is EXPIRED".to_owned()), EffectiveStatus::Unknown));
    // A pause that was reached stays reached, whatever happens to the program.
    let (status, effective) = shown(&ad(["", NOW], "EXPIRED"), "DEACTIVATED", false);
    assert_eq!(status, PlatformStatus::Blocked("the program is DEACTIVATED".to_owned()));
    assert_eq!(effective, EffectiveStatus::Unlisted);
}

/// Where there is summer time a day has 23 or 25 hours, and midnight is at another hour of UTC.
#[test]
fn an_end_that_acts_at_midnight_knows_summer_time() {
    let zone = TimeZone::get("America/Los_Angeles").unwrap();
    for (end, midnight) in [
        ("2026-01-15T10:00:00Z", "2026-01-16T08:00:00Z"),
        ("2026-06-15T10:00:00Z", "2026-06-16T07:00:00Z"),
        // The days on which the clocks go forward and back.
        ("2026-03-08T09:30:00Z", "2026-03-09T07:00:00Z"),
        ("2026-11-01T07:30:00Z", "2026-11-02T08:00:00Z"),
    ] {
        assert_eq!(end_of_day(at(end), &zone), at(midnight), "{end}");
        let a_second_before = at(midnight) - jiff::SignedDuration::from_secs(1);
        assert!(!has_passed(Some(at(end)), a_second_before, Expiry::EndOfDay, &zone), "{end}");
        assert!(has_passed(Some(at(end)), at(midnight), Expiry::EndOfDay, &zone), "{end}");
        assert_eq!(start_of_day(a_second_before, &zone), start_of_day(at(end), &zone), "{end}");
    }
    assert!(!has_passed(None, Timestamp::MAX, Expiry::EndOfDay, &zone));
}
