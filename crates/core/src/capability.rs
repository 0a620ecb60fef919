//! What a platform can really do.

use serde::{Deserialize, Serialize};

use crate::{Currency, Money};

/// What a platform can really do, so that nothing is promised that it cannot keep.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Capabilities {
    /// The platform's name for people, such as `impact.com`.
    pub platform: String,
    /// How a create is kept from happening twice.
    pub create: CreateSafety,
    /// What pausing a campaign achieves.
    pub pause: PauseControl,
    /// What resuming a campaign takes.
    pub resume: ResumeControl,
    /// Who keeps a campaign within its budget.
    pub budget: BudgetControl,
    /// Whether impressions are counted.
    pub impressions: bool,
    /// What the platform bills.
    #[serde(default)]
    pub billing: Billing,
    /// The least that a campaign may cost on each of its days, where the platform has such a limit; in its currency.
    #[serde(default)]
    pub min_daily_budget: Option<Money>,
    /// The currency in which the platform bills.
    pub currency: Currency,
    /// What a person can set up once to get more, in sentences.
    pub advice: Vec<String>,
}

/// What a platform bills.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Billing {
    /// Commissions on sales; some partners are paid for clicks, too.
    #[default]
    Commissions,
    /// Clicks.
    Clicks,
}

/// How a create is kept from happening twice.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreateSafety {
    /// The platform takes a key and answers a repeated request with the first result.
    IdempotencyKey,
    /// Only our tag in a field that the platform stores: after a lost answer, look up before sending again.
    Reconcile,
}

/// What pausing achieves.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseControl {
    /// Delivery and spending stop.
    Native,
    /// No new partner can take the advertisement; links that are already posted keep earning.
    Unlist,
    /// The platform cannot pause.
    Unsupported,
}

/// What resuming takes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeControl {
    /// The same campaign delivers again.
    Native,
    /// It is tried on the same object; if that fails, a new object is needed.
    BestEffort,
    /// A new object is needed.
    Recreate,
    /// The platform cannot resume.
    Unsupported,
}

/// Who keeps a campaign within its budget.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetControl {
    /// The platform enforces it.
    Native,
    /// We keep the ledger and pause in time; spending arrives late, so it can overshoot.
    Ledger,
    /// Nobody can.
    Unsupported,
}
