#![doc = include_str!("../README.md")]

mod action;
mod campaign;
mod capability;
mod clock;
mod effect;
mod error;
mod ids;
mod journal;
mod knowledge;
mod measure;
mod money;
mod observation;
mod operation;
mod period;
pub mod ports;
mod product;
mod quota;
mod text;
mod verdict;
mod zone;

#[cfg(feature = "test-util")]
pub mod conformance;
#[cfg(feature = "test-util")]
pub mod fakes;

pub use action::CampaignAction;
pub use campaign::{
    AdCopy, Campaign, CampaignSpec, CampaignSpecError, DesiredStatus, EffectiveStatus, PlatformCampaign, PlatformStatus,
};
pub use capability::{Billing, BudgetControl, Capabilities, CopyControl, CreateSafety, EndControl, PauseControl, ResumeControl};
pub use clock::{Clock, ManualClock, SystemClock};
pub use effect::{Applied, Effect};
pub use error::{ErrorKind, PortError, PortResult};
pub use ids::{CampaignId, CategoryName, DecisionId, IdError, OperationId, PlanId, PlatformCampaignId, ProductId, Sku};
pub use journal::{Intent, JournalEntry, JournalEvent, OpenOperation, OperationState, Sequence, TransitionError};
pub use knowledge::{CampaignRecord, DecisionRecord, ProductHour};
pub use measure::{Absence, Measured};
pub use money::{Currency, Money, MoneyError};
pub use observation::{
    CampaignPerformance, ChangedProducts, PerformanceReading, SalesObservation, SalesReading, SourceQuality, StockOut,
    ViewsObservation, ViewsReading,
};
pub use operation::OperationTag;
pub use period::{Period, PeriodError};
pub use product::{Product, ProductKind, ProductStatus, RejectedItem, Stock, unit_cost_of_variations};
pub use quota::{InMemoryQuota, QuotaAnswer, QuotaRule};
pub use text::{is_hidden, sanitize_line};
pub use verdict::Verdict;
pub use zone::{ShopTimeZone, TimeZoneError};
