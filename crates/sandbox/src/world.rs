//! The one world behind the three servers.

mod log;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};

use crate::error::SandboxError;
use crate::faults::Faults;
use crate::impact::{BlockRule, PlatformSettings, PlatformState, ProgramState, WriteAnswer, WriteRequest};
use crate::market::{Market, Outside, Streams, Truth};
use crate::opening;
use crate::plausible::ViewCounts;
use crate::woo::Store;
use log::{Entry, Start, WorldLog};

/// The one world behind the three servers: everything that is simulated, behind one short lock.
#[derive(Debug)]
pub(crate) struct World {
    state: Mutex<WorldState>,
    faults: Mutex<Faults>,
    clock: Arc<ManualClock>,
    streams: Streams,
}

/// What the world holds. Seen through [`World::with`] only.
#[derive(Debug)]
pub(crate) struct WorldState {
    /// The simulated time.
    pub(crate) now: Timestamp,
    /// Shoppers, partners and the truth.
    pub(crate) market: Market,
    /// The WooCommerce store.
    pub(crate) store: Store,
    /// What Plausible counted.
    pub(crate) views: ViewCounts,
    /// impact.com.
    pub(crate) platform: PlatformState,
    /// Writes to impact.com that are still on their way, by their arrival; the world log learns of them only then.
    on_their_way: BTreeMap<(Timestamp, u64), WriteRequest>,
    log: Option<WorldLog>,
}

impl World {
    /// Opens a world at `start`, or carries on with the one in `log`.
    ///
    /// # Errors
    ///
    /// [`crate::SandboxErrorKind::Input`] for a start at the edge of the calendar, [`crate::SandboxErrorKind::WorldLog`] for a
    /// log of another world, [`crate::SandboxErrorKind::Storage`] when the log cannot be used.
    pub(crate) fn open(
        seed: u64,
        start: Timestamp,
        settings: &PlatformSettings,
        faults: Faults,
        log: Option<&Path>,
    ) -> Result<Self, SandboxError> {
        let streams = Streams::new(seed);
        let mut state = WorldState::open(streams, start, settings)?;
        if let Some(path) = log {
            let (log, entries) = WorldLog::open(path, &Start::new(seed, start, settings)?)?;
            for entry in entries {
                state.replay(&entry);
            }
            state.log = Some(log);
        }
        let clock = Arc::new(ManualClock::starting_at(state.now));
        Ok(Self { state: Mutex::new(state), faults: Mutex::new(faults), clock, streams })
    }

    /// Looks at the world, or changes what no log needs to know, under the lock. Must not be nested.
    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut WorldState) -> R) -> R {
        look(&mut self.lock())
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

    fn lock(&self) -> MutexGuard<'_, WorldState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorldState {
    fn open(streams: Streams, start: Timestamp, settings: &PlatformSettings) -> Result<Self, SandboxError> {
        let opening = opening::before(start)?;
        let store = Store::open(&opening)?;
        let mut market = Market::open(streams, &opening, settings);
        let views = ViewCounts::open(&mut market);
        let mut platform = PlatformState::new(settings.clone());
        for (id, partner) in market.partners() {
            platform.add_partner(id, partner);
        }
        let mut state = Self { now: opening.ends_at, market, store, views, platform, on_their_way: BTreeMap::new(), log: None };
        state.advance_to(start);
        state.market.open_the_books(start);
        Ok(state)
    }

    fn advance_to(&mut self, instant: Timestamp) {
        let outside = Outside { store: &mut self.store, views: &mut self.views, platform: &mut self.platform };
        self.market.run_until(instant, outside);
        self.now = self.now.max(instant);
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
            Entry::Rules(rules) => self.platform.set_rules(rules.clone()),
            Entry::ProgramState(program) => self.platform.set_program_state(*program),
        }
    }
}

/// Small worlds for the tests of the servers.
#[cfg(test)]
impl World {
    pub(crate) fn for_tests(seed: u64) -> Arc<Self> {
        Self::for_tests_with(seed, &PlatformSettings::default())
    }

    pub(crate) fn for_tests_with(seed: u64, settings: &PlatformSettings) -> Arc<Self> {
        let start = "2026-11-23T00:00:00Z".parse().unwrap();
        Arc::new(Self::open(seed, start, settings, Faults::none(), None).unwrap())
    }

    pub(crate) fn advance(&self, by: jiff::SignedDuration) {
        self.advance_to(self.clock.now() + by).unwrap();
    }
}
