//! Campaigns built from ads: what the ports promise, on what impact.com has.

mod change;
mod deal;
mod edit;
mod health;
mod launch;
mod lookup;
mod outcome;
mod performance;
mod report;
mod rows;
mod rules;
mod stage;
mod view;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    AdCopy, Applied, Billing, BudgetControl, CampaignSpec, Capabilities, Clock, CopyControl, CreateSafety, Effect, EndControl,
    ErrorKind, Money, OperationTag, PauseControl, PerformanceReading, Period, PlatformCampaign, PlatformCampaignId, PortError,
    PortResult, ResumeControl,
};
use jiff::{SignedDuration, Timestamp};

pub use report::{CampaignReport, CampaignReportQuery, Difference, ReportMetric, SoldItem};

use crate::{Ad, AdId, CampaignStatus, DealDraft, Evidence, ImpactApi, ImpactConfig, ImpactError, Program, ProgramState, Wish};

/// How long a program's state, and that no rule blocks ended ads, count as known when only a status is shown. A launch reads
/// the state anew; a rule that blocks is looked at each time that it is claimed.
const KNOWN_FOR: SignedDuration = SignedDuration::from_mins(10);

/// impact.com as a campaign platform: a campaign is a text link to the product's page, found by its label, ended by
/// its dates, its budget kept in our own ledger.
///
/// Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct ImpactPlatform {
    api: ImpactApi,
    program: Arc<Mutex<Option<(Timestamp, Program)>>>,
    /// The deal that each new campaign gets.
    deal: Option<Arc<DealDraft>>,
    /// When it was last seen that no rule blocks ended ads. That one does is never remembered.
    unblocked: Arc<Mutex<Option<Timestamp>>>,
    /// The ads of ours that had not ended when they were last listed.
    running: Arc<Mutex<BTreeSet<AdId>>>,
}

impl ImpactPlatform {
    /// A platform for the configured account and program. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`ImpactApi::new`].
    pub fn new(config: ImpactConfig, clock: Arc<dyn Clock>) -> Result<Self, ImpactError> {
        ImpactApi::new(config, clock).map(Self::over)
    }

    /// A platform over an API that is set up already, for instance with quotas that other processes share. Sends nothing.
    #[must_use]
    pub fn over(api: ImpactApi) -> Self {
        Self { api, program: Arc::default(), deal: None, unblocked: Arc::default(), running: Arc::default() }
    }

    /// The API below.
    #[must_use]
    pub const fn api(&self) -> &ImpactApi {
        &self.api
    }

    /// The same platform, on which each new campaign's ad stands in a deal of its own.
    ///
    /// The deal is made before the ad, with the template's name and terms, the flight's dates and the campaign's tag in
    /// its description. A launch that has no effect deletes it again. A deal that moves its ads' dates could not hold its
    /// ad back, so the template's `synchronises` is not used.
    #[must_use]
    pub fn with_deal(mut self, template: DealDraft) -> Self {
        self.deal = Some(Arc::new(template));
        self
    }

    /// Ends a campaign for good: its ad is ended, and its deal, if that is one of ours, is deleted.
    ///
    /// A pause keeps the deal; only a stop does what cannot be taken back.
    pub async fn stop(&self, id: &PlatformCampaignId) -> Applied {
        outcome::applied(deal::stop(&self.urgent(), id).await)
    }

    /// What each campaign did in a period: clicks, actions, revenue, what was spent by how certain it is, new customers,
    /// and what was sold by SKU, each number with its reason where it is not there.
    ///
    /// One list of actions and one report for all campaigns together, and one request for the items of each action, up
    /// to [`CampaignReportQuery::item_reads`].
    ///
    /// # Errors
    ///
    /// When the actions or their items cannot be read. A report by ad that cannot be read leaves clicks absent.
    pub async fn report(
        &self,
        ids: &[PlatformCampaignId],
        period: Period,
        query: &CampaignReportQuery<'_>,
    ) -> PortResult<Vec<CampaignReport>> {
        report::read(self, ids, period, query).await
    }

