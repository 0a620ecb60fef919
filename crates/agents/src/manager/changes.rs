//! Changes of running campaigns: the one that is expected to bring most is chosen for each, and carried out.

use std::collections::BTreeMap;

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{
    Billing, BudgetControl, CampaignAction, CampaignId, CampaignRecord, CopyControl, DecisionId, DesiredStatus, EndControl,
    Money, ProductId, Stock,
};
use campaign_pilot_decision_engine::{
    Basis, BestChange, BudgetChange, CampaignInput, Candidate, Change, ChangeEffect, ChangeKind, ChangeLimits, ChangeReview,
    CopyRecord, CopyWorth, EndFacts, Ground, Improvement, Interval, Measuring, Obstacle, PlannedAction, Precondition, Prospect,
    best_change, change_effects, earlier_end, later_end, other_copies, take_back,
};
use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::json;

use super::draft::{Draft, without_verdict};
use super::{Judged, ManagerAgent};
use crate::creator::exploration_left;
use crate::policy::{days, hours};
use crate::prospects::{LOOK_BACK_DAYS, Prospects};
use crate::snapshot::{Known, Snapshot};

/// What variants of the copy did, for each product.
type Copies = BTreeMap<ProductId, BTreeMap<String, CopyRecord>>;

/// What could be changed about a campaign, and what earlier changes did.
#[derive(Default)]
struct Review {
    candidates: Vec<Candidate>,
    effects: Vec<ChangeEffect>,
    measuring: Option<Measuring>,
}

impl ManagerAgent {
    /// Chooses for each campaign the one change that is expected to bring most, and says of the others why not.
    pub(super) fn choose_changes(
        &self,
        inputs: &mut [CampaignInput],
        snapshot: &Snapshot,
        known: &Known,
        prospects: &Prospects,
        raises: &[BudgetChange],
    ) {
        let currency = snapshot.platform_currency;
        let raises: BTreeMap<_, _> = raises.iter().map(|raise| (&raise.campaign, raise)).collect();
        let records: BTreeMap<_, _> = known.live(snapshot.now).map(|record| (&record.campaign.spec.id, record)).collect();
        let copies = self.copies_seen(snapshot, known);
        let mut trials = exploration_left(&self.policy, known, snapshot, prospects);
        let mut reviews = Vec::with_capacity(inputs.len());
        for input in inputs.iter() {
            let record = records.get(&input.campaign).copied();
            let facts = record.map(|record| Facts { manager: self, snapshot, known, prospects, record, input });
            let raise = raises.get(&input.campaign).copied();
            let review = facts.map(|facts| facts.review(raise, &copies)).unwrap_or_default();
            // What is being tried takes up its share as long as it is measured.
            if review.measuring.as_ref().is_some_and(|measuring| measuring.change.kind() == ChangeKind::Copy) {
                trials = less(trials, at_worst(&review.candidates, |change| change.kind() == ChangeKind::Copy));
            }
            reviews.push(review);
        }
        let least = self.policy.changes.least_gain.of(currency);
        for (input, Review { candidates, effects, measuring }) in inputs.iter_mut().zip(reviews) {
            let limits = ChangeLimits { currency, least, trials };
            let BestChange { best, passed } = best_change(&candidates, measuring.as_ref(), &limits);
            if let Some(Improvement { change, ground: Ground::Trial, .. }) = &best {
                trials = less(trials, at_worst(&candidates, |tried| tried == change));
            }
            input.improvement = best;
            input.changes = Some(ChangeReview { passed, effects });
        }
    }

    /// What is to be written for the campaigns that get other words.
    pub(crate) fn rewrites(&self, snapshot: &Snapshot, known: &Known, judged: &Judged) -> Vec<(CampaignId, CopyBrief)> {
        let brief = |(id, change): (&CampaignId, &Change)| {
            let Change::OtherCopy { variant, .. } = change else { return None };
            let (record, _) = known.with_object(id)?;
            let listed = snapshot.products.get(&record.campaign.spec.product);
            let product = listed.unwrap_or(&record.campaign.product).clone();
            let brief = CopyBrief {
                price: product.price,
                product,
                headline_limit: self.policy.flight.headline_limit,
                body_limit: self.policy.flight.body_limit,
                variant: Some(variant.clone()),
            };
            Some((id.clone(), brief))
        };
        chosen(judged).filter_map(brief).collect()
    }

