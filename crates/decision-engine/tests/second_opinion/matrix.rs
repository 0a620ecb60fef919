//! The decision matrix once more, in whole hundredths, as it was ordered.

use campaign_pilot_core::{Absence, Currency, Measured, Verdict};
use campaign_pilot_decision_engine::{DecisionMatrix, Signals, WithoutViews};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;

use super::money;

/// What is known of a campaign: hundredths of a percent and of a ratio, cents.
#[derive(Clone, Copy, Debug)]
struct Seen {
    sales: Option<i64>,
    views: Option<i64>,
    net_roas: Option<i64>,
    cpa: Option<(i64, Currency)>,
    price: Option<(i64, Currency)>,
    sales_alone: bool,
}

/// Draws a case and holds the two against each other.
pub(crate) fn compare(random: &mut ChaCha8Rng) {
    let seen = draw(random);
    assert_eq!(engine(seen), naive(seen), "{seen:?}");
}

fn naive(seen: Seen) -> Verdict {
    let at_loss = seen.net_roas.is_some_and(|roas| roas < 0);
    let too_dear = match (seen.cpa, seen.price) {
        (Some((cpa, one)), Some((price, other))) => one == other && cpa > price,
        _ => false,
    };
    if at_loss || too_dear {
        return Verdict::EmergencyPause;
    }
    if seen.sales.is_some_and(|sales| sales < -1_000) || seen.views.is_some_and(|views| views < -500) {
        return Verdict::Pause;
    }
    let views_rose = seen.views.map_or(seen.sales_alone, |views| views > 1_000);
    if seen.sales.is_some_and(|sales| sales > 1_500) && views_rose {
        return Verdict::Continue;
    }
    let a_little = |percent: Option<i64>, most| percent.is_some_and(|percent| (500..=most).contains(&percent));
    if a_little(seen.sales, 1_500) || a_little(seen.views, 1_000) {
        return Verdict::Optimize;
    }
    Verdict::Monitor
}

fn engine(seen: Seen) -> Verdict {
    let number = |hundredths: Option<i64>| match hundredths {
        Some(hundredths) => Measured::Known(Decimal::new(hundredths, 2)),
        None => Measured::Absent(Absence::NoBaseline),
    };
    let without_views = if seen.sales_alone { WithoutViews::SalesAlone } else { WithoutViews::Skip };
    let signals = Signals {
        sales_impact: number(seen.sales),
        view_impact: number(seen.views),
        net_roas: number(seen.net_roas),
        cpa: match seen.cpa {
            Some((cents, currency)) => Measured::Known(money(cents, currency)),
            None => Measured::Absent(Absence::NoNewCustomers),
        },
        price: seen.price.map(|(cents, currency)| money(cents, currency)),
    };
    DecisionMatrix { without_views, ..DecisionMatrix::default() }.judge(&signals).verdict
}

/// Percents at every threshold of the matrix.
const PERCENTS: [i64; 9] = [-2_000, -1_000, -500, 0, 500, 1_000, 1_500, 2_000, 10_000];
const CENTS: [i64; 3] = [1_000, 2_000, 5_999];

fn draw(random: &mut ChaCha8Rng) -> Seen {
    let mut near = |values: &[i64], one_in: u32| {
        let value = values[random.random_range(0..values.len())] + random.random_range(-1..=1);
        (!random.random_ratio(1, one_in)).then_some(value)
    };
    let (sales, views, net_roas) = (near(&PERCENTS, 8), near(&PERCENTS, 4), near(&[0, 100, 100, 300], 4));
    let (cpa, price) = (near(&CENTS, 2), near(&CENTS, 8));
    let price_currency = if random.random_ratio(1, 20) { Currency::USD } else { Currency::EUR };
    Seen {
        sales,
        views,
        net_roas,
        cpa: cpa.map(|cents| (cents, Currency::EUR)),
        price: price.map(|cents| (cents, price_currency)),
        sales_alone: random.random_ratio(1, 2),
    }
}

#[test]
fn the_matrix_agrees_at_every_threshold() {
    let near = |values: &'static [i64]| {
        let each = values.iter().flat_map(|value| [value - 1, *value, value + 1]);
        std::iter::once(None).chain(each.map(Some))
    };
    let mut compared = 0;
    for (sales, views) in near(&PERCENTS).flat_map(|sales| near(&PERCENTS).map(move |views| (sales, views))) {
        for (net_roas, cpa) in near(&[0]).flat_map(|roas| near(&[2_000]).map(move |cpa| (roas, cpa))) {
            for sales_alone in [false, true] {
                let in_euros = |cents| (cents, Currency::EUR);
                let seen = Seen { sales, views, net_roas, cpa: cpa.map(in_euros), price: Some(in_euros(2_000)), sales_alone };
                assert_eq!(engine(seen), naive(seen), "{seen:?}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 28 * 28 * 4 * 4 * 2);
}
