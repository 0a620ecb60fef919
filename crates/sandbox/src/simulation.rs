//! The one simulation behind the three servers and behind the ports in the process.

mod log;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};

use crate::error::SandboxError;
use crate::faults::Faults;
use crate::impact::{BlockRule, PlatformSettings, PlatformState, ProgramState, WriteAnswer, WriteRequest};
use crate::market::{HOUR, Market, Outside, Streams, Truth};
use crate::opening;
use crate::paid::{PaidAccount, PaidOutcome, PaidWrite};
use crate::plausible::ViewCounts;
use crate::shop::Shop;
use crate::world::{Paid, ViewCounting, World};
use log::{Entry, Start, WorldLog};

/// For how long page views are kept where no server shows them.
const VIEWS_KEPT_HOURS: i64 = 130 * 24;

/// Everything that is simulated, behind one short lock.
#[derive(Debug)]
pub(crate) struct Simulation {
    state: Mutex<SimulationState>,
    faults: Mutex<Faults>,
    clock: Arc<ManualClock>,
    streams: Streams,
    world: Arc<World>,
}

/// What the simulation holds. Seen through [`Simulation::with`] only.
#[derive(Debug)]
pub(crate) struct SimulationState {
    /// The simulated time.
    pub(crate) now: Timestamp,
    /// Shoppers, partners and the truth.
    pub(crate) market: Market,
    /// The shop: its catalogue and sales, and WooCommerce's data where they are served.
    pub(crate) shop: Shop,
    /// What Plausible counted.
    pub(crate) views: ViewCounts,
    /// impact.com.
    pub(crate) platform: PlatformState,
    /// The account of a paid platform; empty on an affiliate one.
    pub(crate) paid: PaidAccount,
    /// Writes to impact.com that are still on their way, by their arrival; the world log learns of them only then.
    on_their_way: BTreeMap<(Timestamp, u64), WriteRequest>,
    log: Option<WorldLog>,
    /// The rules of a paid platform.
    rules: Paid,
}

impl Simulation {
    /// Opens a simulation of a world at `start`, or carries on with the one in `log`. `serves` says whether WooCommerce's own data are
    /// kept for a server.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Input`] for a start at the edge of the calendar, [`crate::SandboxErrorKind::WorldLog`] for a
    /// log of another world, [`crate::SandboxErrorKind::Storage`] when the log cannot be used.
    pub(crate) fn open(
        seed: u64,
        start: Timestamp,
        world: World,
        settings: &PlatformSettings,
        faults: Faults,
        log: Option<&Path>,
        serves: bool,
    ) -> Result<Self, SandboxError> {
        world.check()?;
        let (streams, world) = (Streams::new(seed), Arc::new(world));
        let mut state = SimulationState::open(streams, start, &world, settings, serves)?;
        if let Some(path) = log {
            let (log, entries) = WorldLog::open(path, &Start::new(seed, start, &world, settings)?)?;
            for entry in entries {
                state.replay(&entry);
            }
            state.log = Some(log);
        }
        let clock = Arc::new(ManualClock::starting_at(state.now));
        Ok(Self { state: Mutex::new(state), faults: Mutex::new(faults), clock, streams, world })
    }

