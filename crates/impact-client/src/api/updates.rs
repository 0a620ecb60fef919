//! What happened to actions later: updates, inquiries, submissions.

use std::collections::BTreeSet;

use campaign_pilot_core::Period;
use campaign_pilot_http::Request;

use super::actions::PAGE_SIZE;
use super::form::Filtered;
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::windows::windows;
use crate::{
    ActionInquiry, ActionUpdate, ActionUpdateId, BatchId, ImpactError, InquiryId, InquiryResolution, PartnerId, Submission,
};

/// Which inquiries of the program to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InquiryFilter {
    /// Those that were asked in this period.
    pub asked: Option<Period>,
    /// Those of this partner.
    pub partner: Option<PartnerId>,
    /// Those about this order of the store.
    pub order: Option<String>,
    /// Those of which this became.
    pub resolution: Option<InquiryResolution>,
}

impl ImpactApi {
    /// All changes of the program's actions that happened in the period, each once, over windows of at most 45 days.
    ///
    /// A change of the state alone does not count as an update for impact.com: read [`ImpactApi::actions`] for that.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn action_updates(&self, period: Period) -> Result<Listing<ActionUpdate>, ImpactError> {
        let mut all = Listing::empty();
        let mut seen = BTreeSet::new();
        for window in windows(period) {
            let request = Request::get("ActionUpdates")
                .query("CampaignId", self.program_id())
                .query("StartDate", self.date(window.start()))
                .query("EndDate", self.date(window.end()))
                .query("PageSize", PAGE_SIZE);
            let shape = Shape::under(&["ActionUpdates"]);
            let part: Listing<ActionUpdate> = self.pages("list the updates of actions at impact.com", &request, shape).await?;
            let is_asked = |update: &ActionUpdate| update.updated_at.is_none_or(|at| period.contains(at));
            all.join(part, |update| is_asked(update) && seen.insert(update.id.clone()));
        }
        Ok(all)
    }

    /// One change of an action; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn action_update(&self, id: &ActionUpdateId) -> Result<Option<ActionUpdate>, ImpactError> {
        let request = Request::get("ActionUpdates").segment(id);
        self.found("read the update of an action at impact.com", &request, id, |update: &ActionUpdate| &update.id).await
    }

    /// The inquiries of the program's partners.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn action_inquiries(&self, filter: &InquiryFilter) -> Result<Listing<ActionInquiry>, ImpactError> {
        let request = Request::get("ActionInquiries")
            .query("CampaignId", self.program_id())
            .query_any("StartDate", filter.asked.map(|asked| self.date(asked.start())))
            .query_any("EndDate", filter.asked.map(|asked| self.date(asked.end())))
            .query_any("MediaPartnerId", filter.partner.as_ref())
            .query_any("OrderId", filter.order.as_ref())
            .query_any("ResolutionStatus", filter.resolution.as_ref())
            .query("PageSize", 1_000);
        self.pages("list the inquiries at impact.com", &request, Shape::under(&["ActionInquiries"])).await
    }

    /// One inquiry; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn action_inquiry(&self, id: &InquiryId) -> Result<Option<ActionInquiry>, ImpactError> {
        let request = Request::get("ActionInquiries").segment(id);
        self.found("read the inquiry at impact.com", &request, id, |inquiry: &ActionInquiry| &inquiry.id).await
    }

    /// All submissions of the account. impact.com discourages it: read one by its id where possible.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn submissions(&self) -> Result<Listing<Submission>, ImpactError> {
        let request = Request::get("APISubmissions").query("PageSize", 1_000);
        // The key is in the singular.
        let shape = Shape::under(&["APISubmission", "APISubmissions"]).told_apart_by("BatchId");
        self.pages("list the submissions at impact.com", &request, shape).await
    }

    /// One submission; `None` when impact.com does not know it, or not any more: they are kept for 90 days at most.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn submission(&self, id: &BatchId) -> Result<Option<Submission>, ImpactError> {
        let request = Request::get("APISubmissions").segment(id);
        self.found("read the submission at impact.com", &request, id, |submission: &Submission| &submission.id).await
    }
}
