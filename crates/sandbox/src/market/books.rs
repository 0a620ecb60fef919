//! The books: what both markets sold, day by day and product by product, and what each ad brought.

use std::collections::{BTreeMap, VecDeque};

use campaign_pilot_core::{Currency, Money};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::truth::{AdDay, AdTruth, DaySales, MarketTotals, ProductDay, Truth};

/// Units of one product at what they were sold for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sold {
    /// The product's id.
    pub(crate) product: u64,
    /// The price of a unit, without tax.
    pub(crate) price: Decimal,
    /// What a unit costs the shop.
    pub(crate) unit_cost: Decimal,
}

impl Sold {
    /// What so many units were sold for.
    pub(crate) fn amount(&self, units: u32) -> Decimal {
        (self.price * Decimal::from(units)).round_dp(2)
    }

    fn figures(&self, units: i64) -> Figures {
        let of = |each: Decimal| (each * Decimal::from(units)).round_dp(2);
        Figures { units, revenue: of(self.price), costs: of(self.unit_cost) }
    }
}

/// Units with their revenue and costs; negative for what was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Figures {
    units: i64,
    revenue: Decimal,
    costs: Decimal,
}

impl Figures {
    fn add(&mut self, more: Self) {
        self.units += more.units;
        self.revenue += more.revenue;
        self.costs += more.costs;
    }

    fn minus(mut self, less: Self) -> Self {
        self.add(Self { units: -less.units, revenue: -less.revenue, costs: -less.costs });
        self
    }

    fn gross_profit(&self) -> Decimal {
        self.revenue - self.costs
    }

    fn sales(&self, currency: Currency) -> DaySales {
        let money = |amount: Decimal| Money::new(amount.round_dp(2), currency);
        DaySales { units: self.units, revenue: money(self.revenue), gross_profit: money(self.gross_profit()) }
    }
}

/// One market's sums.
#[derive(Clone, Debug, Default)]
struct Totals {
    orders: u64,
    sold: Figures,
    missed: u64,
}

impl Totals {
    fn totals(&self, currency: Currency) -> MarketTotals {
        MarketTotals {
            orders: self.orders,
            units: self.sold.units,
            revenue: Money::new(self.sold.revenue, currency),
            gross_profit: Money::new(self.sold.gross_profit(), currency),
            units_out_of_stock: self.missed,
        }
    }
}

/// One ad's sums.
#[derive(Clone, Debug, Default)]
struct AdBook {
    product: u64,
    clicks: u64,
    orders: u64,
    sold: Figures,
    /// What its buyers would have bought anyway.
    replaced: Figures,
    cost: Decimal,
}

/// One ad's sums with one product on one day.
#[derive(Clone, Copy, Debug, Default)]
struct AdDayBook {
    clicks: u64,
    credited: Figures,
    replaced: Figures,
    commission: Decimal,
    click_cost: Decimal,
}

/// One product's sums of one day.
#[derive(Clone, Copy, Debug, Default)]
struct DayBook {
    advertised: Figures,
    twin: Figures,
    /// What was sold with ads and without for other reasons than an ad's own buyers: a shelf that ads have emptied, or that they kept
    /// from being empty at another time.
    displaced: Figures,
}

/// Which of the two markets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Which {
    Advertised,
    Twin,
}

/// Both markets' books.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    currency: Currency,
    from: Timestamp,
    advertised: Totals,
    twin: Totals,
    ads: BTreeMap<u64, AdBook>,
    /// By day since 1970 and product.
    days: BTreeMap<(i64, u64), DayBook>,
    /// By day, product and ad.
    ad_days: BTreeMap<(i64, u64, u64), AdDayBook>,
    /// By good: ads whose buyers the base demand will miss, from when and until when.
    owed: BTreeMap<usize, VecDeque<Owed>>,
}

#[derive(Clone, Copy, Debug)]
struct Owed {
    from: Timestamp,
    until: Timestamp,
    ad: u64,
}

/// A line that comes through an ad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Through {
    pub(crate) ad: u64,
    pub(crate) units: u32,
}

