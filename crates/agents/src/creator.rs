//! The creator: what to advertise next, for how much, for how long.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{
    Absence, CampaignAction, CampaignRecord, DecisionId, DesiredStatus, Measured, Money, Period, Product, ProductHour, ProductId,
};
use campaign_pilot_decision_engine::{
    BudgetWorking, ExpectedReturn, Interval, ProductFacts, Selection, SelectionPolicy, budget, score_products,
};
use campaign_pilot_metrics::{BaselineMethod, BaselineSettings, History};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::analyst::{baseline_start, since};
use crate::history::Coverage;
use crate::policy::{Policy, days};
use crate::portfolio::at_stake;
use crate::snapshot::{Known, Snapshot};

/// How many days of views and sales the selection looks back on.
const LOOK_BACK_DAYS: u32 = 28;

/// Chooses products and budgets. A pure function of what was read; the copy is written afterwards.
#[derive(Clone, Debug, Default)]
pub struct CreatorAgent {
    policy: Policy,
}

/// What the creator proposes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Proposal {
    /// Every product with its score and reasons, the best first.
    pub selections: Vec<Selection>,
    /// The campaigns to launch, the best first.
    pub launches: Vec<Launch>,
    /// Why eligible products are not launched, and what else a reader should know.
    pub notes: Vec<String>,
}

/// A campaign to launch.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Launch {
    /// The decision that it is.
    pub decision: DecisionId,
    /// The product's score and reasons.
    pub selection: Selection,
    /// The budget with its working.
    pub budget: BudgetWorking,
    /// What it is expected to bring and to cost.
    pub expected: Measured<ExpectedReturn>,
    /// The sales lift that the expectation rests on, in percent.
    pub lift_percent: Decimal,
    /// When it runs.
    pub flight: Period,
    /// What the copywriter is told.
    pub brief: CopyBrief,
}

impl Launch {
    /// What it is expected to bring, between nothing and twice as much: nothing narrower has been learned yet.
    #[must_use]
    pub fn predicted(&self) -> Option<Interval> {
        let expected = self.expected.known()?.incremental_revenue;
        let high = expected.checked_add(expected).ok()?;
        Some(Interval { low: Money::zero(expected.currency), expected, high })
    }

    /// The launch in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{}; budget {}", self.selection.sentence, self.budget.sentence)
    }
}

