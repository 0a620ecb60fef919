//! What the agents keep in the knowledge's named states.

use std::any::Any;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{ErrorKind, Product, ProductId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{Value, to_raw_value};

use crate::error::{AgentError, Result};
use crate::hours::HourCache;

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

/// What plans changed lately.
pub(crate) const CHANGES: &str = "changes";

/// What campaigns did from day to day.
pub(crate) const RESULTS: &str = "results";

/// How decisions turned out, and which are still open.
pub(crate) const CHECKS: &str = "checks";

/// Which draws of products that are tried were recorded.
pub(crate) const DRAWS: &str = "draws";

/// What campaigns cost over time, and what stops taught.
pub(crate) const SPENDING: &str = "spending";

/// Who used the states last.
const USED_BY: &str = "used_by";

/// The states as one driver has read and written them itself, so that nothing is parsed a second time.
///
/// They count only as long as nobody else has used the memory meanwhile: each cycle leaves the driver's mark there before it reads, and
/// finding another one forgets everything. Clones share what they know.
#[derive(Clone, Debug, Default)]
pub(crate) struct States {
    known: Arc<Mutex<BTreeMap<&'static str, Option<Shared>>>>,
    hours: HourCache,
    listed: Arc<Mutex<Listed>>,
    mark: Arc<Mark>,
}

/// The products as a list, with those that it was made of.
#[derive(Debug, Default)]
struct Listed {
    of: Arc<BTreeMap<ProductId, Product>>,
    list: Arc<Vec<Product>>,
}

type Shared = Arc<dyn Any + Send + Sync>;

/// A mark that no other driver has, not even one of another process.
#[derive(Debug)]
struct Mark(String);

impl Default for Mark {
    fn default() -> Self {
        Self(format!("{:016x}", RandomState::new().hash_one(std::process::id())))
    }
}

impl States {
    /// Begins to use the states: what is known stays so only where nobody else has used them since.
    pub(crate) async fn begin(&self, knowledge: &dyn Knowledge) -> Result<()> {
        let last: Option<Value> = load(knowledge, USED_BY).await?;
        if last.as_ref().and_then(Value::as_str) != Some(&self.mark.0) {
            self.forget();
            save(knowledge, USED_BY, &self.mark.0).await?;
        }
        Ok(())
    }

    /// Forgets everything, as after a failure that leaves open what was written.
    pub(crate) fn forget(&self) {
        self.known().clear();
        self.hours.forget();
    }

    /// Products as a list, made anew only when they changed.
    pub(crate) fn listed(&self, products: &Arc<BTreeMap<ProductId, Product>>) -> Arc<Vec<Product>> {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&listed.of, products) {
            *listed = Listed { of: Arc::clone(products), list: Arc::new(products.values().cloned().collect()) };
        }
        Arc::clone(&listed.list)
    }

    /// The remembered hours.
    pub(crate) const fn hours(&self) -> &HourCache {
        &self.hours
    }

    /// The state under a key.
    pub(crate) async fn load<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        knowledge: &dyn Knowledge,
        key: &'static str,
    ) -> Result<Option<Arc<T>>> {
        let known = self.known().get(key).cloned();
        if let Some(known) = known {
            // A key always holds the same type.
            return Ok(known.and_then(|state| state.downcast().ok()));
        }
        let state: Option<Arc<T>> = load(knowledge, key).await?.map(Arc::new);
        self.known().insert(key, state.clone().map(|state| state as Shared));
        Ok(state)
    }

    /// Keeps a state under a key; known from then on.
    pub(crate) async fn save<T: Serialize + Send + Sync + 'static>(
        &self,
        knowledge: &dyn Knowledge,
        key: &'static str,
        value: &Arc<T>,
    ) -> Result<()> {
        self.known().remove(key);
        save(knowledge, key, &**value).await?;
        self.known().insert(key, Some(Arc::clone(value) as Shared));
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<&'static str, Option<Shared>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) async fn load<T: DeserializeOwned>(knowledge: &dyn Knowledge, key: &str) -> Result<Option<T>> {
    let stored = knowledge.state(key).await.map_err(AgentError::memory("reading a state"))?;
    let Some(stored) = stored else { return Ok(None) };
    serde_json::from_str(stored.get()).map_err(|source| {
        AgentError::new(ErrorKind::Storage, format!("what is remembered under `{key}` cannot be read")).with_source(source)
    })
}

pub(crate) async fn save<T: Serialize + Sync>(knowledge: &dyn Knowledge, key: &str, value: &T) -> Result<()> {
    let value = to_raw_value(value).map_err(|source| {
        AgentError::new(ErrorKind::Invalid, format!("what should be remembered under `{key}` cannot be written"))
            .with_source(source)
    })?;
    knowledge.put_state(key, &value).await.map_err(AgentError::memory("remembering a state"))
}

#[cfg(test)]
mod tests {
    use campaign_pilot_memory::VolatileMemory;

    use super::*;

    #[tokio::test]
    async fn what_another_driver_wrote_is_read_again() {
        let (memory, mine, theirs) = (VolatileMemory::default(), States::default(), States::default());
        mine.begin(&memory).await.unwrap();
        mine.save(&memory, LEARNED, &Arc::new(1_u32)).await.unwrap();
        // Nobody else has used the memory: what is known stands, whatever is written past the driver.
        save(&memory, LEARNED, &7_u32).await.unwrap();
        mine.begin(&memory).await.unwrap();
        assert_eq!(mine.load::<u32>(&memory, LEARNED).await.unwrap().as_deref(), Some(&1));

        theirs.begin(&memory).await.unwrap();
        theirs.save(&memory, LEARNED, &Arc::new(2_u32)).await.unwrap();
        mine.begin(&memory).await.unwrap();
        assert_eq!(mine.load::<u32>(&memory, LEARNED).await.unwrap().as_deref(), Some(&2));
    }
}
