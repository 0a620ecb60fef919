//! What impact.com shows, as far as campaigns need it. Fields that are not listed here are ignored, never an error.

mod action;
mod ad;
mod catalog;
mod click;
mod contract;
mod deal;
mod exception;
mod job;
mod partner;
mod program;
mod promo_code;
mod report;
mod rule;
mod update;

pub use action::{Action, ActionItem, ActionState};
pub use ad::{Ad, AdKind};
pub use catalog::{Catalog, CatalogItem, CatalogStatus, StockAvailability, UploadMethod};
pub use click::{Click, DeviceType};
pub use contract::{
    Contract, ContractStatus, EventPayout, LimitKind, PayoutGroup, PayoutLevel, PayoutLimit, SpecialTerms, TemplateTerms,
};
pub use deal::{Deal, DealKind, DealProduct, DealScope, DealState, Discount};
pub use exception::{
    EventTypeRef, ExceptionItem, ExceptionList, ExceptionListKind, ExceptionListState, MatchMode, PromoCodeExceptionList,
};
pub use job::{Job, JobKind, JobStatus};
pub use partner::{GroupMember, JoinedProgram, Partner, PartnerGroup, PartnerKind, PartnerState, RelationshipState};
pub use program::{Company, Program, ProgramKind, ProgramState, UnsubscribedContact};
pub use promo_code::{CreditPolicy, PromoCode, PromoCodeMatch, PromoCodeState};
pub use report::{AdReportRow, Report, ReportAttribute, ReportFilter, ReportMetadata, ReportRecord};
pub use rule::{
    BlockRedirectRule, RuleAction, RuleCondition, RuleOperator, RuleRank, RuleSource, RuleState, RuleVariable, SubCondition,
};
pub use update::{ActionInquiry, ActionUpdate, InquiryKind, InquiryResolution, Submission, SubmissionKind, SubmissionStatus};

/// An enumeration of the wire: known words, and every other word kept as it came.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that is not known here; empty where none came.
            Other(String),
        }

        impl $name {
            /// The word of the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $(_ if word.eq_ignore_ascii_case($word) => Self::$variant,)+
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(crate::wire::scalar::text(deserializer)?.unwrap_or_default().as_str().into())
            }
        }
    };
}
use wire_enum;
