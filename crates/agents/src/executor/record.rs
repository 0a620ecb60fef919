//! Keeping what is known of a campaign in step with what happens to its operations.
//!
//! INVARIANT: the record is written *before* the journal's end of an operation. An end is never looked at again, so
//! whatever happens in between is repeated by reconciling, and a finished operation always has a finished record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campaign_pilot_core::{
    Campaign, CampaignAction, CampaignId, CampaignRecord, CampaignSpec, DesiredStatus, Effect, EffectiveStatus, ErrorKind,
    Intent, OperationTag, PauseControl, Period, PlatformCampaignId, PlatformStatus, Product, ProductKind, ProductStatus, Stock,
};

use super::Executor;
use crate::error::{AgentError, Result};
use crate::history::CatalogState;
use crate::store;

impl Executor {
    /// The campaign becomes known, or what is wanted of it changes.
    pub(super) async fn record_prepared(&self, intent: &Intent) -> Result<()> {
        match &intent.action {
            CampaignAction::Create { spec } => {
                if self.record(&spec.id).await?.is_none() {
                    self.put(self.new_record(spec, &intent.tag).await?).await?;
                }
                Ok(())
            }
            CampaignAction::Pause { campaign, platform_id } => {
                self.change(campaign, |record| {
                    if record.campaign.platform_id.as_ref() == Some(platform_id) {
                        record.campaign.desired = DesiredStatus::Paused;
                    }
                })
                .await
            }
            CampaignAction::Resume { campaign, .. } => {
                self.change(campaign, |record| record.campaign.desired = DesiredStatus::Active).await
            }
            // Until the platform has confirmed it, the budget before is in force, and the larger of the two is what may be spent.
            CampaignAction::SetBudget { .. } => Ok(()),
            // The same for an end and for words: those before are in force.
            CampaignAction::SetEnd { .. } | CampaignAction::SetCopy { .. } => Ok(()),
        }
    }

    /// The operation was confirmed.
    pub(super) async fn record_done(&self, intent: &Intent, effect: &Effect) -> Result<()> {
        match &intent.action {
            CampaignAction::Create { spec } => self.change(&spec.id, |record| created(record, effect)).await,
            CampaignAction::Pause { campaign, platform_id } => {
                let control = self.platform.capabilities().pause;
                self.change(campaign, |record| {
                    if record.campaign.platform_id.as_ref() == Some(platform_id) {
                        paused(record, effect, control);
                    }
                })
                .await
            }
            CampaignAction::Resume { campaign, platform_id } => {
                if let Effect::Recreated { .. } = effect {
                    self.remember_former(campaign, platform_id).await?;
                }
                self.change(campaign, |record| created(record, effect)).await
            }
            CampaignAction::SetBudget { campaign, budget, .. } => {
                self.change(campaign, |record| record.campaign.budget = *budget).await
            }
            CampaignAction::SetEnd { campaign, end, .. } => {
                self.change(campaign, |record| {
                    // The guards let no end pass that is not after the start.
                    if let Ok(flight) = Period::new(record.campaign.spec.flight.start(), *end) {
                        Arc::make_mut(&mut record.campaign.spec).flight = flight;
                    }
                })
                .await
            }
            CampaignAction::SetCopy { campaign, copy, .. } => {
                self.change(campaign, |record| Arc::make_mut(&mut record.campaign.spec).copy.clone_from(copy)).await
            }
        }
    }

    /// The operation certainly has no effect.
    pub(super) async fn record_rejected(&self, intent: &Intent) -> Result<()> {
        match &intent.action {
            CampaignAction::Create { spec } => {
                self.change(&spec.id, |record| {
                    record.campaign.desired = DesiredStatus::Stopped;
                    record.campaign.platform = PlatformStatus::Missing;
                    record.campaign.effective = EffectiveStatus::Stopped;
                })
                .await
            }
            CampaignAction::Resume { campaign, .. } => {
                self.change(campaign, |record| {
                    if record.campaign.desired == DesiredStatus::Active {
                        record.campaign.desired = DesiredStatus::Paused;
                    }
                })
                .await
            }
            CampaignAction::Pause { .. }
            | CampaignAction::SetBudget { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. } => Ok(()),
        }
    }

    pub(super) async fn record(&self, campaign: &CampaignId) -> Result<Option<CampaignRecord>> {
        self.knowledge.campaign(campaign).await.map_err(AgentError::memory("reading a campaign"))
    }

