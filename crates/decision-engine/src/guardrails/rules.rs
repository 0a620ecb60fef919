//! The rules themselves.
//!
//! What they keep is proved by `.ci/prove_guardrails.py` from this very table, with properties that are stated apart from it.

use super::fact::Fact as F;
use super::table::{Condition, GuardRule, GuardTable, Kind, KindRow, NewValue, Reserves, Shown, Term, Update};
use Condition::{Any, AtMost, Below, Is, IsNot, Off};
use Kind::{Create, Cut, Extend, Pause, Raise, Resume, Reword, Shorten};
use NewValue::Yes;
use Term::{Difference, Fact, Number, Product, Sum};

const INCREASES: &[Kind] = &[Create, Raise, Resume, Extend];
const LOWERS: &[Kind] = &[Cut, Shorten, Pause];
const EVERYTHING: &[Kind] = &[Create, Raise, Resume, Extend, Cut, Shorten, Pause, Reword];
/// What other words must wait for, too: what they bring is not known before.
const CHANGES: &[Kind] = &[Create, Raise, Resume, Extend, Reword];

/// What an action may cost at worst, and what would then be committed.
const AT_WORST: Term = Product(&Fact(F::DeliveryFactor), &Fact(F::Reserved));
const TOTAL_AT_WORST: Term = Sum(&Fact(F::Committed), &AT_WORST);
const DAY_AT_WORST: Term = Sum(&Fact(F::CommittedToday), &AT_WORST);
const MONTH_AT_WORST: Term = Sum(&Fact(F::CommittedThisMonth), &AT_WORST);
const LIFE_AT_WORST: Term = Sum(&Fact(F::CommittedInLife), &AT_WORST);

/// What a campaign may cost over its life at worst.
const CAMPAIGN_AT_WORST: Term = Product(&Fact(F::DeliveryFactor), &Fact(F::Budget));

/// By how much a budget grows.
const NEEDED: Term = Difference(&Fact(F::Budget), &Fact(F::BudgetBefore));

pub(super) static TABLE: GuardTable = GuardTable { kinds: KINDS, facts: F::ALL, rules: RULES, updates: UPDATES, shown: SHOWN };

const KINDS: &[KindRow] = &[
    KindRow { kind: Create, action: "create", reserves: Reserves::Anything },
    KindRow { kind: Raise, action: "set_budget", reserves: Reserves::Something },
    KindRow { kind: Cut, action: "set_budget", reserves: Reserves::Nothing },
    KindRow { kind: Resume, action: "resume", reserves: Reserves::Anything },
    KindRow { kind: Extend, action: "set_end", reserves: Reserves::Something },
    KindRow { kind: Shorten, action: "set_end", reserves: Reserves::Nothing },
    KindRow { kind: Reword, action: "set_copy", reserves: Reserves::Anything },
    KindRow { kind: Pause, action: "pause", reserves: Reserves::Anything },
];

