//! Requests that get lost, come late or come twice, and answers that hide what happened.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::time::Duration;

use campaign_pilot_sandbox::{Faults, Lateness, RequestEffect, Sandbox, SandboxOptions};
use jiff::SignedDuration;
use reqwest::{Client, Method, StatusCode};

const TAG: &str = "cp-0123456789abcdef0123";

async fn sandbox(faults: &str) -> Sandbox {
    Sandbox::start(SandboxOptions { faults: faults.parse().unwrap(), ..SandboxOptions::default() }).await.unwrap()
}

async fn create_ad(sandbox: &Sandbox) -> reqwest::Result<StatusCode> {
    let access = sandbox.access();
    let program = access.program_id.to_string();
    let fields = [
        ("Name", "Speaker"),
        ("CampaignId", program.as_str()),
        ("AdType", "TEXT_LINK"),
        ("Language", "ENGLISH"),
        ("LinkText", "Smart Speaker Mini"),
        ("LandingPage", "https://shop.example/product/smart-speaker-mini/"),
        ("Labels", TAG),
    ];
    let url = sandbox.impact_url().join(&format!("Advertisers/{}/Ads", access.account_sid)).unwrap();
    let request = Client::new().post(url).basic_auth(&access.account_sid, Some(&access.auth_token));
    Ok(request.header("Accept", "application/json").form(&fields).send().await?.status())
}

#[tokio::test]
async fn a_lost_request_has_no_effect() {
    let sandbox = sandbox("lost-requests=1").await;
    assert!(create_ad(&sandbox).await.unwrap_err().status().is_none());
    sandbox.advance(SignedDuration::from_hours(1)).unwrap();
    assert_eq!((sandbox.history(), sandbox.ads()), (vec![], vec![]));
    let seen = sandbox.requests();
    assert_eq!((seen.len(), seen[0].method.as_str(), seen[0].status, seen[0].kept_off), (1, "POST", None, true));
    sandbox.set_faults(Faults::none());
    create_ad(&sandbox).await.unwrap();
    let seen = sandbox.requests();
    assert_eq!((seen[1].status, seen[1].kept_off), (Some(200), false));
    assert!(seen[1].target.ends_with("/Ads"), "{seen:?}");
}

#[tokio::test]
async fn a_masked_answer_hides_an_effect_that_took_place() {
    let sandbox = sandbox("masked=1").await;
    assert!(create_ad(&sandbox).await.unwrap().is_server_error());
    assert!(sandbox.history()[0].answer_lost);
    assert_eq!(sandbox.ads().len(), 1);
    let seen = sandbox.requests();
    assert!(seen[0].status.is_some_and(|status| status >= 500) && !seen[0].kept_off);
}

#[tokio::test]
async fn a_late_request_takes_effect_while_time_goes_on() {
    let sandbox = sandbox("late=1,late-by=2500ms").await;
    assert!(create_ad(&sandbox).await.unwrap_err().status().is_none());
    assert_eq!(sandbox.ads(), vec![]);
    let sent = sandbox.clock().now();
    sandbox.advance(SignedDuration::from_secs(3)).unwrap();
    let history = sandbox.history();
    let late = history[0].at.duration_since(history[0].sent_at);
    assert!(
        history[0].sent_at == sent && late > SignedDuration::ZERO && late <= SignedDuration::from_millis(2_500),
        "{history:?}"
    );
    let ads = sandbox.ads();
    assert_eq!((ads[0].created_at, ads[0].tag.as_ref().unwrap().as_str()), (history[0].at, TAG));
    assert!(history[0].answer_lost);
}

#[tokio::test]
async fn a_request_that_comes_twice_takes_effect_twice_and_is_told_apart() {
    for (late_by, waits) in [("0s", 0), ("2500ms", 1)] {
        let sandbox = sandbox(&format!("twice=1,late-by={late_by}")).await;
        assert_eq!(create_ad(&sandbox).await.unwrap(), StatusCode::OK);
        assert_eq!(sandbox.ads().len(), 2 - waits, "{late_by}");
        sandbox.advance(SignedDuration::from_secs(3)).unwrap();
        let history = sandbox.history();
        assert_eq!(history.iter().map(|request| request.is_copy).collect::<Vec<_>>(), [false, true]);
        assert!(history.iter().all(|request| matches!(request.effect, RequestEffect::CreatedAd(_))));
        let effects = sandbox.effects().into_values().next().unwrap();
        assert_eq!((effects.requests, effects.copies, effects.ads.len()), (2, 1, 2), "a duplicate");
    }
}

