//! The time zone of a shop.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The time zone of a shop: a name of the IANA database, or a fixed offset from UTC where the shop names no place.
///
/// It is checked against this machine's time zone data when it is made, also when it is read back. Cheap to clone.
///
/// ```
/// use campaign_pilot_core::ShopTimeZone;
///
/// let zone: ShopTimeZone = "europe/berlin".parse()?;
/// assert_eq!(zone.as_str(), "Europe/Berlin");
/// let noon = "2026-07-01T10:00:00Z".parse::<jiff::Timestamp>().unwrap();
/// assert_eq!(zone.time_zone().to_datetime(noon).hour(), 12);
/// assert!("+05:30".parse::<ShopTimeZone>().is_ok());
/// assert!("Atlantis".parse::<ShopTimeZone>().is_err());
/// # Ok::<(), campaign_pilot_core::TimeZoneError>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShopTimeZone {
    name: Arc<str>,
    zone: TimeZone,
}

impl ShopTimeZone {
    /// The zone by its name, or by its offset as `+05:30`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The zone for calculations with dates.
    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl fmt::Display for ShopTimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl FromStr for ShopTimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, TimeZoneError> {
        let text = text.trim();
        let unknown = || TimeZoneError { text: text.to_owned() };
        // An offset is read as the end of a date, by the same grammar as everywhere.
        if text.starts_with(['+', '-']) {
            let dated: Zoned = format!("2000-01-01T00:00:00{text}[{text}]").parse().map_err(|_| unknown())?;
            return Ok(Self { name: text.into(), zone: dated.time_zone().clone() });
        }
        let zone = TimeZone::get(text).map_err(|_| unknown())?;
        Ok(Self { name: zone.iana_name().unwrap_or(text).into(), zone })
    }
}

impl TryFrom<String> for ShopTimeZone {
    type Error = TimeZoneError;

    fn try_from(text: String) -> Result<Self, TimeZoneError> {
        text.parse()
    }
}

impl From<ShopTimeZone> for String {
    fn from(zone: ShopTimeZone) -> Self {
        zone.name.as_ref().to_owned()
    }
}

/// The text is neither a time zone that this machine knows nor an offset from UTC.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{text}` is not a time zone that is known here, such as Europe/Berlin or +05:30")]
pub struct TimeZoneError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serialises_as_its_name() {
        for name in ["Europe/Berlin", "UTC", "+05:30", "-09:30", "+00:00"] {
            let zone: ShopTimeZone = name.parse().unwrap();
            assert_eq!(zone.to_string(), name);
            let json = serde_json::to_string(&zone).unwrap();
            assert_eq!(json, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<ShopTimeZone>(&json).unwrap(), zone);
        }
    }

    #[test]
    fn what_is_no_zone_is_named() {
        for text in ["", "Europe/Berln", "+", "+99:00", "+05:30]", "2026-01-01"] {
            let error = text.parse::<ShopTimeZone>().unwrap_err();
            assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
        }
        assert!(serde_json::from_str::<ShopTimeZone>("\"Atlantis\"").is_err());
    }
}
