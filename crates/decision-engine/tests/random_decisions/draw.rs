//! Random campaigns around what decides: thresholds, probabilities, p-values, budgets; anything may be unknown.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, CampaignId, CampaignPerformance, CategoryName, Currency, Measured, Money, Period, ProductId};
use campaign_pilot_decision_engine::{
    Band, Basis, BudgetKeeping, BudgetStop, CampaignInput, Caution, Change, CostToCome, DecidingRule, DecisionMatrix,
    DecisionOverride, DecisionPolicy, EvidenceGate, EvidencePolicy, GateMode, GateOverride, Improvement, MarginSource,
    MatrixOverride, ProductMargin, Prospect, Readings, Rule, StoreEvidence, WithoutViews,
};
use campaign_pilot_metrics::evidence::{Assumption, Evidence, Interval, NoDecision, Outlook, Quantity};
use campaign_pilot_metrics::{
    Activity, Baseline, BaselineMethod, CampaignFacts, CampaignMetrics, LifecycleStage, Returns, measure,
};
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_decimal::{Decimal, dec};

use super::Case;

/// The generator of one case: a difference can be looked at alone.
pub(crate) fn generator(number: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(number)
}

/// Cases with so many campaigns in all.
pub(crate) fn cases(campaigns: usize) -> impl Iterator<Item = Case> {
    (0..).scan(campaigns, |left, number| {
        let mut case = case(number);
        case.campaigns.truncate(*left);
        *left -= case.campaigns.len();
        (!case.campaigns.is_empty()).then_some(case)
    })
}

fn case(number: u64) -> Case {
    let random = &mut generator(number);
    let policy = policy(random);
    let campaigns = (0..random.random_range(1..=8)).map(|index| campaign(random, index)).collect();
    Case { cycle: format!("cycle-{number}"), policy, campaigns }
}

fn policy(random: &mut ChaCha8Rng) -> DecisionPolicy {
    let gate = match random.random_range(0..10) {
        0..=2 => EvidenceGate::Off,
        3..=4 => EvidenceGate::Evidence(EvidencePolicy {
            pause_alpha: one_of(random, &[dec!(0.01), dec!(0.2)]),
            emergency_alpha: one_of(random, &[dec!(0.001), dec!(0.1)]),
            uplift_alpha: one_of(random, &[dec!(0.05), dec!(0.5)]),
            likely: one_of(random, &[dec!(0.5), dec!(0.8)]),
            ..EvidencePolicy::default()
        }),
        _ => EvidenceGate::default(),
    };
    let without_views = one_of(random, &[WithoutViews::Skip, WithoutViews::SalesAlone]);
    let matrix = if random.random_ratio(1, 4) {
        // Other thresholds, which do not coincide with each other where the ordered ones do.
        DecisionMatrix {
            continue_sales_above: dec!(15),
            continue_views_above: dec!(10),
            optimize_sales: Band { from: dec!(0), to: dec!(10) },
            optimize_views: Band { from: dec!(0), to: dec!(5) },
            pause_sales_fall_above: dec!(5),
            pause_views_fall_above: dec!(10),
            emergency_net_roas_below: dec!(1),
            without_views,
        }
    } else {
        DecisionMatrix { without_views, ..DecisionMatrix::default() }
    };
    let budgets = one_of(random, &[BudgetKeeping::Soft, BudgetKeeping::Hard]);
    let products = overrides(random, &["1", "2", "3"]);
    let categories = overrides(random, &CATEGORIES);
    DecisionPolicy { matrix, gate, budgets, products, categories }
}

const CATEGORIES: [&str; 3] = ["Fitness", "Sale", "Spring"];

/// Nothing in most cases, otherwise what decides otherwise for some of these.
fn overrides(random: &mut ChaCha8Rng, names: &[&str]) -> BTreeMap<String, DecisionOverride> {
    let count = if random.random_ratio(1, 4) { names.len() } else { 0 };
    names.iter().take(count).map(|name| ((*name).to_owned(), set(random))).collect()
}

fn set(random: &mut ChaCha8Rng) -> DecisionOverride {
    let mode = one_of(random, &[None, None, Some(GateMode::Off), Some(GateMode::Evidence)]);
    let likely = maybe(random, &[dec!(0.5), dec!(0.7), dec!(0.99)]);
    let pause_alpha = maybe(random, &[dec!(0.001), dec!(0.3)]);
    DecisionOverride {
        matrix: MatrixOverride {
            continue_sales_above: maybe(random, &[dec!(5), dec!(40)]),
            pause_sales_fall_above: maybe(random, &[dec!(2), dec!(40)]),
            emergency_net_roas_below: maybe(random, &[dec!(-0.5), dec!(1)]),
            without_views: maybe(random, &[WithoutViews::Skip, WithoutViews::SalesAlone]),
            ..MatrixOverride::default()
        },
        gate: GateOverride { mode, likely, pause_alpha, ..GateOverride::default() },
        budgets: maybe(random, &[BudgetKeeping::Soft, BudgetKeeping::Hard]),
    }
}

