//! Actions of the program in a period.

use std::collections::BTreeSet;

use campaign_pilot_core::{ErrorKind, Period};
use campaign_pilot_http::Request;
use jiff::SignedDuration;

use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::windows::{floor_second, windows};
use crate::{Action, ActionId, ActionItem, ImpactError};

/// Actions a page: the default and the most.
pub(super) const PAGE_SIZE: u32 = 20_000;

/// The same SKU may be in an action twice, so nothing tells items apart.
const ITEMS: Shape = Shape::under(&["ActionItems"]).told_apart_by("");

/// A window that is not longer is not cut any more, whatever impact.com says to it.
const SHORTEST: SignedDuration = SignedDuration::from_hours(24);

impl ImpactApi {
    /// All actions of the program whose event lies in the period, each once, over windows of at most 45 days.
    ///
    /// impact.com can filter neither by ad nor by partner. An action without an event date is kept. impact.com takes
    /// dates of the last three years, and refuses windows with more than ten full pages: those are cut in halves.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn actions(&self, period: Period) -> Result<Listing<Action>, ImpactError> {
        let mut all = Listing::empty();
        let mut seen = BTreeSet::new();
        let mut todo: Vec<Period> = windows(period).collect();
        todo.reverse();
        while let Some(window) = todo.pop() {
            match self.actions_in(window).await {
                Ok(part) => {
                    let is_asked = |action: &Action| action.event_at.is_none_or(|at| period.contains(at));
                    all.join(part, |action| is_asked(action) && seen.insert(action.id.clone()));
                }
                Err(error) if error.kind() == ErrorKind::Invalid && error.status() == Some(400) => match halves(window) {
                    Some((first, second)) => todo.extend([second, first]),
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    /// Both ends count as inside for impact.com, so an event on a seam comes twice.
    async fn actions_in(&self, window: Period) -> Result<Listing<Action>, ImpactError> {
        let request = Request::get("Actions")
            .query("CampaignId", self.program_id())
            .query("ActionDateStart", self.date(window.start()))
            .query("ActionDateEnd", self.date(window.end()))
            .query("PageSize", PAGE_SIZE);
        self.pages("list the actions at impact.com", &request, Shape::under(&["Actions"])).await
    }

    /// One action; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn action(&self, id: &ActionId) -> Result<Option<Action>, ImpactError> {
        let request = Request::get("Actions").segment(id);
        self.found("read the action at impact.com", &request, id, |action: &Action| &action.id).await
    }

    /// The products of an action.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn action_items(&self, id: &ActionId) -> Result<Listing<ActionItem>, ImpactError> {
        let request = Request::get("Actions").segment(id).segment("Items");
        self.pages("list the items of the action at impact.com", &request, ITEMS).await
    }

    /// One product of an action by its SKU; `None` when the action has none such.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn action_item(&self, id: &ActionId, sku: &str) -> Result<Option<ActionItem>, ImpactError> {
        let request = Request::get("Actions").segment(id).segment("Items").segment(sku);
        self.maybe("read the item of the action at impact.com", &request).await
    }
}

/// The two halves of a window, whole seconds; `None` when it is too short for that.
fn halves(window: Period) -> Option<(Period, Period)> {
    if window.length() <= SHORTEST {
        return None;
    }
    let middle = floor_second(window.start().checked_add(window.length() / 2).ok()?);
    Some((Period::new(window.start(), middle).ok()?, Period::new(middle, window.end()).ok()?))
}
