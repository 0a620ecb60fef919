//! Contracts with partners: read only, with the limits that are the only real caps on spending.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::wire_enum;
use crate::wire::scalar;
use crate::{ContractId, EventTypeId, PartnerId, TemplateTermsId};

wire_enum! {
    /// Where a contract stands.
    ContractStatus {
        /// It holds.
        Active = "ACTIVE",
        /// It was declined.
        Declined = "DECLINED",
        /// It has ended.
        Expired = "EXPIRED",
        /// It waits for a decision.
        Pending = "PENDING",
        /// It holds later.
        Upcoming = "UPCOMING",
    }
}

wire_enum! {
    /// What a payout is counted by.
    PayoutLevel {
        /// Each item.
        Item = "ITEM",
        /// Each order.
        Order = "ORDER",
        /// Each click.
        Click = "CLICK",
        /// Each call.
        Call = "CALL",
    }
}

wire_enum! {
    /// What a limit counts.
    LimitKind {
        /// Actions.
        Action = "ACTION",
        /// Money paid out.
        Payout = "PAYOUT",
    }
}

/// A contract between the brand and a partner.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The partner.
    #[serde(rename = "PartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// Where it stands.
    #[serde(default)]
    pub status: ContractStatus,
    /// When it starts.
    #[serde(rename = "StartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    #[serde(rename = "EndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
    /// The terms that hold by default.
    #[serde(rename = "TemplateTerms", default, deserialize_with = "scalar::object")]
    pub terms: Option<TemplateTerms>,
    /// Terms that hold at times.
    #[serde(default, deserialize_with = "scalar::list")]
    pub scheduled_terms: Vec<SpecialTerms>,
    /// Terms of what impact.com's pages call a campaign.
    #[serde(default, deserialize_with = "scalar::list")]
    pub campaign_terms: Vec<SpecialTerms>,
}

/// The terms of a contract.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct TemplateTerms {
    /// The template.
    #[serde(rename = "TemplateId", default, deserialize_with = "scalar::id")]
    pub template: Option<TemplateTermsId>,
    /// The template's name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The template's labels.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub labels: Vec<String>,
    /// The currency of all amounts, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// What is paid for which kind of conversion.
    #[serde(rename = "EventPayouts", default, deserialize_with = "scalar::list")]
    pub payouts: Vec<EventPayout>,
}

/// Terms that hold for a time.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct SpecialTerms {
    /// Their name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Where they stand.
    #[serde(default)]
    pub status: ContractStatus,
    /// When they start.
    #[serde(rename = "StartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When they end.
    #[serde(rename = "EndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
    /// What is paid meanwhile.
    #[serde(rename = "EventPayouts", default, deserialize_with = "scalar::list")]
    pub payouts: Vec<EventPayout>,
}

/// What is paid for one kind of conversion.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct EventPayout {
    /// The kind of conversion.
    #[serde(rename = "EventTypeId", default, deserialize_with = "scalar::id")]
    pub event_type: Option<EventTypeId>,
    /// Its name.
    #[serde(rename = "EventTypeName", default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Its category.
    #[serde(rename = "EventCategory", default, deserialize_with = "scalar::text")]
    pub category: Option<String>,
    /// A fixed payout.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub default_payout: Option<Decimal>,
    /// A payout in percent of the revenue.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub default_payout_rate: Option<Decimal>,
    /// What it is counted by.
    #[serde(rename = "PayoutLevel", default)]
    pub level: PayoutLevel,
    /// Payouts for special cases.
    #[serde(rename = "PayoutGroups", default, deserialize_with = "scalar::list")]
    pub groups: Vec<PayoutGroup>,
}

/// A payout for a special case.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct PayoutGroup {
    /// Its number.
    #[serde(default, deserialize_with = "scalar::text")]
    pub id: Option<String>,
    /// Which of several goes first.
    #[serde(default, deserialize_with = "scalar::count")]
    pub rank: Option<u64>,
    /// A fixed payout.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub payout: Option<Decimal>,
    /// A payout in percent of the revenue.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub payout_rate: Option<Decimal>,
    /// How much is paid at most: the only real caps on spending, set by a person.
    #[serde(default, deserialize_with = "scalar::list")]
    pub limits: Vec<PayoutLimit>,
    /// Payouts that grow with success, as they came: their fields are not documented.
    #[serde(default, deserialize_with = "scalar::list")]
    pub tiers: Vec<Value>,
}

/// How much is paid at most. impact.com documents these fields for partners; for brands it only says that there are limits.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct PayoutLimit {
    /// What it counts.
    #[serde(rename = "Type", default)]
    pub kind: LimitKind,
    /// The most.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub value: Option<Decimal>,
    /// For each of what: the contract, an order, a customer, a click.
    #[serde(default, deserialize_with = "scalar::text")]
    pub limit_by: Option<String>,
    /// When it begins anew: each day, week, month, quarter, or never.
    #[serde(default, deserialize_with = "scalar::text")]
    pub period: Option<String>,
}

impl Contract {
    /// All limits of its default terms.
    pub fn limits(&self) -> impl Iterator<Item = &PayoutLimit> {
        let payouts = self.terms.iter().flat_map(|terms| &terms.payouts);
        payouts.flat_map(|payout| &payout.groups).flat_map(|group| &group.limits)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn a_contract_is_read_down_to_its_limits() {
        let contract: Contract = serde_json::from_str(
            r#"{"Id":"S-7777777","PartnerId":10000,"Status":"ACTIVE","StartDate":"2024-05-06T00:00:00-07:00","EndDate":"",
                "TemplateTerms":{"TemplateId":12,"Name":"Public","Labels":["x"],"Currency":"USD","EventPayouts":[
                  {"EventTypeId":2240,"EventTypeName":"Sale","DefaultPayoutRate":"4.0","PayoutLevel":"ORDER","PayoutGroups":[
                    {"Rank":1,"PayoutRate":5,"Limits":[{"Type":"PAYOUT","Value":"1000.00","LimitBy":"CONTRACT","Period":"MONTH"}]}]}]},
                "ScheduledTerms":null,"CampaignTerms":""}"#,
        )
        .unwrap();
        let limit = contract.limits().next().unwrap();
        assert_eq!((limit.kind.clone(), limit.value), (LimitKind::Payout, Some(dec!(1000))));
        assert_eq!(contract.terms.as_ref().unwrap().payouts[0].default_payout_rate, Some(dec!(4)));
        assert!(contract.scheduled_terms.is_empty());
        let bare: Contract = serde_json::from_str(r#"{"Id":"P-1","TemplateTerms":""}"#).unwrap();
        assert_eq!(bare.limits().count(), 0);
    }
}
