//! impact.com's Brand API, version 14: one method per call, nothing decided here.

mod actions;
mod ads;
mod calls;
mod catalogs;
mod clicks;
mod copy;
mod deals;
mod diagnose;
mod exceptions;
mod exports;
mod form;
mod jobs;
mod listing;
mod partners;
mod programs;
mod promo_codes;
mod quota;
mod reports;
mod rules;
mod updates;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::ports::CallQuota;
use campaign_pilot_core::{Clock, ErrorKind, InMemoryQuota};
use campaign_pilot_http::{Auth, Deadlines, HttpClient, HttpError, JsonLimits, Limits, Request, Response, RetryPolicy};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub use ads::{AdDraft, BannerSource};
pub use catalogs::{CatalogItemFilter, MOST_BULK_ITEMS, PullFrequency};
pub use clicks::ClickQuery;
pub use deals::{DealChange, DealDraft, DealFilter};
pub use diagnose::{AccountFacts, Diagnosis, Need, Probe, ProbeOutcome};
pub use exceptions::ExceptionListChange;
pub use jobs::{Download, JobFile};
pub use listing::{Listing, Unreadable};
pub use partners::{ContractFilter, PartnerFilter, TrackingLinkDraft};
pub use promo_codes::{PromoCodeDraft, PromoCodeFilter};
pub use reports::ReportQuery;
pub use rules::RuleFilter;
pub use updates::InquiryFilter;

#[cfg(feature = "fuzzing")]
pub(crate) use self::{calls::created_id, exports::job_of, jobs::records};

use crate::api::exports::ExportBook;
use crate::api::quota::Quotas;
use crate::api::reports::DateStyle;
use crate::secrets::Secrets;
use crate::wire::answer::Answer;
use crate::{ImpactConfig, ImpactError, ProgramId, ReportId};

/// The version of the API that is asked for, so that no account setting can change the shape of the answers.
const VERSION: &str = "14";

/// A page of 20,000 actions is about 20 MB.
const LARGEST_BODY: usize = 64 * 1024 * 1024;

/// impact.com's Brand API for one account and one program.
///
/// Cheap to clone; clones share the rate limit, the export quota and the connections. Reads are repeated within a
/// quota when they fail for a passing reason; writes are sent once, and [`ImpactError::may_have_taken_effect`] tells
/// what is known of them.
#[derive(Clone)]
pub struct ImpactApi(Arc<Inner>, Urgency);

/// Whether the calls of a handle may use what is reserved.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Urgency {
    Ordinary,
    Urgent,
}

struct Inner {
    http: HttpClient,
    config: ImpactConfig,
    clock: Arc<dyn Clock>,
    secrets: Secrets,
    exports: Mutex<ExportBook>,
    /// How reports want their dates; `None` for those that do not say.
    styles: Mutex<BTreeMap<ReportId, Option<DateStyle>>>,
}

impl ImpactApi {
    /// A client for the configured account, with a quota of its own. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`ImpactApi::with_quota`].
    pub fn new(config: ImpactConfig, clock: Arc<dyn Clock>) -> Result<Self, ImpactError> {
        Self::with_quota(config, clock, Arc::new(InMemoryQuota::default()))
    }

