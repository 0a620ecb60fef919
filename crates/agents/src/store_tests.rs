//! Running campaigns beside the rest of the store: sequential tests of its shares, and which part of the credited sales is caused.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CampaignRecord, Period, ProductHour, ProductId};
use campaign_pilot_decision_engine::StoreEvidence;
use campaign_pilot_metrics::evidence::{DayOfSales, Evidence, ShareWatch, StoreShare, StoreSharePolicy, counted_sales};
use campaign_pilot_metrics::{CausedShare, CausedShareFacts, CausedSharePolicy, DaySale, ProductSales, SharePrior, caused_share};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::prelude::ToPrimitive;

use crate::history::Coverage;
use crate::policy::{Policy, days};
use crate::prospects::{hours_of, hours_within};
use crate::snapshot::{Known, Snapshot};

/// For how many days after its end an ad can still change what its product sells.
const TAIL_DAYS: u32 = 14;
/// The days before a campaign that its product's share is taken from.
const HISTORY_DAYS: u32 = 56;
/// For how many days what was caused is reckoned with before it is estimated again.
const ESTIMATE_DAYS: i64 = 7;
const DAY: i64 = 86_400;

/// What the tests say of each campaign that runs. Campaigns whose history or control is too short are not among them.
pub(crate) fn store_evidence(snapshot: &Snapshot, known: &Known) -> BTreeMap<CampaignId, StoreEvidence> {
    let Some(covered) = snapshot.coverage.and_then(Coverage::period) else { return BTreeMap::new() };
    let mut rest = Rest::of(snapshot, known, covered);
    if rest.hours.is_empty() {
        return BTreeMap::new();
    }
    let tested = known
        .live(snapshot.now)
        .filter_map(|record| Some((record.campaign.spec.id.clone(), test(record, snapshot, known, covered, &mut rest)?)));
    tested.collect()
}

/// What a day had of sales and of views.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    sales: f64,
    views: f64,
}

/// The products that no ad has touched for as long as anything is compared with.
struct Rest<'a> {
    hours: Vec<&'a [ProductHour]>,
    covered: Period,
    /// Its days, by the hour at which they begin.
    days: BTreeMap<i64, BTreeMap<i64, Counts>>,
}

impl<'a> Rest<'a> {
    fn of(snapshot: &'a Snapshot, known: &Known, covered: Period) -> Self {
        let touched: BTreeSet<&ProductId> = known
            .campaigns
            .iter()
            .filter(|record| touches_until(record).is_some_and(|until| until > covered.start()))
            .map(|record| &record.campaign.spec.product)
            .collect();
        let untouched = snapshot.hours.iter().filter(|(product, _)| !touched.contains(product));
        Self { hours: untouched.map(|(_, hours)| hours.as_slice()).collect(), covered, days: BTreeMap::new() }
    }

    /// Its days that begin as a campaign's do, counted from 1970.
    fn days(&mut self, offset: i64) -> &BTreeMap<i64, Counts> {
        let (hours, covered) = (&self.hours, self.covered);
        self.days.entry(offset).or_insert_with(|| {
            let mut days = BTreeMap::new();
            hours.iter().for_each(|hours| count(hours, covered, offset, &mut days));
            days
        })
    }
}

/// Until when a campaign's ad can change what its product sells; `None` for one that never was at the platform.
fn touches_until(record: &CampaignRecord) -> Option<Timestamp> {
    record.campaign.platform_id.as_ref()?;
    record.campaign.spec.flight.end().checked_add(days(TAIL_DAYS)).ok()
}

fn count(hours: &[ProductHour], period: Period, offset: i64, days: &mut BTreeMap<i64, Counts>) {
    for row in hours_within(hours, period) {
        let counts = days.entry((row.hour.as_second() - offset).div_euclid(DAY)).or_default();
        counts.sales += counted_sales(row.units.saturating_sub(row.refunded_units), row.orders, 1);
        counts.views += views(row);
    }
}

#[expect(clippy::cast_precision_loss, reason = "page views of an hour")]
fn views(row: &ProductHour) -> f64 {
    row.views.known().map_or(0.0, |views| *views as f64)
}

