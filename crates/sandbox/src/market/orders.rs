//! Orders in both markets: placed, credited, completed, taken back.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::books::{Sold, Through, Which};
use super::credit::{Commission, action};
use super::demand::{BaseLine, BaseOrder, Outcome};
use super::goods::Variant;
use super::shelf::Shelves;
use super::shopper::AdSale;
use super::{FollowUp, Market, Outside, ReturnedLine, chance, variant};
use crate::paid::PaidAction;
use crate::shop::Shop;
use crate::woo::{NewLine, NewOrder, OrderSource};
use crate::world::PlatformKind;

impl Market {
    /// An order that would come without ads, in both markets: in the one with ads, some of its buyers have already bought.
    pub(super) fn sell(&mut self, order: &BaseOrder, shop: &mut Shop) {
        let is_paid = order.outcome == Outcome::Paid;
        let (mut lines, mut returns, mut in_twin) = (Vec::new(), Vec::new(), false);
        for line in &order.lines {
            let Some(variant) = variant(&self.goods, line.good, line.variant).cloned() else { continue };
            let (units, what) = if is_paid { self.sell_line(line, &variant, order.at, shop) } else { (line.quantity, None) };
            in_twin |= what.as_ref().is_some_and(|what| what.twin_units > 0);
            if let (Some(after), Some(what)) = (line.comes_back, what) {
                returns.push((after, (units > 0).then_some(lines.len()), what));
            }
            if units > 0 {
                lines.push(NewLine { item: variant.item, units, price: variant.price });
            }
        }
        if in_twin {
            self.books.order(Which::Twin);
        }
        let mut placed = None;
        if !lines.is_empty() {
            let source = OrderSource::Organic;
            let new = NewOrder { at: order.at, lines, outcome: order.outcome, checkout: order.checkout, source };
            let id = shop.place_order(&new);
            placed = Some(id);
            if is_paid {
                self.books.order(Which::Advertised);
                self.schedule(order.at, order.checkout.completed_after, FollowUp::Completed { order: id });
            }
        }
        for (after, line, what) in returns {
            self.schedule(order.at, after, FollowUp::Returned { line: placed.zip(line), what });
        }
    }

    /// One paid line in both markets: how many units were sold with ads, and what could come back.
    fn sell_line(&mut self, line: &BaseLine, variant: &Variant, at: Timestamp, shop: &mut Shop) -> (u32, Option<ReturnedLine>) {
        let sold = self.sold(line.good, variant);
        let twin_units = self.twin_shelves.take(variant, line.quantity, at);
        self.books.miss(Which::Twin, line.quantity - twin_units);
        let mut replaced = self.books.settle(line.good, line.quantity, at);
        let wanted = line.quantity - replaced.iter().map(|through| through.units).sum::<u32>().min(line.quantity);
        let units = self.shelves.take(variant, wanted, at);
        self.books.miss(Which::Advertised, wanted - units);
        // Who would have found an empty shelf without ads was won by the ad after all.
        let mut left = twin_units;
        for through in &mut replaced {
            through.units = through.units.min(left);
            left -= through.units;
        }
        replaced.retain(|through| through.units > 0);
        self.books.sell_base(sold, twin_units, units, &replaced, at);
        tell_shop(shop, &self.shelves, variant, units, at);
        let is_sold = twin_units > 0 || units > 0;
        let what = ReturnedLine { good: line.good, variant: line.variant, sold, units, twin_units, replaced };
        (units, is_sold.then_some(what))
    }

    fn sold(&self, good: usize, variant: &Variant) -> Sold {
        let product = self.goods.get(good).map_or(0, |good| good.product);
        Sold { product, price: variant.price, unit_cost: variant.unit_cost }
    }

