//! The impact.com client on the sandbox's impact.com: neither knows the other, both follow the same documentation.

#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    AdCopy, Applied, CampaignId, CampaignSpec, Clock, DecisionId, Effect, ErrorKind, Money, OperationId, OperationTag, Period,
    PlatformStatus, ProductId, conformance,
};
use campaign_pilot_impact_client::{
    ActionState, DealDraft, DealFilter, DealKind, DealState, ImpactConfig, ImpactPlatform, ProgramId,
};
use campaign_pilot_sandbox::{Faults, PlatformSettings, ProgramState, RequestEffect, Revival, Sandbox, SandboxOptions};
use jiff::SignedDuration;

struct Setup {
    sandbox: Sandbox,
    platform: ImpactPlatform,
}

impl Setup {
    async fn open(settings: PlatformSettings) -> Self {
        let sandbox = Sandbox::start(SandboxOptions { platform: settings, ..SandboxOptions::default() }).await.unwrap();
        let access = sandbox.access();
        let program = ProgramId::new(access.program_id.to_string()).unwrap();
        let config = ImpactConfig {
            base_url: Some(sandbox.impact_url().clone()),
            poll_interval: Duration::from_millis(1),
            retry_seed: Some(1),
            ..ImpactConfig::new(access.account_sid.clone(), access.auth_token.clone(), program, access.currency)
        };
        let platform = ImpactPlatform::new(config, sandbox.clock()).unwrap();
        Self { sandbox, platform }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.sandbox.clock()
    }

    fn spec(&self, landing_page: &str) -> CampaignSpec {
        let now = self.clock().now();
        CampaignSpec {
            id: CampaignId::of_launch(&DecisionId::of("cycle-1", "product-1")),
            product: ProductId::from_number(1),
            sku: None,
            name: "Kettle, 2 l".to_owned(),
            landing_page: landing_page.to_owned(),
            copy: AdCopy {
                headline: "Boil faster".to_owned(),
                body: "A kettle & more.".to_owned(),
                written_by: "test".to_owned(),
            },
            budget: Money::parse("30", self.sandbox.access().currency).unwrap(),
            flight: Period::new(now, now + SignedDuration::from_hours(14 * 24)).unwrap(),
        }
    }

    fn created(&self) -> usize {
        self.sandbox.history().iter().filter(|request| matches!(request.effect, RequestEffect::CreatedAd(_))).count()
    }
}

fn tag(name: &str) -> OperationTag {
    OperationTag::of(&OperationId::new(name).unwrap())
}

const PAGE: &str = "https://shop.example/product/kettle/";

