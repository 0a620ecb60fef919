//! The simulated market behind the ports themselves: no servers, no JSON, no waiting.

mod affiliate;
mod paid;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use campaign_pilot_core::ports::{CampaignPlatform, Catalog, PageViews, SalesHistory};
use campaign_pilot_core::{Clock, Currency, Money, Period, ProductId};
use jiff::{SignedDuration, Timestamp};

use crate::error::SandboxError;
use crate::impact::{AdRecord, PlatformRequest};
use crate::market::{Insight, ProductDay, Truth};
use crate::sandbox::SandboxOptions;
use crate::shop::CURRENCY;
use crate::simulation::Simulation;
use crate::world::{PlatformKind, ViewCounting, World};
use affiliate::AffiliatePlatform;
use paid::PaidPlatform;
use store::SimulatedStore;

/// A simulated market in the process: the ports of a store, its page views and a campaign platform over the same market and
/// the same platform state that a [`Sandbox`](crate::Sandbox) serves over HTTP.
///
/// What the ports answer is what the real clients read from the servers, so that the same decisions follow. There are no
/// faults, quotas or held-back ads here. Cheap to clone; clones share the market.
///
/// ```
/// use campaign_pilot_sandbox::{InProcess, SandboxOptions, World};
/// use jiff::SignedDuration;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let options = SandboxOptions { seed: 7, world: World::named("tiny")?, ..SandboxOptions::default() };
/// let market = InProcess::open(options)?;
/// assert_eq!(market.catalog().currency().await?.code(), "EUR");
///
/// let twin = market.fork();
/// market.advance(SignedDuration::from_hours(48))?;
/// twin.advance(SignedDuration::from_hours(48))?;
/// assert_eq!(market.truth(), twin.truth()); // The same shoppers, and nobody has advertised anything.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct InProcess {
    simulation: Arc<Simulation>,
}

impl InProcess {
    /// A market without servers. Faults are not used.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Input`](crate::SandboxErrorKind::Input) for an impossible world or a start at the edge of the calendar; errors
    /// of the world log as for [`Sandbox::start`](crate::Sandbox::start).
    pub fn open(options: SandboxOptions) -> Result<Self, SandboxError> {
        let SandboxOptions { seed, start, faults, world_log, platform, world } = options;
        let simulation = Simulation::open(seed, start, world, &platform, faults, world_log.as_deref(), false)?;
        Ok(Self::over(Arc::new(simulation)))
    }

    pub(crate) const fn over(simulation: Arc<Simulation>) -> Self {
        Self { simulation }
    }

    /// The same market a second time: from here on both go their own ways, with the same shoppers.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self::over(Arc::new(self.simulation.fork()))
    }

    /// The store's products.
    #[must_use]
    pub fn catalog(&self) -> Arc<dyn Catalog> {
        Arc::new(SimulatedStore::new(Arc::clone(&self.simulation)))
    }

    /// The store's orders and refunds.
    #[must_use]
    pub fn sales(&self) -> Arc<dyn SalesHistory> {
        Arc::new(SimulatedStore::new(Arc::clone(&self.simulation)))
    }

    /// The store's page views; `None` where the world counts none.
    #[must_use]
    pub fn views(&self) -> Option<Arc<dyn PageViews>> {
        let is_counted = self.world().data.views == ViewCounting::Counted;
        is_counted.then(|| Arc::new(SimulatedStore::new(Arc::clone(&self.simulation))) as Arc<dyn PageViews>)
    }

    /// The campaign platform.
    #[must_use]
    pub fn platform(&self) -> Arc<dyn CampaignPlatform> {
        match self.world().platform.kind {
            PlatformKind::Affiliate => Arc::new(AffiliatePlatform::new(Arc::clone(&self.simulation))),
            PlatformKind::Paid => Arc::new(PaidPlatform::new(Arc::clone(&self.simulation))),
        }
    }

    /// The simulated time.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.simulation.clock()
    }

    /// The world that is simulated.
    #[must_use]
    pub fn world(&self) -> &World {
        self.simulation.world()
    }

    /// The currency of the store and of the platform.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        CURRENCY
    }

    /// Lets the market run until `instant`, hour by hour; an earlier instant changes nothing.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::advance_to`](crate::Sandbox::advance_to).
    pub fn advance_to(&self, instant: Timestamp) -> Result<(), SandboxError> {
        self.simulation.advance_to(instant)
    }

    /// Lets the market run for a while.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::advance_to`](crate::Sandbox::advance_to).
    pub fn advance(&self, by: SignedDuration) -> Result<(), SandboxError> {
        let until = self.simulation.clock().now().checked_add(by).unwrap_or(Timestamp::MAX);
        self.advance_to(until)
    }

    /// What advertising really did so far.
    #[must_use]
    pub fn truth(&self) -> Truth {
        self.simulation.truth()
    }

    /// What advertising really did, by day and product.
    #[must_use]
    pub fn truth_by_day(&self) -> Vec<ProductDay> {
        self.simulation.with(|state| state.market.truth_by_day())
    }

    /// What the simulator knows now and no client can: its parameters, and what is to be expected of ads by them. Of the future it holds
    /// what is planned (events, partners, prices), never what will be drawn.
    ///
    /// The market stands still meanwhile, so that `look` must not use its ports.
    pub fn insight<R>(&self, look: impl FnOnce(&Insight<'_>) -> R) -> R {
        self.simulation.with(|state| look(&state.market.insight(state.now, &state.platform, &state.paid)))
    }

    /// What a unit of each product costs the shop, where the world says that the shop keeps its costs; the mean over variations.
    #[must_use]
    pub fn unit_costs(&self) -> Option<BTreeMap<ProductId, Money>> {
        let keeps = self.world().store.keeps_costs;
        keeps.then(|| self.simulation.with(|state| state.market.unit_costs()))
    }

    /// What the store sold in a period before refunds, without tax.
    #[must_use]
    pub fn revenue(&self, period: Period) -> Money {
        Money::new(self.simulation.with(|state| state.shop.ledger.revenue(period)), CURRENCY)
    }

    /// Every ad as the affiliate platform really has it.
    #[must_use]
    pub fn ads(&self) -> Vec<AdRecord> {
        self.simulation.with(|state| state.platform.ad_records(state.now))
    }

    /// Every request that could change something at the affiliate platform, and what came of it.
    #[must_use]
    pub fn history(&self) -> Vec<PlatformRequest> {
        self.simulation.with(|state| state.platform.history().to_vec())
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcess")
            .field("world", &self.world().name)
            .field("now", &self.simulation.clock().now())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
