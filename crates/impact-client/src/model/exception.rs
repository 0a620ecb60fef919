//! Exception lists: products, categories or promo codes for which a contract has other terms.

use jiff::Timestamp;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{EventTypeId, ExceptionItemId, ExceptionListId, ProgramId, PromoCodeExceptionListId};

wire_enum! {
    /// Whether an exception list counts.
    ExceptionListState {
        /// It does.
        Active = "ACTIVE",
        /// It is closed.
        Closed = "CLOSED",
        /// It is deactivated.
        Deactivated = "DEACTIVATED",
    }
}

wire_enum! {
    /// What an exception list holds.
    ExceptionListKind {
        /// Categories.
        Category = "CATEGORY",
        /// Products by SKU.
        Sku = "SKU",
    }
}

wire_enum! {
    /// How an entry is compared.
    MatchMode {
        /// As it is.
        Equal = "EQ",
        /// As a regular expression.
        Regex = "REGEX",
    }
}

/// A list of products or categories for which other terms hold, down to no commission at all, where a contract refers to it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ExceptionList {
    /// Its id.
    pub id: ExceptionListId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Whether it counts.
    #[serde(default)]
    pub state: ExceptionListState,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// What it holds.
    #[serde(rename = "Type", default)]
    pub kind: ExceptionListKind,
    /// The kinds of conversions it is for.
    #[serde(rename = "ActionTrackers", default, deserialize_with = "scalar::list")]
    pub event_types: Vec<EventTypeRef>,
    /// How many entries it has.
    #[serde(rename = "NumberOfItems", default, deserialize_with = "scalar::count")]
    pub items: Option<u64>,
}

/// A list of promo codes for which other terms hold, where a contract refers to it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct PromoCodeExceptionList {
    /// Its id.
    pub id: PromoCodeExceptionListId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Whether it counts.
    #[serde(default)]
    pub state: ExceptionListState,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// The kinds of conversions it is for.
    #[serde(rename = "ActionTrackers", default, deserialize_with = "scalar::list")]
    pub event_types: Vec<EventTypeRef>,
    /// How many entries it has.
    #[serde(rename = "NumberOfItems", default, deserialize_with = "scalar::count")]
    pub items: Option<u64>,
}

/// A kind of conversion by its id and name.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct EventTypeRef {
    /// Its id.
    pub id: EventTypeId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
}

/// An entry of an exception list.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ExceptionItem {
    /// Its id.
    pub id: ExceptionItemId,
    /// The SKU, category or promo code.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub value: String,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::text")]
    pub name: Option<String>,
    /// How it is compared.
    #[serde(rename = "MatchMode", default)]
    pub matching: MatchMode,
    /// When it was added.
    #[serde(rename = "CreatedDate", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_and_its_entries_are_read() {
        let list: ExceptionList = serde_json::from_str(
            r#"{"Id":12,"Name":"No commission","State":"ACTIVE","Type":"SKU","ActionTrackers":[{"Id":2240,"Name":"Sale"}],
                "NumberOfItems":"3","DeactivationDate":""}"#,
        )
        .unwrap();
        assert_eq!((list.kind.clone(), list.items), (ExceptionListKind::Sku, Some(3)));
        assert_eq!(list.event_types[0].id.as_str(), "2240");
        let item: ExceptionItem = serde_json::from_str(r#"{"Id":"1","Value":"ANVIL","Name":"NA","MatchMode":"EQ"}"#).unwrap();
        assert_eq!((item.value.as_str(), item.name, item.matching), ("ANVIL", None, MatchMode::Equal));
    }
}
