//! Ads: created, listed, read, changed. The API has no way to delete one.

use campaign_pilot_http::Request;
use jiff::Timestamp;

use super::copy;
use super::form::Form;
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::{Ad, AdId, AdKind, DealId, ImpactError, PartnerGroupId, PartnerId};

/// Ads a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// What is done when an ad is changed.
const CHANGE: &str = "change the ad at impact.com";

/// Where the picture of a banner comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum BannerSource {
    /// An address from which it is served.
    Url(String),
    /// Code that shows it.
    Code(String),
}

/// An ad as it shall be: for creating one and for changing one.
///
/// A change carries all of these, too: whether impact.com empties what an update leaves out is not documented.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdDraft {
    /// Its kind.
    pub kind: AdKind,
    /// Its name.
    pub name: String,
    /// The line that is linked.
    pub link_text: String,
    /// The coupon's name, where it is one.
    pub coupon_name: String,
    /// The banner's picture, where it is one.
    pub banner: Option<BannerSource>,
    /// The text in the place of a banner's picture.
    pub alternative_text: String,
    /// The page it leads to.
    pub landing_page: String,
    /// A longer text for partners; may be empty.
    pub description: String,
    /// The labels, divided by commas.
    pub labels: String,
    /// Its language in impact.com's words; empty for the configured one.
    pub language: String,
    /// Whether partners may link deeper than the landing page; `None` leaves it as it is.
    pub allow_deep_linking: Option<bool>,
    /// The deal it is attached to.
    pub deal_id: Option<DealId>,
    /// The only partners that may use it; empty for all.
    pub partners: Vec<PartnerId>,
    /// The only groups of partners that may use it; empty for all.
    pub partner_groups: Vec<PartnerGroupId>,
    /// When it starts; `None`: at once.
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    pub ends_at: Option<Timestamp>,
}

impl From<&Ad> for AdDraft {
    fn from(ad: &Ad) -> Self {
        Self {
            kind: ad.kind.clone(),
            name: ad.name.clone(),
            link_text: ad.link_text.clone(),
            coupon_name: ad.coupon_name.clone(),
            banner: ad.banner_url.clone().map(BannerSource::Url).or_else(|| ad.banner_code.clone().map(BannerSource::Code)),
            alternative_text: ad.alternative_text.clone(),
            landing_page: ad.landing_page.clone(),
            description: ad.description.clone(),
            labels: ad.labels.clone(),
            language: ad.language.clone(),
            allow_deep_linking: ad.allow_deep_linking,
            deal_id: ad.deal_id.clone(),
            // What is read as partners is not what is written: see `PlatformBehaviour::targets`.
            partners: Vec::new(),
            partner_groups: Vec::new(),
            starts_at: ad.starts_at,
            ends_at: ad.ends_at,
        }
    }
}

impl ImpactApi {
    /// All ads of the program, those of other origin included; with `created_from`, those created at or after it.
    ///
    /// impact.com does not document whether its list still holds ads whose end has passed: one that is missing here
    /// may still be found with [`ImpactApi::ad`].
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn ads(&self, created_from: Option<Timestamp>) -> Result<Listing<Ad>, ImpactError> {
        let mut request = Request::get("Ads").query("CampaignId", self.program_id()).query("PageSize", PAGE_SIZE);
        if let Some(from) = created_from {
            request = request.query("DateCreatedStart", self.date(from));
        }
        self.pages("list the ads at impact.com", &request, Shape::under(&["Ads"])).await
    }

    /// One ad; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn ad(&self, id: &AdId) -> Result<Option<Ad>, ImpactError> {
        self.found("read the ad at impact.com", &Request::get("Ads").segment(id), id, |ad: &Ad| &ad.id).await
    }

    /// Creates an ad and brings its id. Sent once; impact.com has no key against doing it twice.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`](campaign_pilot_core::ErrorKind::Invalid) before anything is sent for copy that breaks a rule: what the kind needs, 255 characters, one
    /// line of visible text without markup (several in the description), a landing page that is a web address. Else
    /// [`ImpactError::may_have_taken_effect`] tells whether the ad may exist all the same.
    pub async fn create_ad(&self, draft: &AdDraft) -> Result<AdId, ImpactError> {
        const CALL: &str = "create the ad at impact.com";
        copy::check(draft, CALL)?;
        self.created(CALL, &Request::post("Ads").form(self.form(draft)), "Ads").await
    }

    /// Makes an ad what the draft says. Sent once; saying it twice changes nothing more. The rules for copy are not asked:
    /// an ad that others wrote must be stopped whatever its words are.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn update_ad(&self, id: &AdId, draft: &AdDraft) -> Result<(), ImpactError> {
        self.changed(CHANGE, &Request::put("Ads").segment(id).form(self.form(draft))).await
    }

    /// The rules for words that are new in an update, as [`create_ad`](Self::create_ad) asks them.
    pub(crate) fn check_words(draft: &AdDraft) -> Result<(), ImpactError> {
        copy::check_text(CHANGE, "link text", &draft.link_text, copy::Lines::One)?;
        copy::check_text(CHANGE, "description", &draft.description, copy::Lines::Several)
    }

    fn form(&self, draft: &AdDraft) -> Vec<(String, String)> {
        let language = if draft.language.is_empty() { &self.config().language } else { &draft.language };
        let encoding = self.config().list_encoding;
        let (url, code) = match &draft.banner {
            Some(BannerSource::Url(url)) => (Some(url), None),
            Some(BannerSource::Code(code)) => (None, Some(code)),
            None => (None, None),
        };
        Form::default()
            .with("Name", &draft.name)
            .with("CampaignId", self.program_id())
            .with("AdType", &draft.kind)
            .with("Language", language)
            .with_text("LinkText", &draft.link_text)
            .with_text("CouponLinkName", &draft.coupon_name)
            .with_any("CustomAdServingUrl", url)
            .with_any("AdCodeTemplate", code)
            .with_text("BannerAlternativeTag", &draft.alternative_text)
            .with_text("LandingPage", &draft.landing_page)
            .with_text("Description", &draft.description)
            .with_text("Labels", &draft.labels)
            .with_any("AllowDeepLinking", draft.allow_deep_linking)
            .with_any("DealId", draft.deal_id.as_ref())
            .with_list("TargetMediaPartners", &draft.partners, encoding)
            .with_list("TargetMediaPartnerGroups", &draft.partner_groups, encoding)
            .with_any("LimitedTimeStartDate", draft.starts_at.map(|at| self.date(at)))
            .with_any("LimitedTimeEndDate", draft.ends_at.map(|at| self.date(at)))
            .into_pairs()
    }
}
