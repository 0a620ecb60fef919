//! The analyst: what campaigns did to sales and views.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    Absence, CampaignId, CampaignPerformance, CampaignRecord, Measured, Money, Period, ProductHour, ProductId,
};
use campaign_pilot_metrics::{
    Activity, Baseline, BaselineMethod, BaselineSettings, CampaignFacts, CampaignMetrics, History, LifecycleStage, Returns, Roas,
    RobustTrend,
};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::history::since;
use crate::incrementality::touches_until;
use crate::policy::{CadencePolicy, days};
use crate::snapshot::{Known, Snapshot, is_live};

/// Measures campaigns. A pure function of what was read; nothing is asked for and nothing is changed.
#[derive(Clone, Debug, Default)]
pub struct AnalystAgent {
    cadence: CadencePolicy,
}

/// What the analyst found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Analysis {
    /// Every campaign whose numbers still change; of a monitoring cycle, those that run.
    pub campaigns: BTreeMap<CampaignId, CampaignAnalysis>,
    /// All of them together.
    pub portfolio: PortfolioKpis,
}

/// One campaign, measured.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignAnalysis {
    /// The product.
    pub product: ProductId,
    /// The campaign's name.
    pub name: String,
    /// Whether it ran at the time.
    pub live: bool,
    /// Up to when sales and views were compared: its end once it is over.
    pub until: Timestamp,
    /// The product's price at the time.
    pub price: Option<Money>,
    /// Every metric.
    pub metrics: CampaignMetrics,
}

/// The numbers of all campaigns together.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PortfolioKpis {
    /// Campaigns that run.
    pub live: usize,
    /// The budgets of those.
    pub budget: Money,
    /// What all measured campaigns cost.
    pub cost: Money,
    /// The revenue credited to them.
    pub revenue: Money,
    /// Credited revenue / cost.
    pub gross_roas: Measured<Decimal>,
    /// (Credited revenue - cost) / cost.
    pub net_roas: Measured<Decimal>,
    /// Revenue beyond the baselines, of those campaigns where it is known.
    pub incremental_revenue: Measured<Money>,
    /// What could not be added up, in sentences.
    pub notes: Vec<String>,
}

impl AnalystAgent {
    /// An analyst.
    #[must_use]
    pub const fn new(cadence: CadencePolicy) -> Self {
        Self { cadence }
    }

    /// Measures every campaign whose numbers still change.
    ///
    /// Sales and views are compared over the time that is really covered by what was read. A campaign whose product has no
    /// hours in the snapshot is measured by its platform's numbers alone, and the rest is absent.
    #[must_use]
    pub fn analyse(&self, snapshot: &Snapshot, known: &Known) -> Analysis {
        self.measure(snapshot, known, |_| true, |_| None)
    }

    /// The same, where a campaign that is over keeps its last measurement while its numbers stay the same; once a week it is
    /// measured anew, for what the store took back meanwhile.
    #[must_use]
    pub fn analyse_changed(&self, snapshot: &Snapshot, known: &Known, changed: &BTreeSet<&CampaignId>) -> Analysis {
        let day = snapshot.now.as_second().div_euclid(86_400);
        let kept = |record: &CampaignRecord| {
            let id = &record.campaign.spec.id;
            let flight_day = record.campaign.spec.flight.end().as_second().div_euclid(86_400);
            let is_due = (day - flight_day).rem_euclid(7) == 0;
            let last = known.analyses.get(id).filter(|last| !last.live && !is_live(record, snapshot.now))?;
            (!is_due && !changed.contains(id)).then(|| last.clone())
        };
        self.measure(snapshot, known, |_| true, kept)
    }

    /// The same for campaigns alone that run, those that are wanted: what can still be stopped.
    #[must_use]
    pub fn analyse_running(&self, snapshot: &Snapshot, known: &Known, is_wanted: impl Fn(&CampaignRecord) -> bool) -> Analysis {
        self.measure(snapshot, known, |record| is_live(record, snapshot.now) && is_wanted(record), |_| None)
    }

