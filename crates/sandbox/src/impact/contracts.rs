//! Contracts with partners, and the one application that waits for a decision.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::program::is_ours;
use super::request::ApiRequest;
use super::shape::number;
use super::state::{DocKind, Partner, PlatformState, SALE_TRACKER};
use super::time::{opened, write_date};

/// The id of the application.
pub(crate) const APPLICATION: &str = "P-25070000";

/// The partner who applies.
const APPLICANT: u64 = 29_999;

/// The id of a partner's contract.
pub(super) fn contract_id(partner: u64) -> String {
    format!("S-{}", 7_000_000 + partner)
}

/// A page of contracts: the active ones, unless others are asked for.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, program: &str) -> Result<Value, Answer> {
    let settings = state.settings();
    if !is_ours(program, settings) {
        return Err(Answer::not_found());
    }
    let wanted = request.query("Status").unwrap_or("ACTIVE");
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let contracts: Vec<Value> = all(state)
        .filter(|(partner, status, _)| {
            *status == wanted && asked("PartnerId", &partner.to_string()) && asked("TemplateId", TEMPLATE)
        })
        .map(|(_, _, contract)| contract)
        .collect();
    let path = format!("/Campaigns/{program}/Contracts");
    page(request, settings, PageRules::COMMON, (&path, "Contracts"), &contracts, Value::clone)
}

/// One contract.
pub(super) fn one(state: &PlatformState, program: &str, id: &str) -> Result<Value, Answer> {
    let found = all(state).find(|(_, _, contract)| contract.get("Id") == Some(&json!(id)));
    found.filter(|_| is_ours(program, state.settings())).map(|(_, _, contract)| contract).ok_or_else(Answer::not_found)
}

const TEMPLATE: &str = "31337";

/// All contracts with their partners and states.
fn all(state: &PlatformState) -> impl Iterator<Item = (u64, &'static str, Value)> {
    let decision =
        state.doc(DocKind::Decision, APPLICATION).map(|decision| decision.body.get("Accepted") == Some(&Value::Bool(true)));
    let status = match decision {
        None => "PENDING",
        Some(true) => "ACTIVE",
        Some(false) => "DECLINED",
    };
    let applicant = Partner { name: "New Garden Blog".to_owned(), commission: Decimal::new(8, 2), cost_per_click: None };
    let application = (APPLICANT, status, contract_json(state, APPLICATION, APPLICANT, &applicant, status));
    let of_partner =
        |(id, partner): (u64, &Partner)| (id, "ACTIVE", contract_json(state, &contract_id(id), id, partner, "ACTIVE"));
    state.partners().map(of_partner).chain([application]).collect::<Vec<_>>().into_iter()
}

fn contract_json(state: &PlatformState, id: &str, partner: u64, terms: &Partner, status: &str) -> Value {
    let settings = state.settings();
    let opened = write_date(opened(), settings.offset());
    let percent = terms.commission * Decimal::ONE_HUNDRED;
    let limits: Vec<Value> = settings
        .payout_limit_per_month
        .map(|limit| json!({ "Type": "PAYOUT", "Value": number(limit), "LimitBy": "CONTRACT", "Period": "MONTH" }))
        .into_iter()
        .collect();
    let group = json!([{ "Id": "1", "Rank": 1, "Rules": [], "Limits": limits, "Tiers": [] }]);
    let sale = json!({
        "EventTypeId": SALE_TRACKER,
        "EventTypeName": "Sale",
        "EventCategory": "SALE",
        "DefaultPayoutRate": number(percent),
        "PayoutLevel": "ORDER",
        "PayoutGroups": group,
    });
    let click = terms.cost_per_click.map(|cost| {
        json!({
            "EventTypeId": SALE_TRACKER + 1,
            "EventTypeName": "Click",
            "EventCategory": "CLICK",
            "DefaultPayout": number(cost),
            "PayoutLevel": "CLICK",
            "PayoutGroups": [],
        })
    });
    let payouts: Vec<Value> = [sale].into_iter().chain(click).collect();
    json!({
        "Id": id,
        "PartnerId": partner,
        "PartnerValue1": "",
        "Status": status,
        "StartDate": opened,
        "EndDate": null,
        "BrandSignatory": "Sandbox Shop Ltd",
        "BrandSignatoryDate": opened,
        "PartnerSignatory": terms.name,
        "PartnerSignatoryDate": opened,
        "DateCreated": opened,
        "DateLastUpdated": opened,
        "TemplateTerms": {
            "TemplateId": TEMPLATE.parse::<u64>().ok(),
            "VersionId": 1,
            "Name": "Standard terms",
            "Labels": [],
            "Currency": settings.currency.code(),
            "EventPayouts": payouts,
            "PromotionalTerms": [],
        },
        "ScheduledTerms": [],
        "CampaignTerms": [],
        "HasCampaignTerms": false,
        "PdfUri": format!("/Advertisers/{}/Campaigns/{}/Contracts/{id}/PDF", settings.account_sid, settings.program_id),
        "Uri": format!("/Advertisers/{}/Campaigns/{}/Contracts/{id}", settings.account_sid, settings.program_id),
    })
}
