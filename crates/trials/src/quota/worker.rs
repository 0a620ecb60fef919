//! One of those who share the account: what it wants to do, and how it waits for room.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::ports::{CallQuota, CampaignPlatform};
use campaign_pilot_core::{
    AdCopy, Applied, CampaignId, CampaignSpec, Currency, DecisionId, Effect, ErrorKind, InMemoryQuota, ManualClock, Money,
    OperationId, OperationTag, Period, PlatformCampaignId, PortError, ProductId,
};
use campaign_pilot_impact_client::{
    AdId, CatalogId, CatalogItem, CatalogItemId, ClickQuery, ImpactApi, ImpactConfig, ImpactError, ImpactPlatform, ProgramId,
};
use campaign_pilot_memory::SqliteMemory;
use campaign_pilot_sandbox::PlatformSettings;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::trial::Failure;

/// A worker's share of the account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Share {
    pub(super) url: String,
    pub(super) account_sid: String,
    pub(super) auth_token: String,
    pub(super) program: String,
    pub(super) currency: Currency,
    /// When the run begins.
    pub(super) begin: Timestamp,
    /// The file with the count that all workers share; `None`: a count of its own.
    pub(super) quota: Option<PathBuf>,
    pub(super) limits: Limits,
    /// Which worker it is, and of how many.
    pub(super) worker: u32,
    pub(super) workers: u32,
    /// The campaigns of all workers together.
    pub(super) campaigns: u32,
    pub(super) days: u32,
    /// The pages of the products to advertise.
    pub(super) pages: Vec<String>,
}

/// What a worker allows all who share the count: four fifths of what the account allows.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(super) struct Limits {
    calls: u32,
    catalogs: u32,
    exports: u32,
    clicks: u32,
}

impl Limits {
    /// Four fifths of an account's quotas.
    pub(super) const fn of(settings: &PlatformSettings) -> Self {
        Self {
            calls: settings.requests_per_hour / 5 * 4,
            catalogs: settings.catalog_requests_per_hour / 5 * 4,
            exports: settings.exports_per_day / 5 * 4,
            clicks: settings.click_exports_per_day * 4 / 5,
        }
    }
}

/// What workers did.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Tally {
    /// Tasks that were done.
    pub(super) done: u64,
    /// Times that a task was put off for want of room.
    pub(super) held_back: u64,
    /// Tasks that failed for another reason.
    pub(super) failed: u64,
    /// Why the first of these failed.
    pub(super) failure: Option<String>,
}

impl Tally {
    /// Adds what others did.
    pub(super) fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.held_back += other.held_back;
        self.failed += other.failed;
        if self.failure.is_none() {
            self.failure.clone_from(&other.failure);
        }
    }
}

/// What is to be done, the most urgent first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Kind {
    Pause,
    Launch,
    Resume,
    List,
    Actions,
    Report,
    Clicks,
    Item,
    Read,
}

/// How a task ended.
enum End {
    Done,
    /// There was no room under a quota.
    HeldBack,
    /// It was sent and nothing clear came back: look before sending it again.
    Unclear,
    Failed(String),
}

/// One who shares the account.
pub(super) struct Worker {
    share: Share,
    clock: Arc<ManualClock>,
    platform: ImpactPlatform,
    /// What waits, by kind: numbers of campaigns or of items.
    waiting: BTreeMap<Kind, VecDeque<u32>>,
    /// The ads of our campaigns.
    ads: BTreeMap<u32, PlatformCampaignId>,
    /// Launches of which it is not known whether they took effect.
    unclear: BTreeMap<u32, Timestamp>,
}

impl Worker {
    /// Connects to the account and to the shared count. Sends nothing.
    pub(super) async fn open(share: Share) -> Result<Self, Failure> {
        let clock = Arc::new(ManualClock::starting_at(share.begin));
        let quota: Arc<dyn CallQuota> = match &share.quota {
            Some(file) => Arc::new(SqliteMemory::open(file).await?),
            None => Arc::new(InMemoryQuota::default()),
        };
        let program = ProgramId::new(&share.program)?;
        let Limits { calls, catalogs, exports, clicks } = share.limits;
        let config = ImpactConfig {
            base_url: Some(share.url.parse()?),
            calls_per_hour: calls,
            reserved_for_pauses: calls / 16,
            catalog_calls_per_hour: catalogs,
            exports_per_day: exports,
            click_exports_per_day: clicks,
            poll_interval: Duration::from_millis(1),
            // A quota has room again after simulated minutes, which pass by no real waiting.
            operation_deadline: Duration::from_secs(20),
            retry_seed: Some(1),
            ..ImpactConfig::new(share.account_sid.as_str(), share.auth_token.as_str(), program, share.currency)
        };
        let api = ImpactApi::with_quota(config, Arc::<ManualClock>::clone(&clock), quota)?;
        let platform = ImpactPlatform::over(api);
        Ok(Self { share, clock, platform, waiting: BTreeMap::new(), ads: BTreeMap::new(), unclear: BTreeMap::new() })
    }

