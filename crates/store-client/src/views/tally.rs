//! What the rows of a source add up to, and how far it can be trusted.

use std::collections::BTreeMap;

use campaign_pilot_core::{Period, Product, ProductId, SourceQuality, ViewsObservation, ViewsReading};
use jiff::{SignedDuration, Timestamp};

use super::join::{Joined, Languages, Paths};

/// The rows of a source so far.
#[derive(Debug)]
pub(super) struct Tally {
    source: &'static str,
    period: Period,
    paths: Paths,
    views: BTreeMap<(ProductId, Period), u64>,
    /// Rows that were read, of any page.
    rows: u64,
    unread: u64,
    ambiguous: u64,
    gaps: Vec<String>,
    notes: Vec<String>,
}

impl Tally {
    /// Nothing yet. `source` names the source in notes; `keeps_query` says whether it keeps a page's query.
    pub(super) fn new(
        source: &'static str,
        products: &[Product],
        period: Period,
        languages: &Languages,
        keeps_query: bool,
    ) -> Self {
        let paths = Paths::of(products, languages);
        let notes = paths.shared_note().into_iter().collect();
        let gaps = paths.missing_note(keeps_query).into_iter().collect();
        Self { source, period, paths, views: BTreeMap::new(), rows: 0, unread: 0, ambiguous: 0, gaps, notes }
    }

    /// The products by their pages.
    pub(super) const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// Counts the views of a page in a span of time.
    pub(super) fn add_page(&mut self, page: &str, span: Period, views: u64) {
        self.rows += 1;
        match self.paths.join(page) {
            Joined::Products(products) => {
                for product in products {
                    add(&mut self.views, product, span, views);
                }
            }
            Joined::Ambiguous => self.ambiguous = self.ambiguous.saturating_add(views),
            Joined::Other => {}
        }
    }

    /// Counts the views of a product in a span of time, where the source knows the product itself.
    pub(super) fn add_product(&mut self, product: &ProductId, span: Period, views: u64) {
        self.rows += 1;
        add(&mut self.views, product, span, views);
    }

    /// Counts a row that could not be read.
    pub(super) const fn add_unread(&mut self) {
        self.rows += 1;
        self.unread += 1;
    }

    /// Says what a person should know; what is there is complete all the same.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        push_new(&mut self.notes, note.into());
    }

    /// Says what is missing or estimated.
    pub(super) fn gap(&mut self, note: impl Into<String>) {
        push_new(&mut self.gaps, note.into());
    }

    /// The reading; `complete_until` is what the source's own delay allows to claim.
    ///
    /// Spans are cut at full hours. Where a source counts longer ones, its views are spread evenly over them, by whole
    /// views and in the same way whatever period is asked for, so that the parts add up to what the source counted.
    pub(super) fn finish(mut self, complete_until: Timestamp) -> ViewsReading {
        let until = complete_until.min(self.period.end());
        if self.unread > 0 {
            let unread = self.unread;
            self.gap(format!("{unread} rows of {} could not be read", self.source));
        }
        if self.ambiguous > 0 {
            let views = self.ambiguous;
            self.gap(format!("{views} views of pages in other languages may be of one of several products and count for none"));
        }
        self.judge_end(until);
        if self.views.keys().any(|(_, span)| self.is_askew(*span)) {
            let note = format!("the hours of {} are not full ones in UTC; its views are spread evenly over them", self.source);
            self.note(note);
        }
        let mut hours: BTreeMap<(ProductId, Period), u64> = BTreeMap::new();
        for ((product, span), views) in self.views {
            for (hour, views) in spread(span, views, self.period) {
                add(&mut hours, &product, whole_hour(hour, self.period), views);
            }
        }
        let observations = hours.into_iter().map(|((product, period), views)| ViewsObservation { product, period, views });
        let mut quality = SourceQuality::complete_until(until);
        quality.notes = self.notes;
        quality = self.gaps.into_iter().fold(quality, SourceQuality::incomplete);
        ViewsReading { period: self.period, observations: observations.collect(), quality }
    }
    /// Says what the end of what is complete means for the reading.
    fn judge_end(&mut self, until: Timestamp) {
        let is_late = until < self.period.end();
        if self.rows == 0 && !self.paths.is_empty() {
            let note = format!("{} counted no view of any page", self.source);
            // Zero is what a source says that claims to be complete; otherwise it is not known.
            if is_late { self.gap(note) } else { self.note(note) }
        } else if is_late && self.rows > 0 {
            self.note(format!("{} may still add views from {until} on", self.source));
        }
    }

    /// Whether a span begins inside an hour of UTC although the period does not cut it there.
    fn is_askew(&self, span: Period) -> bool {
        span.start() != self.period.start() && span.start().as_second() % 3_600 != 0
    }
}

fn add(views: &mut BTreeMap<(ProductId, Period), u64>, product: &ProductId, span: Period, more: u64) {
    let sum = views.entry((product.clone(), span)).or_default();
    *sum = sum.saturating_add(more);
}

