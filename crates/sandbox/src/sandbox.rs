//! The sandbox as its users see it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use campaign_pilot_core::{Clock, Currency, OperationTag};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::error::{SandboxError, SandboxErrorKind};
use crate::faults::{self, FaultLayer, Faults, ServerKind};
use crate::impact::{
    self, AdRecord, BlockRule, DealRecord, PlatformRequest, PlatformSettings, ProgramState, QuotaUse, SeenRequest, TagEffects,
};
use crate::in_process::InProcess;
use crate::market::Truth;
use crate::simulation::Simulation;
use crate::world::World;
use crate::{plausible, woo};

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Everything random follows from it: shoppers, partners, faults. Default 1.
    pub seed: u64,
    /// The simulated time at which the doors open. Default 2026-11-23T00:00:00Z, right after the recorded orders.
    /// For another week the record is moved by whole weeks, and the market fills the rest of a week by itself:
    /// with the present time, programs that read the real clock find a shop of today.
    pub start: Timestamp,
    /// Faults that are switched on from the beginning. Default none.
    pub faults: Faults,
    /// A file that remembers what came from outside, so that a killed or finished run can be carried on. A line of a write
    /// carries its `sequence` in the [`history`](Sandbox::history).
    /// Default none: the world ends with the process.
    pub world_log: Option<PathBuf>,
    /// How the impact.com account is set up.
    pub platform: PlatformSettings,
    /// The market that is simulated. Default [`World::default`].
    pub world: World,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            // 2026-11-23T00:00:00Z
            start: Timestamp::constant(1_795_392_000, 0),
            faults: Faults::none(),
            world_log: None,
            platform: PlatformSettings::default(),
            world: World::default(),
        }
    }
}

/// What a client needs to know to use the three servers. All of it is made up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// WooCommerce's consumer key; it may only read.
    pub consumer_key: String,
    /// WooCommerce's consumer secret.
    pub consumer_secret: String,
    /// impact.com's account SID.
    pub account_sid: String,
    /// impact.com's auth token, for reading and writing.
    pub auth_token: String,
    /// impact.com's program.
    pub program_id: u64,
    /// Plausible's token.
    pub plausible_token: String,
    /// Plausible's site.
    pub site_id: String,
    /// The currency of the store and of the account.
    pub currency: Currency,
}

/// A running sandbox: three servers on loopback over one simulated market. They stop when it is dropped.
pub struct Sandbox {
    world: Arc<Simulation>,
    access: Access,
    store_url: Url,
    impact_url: Url,
    plausible_url: Url,
    stop: watch::Sender<()>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
}

impl Sandbox {
    /// Binds three loopback ports and serves until the sandbox is dropped or [`shutdown`](Self::shutdown).
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Network`] when no port can be bound, [`SandboxErrorKind::Input`] for a start at the edge
    /// of the calendar, [`SandboxErrorKind::WorldLog`] and [`SandboxErrorKind::Storage`] when the world log
    /// belongs to another world or cannot be used.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let SandboxOptions { seed, start, faults, world_log, platform, world } = options;
        let world = Arc::new(Simulation::open(seed, start, world, &platform, faults, world_log.as_deref(), true)?);
        let access = Access {
            consumer_key: woo::CONSUMER_KEY.to_owned(),
            consumer_secret: woo::CONSUMER_SECRET.to_owned(),
            account_sid: platform.account_sid,
            auth_token: platform.auth_token,
            program_id: platform.program_id,
            plausible_token: plausible::TOKEN.to_owned(),
            site_id: plausible::SITE_ID.to_owned(),
            currency: platform.currency,
        };
        let (stop, _) = watch::channel(());
        let mut servers = Vec::new();
        let mut serve = async |kind, router| {
            let (url, server) = open(kind, router, Arc::clone(&world), stop.subscribe()).await?;
            servers.push(server);
            Ok::<Url, SandboxError>(url)
        };
        let store_url = serve(ServerKind::Store, woo::router(Arc::clone(&world))).await?;
        let impact_url = serve(ServerKind::Platform, impact::router(Arc::clone(&world))).await?;
        let plausible_url = serve(ServerKind::Views, plausible::router(Arc::clone(&world))).await?;
        Ok(Self { world, access, store_url, impact_url, plausible_url, stop, servers })
    }

    /// The store's address, `http://127.0.0.1:port/`.
    #[must_use]
    pub const fn store_url(&self) -> &Url {
        &self.store_url
    }

    /// impact.com's address, `http://127.0.0.1:port/`.
    #[must_use]
    pub const fn impact_url(&self) -> &Url {
        &self.impact_url
    }

    /// Plausible's address, `http://127.0.0.1:port/`.
    #[must_use]
    pub const fn plausible_url(&self) -> &Url {
        &self.plausible_url
    }

