//! The door before each attempt: a quota that is shared with others than this client.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::PortError;
use http::StatusCode;
use http::header::HeaderMap;

use crate::Request;

/// Says before each attempt, repeated ones included, whether it may be sent, and sees the head of each answer.
#[async_trait]
pub trait Admission: Send + Sync {
    /// Lets an attempt through, and counts it.
    ///
    /// # Errors
    ///
    /// Why it is not sent now. The client asks again after the wait, if that fits the operation's deadline.
    async fn admit(&self, request: &Request) -> Result<(), Refusal>;

    /// Sees the head of an answer, for quotas that the server tells.
    fn answered(&self, request: &Request, head: AnswerHead<'_>);
}

/// Why an attempt is not sent.
#[derive(Debug)]
pub enum Refusal {
    /// A quota is used up.
    Later {
        /// For how long.
        wait: Duration,
        /// Which one, as a clause in lower case.
        reason: String,
    },
    /// The count cannot be read or kept.
    Failed(PortError),
}

/// Status and headers of an answer.
#[derive(Clone, Copy)]
pub struct AnswerHead<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> AnswerHead<'a> {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The headers with their names in lower case, as far as their values are visible ASCII.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
    }
}

impl fmt::Debug for AnswerHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerHead").field("status", &self.status()).finish_non_exhaustive()
    }
}
