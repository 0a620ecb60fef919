//! What a plan would still change, seen from the world as it is now.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{AdCopy, CampaignAction, CampaignId, DesiredStatus, Money, OperationId, PlanId, ProductId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Known, Plan, PlannedAction};
use crate::EngineError;

/// What is known of one campaign now. The default is a campaign that is not there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CampaignState {
    /// What we want of it; `None` when it does not exist.
    pub desired: Option<DesiredStatus>,
    /// The budget in force; `None` when it is not known.
    pub budget: Option<Money>,
    /// Whether it runs. What is to be paused may still run, and what is to be active may not run yet.
    pub runs: bool,
    /// The end in force, the first instant after the flight in UTC; `None` when it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// The words in force; `None` when they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<AdCopy>,
}

/// What is known of all campaigns now.
///
/// ```
/// use campaign_pilot_core::{CampaignId, DesiredStatus};
/// use campaign_pilot_decision_engine::{CampaignState, KnownWorld, Precondition};
///
/// let active = CampaignState { desired: Some(DesiredStatus::Active), runs: true, ..CampaignState::default() };
/// let campaign = CampaignId::new("autumn-mat")?;
/// let world = KnownWorld { campaigns: [(campaign.clone(), active)].into(), ..KnownWorld::default() };
/// assert!(Precondition::Desired { status: DesiredStatus::Active }.holds(&world.known(&campaign)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct KnownWorld {
    /// The campaigns; one that is missing does not exist, as far as is known.
    pub campaigns: BTreeMap<CampaignId, CampaignState>,
    /// The products that a running campaign promotes.
    pub advertised: BTreeSet<ProductId>,
}

/// What an action wants, in absolute terms: doing it twice changes nothing more.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "want")]
pub enum CampaignTarget {
    /// It is created and active.
    Created {
        /// The product it promotes.
        product: ProductId,
        /// Its budget.
        budget: Money,
    },
    /// It rests and does not run.
    Paused,
    /// It is active again.
    Resumed,
    /// It has this budget.
    Budget {
        /// The budget over its whole life.
        budget: Money,
    },
    /// It ends then.
    End {
        /// The first instant after its flight, in UTC.
        end: Timestamp,
    },
    /// It has these words.
    Copy {
        /// The words.
        copy: AdCopy,
    },
}

/// Why an action of a plan can no longer be carried out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "unmet")]
pub enum Unmet {
    /// We want something else of the campaign ([`Precondition::Desired`](crate::Precondition::Desired)).
    Desired {
        /// What the plan requires.
        required: DesiredStatus,
        /// What is wanted now; `None` when it does not exist.
        now: Option<DesiredStatus>,
    },
    /// The budget is another one ([`Precondition::BudgetIs`](crate::Precondition::BudgetIs)).
    Budget {
        /// What the plan requires.
        required: Money,
        /// The budget in force; `None` when it is not known.
        now: Option<Money>,
    },
    /// The end is another one ([`Precondition::EndIs`](crate::Precondition::EndIs)).
    End {
        /// What the plan requires.
        required: Timestamp,
        /// The end in force; `None` when it is not known.
        now: Option<Timestamp>,
    },
    /// The words are others ([`Precondition::CopyIs`](crate::Precondition::CopyIs)).
    Copy {
        /// What the plan requires.
        required: AdCopy,
        /// The words in force; `None` when they are not known.
        now: Option<AdCopy>,
    },
    /// A campaign for the product runs ([`Precondition::NotAdvertised`](crate::Precondition::NotAdvertised)).
    Advertised {
        /// The product.
        product: ProductId,
    },
    /// The campaign that was to be created is there, though not as the action wants it. Needs no precondition.
    Exists,
    /// The campaign that was to be resumed or to get another budget, end or words is not there. Needs no precondition; it is not named beside
    /// preconditions that do not hold.
    Missing,
}