    pub(super) fn sell_through_ad(&mut self, sale: &AdSale, end: Timestamp, outside: &mut Outside<'_>) {
        let Some((good, variant)) = self.goods.get(sale.good).and_then(|good| Some((good, good.variant(sale.variant)?))) else {
            return;
        };
        let (product, variant) = (good.product, variant.clone());
        let units = self.shelves.take(&variant, sale.quantity, sale.at);
        self.books.miss(Which::Advertised, sale.quantity - units);
        if units == 0 {
            return;
        }
        let (sold, through) = (self.sold(sale.good, &variant), Through { ad: sale.ad, units });
        if let Some(replaced) = sale.replaces {
            let response = &self.world.response;
            let after = |days: f64| sale.at.checked_add(SignedDuration::from_secs(chance::seconds(24.0 * days)));
            let from = after(response.replaced_after_days).unwrap_or(sale.at);
            let until = after(response.replaced_after_days + response.replaced_within_days).unwrap_or(Timestamp::MAX);
            self.books.owe(replaced, through, from, until);
        }
        self.books.sell_through_ad(sold, through, sale.at);
        self.books.order(Which::Advertised);
        tell_shop(outside.shop, &self.shelves, &variant, units, sale.at);
        let lines = vec![NewLine { item: variant.item, units, price: variant.price }];
        let source = OrderSource::Advertised;
        let order =
            outside.shop.place_order(&NewOrder { at: sale.at, lines, outcome: Outcome::Paid, checkout: sale.checkout, source });
        let commission = self.credit(sale, order, &variant, units, end, outside);
        self.books.pay(sale.ad, product, commission, sale.at);
        self.schedule(sale.at, sale.checkout.completed_after, FollowUp::Completed { order });
        if let Some(after) = sale.comes_back {
            let (good, variant) = (sale.good, sale.variant);
            let what = ReturnedLine { good, variant, sold, units, twin_units: 0, replaced: Vec::new() };
            self.schedule(sale.at, after, FollowUp::ReturnedAd { order, ad: sale.ad, what });
        }
    }

    /// Credits a sale to its ad at the platform; says what that costs.
    fn credit(
        &self,
        sale: &AdSale,
        order: u64,
        variant: &Variant,
        units: u32,
        end: Timestamp,
        outside: &mut Outside<'_>,
    ) -> Decimal {
        let shown_at = self.reporting.action_shown_at(sale.at);
        if self.world.platform.kind == PlatformKind::Paid {
            let shown_at = shown_at.unwrap_or(sale.at);
            let amount = variant.amount(units);
            let new_customer = sale.new_customer;
            outside.paid.credit(sale.ad, PaidAction { order, at: sale.at, shown_at, amount, new_customer, taken_back_at: None });
            return Decimal::ZERO;
        }
        let Some(good) = self.goods.get(sale.good) else { return Decimal::ZERO };
        let terms = Commission {
            partner: self.partners.iter().find(|partner| partner.id == sale.partner),
            platform_fee: self.world.partners.platform_fee,
            locked_after: SignedDuration::from_hours(24 * i64::from(self.world.platform.locked_after_days)),
            shown_at,
            shown_by: end,
        };
        outside.platform.record_action(action(sale, order, good, variant, units, &terms))
    }

    pub(super) fn follow_up(&mut self, follow_up: FollowUp, at: Timestamp, outside: &mut Outside<'_>) {
        match follow_up {
            FollowUp::Completed { order } => outside.shop.complete_order(order, at),
            FollowUp::Returned { line, what } => {
                let Some(variant) = variant(&self.goods, what.good, what.variant).cloned() else { return };
                self.twin_shelves.put_back(&variant, what.twin_units);
                self.books.take_back_base(what.sold, what.twin_units, what.units, &what.replaced, at);
                if let Some((order, line)) = line {
                    self.put_back(&variant, order, line, &what, at, outside.shop);
                }
            }
            FollowUp::ReturnedAd { order, ad, what } => {
                let Some(variant) = variant(&self.goods, what.good, what.variant).cloned() else { return };
                self.books.take_back_through_ad(what.sold, Through { ad, units: what.units }, at);
                self.put_back(&variant, order, 0, &what, at, outside.shop);
                if self.world.platform.kind == PlatformKind::Paid {
                    outside.paid.take_back(ad, order, at);
                    return;
                }
                let spared = outside.platform.standing_cost(order);
                if outside.platform.reverse_action(order, at) > 0 {
                    self.books.pay(ad, what.sold.product, -spared, at);
                }
            }
        }
    }

    /// Takes units of an order's line back into the market with ads.
    fn put_back(&mut self, variant: &Variant, order: u64, line: usize, what: &ReturnedLine, at: Timestamp, shop: &mut Shop) {
        self.shelves.put_back(variant, what.units);
        shop.refund_line(order, line, variant.item, what.units, what.sold.amount(what.units), at);
        if let Some((shelf, quantity)) = variant.shelf.and_then(|shelf| Some((shelf, self.shelves.quantity(shelf)?))) {
            shop.set_stock(shelf, quantity, at);
        }
    }
}

fn tell_shop(shop: &mut Shop, shelves: &Shelves, variant: &Variant, units: u32, at: Timestamp) {
    if units == 0 {
        return;
    }
    shop.count_sale(variant.item, units, at);
    if let Some((shelf, quantity)) = variant.shelf.and_then(|shelf| Some((shelf, shelves.quantity(shelf)?))) {
        shop.set_stock(shelf, quantity, at);
    }
}
