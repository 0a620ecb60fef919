//! What the store's answers mean: JSON repaired where it can be, failures told apart by status and code, never by
//! the message, which is translated and may hold anything.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::{HttpErrorKind, JsonBody, JsonError, Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tracing::warn;

use crate::config::CREATE_KEY;
use crate::wire::{ParsedPage, parse_item, parse_page, scalar};
use crate::{StoreError, WooApi};

/// The longest rubbish in front of JSON that is looked through, in bytes.
const RUBBISH: usize = 64 * 1024;
/// How many brackets in the rubbish are tried as the beginning.
const BEGINNINGS: usize = 64;

impl WooApi {
    /// The JSON of a successful answer to a request about `what`.
    pub(crate) async fn read_json<T: DeserializeOwned>(&self, request: &Request, what: &str) -> Result<T, StoreError> {
        let response = self.send(request).await?;
        self.understood(&response, what)
    }

    /// A page of a list, and the answer that brought it.
    pub(crate) async fn read_page<T: DeserializeOwned>(
        &self,
        request: &Request,
        what: &str,
    ) -> Result<(ParsedPage<T>, Response), StoreError> {
        let response = self.send(request).await?;
        let page = self.successful(&response, what, parse_page)?;
        Ok((page, response))
    }

    /// One item, or `None` for a 404 with the code that says that there is no such item.
    pub(crate) async fn read_item<T: DeserializeOwned>(
        &self,
        request: &Request,
        what: &str,
        no_such: &str,
    ) -> Result<Option<T>, StoreError> {
        let response = self.send(request).await?;
        if response.status() == 404 && error_code(&response).as_deref() == Some(no_such) {
            return Ok(None);
        }
        let raw: Box<RawValue> = self.understood(&response, what)?;
        parse_item(raw.get()).map(Some).map_err(|reason| {
            StoreError::new(ErrorKind::Malformed, format!("{what} of {} {reason}", self.name()))
                .advise("open and save it in WooCommerce, and look for a plugin that changes it")
        })
    }

    /// An answer of any status.
    pub(crate) async fn send(&self, request: &Request) -> Result<Response, StoreError> {
        self.http().send(request).await.map_err(|error| StoreError::from_http(error, self.name()))
    }

    /// The JSON of an answer of any status, if that is a success.
    pub(crate) fn understood<T: DeserializeOwned>(&self, response: &Response, what: &str) -> Result<T, StoreError> {
        self.successful(response, what, |body| body.parse())
    }