    fn measure(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        is_wanted: impl Fn(&CampaignRecord) -> bool,
        kept: impl Fn(&CampaignRecord) -> Option<CampaignAnalysis>,
    ) -> Analysis {
        let tail = days(self.cadence.tail_days);
        let sold = sold_by_product(known);
        let campaigns: BTreeMap<_, _> = known
            .in_tail(snapshot.now, tail)
            .filter(|record| is_wanted(record))
            .map(|record| {
                let analysis = kept(record).unwrap_or_else(|| analyse_one(record, &sold, snapshot, known));
                (record.campaign.spec.id.clone(), analysis)
            })
            .collect();
        let portfolio = portfolio(&campaigns, snapshot);
        Analysis { campaigns, portfolio }
    }
}

/// When ads sold, by product: the flights with their tails, by their starts.
fn sold_by_product(known: &Known) -> BTreeMap<&ProductId, Vec<Period>> {
    let mut sold: BTreeMap<&ProductId, Vec<Period>> = BTreeMap::new();
    for record in &known.campaigns {
        let spec = &record.campaign.spec;
        let times = touches_until(record).and_then(|until| Period::new(spec.flight.start(), until).ok());
        sold.entry(&spec.product).or_default().extend(times);
    }
    sold
}

fn analyse_one(
    record: &CampaignRecord,
    sold: &BTreeMap<&ProductId, Vec<Period>>,
    snapshot: &Snapshot,
    known: &Known,
) -> CampaignAnalysis {
    let spec = &record.campaign.spec;
    let live = is_live(record, snapshot.now);
    let previous = known.analyses.get(&spec.id);
    let until = match previous {
        Some(previous) if !live && !previous.live => previous.until,
        _ => snapshot.now.min(spec.flight.end()),
    };
    let hours: &[ProductHour] = snapshot.hours.get(&spec.product).map_or(&[], |hours| &**hours);
    let coverage = snapshot.coverage.and_then(crate::Coverage::period).filter(|_| snapshot.hours.contains_key(&spec.product));
    let earlier = sold.get(&spec.product).into_iter().flatten().filter(|other| other.start() < spec.flight.start());
    let settings = BaselineSettings {
        zone: known.time_zone(),
        earlier_campaigns: &earlier.copied().collect::<Vec<_>>(),
        rests: &known.spending.rests(record),
        ..BaselineSettings::default()
    };
    let compared = compare(hours, coverage, spec.flight.start(), until, &settings).unwrap_or_else(Compared::absent);
    let price = snapshot.products.get(&spec.product).and_then(|product| product.price).or(record.campaign.product.price);
    let performance = record.performance.clone().unwrap_or_else(|| nothing_yet(record, snapshot));
    let facts = CampaignFacts {
        observed: compared.observed,
        baseline: compared.baseline,
        market: snapshot.signals.get(&spec.product).copied(),
        impact_trend: compared.impact_trend,
        lifecycle: compared.lifecycle,
        store_new_customers: compared.new_customers,
        returns: compared.returns,
        hours_on_offer: Some(known.spending.hours_on_offer(record, until)),
        ..CampaignFacts::reported(spec.flight, until, performance, record.campaign.budget)
    };
    let metrics = campaign_pilot_metrics::measure(&facts);
    CampaignAnalysis { product: spec.product.clone(), name: spec.name.clone(), live, until, price, metrics }
}

/// What the store's history says about a campaign.
struct Compared {
    observed: Activity,
    baseline: Baseline,
    impact_trend: Measured<RobustTrend>,
    lifecycle: Measured<LifecycleStage>,
    new_customers: Measured<u64>,
    returns: Measured<Returns>,
}

impl Compared {
    const fn absent(why: Absence) -> Self {
        Self {
            observed: Activity::absent(why),
            baseline: Baseline::absent(METHOD, why),
            impact_trend: Measured::Absent(why),
            lifecycle: Measured::Absent(why),
            new_customers: Measured::Absent(why),
            returns: Measured::Absent(why),
        }
    }
}

