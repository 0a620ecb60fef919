//! One verb per report.

use std::collections::BTreeSet;

use campaign_pilot_core::{ErrorKind, Period};
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::figures::{
    CategoryFigures, CouponFigures, CouponStats, CustomerFigures, OrderFigures, ProductFigures, ProductStats, RevenueStats,
    StockCounts, StockLevel, VariationFigures,
};
use super::interval::{Grain, Stats, StatsPage};
use crate::model::OrderStatus;
use crate::paging::Pages;
use crate::wire::{Resource, scalar};
use crate::{StoreError, WooApi};

/// More intervals than this are asked for in parts.
const PER_PAGE: u64 = 100;
/// More pages of intervals than this are no report but a loop: a century of hours.
const MOST_PAGES: u64 = 9_000;

/// A store's analytics reports (`wc-analytics`), as its admin pages show them.
///
/// The store counts them from tables that a queue in the background fills, so they may lag behind the orders; by the
/// day of payment, unless its settings say otherwise; without pending, cancelled and failed orders; and with all
/// currencies added up. Amounts come with binary noise, which is taken off: to four decimals.
#[derive(Clone, Debug)]
pub struct Reports {
    pub(super) api: WooApi,
    pub(super) date_type: Option<DateType>,
}

/// Which of an order's days counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateType {
    /// When it was created.
    Created,
    /// When it was paid: what stores use unless set otherwise.
    #[default]
    Paid,
    /// When it was completed.
    Completed,
}

/// Which stock to list.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum StockFilter {
    /// All products and variations.
    #[default]
    All,
    /// Those with little stock.
    Low,
    /// Those without.
    OutOfStock,
    /// Those that can be ordered without stock.
    OnBackorder,
    /// Those in stock.
    InStock,
}

/// What a store's reports count.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AnalyticsSettings {
    /// Which of an order's days counts.
    pub date_type: DateType,
    /// The statuses of orders that do not count.
    pub excluded_statuses: Vec<OrderStatus>,
}

impl WooApi {
    /// The store's analytics reports.
    #[must_use]
    pub fn reports(&self) -> Reports {
        Reports { api: self.clone(), date_type: None }
    }
}

impl Reports {
    /// The same reports by another day than the store's settings say.
    #[must_use]
    pub const fn by(mut self, date_type: DateType) -> Self {
        self.date_type = Some(date_type);
        self
    }

