#![doc = include_str!("../README.md")]

mod allocate;
mod amount;
mod budget;
mod decide;
mod error;
mod forecast;
mod gate;
mod guardrails;
mod ledger;
mod matrix;
mod plan;
mod reallocate;
mod selection;
mod sentence;
#[cfg(test)]
mod testing;

pub use allocate::{
    AllocatedBudget, Allocation, AllocationCampaign, AllocationEffort, AllocationError, AllocationProblem, Certificate,
    GroupLimit, Leftover, Off, OneMore, Response, Risk, Standing, Unspent, allocate,
};
pub use amount::PolicyAmount;
pub use budget::{BudgetPolicy, BudgetWorking, ExpectedReturn, budget};
pub use decide::{CampaignInput, Decision, DecisionPolicy, decide, decide_one};
pub use error::{EngineError, PlanError};
pub use forecast::{
    CostForecast, ForecastFacts, ForecastPolicy, LagBook, LagCurve, LagStep, LagTotals, SpendSample, SpendTrail, StopMark,
    forecast,
};
pub use gate::{EvidenceGate, Gated, HeldRule, MinimumExposure, Shortfall};
pub use guardrails::{Guarded, Guardrails, HeldAction, Portfolio};
pub use ledger::{BudgetStop, budget_stop};
pub use matrix::{Band, DecisionMatrix, Rule, RuleOutcome, RuleState, Ruling, Signals, WithoutViews};
pub use plan::{Interval, Known, Plan, PlannedAction, Precondition};
pub use reallocate::{BudgetChange, Reallocation, ReallocationPolicy, Share, ShareState, reallocate};
pub use selection::{Criterion, Outcome, ProductFacts, Reason, Refusal, Selection, SelectionPolicy, score_products};
