use jiff::tz::TimeZone;
use proptest::prelude::*;
use rust_decimal::dec;
use serde_json::{Value, json};

use super::super::calendar::Grain;
use super::*;

fn order(id: u64, second: i64, lines: &[Value]) -> Order {
    let created = Timestamp::from_second(second).unwrap().to_string();
    let item = json!({"id": id, "currency": "EUR", "status": "completed", "date_created_gmt": created, "line_items": lines});
    serde_json::from_value(item).unwrap()
}

fn line(product: u64, units: i64, cents: i64) -> Value {
    json!({"product_id": product, "name": "A thing", "quantity": units, "total": Decimal::new(cents, 2).to_string()})
}

fn period(start: i64, end: i64) -> Period {
    Period::new(Timestamp::from_second(start).unwrap(), Timestamp::from_second(end).unwrap()).unwrap()
}

fn tally(period: Period) -> Tally {
    Tally::new(period, Calendar::new(TimeZone::UTC, Grain::Hour), false)
}

fn sales(period: Period, orders: &[Order]) -> Sales {
    let mut tally = tally(period);
    for order in orders {
        tally.add_order(order);
    }
    tally.finish(period.end(), "UTC".to_owned())
}

#[test]
fn two_lines_of_one_product_are_one_order_and_a_deleted_one_keeps_its_name() {
    let sales = sales(period(0, 7200), &[order(1, 3601, &[line(5, 2, 3980), line(5, 1, 1500), line(0, 1, 999)])]);
    assert_eq!(sales.cells.len(), 1);
    let cell = &sales.cells[0];
    assert_eq!((cell.figures.units, cell.figures.orders, cell.figures.revenue), (dec!(3), 1, dec!(54.80)));
    assert_eq!(cell.period, period(3600, 7200));
    assert_eq!((sales.deleted[0].name.as_str(), sales.deleted[0].figures.revenue), ("A thing", dec!(9.99)));
    assert_eq!((sales.rejected.len(), sales.quality.complete), (1, true));
}

#[test]
fn two_deleted_products_in_one_order_are_an_order_of_each() {
    let named = |name: &str| json!({"product_id": 0, "name": name, "quantity": 1, "total": "5.00"});
    let sales = sales(period(0, 3600), &[order(1, 10, &[named("Cup"), named("Tea"), named("Tea")])]);
    let told: Vec<_> = sales.deleted.iter().map(|gone| (gone.name.as_str(), gone.figures.orders, gone.figures.units)).collect();
    assert_eq!(told, [("Cup", 1, dec!(1)), ("Tea", 1, dec!(2))]);
}

#[test]
fn a_refund_of_an_order_that_is_no_sale_does_not_count() {
    let item = json!({"id": 9, "parent_id": 1, "date_created_gmt": "1970-01-01T00:00:10", "line_items": [line(5, -1, -500)]});
    let refund: Refund = serde_json::from_value(item).unwrap();
    let head = |status: &str| Head { status: OrderStatus::from(status), currency: Currency::EUR };
    let statuses = [OrderStatus::Completed];
    let mut tally = tally(period(0, 3600));
    tally.add_refund(&refund, Some(&head("cancelled")), &statuses);
    assert!(tally.cells.is_empty());
    tally.add_refund(&refund, Some(&head("completed")), &statuses);
    tally.add_refund(&refund, None, &statuses);
    let sales = tally.finish(Timestamp::from_second(1800).unwrap(), "UTC".to_owned());
    assert_eq!((sales.cells[0].figures.refunded_units, sales.cells[0].figures.refunds), (dec!(1), dec!(5.00)));
    assert_eq!(sales.rejected.len(), 1);
    assert_eq!(sales.quality.complete_until, Some(Timestamp::from_second(1800).unwrap()));
}

#[test]
fn money_that_names_no_product_is_kept() {
    let item = json!({"id": 9, "parent_id": 1, "date_created_gmt": "1970-01-01T00:00:10", "amount": "7.50", "line_items": []});
    let refund: Refund = serde_json::from_value(item).unwrap();
    let mut tally = tally(period(0, 3600));
    let head = Head { status: OrderStatus::Completed, currency: Currency::EUR };
    tally.add_refund(&refund, Some(&head), &[OrderStatus::Completed]);
    let sales = tally.finish(Timestamp::from_second(1800).unwrap(), "UTC".to_owned());
    assert_eq!((sales.unassigned[0].count, sales.unassigned[0].amount), (1, dec!(7.50)));
}

#[test]
fn an_order_that_the_reports_do_not_know_makes_the_customers_unknown() {
    let orders = [order(1, 10, &[line(5, 1, 100)]), order(2, 20, &[line(5, 1, 100)]), order(3, 3700, &[line(5, 1, 100)])];
    let mut tally = tally(period(0, 7200));
    tally.tell_apart(Firsts { new: [1].into_iter().collect(), returning: [3].into_iter().collect() });
    orders.iter().for_each(|order| tally.add_order(order));
    let sales = tally.finish(Timestamp::from_second(7200).unwrap(), "UTC".to_owned());
    assert_eq!(sales.cells[0].new_customers, Measured::Absent(Absence::NewCustomersUnknown));
    assert_eq!((&sales.cells[1].new_customers, &sales.cells[1].returning_customers), (&Measured::Known(0), &Measured::Known(1)));
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled_and_parts_add_up(
        made in prop::collection::vec((0i64..40_000, 0u64..5, 1i64..4, 1i64..10_000), 0..40),
        cut in 1i64..39_999,
    ) {
        let orders: Vec<Order> = made.iter().zip(1..)
            .map(|((at, product, units, cents), id)| order(id, *at, &[line(*product, *units, *cents)]))
            .collect();
        let total = |sales: &Sales| -> (Decimal, Decimal) {
            let all = || sales.cells.iter().map(|cell| cell.figures).chain(sales.deleted.iter().map(|product| product.figures));
            (all().map(|figures| figures.units).sum(), all().map(|figures| figures.revenue).sum())
        };
        let whole = total(&sales(period(0, 40_000), &orders));
        let first = total(&sales(period(0, cut), &orders));
        let second = total(&sales(period(cut, 40_000), &orders));
        prop_assert_eq!(whole, (first.0 + second.0, first.1 + second.1));
        prop_assert_eq!(whole.0, Decimal::from(made.iter().map(|sale| sale.2).sum::<i64>()));
    }
}
