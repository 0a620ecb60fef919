//! Partners, their groups and contracts, and the links made for them.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::Request;
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::form::{Filtered, Form};
use super::listing::Shape;
use super::{ImpactApi, Listing, model};
use crate::wire::scalar;
use crate::{
    AdId, Contract, ContractId, ContractStatus, ImpactError, Partner, PartnerGroup, PartnerGroupId, PartnerId, PartnerState,
    RelationshipState, TemplateTermsId,
};

/// Things a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// Which partners of the program to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnerFilter {
    /// Those in this group.
    pub group: Option<PartnerGroupId>,
    /// Those of this country, by its two letters.
    pub country: Option<String>,
    /// Those that stand so.
    pub state: Option<PartnerState>,
    /// Those with whom the brand works, or does not.
    pub relationship: Option<RelationshipState>,
    /// Those that joined at or after this.
    pub joined_from: Option<Timestamp>,
    /// Those that joined at or before this.
    pub joined_until: Option<Timestamp>,
}

/// Which contracts of the program to list; `None` takes all, but of the states impact.com then shows the active ones only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContractFilter {
    /// Those with this partner.
    pub partner: Option<PartnerId>,
    /// Those that stand so.
    pub status: Option<ContractStatus>,
    /// Those made from this template.
    pub template: Option<TemplateTermsId>,
    /// Those that changed after this.
    pub changed_after: Option<Timestamp>,
}

/// A link to be made for one partner.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingLinkDraft {
    /// The partner whom clicks on it are credited to.
    pub partner: PartnerId,
    /// The ad; `None` for the program's own.
    pub ad: Option<AdId>,
    /// The page it leads to, where that is not the ad's own.
    pub deep_link: Option<String>,
    /// The last part of a short address of one's own; `None` lets impact.com choose one.
    pub vanity_path: Option<String>,
}

impl ImpactApi {
    /// The partners of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn partners(&self, filter: &PartnerFilter) -> Result<Listing<Partner>, ImpactError> {
        let request = Request::get("MediaPartners")
            .query("CampaignId", self.program_id())
            .query_any("GroupId", filter.group.as_ref())
            .query_any("Country", filter.country.as_ref())
            // In camel case, as nothing else is.
            .query_any("startDate", filter.joined_from.map(|at| self.date(at)))
            .query_any("endDate", filter.joined_until.map(|at| self.date(at)))
            .query_any("State", filter.state.as_ref())
            .query_any("RelationshipState", filter.relationship.as_ref())
            .query("PageSize", PAGE_SIZE);
        self.pages("list the partners at impact.com", &request, Shape::under(&["Partners", "MediaPartners"])).await
    }

    /// One partner; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn partner(&self, id: &PartnerId) -> Result<Option<Partner>, ImpactError> {
        let request = Request::get("MediaPartners").segment(id);
        self.found("read the partner at impact.com", &request, id, |partner: &Partner| &partner.id).await
    }

    /// The groups of partners of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn partner_groups(&self) -> Result<Listing<PartnerGroup>, ImpactError> {
        let request = self.below_program("Campaigns", "MediaPartnerGroups").query("PageSize", PAGE_SIZE);
        let shape = Shape::under(&["Groups", "MediaPartnerGroups"]);
        self.pages("list the groups of partners at impact.com", &request, shape).await
    }

    /// One group of partners; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn partner_group(&self, id: &PartnerGroupId) -> Result<Option<PartnerGroup>, ImpactError> {
        let request = self.below_program("Campaigns", "MediaPartnerGroups").segment(id);
        self.found("read the group of partners at impact.com", &request, id, |group: &PartnerGroup| &group.id).await
    }

    /// The contracts of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn contracts(&self, filter: &ContractFilter) -> Result<Listing<Contract>, ImpactError> {
        let request = self
            .below_program("Campaigns", "Contracts")
            .query_any("DateLastUpdatedAfter", filter.changed_after.map(|at| self.date(at)))
            .query_any("PartnerId", filter.partner.as_ref())
            .query_any("Status", filter.status.as_ref())
            .query_any("TemplateId", filter.template.as_ref())
            .query("PageSize", PAGE_SIZE);
        self.pages("list the contracts at impact.com", &request, Shape::under(&["Contracts"])).await
    }

    /// One contract; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn contract(&self, id: &ContractId) -> Result<Option<Contract>, ImpactError> {
        let request = self.below_program("Campaigns", "Contracts").segment(id);
        self.found("read the contract at impact.com", &request, id, |contract: &Contract| &contract.id).await
    }

    /// Makes a link for a partner and brings its address. Sent once; there is no list of links and no way to delete one.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether the link may exist all the same.
    pub async fn create_tracking_link(&self, draft: &TrackingLinkDraft) -> Result<Url, ImpactError> {
        const CALL: &str = "create the tracking link at impact.com";
        let form = Form::default()
            .with("Type", if draft.vanity_path.is_some() { "Vanity" } else { "Regular" })
            .with_any("CustomPath", draft.vanity_path.as_ref())
            .with_any("AdId", draft.ad.as_ref())
            .with_any("DeepLink", draft.deep_link.as_ref());
        form.check(CALL, &["DeepLink"])?;
        let request = Request::post("Programs")
            .segment(self.program_id())
            .segment("TrackingLinks")
            .query("MediaPartnerId", &draft.partner)
            .form(form.into_pairs());
        let made: Made =
            model(CALL, self.value(CALL, &request).await?).map_err(|error: ImpactError| error.maybe_effective(true))?;
        made.url.and_then(|url| url.parse().ok()).ok_or_else(|| {
            ImpactError::new(ErrorKind::Malformed, CALL, "the answer does not name the link").maybe_effective(true)
        })
    }

    /// A read below the program, which newer paths call `Programs` and older ones `Campaigns`.
    pub(super) fn below_program(&self, word: &str, what: &str) -> Request {
        Request::get(word).segment(self.program_id()).segment(what)
    }
}

/// The answer has no `Status`, unlike every other.
#[derive(Deserialize)]
struct Made {
    #[serde(rename = "TrackingURL", alias = "TrackingUrl", default, deserialize_with = "scalar::text")]
    url: Option<String>,
}
