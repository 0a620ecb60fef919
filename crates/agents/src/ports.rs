//! The ports that the agents work with, in one place.

use std::fmt;
use std::sync::Arc;

use campaign_pilot_core::Clock;
use campaign_pilot_core::ports::{
    CampaignPlatform, Catalog, CopyWriter, Journal, Knowledge, MarketSignals, PageViews, SalesHistory,
};

/// Everything outside that the agents talk to. Cloning is cheap: the ports are shared.
#[derive(Clone)]
pub struct Ports {
    /// The store's products.
    pub catalog: Arc<dyn Catalog>,
    /// The store's orders and refunds.
    pub sales: Arc<dyn SalesHistory>,
    /// The store's page views; `None` where no source is configured: then views are unknown, not zero.
    pub views: Option<Arc<dyn PageViews>>,
    /// The platform that runs the campaigns.
    pub platform: Arc<dyn CampaignPlatform>,
    /// Signals about the market; `None` where no source is configured: then they are neutral.
    pub signals: Option<Arc<dyn MarketSignals>>,
    /// What was intended and what came of it.
    pub journal: Arc<dyn Journal>,
    /// What is known of campaigns, products and earlier decisions.
    pub knowledge: Arc<dyn Knowledge>,
    /// Who writes the ad copy.
    pub copywriter: Arc<dyn CopyWriter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports")
            .field("platform", &self.platform.capabilities().platform)
            .field("views", &self.views.is_some())
            .field("signals", &self.signals.is_some())
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
