//! Running campaigns beside the rest of the store: sequential tests of its shares.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CampaignRecord, Period, ProductHour, ProductId};
use campaign_pilot_decision_engine::StoreEvidence;
use campaign_pilot_metrics::evidence::{DayOfSales, Evidence, ShareWatch, StoreShare, StoreSharePolicy, counted_sales};
use jiff::Timestamp;
use rust_decimal::prelude::ToPrimitive;

use super::{DAY, touches_until};
use crate::history::{Coverage, hours_of, hours_within};
use crate::policy::days;
use crate::snapshot::{Known, Snapshot};

/// The days before a campaign that its product's share is taken from.
const HISTORY_DAYS: u32 = 56;

/// What the tests say of each campaign that runs. Campaigns whose history or control is too short are not among them.
pub(crate) fn store_evidence(snapshot: &Snapshot, known: &Known) -> BTreeMap<CampaignId, StoreEvidence> {
    let Some(covered) = snapshot.coverage.and_then(Coverage::period) else { return BTreeMap::new() };
    let mut rest = Rest::of(snapshot, known, covered);
    if rest.hours.is_empty() {
        return BTreeMap::new();
    }
    let mut flights: BTreeMap<&ProductId, Vec<&CampaignRecord>> = BTreeMap::new();
    for record in &known.campaigns {
        flights.entry(&record.campaign.spec.product).or_default().push(record);
    }
    let tested = known.live(snapshot.now).filter_map(|record| {
        let of_product = flights.get(&record.campaign.spec.product)?;
        Some((record.campaign.spec.id.clone(), test(record, of_product, snapshot, known, &mut rest)?))
    });
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
    days: BTreeMap<i64, DayCounts>,
}

/// What each day had, the first of them by its number.
#[derive(Clone, Debug)]
struct DayCounts {
    first: i64,
    days: Vec<Counts>,
}

impl DayCounts {
    /// The days of a period, which begin so many seconds after midnight.
    fn of(period: Period, offset: i64) -> Self {
        let day_of = |instant: Timestamp| (instant.as_second() - offset).div_euclid(DAY);
        let (first, last) = (day_of(period.start()), day_of(period.end()));
        Self { first, days: vec![Counts::default(); usize::try_from(last - first + 1).unwrap_or_default()] }
    }

    fn get(&self, day: i64) -> Counts {
        usize::try_from(day - self.first).ok().and_then(|day| self.days.get(day)).copied().unwrap_or_default()
    }

    /// Adds the hours of the period.
    fn count(&mut self, hours: &[ProductHour], period: Period, offset: i64) {
        for row in hours_within(hours, period) {
            let day = (row.hour.as_second() - offset).div_euclid(DAY) - self.first;
            let Some(counts) = usize::try_from(day).ok().and_then(|day| self.days.get_mut(day)) else { continue };
            counts.sales += counted_sales(row.units.saturating_sub(row.refunded_units), row.orders, 1);
            counts.views += views(row);
        }
    }
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
        Self { hours: untouched.map(|(_, hours)| &**hours).collect(), covered, days: BTreeMap::new() }
    }

    /// Its days that begin as a campaign's do, counted from 1970.
    fn days(&mut self, offset: i64) -> &DayCounts {
        let (hours, covered) = (&self.hours, self.covered);
        self.days.entry(offset).or_insert_with(|| {
            let mut days = DayCounts::of(covered, offset);
            hours.iter().for_each(|hours| days.count(hours, covered, offset));
            days
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "page views of an hour")]
fn views(row: &ProductHour) -> f64 {
    row.views.known().map_or(0.0, |views| *views as f64)
}

fn test(
    record: &CampaignRecord,
    of_product: &[&CampaignRecord],
    snapshot: &Snapshot,
    known: &Known,
    rest: &mut Rest<'_>,
) -> Option<StoreEvidence> {
    let covered = rest.covered;
    let spec = &record.campaign.spec;
    let start = spec.flight.start();
    // An earlier flight of the same product is no history of what it sells by itself.
    let earlier = of_product.iter().filter(|other| other.campaign.spec.flight.start() < start);
    let earlier = earlier.filter_map(|other| touches_until(other)).max();
    let begin = start.checked_sub(days(HISTORY_DAYS)).ok()?.max(covered.start()).max(earlier.unwrap_or(covered.start()));
    let offset = start.as_second().rem_euclid(DAY);
    let day_of = |instant: Timestamp| (instant.as_second() - offset).div_euclid(DAY);
    let (first, launch, today) = (day_of(begin) + 1, day_of(start), day_of(snapshot.now.min(covered.end())));
    let mut own = DayCounts::of(covered, offset);
    own.count(hours_of(&spec.product, snapshot), covered, offset);
    let rest = rest.days(offset);
    let at = |day: i64| (own.get(day), rest.get(day));
    let of_sales = |day: i64| {
        let (own, rest) = at(day);
        DayOfSales { promoted: own.sales, rest: rest.sales }
    };
    let of_views = |day: i64| {
        let (own, rest) = at(day);
        DayOfSales { promoted: own.views, rest: rest.views }
    };
    // Days of which the campaign was on offer for less than half say nothing of it.
    let rests = known.spending.rests(record);
    let was_on_offer = |day: i64| 2 * seconds_within(&rests, day * DAY + offset) < DAY;
    let sales = Days::of(first, launch, today, was_on_offer, of_sales);
    let has_views = snapshot.views.then(|| Days::of(first, launch, today, was_on_offer, of_views));
    Some(StoreEvidence {
        sales_rose: sales.tested(),
        sales_fell: sales.turned().tested(),
        views_rose: has_views.as_ref().and_then(Days::tested),
        views_fell: has_views.as_ref().and_then(|views| views.turned().tested()),
        may_have_other_causes: sales.may_have_other_causes(),
    })
}

/// How many seconds of a day that begins at a second lie within some periods.
fn seconds_within(periods: &[Period], begin: i64) -> i64 {
    let inside = |period: &Period| period.end().as_second().min(begin + DAY) - period.start().as_second().max(begin);
    periods.iter().map(|period| inside(period).max(0)).sum()
}

/// The days before a campaign, those since, and what of the present one has come.
struct Days {
    history: Vec<DayOfSales>,
    live: Vec<DayOfSales>,
    today: DayOfSales,
}

impl Days {
    fn of(first: i64, launch: i64, today: i64, counts: impl Fn(i64) -> bool, day: impl Fn(i64) -> DayOfSales) -> Self {
        Self {
            history: (first..launch).map(&day).collect(),
            live: (launch..today).filter(|day| counts(*day)).map(&day).collect(),
            today: if today >= launch && counts(today) { day(today) } else { DayOfSales::default() },
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
