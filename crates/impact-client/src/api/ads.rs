//! Ads: created, listed, read, changed. The API has no way to delete one.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::Request;
use jiff::Timestamp;
use serde_json::Value;

use super::{ImpactApi, Listing, model};
use crate::wire::scalar::value_text;
use crate::{Ad, AdId, AdKind, ImpactError};

/// The longest text of an ad in characters, as impact.com documents it for all its strings.
const LONGEST_TEXT: usize = 255;

/// Ads a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// An ad as it shall be: for creating one and for changing one.
///
/// A change carries all of these, too: whether impact.com empties what an update leaves out is not documented.
#[derive(Clone, Debug, PartialEq)]
pub struct AdDraft {
    /// Its kind.
    pub kind: AdKind,
    /// Its name.
    pub name: String,
    /// The line that is linked.
    pub link_text: String,
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
    pub deal_id: Option<String>,
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
            landing_page: ad.landing_page.clone(),
            description: ad.description.clone(),
            labels: ad.labels.clone(),
            language: ad.language.clone(),
            allow_deep_linking: ad.allow_deep_linking,
            deal_id: ad.deal_id.clone(),
            starts_at: ad.starts_at,
            ends_at: ad.ends_at,
        }
    }
}

impl AdDraft {
    /// Checks what impact.com documents as limits of its texts.
    fn check(&self, call: &'static str) -> Result<(), ImpactError> {
        let texts =
            [("name", &self.name), ("link text", &self.link_text), ("description", &self.description), ("labels", &self.labels)];
        for (what, text) in texts {
            let length = text.chars().count();
            if length > LONGEST_TEXT {
                let message = format!("the {what} has {length} characters, and impact.com takes {LONGEST_TEXT}");
                return Err(ImpactError::new(ErrorKind::Invalid, call, message).with_advice(format!("shorten the {what}")));
            }
        }
        Ok(())
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
        self.pages("list the ads at impact.com", &request, "Ads").await
    }

    /// One ad; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn ad(&self, id: &AdId) -> Result<Option<Ad>, ImpactError> {
        const CALL: &str = "read the ad at impact.com";
        let value = match self.value(CALL, &Request::get("Ads").segment(id)).await {
            Ok(value) => value,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let ad: Ad = model(CALL, value)?;
        if &ad.id == id {
            return Ok(Some(ad));
        }
        Err(ImpactError::new(ErrorKind::Malformed, CALL, format!("ad {} came where {id} was asked for", ad.id)))
    }

    /// Creates an ad and brings its id. Sent once; impact.com has no key against doing it twice.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether the ad may exist all the same.
    pub async fn create_ad(&self, draft: &AdDraft) -> Result<AdId, ImpactError> {
        const CALL: &str = "create the ad at impact.com";
        draft.check(CALL)?;
        let answer = self.value(CALL, &Request::post("Ads").form(self.form(draft))).await?;
        created_id(&answer).ok_or_else(|| {
            ImpactError::new(ErrorKind::Malformed, CALL, "the answer does not name the new ad").maybe_effective(true)
        })
    }

    /// Makes an ad what the draft says. Sent once; saying it twice changes nothing more.
    ///
    /// # Errors
    ///
    /// [`ImpactError::may_have_taken_effect`] tells whether it may have changed all the same.
    pub async fn update_ad(&self, id: &AdId, draft: &AdDraft) -> Result<(), ImpactError> {
        const CALL: &str = "change the ad at impact.com";
        draft.check(CALL)?;
        self.value(CALL, &Request::put("Ads").segment(id).form(self.form(draft))).await?;
        Ok(())
    }

    fn form(&self, draft: &AdDraft) -> Vec<(&'static str, String)> {
        let language = if draft.language.is_empty() { &self.config().language } else { &draft.language };
        let required = [
            ("Name", draft.name.clone()),
            ("CampaignId", self.program_id().to_string()),
            ("AdType", draft.kind.to_string()),
            ("Language", language.clone()),
        ];
        let texts = [
            ("LinkText", draft.link_text.clone()),
            ("LandingPage", draft.landing_page.clone()),
            ("Description", draft.description.clone()),
            ("Labels", draft.labels.clone()),
            ("AllowDeepLinking", draft.allow_deep_linking.map(|allowed| allowed.to_string()).unwrap_or_default()),
            ("DealId", draft.deal_id.clone().unwrap_or_default()),
            ("LimitedTimeStartDate", draft.starts_at.map(|at| self.date(at)).unwrap_or_default()),
            ("LimitedTimeEndDate", draft.ends_at.map(|at| self.date(at)).unwrap_or_default()),
        ];
        required.into_iter().chain(texts.into_iter().filter(|(_, text)| !text.is_empty())).collect()
    }
}

/// The id of a created ad: the last segment of the answer's `Uri`, the only place where it appears.
fn created_id(answer: &Value) -> Option<AdId> {
    if !answer.get("Status").and_then(value_text)?.eq_ignore_ascii_case("OK") {
        return None;
    }
    let uri = answer.get("Uri").and_then(value_text)?;
    let mut segments = uri.trim_end_matches('/').rsplit('/');
    let id = segments.next()?;
    (segments.next()? == "Ads").then(|| AdId::new(id).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_new_id_is_the_last_segment_of_the_uri() {
        let id = |answer: Value| created_id(&answer).map(|id| id.to_string());
        assert_eq!(id(json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Ads/892081"})).as_deref(), Some("892081"));
        assert_eq!(id(json!({"Status": "QUEUED", "QueuedUri": "/Advertisers/IRxxx/APISubmissions/A-1"})), None);
        assert_eq!(id(json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Ads"})), None);
        assert_eq!(id(json!({"Status": "OK"})), None);
    }

    #[test]
    fn texts_are_refused_when_too_long_and_never_cut() {
        let draft = |link_text: &str| AdDraft {
            kind: AdKind::TextLink,
            name: "n".to_owned(),
            link_text: link_text.to_owned(),
            landing_page: "https://shop.example/p".to_owned(),
            description: String::new(),
            labels: String::new(),
            language: String::new(),
            allow_deep_linking: None,
            deal_id: None,
            starts_at: None,
            ends_at: None,
        };
        assert!(draft(&"\u{e9}".repeat(255)).check("create the ad").is_ok());
        let error = draft(&"\u{e9}".repeat(256)).check("create the ad").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.to_string(), "cannot create the ad: the link text has 256 characters, and impact.com takes 255");
    }
}
