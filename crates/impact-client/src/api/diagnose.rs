//! What stands between the client and an account, asked without changing anything.

mod need;
mod report;

use campaign_pilot_core::{ErrorKind, sanitize_line};
use campaign_pilot_http::Request;
use jiff::SignedDuration;
use jiff::tz::Offset;
use serde_json::Value;

pub use need::Need;
pub use report::{AccountFacts, Diagnosis, Probe, ProbeOutcome};

use super::{ImpactApi, model};
use crate::{Company, Denial, ImpactError, Program, ProgramState, Report};

const CALL: &str = "probe what the token allows at impact.com";

impl ImpactApi {
    /// Tries each verb that is needed, and says what is missing: credentials, scopes of the token, the program.
    ///
    /// Nothing is changed. Reads ask for one item. Writes are sent so that they cannot be carried out (nothing of what is
    /// required in them, or to a thing numbered 0), and how they are refused tells whether they would be allowed: a
    /// missing scope is refused before the rest is looked at. Exports count against a quota of a day, so they are not
    /// tried; whether the report can be had stands in the list of reports.
    ///
    /// Never fails: what cannot be found out is said to be unclear.
    pub async fn diagnose(&self, needs: &[Need]) -> Diagnosis {
        let mut diagnosis = Diagnosis::of(self.0.http.base());
        for need in needs {
            // Where nothing answers, or nothing is allowed at all, the other probes would all say the same.
            if diagnosis.probes.iter().any(Probe::stops) {
                diagnosis.probes.push(Probe { need: *need, outcome: ProbeOutcome::NotTried });
                continue;
            }
            let request = self.probe(*need);
            let result = self.value(CALL, &request).await;
            if let Ok(answer) = &result {
                self.learn(*need, answer, &mut diagnosis);
            }
            diagnosis.probes.push(Probe { need: *need, outcome: outcome(*need, result.err().as_ref()) });
        }
        diagnosis
    }

    /// What the answers to reads tell about the account.
    fn learn(&self, need: Need, answer: &Value, diagnosis: &mut Diagnosis) {
        let config = self.config();
        let facts = &mut diagnosis.facts;
        match need {
            Need::ReadCompany => {
                let Ok(company) = model::<Company>(CALL, answer.clone()) else { return };
                if let Some(billed) = company.currency.filter(|billed| *billed != config.currency) {
                    diagnosis.problems.push(format!("the account is billed in {billed}, and {} is configured", config.currency));
                }
                let told = company.timezone.as_deref();
                if let Some(told) = told.filter(|told| offset_in(told).is_some_and(|offset| !self.keeps(offset))) {
                    let told = sanitize_line(told);
                    diagnosis.problems.push(format!(
                        "the account's time zone is `{told}`, and the configured one never has that offset: set `time_zone`, or \
                         days begin and end at the wrong hour"
                    ));
                }
                facts.company = Some(company.company_name).filter(|name| !name.is_empty());
                (facts.currency, facts.time_zone) = (company.currency, company.timezone);
            }
            Need::ReadProgram => {
                let Ok(program) = model::<Program>(CALL, answer.clone()) else { return };
                if program.state != ProgramState::Active {
                    let advice = program.state.advice();
                    diagnosis.problems.push(format!("program {} is {}: {advice}", program.id, program.state));
                }
                facts.program = Some(program.name).filter(|name| !name.is_empty());
                (facts.program_state, facts.impressions) = (Some(program.state.to_string()), program.impression_tracking);
            }
            Need::ReadReports => {
                let reports = answer.get("Reports").and_then(Value::as_array).into_iter().flatten();
                let mut reports = reports.filter_map(|report| model::<Report>(CALL, report.clone()).ok());
                let problem = match reports.find(|report| report.id.as_str() == config.by_ad_report) {
                    Some(report) if report.is_accessible == Some(false) => {
                        "the configured report by ad cannot be had over the API"
                    }
                    Some(_) => return,
                    None => "the account does not list the configured report by ad, so clicks and click costs are not known",
                };
                diagnosis
                    .problems
                    .push(format!("{problem}: ask impact.com for `{}`, or set `by_ad_report` to another", config.by_ad_report));
            }
            _ => {}
        }
    }

    /// Whether the configured time zone has an offset now, or half a year from now.
    fn keeps(&self, offset: Offset) -> bool {
        let now = self.now();
        let other = now.checked_add(SignedDuration::from_hours(182 * 24)).unwrap_or(now);
        [now, other].into_iter().any(|at| self.config().time_zone.to_offset(at) == offset)
    }

