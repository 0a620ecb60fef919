//! Which implementation stands behind which port.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot::agents::{Ports, TemplateCopyWriter};
use campaign_pilot::core::ports::{CallQuota, CampaignPlatform};
use campaign_pilot::core::{Clock, ErrorKind, InMemoryQuota, PortError, SystemClock};
use campaign_pilot::http::{OAuth1Method, OAuth1Place, RetryPolicy, Url};
use campaign_pilot::impact_client::{ImpactApi, ImpactConfig, ImpactPlatform, ProgramId};
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::world::{PlatformKind, ViewCounting};
use campaign_pilot::sandbox::{Sandbox, SandboxError, SandboxErrorKind, SandboxOptions, World};
use campaign_pilot::store_client::{Authentication, Permalinks, PlausibleConfig, PlausibleViews, StoreConfig, WooStore};
use secrecy::ExposeSecret;

use crate::args::Args;
use crate::config::{self, Config};

/// The memory's file in the output folder.
pub(crate) const MEMORY: &str = "memory.sqlite";

/// The sandbox's log of its world in the output folder.
pub(crate) const WORLD_LOG: &str = "sandbox.jsonl";

/// Opens the memory in the output folder.
pub(crate) async fn memory(out: &Path) -> Result<Arc<SqliteMemory>, Box<dyn Error>> {
    Ok(Arc::new(SqliteMemory::open(out.join(MEMORY)).await?))
}

/// Puts everything into the memory's one file, once nothing uses it any more.
pub(crate) async fn close(memory: Arc<SqliteMemory>) -> Result<(), Box<dyn Error>> {
    match Arc::into_inner(memory) {
        Some(memory) => Ok(memory.close().await?),
        None => Ok(()),
    }
}

/// Starts the simulated market; on an existing log it carries on where it was left.
pub(crate) async fn sandbox(args: &Args) -> Result<Sandbox, Box<dyn Error>> {
    let options = SandboxOptions {
        seed: args.seed,
        faults: args.faults,
        world: args.world.clone(),
        world_log: Some(args.out.join(WORLD_LOG)),
        ..SandboxOptions::default()
    };
    Ok(Sandbox::start(options).await.map_err(explain)?)
}

/// What to do about a failing simulation.
pub(crate) fn explain(error: SandboxError) -> PortError {
    let (kind, message, advice) = match error.kind() {
        SandboxErrorKind::WorldLog => (
            ErrorKind::Precondition,
            "this folder holds another simulation",
            "give the --seed and the --world of the first run, or name another folder with --out",
        ),
        SandboxErrorKind::Storage => (
            ErrorKind::Storage,
            "the simulation cannot go on",
            "make room or give write permission, then run the same command again: it carries on where it stopped",
        ),
        _ => (ErrorKind::Invalid, "the simulated market cannot run", "check the options; pilot --help lists them"),
    };
    PortError::new(kind, message).with_advice(advice).with_source(error)
}

/// Whether the world's platform answers over HTTP; a paid one is there in the process only.
pub(crate) fn serves_platform(world: &World) -> bool {
    world.platform.kind == PlatformKind::Affiliate
}

/// Whether the world's shop counts page views.
pub(crate) fn counts_views(world: &World) -> bool {
    world.data.views == ViewCounting::Counted
}

/// The real clients, speaking to the sandbox's servers over HTTP in simulated time; a platform without a server in the process.
pub(crate) fn to_sandbox(world: &World, sandbox: &Sandbox, memory: Arc<SqliteMemory>) -> Result<Ports, Box<dyn Error>> {
    let access = sandbox.access();
    let clock = sandbox.clock();
    // The pauses between retries are short, since an hour of the simulation passes in milliseconds.
    let retry = RetryPolicy {
        base: Duration::from_millis(1),
        throttled_base: Duration::from_millis(1),
        seed: Some(0),
        ..RetryPolicy::default()
    };
    let store = StoreConfig {
        retry,
        ..StoreConfig::new(sandbox.store_url().clone(), &access.consumer_key, access.consumer_secret.as_str())
    };
    let platform = if serves_platform(world) {
        let program = ProgramId::new(access.program_id.to_string())?;
        let config = ImpactConfig {
            base_url: Some(sandbox.impact_url().clone()),
            poll_interval: Duration::from_millis(1),
            retry_seed: Some(0),
            ..ImpactConfig::new(access.account_sid.as_str(), access.auth_token.as_str(), program, access.currency)
        };
        impact(config, &clock, Arc::new(InMemoryQuota::default()))?
    } else {
        sandbox.in_process().platform()
    };
    let views = counts_views(world).then(|| PlausibleConfig {
        retry,
        ..PlausibleConfig::new(sandbox.plausible_url().clone(), &access.site_id, access.plausible_token.as_str())
    });
    ports(store, platform, views, memory, clock)
}

