//! The page's charts.

use campaign_pilot_core::{Currency, Measured, Money, sanitize_line};

use super::super::chart::{Bar, LineChart, Series, bars, lines};
use super::super::model::{CampaignRow, DayRow};
use super::super::number::change;

pub(super) fn charts(days: &[DayRow], currency: Currency) -> Vec<LineChart> {
    let names: Vec<String> = days.iter().map(|row| row.day.strftime("%b %-d").to_string()).collect();
    let series = |class, name, filled, value: fn(&DayRow) -> Option<Money>| {
        let values = days.iter().map(|row| value(row).filter(|money| money.currency == currency).map(|money| money.amount));
        Series { class, name, filled, values: values.collect() }
    };
    let unit = format!("{currency} per day");
    let advertising = vec![
        series("spend", "Spend", true, |row| row.spend.known().copied()),
        series("revenue", "Attributed revenue", false, |row| row.attributed_revenue.known().copied()),
    ];
    let mut store = vec![series("store", "With advertising", true, |row| row.store_revenue.known().copied())];
    if days.iter().any(|row| row.store_revenue_without_ads.is_some()) {
        store.push(series("without", "Without advertising", false, |row| row.store_revenue_without_ads));
    }
    let charts = [
        lines("Spend and attributed revenue", unit.clone(), &names, &advertising),
        lines("Revenue of the store", unit, &names, &store),
    ];
    charts.into_iter().flatten().collect()
}

pub(super) fn returns(campaigns: &[CampaignRow]) -> Vec<Bar> {
    let bar = |row: &CampaignRow| {
        let value = row.net_roas.known().copied();
        let text = match row.net_roas {
            Measured::Known(value) => change(value, 2),
            Measured::Absent(absence) => format!("\u{2013} {absence}"),
        };
        (sanitize_line(&row.product_name), value, text)
    };
    bars(campaigns.iter().map(bar).collect())
}
