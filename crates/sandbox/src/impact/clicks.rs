//! Clicks one by one. The market counts them by the hour: within it they are spread evenly.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::answer::Answer;
use super::program::is_ours;
use super::shape::{amount, number};
use super::state::{ClickCount, PlatformState};
use super::time::{day_of, write_date};

/// One click.
struct Click {
    ad: u64,
    partner: u64,
    hour: Timestamp,
    /// Its place within the hour.
    place: u64,
    of: ClickCount,
}

/// One click by its id.
pub(super) fn one(state: &PlatformState, program: &str, id: &str) -> Result<Value, Answer> {
    let found = || {
        let mut parts = id.split('-').map(|part| part.parse::<u64>().ok());
        let (ad, hour, partner, place) = (parts.next()??, parts.next()??, parts.next()??, parts.next()??);
        let hour = Timestamp::from_second(i64::try_from(hour).ok()?).ok()?;
        let of = state.click_count(ad, hour, partner).filter(|of| place < of.clicks)?;
        Some(Click { ad, partner, hour, place, of })
    };
    let click = found().filter(|_| is_ours(program, state.settings())).ok_or_else(Answer::not_found)?;
    Ok(click.resource(state))
}

/// The rows of a day's export, at most of some ads and some partners.
pub(super) fn rows(state: &PlatformState, day: Date, ads: &[u64], partners: &[u64], now: Timestamp) -> Vec<Value> {
    let offset = state.settings().offset();
    let mut rows = Vec::new();
    for (ad, hour, partner, of) in state.click_counts() {
        let is_asked = (ads.is_empty() || ads.contains(&ad)) && (partners.is_empty() || partners.contains(&partner));
        if is_asked && hour <= now && day_of(hour, offset) == day {
            rows.extend((0..of.clicks).map(|place| Click { ad, partner, hour, place, of }.row(state)));
        }
    }
    rows
}

impl Click {
    fn id(&self) -> String {
        format!("{}-{}-{}-{}", self.ad, self.hour.as_second(), self.partner, self.place)
    }

    fn at(&self) -> Timestamp {
        let step = i64::try_from(3600 * self.place / self.of.clicks.max(1)).unwrap_or_default();
        Timestamp::from_second(self.hour.as_second() + step).unwrap_or(self.hour)
    }

    fn payout(&self) -> Decimal {
        self.of.cost / Decimal::from(self.of.clicks.max(1))
    }

    fn resource(&self, state: &PlatformState) -> Value {
        let settings = state.settings();
        let ad = state.ad(self.ad);
        json!({
            "Id": self.id(),
            "CampaignId": settings.program_id,
            "CampaignName": settings.program_name,
            "ProfileId": "",
            "IpAddress": "NA",
            "EventDate": write_date(self.at(), settings.offset()),
            "MediaId": self.partner,
            "MediaName": state.partner_name(self.partner),
            "AdId": self.ad,
            "AdName": ad.map(|ad| ad.name.clone()),
            "AdType": ad.map(|ad| ad.ad_type.clone()),
            "ProductSku": "",
            "CustomerCountry": "DE",
            "DeviceType": "UNKNOWN",
            "Browser": "null",
            "Os": "null",
            "ReferringUrl": null,
            "ReferringDomain": "NA",
            "LandingPageUrl": ad.map(|ad| ad.landing_page.clone()).filter(|page| !page.is_empty()),
            "SharedId": "",
            "UniqueClick": true,
            "CpcBid": amount(self.payout()),
            "Payout": number(self.payout()),
            "TrafficCategory": "AFFILIATE",
        })
    }

    /// Cells of an export are text.
    fn row(&self, state: &PlatformState) -> Value {
        let settings = state.settings();
        let ad = state.ad(self.ad);
        json!({
            "Id": self.id(),
            "CampaignId": settings.program_id.to_string(),
            "EventDate": write_date(self.at(), settings.offset()),
            "MediaId": self.partner.to_string(),
            "MediaName": state.partner_name(self.partner),
            "AdId": self.ad.to_string(),
            "AdName": ad.map_or("", |ad| ad.name.as_str()),
            "AdType": ad.map_or("", |ad| ad.ad_type.as_str()),
            "LandingPageUrl": ad.map_or("", |ad| ad.landing_page.as_str()),
            "ReferringDomain": "NA",
            "DeviceType": "UNKNOWN",
            "UniqueClick": "true",
            "Payout": amount(self.payout()),
        })
    }
}
