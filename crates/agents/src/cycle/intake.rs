//! Taking in what was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{
    AdCopy, CampaignId, CampaignPerformance, CampaignRecord, Intent, Measured, MoneyError, PerformanceReading, Period,
    PlatformCampaignId, Product, ProductId, SalesReading, ViewsReading,
};
use campaign_pilot_metrics::quality::{DataSource, Listing, check_performance, check_products, check_sales, check_views};
use jiff::{SignedDuration, Timestamp};

use super::{CatalogReading, Cycle, CycleKind, Executed, Failure, Mode, Step, Swept};
use crate::creator::Launch;
use crate::executor::{ExecutionRequest, Outcome};
use crate::history::{CatalogState, Coverage, MAX_WINDOW, NoViews, hour_of, merge, windows};
use crate::learn::is_mature;
use crate::policy::{days, hours};

/// For how long after its end a campaign is read in monitoring cycles.
const MONITORED_AFTER_END: SignedDuration = SignedDuration::from_hours(72);

/// For how many days before a launch the past is compared with: eight weeks.
const BASELINE_DAYS: u32 = 56;

impl Cycle {
    pub(super) fn catalog(&self) -> Option<&CatalogState> {
        self.work.known.as_ref()?.catalog.as_ref()
    }

    pub(super) fn products(&self) -> impl Iterator<Item = &Product> {
        self.catalog().into_iter().flat_map(|catalog| catalog.products.values())
    }

    pub(super) fn window(&self) -> Option<Period> {
        self.work.windows.as_ref()?.first().copied()
    }

    pub(super) fn launches(&self) -> impl Iterator<Item = &Launch> {
        self.work.proposal.iter().flat_map(|proposal| &proposal.launches)
    }

    /// What ad copy is to be written for: launches, then running campaigns that get other words.
    pub(super) fn briefs(&self) -> Vec<CopyBrief> {
        let launches = self.launches().map(|launch| launch.brief.clone());
        launches.chain(self.work.rewrites.iter().map(|(_, brief)| brief.clone())).collect()
    }

    /// From when on changes of the products are asked for; `None` when all have to be read.
    pub(super) fn catalog_since(&self) -> Option<Timestamp> {
        let catalog = self.catalog()?;
        let full_until = catalog.full_at.checked_add(days(self.plan.policy.cadence.full_catalog_days)).ok()?;
        (self.plan.now < full_until).then_some(catalog.watermark)
    }

    pub(super) fn take_catalog(&mut self, reading: Result<CatalogReading, Failure>) {
        let reading = match reading {
            Ok(reading) => reading,
            Err(failure) => return self.work.failed(failure),
        };
        let unreadable = u64::try_from(reading.unreadable).unwrap_or(u64::MAX);
        let known = self.catalog().map(|catalog| catalog.products.len()).and_then(|count| u64::try_from(count).ok());
        let listing = Listing { total: reading.total, unreadable, known_before: known.filter(|_| reading.full) };
        self.work.found(check_products(&reading.products, listing, &self.plan.gate()));
        let Some(known) = &mut self.work.known else { return };
        let now = self.plan.now;
        let catalog = known.catalog.get_or_insert_with(|| CatalogState::new(now, reading.watermark, reading.currency));
        catalog.currency = reading.currency;
        catalog.time_zone = reading.time_zone.or(catalog.time_zone.take());
        if reading.full {
            catalog.replace(reading.products, now, reading.watermark);
        } else {
            catalog.update(reading.products, now, reading.watermark);
        }
        self.work.catalog_read = true;
    }

    /// The store's time that is not remembered yet, with an overlap for what arrived late, in windows.
    pub(super) fn missing_windows(&self) -> Vec<Period> {
        let cadence = &self.plan.policy.cadence;
        let until = hour_of(self.plan.now);
        let earliest = until.checked_sub(days(cadence.history_days)).map_or(until, hour_of);
        let overlap = match self.plan.kind {
            CycleKind::Monitor => cadence.overlap_hours,
            CycleKind::Decide => cadence.decide_overlap_hours,
        };
        let from = match self.work.known.as_ref().and_then(|known| known.coverage) {
            Some(coverage) => coverage.until.checked_sub(hours(overlap)).map_or(earliest, |from| from.max(coverage.from)),
            None => earliest,
        };
        let period = Period::new(from.max(earliest), until).ok().filter(|_| self.catalog().is_some());
        period.map(|period| windows(period, MAX_WINDOW).collect()).unwrap_or_default()
    }