    /// How a campaign stands against what is wanted of it: one row of the table of [`Evidence::status`].
    ///
    /// Nothing is changed: a drift is only reported.
    ///
    /// # Errors
    ///
    /// When the ad, the program or the blocking rules cannot be read.
    pub async fn status(&self, id: &PlatformCampaignId, wish: Wish) -> PortResult<CampaignStatus> {
        let program = self.known_program().await?;
        let ad = self.api.ad(&ad_id(id)?).await?;
        let evidence = self.evidence(&program.state, ad.as_slice()).await;
        Ok(Evidence { ad: ad.as_ref(), ..evidence }.status(self.now(), wish))
    }

    /// The same platform for what ends spending: its calls may use what the quota keeps in reserve.
    fn urgent(&self) -> Self {
        Self { api: self.api.urgent(), ..self.clone() }
    }

    fn config(&self) -> &ImpactConfig {
        self.api.config()
    }

    fn now(&self) -> Timestamp {
        self.api.now()
    }

    fn running(&self) -> MutexGuard<'_, BTreeSet<AdId>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
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
            Some((read_at, program)) if self.now().duration_since(read_at) < KNOWN_FOR => Ok(program),
            _ => self.read_program().await,
        }
    }

    /// Whether a running rule blocks the traffic of ads that have ended, looked at now. What cannot be read is not claimed.
    async fn blocks_ended(&self) -> bool {
        let blocks = match rules::blocks_ended(self).await {
            Ok(blocks) => blocks,
            Err(error) => {
                tracing::debug!(%error, "the blocking rules could not be read, so no hard stop is claimed");
                false
            }
        };
        *self.unblocked.lock().unwrap_or_else(PoisonError::into_inner) = (!blocks).then(|| self.now());
        blocks
    }

    /// The same, except that no is believed for a few minutes: somebody may have paused the rule since it was seen to run, and
    /// then posted links earn again.
    async fn known_to_block(&self) -> bool {
        let unblocked = *self.unblocked.lock().unwrap_or_else(PoisonError::into_inner);
        match unblocked {
            Some(seen_at) if self.now().duration_since(seen_at) < KNOWN_FOR => false,
            _ => self.blocks_ended().await,
        }
    }

    /// What is known of some ads at impact.com, with the program as it is; the ad itself is put in by who has it. The rules
    /// only matter where one of the ads has ended.
    async fn evidence<'a>(&'a self, program: &'a ProgramState, ads: &[Ad]) -> Evidence<'a> {
        let (config, now) = (self.config(), self.now());
        let blocks_ended = ads.iter().any(|ad| self.has_ended(ad, now)) && self.known_to_block().await;
        Evidence { ad: None, program, blocks_ended, expiry: config.behaviour.expiry, time_zone: &config.time_zone }
    }

    /// Whether an ad's end has taken effect at `now`.
    fn has_ended(&self, ad: &Ad, now: Timestamp) -> bool {
        self.has_passed(ad.ends_at, now)
    }

    /// Whether an end has taken effect at `now`.
    fn has_passed(&self, end: Option<Timestamp>, now: Timestamp) -> bool {
        let config = self.config();
        crate::status::has_passed(end, now, config.behaviour.expiry, &config.time_zone)
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
            end: EndControl::Supported,
            copy: CopyControl::Supported,
            impressions: self.config().impression_tracking,
            billing: Billing::Commissions,
            min_daily_budget: None,
            currency: self.config().currency,
            advice: [
                "a pause only unlists the ad: to stop links that are already posted, set up once at impact.com a blocking \
                 rule for ads whose status is expired; a pause then says that spending has stopped, as long as the rule runs",
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

    async fn release(&self, id: &PlatformCampaignId, spec: &CampaignSpec) -> Applied {
        outcome::applied(stage::release(self, id, spec).await)
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
        outcome::applied(change::pause(&self.urgent(), id).await)
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

    /// Moves the end of the ad's dates; of an ad in a deal of ours that ends earlier, the deal's end first.
    async fn set_end(&self, id: &PlatformCampaignId, end: Timestamp) -> Applied {
        outcome::applied(edit::set_end(self, id, end).await)
    }

    /// Changes the ad's link text and description, which is what is offered from now on: links that partners have posted keep their
    /// words.
    async fn set_copy(&self, id: &PlatformCampaignId, copy: &AdCopy) -> Applied {
        outcome::applied(edit::set_copy(self, id, copy).await)
    }

    async fn performance(&self, ids: &[PlatformCampaignId], period: Period) -> PortResult<PerformanceReading> {
        performance::read(self, ids, period).await
    }
}
