//! The answer: budgets, what they are worth, what is proven about that, and why.

use std::collections::BTreeMap;
use std::fmt;

use campaign_pilot_core::{CampaignId, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A budget divided, with its certificate.
///
/// Returns are in the problem's currency per unit of it, before that unit itself is taken off and after what moving it costs.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Allocation {
    /// What each campaign gets, in the order of their ids.
    pub shares: Vec<AllocatedBudget>,
    /// What the budgets are worth: expected contributions, less what moving costs, less the spend where money is kept; by the
    /// risk's measure where doubt counts. Rounded down to six digits beyond what the currency settles in.
    pub value: Money,
    /// No division that keeps the limits is worth more. Rounded up.
    pub bound: Money,
    /// `(bound - value) / |value|`: the share of the value that may be missing at most; 0 where both are 0.
    pub gap: Decimal,
    /// How the bound came about.
    pub certificate: Certificate,
    /// What the last unit brings in every campaign that no limit holds; where limits hold all of them, what the next unit
    /// would bring at most.
    pub marginal_return: Decimal,
    /// What one more unit of the total would do.
    pub one_more: OneMore,
    /// What is left of the total.
    pub unspent: Money,
    /// Why, where at least the smallest unit is left.
    pub unspent_because: Option<Unspent>,
}

/// How a bound came about.
///
/// Anybody can compute the dual again: `sum_i max_x (f_i(x) - w x - c_i |x - h_i| - p_i x) + p total + sum_g (p_g - p) limit_g`, `p_i`
/// being the price of the campaign's group, or the common one `p`. It is a bound at any prices `p_g >= p >= 0`. Where doubt counts
/// it was taken at weights of the draws that are not given here.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Certificate {
    /// The price of money at which the Lagrangian dual is least.
    pub price: Decimal,
    /// The prices in the limited groups, by their names.
    pub group_prices: BTreeMap<String, Decimal>,
    /// That dual: a bound without any branching.
    pub dual_bound: Money,
    /// How many relaxations were solved; 1 when the first one was exact.
    pub relaxations: u32,
}

/// What a campaign gets, and why.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AllocatedBudget {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its budget in force.
    pub from: Option<Money>,
    /// Its new budget, in what the currency settles in.
    pub to: Money,
    /// What it is expected to contribute with it, before its cost.
    pub contribution: Money,
    /// What its next unit would bring; `None` where that is beyond all measure.
    pub next_return: Option<Decimal>,
    /// Why it does not get more.
    pub standing: Standing,
    /// The budget and its reason in one sentence.
    pub sentence: String,
}

/// Why a campaign does not get more, or less.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its last unit brings what it brings everywhere.
    Common,
    /// It has all there is.
    All,
    /// It is at its own upper limit.
    AtMost,
    /// Its step lets it rise no further.
    StepUp,
    /// It is at its own lower limit, and would get less without it.
    AtLeast,
    /// Its step lets it fall no further.
    StepDown,
    /// Moving its budget costs more than that would bring.
    NotMoved,
    /// The limit of its group is spent, and all of the group have the same return.
    GroupLimit {
        /// What the last unit brings in the group.
        group_return: Decimal,
    },
    /// It gets nothing: even its first unit brings less than the common return.
    FirstUnit {
        /// What its first unit would bring.
        first_return: Decimal,
    },
    /// It is off: at no budget do its units bring the common return on average.
    Off {
        /// The best average.
        best_return: Decimal,
        /// The budget that has it.
        best_at: Money,
    },
    /// It is off: it would pay, but what is left is worth more elsewhere than the budget that it needs.
    DoesNotFit {
        /// The best average.
        best_return: Decimal,
        /// The budget that has it.
        best_at: Money,
    },
    /// It gets what is left, less than would be best for it.
    Remainder,
    /// More would bring no more than it costs.
    Saturated,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Common => f.write_str("its last unit brings what it brings in the other campaigns"),
            Self::All => f.write_str("it gets all there is"),
            Self::AtMost => f.write_str("it is at its upper limit"),
            Self::StepUp => f.write_str("it may not rise further in one step"),
            Self::AtLeast => f.write_str("it is at its lower limit and would get less without it"),
            Self::StepDown => f.write_str("it may not fall further in one step"),
            Self::NotMoved => f.write_str("moving its budget costs more than that would bring"),
            Self::GroupLimit { group_return } => {
                write!(f, "the limit of its group is spent, where the last unit brings {}", shown(*group_return))
            }
            Self::FirstUnit { first_return } => write!(f, "even its first unit would bring only {}", shown(*first_return)),
            Self::Off { best_return, best_at } => {
                write!(f, "its first units bring little, and even {best_at} would bring only {} each", shown(*best_return))
            }
            Self::DoesNotFit { best_return, best_at } => {
                let each = shown(*best_return);
                write!(f, "it would need {best_at} to bring {each} each, and that much is worth more elsewhere")
            }
            Self::Remainder => f.write_str("it gets what is left, and would use more well"),
            Self::Saturated => f.write_str("more would bring no more than it costs"),
        }
    }
}

/// What one more unit of the total would do.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OneMore {
    /// What it would add to the value, at least.
    pub gain: Money,
    /// The campaign that would get most of it; `None` when it would not be spent.
    pub goes_to: Option<CampaignId>,
    /// The same in one sentence.
    pub sentence: String,
}

/// Why something is left.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unspent {
    /// Every campaign that could use more is at a limit.
    Limits,
    /// In no campaign would another unit bring more than it costs.
    NothingGained,
    /// What is left is too little for a campaign that gets nothing, and the others are at limits.
    TooLittle,
}

impl fmt::Display for Unspent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limits => "every campaign that could use more is at a limit",
            Self::NothingGained => "in no campaign would it bring more than it costs",
            Self::TooLittle => "it is too little for a campaign that gets nothing, and the others are at limits",
        })
    }
}

impl fmt::Display for AllocatedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// A return with two decimals: `"1.35"`.
pub(super) fn shown(rate: Decimal) -> String {
    format!("{:.2}", rate.round_dp(2))
}
