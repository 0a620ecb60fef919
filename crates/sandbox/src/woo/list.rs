//! Lists: filters, order and paging.

use std::cmp::Ordering;

use axum::body::Body as HttpBody;
use axum::http::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{ApiError, Fields, Page, Picked};
use super::params::Params;
use super::store::{Item, text};

/// What kind of things a list holds, and so what it can be asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The words that `orderby` takes, in the order of WordPress's message.
    orderby: &'static [&'static str],
    default_orderby: &'static str,
    default_order: &'static str,
    /// The words that `status` takes; none for things without one.
    statuses: &'static [&'static str],
    /// What the default status, `any`, leaves out.
    not_any: &'static [&'static str],
    /// Whether things with equal dates come in any order, another one on each page.
    shuffles_ties: bool,
    /// Whether a page after the last says that there is nothing at all.
    forgets_totals: bool,
    pub(super) nests: bool,
}

const POST_ORDERS: &[&str] = &[
    "date",
    "id",
    "include",
    "title",
    "slug",
    "modified",
    "popularity",
    "rating",
    "post__in",
    "price",
    "sales",
    "menu_order",
    "random",
    "popularity",
    "rating",
    "menu_order",
    "price",
    "popularity",
    "rating",
];

pub(super) const PRODUCTS: Kind = Kind {
    orderby: POST_ORDERS,
    default_orderby: "date",
    default_order: "desc",
    statuses: &["any", "future", "trash", "draft", "pending", "private", "publish"],
    not_any: &["trash"],
    shuffles_ties: true,
    forgets_totals: false,
    nests: false,
};

pub(super) const VARIATIONS: Kind =
    Kind { orderby: &["date", "id", "include", "title", "slug", "modified", "menu_order"], shuffles_ties: false, ..PRODUCTS };

pub(super) const ORDERS: Kind = Kind {
    orderby: &["date", "id", "include", "title", "slug", "modified"],
    default_orderby: "date",
    default_order: "desc",
    statuses: &[
        "any",
        "trash",
        "auto-draft",
        "pending",
        "processing",
        "on-hold",
        "completed",
        "cancelled",
        "refunded",
        "failed",
        "checkout-draft",
    ],
    not_any: &["trash", "auto-draft"],
    shuffles_ties: false,
    forgets_totals: true,
    nests: true,
};

pub(super) const REFUNDS: Kind = Kind { statuses: &[], not_any: &[], forgets_totals: false, ..ORDERS };

pub(super) const CATEGORIES: Kind = Kind {
    orderby: &["id", "include", "name", "slug", "term_group", "description", "count"],
    default_orderby: "name",
    default_order: "asc",
    statuses: &[],
    not_any: &[],
    shuffles_ties: false,
    forgets_totals: false,
    nests: false,
};

pub(super) const COUPONS: Kind =
    Kind { orderby: &["date", "id", "include", "title", "slug", "modified"], statuses: &[], not_any: &[], ..VARIATIONS };

pub(super) const CUSTOMERS: Kind = Kind { orderby: &["id", "include", "name", "registered_date"], ..CATEGORIES };

/// A question to a list, checked.
pub(super) struct ListQuery<'a> {
    kind: Kind,
    params: &'a Params,
    page: usize,
    per_page: usize,
    offset: Option<usize>,
    orderby: &'a str,
    descends: bool,
    include: Option<Vec<u64>>,
    exclude: Vec<u64>,
    statuses: Vec<&'a str>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    modified_after: Option<Timestamp>,
    modified_before: Option<Timestamp>,
    fields: Fields,
}

impl<'a> ListQuery<'a> {
    /// Checks the parameters, as WordPress does before it looks who asks.
    ///
    /// # Errors
    ///
    /// 400 `rest_invalid_param`.
    pub(super) fn read(kind: Kind, params: &'a Params) -> Result<Self, ApiError> {
        Ok(Self {
            kind,
            page: params.integer("page", 1, 1, None)?,
            per_page: params.integer("per_page", 10, 1, Some(100))?,
            offset: params.get("offset").map(|_| params.integer("offset", 0, 0, None)).transpose()?,
            orderby: params.word("orderby", kind.default_orderby, kind.orderby, &spoken(kind.orderby))?,
            descends: params.word("order", kind.default_order, &["asc", "desc"], "asc and desc")? == "desc",
            include: params.ids("include")?,
            exclude: params.ids("exclude")?.unwrap_or_default(),
            statuses: statuses(kind, params)?,
            after: params.date("after")?,
            before: params.date("before")?,
            modified_after: params.date("modified_after")?,
            modified_before: params.date("modified_before")?,
            fields: params.fields(),
            params,
        })
    }

