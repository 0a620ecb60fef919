//! Every request against impact.com's own OpenAPI files, which stay outside the project: the folder is named by
//! `CAMPAIGN_PILOT_IMPACT_OPENAPI`.

use std::collections::BTreeSet;

use campaign_pilot_impact_client::Need;
use campaign_pilot_openapi_check::{Body, Spec};
use serde_json::{Value, json};
use url::form_urlencoded;
use wiremock::{Mock, Request, Respond, ResponseTemplate};

use super::support::{Bench, account, ok};
use super::verbs::{FILES, drive};

/// Where the client says more than the files declare, and why.
const DEVIATIONS: [&str; 3] = [
    // Older documentation describes these for creating, too; the file has them for changing only.
    "POST /Advertisers/{AccountSID}/Deals: DiscountMaximumPercent",
    "POST /Advertisers/{AccountSID}/Deals: DiscountPercentRangeEnd",
    "POST /Advertisers/{AccountSID}/Deals: DiscountPercentRangeStart",
];

/// Operations of the same files that the client has no verb for, since our job has no use for them.
const UNUSED: [&str; 22] = [
    "DELETE /Advertisers/{AccountSID}/Actions",
    "DELETE /Advertisers/{AccountSID}/Campaigns/{CampaignId}/MediaPartnerGroups/{PartnerGroupId}",
    "DELETE /Advertisers/{AccountSID}/ExceptionLists/{ExceptionListId}/Items",
    "DELETE /Advertisers/{AccountSID}/Programs/{ProgramId}/Contracts",
    "DELETE /Advertisers/{AccountSID}/PromoCodeExceptionLists/{ListId}/Items",
    "GET /Advertisers/{AccountSID}/FTPFileSubmissions",
    "GET /Advertisers/{AccountSID}/FTPFileSubmissions/{BatchId}",
    "GET /Advertisers/{AccountSID}/FTPFileSubmissions/{BatchId}/ErrorDetails",
    "GET /Advertisers/{AccountSID}/LegalEntities",
    "GET /Advertisers/{AccountSID}/LegalEntities/{LegalEntityId}",
    "GET /Advertisers/{AccountSID}/PromoCodeExceptionLists/{ListId}/Items/{ItemId}",
    "GET /Advertisers/{AccountSID}/Reports/{ReportId}",
    "PATCH /Advertisers/{AccountSID}/ExceptionLists/{ExceptionListId}/Items",
    "POST /Advertisers/{AccountSID}/Campaigns/{CampaignId}/MediaPartnerGroups",
    "POST /Advertisers/{AccountSID}/Campaigns/{CampaignId}/UnsubscribedContacts",
    "POST /Advertisers/{AccountSID}/MediaPartners",
    "POST /Advertisers/{AccountSID}/Programs/{ProgramId}/Contracts",
    "PUT /Advertisers/{AccountSID}/ActionInquiries",
    "PUT /Advertisers/{AccountSID}/Actions",
    "PUT /Advertisers/{AccountSID}/Campaigns/{CampaignId}/MediaPartnerGroups/{PartnerGroupId}",
    "PUT /Advertisers/{AccountSID}/CompanyInformation",
    "PUT /Advertisers/{AccountSID}/MediaPartners/{PartnerId}",
];

/// Answers so that no verb stops before its last request.
struct Anything;

impl Respond for Anything {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path();
        let job = json!({"Id": "d8807a9f", "Status": "COMPLETED", "Replayable": "true"});
        match request.method.as_str() {
            "GET" if path.contains("Export") => ok(json!({"Status": "QUEUED", "QueuedUri": account("Jobs/d8807a9f")})),
            "GET" if path.ends_with("/Download") => ok(json!({"Records": []})),
            "GET" if path.contains("/Jobs/") => ok(job),
            "PUT" if path.ends_with("/Replay") => ok(job),
            "GET" => ok(json!({"@total": "0"})),
            "PUT" if path.contains("/Items/") => ResponseTemplate::new(404),
            _ => ok(json!({"Status": "OK", "Uri": format!("{path}/7")})),
        }
    }
}

