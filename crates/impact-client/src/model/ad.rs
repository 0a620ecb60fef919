//! Ads: what campaigns are made of.

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::program::name;
use super::wire_enum;
use crate::wire::scalar;
use crate::{AdId, DealId, ProgramId};

wire_enum! {
    /// The kind of an ad. An account also holds kinds that the API cannot create.
    AdKind {
        /// A picture.
        Banner = "BANNER",
        /// A line of text with a link: what our campaigns are.
        TextLink = "TEXT_LINK",
        /// A code.
        Coupon = "COUPON",
    }
}

/// An ad as impact.com shows it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Ad {
    /// Its id.
    pub id: AdId,
    /// Its name.
    #[serde(default, deserialize_with = "name")]
    pub name: String,
    /// A longer text for partners.
    #[serde(default, deserialize_with = "name")]
    pub description: String,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// Its kind.
    #[serde(rename = "AdType", default)]
    pub kind: AdKind,
    /// The page it leads to.
    #[serde(default, deserialize_with = "name")]
    pub landing_page: String,
    /// The line that is linked.
    #[serde(default, deserialize_with = "name")]
    pub link_text: String,
    /// The coupon's name, where it is one.
    #[serde(rename = "CouponLinkName", default, deserialize_with = "name")]
    pub coupon_name: String,
    /// Where a banner's picture is served from.
    #[serde(rename = "CustomAdServingUrl", default, deserialize_with = "scalar::text")]
    pub banner_url: Option<String>,
    /// The code that shows a banner's picture.
    #[serde(rename = "AdCodeTemplate", default, deserialize_with = "scalar::text")]
    pub banner_code: Option<String>,
    /// The text in the place of a banner's picture.
    #[serde(rename = "BannerAlternativeTag", default, deserialize_with = "name")]
    pub alternative_text: String,
    /// The labels, divided by commas; partners can see them and users can edit them.
    #[serde(default, deserialize_with = "labels")]
    pub labels: String,
    /// Its language, in impact.com's words.
    #[serde(default, deserialize_with = "name")]
    pub language: String,
    /// Whether partners may link deeper than the landing page.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub allow_deep_linking: Option<bool>,
    /// The deal it is attached to.
    #[serde(default, deserialize_with = "scalar::id")]
    pub deal_id: Option<DealId>,
    /// The state of that deal.
    #[serde(default, deserialize_with = "scalar::text")]
    pub deal_state: Option<String>,
    /// The partners that are named for it, as impact.com writes them: the only ones that may use it, as far as the
    /// documentation is right; it also calls them restricted from it.
    #[serde(rename = "RestrictedMediaPartners", default, deserialize_with = "scalar::texts")]
    pub partners: Vec<String>,
    /// The names (not the ids) of the groups of partners that are named for it, likewise.
    #[serde(rename = "RestrictedMediaPartnerGroups", default, deserialize_with = "scalar::texts")]
    pub partner_groups: Vec<String>,
    /// When it was created.
    #[serde(rename = "DateCreated", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it starts; `None`: at once.
    #[serde(rename = "LimitedTimeStartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    #[serde(rename = "LimitedTimeEndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
}

impl Ad {
    /// The tag of the operation that created it, if it is one of ours and nobody removed the label.
    #[must_use]
    pub fn tag(&self) -> Option<OperationTag> {
        OperationTag::find_in(&self.labels)
    }

    /// Whether its end has passed at `now`: partners can no longer take it.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    /// Whether it has not started yet at `now`.
    #[must_use]
    pub fn is_scheduled(&self, now: Timestamp) -> bool {
        self.starts_at.is_some_and(|start| now < start)
    }
}

/// Labels as a text, also where they come as a list.
fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let single = std::slice::from_ref(&value);
    let parts = value.as_array().map_or(single, Vec::as_slice);
    Ok(parts.iter().filter_map(scalar::value_text).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ad_is_read_as_documented() {
        let ad: Ad = serde_json::from_str(
            r#"{ "Id": "892081", "Name": "Smart Water Bottle - Summer", "Description": "", "CampaignId": "1000",
              "AdType": "TEXT_LINK", "LandingPage": "https://shop.example/product/smart-water-bottle",
              "LinkText": "Stay cool", "Labels": "campaign-pilot,cp-00112233445566778899", "AllowDeepLinking": "true",
              "Language": "ENGLISH", "DateCreated": "2026-05-29T22:03:35-07:00",
              "LimitedTimeStartDate": "2026-06-01T00:00:00-07:00", "LimitedTimeEndDate": "",
              "RestrictedMediaPartners": [], "DealId": "", "DealState": "", "TopSeller": "false" }"#,
        )
        .unwrap();
        assert_eq!(ad.tag().unwrap().as_str(), "cp-00112233445566778899");
        assert_eq!(ad.starts_at.unwrap().to_string(), "2026-06-01T07:00:00Z");
        assert_eq!((ad.ends_at, ad.deal_id.clone()), (None, None));
        assert!(ad.is_scheduled("2026-06-01T06:59:59Z".parse().unwrap()));
        assert!(!ad.is_scheduled("2026-06-01T07:00:00Z".parse().unwrap()));
        assert!(!ad.has_ended(Timestamp::MAX));
    }

    #[test]
    fn the_default_ad_of_an_unknown_kind_is_no_error() {
        let ad: Ad = serde_json::from_str(r#"{"Id": 7, "AdType": "ONLINE_TRACKING_LINK", "Labels": null}"#).unwrap();
        assert_eq!(ad.kind, AdKind::Other("ONLINE_TRACKING_LINK".to_owned()));
        assert_eq!(ad.tag(), None);
    }

    #[test]
    fn labels_may_come_as_a_list() {
        let ad: Ad = serde_json::from_str(r#"{"Id": 7, "Labels": ["campaign-pilot", "cp-00112233445566778899"]}"#).unwrap();
        assert_eq!(ad.labels, "campaign-pilot,cp-00112233445566778899");
        assert!(ad.tag().is_some());
    }
}
