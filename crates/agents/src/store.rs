//! What the agents keep in the knowledge's named states.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_core::ports::Knowledge;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{AgentError, Result};

/// The products as last read.
pub(crate) const CATALOG: &str = "catalog";
/// The platform's objects that a campaign had before it was recreated.
pub(crate) const FORMER_OBJECTS: &str = "former_objects";
/// The cycle that is under way.
pub(crate) const CYCLE: &str = "cycle";
/// Up to when the store was read.
pub(crate) const COVERAGE: &str = "coverage";
/// What earlier campaigns taught.
pub(crate) const LEARNED: &str = "learned";
/// The last analysis of each campaign.
pub(crate) const ANALYSES: &str = "analyses";
/// The last selection among all products.
pub(crate) const SELECTION: &str = "selection";
/// When each campaign's budget was last raised.
pub(crate) const RAISED_AT: &str = "raised_at";
/// Cost and revenue of all campaigns at the end of each day.
pub(crate) const DAILY: &str = "daily";

/// What campaigns cost over time, and what stops taught.
pub(crate) const SPENDING: &str = "spending";

pub(crate) async fn load<T: DeserializeOwned>(knowledge: &dyn Knowledge, key: &str) -> Result<Option<T>> {
    let stored = knowledge.state(key).await.map_err(AgentError::memory("reading a state"))?;
    let Some(value) = stored.filter(|value| !value.is_null()) else { return Ok(None) };
    serde_json::from_value(value).map(Some).map_err(|source| {
        AgentError::new(ErrorKind::Storage, format!("what is remembered under `{key}` cannot be read")).with_source(source)
    })
}

pub(crate) async fn save<T: Serialize + Sync>(knowledge: &dyn Knowledge, key: &str, value: &T) -> Result<()> {
    let value = serde_json::to_value(value).map_err(|source| {
        AgentError::new(ErrorKind::Invalid, format!("what should be remembered under `{key}` cannot be written"))
            .with_source(source)
    })?;
    knowledge.put_state(key, &value).await.map_err(AgentError::memory("remembering a state"))
}
