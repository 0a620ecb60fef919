//! A scenario's words as what the engine decides on.

use campaign_pilot_core::{Absence, CampaignId, CampaignPerformance, Currency, Measured, Money, Period, ProductId};
use campaign_pilot_decision_engine as engine;
use campaign_pilot_decision_engine::{
    Basis, BudgetKeeping, BudgetStop, CampaignInput, Caution, CostToCome, DecidingRule, Decision, Flip, ProductMargin, Prospect,
    Readings, StoreEvidence, budget_stop, decide, flips,
};
use campaign_pilot_metrics::evidence::{Evidence, Interval, NoDecision, Outlook, Quantity};
use campaign_pilot_metrics::special::beta_reg;
use campaign_pilot_metrics::{Activity, Baseline, CampaignFacts, LifecycleStage, Returns, measure};
use garde::Validate;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, dec};

use super::format::{AllCampaigns, Change, Expected, Improvement, Sales, Scenario};
use super::words::{Amount, Number};

/// Decides on a scenario's campaign, beside as many others whose sales were not tested as it names, and says what would change that.
pub(crate) fn decided(scenario: &Scenario) -> Result<(Decision, Vec<Flip>), String> {
    scenario.policy.validate().map_err(|report| report.to_string().trim().to_owned())?;
    let input = input(scenario)?;
    let mut campaigns = vec![input.clone()];
    for number in 0..scenario.evidence.other_campaigns {
        let other = CampaignId::new(format!("other-{number}")).map_err(|error| error.to_string())?;
        let quiet = StoreEvidence::default();
        campaigns.push(CampaignInput { campaign: other, store: quiet, ..input.clone() });
    }
    let decision = decide("scenario", &campaigns, &scenario.policy).remove(0);
    Ok((decision, flips(&campaigns, &scenario.policy).remove(0)))
}

fn input(scenario: &Scenario) -> Result<CampaignInput, String> {
    let ad = &scenario.ad;
    let expected = ad.cost_to_come.map_or(Money::zero(ad.cost.0.currency), |amount| amount.0);
    let upper = ad.cost_to_come_at_most.map_or(expected, |amount| amount.0);
    Ok(CampaignInput {
        campaign: CampaignId::new("scenario").map_err(|error| error.to_string())?,
        name: scenario.product.name.clone(),
        product: scenario.product.id.clone(),
        categories: scenario.product.categories.clone(),
        price: scenario.product.price.0.map(|price| price.0),
        to_come: CostToCome { expected, upper },
        metrics: measure(&facts(scenario)?),
        prospect: scenario.expected.as_ref().map(|expected| prospect(scenario, expected)).transpose()?,
        store: store(scenario)?,
        improvement: scenario.improvement.as_ref().map(|found| improvement(scenario, found)).transpose()?.flatten(),
        changes: scenario.improvement.as_ref().map(|_| engine::ChangeReview::default()),
        cautions: scenario.evidence.broken_rules.iter().filter_map(|rule| Some(caution(rule.0?))).collect(),
        total_stop: scenario.all_campaigns.as_ref().map(total_stop).transpose()?,
        read: Readings::default(),
    })
}

/// A rule of whose last forty decisions twelve were right.
fn caution(basis: Basis) -> Caution {
    let euros = |amount| Money::new(amount, Currency::EUR);
    Caution {
        rule: DecidingRule::Verdict(basis),
        since: Timestamp::UNIX_EPOCH,
        e_value: dec!(250),
        bound: dec!(100),
        checked: 40,
        right: 12,
        predicted: euros(dec!(600)),
        observed: euros(dec!(150)),
    }
}