    /// Revenue and orders of a period, and of each interval in it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn revenue(&self, period: Period, grain: Grain) -> Result<Stats<RevenueStats>, StoreError> {
        self.stats("wc-analytics/reports/revenue/stats", "the revenue report", period, grain).await
    }

    /// Products sold in a period, and in each interval in it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn product_stats(&self, period: Period, grain: Grain) -> Result<Stats<ProductStats>, StoreError> {
        self.stats("wc-analytics/reports/products/stats", "the products report", period, grain).await
    }

    /// Coupons used in a period, and in each interval in it.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn coupon_stats(&self, period: Period, grain: Grain) -> Result<Stats<CouponStats>, StoreError> {
        self.stats("wc-analytics/reports/coupons/stats", "the coupons report", period, grain).await
    }

    /// What each product sold in a period.
    #[must_use]
    pub fn products(&self, period: Period) -> Pages<ProductFigures> {
        self.rows("wc-analytics/reports/products", Some(period))
    }

    /// What each variation sold in a period.
    #[must_use]
    pub fn variations(&self, period: Period) -> Pages<VariationFigures> {
        self.rows("wc-analytics/reports/variations", Some(period))
    }

    /// What each category sold in a period.
    #[must_use]
    pub fn categories(&self, period: Period) -> Pages<CategoryFigures> {
        self.rows("wc-analytics/reports/categories", Some(period))
    }

    /// What each coupon did in a period.
    #[must_use]
    pub fn coupons(&self, period: Period) -> Pages<CouponFigures> {
        self.rows("wc-analytics/reports/coupons", Some(period))
    }

    /// The orders and refunds of a period as the reports count them, and whether they were their customers' first.
    #[must_use]
    pub fn orders(&self, period: Period) -> Pages<OrderFigures> {
        self.rows("wc-analytics/reports/orders", Some(period))
    }

    /// What each customer did so far, guests included.
    #[must_use]
    pub fn customers(&self) -> Pages<CustomerFigures> {
        let salt = self.api.config().customer_salt.clone();
        let fields =
            if salt.is_some() { format!("{},email", CustomerFigures::FIELDS) } else { CustomerFigures::FIELDS.to_owned() };
        let request = Request::get("wc-analytics/reports/customers").query("_fields", fields);
        self.api.list_by_numbers::<CustomerFigures>(request).with(move |row| row.seal(salt.as_ref()))
    }

    /// The stock of products and variations.
    #[must_use]
    pub fn stock(&self, filter: StockFilter) -> Pages<StockLevel> {
        let kind = match filter {
            StockFilter::All => "all",
            StockFilter::Low => "lowstock",
            StockFilter::OutOfStock => "outofstock",
            StockFilter::OnBackorder => "onbackorder",
            StockFilter::InStock => "instock",
        };
        let request = Request::get("wc-analytics/reports/stock").query("type", kind).query("_fields", StockLevel::FIELDS);
        self.api.list_by_numbers(request)
    }

    /// How many products are in which stock.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn stock_counts(&self) -> Result<StockCounts, StoreError> {
        #[derive(Deserialize)]
        struct Counted {
            totals: StockCounts,
        }
        let counted: Counted = self.api.read_json(&Request::get("wc-analytics/reports/stock/stats"), "the stock report").await?;
        Ok(counted.totals)
    }

    /// What the store's reports count.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn settings(&self) -> Result<AnalyticsSettings, StoreError> {
        #[derive(Deserialize)]
        struct Setting {
            #[serde(deserialize_with = "scalar::text")]
            id: String,
            #[serde(default)]
            value: serde_json::Value,
        }
        let request = Request::get("wc-analytics/settings/wc_admin").query("_fields", "id,value");
        let settings: Vec<Setting> = self.api.read_json(&request, "the analytics settings").await?;
        let value = |id: &str| settings.iter().find(|setting| setting.id == id).map(|setting| &setting.value);
        let date_type = match value("woocommerce_date_type").and_then(serde_json::Value::as_str) {
            Some("date_created") => DateType::Created,
            Some("date_completed") => DateType::Completed,
            _ => DateType::Paid,
        };
        let excluded = value("woocommerce_excluded_report_order_statuses").and_then(serde_json::Value::as_array);
        let words = excluded.into_iter().flatten().filter_map(serde_json::Value::as_str);
        Ok(AnalyticsSettings { date_type, excluded_statuses: words.map(OrderStatus::from).collect() })
    }

    fn rows<T: Resource>(&self, path: &str, period: Option<Period>) -> Pages<T> {
        let request = Request::get(path).query("_fields", T::FIELDS);
        self.api.list_by_numbers(match period {
            Some(period) => self.within(request, period),
            None => request,
        })
    }

    /// All pages of a report: the store sends ten intervals at a time, the newest first, unless asked otherwise.
    async fn stats<T: DeserializeOwned + Clone>(
        &self,
        path: &str,
        what: &str,
        period: Period,
        grain: Grain,
    ) -> Result<Stats<T>, StoreError> {
        let request = self.within(Request::get(path), period).query("interval", grain.word()).query("order", "asc");
        let request = request.query("per_page", PER_PAGE).query("_fields", "totals,intervals");
        let mut stats: Option<Stats<T>> = None;
        let mut seen = BTreeSet::new();
        for page in 1..=MOST_PAGES {
            let response = self.api.send(&request.clone().query("page", page)).await?;
            let read: StatsPage<T> = self.api.understood(&response, what)?;
            let sent = read.intervals.len() as u64;
            // The totals of the last page are the latest.
            let stats = match &mut stats {
                Some(stats) => {
                    stats.totals = read.totals;
                    stats
                }
                none => none.insert(Stats { totals: read.totals, intervals: Vec::new() }),
            };
            for row in read.intervals {
                let interval = row.interval().ok_or_else(|| self.odd(what))?;
                if seen.insert(interval.period.start()) {
                    stats.intervals.push(interval);
                }
            }
            let pages = response.header("x-wp-totalpages").and_then(|pages| pages.trim().parse().ok());
            if pages.map_or(sent < PER_PAGE, |pages: u64| page >= pages) {
                stats.intervals.sort_by_key(|interval| interval.period.start());
                return Ok(stats.clone());
            }
        }
        Err(self.odd(what))
    }

    fn odd(&self, what: &str) -> StoreError {
        StoreError::new(ErrorKind::Malformed, format!("{what} of {} has intervals that are none", self.api.name()))
            .advise("look for a plugin that changes the analytics")
    }

    /// Limits a request to a period. The store takes both ends as belonging to it, to the second, and honours the `Z`.
    fn within(&self, request: Request, period: Period) -> Request {
        let last = period.end().checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.end());
        let second = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let request = request.query("after", second(period.start())).query("before", second(last));
        match self.date_type {
            Some(DateType::Created) => request.query("date_type", "date_created"),
            Some(DateType::Paid) => request.query("date_type", "date_paid"),
            Some(DateType::Completed) => request.query("date_type", "date_completed"),
            None => request,
        }
    }
}
