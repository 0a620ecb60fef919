//! Checks on the remembered hours: gaps, silence, outliers, duplicates, contradictions.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, Measured, Period, ProductHour, ProductId};
use jiff::{SignedDuration, Timestamp};

use super::robust::{deviation, median, stabilized};
use super::{Check, DataSource, Finding, GatePolicy, Severity, Subject};
use crate::history::{HOUR, hour_of};

const HOURS_PER_WEEK: usize = 168;

/// The most weeks that are looked at for what is usual: eight, up to the end of what is covered.
const PROFILE_WEEKS: usize = 8;

/// In a silence there have to be at least so many hours that usually bring something: one late hour is none.
const BUSY_HOURS: usize = 3;

/// How sure it has to be that a silence is not chance, as the natural logarithm of one in so many.
const DOUBTFUL_SILENCE: f64 = 5.0;
const IMPOSSIBLE_SILENCE: f64 = 14.0;

/// Remembered hours of all products.
#[derive(Clone, Debug)]
pub struct Hours<'a> {
    /// The hours, in slices of any size and order. A covered hour without a row had neither sales nor views.
    pub rows: Vec<&'a [ProductHour]>,
    /// What was read, without a gap; `None` when nothing was.
    pub covered: Option<Period>,
    /// What should have been read.
    pub expected: Period,
}

/// Checks the remembered hours.
///
/// - Hours of `expected` that are not covered: at its start a note (a young store), at its end a failure once they are more
///   than [`GatePolicy::max_age_hours`].
/// - Silence: in a run of hours nothing was sold (or viewed) in the whole store. With `m` expected from the means of the same
///   hours of the week, `d` the dispersion and `n` hours looked at, it is doubtful when `m / d - ln n` is above 5, and a
///   failure above 14 within the last [`GatePolicy::recent_days`], if at least three of the hours usually bring something.
/// - Outliers: with `z = 2 sqrt(x + 3/8) - 2 sqrt(m + 3/8)`, `m` the median of the same hour of the week, an hour whose `|z|`
///   is above [`GatePolicy::outlier_deviations`] times the larger of `sqrt(d)` and 1.4826 times the median absolute deviation
///   of all `z`. Units and views of each product, and of the store as a whole.
///
///   The dispersion `d` is the median over the hours of the week of variance over mean, at least 1: what chance makes of
///   counts that come one by one. Views come in bunches.
/// - Duplicates, counts below zero, two currencies, hours after `now`, sales in the midst of a time without stock.
#[must_use]
pub fn check_hours(hours: &Hours<'_>, now: Timestamp, policy: &GatePolicy) -> Vec<Finding> {
    let mut findings = gaps(hours, policy);
    let (found, in_order) = row_by_row(&hours.rows, now, policy);
    findings.extend(found);
    if let Some(covered) = hours.covered {
        findings.extend(series_by_series(&hours.rows, in_order, covered, policy));
    }
    findings
}

fn gaps(hours: &Hours<'_>, policy: &GatePolicy) -> Vec<Finding> {
    let source = DataSource::Store;
    let expected = hours.expected;
    let whole = |seconds: i64| seconds.max(0).unsigned_abs() / HOUR.unsigned_abs();
    let Some(covered) = hours.covered else {
        let count = whole(expected.length().as_secs());
        let sentence = format!("none of {count} h was read");
        return vec![Finding::whole(Severity::Failure, source, Check::MissingHours, count, sentence)];
    };
    let early = whole(covered.start().min(expected.end()).duration_since(expected.start()).as_secs());
    let late = whole(expected.end().duration_since(covered.end().max(expected.start())).as_secs());
    let mut findings = Vec::new();
    if early > 0 {
        let sentence = format!("the history begins {early} h later than wanted");
        findings.push(Finding::whole(Severity::Note, source, Check::MissingHours, early, sentence));
    }
    if late > 0 {
        let severity = if late > u64::from(policy.max_age_hours) { Severity::Failure } else { Severity::Warning };
        let sentence = format!("the last {late} h were not read");
        findings.push(Finding::whole(severity, source, Check::MissingHours, late, sentence));
    }
    findings
}