    /// Carries out the changes of ends, words and budgets that were decided, beside raises: one for a campaign, and none where the same
    /// plan does something else to it.
    pub(super) fn make_changes(&self, snapshot: &Snapshot, known: &Known, judged: &Judged, draft: &mut Draft) {
        let inputs: BTreeMap<_, _> = judged.inputs.iter().map(|input| (&input.campaign, input)).collect();
        for (id, change) in chosen(judged) {
            let Some((record, _)) = known.with_object(id) else { continue };
            let is_touched = draft.actions.iter().any(|action| action.action.campaign() == id);
            if is_touched || draft.stopped.contains(id) || known.is_open(id) || record.campaign.desired != DesiredStatus::Active {
                continue;
            }
            let Some(input) = inputs.get(id) else { continue };
            let Some(improvement) = &input.improvement else { continue };
            let sentence = format!("`{}`: {improvement}", record.campaign.spec.name);
            let decision = DecisionId::of(&snapshot.cycle, &format!("{id}/change"));
            match self.action(record, change, input, judged, draft.cut) {
                Ok(Some((action, reserved, precondition))) => {
                    let planned = PlannedAction::new(decision.clone(), 0, action, reserved, sentence.clone())
                        .requiring(Precondition::Desired { status: DesiredStatus::Active })
                        .requiring(precondition);
                    draft.actions.push(planned);
                    let inputs = json!({ "change": improvement });
                    draft.records.push(without_verdict(decision, record, snapshot, sentence, inputs));
                }
                Ok(None) => {}
                Err(reason) => draft.notes.push(format!("{sentence}; not done: {reason}")),
            }
        }
    }

    /// The action behind a change, with what it reserves and what must still be so; `None` for what is not carried out here.
    fn action(
        &self,
        record: &CampaignRecord,
        change: &Change,
        input: &CampaignInput,
        judged: &Judged,
        cut: bool,
    ) -> Result<Option<(CampaignAction, Money, Precondition)>, String> {
        let campaign = record.campaign.spec.id.clone();
        let Some(platform_id) = record.campaign.platform_id.clone() else { return Ok(None) };
        let nothing = Money::zero(self.capabilities.currency);
        Ok(match change {
            Change::MoveEnd { from, to } if to > from => {
                if cut {
                    return Err("budgets have to be cut".to_owned());
                }
                let added = input.prospect.as_ref().and_then(|prospect| cost_of(prospect, *from, *to));
                let reserved = added.ok_or("what the added days may cost is not known")?;
                let action = CampaignAction::SetEnd { campaign, platform_id, end: *to };
                Some((action, reserved, Precondition::EndIs { end: *from }))
            }
            Change::MoveEnd { from, to } => {
                let action = CampaignAction::SetEnd { campaign, platform_id, end: *to };
                Some((action, nothing, Precondition::EndIs { end: *from }))
            }
            Change::OtherCopy { variant, .. } => {
                let copy = judged.copies.get(&campaign).cloned().ok_or("the words were not written")?;
                if copy.written_by != *variant {
                    return Err(format!("the words were written as `{}`", copy.written_by));
                }
                let before = Precondition::CopyIs { copy: record.campaign.spec.copy.clone() };
                Some((CampaignAction::SetCopy { campaign, platform_id, copy }, nothing, before))
            }
            Change::LowerBudget { from, to } => {
                let action = CampaignAction::SetBudget { campaign, platform_id, budget: *to };
                Some((action, nothing, Precondition::BudgetIs { budget: *from }))
            }
            Change::RaiseBudget { .. } | Change::NewAd => None,
        })
    }