fn test(
    record: &CampaignRecord,
    snapshot: &Snapshot,
    known: &Known,
    covered: Period,
    rest: &mut Rest<'_>,
) -> Option<StoreEvidence> {
    let spec = &record.campaign.spec;
    let start = spec.flight.start();
    // An earlier flight of the same product is no history of what it sells by itself.
    let earlier = known.campaigns.iter().filter(|other| other.campaign.spec.product == spec.product);
    let earlier = earlier.filter(|other| other.campaign.spec.flight.start() < start).filter_map(touches_until).max();
    let begin = start.checked_sub(days(HISTORY_DAYS)).ok()?.max(covered.start()).max(earlier.unwrap_or(covered.start()));
    let offset = start.as_second().rem_euclid(DAY);
    let day_of = |instant: Timestamp| (instant.as_second() - offset).div_euclid(DAY);
    let (first, launch, today) = (day_of(begin) + 1, day_of(start), day_of(snapshot.now.min(covered.end())));
    let mut own = BTreeMap::new();
    count(hours_of(&spec.product, snapshot), covered, offset, &mut own);
    let rest = rest.days(offset);
    let at = |day: i64| (own.get(&day).copied().unwrap_or_default(), rest.get(&day).copied().unwrap_or_default());
    let of_sales = |day: i64| {
        let (own, rest) = at(day);
        DayOfSales { promoted: own.sales, rest: rest.sales }
    };
    let of_views = |day: i64| {
        let (own, rest) = at(day);
        DayOfSales { promoted: own.views, rest: rest.views }
    };
    let sales = Days::of(first, launch, today, of_sales);
    let has_views = snapshot.views.then(|| Days::of(first, launch, today, of_views));
    Some(StoreEvidence {
        sales_rose: sales.tested(),
        sales_fell: sales.turned().tested(),
        views_rose: has_views.as_ref().and_then(Days::tested),
        views_fell: has_views.as_ref().and_then(|views| views.turned().tested()),
        may_have_other_causes: sales.may_have_other_causes(),
    })
}

/// The days before a campaign, those since, and what of the present one has come.
struct Days {
    history: Vec<DayOfSales>,
    live: Vec<DayOfSales>,
    today: DayOfSales,
}

impl Days {
    fn of(first: i64, launch: i64, today: i64, day: impl Fn(i64) -> DayOfSales) -> Self {
        Self {
            history: (first..launch).map(&day).collect(),
            live: (launch..today).map(&day).collect(),
            today: if today >= launch { day(today) } else { DayOfSales::default() },
        }
    }

    /// The rest in the place of the product, so that a fall of the product is a rise.
    fn turned(&self) -> Self {
        let turn = |day: &DayOfSales| DayOfSales { promoted: day.rest, rest: day.promoted };
        let turned = |days: &[DayOfSales]| days.iter().map(turn).collect();
        Self { history: turned(&self.history), live: turned(&self.live), today: turn(&self.today) }
    }

    fn tested(&self) -> Option<Evidence> {
        let mut test = StoreShare::new(&StoreSharePolicy::default(), &self.history).ok()?;
        for day in self.live.iter().chain([&self.today]) {
            test.observe(day.promoted, day.rest).ok()?;
        }
        let sold: f64 = self.live.iter().map(|day| day.promoted).sum();
        let per_day = (!self.live.is_empty()).then(|| sold / self.live.len().to_f64().unwrap_or(1.0));
        test.evidence(per_day.filter(|rate| *rate > 0.0)).ok()
    }

    fn may_have_other_causes(&self) -> bool {
        let watch = ShareWatch::new(&StoreSharePolicy::default(), &self.history);
        watch.and_then(|watch| watch.look(&self.live, self.today)).is_ok_and(|warnings| warnings.holds_a_win())
    }
}

/// Which part of the credited sales was caused by ads, as it was estimated last.
#[derive(Clone, Debug, serde::Deserialize, PartialEq, serde::Serialize)]
pub struct CausedEstimate {
    /// When it was estimated.
    pub at: Timestamp,
    /// What was found.
    pub share: CausedShare,
}