#[tokio::test]
async fn each_request_is_as_impact_coms_files_declare_it() {
    let Some(spec) = Spec::from_env().unwrap() else {
        println!("not run: {} must name the folder with impact.com's OpenAPI files", Spec::FOLDER);
        return;
    };
    let bench = Bench::new().await;
    Mock::given(wiremock::matchers::any()).respond_with(Anything).mount(&bench.server).await;
    for file in FILES {
        let tried = drive(file, &bench.api).await;
        assert!(!tried.is_empty());
    }
    let requests = bench.requests().await;
    let mut found = BTreeSet::new();
    for request in &requests {
        for violation in violations(&spec, request) {
            found.insert(violation);
        }
    }
    let wanted: BTreeSet<String> = DEVIATIONS.iter().map(|text| (*text).to_owned()).collect();
    let unexpected: Vec<_> = found.iter().filter(|text| !wanted.iter().any(|wanted| text.starts_with(wanted.as_str()))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    for deviation in &wanted {
        assert!(found.iter().any(|text| text.starts_with(deviation.as_str())), "{deviation} does not deviate any more");
    }
    let asked: BTreeSet<String> = spec
        .operations()
        .iter()
        .filter(|(method, template)| {
            requests.iter().any(|request| request.method.as_str() == method && fits(template, request.url.path()))
        })
        .map(|(method, template)| format!("{method} {template}"))
        .collect();
    let all: BTreeSet<String> = spec
        .operations()
        .iter()
        .filter(|(_, template)| is_ours(template))
        .map(|(method, template)| format!("{method} {template}"))
        .collect();
    let unused: Vec<_> = all.difference(&asked).map(String::as_str).collect();
    assert_eq!(unused, UNUSED);
}

/// What a diagnosis sends to find out whether a write is allowed must be refusable: none of it may be complete.
#[tokio::test]
async fn no_write_of_a_diagnosis_is_complete_or_names_a_thing() {
    let Some(spec) = Spec::from_env().unwrap() else {
        println!("not run: {} must name the folder with impact.com's OpenAPI files", Spec::FOLDER);
        return;
    };
    let bench = Bench::new().await;
    Mock::given(wiremock::matchers::any()).respond_with(Anything).mount(&bench.server).await;
    bench.api.diagnose(&Need::ALL).await;
    let requests = bench.requests().await;
    assert_eq!(requests.len(), Need::ALL.len());
    for request in requests {
        let incomplete = !violations(&spec, &request).is_empty();
        let path = request.url.path();
        let names_nothing = path.split('/').any(|segment| segment == "0");
        if request.method.as_str() == "GET" {
            assert!(!incomplete, "{path}: {:?}", violations(&spec, &request));
        } else {
            assert!(incomplete || names_nothing, "{} {path}", request.method);
        }
    }
}

/// Whether the file of an operation is one of those that we use.
fn is_ours(template: &str) -> bool {
    const OTHERS: [&str; 9] = [
        "/Contacts",
        "/Conversions",
        "/Invoices",
        "/Notes",
        "/PageLoad",
        "/DeferredDeepLink",
        "/Tasks",
        "/TrackingValueRequests",
        "Contacts",
    ];
    !OTHERS.iter().any(|other| template.contains(other)) || template.ends_with("UnsubscribedContacts")
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len() && template.iter().zip(&path).all(|(part, segment)| part == segment || part.starts_with('{'))
}

fn violations(spec: &Spec, request: &Request) -> Vec<String> {
    let pairs = |bytes: &[u8]| -> Vec<(String, String)> { form_urlencoded::parse(bytes).into_owned().collect() };
    let query: Vec<_> = request.url.query_pairs().into_owned().collect();
    let kind = request.headers.get("content-type").map(|kind| kind.to_str().unwrap()).unwrap_or_default();
    let (method, path) = (request.method.as_str(), request.url.path());
    let found = if kind.starts_with("application/json") {
        let body: Value = request.body_json().unwrap();
        spec.check_request(method, path, &query, Body::Json(&body))
    } else if kind.starts_with("multipart/form-data") {
        spec.check_request(method, path, &query, Body::Multipart(&parts(&request.body)))
    } else if kind.is_empty() {
        assert!(request.body.is_empty());
        spec.check_request(method, path, &query, Body::None)
    } else {
        assert_eq!(kind, "application/x-www-form-urlencoded");
        spec.check_request(method, path, &query, Body::Form(&pairs(&request.body)))
    };
    found.iter().map(ToString::to_string).collect()
}

/// The parts of a multipart body: their names, and their texts where they are no files.
fn parts(body: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(body);
    let boundary = text.lines().next().unwrap();
    let parts = text.split(boundary).filter_map(|part| part.split_once("\r\n\r\n"));
    parts
        .map(|(head, content)| {
            let name = head.split_once("name=\"").unwrap().1.split('"').next().unwrap();
            let content = if head.contains("filename=") { "" } else { content.trim_end() };
            (name.to_owned(), content.to_owned())
        })
        .collect()
}
