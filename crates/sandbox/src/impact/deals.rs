//! Deals as the wire shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::state::{Deal, PlatformState};
use super::time::write_optional;

/// A page of deals as they were at `seen`, the newest first.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, now: Timestamp, seen: Timestamp) -> Result<Value, Answer> {
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let is_asked = |deal: &&Deal| {
        deal.created_at <= seen
            && asked("CampaignId", deal.text("CampaignId"))
            && asked("Scope", deal.text("Scope"))
            && asked("Type", deal.text("Type"))
            && asked("State", deal.state(now))
    };
    let mut deals: Vec<&Deal> = state.deals().filter(is_asked).collect();
    deals.sort_by_key(|deal| std::cmp::Reverse((deal.created_at, deal.id)));
    let settings = state.settings();
    page(request, settings, PageRules::COMMON, ("/Deals", "Deals"), &deals, |deal| deal_json(deal, settings, now))
}

/// One deal.
pub(super) fn one(state: &PlatformState, id: &str, now: Timestamp) -> Result<Value, Answer> {
    let deal = id.parse().ok().and_then(|id| state.deal(id)).ok_or_else(Answer::not_found)?;
    Ok(deal_json(deal, state.settings(), now))
}

fn deal_json(deal: &Deal, settings: &PlatformSettings, now: Timestamp) -> Value {
    let offset = settings.offset();
    let mut shown = json!({
        "Id": deal.id.to_string(),
        "State": deal.state(now),
        "StartDate": write_optional(deal.starts_at, offset),
        "EndDate": write_optional(deal.ends_at, offset),
        "SynchAdsPromoCodes": deal.is_synched().to_string(),
        "Products": products(deal),
        "RestrictedMediaPartners": ids(deal.text("RestrictedMediaPartners")),
        "RestrictedMediaPartnerGroups": ids(deal.text("RestrictedMediaPartnerGroups")),
        "Uri": format!("/Advertisers/{}/Deals/{}", settings.account_sid, deal.id),
    });
    for name in TEXTS {
        if let Some(fields) = shown.as_object_mut() {
            fields.insert(name.to_owned(), Value::from(deal.text(name)));
        }
    }
    shown
}

/// The fields that are shown as they were sent.
const TEXTS: [&str; 31] = [
    "Name",
    "Description",
    "CampaignId",
    "Type",
    "Scope",
    "Categories",
    "DiscountType",
    "DiscountAmount",
    "DiscountCurrency",
    "DiscountPercent",
    "DiscountMaximumPercent",
    "DiscountPercentRangeStart",
    "DiscountPercentRangeEnd",
    "MinimumPurchaseAmount",
    "MinimumPurchaseAmountCurrency",
    "MaximumSavingsAmount",
    "MaximumSavingsCurrency",
    "Gift",
    "RebateAmount",
    "RebateCurrency",
    "DefaultPromoCode",
    "BogoBuyQuantity",
    "BogoBuyScope",
    "BogoBuyName",
    "BogoGetQuantity",
    "BogoGetScope",
    "BogoGetName",
    "BogoGetDiscountType",
    "BogoGetDiscountAmount",
    "BogoGetDiscountCurrency",
    "BogoGetDiscountPercent",
];

fn products(deal: &Deal) -> Vec<Value> {
    let product = deal.text("ProductName");
    if product.is_empty() {
        return Vec::new();
    }
    vec![json!({
        "ProductName": product,
        "ProductBeforePriceAmount": deal.text("ProductBeforePriceAmount"),
        "ProductAfterPriceAmount": deal.text("ProductAfterPriceAmount"),
    })]
}

/// Ids divided by commas.
pub(super) fn ids(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).collect()
}