/// The estimate to reckon with: the last one while it is fresh, else a new one. `None` before there is any history.
pub(crate) fn estimate_caused(snapshot: &Snapshot, known: &Known, policy: &Policy) -> Option<CausedEstimate> {
    let last = known.learned.caused.as_ref();
    let fresh = |last: &&CausedEstimate| snapshot.now.duration_since(last.at) < SignedDuration::from_hours(24 * ESTIMATE_DAYS);
    if let Some(last) = last.filter(fresh) {
        return Some(last.clone());
    }
    let covered = snapshot.coverage.and_then(Coverage::period)?;
    let mean = policy.contribution.caused_percent.to_f64()? / 100.0;
    let deviation = policy.contribution.caused_deviation_percent.to_f64()? / 100.0;
    let prior = SharePrior::new(mean, deviation).ok()?;
    let facts = caused_facts(snapshot, known, covered);
    let share = caused_share(&facts, &CausedSharePolicy { prior, ..CausedSharePolicy::default() });
    Some(CausedEstimate { at: snapshot.now, share })
}

fn caused_facts(snapshot: &Snapshot, known: &Known, covered: Period) -> CausedShareFacts {
    let day =
        |instant: Timestamp| u32::try_from((instant.as_second() - covered.start().as_second()).div_euclid(DAY)).unwrap_or(0);
    let last = day(covered.end()).min(campaign_pilot_metrics::MAXIMUM_CAUSED_SHARE_DAYS);
    let mut ads: BTreeMap<&ProductId, Vec<&CampaignRecord>> = BTreeMap::new();
    for record in &known.campaigns {
        let end = touches_until(record).filter(|until| *until > covered.start());
        if end.is_some() {
            ads.entry(&record.campaign.spec.product).or_default().push(record);
        }
    }
    let products = snapshot.hours.iter().map(|(product, hours)| {
        let mut of = ProductSales::default();
        let mut sales: BTreeMap<u32, DaySale> = BTreeMap::new();
        let mut empty: BTreeMap<u32, u32> = BTreeMap::new();
        for row in hours_within(hours, covered) {
            let day = day(row.hour);
            if row.orders > 0 {
                let sale = sales.entry(day).or_insert(DaySale { day, units: 0, orders: 0 });
                sale.units = sale.units.saturating_add(u32::try_from(row.units.max(0)).unwrap_or(u32::MAX));
                sale.orders = sale.orders.saturating_add(u32::try_from(row.orders).unwrap_or(u32::MAX));
            }
            *empty.entry(day).or_default() += u32::from(!row.in_stock);
        }
        of.sold = sales.into_values().collect();
        of.left_out = empty.into_iter().filter(|(_, hours)| *hours >= 12).map(|(day, _)| day..day + 1).collect();
        for record in ads.get(product).into_iter().flatten() {
            let (flight, until) = (record.campaign.spec.flight, touches_until(record));
            of.affected.push(day(flight.start())..until.map_or(last, |until| day(until).min(last)));
            credit(record, &mut of);
        }
        of
    });
    CausedShareFacts { days: last, products: products.collect() }
}

#[expect(clippy::cast_precision_loss, reason = "a count of orders")]
fn credit(record: &CampaignRecord, of: &mut ProductSales) {
    let Some(performance) = &record.performance else { return };
    let orders = performance.actions as f64;
    let price = record.campaign.product.price.and_then(|price| price.amount.to_f64()).filter(|price| *price > 0.0);
    let revenue = performance.revenue.amount.to_f64().unwrap_or(0.0).max(0.0);
    of.credited_units += price.map_or(orders, |price| revenue / price);
    of.credited_orders = Some(of.credited_orders.unwrap_or(0.0) + orders);
}

/// The share to reckon with, from 0 to 1.
pub(crate) fn caused(estimate: Option<&CausedEstimate>, policy: &Policy) -> rust_decimal::Decimal {
    use rust_decimal::Decimal;
    use rust_decimal::prelude::FromPrimitive;

    let assumed = policy.contribution.caused_percent / Decimal::ONE_HUNDRED;
    let found = estimate.and_then(|estimate| Decimal::from_f64(estimate.share.posterior_mean));
    found.map_or(assumed, |share| share.round_dp(4)).clamp(Decimal::ZERO, Decimal::ONE)
}