    async fn put(&self, record: CampaignRecord) -> Result<()> {
        self.knowledge.put_campaign(&record).await.map_err(AgentError::memory("remembering a campaign"))
    }

    async fn change(&self, campaign: &CampaignId, apply: impl FnOnce(&mut CampaignRecord) + Send) -> Result<()> {
        let Some(mut record) = self.record(campaign).await? else {
            return Err(AgentError::new(
                ErrorKind::Storage,
                format!("the memory holds operations on campaign `{campaign}`, but not the campaign"),
            ));
        };
        let before = record.clone();
        apply(&mut record);
        if record == before {
            return Ok(());
        }
        record.updated_at = self.clock.now();
        self.put(record).await
    }

    async fn new_record(&self, spec: &CampaignSpec, tag: &OperationTag) -> Result<CampaignRecord> {
        let now = self.clock.now();
        let known = match &self.states {
            Some(states) => states.load::<CatalogState>(&*self.knowledge, store::CATALOG).await?,
            None => store::load::<CatalogState>(&*self.knowledge, store::CATALOG).await?.map(Arc::new),
        };
        let product = known.and_then(|catalog| catalog.products.get(&spec.product).cloned());
        let product = product.unwrap_or_else(|| as_advertised(spec));
        let campaign = Campaign {
            tag: tag.clone(),
            platform_id: None,
            desired: DesiredStatus::Active,
            platform: PlatformStatus::Missing,
            effective: EffectiveStatus::Unknown,
            budget: spec.budget,
            product: product.into(),
            spec: spec.clone().into(),
        };
        Ok(CampaignRecord { campaign, launched_at: now, performance: None, verdict: None, updated_at: now })
    }

    /// An object that was replaced still earns and costs: it must be read and recognised from now on.
    pub(super) async fn remember_former(&self, campaign: &CampaignId, object: &PlatformCampaignId) -> Result<()> {
        let mut former: BTreeMap<CampaignId, BTreeSet<PlatformCampaignId>> =
            store::load(&*self.knowledge, store::FORMER_OBJECTS).await?.unwrap_or_default();
        if former.entry(campaign.clone()).or_default().insert(object.clone()) {
            store::save(&*self.knowledge, store::FORMER_OBJECTS, &former).await?;
        }
        Ok(())
    }
}

fn created(record: &mut CampaignRecord, effect: &Effect) {
    let campaign = &mut record.campaign;
    match effect {
        Effect::Live { campaign: object } | Effect::Recreated { campaign: object } => {
            campaign.platform_id = Some(object.clone());
            campaign.platform = PlatformStatus::Active;
            campaign.effective = EffectiveStatus::Running;
        }
        Effect::Scheduled { campaign: object, .. } => {
            campaign.platform_id = Some(object.clone());
            campaign.platform = PlatformStatus::Scheduled;
            campaign.effective = EffectiveStatus::Scheduled;
        }
        Effect::Resumed | Effect::AlreadySo => {
            campaign.platform = PlatformStatus::Active;
            campaign.effective = EffectiveStatus::Running;
        }
        Effect::SpendStopped
        | Effect::Unlisted
        | Effect::BudgetSet
        | Effect::BudgetInLedger
        | Effect::EndSet
        | Effect::CopySet => {}
    }
}

fn paused(record: &mut CampaignRecord, effect: &Effect, control: PauseControl) {
    let campaign = &mut record.campaign;
    match (effect, control) {
        (Effect::SpendStopped, _) | (Effect::AlreadySo, PauseControl::Native) => {
            campaign.platform = PlatformStatus::Paused;
            campaign.effective = EffectiveStatus::Stopped;
        }
        (Effect::Unlisted, _) | (Effect::AlreadySo, PauseControl::Unlist | PauseControl::Unsupported) => {
            campaign.platform = PlatformStatus::Ended;
            campaign.effective = EffectiveStatus::Unlisted;
        }
        _ => {}
    }
}

/// What the specification alone says of its product, for a product that the catalogue does not hold any more.
fn as_advertised(spec: &CampaignSpec) -> Product {
    Product {
        id: spec.product.clone(),
        sku: spec.sku.clone(),
        name: spec.name.clone(),
        summary: String::new(),
        permalink: spec.landing_page.clone(),
        price: None,
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}
