use campaign_pilot_core::{Absence, Measured, Money};
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::testing::{at, hours};
use crate::{NewCustomerSource, NewCustomers};

fn berlin() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn money(minor: i64, currency: Currency) -> Measured<Money> {
    Measured::Known(Money::new(Decimal::new(minor, 2), currency))
}

fn record(hour: i64, product: u64, figures: Figures) -> KpiRecord {
    KpiRecord {
        period: hours(hour, hour + 1),
        campaign: Some(CampaignId::new(format!("c-{product}")).unwrap()),
        product: Some(ProductId::from_number(product)),
        categories: vec![
            CategoryName::new("All").unwrap(),
            CategoryName::new(if product.is_multiple_of(2) { "Even" } else { "Odd" }).unwrap(),
        ],
        figures,
    }
}

fn figures(revenue: i64, cost: i64, clicks: u64) -> Figures {
    Figures {
        impressions: Measured::Known(clicks * 20),
        clicks: Measured::Known(clicks),
        conversions: Measured::Known(clicks / 10),
        credited_revenue: money(revenue, Currency::EUR),
        cost: money(cost, Currency::EUR),
        planned_cost: money(100, Currency::EUR),
        new_customers: Measured::Known(NewCustomers { count: clicks / 20, known_by: NewCustomerSource::Platform }),
        units: Measured::Known(Decimal::from(clicks)),
        expected_units: Measured::Known(dec!(10)),
        views: Measured::Known(dec!(30)),
        expected_views: Measured::Known(dec!(20)),
        ..Figures::absent(Absence::NotYetReported)
    }
}

#[test]
fn ratios_are_ratios_of_sums() {
    let records = [record(0, 1, figures(9_000, 1_000, 20)), record(1, 2, figures(9_000, 9_000, 60))];
    let whole = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &TimeZone::UTC, None);
    let kpis = whole.rows[0].sums.kpis();
    assert_eq!((kpis.gross_roas.value, kpis.net_roas.value), (Measured::Known(dec!(1.8)), Measured::Known(dec!(0.8))));
    assert_eq!(kpis.click_through_rate.value, Measured::Known(dec!(5)));
    assert_eq!(kpis.conversion_rate.value, Measured::Known(dec!(10)));
    assert_eq!(kpis.cpa.value, Measured::Known(Money::new(dec!(25), Currency::EUR)));
    assert_eq!(kpis.new_customers_by, Some(NewCustomerSource::Platform));
    assert_eq!(kpis.spend_pace.value, Measured::Known(dec!(50)));
    assert_eq!((kpis.sales_impact.value, kpis.view_impact.value), (Measured::Known(dec!(300)), Measured::Known(dec!(50))));
    assert_eq!(kpis.efficiency.value, Measured::Known(dec!(200)));
    assert_eq!(kpis.incremental_units.value, Measured::Known(dec!(60)));
}

#[test]
fn a_record_that_knows_half_of_a_ratio_does_not_bend_it() {
    let blind = Figures { impressions: Measured::Absent(Absence::ImpressionsNotCounted), ..figures(100, 100, 600) };
    let records = [record(0, 1, figures(9_000, 1_000, 20)), record(1, 2, blind)];
    let kpis = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &TimeZone::UTC, None).rows[0].sums.kpis();
    let rate = kpis.click_through_rate;
    assert_eq!((rate.value, rate.records, rate.left_out), (Measured::Known(dec!(5)), 1, 1));
    assert_eq!(rate.why, Some(Absence::ImpressionsNotCounted));
    assert_eq!(kpis.clicks.value, Measured::Known(dec!(620)));
}

