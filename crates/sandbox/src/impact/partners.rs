//! Partners as the wire shows them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::contracts::contract_id;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::state::{DocKind, PlatformState};
use super::time::{opened, write_date};

/// A page of partners: all of them have joined.
pub(super) fn list(state: &PlatformState, request: &ApiRequest) -> Result<Value, Answer> {
    let settings = state.settings();
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let in_group = |partner: u64| {
        request.query("GroupId").is_none_or(|group| {
            let members = state.doc(DocKind::Group, group).and_then(|group| group.body.get("MediaPartners")?.as_array());
            members.is_some_and(|members| members.iter().any(|member| member.as_u64() == Some(partner)))
        })
    };
    let ids = |id: u64| request.query("Id").is_none_or(|wanted| super::ids(wanted).contains(&id.to_string().as_str()));
    let of_program = asked("CampaignId", &settings.program_id.to_string())
        && asked("State", "ACTIVE")
        && asked("RelationshipState", "ACTIVE")
        && asked("Country", "DE");
    let partners: Vec<u64> = state.partner_ids().filter(|id| of_program && ids(*id) && in_group(*id)).collect();
    let key = if settings.quirks.old_list_keys { "MediaPartners" } else { "Partners" };
    page(request, settings, PageRules::COMMON, ("/MediaPartners", key), &partners, |id| partner_json(state, *id))
}

/// One partner.
pub(super) fn one(state: &PlatformState, id: &str) -> Result<Value, Answer> {
    let id = id.parse().ok().filter(|id| state.partner_ids().any(|known| known == *id)).ok_or_else(Answer::not_found)?;
    Ok(partner_json(state, id))
}

fn partner_json(state: &PlatformState, id: u64) -> Value {
    let settings = state.settings();
    let opened = write_date(opened(), settings.offset());
    json!({
        "Id": id.to_string(),
        "Name": state.partner_name(id),
        "Description": "",
        "Website": format!("https://partner-{id}.example"),
        "State": "ACTIVE",
        "Address": { "Country": "DE", "Address1": "", "Address2": null, "City": "", "State": "", "PostalCode": "" },
        "Phone": { "Country": "DE", "Number": "" },
        "Currency": settings.currency.code(),
        "Timezone": "Europe/Berlin",
        "PartnerType": "MARKETPLACE",
        "PromotionalMethods": [{ "Type": "CONTENT", "IsPrimary": true }],
        "PromotionalCountries": ["DE"],
        "Properties": [{
            "Id": (id + 100_000).to_string(),
            "Name": state.partner_name(id),
            "Type": "WEBSITE",
            "Platform": "",
            "Url": format!("https://partner-{id}.example"),
        }],
        "PromotionalCategories": [],
        "Programs": [{
            "Id": settings.program_id.to_string(),
            "Name": settings.program_name,
            "ContractId": contract_id(id),
            "ContractName": "Standard terms",
            "JoinDate": opened,
            "ExpirationDate": null,
        }],
        "Contacts": [],
        "LinkedAccounts": [],
        "PartnerValues": { "Value1": "", "Value2": "", "Value3": "" },
        "AccountManager": "",
        "DateCreated": opened,
        "DateLastUpdated": opened,
        "CreatedBy": "",
        "LastUpdatedBy": "",
        // A field that no documentation mentions.
        "+TrustScore": "n/a",
        "Uri": format!("/Advertisers/{}/MediaPartners/{id}", settings.account_sid),
    })
}