    /// Does what is due at an instant, as far as there is room.
    pub(super) async fn step(&mut self, now: Timestamp) -> Tally {
        self.clock.advance_to(now);
        self.plan(now);
        let mut tally = Tally::default();
        let kinds: Vec<Kind> = self.waiting.keys().copied().collect();
        for kind in kinds {
            let mut unclear = Vec::new();
            while let Some(number) = self.waiting.get_mut(&kind).and_then(VecDeque::pop_front) {
                match self.perform(kind, number, now).await {
                    End::Done => tally.done += 1,
                    End::HeldBack => {
                        tally.held_back += 1;
                        self.waiting.entry(kind).or_default().push_front(number);
                        break;
                    }
                    // It is looked for in a later step.
                    End::Unclear => unclear.push(number),
                    End::Failed(reason) => {
                        tally.add(&Tally { failed: 1, failure: Some(format!("{kind:?}: {reason}")), ..Tally::default() });
                    }
                }
            }
            self.waiting.entry(kind).or_default().extend(unclear);
        }
        tally
    }

    /// Adds what becomes due at an instant. What still waits from the last time is not asked for twice.
    fn plan(&mut self, now: Timestamp) {
        let minutes = now.duration_since(self.share.begin).as_mins();
        let (day, minute) = (minutes / (24 * 60), minutes % (24 * 60));
        let mine: Vec<u32> = (self.share.worker..self.share.campaigns).step_by(self.share.workers as usize).collect();
        let mut due = |kind: Kind, numbers: &[u32]| {
            let waiting = self.waiting.entry(kind).or_default();
            let new: Vec<u32> = numbers.iter().copied().filter(|number| !waiting.contains(number)).collect();
            waiting.extend(new);
        };
        if minutes == 0 {
            due(Kind::Launch, &mine);
        }
        // Everything is paused over noon, every day.
        if minute == 12 * 60 {
            due(Kind::Pause, &mine);
        }
        if minute == 18 * 60 {
            due(Kind::Resume, &mine);
        }
        if minute % 60 == 0 {
            due(Kind::List, &[0]);
            due(Kind::Actions, &[0]);
            due(Kind::Read, &mine);
        }
        if minute % 30 == 0 {
            due(Kind::Report, &[0]);
        }
        if minute % 120 == 0 {
            due(Kind::Clicks, &[0]);
        }
        if day % 10 == 0 && minute == 3 * 60 {
            let items: Vec<u32> = (0..self.share.limits.catalogs / 2).collect();
            due(Kind::Item, &items);
        }
    }

    async fn perform(&mut self, kind: Kind, number: u32, now: Timestamp) -> End {
        let api = self.platform.api();
        let hours = |hours| Period::new(now - SignedDuration::from_hours(hours), now);
        match kind {
            Kind::Launch => self.launch(number, now).await,
            Kind::Pause => match self.ads.get(&number) {
                Some(ad) => applied(self.platform.pause(ad).await),
                None => End::Done,
            },
            Kind::Resume => self.resume(number).await,
            Kind::Read => match self.ads.get(&number) {
                Some(ad) => read(self.platform.details(ad).await),
                None => End::Done,
            },
            Kind::List => read(self.platform.all().await),
            Kind::Actions => match hours(2) {
                Ok(period) => sent(api.actions(period).await),
                Err(error) => End::Failed(error.to_string()),
            },
            Kind::Report => match hours(24) {
                Ok(period) => sent(api.ad_report(period).await),
                Err(error) => End::Failed(error.to_string()),
            },
            Kind::Clicks => match self.click_query(now) {
                Some(query) => sent(api.export_clicks(&query).await),
                None => End::Done,
            },
            Kind::Item => match self.item(number) {
                Ok((catalog, item)) => sent(api.upsert_catalog_item(&catalog, &item).await),
                Err(error) => End::Failed(error.to_string()),
            },
        }
    }

