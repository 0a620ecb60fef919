//! Ads as the wire shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::codes::merge;
use super::deals::{ids, state_word};
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::shape::or_absent;
use super::span::DateFilter;
use super::state::{Ad, DEFAULT_AD, Deal, DocKind, PlatformState};
use super::time::{opened, optional_date, write_date};

/// A page of the program's ads as they were at `seen`, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let settings = state.settings();
    let created = DateFilter::read(request, "DateCreatedStart", "DateCreatedEnd", settings)?;
    let updated = DateFilter::read(request, "DateLastUpdatedStart", "DateLastUpdatedEnd", settings)?;
    let is_asked = |ad: &Ad| {
        request.query("Type").is_none_or(|kind| ad.ad_type == kind)
            && request.query("DealId").is_none_or(|deal| ad.deal_id == deal)
            && request.query("MobileReady").is_none_or(|ready| ready == word(ad, "MobileReady", "false"))
            && created.holds(ad.created_at)
            && updated.holds(ad.updated_at)
    };
    let is_listed = |ad: &Ad| ad.created_at <= seen && (settings.expired_ads_in_list || !ad.has_ended(now));
    let of_program = request.query("CampaignId").is_none_or(|program| program == settings.program_id.to_string());

    let default = default_ad(settings);
    let mut ads: Vec<&Ad> = state.ads().chain([&default]).filter(|ad| of_program && is_listed(ad) && is_asked(ad)).collect();
    ads.sort_by_key(|ad| std::cmp::Reverse((ad.created_at, ad.id)));
    page(request, settings, PageRules::COMMON, ("/Ads", "Ads"), &ads, |ad| ad_json(ad, state, now))
}

/// One ad.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    let id: u64 = id.parse().map_err(|_| Answer::not_found())?;
    if id == DEFAULT_AD {
        return Ok(ad_json(&default_ad(state.settings()), state, now));
    }
    state.ad(id).map(|ad| ad_json(ad, state, now)).ok_or_else(Answer::not_found)
}

fn default_ad(settings: &PlatformSettings) -> Ad {
    Ad {
        id: DEFAULT_AD,
        name: "Default Ad".to_owned(),
        // A type that cannot be created and that no list of types names.
        ad_type: if settings.quirks.unknown_words { "DEFAULT_TRACKING" } else { "TEXT_LINK" }.to_owned(),
        language: "ENGLISH".to_owned(),
        created_at: opened(),
        updated_at: opened(),
        ..Ad::default()
    }
}

/// What was sent for a field, or what holds without.
fn word<'a>(ad: &'a Ad, name: &str, without: &'a str) -> &'a str {
    ad.more.get(name).and_then(|values| values.first()).map_or(without, String::as_str)
}

fn ad_json(ad: &Ad, state: &PlatformState, now: Timestamp) -> Value {
    let settings = state.settings();
    let offset = settings.offset();
    let all = |name: &str| ad.more.get(name).cloned().unwrap_or_default();
    let mut shown = json!({
        "Id": ad.id.to_string(),
        "Name": ad.name,
        "Description": ad.description,
        "CampaignId": settings.program_id.to_string(),
        "CampaignName": settings.program_name,
        "AdType": ad.ad_type,
        "LandingPage": or_absent(ad.landing_page.as_str()),
        "MobileFallbacks": { "Android": "", "IOS": "" },
        "DateCreated": write_date(ad.created_at, offset),
        "DateLastUpdated": write_date(ad.updated_at, offset),
        "LinkText": ad.link_text,
        "CouponLinkName": ad.coupon_link_name,
        "Labels": ad.labels,
        "Language": ad.language,
        "LimitedTimeStartDate": optional_date(ad.starts_at, offset),
        "LimitedTimeEndDate": optional_date(ad.ends_at, offset),
        "AllowDeepLinking": word(ad, "AllowDeepLinking", "true"),
        "RestrictedMediaPartners": all("TargetMediaPartners"),
        // Written as ids, read as names.
        "RestrictedMediaPartnerGroups": all("TargetMediaPartnerGroups").iter().map(|id| named(state, id)).collect::<Vec<_>>(),
        // A field that no documentation mentions.
        "+PreviewUri": "",
        "Uri": format!("/Advertisers/{}/Ads/{}", settings.account_sid, ad.id),
    });
    let flags = ["MobileReady", "PhoneTracking", "PromoCodeTracking", "TopSeller", "CouponAllowCustomPromoCode"];
    if let Some(fields) = shown.as_object_mut() {
        for name in flags {
            fields.insert(name.to_owned(), Value::from(word(ad, name, "false")));
        }
        for name in SENT {
            fields.insert(name.to_owned(), or_absent(word(ad, name, "")));
        }
    }
    let deal = ad.deal_id.parse().ok().and_then(|id| state.deal(id));
    merge(&mut shown, of_deal(deal, settings, now));
    shown
}

