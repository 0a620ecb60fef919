//! The program and the account.

use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
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
    let address = json!({
        "AddressLine1": "1 Sand Street",
        "AddressLine2": "",
        "City": "Hamburg",
        "State": "",
        "PostalCode": "20095",
        "Country": "GERMANY",
    });
    let contact = json!({
        "UserId": "1",
        "Name": "Sandy Box",
        "Email": "sandy@shop.example",
        "WorkPhoneNumber": "",
        "WorkPhoneNumberCountry": "",
        "CellPhoneNumber": "",
        "CellPhoneNumberCountry": "",
    });
    json!({
        "CompanyName": "Sandbox Shop Ltd",
        "Industry": { "IndustryId": "1", "IndustryName": "Retail" },
        "Website": "https://shop.example",
        "PrimaryPhoneNumber": "",
        "PrimaryPhoneNumberCountry": "",
        "SecondaryPhoneNumber": "",
        "SecondaryPhoneNumberCountry": "",
        "MinimumContactRating": "1",
        "Timezone": format!("(GMT {:+03}:00)", settings.utc_offset_hours),
        "Currency": settings.currency.code(),
        "RegisteredForIndirectTax": "false",
        "IndirectTaxNumber": "",
        "OrganizationType": "CORP",
        "EinSsnForeignTaxId": "",
        "CorporateAddress": address,
        "BillingAddress": address,
        "FinancialContact": contact,
        "TechnicalContact": contact,
        "CommercialContact": contact,
        "SecurityContact": contact,
        "Uri": format!("/Advertisers/{}/CompanyInformation", settings.account_sid),
    })
}

/// Whether an id is the program's.
pub(super) fn is_ours(id: &str, settings: &PlatformSettings) -> bool {
    id.parse().ok() == Some(settings.program_id)
}

fn program_json(settings: &PlatformSettings) -> Value {
    json!({
        "Id": settings.program_id,
        "Name": settings.program_name,
        "State": settings.program_state.as_str(),
        "Type": "Performance",
        "Categories": {
            "PrimaryCategory": "Retail",
            "PrimarySubCategories": [],
            "AdditionalCategory": "",
            "AdditionalSubCategories": [],
        },
        "ShortDescription": "",
        "LongDescription": "",
        "ListInMarketplace": true,
        "DisplayServicingAgency": false,
        "Rating": 3,
        "SearchKeywords": "",
        "ShippingRegions": ["Germany"],
        "Resources": {
            "CompanyHomepage": "https://shop.example",
            "ExampleLandingPage": null,
            "InformationPage": null,
            "AdditionalRelatedLinks": [],
        },
        "CompanyContacts": [],
        "GiftCardPayouts": false,
        "TrademarkBidding": false,
        "ThirdPartyImpressionPixel": "",
        "MobileReadyAds": false,
        "DisplayFutureAds": false,
        "PromoCodeTracking": false,
        "TrackingDomain": "sandbox-shop.sjv.example",
        "SiteDefinition": "",
        "ImpressionTracking": false,
        "ViewThroughCrediting": false,
        "IdentityMatching": "NONE",
        "HasStandDownPolicy": false,
        "GatewayTrackingSettings": {
            "DefaultLandingPage": "https://shop.example",
            "MediaPartnerTrackingTemplate": "",
            "CampaignTrackingTemplate": "",
            "SSLSupport": true,
            "DeepLinking": true,
            "DeepLinkDomains": "shop.example",
            "ThirdPartyGatewayUrl": null,
            "ThirdPartyGatewayQueryStringParameters": "",
            "UniqueClickWindowLength": "24h",
            "UniqueClickWindowType": "FIXED",
        },
        "DirectTrackingSettings": { "UnidentifiedName": "", "SessionWindowLength": 30 },
        // A field that no documentation mentions.
        "+IntegrationStatus": "LIVE",
        "Uri": format!("/Advertisers/{}/Campaigns/{}", settings.account_sid, settings.program_id),
    })
}
