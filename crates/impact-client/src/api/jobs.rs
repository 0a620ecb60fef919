//! Jobs: read, downloaded, run again.

use campaign_pilot_core::{ErrorKind, Period};
use campaign_pilot_http::{Auth, Bytes, HttpClient, Request, Response, Url};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::form::Filtered;
use super::listing::Shape;
use super::{ImpactApi, LARGEST_BODY, Listing, model};
use crate::wire::csv;
use crate::wire::scalar::is_nothing;
use crate::{Denial, ImpactError, Job, JobId, JobStatus};

/// What a download brought.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Download {
    /// The result.
    Ready(JobFile),
    /// The job is not done; here is how far it is.
    NotYet(Box<Job>),
}

/// The result of a job, as it came. Its `Debug` form leaves the content out.
#[derive(Clone, PartialEq)]
pub struct JobFile {
    /// What it says that it is, in lower case and without parameters; may be empty or wrong.
    pub media_type: String,
    /// The content.
    pub content: Bytes,
}

impl std::fmt::Debug for JobFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobFile").field("media_type", &self.media_type).field("bytes", &self.content.len()).finish()
    }
}

impl ImpactApi {
    /// The account's jobs: those that were created in a period, where one is given.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn jobs(&self, created: Option<Period>) -> Result<Listing<Job>, ImpactError> {
        let request = Request::get("Jobs")
            .query_any("CreatedAfter", created.map(|created| self.date(created.start())))
            .query_any("CreatedBefore", created.map(|created| self.date(created.end())))
            .query("PageSize", 1_000);
        self.pages("list the jobs at impact.com", &request, Shape::under(&["Jobs"])).await
    }

    /// How far a job is.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when impact.com does not know it (any more).
    pub async fn job(&self, id: &JobId) -> Result<Job, ImpactError> {
        const CALL: &str = "read the job at impact.com";
        model(CALL, self.value(CALL, &Request::get("Jobs").segment(id)).await?)
    }

    /// The result of a job. Where impact.com refers to a file on another host, that is asked for without our credentials.
    ///
    /// # Errors
    ///
    /// When it cannot be had; that the job is not done yet is no error.
    pub async fn download(&self, id: &JobId) -> Result<Download, ImpactError> {
        const CALL: &str = "download the job's result from impact.com";
        // A result is a file of any type, so JSON is not all that is taken.
        let request = Request::get("Jobs")
            .segment(id)
            .segment("Download")
            .query("Mode", "Stream")
            .header("Accept", "application/json, */*;q=0.5")
            .allow_redirect_answer();
        let response = self.response(CALL, &request).await?;
        match response.status() {
            200 if is_file(&response) => Ok(Download::Ready(file(&response))),
            202 => Ok(Download::NotYet(Box::new(model(CALL, self.read(CALL, &request, &response)?)?))),
            300..=399 => self.elsewhere(CALL, &response).await.map(Download::Ready),
            // An error in one of its forms, a page of a gateway included, or nothing at all.
            _ => {
                let value = self.read(CALL, &request, &response)?;
                Ok(Download::Ready(JobFile { media_type: response.media_type(), content: value.to_string().into() }))
            }
        }
    }

    /// Runs a job again with its own parameters. It does not count as another export.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Precondition`] with [`Denial::NotReplayable`] when the job cannot be run again now, for instance
    /// because it still runs; [`ErrorKind::Forbidden`] with [`Denial::Scope`] when the token may not. impact.com answers
    /// both with 403, so the job itself is asked which it is.
    pub async fn replay_job(&self, id: &JobId) -> Result<(), ImpactError> {
        const CALL: &str = "run the job again at impact.com";
        let request = Request::put("Jobs").segment(id).segment("Replay");
        match self.changed(CALL, &request).await {
            Err(error) if error.kind() == ErrorKind::Forbidden => match self.job(id).await {
                Ok(job) if !job.can_be_replayed() => {
                    let message = format!("the job is {} and cannot be run again now", job.status);
                    Err(ImpactError::new(ErrorKind::Precondition, CALL, message)
                        .with_status(403)
                        .with_denial(Denial::NotReplayable)
                        .with_advice("wait until it is done, or export anew")
                        .with_source(error))
                }
                _ => Err(error),
            },
            other => other,
        }
    }

    /// A file that impact.com refers to: asked for by a client that has no credentials.
    async fn elsewhere(&self, call: &'static str, referring: &Response) -> Result<JobFile, ImpactError> {
        let lost = |message: &str| ImpactError::new(ErrorKind::Malformed, call, message);
        let address = referring.location().ok_or_else(|| lost("it refers to another place, but not to which"))?;
        // The account's own addresses take credentials, and hold the SID, which no message shows.
        if address.as_str().contains(self.config().account_sid.expose_secret()) {
            return Err(lost("it refers to an address of the account, not to a file"));
        }
        // Not less safe than the way that led here.
        if address.scheme() != "https" && address.scheme() != self.0.http.base().scheme() {
            return Err(lost("it refers to a place that can only be reached unencrypted"));
        }
        let mut base = address.clone();
        base.set_path("");
        base.set_query(None);
        base.set_fragment(None);
        let stripped = base.set_username("").and_then(|()| base.set_password(None));
        stripped.map_err(|()| lost("it refers to no place on the net"))?;
        let fetched = self.stranger(base, call)?.send(&Request::exact(without_fragment(address))).await;
        let response = fetched.map_err(|error| self.transport(call, error))?;
        if response.status() == 200 {
            return Ok(file(&response));
        }
        let kind = if response.status() >= 500 { ErrorKind::Unavailable } else { ErrorKind::Malformed };
        Err(ImpactError::new(kind, call, "the file that impact.com refers to cannot be had")
            .with_status(response.status())
            .with_advice("ask for the download again: such references are valid for a short time"))
    }

    fn stranger(&self, base: Url, call: &'static str) -> Result<HttpClient, ImpactError> {
        let config = self.config();
        HttpClient::builder(base)
            .auth(Auth::None)
            .clock(std::sync::Arc::clone(&self.0.clock))
            .deadlines(super::deadlines(config))
            .limits(super::limits(LARGEST_BODY))
            .retry(super::retries(config))
            .header("Accept", "*/*")
            .build()
            .map_err(|error| ImpactError::transport(call, error))
    }
}

