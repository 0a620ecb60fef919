use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::testing::{euros, product};

fn facts(id: u64) -> ProductFacts {
    ProductFacts {
        product: product(id),
        views: Measured::Known(300),
        units: Measured::Known(20),
        expected_lift: Measured::Known(dec!(2)),
        advertised: false,
    }
}

/// The criteria as conditions.
fn strict() -> SelectionPolicy {
    let required = [Criterion::Price, Criterion::ViewsPerSale].into();
    SelectionPolicy { required, minimum_score: dec!(50), ..SelectionPolicy::default() }
}

fn scored(facts: ProductFacts) -> Selection {
    score_products(&[facts], &strict()).pop().unwrap()
}

fn with_product(change: impl FnOnce(&mut Product)) -> ProductFacts {
    let mut facts = facts(1);
    change(&mut facts.product);
    facts
}

fn outcome(selection: &Selection, criterion: Criterion) -> Outcome {
    selection.reasons.iter().find(|reason| reason.criterion == criterion).unwrap().outcome
}

#[test]
fn every_criterion_earns_its_points() {
    let best = scored(facts(1));
    let points: Vec<_> = best.reasons.iter().map(|reason| reason.points).collect();
    assert_eq!(points, [dec!(30), dec!(20), dec!(15), dec!(15), dec!(10.91)]);
    assert_eq!((best.score, best.eligible), (dec!(90.91), true));
    assert_eq!(best.potential, Measured::Known(euros(dec!(119.98))));
    assert_eq!(
        best.sentence,
        "advertise `Product 1` (score 90.91): 120 in stock, more than 50 wanted, 15.0 page views per sale, more than 2 wanted, a \
         price of 59.99 EUR, more than 20.00 EUR wanted, the category Electronics is popular, a revenue potential of 119.98 EUR \
         over the flight"
    );
}

#[test]
fn thresholds_are_exclusive_as_ordered() {
    let stock =
        |quantity| outcome(&scored(with_product(|product| product.stock = Stock::Managed { quantity })), Criterion::Stock);
    assert_eq!((stock(dec!(50)), stock(dec!(50.5))), (Outcome::NotMet, Outcome::Met));
    let price = |amount| outcome(&scored(with_product(|product| product.price = Some(euros(amount)))), Criterion::Price);
    assert_eq!((price(dec!(20)), price(dec!(20.01))), (Outcome::NotMet, Outcome::Met));
    let ratio = |views| outcome(&scored(ProductFacts { views: Measured::Known(views), ..facts(1) }), Criterion::ViewsPerSale);
    assert_eq!((ratio(40), ratio(41)), (Outcome::NotMet, Outcome::Met));
}

#[test]
fn what_is_unknown_counts_half_and_refuses_nothing() {
    let blind = ProductFacts { views: Measured::Absent(Absence::NoViewSource), ..facts(1) };
    let selection = scored(blind);
    assert_eq!(outcome(&selection, Criterion::ViewsPerSale), Outcome::Unknown(Absence::NoViewSource));
    assert_eq!((selection.score, selection.eligible), (dec!(80.91), true));
    let unsold = scored(ProductFacts { units: Measured::Known(0), ..facts(1) });
    assert_eq!(unsold.views_per_sale, Measured::Absent(Absence::NoSales));
    let uncounted = scored(with_product(|product| product.stock = Stock::Unmanaged { in_stock: true }));
    assert_eq!(outcome(&uncounted, Criterion::Stock), Outcome::Unknown(Absence::StockNotManaged));
}

