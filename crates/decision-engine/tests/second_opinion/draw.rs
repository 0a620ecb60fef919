//! Random cases around the limits, in plain numbers.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::Currency;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Whole cents of a currency.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) cents: i64,
    pub(crate) currency: Currency,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    Off,
    Of(Amount),
}

#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) total: Amount,
    pub(crate) campaign: Amount,
    pub(crate) day: Limit,
    pub(crate) month: Limit,
    pub(crate) life: Limit,
    pub(crate) approval: Limit,
    /// Percent of what is reserved that counts.
    pub(crate) factor: i64,
    pub(crate) launches: u32,
    pub(crate) actions: usize,
    /// Hundredths of a percent.
    pub(crate) raise_percent: i64,
    pub(crate) changes: Option<u32>,
    pub(crate) cooldown: Option<u32>,
    pub(crate) products: Option<BTreeSet<u64>>,
    pub(crate) categories: Option<BTreeSet<u8>>,
    pub(crate) blackout: BTreeSet<u8>,
    /// Hundredths of a unit.
    pub(crate) stock: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Changes {
    pub(crate) today: u32,
    /// Seconds since the last cut, earlier end or pause.
    pub(crate) lowered: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) stock: Option<i64>,
    pub(crate) categories: BTreeSet<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) committed: Amount,
    pub(crate) today: Option<Amount>,
    pub(crate) month: Option<Amount>,
    pub(crate) life: Option<Amount>,
    pub(crate) launches: u32,
    pub(crate) budgets: BTreeMap<u8, Amount>,
    /// Hours from the plan until each campaign's end.
    pub(crate) ends: BTreeMap<u8, i64>,
    pub(crate) changes: Option<BTreeMap<u8, Changes>>,
    pub(crate) advertised: BTreeMap<u8, u64>,
    pub(crate) products: BTreeMap<u64, Listed>,
    pub(crate) hour: Option<u8>,
    /// Numbers of actions.
    pub(crate) approved: BTreeSet<usize>,
    pub(crate) trusted: bool,
    /// What this plan has used, in hundredths of a cent.
    pub(crate) spent: i64,
    pub(crate) lowered: BTreeSet<u8>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    Create(u64, Amount),
    SetBudget(Amount),
    /// To so many hours from the plan.
    SetEnd(i64),
    SetCopy,
    Resume,
    Pause,
}

#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) campaign: u8,
    pub(crate) doing: Doing,
    pub(crate) reserved: Amount,
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) policy: Policy,
    pub(crate) known: Known,
    pub(crate) actions: Vec<Action>,
}

impl Known {
    pub(crate) fn changes_today(&self, campaign: u8) -> Option<u32> {
        Some(self.changes.as_ref()?.get(&campaign).map_or(0, |changes| changes.today))
    }

    pub(crate) fn count_change(&mut self, campaign: u8) {
        if let Some(changes) = &mut self.changes {
            changes.entry(campaign).or_insert(Changes { today: 0, lowered: None }).today += 1;
        }
    }

    pub(crate) fn lowered_now(&mut self, campaign: u8) {
        self.lowered.insert(campaign);
    }

    /// Whether a campaign is known not to have been cut, shortened or paused in the last so many seconds.
    pub(crate) fn rested(&self, campaign: u8, seconds: i64) -> bool {
        if self.lowered.contains(&campaign) {
            return seconds <= 0;
        }
        let Some(changes) = &self.changes else { return false };
        changes.get(&campaign).and_then(|changes| changes.lowered).is_none_or(|ago| ago >= seconds)
    }

    pub(crate) fn spent_in(&self, currency: Currency) -> i64 {
        if currency == self.committed.currency { self.spent } else { 0 }
    }
}