#[test]
fn two_currencies_are_refused_and_can_be_told_apart() {
    let dollars = Figures { cost: money(700, Currency::USD), credited_revenue: money(1_400, Currency::USD), ..figures(0, 0, 10) };
    let dollars = Figures { planned_cost: Measured::Absent(Absence::NoBudget), ..dollars };
    let records = [record(0, 1, figures(9_000, 1_000, 20)), record(1, 2, dollars)];
    let kpis = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &TimeZone::UTC, None).rows[0].sums.kpis();
    for absent in
        [kpis.gross_roas.value.absence(), kpis.cost.value.absence(), kpis.cpa.value.absence(), kpis.spend_pace.value.absence()]
    {
        assert_eq!(absent, Some(Absence::MixedCurrencies));
    }
    assert_eq!(kpis.clicks.value, Measured::Known(dec!(30)), "counts have no currency");
    let apart = roll_up(&records, RollUpBy::Currency, Grain::Whole, &TimeZone::UTC, None);
    let returns: Vec<_> = apart.rows.iter().map(|row| (row.group.clone(), row.sums.kpis().gross_roas.value)).collect();
    let expected = [(Currency::EUR, dec!(9)), (Currency::USD, dec!(2))];
    assert_eq!(returns, expected.map(|(currency, roas)| (KpiGroup::Currency(currency), Measured::Known(roas))));
}

#[test]
fn groups_and_periods_are_cut_by_the_shops_calendar() {
    // 2026-11-02 is a Monday; in Berlin its last hour of UTC belongs to Tuesday.
    let records: Vec<_> = (0..48).map(|hour| record(hour, 1 + hour.unsigned_abs() % 3, figures(100, 10, 10))).collect();
    let days = roll_up(&records, RollUpBy::Portfolio, Grain::Day, &berlin(), None);
    assert_eq!(days.rows.iter().map(|row| row.sums.records()).collect::<Vec<_>>(), [23, 24, 1]);
    assert_eq!(days.rows[0].period, Period::new(at(-1), at(23)).ok());
    let weeks = roll_up(&records, RollUpBy::Product, Grain::Week, &berlin(), None);
    assert_eq!(weeks.rows.len(), 3);
    assert_eq!(weeks.rows[0].period, Period::new(at(-1), at(7 * 24 - 1)).ok());
    let months = roll_up(&records, RollUpBy::Campaign, Grain::Month, &berlin(), None);
    assert!(months.rows.iter().all(|row| row.sums.records() == 16 && row.period.unwrap().length().as_hours() == 30 * 24));
    let categories = roll_up(&records, RollUpBy::Category, Grain::Whole, &berlin(), None);
    assert_eq!(categories.rows.iter().map(|row| row.sums.records()).collect::<Vec<_>>(), [48, 16, 32]);
}

#[test]
fn any_period_can_be_asked_for_and_nothing_is_split() {
    let mut records: Vec<_> = (0..10).map(|hour| record(hour, 1, figures(100, 10, 10))).collect();
    records[4].period = hours(4, 6);
    let half_past = Period::new(at(2), Timestamp::from_second(at(5).as_second() + 1_800).unwrap()).unwrap();
    let rolled = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &TimeZone::UTC, Some(half_past));
    // Hours 2 and 3 are inside; 4 to 6 and the hour from 5 reach over the end.
    assert_eq!((rolled.rows[0].sums.records(), rolled.straddling, rolled.outside), (2, 2, 6));
    let by_hour = roll_up(&records, RollUpBy::Portfolio, Grain::Hour, &TimeZone::UTC, None);
    assert_eq!((by_hour.rows.len(), by_hour.straddling), (9, 1));
}

#[test]
fn a_day_without_anything_known_has_only_reasons() {
    let records = [record(0, 1, Figures::absent(Absence::Stale))];
    let kpis = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &TimeZone::UTC, None).rows[0].sums.kpis();
    let json = serde_json::to_value(kpis).unwrap();
    let absent = json.as_object().unwrap().values().filter(|kpi| kpi["value"]["absent"] == "stale").count();
    assert_eq!(absent, 26, "{json}");
}

