//! What Plausible has counted.

use std::collections::BTreeMap;

use crate::market::{Market, Views};

/// How many days before the recorded shop ends the counting began.
const COUNTED_DAYS: i64 = 60;

/// Pages that are no product's, and their views for each order of the store.
const OTHER_PAGES: [(&str, f64); 2] = [("/", 28.0), ("/shop/", 19.0)];

/// Views of every page by hour. The hours begin full, in UTC.
#[derive(Debug)]
pub(crate) struct ViewCounts {
    /// Paths of the goods, in their order, then of the other pages.
    paths: Vec<String>,
    /// By hour since 1970: one count for each path.
    hours: BTreeMap<i64, Vec<Views>>,
}

impl ViewCounts {
    /// The counts until the recorded shop ends, made up from the demand that its orders show.
    pub(crate) fn open(market: &mut Market) -> Self {
        let goods = market.goods().iter().map(|good| good.path.clone());
        let paths = goods.chain(OTHER_PAGES.map(|(path, _)| path.to_owned())).collect();
        let mut counts = Self { paths, hours: BTreeMap::new() };
        let end = market.next_hour();
        for hour in end - COUNTED_DAYS * 24..end {
            counts.count_hour(market, hour);
        }
        counts
    }

    /// Counts the views that an hour brings without any advertising.
    pub(crate) fn count_hour(&mut self, market: &mut Market, hour: i64) {
        let goods = market.base_views(hour);
        // Posts have ids from 1 on; these pages are none.
        let others = (0..).zip(OTHER_PAGES).map(|(page, (_, rate))| market.other_views(u64::MAX - page, rate, hour));
        self.hours.insert(hour, goods.into_iter().chain(others).collect());
    }

    /// Adds the views of a good's page.
    pub(crate) fn add(&mut self, good: usize, hour: i64, more: Views) {
        if let Some(views) = self.hours.get_mut(&hour).and_then(|pages| pages.get_mut(good)) {
            views.pageviews += more.pageviews;
            views.visitors += more.visitors;
        }
    }

    /// The counts of hours within `[from, to)`, by hour and path; nothing for pages without views.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, &str, Views)> {
        self.hours.range(from..to.max(from)).flat_map(move |(hour, pages)| {
            let seen = self.paths.iter().zip(pages).filter(|(_, views)| views.pageviews > 0);
            seen.map(|(path, views)| (*hour, path.as_str(), *views))
        })
    }
}
