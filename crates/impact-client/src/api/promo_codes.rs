//! Promo codes: created, listed, read, deactivated. The API can neither change one nor bring it back.

use campaign_pilot_http::{Method, Request};
use jiff::Timestamp;

use super::form::{Filtered, Form};
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::{CreditPolicy, DealId, ImpactError, PartnerId, PromoCode, PromoCodeId, PromoCodeMatch, PromoCodeState};

/// Promo codes a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// Which promo codes of the program to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromoCodeFilter {
    /// The one that shoppers enter so.
    pub code: Option<String>,
    /// Those that stand so.
    pub state: Option<PromoCodeState>,
    /// Those that start at or after this.
    pub starts_from: Option<Timestamp>,
    /// Those that end at or before this.
    pub ends_until: Option<Timestamp>,
}

/// A promo code as it shall be created. It credits a partner; the discount itself must exist in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct PromoCodeDraft {
    /// What shoppers enter.
    pub code: String,
    /// The partner whom it credits.
    pub partner: PartnerId,
    /// How it is compared.
    pub matching: PromoCodeMatch,
    /// When it credits its partner.
    pub credit_policy: CreditPolicy,
    /// When it starts; `None`: at once.
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never. It cannot be changed later.
    pub ends_at: Option<Timestamp>,
    /// The deal it belongs to.
    pub deal: Option<DealId>,
}

impl ImpactApi {
    /// The promo codes of the program.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn promo_codes(&self, filter: &PromoCodeFilter) -> Result<Listing<PromoCode>, ImpactError> {
        let request = Request::get("PromoCodes")
            .query("CampaignId", self.program_id())
            .query_any("Code", filter.code.as_ref())
            .query_any("StartDate", filter.starts_from.map(|at| self.date(at)))
            .query_any("EndDate", filter.ends_until.map(|at| self.date(at)))
            .query_any("State", filter.state.as_ref())
            .query("PageSize", PAGE_SIZE);
        self.pages("list the promo codes at impact.com", &request, Shape::under(&["PromoCodes"])).await
    }

    /// One promo code; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn promo_code(&self, id: &PromoCodeId) -> Result<Option<PromoCode>, ImpactError> {
        let request = Request::get("PromoCodes").segment(id);
        self.found("read the promo code at impact.com", &request, id, |code: &PromoCode| &code.id).await
    }

    /// Creates a promo code and brings its id. Sent once; impact.com has no key against doing it twice.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether the code may exist all the same.
    pub async fn create_promo_code(&self, draft: &PromoCodeDraft) -> Result<PromoCodeId, ImpactError> {
        const CALL: &str = "create the promo code at impact.com";
        let form = Form::default()
            .with("AssignedPartnerId", &draft.partner)
            .with("CampaignId", self.program_id())
            .with("CreditPolicy", &draft.credit_policy)
            .with("Code", &draft.code)
            .with("Type", &draft.matching)
            .with_any("StartDate", draft.starts_at.map(|at| self.date(at)))
            .with_any("EndDate", draft.ends_at.map(|at| self.date(at)))
            .with_any("DealId", draft.deal.as_ref());
        form.check(CALL, &[])?;
        self.created(CALL, &Request::post("PromoCodes").form(form.into_pairs()), "PromoCodes").await
    }

    /// Deactivates a promo code, for good: impact.com calls it DELETE and keeps the code. Sent once.
    ///
    /// # Errors
    ///
    /// [`NotFound`](campaign_pilot_core::ErrorKind::NotFound) when there is none;
    /// [`ImpactError::may_have_taken_effect`] tells whether it may be deactivated all the same.
    pub async fn expire_promo_code(&self, id: &PromoCodeId) -> Result<(), ImpactError> {
        let request = Request::new(Method::DELETE, "PromoCodes").segment(id);
        self.changed("deactivate the promo code at impact.com", &request).await
    }
}
