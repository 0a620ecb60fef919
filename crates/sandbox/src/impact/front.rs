//! What stands in front of the resources: the gateway's refusals, and failures in the form that was asked for.

use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use super::answer::Answer;
use super::limits::{Quota, QuotaGroup};
use super::quirks::GatewayBody;
use super::request::{segments, wants_json};
use super::route::Resource;
use super::settings::{PlatformSettings, RateHeaders};

/// How one request would be refused before it comes to the resources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Front {
    gateway: GatewayBody,
    rate_headers: RateHeaders,
    limit: u32,
    wants_json: bool,
}

impl Front {
    /// The front that a request meets.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap, settings: &PlatformSettings) -> Self {
        let (path, _) = segments(uri.path());
        Self {
            gateway: settings.quirks.gateway,
            rate_headers: settings.rate_headers,
            limit: group(&path).limit(settings),
            wants_json: wants_json(uri, headers) || !settings.quirks.xml_unless_asked,
        }
    }

    /// A refusal that nothing here explains: with 429 the hour's requests are used up, by whomever, for another second.
    pub(crate) fn refusal(self, status: StatusCode) -> Response {
        let reason = status.canonical_reason().unwrap_or("Error");
        let answer = if status == StatusCode::TOO_MANY_REQUESTS {
            exhausted(
                Quota { limit: self.limit, remaining: 0, reset_seconds: 1, exceeded: true },
                self.gateway,
                self.rate_headers,
            )
        } else if self.gateway == GatewayBody::Json {
            Answer::error(status, reason)
        } else {
            Answer::gateway(status, reason, self.gateway)
        };
        answer.into_response(self.wants_json)
    }
}

/// The quota in which a request counts, by its path's segments.
pub(super) fn group(path: &[String]) -> QuotaGroup {
    let below: Vec<&str> = path.iter().skip(2).map(String::as_str).collect();
    Resource::find(&below).map_or(QuotaGroup::General, Resource::quota)
}

/// The refusal of a request that is one too many, with the quota that it would have exceeded.
pub(super) fn exhausted(quota: Quota, gateway: GatewayBody, family: RateHeaders) -> Answer {
    Answer::gateway(StatusCode::TOO_MANY_REQUESTS, "API rate limit exceeded", gateway).with_quota(quota, family)
}
