//! Actions of the program in a period.

use std::collections::BTreeSet;

use campaign_pilot_core::Period;
use campaign_pilot_http::Request;

use super::{ImpactApi, Listing};
use crate::windows::windows;
use crate::{Action, ImpactError};

/// Actions a page: the default and the most.
const PAGE_SIZE: u32 = 20_000;

impl ImpactApi {
    /// All actions of the program whose event lies in the period, each once, over windows of at most 45 days.
    ///
    /// impact.com can filter neither by ad nor by partner. An action without an event date is kept.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn actions(&self, period: Period) -> Result<Listing<Action>, ImpactError> {
        let mut all = Listing { items: Vec::new(), unreadable: Vec::new(), complete: true };
        let mut seen = BTreeSet::new();
        for window in windows(period) {
            // Both ends count as inside for impact.com, so an event on a seam comes twice.
            let request = Request::get("Actions")
                .query("CampaignId", self.program_id())
                .query("ActionDateStart", self.date(window.start()))
                .query("ActionDateEnd", self.date(window.end()))
                .query("PageSize", PAGE_SIZE);
            let part: Listing<Action> = self.pages("list the actions at impact.com", &request, "Actions").await?;
            let is_asked = |action: &Action| action.event_at.is_none_or(|at| period.contains(at));
            all.items.extend(part.items.into_iter().filter(|action| is_asked(action) && seen.insert(action.id.clone())));
            all.unreadable.extend(part.unreadable);
            all.complete &= part.complete;
        }
        Ok(all)
    }
}