    fn probe(&self, need: Need) -> Request {
        let program = self.program_id();
        let one = |request: Request| request.query("PageSize", 1).query("Page", 1);
        let listed = |path: &str| one(Request::get(path).query("CampaignId", program));
        let empty = |request: Request| request.form(Vec::<(String, String)>::new());
        match need {
            Need::ReadCompany => Request::get("CompanyInformation"),
            Need::ReadProgram => Request::get("Campaigns").segment(program),
            Need::ReadAds => listed("Ads"),
            Need::CreateAds => empty(Request::post("Ads")),
            Need::ChangeAds => empty(Request::put("Ads/0")),
            Need::ReadDeals => listed("Deals"),
            Need::CreateDeals => empty(Request::post("Deals")),
            Need::ChangeDeals => empty(Request::put("Deals/0")),
            Need::DeleteDeals => Request::new(campaign_pilot_http::Method::DELETE, "Deals/0"),
            Need::ReadPromoCodes => listed("PromoCodes"),
            Need::CreatePromoCodes => empty(Request::post("PromoCodes")),
            Need::DeletePromoCodes => Request::new(campaign_pilot_http::Method::DELETE, "PromoCodes/0"),
            Need::ReadRules => one(self.below_program("Programs", "BlockRedirectRules")),
            Need::ReadActions => {
                let now = self.now();
                let before = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
                Request::get("Actions")
                    .query("CampaignId", program)
                    .query("ActionDateStart", self.date(before))
                    .query("ActionDateEnd", self.date(now))
                    .query("PageSize", 2_000)
                    .query("Page", 1)
            }
            Need::ReadReports => Request::get("Reports").query("PageSize", 1_000).query("Page", 1),
            Need::ReadJobs => one(Request::get("Jobs")),
            Need::ReplayJobs => Request::put("Jobs/0/Replay"),
            Need::ReadPartners => listed("MediaPartners"),
            Need::ReadPartnerGroups => one(self.below_program("Campaigns", "MediaPartnerGroups")),
            Need::ReadContracts => one(self.below_program("Campaigns", "Contracts")),
            // Without the partner, whom it needs.
            Need::CreateTrackingLinks => empty(Request::post("Programs").segment(program).segment("TrackingLinks")),
            Need::ReadCatalogs => listed("Catalogs"),
            Need::ChangeCatalogs => Request::put("Catalogs/0/BulkUpdate").json(Value::Array(Vec::new())),
            Need::ReadExceptionLists => listed("ExceptionLists"),
            Need::ChangeExceptionLists => empty(Request::put("ExceptionLists/0")),
        }
    }
}

/// The offset in impact.com's name of a time zone, as `(GMT -08:00) Pacific Time`; that of the winter where there is summer time.
fn offset_in(zone: &str) -> Option<Offset> {
    let (_, rest) = zone.split_once("GMT")?;
    let told: String = rest.chars().filter(|c| *c != ' ').take_while(|c| *c != ')').collect();
    let (sign, told) = match told.split_at_checked(1)? {
        ("-", told) => (-1, told),
        ("+", told) => (1, told),
        _ => return None,
    };
    let (hours, minutes) = told.split_once(':')?;
    Offset::from_seconds(sign * (i32::from(hours.parse::<i8>().ok()?) * 60 + i32::from(minutes.parse::<i8>().ok()?)) * 60).ok()
}

fn outcome(need: Need, error: Option<&ImpactError>) -> ProbeOutcome {
    let Some(error) = error else {
        return if need.is_write() {
            ProbeOutcome::Unclear("a request that holds nothing was taken".to_owned())
        } else {
            ProbeOutcome::Allowed
        };
    };
    match (error.denial(), error.kind()) {
        (Some(Denial::Credentials), _) => ProbeOutcome::WrongCredentials,
        // The thing numbered 0 does not exist, and that is sometimes answered with 403, too.
        (Some(_), _) => ProbeOutcome::Denied { certain: !need.is_write() },
        (None, ErrorKind::Unavailable | ErrorKind::RateLimited | ErrorKind::WrongServer | ErrorKind::Malformed) => {
            match error.status() {
                None => ProbeOutcome::Unreachable(error.to_string()),
                Some(_) => ProbeOutcome::Unclear(error.to_string()),
            }
        }
        (None, ErrorKind::Unsupported) => ProbeOutcome::NotOffered,
        (None, ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Precondition)
            if need.is_write() && error.status().is_some() =>
        {
            ProbeOutcome::Allowed
        }
        (None, ErrorKind::NotFound) => ProbeOutcome::NotOffered,
        _ => ProbeOutcome::Unclear(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_from_the_names_of_zones() {
        let seconds = |zone| offset_in(zone).map(Offset::seconds);
        assert_eq!(seconds("(GMT -08:00) Pacific Time (US & Canada); Tijuana"), Some(-8 * 3_600));
        assert_eq!(seconds("(GMT+05:30) Mumbai"), Some(5 * 3_600 + 1_800));
        for nothing in ["", "GMT", "America/Los_Angeles", "(GMT -99:00)", "(GMT \u{2212}08:00)", "(GMT 9999999999:00)"] {
            assert_eq!(seconds(nothing), None, "{nothing}");
        }
    }
}
