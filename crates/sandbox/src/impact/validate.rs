//! What impact.com checks before it stores an ad.

use std::collections::BTreeMap;

use serde_json::json;
use url::Url;

use super::settings::PlatformSettings;
use super::state::WriteAnswer;
use super::time::read_instant;

type Fields<'a> = BTreeMap<&'a str, &'a str>;

/// The longest text in characters.
const LONGEST: usize = 255;

/// The answer to a request with one wrong field.
pub(crate) fn failed(field: &str, message: &str) -> WriteAnswer {
    failures(&[(field.to_owned(), message.to_owned())])
}

/// Checks a new ad.
pub(super) fn new_ad(fields: &Fields<'_>, settings: &PlatformSettings) -> Result<(), WriteAnswer> {
    let mut wrong = common(fields, settings);
    let instant = |name: &str| fields.get(name).and_then(|text| read_instant(text, settings.offset()));
    if let (Some(start), Some(end)) = (instant("LimitedTimeStartDate"), instant("LimitedTimeEndDate"))
        && end <= start
    {
        wrong.push(("LimitedTimeEndDate".to_owned(), "Must be after LimitedTimeStartDate".to_owned()));
    }
    answer(&wrong)
}

/// Checks an update: the same fields are required as for a new ad.
pub(super) fn changed_ad(fields: &Fields<'_>, settings: &PlatformSettings) -> Result<(), WriteAnswer> {
    answer(&common(fields, settings))
}

fn common(fields: &Fields<'_>, settings: &PlatformSettings) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, message: &str| wrong.push((field.to_owned(), message.to_owned()));
    let text = |name: &str| fields.get(name).copied().unwrap_or_default().trim();

    for name in ["Name", "CampaignId", "AdType", "Language"] {
        if text(name).is_empty() {
            refuse(name, "Is required");
        }
    }
    match text("CampaignId").parse::<u64>() {
        Err(_) if !text("CampaignId").is_empty() => refuse("CampaignId", "Not a numeric value"),
        Ok(program) if program != settings.program_id => refuse("CampaignId", "Unknown program"),
        _ => {}
    }
    match text("AdType") {
        "TEXT_LINK" if text("LinkText").is_empty() => refuse("LinkText", "Is required for a text link"),
        "COUPON" if text("CouponLinkName").is_empty() => refuse("CouponLinkName", "Is required for a coupon"),
        "BANNER" if text("CustomAdServingUrl").is_empty() && text("AdCodeTemplate").is_empty() => {
            refuse("BannerCreativeFile", "A creative is required for a banner");
        }
        "" | "TEXT_LINK" | "COUPON" | "BANNER" => {}
        _ => refuse("AdType", "Only BANNER, COUPON and TEXT_LINK can be created"),
    }
    if !text("Language").chars().all(|c| c.is_ascii_uppercase() || c == '_') {
        refuse("Language", "Unknown language");
    }
    let page = text("LandingPage");
    if !page.is_empty() && !Url::parse(page).is_ok_and(|page| matches!(page.scheme(), "http" | "https")) {
        refuse("LandingPage", "Not a valid URL");
    }
    for name in ["LimitedTimeStartDate", "LimitedTimeEndDate"] {
        if !text(name).is_empty() && read_instant(text(name), settings.offset()).is_none() {
            refuse(name, "Not a valid date");
        }
    }
    for (name, value) in fields {
        if *name != "AdCodeTemplate" && value.chars().count() > LONGEST {
            refuse(name, "Longer than 255 characters");
        }
    }
    wrong
}

/// Refuses what lacks a field.
pub(super) fn require(fields: &Fields<'_>, names: &[&str]) -> Result<(), WriteAnswer> {
    let missing = names.iter().filter(|name| fields.get(*name).is_none_or(|text| text.trim().is_empty()));
    let mut wrong: Vec<_> = missing.map(|name| ((*name).to_owned(), "Is required".to_owned())).collect();
    let long = fields.iter().filter(|(_, value)| value.chars().count() > LONGEST);
    wrong.extend(long.map(|(name, _)| ((*name).to_owned(), "Longer than 255 characters".to_owned())));
    answer(&wrong)
}