    /// The answer: what fits, in order, the asked page of it. `parent` names the thing that an item belongs to.
    pub(super) fn answer<'b>(
        &self,
        items: impl Iterator<Item = &'b Item>,
        parent: impl Fn(&Item) -> Option<u64>,
        home: &str,
        path: &str,
    ) -> Response<HttpBody> {
        let mut found: Vec<&Item> = items.filter(|item| self.fits(item)).collect();
        found.sort_by(|a, b| self.compare(a, b));
        let total = found.len();
        let pages = total.div_ceil(self.per_page);
        let from = self.offset.unwrap_or_else(|| (self.page - 1).saturating_mul(self.per_page));
        let shown = found.into_iter().skip(from).take(self.per_page).map(|item| Picked {
            body: &item.body,
            fields: &self.fields,
            keeps_links: false,
            nests: self.kind.nests,
            parent: parent(item),
        });
        let items: Vec<Picked<'_>> = shown.collect();
        let forgets = self.kind.forgets_totals && items.is_empty();
        let (total, pages) = if forgets { (0, 0) } else { (total, pages) };
        let link = |page: usize| format!("{home}{path}?{}", self.params.for_page(page));
        let previous = (self.page > 1).then(|| link((self.page - 1).min(pages)));
        let next = (self.page < pages).then(|| link(self.page + 1));
        Page { items, total, pages, previous, next }.respond(home)
    }

    fn fits(&self, item: &Item) -> bool {
        let is_between = |at: Timestamp, after: Option<Timestamp>, before: Option<Timestamp>| {
            after.is_none_or(|after| after < at) && before.is_none_or(|before| at < before)
        };
        self.include.as_ref().is_none_or(|ids| ids.contains(&item.id))
            && !self.exclude.contains(&item.id)
            && self.fits_status(item)
            && is_between(item.created, self.after, self.before)
            && is_between(item.modified, self.modified_after, self.modified_before)
    }

    fn fits_status(&self, item: &Item) -> bool {
        if self.kind.statuses.is_empty() {
            return true;
        }
        let is_any = self.statuses.contains(&"any") && !self.kind.not_any.contains(&item.status.as_str());
        is_any || self.statuses.contains(&item.status.as_str())
    }

    fn compare(&self, a: &Item, b: &Item) -> Ordering {
        if self.orderby == "include"
            && let Some(ids) = &self.include
        {
            let place = |item: &Item| ids.iter().position(|id| *id == item.id);
            return place(a).cmp(&place(b));
        }
        let order = match self.orderby {
            "date" | "registered_date" => a.created.cmp(&b.created),
            "modified" => a.modified.cmp(&b.modified),
            "title" | "name" => title(a).cmp(title(b)),
            "slug" => text(&a.body, "slug").cmp(text(&b.body, "slug")),
            "popularity" | "sales" => number(a, "total_sales").cmp(&number(b, "total_sales")),
            "menu_order" => number(a, "menu_order").cmp(&number(b, "menu_order")),
            "count" => number(a, "count").cmp(&number(b, "count")),
            _ => Ordering::Equal,
        };
        let dates = matches!(self.orderby, "date" | "modified");
        let order = order.then_with(|| {
            if self.kind.shuffles_ties && dates { self.shuffled(a.id).cmp(&self.shuffled(b.id)) } else { a.id.cmp(&b.id) }
        });
        if self.descends { order.reverse() } else { order }
    }

    /// The database breaks ties as it likes, differently for each page: who pages by date loses items.
    const fn shuffled(&self, id: u64) -> u64 {
        let salt = (self.page as u64) << 32 | self.per_page as u64;
        (id ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }
}

fn statuses(kind: Kind, params: &Params) -> Result<Vec<&str>, ApiError> {
    let asked = if kind.statuses.is_empty() { Vec::new() } else { params.list("status") };
    if let Some((index, _)) = asked.iter().enumerate().find(|(_, status)| !kind.statuses.contains(*status)) {
        let message = format!("status[{index}] is not one of {}.", spoken(kind.statuses));
        return Err(ApiError::invalid("status", "rest_not_in_enum", &message));
    }
    Ok(if asked.is_empty() { vec!["any"] } else { asked })
}

/// The words as WordPress lists them.
fn spoken(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{}, and {last}", first.join(", ")),
        None => String::new(),
    }
}

fn title(item: &Item) -> &str {
    let name = text(&item.body, "name");
    if name.is_empty() { text(&item.body, "code") } else { name }
}

fn number(item: &Item, key: &str) -> i64 {
    item.body.get(key).and_then(Value::as_i64).unwrap_or(0)
}