/// The real clients, speaking to what the config file names.
pub(crate) async fn to_config(config: &Config, memory: Arc<SqliteMemory>) -> Result<Ports, Box<dyn Error>> {
    let signed = Authentication::OAuth1 { method: OAuth1Method::default(), place: OAuth1Place::default() };
    let store = StoreConfig {
        authentication: match config.store.authentication {
            config::Authentication::Basic => Authentication::Basic,
            config::Authentication::Query => Authentication::Query,
            config::Authentication::Oauth1 => signed,
        },
        permalinks: if config.store.plain_permalinks { Permalinks::Plain } else { Permalinks::Pretty },
        ..StoreConfig::new(
            address(&config.store.url, "store")?,
            config.store.consumer_key.reveal()?.expose_secret(),
            config.store.consumer_secret.reveal()?,
        )
    };
    let platform = ImpactConfig {
        base_url: Some(address(&config.platform.url, "platform")?),
        time_zone: config.platform.time_zone.clone(),
        by_ad_report: config.platform.by_ad_report.clone().unwrap_or_else(|| ImpactConfig::BY_AD_REPORT.to_owned()),
        ..ImpactConfig::new(
            config.platform.account_sid.reveal()?,
            config.platform.auth_token.reveal()?,
            ProgramId::new(config.platform.program_id.as_str())?,
            config.platform.currency,
        )
    };
    let views = match &config.views {
        Some(views) => Some(PlausibleConfig {
            time_zone: views.time_zone.clone(),
            ..PlausibleConfig::new(address(&views.url, "views")?, &views.site_id, views.token.reveal()?)
        }),
        None => None,
    };
    // The account's limits hold for all processes together, so they count in one file.
    let quota = match &config.platform.quota_file {
        Some(file) => Arc::new(SqliteMemory::open(file).await?),
        None => Arc::clone(&memory),
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    ports(store, impact(platform, &clock, quota)?, views, memory, clock)
}

fn impact(
    config: ImpactConfig,
    clock: &Arc<dyn Clock>,
    quota: Arc<dyn CallQuota>,
) -> Result<Arc<dyn CampaignPlatform>, Box<dyn Error>> {
    let api = ImpactApi::with_quota(config, Arc::clone(clock), quota).map_err(PortError::from)?;
    Ok(Arc::new(ImpactPlatform::over(api)))
}

fn ports(
    store: StoreConfig,
    platform: Arc<dyn CampaignPlatform>,
    views: Option<PlausibleConfig>,
    memory: Arc<SqliteMemory>,
    clock: Arc<dyn Clock>,
) -> Result<Ports, Box<dyn Error>> {
    let store = Arc::new(WooStore::new(store, Arc::clone(&clock)).map_err(PortError::from)?);
    let views = match views {
        Some(views) => Some(Arc::new(PlausibleViews::new(views, Arc::clone(&clock)).map_err(PortError::from)?) as _),
        None => None,
    };
    Ok(Ports {
        catalog: Arc::clone(&store) as _,
        sales: store,
        views,
        platform,
        signals: None,
        journal: Arc::clone(&memory) as _,
        knowledge: memory,
        copywriter: Arc::new(TemplateCopyWriter::new()),
        clock,
    })
}

fn address(text: &str, section: &str) -> Result<Url, Box<dyn Error>> {
    Url::parse(text)
        .map_err(|error| format!("the url `{text}` in [{section}] is wrong: {error}\n  next: write it as https://host").into())
}
