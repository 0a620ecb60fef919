//! What lists are asked for.

use campaign_pilot_core::Period;
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};

use crate::model::{OrderStatus, Product, PublishStatus};
use crate::wire::Resource;

pub(super) const PRODUCTS: &str = "wc/v3/products";
pub(super) const ORDERS: &str = "wc/v3/orders";
const REFUNDS: &str = "wc/v3/refunds";

/// Which products to list: all of them in any status, unless told otherwise.
///
/// ```
/// use campaign_pilot_store_client::ProductQuery;
/// use campaign_pilot_store_client::model::PublishStatus;
///
/// let published = ProductQuery::new().status(PublishStatus::Publish);
/// # let _ = published;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ProductQuery {
    status: Option<PublishStatus>,
    modified_after: Option<Timestamp>,
    include: Vec<u64>,
    fields: Option<&'static str>,
}

impl ProductQuery {
    /// All products but trashed ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those of a status.
    pub fn status(mut self, status: PublishStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Only those that changed after an instant, to the second and without that second.
    pub const fn modified_after(mut self, instant: Timestamp) -> Self {
        self.modified_after = Some(instant);
        self
    }

    /// Only those with these ids; the store leaves unknown ones out.
    pub fn include(mut self, ids: impl IntoIterator<Item = u64>) -> Self {
        self.include.extend(ids);
        self
    }

    /// Only these fields: the others stay at their defaults.
    pub(crate) const fn fields(mut self, fields: &'static str) -> Self {
        self.fields = Some(fields);
        self
    }

    pub(super) fn request(&self) -> Request {
        let status = self.status.as_ref().map_or("any", PublishStatus::as_str);
        let fields = self.fields.unwrap_or(Product::FIELDS);
        let request = Request::get(PRODUCTS).query("status", status).query("_fields", fields);
        included(modified(request, self.modified_after), &self.include)
    }
}

/// Which orders to list: all of them in any status but the trash, unless told otherwise.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct OrderQuery {
    created: Option<Period>,
    modified_after: Option<Timestamp>,
    statuses: Vec<OrderStatus>,
    include: Vec<u64>,
    pub(super) attribution: bool,
    /// Fewer fields than the model has, where fewer are used.
    pub(super) fields: Option<&'static str>,
}

impl OrderQuery {
    /// All orders.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those created in a period, whose ends are widened to whole seconds.
    pub const fn created(mut self, period: Period) -> Self {
        self.created = Some(period);
        self
    }

    /// Only those that changed after an instant, to the second and without that second.
    pub const fn modified_after(mut self, instant: Timestamp) -> Self {
        self.modified_after = Some(instant);
        self
    }

    /// Only those of these statuses.
    pub fn statuses(mut self, statuses: impl IntoIterator<Item = OrderStatus>) -> Self {
        self.statuses.extend(statuses);
        self
    }

    /// Only those with these ids; the store leaves unknown ones out.
    pub fn include(mut self, ids: impl IntoIterator<Item = u64>) -> Self {
        self.include.extend(ids);
        self
    }

    /// With the attribution of the visit, which makes the answers larger.
    pub const fn with_attribution(mut self) -> Self {
        self.attribution = true;
        self
    }

    /// Only these fields: the others stay at their defaults.
    pub(crate) const fn fields(mut self, fields: &'static str) -> Self {
        self.fields = Some(fields);
        self
    }

    pub(super) fn request(&self) -> Request {
        let mut request = Request::get(ORDERS);
        if !self.statuses.is_empty() {
            let words: Vec<&str> = self.statuses.iter().map(OrderStatus::as_str).collect();
            request = request.query("status", words.join(","));
        }
        included(modified(created(request, self.created), self.modified_after), &self.include)
    }
}

/// Which refunds to list: all of them, unless told otherwise.
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct RefundQuery {
    created: Option<Period>,
    pub(super) fields: Option<&'static str>,
}

impl RefundQuery {
    /// All refunds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only those made in a period, whose ends are widened to whole seconds.
    pub const fn created(mut self, period: Period) -> Self {
        self.created = Some(period);
        self
    }

    /// Only these fields: the others stay at their defaults.
    pub(crate) const fn fields(mut self, fields: &'static str) -> Self {
        self.fields = Some(fields);
        self
    }

    pub(super) fn request(self) -> Request {
        created(Request::get(REFUNDS), self.created)
    }
}

/// Limits a request to what was created in a period. The store's bounds are both exclusive, to the second.
fn created(request: Request, period: Option<Period>) -> Request {
    let Some(period) = period else { return request };
    let after = period.start().checked_sub(SignedDuration::from_secs(1)).unwrap_or(period.start());
    let ceiled = period.end().checked_add(SignedDuration::from_nanos(999_999_999)).unwrap_or(period.end());
    request.query("after", second(after)).query("before", second(ceiled))
}

fn modified(request: Request, after: Option<Timestamp>) -> Request {
    match after {
        Some(instant) => request.query("modified_after", second(instant)),
        None => request,
    }
}

/// Ids in one parameter: the form with brackets breaks OAuth signatures, as PHP renames them.
fn included(request: Request, ids: &[u64]) -> Request {
    if ids.is_empty() {
        return request;
    }
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    request.query("include", ids.join(","))
}

/// The form with `Z`, which the store takes as UTC as long as `dates_are_gmt` is not given, too.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(start: &str, end: &str) -> Vec<(String, String)> {
        let period = Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap();
        RefundQuery::new().created(period).request().query_pairs().to_vec()
    }

    #[test]
    fn exclusive_bounds_are_widened_to_the_half_open_period() {
        let wanted = [("after", "2026-10-31T23:59:59Z"), ("before", "2026-11-08T00:00:00Z")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(asked("2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"), wanted);
        assert_eq!(asked("2026-11-01T00:00:00.5Z", "2026-11-07T23:59:59.5Z"), wanted);
    }
}