fn maybe<T: Copy>(random: &mut ChaCha8Rng, values: &[T]) -> Option<T> {
    random.random_ratio(1, 3).then(|| one_of(random, values))
}

fn campaign(random: &mut ChaCha8Rng, index: u32) -> CampaignInput {
    let metrics = metrics(random);
    let budget = metrics.exposure.budget;
    let expected = Decimal::new(random.random_range(0..500), 2);
    let to_come = CostToCome { expected: euros(expected), upper: euros(expected * dec!(1.96)) };
    let (p_of_a_rise, may_have_other_causes) = (test(random), random.random_ratio(1, 5));
    CampaignInput {
        campaign: CampaignId::new(format!("campaign-{index}")).unwrap(),
        product: mostly(random, |random| ProductId::from_number(random.random_range(1..=5))),
        categories: CATEGORIES
            .into_iter()
            .filter(|_| random.random_ratio(1, 3))
            .map(|name| CategoryName::new(name).unwrap())
            .collect(),
        name: one_of(random, &["Yoga Mat Pro", "Kettlebell 12 kg", "Müsli `süß`", "Mat\u{1b}[31m\nPro"]).to_owned(),
        price: mostly(random, |random| money(random, &[500, 2_000, 5_000])),
        to_come,
        metrics,
        prospect: random.random_ratio(1, 2).then(|| prospect(random)),
        store: StoreEvidence {
            sales_rose: p_of_a_rise,
            sales_fell: test(random),
            views_rose: test(random),
            views_fell: test(random),
            may_have_other_causes,
        },
        improvement: random.random_ratio(1, 2).then(|| improvement(random, budget)),
        changes: None,
        total_stop: random.random_ratio(1, 20).then(|| BudgetStop { spent: euros(dec!(480)), to_come, budget: euros(dec!(481)) }),
        cautions: if random.random_ratio(1, 6) { vec![caution(random)] } else { Vec::new() },
        read: Readings { platform: mostly(random, |_| "2026-11-20T00:00:00Z".parse().unwrap()), ..Readings::default() },
    }
}

fn metrics(random: &mut ChaCha8Rng) -> CampaignMetrics {
    let start: Timestamp = "2026-11-02T00:00:00Z".parse().unwrap();
    let minutes = random.random_range(1..40_000);
    let now = start + SignedDuration::from_mins(minutes);
    let flight = Period::new(start, start + SignedDuration::from_hours(336)).unwrap();
    let expected_units = dec!(100) + Decimal::new(random.random_range(0..2) * random.random_range(0..9_999), 3);
    let expected_views = one_of(random, &[dec!(2000), dec!(0), dec!(2000)]);
    let orders = random.random_range(0..12);
    let cost = money(random, &[0, 2_000, 2_999, 9_000, 60_000]);
    let performance = CampaignPerformance {
        impressions: known(random, Absence::ImpressionsNotCounted, |random| random.random_range(0..9_000)),
        clicks: known(random, Absence::ClicksNotReported, |random| random.random_range(0..900)),
        actions: orders,
        revenue: Money { currency: cost.currency, ..money(random, &[0, 2_000, 20_000, 70_000]) },
        cost,
        new_customers: known(random, Absence::NewCustomersUnknown, |random| random.random_range(0..=orders)),
        ..CampaignPerformance::nothing(Period::new(start, now).unwrap(), cost.currency)
    };
    let baseline = Baseline {
        method: one_of(random, &[BaselineMethod::Given, BaselineMethod::SameWeekdays, BaselineMethod::ConcurrentControl]),
        ..Baseline::given(activity(random, expected_units, expected_views))
    };
    let (units, views) = (expected_units * change(random), dec!(2000) * change(random));
    let returned = Decimal::from(random.random_range(0..60));
    measure(&CampaignFacts {
        observed: activity(random, units, views),
        baseline,
        lifecycle: known(random, Absence::TooFewObservations, |_| LifecycleStage::Maturity),
        returns: known(random, Absence::NotYetReported, |random| Returns {
            sold: units.round(),
            returned,
            usual_share: random.random::<f64>() * 0.2,
            chance: if random.random_ratio(1, 6) { 1e-3 } else { random.random() },
        }),
        hours_on_offer: mostly(random, |random| Decimal::new(random.random_range(0..3_360), 1)),
        ..CampaignFacts::reported(flight, now, performance, money(random, &[3_000, 10_000, 90_000]))
    })
}

fn activity(random: &mut ChaCha8Rng, units: Decimal, views: Decimal) -> Activity {
    Activity {
        units: known(random, Absence::NoBaseline, |_| units),
        revenue: known(random, Absence::NotYetReported, |_| euros(units * dec!(49.99))),
        views: known(random, Absence::NoViewSource, |_| views),
    }
}