    /// What `read` makes of a successful answer's body, also behind a byte order mark or PHP's warnings.
    fn successful<T>(
        &self,
        response: &Response,
        what: &str,
        read: impl Fn(JsonBody<'_>) -> Result<T, JsonError>,
    ) -> Result<T, StoreError> {
        if !response.is_success() {
            return Err(self.failure(response, what));
        }
        let error = match read(response.json_body()) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if error.kind() == HttpErrorKind::Malformed
            && let Some(value) = behind_rubbish(response.json_body(), read)
        {
            warn!(url = response.url(), "the store prints text in front of its JSON: turn PHP's display_errors off");
            return Ok(value);
        }
        Err(self.unreadable(response, what, &error))
    }

    fn unreadable(&self, response: &Response, what: &str, error: &JsonError) -> StoreError {
        let source = response.error(error.kind(), error.to_string());
        if error.kind() == HttpErrorKind::Malformed && is_page(response) {
            return StoreError::new(ErrorKind::WrongServer, format!("{} answers with a web page instead of data", self.name()))
                .advise("check the configured address; a firewall, a cache or a plugin may stand in front of /wp-json/")
                .because(source);
        }
        StoreError::new(source.kind().port_kind(), format!("{what} of {} cannot be read", self.name()))
            .advise("look for a plugin that changes the REST API's answers, or ask for smaller pages")
            .because(source)
    }

    /// What an answer without success means.
    fn failure(&self, response: &Response, what: &str) -> StoreError {
        let status = response.status();
        let code = error_code(response);
        let (kind, problem, advice) = match code {
            Some(code) => meaning(status, &code, what),
            None => meaning_of_page(status, what),
        };
        let source = response.error(HttpErrorKind::Status(status), format!("HTTP {status}"));
        StoreError::new(kind, format!("{} {problem}", self.name())).advise(advice).because(source)
    }
}

/// The code of WordPress's error object; `None` when the answer is none.
pub(crate) fn error_code(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Coded {
        #[serde(default, deserialize_with = "scalar::text")]
        code: String,
    }
    let read = |body: JsonBody<'_>| body.parse::<Coded>();
    let body = read(response.json_body()).ok().or_else(|| behind_rubbish(response.json_body(), read))?;
    (!body.code.is_empty()).then_some(body.code)
}

/// An error object's meaning: kind, what the store does, what to do about it.
fn meaning(status: u16, code: &str, what: &str) -> (ErrorKind, String, String) {
    let refused = |problem: &str, advice: &str| (ErrorKind::Unauthorized, problem.to_owned(), advice.to_owned());
    match (status, code) {
        (401, "woocommerce_rest_authentication_error") => refused(
            "refuses the API key: the secret is wrong, or the key has no Read permission",
            &format!("check the consumer secret and the key's permission, or {CREATE_KEY}"),
        ),
        (401, "woocommerce_rest_cannot_view") => refused(
            "sees no valid API key: the key is unknown, or the credentials do not arrive",
            "check the consumer key; if it is right, the host strips the Authorization header (send the credentials in the \
             query) or WordPress does not know that it is reached over https",
        ),
        (401, _) => refused("asks for a login that an API key does not give", CREATE_KEY),
        (403, code) if code.starts_with("woocommerce_rest_cannot") => {
            (ErrorKind::Forbidden, format!("does not let the API key's user see {what}"), CREATE_KEY.to_owned())
        }
        (403, _) => (
            ErrorKind::Forbidden,
            format!("forbids reading {what}"),
            "a security plugin may restrict the REST API; allow /wp-json/wc/v3/ for the key's user".to_owned(),
        ),
        (404, "rest_no_route") => (
            ErrorKind::WrongServer,
            "is WordPress, but does not offer WooCommerce's API v3".to_owned(),
            "activate WooCommerce there, or check the configured address".to_owned(),
        ),
        (404 | 410, _) => (ErrorKind::NotFound, format!("does not have {what}"), "check the id".to_owned()),
        (400, _) => (
            ErrorKind::Invalid,
            format!("does not take the request for {what}"),
            "check the order statuses and the page size in the configuration".to_owned(),
        ),
        (503, _) => maintenance(),
        (500, "wp_die") => (
            ErrorKind::Unavailable,
            "cannot answer: WordPress stopped, most often without its database".to_owned(),
            "check the database server and the credentials in wp-config.php".to_owned(),
        ),
        (500.., _) => (
            ErrorKind::Unavailable,
            "fails with an error of its own".to_owned(),
            "look under WooCommerce > Status > Logs for fatal errors; a plugin is the usual cause".to_owned(),
        ),
        _ => (ErrorKind::Malformed, format!("answers the request for {what} in an unknown way"), CHECK_ADDRESS.to_owned()),
    }
}

/// The meaning of an answer that is not WordPress's error object: something else stands in between.
fn meaning_of_page(status: u16, what: &str) -> (ErrorKind, String, String) {
    match status {
        401 => (
            ErrorKind::Unauthorized,
            "is behind a login of the web server itself".to_owned(),
            "lift the web server's password protection for /wp-json/".to_owned(),
        ),
        403 => (
            ErrorKind::WrongServer,
            "is behind a firewall that refuses the request".to_owned(),
            "allow this machine's address and the path /wp-json/wc/v3/ in the firewall or security plugin".to_owned(),
        ),
        404 => (
            ErrorKind::WrongServer,
            "has no WordPress REST API at this address".to_owned(),
            "check the address; if it is right, enable pretty permalinks: WordPress > Settings > Permalinks, any but Plain"
                .to_owned(),
        ),
        503 => maintenance(),
        500..=599 => (
            ErrorKind::Unavailable,
            "does not get an answer from WordPress: the web server is up, what is behind it is not".to_owned(),
            "check PHP and the database on the host".to_owned(),
        ),
        _ => (ErrorKind::WrongServer, format!("does not answer the request for {what} like WordPress"), CHECK_ADDRESS.to_owned()),
    }
}

fn maintenance() -> (ErrorKind, String, String) {
    (
        ErrorKind::Unavailable,
        "is closed for maintenance or overloaded".to_owned(),
        "wait; if it lasts, delete a left-over .maintenance file in WordPress's folder".to_owned(),
    )
}

const CHECK_ADDRESS: &str = "check the configured address";

/// Whether an answer is a web page.
fn is_page(response: &Response) -> bool {
    response.media_type() == "text/html" || response.body().trim_ascii_start().starts_with(b"<")
}

/// JSON behind text that PHP printed in front of it: the first bracket from which the rest is JSON to its end.
fn behind_rubbish<T>(body: JsonBody<'_>, read: impl Fn(JsonBody<'_>) -> Result<T, JsonError>) -> Option<T> {
    let brackets = body.bytes().iter().take(RUBBISH).enumerate().filter(|(_, byte)| matches!(byte, b'[' | b'{'));
    brackets.take(BEGINNINGS).find_map(|(at, _)| read(body.skip(at)).ok())
}

#[cfg(test)]
mod tests {
    use campaign_pilot_http::JsonLimits;
    use serde_json::Value;

    use super::*;

    fn found<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
        behind_rubbish(JsonBody::new(body, &JsonLimits::default()), |body| body.parse())
    }

    #[test]
    fn json_is_found_behind_warnings_that_hold_brackets() {
        let body = b"<br />\n<b>Warning</b>: Undefined array key [0] in {main}\n[{\"id\":1}]";
        assert_eq!(found::<Vec<Value>>(body).unwrap().len(), 1);
    }

    #[test]
    fn a_page_with_a_script_is_not_json() {
        let body = b"<html><script>var a = [1];</script></html>";
        assert!(found::<Value>(body).is_none());
    }
}
