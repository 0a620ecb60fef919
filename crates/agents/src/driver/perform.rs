//! Performing single steps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campaign_pilot_core::ports::{CopyBrief, MarketSignal};
use campaign_pilot_core::{
    AdCopy, CampaignId, CampaignRecord, DecisionRecord, ErrorKind, Period, PortResult, Product, ProductId,
};
use futures_util::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use super::Driver;
use crate::checks::ClosedDecision;
use crate::cycle::{CatalogReading, Failure, Memo, RecalledHistory, Source, Step, StepResult, Swept};
use crate::error::{AgentError, Result};
use crate::history::CatalogState;
use crate::snapshot::Known;
use crate::store;

/// At most so many decisions are looked through for the launch of a campaign.
const LAUNCH_DECISIONS: u32 = 10_000;

impl Driver {
    /// Does what a step asks for. Only a failing memory is an error; a failing source is a result.
    pub(super) async fn perform(&self, step: &Step) -> Result<StepResult> {
        let ports = &self.ports;
        Ok(match step {
            Step::CheckHealth => StepResult::Health(named(Source::Platform, ports.platform.check_health().await)),
            Step::Reconcile => StepResult::Reconciled(self.executor.reconcile().await?),
            Step::Recall => StepResult::Recalled(Box::new(self.recall().await?)),
            Step::ReadCatalog { since } => StepResult::Catalog(named(Source::Store, self.read_catalog(*since).await)),
            Step::ReadSales { period } => StepResult::Sales(named(Source::Store, ports.sales.sales(*period).await)),
            Step::ReadViews { period } => self.read_views(*period).await?,
            Step::Remember(memo) => {
                self.remember(memo).await?;
                StepResult::Remembered
            }
            Step::Sweep => StepResult::Swept(match self.executor.sweep().await? {
                Ok(report) => Ok(Swept { objects: report.objects, alerts: report.alerts }),
                Err(error) => Err(Failure::of(Source::Platform, &error)),
            }),
            Step::ReadPlatform { ids, period } => {
                StepResult::Platform(named(Source::Platform, ports.platform.performance(ids, *period).await))
            }
            Step::ReadSignals { products } => {
                StepResult::Signals(named(Source::MarketSignals, self.read_signals(products).await))
            }
            Step::RecallHistory { products, period, launches } => {
                StepResult::History(Box::new(self.recall_history(products, *period, launches).await?))
            }
            Step::WriteCopy { briefs } => StepResult::Copies(self.write_copy(briefs).await),
            Step::RecordDecisions { decisions } => {
                ports.knowledge.put_decisions(decisions).await.map_err(AgentError::memory("recording decisions"))?;
                StepResult::Recorded
            }
            Step::Execute { request, .. } => StepResult::Executed(self.executor.execute(request).await?),
            Step::Finished => return Err(AgentError::new(ErrorKind::Invalid, "a finished cycle has no step to perform")),
        })
    }

    async fn recall(&self) -> Result<Known> {
        let knowledge = &*self.ports.knowledge;
        self.states.begin(knowledge).await?;
        Ok(Known {
            campaigns: knowledge.campaigns().await.map_err(AgentError::memory("listing campaigns"))?,
            open: self.ports.journal.open_operations().await.map_err(AgentError::memory("listing open operations"))?,
            former: store::load(knowledge, store::FORMER_OBJECTS).await?.unwrap_or_default(),
            catalog: self.state(store::CATALOG).await?.map(Arc::unwrap_or_clone),
            coverage: self.state(store::COVERAGE).await?.as_deref().copied(),
            learned: self.state(store::LEARNED).await?.unwrap_or_default(),
            analyses: self.state(store::ANALYSES).await?.unwrap_or_default(),
            raised_at: self.state(store::RAISED_AT).await?.map(Arc::unwrap_or_clone).unwrap_or_default(),
            daily: self.state(store::DAILY).await?.unwrap_or_default(),
            spending: self.state(store::SPENDING).await?.unwrap_or_default(),
            results: self.state(store::RESULTS).await?.unwrap_or_default(),
            changes: self.state(store::CHANGES).await?.map(Arc::unwrap_or_clone),
            checks: self.state(store::CHECKS).await?.unwrap_or_default(),
            draws: self.state(store::DRAWS).await?.unwrap_or_default(),
            time_zone: None,
        })
    }

