//! The books: what both markets sold, and what each ad brought.

use std::collections::{BTreeMap, VecDeque};

use campaign_pilot_core::{Currency, Money};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::goods::Variant;
use super::truth::{AdTruth, MarketTotals, Truth};

/// How long after an ad's sale the base demand may miss the buyer.
const CANNIBALISED_WITHIN: SignedDuration = SignedDuration::from_hours(10 * 24);

/// One market's sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    orders: u64,
    units: i64,
    revenue: Decimal,
    unit_costs: Decimal,
    missed: u64,
}

impl Totals {
    pub(crate) const fn order(&mut self) {
        self.orders += 1;
    }

    pub(crate) fn sell(&mut self, variant: &Variant, units: u32) {
        self.units += i64::from(units);
        self.revenue += variant.amount(units);
        self.unit_costs += variant.cost(units);
    }

    pub(crate) fn take_back(&mut self, variant: &Variant, units: u32) {
        self.units -= i64::from(units);
        self.revenue -= variant.amount(units);
        self.unit_costs -= variant.cost(units);
    }

    pub(crate) fn miss(&mut self, units: u32) {
        self.missed += u64::from(units);
    }

    fn gross_profit(&self) -> Decimal {
        self.revenue - self.unit_costs
    }

    fn totals(&self, currency: Currency) -> MarketTotals {
        MarketTotals {
            orders: self.orders,
            units: self.units,
            revenue: Money::new(self.revenue, currency),
            gross_profit: Money::new(self.gross_profit(), currency),
            units_out_of_stock: self.missed,
        }
    }
}

/// One ad's sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct AdBook {
    pub(crate) product: u64,
    pub(crate) clicks: u64,
    pub(crate) sold: Totals,
    cannibalised_units: u64,
    cannibalised_revenue: Decimal,
    cannibalised_costs: Decimal,
    pub(crate) cost: Decimal,
}

/// Both markets' books.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    currency: Currency,
    from: Timestamp,
    pub(crate) advertised: Totals,
    pub(crate) twin: Totals,
    ads: BTreeMap<u64, AdBook>,
    /// By good: ads whose buyers the base demand will miss, and until when.
    owed: BTreeMap<usize, VecDeque<(Timestamp, u64)>>,
}

impl Books {
    pub(crate) fn open(currency: Currency, from: Timestamp) -> Self {
        Self {
            currency,
            from,
            advertised: Totals::default(),
            twin: Totals::default(),
            ads: BTreeMap::new(),
            owed: BTreeMap::new(),
        }
    }

    /// The same books, empty, from a later instant on.
    pub(crate) fn reopened(&self, from: Timestamp) -> Self {
        Self::open(self.currency, from)
    }

    pub(crate) fn ad(&mut self, ad: u64, product: u64) -> &mut AdBook {
        let book = self.ads.entry(ad).or_default();
        book.product = product;
        book
    }

    /// Notes that an ad's buyers would have bought `units` of a good anyway.
    pub(crate) fn owe(&mut self, good: usize, ad: u64, units: u32, at: Timestamp) {
        let until = at.checked_add(CANNIBALISED_WITHIN).unwrap_or(Timestamp::MAX);
        self.owed.entry(good).or_default().extend((0..units).map(|_| (until, ad)));
    }

    /// How many of `wanted` base units an ad has already sold.
    pub(crate) fn settle(&mut self, good: usize, variant: &Variant, wanted: u32, at: Timestamp) -> u32 {
        let Some(owed) = self.owed.get_mut(&good) else { return 0 };
        owed.retain(|(until, _)| at < *until);
        let mut settled = 0;
        while settled < wanted
            && let Some((_, ad)) = owed.pop_front()
        {
            settled += 1;
            let book = self.ads.entry(ad).or_default();
            book.cannibalised_units += 1;
            book.cannibalised_revenue += variant.amount(1);
            book.cannibalised_costs += variant.cost(1);
        }
        settled
    }

    pub(crate) fn truth(&self, until: Timestamp) -> Truth {
        let money = |amount: Decimal| Money::new(amount.round_dp(2), self.currency);
        let cost: Decimal = self.ads.values().map(|book| book.cost).sum();
        let profit = self.advertised.gross_profit() - self.twin.gross_profit() - cost;
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
        let lost_profit = book.cannibalised_revenue - book.cannibalised_costs;
        AdTruth {
            ad,
            product: book.product,
            clicks: book.clicks,
            orders: book.sold.orders,
            units: book.sold.units,
            revenue: money(book.sold.revenue),
            cannibalised_units: book.cannibalised_units,
            incremental_units: book.sold.units.saturating_sub_unsigned(book.cannibalised_units),
            incremental_revenue: money(book.sold.revenue - book.cannibalised_revenue),
            incremental_gross_profit: money(book.sold.gross_profit() - lost_profit),
            cost: money(book.cost),
        }
    }
}
