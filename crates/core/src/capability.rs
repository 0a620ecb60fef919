//! What a platform can really do.

use serde::{Deserialize, Serialize};

use crate::{Currency, Money};

/// What a platform can really do, so that nothing is promised that it cannot keep.
///
/// Begin with [`Capabilities::new`], which promises nothing, and name what the platform can do: then a capability that is added
/// later is one that it does not have.
///
/// ```
/// use campaign_pilot_core::{Capabilities, Currency, EndControl, PauseControl};
///
/// let capabilities = Capabilities { pause: PauseControl::Native, ..Capabilities::new("bazaar", Currency::EUR) };
/// assert_eq!(capabilities.end, EndControl::Unsupported);
/// ```
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
    /// Whether the end of a running campaign can be moved.
    #[serde(default)]
    pub end: EndControl,
    /// Whether a campaign can be given other words.
    #[serde(default)]
    pub copy: CopyControl,
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

impl Capabilities {
    /// A platform of this name that bills commissions in `currency`, and of which nothing else is known: creates are reconciled, and
    /// nothing can be paused, resumed, budgeted, moved or reworded.
    #[must_use]
    pub fn new(platform: impl Into<String>, currency: Currency) -> Self {
        Self {
            platform: platform.into(),
            create: CreateSafety::Reconcile,
            pause: PauseControl::Unsupported,
            resume: ResumeControl::Unsupported,
            budget: BudgetControl::Unsupported,
            end: EndControl::Unsupported,
            copy: CopyControl::Unsupported,
            impressions: false,
            billing: Billing::Commissions,
            min_daily_budget: None,
            currency,
            advice: Vec::new(),
        }
    }
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

/// Whether the end of a running campaign can be moved.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndControl {
    /// The same object ends earlier or later.
    Supported,
    /// An end stays as it was when the campaign was created.
    #[default]
    Unsupported,
}

/// Whether a campaign can be given other words.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyControl {
    /// The same object carries other words. What partners have published already can keep the old ones.
    Supported,
    /// Words stay as they were when the campaign was created.
    #[default]
    Unsupported,
}