#[tokio::test]
async fn the_client_keeps_the_ports_promises_in_every_way_impact_may_work() {
    for revival in [Revival::Works, Revival::Ignored, Revival::Refused] {
        for expired_ads_in_list in [true, false] {
            let settings = PlatformSettings { revival, expired_ads_in_list, polls_per_job: 3, ..PlatformSettings::default() };
            let setup = Setup::open(settings).await;
            let (spec, now) = (setup.spec(PAGE), setup.clock().now());
            conformance::campaign_platform(&setup.platform, &spec, now)
                .await
                .unwrap_or_else(|broken| panic!("{revival:?}, expired ads listed: {expired_ads_in_list}: {broken}"));
        }
    }
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_is_found_again_by_its_tag() {
    let setup = Setup::open(PlatformSettings::default()).await;
    let (spec, since) = (setup.spec(PAGE), setup.clock().now());
    setup.sandbox.set_faults("lost-answers=1".parse::<Faults>().unwrap());
    let applied = setup.platform.create(&spec, &tag("o-1")).await;
    assert!(matches!(applied, Applied::Unknown(_)), "{applied:?}");
    assert_eq!(setup.created(), 1, "it was sent once");

    setup.sandbox.set_faults(Faults::none());
    let found = setup.platform.find_by_tag(&tag("o-1"), since).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].status, PlatformStatus::Scheduled, "it is held back until it is known to be the only one");
    assert!(matches!(setup.platform.release(&found[0].id, &spec).await, Applied::Done(Effect::Live { .. })));
    assert_eq!(setup.platform.details(&found[0].id).await.unwrap().unwrap().status, PlatformStatus::Active);
    assert!(setup.platform.find_by_tag(&tag("o-2"), since).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_expired_ad_that_cannot_be_revived_is_replaced() {
    let setup = Setup::open(PlatformSettings { revival: Revival::Ignored, ..PlatformSettings::default() }).await;
    let spec = setup.spec(PAGE);
    let Applied::Done(Effect::Live { campaign }) = setup.platform.create(&spec, &tag("o-1")).await else { panic!("not live") };
    setup.sandbox.advance(SignedDuration::from_hours(2)).unwrap();
    assert!(matches!(setup.platform.pause(&campaign).await, Applied::Done(Effect::Unlisted)));
    setup.sandbox.advance(SignedDuration::from_hours(2)).unwrap();
    let applied = setup.platform.resume(&campaign, &spec, &tag("o-2"), spec.flight.end()).await;
    let Applied::Done(Effect::Recreated { campaign: new }) = applied else { panic!("{applied:?}") };
    assert_ne!(new, campaign);
    assert_eq!(setup.platform.details(&new).await.unwrap().unwrap().status, PlatformStatus::Active);
}

#[tokio::test]
async fn another_end_and_other_words_are_shown_and_take_effect() {
    let setup = Setup::open(PlatformSettings::default()).await;
    let spec = setup.spec(PAGE);
    let Applied::Done(Effect::Live { campaign }) = setup.platform.create(&spec, &tag("o-1")).await else { panic!("not live") };
    let end = setup.clock().now() + SignedDuration::from_hours(3);
    assert!(matches!(setup.platform.set_end(&campaign, end).await, Applied::Done(Effect::EndSet)));
    let copy = AdCopy { headline: "Other words".into(), body: "Said differently".into(), written_by: "test".into() };
    assert!(matches!(setup.platform.set_copy(&campaign, &copy).await, Applied::Done(Effect::CopySet)));
    let shown = setup.platform.details(&campaign).await.unwrap().unwrap();
    assert!(shown.ends(end) && shown.shows(&copy), "{shown:?}");
    assert_eq!(
        (shown.name, shown.landing_page, shown.status),
        (spec.name.clone(), spec.landing_page.clone(), PlatformStatus::Active)
    );
    setup.sandbox.advance(SignedDuration::from_hours(4)).unwrap();
    assert_eq!(setup.platform.details(&campaign).await.unwrap().unwrap().status, PlatformStatus::Ended);
    let revived = setup.platform.set_end(&campaign, spec.flight.end()).await;
    assert!(matches!(&revived, Applied::Rejected(error) if error.kind() == ErrorKind::Precondition), "{revived:?}");
    assert_eq!(setup.created(), 1);
}

#[tokio::test]
async fn a_program_that_is_not_active_refuses_a_launch_by_name() {
    let setup = Setup::open(PlatformSettings::default()).await;
    setup.sandbox.set_program_state(ProgramState::Deactivated).unwrap();
    let Applied::Rejected(error) = setup.platform.create(&setup.spec(PAGE), &tag("o-1")).await else { panic!("not rejected") };
    assert!(error.to_string().contains("DEACTIVATED"), "{error}");
    assert!(setup.platform.check_health().await.is_err());
    assert_eq!(setup.created(), 0);
}

#[tokio::test]
async fn states_that_nothing_lists_are_kept_as_they_came() {
    let setup = Setup::open(PlatformSettings::default()).await;
    let spec = setup.spec("https://shop.example/product/smart-speaker-mini/");
    let (api, start) = (setup.platform.api(), setup.clock().now());
    assert!(matches!(setup.platform.create(&spec, &tag("o-1")).await, Applied::Done(Effect::Live { .. })));
    let draft = DealDraft {
        starts_at: Some(start + SignedDuration::from_hours(30 * 24)),
        ..DealDraft::new("Winter sale", DealKind::FreeShipping)
    };
    for _ in 0..3 {
        api.create_deal(&draft).await.unwrap();
    }
    let deals = api.deals(&DealFilter::default()).await.unwrap().items;
    let deals: Vec<_> = deals.into_iter().map(|deal| deal.state).collect();
    assert_eq!(deals, [DealState::Other("SCHEDULED".to_owned()), DealState::Pending, DealState::Pending]);

    setup.sandbox.advance(SignedDuration::from_hours(10 * 24)).unwrap();
    let actions = api.actions(Period::new(start, setup.clock().now()).unwrap()).await.unwrap().items;
    let in_doubt = ActionState::Other("UNDER_REVIEW".to_owned());
    assert!(actions.iter().any(|action| action.state == in_doubt), "{actions:?}");
    let is_known = |state: &ActionState| matches!(state, ActionState::Pending | ActionState::Reversed);
    assert!(actions.iter().all(|action| action.state == in_doubt || is_known(&action.state)), "{actions:?}");
}
