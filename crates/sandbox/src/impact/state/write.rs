//! Requests that change something: one pure function, used live and when a log is replayed.

use std::collections::BTreeMap;

use campaign_pilot_core::OperationTag;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Ad, FIRST_AD, Job, PlatformState};
use crate::impact::history::{PlatformRequest, RequestEffect};
use crate::impact::settings::{ProgramState, Revival};
use crate::impact::time::{day_of, read_instant};
use crate::impact::{reports, validate};

/// A request that may change something, as it was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct WriteRequest {
    /// What it is about.
    pub(crate) target: WriteTarget,
    /// The form's or query's fields, decoded, in the order sent.
    pub(crate) fields: Vec<(String, String)>,
    /// Whether its answer will be lost on purpose; noted in the history.
    #[serde(default)]
    pub(crate) answer_lost: bool,
}

/// What a write is about.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WriteTarget {
    /// `POST /Ads`.
    CreateAd,
    /// `PUT /Ads/{id}`.
    UpdateAd(String),
    /// `GET /ReportExport/{handle}`: a read by name that makes a job and uses up a quota.
    Export(String),
    /// `PUT /Jobs/{id}/Replay`.
    Replay(String),
}

impl WriteTarget {
    const fn method(&self) -> &'static str {
        match self {
            Self::CreateAd => "POST",
            Self::UpdateAd(_) | Self::Replay(_) => "PUT",
            Self::Export(_) => "GET",
        }
    }

    fn path(&self) -> String {
        match self {
            Self::CreateAd => "/Ads".to_owned(),
            Self::UpdateAd(id) => format!("/Ads/{id}"),
            Self::Export(handle) => format!("/ReportExport/{handle}"),
            Self::Replay(id) => format!("/Jobs/{id}/Replay"),
        }
    }
}

/// The answer to a write: an HTTP status and a JSON body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WriteAnswer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Value,
}

impl WriteAnswer {
    const fn new(status: u16, body: Value) -> Self {
        Self { status, body }
    }

    pub(crate) fn refused(status: u16, message: &str) -> Self {
        Self { status, body: json!({ "Status": "ERROR", "Message": message }) }
    }

    pub(crate) fn not_found() -> Self {
        Self::refused(404, "The requested resource was not found")
    }
}

type Outcome = Result<(WriteAnswer, RequestEffect), WriteAnswer>;

impl PlatformState {
    /// Carries a write out at an instant and notes it in the history. Depends on nothing but the state,
    /// the request and the instant.
    pub(crate) fn apply(&mut self, request: &WriteRequest, now: Timestamp) -> WriteAnswer {
        let fields: BTreeMap<&str, &str> = request.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let outcome = match &request.target {
            WriteTarget::CreateAd => self.create_ad(&fields, now),
            WriteTarget::UpdateAd(id) => self.update_ad(id, &fields, now),
            WriteTarget::Export(handle) => self.export(handle, &fields, now),
            WriteTarget::Replay(id) => self.replay(id, now),
        };
        let (answer, effect) = outcome.unwrap_or_else(|refusal| {
            let status = refusal.status;
            (refusal, RequestEffect::Refused(status))
        });
        self.history.push(PlatformRequest {
            sequence: self.history.len() as u64 + 1,
            at: now,
            method: request.target.method().to_owned(),
            path: request.target.path(),
            tag: self.tag_of(&request.target, &fields),
            effect,
            answer_lost: request.answer_lost,
        });
        answer
    }

    fn create_ad(&mut self, fields: &BTreeMap<&str, &str>, now: Timestamp) -> Outcome {
        validate::new_ad(fields, &self.settings)?;
        if self.settings.program_state != ProgramState::Active {
            let message = format!("The program is {}", self.settings.program_state.as_str());
            return Err(validate::failed("CampaignId", &message));
        }
        let id = self.ads.last_key_value().map_or(FIRST_AD, |(last, _)| last + 1);
        let text = |name: &str| fields.get(name).copied().unwrap_or_default().to_owned();
        let instant = |name: &str| fields.get(name).and_then(|text| read_instant(text, self.settings.offset()));
        let ad = Ad {
            id,
            name: text("Name"),
            ad_type: text("AdType"),
            language: text("Language"),
            link_text: text("LinkText"),
            coupon_link_name: text("CouponLinkName"),
            description: text("Description"),
            landing_page: text("LandingPage"),
            labels: text("Labels"),
            deal_id: text("DealId"),
            starts_at: instant("LimitedTimeStartDate"),
            ends_at: instant("LimitedTimeEndDate"),
            created_at: now,
            updated_at: now,
        };
        self.ads.insert(id, ad);
        Ok((WriteAnswer::new(200, self.ok(&format!("/Ads/{id}"))), RequestEffect::CreatedAd(id)))
    }