    /// The stop of a campaign on a platform that cannot pause: where its end can be moved, it ends within the hour. `None` where that
    /// cannot be done, and where it ends by then anyway.
    pub(super) fn end_instead(
        &self,
        decision: DecisionId,
        record: &CampaignRecord,
        now: Timestamp,
        sentence: String,
    ) -> Option<PlannedAction> {
        let (campaign, flight) = (record.campaign.spec.id.clone(), record.campaign.spec.flight);
        let soon = now.checked_add(hours(1)).ok().filter(|soon| *soon < flight.end())?;
        let platform_id = record.campaign.platform_id.clone().filter(|_| self.capabilities.end == EndControl::Supported)?;
        let action = CampaignAction::SetEnd { campaign, platform_id, end: soon };
        let nothing = Money::zero(self.capabilities.currency);
        let planned = PlannedAction::new(decision, 0, action, nothing, sentence);
        Some(planned.requiring(Precondition::EndIs { end: flight.end() }))
    }

    /// What variants of the copy did in the campaigns that still count, where another one can be had.
    fn copies_seen(&self, snapshot: &Snapshot, known: &Known) -> Copies {
        if self.copies.is_empty() || self.copy_obstacle().is_some() {
            return Copies::new();
        }
        let memory = days(self.policy.cadence.response_days);
        let remembered = known.campaigns.iter().filter(|record| {
            let end = record.campaign.spec.flight.end();
            end.checked_add(memory).is_ok_and(|until| snapshot.now < until)
        });
        known.results.copies(remembered, &known.spending, snapshot.now)
    }

    fn end_obstacle(&self) -> Option<Obstacle> {
        let allowed = (!self.policy.changes.move_end).then_some(Obstacle::NotAllowed);
        if self.capabilities.end == EndControl::Unsupported { Some(Obstacle::NotSupported) } else { allowed }
    }

    fn copy_obstacle(&self) -> Option<Obstacle> {
        let allowed = (!self.policy.changes.other_copy).then_some(Obstacle::NotAllowed);
        if self.capabilities.copy == CopyControl::Unsupported { Some(Obstacle::NotSupported) } else { allowed }
    }
}

/// A campaign whose changes are looked for.
#[derive(Clone, Copy)]
struct Facts<'a> {
    manager: &'a ManagerAgent,
    snapshot: &'a Snapshot,
    known: &'a Known,
    prospects: &'a Prospects,
    record: &'a CampaignRecord,
    input: &'a CampaignInput,
}

