//! Answers: what is a result, what is an error in one of its many forms, what is not impact.com at all.

use std::time::Duration;

use campaign_pilot_core::{ErrorKind, sanitize_line};
use campaign_pilot_http::{JsonLimits, parse_json};
use serde_json::Value;

use crate::secrets::Secrets;
use crate::wire::scalar::value_text;
use crate::{Denial, FieldProblem, ImpactError};

/// The longest text of another system that an error repeats, in characters.
const LONGEST_QUOTE: usize = 200;

/// An answer as it came, without its transport.
pub(crate) struct Answer<'a> {
    /// What was tried, for the error.
    pub(crate) call: &'static str,
    /// Whether the request could change something.
    pub(crate) is_write: bool,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
    /// What must not be repeated.
    pub(crate) secrets: &'a Secrets,
}

impl Answer<'_> {
    /// The JSON value of a successful answer.
    ///
    /// # Errors
    ///
    /// Everything else: a status that is not success, success that says `ERROR`, XML, a web page, nothing at all.
    pub(crate) fn into_value(self, limits: &JsonLimits) -> Result<Value, ImpactError> {
        let is_success = (200..300).contains(&self.status);
        let form = Form::of(self.body);
        let value = match form {
            // Before anything is read: models, messages and notes are made of what is left.
            Form::Json => parse_json::<Value>(self.body, limits)
                .map(|mut value| {
                    self.secrets.take_from(&mut value);
                    value
                })
                .map_err(|error| self.quote(&error.to_string())),
            Form::Xml => Err("it answered XML, where JSON was asked for".to_owned()),
            Form::Page => Err("a web page came instead of an answer of the API".to_owned()),
            Form::Empty => Err("the answer is empty".to_owned()),
        };
        match value {
            Ok(value) if is_success && !says_error(&value) => Ok(value),
            Ok(value) => Err(self.refused(&value)),
            Err(_) if form == Form::Xml && self.refusal_in_xml().is_some() => Err(self.refused_in_xml()),
            Err(_) if !is_success => Err(self.unreadable_failure(form)),
            Err(reason) => {
                let kind = if form == Form::Page { ErrorKind::WrongServer } else { ErrorKind::Malformed };
                // A write that was accepted with an answer that nobody can read has probably taken effect.
                Err(self.error(kind, reason).maybe_effective(self.is_write).with_advice(self.advice_for(kind)))
            }
        }
    }

    /// An error in impact.com's own words: the documented envelope, its lower-case variant, or a gateway's.
    fn refused(&self, value: &Value) -> ImpactError {
        let message = field(value, &["Message", "message"]).map(|text| self.quote(&text));
        let problems = self.problems(value);
        let is_success = (200..300).contains(&self.status);
        let kind = if is_success { ErrorKind::Invalid } else { kind_of(self.status) };
        let message = message.unwrap_or_else(|| {
            if problems.is_empty() { "impact.com gave no reason".into() } else { "impact.com refused it".into() }
        });
        self.error(kind, message)
            .with_problems(problems)
            .with_advice(self.advice_for(kind))
            .maybe_effective(self.leaves_doubt(true))
    }

    fn refusal_in_xml(&self) -> Option<String> {
        let text = String::from_utf8_lossy(self.body);
        let (_, rest) = text.split_once("<Message>")?;
        let (message, _) = rest.split_once("</Message>")?;
        Some(self.quote(message))
    }

    fn refused_in_xml(&self) -> ImpactError {
        let is_success = (200..300).contains(&self.status);
        let kind = if is_success { ErrorKind::Malformed } else { kind_of(self.status) };
        let message = self.refusal_in_xml().unwrap_or_default();
        let doubt = is_success || self.leaves_doubt(true);
        self.error(kind, message).with_advice(self.advice_for(kind)).maybe_effective(self.is_write && doubt)
    }

    /// A failure whose body says nothing usable.
    fn unreadable_failure(&self, form: Form) -> ImpactError {
        let kind = match kind_of(self.status) {
            ErrorKind::Unavailable => ErrorKind::Unavailable,
            ErrorKind::RateLimited => ErrorKind::RateLimited,
            ErrorKind::Unauthorized => ErrorKind::Unauthorized,
            _ if form == Form::Page => ErrorKind::WrongServer,
            kind => kind,
        };
        let message = match form {
            Form::Page => "a web page came instead of an answer of the API, as a proxy or a firewall sends",
            Form::Empty => "the answer is empty",
            Form::Xml | Form::Json => "the answer gives no reason",
        };
        self.error(kind, message).with_advice(self.advice_for(kind)).maybe_effective(self.leaves_doubt(false))
    }

    /// Whether a write may have taken effect in spite of the answer.
    fn leaves_doubt(&self, with_envelope: bool) -> bool {
        let certainly_refused = match self.status {
            200..300 => with_envelope,
            400..=407 | 409..=417 | 422 | 429 | 431 => true,
            408 => false,
            400..500 => with_envelope,
            _ => false,
        };
        self.is_write && !certainly_refused
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> ImpactError {
        let denial = match kind {
            ErrorKind::Unauthorized => Some(Denial::Credentials),
            ErrorKind::Forbidden => Some(Denial::Scope),
            _ => None,
        };
        ImpactError::new(kind, self.call, message).with_status(self.status).with_denial(denial).with_retry_after(self.retry_after)
    }

    fn problems(&self, value: &Value) -> Vec<FieldProblem> {
        let list = value.get("Errors").or_else(|| value.get("errors")).and_then(Value::as_array);
        let quoted = |text: Option<String>| self.quote(&text.unwrap_or_default());
        let problem = |item: &Value| FieldProblem {
            field: quoted(field(item, &["Field", "field"])),
            message: quoted(field(item, &["Message", "message"]).or_else(|| value_text(item))),
            is_warning: field(item, &["Level", "level"]).is_some_and(|level| level.eq_ignore_ascii_case("WARNING")),
        };
        list.into_iter().flatten().take(10).map(problem).collect()
    }

    /// Text from outside, made fit to be shown.
    fn quote(&self, text: &str) -> String {
        // Last, but before it is cut: what is hidden may have divided a secret, and half of one is no better.
        self.secrets.without(&sanitize_line(text)).chars().take(LONGEST_QUOTE).collect()
    }

    fn advice_for(&self, kind: ErrorKind) -> &'static str {
        match kind {
            ErrorKind::Unauthorized => {
                "check the account SID and the auth token under Settings > Technical > API Access at impact.com"
            }
            ErrorKind::Forbidden => {
                "the credentials are right, but the token is disabled or lacks the scope for this: enable the API category \
                 and the method for it under Settings > Technical > API Access at impact.com"
            }
            ErrorKind::RateLimited => "other integrations of the account share the limit; wait, or ask less often",
            ErrorKind::WrongServer => "check the configured address, and that no proxy or firewall stands in between",
            ErrorKind::NotFound => "check the id, and that it belongs to this account",
            ErrorKind::Unavailable => "impact.com or the way to it has trouble; try again later",
            ErrorKind::Malformed => "check that the configured address is impact.com's API, version 14",
            _ => "correct what impact.com names and decide again; sending the same again cannot help",
        }
    }
}