fn facts(scenario: &Scenario) -> Result<CampaignFacts, String> {
    let (ad, sales, views) = (&scenario.ad, &scenario.sales, &scenario.views);
    let number = |number: Number| number.0;
    let revenue_of = |units: Number| match scenario.product.price.0 {
        Some(price) => Measured::from(price.0.checked_mul(units.0).map_err(|_| Absence::OutOfRange)),
        None => Measured::Absent(Absence::NoPrice),
    };
    let observed = Activity {
        units: sales.units.map(number).or(Absence::NotYetReported),
        revenue: sales.units.0.map_or(Measured::Absent(Absence::NotYetReported), revenue_of),
        views: views.views.map(number).or(Absence::NoViewSource),
    };
    let expected = Activity {
        units: sales.expected_units.map(number).or(Absence::NoBaseline),
        revenue: sales.expected_units.0.map_or(Measured::Absent(Absence::NoBaseline), revenue_of),
        views: views.expected_views.map(number).or(Absence::NoBaseline),
    };
    let seconds = (ad.hours_on_offer.0 * Decimal::from(3_600)).to_i64().ok_or("`hours_on_offer` is out of range")?;
    let start = Timestamp::UNIX_EPOCH;
    let after = |seconds| start.checked_add(SignedDuration::from_secs(seconds)).map_err(|error| error.to_string());
    let now = after(seconds)?;
    let flight = Period::new(start, after(seconds.saturating_mul(2).max(1))?).map_err(|error| error.to_string())?;
    let orders = ad.orders.0;
    let performance = CampaignPerformance {
        clicks: ad.clicks.map(|clicks| clicks.0).or(Absence::ClicksNotReported),
        actions: orders,
        revenue: ad.revenue.0,
        cost: ad.cost.0,
        new_customers: match ad.new_customers {
            Some(count) => count.map(|count| count.0).or(Absence::NewCustomersUnknown),
            None => Measured::Known(orders),
        },
        ..CampaignPerformance::nothing(flight, ad.cost.0.currency)
    };
    Ok(CampaignFacts {
        observed,
        baseline: Baseline::given(expected),
        lifecycle: Measured::Known(LifecycleStage::Maturity),
        returns: returns(sales)?,
        hours_on_offer: Some(ad.hours_on_offer.0),
        ..CampaignFacts::reported(flight, now, performance, ad.budget.0)
    })
}

/// What came back of what was sold, with the chance of so much by what usually does.
fn returns(sales: &Sales) -> Result<Measured<Returns>, String> {
    let (Some(sold), Some(returned)) = (sales.units.0, sales.came_back.0) else {
        return Ok(Measured::Absent(Absence::NotYetReported));
    };
    let usual_share = share(sales.usually_comes_back_percent)?;
    let (units, back) = (float(sold)?.max(float(returned)?), float(returned)?);
    let chance = if back < 1.0 { Some(1.0) } else { beta_reg(back, units - back + 1.0, usual_share) };
    let chance = chance.ok_or("`usually_comes_back_percent` must lie between 0 and 100")?;
    Ok(Measured::Known(Returns { sold: sold.0, returned: returned.0, usual_share, chance }))
}

fn prospect(scenario: &Scenario, expected: &Expected) -> Result<Prospect, String> {
    let fraction = |percent: Number| percent.0 / Decimal::ONE_HUNDRED;
    let earns = fraction(expected.chance_to_earn_percent);
    let or_gain = |bound: Option<Amount>| bound.unwrap_or(expected.gain_per_day).0;
    let days = scenario.ad.hours_on_offer.0 / Decimal::from(24);
    let per_day = |total: Money| {
        let amount = total.amount.checked_div(days).ok_or("`hours_on_offer` must be above 0 where something is expected")?;
        Ok::<_, String>(Money::new(amount.round_dp(4), total.currency))
    };
    Ok(Prospect {
        product: ProductId::from_number(1),
        margin: ProductMargin { percent: expected.margin_percent.0, source: expected.margin_known_from },
        caused: fraction(expected.caused_percent),
        gain_per_day: expected.gain_per_day.0,
        low_per_day: or_gain(expected.gain_per_day_at_least),
        high_per_day: or_gain(expected.gain_per_day_at_most),
        cost_per_day: per_day(scenario.ad.cost.0)?,
        revenue_per_day: per_day(scenario.ad.revenue.0)?,
        earns,
        earns_with_stock: expected.chance_to_earn_with_stock_percent.map_or(earns, fraction),
        tried: expected.ad_has_run,
        days_to_know: expected.days_to_know.map(|days| days.0),
        budget_price: None,
    })
}

