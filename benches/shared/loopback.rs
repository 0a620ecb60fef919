//! The whole pilot on the sandbox: the real clients over HTTP on loopback, a memory in a file, simulated time.
//! Shared by the bench and the trial.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tempfile::TempDir;

use super::agents::{CycleEnd, CycleKind, CycleReport, Driver, Mode, Policy, Ports, TemplateCopyWriter};
use super::http::RetryPolicy;
use super::impact_client::{ImpactConfig, ImpactPlatform, ProgramId};
use super::memory::SqliteMemory;
use super::sandbox::{Faults, Sandbox, SandboxOptions, World};
use super::store_client::{PlausibleConfig, PlausibleViews, StoreConfig, WooStore};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A sandbox and a driver that works on it.
pub(crate) struct Loopback {
    pub(crate) sandbox: Sandbox,
    pub(crate) driver: Driver,
    /// The memory's folder; removed when this is dropped.
    _folder: TempDir,
}

impl Loopback {
    /// Starts the servers of a seed and wires the clients to them.
    pub(crate) async fn start(seed: u64, faults: Faults) -> Result<Self, Failure> {
        Self::start_in(World::default(), seed, faults).await
    }

    /// The same in a world.
    pub(crate) async fn start_in(world: World, seed: u64, faults: Faults) -> Result<Self, Failure> {
        let sandbox = Sandbox::start(SandboxOptions { seed, faults, world, ..SandboxOptions::default() }).await?;
        let folder = tempfile::tempdir()?;
        let memory = Arc::new(SqliteMemory::open(folder.path().join("memory.sqlite")).await?);
        let driver = Driver::new(ports(&sandbox, memory)?, Policy::default(), Mode::Apply);
        Ok(Self { sandbox, driver, _folder: folder })
    }

    /// Runs one cycle at the present simulated time.
    pub(crate) async fn cycle(&self, kind: CycleKind) -> Result<CycleReport, Failure> {
        match self.driver.run_cycle(kind).await? {
            CycleEnd::Finished(report) => Ok(*report),
            CycleEnd::Stopped { cycle, before } => Err(format!("the cycle `{cycle}` stopped before `{before}`").into()),
        }
    }

    /// Runs an hourly cycle for each of some hours, at the full hour: every 24th decides, the others monitor.
    pub(crate) async fn run(&self, hours: u32) -> Result<(), Failure> {
        for hour in 0..hours {
            let kind = if hour.is_multiple_of(24) { CycleKind::Decide } else { CycleKind::Monitor };
            self.cycle(kind).await?;
            self.sandbox.advance(SignedDuration::from_hours(1))?;
        }
        Ok(())
    }
}

fn ports(sandbox: &Sandbox, memory: Arc<SqliteMemory>) -> Result<Ports, Failure> {
    let (access, clock) = (sandbox.access(), sandbox.clock());
    // Pauses are short, since an hour of the simulation passes in milliseconds.
    let pause = Duration::from_millis(1);
    let retry = RetryPolicy { base: pause, throttled_base: pause, seed: Some(1), ..RetryPolicy::default() };
    let store = StoreConfig::new(sandbox.store_url().clone(), &access.consumer_key, access.consumer_secret.as_str());
    let store = Arc::new(WooStore::new(StoreConfig { retry, ..store }, Arc::clone(&clock))?);
    let views = PlausibleConfig::new(sandbox.plausible_url().clone(), &access.site_id, access.plausible_token.as_str());
    let views = PlausibleViews::new(PlausibleConfig { retry, ..views }, Arc::clone(&clock))?;
    let program = ProgramId::new(access.program_id.to_string())?;
    let platform = ImpactConfig {
        base_url: Some(sandbox.impact_url().clone()),
        poll_interval: pause,
        retry_seed: Some(1),
        ..ImpactConfig::new(access.account_sid.as_str(), access.auth_token.as_str(), program, access.currency)
    };
    Ok(Ports {
        catalog: Arc::clone(&store) as _,
        sales: store,
        views: Some(Arc::new(views)),
        platform: Arc::new(ImpactPlatform::new(platform, Arc::clone(&clock))?),
        signals: None,
        journal: Arc::clone(&memory) as _,
        knowledge: memory,
        copywriter: Arc::new(TemplateCopyWriter),
        clock,
    })
}