impl CreatorAgent {
    /// A creator with a policy.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self { policy }
    }

    /// Scores every product and proposes launches, at most as many as the guardrails allow today.
    ///
    /// On data that cannot be trusted nothing is launched.
    #[must_use]
    pub fn propose(&self, snapshot: &Snapshot, known: &Known) -> Proposal {
        let advertised = advertised(known, snapshot);
        let outlooks: BTreeMap<&ProductId, Outlook> =
            snapshot.products.values().map(|product| (&product.id, self.outlook(product, snapshot, known))).collect();
        let facts: Vec<_> = snapshot
            .products
            .values()
            .map(|product| facts(product, snapshot, outlooks.get(&product.id), advertised.contains(&product.id)))
            .collect();
        let policy = SelectionPolicy { currency: Some(snapshot.platform_currency), ..self.policy.selection.clone() };
        let mut proposal = Proposal { selections: score_products(&facts, &policy), launches: Vec::new(), notes: Vec::new() };
        if !snapshot.data_trusted {
            proposal.notes.push("nothing is launched: the data are incomplete or too old".to_owned());
            return proposal;
        }
        let resting = self.resting(known, snapshot);
        let places = usize::try_from(self.policy.guardrails.max_launches_per_day.saturating_sub(known.launches_on(snapshot.now)));
        let mut places = places.unwrap_or(0);
        let mut room = self.room(known, snapshot);
        for selection in proposal.selections.iter().filter(|selection| selection.eligible) {
            let Some((product, outlook)) = snapshot.products.get(&selection.product).zip(outlooks.get(&selection.product)) else {
                continue;
            };
            if resting.contains(&product.id) {
                proposal.notes.push(format!("`{}` rests after its last campaign", product.name));
                continue;
            }
            if places == 0 {
                proposal.notes.push("more products are eligible than may be launched today".to_owned());
                break;
            }
            match self.launch(product, selection, outlook, snapshot) {
                Ok(launch) => {
                    let left = room.checked_sub(launch.budget.budget).ok().filter(|left| !left.amount.is_sign_negative());
                    let Some(left) = left else {
                        let note = format!("`{}` is not launched: {room} of the limit on all campaigns are left", product.name);
                        proposal.notes.push(note);
                        continue;
                    };
                    room = left;
                    places -= 1;
                    proposal.launches.push(launch);
                }
                Err(reason) => proposal.notes.push(format!("`{}` is not launched: {reason}", product.name)),
            }
        }
        proposal
    }

    fn launch(&self, product: &Product, selection: &Selection, outlook: &Outlook, snapshot: &Snapshot) -> Result<Launch, String> {
        let price = product.price.ok_or("it has no price")?;
        let flight = self.flight(snapshot).ok_or("its flight cannot be represented")?;
        let expected_roi = match outlook.expected {
            Measured::Known(expected) => {
                let roi = expected.amount().map_err(|error| error.to_string())?;
                if !roi.is_positive() {
                    return Err(format!("it is expected to bring {roi} after its cost"));
                }
                Measured::Known(roi)
            }
            Measured::Absent(absence) => Measured::Absent(absence),
        };
        let mut budget = budget(price, expected_roi, &self.policy.budget).map_err(|error| error.to_string())?;
        self.limit(&mut budget);
        if !budget.budget.is_positive() {
            return Err("its budget would be nothing".to_owned());
        }
        Ok(Launch {
            decision: DecisionId::of(&snapshot.cycle, product.id.as_str()),
            selection: selection.clone(),
            budget,
            expected: outlook.expected,
            lift_percent: outlook.lift_percent,
            flight,
            brief: CopyBrief {
                product: product.clone(),
                price: product.price,
                headline_limit: self.policy.flight.headline_limit,
                body_limit: self.policy.flight.body_limit,
            },
        })
    }

    /// What is left of the limit on all campaigns together; nothing where it cannot be said.
    fn room(&self, known: &Known, snapshot: &Snapshot) -> Money {
        let cap = self.policy.guardrails.max_total_budget.of(snapshot.platform_currency);
        let committed = at_stake(known, snapshot, &self.policy.cadence).ok();
        let room = cap.zip(committed).and_then(|(cap, committed)| cap.checked_sub(committed).ok());
        let nothing = Money::zero(snapshot.platform_currency);
        room.and_then(|room| room.greater(nothing).ok()).unwrap_or(nothing)
    }

    /// Keeps a budget within what one campaign may cost.
    fn limit(&self, working: &mut BudgetWorking) {
        let most = self.policy.guardrails.max_budget_per_campaign.of(working.budget.currency);
        if let Some(most) = most.filter(|most| most.amount < working.budget.amount) {
            working.budget = most;
            working.sentence = format!("{}, limited to {most} for one campaign", working.sentence);
        }
    }

    fn flight(&self, snapshot: &Snapshot) -> Option<Period> {
        let end = snapshot.now.checked_add(days(self.policy.flight.days)).ok()?;
        Period::new(snapshot.now, end).ok()
    }

    /// What a campaign for a product is expected to do over a whole flight.
    fn outlook(&self, product: &Product, snapshot: &Snapshot, known: &Known) -> Outlook {
        let lift_percent = known.learned.expected_lift(product, &self.policy.learning);
        let units = self.expected_units(product, snapshot);
        let extra_units: Result<Decimal, Absence> = units.ok().and_then(|units| {
            let share = lift_percent / Decimal::ONE_HUNDRED;
            units.checked_mul(share).ok_or(Absence::OutOfRange)
        });
        let expected = extra_units.and_then(|units| {
            let price = product.price.ok_or(Absence::NoPrice)?;
            let incremental_revenue = price.checked_mul(units).map_err(|_| Absence::OutOfRange)?;
            let ratio = known.learned.cost_ratio().unwrap_or(Decimal::ZERO);
            let cost = incremental_revenue.checked_mul(ratio).map_err(|_| Absence::OutOfRange)?;
            Ok(ExpectedReturn { incremental_revenue, cost })
        });
        Outlook { lift_percent, extra_units: extra_units.into(), expected: expected.into() }
    }

    fn expected_units(&self, product: &Product, snapshot: &Snapshot) -> Measured<Decimal> {
        let covered = snapshot.coverage.and_then(Coverage::period);
        let (Some(covered), Some(flight)) = (covered, self.flight(snapshot)) else {
            return Measured::Absent(Absence::NoBaseline);
        };
        let hours = since(hours_of(product, snapshot), baseline_start(flight.start(), &BaselineSettings::default()));
        let history = History::new(hours).covering(covered);
        campaign_pilot_metrics::baseline(&history, flight, BaselineMethod::SameWeekdays).activity.units
    }

    /// Products whose last campaign ended a short time ago.
    fn resting<'a>(&self, known: &'a Known, snapshot: &Snapshot) -> BTreeSet<&'a ProductId> {
        let rest = days(self.policy.flight.rest_days);
        let ended = |record: &CampaignRecord| {
            let flight_end = record.campaign.spec.flight.end();
            let stopped = known.analyses.get(&record.campaign.spec.id).filter(|analysis| !analysis.live);
            stopped.map_or(flight_end, |analysis| analysis.until).min(flight_end)
        };
        known
            .campaigns
            .iter()
            .filter(|record| record.campaign.platform_id.is_some())
            .filter(|record| ended(record).checked_add(rest).is_ok_and(|until| snapshot.now < until))
            .map(|record| &record.campaign.spec.product)
            .collect()
    }
}

