//! What the agents decide on: plain values, read by the driver.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campaign_pilot_core::ports::MarketSignal;
use campaign_pilot_core::{
    Campaign, CampaignId, CampaignRecord, Currency, DecisionRecord, DesiredStatus, EffectiveStatus, OpenOperation,
    PlatformCampaignId, Product, ProductId, ShopTimeZone,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::analyst::CampaignAnalysis;
use crate::changes::ChangeLog;
use crate::checks::Checks;
use crate::creator::DrawLog;
use crate::cycle::DayTotals;
use crate::history::{CatalogState, Coverage};
use crate::hours::HourRows;
use crate::incrementality::CausedEstimate;
use crate::learn::Learned;
use crate::results::Results;
use crate::spending::Spending;
use campaign_pilot_decision_engine::Readings;

/// What is remembered at the beginning of a cycle.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Known {
    /// All campaigns, in the order of their ids.
    pub campaigns: Vec<CampaignRecord>,
    /// Operations that are not settled.
    pub open: Vec<OpenOperation>,
    /// The platform's objects that a campaign had before it was recreated.
    pub former: BTreeMap<CampaignId, BTreeSet<PlatformCampaignId>>,
    /// The products as last read; `None` before the first reading.
    pub catalog: Option<CatalogState>,
    /// Which time of the store's past is remembered; `None` before the first reading.
    pub coverage: Option<Coverage>,
    /// What earlier campaigns taught.
    pub learned: Arc<Learned>,
    /// The last analysis of each campaign.
    pub analyses: Arc<BTreeMap<CampaignId, CampaignAnalysis>>,
    /// When each campaign's budget was last raised.
    pub raised_at: BTreeMap<CampaignId, Timestamp>,
    /// Cost and revenue of all campaigns at the end of each day.
    pub daily: Arc<BTreeMap<String, DayTotals>>,
    /// What campaigns cost over time, and what stops taught.
    #[serde(default)]
    pub spending: Arc<Spending>,
    /// What campaigns did from day to day, and what was changed about them.
    #[serde(default)]
    pub results: Arc<Results>,
    /// What plans changed lately; `None` before the first plan that changed anything.
    #[serde(default)]
    pub changes: Option<ChangeLog>,
    /// How earlier decisions turned out, and which are still open.
    #[serde(default)]
    pub checks: Arc<Checks>,
    /// Which draws of products that are tried were recorded.
    #[serde(default)]
    pub draws: Arc<DrawLog>,
    /// The zone in which the shop's days begin, once the products are not needed any more.
    #[serde(default)]
    pub time_zone: Option<ShopTimeZone>,
}

impl Known {
    /// The campaigns that are wanted, known to the platform, and within their flight at `now`.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &CampaignRecord> {
        self.campaigns.iter().filter(move |record| is_live(record, now))
    }

    /// The campaigns whose numbers still change at `now`: their flight is not over for longer than `tail`.
    pub fn in_tail(&self, now: Timestamp, tail: SignedDuration) -> impl Iterator<Item = &CampaignRecord> {
        self.campaigns.iter().filter(move |record| {
            let flight = record.campaign.spec.flight;
            record.campaign.platform_id.is_some()
                && flight.start() < now
                && flight.end().checked_add(tail).is_ok_and(|end| now < end)
        })
    }

    /// One campaign.
    pub(crate) fn record(&self, campaign: &CampaignId) -> Option<&CampaignRecord> {
        let place = self.campaigns.binary_search_by(|record| record.campaign.spec.id.cmp(campaign));
        place.ok().and_then(|place| self.campaigns.get(place))
    }

    /// All platform objects of a campaign: the present one and those before it.
    #[must_use]
    pub fn objects_of(&self, record: &CampaignRecord) -> BTreeSet<PlatformCampaignId> {
        let former = self.former.get(&record.campaign.spec.id).into_iter().flatten();
        record.campaign.platform_id.iter().chain(former).cloned().collect()
    }

    /// Whether an operation on the campaign is not settled.
    #[must_use]
    pub fn is_open(&self, campaign: &CampaignId) -> bool {
        self.open.iter().any(|operation| operation.intent.action.campaign() == campaign)
    }
}

/// Whether a campaign is wanted, known to the platform, and within its flight.
pub(crate) fn is_live(record: &CampaignRecord, now: Timestamp) -> bool {
    let campaign = &record.campaign;
    campaign.desired == DesiredStatus::Active && campaign.platform_id.is_some() && campaign.spec.flight.contains(now)
}

/// Whether a campaign may spend at `now` or later: it is wanted, or its end is not confirmed yet, and its flight is not over.
pub(crate) fn may_run(campaign: &Campaign, now: Timestamp) -> bool {
    let has_ended = matches!(campaign.effective, EffectiveStatus::Stopped | EffectiveStatus::Unlisted);
    (campaign.desired == DesiredStatus::Active || !has_ended) && campaign.spec.flight.end() > now
}

/// Everything that was read for one decision: the store, its history, the market.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Snapshot {
    /// The name of the cycle, from which every id is derived.
    pub cycle: String,
    /// The instant of the decision.
    pub now: Timestamp,
    /// The currency in which the store sells.
    pub store_currency: Currency,
    /// The currency in which the platform bills.
    pub platform_currency: Currency,
    /// The products, by id.
    pub products: Arc<BTreeMap<ProductId, Product>>,
    /// The remembered hours of each product.
    pub hours: Arc<BTreeMap<ProductId, HourRows>>,
    /// Which time the hours cover.
    pub coverage: Option<Coverage>,
    /// Up to when the platform's numbers of campaigns were read in this cycle. They stand in [`Known`] as of when they last changed.
    #[serde(default)]
    pub performance_until: BTreeMap<CampaignId, Timestamp>,
    /// What the market says about products.
    pub signals: BTreeMap<ProductId, MarketSignal>,
    /// Whether a page-view source is configured.
    pub views: bool,
    /// The launch decisions of campaigns that are over and were not learned from yet.
    pub launches: BTreeMap<CampaignId, DecisionRecord>,
    /// Whether everything was read, complete and fresh. If not, nothing may be raised on it.
    pub data_trusted: bool,
}

impl Snapshot {
    /// Up to when the sources of a campaign's facts were read.
    pub(crate) fn readings(&self, known: &Known, record: &CampaignRecord, caused: Option<&CausedEstimate>) -> Readings {
        let spec = &record.campaign.spec;
        let covered = self.coverage.filter(|_| self.hours.contains_key(&spec.product));
        let sales = covered.map(|covered| covered.until);
        // A product that is gone is known as it was when its campaign was launched.
        let listed = known.catalog.as_ref().filter(|_| self.products.contains_key(&spec.product));
        let changed = || record.performance.as_ref().map(|performance| performance.period.end());
        Readings {
            product: Some(listed.map_or(record.launched_at, |catalog| catalog.read_at)),
            sales,
            views: sales.filter(|_| self.views),
            platform: self.performance_until.get(&spec.id).copied().or_else(changed),
            caused: caused.filter(|caused| caused.share.estimate.known().is_some()).map(|caused| caused.at),
        }
    }
}
