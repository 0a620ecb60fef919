//! Ads as the wire shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::span::DateFilter;
use super::state::{Ad, PlatformState};
use super::time::{write_date, write_optional};

/// The id of the ad that every program has from the start.
const DEFAULT_AD: u64 = 506_720;

/// A page of the program's ads as they were at `seen`, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let created = DateFilter::read(request, "DateCreatedStart", "DateCreatedEnd", settings)?;
    let updated = DateFilter::read(request, "DateLastUpdatedStart", "DateLastUpdatedEnd", settings)?;
    let is_asked = |ad: &Ad| {
        request.query("Type").is_none_or(|kind| ad.ad_type == kind)
            && request.query("DealId").is_none_or(|deal| ad.deal_id == deal)
            && request.query("MobileReady").is_none_or(|ready| ready == "false")
            && created.holds(ad.created_at)
            && updated.holds(ad.updated_at)
    };
    let is_listed = |ad: &Ad| ad.created_at <= seen && (settings.expired_ads_in_list || !ad.has_ended(now));
    let of_program = request.query("CampaignId").is_none_or(|program| program == settings.program_id.to_string());

    let default = default_ad();
    let mut ads: Vec<&Ad> = state.ads().chain([&default]).filter(|ad| of_program && is_listed(ad) && is_asked(ad)).collect();
    ads.sort_by_key(|ad| std::cmp::Reverse((ad.created_at, ad.id)));
    page(request, settings, PageRules::COMMON, ("/Ads", "Ads"), &ads, |ad| ad_json(ad, settings))
}

/// One ad.
pub(super) fn one(state: &PlatformState, id: &str) -> Result<Value, Answer> {
    let id = id.parse().map_err(|_| Answer::not_found())?;
    if id == DEFAULT_AD {
        return Ok(ad_json(&default_ad(), state.settings()));
    }
    state.ad(id).map(|ad| ad_json(ad, state.settings())).ok_or_else(Answer::not_found)
}

fn default_ad() -> Ad {
    let opened = Timestamp::from_second(1_704_067_200).unwrap_or_default();
    Ad {
        id: DEFAULT_AD,
        name: "Default Ad".to_owned(),
        // A type that cannot be created and that no list of types names.
        ad_type: "DEFAULT_TRACKING".to_owned(),
        language: "ENGLISH".to_owned(),
        created_at: opened,
        updated_at: opened,
        ..Ad::default()
    }
}

fn ad_json(ad: &Ad, settings: &PlatformSettings) -> Value {
    let offset = settings.offset();
    json!({
        "Id": ad.id.to_string(),
        "Name": ad.name,
        "Description": ad.description,
        "CampaignId": settings.program_id.to_string(),
        "CampaignName": settings.program_name,
        "AdType": ad.ad_type,
        "LandingPage": ad.landing_page,
        "LinkText": ad.link_text,
        "CouponLinkName": ad.coupon_link_name,
        "Labels": ad.labels,
        "AllowDeepLinking": "true",
        "Language": ad.language,
        "DateCreated": write_date(ad.created_at, offset),
        "DateLastUpdated": write_date(ad.updated_at, offset),
        "LimitedTimeStartDate": write_optional(ad.starts_at, offset),
        "LimitedTimeEndDate": write_optional(ad.ends_at, offset),
        "RestrictedMediaPartners": [],
        "RestrictedMediaPartnerGroups": [],
        "DealId": ad.deal_id,
        "DealName": "",
        "DealState": "",
        "Season": "",
        "TopSeller": "false",
        "MobileReady": "false",
        // A field that no documentation mentions.
        "PreviewUri": "",
        "Uri": format!("/Advertisers/{}/Ads/{}", settings.account_sid, ad.id),
    })
}
