//! Partners, their groups, and the links made for them.

use jiff::Timestamp;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{ContractId, PartnerGroupId, PartnerId, ProgramId};

wire_enum! {
    /// Where a partner stands.
    PartnerState {
        /// It promotes.
        Active = "ACTIVE",
        /// Its contract has ended.
        Expired = "EXPIRED",
        /// It waits.
        Pending = "PENDING",
        /// It was declined.
        Declined = "DECLINED",
        /// It is suspended.
        Suspended = "SUSPENDED",
        /// It is deactivated.
        Deactivated = "DEACTIVATED",
        /// It is being closed.
        Closing = "CLOSING",
        /// It is closed.
        Closed = "CLOSED",
        /// It has none.
        NotApplicable = "NOT_APPLICABLE",
    }
}

wire_enum! {
    /// Whether the brand works with a partner.
    RelationshipState {
        /// It does.
        Active = "ACTIVE",
        /// It does not.
        Inactive = "INACTIVE",
    }
}

wire_enum! {
    /// How a partner came to the brand.
    PartnerKind {
        /// The brand brought it.
        Direct = "DIRECT",
        /// It was found in the marketplace.
        Marketplace = "MARKETPLACE",
    }
}

/// A partner: who brings the traffic. Addresses, phones and people are left out.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// What it says about itself.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub description: String,
    /// Its website.
    #[serde(default, deserialize_with = "scalar::text")]
    pub website: Option<String>,
    /// Where it stands.
    #[serde(default)]
    pub state: PartnerState,
    /// How it came to the brand.
    #[serde(rename = "PartnerType", default)]
    pub kind: PartnerKind,
    /// The currency in which it is paid, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// The countries in which it promotes.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub promotional_countries: Vec<String>,
    /// What it writes about.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub promotional_categories: Vec<String>,
    /// The programs that it has joined.
    #[serde(default, deserialize_with = "scalar::list")]
    pub programs: Vec<JoinedProgram>,
    /// When it was created.
    #[serde(rename = "DateCreated", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it was changed the last time.
    #[serde(rename = "DateLastUpdated", default, deserialize_with = "scalar::instant")]
    pub updated_at: Option<Timestamp>,
}

/// A program that a partner has joined.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct JoinedProgram {
    /// The program.
    pub id: ProgramId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The contract.
    #[serde(rename = "ContractId", default, deserialize_with = "scalar::id")]
    pub contract: Option<ContractId>,
    /// When it joined.
    #[serde(rename = "JoinDate", default, deserialize_with = "scalar::instant")]
    pub joined_at: Option<Timestamp>,
    /// When that ends.
    #[serde(rename = "ExpirationDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
}

/// A group of partners.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct PartnerGroup {
    /// Its id.
    pub id: PartnerGroupId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Who is in it.
    #[serde(rename = "MediaPartners", alias = "Partners", default, deserialize_with = "scalar::list")]
    pub members: Vec<GroupMember>,
}

/// A partner in a group.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct GroupMember {
    /// The partner.
    #[serde(rename = "PartnerId")]
    pub id: PartnerId,
    /// Its name.
    #[serde(rename = "PartnerName", default, deserialize_with = "scalar::plain")]
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_read_without_its_people() {
        let partner: Partner = serde_json::from_str(
            r#"{"Id":"10000","Name":"Acme Partner","State":"HIBERNATING","PartnerType":"MARKETPLACE","Currency":"USD",
                "Contacts":[{"FirstName":"Jo","Email":"jo@example.com"}],"PromotionalCountries":["US","CA"],
                "Programs":[{"Id":1000,"Name":"Acme","ContractId":"S-7777777","JoinDate":"2024-05-06T00:00:00-07:00"}]}"#,
        )
        .unwrap();
        assert_eq!(partner.state, PartnerState::Other("HIBERNATING".to_owned()));
        assert_eq!(partner.programs[0].contract.as_ref().unwrap().as_str(), "S-7777777");
        assert!(!format!("{partner:?}").contains("jo@"));
    }

    #[test]
    fn a_group_without_members_is_empty() {
        let group: PartnerGroup = serde_json::from_str(r#"{"Id":"7","Name":"Hold","MediaPartners":""}"#).unwrap();
        assert!(group.members.is_empty());
        let group: PartnerGroup =
            serde_json::from_str(r#"{"Id":7,"MediaPartners":[{"PartnerId":1,"PartnerName":"A"}]}"#).unwrap();
        assert_eq!(group.members[0].id.as_str(), "1");
    }
}
