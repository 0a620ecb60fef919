//! When and how often a read is repeated.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How reads are repeated. Writes never are.
///
/// The pause before retry `n` is drawn evenly from zero to `base x 2^(n-1)`, at most `cap` (full jitter). Where the
/// server says how long to wait, that counts instead. Retries are paid from a quota that all clones of a client
/// share, so that a server in trouble is not hit with a multiple of the usual traffic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// How often a read is sent at most; 1 means no retry (3).
    pub attempts: u32,
    /// The base of the pause after a failure (50 ms).
    pub base: Duration,
    /// The base of the pause after a 429 or 503 (1 s).
    pub throttled_base: Duration,
    /// The longest pause of our own choice (20 s).
    pub cap: Duration,
    /// The tokens that a client starts with and never exceeds (500).
    pub quota: u32,
    /// The tokens that a retry costs (14); given back when it succeeds.
    pub retry_cost: u32,
    /// The tokens that a retry after a 429 or 503 costs (5); given back when it succeeds.
    pub throttled_cost: u32,
    /// The seed of the jitter; `None` takes one from the operating system.
    pub seed: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(50),
            throttled_base: Duration::from_secs(1),
            cap: Duration::from_secs(20),
            quota: 500,
            retry_cost: 14,
            throttled_cost: 5,
            seed: None,
        }
    }
}

impl RetryPolicy {
    /// The longest pause before retry number `retry` (from 1).
    pub(crate) fn ceiling(&self, retry: u32, throttled: bool) -> Duration {
        let base = if throttled { self.throttled_base } else { self.base };
        let factor = 2u32.saturating_pow(retry.saturating_sub(1));
        base.saturating_mul(factor).min(self.cap)
    }

    /// The pause before retry number `retry` (from 1), drawn from `rng`.
    pub(crate) fn pause(&self, retry: u32, throttled: bool, rng: &mut impl Rng) -> Duration {
        let ceiling = u64::try_from(self.ceiling(retry, throttled).as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(rng.random_range(0..=ceiling))
    }

    const fn cost(&self, throttled: bool) -> u32 {
        if throttled { self.throttled_cost } else { self.retry_cost }
    }
}

/// The retries of one client and its clones: the policy, what is left of the quota, the source of the jitter.
pub(crate) struct Retries {
    policy: RetryPolicy,
    state: Mutex<State>,
}

struct State {
    tokens: u32,
    rng: ChaCha8Rng,
}

/// A retry that was paid for; handed back when it succeeds.
#[derive(Debug)]
pub(crate) struct Ticket(u32);

impl Retries {
    pub(crate) fn new(policy: RetryPolicy) -> Self {
        let rng = match policy.seed {
            Some(seed) => ChaCha8Rng::seed_from_u64(seed),
            None => ChaCha8Rng::from_rng(&mut rand::rng()),
        };
        Self { policy, state: Mutex::new(State { tokens: policy.quota, rng }) }
    }

    pub(crate) const fn attempts(&self) -> u32 {
        self.policy.attempts
    }

    /// Draws the pause before a retry.
    pub(crate) fn pause(&self, retry: u32, throttled: bool) -> Duration {
        self.policy.pause(retry, throttled, &mut self.lock().rng)
    }

    /// A number for what must differ between attempts, from the same source as the jitter.
    pub(crate) fn random(&self) -> u64 {
        self.lock().rng.random()
    }

    /// Pays for a retry; `None` when the quota does not allow it.
    pub(crate) fn pay(&self, throttled: bool) -> Option<Ticket> {
        let cost = self.policy.cost(throttled);
        let mut state = self.lock();
        state.tokens = state.tokens.checked_sub(cost)?;
        Some(Ticket(cost))
    }

    /// Records a success: gives back what the last retry cost, or one token when it took none.
    pub(crate) fn succeeded(&self, ticket: Option<Ticket>) {
        let back = ticket.map_or(1, |ticket| ticket.0);
        let mut state = self.lock();
        state.tokens = state.tokens.saturating_add(back).min(self.policy.quota);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the two fields inconsistent with each other.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries").field("policy", &self.policy).field("tokens", &self.lock().tokens).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_pause_stays_below_its_ceiling_and_the_cap(seed: u64, retry in 1u32..40, throttled: bool) {
            let policy = RetryPolicy::default();
            let pause = policy.pause(retry, throttled, &mut ChaCha8Rng::seed_from_u64(seed));
            prop_assert!(pause <= policy.ceiling(retry, throttled));
            prop_assert!(pause <= policy.cap);
        }

        #[test]
        fn the_quota_never_exceeds_its_start_and_never_lends(steps in prop::collection::vec((any::<bool>(), any::<bool>()), 0..200)) {
            let retries = Retries::new(RetryPolicy { quota: 40, seed: Some(1), ..RetryPolicy::default() });
            let mut tokens = 40u32;
            for (pays, throttled) in steps {
                let cost = if throttled { 5 } else { 14 };
                if pays {
                    prop_assert_eq!(retries.pay(throttled).is_some(), tokens >= cost);
                    tokens = tokens.checked_sub(cost).unwrap_or(tokens);
                } else {
                    retries.succeeded(throttled.then_some(Ticket(14)));
                    tokens = (tokens + if throttled { 14 } else { 1 }).min(40);
                }
            }
        }
    }

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default();
        let millis = |retry, throttled| policy.ceiling(retry, throttled).as_millis();
        assert_eq!([millis(1, false), millis(2, false), millis(3, false)], [50, 100, 200]);
        assert_eq!([millis(1, true), millis(2, true), millis(30, true)], [1_000, 2_000, 20_000]);
    }

    #[test]
    fn the_same_seed_draws_the_same_pauses() {
        let draw = || {
            let retries = Retries::new(RetryPolicy { seed: Some(7), ..RetryPolicy::default() });
            [1, 2, 3].map(|retry| retries.pause(retry, false))
        };
        assert_eq!(draw(), draw());
    }
}
