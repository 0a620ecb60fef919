//! Everything the simulated impact.com knows. Pure: no clock, no I/O; the time comes in as an argument.

mod actions;
mod ads;
mod clicks;
mod deals;
mod jobs;
mod rules;
mod write;

use std::collections::BTreeMap;

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;

pub(crate) use actions::{Action, ActionItem, ActionState, NewAction};
pub(crate) use ads::Ad;
pub(crate) use clicks::ClickCount;
pub(crate) use deals::Deal;
pub(crate) use jobs::Job;
pub use rules::{BlockRule, RuleState};
pub(crate) use write::{WriteAnswer, WriteRequest};

pub(crate) use actions::SALE_TRACKER;

use super::history::{AdRecord, DealRecord, PlatformRequest};
use super::limits::{Quota, Traffic};
use super::settings::{PlatformSettings, ProgramState};
use actions::ActionBook;
use clicks::ClickBook;
use jobs::JobBook;

/// The first ad's id.
const FIRST_AD: u64 = 892_081;
/// The id of the rule that the settings make.
const FIRST_RULE: u64 = 50_000;

/// Everything the simulated impact.com knows.
///
/// The market feeds it with [`record_clicks`](Self::record_clicks), [`record_action`](Self::record_action) and
/// [`reverse_action`](Self::reverse_action); requests change it through [`apply`](Self::apply) alone, so that a log
/// of the requests and the market's seed bring it back.
#[derive(Clone, Debug)]
pub(crate) struct PlatformState {
    settings: PlatformSettings,
    partners: BTreeMap<u64, String>,
    ads: BTreeMap<u64, Ad>,
    deals: BTreeMap<u64, Deal>,
    rules: Vec<BlockRule>,
    clicks: ClickBook,
    actions: ActionBook,
    jobs: JobBook,
    history: Vec<PlatformRequest>,
    traffic: Traffic,
}

impl PlatformState {
    /// An account without ads, clicks or actions.
    #[must_use]
    pub(crate) fn new(settings: PlatformSettings) -> Self {
        let rules = settings.block_expired_ads.then(|| BlockRule::expired_ads(FIRST_RULE)).into_iter().collect();
        Self {
            settings,
            partners: BTreeMap::new(),
            ads: BTreeMap::new(),
            deals: BTreeMap::new(),
            rules,
            clicks: ClickBook::default(),
            actions: ActionBook::default(),
            jobs: JobBook::default(),
            history: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// How the account is set up.
    #[must_use]
    pub(crate) const fn settings(&self) -> &PlatformSettings {
        &self.settings
    }

    /// Changes the program's state, as a person or impact.com itself would.
    pub(crate) const fn set_program_state(&mut self, state: ProgramState) {
        self.settings.program_state = state;
    }

    /// Replaces the rules that block or redirect clicks, as a person would.
    pub(crate) fn set_rules(&mut self, rules: Vec<BlockRule>) {
        self.rules = rules;
    }

    /// Makes a partner known by name; actions of unknown partners are shown with a made-up name.
    pub(crate) fn add_partner(&mut self, id: u64, name: impl Into<String>) {
        self.partners.insert(id, name.into());
    }

    /// A partner's name.
    #[must_use]
    pub(crate) fn partner_name(&self, id: u64) -> String {
        self.partners.get(&id).cloned().unwrap_or_else(|| format!("Partner {id}"))
    }

    /// All ads that were created, in the order of their ids.
    pub(crate) fn ads(&self) -> impl Iterator<Item = &Ad> {
        self.ads.values()
    }

    /// One ad.
    #[must_use]
    pub(crate) fn ad(&self, id: u64) -> Option<&Ad> {
        self.ads.get(&id)
    }

    /// All deals that were created and not deleted, in the order of their ids.
    pub(crate) fn deals(&self) -> impl Iterator<Item = &Deal> {
        self.deals.values()
    }

    /// One deal.
    #[must_use]
    pub(crate) fn deal(&self, id: u64) -> Option<&Deal> {
        self.deals.get(&id)
    }

    /// The rules that block or redirect clicks.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &BlockRule> {
        self.rules.iter()
    }

    /// Every ad, for the judge.
    #[must_use]
    pub(crate) fn ad_records(&self, now: Timestamp) -> Vec<AdRecord> {
        let record = |ad: &Ad| AdRecord {
            id: ad.id,
            tag: OperationTag::find_in(&ad.labels),
            landing_page: ad.landing_page.clone(),
            deal: ad.deal_id.parse().ok(),
            created_at: ad.created_at,
            starts_at: ad.starts_at,
            ends_at: ad.ends_at,
            offered: ad.offered(now),
        };
        self.ads().map(record).collect()
    }

    /// Every deal, for the judge.
    #[must_use]
    pub(crate) fn deal_records(&self) -> Vec<DealRecord> {
        let record = |deal: &Deal| DealRecord {
            id: deal.id,
            tag: OperationTag::find_in(deal.text("Description")),
            created_at: deal.created_at,
            starts_at: deal.starts_at,
            ends_at: deal.ends_at,
        };
        self.deals().map(record).collect()
    }

    /// Whether clicks on links that are already posted lead nowhere: the program is not active, or the ad has ended
    /// and the account has a running rule that blocks expired ads.
    #[must_use]
    pub(crate) fn is_traffic_blocked(&self, ad: u64, at: Timestamp) -> bool {
        let ended = self.ads.get(&ad).is_none_or(|ad| ad.has_ended(at));
        self.settings.program_state != ProgramState::Active || (ended && self.rules.iter().any(|rule| rule.stops_expired_ads(at)))
    }

    /// Adds clicks that a partner sent for an ad within the hour that starts at `hour`, and what they cost.
    pub(crate) fn record_clicks(&mut self, ad: u64, partner: u64, hour: Timestamp, clicks: u64, cost: rust_decimal::Decimal) {
        self.clicks.record(ad, partner, hour, clicks, cost);
    }

    /// Adds an action. It shows from its `created_at` on.
    pub(crate) fn record_action(&mut self, action: NewAction) {
        self.actions.record(action, self.settings.program_id);
    }

    /// Reverses the actions of an order, unless they are locked by then; says how many it reversed.
    pub(crate) fn reverse_action(&mut self, order_id: u64, at: Timestamp) -> usize {
        self.actions.reverse(order_id, at)
    }

    /// Every action ever recorded, in the order of recording, whether or not it shows yet.
    pub(crate) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.actions.iter()
    }

    /// Clicks on an ad in the hours that start within `[from, to)`, over all partners.
    #[must_use]
    pub(crate) fn clicks(&self, ad: u64, from: Timestamp, to: Timestamp) -> ClickCount {
        self.clicks.total(ad, from, to)
    }

    /// Requests that could change something, oldest first.
    #[must_use]
    pub(crate) fn history(&self) -> &[PlatformRequest] {
        &self.history
    }

    pub(crate) const fn action_book(&self) -> &ActionBook {
        &self.actions
    }

    pub(crate) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter()
    }

    pub(crate) fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.get(id)
    }

    /// Looks at a job: as this look finds it. The next look finds it one step further.
    pub(crate) fn poll_job(&mut self, id: &str) -> Option<Job> {
        self.jobs.poll(id)
    }

    /// Counts a request against the hourly quota.
    pub(crate) fn admit_request(&mut self, now: Timestamp) -> Quota {
        self.traffic.admit(now, self.settings.requests_per_hour)
    }
}

#[cfg(test)]
mod tests;