/// How far an action of a plan is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ActionState {
    /// It can still be done, and would change something.
    ToDo,
    /// The world already is as the action wants it, whoever did it.
    Reached,
    /// What the plan was made on has changed.
    Overtaken {
        /// What does not hold, in the order of the action's preconditions; never empty.
        unmet: Vec<Unmet>,
    },
    /// Nothing stands against it, but it is too late to begin it.
    Expired,
}

/// One action of a plan beside the world.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ActionDiff {
    /// The operation, as in the plan.
    pub operation: OperationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// What it is now.
    pub from: CampaignState,
    /// What the action wants it to be.
    pub to: CampaignTarget,
    /// What that means for the action.
    #[serde(flatten)]
    pub state: ActionState,
}

/// What a plan would still change, and what that may cost: see [`Plan::diff`]. It is shown as a line for each action and one for the sums.
///
/// ```
/// use campaign_pilot_decision_engine::{KnownWorld, Plan};
///
/// let now = "2026-11-09T00:00:00Z".parse()?;
/// let plan = Plan::new(now, "2026-11-09T01:00:00Z".parse()?, Vec::new())?;
/// let diff = plan.diff(&KnownWorld::default(), now)?;
/// assert!(diff.is_reached());
/// assert_eq!(diff.to_string(), "0 of 0 left");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlanDiff {
    /// The plan.
    pub plan: PlanId,
    /// When it was held against the world.
    pub at: Timestamp,
    /// Its actions, in the plan's order.
    pub actions: Vec<ActionDiff>,
    /// The money that what is left to do may newly commit at most, one amount for each currency: what was reserved for it, or the
    /// raise from the budget in force now where that is more.
    pub commits: Vec<Money>,
    /// The money that what is left to do frees at most, one amount for each currency: the cut of a budget, and the whole budget of what
    /// is paused. What was spent of it stays spent, and a budget that is not known is not counted.
    pub frees: Vec<Money>,
}

impl Plan {
    /// What it would still change at `now`, in a world that is so.
    ///
    /// Each action is held against the world as it is, not as the actions before it would leave it. The first of these that is true
    /// is its state: [`ActionState::Reached`], [`ActionState::Overtaken`], [`ActionState::Expired`], [`ActionState::ToDo`].
    ///
    /// - A launch is reached when its campaign is to be active with the budget of the launch, a resumption when its campaign is to be
    ///   active: it may be scheduled, or kept from running by something else, and doing it again would not help.
    /// - A pause is reached when the campaign is to be paused or stopped and does not run any more.
    /// - A budget, an end and words are reached when they are in force, words whoever wrote them.
    ///
    /// # Errors
    ///
    /// [`EngineError::Money`] when an amount becomes too large.
    ///
    /// # Examples
    ///
    /// ```
    /// use campaign_pilot_core::{CampaignAction, CampaignId, Currency, DecisionId, DesiredStatus, Money, PlatformCampaignId};
    /// use campaign_pilot_decision_engine::{CampaignState, KnownWorld, Plan, PlannedAction, Precondition};
    /// use jiff::SignedDuration;
    /// use rust_decimal::dec;
    ///
    /// let euros = |amount| Money::new(amount, Currency::EUR);
    /// let campaign = CampaignId::new("c-1")?;
    /// let raise = CampaignAction::SetBudget {
    ///     campaign: campaign.clone(),
    ///     platform_id: PlatformCampaignId::new("4711")?,
    ///     budget: euros(dec!(25)),
    /// };
    /// let raise = PlannedAction::new(DecisionId::of("2026-11-09", "c-1"), 0, raise, euros(dec!(5)), "it earns")
    ///     .requiring(Precondition::BudgetIs { budget: euros(dec!(20)) });
    /// let now = "2026-11-09T00:00:00Z".parse()?;
    /// let plan = Plan::new(now, now + SignedDuration::from_hours(1), vec![raise])?;
    ///
    /// let with = |budget| {
    ///     let state = CampaignState { desired: Some(DesiredStatus::Active), budget: Some(euros(budget)), runs: true, ..Default::default() };
    ///     KnownWorld { campaigns: [(campaign.clone(), state)].into(), ..KnownWorld::default() }
    /// };
    /// let diff = plan.diff(&with(dec!(20)), now)?;
    /// assert_eq!(diff.actions[0].to_string(), "raise the budget of `c-1` from 20.00 EUR to 25.00 EUR");
    /// assert_eq!(diff.commits, [euros(dec!(5))]);
    ///
    /// let diff = plan.diff(&with(dec!(18)), now)?;
    /// assert_eq!(diff.actions[0].state.to_string(), "overtaken: its budget is 18.00 EUR instead of 20.00 EUR");
    /// assert!(plan.diff(&with(dec!(25)), now)?.is_reached());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff(&self, world: &KnownWorld, now: Timestamp) -> Result<PlanDiff, EngineError> {
        // The products are copied once, not for every action.
        let mut known = Known { advertised: world.advertised.clone(), ..Known::default() };
        let mut actions = Vec::with_capacity(self.actions.len());
        let mut commits = Vec::new();
        let mut freed = BTreeMap::new();
        for planned in &self.actions {
            let campaign = planned.action.campaign();
            let from = world.state(campaign);
            (known.desired, known.budget, known.end) = (from.desired, from.budget, from.end);
            known.copy.clone_from(&from.copy);
            let to = CampaignTarget::of(&planned.action);
            let state = state(planned, &to, &from, &known, self.is_expired(now));
            if state == ActionState::ToDo {
                add(&mut commits, committed(planned, &to, &from))?;
                if let Some(more) = to.frees(&from) {
                    let most = freed.entry(campaign).or_insert(more);
                    *most = most.greater(more)?;
                }
            }
            actions.push(ActionDiff { operation: planned.operation.clone(), campaign: campaign.clone(), from, to, state });
        }
        // A campaign that is cut and paused frees its budget once.
        let mut frees = Vec::new();
        for amount in freed.into_values() {
            add(&mut frees, amount)?;
        }
        Ok(PlanDiff { plan: self.id.clone(), at: now, actions, commits, frees })
    }
}

