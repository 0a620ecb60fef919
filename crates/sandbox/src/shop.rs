//! The shop as the market changes it: typed for readers in the process, and as WooCommerce's JSON where it is served.

mod ledger;
mod listing;

use jiff::Timestamp;
use rust_decimal::Decimal;

pub(crate) use ledger::{CURRENCY, Ledger};
pub(crate) use listing::Listing;

use crate::error::SandboxError;
use crate::market::{ItemRef, Outcome};
use crate::opening::Opening;
use crate::woo::{NewOrder, Store, zone_of};
use crate::world::World;

/// The shop's catalogue and sales.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    /// The products as a client reads them.
    pub(crate) listing: Listing,
    /// What was sold and taken back.
    pub(crate) ledger: Ledger,
    /// WooCommerce's own data; `None` where no server shows them.
    pub(crate) store: Option<Store>,
    orders: u64,
}

impl Shop {
    /// The shop as it is found; `serves` says whether WooCommerce's data are kept, too.
    pub(crate) fn open(opening: &Opening, world: &World, serves: bool) -> Result<Self, SandboxError> {
        let zone = zone_of(world.store.time_zone.as_deref());
        Ok(Self {
            listing: Listing::of(opening),
            ledger: Ledger::of(opening),
            store: serves.then(|| Store::open(opening, zone)).transpose()?,
            orders: 0,
        })
    }

    /// Places an order and gives its id.
    pub(crate) fn place_order(&mut self, new: &NewOrder) -> u64 {
        if new.outcome == Outcome::Paid {
            for line in &new.lines {
                self.ledger.sell(line.item.product, new.at, line.units, line.amount());
            }
        }
        self.orders += 1;
        self.store.as_mut().map_or(self.orders, |store| store.place_order(new))
    }

    /// Marks an order as completed.
    pub(crate) fn complete_order(&mut self, id: u64, at: Timestamp) {
        if let Some(store) = &mut self.store {
            store.complete_order(id, at);
        }
    }

    /// Refunds a line of an order: so many units for so much.
    pub(crate) fn refund_line(&mut self, order: u64, line: usize, item: ItemRef, units: u32, amount: Decimal, at: Timestamp) {
        self.ledger.take_back(item.product, at, units, amount);
        if let Some(store) = &mut self.store {
            store.refund_line(order, line, at);
        }
    }

    /// Counts units sold, which changes the product.
    pub(crate) fn count_sale(&mut self, item: ItemRef, units: u32, at: Timestamp) {
        self.listing.touch(item.product, at);
        if let Some(store) = &mut self.store {
            store.count_sale(item, units, at);
        }
    }

    /// Sets what lies on a shelf.
    pub(crate) fn set_stock(&mut self, shelf: ItemRef, quantity: i64, at: Timestamp) {
        self.listing.set_stock(shelf, quantity, at);
        if let Some(store) = &mut self.store {
            store.set_stock(shelf, quantity, at);
        }
    }

    /// Sets the price of an item.
    pub(crate) fn set_price(&mut self, item: ItemRef, price: Decimal, at: Timestamp) {
        self.listing.set_price(item, price, at);
        if let Some(store) = &mut self.store {
            store.set_price(item, price, at);
        }
    }

    /// Shows a cost at every item: none as yet.
    pub(crate) fn keep_costs(&mut self) {
        if let Some(store) = &mut self.store {
            store.keep_costs();
        }
    }

    /// Shows what a unit of an item costs the shop.
    pub(crate) fn set_cost(&mut self, item: ItemRef, cost: Decimal) {
        self.listing.set_cost(item, cost);
        if let Some(store) = &mut self.store {
            store.set_cost(item, cost);
        }
    }
}
