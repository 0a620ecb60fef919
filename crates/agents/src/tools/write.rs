//! Tools that change something: each a decision of its own, carried out through the one door.

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::sanitize_line;
use campaign_pilot_core::{
    AdCopy, CampaignAction, CampaignId, CampaignRecord, CampaignSpec, DecisionId, DecisionRecord, ErrorKind, Intent, Money,
    OperationId, OperationTag, Period, PlanId, PlatformCampaignId,
};
use jiff::SignedDuration;
use serde_json::json;

use super::types::{
    CampaignChanged, CampaignRef, ChangeCampaign, CreateCampaign, SetCampaignBudget, SetCampaignCopy, SetCampaignEnd,
};
use super::{Toolbox, failed};
use crate::copywriter::campaign_name;
use crate::error::{AgentError, Result};
use crate::executor::ExecutionRequest;

impl Toolbox {
    /// Starts a campaign for a product.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] for an unknown product, [`ErrorKind::Invalid`] for an input that cannot be used, otherwise
    /// when the store or the memory fails. A platform that refuses is an outcome.
    pub async fn create_campaign(&self, input: &CreateCampaign) -> Result<CampaignChanged> {
        let product = self.product(&input.product_id).await?;
        let decision = decision("create_campaign", &input.request_id)?;
        let budget = input.budget.money()?;
        let now = self.ports.clock.now();
        let days = input.days.unwrap_or(self.flight.days);
        let flight = now
            .checked_add(SignedDuration::from_hours(24 * i64::from(days)))
            .ok()
            .and_then(|end| Period::new(now, end).ok())
            .ok_or_else(|| AgentError::new(ErrorKind::Invalid, format!("a flight of {days} days is not possible")))?;
        let brief = CopyBrief {
            price: product.price,
            headline_limit: self.flight.headline_limit,
            body_limit: self.flight.body_limit,
            variant: None,
            product: product.clone(),
        };
        let copy = self.ports.copywriter.write(&brief).await.map_err(failed("writing the ad copy"))?;
        let spec = CampaignSpec {
            id: CampaignId::of_launch(&decision),
            product: product.id.clone(),
            sku: product.sku.clone(),
            name: campaign_name(&product),
            landing_page: product.permalink.clone(),
            copy,
            budget,
            flight,
        };
        spec.check().map_err(|source| AgentError::new(ErrorKind::Invalid, source.to_string()))?;
        let campaign = spec.id.clone();
        let action = CampaignAction::Create { spec: Box::new(spec) };
        let record = self.decided(
            &decision,
            &campaign,
            &product.id,
            format!("an operator asked to advertise `{}` for {budget}", product.name),
        );
        self.carry_out(record, action, budget).await
    }

    /// Lets a campaign rest.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] for an unknown campaign, [`ErrorKind::Precondition`] for one without an object at the platform,
    /// otherwise when the memory fails.
    pub async fn pause_campaign(&self, input: &ChangeCampaign) -> Result<CampaignChanged> {
        let record = self.campaign(&input.campaign_id).await?;
        let platform_id = object_of(&record)?;
        let spec = &record.campaign.spec;
        let decision = decision("pause_campaign", &input.request_id)?;
        let decided = self.decided(&decision, &spec.id, &spec.product, format!("an operator asked to pause `{}`", spec.name));
        let action = CampaignAction::Pause { campaign: spec.id.clone(), platform_id };
        self.carry_out(decided, action, Money::zero(record.campaign.budget.currency)).await
    }

    /// Lets a resting campaign run again until the end of its flight.
    ///
    /// # Errors
    ///
    /// As [`Toolbox::pause_campaign`].
    pub async fn resume_campaign(&self, input: &ChangeCampaign) -> Result<CampaignChanged> {
        let record = self.campaign(&input.campaign_id).await?;
        let platform_id = object_of(&record)?;
        let spec = &record.campaign.spec;
        let decision = decision("resume_campaign", &input.request_id)?;
        let decided = self.decided(&decision, &spec.id, &spec.product, format!("an operator asked to resume `{}`", spec.name));
        let action = CampaignAction::Resume { campaign: spec.id.clone(), platform_id };
        self.carry_out(decided, action, record.campaign.budget).await
    }

    /// Sets the budget of a campaign over its whole life.
    ///
    /// # Errors
    ///
    /// As [`Toolbox::pause_campaign`], and [`ErrorKind::Invalid`] for an amount without a usable currency.
    pub async fn set_campaign_budget(&self, input: &SetCampaignBudget) -> Result<CampaignChanged> {
        let record = self.campaign(&input.campaign_id).await?;
        let platform_id = object_of(&record)?;
        let budget = input.budget.money()?;
        let spec = &record.campaign.spec;
        let decision = decision("set_campaign_budget", &input.request_id)?;
        let sentence = format!("an operator asked to set the budget of `{}` to {budget}", spec.name);
        let decided = self.decided(&decision, &spec.id, &spec.product, sentence);
        let action = CampaignAction::SetBudget { campaign: spec.id.clone(), platform_id, budget };
        self.carry_out(decided, action, budget).await
    }