    /// Keys, tokens and names for the clients.
    #[must_use]
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// The simulated time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.world.clock()
    }

    /// Lets the market run until `instant`, hour by hour; an earlier instant changes nothing.
    ///
    /// An hour's sales, clicks and views appear when the hour is over.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Storage`] when the world log cannot be written: then time stands still.
    pub fn advance_to(&self, instant: Timestamp) -> Result<(), SandboxError> {
        self.world.advance_to(instant)
    }

    /// Lets the market run for a while; see [`advance_to`](Self::advance_to).
    ///
    /// # Errors
    ///
    /// As for [`advance_to`](Self::advance_to).
    pub fn advance(&self, by: SignedDuration) -> Result<(), SandboxError> {
        let until = self.world.clock().now().checked_add(by).unwrap_or(Timestamp::MAX);
        self.advance_to(until)
    }

    /// Switches faults on and off, from the next request on.
    pub fn set_faults(&self, faults: Faults) {
        self.world.set_faults(faults);
    }

    /// Changes the state of the impact.com program, as a person or impact.com itself would.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Storage`] when the world log cannot be written: then nothing changed.
    pub fn set_program_state(&self, state: ProgramState) -> Result<(), SandboxError> {
        self.world.set_program_state(state)
    }

    /// Replaces the rules that block or redirect clicks on ads, as a person would in impact.com's screens.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Storage`] when the world log cannot be written: then nothing changed.
    pub fn set_rules(&self, rules: Vec<BlockRule>) -> Result<(), SandboxError> {
        self.world.set_rules(rules)
    }

    /// Every request to impact.com that could change something, and what came of it: the judge over duplicates
    /// and losses.
    #[must_use]
    pub fn history(&self) -> Vec<PlatformRequest> {
        self.world.with(|state| state.platform.history().to_vec())
    }

    /// Every request to impact.com since this process began in the order in which they ended, those that only read, that were
    /// refused and that never arrived too, each with the tag of what it is about and with the place of its effect in the
    /// [`history`](Self::history); empty where the settings say that they are not remembered.
    #[must_use]
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.world.with(|state| state.platform.seen())
    }

    /// The history counted per tag: how many ads and deals each operation of ours made, and what became of its requests.
    /// What carries no tag is under `None`.
    #[must_use]
    pub fn effects(&self) -> BTreeMap<Option<OperationTag>, TagEffects> {
        self.world.with(|state| impact::by_tag(state.platform.history()))
    }

    /// Every ad as the platform really has it, in the order of their creation, with the spans in which partners could
    /// take it: the judge over copies that cost something.
    #[must_use]
    pub fn ads(&self) -> Vec<AdRecord> {
        self.world.with(|state| state.platform.ad_records(state.now))
    }

    /// Every deal as the platform really has it, in the order of their creation; deleted ones are gone.
    #[must_use]
    pub fn deals(&self) -> Vec<DealRecord> {
        self.world.with(|state| state.platform.deal_records())
    }

    /// How the quotas that impact.com documents were used so far: the judge over clients that must not exceed them.
    /// Requests that the faults let be lost or refused before they arrived are not counted.
    #[must_use]
    pub fn quotas(&self) -> Vec<QuotaUse> {
        self.world.with(|state| state.platform.quotas())
    }

    /// The ports in the process over the same market: beside the servers, or, on a paid platform, instead of the one that is missing.
    #[must_use]
    pub fn in_process(&self) -> InProcess {
        InProcess::over(Arc::clone(&self.world))
    }

    /// What advertising really did so far.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.world.truth()
    }

    /// Stops the servers and waits until they are gone.
    pub async fn shutdown(self) {
        const PATIENCE: Duration = Duration::from_secs(5);
        drop(self.stop);
        for mut server in self.servers {
            if tokio::time::timeout(PATIENCE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("store_url", &self.store_url.as_str())
            .field("impact_url", &self.impact_url.as_str())
            .field("plausible_url", &self.plausible_url.as_str())
            .field("now", &self.world.clock().now())
            .finish_non_exhaustive()
    }
}

/// Binds a loopback port and serves a router on it until `stop` closes.
async fn open(
    kind: ServerKind,
    router: Router,
    world: Arc<Simulation>,
    mut stop: watch::Receiver<()>,
) -> Result<(Url, JoinHandle<std::io::Result<()>>), SandboxError> {
    let failed =
        |error: std::io::Error| SandboxError::caused_by(SandboxErrorKind::Network, "no loopback port could be opened", error);
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let url = Url::parse(&format!("http://{address}/")).map_err(|error| {
        SandboxError::caused_by(SandboxErrorKind::Network, format!("`{address}` makes no address to reach"), error)
    })?;
    let closed = async move { while stop.changed().await.is_ok() {} };
    let server = tokio::spawn(faults::serve(listener, router, FaultLayer::new(kind, world), closed));
    Ok((url, server))
}
