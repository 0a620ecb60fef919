//! What may be changed about a running campaign, and how long a change is measured.

use garde::Validate;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PolicyAmount, ranges};

/// What may be changed about a running campaign beside its budget, and how long a change is measured.
///
/// Raises of budgets follow the response curve and `[reallocation]`; they are measured like the others, but hold nothing back.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ChangesPolicy {
    /// Whether ends may be moved where that is expected to pay. Default on: as long as products need no rest between two flights, a new
    /// flight brings what a longer one would, so that no end is moved.
    pub move_end: bool,
    /// By how many days an end is moved at most at once. Default 7.
    #[garde(range(min = 1, max = 365))]
    pub end_days: u32,
    /// Whether the copy may be changed for a variant that was seen to do better. Default on.
    pub other_copy: bool,
    /// Whether a variant of which nothing is known may be tried, within what `exploration.budget_share` leaves. Default off.
    pub try_copies: bool,
    /// How many days of the campaign's expected contribution a change of copy may cost, since the platform looks at an ad anew. Default
    /// 0.5.
    #[garde(custom(ranges::not_negative))]
    pub copy_costs_days: Decimal,
    /// The least that a change of end or copy has to add, so that none is made for nothing; 1 dollar, euro or pound unless set. Without
    /// an amount in the platform's currency, anything above zero.
    #[garde(custom(ranges::amount))]
    pub least_gain: PolicyAmount,
    /// For how many days on offer a change is measured at most, after `settle_hours`: until then the next change of end or copy waits.
    /// Default 14.
    #[garde(range(min = 2, max = 90))]
    pub measuring_days: u32,
    /// How many hours after a change do not count: its day, and what its first orders need to be reported. Default 48.
    #[garde(range(min = 24, max = 720))]
    pub settle_hours: u32,
    /// How many days a campaign has to have been on offer before its copy is changed, so that there is a past to measure the change against.
    /// Default 4.
    #[garde(range(min = 2, max = 90))]
    pub past_days: u32,
    /// How often a change that did nothing may be called better or worse: the error rate over all looks. Default 0.05.
    #[garde(custom(ranges::probability))]
    pub alpha: Decimal,
    /// Whether raises of a budget that made a campaign worse are taken back. Default off: what an audience that tires brings less is no
    /// effect of the budget, and a raise whose last units do not pay is not made in the first place.
    pub take_back_budgets: bool,
}

impl Default for ChangesPolicy {
    fn default() -> Self {
        Self {
            move_end: true,
            end_days: 7,
            other_copy: true,
            try_copies: false,
            copy_costs_days: dec!(0.5),
            least_gain: PolicyAmount::nominal(Decimal::ONE),
            measuring_days: 14,
            settle_hours: 48,
            past_days: 4,
            alpha: dec!(0.05),
            take_back_budgets: false,
        }
    }
}
