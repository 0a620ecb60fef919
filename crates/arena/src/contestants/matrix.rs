//! The ordered decision matrix, taken literally.

use std::collections::BTreeSet;

use async_trait::async_trait;
use campaign_pilot_core::{Absence, Measured, Money, Period, ProductId, Verdict};
use campaign_pilot_decision_engine::{
    BudgetPolicy, DecisionMatrix, ProductFacts, Selection, SelectionPolicy, Signals, budget, score_products,
};
use campaign_pilot_metrics::{Roas, cost_per_acquisition, relative_change};
use rust_decimal::Decimal;

use super::launching::{FLIGHT_DAYS, available, days, equal_budget, launch_each, limited, raise, recent, running};
use crate::contestant::{Contestant, Failure};
use crate::flight::VerdictGiven;
use crate::turn::{Campaign, Turn};

/// Days that a product rests after a campaign.
const REST_DAYS: u32 = 14;
/// The lift that a campaign is expected to have.
const LIFT: Decimal = Decimal::from_parts(30, 0, 0, false, 2);
/// A flight's part of the days that are looked back on.
const FLIGHT_SHARE: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// How a campaign's budget is found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Budgets {
    /// By the ordered formula.
    Ordered,
    /// Each gets the same part of what may be spent.
    Equal,
}

/// Judges each campaign once a day by the ordered decision matrix and does at once what it says, however little was seen. Launches what
/// the ordered selection chooses.
#[derive(Debug)]
pub struct LiteralMatrix {
    budgets: Budgets,
    equal: Option<Money>,
    verdicts: Vec<VerdictGiven>,
}

impl LiteralMatrix {
    /// The matrix with one way to find budgets.
    #[must_use]
    pub const fn new(budgets: Budgets) -> Self {
        Self { budgets, equal: None, verdicts: Vec::new() }
    }

    async fn judge(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        let matrix = DecisionMatrix::default();
        for campaign in running(turn) {
            let verdict = matrix.judge(&signals(turn, &campaign)).verdict;
            if let Ok(ad) = campaign.object.as_str().parse() {
                self.verdicts.push(VerdictGiven { verdict: Some(verdict), ad, ends: campaign.flight.end() });
            }
            match verdict {
                Verdict::Continue | Verdict::Monitor => {}
                Verdict::Optimize => raise(turn, &campaign).await?,
                Verdict::Pause | Verdict::EmergencyPause => {
                    let _ = turn.pause(&campaign.id).await?;
                }
            }
        }
        Ok(())
    }

    /// What the selection would launch, the best first.
    fn wanted(&mut self, turn: &Turn<'_>) -> Vec<(ProductId, Money)> {
        let equal = *self.equal.get_or_insert_with(|| equal_budget(turn, Decimal::from(available(turn).count().max(1))));
        let policy = SelectionPolicy { currency: Some(turn.caps().total.currency), ..SelectionPolicy::default() };
        let resting = resting(turn);
        let is_wanted = |selection: &Selection| selection.eligible && !resting.contains(&selection.product);
        let with_budget = |selection: Selection| {
            let budget = match self.budgets {
                Budgets::Ordered => limited(turn, ordered_budget(turn, &selection)?),
                Budgets::Equal => equal,
            };
            Some((selection.product, budget))
        };
        score_products(&facts(turn), &policy).into_iter().filter(is_wanted).filter_map(with_budget).collect()
    }
}

#[async_trait]
impl Contestant for LiteralMatrix {
    fn name(&self) -> &'static str {
        match self.budgets {
            Budgets::Ordered => "matrix",
            Budgets::Equal => "matrix-equal",
        }
    }

    async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        if !turn.is_first_hour_of_day() {
            return Ok(());
        }
        self.judge(turn).await?;
        let wanted = self.wanted(turn);
        launch_each(turn, wanted, FLIGHT_DAYS).await
    }

    fn take_verdicts(&mut self) -> Vec<VerdictGiven> {
        std::mem::take(&mut self.verdicts)
    }
}

/// What the matrix looks at: the time since the launch against the same time before it, and what the platform reports.
fn signals(turn: &Turn<'_>, campaign: &Campaign) -> Signals {
    let (sales, views) = impacts(turn, campaign).unwrap_or((Err(Absence::NoBaseline), Err(Absence::NoBaseline)));
    let performance = &campaign.performance;
    let new_customers = performance.new_customers.ok();
    Signals {
        sales_impact: sales.into(),
        view_impact: views.into(),
        net_roas: Roas::new(performance.revenue, performance.cost).map(Roas::net).into(),
        cpa: new_customers.and_then(|new_customers| cost_per_acquisition(performance.cost, new_customers)).into(),
        price: turn.product(&campaign.product).and_then(|product| product.price),
    }
}