/// Waits for something that happens in real time.
async fn until(happened: impl Fn() -> bool) {
    tokio::time::timeout(Duration::from_secs(20), async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn lateness_in_real_time_needs_no_advance() {
    for (faults, ads) in [("late=1", 1), ("twice=1", 2)] {
        let sandbox = sandbox("").await;
        let faults = Faults { lateness: Lateness::Real(Duration::from_millis(20)), ..faults.parse().unwrap() };
        sandbox.set_faults(faults);
        assert_eq!(create_ad(&sandbox).await.is_ok(), ads == 2);
        until(|| sandbox.ads().len() == ads).await;
        let history = sandbox.history();
        assert_eq!(history.last().unwrap().is_copy, ads == 2);
        assert!(history.last().unwrap().answer_lost);
    }
}

#[tokio::test]
async fn what_was_late_comes_back_from_the_world_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = Some(folder.path().join("world.jsonl"));
    let options = SandboxOptions { faults: "late=1".parse().unwrap(), world_log: log, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options.clone()).await.unwrap();
    assert!(create_ad(&sandbox).await.is_err());
    sandbox.advance(SignedDuration::from_hours(1)).unwrap();
    let (history, ads) = (sandbox.history(), sandbox.ads());
    let written = std::fs::read_to_string(options.world_log.as_ref().unwrap()).unwrap();
    assert!(written.contains("\"sequence\":1"), "{written}");
    sandbox.shutdown().await;
    let back = Sandbox::start(options).await.unwrap();
    assert_eq!((back.history(), back.ads()), (history, ads));
}

#[tokio::test]
async fn the_record_of_requests_names_what_each_was_about_and_came_to() {
    let sandbox = sandbox("lost-requests=1").await;
    let access = sandbox.access();
    let ask = async |method: Method, path: &str, fields: &[(&str, &str)]| {
        let url = sandbox.impact_url().join(&format!("Advertisers/{}{path}", access.account_sid)).unwrap();
        let request = Client::new().request(method, url).basic_auth(&access.account_sid, Some(&access.auth_token));
        request.form(fields).send().await.map(|response| response.status().as_u16())
    };
    create_ad(&sandbox).await.unwrap_err();
    sandbox.set_faults("late=1,late-by=2500ms".parse().unwrap());
    create_ad(&sandbox).await.unwrap_err();
    assert!(sandbox.requests().iter().all(|request| request.effect.is_none()), "nothing has arrived yet");
    sandbox.set_faults(Faults::none());
    ask(Method::DELETE, "/PromoCodes/1", &[]).await.unwrap();
    sandbox.advance(SignedDuration::from_secs(3)).unwrap();
    sandbox.set_faults("twice=1,late-by=0s".parse().unwrap());
    create_ad(&sandbox).await.unwrap();
    sandbox.set_faults("masked=1".parse().unwrap());
    let deal = [("CampaignId", "1000"), ("Name", "Sale"), ("Scope", "ENTIRE_STORE"), ("Type", "REBATE"), ("Description", TAG)];
    ask(Method::POST, "/Deals", &deal).await.unwrap();
    sandbox.set_faults(Faults::none());
    for (method, path, fields) in [
        (Method::GET, "/Ads/892081", &[][..]),
        (Method::PUT, "/Ads/892081", &[("Name", "")]),
        (Method::DELETE, "/Deals/30001", &[]),
        (Method::GET, "/Deals/30001", &[]),
        (Method::GET, "/Ads", &[]),
        (Method::POST, "/Campaigns", &[("Labels", TAG)]),
    ] {
        ask(method, path, fields).await.unwrap();
    }
    let seen = sandbox.requests();
    let found: Vec<_> = seen.iter().map(|request| (request.tag.is_some(), request.status, request.effect)).collect();
    assert_eq!(
        found,
        [
            (true, None, None),
            (true, None, Some(2)),
            (false, Some(404), None),
            (true, Some(200), Some(3)),
            (true, seen[4].status, Some(5)),
            (true, Some(200), None),
            (true, Some(400), None),
            (true, Some(200), Some(7)),
            (false, Some(404), None),
            (false, Some(200), None),
            (false, Some(405), None),
        ]
    );
    let history = sandbox.history();
    for request in seen.iter().filter(|request| request.effect.is_some()) {
        let effect = &history[usize::try_from(request.effect.unwrap()).unwrap() - 1];
        assert_eq!((effect.sequence, &effect.tag, &effect.method), (request.effect.unwrap(), &request.tag, &request.method));
        assert!(request.target.ends_with(&effect.path), "{request:?} is not {effect:?}");
    }
    assert!(history[3].is_copy && seen.iter().all(|request| request.effect != Some(4)), "{history:?}");
}