impl PlanDiff {
    /// How many actions are left to do: those that can be done and would change something.
    #[must_use]
    pub fn left(&self) -> usize {
        self.actions.iter().filter(|action| action.state == ActionState::ToDo).count()
    }

    /// Whether the world is as every action wants it; so it is for a plan without actions. An action that is overtaken or expired is
    /// not left to do, but was not reached either.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.actions.iter().all(|action| action.state == ActionState::Reached)
    }
}

impl KnownWorld {
    /// What is known of one campaign.
    ///
    /// ```
    /// use campaign_pilot_core::CampaignId;
    /// use campaign_pilot_decision_engine::{CampaignState, KnownWorld};
    ///
    /// assert_eq!(KnownWorld::default().state(&CampaignId::new("c-1")?), CampaignState::default());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn state(&self, campaign: &CampaignId) -> CampaignState {
        self.campaigns.get(campaign).cloned().unwrap_or_default()
    }

    /// What the preconditions of an action on a campaign are checked against.
    #[must_use]
    pub fn known(&self, campaign: &CampaignId) -> Known {
        let CampaignState { desired, budget, runs: _, end, copy } = self.state(campaign);
        Known { desired, budget, end, copy, advertised: self.advertised.clone() }
    }
}

impl CampaignState {
    /// Whether it may spend: it is to be active, or runs all the same.
    fn may_spend(&self) -> bool {
        self.runs || self.desired == Some(DesiredStatus::Active)
    }
}

impl CampaignTarget {
    /// What an action wants.
    #[must_use]
    pub fn of(action: &CampaignAction) -> Self {
        match action {
            CampaignAction::Create { spec } => Self::Created { product: spec.product.clone(), budget: spec.budget },
            CampaignAction::Pause { .. } => Self::Paused,
            CampaignAction::Resume { .. } => Self::Resumed,
            CampaignAction::SetBudget { budget, .. } => Self::Budget { budget: *budget },
            CampaignAction::SetEnd { end, .. } => Self::End { end: *end },
            CampaignAction::SetCopy { copy, .. } => Self::Copy { copy: copy.clone() },
        }
    }

