//! Clicks: one by its id, a day's by export.

use campaign_pilot_core::ErrorKind;
use jiff::civil::{Date, date};
use serde::Deserialize;

use super::exports::Export;
use super::{ImpactApi, Listing, Unreadable};
use crate::{AdId, Click, ClickId, ImpactError, PartnerId};

/// The first day of which clicks can be exported.
const FIRST_DAY: Date = date(2024, 4, 10);

/// Which clicks of a day to export.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickQuery {
    /// The day, in the account's time zone. Clicks can be exported from 10 April 2024 on.
    pub day: Date,
    /// Those on these ads; empty for all.
    pub ads: Vec<AdId>,
    /// Those from these partners; empty for all.
    pub partners: Vec<PartnerId>,
    /// Only the first of several clicks of one person, or only the others; `None` takes all.
    pub unique: Option<bool>,
}

impl ClickQuery {
    /// All clicks of a day.
    #[must_use]
    pub const fn of(day: Date) -> Self {
        Self { day, ads: Vec::new(), partners: Vec::new(), unique: None }
    }
}

impl ImpactApi {
    /// One click; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn click(&self, id: &ClickId) -> Result<Option<Click>, ImpactError> {
        let request = self.below_program("Campaigns", "Clicks").segment(id);
        self.found("read the click at impact.com", &request, id, |click: &Click| &click.id).await
    }

    /// The clicks of one day, exported by a job. impact.com allows ten such exports a day; asking again for the same runs
    /// the same job again, which does not count as another one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`] when the quota of click exports is used up, by our count or impact.com's;
    /// [`ErrorKind::Unavailable`] when the job does not finish in time.
    pub async fn export_clicks(&self, query: &ClickQuery) -> Result<Listing<Click>, ImpactError> {
        const CALL: &str = "export the clicks from impact.com";
        if query.day < FIRST_DAY {
            return Err(ImpactError::new(ErrorKind::Invalid, CALL, format!("clicks can be exported from {FIRST_DAY} on")));
        }
        let mut request = self.below_program("Programs", "ClickExport").query("Date", query.day);
        request = query.ads.iter().fold(request, |request, ad| request.query("AdId", ad));
        request = query.partners.iter().fold(request, |request, partner| request.query("MediaId", partner));
        if let Some(unique) = query.unique {
            request = request.query("UniqueClick", unique);
        }
        let export = Export { call: CALL, ways: vec![request.query("ResultFormat", "JSON")] };
        let mut listing = Listing::empty();
        for record in self.exported(&export).await? {
            match Click::deserialize(&record) {
                Ok(click) => listing.items.push(click),
                Err(error) => listing.unreadable.push(Unreadable::new(&record, error.to_string())),
            }
        }
        Ok(listing)
    }
}
