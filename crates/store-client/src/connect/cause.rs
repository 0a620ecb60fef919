//! What one answer tells about the way to the store.

use campaign_pilot_http::{HttpError, HttpErrorKind, Response, parse_json};
use serde::Deserialize;

use super::answers::error_code;
use super::diagnosis::Cause;
use crate::wire::scalar;

/// What came of one question.
#[derive(Debug)]
pub(super) enum Answer {
    /// JSON with a success.
    Fine(Box<Response>),
    /// Something that names one cause.
    Told(Cause),
    /// WooCommerce saw no key that it knows.
    NoKey,
    /// WooCommerce refuses the key or signature; its English message names one cause, a translated one does not.
    Refused(Option<Cause>),
    /// An error page of PHP or WordPress.
    Broken { database: bool },
    /// No such page, and not WordPress's words for it.
    NoPage,
    /// A page with success where data should be.
    Page { edge: bool },
}

/// Reads an answer by its status and code.
pub(super) fn read(outcome: Result<Response, HttpError>) -> Answer {
    let response = match outcome {
        Ok(response) => response,
        Err(error) => return Answer::Told(of_error(&error)),
    };
    if let Some(code) = error_code(&response) {
        return of_code(response.status(), &code, &response);
    }
    match response.status() {
        200..=299 if is_json(&response) => Answer::Fine(Box::new(response)),
        200..=299 => Answer::Page { edge: is_edge(&response) },
        401 => Answer::Told(Cause::WebServerLogin),
        403 | 405 | 406 | 409 | 418 => Answer::Told(Cause::Firewall),
        404 => Answer::NoPage,
        503 if is_edge(&response) => Answer::Told(Cause::Firewall),
        503 => Answer::Told(Cause::Maintenance),
        500 => {
            let words = b"database connection";
            Answer::Broken { database: response.body().windows(words.len()).any(|part| part == words) }
        }
        502 | 504..=599 => Answer::Told(Cause::PhpDown),
        _ => Answer::Told(Cause::Unexpected),
    }
}

fn of_error(error: &HttpError) -> Cause {
    match error.kind() {
        HttpErrorKind::Connect => Cause::Unreachable,
        HttpErrorKind::Tls => Cause::Untrusted,
        HttpErrorKind::Redirected => Cause::Redirected,
        HttpErrorKind::RateLimited => Cause::RateLimited,
        HttpErrorKind::Timeout | HttpErrorKind::Interrupted | HttpErrorKind::QuotaExhausted => Cause::Slow,
        _ => Cause::Unexpected,
    }
}

fn of_code(status: u16, code: &str, response: &Response) -> Answer {
    match (status, code) {
        (401, "woocommerce_rest_authentication_error") => Answer::Refused(told_in_english(response)),
        (401, "woocommerce_rest_cannot_view") => Answer::NoKey,
        (403, code) if code.starts_with("woocommerce_rest_cannot") => Answer::Told(Cause::UserWithoutRights),
        // Plugins that close the REST API to the world.
        (401 | 403, _) => Answer::Told(Cause::Firewall),
        (404, "rest_no_route") => Answer::Told(Cause::NoRestRoute),
        (503, _) => Answer::Told(Cause::Maintenance),
        // WordPress's own words when it has no database; it stops so for little else.
        (500, "wp_die") => Answer::Told(Cause::DatabaseDown),
        (500.., _) => Answer::Told(Cause::PhpFatal),
        _ => Answer::Told(Cause::Unexpected),
    }
}

/// WooCommerce's message, where it is one of its English ones. Others are translations, of which nothing is concluded.
fn told_in_english(response: &Response) -> Option<Cause> {
    #[derive(Deserialize)]
    struct Told {
        #[serde(default, deserialize_with = "scalar::text")]
        message: String,
    }
    let told: Told = parse_json(response.body(), response.json_limits()).ok()?;
    match told.message.as_str() {
        "Consumer key is invalid." => Some(Cause::UnknownKey),
        "Consumer secret is invalid." => Some(Cause::WrongSecret),
        "The API key provided does not have read permissions." => Some(Cause::KeyWithoutPermission),
        "Invalid timestamp." => Some(Cause::ClockOff),
        text if text.starts_with("Invalid signature") => Some(Cause::WrongSecret),
        _ => None,
    }
}

fn is_json(response: &Response) -> bool {
    response.media_type().ends_with("json") || matches!(response.body().trim_ascii_start().first(), Some(b'{' | b'['))
}

/// Whether a CDN or its firewall made the answer: those name themselves.
fn is_edge(response: &Response) -> bool {
    let named =
        ["cf-ray", "cf-mitigated", "x-sucuri-id", "x-sucuri-block", "x-iinfo", "x-amzn-waf-action", "x-akamai-request-id"];
    named.iter().any(|name| response.header(name).is_some())
        || ["cloudflare", "sucuri", "akamai", "imunify360", "ddos-guard"]
            .iter()
            .any(|name| response.header("server").is_some_and(|server| server.to_ascii_lowercase().contains(name)))
}