    /// A client that shares the account's quotas with everyone who has the same `quota`: other clients, or other processes
    /// where it is kept in a file that all of them open. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the configuration cannot work: a SID that is none, an address that is not https
    /// (except on this machine), quotas that leave no call through.
    pub fn with_quota(config: ImpactConfig, clock: Arc<dyn Clock>, quota: Arc<dyn CallQuota>) -> Result<Self, ImpactError> {
        const CALL: &str = "set up the client of impact.com";
        let refused = |message: &str| ImpactError::new(ErrorKind::Invalid, CALL, message);
        let sid = config.account_sid.expose_secret();
        if sid.is_empty() || !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(refused("the account SID is not made of letters and digits")
                .with_advice("copy it from Settings > Technical > API Access at impact.com"));
        }
        if config.calls_per_hour <= config.reserved_for_pauses {
            return Err(refused("`reserved_for_pauses` leaves no other call of `calls_per_hour` through"));
        }
        if config.polls == 0 {
            return Err(refused("a job must be looked at once at least"));
        }
        let mut base = match &config.base_url {
            Some(url) => url.clone(),
            None => Url::parse(ImpactConfig::DEFAULT_BASE_URL).map_err(|error| refused("no address").with_source(error))?,
        };
        base.path_segments_mut()
            .map_err(|()| refused("the base address cannot have a path"))?
            .pop_if_empty()
            .extend(["Advertisers", sid]);
        let http = HttpClient::builder(base)
            .auth(Auth::basic(sid, config.auth_token.clone()))
            .clock(Arc::clone(&clock))
            .deadlines(deadlines(&config))
            .limits(limits(LARGEST_BODY))
            .retry(retries(&config))
            .admission(Arc::new(Quotas::new(&config, sid, quota, Arc::clone(&clock))))
            .header("Accept", "application/json")
            .header("IR-Version", VERSION)
            .build()
            .map_err(|error| ImpactError::transport(CALL, error))?;
        let secrets = Secrets::new(sid, config.auth_token.expose_secret());
        let (exports, styles) = (Mutex::default(), Mutex::default());
        Ok(Self(Arc::new(Inner { http, config, clock, secrets, exports, styles }), Urgency::Ordinary))
    }

    /// The same client for calls that must get through: they may use what is reserved, and are sent even where the shared
    /// count cannot be read.
    #[must_use]
    pub fn urgent(&self) -> Self {
        Self(Arc::clone(&self.0), Urgency::Urgent)
    }

    /// What was configured.
    #[must_use]
    pub fn config(&self) -> &ImpactConfig {
        &self.0.config
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    fn program_id(&self) -> &ProgramId {
        &self.0.config.program_id
    }

    /// An instant as the wire writes it: whole seconds, the account's offset at that instant.
    fn date(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.0.config.time_zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// The day of the account in which an instant lies.
    fn day(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.0.config.time_zone.clone()).date().to_string()
    }

    fn styles(&self) -> MutexGuard<'_, BTreeMap<ReportId, Option<DateStyle>>> {
        self.0.styles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and reads the answer as a JSON value.
    async fn value(&self, call: &'static str, request: &Request) -> Result<Value, ImpactError> {
        let response = self.response(call, request).await?;
        self.read(call, request, &response)
    }

    async fn response(&self, call: &'static str, request: &Request) -> Result<Response, ImpactError> {
        let sent = match self.1 {
            Urgency::Ordinary => self.0.http.send(request).await,
            Urgency::Urgent => self.0.http.send(&request.clone().urgent()).await,
        };
        sent.map_err(|error| self.transport(call, error))
    }

    /// A call that got no usable answer, told without what the server said back of our credentials, such as in an address to
    /// which it refers.
    fn transport(&self, call: &'static str, error: HttpError) -> ImpactError {
        let tells = self.0.secrets.stand_in(&format!("{error} {error:?}"));
        let own = ImpactError::transport(call, error);
        if tells { own.without_source() } else { own }
    }

    fn read(&self, call: &'static str, request: &Request, response: &Response) -> Result<Value, ImpactError> {
        let answer = Answer {
            call,
            is_write: request.is_write(),
            status: response.status(),
            retry_after: response.retry_after(),
            body: response.body(),
            secrets: &self.0.secrets,
        };
        answer.into_value(response.json_limits())
    }
}

impl fmt::Debug for ImpactApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImpactApi").field("config", &self.0.config).finish_non_exhaustive()
    }
}

fn deadlines(config: &ImpactConfig) -> Deadlines {
    Deadlines { call: config.call_deadline, operation: config.operation_deadline, ..Deadlines::default() }
}

fn limits(body_bytes: usize) -> Limits {
    // A day's clicks are one list.
    Limits { body_bytes, json: JsonLimits { array_items: 1_000_000, ..JsonLimits::default() } }
}

fn retries(config: &ImpactConfig) -> RetryPolicy {
    RetryPolicy { attempts: config.attempts, seed: config.retry_seed, ..RetryPolicy::default() }
}

/// A value as a model.
fn model<T: DeserializeOwned>(call: &'static str, value: Value) -> Result<T, ImpactError> {
    serde_json::from_value(value).map_err(|error| {
        ImpactError::new(ErrorKind::Malformed, call, "the answer has another form than documented").with_source(error)
    })
}
