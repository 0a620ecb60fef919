//! What a list is asked for, as far as the store client asks.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::template::Row;

/// The parameters of a list.
#[derive(Clone, Debug)]
pub(super) struct ListQuery {
    pub(super) per_page: usize,
    page: usize,
    offset: Option<usize>,
    pub(super) fields: Option<String>,
    pub(super) key: Key,
}

/// What decides which rows a list has, and in which order.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    /// Empty for any.
    statuses: BTreeSet<String>,
    /// Empty for any.
    include: BTreeSet<u32>,
    /// Bounds in seconds, all of them exclusive.
    after: Option<i64>,
    before: Option<i64>,
    modified_after: Option<i64>,
    modified_before: Option<i64>,
    order_by: OrderBy,
    ascending: bool,
}

#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
enum OrderBy {
    #[default]
    Created,
    Id,
    Modified,
}

impl ListQuery {
    /// Reads the parameters; `None` for one that WooCommerce refuses.
    pub(super) fn of(pairs: &BTreeMap<String, String>) -> Option<Self> {
        let text = |name: &str| pairs.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let number = |name: &str, default: usize| text(name).map_or(Some(default), |text| text.parse().ok());
        let instant = |name: &str| text(name).map_or(Some(None), |text| second(text).map(Some));
        let list = |name: &str| text(name).into_iter().flat_map(|text| text.split(','));
        let key = Key {
            statuses: list("status").filter(|status| *status != "any").map(str::to_owned).collect(),
            include: list("include").map(|id| id.parse().ok()).collect::<Option<_>>()?,
            after: instant("after")?,
            before: instant("before")?,
            modified_after: instant("modified_after")?,
            modified_before: instant("modified_before")?,
            order_by: match text("orderby").unwrap_or("date") {
                "date" => OrderBy::Created,
                "id" => OrderBy::Id,
                "modified" => OrderBy::Modified,
                _ => return None,
            },
            ascending: text("order") == Some("asc"),
        };
        Some(Self {
            per_page: number("per_page", 10).filter(|size| (1..=100).contains(size))?,
            page: number("page", 1).filter(|page| *page > 0)?,
            offset: match text("offset") {
                Some(text) => Some(text.parse().ok()?),
                None => None,
            },
            fields: text("_fields").map(str::to_owned),
            key,
        })
    }

    /// How many rows come before the part asked for.
    pub(super) fn offset(&self) -> usize {
        self.offset.unwrap_or_else(|| (self.page - 1).saturating_mul(self.per_page))
    }
}

impl Key {
    /// Whether it asks for all rows by id.
    pub(super) fn is_plain(&self) -> bool {
        *self == Self { order_by: OrderBy::Id, ascending: true, ..Self::default() }
    }

    /// Whether a row with a status belongs to the list.
    pub(super) fn takes(&self, row: &Row, status: &str) -> bool {
        let after = |bound: Option<i64>, at: u32| bound.is_none_or(|bound| i64::from(at) > bound);
        let before = |bound: Option<i64>, at: u32| bound.is_none_or(|bound| i64::from(at) < bound);
        (self.statuses.is_empty() || self.statuses.contains(status))
            && (self.include.is_empty() || self.include.contains(&row.id))
            && after(self.after, row.created)
            && before(self.before, row.created)
            && after(self.modified_after, row.modified)
            && before(self.modified_before, row.modified)
    }

    /// Puts rows into the order asked for.
    pub(super) fn sort(&self, rows: &mut [Row]) {
        let by = |row: &Row| match self.order_by {
            OrderBy::Created => (row.created, row.id),
            OrderBy::Id => (row.id, row.id),
            OrderBy::Modified => (row.modified, row.id),
        };
        rows.sort_unstable_by_key(by);
        if !self.ascending {
            rows.reverse();
        }
    }
}

/// A date and time in UTC, with or without a `Z`.
fn second(text: &str) -> Option<i64> {
    let civil: DateTime = text.trim_end_matches('Z').parse().ok()?;
    Some(Offset::UTC.to_timestamp(civil).ok()?.as_second())
}
