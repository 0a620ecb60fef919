//! The market simulator: demand, partners, returns, and the truth about all of it.

mod ads;
mod books;
mod calendar;
mod chance;
mod credit;
mod demand;
mod estimate;
mod goods;
mod insight;
mod orders;
mod paid;
mod partners;
mod reporting;
mod shelf;
mod shopper;
mod streams;
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

pub use insight::{ClickOffer, Expected, Insight, Outlook, ProductInsight};
pub use truth::{AdDay, AdTruth, DaySales, MarketTotals, ProductDay, Truth};

pub(crate) use demand::{Checkout, Outcome, Views, instant};
pub(crate) use goods::{Good, ItemRef};
pub(crate) use streams::Streams;

use crate::impact::{Partner as PlatformPartner, PlatformSettings, PlatformState};
use crate::opening::Opening;
use crate::paid::PaidAccount;
use crate::plausible::ViewCounts;
use crate::shop::Shop;
use crate::world::{PlatformKind, World};
use ads::{AdRuns, Clicks, Scene};
use books::{Books, Sold, Through};
use calendar::Calendar;
use demand::{BaseOrder, Demand};
use estimate::Estimate;
use goods::Variant;
use paid::Delivery;
use partners::Partner;
use reporting::{Reporting, Told};
use shelf::Shelves;
use shopper::AdSale;

/// Seconds of an hour, the market's step.
pub(crate) const HOUR: i64 = 3600;

/// The market: the shoppers, the partners, and both worlds' stock and books.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    world: Arc<World>,
    goods: Vec<Good>,
    partners: Vec<Partner>,
    streams: Streams,
    demand: Demand,
    ads: AdRuns,
    delivery: Delivery,
    reporting: Reporting,
    books: Books,
    shelves: Shelves,
    twin_shelves: Shelves,
    next_hour: i64,
    /// Orders through ads that will be placed.
    sales: BTreeMap<(Timestamp, u64), AdSale>,
    /// What follows from orders.
    follow_ups: BTreeMap<(Timestamp, u64), FollowUp>,
    counter: u64,
}

/// What the market works upon.
pub(crate) struct Outside<'a> {
    pub(crate) shop: &'a mut Shop,
    pub(crate) views: &'a mut ViewCounts,
    pub(crate) platform: &'a mut PlatformState,
    pub(crate) paid: &'a mut PaidAccount,
}

#[derive(Clone, Debug)]
enum FollowUp {
    Completed {
        order: u64,
    },
    /// A line of the shop's own comes back, in each market as far as it was sold there.
    Returned {
        line: Option<(u64, usize)>,
        what: ReturnedLine,
    },
    /// A line through an ad comes back.
    ReturnedAd {
        order: u64,
        ad: u64,
        what: ReturnedLine,
    },
}

#[derive(Clone, Debug)]
struct ReturnedLine {
    good: usize,
    variant: f64,
    sold: Sold,
    units: u32,
    twin_units: u32,
    replaced: Vec<Through>,
}

enum Event {
    Base(BaseOrder),
    Ad(AdSale),
    FollowUp(FollowUp),
}

impl Market {
    /// The market when it takes over from the shop as it is found; the sandbox opens at `start`.
    pub(crate) fn open(
        streams: Streams,
        opening: &Opening,
        settings: &PlatformSettings,
        world: Arc<World>,
        start: Timestamp,
    ) -> Self {
        let goods = goods::stock_up(opening, streams, &world);
        let categories: BTreeSet<String> = goods.iter().map(|good| good.category.clone()).collect();
        let calendar = Calendar::new(&world.store, start.as_second());
        let categories: Vec<String> = categories.into_iter().collect();
        let partners = partners::recruit(streams, &categories, &world.partners, calendar.hour_of_day(0));
        let mut estimate = if opening.is_recorded {
            Estimate::of(opening, &goods)
        } else {
            Estimate::invented(&world.store, &goods, streams, start.as_second())
        };
        if let Some(weekdays) = world.store.weekdays {
            let mean = weekdays.iter().sum::<f64>() / 7.0;
            estimate.weekdays = weekdays.map(|factor| factor / mean);
        }
        let sold = sold_before(opening);
        let sells = |good: usize| goods.get(good).is_some_and(|good| !opening.is_recorded || sold.contains(&good.product));
        let shelves = Shelves::stock_up(&goods, sells, streams, opening.ends_at, &world.store);
        let demand = Demand::new(streams, estimate, calendar, Arc::clone(&world));
        Self {
            ads: AdRuns::new(streams, &goods, &demand, Arc::clone(&world)),
            delivery: Delivery::new(streams, &goods, &demand, Arc::clone(&world)),
            reporting: Reporting::new(streams, world.data.clone()),
            books: Books::open(settings.currency, opening.ends_at),
            twin_shelves: shelves.clone(),
            shelves,
            next_hour: opening.ends_at.as_second().div_euclid(HOUR),
            sales: BTreeMap::new(),
            follow_ups: BTreeMap::new(),
            counter: 0,
            streams,
            demand,
            goods,
            partners,
            world,
        }
    }