/// The change that is expected to pay; `None` where changes were looked for and nothing helps.
fn improvement(scenario: &Scenario, found: &Improvement) -> Result<Option<engine::Improvement>, String> {
    let change = match (found.change, found.raise_budget_to, found.end_moves_by_days, &found.copy) {
        (Change::RaiseBudget, Some(to), None, None) => engine::Change::RaiseBudget { from: scenario.ad.budget.0, to: to.0 },
        (Change::MoveEnd, None, Some(days), None) => {
            let from: Timestamp = "2026-12-08T09:00:00Z".parse().map_err(|error| format!("{error}"))?;
            let to = from.checked_add(SignedDuration::from_hours(24 * days)).map_err(|error| error.to_string())?;
            engine::Change::MoveEnd { from, to }
        }
        (Change::OtherCopy, None, None, Some(copy)) => {
            engine::Change::OtherCopy { from: "as before".to_owned(), variant: copy.clone() }
        }
        (Change::NewAd, None, None, None) => engine::Change::NewAd,
        (Change::Nothing, None, None, None) => return Ok(None),
        (Change::RaiseBudget, None, None, None) => return Err("`raise_budget` needs `raise_budget_to`".to_owned()),
        (Change::MoveEnd, None, None, None) => return Err("`move_end` needs `end_moves_by_days`".to_owned()),
        (Change::OtherCopy, None, None, None) => return Err("`other_copy` needs `copy`".to_owned()),
        (Change::NewAd, Some(_), None, None) => return Err("`raise_budget_to` does not go with `new_ad`".to_owned()),
        _ => return Err("one change at a time: a key of another change is given".to_owned()),
    };
    let ground = if found.takes_back { engine::Ground::Measured } else { engine::Ground::Expected };
    let gain = found.gain.ok_or("`gain` must be given")?.0;
    Ok(Some(engine::Improvement { change, gain, ground }))
}

fn total_stop(all: &AllCampaigns) -> Result<BudgetStop, String> {
    let to_come = all.cost_to_come.map_or(Money::zero(all.spent.0.currency), |amount| amount.0);
    let to_come = CostToCome { expected: to_come, upper: to_come };
    let stop = budget_stop(all.spent.0, to_come, all.limit.0, BudgetKeeping::Hard).map_err(|error| error.to_string())?;
    stop.ok_or_else(|| "the limit on all campaigns is not reached: leave `[all_campaigns]` out".to_owned())
}

fn store(scenario: &Scenario) -> Result<StoreEvidence, String> {
    let given = &scenario.evidence;
    let outlook = match given.sales_until_known {
        Some(sales) => Outlook::After {
            sales: float(sales)?,
            days: match given.days_until_known {
                Some(days) => Measured::Known(float(days)?),
                None => Measured::Absent(Absence::TooFewObservations),
            },
        },
        None => Outlook::Never { reason: NoDecision::NoEffectSeen },
    };
    let test = |p: Option<Number>| p.map(|p| test(p, outlook)).transpose();
    Ok(StoreEvidence {
        sales_rose: test(given.sales_rose_p)?,
        sales_fell: test(given.sales_fell_p)?,
        views_rose: test(given.views_rose_p)?,
        views_fell: test(given.views_fell_p)?,
        may_have_other_causes: given.may_have_other_causes,
    })
}

/// A test whose evidence has never been stronger than now: the e-value is one over the p-value.
fn test(p: Number, outlook: Outlook) -> Result<Evidence, String> {
    let anytime_p = float(p)?;
    if !(anytime_p > 0.0 && anytime_p <= 1.0) {
        return Err(format!("a p-value of {} does not lie above 0 and up to 1", p.0));
    }
    let ln_e = Measured::Known(-anytime_p.ln());
    let interval = Interval { quantity: Quantity::OddsRatio, lower: None, upper: None, level: 0.95, is_empty: false };
    let is_decided = anytime_p <= 0.05;
    let outlook = if is_decided { Outlook::Decided } else { outlook };
    Ok(Evidence { alpha: 0.05, ln_e, ln_e_for_many: ln_e, anytime_p, is_decided, interval, assumptions: Vec::new(), outlook })
}

fn share(percent: Number) -> Result<f64, String> {
    Ok(float(percent)? / 100.0)
}

fn float(number: Number) -> Result<f64, String> {
    number.0.to_f64().ok_or_else(|| format!("{} is out of range", number.0))
}