/// Refuses another program than the account's.
pub(super) fn program(fields: &Fields<'_>, settings: &PlatformSettings) -> Result<(), WriteAnswer> {
    match fields.get("CampaignId") {
        Some(id) if id.parse().ok() == Some(settings.program_id) => Ok(()),
        _ => Err(failed("CampaignId", "Unknown program")),
    }
}

/// Refuses a word that is not listed; a missing field counts as the empty word.
pub(super) fn one_of(fields: &Fields<'_>, name: &str, words: &[&str]) -> Result<(), WriteAnswer> {
    if words.contains(&fields.get(name).copied().unwrap_or_default()) { Ok(()) } else { Err(failed(name, "Unknown word")) }
}

/// Checks a new deal.
pub(super) fn new_deal(fields: &Fields<'_>, settings: &PlatformSettings) -> Result<(), WriteAnswer> {
    let mut wrong = deal_dates(fields, settings);
    let mut refuse = |field: &str, message: &str| wrong.push((field.to_owned(), message.to_owned()));
    let text = |name: &str| fields.get(name).copied().unwrap_or_default().trim();
    for name in ["CampaignId", "Name", "Scope", "Type"] {
        if text(name).is_empty() {
            refuse(name, "Is required");
        }
    }
    if !text("CampaignId").is_empty() && text("CampaignId").parse().ok() != Some(settings.program_id) {
        refuse("CampaignId", "Unknown program");
    }
    if !["", "PRODUCT", "CATEGORY", "ENTIRE_STORE"].contains(&text("Scope")) {
        refuse("Scope", "Unknown scope");
    }
    match text("Type") {
        "" | "FREE_SHIPPING" | "GIFT_WITH_PURCHASE" | "REBATE" | "BOGO" => {}
        "GENERAL_SALE" => {
            let has = |names: &[&str]| names.iter().all(|name| !text(name).is_empty());
            let discount = has(&["DiscountPercent"])
                || has(&["DiscountAmount", "DiscountCurrency"])
                || has(&["DiscountMaximumPercent"])
                || has(&["DiscountPercentRangeStart", "DiscountPercentRangeEnd"]);
            if !discount {
                refuse("DiscountType", "A general sale needs a discount");
            }
        }
        _ => refuse("Type", "Unknown type"),
    }
    if text("Scope") == "PRODUCT" && text("ProductName").is_empty() {
        refuse("ProductName", "Is required for the scope PRODUCT");
    }
    answer(&wrong)
}

/// Checks an update of a deal.
pub(super) fn changed_deal(fields: &Fields<'_>, settings: &PlatformSettings) -> Result<(), WriteAnswer> {
    answer(&deal_dates(fields, settings))
}

fn deal_dates(fields: &Fields<'_>, settings: &PlatformSettings) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let instant = |name: &str| fields.get(name).filter(|text| !text.is_empty()).map(|text| read_instant(text, settings.offset()));
    for name in ["StartDate", "EndDate"] {
        if instant(name) == Some(None) {
            wrong.push((name.to_owned(), "Not a valid date".to_owned()));
        }
    }
    if let (Some(Some(start)), Some(Some(end))) = (instant("StartDate"), instant("EndDate"))
        && end <= start
    {
        wrong.push(("EndDate".to_owned(), "Must be after StartDate".to_owned()));
    }
    for (name, value) in fields {
        if value.chars().count() > LONGEST {
            wrong.push(((*name).to_owned(), "Longer than 255 characters".to_owned()));
        }
    }
    wrong
}

fn answer(wrong: &[(String, String)]) -> Result<(), WriteAnswer> {
    if wrong.is_empty() { Ok(()) } else { Err(failures(wrong)) }
}

fn failures(wrong: &[(String, String)]) -> WriteAnswer {
    let errors: Vec<_> = wrong.iter().map(|(field, message)| json!({ "Field": field, "Message": message })).collect();
    WriteAnswer::new(400, json!({ "Status": "ERROR", "Message": "Validation Failed", "Errors": errors }))
}