impl Facts<'_> {
    fn review(self, raise: Option<&BudgetChange>, copies: &Copies) -> Review {
        let Some(prospect) = &self.input.prospect else {
            return Review { candidates: raise.map(|raise| raised(raise, None)).into_iter().collect(), ..Review::default() };
        };
        let (now, policy) = (self.snapshot.now, &self.manager.policy.changes);
        let kept = prospect.margin.factor() * prospect.caused;
        let trail = self.known.results.of(&self.record.campaign.spec.id);
        let effects = trail.map(|trail| change_effects(trail, policy, kept, now)).unwrap_or_default();
        let measuring = effects.iter().find_map(|effect| effect.measuring(now));
        let mut candidates: Vec<_> = raise.map(|raise| raised(raise, Some(prospect))).into_iter().collect();
        // What is not settled may be in force already.
        if !self.known.is_open(&self.record.campaign.spec.id) {
            candidates.extend(self.ends(prospect));
            candidates.extend(self.copies(prospect, copies));
            candidates.extend(effects.iter().filter_map(|effect| self.taken_back(effect)));
        }
        Review { candidates, effects, measuring }
    }

    /// A later end, and an earlier one where the days are expected to lose.
    fn ends(self, prospect: &Prospect) -> Vec<Candidate> {
        let (manager, flight) = (self.manager, self.record.campaign.spec.flight);
        let policy = &manager.policy;
        let per_day = Interval { low: prospect.low_per_day, expected: prospect.gain_per_day, high: prospect.high_per_day };
        // Where nothing may be launched, no new flight follows this one.
        let is_last = policy.guardrails.max_launches_per_day == 0;
        let idle_days = if is_last { policy.changes.end_days.max(policy.flight.rest_days) } else { policy.flight.rest_days };
        let facts = EndFacts {
            now: self.snapshot.now,
            end: flight.end(),
            per_day,
            budget_days: self.budget_days(prospect),
            stock_days: self.stock_days(),
            idle_days: idle_days.into(),
        };
        let obstacle = manager.end_obstacle();
        let later = later_end(&facts, policy.changes.end_days).map(|later| Candidate { obstacle, ..later });
        // What is known to lose is paused, at once.
        let earlier = (!prospect.is_gain()).then(|| earlier_end(&facts, policy.changes.end_days)).flatten();
        let earlier = earlier.map(|earlier| Candidate { obstacle: obstacle.or(Some(Obstacle::FindsOut)), ..earlier });
        later.into_iter().chain(earlier).collect()
    }

    /// For how many days what is left of the budget lasts.
    fn budget_days(self, prospect: &Prospect) -> Option<Decimal> {
        let spent = self.input.metrics.exposure.cost.checked_add(self.input.to_come.expected).ok()?;
        let left = self.record.campaign.budget.checked_sub(spent).ok()?;
        let per_day = prospect.cost_per_day.amount;
        (per_day > Decimal::ZERO).then(|| left.amount.checked_div(per_day)).flatten()
    }

    /// For how many days the stock lasts at what is sold a day at present.
    fn stock_days(self) -> Option<Decimal> {
        let product = &self.record.campaign.spec.product;
        let Stock::Managed { quantity } = self.snapshot.products.get(product)?.stock else { return None };
        let units = Decimal::from(self.prospects.recent(product)?.units);
        (units > Decimal::ZERO).then(|| quantity.checked_mul(LOOK_BACK_DAYS.into())?.checked_div(units)).flatten()
    }

    fn copies(self, prospect: &Prospect, copies: &Copies) -> Vec<Candidate> {
        let (manager, spec) = (self.manager, &self.record.campaign.spec);
        let Some(worth) = self.worth(prospect).filter(|_| !manager.copies.is_empty()) else { return Vec::new() };
        let nothing = BTreeMap::new();
        let seen = copies.get(&spec.product).unwrap_or(&nothing);
        let left = Decimal::from(spec.flight.end().duration_since(self.snapshot.now).as_secs()) / Decimal::from(86_400);
        let policy = &manager.policy.changes;
        let a_day = prospect.gain_per_day.amount.max(Decimal::ZERO);
        let cost_of_trying = Money::new(a_day.saturating_mul(policy.copy_costs_days), prospect.gain_per_day.currency);
        let past = self.known.spending.hours_on_offer(self.record, self.snapshot.now);
        let is_new = past < Decimal::from(24 * u64::from(policy.past_days));
        let obstacle = |candidate: &Candidate| {
            let untried = candidate.ground == Ground::Trial && !policy.try_copies;
            let impossible = manager.copy_obstacle().or(untried.then_some(Obstacle::NotAllowed));
            impossible.or(is_new.then_some(Obstacle::NoPast))
        };
        let found = other_copies(&spec.copy.written_by, &manager.copies, seen, &worth, left);
        found.into_iter().map(|found| Candidate { obstacle: obstacle(&found), cost_of_trying, ..found }).collect()
    }

    /// What an order and a click are worth, by what this campaign's orders brought and its clicks cost.
    fn worth(self, prospect: &Prospect) -> Option<CopyWorth> {
        let performance = self.record.performance.as_ref()?;
        let currency = self.input.price?.currency;
        let revenue = performance.revenue.amount.checked_div(performance.actions.into());
        let an_order = revenue.filter(|revenue| *revenue > Decimal::ZERO).or(self.input.price.map(|price| price.amount))?;
        let kept = prospect.margin.factor() * prospect.caused;
        let clicks = performance.clicks.known().copied().filter(|clicks| *clicks > 0);
        let (per_click, commission) = match self.manager.capabilities.billing {
            Billing::Clicks => (performance.cost.amount.checked_div(clicks?.into())?, Decimal::ZERO),
            Billing::Commissions => {
                let rate = prospect.cost_per_day.amount.checked_div(prospect.revenue_per_day.amount);
                (Decimal::ZERO, rate.unwrap_or(Decimal::ZERO))
            }
        };
        let per_order = an_order.checked_mul(kept - commission)?;
        Some(CopyWorth { per_order: Money::new(per_order, currency), per_click: Money::new(per_click, currency) })
    }

    fn taken_back(self, effect: &ChangeEffect) -> Option<Candidate> {
        let manager = self.manager;
        let end = self.record.campaign.spec.flight.end();
        let candidate = take_back(effect, &manager.policy.changes, self.snapshot.now, end)?;
        let obstacle = match &candidate.change {
            Change::MoveEnd { .. } => manager.end_obstacle(),
            Change::OtherCopy { variant, .. } => {
                manager.copy_obstacle().or((!manager.copies.contains(variant)).then_some(Obstacle::NoSuchCopy))
            }
            _ => (manager.capabilities.budget == BudgetControl::Unsupported).then_some(Obstacle::NotSupported),
        };
        Some(Candidate { obstacle, ..candidate })
    }
}

