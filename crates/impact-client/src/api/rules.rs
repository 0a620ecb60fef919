//! Rules that block or redirect clicks: only read, since a person sets them up.

use campaign_pilot_http::Request;

use super::form::Filtered;
use super::listing::Shape;
use super::{ImpactApi, Listing};
use crate::{BlockRedirectRule, ImpactError, RuleAction, RuleId, RuleState, RuleVariable};

/// Rules a page; impact.com documents it as the general default.
const PAGE_SIZE: u32 = 1_000;

/// Which rules of the program to list; `None` takes all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleFilter {
    /// Those of this name.
    pub name: Option<String>,
    /// Those with a condition on this.
    pub condition: Option<RuleVariable>,
    /// Those that do this.
    pub action: Option<RuleAction>,
    /// Those that stand so.
    pub state: Option<RuleState>,
}

impl ImpactApi {
    /// The rules of the program that block or redirect clicks.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn block_redirect_rules(&self, filter: &RuleFilter) -> Result<Listing<BlockRedirectRule>, ImpactError> {
        let request = Request::get("Programs")
            .segment(self.program_id())
            .segment("BlockRedirectRules")
            .query_any("Name", filter.name.as_ref())
            .query_any("Condition", filter.condition.as_ref())
            .query_any("Action", filter.action.as_ref())
            .query_any("State", filter.state.as_ref())
            .query("PageSize", PAGE_SIZE);
        self.pages("list the blocking rules at impact.com", &request, Shape::under(&["BlockRedirectRules"])).await
    }

    /// One rule; `None` when impact.com does not know it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn block_redirect_rule(&self, id: &RuleId) -> Result<Option<BlockRedirectRule>, ImpactError> {
        let request = Request::get("Programs").segment(self.program_id()).segment("BlockRedirectRules").segment(id);
        self.found("read the blocking rule at impact.com", &request, id, |rule: &BlockRedirectRule| &rule.id).await
    }
}
