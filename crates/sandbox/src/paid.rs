//! The account of a paid platform: campaigns with budgets, and what they spent. Pure; the time comes in as an argument.

use std::collections::BTreeMap;

use campaign_pilot_core::{AdCopy, CampaignSpec, Money, OperationTag};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::world::Paid;

/// The first campaign's id.
const FIRST_CAMPAIGN: u64 = 700_001;
const HOUR: i64 = 3_600;

/// Something that is asked of the account.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaidWrite {
    /// A new campaign.
    Create { spec: Box<CampaignSpec>, tag: OperationTag },
    /// A campaign shall rest.
    Pause { campaign: u64 },
    /// A campaign shall run again, until an instant.
    Resume { campaign: u64, until: Timestamp },
    /// A campaign's budget over its life.
    SetBudget { campaign: u64, budget: Money },
    /// When a campaign ends.
    SetEnd { campaign: u64, end: Timestamp },
    /// A campaign's words.
    SetCopy { campaign: u64, copy: AdCopy },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PaidOutcome {
    /// A campaign with this id exists now.
    Created(u64),
    /// It was changed.
    Changed,
    /// It was so already.
    AlreadySo,
    /// It was refused.
    Refused(String),
}

/// A campaign of the account.
#[derive(Clone, Debug)]
pub(crate) struct PaidCampaign {
    pub(crate) id: u64,
    pub(crate) tag: OperationTag,
    pub(crate) name: String,
    pub(crate) landing_page: String,
    pub(crate) copy: AdCopy,
    pub(crate) created_at: Timestamp,
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    pub(crate) is_paused: bool,
    /// Over its whole life.
    pub(crate) budget: Decimal,
    /// What it was charged by now, shown or not.
    pub(crate) charged: Decimal,
    /// What it was charged on the present day, and which day that is.
    pub(crate) today: (i64, Decimal),
    /// Until when it learns.
    pub(crate) learns_until: Timestamp,
    /// What is shown of each hour.
    shown: BTreeMap<i64, (u64, Decimal)>,
    /// What it is credited for.
    actions: Vec<PaidAction>,
}

/// A sale that a campaign is credited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaidAction {
    pub(crate) order: u64,
    pub(crate) at: Timestamp,
    pub(crate) shown_at: Timestamp,
    pub(crate) amount: Decimal,
    pub(crate) new_customer: bool,
    pub(crate) taken_back_at: Option<Timestamp>,
}

/// The account.
#[derive(Clone, Debug, Default)]
pub(crate) struct PaidAccount {
    campaigns: BTreeMap<u64, PaidCampaign>,
}

impl PaidCampaign {
    /// Whether it delivers at an instant, as long as there is budget.
    pub(crate) fn runs(&self, at: Timestamp) -> bool {
        !self.is_paused && self.starts_at <= at && at < self.ends_at
    }

    /// Its budget for a day.
    pub(crate) fn daily_budget(&self) -> Decimal {
        let days = self.ends_at.duration_since(self.starts_at).as_secs() / (24 * HOUR);
        self.budget / Decimal::from(days.max(1))
    }

    /// Clicks and cost that are shown of the hours within a time.
    pub(crate) fn shown(&self, from: Timestamp, to: Timestamp) -> (u64, Decimal) {
        let hours = from.as_second().div_euclid(HOUR)..to.as_second().div_euclid(HOUR).max(from.as_second().div_euclid(HOUR));
        self.shown.range(hours).fold((0, Decimal::ZERO), |(clicks, cost), (_, hour)| (clicks + hour.0, cost + hour.1))
    }

    /// What it is credited for.
    pub(crate) fn actions(&self) -> &[PaidAction] {
        &self.actions
    }
}

impl PaidAccount {
    /// All campaigns, by their ids.
    pub(crate) fn campaigns(&self) -> impl Iterator<Item = &PaidCampaign> {
        self.campaigns.values()
    }

    /// One campaign.
    pub(crate) fn campaign(&self, id: u64) -> Option<&PaidCampaign> {
        self.campaigns.get(&id)
    }

    pub(crate) fn campaigns_mut(&mut self) -> impl Iterator<Item = &mut PaidCampaign> {
        self.campaigns.values_mut()
    }