    /// The partners' ids, and who they are to impact.com.
    pub(crate) fn partners(&self) -> impl Iterator<Item = (u64, PlatformPartner)> {
        self.partners.iter().map(|partner| {
            let Partner { name, commission, cost_per_click, .. } = partner;
            (partner.id, PlatformPartner { name: name.clone(), commission: *commission, cost_per_click: *cost_per_click })
        })
    }

    /// What the store sells.
    pub(crate) fn goods(&self) -> &[Good] {
        &self.goods
    }

    /// The next hour to run, since 1970.
    pub(crate) const fn next_hour(&self) -> i64 {
        self.next_hour
    }

    /// The views of each good's page within an hour, without any advertising; `None` where they are never shown.
    pub(crate) fn base_views(&mut self, hour: i64) -> Option<Vec<Views>> {
        let views = self.demand.views(&self.goods, hour);
        (!self.reporting.is_missing(hour)).then_some(views)
    }

    /// The views of another page within an hour.
    pub(crate) fn other_views(&self, page: u64, views_per_order: f64, hour: i64) -> Views {
        self.demand.other_views(page, views_per_order, hour)
    }

    /// Forgets what was sold so far: the truth begins here.
    pub(crate) fn open_the_books(&mut self, at: Timestamp) {
        self.books = self.books.reopened(at);
    }

    /// What really happened.
    pub(crate) fn truth(&self, now: Timestamp) -> Truth {
        self.books.truth(now)
    }

    /// What really happened, by day and product.
    pub(crate) fn truth_by_day(&self) -> Vec<ProductDay> {
        self.books.days()
    }

    /// Shows in the shop what its goods cost, if it keeps that.
    pub(crate) fn show_costs(&self, shop: &mut Shop) {
        if self.world.store.keeps_costs {
            shop.keep_costs();
            let variants = self.goods.iter().flat_map(|good| &good.variants);
            variants.for_each(|variant| shop.set_cost(variant.item, variant.unit_cost));
        }
    }

    /// Shows in the shop what lies on the shelves, where the world says it and not the record.
    pub(crate) fn show_stock(&self, shop: &mut Shop, at: Timestamp) {
        if self.world.store.stock.is_some() {
            self.shelves.all().for_each(|(shelf, quantity)| shop.set_stock(shelf, quantity, at));
        }
    }

    /// Runs every hour that is over by `instant`.
    pub(crate) fn run_until(&mut self, instant: Timestamp, mut outside: Outside<'_>) {
        while (self.next_hour + 1) * HOUR <= instant.as_second() {
            self.run_hour(self.next_hour, &mut outside);
            self.next_hour += 1;
        }
    }

