//! The ports: small object-safe traits that the agents talk to and that clients implement.
//!
//! Every implementor of a port passes the same conformance suite; every port has a `mockall` mock
//! (in `mocks`) and an in-memory fake (in `crate::fakes`) behind the feature `test-util`.

mod knowledge;
mod platform;
mod quota;
mod signals;
mod store;

pub use knowledge::{Journal, Knowledge};
pub use platform::CampaignPlatform;
pub use quota::CallQuota;
pub use signals::{CopyBrief, CopyWriter, MarketSignal, MarketSignals};
pub use store::{Catalog, PageViews, ProductPage, ProductPages, SalesHistory};

/// `mockall` mocks of every port, for tests of services that embed a layer.
#[cfg(feature = "test-util")]
pub mod mocks {
    pub use super::knowledge::{MockJournal, MockKnowledge};
    pub use super::platform::MockCampaignPlatform;
    pub use super::quota::MockCallQuota;
    pub use super::signals::{MockCopyWriter, MockMarketSignals};
    pub use super::store::{MockCatalog, MockPageViews, MockSalesHistory};
}
