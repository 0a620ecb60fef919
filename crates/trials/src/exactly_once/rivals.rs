//! Two common ways to send a create again, to compare with. Both keep on until they have an id, and both die as often as
//! the pilot; both put the same tag into the ad.

use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::{CampaignAction, OperationTag};
use campaign_pilot_impact_client::{AdDraft, AdId, AdKind, ImpactApi, ImpactConfig, ImpactError, ProgramId};
use campaign_pilot_sandbox::Sandbox;
use jiff::SignedDuration;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::DEATHS_PERCENT;
use super::dying::Life;
use super::judge::Run;
use super::pilot::request;
use super::wire::Wire;
use crate::trial::Failure;

/// How a client sends again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rival {
    /// Whatever has no clear answer is sent again.
    Naive,
    /// It is looked up by its tag at once, and sent again if it is not found.
    NoWait,
}

/// How often one create is sent at most.
const ATTEMPTS: u32 = 20;

/// The steps of a request and its answer.
const STEPS: i64 = 2;

pub(super) async fn run(sandbox: &Sandbox, seed: u64, creates: u64, rival: Rival) -> Result<Run, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let life = Life::eternal();
    let mut run = Run::default();
    for number in 0..creates {
        let request = request(sandbox, seed, number)?;
        let CampaignAction::Create { spec } = &request.intent.action else { continue };
        let tag = &request.intent.tag;
        let draft = AdDraft {
            kind: AdKind::TextLink,
            name: spec.name.clone(),
            link_text: spec.copy.headline.clone(),
            landing_page: spec.landing_page.clone(),
            description: spec.copy.body.clone(),
            labels: format!("campaign-pilot,{tag}"),
            starts_at: Some(spec.flight.start()),
            ends_at: Some(spec.flight.end()),
            ..AdDraft::default()
        };
        if rng.random_range(0..100) < DEATHS_PERCENT {
            // A life may end after the answer has come, but before anyone wrote it down: one step more.
            life.dies_at(rng.random_range(1..=STEPS + 1));
        }
        let mut done = false;
        for attempt in 0..ATTEMPTS {
            let wire = Wire::to(address(sandbox)?, Arc::clone(&life)).await?;
            let api = api(sandbox, &wire)?;
            let sent = life
                .live(async {
                    let sent = send(&api, &draft, tag, rival, attempt).await;
                    life.step().await;
                    sent
                })
                .await;
            run.deaths += u64::from(sent.is_none());
            life.revives();
            // Longer than lists lag: what is looked up then is only missed while it is still on its way.
            sandbox.advance(SignedDuration::from_millis(1_200))?;
            done = matches!(sent, Some(Ok(_)));
            if done {
                break;
            }
        }
        run.creates.push((tag.clone(), done));
    }
    sandbox.advance(SignedDuration::from_hours(3))?;
    Ok(run)
}

async fn send(api: &ImpactApi, draft: &AdDraft, tag: &OperationTag, rival: Rival, attempt: u32) -> Result<AdId, ImpactError> {
    if rival == Rival::NoWait && attempt > 0 {
        let found = api.ads(None).await?;
        if let Some(ad) = found.items.into_iter().find(|ad| ad.tag().as_ref() == Some(tag)) {
            return Ok(ad.id);
        }
    }
    api.create_ad(draft).await
}

fn address(sandbox: &Sandbox) -> Result<std::net::SocketAddr, Failure> {
    Ok(sandbox.impact_url().socket_addrs(|| None)?.first().copied().ok_or("the sandbox has no address")?)
}

fn api(sandbox: &Sandbox, wire: &Wire) -> Result<ImpactApi, Failure> {
    let access = sandbox.access();
    let program = ProgramId::new(access.program_id.to_string())?;
    let config = ImpactConfig {
        base_url: Some(format!("http://{}/", wire.address).parse()?),
        poll_interval: Duration::from_millis(1),
        calls_per_hour: 1_000_000,
        retry_seed: Some(1),
        ..ImpactConfig::new(access.account_sid.as_str(), access.auth_token.as_str(), program, access.currency)
    };
    Ok(ImpactApi::new(config, sandbox.clock())?)
}