    fn update_ad(&mut self, id: &str, fields: &BTreeMap<&str, &str>, now: Timestamp) -> Outcome {
        let offset = self.settings.offset();
        let answer = self.ok(&format!("/Ads/{id}"));
        let Some(ad) = id.parse().ok().and_then(|number: u64| self.ads.get_mut(&number)) else {
            return Err(WriteAnswer::not_found());
        };
        validate::changed_ad(fields, &self.settings)?;

        // An omitted field stays as it is; an empty date means no limit.
        let end = fields.get("LimitedTimeEndDate").map(|text| read_instant(text, offset));
        let revives = ad.has_ended(now) && end.is_some_and(|end| end.is_none_or(|end| now < end));
        match (revives, self.settings.revival) {
            (true, Revival::Refused) => return Err(validate::failed("LimitedTimeEndDate", "The ad has expired")),
            (true, Revival::Ignored) => {}
            (true, Revival::Works) | (false, _) => ad.ends_at = end.unwrap_or(ad.ends_at),
        }
        if let Some(start) = fields.get("LimitedTimeStartDate") {
            ad.starts_at = read_instant(start, offset);
        }
        let texts = [
            ("Name", &mut ad.name),
            ("AdType", &mut ad.ad_type),
            ("Language", &mut ad.language),
            ("LinkText", &mut ad.link_text),
            ("CouponLinkName", &mut ad.coupon_link_name),
            ("Description", &mut ad.description),
            ("LandingPage", &mut ad.landing_page),
            ("Labels", &mut ad.labels),
            ("DealId", &mut ad.deal_id),
        ];
        for (name, kept) in texts {
            if let Some(text) = fields.get(name) {
                (*text).clone_into(kept);
            }
        }
        ad.updated_at = now;
        Ok((WriteAnswer::new(200, answer), RequestEffect::UpdatedAd(ad.id)))
    }

    fn export(&mut self, handle: &str, fields: &BTreeMap<&str, &str>, now: Timestamp) -> Outcome {
        if handle != reports::BY_AD {
            // impact.com answers 200 here: only the body's status tells.
            return Err(WriteAnswer::refused(200, &format!("Not permitted to run report {handle}")));
        }
        let span = reports::Span::read(fields, &self.settings)?;
        if !self.jobs.admit(day_of(now, self.settings.offset()), self.settings.exports_per_day) {
            return Err(WriteAnswer::new(429, json!({ "message": "API rate limit exceeded" })));
        }
        let parameters: BTreeMap<String, String> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{handle}?{parameters:?}").as_bytes()).to_string();
        if self.jobs.get(&id).is_none() {
            let records = reports::by_ad(self, span, now);
            let polls_left = self.settings.polls_per_job;
            let report = handle.to_owned();
            self.jobs.insert(Job { id: id.clone(), report, created_at: now, ran_at: now, parameters, records, polls_left });
        }
        let job = format!("/Advertisers/{}/Jobs/{id}", self.settings.account_sid);
        let body = json!({
            "Status": "QUEUED",
            "QueuedUri": job,
            "ResultUri": format!("{job}/Download"),
            "ReplayUri": format!("{job}/Replay"),
        });
        Ok((WriteAnswer::new(200, body), RequestEffect::Exported(id)))
    }

    fn replay(&mut self, id: &str, now: Timestamp) -> Outcome {
        let Some(job) = self.jobs.get(id) else { return Err(WriteAnswer::not_found()) };
        if !job.is_completed() {
            return Err(WriteAnswer::refused(403, "The job cannot be replayed in its present state"));
        }
        let fields: BTreeMap<&str, &str> = job.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let span = reports::Span::read(&fields, &self.settings)?;
        let records = reports::by_ad(self, span, now);
        let polls_left = self.settings.polls_per_job;
        let Some(job) = self.jobs.get_mut(id) else { return Err(WriteAnswer::not_found()) };
        job.records = records;
        job.ran_at = now;
        job.polls_left = polls_left;
        let body = reports::job_json(job, &self.settings);
        Ok((WriteAnswer::new(200, body), RequestEffect::Replayed(id.to_owned())))
    }

    fn ok(&self, path: &str) -> Value {
        json!({ "Status": "OK", "Uri": format!("/Advertisers/{}{path}", self.settings.account_sid) })
    }

    fn tag_of(&self, target: &WriteTarget, fields: &BTreeMap<&str, &str>) -> Option<OperationTag> {
        let sent = fields.get("Labels").and_then(|labels| OperationTag::find_in(labels));
        match target {
            WriteTarget::UpdateAd(id) => {
                sent.or_else(|| id.parse().ok().and_then(|id| self.ads.get(&id)).and_then(|ad| OperationTag::find_in(&ad.labels)))
            }
            WriteTarget::CreateAd | WriteTarget::Export(_) | WriteTarget::Replay(_) => sent,
        }
    }
}
