//! The few forms that most calls have: one thing is read, one is created, one is changed.

use std::fmt::Display;

use campaign_pilot_core::ErrorKind;
use campaign_pilot_http::Request;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ImpactApi, model};
use crate::ImpactError;
use crate::ids::{WireId, plain_number};
use crate::wire::scalar::value_text;

impl ImpactApi {
    /// Reads one thing; `None` when impact.com does not know it. Another thing than the one that was asked for is an error.
    pub(super) async fn found<T: DeserializeOwned, I: WireId + Display>(
        &self,
        call: &'static str,
        request: &Request,
        id: &I,
        id_of: impl FnOnce(&T) -> &I,
    ) -> Result<Option<T>, ImpactError> {
        let Some(thing) = self.maybe(call, request).await? else { return Ok(None) };
        let came = id_of(&thing);
        if came.is_same(id) {
            return Ok(Some(thing));
        }
        Err(ImpactError::new(ErrorKind::Malformed, call, format!("{came} came where {id} was asked for")))
    }

    /// Reads one thing; `None` when impact.com does not know it.
    pub(super) async fn maybe<T: DeserializeOwned>(
        &self,
        call: &'static str,
        request: &Request,
    ) -> Result<Option<T>, ImpactError> {
        match self.value(call, request).await {
            Ok(value) => model(call, value).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Creates something below `collection` and brings its id.
    pub(super) async fn created<I: WireId>(
        &self,
        call: &'static str,
        request: &Request,
        collection: &str,
    ) -> Result<I, ImpactError> {
        let answer = self.value(call, request).await?;
        created_id(&answer, collection).ok_or_else(|| {
            ImpactError::new(ErrorKind::Malformed, call, "the answer does not name what was created").maybe_effective(true)
        })
    }

    /// Changes something. The answer says no more than that it was done.
    pub(super) async fn changed(&self, call: &'static str, request: &Request) -> Result<(), ImpactError> {
        self.value(call, request).await.map(drop)
    }
}

/// The id of what was created: the last segment of the answer's `Uri`, the only place where it appears.
pub(crate) fn created_id<I: WireId>(answer: &Value, collection: &str) -> Option<I> {
    if !answer.get("Status").and_then(value_text)?.eq_ignore_ascii_case("OK") {
        return None;
    }
    let uri = answer.get("Uri").and_then(value_text)?;
    let path = uri.split(['?', '#']).next()?;
    let mut segments = path.trim_end_matches('/').rsplit('/');
    let id = segments.next()?;
    (segments.next()? == collection).then(|| I::read(plain_number(id)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{AdId, DealId};

    #[test]
    fn the_new_id_is_the_last_segment_of_the_uri() {
        let id = |answer: Value| created_id::<AdId>(&answer, "Ads").map(|id| id.to_string());
        assert_eq!(id(json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Ads/892081"})).as_deref(), Some("892081"));
        assert_eq!(id(json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Ads/892081/?x=1"})).as_deref(), Some("892081"));
        assert_eq!(id(json!({"Status": "QUEUED", "QueuedUri": "/Advertisers/IRxxx/APISubmissions/A-1"})), None);
        assert_eq!(id(json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Ads"})), None);
        assert_eq!(id(json!({"Status": "OK"})), None);
    }

    #[test]
    fn a_number_loses_its_leading_zeros() {
        let answer = json!({"Status": "OK", "Uri": "/Advertisers/IRxxx/Deals/00003"});
        assert_eq!(created_id::<DealId>(&answer, "Deals").unwrap().as_str(), "3");
    }
}