    pub(super) fn take_sales(&mut self, reading: Result<SalesReading, Failure>) {
        match reading {
            Ok(reading) => {
                let asked = self.window().unwrap_or(reading.period);
                self.work.found(check_sales(&reading, asked));
                self.work.check(&self.plan, DataSource::Store, reading.period, &reading.quality);
                if self.plan.sources.views {
                    self.work.sales = Some(reading);
                } else {
                    self.keep_window(&reading, Err(NoViews::NoSource));
                }
            }
            Err(failure) => {
                self.work.failed(failure);
                self.work.windows = Some(Vec::new());
            }
        }
    }

    pub(super) fn take_views(&mut self, reading: Result<ViewsReading, Failure>) {
        let Some(sales) = self.work.sales.take() else { return };
        match reading {
            Ok(reading) => {
                let asked = self.window().unwrap_or(reading.period);
                self.work.found(check_views(&reading, asked));
                self.work.check(&self.plan, DataSource::PageViews, reading.period, &reading.quality);
                self.keep_window(&sales, Ok(&reading));
            }
            Err(failure) => {
                self.work.failed(failure);
                self.keep_window(&sales, Err(NoViews::Failed));
            }
        }
    }

    /// Turns a window into rows. What has no views yet is kept, but counts as not read, so that it is read again.
    fn keep_window(&mut self, sales: &SalesReading, views: Result<&ViewsReading, NoViews>) {
        let failed = views == Err(NoViews::Failed);
        let Some(pending) = self.work.windows.as_mut().filter(|pending| !pending.is_empty()) else { return };
        let window = pending.remove(0);
        if failed {
            pending.clear();
        }
        let Some(known) = &mut self.work.known else { return };
        let Some(catalog) = &known.catalog else { return };
        let (rows, notes) = merge(sales, views, catalog, window);
        let coverage = if failed { None } else { Some(extended(known.coverage, window)) };
        known.coverage = coverage.or(known.coverage);
        self.work.hours = Some(super::Memo { hours: Arc::new(rows), coverage, ..super::Memo::default() });
        notes.into_iter().for_each(|note| self.work.note(note));
    }

    pub(super) fn take_sweep(&mut self, swept: Result<Swept, Failure>) {
        match swept {
            Ok(swept) => {
                self.work.objects = swept.objects;
                swept.alerts.into_iter().for_each(|alert| self.work.note(alert));
            }
            Err(failure) => self.work.failed(failure),
        }
    }

    /// The campaigns whose numbers are read: all that still change; in a monitoring cycle those that run, and those that ended a
    /// short time ago, since their cost still counts towards the limit on all campaigns.
    fn watched(&self) -> impl Iterator<Item = &CampaignRecord> {
        let now = self.plan.now;
        let monitors = self.plan.kind == CycleKind::Monitor;
        let tail = days(self.plan.policy.cadence.tail_days);
        self.work.known.iter().flat_map(move |known| {
            let is_recent = move |record: &&CampaignRecord| {
                let stop = known.spending.trails.get(&record.campaign.spec.id).and_then(|trail| trail.stop());
                let ended = stop.map_or(record.campaign.spec.flight.end(), |stop| stop.at);
                ended.checked_add(MONITORED_AFTER_END).is_ok_and(|until| now < until)
            };
            known.in_tail(now, tail).filter(move |record| !monitors || is_recent(record))
        })
    }

    /// Whether any campaign's numbers are to be read.
    pub(super) fn watches(&self) -> bool {
        self.watched().next().is_some()
    }

    /// The platform's objects whose numbers are read, with their campaigns.
    pub(super) fn objects(&self) -> BTreeMap<PlatformCampaignId, CampaignId> {
        let Some(known) = &self.work.known else { return BTreeMap::new() };
        self.watched()
            .flat_map(|record| known.objects_of(record).into_iter().map(|object| (object, record.campaign.spec.id.clone())))
            .collect()
    }

    /// From the first of those campaigns' start until now.
    pub(super) fn performance_period(&self) -> Option<Period> {
        let start = self.watched().map(|record| record.campaign.spec.flight.start()).min()?;
        Period::new(start, self.plan.now).ok()
    }