    async fn state<T: DeserializeOwned + Send + Sync + 'static>(&self, key: &'static str) -> Result<Option<Arc<T>>> {
        self.states.load(&*self.ports.knowledge, key).await
    }

    async fn read_catalog(&self, since: Option<Timestamp>) -> PortResult<CatalogReading> {
        let catalog = &self.ports.catalog;
        let currency = catalog.currency().await?;
        let time_zone = catalog.time_zone().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the shop's time zone could not be read");
            None
        });
        if let Some(since) = since {
            let changes = catalog.changes_since(since).await?;
            return Ok(CatalogReading {
                products: changes.products,
                full: false,
                unreadable: changes.rejected.len(),
                total: None,
                currency,
                time_zone,
                watermark: changes.watermark,
            });
        }
        let watermark = self.ports.clock.now();
        let pages: Vec<_> = catalog.products().try_collect().await?;
        let unreadable = pages.iter().map(|page| page.rejected.len()).sum();
        let total = pages.iter().filter_map(|page| page.total).max();
        let products = pages.into_iter().flat_map(|page| page.products).collect();
        Ok(CatalogReading { products, full: true, unreadable, total, currency, time_zone, watermark })
    }

    async fn read_views(&self, period: Period) -> Result<StepResult> {
        let Some(source) = &self.ports.views else {
            let error = campaign_pilot_core::PortError::new(ErrorKind::Unsupported, "no page-view source is configured");
            return Ok(StepResult::Views(Err(Failure::of(Source::PageViews, &error))));
        };
        let catalog = self.states.load::<CatalogState>(&*self.ports.knowledge, store::CATALOG).await?;
        let products = catalog.map(|catalog| self.states.listed(&catalog.products)).unwrap_or_default();
        Ok(StepResult::Views(named(Source::PageViews, source.views(&products, period).await)))
    }

    async fn read_signals(&self, products: &[Product]) -> PortResult<BTreeMap<ProductId, MarketSignal>> {
        let mut signals = BTreeMap::new();
        if let Some(source) = &self.ports.signals {
            for product in products {
                if let Some(signal) = source.signal(product).await? {
                    signals.insert(product.id.clone(), signal);
                }
            }
        }
        Ok(signals)
    }

    async fn recall_history(&self, products: &[ProductId], period: Period, launches: &[CampaignId]) -> Result<RecalledHistory> {
        let hours = self.states.hours().recall(&*self.ports.knowledge, products, period).await?;
        Ok(RecalledHistory { hours, launches: self.launch_decisions(launches).await? })
    }

    /// The decisions by which campaigns were launched: taken at most as long before the launch as a plan is valid.
    async fn launch_decisions(&self, campaigns: &[CampaignId]) -> Result<BTreeMap<CampaignId, DecisionRecord>> {
        let knowledge = &self.ports.knowledge;
        let mut times: BTreeMap<Timestamp, (Period, BTreeSet<&CampaignId>)> = BTreeMap::new();
        for campaign in campaigns {
            let record = knowledge.campaign(campaign).await.map_err(AgentError::memory("reading a campaign"))?;
            let Some(record) = record else { continue };
            let Some(around) = before_launch(&record, self.policy.cadence.plan_valid_hours) else { continue };
            times.entry(record.launched_at).or_insert((around, BTreeSet::new())).1.insert(campaign);
        }
        let mut launches = BTreeMap::new();
        for (around, wanted) in times.into_values() {
            let decisions =
                knowledge.decisions(around, LAUNCH_DECISIONS).await.map_err(AgentError::memory("reading decisions"))?;
            let launched = decisions.into_iter().map(|decision| (CampaignId::of_launch(&decision.id), decision));
            launches.extend(launched.filter(|(campaign, _)| wanted.contains(campaign)));
        }
        Ok(launches)
    }

    async fn write_copy(&self, briefs: &[CopyBrief]) -> Vec<Result<AdCopy, Failure>> {
        let mut copies = Vec::with_capacity(briefs.len());
        for brief in briefs {
            copies.push(named(Source::CopyWriter, self.ports.copywriter.write(brief).await));
        }
        copies
    }

    /// Makes a memo durable: hours before the coverage that claims them, so that a crash in between only repeats a reading.
    async fn remember(&self, memo: &Memo) -> Result<()> {
        let knowledge = &*self.ports.knowledge;
        if let Some(catalog) = &memo.catalog {
            self.states.save(knowledge, store::CATALOG, &Arc::new(catalog.clone())).await?;
        }
        // Most of an overlap says what is known already.
        let hours = self.states.hours().changed(&memo.hours);
        if !hours.is_empty() {
            knowledge.put_product_hours(&hours).await.map_err(AgentError::memory("remembering a product's hours"))?;
            self.states.hours().wrote(&hours);
        }
        if let Some(coverage) = &memo.coverage {
            self.states.save(knowledge, store::COVERAGE, &Arc::new(*coverage)).await?;
        }
        for update in &memo.campaigns {
            let record = knowledge.campaign(&update.campaign).await.map_err(AgentError::memory("reading a campaign"))?;
            let Some(mut record) = record else { continue };
            if update.apply(&mut record) {
                record.updated_at = self.ports.clock.now();
                knowledge.put_campaign(&record).await.map_err(AgentError::memory("remembering a campaign"))?;
            }
        }
        if !memo.outcomes.is_empty() {
            knowledge.put_decisions(&memo.outcomes).await.map_err(AgentError::memory("recording outcomes"))?;
        }
        self.close_decisions(&memo.closed).await?;
        if let Some(draws) = &memo.draws {
            self.states.save(knowledge, store::DRAWS, draws).await?;
        }
        if let Some(learned) = &memo.learned {
            self.states.save(knowledge, store::LEARNED, learned).await?;
        }
        // After what was learned: where the process ends in between, a campaign is not checked, but none is checked twice.
        if let Some(checks) = &memo.checks {
            self.states.save(knowledge, store::CHECKS, checks).await?;
        }
        if let Some(analyses) = &memo.analyses {
            self.states.save(knowledge, store::ANALYSES, analyses).await?;
        }
        if let Some(selections) = &memo.selections {
            self.states.save(knowledge, store::SELECTION, selections).await?;
        }
        if let Some(raised_at) = &memo.raised_at {
            self.states.save(knowledge, store::RAISED_AT, &Arc::new(raised_at.clone())).await?;
        }
        if let Some(daily) = &memo.daily {
            self.states.save(knowledge, store::DAILY, daily).await?;
        }
        if let Some(spending) = &memo.spending {
            self.states.save(knowledge, store::SPENDING, spending).await?;
        }
        if let Some(results) = &memo.results {
            self.states.save(knowledge, store::RESULTS, results).await?;
        }
        if let Some(changes) = &memo.changes {
            self.states.save(knowledge, store::CHANGES, &Arc::new(changes.clone())).await?;
        }
        Ok(())
    }
}

impl Driver {
    /// Adds to recorded decisions what came of them; one that is not remembered stays so.
    async fn close_decisions(&self, closed: &[ClosedDecision]) -> Result<()> {
        let knowledge = &*self.ports.knowledge;
        let mut records = Vec::with_capacity(closed.len());
        for ClosedDecision { decision, outcome } in closed {
            let record = knowledge.decision(decision).await.map_err(AgentError::memory("reading a decision"))?;
            records.extend(record.map(|record| DecisionRecord { outcome: Some(*outcome), ..record }));
        }
        if records.is_empty() {
            return Ok(());
        }
        knowledge.put_decisions(&records).await.map_err(AgentError::memory("recording outcomes"))
    }
}

fn named<T>(source: Source, result: PortResult<T>) -> Result<T, Failure> {
    result.map_err(|error| Failure::of(source, &error))
}

fn before_launch(record: &CampaignRecord, plan_valid_hours: u32) -> Option<Period> {
    let until = record.launched_at.checked_add(SignedDuration::from_secs(1)).ok()?;
    Period::ending_at(until, SignedDuration::from_hours(i64::from(plan_valid_hours) + 1)).ok()
}