fn any_figures() -> impl Strategy<Value = Figures> {
    let known = |values: std::ops::Range<i64>| proptest::option::weighted(0.8, values);
    (known(-99..9_999), known(0..9_999), known(0..500), known(0..50), 0u8..10).prop_map(|(revenue, cost, clicks, units, odd)| {
        let currency = if odd == 0 { Currency::USD } else { Currency::EUR };
        let amount = |minor: Option<i64>| minor.map_or(Measured::Absent(Absence::NotYetReported), |minor| money(minor, currency));
        let number = |number: Option<i64>| {
            number.map_or(Measured::Absent(Absence::NoBaseline), |number| Measured::Known(Decimal::from(number)))
        };
        let count = |number: Option<i64>| {
            number.map_or(Measured::Absent(Absence::ClicksNotReported), |number| Measured::Known(number.unsigned_abs()))
        };
        Figures {
            clicks: count(clicks),
            impressions: count(clicks.zip(units).map(|(clicks, units)| clicks + units)),
            conversions: count(units),
            credited_revenue: amount(revenue),
            cost: amount(cost),
            revenue: amount(revenue.zip(cost).map(|(revenue, cost)| revenue + cost)),
            expected_revenue: amount(cost),
            units: number(units),
            expected_units: number(clicks),
            views: number(clicks),
            expected_views: number(units),
            ..Figures::absent(Absence::Stale)
        }
    })
}

fn sums<'a>(figures: impl IntoIterator<Item = &'a Figures>) -> KpiSums {
    let mut sums = KpiSums::default();
    figures.into_iter().for_each(|figures| sums.add(figures));
    sums
}

proptest! {
    #[test]
    fn neither_order_nor_grouping_matters(all in proptest::collection::vec(any_figures(), 0..20), cut in 0usize..20, turn in 0usize..20) {
        let whole = sums(&all);
        let mut turned = all.clone();
        turned.rotate_left(turn % all.len().max(1));
        prop_assert_eq!(&sums(&turned), &whole);
        let (left, right) = all.split_at(cut.min(all.len()));
        let mut merged = sums(right);
        merged.merge(&sums(left));
        prop_assert_eq!(&merged, &whole);
        let read: KpiSums = serde_json::from_str(&serde_json::to_string(&whole).unwrap()).unwrap();
        prop_assert_eq!(read.kpis(), whole.kpis());
    }

    #[test]
    fn products_add_up_to_the_portfolio(all in proptest::collection::vec((0i64..60, 1u64..5, any_figures()), 1..30)) {
        let records: Vec<_> = all.into_iter().map(|(hour, product, figures)| record(hour, product, figures)).collect();
        let portfolio = roll_up(&records, RollUpBy::Portfolio, Grain::Whole, &berlin(), None);
        for by in [RollUpBy::Product, RollUpBy::Campaign, RollUpBy::Currency] {
            for grain in [Grain::Whole, Grain::Hour, Grain::Day, Grain::Week, Grain::Month] {
                let mut merged = KpiSums::default();
                roll_up(&records, by, grain, &berlin(), None).rows.iter().for_each(|row| merged.merge(&row.sums));
                prop_assert_eq!(&merged, &portfolio.rows[0].sums);
            }
        }
    }

    #[test]
    fn the_currency_and_its_unit_do_not_matter(all in proptest::collection::vec((1i64..9_999, 1i64..9_999, 0u64..99), 1..20), factor in 1i64..1_000) {
        let kpis = |factor: i64| sums(&all.iter().map(|(revenue, cost, clicks)| figures(revenue * factor, cost * factor, *clicks)).collect::<Vec<_>>()).kpis();
        let (plain, scaled) = (kpis(1), kpis(factor));
        prop_assert!((plain.net_roas.value.ok().unwrap() - scaled.net_roas.value.ok().unwrap()).abs() < dec!(0.000000000000001));
        prop_assert_eq!(plain.click_through_rate, scaled.click_through_rate);
    }

    #[test]
    fn every_instant_lies_in_its_hour_day_week_and_month(second in 1_600_000_000i64..1_900_000_000, zone in 0usize..4) {
        let zone = TimeZone::get(["Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Beirut"][zone]).unwrap();
        let instant = Timestamp::from_second(second).unwrap();
        for grain in [Grain::Hour, Grain::Day, Grain::Week, Grain::Month] {
            let period = grain.period_of(instant, &zone).unwrap();
            prop_assert!(period.contains(instant));
            prop_assert_eq!(grain.period_of(period.start(), &zone), Some(period));
            prop_assert_eq!(grain.period_of(period.end(), &zone).unwrap().start(), period.end());
        }
    }
}