/// What a body looks like from its first characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Empty,
    Json,
    Page,
    Xml,
}

impl Form {
    fn of(body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
        let head: Vec<u8> = body.iter().take(200).map(u8::to_ascii_lowercase).collect();
        let holds = |word: &[u8]| head.windows(word.len()).any(|part| part == word);
        match body.first() {
            None => Self::Empty,
            Some(b'<') if holds(b"<html") || holds(b"<!doctype") => Self::Page,
            Some(b'<') => Self::Xml,
            Some(_) => Self::Json,
        }
    }
}

const fn kind_of(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        405 | 501 => ErrorKind::Unsupported,
        402 | 409 => ErrorKind::Precondition,
        429 => ErrorKind::RateLimited,
        408 | 500..=599 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Malformed,
    }
}

/// Whether an answer calls itself an error, whatever its status says.
pub(crate) fn says_error(value: &Value) -> bool {
    field(value, &["Status", "status"]).is_some_and(|status| status.eq_ignore_ascii_case("ERROR"))
}

fn field(value: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| value.get(name)).and_then(value_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(is_write: bool, status: u16, body: &str) -> Result<Value, ImpactError> {
        let secrets = &Secrets::new("IRabc", "made-up-token");
        let answer = Answer { call: "list the ads", is_write, status, retry_after: None, body: body.as_bytes(), secrets };
        answer.into_value(&JsonLimits::default())
    }

    #[test]
    fn success_is_the_value() {
        let value = read(true, 200, "\u{feff}{\"Status\":\"OK\",\"Uri\":\"/Advertisers/IRabc/Ads/1\"}").unwrap();
        assert_eq!(value["Status"], "OK");
    }

    #[test]
    fn the_documented_envelope_is_told_in_full_without_the_sid() {
        let body = r#"{"Status":"ERROR","Message":"Validation Failed for IRabc","Errors":[{"Field":"AccountId","Message":"Not a numeric value"}]}"#;
        let error = read(true, 400, body).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot list the ads: Validation Failed for .. (status 400); AccountId: Not a numeric value"
        );
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(!error.may_have_taken_effect());
    }

    #[test]
    fn the_lower_case_variant_and_a_gateways_are_understood() {
        let lower = read(true, 400, r#"{"Status":"ERROR","errors":[{"field":"OrderId","level":"ERROR","message":"missing"}]}"#);
        assert_eq!(lower.unwrap_err().problems()[0].field, "OrderId");
        let levels = r#"{"errors":[{"field":"A","level":"WARNING","message":"m"},{"field":"B","level":"ERROR","message":"m"}]}"#;
        let levels: Vec<bool> =
            read(true, 400, levels).unwrap_err().problems().iter().map(|problem| problem.is_warning).collect();
        assert_eq!(levels, [true, false]);
        let gateway = read(false, 429, r#"{"message":"API rate limit exceeded"}"#).unwrap_err();
        assert_eq!(gateway.kind(), ErrorKind::RateLimited);
        assert!(gateway.to_string().contains("API rate limit exceeded"));
    }

    #[test]
    fn success_that_says_error_is_an_error() {
        let error = read(true, 200, r#"{"Status":"ERROR","Message":"Not permitted to run report 4222"}"#).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(!error.may_have_taken_effect());
    }

    #[test]
    fn wrong_credentials_and_missing_scope_are_told_apart() {
        let unauthorized = read(false, 401, r#"{"message":"Unauthorized"}"#).unwrap_err();
        let forbidden = read(false, 403, r#"{"Status":"ERROR","Message":"Access Denied"}"#).unwrap_err();
        assert_eq!((unauthorized.kind(), forbidden.kind()), (ErrorKind::Unauthorized, ErrorKind::Forbidden));
        assert_eq!((unauthorized.denial(), forbidden.denial()), (Some(Denial::Credentials), Some(Denial::Scope)));
        assert!(unauthorized.advice().unwrap().contains("auth token"));
        assert!(forbidden.advice().unwrap().contains("scope"));
    }

    #[test]
    fn xml_is_recognised_and_its_reason_kept() {
        let xml = "<?xml version=\"1.0\"?><ImpactRadiusResponse><Status>ERROR</Status><Message>Not found</Message></ImpactRadiusResponse>";
        let error = read(false, 404, xml).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("Not found"));
        let plain = read(true, 200, "<ImpactRadiusResponse><Uri>/x</Uri></ImpactRadiusResponse>").unwrap_err();
        assert_eq!(plain.kind(), ErrorKind::Malformed);
        assert!(plain.may_have_taken_effect());
    }

    #[test]
    fn a_web_page_is_the_wrong_server_and_is_not_repeated() {
        for status in [200, 403] {
            let error = read(false, status, "<!DOCTYPE html><html><body>blocked: secret</body></html>").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongServer);
            assert!(!format!("{error:?}").contains("secret"));
        }
        assert_eq!(read(false, 502, "<html>bad gateway</html>").unwrap_err().kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn after_a_write_only_a_clear_refusal_leaves_no_doubt() {
        let doubt = |status, body| read(true, status, body).unwrap_err().may_have_taken_effect();
        assert!(doubt(500, ""));
        assert!(doubt(503, r#"{"Status":"ERROR","Message":"try later"}"#));
        assert!(doubt(200, "{\"Status\":"));
        assert!(doubt(200, ""));
        assert!(doubt(408, ""));
        assert!(doubt(499, ""));
        assert!(!doubt(403, "<html></html>"));
        assert!(!doubt(429, ""));
    }
}
