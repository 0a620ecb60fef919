//! What the rules are about.

use campaign_pilot_core::Currency;
use serde::Serialize;

/// Something that a rule compares: of the action, of what is known, or of the policy.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fact {
    // The action and its campaign.
    Reserved,
    Budget,
    BudgetBefore,
    End,
    EndBefore,
    OneCurrency,
    Approved,
    ChangesToday,
    WasLowered,
    HoursSinceLowered,
    ProductAllowed,
    CategoryAllowed,
    Stock,
    // All campaigns together.
    Committed,
    CommittedToday,
    CommittedThisMonth,
    CommittedInLife,
    LaunchesToday,
    IncreasesInPlan,
    DataTrusted,
    InBlackout,
    // The policy.
    TotalLimit,
    CampaignLimit,
    DayLimit,
    MonthLimit,
    LifeLimit,
    ApprovalLimit,
    DeliveryFactor,
    LaunchLimit,
    PlanLimit,
    RaisePercentLimit,
    ChangeLimit,
    Cooldown,
    StockLimit,
}

/// What a fact is measured in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Unit {
    /// An amount in the currency of the action.
    Money,
    /// A pure number, hours, or units of a product.
    Number,
    /// Seconds since 1970-01-01T00:00:00Z.
    Instant,
    /// A whole number.
    Count,
    /// Yes or no.
    Flag,
}

impl Fact {
    pub(super) const ALL: &'static [Self] = &[
        Self::Reserved,
        Self::Budget,
        Self::BudgetBefore,
        Self::End,
        Self::EndBefore,
        Self::OneCurrency,
        Self::Approved,
        Self::ChangesToday,
        Self::WasLowered,
        Self::HoursSinceLowered,
        Self::ProductAllowed,
        Self::CategoryAllowed,
        Self::Stock,
        Self::Committed,
        Self::CommittedToday,
        Self::CommittedThisMonth,
        Self::CommittedInLife,
        Self::LaunchesToday,
        Self::IncreasesInPlan,
        Self::DataTrusted,
        Self::InBlackout,
        Self::TotalLimit,
        Self::CampaignLimit,
        Self::DayLimit,
        Self::MonthLimit,
        Self::LifeLimit,
        Self::ApprovalLimit,
        Self::DeliveryFactor,
        Self::LaunchLimit,
        Self::PlanLimit,
        Self::RaisePercentLimit,
        Self::ChangeLimit,
        Self::Cooldown,
        Self::StockLimit,
    ];

    pub(super) const fn unit(self) -> Unit {
        match self {
            Self::Reserved
            | Self::Budget
            | Self::BudgetBefore
            | Self::Committed
            | Self::CommittedToday
            | Self::CommittedThisMonth
            | Self::CommittedInLife
            | Self::TotalLimit
            | Self::CampaignLimit
            | Self::DayLimit
            | Self::MonthLimit
            | Self::LifeLimit
            | Self::ApprovalLimit => Unit::Money,
            Self::End | Self::EndBefore => Unit::Instant,
            Self::OneCurrency
            | Self::Approved
            | Self::WasLowered
            | Self::ProductAllowed
            | Self::CategoryAllowed
            | Self::DataTrusted
            | Self::InBlackout => Unit::Flag,
            Self::ChangesToday
            | Self::LaunchesToday
            | Self::IncreasesInPlan
            | Self::LaunchLimit
            | Self::PlanLimit
            | Self::ChangeLimit => Unit::Count,
            Self::HoursSinceLowered
            | Self::Stock
            | Self::DeliveryFactor
            | Self::RaisePercentLimit
            | Self::Cooldown
            | Self::StockLimit => Unit::Number,
        }
    }

    /// Whether it is about one campaign, so that an action on another one leaves it as it is.
    pub(super) const fn is_of_one_campaign(self) -> bool {
        matches!(self, Self::BudgetBefore | Self::EndBefore | Self::ChangesToday | Self::WasLowered | Self::HoursSinceLowered)
    }

    /// Whether a policy can leave it unset, so that nothing is limited by it.
    pub(super) const fn may_be_off(self) -> bool {
        matches!(
            self,
            Self::DayLimit
                | Self::MonthLimit
                | Self::LifeLimit
                | Self::ApprovalLimit
                | Self::ChangeLimit
                | Self::Cooldown
                | Self::StockLimit
        )
    }

    /// The name that stands for it in a sentence's braces.
    pub(super) fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What is said when a rule needs the fact and it is not known.
    pub(super) fn missing(self, currency: Currency) -> String {
        let limit = |of: &str| format!("no limit for {of} is set in {currency}");
        let unknown = |what: &str| format!("{what} is not known");
        match self {
            Self::TotalLimit => limit("all campaigns"),
            Self::CampaignLimit => limit("one campaign"),
            Self::DayLimit => limit("one day"),
            Self::MonthLimit => limit("one month"),
            Self::LifeLimit => limit("the whole life"),
            Self::ApprovalLimit => limit("spending without an approval"),
            Self::BudgetBefore => unknown("the budget in force"),
            Self::Budget => unknown("the budget"),
            Self::EndBefore => unknown("the end in force"),
            Self::End => unknown("the end"),
            Self::Reserved => unknown("what is reserved"),
            Self::Committed => unknown("what is committed"),
            Self::CommittedToday => unknown("what was committed today"),
            Self::CommittedThisMonth => unknown("what was committed this month"),
            Self::CommittedInLife => unknown("what was committed over the whole life"),
            Self::LaunchesToday => unknown("how many launches there were today"),
            Self::IncreasesInPlan => unknown("how many raises and launches are in the plan"),
            Self::ChangesToday => unknown("how often the campaign was changed today"),
            Self::WasLowered | Self::HoursSinceLowered => unknown("when the campaign was last cut, shortened or paused"),
            Self::ProductAllowed => unknown("which product the campaign is for"),
            Self::CategoryAllowed => unknown("which categories the product is in"),
            Self::Stock => unknown("the product's stock"),
            Self::InBlackout => unknown("the hour of the shop's day"),
            Self::DataTrusted => unknown("whether the data can be trusted"),
            Self::OneCurrency => unknown("the currency"),
            Self::Approved => unknown("whether it is approved"),
            Self::DeliveryFactor => unknown("the worst-case delivery"),
            Self::LaunchLimit
            | Self::PlanLimit
            | Self::RaisePercentLimit
            | Self::ChangeLimit
            | Self::Cooldown
            | Self::StockLimit => unknown("a limit of the policy"),
        }
    }
}
