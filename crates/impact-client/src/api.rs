//! impact.com's Brand API, version 14: one method per call, nothing decided here.

mod actions;
mod ads;
mod calls;
mod deals;
mod exports;
mod form;
mod listing;
mod partners;
mod programs;
mod promo_codes;
mod rules;
mod updates;

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use campaign_pilot_core::{Clock, ErrorKind};
use campaign_pilot_http::{Auth, Deadlines, HttpClient, Limits, RateLimit, Request, Response, RetryPolicy};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

pub use ads::{AdDraft, BannerSource};
pub use deals::{DealChange, DealDraft, DealFilter};
pub use listing::{Listing, Unreadable};
pub use partners::{ContractFilter, PartnerFilter, TrackingLinkDraft};
pub use promo_codes::{PromoCodeDraft, PromoCodeFilter};
pub use rules::RuleFilter;
pub use updates::InquiryFilter;

use crate::api::exports::ExportBook;
use crate::wire::answer::Answer;
use crate::{ImpactConfig, ImpactError, ProgramId};

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
pub struct ImpactApi(Arc<Inner>);

struct Inner {
    http: HttpClient,
    config: ImpactConfig,
    clock: Arc<dyn Clock>,
    exports: Mutex<ExportBook>,
}

impl ImpactApi {
    /// A client for the configured account. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the configuration cannot work: a SID that is none, an address that is not https
    /// (except on this machine), a rate limit of zero.
    pub fn new(config: ImpactConfig, clock: Arc<dyn Clock>) -> Result<Self, ImpactError> {
        const CALL: &str = "set up the client of impact.com";
        let refused = |message: &str| ImpactError::new(ErrorKind::Invalid, CALL, message);
        let sid = config.account_sid.expose_secret();
        if sid.is_empty() || !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(refused("the account SID is not made of letters and digits")
                .with_advice("copy it from Settings > Technical > API Access at impact.com"));
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
            .deadlines(Deadlines { call: config.call_deadline, operation: config.operation_deadline, ..Deadlines::default() })
            .limits(Limits { body_bytes: LARGEST_BODY, ..Limits::default() })
            .retry(RetryPolicy { seed: config.retry_seed, ..RetryPolicy::default() })
            .rate(hourly(config.calls_per_hour))
            .header("Accept", "application/json")
            .header("IR-Version", VERSION)
            .build()
            .map_err(|error| ImpactError::transport(CALL, error))?;
        let exports = Mutex::new(ExportBook::new(config.exports_per_day));
        Ok(Self(Arc::new(Inner { http, config, clock, exports })))
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

    /// An instant as the wire writes it: whole seconds, the account's offset.
    fn date(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.0.config.utc_offset.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Sends a request and reads the answer as a JSON value.
    async fn value(&self, call: &'static str, request: &Request) -> Result<Value, ImpactError> {
        let response = self.response(call, request).await?;
        self.read(call, request, &response)
    }

    async fn response(&self, call: &'static str, request: &Request) -> Result<Response, ImpactError> {
        self.0.http.send(request).await.map_err(|error| ImpactError::transport(call, error))
    }

    fn read(&self, call: &'static str, request: &Request, response: &Response) -> Result<Value, ImpactError> {
        let answer = Answer {
            call,
            is_write: request.is_write(),
            status: response.status(),
            retry_after: response.retry_after(),
            body: response.body(),
            secret: self.0.config.account_sid.expose_secret(),
        };
        answer.into_value(response.json_limits())
    }
}

impl fmt::Debug for ImpactApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImpactApi").field("config", &self.0.config).finish_non_exhaustive()
    }
}

/// A limit of `calls` in any hour: a quarter of them may come at once, the rest evenly spread.
fn hourly(calls: u32) -> RateLimit {
    let burst = calls / 4;
    RateLimit { limit: calls - burst, per: Duration::from_secs(3600), burst }
}

/// A value as a model.
fn model<T: DeserializeOwned>(call: &'static str, value: Value) -> Result<T, ImpactError> {
    serde_json::from_value(value).map_err(|error| {
        ImpactError::new(ErrorKind::Malformed, call, "the answer has another form than documented").with_source(error)
    })
}