/// A factor at a threshold of the matrix, just beside one, or anywhere.
pub(crate) fn change(random: &mut ChaCha8Rng) -> Decimal {
    let percent = one_of(random, &[-40, -10, -5, 0, 5, 10, 15, 40]);
    let anywhere = random.random_range(-50_000..50_000);
    let beside = one_of(random, &[0, 0, 1, -1, anywhere]);
    Decimal::ONE + Decimal::new(percent, 2) + Decimal::new(beside, 6)
}

fn prospect(random: &mut ChaCha8Rng) -> Prospect {
    let chances = [dec!(0), dec!(0.01), dec!(0.1), dec!(0.5), dec!(0.9), dec!(0.99), dec!(1)];
    let earns = one_of(random, &chances);
    let earns = (earns + Decimal::new(random.random_range(-1..=1), 4)).clamp(Decimal::ZERO, Decimal::ONE);
    let gain = Decimal::new(random.random_range(-90_000..90_000), 4);
    Prospect {
        product: ProductId::from_number(random.random_range(1..9)),
        margin: ProductMargin { percent: dec!(40), source: one_of(random, &[MarginSource::Store, MarginSource::Assumed]) },
        caused: Decimal::new(random.random_range(0..=10_000), 4),
        gain_per_day: euros(gain),
        low_per_day: euros(gain - dec!(1.25)),
        high_per_day: euros(gain + dec!(2.5)),
        cost_per_day: euros(dec!(2)),
        revenue_per_day: euros(dec!(20)),
        earns,
        earns_with_stock: if random.random_ratio(1, 4) { Decimal::ONE } else { earns },
        tried: random.random_ratio(3, 4),
        days_to_know: mostly(random, |random| Decimal::new(random.random_range(1..3_660), 1)),
        budget_price: None,
    }
}

fn improvement(random: &mut ChaCha8Rng, budget: Money) -> Improvement {
    let raised = Money::new(budget.amount * dec!(1.25), budget.currency);
    let change = if one_of(random, &[true, false]) { Change::NewAd } else { Change::RaiseBudget { from: budget, to: raised } };
    Improvement::expected(change, euros(Decimal::new(random.random_range(1..90_000), 4)))
}

/// A rule whose earlier decisions have not kept what they said.
fn caution(random: &mut ChaCha8Rng) -> Caution {
    let rules = [Basis::Earns, Basis::Improvement, Basis::Rule(Rule::BothRose), Basis::Loses];
    Caution {
        rule: DecidingRule::Verdict(one_of(random, &rules)),
        since: "2026-10-20T00:00:00Z".parse().unwrap(),
        e_value: Decimal::new(random.random_range(1_000..90_000), 1),
        bound: dec!(100),
        checked: 40,
        right: random.random_range(0..40),
        predicted: euros(dec!(620)),
        observed: euros(dec!(180.2)),
    }
}

/// A test beside the rest of the store, often at or near what is needed.
fn test(random: &mut ChaCha8Rng) -> Option<Evidence> {
    if random.random_ratio(1, 3) {
        return None;
    }
    let anytime_p =
        if random.random_ratio(1, 2) { one_of(random, &[0.01, 0.05, 0.1, 1e-4]) } else { random.random_range(1e-6..1.0) };
    let ln_e = known(random, Absence::OutOfRange, |_| -f64::ln(anytime_p));
    let days = known(random, Absence::TooFewObservations, |random| random.random_range(0.1..90.0));
    let ahead = Outlook::After { sales: random.random_range(1.0..900.0), days };
    Some(Evidence {
        alpha: 0.05,
        ln_e,
        ln_e_for_many: ln_e,
        anytime_p,
        is_decided: anytime_p <= 0.05,
        interval: Interval {
            quantity: Quantity::OddsRatio,
            lower: Some(random.random()),
            upper: None,
            level: 0.95,
            is_empty: false,
        },
        assumptions: vec![Assumption::ConstantShare],
        outlook: one_of(random, &[Outlook::Decided, ahead, Outlook::Never { reason: NoDecision::NoEffectSeen }]),
    })
}

fn euros(amount: Decimal) -> Money {
    Money::new(amount, Currency::EUR)
}

/// Cents near one of these, nearly always in euros.
fn money(random: &mut ChaCha8Rng, cents: &[i64]) -> Money {
    let cents = (one_of(random, cents) + random.random_range(-1..=1)).max(0);
    let currency = if random.random_ratio(1, 20) { Currency::USD } else { Currency::EUR };
    Money::new(Decimal::new(cents, 2), currency)
}

fn known<T>(random: &mut ChaCha8Rng, absence: Absence, make: impl FnOnce(&mut ChaCha8Rng) -> T) -> Measured<T> {
    mostly(random, make).map_or(Measured::Absent(absence), Measured::Known)
}

fn mostly<T>(random: &mut ChaCha8Rng, make: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
    random.random_ratio(9, 10).then(|| make(random))
}

pub(crate) fn one_of<T: Copy>(random: &mut ChaCha8Rng, values: &[T]) -> T {
    values[random.random_range(0..values.len())]
}
