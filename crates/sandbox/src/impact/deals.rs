//! Deals as the wire shows them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::shape::{or_absent, read_number};
use super::state::{Deal, PlatformState};
use super::time::optional_date;

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
        "Id": deal.id,
        "State": state_word(deal, settings, now),
        "StartDate": optional_date(deal.starts_at, offset),
        "EndDate": optional_date(deal.ends_at, offset),
        "SynchAdsPromoCodes": deal.is_synched(),
        "Products": products(deal),
        "RestrictedMediaPartners": ids(deal.text("RestrictedMediaPartners")),
        "RestrictedMediaPartnerGroups": ids(deal.text("RestrictedMediaPartnerGroups")),
        "Uri": format!("/Advertisers/{}/Deals/{}", settings.account_sid, deal.id),
    });
    if let Some(fields) = shown.as_object_mut() {
        for name in TEXTS {
            fields.insert(name.to_owned(), or_absent(deal.text(name)));
        }
        for name in NUMBERS {
            fields.insert(name.to_owned(), read_number(deal.text(name)));
        }
        // An empty text is declared for these.
        fields.insert("Description".to_owned(), Value::from(deal.text("Description")));
    }
    shown
}

/// Mostly the documented word; every third deal that has not begun has one that no documentation mentions. Lists count it as
/// pending.
pub(super) fn state_word(deal: &Deal, settings: &PlatformSettings, now: Timestamp) -> &'static str {
    match deal.state(now) {
        "PENDING" if settings.quirks.unknown_words && deal.id.is_multiple_of(3) => "SCHEDULED",
        state => state,
    }
}

/// The fields that are shown as they were sent.
const TEXTS: [&str; 19] = [
    "Name",
    "Type",
    "Scope",
    "Categories",
    "DiscountType",
    "DiscountCurrency",
    "MinimumPurchaseAmountCurrency",
    "MaximumSavingsCurrency",
    "Gift",
    "RebateCurrency",
    "DefaultPromoCode",
    "BogoBuyScope",
    "BogoBuyName",
    "BogoGetScope",
    "BogoGetName",
    "BogoGetDiscountType",
    "BogoGetDiscountCurrency",
    "BogoBuyImageUrl",
    "BogoGetImageUrl",
];

/// The fields that are numbers.
const NUMBERS: [&str; 14] = [
    "CampaignId",
    "DiscountAmount",
    "DiscountPercent",
    "DiscountMaximumPercent",
    "DiscountPercentRangeStart",
    "DiscountPercentRangeEnd",
    "MinimumPurchaseAmount",
    "MaximumSavingsAmount",
    "RebateAmount",
    "BogoBuyQuantity",
    "BogoGetQuantity",
    "BogoGetDiscountAmount",
    "BogoGetDiscountPercent",
    "PurchaseLimitQuantity",
];

fn products(deal: &Deal) -> Vec<Value> {
    let product = deal.text("ProductName");
    if product.is_empty() {
        return Vec::new();
    }
    vec![json!({
        "ProductName": product,
        "ProductBeforePriceAmount": read_number(deal.text("ProductBeforePriceAmount")),
        "ProductAfterPriceAmount": read_number(deal.text("ProductAfterPriceAmount")),
    })]
}

/// Ids divided by commas.
pub(crate) fn ids(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).collect()
}