#[test]
fn refused_products_keep_their_score_and_say_why() {
    let refusals = |facts| {
        let selection = scored(facts);
        assert!(!selection.eligible && selection.reasons.len() == 5);
        selection.refusals
    };
    assert!(refusals(with_product(|product| product.price = None)).contains(&Refusal::NoPrice));
    assert!(refusals(with_product(|product| product.price = Some(euros(dec!(0))))).contains(&Refusal::NoPrice));
    assert!(
        refusals(with_product(|product| product.stock = Stock::Managed { quantity: dec!(-3) })).contains(&Refusal::OutOfStock)
    );
    assert_eq!(refusals(with_product(|product| product.status = ProductStatus::Hidden)), [Refusal::NotVisible]);
    assert_eq!(refusals(with_product(|product| product.kind = ProductKind::External)), [Refusal::WrongKind]);
    assert_eq!(refusals(ProductFacts { advertised: true, ..facts(1) }), [Refusal::AlreadyAdvertised]);
    let cheap = with_product(|product| product.price = Some(euros(dec!(9.9))));
    assert_eq!(refusals(cheap), [Refusal::Criterion { criterion: Criterion::Price }]);
}

#[test]
fn a_currency_without_policy_amounts_is_refused() {
    let yen: Currency = "JPY".parse().unwrap();
    let facts = with_product(|product| product.price = Some(Money::new(dec!(9000), yen)));
    assert!(scored(facts).refusals.contains(&Refusal::OtherCurrency { currency: yen }));
    let dollars_only = SelectionPolicy { currency: Some(Currency::USD), ..SelectionPolicy::default() };
    let euros = score_products(&[super::tests::facts(1)], &dollars_only).pop().unwrap();
    assert_eq!(euros.refusals, [Refusal::OtherCurrency { currency: Currency::EUR }]);
}

#[test]
fn categories_are_compared_without_case() {
    let selection = scored(with_product(|product| product.categories = vec!["FITNESS".to_owned().try_into().unwrap()]));
    assert_eq!(outcome(&selection, Criterion::Category), Outcome::Met);
}

#[test]
fn a_low_score_is_refused() {
    let poor = with_product(|product| {
        product.stock = Stock::Managed { quantity: dec!(3) };
        product.categories.clear();
    });
    let selection = scored(poor);
    assert_eq!(selection.score, dec!(45.91));
    assert_eq!(selection.sentence, "do not advertise `Product 1` (score 45.91): its score is below 50");
}

#[test]
fn equals_stand_in_the_order_of_their_ids() {
    let ids: Vec<_> = score_products(&[facts(3), facts(1), facts(2)], &SelectionPolicy::default())
        .into_iter()
        .map(|selection| selection.product.to_string())
        .collect();
    assert_eq!(ids, ["1", "2", "3"]);
}

#[test]
fn a_policy_survives_json() {
    let json = serde_json::to_string(&SelectionPolicy::default()).unwrap();
    assert_eq!(serde_json::from_str::<SelectionPolicy>(&json).unwrap(), SelectionPolicy::default());
}

fn some_products() -> impl Strategy<Value = Vec<ProductFacts>> {
    let one = (1i64..30_000, -20i64..400, 0u64..500, -2i64..60, 0i64..500, any::<bool>());
    prop::collection::vec(one, 0..15).prop_map(|products| {
        let numbered = products.into_iter().enumerate();
        numbered
            .map(|(index, (price, stock, views, units, lift, popular))| {
                let mut product = product(index as u64);
                product.price = Some(euros(Decimal::new(price, 2)));
                product.stock = Stock::Managed { quantity: stock.into() };
                if !popular {
                    product.categories.clear();
                }
                ProductFacts {
                    product,
                    views: Measured::Known(views),
                    units: Measured::Known(units),
                    expected_lift: Measured::Known(Decimal::new(lift, 1)),
                    advertised: false,
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn every_product_has_a_score_from_0_to_100_in_any_order(products in some_products()) {
        let policy = SelectionPolicy::default();
        let selections = score_products(&products, &policy);
        prop_assert_eq!(selections.len(), products.len());
        prop_assert!(selections.iter().all(|one| (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&one.score)));
        prop_assert!(selections.iter().all(|one| one.eligible == one.refusals.is_empty()));
        let mut turned = products;
        turned.reverse();
        prop_assert_eq!(score_products(&turned, &policy), selections);
    }
}
