//! Campaigns built from ads.
use crate::{ImpactApi, ImpactConfig, ImpactError};
use campaign_pilot_core::Clock;
use std::sync::Arc;

/// impact.com as a campaign platform: cheap to clone.
#[derive(Clone, Debug)]
pub struct ImpactPlatform {
    api: ImpactApi,
}

impl ImpactPlatform {
    /// A platform for the configured account and program. Sends nothing.
    ///
    /// # Errors
    ///
    /// As [`ImpactApi::new`].
    pub fn new(config: ImpactConfig, clock: Arc<dyn Clock>) -> Result<Self, ImpactError> {
        Ok(Self { api: ImpactApi::new(config, clock)? })
    }

    /// The API below.
    #[must_use]
    pub const fn api(&self) -> &ImpactApi {
        &self.api
    }
}
