//! Everything that a merchant can decide about how the pilot works.

use serde::{Deserialize, Serialize};

/// How long campaigns run and how much they may say.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlightPolicy {
    /// How many days a campaign runs. Default 14.
    pub days: u32,
    /// How many days a product rests after a campaign before it may be advertised again. Default 14.
    pub rest_days: u32,
    /// The longest headline in characters. Default 60.
    pub headline_limit: usize,
    /// The longest body in characters. Default 200.
    pub body_limit: usize,
}

impl Default for FlightPolicy {
    fn default() -> Self {
        Self { days: 14, rest_days: 14, headline_limit: 60, body_limit: 200 }
    }
}

/// When and how far back the pilot looks.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CadencePolicy {
    /// How many days of the store's past are read at the first cycle. Default 60.
    pub history_days: u32,
    /// How many hours before the last reading a monitoring cycle reads again, for what arrived late. Default 2.
    pub overlap_hours: u32,
    /// How many hours before the last reading a deciding cycle reads again. Default 48.
    pub decide_overlap_hours: u32,
    /// From which age on, in hours, a source's data are too old to raise spending on. Default 6.
    pub stale_hours: u32,
    /// For how many hours a plan may be carried out after it was made. Default 2.
    pub plan_valid_hours: u32,
    /// For how many days after its end a campaign's cost and revenue are still read. Default 30.
    pub tail_days: u32,
}

impl Default for CadencePolicy {
    fn default() -> Self {
        Self { history_days: 60, overlap_hours: 2, decide_overlap_hours: 48, stale_hours: 6, plan_valid_hours: 2, tail_days: 30 }
    }
}
