//! Everything the simulated impact.com knows. Pure: no clock, no I/O; the time comes in as an argument.

mod actions;
mod ads;
mod clicks;
mod deals;
mod docs;
mod jobs;
mod rules;
mod seen;
mod write;

use std::collections::BTreeMap;

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use rust_decimal::Decimal;

pub(crate) use actions::{Action, ActionItem, ActionState, NewAction};
pub(crate) use ads::Ad;
pub(crate) use clicks::ClickCount;
pub(crate) use deals::Deal;
pub(crate) use docs::{Doc, DocKind};
pub(crate) use jobs::{Export, Job};
pub use rules::{BlockRule, RuleState};
pub(crate) use write::{WriteAnswer, WriteRequest};

pub(crate) use actions::SALE_TRACKER;

use super::history::{AdRecord, DealRecord, PlatformRequest, SeenRequest};
use super::limits::{Quota, QuotaGroup, QuotaUse, Traffic};
use super::settings::{PlatformSettings, ProgramState};
use actions::ActionBook;
use clicks::ClickBook;
use docs::DocBook;
use jobs::JobBook;
use seen::SeenBook;

/// The first ad's id.
const FIRST_AD: u64 = 892_081;
/// The id of the rule that the settings make.
const FIRST_RULE: u64 = 50_000;

/// The id of the ad that every program has from the start.
pub(crate) const DEFAULT_AD: u64 = 506_720;

/// A partner and its terms.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Partner {
    /// Its name.
    pub(crate) name: String,
    /// What part of an order's revenue it earns.
    pub(crate) commission: Decimal,
    /// What it earns for a click, if it does.
    pub(crate) cost_per_click: Option<Decimal>,
}

/// Everything the simulated impact.com knows.
///
/// The market feeds it with [`record_clicks`](Self::record_clicks), [`record_action`](Self::record_action) and
/// [`reverse_action`](Self::reverse_action); requests change it through [`apply`](Self::apply) alone, so that a log
/// of the requests and the market's seed bring it back.
#[derive(Clone, Debug)]
pub(crate) struct PlatformState {
    settings: PlatformSettings,
    partners: BTreeMap<u64, Partner>,
    ads: BTreeMap<u64, Ad>,
    deals: BTreeMap<u64, Deal>,
    /// The id of the last deal, which may be gone: ids are not given twice.
    last_deal: u64,
    rules: Vec<BlockRule>,
    clicks: ClickBook,
    actions: ActionBook,
    jobs: JobBook,
    docs: DocBook,
    catalog_pulled: bool,
    catalog_updated_at: Option<Timestamp>,
    history: Vec<PlatformRequest>,
    seen: SeenBook,
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
            last_deal: deals::FIRST_DEAL - 1,
            rules,
            clicks: ClickBook::default(),
            actions: ActionBook::default(),
            jobs: JobBook::default(),
            docs: DocBook::default(),
            catalog_pulled: false,
            catalog_updated_at: None,
            history: Vec::new(),
            seen: SeenBook::default(),
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

    /// Makes a partner known; actions of unknown partners are shown with a made-up name.
    pub(crate) fn add_partner(&mut self, id: u64, partner: Partner) {
        self.partners.insert(id, partner);
    }

    /// All partners, by their ids.
    pub(crate) fn partners(&self) -> impl Iterator<Item = (u64, &Partner)> {
        self.partners.iter().map(|(id, partner)| (*id, partner))
    }

    /// The ids of all partners.
    pub(crate) fn partner_ids(&self) -> impl Iterator<Item = u64> {
        self.partners.keys().copied()
    }

    /// A partner's name.
    #[must_use]
    pub(crate) fn partner_name(&self, id: u64) -> String {
        self.partners.get(&id).map_or_else(|| format!("Partner {id}"), |partner| partner.name.clone())
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
    pub(crate) fn record_clicks(&mut self, ad: u64, partner: u64, hour: Timestamp, clicks: u64, cost: Decimal) {
        self.clicks.record(ad, partner, hour, clicks, cost);
    }

    /// Adds an action, which shows from its `created_at` on, and says what it costs.
    pub(crate) fn record_action(&mut self, action: NewAction) -> Decimal {
        self.actions.record(action, &self.settings)
    }

    /// Reverses the actions of an order, unless they are locked by then; says how many it reversed.
    pub(crate) fn reverse_action(&mut self, order_id: u64, at: Timestamp) -> usize {
        self.actions.reverse(order_id, at)
    }

    /// What the actions of an order that stand have cost.
    pub(crate) fn standing_cost(&self, order_id: u64) -> Decimal {
        self.actions
            .of_order(order_id)
            .filter(|action| action.reversed_at.is_none())
            .map(|action| action.reported.client_cost)
            .sum()
    }

    /// The actions that an ad is credited for, in the order of recording, whether or not they show yet.
    pub(crate) fn actions_of(&self, ad: u64) -> impl Iterator<Item = &Action> {
        self.actions.of_ad(ad)
    }

    /// A number that changes whenever an ad may have changed.
    #[must_use]
    pub(crate) const fn ad_changes(&self) -> u64 {
        self.history.len() as u64
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

    /// What each partner sent within `[from, to)`, over all ads.
    #[must_use]
    pub(crate) fn clicks_by_partner(&self, from: Timestamp, to: Timestamp) -> BTreeMap<u64, ClickCount> {
        self.clicks.by_partner(from, to)
    }

    /// What one partner sent for an ad within the hour that starts at `hour`.
    #[must_use]
    pub(crate) fn click_count(&self, ad: u64, hour: Timestamp, partner: u64) -> Option<ClickCount> {
        self.clicks.get(ad, hour, partner)
    }

    /// All clicks: ad, hour, partner, number.
    pub(crate) fn click_counts(&self) -> impl Iterator<Item = (u64, Timestamp, u64, ClickCount)> {
        self.clicks.iter()
    }

    /// All resources of a kind that are kept as they are shown, by their ids.
    pub(crate) fn docs(&self, kind: DocKind) -> impl Iterator<Item = &Doc> {
        self.docs.of(kind)
    }

    /// One of them.
    #[must_use]
    pub(crate) fn doc(&self, kind: DocKind, id: &str) -> Option<&Doc> {
        self.docs.get(kind, id)
    }

    /// Whether the catalog is pulled from an address.
    #[must_use]
    pub(crate) const fn is_catalog_pulled(&self) -> bool {
        self.catalog_pulled
    }

    /// When an item of the catalog last changed.
    #[must_use]
    pub(crate) const fn catalog_updated_at(&self) -> Option<Timestamp> {
        self.catalog_updated_at
    }

    /// Requests that could change something, oldest first.
    #[must_use]
    pub(crate) fn history(&self) -> &[PlatformRequest] {
        &self.history
    }

    /// Every request since the process began, if they are remembered.
    #[must_use]
    pub(crate) fn seen(&self) -> Vec<SeenRequest> {
        self.seen.requests()
    }

    /// Where requests are remembered, if they are.
    pub(crate) const fn seen_book(&mut self) -> Option<&mut SeenBook> {
        if self.settings.remembers_reads { Some(&mut self.seen) } else { None }
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

    /// Counts a request against its hourly quota.
    pub(crate) fn admit_request(&mut self, group: QuotaGroup, now: Timestamp) -> Quota {
        self.traffic.admit(group, now, &self.settings)
    }

    /// How the quotas were used.
    #[must_use]
    pub(crate) fn quotas(&self) -> Vec<QuotaUse> {
        self.traffic.uses(&self.settings)
    }
}

#[cfg(test)]
mod tests;