/// What single rows show; and whether they come by product and hour, each once.
fn row_by_row(slices: &[&[ProductHour]], now: Timestamp, policy: &GatePolicy) -> (Vec<Finding>, bool) {
    let source = DataSource::Store;
    let skew = SignedDuration::from_mins(i64::from(policy.clock_skew_minutes));
    let latest = now.checked_add(skew).unwrap_or(Timestamp::MAX);
    let ordered = Seen::in_order(slices, latest);
    let in_order = ordered.as_ref().is_some_and(|seen| seen.twice.is_empty());
    let seen = ordered.unwrap_or_else(|| Seen::sorted(slices, latest));
    let mixed = if seen.has_currencies { other_currencies(slices, seen.currency) } else { Vec::new() };
    let found = [
        Finding::about(Severity::Failure, source, Check::Duplicates, seen.twice, |count| {
            format!("{count} rows count the same product and hour again")
        }),
        Finding::about(Severity::Failure, source, Check::NegativeCounts, seen.negative, |count| {
            format!("{count} rows have a count or an amount below zero, or more new customers than orders")
        }),
        Finding::about(Severity::Failure, source, Check::Future, seen.future, |count| format!("{count} rows lie in the future")),
        Finding::about(Severity::Failure, source, Check::Currencies, mixed, |count| {
            format!("{count} rows are in another currency than the others")
        }),
        Finding::about(Severity::Warning, source, Check::SalesAgainstStock, seen.sold_out, |count| {
            format!("{count} rows have sales amid a time without stock")
        }),
    ];
    (found.into_iter().flatten().collect(), in_order)
}

/// What one pass over the rows finds: a store's past is larger than any cache.
#[derive(Debug, Default)]
struct Seen {
    twice: Vec<Subject>,
    negative: Vec<Subject>,
    future: Vec<Subject>,
    sold_out: Vec<Subject>,
    /// The first of the currencies by name, and whether there are others.
    currency: Option<Currency>,
    has_currencies: bool,
}

impl Seen {
    /// Looks at rows that come by product and hour, as they mostly do; `None` where they do not.
    fn in_order(slices: &[&[ProductHour]], latest: Timestamp) -> Option<Self> {
        let mut seen = Self::default();
        let mut last: Option<&ProductHour> = None;
        for slice in slices.iter().copied().filter(|slice| !slice.is_empty()) {
            let follows = last.zip(slice.first()).is_none_or(|(last, next)| last.product < next.product);
            if !follows || !slice.is_sorted_by(|a, b| by_product_and_hour(a, b).is_le()) {
                return None;
            }
            seen.look_at(slice, latest);
            last = slice.last();
        }
        Some(seen)
    }

    fn sorted(slices: &[&[ProductHour]], latest: Timestamp) -> Self {
        let mut rows: Vec<ProductHour> = slices.iter().copied().flatten().cloned().collect();
        rows.sort_by(by_product_and_hour);
        let mut seen = Self::default();
        seen.look_at(&rows, latest);
        seen
    }

    /// Looks at rows by product and hour.
    fn look_at(&mut self, rows: &[ProductHour], latest: Timestamp) {
        for row in rows {
            let below = row.revenue.amount.min(row.refunds.amount) < rust_decimal::Decimal::ZERO;
            let more_new = row.new_customers.known().is_some_and(|new| *new > row.orders);
            if below || row.units < 0 || row.refunded_units < 0 || more_new {
                self.negative.push(subject(row));
            }
            if row.hour > latest {
                self.future.push(subject(row));
            }
            for currency in [row.revenue.currency, row.refunds.currency] {
                let first = *self.currency.get_or_insert(currency);
                self.has_currencies |= currency != first;
                self.currency = Some(first.min(currency));
            }
        }
        self.twice.extend(rows.windows(2).filter_map(|pair| match pair {
            [first, second] if is_same(first, second) => Some(subject(second)),
            _ => None,
        }));
        self.sold_out.extend(sales_amid_no_stock(rows).map(subject));
    }
}