    fn run_hour(&mut self, hour: i64, outside: &mut Outside<'_>) {
        let end = instant((hour + 1) * HOUR);
        self.change_prices(hour, outside.shop);
        outside.views.count_hour(self, hour);
        self.run_ads(hour, outside);
        for (shelf, at) in self.shelves.receive(end) {
            outside.shop.set_stock(shelf, self.shelves.quantity(shelf).unwrap_or(0), at);
        }
        self.twin_shelves.receive(end);

        let base = self.demand.orders(&self.goods, hour).into_iter().map(|order| (order.at, Event::Base(order)));
        let ads = take_before(&mut self.sales, end).map(|(at, sale)| (at, Event::Ad(sale)));
        let follow_ups = take_before(&mut self.follow_ups, end).map(|(at, follow_up)| (at, Event::FollowUp(follow_up)));
        let mut events: Vec<(Timestamp, Event)> = follow_ups.chain(base).chain(ads).collect();
        events.sort_by_key(|(at, _)| *at);
        for (at, event) in events {
            match event {
                Event::Base(order) => self.sell(&order, outside.shop),
                Event::Ad(sale) => self.sell_through_ad(&sale, end, outside),
                Event::FollowUp(follow_up) => self.follow_up(follow_up, at, outside),
            }
        }
    }

    /// Changes the prices whose day begins with an hour.
    fn change_prices(&mut self, hour: i64, shop: &mut Shop) {
        let world = Arc::clone(&self.world);
        let due = world.store.price_changes.iter().zip(0_u64..);
        for (change, number) in due.filter(|(change, _)| self.demand.calendar().hour_of_day(change.day) == hour) {
            let factor = Decimal::try_from(change.factor).unwrap_or(Decimal::ONE);
            for good in &mut self.goods {
                if !chance::happens(&mut self.streams.price_change(good.product, number), change.share) {
                    continue;
                }
                for variant in &mut good.variants {
                    variant.price = (variant.price * factor).round_dp(2);
                    shop.set_price(variant.item, variant.price, instant(hour * HOUR));
                }
            }
        }
    }

    fn run_ads(&mut self, hour: i64, outside: &mut Outside<'_>) {
        let scene = Scene { hour, partners: &self.partners, goods: &self.goods, demand: &self.demand };
        let (clicks, sales) = match self.world.platform.kind {
            PlatformKind::Affiliate => self.ads.run_hour(&scene, outside.platform),
            PlatformKind::Paid => self.delivery.run_hour(&scene, outside.paid),
        };
        for clicks in clicks {
            let Clicks { ad, partner, good: index, count, pageviews, cost } = clicks;
            let Some(good) = self.goods.get(index) else { continue };
            outside.views.add(index, hour, Views { pageviews, visitors: count });
            self.books.click(ad, good.product, count, cost, instant(hour * HOUR));
            self.reporting.take(Told { ad, partner, hour, clicks: count, cost });
        }
        for told in self.reporting.due(hour) {
            let Told { ad, partner, hour, clicks, cost } = told;
            match self.world.platform.kind {
                PlatformKind::Affiliate => outside.platform.record_clicks(ad, partner, instant(hour * HOUR), clicks, cost),
                PlatformKind::Paid => outside.paid.show(ad, hour, clicks, cost),
            }
        }
        for sale in sales {
            let key = (sale.at, self.count());
            self.sales.insert(key, sale);
        }
    }

    fn schedule(&mut self, at: Timestamp, after: SignedDuration, follow_up: FollowUp) {
        let key = (at.checked_add(after).unwrap_or(Timestamp::MAX), self.count());
        self.follow_ups.insert(key, follow_up);
    }

    const fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

fn variant(goods: &[Good], good: usize, draw: f64) -> Option<&Variant> {
    goods.get(good).and_then(|good| good.variant(draw))
}

/// The products that the record has seen sold.
fn sold_before(opening: &Opening) -> BTreeSet<u64> {
    let sold = opening
        .products
        .iter()
        .filter(|body| body.get("total_sales").and_then(serde_json::Value::as_i64).is_some_and(|sold| sold > 0));
    sold.filter_map(|body| body.get("id").and_then(serde_json::Value::as_u64)).collect()
}

/// Takes what is due before `end` out of a schedule, in order.
fn take_before<T>(schedule: &mut BTreeMap<(Timestamp, u64), T>, end: Timestamp) -> impl Iterator<Item = (Timestamp, T)> + use<T> {
    let later = schedule.split_off(&(end, 0));
    let due = std::mem::replace(schedule, later);
    due.into_iter().map(|((at, _), what)| (at, what))
}

#[cfg(test)]
mod tests;