    pub(super) fn take_performance(&mut self, reading: Result<PerformanceReading, Failure>) {
        let reading = match reading {
            Ok(reading) => reading,
            Err(failure) => return self.work.failed(failure),
        };
        let owners = self.objects();
        self.work.found(check_performance(&reading, owners.keys()));
        self.work.check(&self.plan, DataSource::Platform, reading.period, &reading.quality);
        for (object, performance) in reading.campaigns {
            let Some(campaign) = owners.get(&object) else { continue };
            let sum = match self.work.performance.remove(campaign) {
                None => Ok(performance),
                Some(before) => added(&before, &performance),
            };
            match sum {
                Ok(sum) => {
                    self.work.performance.insert(campaign.clone(), sum);
                }
                Err(error) => {
                    self.work.untrusted = true;
                    self.work.note(format!("the performance of campaign {campaign} cannot be added up: {error}"));
                }
            }
        }
    }

    pub(super) fn recall_history(&self) -> Option<Step> {
        let known = self.work.known.as_ref()?;
        let covered = known.coverage.and_then(Coverage::period)?;
        let cadence = &self.plan.policy.cadence;
        let reach = days(BASELINE_DAYS + self.plan.policy.flight.days_on(&self.plan.capabilities) + cadence.tail_days);
        let from = self.plan.now.checked_sub(reach).map_or(covered.start(), |from| from.max(covered.start()));
        let period = Period::new(from, covered.end()).ok()?;
        let mut products: Vec<ProductId> = self.products().map(|product| product.id.clone()).collect();
        let gone = known.in_tail(self.plan.now, days(cadence.tail_days)).map(|record| record.campaign.spec.product.clone());
        products.extend(gone);
        products.sort();
        products.dedup();
        let over = |record: &&CampaignRecord| {
            is_mature(record, self.plan.now) && !known.learned.campaigns.contains(&record.campaign.spec.id)
        };
        let launches = known.campaigns.iter().filter(over).map(|record| record.campaign.spec.id.clone()).collect();
        Some(Step::RecallHistory { products, period, launches })
    }

    pub(super) fn take_copies(&mut self, copies: Vec<Result<AdCopy, Failure>>) {
        self.work.copies = copies
            .into_iter()
            .map(|copy| match copy {
                Ok(copy) => Some(copy),
                Err(failure) => {
                    self.work.failures.push(failure);
                    None
                }
            })
            .collect();
    }

    /// The next action of the plan that was not carried out yet.
    pub(super) fn execution(&self) -> Option<Step> {
        if self.plan.mode == Mode::Plan {
            return None;
        }
        let plan = &self.work.guarded.as_ref()?.allowed;
        let action = plan.actions().get(self.work.executed.len())?;
        let intent = Intent {
            operation: action.operation.clone(),
            decision: action.decision.clone(),
            plan: plan.id().clone(),
            tag: action.tag.clone(),
            action: action.action.clone(),
            reserved: action.reserved,
        };
        let request = ExecutionRequest { intent, expires_at: plan.expires_at(), requires: action.preconditions.clone() };
        Some(Step::Execute { action: Box::new(action.clone()), request: Box::new(request) })
    }

    pub(super) fn take_outcome(&mut self, outcome: Outcome) {
        let Some(Step::Execute { action, .. }) = self.execution() else { return };
        self.work.executed.push(Executed {
            operation: action.operation.clone(),
            campaign: action.action.campaign().clone(),
            action: action.action.name().to_owned(),
            sentence: action.sentence.clone(),
            outcome,
        });
    }
}

/// The coverage after a window was read. A gap before it starts a new one.
fn extended(coverage: Option<Coverage>, window: Period) -> Coverage {
    match coverage {
        Some(coverage) if window.start() <= coverage.until => {
            Coverage { from: coverage.from, until: coverage.until.max(window.end()) }
        }
        _ => Coverage { from: window.start(), until: window.end() },
    }
}

/// What two objects of one campaign did together.
fn added(a: &CampaignPerformance, b: &CampaignPerformance) -> Result<CampaignPerformance, MoneyError> {
    let sum = |a: Measured<u64>, b: Measured<u64>| match (a, b) {
        (Measured::Known(a), Measured::Known(b)) => Measured::Known(a.saturating_add(b)),
        (absent @ Measured::Absent(_), _) | (_, absent @ Measured::Absent(_)) => absent,
    };
    Ok(CampaignPerformance {
        period: a.period,
        impressions: sum(a.impressions, b.impressions),
        clicks: sum(a.clicks, b.clicks),
        actions: a.actions.saturating_add(b.actions),
        reversed_actions: a.reversed_actions.saturating_add(b.reversed_actions),
        revenue: a.revenue.checked_add(b.revenue)?,
        cost: a.cost.checked_add(b.cost)?,
        pending_cost: a.pending_cost.checked_add(b.pending_cost)?,
        new_customers: sum(a.new_customers, b.new_customers),
    })
}