fn other_currencies(slices: &[&[ProductHour]], currency: Option<Currency>) -> Vec<Subject> {
    let is_other = |row: &&ProductHour| [row.revenue, row.refunds].iter().any(|amount| Some(amount.currency) != currency);
    slices.iter().copied().flatten().filter(is_other).map(subject).collect()
}

fn subject(row: &ProductHour) -> Subject {
    Subject::ProductHour(row.product.clone(), row.hour)
}

fn by_product_and_hour(a: &ProductHour, b: &ProductHour) -> Ordering {
    if a.product == b.product { hour_of(a.hour).cmp(&hour_of(b.hour)) } else { a.product.cmp(&b.product) }
}

/// Whether two rows are about the same product and hour.
fn is_same(a: &ProductHour, b: &ProductHour) -> bool {
    hour_of(a.hour) == hour_of(b.hour) && a.product == b.product
}

/// Rows with sales in the midst of a time without stock, of rows in their order.
///
/// The first and the last hour of such a time are out of stock in part only. Of rows about the same hour, the last one counts.
fn sales_amid_no_stock(rows: &[ProductHour]) -> impl Iterator<Item = &ProductHour> {
    let next_hour = |a: &ProductHour, b: &ProductHour| hour_of(a.hour) + HOUR == hour_of(b.hour) && a.product == b.product;
    let mut last = rows.chunk_by(is_same).filter_map(<[ProductHour]>::last);
    let (mut before, mut amid) = (None, last.next());
    std::iter::from_fn(move || {
        loop {
            let (first, second, third) = (before, amid?, last.next());
            (before, amid) = (Some(second), third);
            let (Some(first), Some(third)) = (first, third) else { continue };
            let is_out = !first.in_stock && !second.in_stock && !third.in_stock;
            if is_out && second.units > 0 && next_hour(first, second) && next_hour(second, third) {
                return Some(second);
            }
        }
    })
}

/// Counts of consecutive hours, of one product or of the whole store.
#[derive(Debug)]
struct Series<'a> {
    source: DataSource,
    product: Option<&'a ProductId>,
    /// The first hour, in hours since 1970.
    first: i64,
    counts: Vec<f64>,
}

/// Looks at units and views of each product and of the store, over the last weeks of what is covered, one after the other so
/// that no more than two products' hours are held.
fn series_by_series(slices: &[&[ProductHour]], in_order: bool, covered: Period, policy: &GatePolicy) -> Vec<Finding> {
    let end = covered.end().as_second().div_euclid(HOUR);
    let longest = i64::try_from(PROFILE_WEEKS * HOURS_PER_WEEK).unwrap_or_default();
    // A first hour that was read in part would look quiet.
    let partly = i64::from(hour_of(covered.start()) != covered.start().as_second());
    let first = (covered.start().as_second().div_euclid(HOUR) + partly).max(end.saturating_sub(longest));
    let Ok(length) = usize::try_from(end.saturating_sub(first)) else { return Vec::new() };
    // Of rows in their order, those before the first hour need not be touched.
    let begin = Timestamp::from_second(first.saturating_mul(HOUR)).unwrap_or(Timestamp::MIN);
    let parts = slices.iter().copied().flat_map(|slice| parts_by_product(slice, in_order));
    let parts = parts.map(|rows| if in_order { rows.split_at(rows.partition_point(|row| row.hour < begin)).1 } else { rows });
    let mut by_product: BTreeMap<&ProductId, Vec<&[ProductHour]>> = BTreeMap::new();
    for rows in parts {
        if let Some(first) = rows.first() {
            by_product.entry(&first.product).or_default().push(rows);
        }
    }
    let views_known = by_product.values().flatten().copied().flatten().all(|row| matches!(row.views, Measured::Known(_)));
    let sources = [DataSource::Store, DataSource::PageViews];
    let empty = |product| sources.map(|source| Series { source, product, first, counts: vec![0.0; length] });
    let mut store = empty(None);
    let mut findings = Vec::new();
    for (product, rows) in by_product {
        // Where no hour can be far from the usual, as for most products of most stores, only the store's sums are needed.
        let most = |count: fn(&ProductHour) -> f64| rows.iter().copied().flatten().map(count).fold(0.0, f64::max);
        let is_quiet = in_order && policy.is_quiet(most(units).max(most(views)));
        let mut own = (!is_quiet).then(|| empty(Some(product)));
        for row in rows.iter().copied().flatten() {
            let place = row.hour.as_second().div_euclid(HOUR).checked_sub(first).and_then(|place| usize::try_from(place).ok());
            let Some(place) = place else { continue };
            let counts = [units(row), if views_known { views(row) } else { 0.0 }];
            for series in own.iter_mut().chain([&mut store]) {
                for (series, count) in series.iter_mut().zip(counts) {
                    if let Some(sum) = series.counts.get_mut(place) {
                        *sum += count;
                    }
                }
            }
        }
        findings.extend(own.iter().flatten().flat_map(|series| series.check(policy)));
    }
    findings.extend(store.iter().flat_map(|series| series.check(policy)));
    findings
}

