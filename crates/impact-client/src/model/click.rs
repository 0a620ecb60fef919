//! Clicks on the links of partners. Who clicked is left out.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{AdId, ClickId, PartnerId, ProgramId};

wire_enum! {
    /// What a click was made with.
    DeviceType {
        /// A computer.
        Desktop = "DESKTOP",
        /// A phone.
        Phone = "PHONE",
        /// A tablet.
        Tablet = "TABLET",
        /// A machine.
        Robot = "ROBOT",
        /// Something that was not recognised.
        Unknown = "UNKNOWN",
    }
}

/// A click on a partner's link.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Click {
    /// Its id.
    #[serde(alias = "ClickId")]
    pub id: ClickId,
    /// The program.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// The ad.
    #[serde(rename = "AdId", default, deserialize_with = "scalar::id")]
    pub ad: Option<AdId>,
    /// The partner.
    #[serde(rename = "MediaId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// When it was made.
    #[serde(rename = "EventDate", default, deserialize_with = "scalar::instant")]
    pub at: Option<Timestamp>,
    /// Whether it is the first of several by one person.
    #[serde(rename = "UniqueClick", default, deserialize_with = "scalar::flag")]
    pub is_unique: Option<bool>,
    /// The product.
    #[serde(rename = "ProductSku", default, deserialize_with = "scalar::text")]
    pub sku: Option<String>,
    /// The page it led to.
    #[serde(rename = "LandingPageUrl", default, deserialize_with = "scalar::text")]
    pub landing_page: Option<String>,
    /// What it was made with.
    #[serde(rename = "DeviceType", default)]
    pub device: DeviceType,
    /// The country it was made in.
    #[serde(rename = "CustomerCountry", default, deserialize_with = "scalar::text")]
    pub country: Option<String>,
    /// What it costs, in the program's currency.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub payout: Option<Decimal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_read_without_the_person() {
        let click: Click = serde_json::from_str(
            r#"{"Id":"R3x:1~a","CampaignId":"1000","MediaId":10000,"AdId":892081,"IpAddress":"192.0.2.7","ProfileId":"n/a",
                "EventDate":"2026-06-01T10:00:00-07:00","UniqueClick":"true","ProductSku":"NA","DeviceType":"PHONE","Payout":"0.05"}"#,
        )
        .unwrap();
        assert_eq!((click.sku.clone(), click.is_unique, click.device.clone()), (None, Some(true), DeviceType::Phone));
        assert_eq!(click.payout, Some(Decimal::new(5, 2)));
        assert!(!format!("{click:?}").contains("192.0.2.7"));
    }
}
