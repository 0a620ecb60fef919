//! Campaigns built from ads: what the ports promise, on what impact.com has.

mod change;
mod health;
mod launch;
mod lookup;
mod outcome;
mod performance;
mod view;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    Applied, BudgetControl, CampaignSpec, Capabilities, Clock, CreateSafety, Effect, ErrorKind, Money, OperationTag,
    PauseControl, PerformanceReading, Period, PlatformCampaign, PlatformCampaignId, PortError, PortResult, ResumeControl,
};
use jiff::{SignedDuration, Timestamp};

use crate::{Ad, AdId, ImpactApi, ImpactConfig, ImpactError, Program};

/// How long a program's state counts as known when only a status is shown; a launch always reads it anew.
const PROGRAM_KNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);

/// impact.com as a campaign platform: a campaign is a text link to the product's page, found by its label, ended by
/// its dates, its budget kept in our own ledger.
///
/// Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct ImpactPlatform {
    api: ImpactApi,
    program: Arc<Mutex<Option<(Timestamp, Program)>>>,
}

impl ImpactPlatform {
    /// A platform for the configured account and program. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`ImpactApi::new`].
    pub fn new(config: ImpactConfig, clock: Arc<dyn Clock>) -> Result<Self, ImpactError> {
        Ok(Self { api: ImpactApi::new(config, clock)?, program: Arc::default() })
    }

    /// The API below.
    #[must_use]
    pub const fn api(&self) -> &ImpactApi {
        &self.api
    }

    fn config(&self) -> &ImpactConfig {
        self.api.config()
    }

    fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// The program as it is now.
    async fn read_program(&self) -> Result<Program, ImpactError> {
        let program = self.api.program().await?;
        *self.program.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.now(), program.clone()));
        Ok(program)
    }

    /// The program as it was a few minutes ago at most.
    async fn known_program(&self) -> Result<Program, ImpactError> {
        let known = self.program.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match known {
            Some((read_at, program)) if self.now().duration_since(read_at) < PROGRAM_KNOWN_FOR => Ok(program),
            _ => self.read_program().await,
        }
    }

    /// Refuses a budget that impact.com does not bill in.
    fn check_currency(&self, budget: Money) -> Result<(), PortError> {
        let billed = self.config().currency;
        if budget.currency == billed {
            return Ok(());
        }
        let message =
            format!("a campaign in another currency: its budget is in {}, and impact.com bills in {billed}", budget.currency);
        Err(PortError::new(ErrorKind::Invalid, message)
            .with_advice(format!("give the budget in {billed}, or correct the configured currency of the program")))
    }

    /// Refuses an ad of another program: it is none of ours, whatever its labels say.
    fn check_program(&self, ad: &Ad) -> Result<(), PortError> {
        match &ad.program {
            Some(program) if program != &self.config().program_id => {
                let message = format!("ad {} belongs to program {program}, not to {}", ad.id, self.config().program_id);
                Err(PortError::new(ErrorKind::Precondition, message)
                    .with_advice("check the configured program; ads of other programs are left alone"))
            }
            _ => Ok(()),
        }
    }
}

/// The ad behind a campaign's id.
fn ad_id(id: &PlatformCampaignId) -> Result<AdId, PortError> {
    AdId::new(id.as_str()).map_err(|error| PortError::new(ErrorKind::Invalid, "this is no ad of impact.com").with_source(error))
}

/// The campaign's id behind an ad.
fn campaign_id(id: &AdId) -> Result<PlatformCampaignId, PortError> {
    PlatformCampaignId::new(id.as_str())
        .map_err(|error| PortError::new(ErrorKind::Malformed, "the ad's id cannot name a campaign").with_source(error))
}

#[async_trait]
impl CampaignPlatform for ImpactPlatform {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            platform: "impact.com".to_owned(),
            create: CreateSafety::Reconcile,
            pause: PauseControl::Unlist,
            resume: ResumeControl::BestEffort,
            budget: BudgetControl::Ledger,
            impressions: self.config().impression_tracking,
            currency: self.config().currency,
            advice: [
                "a pause only unlists the ad: to stop links that are already posted, set up once at impact.com a blocking \
                 rule for ads whose status is expired",
                "impact.com holds no budgets for ads: as a hard cap, set a payout limit per period in the partners' template \
                 terms, or keep the funding balance low",
                "commissions of earlier clicks can arrive until the partners' referral windows have passed, also after a pause",
            ]
            .map(str::to_owned)
            .to_vec(),
        }
    }

    async fn check_health(&self) -> PortResult<()> {
        health::check(self).await
    }

    async fn create(&self, spec: &CampaignSpec, tag: &OperationTag) -> Applied {
        outcome::applied(launch::launch(self, spec, tag, spec.flight).await)
    }

    async fn find_by_tag(&self, tag: &OperationTag, since: Timestamp) -> PortResult<Vec<PlatformCampaign>> {
        lookup::by_tag(self, tag, since).await
    }

    async fn details(&self, id: &PlatformCampaignId) -> PortResult<Option<PlatformCampaign>> {
        lookup::details(self, id).await
    }

    async fn all(&self) -> PortResult<Vec<PlatformCampaign>> {
        lookup::all(self).await
    }

    async fn pause(&self, id: &PlatformCampaignId) -> Applied {
        outcome::applied(change::pause(self, id).await)
    }

    async fn resume(&self, id: &PlatformCampaignId, spec: &CampaignSpec, tag: &OperationTag, until: Timestamp) -> Applied {
        outcome::applied(change::resume(self, id, spec, tag, until).await)
    }

    /// Only checks the budget: impact.com has none, so the ledger of the caller keeps it.
    async fn set_budget(&self, _id: &PlatformCampaignId, budget: Money) -> Applied<Effect> {
        if let Err(error) = self.check_currency(budget) {
            return Applied::Rejected(error);
        }
        if budget.amount.is_sign_negative() {
            return Applied::Rejected(PortError::new(ErrorKind::Invalid, format!("a budget of {budget} is negative")));
        }
        Applied::Done(Effect::BudgetInLedger)
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        performance::read(self, ids, period).await
    }
}
