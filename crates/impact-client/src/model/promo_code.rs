//! Promo codes: codes that credit a partner when a shopper enters them.

use jiff::Timestamp;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{DealId, PartnerId, ProgramId, PromoCodeId};

wire_enum! {
    /// Whether a promo code counts.
    PromoCodeState {
        /// It counts.
        Active = "ACTIVE",
        /// It was deactivated or has ended. The API cannot bring it back.
        Inactive = "INACTIVE",
    }
}

wire_enum! {
    /// How a promo code is compared with what shoppers enter.
    PromoCodeMatch {
        /// As it is.
        Exact = "LI",
        /// As a regular expression.
        Regex = "RE",
    }
}

wire_enum! {
    /// When a promo code credits its partner.
    CreditPolicy {
        /// Always.
        Always = "ALWAYS",
        /// When the partner took part in the conversion.
        Involved = "INVOLVED",
        /// When the partner would win the conversion anyway.
        Winner = "WINNER",
    }
}

/// A promo code as impact.com shows it. The discount itself must exist in the store.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct PromoCode {
    /// Its id.
    pub id: PromoCodeId,
    /// What shoppers enter.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub code: String,
    /// How it is compared.
    #[serde(rename = "Type", default)]
    pub matching: PromoCodeMatch,
    /// When it credits its partner.
    #[serde(default)]
    pub credit_policy: CreditPolicy,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// The partner whom it credits.
    #[serde(rename = "AssignedPartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// Whether it counts.
    #[serde(default)]
    pub state: PromoCodeState,
    /// When it was created.
    #[serde(rename = "CreatedDate", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it starts; `None`: at once.
    #[serde(rename = "StartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    #[serde(rename = "EndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
    /// The deal it belongs to.
    #[serde(rename = "DealId", default, deserialize_with = "scalar::id")]
    pub deal: Option<DealId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promo_code_is_read_with_numbers_or_texts() {
        let code: PromoCode = serde_json::from_str(
            r#"{"Id":77,"Code":"SUMMER10","Type":"LI","CreditPolicy":"ALWAYS","CampaignId":1000,"AssignedPartnerId":"10000",
                "State":"ACTIVE","StartDate":"2026-06-01T00:00:00-07:00","EndDate":"","DealId":"3"}"#,
        )
        .unwrap();
        assert_eq!(
            (code.matching, code.credit_policy, code.state),
            (PromoCodeMatch::Exact, CreditPolicy::Always, PromoCodeState::Active)
        );
        assert_eq!((code.partner.unwrap().as_str(), code.deal.unwrap().as_str()), ("10000", "3"));
        assert_eq!(code.ends_at, None);
    }
}