    /// Does what is asked.
    pub(crate) fn apply(&mut self, write: &PaidWrite, rules: &Paid, now: Timestamp) -> PaidOutcome {
        match write {
            PaidWrite::Create { spec, tag } => self.create(spec, tag, rules, now),
            PaidWrite::Pause { campaign } => self.change(*campaign, |campaign| {
                if std::mem::replace(&mut campaign.is_paused, true) { PaidOutcome::AlreadySo } else { PaidOutcome::Changed }
            }),
            PaidWrite::Resume { campaign, until } => self.change(*campaign, |campaign| {
                let is_so = !campaign.is_paused && campaign.ends_at == *until;
                campaign.is_paused = false;
                campaign.ends_at = *until;
                if is_so { PaidOutcome::AlreadySo } else { PaidOutcome::Changed }
            }),
            PaidWrite::SetBudget { campaign, budget } => {
                self.change(*campaign, |campaign| campaign.set_budget(budget.amount, rules, now))
            }
            PaidWrite::SetEnd { campaign, end } => self.change(*campaign, |campaign| campaign.set_end(*end, rules, now)),
            PaidWrite::SetCopy { campaign, copy } => self.change(*campaign, |campaign| {
                if campaign.copy.has_words_of(copy) {
                    return PaidOutcome::AlreadySo;
                }
                campaign.copy.clone_from(copy);
                PaidOutcome::Changed
            }),
        }
    }

    /// Shows clicks and their cost.
    pub(crate) fn show(&mut self, id: u64, hour: i64, clicks: u64, cost: Decimal) {
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            let shown = campaign.shown.entry(hour).or_default();
            shown.0 += clicks;
            shown.1 += cost;
        }
    }

    /// Credits a sale.
    pub(crate) fn credit(&mut self, id: u64, action: PaidAction) {
        if let Some(campaign) = self.campaigns.get_mut(&id) {
            campaign.actions.push(action);
        }
    }

    /// Takes the credit for an order back.
    pub(crate) fn take_back(&mut self, id: u64, order: u64, at: Timestamp) {
        let actions = self.campaigns.get_mut(&id).map(|campaign| &mut campaign.actions);
        if let Some(action) = actions.and_then(|actions| actions.iter_mut().find(|action| action.order == order)) {
            action.taken_back_at = Some(at);
        }
    }

    fn create(&mut self, spec: &CampaignSpec, tag: &OperationTag, rules: &Paid, now: Timestamp) -> PaidOutcome {
        let id = self.campaigns.last_key_value().map_or(FIRST_CAMPAIGN, |(last, _)| last + 1);
        let campaign = PaidCampaign {
            id,
            tag: tag.clone(),
            name: spec.name.clone(),
            landing_page: spec.landing_page.clone(),
            copy: spec.copy.clone(),
            created_at: now,
            starts_at: spec.flight.start(),
            ends_at: spec.flight.end(),
            is_paused: false,
            budget: spec.budget.amount,
            charged: Decimal::ZERO,
            today: (i64::MIN, Decimal::ZERO),
            learns_until: after_learning(spec.flight.start().max(now), rules),
            shown: BTreeMap::new(),
            actions: Vec::new(),
        };
        if let Some(refusal) = too_small(campaign.daily_budget(), rules) {
            return refusal;
        }
        self.campaigns.insert(id, campaign);
        PaidOutcome::Created(id)
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut PaidCampaign) -> PaidOutcome) -> PaidOutcome {
        self.campaigns.get_mut(&id).map_or_else(|| PaidOutcome::Refused(format!("campaign {id} is not known")), change)
    }
}

impl PaidCampaign {
    fn set_budget(&mut self, budget: Decimal, rules: &Paid, now: Timestamp) -> PaidOutcome {
        if budget == self.budget {
            return PaidOutcome::AlreadySo;
        }
        let before = std::mem::replace(&mut self.budget, budget);
        if let Some(refusal) = too_small(self.daily_budget(), rules) {
            self.budget = before;
            return refusal;
        }
        let big = Decimal::try_from(rules.big_edit).unwrap_or(Decimal::ONE);
        if (budget - before).abs() > big * before {
            self.learns_until = after_learning(now, rules);
        }
        PaidOutcome::Changed
    }

    /// The budget over the campaign's life stays, so that more days leave less for each.
    fn set_end(&mut self, end: Timestamp, rules: &Paid, now: Timestamp) -> PaidOutcome {
        if self.ends_at <= now || end <= now || end <= self.starts_at {
            return PaidOutcome::Refused(format!("a campaign that ends at {} cannot end at {end}", self.ends_at));
        }
        if end == self.ends_at {
            return PaidOutcome::AlreadySo;
        }
        let before = std::mem::replace(&mut self.ends_at, end);
        if let Some(refusal) = too_small(self.daily_budget(), rules) {
            self.ends_at = before;
            return refusal;
        }
        PaidOutcome::Changed
    }
}

fn too_small(daily: Decimal, rules: &Paid) -> Option<PaidOutcome> {
    let least = Decimal::try_from(rules.min_daily_budget).unwrap_or_default();
    (daily < least).then(|| {
        PaidOutcome::Refused(format!(
            "a daily budget of {daily:.2} is below the least of {least:.2}: raise the budget or shorten the flight"
        ))
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a few weeks of seconds")]
fn after_learning(from: Timestamp, rules: &Paid) -> Timestamp {
    let seconds = (rules.learning_days * 24.0 * HOUR as f64) as i64;
    from.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