    /// Whether a campaign already is so; [`Plan::diff`] says what that means for each.
    ///
    /// ```
    /// use campaign_pilot_core::DesiredStatus;
    /// use campaign_pilot_decision_engine::{CampaignState, CampaignTarget};
    ///
    /// let runs_on = CampaignState { desired: Some(DesiredStatus::Paused), runs: true, ..Default::default() };
    /// assert!(!CampaignTarget::Paused.is_reached(&runs_on));
    /// assert!(CampaignTarget::Paused.is_reached(&CampaignState { runs: false, ..runs_on }));
    /// ```
    #[must_use]
    pub fn is_reached(&self, now: &CampaignState) -> bool {
        match self {
            Self::Created { budget, .. } => now.desired == Some(DesiredStatus::Active) && now.budget == Some(*budget),
            Self::Paused => matches!(now.desired, Some(DesiredStatus::Paused | DesiredStatus::Stopped)) && !now.runs,
            Self::Resumed => now.desired == Some(DesiredStatus::Active),
            Self::Budget { budget } => now.budget == Some(*budget),
            Self::End { end } => now.end == Some(*end),
            Self::Copy { copy } => now.copy.as_ref().is_some_and(|now| now.has_words_of(copy)),
        }
    }

    /// What keeps it from being done at all, whatever the plan requires.
    fn hindrance(&self, now: &CampaignState) -> Option<Unmet> {
        match self {
            Self::Created { .. } => now.desired.map(|_| Unmet::Exists),
            // Whatever may run can be paused, also what nothing else is known of.
            Self::Paused => None,
            Self::Resumed | Self::Budget { .. } | Self::End { .. } | Self::Copy { .. } => {
                now.desired.is_none().then_some(Unmet::Missing)
            }
        }
    }

    /// What it frees at most. An earlier end frees nothing until the campaign is over.
    fn frees(&self, now: &CampaignState) -> Option<Money> {
        let budget = now.budget.filter(|_| now.may_spend())?;
        match self {
            Self::Paused => Some(budget),
            Self::Budget { budget: lower } => budget.checked_sub(*lower).ok().filter(|cut| cut.is_positive()),
            Self::Created { .. } | Self::Resumed | Self::End { .. } | Self::Copy { .. } => None,
        }
    }
}

fn state(planned: &PlannedAction, to: &CampaignTarget, from: &CampaignState, known: &Known, is_expired: bool) -> ActionState {
    if to.is_reached(from) {
        return ActionState::Reached;
    }
    let mut unmet: Vec<Unmet> = planned.preconditions.iter().filter_map(|condition| condition.unmet(known)).collect();
    let hindrance = to.hindrance(from).filter(|hindrance| unmet.is_empty() || *hindrance != Unmet::Missing);
    unmet.extend(hindrance);
    match (unmet.is_empty(), is_expired) {
        (false, _) => ActionState::Overtaken { unmet },
        (true, true) => ActionState::Expired,
        (true, false) => ActionState::ToDo,
    }
}

/// What an action may newly commit: a plan that cuts from 30 to 20 reserves nothing, but raises where the budget is 10 by now.
fn committed(planned: &PlannedAction, to: &CampaignTarget, from: &CampaignState) -> Money {
    let CampaignTarget::Budget { budget } = to else { return planned.reserved };
    let raise = from.budget.and_then(|now| budget.checked_sub(now).ok());
    raise.and_then(|raise| raise.greater(planned.reserved).ok()).unwrap_or(planned.reserved)
}

/// Adds a positive amount to the sum of its currency. The sums are in the order of the currencies' codes.
fn add(sums: &mut Vec<Money>, amount: Money) -> Result<(), EngineError> {
    if !amount.is_positive() {
        return Ok(());
    }
    match sums.binary_search_by_key(&amount.currency.code(), |sum| sum.currency.code()) {
        Ok(place) => {
            if let Some(sum) = sums.get_mut(place) {
                *sum = sum.checked_add(amount)?;
            }
        }
        Err(place) => sums.insert(place, amount),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