    async fn launch(&mut self, number: u32, now: Timestamp) -> End {
        let tag = self.tag(number);
        if let Some(since) = self.unclear.get(&number).copied() {
            match self.platform.find_by_tag(&tag, since).await {
                Ok(found) => {
                    self.unclear.remove(&number);
                    if let Some(campaign) = found.into_iter().next() {
                        self.ads.insert(number, campaign.id);
                        return End::Done;
                    }
                }
                Err(error) => return port_failure(&error),
            }
        }
        let spec = match self.spec(number) {
            Ok(spec) => spec,
            Err(error) => return End::Failed(error.to_string()),
        };
        match self.platform.create(&spec, &tag).await {
            Applied::Done(Effect::Live { campaign } | Effect::Scheduled { campaign, .. }) => {
                self.ads.insert(number, campaign);
                End::Done
            }
            Applied::Done(effect) => End::Failed(format!("a launch came to {effect:?}")),
            Applied::Rejected(error) => port_failure(&error),
            Applied::Unknown(_) => {
                self.unclear.entry(number).or_insert(now);
                End::Unclear
            }
        }
    }

    async fn resume(&mut self, number: u32) -> End {
        let Some(ad) = self.ads.get(&number) else { return End::Done };
        match self.spec(number) {
            Ok(spec) => {
                let until = spec.flight.end();
                applied(self.platform.resume(ad, &spec, &self.tag(number), until).await)
            }
            Err(error) => End::Failed(error.to_string()),
        }
    }

    fn tag(&self, number: u32) -> OperationTag {
        OperationTag::of(&OperationId::of(&DecisionId::of("quota", &format!("campaign-{number}")), 0))
    }

    fn spec(&self, number: u32) -> Result<CampaignSpec, Failure> {
        let pages = self.share.pages.len().max(1);
        let product = number as usize % pages;
        let page = self.share.pages.get(product).ok_or("there is no page to advertise")?;
        let begin = self.share.begin;
        let end = begin.checked_add(SignedDuration::from_hours(24 * (i64::from(self.share.days) + 10)))?;
        Ok(CampaignSpec {
            id: CampaignId::of_launch(&DecisionId::of("quota", &format!("campaign-{number}"))),
            product: ProductId::from_number(product as u64 + 1),
            sku: None,
            name: format!("Campaign {number}"),
            landing_page: page.clone(),
            copy: AdCopy { headline: "Look here".to_owned(), body: String::new(), written_by: "trial".to_owned() },
            budget: Money::new(Decimal::from(30), self.share.currency),
            flight: Period::new(begin, end)?,
        })
    }

    /// The clicks of the day before on one of our ads: another one each time, so that each is an export of its own.
    fn click_query(&self, now: Timestamp) -> Option<ClickQuery> {
        let hours = usize::try_from(now.as_second() / 3600).ok()?;
        let ad = self.ads.values().nth(hours % self.ads.len().max(1))?;
        let day = (now - SignedDuration::from_hours(24)).to_zoned(TimeZone::UTC).date();
        Some(ClickQuery { ads: vec![AdId::new(ad.as_str()).ok()?], ..ClickQuery::of(day) })
    }

    fn item(&self, number: u32) -> Result<(CatalogId, CatalogItem), Failure> {
        let id = CatalogItemId::new(format!("w{}-{number}", self.share.worker))?;
        let item = CatalogItem::new(id, format!("Item {number}"), format!("https://shop.example/product/p-{number}/"));
        Ok((CatalogId::new("5500")?, item))
    }
}

fn applied(applied: Applied) -> End {
    match applied {
        Applied::Done(_) => End::Done,
        Applied::Rejected(error) => port_failure(&error),
        // A pause or a resumption can be sent again.
        Applied::Unknown(error) if error.kind() == ErrorKind::RateLimited => End::HeldBack,
        Applied::Unknown(error) => End::Failed(error.to_string()),
    }
}

fn read<T>(result: Result<T, PortError>) -> End {
    result.map_or_else(|error| port_failure(&error), |_| End::Done)
}

fn sent<T>(result: Result<T, ImpactError>) -> End {
    match result {
        Ok(_) => End::Done,
        Err(error) if error.kind() == ErrorKind::RateLimited => End::HeldBack,
        Err(error) => End::Failed(error.to_string()),
    }
}

fn port_failure(error: &PortError) -> End {
    if error.kind() == ErrorKind::RateLimited { End::HeldBack } else { End::Failed(error.to_string()) }
}