    /// Looks at the world, or changes what no log needs to know, under the lock. Must not be nested.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut SimulationState) -> R) -> R {
        look(&mut self.lock())
    }

    /// The same simulation a second time: from here on both go their own ways, with the same shoppers. The copy has no log.
    pub(crate) fn fork(&self) -> Self {
        let state = self.lock().fork();
        let clock = Arc::new(ManualClock::starting_at(state.now));
        Self {
            state: Mutex::new(state),
            faults: Mutex::new(self.faults()),
            clock,
            streams: self.streams,
            world: Arc::clone(&self.world),
        }
    }

    /// The world that is simulated.
    pub(crate) fn world(&self) -> &World {
        &self.world
    }

    /// Carries a write to a paid platform out, after it was logged.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Storage`] when it cannot be logged: then it did not happen.
    pub(crate) fn write_paid(&self, write: &PaidWrite) -> Result<PaidOutcome, SandboxError> {
        let mut state = self.lock();
        state.record(&Entry::Paid(write.clone()))?;
        let now = state.now;
        Ok(state.paid.apply(write, &self.world.platform.paid, now))
    }

    /// Carries a write to impact.com out, after it was logged; answers 500 and does nothing when it cannot be logged.
    pub(crate) fn write(&self, request: &WriteRequest) -> WriteAnswer {
        let mut state = self.lock();
        let now = state.now;
        state.write(request, now).unwrap_or_else(|error| {
            tracing::error!(%error, "a write was not carried out");
            WriteAnswer::refused(500, "Internal Server Error")
        })
    }

    /// Lets a write to impact.com arrive after a while; at once when there is none to wait.
    pub(crate) fn write_later(&self, request: WriteRequest, delay: SignedDuration) {
        if delay <= SignedDuration::ZERO {
            self.write(&request);
            return;
        }
        let mut state = self.lock();
        let sent_at = state.now;
        let arrives_at = sent_at.checked_add(delay).unwrap_or(Timestamp::MAX);
        let number = state.on_their_way.keys().map(|(_, number)| *number).max().unwrap_or(0) + 1;
        state.on_their_way.insert((arrives_at, number), WriteRequest { sent_at: Some(sent_at), ..request });
    }

    /// Lets the market run until `instant`; an earlier instant changes nothing.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Storage`] when the step cannot be logged: then time stands still.
    pub(crate) fn advance_to(&self, instant: Timestamp) -> Result<(), SandboxError> {
        let mut state = self.lock();
        if instant <= state.now {
            return Ok(());
        }
        state.deliver_until(instant)?;
        state.record(&Entry::AdvanceTo(instant))?;
        state.advance_to(instant);
        drop(state);
        self.clock.advance_to(instant);
        Ok(())
    }

    /// Changes the state of the impact.com program.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Storage`] when the change cannot be logged: then it did not happen.
    pub(crate) fn set_program_state(&self, program: ProgramState) -> Result<(), SandboxError> {
        let mut state = self.lock();
        state.record(&Entry::ProgramState(program))?;
        state.platform.set_program_state(program);
        Ok(())
    }

    /// Replaces the rules that block or redirect clicks.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Storage`] when the change cannot be logged: then it did not happen.
    pub(crate) fn set_rules(&self, rules: Vec<BlockRule>) -> Result<(), SandboxError> {
        let mut state = self.lock();
        state.record(&Entry::Rules(rules.clone()))?;
        state.platform.set_rules(rules);
        Ok(())
    }

    /// What lists show: everything that was created up to this instant.
    pub(crate) fn visible_until(&self) -> Timestamp {
        let stale = self.faults().stale;
        let now = self.clock.now();
        now.checked_sub(stale).unwrap_or(Timestamp::MIN)
    }

    /// The faults that are switched on.
    pub(crate) fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches faults on and off.
    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// The simulated clock.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::<ManualClock>::clone(&self.clock)
    }

    /// The random streams of the seed.
    pub(crate) const fn streams(&self) -> Streams {
        self.streams
    }

    /// The truth so far.
    pub(crate) fn truth(&self) -> Truth {
        let state = self.lock();
        state.market.truth(state.now)
    }

    fn lock(&self) -> MutexGuard<'_, SimulationState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimulationState {
    fn open(
        streams: Streams,
        start: Timestamp,
        world: &Arc<World>,
        settings: &PlatformSettings,
        serves: bool,
    ) -> Result<Self, SandboxError> {
        let opening = opening::of(world, streams, start)?;
        let mut shop = Shop::open(&opening, world, serves)?;
        let mut market = Market::open(streams, &opening, settings, Arc::clone(world), start);
        market.show_costs(&mut shop);
        market.show_stock(&mut shop, opening.ends_at);
        let views = ViewCounts::open(&mut market, world.data.views == ViewCounting::Counted);
        let mut platform = PlatformState::new(settings.clone());
        for (id, partner) in market.partners() {
            platform.add_partner(id, partner);
        }
        let (paid, on_their_way) = (PaidAccount::default(), BTreeMap::new());
        let mut state = Self {
            now: opening.ends_at,
            market,
            shop,
            views,
            platform,
            paid,
            on_their_way,
            log: None,
            rules: world.platform.paid.clone(),
        };
        state.advance_to(start);
        state.market.open_the_books(start);
        Ok(state)
    }

    fn advance_to(&mut self, instant: Timestamp) {
        let Self { shop, views, platform, paid, .. } = self;
        let outside = Outside { shop, views, platform, paid };
        self.market.run_until(instant, outside);
        self.now = self.now.max(instant);
        if self.shop.store.is_none() {
            // Nobody reads views from longer ago than a client reads at first.
            self.views.forget_before(self.now.as_second().div_euclid(HOUR) - VIEWS_KEPT_HOURS);
        }
    }

    fn fork(&self) -> Self {
        Self {
            now: self.now,
            market: self.market.clone(),
            shop: self.shop.clone(),
            views: self.views.clone(),
            platform: self.platform.clone(),
            paid: self.paid.clone(),
            on_their_way: self.on_their_way.clone(),
            log: None,
            rules: self.rules.clone(),
        }
    }

    /// Lets the writes arrive that are due until an instant, each at its time.
    fn deliver_until(&mut self, instant: Timestamp) -> Result<(), SandboxError> {
        while let Some(due) = self.on_their_way.first_entry().filter(|due| due.key().0 <= instant) {
            let arrives_at = due.key().0.max(self.now);
            let request = due.get().clone();
            self.record(&Entry::AdvanceTo(arrives_at))?;
            self.advance_to(arrives_at);
            self.write(&request, arrives_at)?;
            self.on_their_way.pop_first();
        }
        Ok(())
    }

    /// Carries a write out after it was logged with the place that it takes in the history.
    fn write(&mut self, request: &WriteRequest, now: Timestamp) -> Result<WriteAnswer, SandboxError> {
        let request = WriteRequest { sequence: self.platform.next_sequence(), ..request.clone() };
        self.record(&Entry::Write(request.clone()))?;
        Ok(self.platform.apply(&request, now))
    }

    fn record(&mut self, entry: &Entry) -> Result<(), SandboxError> {
        self.log.as_mut().map_or(Ok(()), |log| log.append(entry))
    }

    fn replay(&mut self, entry: &Entry) {
        match entry {
            Entry::AdvanceTo(instant) => self.advance_to(*instant),
            Entry::Write(request) => {
                self.platform.apply(request, self.now);
            }
            Entry::Paid(write) => {
                self.paid.apply(write, &self.rules, self.now);
            }
            Entry::Rules(rules) => self.platform.set_rules(rules.clone()),
            Entry::ProgramState(program) => self.platform.set_program_state(*program),
        }
    }
}

/// Small worlds for the tests of the servers.
#[cfg(test)]
impl Simulation {
    pub(crate) fn for_tests(seed: u64) -> Arc<Self> {
        Self::for_tests_with(seed, &PlatformSettings::default())
    }

    pub(crate) fn for_tests_with(seed: u64, settings: &PlatformSettings) -> Arc<Self> {
        Arc::new(Self::open(seed, Self::start(), World::default(), settings, Faults::none(), None, true).unwrap())
    }

    /// A simulation of another world, without what only servers need.
    pub(crate) fn of(world: World, seed: u64) -> Arc<Self> {
        let settings = PlatformSettings::default();
        Arc::new(Self::open(seed, Self::start(), world, &settings, Faults::none(), None, false).unwrap())
    }

    fn start() -> Timestamp {
        "2026-11-23T00:00:00Z".parse().unwrap()
    }

    pub(crate) fn advance(&self, by: jiff::SignedDuration) {
        self.advance_to(self.clock.now() + by).unwrap();
    }
}
