//! What Plausible has counted.

use std::collections::BTreeMap;

use crate::market::{Market, Views};

/// How many days before the recorded shop ends the counting began.
const COUNTED_DAYS: i64 = 60;

/// Pages that are no product's, and their views for each order of the store.
const OTHER_PAGES: [(&str, f64); 2] = [("/", 28.0), ("/shop/", 19.0)];

/// Views of every page by hour. The hours begin full, in UTC.
#[derive(Clone, Debug)]
pub(crate) struct ViewCounts {
    /// Paths of the goods, in their order, then of the other pages.
    paths: Vec<String>,
    /// By hour since 1970: the pages that were seen, by their place among the paths.
    hours: BTreeMap<i64, Vec<(u32, Views)>>,
    /// Whether the shop counts views at all.
    is_counted: bool,
}

impl ViewCounts {
    /// The counts until the recorded shop ends, made up from the demand that its orders show.
    pub(crate) fn open(market: &mut Market, is_counted: bool) -> Self {
        let goods = market.goods().iter().map(|good| good.path.clone());
        let paths = goods.chain(OTHER_PAGES.map(|(path, _)| path.to_owned())).collect();
        let mut counts = Self { paths, hours: BTreeMap::new(), is_counted };
        let end = market.next_hour();
        for hour in end - COUNTED_DAYS * 24..end {
            counts.count_hour(market, hour);
        }
        counts
    }

    /// Counts the views that an hour brings without any advertising.
    pub(crate) fn count_hour(&mut self, market: &mut Market, hour: i64) {
        if !self.is_counted {
            return;
        }
        let Some(goods) = market.base_views(hour) else { return };
        // Posts have ids from 1 on; these pages are none.
        let others = (0..).zip(OTHER_PAGES).map(|(page, (_, rate))| market.other_views(u64::MAX - page, rate, hour));
        let pages = (0_u32..).zip(goods.into_iter().chain(others)).filter(|(_, views)| views.pageviews > 0);
        self.hours.insert(hour, pages.collect());
    }

    /// Adds the views of a good's page.
    pub(crate) fn add(&mut self, good: usize, hour: i64, more: Views) {
        let (Some(pages), Ok(page)) = (self.hours.get_mut(&hour), u32::try_from(good)) else { return };
        let place = match pages.binary_search_by_key(&page, |(page, _)| *page) {
            Ok(place) => place,
            Err(place) => {
                pages.insert(place, (page, Views::default()));
                place
            }
        };
        if let Some((_, views)) = pages.get_mut(place) {
            views.pageviews += more.pageviews;
            views.visitors += more.visitors;
        }
    }

    /// The counts of hours within `[from, to)`, by hour and path; nothing for pages without views.
    pub(super) fn between(&self, from: i64, to: i64) -> impl Iterator<Item = (i64, &str, Views)> {
        self.hours.range(from..to.max(from)).flat_map(move |(hour, pages)| {
            let seen = pages.iter().filter(|(_, views)| views.pageviews > 0);
            seen.filter_map(|(page, views)| Some((*hour, self.paths.get(usize::try_from(*page).ok()?)?.as_str(), *views)))
        })
    }

    /// The views of the goods' pages in an hour, by the goods' places.
    pub(crate) fn of_goods(&self, hour: i64) -> impl Iterator<Item = (usize, u64)> {
        let goods = self.paths.len() - OTHER_PAGES.len();
        let pages = self.hours.get(&hour).into_iter().flatten();
        pages.filter_map(move |(page, views)| {
            usize::try_from(*page).ok().filter(|page| *page < goods).map(|page| (page, views.pageviews))
        })
    }

    /// Forgets the hours before one.
    pub(crate) fn forget_before(&mut self, hour: i64) {
        self.hours = self.hours.split_off(&hour);
    }
}