/// The raise of a budget among the other changes; its interval is as wide as that of what a day brings.
fn raised(raise: &BudgetChange, prospect: Option<&Prospect>) -> Candidate {
    let BudgetChange { from, to, gain, .. } = *raise;
    let part = |of: Money| {
        let a_day = prospect.map(|prospect| prospect.gain_per_day.amount).filter(|a_day| *a_day > Decimal::ZERO);
        let part = a_day.and_then(|a_day| of.amount.checked_div(a_day)).unwrap_or(Decimal::ONE);
        Money::new(gain.amount.saturating_mul(part), gain.currency)
    };
    let of = |bound: fn(&Prospect) -> Money| prospect.map_or(gain, |prospect| part(bound(prospect)));
    Candidate {
        change: Change::RaiseBudget { from, to },
        gain: Interval { low: of(|of| of.low_per_day), expected: gain, high: of(|of| of.high_per_day) },
        cost_of_trying: Money::zero(gain.currency),
        ground: Ground::Expected,
        obstacle: None,
    }
}

/// The changes that were decided, by campaign.
fn chosen(judged: &Judged) -> impl Iterator<Item = (&CampaignId, &Change)> {
    let decided = judged.pairs().filter(|(_, decision)| decision.basis == Some(Basis::Improvement) && !decision.stops());
    decided.filter_map(|(input, _)| Some((&input.campaign, &input.improvement.as_ref()?.change)))
}

/// What days that are added are expected to cost, rounded up to the smallest coin: some money is always reserved for them.
fn cost_of(prospect: &Prospect, from: Timestamp, to: Timestamp) -> Option<Money> {
    let days = Decimal::from(to.duration_since(from).as_secs()) / Decimal::from(86_400);
    let cost = prospect.cost_per_day.checked_mul(days).ok()?;
    let digits = cost.currency.minor_digits();
    let rounded = cost.amount.round_dp_with_strategy(digits, RoundingStrategy::ToPositiveInfinity);
    Some(Money::new(rounded.max(Decimal::new(1, digits)), cost.currency))
}

/// The most that one of some candidates may cost at worst.
fn at_worst(candidates: &[Candidate], counts: impl Fn(&Change) -> bool) -> Decimal {
    let worst = |of: &Candidate| of.cost_of_trying.amount.saturating_sub(of.gain.low.amount.min(Decimal::ZERO));
    candidates.iter().filter(|candidate| counts(&candidate.change)).map(worst).max().unwrap_or(Decimal::ZERO)
}

fn less(money: Money, amount: Decimal) -> Money {
    Money::new(money.amount.saturating_sub(amount), money.currency)
}