impl JobFile {
    /// The records of a result, whichever of its forms it has: JSON with a list under `Records` or another single key, one
    /// record there without brackets, or the list bare; or a table of comma-separated values, which is what impact.com
    /// makes where no form is asked for. The cells of a table are texts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Malformed`] when it is neither, holds no list, or is a table whose rows do not fit its columns.
    pub fn records(&self) -> Result<Vec<Value>, ImpactError> {
        const CALL: &str = "read the result of the job from impact.com";
        let malformed = |message: &str| ImpactError::new(ErrorKind::Malformed, CALL, message);
        if self.is_table() {
            let text =
                std::str::from_utf8(&self.content).map_err(|error| malformed("the file is not UTF-8").with_source(error))?;
            return csv::rows(text).map_err(|reason| malformed(&format!("the file is no table: {reason}")));
        }
        let limits = super::limits(LARGEST_BODY).json;
        let value: Value = campaign_pilot_http::parse_json(&self.content, &limits)
            .map_err(|error| malformed("the file is not JSON").with_source(error))?;
        records(value).ok_or_else(|| malformed("the file holds no list `Records`"))
    }

    /// Whether it is a table: it says so, or it does not say that it is anything and does not begin like JSON. What begins like
    /// JSON is read as JSON whatever it says, since no name of a column does.
    fn is_table(&self) -> bool {
        let content = self.content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.content).trim_ascii_start();
        let is_json = matches!(content.first(), Some(b'{' | b'['));
        let may_be = ["text/csv", "application/csv", "text/plain", "application/octet-stream", ""];
        !is_json && may_be.contains(&self.media_type.as_str())
    }
}

fn file(response: &Response) -> JobFile {
    JobFile { media_type: response.media_type(), content: response.body().clone() }
}

/// Whether a success brings a file rather than an error in disguise: a web page, XML, or `Status: ERROR`.
fn is_file(response: &Response) -> bool {
    let body = response.body().trim_ascii_start();
    match body.first() {
        None | Some(b'<') => false,
        Some(b'{') => !response.json_body().parse::<Value>().is_ok_and(|value| crate::wire::answer::says_error(&value)),
        Some(_) => true,
    }
}

fn without_fragment(mut address: Url) -> Url {
    address.set_fragment(None);
    address
}

/// The list in a result: bare, under `Records`, or under the only key that holds one.
pub(crate) fn records(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(list) => Some(list),
        Value::Object(mut fields) => {
            match fields.remove("Records") {
                Some(Value::Array(list)) => return Some(list),
                // One alone may come without brackets, and none as an empty text.
                Some(one @ Value::Object(_)) => return Some(vec![one]),
                Some(nothing) if is_nothing(&nothing) => return Some(Vec::new()),
                Some(_) => return None,
                None => {}
            }
            let mut lists =
                fields.into_iter().filter_map(|(_, value)| if let Value::Array(list) = value { Some(list) } else { None });
            let only = lists.next()?;
            lists.next().is_none().then_some(only)
        }
        _ => None,
    }
}

impl Job {
    /// Whether it can be run again now: it says so, or it does not say but is done.
    #[must_use]
    pub fn can_be_replayed(&self) -> bool {
        match self.status {
            JobStatus::Queued | JobStatus::Running => false,
            _ => self.replayable.unwrap_or(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn records_come_under_their_key_or_bare() {
        assert_eq!(records(json!({"Records": [1]})), records(json!([1])));
        assert_eq!(records(json!({"@page": "1", "Clicks": [1]})), Some(vec![json!(1)]));
        assert_eq!(records(json!({"@total": "1", "Records": {"Ad_Id": "7"}})), Some(vec![json!({"Ad_Id": "7"})]));
        assert_eq!(records(json!({"Records": ""})), Some(Vec::new()));
        assert_eq!(records(json!({"Records": 7, "Rows": [1]})), None);
        assert_eq!(records(json!({"Rows": [1], "More": [2]})), None);
        assert_eq!(records(json!({"Rows": "x"})), None);
    }
}