impl Books {
    pub(crate) fn open(currency: Currency, from: Timestamp) -> Self {
        Self {
            currency,
            from,
            advertised: Totals::default(),
            twin: Totals::default(),
            ads: BTreeMap::new(),
            days: BTreeMap::new(),
            ad_days: BTreeMap::new(),
            owed: BTreeMap::new(),
        }
    }

    /// The same books, empty, from a later instant on.
    pub(crate) fn reopened(&self, from: Timestamp) -> Self {
        Self::open(self.currency, from)
    }

    /// Counts an order.
    pub(crate) const fn order(&mut self, market: Which) {
        match market {
            Which::Advertised => self.advertised.orders += 1,
            Which::Twin => self.twin.orders += 1,
        }
    }

    /// Counts units that were wanted and not there.
    pub(crate) fn miss(&mut self, market: Which, units: u32) {
        match market {
            Which::Advertised => self.advertised.missed += u64::from(units),
            Which::Twin => self.twin.missed += u64::from(units),
        }
    }

    /// A base line in both markets: what was sold in each, and to whom of its buyers ads had sold before.
    pub(crate) fn sell_base(&mut self, sold: Sold, twin: u32, advertised: u32, replaced: &[Through], at: Timestamp) {
        self.book_base(sold, i64::from(twin), i64::from(advertised), replaced, 1, at);
    }

    /// The same line comes back.
    pub(crate) fn take_back_base(&mut self, sold: Sold, twin: u32, advertised: u32, replaced: &[Through], at: Timestamp) {
        self.book_base(sold, -i64::from(twin), -i64::from(advertised), replaced, -1, at);
    }

    fn book_base(&mut self, sold: Sold, twin: i64, advertised: i64, replaced: &[Through], sign: i64, at: Timestamp) {
        let day = day_of(at);
        let mut missing = 0;
        for through in replaced {
            let units = sign * i64::from(through.units);
            missing += units;
            let figures = sold.figures(units);
            self.ads.entry(through.ad).or_default().replaced.add(figures);
            self.ad_days.entry((day, sold.product, through.ad)).or_default().replaced.add(figures);
        }
        let (in_twin, in_advertised) = (sold.figures(twin), sold.figures(advertised));
        self.twin.sold.add(in_twin);
        self.advertised.sold.add(in_advertised);
        let of_day = self.days.entry((day, sold.product)).or_default();
        of_day.twin.add(in_twin);
        of_day.advertised.add(in_advertised);
        of_day.displaced.add(sold.figures(advertised + missing - twin));
    }

    /// A line through an ad.
    pub(crate) fn sell_through_ad(&mut self, sold: Sold, through: Through, at: Timestamp) {
        self.book_ad(sold, through.ad, i64::from(through.units), at);
        let book = self.ads.entry(through.ad).or_default();
        book.orders += 1;
    }

    /// The same line comes back.
    pub(crate) fn take_back_through_ad(&mut self, sold: Sold, through: Through, at: Timestamp) {
        self.book_ad(sold, through.ad, -i64::from(through.units), at);
    }

    fn book_ad(&mut self, sold: Sold, ad: u64, units: i64, at: Timestamp) {
        let (day, figures) = (day_of(at), sold.figures(units));
        self.advertised.sold.add(figures);
        self.days.entry((day, sold.product)).or_default().advertised.add(figures);
        self.ads.entry(ad).or_default().sold.add(figures);
        self.ad_days.entry((day, sold.product, ad)).or_default().credited.add(figures);
    }

    /// Clicks on an ad, and what they cost.
    pub(crate) fn click(&mut self, ad: u64, product: u64, clicks: u64, cost: Decimal, at: Timestamp) {
        let book = self.ads.entry(ad).or_default();
        book.product = product;
        book.clicks += clicks;
        book.cost += cost;
        let of_day = self.ad_days.entry((day_of(at), product, ad)).or_default();
        of_day.clicks += clicks;
        of_day.click_cost += cost;
    }

    /// A commission of an ad, negative for one that is not due after all.
    pub(crate) fn pay(&mut self, ad: u64, product: u64, commission: Decimal, at: Timestamp) {
        let book = self.ads.entry(ad).or_default();
        book.product = product;
        book.cost += commission;
        self.ad_days.entry((day_of(at), product, ad)).or_default().commission += commission;
    }