const METHOD: BaselineMethod = BaselineMethod::SameWeekdays;

/// What was observed since the start, what was to be expected, where that is going, and how sales moved before.
fn compare(
    hours: &[ProductHour],
    coverage: Option<Period>,
    start: Timestamp,
    until: Timestamp,
    settings: &BaselineSettings<'_>,
) -> Result<Compared, Absence> {
    let coverage = coverage.ok_or(Absence::NotYetReported)?;
    let target = Period::new(start, until.min(coverage.end())).map_err(|_| Absence::TooFewObservations)?;
    let whole = History::new(hours).covering(coverage);
    // Nothing but the sales curve looks further back than the baseline's weeks.
    let history = History::new(since(hours, baseline_start(start, settings))).covering(coverage);
    let observed = campaign_pilot_metrics::observed_with(&history, target, METHOD, settings).map(|observed| observed.activity);
    Ok(Compared {
        observed: observed.unwrap_or_else(Activity::absent),
        baseline: campaign_pilot_metrics::baseline_with(&history, target, METHOD, settings),
        impact_trend: campaign_pilot_metrics::impact_trend(&history, target, settings).into(),
        lifecycle: campaign_pilot_metrics::lifecycle_of(&whole, start).map(|lifecycle| lifecycle.stage).into(),
        new_customers: campaign_pilot_metrics::store_new_customers(&history, target).into(),
        returns: campaign_pilot_metrics::returns(&history, target, settings).into(),
    })
}

/// When the weeks begin that a baseline for a campaign from `start` on is drawn from, with a day to spare for part of an hour.
pub(crate) fn baseline_start(start: Timestamp, settings: &BaselineSettings<'_>) -> Timestamp {
    start.checked_sub(SignedDuration::from_hours(24 * (7 * settings.weeks + 1))).unwrap_or(Timestamp::MIN)
}

fn nothing_yet(record: &CampaignRecord, snapshot: &Snapshot) -> CampaignPerformance {
    let start = record.campaign.spec.flight.start();
    let period = Period::new(start, snapshot.now)
        .or_else(|_| Period::ending_at(snapshot.now, SignedDuration::from_secs(1)))
        .unwrap_or(record.campaign.spec.flight);
    CampaignPerformance::nothing(period, record.campaign.budget.currency)
}

fn portfolio(campaigns: &BTreeMap<CampaignId, CampaignAnalysis>, snapshot: &Snapshot) -> PortfolioKpis {
    let nothing = Money::zero(snapshot.platform_currency);
    let mut kpis = PortfolioKpis {
        live: 0,
        budget: nothing,
        cost: nothing,
        revenue: nothing,
        gross_roas: Measured::Absent(Absence::NoSpend),
        net_roas: Measured::Absent(Absence::NoSpend),
        incremental_revenue: Measured::Absent(Absence::NoBaseline),
        notes: Vec::new(),
    };
    for (id, analysis) in campaigns {
        let exposure = &analysis.metrics.exposure;
        let sums = kpis.cost.checked_add(exposure.cost).and_then(|cost| Ok((cost, kpis.revenue.checked_add(exposure.revenue)?)));
        match sums {
            Ok((cost, revenue)) => (kpis.cost, kpis.revenue) = (cost, revenue),
            Err(error) => kpis.notes.push(format!("campaign {id} is not in the totals: {error}")),
        }
        if analysis.live {
            kpis.live += 1;
            kpis.budget = kpis.budget.checked_add(exposure.budget).unwrap_or(kpis.budget);
        }
        if let Measured::Known(gain) = analysis.metrics.incremental_revenue {
            let sum = kpis.incremental_revenue.known().copied().unwrap_or(Money::zero(gain.currency));
            kpis.incremental_revenue = Measured::Known(sum.checked_add(gain).unwrap_or(sum));
        }
    }
    let roas = Roas::new(kpis.revenue, kpis.cost);
    kpis.gross_roas = roas.map(Roas::gross).into();
    kpis.net_roas = roas.map(Roas::net).into();
    kpis
}
