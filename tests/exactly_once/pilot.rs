//! The pilot on the sandbox: the real clients, a memory in a file.

use std::sync::Arc;
use std::time::Duration;

use campaign_pilot::agents::{CadencePolicy, CycleEnd, CycleKind, CycleReport, Driver, Mode, Policy, Ports, TemplateCopyWriter};
use campaign_pilot::core::{Clock, Currency};
use campaign_pilot::decision_engine::Guardrails;
use campaign_pilot::http::{RetryPolicy, Url};
use campaign_pilot::impact_client::{ImpactConfig, ImpactPlatform, ProgramId};
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::Sandbox;
use campaign_pilot::store_client::{PlausibleConfig, PlausibleViews, StoreConfig, WooStore};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// The memory's file in its folder.
pub(crate) const MEMORY: &str = "memory.sqlite";

/// Where a sandbox is reached, for a process that does not hold it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Place {
    store: Url,
    consumer_key: String,
    consumer_secret: String,
    impact: Url,
    account_sid: String,
    auth_token: String,
    program_id: u64,
    plausible: Url,
    plausible_token: String,
    site_id: String,
    currency: Currency,
}

impl Place {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let access = sandbox.access().clone();
        Self {
            store: sandbox.store_url().clone(),
            consumer_key: access.consumer_key,
            consumer_secret: access.consumer_secret,
            impact: sandbox.impact_url().clone(),
            account_sid: access.account_sid,
            auth_token: access.auth_token,
            program_id: access.program_id,
            plausible: sandbox.plausible_url().clone(),
            plausible_token: access.plausible_token,
            site_id: access.site_id,
            currency: access.currency,
        }
    }
}

/// The real clients for a place.
pub(crate) fn ports(place: &Place, clock: Arc<dyn Clock>, memory: SqliteMemory) -> Result<Ports, Failure> {
    // Pauses are short, since simulated time stands still during a cycle.
    let pause = Duration::from_millis(1);
    let retry = RetryPolicy { base: pause, throttled_base: pause, seed: Some(1), ..RetryPolicy::default() };
    let store = StoreConfig::new(place.store.clone(), &place.consumer_key, place.consumer_secret.as_str());
    let store = Arc::new(WooStore::new(StoreConfig { retry, ..store }, Arc::clone(&clock))?);
    let views = PlausibleConfig::new(place.plausible.clone(), &place.site_id, place.plausible_token.as_str());
    let views = PlausibleViews::new(PlausibleConfig { retry, ..views }, Arc::clone(&clock))?;
    let program = ProgramId::new(place.program_id.to_string())?;
    let platform = ImpactConfig {
        base_url: Some(place.impact.clone()),
        poll_interval: pause,
        retry_seed: Some(1),
        ..ImpactConfig::new(place.account_sid.as_str(), place.auth_token.as_str(), program, place.currency)
    };
    let memory = Arc::new(memory);
    Ok(Ports {
        catalog: Arc::clone(&store) as _,
        sales: store,
        views: Some(Arc::new(views)),
        platform: Arc::new(ImpactPlatform::new(platform, Arc::clone(&clock))?),
        signals: None,
        journal: Arc::clone(&memory) as _,
        knowledge: memory,
        copywriter: Arc::new(TemplateCopyWriter::new()),
        clock,
    })
}

/// A driver that carries out what it decides, on a short history so that it is quick.
pub(crate) fn driver(ports: Ports, launches_per_day: u32) -> Driver {
    let policy = Policy {
        guardrails: Guardrails { max_launches_per_day: launches_per_day, ..Guardrails::default() },
        cadence: CadencePolicy { history_days: 21, ..CadencePolicy::default() },
        ..Policy::default()
    };
    Driver::new(ports, policy, Mode::Apply)
}

/// Runs one cycle to its end.
pub(crate) async fn finish(driver: &Driver, kind: CycleKind) -> Result<CycleReport, Failure> {
    match driver.run_cycle(kind).await? {
        CycleEnd::Finished(report) => Ok(*report),
        CycleEnd::Stopped { cycle, before } => Err(format!("the cycle `{cycle}` stopped before `{before}`").into()),
    }
}