fn units(row: &ProductHour) -> f64 {
    row.units.max(0) as f64
}

fn views(row: &ProductHour) -> f64 {
    row.views.known().map_or(0.0, |views| *views as f64)
}

impl GatePolicy {
    /// Whether counts of at most so many are too few ever to be far from anything.
    fn is_quiet(&self, most: f64) -> bool {
        stabilized(most) - stabilized(0.0) <= f64::from(self.outlier_deviations)
    }
}

/// The rows of each product, of a slice that may hold several.
fn parts_by_product(slice: &[ProductHour], in_order: bool) -> impl Iterator<Item = &[ProductHour]> {
    let is_one = in_order && slice.first().zip(slice.last()).is_some_and(|(first, last)| first.product == last.product);
    let whole = is_one.then_some(slice);
    let parts = (!is_one).then(|| slice.chunk_by(|a, b| a.product == b.product));
    whole.into_iter().chain(parts.into_iter().flatten())
}

impl Series<'_> {
    fn check(&self, policy: &GatePolicy) -> Vec<Finding> {
        let weeks = self.counts.len() / HOURS_PER_WEEK;
        if weeks < usize::try_from(policy.min_profile_weeks.max(1)).unwrap_or(usize::MAX) {
            return Vec::new();
        }
        let silence = if self.product.is_none() { self.silence(policy) } else { Vec::new() };
        silence.into_iter().chain(self.outliers(policy)).collect()
    }

    /// What the counts at each hour of the week come to by a function, which may rearrange them.
    fn by_hour_of_week<'b, T>(&'b self, of: impl Fn(&mut Vec<f64>) -> T + 'b) -> impl Iterator<Item = T> + 'b {
        let mut counts = Vec::with_capacity(self.counts.len() / HOURS_PER_WEEK + 1);
        (0..HOURS_PER_WEEK).map(move |hour| {
            counts.clear();
            counts.extend(self.counts.iter().skip(hour).step_by(HOURS_PER_WEEK));
            of(&mut counts)
        })
    }

    /// What is usual at each hour of the week, by a function of the counts there.
    fn profile(&self, usual: impl Fn(&mut Vec<f64>) -> f64) -> Vec<f64> {
        self.by_hour_of_week(usual).collect()
    }

    /// In what bunches counts come: the median over the hours of the week of variance over mean, at least the 1 of
    /// independent events.
    fn dispersion(&self) -> f64 {
        let of = |counts: &mut Vec<f64>| {
            let mean = mean(counts);
            let squares: f64 = counts.iter().map(|count| (count - mean).powi(2)).sum();
            (mean > 0.0 && counts.len() > 1).then(|| squares / (counts.len() - 1) as f64 / mean)
        };
        let mut dispersions: Vec<f64> = self.by_hour_of_week(of).flatten().collect();
        median(&mut dispersions).unwrap_or(1.0).max(1.0)
    }

    fn with_usual<'b>(&'b self, profile: &'b [f64]) -> impl Iterator<Item = (f64, f64)> + 'b {
        self.counts.iter().copied().zip(profile.iter().copied().cycle())
    }

    fn silence(&self, policy: &GatePolicy) -> Vec<Finding> {
        let profile = self.profile(|counts| mean(counts));
        let hours = self.counts.len() as f64;
        let dispersion = self.dispersion();
        let recent = usize::try_from(policy.recent_days).unwrap_or(usize::MAX).saturating_mul(24);
        let recent = self.counts.len().saturating_sub(recent);
        let (mut doubtful, mut impossible) = (Vec::new(), Vec::new());
        let (mut run, mut expected, mut busy) = (Vec::new(), 0.0, 0_usize);
        // One hour more than there are, so that the last run ends, too.
        let ended = std::iter::once((f64::INFINITY, 0.0));
        for (place, (count, mean)) in self.with_usual(&profile).chain(ended).enumerate() {
            if count <= 0.0 {
                run.push(place);
                expected += mean;
                busy += usize::from(mean > 0.0);
                continue;
            }
            let sure = expected / dispersion - hours.ln();
            let last = run.last().copied().unwrap_or_default();
            let list = if sure > IMPOSSIBLE_SILENCE && last >= recent { &mut impossible } else { &mut doubtful };
            if sure > DOUBTFUL_SILENCE && busy >= BUSY_HOURS {
                list.append(&mut run);
            }
            run.clear();
            (expected, busy) = (0.0, 0);
        }
        let (source, what) = (self.source, if self.source == DataSource::PageViews { "view" } else { "sale" });
        let sentence = move |count| format!("{count} h without a single {what} in the whole store");
        let subjects = |places: Vec<usize>| places.into_iter().filter_map(|place| self.subject(place)).collect();
        let failure = Finding::about(Severity::Failure, source, Check::SilentHours, subjects(impossible), sentence);
        let warning = Finding::about(Severity::Warning, source, Check::SilentHours, subjects(doubtful), sentence);
        failure.into_iter().chain(warning).collect()
    }

    fn outliers(&self, policy: &GatePolicy) -> Option<Finding> {
        let most = self.counts.iter().copied().fold(0.0, f64::max);
        if policy.is_quiet(most) {
            return None;
        }
        let profile = self.profile(|counts| median(counts).unwrap_or_default());
        let residuals: Vec<f64> = self.with_usual(&profile).map(|(x, usual)| stabilized(x) - stabilized(usual)).collect();
        let scale = deviation(&residuals)?.max(self.dispersion().sqrt());
        let limit = f64::from(policy.outlier_deviations) * scale;
        let far = residuals.iter().enumerate().filter(|(_, residual)| residual.abs() > limit);
        let subjects: Vec<Subject> = far.filter_map(|(place, _)| self.subject(place)).collect();
        Finding::about(Severity::Warning, self.source, Check::Outliers, subjects, |count| {
            format!("{count} h lie far from what is usual at their hour of the week")
        })
    }

    fn subject(&self, place: usize) -> Option<Subject> {
        let hour = i64::try_from(place).ok()?.checked_add(self.first)?.checked_mul(HOUR)?;
        let hour = Timestamp::from_second(hour).ok()?;
        Some(match self.product {
            Some(product) => Subject::ProductHour(product.clone(), hour),
            None => Subject::Hour(hour),
        })
    }
}

fn mean(counts: &[f64]) -> f64 {
    counts.iter().sum::<f64>() / counts.len().max(1) as f64
}
