#![doc = include_str!("../README.md")]

mod api;
mod behaviour;
mod config;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod ids;
mod ledger;
mod model;
mod platform;
mod secrets;
mod status;
mod windows;
mod wire;

pub use api::{
    AccountFacts, AdDraft, BannerSource, CatalogItemFilter, ClickQuery, ContractFilter, DealChange, DealDraft, DealFilter,
    Diagnosis, Download, ExceptionListChange, ImpactApi, InquiryFilter, JobFile, Listing, MOST_BULK_ITEMS, Need, PartnerFilter,
    Probe, ProbeOutcome, PromoCodeDraft, PromoCodeFilter, PullFrequency, ReportQuery, RuleFilter, TrackingLinkDraft, Unreadable,
};
pub use behaviour::{DealSync, Expiry, Listed, PlatformBehaviour, Revival, Targets, Update};
pub use config::{ImpactConfig, ListEncoding};
pub use error::{Denial, FieldProblem, ImpactError};
pub use ids::{
    ActionId, ActionUpdateId, AdId, BatchId, CatalogId, CatalogItemId, ClickId, ContractId, DealId, EventTypeId, ExceptionItemId,
    ExceptionListId, ImpactIdError, InquiryId, JobId, PartnerGroupId, PartnerId, ProgramId, PromoCodeExceptionListId,
    PromoCodeId, ReportId, RuleId, TemplateTermsId,
};
pub use ledger::{BudgetLedger, LedgerError, Spend};
pub use model::{
    Action, ActionInquiry, ActionItem, ActionState, ActionUpdate, Ad, AdKind, AdReportRow, BlockRedirectRule, Catalog,
    CatalogItem, CatalogStatus, Click, Company, Contract, ContractStatus, CreditPolicy, Deal, DealKind, DealProduct, DealScope,
    DealState, DeviceType, Discount, EventPayout, EventTypeRef, ExceptionItem, ExceptionList, ExceptionListKind,
    ExceptionListState, GroupMember, InquiryKind, InquiryResolution, Job, JobKind, JobStatus, JoinedProgram, LimitKind,
    MatchMode, Partner, PartnerGroup, PartnerKind, PartnerState, PayoutGroup, PayoutLevel, PayoutLimit, Program, ProgramKind,
    ProgramState, PromoCode, PromoCodeExceptionList, PromoCodeMatch, PromoCodeState, RelationshipState, Report, ReportAttribute,
    ReportFilter, ReportMetadata, ReportRecord, RuleAction, RuleCondition, RuleOperator, RuleRank, RuleSource, RuleState,
    RuleVariable, SpecialTerms, StockAvailability, SubCondition, Submission, SubmissionKind, SubmissionStatus, TemplateTerms,
    UnsubscribedContact, UploadMethod,
};
pub use platform::{CampaignReport, CampaignReportQuery, Difference, ImpactPlatform, ReportMetric, SoldItem};
pub use status::{CampaignStatus, Drift, Evidence, Stop, Wish};