const RULES: &[GuardRule] = &[
    GuardRule {
        id: "one_currency",
        on: &[Create, Raise, Resume, Extend, Cut],
        requires: Is(F::OneCurrency),
        refusal: "amounts of two currencies cannot be compared",
    },
    GuardRule {
        id: "cut_lowers",
        on: &[Cut],
        requires: AtMost(Fact(F::Budget), Fact(F::BudgetBefore)),
        refusal: "a budget of {budget} instead of {budget_before} is a raise, but no money is reserved for it",
    },
    GuardRule {
        id: "shorten_lowers",
        on: &[Shorten],
        requires: AtMost(Fact(F::End), Fact(F::EndBefore)),
        refusal: "an end of {end} instead of {end_before} is later, but no money is reserved for the added days",
    },
    GuardRule {
        id: "extend_lengthens",
        on: &[Extend],
        requires: AtMost(Fact(F::EndBefore), Fact(F::End)),
        refusal: "an end of {end} instead of {end_before} is earlier, but {reserved} are reserved for added days",
    },
    GuardRule {
        id: "copy_reserves_nothing",
        on: &[Reword],
        requires: AtMost(Fact(F::Reserved), Number(0)),
        refusal: "other words cost nothing, but {reserved} are reserved for them",
    },
    GuardRule {
        id: "data_trusted",
        on: CHANGES,
        requires: Is(F::DataTrusted),
        refusal: "the data are incomplete or too old: nothing may be raised on them",
    },
    GuardRule {
        id: "no_blackout",
        on: INCREASES,
        requires: IsNot(F::InBlackout),
        refusal: "nothing is raised or launched at this hour of the shop's day",
    },
    GuardRule {
        id: "actions_in_plan",
        on: INCREASES,
        requires: Below(Fact(F::IncreasesInPlan), Fact(F::PlanLimit)),
        refusal: "more than {plan_limit} raises and launches in one plan",
    },
    GuardRule {
        id: "launches_in_day",
        on: &[Create],
        requires: Below(Fact(F::LaunchesToday), Fact(F::LaunchLimit)),
        refusal: "more than {launch_limit} launches in one day",
    },
    GuardRule {
        id: "changes_in_day",
        on: CHANGES,
        requires: Any(&[Off(F::ChangeLimit), Below(Fact(F::ChangesToday), Fact(F::ChangeLimit))]),
        refusal: "the campaign was changed {changes_today} times today, and {change_limit} are allowed",
    },
    GuardRule {
        id: "cooldown",
        on: &[Raise, Resume, Extend, Reword],
        requires: Any(&[Off(F::Cooldown), IsNot(F::WasLowered), AtMost(Fact(F::Cooldown), Fact(F::HoursSinceLowered))]),
        refusal: "the campaign was cut, shortened or paused less than {cooldown} hours ago",
    },
    GuardRule {
        id: "product_allowed",
        on: INCREASES,
        requires: Is(F::ProductAllowed),
        refusal: "the product is not among those that may be advertised",
    },
    GuardRule {
        id: "category_allowed",
        on: INCREASES,
        requires: Is(F::CategoryAllowed),
        refusal: "the product is in no category that may be advertised",
    },
    GuardRule {
        id: "stock",
        on: INCREASES,
        requires: Any(&[Off(F::StockLimit), AtMost(Fact(F::StockLimit), Fact(F::Stock))]),
        refusal: "{stock} units are in stock, and {stock_limit} are needed",
    },
    GuardRule {
        id: "raise_step",
        on: &[Raise],
        requires: AtMost(Product(&Number(100), &NEEDED), Product(&Fact(F::RaisePercentLimit), &Fact(F::BudgetBefore))),
        refusal: "a budget of {budget} is more than {raise_percent_limit} % above {budget_before}",
    },
    GuardRule {
        id: "reserve_not_negative",
        on: &[Create, Resume],
        requires: AtMost(Number(0), Fact(F::Reserved)),
        refusal: "{reserved} cannot be reserved",
    },
    GuardRule {
        id: "reserve_covers",
        on: &[Create, Raise],
        requires: AtMost(NEEDED, Fact(F::Reserved)),
        refusal: "only {reserved} are reserved for {needed}",
    },
    GuardRule {
        id: "campaign_limit",
        on: INCREASES,
        requires: AtMost(CAMPAIGN_AT_WORST, Fact(F::CampaignLimit)),
        refusal: "{campaign_at_worst} would be above the limit of {campaign_limit} for one campaign",
    },
    GuardRule {
        id: "total_limit",
        on: INCREASES,
        requires: AtMost(TOTAL_AT_WORST, Fact(F::TotalLimit)),
        refusal: "{total_at_worst} would be above the limit of {total_limit} for all campaigns",
    },
    GuardRule {
        id: "day_limit",
        on: INCREASES,
        requires: Any(&[Off(F::DayLimit), AtMost(DAY_AT_WORST, Fact(F::DayLimit))]),
        refusal: "{day_at_worst} would be above the limit of {day_limit} for one day",
    },
    GuardRule {
        id: "month_limit",
        on: INCREASES,
        requires: Any(&[Off(F::MonthLimit), AtMost(MONTH_AT_WORST, Fact(F::MonthLimit))]),
        refusal: "{month_at_worst} would be above the limit of {month_limit} for one month",
    },
    GuardRule {
        id: "life_limit",
        on: INCREASES,
        requires: Any(&[Off(F::LifeLimit), AtMost(LIFE_AT_WORST, Fact(F::LifeLimit))]),
        refusal: "{life_at_worst} would be above the limit of {life_limit} for the whole life",
    },
    GuardRule {
        id: "approval",
        on: INCREASES,
        requires: Any(&[Off(F::ApprovalLimit), AtMost(AT_WORST, Fact(F::ApprovalLimit)), Is(F::Approved)]),
        refusal: "spending {at_worst}, more than {approval_limit}, needs an approval",
    },
];

const UPDATES: &[Update] = &[
    Update { fact: F::Committed, on: INCREASES, to: NewValue::Term(TOTAL_AT_WORST) },
    Update { fact: F::CommittedToday, on: INCREASES, to: NewValue::Term(DAY_AT_WORST) },
    Update { fact: F::CommittedThisMonth, on: INCREASES, to: NewValue::Term(MONTH_AT_WORST) },
    Update { fact: F::CommittedInLife, on: INCREASES, to: NewValue::Term(LIFE_AT_WORST) },
    Update { fact: F::IncreasesInPlan, on: INCREASES, to: NewValue::Term(Sum(&Fact(F::IncreasesInPlan), &Number(1))) },
    Update { fact: F::LaunchesToday, on: &[Create], to: NewValue::Term(Sum(&Fact(F::LaunchesToday), &Number(1))) },
    Update { fact: F::ChangesToday, on: EVERYTHING, to: NewValue::Term(Sum(&Fact(F::ChangesToday), &Number(1))) },
    Update { fact: F::WasLowered, on: LOWERS, to: Yes },
    Update { fact: F::HoursSinceLowered, on: LOWERS, to: NewValue::Term(Number(0)) },
    Update { fact: F::BudgetBefore, on: &[Cut], to: NewValue::Term(Fact(F::Budget)) },
    Update { fact: F::EndBefore, on: &[Shorten], to: NewValue::Term(Fact(F::End)) },
];

/// Amounts that sentences show beside the facts.
const SHOWN: &[Shown] = &[
    Shown { name: "at_worst", amount: AT_WORST },
    Shown { name: "campaign_at_worst", amount: CAMPAIGN_AT_WORST },
    Shown { name: "day_at_worst", amount: DAY_AT_WORST },
    Shown { name: "life_at_worst", amount: LIFE_AT_WORST },
    Shown { name: "month_at_worst", amount: MONTH_AT_WORST },
    Shown { name: "needed", amount: NEEDED },
    Shown { name: "total_at_worst", amount: TOTAL_AT_WORST },
];
