//! Actions: conversions that were credited to a partner and an ad.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, Unit};
use rust_decimal::Decimal;

use crate::impact::settings::PlatformSettings;
use crate::impact::time::day_of;

/// The event type ("action tracker") of a sale.
pub(crate) const SALE_TRACKER: u64 = 2240;

/// An action as the market reports it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewAction {
    /// The ad that was clicked.
    pub(crate) ad: u64,
    /// The partner who is credited.
    pub(crate) partner: u64,
    /// The store's order.
    pub(crate) order_id: u64,
    /// The order's revenue from the product, in the account's currency.
    pub(crate) amount: Decimal,
    /// What the partner earns.
    pub(crate) payout: Decimal,
    /// What the brand pays: payout plus fees.
    pub(crate) client_cost: Decimal,
    /// When the shopper clicked.
    pub(crate) referred_at: Timestamp,
    /// When the order was placed.
    pub(crate) event_at: Timestamp,
    /// When impact.com shows the action: some minutes later.
    pub(crate) created_at: Timestamp,
    /// When it locks: approved from then on, and no longer reversible.
    pub(crate) locks_at: Timestamp,
    /// Whether the shopper had never ordered before.
    pub(crate) new_customer: bool,
    /// What was bought.
    pub(crate) items: Vec<ActionItem>,
}

/// One line of what was bought.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ActionItem {
    /// The store's SKU.
    pub(crate) sku: String,
    /// The product's name.
    pub(crate) name: String,
    /// The product's category.
    pub(crate) category: String,
    /// How many.
    pub(crate) quantity: u32,
    /// Revenue of the line.
    pub(crate) sale_amount: Decimal,
}

/// An action as impact.com keeps it. Times are whole seconds, since that is what the wire carries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Action {
    /// impact.com's id: program, tracker and number.
    pub(crate) id: String,
    /// What the market reported.
    pub(crate) reported: NewAction,
    /// What the partner would have earned if no limit stood against it.
    pub(crate) intended_payout: Decimal,
    /// When it was reversed, if it was; a reversal that waits to be processed lies ahead.
    pub(crate) reversed_at: Option<Timestamp>,
}

impl Action {
    /// The state at an instant: locking approves by itself, and a reversal stands for good.
    #[must_use]
    pub(crate) fn state(&self, at: Timestamp) -> ActionState {
        if self.reversed_at.is_some_and(|reversed| reversed <= at) {
            ActionState::Reversed
        } else if self.reported.locks_at <= at {
            ActionState::Approved
        } else {
            ActionState::Pending
        }
    }

    /// When it last changed, as seen at an instant; locking is not a change.
    #[must_use]
    pub(crate) fn updated_at(&self, at: Timestamp) -> Timestamp {
        self.reversed_at.filter(|reversed| *reversed <= at).unwrap_or(self.reported.created_at)
    }
}

/// The state of an action.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ActionState {
    /// It can still be reversed.
    Pending,
    /// It is locked and will be paid.
    Approved,
    /// It was taken back and costs nothing.
    Reversed,
}

impl ActionState {
    /// The word on the wire.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Reversed => "REVERSED",
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ActionBook {
    actions: Vec<Action>,
    by_id: BTreeMap<String, usize>,
    by_order: BTreeMap<u64, Vec<usize>>,
    by_ad: BTreeMap<u64, Vec<usize>>,
    by_event: BTreeSet<(Timestamp, usize)>,
    /// What each partner has earned in each month of the account.
    earned: BTreeMap<(u64, i16, i8), Decimal>,
}

impl ActionBook {
    /// Adds an action and says what it costs: nothing beyond the partner's limit of the month.
    pub(super) fn record(&mut self, mut reported: NewAction, settings: &PlatformSettings) -> Decimal {
        let program = settings.program_id;
        let intended_payout = reported.payout;
        let month = day_of(reported.event_at, settings.offset());
        let earned = self.earned.entry((reported.partner, month.year(), month.month())).or_default();
        if settings.payout_limit_per_month.is_some_and(|limit| *earned + reported.payout > limit) {
            reported.payout = Decimal::ZERO;
            reported.client_cost = Decimal::ZERO;
        }
        *earned += reported.payout;
        let cost = reported.client_cost;
        for time in [&mut reported.referred_at, &mut reported.event_at, &mut reported.created_at, &mut reported.locks_at] {
            *time = whole_second(*time);
        }
        let index = self.actions.len();
        let id = format!("{program}.{SALE_TRACKER}.{}", 100_000 + index);
        self.by_id.insert(id.clone(), index);
        self.by_order.entry(reported.order_id).or_default().push(index);
        self.by_ad.entry(reported.ad).or_default().push(index);
        self.by_event.insert((reported.event_at, index));
        self.actions.push(Action { id, reported, intended_payout, reversed_at: None });
        cost
    }

    pub(super) fn reverse(&mut self, order: u64, at: Timestamp) -> usize {
        let mut reversed = 0;
        for index in self.by_order.get(&order).into_iter().flatten() {
            let Some(action) = self.actions.get_mut(*index) else { continue };
            if action.state(at) == ActionState::Pending {
                action.reversed_at = Some(whole_second(at));
                reversed += 1;
            }
        }
        reversed
    }

    /// Reverses one action from an instant on.
    pub(super) fn reverse_one(&mut self, id: &str, at: Timestamp) {
        if let Some(action) = self.by_id.get(id).and_then(|index| self.actions.get_mut(*index)) {
            action.reversed_at = Some(action.reversed_at.map_or(whole_second(at), |earlier| earlier.min(at)));
        }
    }

    pub(super) fn of_order(&self, order: u64) -> impl Iterator<Item = &Action> {
        self.by_order.get(&order).into_iter().flatten().filter_map(|index| self.actions.get(*index))
    }

    pub(super) fn of_ad(&self, ad: u64) -> impl Iterator<Item = &Action> {
        self.by_ad.get(&ad).into_iter().flatten().filter_map(|index| self.actions.get(*index))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Action> {
        self.by_id.get(id).and_then(|index| self.actions.get(*index))
    }

    /// Actions whose event lies within `from..=to`, oldest event first.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &Action> {
        let range = (from <= to).then(|| self.by_event.range((from, 0)..=(to, usize::MAX)));
        range.into_iter().flatten().filter_map(|(_, index)| self.actions.get(*index))
    }
}

fn whole_second(time: Timestamp) -> Timestamp {
    time.round(jiff::TimestampRound::new().smallest(Unit::Second).mode(jiff::RoundMode::Floor)).unwrap_or(time)
}
