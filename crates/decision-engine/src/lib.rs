#![doc = include_str!("../README.md")]

mod allocate;
mod amount;
mod budget;
mod calibration;
mod decide;
mod error;
mod explain;
mod flip;
mod forecast;
mod gate;
mod guardrails;
mod improve;
mod ledger;
mod matrix;
mod off_policy;
mod outlook;
mod overrides;
mod pacing;
mod plan;
mod prospect;
pub mod ranges;
mod reallocate;
mod response;
mod selection;
mod sentence;
#[cfg(test)]
mod testing;

pub use allocate::{
    AllocatedBudget, Allocation, AllocationCampaign, AllocationEffort, AllocationError, AllocationProblem, Certificate,
    GroupLimit, Leftover, Off, OneMore, ResponseCurve, Risk, Standing, Unspent, allocate,
};
pub use amount::PolicyAmount;
pub use budget::{BudgetPolicy, BudgetWorking, ExpectedReturn, budget};
pub use calibration::{CalibrationBook, CalibrationPolicy, CalibrationState, Caution, DecidingRule, DecisionOutcome, RuleCheck};
pub use decide::{CampaignInput, Decision, DecisionPolicy, Readings, decide, decide_again, decide_one};
pub use error::{EngineError, PlanError};
pub use explain::{
    DecidedBy, ENGINE_VERSION, EvidenceOf, Explanation, ExplanationSection, FactSource, FactValue, MissingFact,
    StatedContribution, StatedEvidence, StatedFact, explain,
};
pub use flip::{Bound, Fact, Flip, flips};
pub use forecast::{
    CostForecast, ForecastFacts, ForecastPolicy, LagBook, LagCurve, LagStep, LagTotals, SpendSample, SpendTrail, StopMark,
    forecast, forecast_after_stop,
};
pub use gate::{Basis, EvidenceGate, EvidencePolicy, Gated, HeldRule, Shortfall, StoreEvidence};
pub use guardrails::{
    CampaignChanges, DeliveryFactor, GuardRule, GuardTable, Guarded, GuardrailError, Guardrails, HeldAction, HourOfDay,
    ListedProduct, Portfolio,
};
pub use improve::{
    BestChange, CampaignShape, Candidate, Change, ChangeEffect, ChangeKind, ChangeLimits, ChangeReview, ChangesPolicy,
    CopyRecord, CopyWorth, EffectVerdict, EndFacts, Ground, Improvement, Measuring, Obstacle, PassedOver, RateChange,
    ResultSample, ResultTrail, SeenChange, WhyNot, best_change, change_effects, earlier_end, later_end, other_copies, take_back,
};
pub use ledger::{BudgetKeeping, BudgetStop, CostToCome, budget_stop, upper_of_sum};
pub use matrix::{Band, DecisionMatrix, Rule, RuleOutcome, RuleState, Ruling, Signals, WithoutViews};
pub use off_policy::{LoggedChoice, ModelledReward, OffPolicy, OffPolicyError, OffPolicyEstimate, OffPolicySettings, off_policy};
pub use outlook::{ContributionOutlook, Prediction, contribution_outlook, flight_spread};
pub use overrides::{AppliedOverride, DecisionOverride, GateMode, GateOverride, MatrixOverride, OverrideSource};
pub use pacing::{DailyOffer, PacingPolicy, price_of_budget};
pub use plan::{
    ActionDiff, ActionState, CampaignState, CampaignTarget, Interval, Known, KnownWorld, Plan, PlanDiff, PlannedAction,
    Precondition, Unmet,
};
pub use prospect::{
    BudgetPrice, ContributionPolicy, MarginPolicy, MarginSource, ProductMargin, Prospect, ProspectFacts, SimilarPolicy, prospect,
};
pub use reallocate::{BudgetChange, Reallocation, ReallocationPolicy, RunningCampaign, SpendOutlook, reallocate};
pub use response::{AdRecord, Response, ResponsePolicy, by_product};
pub use selection::{Criterion, Outcome, ProductFacts, Reason, Refusal, Selection, SelectionPolicy, score_products};
