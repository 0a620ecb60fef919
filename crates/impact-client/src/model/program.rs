//! Programs and the account's company.

use campaign_pilot_core::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use super::wire_enum;
use crate::wire::scalar;
use crate::{PartnerId, ProgramId};

wire_enum! {
    /// What a program is in. Only an active one can carry campaigns; the API cannot change it.
    ProgramState {
        /// It runs.
        Active = "ACTIVE",
        /// It is being set up.
        Setup = "SETUP",
        /// It is set up and waits for approval.
        SetupComplete = "SETUP_COMPLETE",
        /// It is under review.
        AwaitingReview = "AWAITING_REVIEW",
        /// Payments to impact.com or to partners are overdue.
        Delinquent = "DELINQUENT",
        /// A user of the account deactivated it, for good.
        Deactivated = "DEACTIVATED",
        /// It is closed.
        Closed = "CLOSED",
        /// It was cancelled before its start.
        Cancelled = "CANCELLED",
        /// It was rejected.
        Rejected = "REJECTED",
    }
}

impl ProgramState {
    /// What a person can do so that campaigns can run.
    #[must_use]
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Active => "nothing needs to be done",
            Self::Setup => "finish the set-up of the program at impact.com",
            Self::SetupComplete | Self::AwaitingReview => "wait for impact.com's approval, or ask the account manager there",
            Self::Delinquent => "settle what is overdue under Finance at impact.com",
            Self::Deactivated | Self::Closed | Self::Cancelled | Self::Rejected => {
                "this cannot be undone over the API: configure another program, or ask impact.com"
            }
            Self::Other(_) => "look at the program's state at impact.com",
        }
    }
}

wire_enum! {
    /// What a program is for.
    ProgramKind {
        /// Partners are paid for conversions.
        Performance = "Performance",
        /// Creators are paid.
        Creator = "Creator",
        /// Customers recommend.
        Advocate = "Advocate",
        /// A seller's own.
        Seller = "Seller",
        /// Media of a retailer.
        RetailMedia = "Retail Media",
        /// A seller's part of a retailer's media.
        RetailMediaSeller = "Retail Media Seller",
    }
}

/// A program: the long-lived contract frame that ads belong to. impact.com's API calls it a `Campaign`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Program {
    /// Its id.
    pub id: ProgramId,
    /// Its name.
    #[serde(default, deserialize_with = "name")]
    pub name: String,
    /// Its state.
    #[serde(default)]
    pub state: ProgramState,
    /// What it is for.
    #[serde(rename = "Type", default)]
    pub kind: ProgramKind,
    /// The host that its links go through.
    #[serde(default, deserialize_with = "scalar::text")]
    pub tracking_domain: Option<String>,
    /// Whether impressions are counted at all; `None` when the program does not say.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub impression_tracking: Option<bool>,
}

/// A person whom partners may not write to. Who it is, is not kept.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct UnsubscribedContact {
    /// The partner.
    #[serde(rename = "PartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// Since when.
    #[serde(rename = "CreatedAt", default, deserialize_with = "scalar::instant")]
    pub since: Option<Timestamp>,
}

/// The account's company, as far as campaigns need it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Company {
    /// The brand's name.
    #[serde(default, deserialize_with = "name")]
    pub company_name: String,
    /// The currency in which the account is billed, where it is told and known.
    #[serde(default, deserialize_with = "currency")]
    pub currency: Option<Currency>,
    /// The account's time zone in impact.com's words, such as `(GMT -08:00) Pacific Time`.
    #[serde(default, deserialize_with = "scalar::text")]
    pub timezone: Option<String>,
}

pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(scalar::text(deserializer)?.unwrap_or_default())
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Currency>, D::Error> {
    Ok(scalar::text(deserializer)?.and_then(|code| code.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_read_with_its_strings_and_unknown_words() {
        let program: Program = serde_json::from_str(
            r#"{"Id":"1000","Name":"Acme Campaign","State":"ACTIVE","Type":"Performance","ImpressionTracking":"false","Extra":{}}"#,
        )
        .unwrap();
        assert_eq!((program.state, program.impression_tracking), (ProgramState::Active, Some(false)));
        assert_eq!(program.kind, ProgramKind::Performance);
        let strange: Program = serde_json::from_str(r#"{"Id":1000,"State":"HIBERNATING"}"#).unwrap();
        assert_eq!(strange.state, ProgramState::Other("HIBERNATING".to_owned()));
        assert_eq!(strange.state.to_string(), "HIBERNATING");
    }

    #[test]
    fn a_company_without_a_known_currency_has_none() {
        let company: Company = serde_json::from_str(r#"{"CompanyName":"Acme","Currency":"XYZ1"}"#).unwrap();
        assert_eq!(company.currency, None);
    }
}
