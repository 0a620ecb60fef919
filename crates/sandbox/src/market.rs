//! The market simulator: demand, partners, returns, and the truth about all of it.

mod ads;
mod books;
mod chance;
mod credit;
mod demand;
mod estimate;
mod goods;
mod partners;
mod shelf;
mod streams;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

pub use truth::{AdTruth, MarketTotals, Truth};

pub(crate) use demand::{Checkout, Outcome, Views, instant};
pub(crate) use goods::{Good, ItemRef};
pub(crate) use streams::Streams;

use crate::impact::{Partner as PlatformPartner, PlatformSettings, PlatformState};
use crate::opening::Opening;
use crate::plausible::ViewCounts;
use crate::woo::{NewLine, NewOrder, OrderSource, Store};
use ads::{AdRuns, AdSale};
use books::Books;
use credit::{action, standing_cost};
use demand::{BaseOrder, Demand};
use estimate::Estimate;
use goods::Variant;
use partners::Partner;
use shelf::Shelves;

/// Seconds of an hour, the market's step.
pub(crate) const HOUR: i64 = 3600;

/// The market: the shoppers, the partners, and both worlds' stock and books.
#[derive(Debug)]
pub(crate) struct Market {
    goods: Vec<Good>,
    partners: Vec<Partner>,
    demand: Demand,
    ads: AdRuns,
    books: Books,
    shelves: Shelves,
    twin_shelves: Shelves,
    next_hour: i64,
    /// Orders through ads that will be placed.
    sales: BTreeMap<(Timestamp, u64), AdSale>,
    /// What follows from orders.
    follow_ups: BTreeMap<(Timestamp, u64), FollowUp>,
    counter: u64,
    platform_fee: Decimal,
}

/// What the market works upon.
pub(crate) struct Outside<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) views: &'a mut ViewCounts,
    pub(crate) platform: &'a mut PlatformState,
}

#[derive(Clone, Copy, Debug)]
enum FollowUp {
    Completed { order: u64 },
    Returned { order: u64, line: usize, ad: Option<u64>, what: Returned },
    ReturnedInTwin(Returned),
}

#[derive(Clone, Copy, Debug)]
struct Returned {
    good: usize,
    variant: f64,
    units: u32,
}

enum Event {
    Base(BaseOrder),
    Ad(AdSale),
    FollowUp(FollowUp),
}

impl Market {
    /// The market when it takes over from the recorded shop.
    pub(crate) fn open(streams: Streams, opening: &Opening, settings: &PlatformSettings) -> Self {
        let goods = goods::stock_up(opening, streams);
        let categories: BTreeSet<String> = goods.iter().map(|good| good.category.clone()).collect();
        let partners = partners::recruit(streams, &categories.into_iter().collect::<Vec<_>>());
        let start = opening.ends_at;
        let sold: BTreeSet<u64> = goods.iter().map(|good| good.product).filter(|id| was_sold(opening, *id)).collect();
        let sells = |good: usize| goods.get(good).is_some_and(|good| sold.contains(&good.product));
        let shelves = Shelves::stock_up(&goods, sells, streams, start);
        Self {
            demand: Demand::new(streams, Estimate::of(opening, &goods)),
            ads: AdRuns::new(streams, &goods),
            books: Books::open(settings.currency, start),
            twin_shelves: shelves.clone(),
            shelves,
            next_hour: start.as_second().div_euclid(HOUR),
            sales: BTreeMap::new(),
            follow_ups: BTreeMap::new(),
            counter: 0,
            platform_fee: Decimal::new(1025, 3),
            goods,
            partners,
        }
    }

