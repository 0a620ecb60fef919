//! What is known of an action, and what the actions admitted before it have used up.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignAction, CampaignId, Currency, Money, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Guardrails;
use super::fact::{Fact, Unit};
use super::portfolio::{CampaignChanges, ListedProduct, Portfolio};
use super::table::GuardTable;
use crate::{PlannedAction, PolicyAmount};

/// What is known of a fact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reading {
    Number(Decimal),
    Flag(bool),
    /// The policy leaves the limit unset.
    Off,
    Unknown,
}

/// A plan while its actions are checked one after another.
pub(super) struct State<'a> {
    pub(super) table: &'static GuardTable,
    rails: &'a Guardrails,
    portfolio: &'a Portfolio,
    now: Timestamp,
    changed: BTreeMap<Key, Reading>,
}

/// A fact that admitted actions have changed: those of one campaign have its id, amounts their currency.
type Key = (Fact, Option<CampaignId>, Option<Currency>);

/// Why an action does not pass: all rules that refuse it, and what the first of them says.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) rules: Vec<String>,
    pub(super) reason: String,
}

/// An action before the rules.
pub(super) struct Case<'a> {
    state: &'a State<'a>,
    pub(super) planned: &'a PlannedAction,
    pub(super) currency: Currency,
}

impl<'a> State<'a> {
    pub(super) const fn new(rails: &'a Guardrails, portfolio: &'a Portfolio, now: Timestamp, table: &'static GuardTable) -> Self {
        Self { table, rails, portfolio, now, changed: BTreeMap::new() }
    }

    /// Holds an action against every rule; if all hold, counts it.
    pub(super) fn admit(&mut self, planned: &PlannedAction) -> Result<(), Refusal> {
        let case = Case::new(self, planned);
        let Some(kind) = self.table.kind_of(planned) else {
            let reason = format!("there is no rule for the action `{}`", planned.action.name());
            return Err(Refusal { rules: Vec::new(), reason });
        };
        let obstacles = self.table.rules.iter().filter_map(|rule| Some((rule, case.obstacle(rule, kind)?)));
        let obstacles: Vec<_> = obstacles.collect();
        if let Some((rule, obstacle)) = obstacles.first() {
            let rules = obstacles.iter().map(|(rule, _)| rule.id.to_owned()).collect();
            return Err(Refusal { rules, reason: case.reason(rule, obstacle) });
        }
        let updates = self.table.updates.iter().filter(|update| update.on.contains(&kind));
        let changed: Vec<_> = updates.map(|update| (case.key(update.fact), case.new_value(&update.to))).collect();
        self.changed.extend(changed);
        Ok(())
    }
}

impl<'a> Case<'a> {
    fn new(state: &'a State<'a>, planned: &'a PlannedAction) -> Self {
        let currency = match &planned.action {
            CampaignAction::Create { spec } => spec.budget.currency,
            CampaignAction::SetBudget { budget, .. } => budget.currency,
            CampaignAction::Pause { .. }
            | CampaignAction::Resume { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. } => planned.reserved.currency,
        };
        Self { state, planned, currency }
    }

    fn key(&self, fact: Fact) -> Key {
        let campaign = fact.is_of_one_campaign().then(|| self.planned.action.campaign().clone());
        (fact, campaign, (fact.unit() == Unit::Money).then_some(self.currency))
    }

    pub(super) fn reading(&self, fact: Fact) -> Reading {
        match &self.planned.action {
            CampaignAction::Create { .. } if fact == Fact::BudgetBefore => Reading::Number(Decimal::ZERO),
            CampaignAction::Create { .. } | CampaignAction::SetBudget { .. } => self.changed(fact),
            // No other action says a budget: the one in force stays.
            _ if fact == Fact::Budget => self.changed(Fact::BudgetBefore),
            _ => self.changed(fact),
        }
    }

    /// A fact as the actions admitted before left it.
    fn changed(&self, fact: Fact) -> Reading {
        self.state.changed.get(&self.key(fact)).copied().unwrap_or_else(|| self.at_first(fact))
    }