fn push_new(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

/// The views of a span by hour, as far as the hours lie in `period`; hours without a view are left out.
fn spread(span: Period, views: u64, period: Period) -> impl Iterator<Item = (Period, u64)> {
    let length = span.length().as_nanos().max(1);
    // How many of the views were made before an instant, were they made evenly.
    let before = move |instant: Timestamp| {
        let elapsed = instant.duration_since(span.start()).as_nanos();
        i128::from(views).checked_mul(elapsed).map_or(0, |product| product / length)
    };
    let inside = span.intersection(period).into_iter().flat_map(Period::hours);
    inside.filter_map(move |hour| {
        let share = u64::try_from(before(hour.end()) - before(hour.start())).ok()?;
        (share > 0).then_some((hour, share))
    })
}

/// The hour in UTC that a part of one lies in, as far as it lies in `period`.
fn whole_hour(part: Period, period: Period) -> Period {
    let start = Timestamp::from_second(part.start().as_second().div_euclid(3_600) * 3_600);
    let hour = start.ok().and_then(|start| Period::new(start, start.checked_add(SignedDuration::from_hours(1)).ok()?).ok());
    hour.and_then(|hour| hour.intersection(period)).unwrap_or(part)
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{ProductKind, ProductStatus, Stock};
    use proptest::prelude::*;

    use super::*;

    fn period(from: i64, to: i64) -> Period {
        Period::new(Timestamp::from_second(from).unwrap(), Timestamp::from_second(to).unwrap()).unwrap()
    }

    fn tea() -> Product {
        Product {
            id: ProductId::from_number(1),
            sku: None,
            name: "Tea".to_owned(),
            summary: String::new(),
            permalink: "https://shop.example/product/tea/".to_owned(),
            price: None,
            unit_cost: None,
            categories: Vec::new(),
            stock: Stock::Unmanaged { in_stock: true },
            status: ProductStatus::Published,
            kind: ProductKind::Simple,
            modified_at: None,
        }
    }

    fn tally(asked: Period) -> Tally {
        Tally::new("the source", &[tea()], asked, &Languages::Learned, true)
    }

    #[test]
    fn a_day_is_spread_over_its_hours_and_adds_up() {
        let day = period(0, 86_400);
        let mut views = tally(day);
        views.add_page("/product/tea/", day, 50);
        let reading = views.finish(day.end());
        assert_eq!(reading.observations.len(), 24);
        assert!(reading.observations.iter().all(|seen| matches!(seen.views, 2 | 3)));
        assert_eq!(reading.observations.iter().map(|seen| seen.views).sum::<u64>(), 50);
        assert!(reading.quality.complete);
    }

    #[test]
    fn an_empty_answer_is_zero_only_where_the_source_is_complete() {
        let hours = period(0, 7_200);
        let zero = tally(hours).finish(hours.end()).quality;
        assert_eq!((zero.complete, zero.notes.len()), (true, 1));
        let unknown = tally(hours).finish(hours.start()).quality;
        assert_eq!((unknown.complete, unknown.complete_until), (false, Some(hours.start())));
    }

    #[test]
    fn views_that_may_still_come_are_announced() {
        let hours = period(0, 7_200);
        let mut views = tally(hours);
        views.add_page("/product/tea/", period(0, 3_600), 1);
        let quality = views.finish(Timestamp::from_second(3_600).unwrap()).quality;
        assert_eq!(quality.notes, ["the source may still add views from 1970-01-01T01:00:00Z on"]);
        assert_eq!((quality.complete, quality.complete_until.unwrap().as_second()), (true, 3_600));
    }

    #[test]
    fn hours_of_another_zone_are_cut_at_ours() {
        let hours = period(0, 7_200);
        let mut views = tally(hours);
        views.add_page("/product/tea/", period(-1_800, 1_800), 8);
        views.add_page("/product/tea/", period(1_800, 5_400), 10);
        let reading = views.finish(hours.end());
        let seen: Vec<_> = reading.observations.iter().map(|seen| (seen.period, seen.views)).collect();
        assert_eq!(seen, [(period(0, 3_600), 4 + 5), (period(3_600, 7_200), 5)]);
        assert_eq!(reading.quality.notes.len(), 1);
    }

    #[test]
    fn what_is_missing_is_said_once() {
        let hour = period(0, 3_600);
        let mut views = tally(hour);
        views.add_unread();
        views.gap("sampled");
        views.gap("sampled");
        views.note("by the day");
        let quality = views.finish(hour.end()).quality;
        assert_eq!(quality.notes, ["by the day", "sampled", "1 rows of the source could not be read"]);
        assert!(!quality.complete);
    }

    proptest! {
        #[test]
        fn parts_of_a_period_add_up_to_the_whole(
            start in 0i64..200_000, length in 1i64..200_000, cut in 0i64..400_000, views in 0u64..1_000_000
        ) {
            let span = period(start, start + length);
            let sum = |part: Period| spread(span, views, part).map(|(_, views)| views).sum::<u64>();
            prop_assert_eq!(sum(period(-10, 400_001)), views);
            prop_assert_eq!(sum(period(-10, cut)) + sum(period(cut, 400_001)), views);
        }
    }
}