/// A random case: most facts are known and most amounts lie at a limit or a cent beside it.
pub(crate) fn case(random: &mut ChaCha8Rng) -> Case {
    let policy = Policy {
        total: amount(random, &[200, 300, 500]),
        campaign: amount(random, &[40, 100]),
        day: limit(random, &[30, 60]),
        month: limit(random, &[50, 120]),
        life: limit(random, &[300, 900]),
        approval: limit(random, &[10, 20, 40]),
        factor: [100, 100, 100, 125, 150, 200][random.random_range(0..6)],
        launches: random.random_range(0..4),
        actions: random.random_range(0..6),
        raise_percent: [0, 1_000, 2_500, 10_000][random.random_range(0..4)],
        changes: seldom(random, 3, |random| random.random_range(0..4)),
        cooldown: seldom(random, 3, |random| [0, 1, 24][random.random_range(0..3)]),
        products: seldom(random, 4, |random| (0..4).filter(|_| random.random_ratio(3, 4)).collect()),
        categories: seldom(random, 4, |random| (0..3).filter(|_| random.random_ratio(2, 3)).collect()),
        blackout: (0..3).filter(|_| random.random_ratio(1, 12)).collect(),
        stock: seldom(random, 3, |random| random.random_range(0..6) * 500),
    };
    let known = Known {
        committed: amount(random, &[0, 40, 100, 190, 460]),
        today: mostly(random, |random| amount(random, &[0, 10, 20, 40])),
        month: mostly(random, |random| amount(random, &[0, 10, 40, 100])),
        life: mostly(random, |random| amount(random, &[0, 250, 280, 800])),
        launches: random.random_range(0..3),
        budgets: some(random, 4, |random| amount(random, &[0, 10, 20, 40, 80])),
        ends: some(random, 4, |random| random.random_range(1..4) * 24),
        changes: mostly(random, |random| some(random, 4, changes)),
        advertised: some(random, 4, |random| random.random_range(0..4)),
        products: some(random, 4, |random| Listed {
            stock: mostly(random, |random| random.random_range(-1..6) * 500 + random.random_range(-1..=1)),
            categories: (0..3).filter(|_| random.random_ratio(1, 2)).collect(),
        })
        .into_iter()
        .map(|(id, listed)| (u64::from(id), listed))
        .collect(),
        hour: mostly(random, |random| random.random_range(0..4)),
        approved: (0..6).filter(|_| random.random_ratio(1, 3)).collect(),
        trusted: random.random_ratio(9, 10),
        spent: 0,
        lowered: BTreeSet::new(),
    };
    let count = random.random_range(1..=6);
    let actions = (0..count).map(|_| action(random, &policy, &known)).collect();
    Case { policy, known, actions }
}

fn action(random: &mut ChaCha8Rng, policy: &Policy, known: &Known) -> Action {
    let campaign = random.random_range(0..5);
    let in_force = known.budgets.get(&campaign).map_or(0, |budget| budget.cents);
    let end = known.ends.get(&campaign).copied().unwrap_or(24);
    let doing = match random.random_range(0..14) {
        0..=2 => Doing::Create(random.random_range(0..5), amount(random, &[10, 20, 40, 50])),
        3..=6 => {
            let step = in_force * policy.raise_percent / 10_000;
            let to = [in_force + step, in_force, in_force / 2, in_force + 1_000][random.random_range(0..4)];
            Doing::SetBudget(beside(random, to))
        }
        7..=8 => Doing::Resume,
        10..=12 => Doing::SetEnd(end + random.random_range(-1..=1)),
        13 => Doing::SetCopy,
        _ => Doing::Pause,
    };
    let need = match doing {
        Doing::Create(_, budget) => budget.cents,
        Doing::SetBudget(to) => to.cents - in_force,
        Doing::Resume => [0, 500, 1_000, 2_000][random.random_range(0..4)],
        Doing::SetEnd(to) => 500 * (to - end).max(0),
        Doing::Pause | Doing::SetCopy => 0,
    };
    let reserved = match random.random_range(0..12) {
        0 => Amount { cents: 0, currency: Currency::EUR },
        1 => beside(random, need),
        2 => beside(random, need + 500),
        _ => Amount { cents: need, currency: currency(random) },
    };
    Action { campaign, doing, reserved }
}

fn changes(random: &mut ChaCha8Rng) -> Changes {
    let hours = [0, 1, 24, 100][random.random_range(0..4)];
    let lowered = seldom(random, 2, |random| hours * 3_600 + random.random_range(-1..=1));
    Changes { today: random.random_range(0..4), lowered }
}

/// Nearly always euros, so that what has nothing to do with currencies is reached.
fn currency(random: &mut ChaCha8Rng) -> Currency {
    if random.random_ratio(1, 60) { Currency::USD } else { Currency::EUR }
}

/// An amount, or a cent more or less.
fn beside(random: &mut ChaCha8Rng, cents: i64) -> Amount {
    Amount { cents: cents + random.random_range(-1..=1), currency: currency(random) }
}

fn amount(random: &mut ChaCha8Rng, whole: &[i64]) -> Amount {
    let cents = whole[random.random_range(0..whole.len())] * 100;
    beside(random, cents)
}

fn limit(random: &mut ChaCha8Rng, whole: &[i64]) -> Limit {
    if random.random_ratio(2, 3) { Limit::Off } else { Limit::Of(amount(random, whole)) }
}

fn seldom<T>(random: &mut ChaCha8Rng, one_in: u32, make: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
    random.random_ratio(1, one_in).then(|| make(random))
}

fn mostly<T>(random: &mut ChaCha8Rng, make: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
    random.random_ratio(9, 10).then(|| make(random))
}

/// Most of so many, by number.
fn some<T>(random: &mut ChaCha8Rng, count: u8, mut make: impl FnMut(&mut ChaCha8Rng) -> T) -> BTreeMap<u8, T> {
    (0..count).filter_map(|number| mostly(random, &mut make).map(|made| (number, made))).collect()
}