    /// A fact before any action of the plan was admitted.
    fn at_first(&self, fact: Fact) -> Reading {
        let Portfolio { committed, committed_today, committed_this_month, committed_in_life, .. } = self.state.portfolio;
        let rails = self.state.rails;
        match fact {
            Fact::Reserved => self.amount(Some(self.planned.reserved)),
            Fact::Budget => self.amount(self.budget()),
            Fact::BudgetBefore => self.amount(self.budget_before()),
            Fact::End => match &self.planned.action {
                CampaignAction::SetEnd { end, .. } => instant(Some(*end)),
                _ => Reading::Unknown,
            },
            Fact::EndBefore => instant(self.state.portfolio.ends.get(self.planned.action.campaign()).copied()),
            Fact::OneCurrency => Reading::Flag(self.is_in_one_currency()),
            Fact::Approved => Reading::Flag(self.state.portfolio.approved.contains(&self.planned.operation)),
            Fact::ChangesToday => self.changes().map_or(Reading::Unknown, |changes| Reading::Number(changes.today.into())),
            Fact::WasLowered => self.changes().map_or(Reading::Unknown, |changes| Reading::Flag(changes.lowered_at.is_some())),
            Fact::HoursSinceLowered => number(self.changes().and_then(|changes| self.hours_since(changes.lowered_at?))),
            Fact::ProductAllowed => match &rails.allowed_products {
                Some(allowed) => flag(self.product().map(|product| allowed.contains(product))),
                None => Reading::Flag(true),
            },
            Fact::CategoryAllowed => match &rails.allowed_categories {
                Some(allowed) => flag(self.listed().map(|listed| !listed.categories.is_disjoint(allowed))),
                None => Reading::Flag(true),
            },
            Fact::Stock => number(self.listed().and_then(|listed| listed.stock)),
            Fact::Committed => self.amount(Some(*committed)),
            Fact::CommittedToday => self.amount(*committed_today),
            Fact::CommittedThisMonth => self.amount(*committed_this_month),
            Fact::CommittedInLife => self.amount(*committed_in_life),
            Fact::LaunchesToday => Reading::Number(self.state.portfolio.launches_today.into()),
            Fact::IncreasesInPlan => Reading::Number(Decimal::ZERO),
            Fact::DataTrusted => Reading::Flag(self.state.portfolio.data_trusted),
            Fact::InBlackout if rails.blackout_hours.is_empty() => Reading::Flag(false),
            Fact::InBlackout => flag(self.state.portfolio.hour.map(|hour| rails.blackout_hours.contains(&hour))),
            Fact::TotalLimit => self.amount(rails.max_total_budget.of(self.currency)),
            Fact::CampaignLimit => self.amount(rails.max_budget_per_campaign.of(self.currency)),
            Fact::DayLimit => self.limit(rails.max_budget_per_day.as_ref()),
            Fact::MonthLimit => self.limit(rails.max_budget_per_month.as_ref()),
            Fact::LifeLimit => self.limit(rails.max_life_budget.as_ref()),
            Fact::ApprovalLimit => self.limit(rails.approval_above.as_ref()),
            Fact::DeliveryFactor => Reading::Number(rails.worst_case_delivery.get()),
            Fact::LaunchLimit => Reading::Number(rails.max_launches_per_day.into()),
            Fact::PlanLimit => Reading::Number(rails.max_actions_per_plan.into()),
            Fact::RaisePercentLimit => Reading::Number(rails.max_budget_raise_percent),
            Fact::ChangeLimit => optional(rails.max_changes_per_campaign_per_day.map(Decimal::from)),
            Fact::Cooldown => optional(rails.cooldown_hours_after_reversal.map(Decimal::from)),
            Fact::StockLimit => optional(rails.min_stock),
        }
    }

    pub(super) const fn table(&self) -> &'static GuardTable {
        self.state.table
    }

    /// The budget that shall be in force, where the action says it.
    fn budget(&self) -> Option<Money> {
        match &self.planned.action {
            CampaignAction::Create { spec } => Some(spec.budget),
            CampaignAction::SetBudget { budget, .. } => Some(*budget),
            CampaignAction::Pause { .. }
            | CampaignAction::Resume { .. }
            | CampaignAction::SetEnd { .. }
            | CampaignAction::SetCopy { .. } => None,
        }
    }

    fn budget_before(&self) -> Option<Money> {
        self.state.portfolio.budgets.get(self.planned.action.campaign()).copied()
    }

    /// Whether all amounts that the action is compared by are in its currency. What is unknown is missed elsewhere.
    fn is_in_one_currency(&self) -> bool {
        let only_lowers = self.planned.only_lowers();
        let is_new = matches!(self.planned.action, CampaignAction::Create { .. });
        let more = [self.planned.reserved, self.state.portfolio.committed];
        let budgets = [self.budget(), self.budget_before().filter(|_| !is_new)];
        let all = budgets.into_iter().flatten().chain(more.into_iter().filter(|_| !only_lowers));
        all.into_iter().all(|amount| amount.currency == self.currency)
    }

    fn changes(&self) -> Option<CampaignChanges> {
        let changes = self.state.portfolio.changes.as_ref()?;
        Some(changes.get(self.planned.action.campaign()).copied().unwrap_or_default())
    }

    fn hours_since(&self, instant: Timestamp) -> Option<Decimal> {
        Decimal::from(self.state.now.duration_since(instant).as_secs()).checked_div(Decimal::from(3_600))
    }

    fn product(&self) -> Option<&ProductId> {
        match &self.planned.action {
            CampaignAction::Create { spec } => Some(&spec.product),
            action => self.state.portfolio.advertised.get(action.campaign()),
        }
    }

    fn listed(&self) -> Option<&ListedProduct> {
        self.state.portfolio.products.get(self.product()?)
    }

    fn amount(&self, money: Option<Money>) -> Reading {
        number(money.filter(|money| money.currency == self.currency).map(|money| money.amount))
    }

    fn limit(&self, policy: Option<&PolicyAmount>) -> Reading {
        policy.map_or(Reading::Off, |policy| self.amount(policy.of(self.currency)))
    }
}

fn number(known: Option<Decimal>) -> Reading {
    known.map_or(Reading::Unknown, Reading::Number)
}

fn instant(known: Option<Timestamp>) -> Reading {
    number(known.and_then(|instant| Decimal::try_from_i128_with_scale(instant.as_nanosecond(), 9).ok()))
}

fn flag(known: Option<bool>) -> Reading {
    known.map_or(Reading::Unknown, Reading::Flag)
}

fn optional(limit: Option<Decimal>) -> Reading {
    limit.map_or(Reading::Off, Reading::Number)
}