type Impact = Result<Decimal, Absence>;

fn impacts(turn: &Turn<'_>, campaign: &Campaign) -> Option<(Impact, Impact)> {
    let live = Period::new(campaign.flight.start(), turn.now()).ok()?;
    let now = turn.activity(&campaign.product, live);
    let before = turn.activity(&campaign.product, live.preceding().ok()?);
    Some((relative_change(now.units.into(), before.units.into()), relative_change(now.views.into(), before.views.into())))
}

/// Products that are advertised, or were a short time ago.
fn resting(turn: &Turn<'_>) -> BTreeSet<ProductId> {
    let now = turn.now();
    let rests = |campaign: &&Campaign| campaign.ends_at().checked_add(days(REST_DAYS)).is_ok_and(|until| now < until);
    turn.campaigns().filter(rests).map(|campaign| campaign.product.clone()).collect()
}

fn facts(turn: &Turn<'_>) -> Vec<ProductFacts> {
    let counts_views = turn.market().views().is_some();
    let facts = turn.products().map(|product| {
        let seen = recent(turn, &product.id);
        ProductFacts {
            product: product.clone(),
            views: if counts_views { Measured::Known(seen.views) } else { Measured::Absent(Absence::NoViewSource) },
            units: Measured::Known(seen.units),
            expected_lift: Measured::Known(Decimal::from(seen.units.max(0)) * FLIGHT_SHARE * LIFT),
            advertised: turn.running(&product.id).is_some(),
        }
    });
    facts.collect()
}

/// The budget by the formula; nothing for a product that is expected to bring nothing.
fn ordered_budget(turn: &Turn<'_>, selection: &Selection) -> Option<Money> {
    let price = turn.product(&selection.product)?.price?;
    let expected = selection.potential.ok().ok().filter(|potential| potential.is_positive())?;
    Some(budget(price, Measured::Known(expected), &BudgetPolicy::default()).ok()?.budget)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::{Watched, watch};

    fn fly(world: &str, days: u32, budgets: Budgets) -> Watched {
        watch(world, 1, days, LiteralMatrix::new(budgets))
    }

    fn budgets(watched: &Watched) -> BTreeSet<Decimal> {
        watched.launched_with.iter().map(|budget| budget.amount).collect()
    }

    #[test]
    fn gives_every_verdict_and_acts_on_it_at_once() {
        let watched = fly("today", 25, Budgets::Equal);
        let given = &watched.result.verdicts;
        for verdict in ["continue", "optimize", "monitor", "pause"] {
            assert!(given.get(verdict).is_some_and(|judged| judged.given > 0), "{verdict}: {given:?}");
        }
        let stops = given["pause"].given + given.get("emergency_pause").map_or(0, |judged| judged.given);
        let stopped = watched.campaigns.iter().filter(|campaign| campaign.stopped_at.is_some()).count();
        assert!(
            u64::try_from(stopped).unwrap() >= stops,
            "{stopped} were stopped, some by their budgets, and {stops} by verdicts"
        );
        let equal = watched.launched_with[0];
        assert!(watched.campaigns.iter().any(|campaign| campaign.budget.amount > equal.amount), "a budget was raised");
    }

    #[test]
    fn ordered_budgets_follow_the_product_and_equal_ones_do_not() {
        let (ordered, equal) = (fly("today", 20, Budgets::Ordered), fly("today", 20, Budgets::Equal));
        assert!(budgets(&ordered).len() > 5, "{:?}", budgets(&ordered));
        assert_eq!(budgets(&equal).len(), 1, "{:?}", budgets(&equal));
        assert_ne!(ordered.result.profit, equal.result.profit);
    }

    #[test]
    fn a_product_rests_after_its_campaign() {
        let mut flights: BTreeMap<ProductId, Vec<Campaign>> = BTreeMap::new();
        for campaign in fly("today", 30, Budgets::Ordered).campaigns {
            flights.entry(campaign.product.clone()).or_default().push(campaign);
        }
        for flights in flights.values_mut() {
            flights.sort_by_key(|campaign| campaign.flight.start());
            for pair in flights.windows(2) {
                assert!(pair[0].ends_at().checked_add(days(REST_DAYS)).unwrap() <= pair[1].flight.start());
            }
        }
    }

    #[test]
    fn launches_on_every_platform_and_the_same_again_with_the_same_seed() {
        for world in ["paid", "tiny"] {
            for way in [Budgets::Ordered, Budgets::Equal] {
                let watched = fly(world, 20, way);
                assert!(watched.result.launches > 0, "{world}, {way:?}");
            }
        }
        assert_eq!(fly("tiny", 20, Budgets::Ordered).result, fly("tiny", 20, Budgets::Ordered).result);
    }
}