impl Known {
    /// How many campaigns were launched on the day of `now`, in UTC; refused ones count too.
    #[must_use]
    pub fn launches_on(&self, now: jiff::Timestamp) -> u32 {
        let day = |instant: jiff::Timestamp| instant.as_second().div_euclid(86_400);
        let count = self.campaigns.iter().filter(|record| day(record.launched_at) == day(now)).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

struct Outlook {
    lift_percent: Decimal,
    extra_units: Measured<Decimal>,
    expected: Measured<ExpectedReturn>,
}

/// Products with a campaign that runs, will run, or may be about to.
fn advertised(known: &Known, snapshot: &Snapshot) -> BTreeSet<ProductId> {
    let wanted = known
        .campaigns
        .iter()
        .filter(|record| record.campaign.desired == DesiredStatus::Active && record.campaign.spec.flight.end() > snapshot.now);
    let open = known.open.iter().filter_map(|operation| match &operation.intent.action {
        CampaignAction::Create { spec } => Some(spec.product.clone()),
        _ => None,
    });
    wanted.map(|record| record.campaign.spec.product.clone()).chain(open).collect()
}

fn facts(product: &Product, snapshot: &Snapshot, outlook: Option<&Outlook>, advertised: bool) -> ProductFacts {
    let expected_lift = outlook.map_or(Measured::Absent(Absence::NoBaseline), |outlook| outlook.extra_units);
    let recent = snapshot
        .coverage
        .and_then(Coverage::period)
        .and_then(|covered| Period::ending_at(snapshot.now, days(LOOK_BACK_DAYS)).ok()?.intersection(covered));
    let Some(recent) = recent else {
        let why = Absence::TooFewObservations;
        return ProductFacts {
            product: product.clone(),
            views: Measured::Absent(why),
            units: Measured::Absent(why),
            expected_lift,
            advertised,
        };
    };
    let mut units = 0_i64;
    let mut views: Measured<u64> = if snapshot.views { Measured::Known(0) } else { Measured::Absent(Absence::NoViewSource) };
    let hours = since(hours_of(product, snapshot), recent.start());
    for row in hours.iter().filter(|row| recent.contains(row.hour)) {
        units = units.saturating_add(row.units.saturating_sub(row.refunded_units));
        views = match (views, row.views) {
            (Measured::Known(sum), Measured::Known(seen)) => Measured::Known(sum.saturating_add(seen)),
            (absent @ Measured::Absent(_), _) | (_, absent @ Measured::Absent(_)) => absent,
        };
    }
    ProductFacts { product: product.clone(), views, units: Measured::Known(units), expected_lift, advertised }
}

fn hours_of<'a>(product: &Product, snapshot: &'a Snapshot) -> &'a [ProductHour] {
    snapshot.hours.get(&product.id).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Currency;
    use campaign_pilot_decision_engine::PolicyAmount;

    use super::*;
    use crate::testing::{euros, product, start};

    fn snapshot(products: impl IntoIterator<Item = Product>) -> Snapshot {
        Snapshot {
            cycle: "cycle-1".into(),
            now: start(),
            store_currency: Currency::EUR,
            platform_currency: Currency::EUR,
            products: products.into_iter().map(|product| (product.id.clone(), product)).collect(),
            hours: BTreeMap::new(),
            coverage: None,
            signals: BTreeMap::new(),
            views: true,
            launches: BTreeMap::new(),
            data_trusted: true,
        }
    }

    fn budgets(policy: &Policy, snapshot: &Snapshot) -> Vec<Money> {
        let proposal = CreatorAgent::new(policy.clone()).propose(snapshot, &Known::default());
        proposal.launches.into_iter().map(|launch| launch.budget.budget).collect()
    }

    #[test]
    fn a_budget_stays_within_what_one_campaign_may_cost() {
        let mut policy = Policy::default();
        let dear = Product { price: Some(euros("50")), ..product(1) };
        assert_eq!(budgets(&policy, &snapshot([dear.clone()])), [euros("15")]);
        policy.guardrails.max_budget_per_campaign = PolicyAmount::only(euros("9.50"));
        let proposal = CreatorAgent::new(policy).propose(&snapshot([dear]), &Known::default());
        assert_eq!(proposal.launches[0].budget.budget, euros("9.50"));
        assert!(proposal.launches[0].sentence().ends_with("limited to 9.50 EUR for one campaign"));
    }

    #[test]
    fn nothing_is_proposed_beyond_the_limit_on_all_campaigns() {
        let mut policy = Policy::default();
        policy.guardrails.max_total_budget = PolicyAmount::only(euros("40"));
        assert_eq!(budgets(&policy, &snapshot((1..=4).map(product))), [euros("15"), euros("15")]);
    }

    #[test]
    fn every_product_is_scored_and_a_product_without_a_price_is_refused() {
        let bare = Product { price: None, ..product(2) };
        let proposal = CreatorAgent::default().propose(&snapshot([product(1), bare]), &Known::default());
        let eligible: Vec<_> = proposal.selections.iter().map(|selection| selection.eligible).collect();
        assert_eq!((eligible, proposal.launches.len()), (vec![true, false], 1));
    }

    #[test]
    fn data_that_cannot_be_trusted_launch_nothing() {
        let snapshot = Snapshot { data_trusted: false, ..snapshot([product(1)]) };
        let proposal = CreatorAgent::default().propose(&snapshot, &Known::default());
        assert_eq!((proposal.selections.len(), proposal.launches.len()), (1, 0));
    }
}