    /// The partners' ids, and who they are to impact.com.
    pub(crate) fn partners(&self) -> impl Iterator<Item = (u64, PlatformPartner)> {
        self.partners.iter().map(|partner| {
            let Partner { name, commission, cost_per_click, .. } = partner;
            (partner.id, PlatformPartner { name, commission: *commission, cost_per_click: *cost_per_click })
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

    /// The views of each good's page within an hour, without any advertising.
    pub(crate) fn base_views(&mut self, hour: i64) -> Vec<Views> {
        self.demand.views(&self.goods, hour)
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

    /// Runs every hour that is over by `instant`.
    pub(crate) fn run_until(&mut self, instant: Timestamp, mut outside: Outside<'_>) {
        while (self.next_hour + 1) * HOUR <= instant.as_second() {
            self.run_hour(self.next_hour, &mut outside);
            self.next_hour += 1;
        }
    }

    fn run_hour(&mut self, hour: i64, outside: &mut Outside<'_>) {
        let end = instant((hour + 1) * HOUR);
        outside.views.count_hour(self, hour);
        self.run_ads(hour, outside);
        for (shelf, at) in self.shelves.receive(end) {
            outside.store.set_stock(shelf, self.shelves.quantity(shelf).unwrap_or(0), at);
        }
        self.twin_shelves.receive(end);

        let base = self.demand.orders(&self.goods, hour).into_iter().map(|order| (order.at, Event::Base(order)));
        let ads = take_before(&mut self.sales, end).map(|(at, sale)| (at, Event::Ad(sale)));
        let follow_ups = take_before(&mut self.follow_ups, end).map(|(at, follow_up)| (at, Event::FollowUp(follow_up)));
        let mut events: Vec<(Timestamp, Event)> = follow_ups.chain(base).chain(ads).collect();
        events.sort_by_key(|(at, _)| *at);
        for (at, event) in events {
            match event {
                Event::Base(order) => {
                    self.sell_in_twin(&order);
                    self.sell(&order, outside.store);
                }
                Event::Ad(sale) => self.sell_through_ad(&sale, end, outside),
                Event::FollowUp(follow_up) => self.follow_up(follow_up, at, outside),
            }
        }
    }

    fn run_ads(&mut self, hour: i64, outside: &mut Outside<'_>) {
        let (clicks, sales) = self.ads.run_hour(hour, outside.platform, &self.partners, &self.goods, &self.demand);
        for clicks in clicks {
            let Some(good) = self.goods.get(clicks.good) else { continue };
            outside.platform.record_clicks(clicks.ad, clicks.partner, instant(hour * HOUR), clicks.count, clicks.cost);
            outside.views.add(clicks.good, hour, Views { pageviews: clicks.pageviews, visitors: clicks.count });
            let book = self.books.ad(clicks.ad, good.product);
            book.clicks += clicks.count;
            book.cost += clicks.cost;
        }
        for sale in sales {
            let key = (sale.at, self.count());
            self.sales.insert(key, sale);
        }
    }

    /// A base order in the market without ads.
    fn sell_in_twin(&mut self, order: &BaseOrder) {
        if order.outcome != Outcome::Paid {
            return;
        }
        let mut is_placed = false;
        for line in &order.lines {
            let Some(variant) = variant(&self.goods, line.good, line.variant) else { continue };
            let units = self.twin_shelves.take(variant, line.quantity, order.at);
            self.books.twin.sell(variant, units);
            self.books.twin.miss(line.quantity - units);
            is_placed |= units > 0;
            if let Some(after) = line.comes_back.filter(|_| units > 0) {
                let what = Returned { good: line.good, variant: line.variant, units };
                self.schedule(order.at, after, FollowUp::ReturnedInTwin(what));
            }
        }
        if is_placed {
            self.books.twin.order();
        }
    }

    /// A base order in the market with ads: some of its buyers have already bought through one.
    fn sell(&mut self, order: &BaseOrder, store: &mut Store) {
        let is_paid = order.outcome == Outcome::Paid;
        let (mut lines, mut returns) = (Vec::new(), Vec::new());
        for line in &order.lines {
            let Some(variant) = variant(&self.goods, line.good, line.variant) else { continue };
            let mut units = line.quantity;
            if is_paid {
                units -= self.books.settle(line.good, variant, line.quantity, order.at);
                let wanted = units;
                units = self.shelves.take(variant, wanted, order.at);
                self.books.advertised.sell(variant, units);
                self.books.advertised.miss(wanted - units);
                tell_store(store, &self.shelves, variant, units, order.at);
            }
            if units == 0 {
                continue;
            }
            if let Some(after) = line.comes_back.filter(|_| is_paid) {
                returns.push((after, lines.len(), Returned { good: line.good, variant: line.variant, units }));
            }
            lines.push(NewLine { item: variant.item, units, price: variant.price });
        }
        if lines.is_empty() {
            return;
        }
        let source = OrderSource::Organic;
        let placed = NewOrder { at: order.at, lines, outcome: order.outcome, checkout: order.checkout, source };
        let id = store.place_order(&placed);
        if is_paid {
            self.books.advertised.order();
            self.schedule(order.at, order.checkout.completed_after, FollowUp::Completed { order: id });
        }
        for (after, line, what) in returns {
            self.schedule(order.at, after, FollowUp::Returned { order: id, line, ad: None, what });
        }
    }

    fn sell_through_ad(&mut self, sale: &AdSale, end: Timestamp, outside: &mut Outside<'_>) {
        let Some((good, variant)) = self.goods.get(sale.good).and_then(|good| Some((good, good.variant(sale.variant)?))) else {
            return;
        };
        let units = self.shelves.take(variant, sale.quantity, sale.at);
        self.books.advertised.miss(sale.quantity - units);
        if units == 0 {
            return;
        }
        if sale.cannibalises {
            self.books.owe(sale.good, sale.ad, units, sale.at);
        }
        self.books.advertised.sell(variant, units);
        self.books.advertised.order();
        tell_store(outside.store, &self.shelves, variant, units, sale.at);
        let lines = vec![NewLine { item: variant.item, units, price: variant.price }];
        let source = OrderSource::Advertised;
        let order =
            outside.store.place_order(&NewOrder { at: sale.at, lines, outcome: Outcome::Paid, checkout: sale.checkout, source });

        let action = action(sale, order, good, variant, units, &self.partners, self.platform_fee, end);
        let book = self.books.ad(sale.ad, good.product);
        book.sold.sell(variant, units);
        book.sold.order();
        book.cost += outside.platform.record_action(action);
        self.schedule(sale.at, sale.checkout.completed_after, FollowUp::Completed { order });
        if let Some(after) = sale.comes_back {
            let what = Returned { good: sale.good, variant: sale.variant, units };
            self.schedule(sale.at, after, FollowUp::Returned { order, line: 0, ad: Some(sale.ad), what });
        }
    }

    fn follow_up(&mut self, follow_up: FollowUp, at: Timestamp, outside: &mut Outside<'_>) {
        match follow_up {
            FollowUp::Completed { order } => outside.store.complete_order(order, at),
            FollowUp::ReturnedInTwin(what) => {
                let Some(variant) = variant(&self.goods, what.good, what.variant) else { return };
                self.twin_shelves.put_back(variant, what.units);
                self.books.twin.take_back(variant, what.units);
            }
            FollowUp::Returned { order, line, ad, what } => {
                let Some((good, variant)) = self.goods.get(what.good).and_then(|good| Some((good, good.variant(what.variant)?)))
                else {
                    return;
                };
                self.shelves.put_back(variant, what.units);
                self.books.advertised.take_back(variant, what.units);
                outside.store.refund_line(order, line, at);
                if let Some((shelf, quantity)) = variant.shelf.and_then(|shelf| Some((shelf, self.shelves.quantity(shelf)?))) {
                    outside.store.set_stock(shelf, quantity, at);
                }
                if let Some(ad) = ad {
                    let spared = standing_cost(outside.platform, order);
                    let reversed = outside.platform.reverse_action(order, at);
                    let book = self.books.ad(ad, good.product);
                    book.sold.take_back(variant, what.units);
                    if reversed > 0 {
                        book.cost -= spared;
                    }
                }
            }
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

fn was_sold(opening: &Opening, product: u64) -> bool {
    let body = opening.products.iter().find(|body| body.get("id").and_then(serde_json::Value::as_u64) == Some(product));
    body.and_then(|body| body.get("total_sales")).and_then(serde_json::Value::as_i64).is_some_and(|sold| sold > 0)
}

/// Takes what is due before `end` out of a schedule, in order.
fn take_before<T>(schedule: &mut BTreeMap<(Timestamp, u64), T>, end: Timestamp) -> impl Iterator<Item = (Timestamp, T)> + use<T> {
    let later = schedule.split_off(&(end, 0));
    let due = std::mem::replace(schedule, later);
    due.into_iter().map(|((at, _), what)| (at, what))
}

fn tell_store(store: &mut Store, shelves: &Shelves, variant: &Variant, units: u32, at: Timestamp) {
    if units == 0 {
        return;
    }
    store.count_sale(variant.item, units, at);
    if let Some((shelf, quantity)) = variant.shelf.and_then(|shelf| Some((shelf, shelves.quantity(shelf)?))) {
        store.set_stock(shelf, quantity, at);
    }
}

#[cfg(test)]
mod tests;
