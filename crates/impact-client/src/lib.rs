#![doc = include_str!("../README.md")]

mod api;
mod config;
mod error;
mod ids;
mod model;
mod platform;
mod windows;
mod wire;

pub use api::{
    AdDraft, BannerSource, ContractFilter, DealChange, DealDraft, DealFilter, ImpactApi, InquiryFilter, Listing, PartnerFilter,
    PromoCodeDraft, PromoCodeFilter, RuleFilter, TrackingLinkDraft, Unreadable,
};
pub use config::{ImpactConfig, ListEncoding};
pub use error::{FieldProblem, ImpactError};
pub use ids::{
    ActionId, ActionUpdateId, AdId, BatchId, CatalogId, CatalogItemId, ClickId, ContractId, DealId, EventTypeId, ExceptionItemId,
    ExceptionListId, ImpactIdError, InquiryId, JobId, PartnerGroupId, PartnerId, ProgramId, PromoCodeExceptionListId,
    PromoCodeId, ReportId, RuleId, TemplateTermsId,
};
pub use model::{
    Action, ActionInquiry, ActionItem, ActionState, ActionUpdate, Ad, AdKind, AdReportRow, BlockRedirectRule, Company, Contract,
    ContractStatus, CreditPolicy, Deal, DealKind, DealProduct, DealScope, DealState, Discount, EventPayout, GroupMember,
    InquiryKind, InquiryResolution, Job, JobStatus, JoinedProgram, LimitKind, Partner, PartnerGroup, PartnerKind, PartnerState,
    PayoutGroup, PayoutLevel, PayoutLimit, Program, ProgramKind, ProgramState, PromoCode, PromoCodeMatch, PromoCodeState,
    RelationshipState, RuleAction, RuleCondition, RuleOperator, RuleRank, RuleSource, RuleState, RuleVariable, SpecialTerms,
    SubCondition, Submission, SubmissionKind, SubmissionStatus, TemplateTerms, UnsubscribedContact,
};
pub use platform::ImpactPlatform;
