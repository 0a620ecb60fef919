#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "agents")]
pub use campaign_pilot_agents as agents;
pub use campaign_pilot_core as core;
#[cfg(feature = "decision-engine")]
pub use campaign_pilot_decision_engine as decision_engine;
#[cfg(feature = "http")]
pub use campaign_pilot_http as http;
#[cfg(feature = "impact-client")]
pub use campaign_pilot_impact_client as impact_client;
#[cfg(feature = "memory")]
pub use campaign_pilot_memory as memory;
#[cfg(feature = "metrics")]
pub use campaign_pilot_metrics as metrics;
#[cfg(feature = "sandbox")]
pub use campaign_pilot_sandbox as sandbox;
#[cfg(feature = "store-client")]
pub use campaign_pilot_store_client as store_client;
