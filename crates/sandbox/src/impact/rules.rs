//! Rules that block or redirect clicks, as the wire shows them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::program::is_ours;
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::shape::or_absent;
use super::state::{BlockRule, PlatformState};
use super::time::optional_date;

/// A page of the program's rules.
pub(super) fn list(state: &PlatformState, request: &ApiRequest, program: &str) -> Result<Value, Answer> {
    let settings = state.settings();
    if !is_ours(program, settings) {
        return Err(Answer::not_found());
    }
    let asked = |name: &str, is: &str| request.query(name).is_none_or(|wanted| wanted == is);
    let is_asked = |rule: &&BlockRule| {
        asked("Condition", &rule.variable)
            && asked("Action", &rule.action)
            && asked("State", rule.state.as_str())
            && asked("Source", "GENERIC")
            && request.query("Name").is_none_or(|name| rule.name.contains(name))
    };
    let rules: Vec<&BlockRule> = state.rules().filter(is_asked).collect();
    let path = format!("/Programs/{program}/BlockRedirectRules");
    page(request, settings, PageRules::COMMON, (&path, "BlockRedirectRules"), &rules, |rule| rule_json(rule, settings, &path))
}

/// One rule.
pub(super) fn one(state: &PlatformState, program: &str, id: &str) -> Result<Value, Answer> {
    let settings = state.settings();
    let rule =
        state.rules().find(|rule| is_ours(program, settings) && rule.id.to_string() == id).ok_or_else(Answer::not_found)?;
    Ok(rule_json(rule, settings, &format!("/Programs/{program}/BlockRedirectRules")))
}

fn rule_json(rule: &BlockRule, settings: &PlatformSettings, path: &str) -> Value {
    let offset = settings.offset();
    json!({
        "Id": rule.id.to_string(),
        "Name": rule.name,
        "Condition": [{ "SubConditions": [{ "Variable": rule.variable, "Operator": rule.operator, "Values": rule.values }] }],
        "Action": rule.action,
        "RedirectUrl": or_absent(rule.redirect_url.as_str()),
        "Rank": "HIGH",
        "State": rule.state.as_str(),
        "StartDate": optional_date(rule.starts_at, offset),
        "EndDate": optional_date(rule.ends_at, offset),
        "Source": "GENERIC",
        "DateCreated": null,
        "DateLastUpdated": null,
        "CreatedBy": "",
        "LastUpdatedBy": "",
        "Uri": format!("/Advertisers/{}{path}/{}", settings.account_sid, rule.id),
    })
}
