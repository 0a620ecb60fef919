//! The program, the account and what else can only be read.

use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::reports::BY_AD;
use super::request::ApiRequest;
use super::settings::PlatformSettings;

/// A page of programs: there is one.
pub(super) fn list(request: &ApiRequest, settings: &PlatformSettings) -> Result<Value, Answer> {
    let asked = request.query("State").is_none_or(|state| state == settings.program_state.as_str())
        && request.query("Name").is_none_or(|name| settings.program_name.contains(name));
    page(request, settings, PageRules::COMMON, ("/Campaigns", "Campaigns"), asked.then_some(settings).as_slice(), |settings| {
        program_json(settings)
    })
}

/// One program.
pub(super) fn one(id: &str, settings: &PlatformSettings) -> Result<Value, Answer> {
    is_ours(id, settings).then(|| program_json(settings)).ok_or_else(Answer::not_found)
}

/// The account.
pub(super) fn company(settings: &PlatformSettings) -> Value {
    json!({
        "CompanyName": "Sandbox Shop Ltd",
        "Website": "https://shop.example",
        "PrimaryPhoneNumber": "",
        "MinimumContactRating": "1",
        "Timezone": format!("(GMT {:+03}:00)", settings.utc_offset_hours),
        "Currency": settings.currency.code(),
        "RegisteredForIndirectTax": "false",
        "Uri": format!("/Advertisers/{}/CompanyInformation", settings.account_sid),
    })
}

/// A page of the reports that the account may run.
pub(super) fn reports(request: &ApiRequest, settings: &PlatformSettings) -> Result<Value, Answer> {
    let path = |kind: &str| format!("/Advertisers/{}/{kind}/{BY_AD}", settings.account_sid);
    let report = json!({
        "Id": BY_AD,
        "Name": "Performance by Ad",
        "Category": "Performance",
        "ApiAccessible": "true",
        "ApiRunUri": "",
        "DeferredApiRunUri": path("ReportExport"),
        "MetaDataUri": format!("{}/MetaData", path("Reports")),
    });
    page(request, settings, PageRules::COMMON, ("/Reports", "Reports"), &[report], Value::clone)
}

/// What the by-ad report takes and gives.
pub(super) fn report_metadata(handle: &str) -> Result<Value, Answer> {
    if handle != BY_AD {
        return Err(Answer::not_found());
    }
    let filter = |name: &str, kind: &str, format: &str| json!({ "Name": name, "DataType": kind, "Format": format });
    let columns =
        ["Ad_Id", "Ad_Name", "Ad_Type", "Impressions", "Clicks", "Actions", "Revenue", "Action_Cost", "Click_Cost", "Total_Cost"];
    let attributes: Vec<Value> =
        columns.iter().map(|name| json!({ "Name": name, "DataType": "STRING", "Description": "" })).collect();
    Ok(json!({
        "Id": BY_AD,
        "Name": "Performance by Ad",
        "Filters": [filter("SUBAID", "INTEGER", ""), filter("StartDate", "DATETIME", "ISO-8601"), filter("EndDate", "DATETIME", "ISO-8601")],
        "Attributes": attributes,
    }))
}

/// Whether an id is the program's.
pub(super) fn is_ours(id: &str, settings: &PlatformSettings) -> bool {
    id.parse().ok() == Some(settings.program_id)
}

fn program_json(settings: &PlatformSettings) -> Value {
    json!({
        "Id": settings.program_id.to_string(),
        "Name": settings.program_name,
        "State": settings.program_state.as_str(),
        "Type": "Performance",
        "ShortDescription": "",
        "ListInMarketplace": "true",
        "Rating": "3",
        "ShippingRegions": ["Germany"],
        "PromoCodeTracking": "false",
        "ImpressionTracking": "false",
        "ViewThroughCrediting": "false",
        "GatewayTrackingSettings": { "DefaultLandingPage": "https://shop.example", "DeepLinking": "true", "DeepLinkDomains": "shop.example" },
        // A field that no documentation mentions.
        "IntegrationStatus": "LIVE",
        "Uri": format!("/Advertisers/{}/Campaigns/{}", settings.account_sid, settings.program_id),
    })
}