/// The name of a group of partners; of one that is gone, what was sent.
fn named(state: &PlatformState, group: &str) -> String {
    state.doc(DocKind::Group, group).map_or_else(|| group.to_owned(), |group| group.text("Name"))
}

/// The fields that are shown as they were sent.
const SENT: [&str; 9] = [
    "Season",
    "CustomAdServingUrl",
    "AdCodeTemplate",
    "CustomisationCharge",
    "IabAdUnit",
    "ThirdPartyServableAdCreativeHeight",
    "ThirdPartyServableAdCreativeWidth",
    "BannerAlternativeTag",
    "GetHtmlCodeType",
];

/// The fields of a deal that an ad shows under the same name.
const OF_DEAL: [&str; 27] = [
    "DiscountType",
    "DiscountAmount",
    "DiscountCurrency",
    "DiscountPercent",
    "DiscountMaximumPercent",
    "DiscountPercentRangeStart",
    "DiscountPercentRangeEnd",
    "Gift",
    "RebateAmount",
    "RebateCurrency",
    "MinimumPurchaseAmount",
    "MinimumPurchaseAmountCurrency",
    "MaximumSavingsAmount",
    "MaximumSavingsCurrency",
    "BogoBuyQuantity",
    "BogoBuyScope",
    "BogoBuyName",
    "BogoBuyImageUrl",
    "BogoGetQuantity",
    "BogoGetScope",
    "BogoGetDiscountType",
    "BogoGetName",
    "BogoGetImageUrl",
    "BogoGetDiscountAmount",
    "BogoGetDiscountCurrency",
    "BogoGetDiscountPercent",
    "PurchaseLimitQuantity",
];

/// An ad's deal, flattened into the ad; all of it is text.
fn of_deal(deal: Option<&Deal>, settings: &PlatformSettings, now: Timestamp) -> Value {
    let offset = settings.offset();
    let text = |name: &str| deal.map_or("", |deal| deal.text(name));
    let list = |name: &str| ids(text(name));
    let mut shown = json!({
        "DealId": deal.map_or_else(String::new, |deal| deal.id.to_string()),
        "DealName": text("Name"),
        "DealDescription": text("Description"),
        "DealState": deal.map_or("", |deal| state_word(deal, settings, now)),
        "DealType": text("Type"),
        "DealScope": text("Scope"),
        "DealProducts": Some(text("ProductName")).filter(|name| !name.is_empty()).into_iter().collect::<Vec<_>>(),
        "DealCategories": text("Categories"),
        "DealDefaultPromoCode": text("DefaultPromoCode"),
        "DealStartDate": optional_date(deal.and_then(|deal| deal.starts_at), offset),
        "DealEndDate": optional_date(deal.and_then(|deal| deal.ends_at), offset),
        "SynchAdsPromoCodes": deal.map_or_else(String::new, |deal| deal.is_synched().to_string()),
        "DealRestrictedMediaPartners": list("RestrictedMediaPartners"),
        "DealRestrictedMediaPartnerGroups": list("RestrictedMediaPartnerGroups"),
    });
    if let Some(fields) = shown.as_object_mut() {
        for name in OF_DEAL {
            fields.insert(name.to_owned(), Value::from(text(name)));
        }
    }
    shown
}