    /// Moves the end of a campaign that runs. A later one reserves the campaign's budget until it is confirmed: more cannot be spent
    /// in the added days.
    ///
    /// # Errors
    ///
    /// As [`Toolbox::pause_campaign`], and [`ErrorKind::Invalid`] for an end that is no instant.
    pub async fn set_campaign_end(&self, input: &SetCampaignEnd) -> Result<CampaignChanged> {
        let record = self.campaign(&input.campaign_id).await?;
        let platform_id = object_of(&record)?;
        let end = input.instant()?;
        let spec = &record.campaign.spec;
        let decision = decision("set_campaign_end", &input.request_id)?;
        let sentence = format!("an operator asked to move the end of `{}` from {} to {end}", spec.name, spec.flight.end());
        let decided = self.decided(&decision, &spec.id, &spec.product, sentence);
        let budget = record.campaign.budget;
        let reserved = if end > spec.flight.end() { budget } else { Money::zero(budget.currency) };
        let action = CampaignAction::SetEnd { campaign: spec.id.clone(), platform_id, end };
        self.carry_out(decided, action, reserved).await
    }

    /// Gives a campaign other words, as a person wrote them.
    ///
    /// # Errors
    ///
    /// As [`Toolbox::pause_campaign`], and [`ErrorKind::Invalid`] for a blank headline, and for words that are longer than the policy
    /// allows.
    pub async fn set_campaign_copy(&self, input: &SetCampaignCopy) -> Result<CampaignChanged> {
        let record = self.campaign(&input.campaign_id).await?;
        let platform_id = object_of(&record)?;
        let clean = |text: &str| sanitize_line(text);
        let copy = AdCopy { headline: clean(&input.headline), body: clean(&input.body), written_by: "operator".to_owned() };
        if copy.headline.is_empty() {
            return Err(AgentError::new(ErrorKind::Invalid, "the headline is blank"));
        }
        let limits = [(&copy.headline, self.flight.headline_limit), (&copy.body, self.flight.body_limit)];
        if let Some((text, limit)) = limits.into_iter().find(|(text, limit)| text.chars().count() > *limit) {
            return Err(AgentError::new(ErrorKind::Invalid, format!("`{text}` is longer than {limit} characters")));
        }
        let spec = &record.campaign.spec;
        let decision = decision("set_campaign_copy", &input.request_id)?;
        let sentence = format!("an operator asked to give `{}` other words: `{}`", spec.name, copy.headline);
        let decided = self.decided(&decision, &spec.id, &spec.product, sentence);
        let action = CampaignAction::SetCopy { campaign: spec.id.clone(), platform_id, copy };
        self.carry_out(decided, action, Money::zero(record.campaign.budget.currency)).await
    }

    fn decided(
        &self,
        decision: &DecisionId,
        campaign: &CampaignId,
        product: &campaign_pilot_core::ProductId,
        sentence: String,
    ) -> DecisionRecord {
        DecisionRecord {
            id: decision.clone(),
            plan: None,
            at: self.ports.clock.now(),
            campaign: Some(campaign.clone()),
            product: product.clone(),
            verdict: None,
            sentence,
            inputs: json!({ "by": "operator" }),
            predicted: None,
            outcome: None,
        }
    }

    async fn carry_out(&self, mut decided: DecisionRecord, action: CampaignAction, reserved: Money) -> Result<CampaignChanged> {
        let now = self.ports.clock.now();
        let operation = OperationId::of(&decided.id, 0);
        let plan = PlanId::new(format!("tool-{operation}"))
            .map_err(|source| AgentError::new(ErrorKind::Invalid, "the request could not be named").with_source(source))?;
        decided.plan = Some(plan.clone());
        let campaign = CampaignRef { campaign_id: action.campaign().to_string() };
        let intent =
            Intent { tag: OperationTag::of(&operation), operation, decision: decided.id.clone(), plan, action, reserved };
        let expires_at = now.checked_add(SignedDuration::from_hours(1)).unwrap_or(now);
        self.ports.knowledge.put_decisions(&[decided]).await.map_err(AgentError::memory("recording a decision"))?;
        let outcome = self.executor.execute(&ExecutionRequest { intent, expires_at, requires: Vec::new() }).await?;
        Ok(CampaignChanged::of(campaign, outcome))
    }
}

/// The decision behind a request: the same request is the same decision.
fn decision(tool: &str, request: &str) -> Result<DecisionId> {
    if request.trim().is_empty() {
        return Err(AgentError::new(ErrorKind::Invalid, "the request_id is blank"));
    }
    Ok(DecisionId::of(tool, request))
}

fn object_of(record: &CampaignRecord) -> Result<PlatformCampaignId> {
    record.campaign.platform_id.clone().ok_or_else(|| {
        let id = &record.campaign.spec.id;
        AgentError::new(ErrorKind::Precondition, format!("the platform's object of campaign `{id}` is not known (yet)"))
    })
}