    /// Notes that an ad's buyers would have bought `units` of a good anyway, within a time.
    pub(crate) fn owe(&mut self, good: usize, through: Through, from: Timestamp, until: Timestamp) {
        let owed = Owed { from, until, ad: through.ad };
        self.owed.entry(good).or_default().extend((0..through.units).map(|_| owed));
    }

    /// Which ads have sold to `wanted` base buyers of a good already, and to how many.
    pub(crate) fn settle(&mut self, good: usize, wanted: u32, at: Timestamp) -> Vec<Through> {
        let Some(owed) = self.owed.get_mut(&good) else { return Vec::new() };
        owed.retain(|owed| at < owed.until);
        let mut settled: Vec<Through> = Vec::new();
        for _ in 0..wanted {
            let Some(place) = owed.iter().position(|owed| owed.from <= at) else { break };
            let Some(Owed { ad, .. }) = owed.remove(place) else { break };
            match settled.iter_mut().find(|through| through.ad == ad) {
                Some(through) => through.units += 1,
                None => settled.push(Through { ad, units: 1 }),
            }
        }
        if owed.is_empty() {
            self.owed.remove(&good);
        }
        settled
    }

    /// What really happened.
    pub(crate) fn truth(&self, until: Timestamp) -> Truth {
        let money = |amount: Decimal| Money::new(amount.round_dp(2), self.currency);
        let cost: Decimal = self.ads.values().map(|book| book.cost).sum();
        let profit = self.advertised.sold.gross_profit() - self.twin.sold.gross_profit() - cost;
        Truth {
            from: self.from,
            until,
            advertised: self.advertised.totals(self.currency),
            unadvertised: self.twin.totals(self.currency),
            advertising_cost: money(cost),
            incremental_profit: money(profit),
            ads: self.ads.iter().map(|(ad, book)| self.ad_truth(*ad, book)).collect(),
        }
    }

    fn ad_truth(&self, ad: u64, book: &AdBook) -> AdTruth {
        let money = |amount: Decimal| Money::new(amount.round_dp(2), self.currency);
        let caused = book.sold.minus(book.replaced);
        AdTruth {
            ad,
            product: book.product,
            clicks: book.clicks,
            orders: book.orders,
            units: book.sold.units,
            revenue: money(book.sold.revenue),
            cannibalised_units: u64::try_from(book.replaced.units).unwrap_or(0),
            incremental_units: caused.units,
            incremental_revenue: money(caused.revenue),
            incremental_gross_profit: money(caused.gross_profit()),
            cost: money(book.cost),
        }
    }

    /// What really happened, by day and product.
    pub(crate) fn days(&self) -> Vec<ProductDay> {
        let mut days: BTreeMap<(i64, u64), ProductDay> = BTreeMap::new();
        let nothing = |day: i64, product: u64| ProductDay::nothing(date_of(day), product, self.currency);
        for ((day, product), book) in &self.days {
            let of_day = days.entry((*day, *product)).or_insert_with(|| nothing(*day, *product));
            of_day.advertised = book.advertised.sales(self.currency);
            of_day.unadvertised = book.twin.sales(self.currency);
            of_day.displaced = book.displaced.sales(self.currency);
        }
        for ((day, product, ad), book) in &self.ad_days {
            let of_day = days.entry((*day, *product)).or_insert_with(|| nothing(*day, *product));
            of_day.ads.push(self.ad_day(*ad, book));
        }
        days.into_values().collect()
    }

    fn ad_day(&self, ad: u64, book: &AdDayBook) -> AdDay {
        let money = |amount: Decimal| Money::new(amount.round_dp(2), self.currency);
        let caused = book.credited.minus(book.replaced);
        AdDay {
            ad,
            clicks: book.clicks,
            credited: book.credited.sales(self.currency),
            caused: caused.sales(self.currency),
            commission: money(book.commission),
            click_cost: money(book.click_cost),
            contribution: money(caused.gross_profit() - book.commission - book.click_cost),
        }
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

fn date_of(day: i64) -> jiff::civil::Date {
    Offset::UTC
        .to_datetime(Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_hours(24 * day)).unwrap_or(Timestamp::MAX))
        .date()
}
