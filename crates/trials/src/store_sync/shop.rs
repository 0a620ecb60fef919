//! The shop behind the bench server: any number of rows made from recorded items, which may change while it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use super::query::{Key, ListQuery};
use super::template::{Row, Template};
use crate::trial::Failure;

/// The list of one resource.
#[derive(Debug)]
pub(super) struct List {
    /// The recorded items that rows are made from, by turns.
    recorded: Vec<Value>,
    /// By id.
    rows: Vec<Row>,
    next_id: u32,
    /// Templates by what `_fields` asked for.
    templates: BTreeMap<Option<String>, Arc<Vec<Template>>>,
    /// The rows of filters and orders other than by id; void after a change.
    chosen: BTreeMap<Key, Arc<Vec<Row>>>,
}

/// A part of a list and what its headers say.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) body: String,
    pub(super) total: usize,
    pub(super) pages: usize,
}

/// The ids of recorded shops leave gaps: other things are numbered along with them.
const ID_STEP: u32 = 3;
/// One row was created every so many seconds.
const SECONDS_BETWEEN: u32 = 60;
/// 2025-01-01T00:00:00Z.
const OPENED: u32 = 1_735_689_600;

impl List {
    /// A list of `count` rows.
    ///
    /// # Errors
    ///
    /// When the recorded items cannot be read.
    pub(super) fn new(recorded: &str, count: u32) -> Result<Self, Failure> {
        let recorded: Vec<Value> = serde_json::from_str(recorded)?;
        if recorded.is_empty() {
            return Err("there are no recorded items".into());
        }
        let row = |number: u32| {
            let created = OPENED + number * SECONDS_BETWEEN;
            Row { id: 10 + number * ID_STEP, created, modified: created + SECONDS_BETWEEN }
        };
        Ok(Self {
            recorded,
            rows: (0..count).map(row).collect(),
            next_id: 10 + count * ID_STEP,
            templates: BTreeMap::new(),
            chosen: BTreeMap::new(),
        })
    }

    /// The rows that are there.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The part of the list that a query asks for.
    pub(super) fn part(&mut self, query: &ListQuery) -> Result<Part, Failure> {
        let templates = self.templates(query.fields.as_deref())?;
        let chosen;
        let rows = if query.key.is_plain() {
            &self.rows
        } else {
            chosen = self.chosen(&query.key);
            &*chosen
        };
        let total = rows.len();
        let shown = rows.get(query.offset()..).unwrap_or_default();
        let shown = shown.get(..query.per_page).unwrap_or(shown);
        let mut body = String::with_capacity(2 + shown.len() * 2_048);
        body.push('[');
        for (at, row) in shown.iter().enumerate() {
            if at > 0 {
                body.push(',');
            }
            if let Some(template) = templates.get(row.id as usize % templates.len()) {
                template.render(*row, &mut body);
            }
        }
        body.push(']');
        // Beyond its end, WooCommerce says that a list has no items at all.
        let total = if shown.is_empty() { 0 } else { total };
        Ok(Part { body, total, pages: total.div_ceil(query.per_page.max(1)) })
    }

    /// Deletes, creates and changes up to `most` rows each, at the second `now`.
    pub(super) fn change(&mut self, rng: &mut ChaCha8Rng, most: usize, now: u32) {
        for _ in 0..rng.random_range(0..=most) {
            if !self.rows.is_empty() {
                self.rows.remove(rng.random_range(0..self.rows.len()));
            }
        }
        for _ in 0..rng.random_range(0..=most) {
            self.rows.push(Row { id: self.next_id, created: now, modified: now });
            self.next_id += rng.random_range(1..=ID_STEP);
        }
        for _ in 0..rng.random_range(0..=most) {
            let at = rng.random_range(0..self.rows.len().max(1));
            if let Some(row) = self.rows.get_mut(at) {
                row.modified = now;
            }
        }
        self.chosen.clear();
    }

    fn templates(&mut self, fields: Option<&str>) -> Result<Arc<Vec<Template>>, Failure> {
        let key = fields.map(str::to_owned);
        if let Some(templates) = self.templates.get(&key) {
            return Ok(Arc::clone(templates));
        }
        let templates: Result<Vec<_>, _> = self.recorded.iter().map(|item| Template::new(item, fields)).collect();
        let templates = Arc::new(templates?);
        self.templates.insert(key, Arc::clone(&templates));
        Ok(templates)
    }

    fn chosen(&mut self, key: &Key) -> Arc<Vec<Row>> {
        if let Some(rows) = self.chosen.get(key) {
            return Arc::clone(rows);
        }
        let statuses: Vec<&str> =
            self.recorded.iter().map(|item| item.get("status").and_then(Value::as_str).unwrap_or("")).collect();
        let status = |row: &Row| statuses.get(row.id as usize % statuses.len()).copied().unwrap_or_default();
        let mut rows: Vec<Row> = self.rows.iter().filter(|row| key.takes(row, status(row))).copied().collect();
        key.sort(&mut rows);
        let rows = Arc::new(rows);
        self.chosen.insert(key.clone(), Arc::clone(&rows));
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    const RECORDED: &str = r#"[
        {"id": 1, "status": "publish", "date_created_gmt": "", "date_modified_gmt": ""},
        {"id": 2, "status": "draft", "date_created_gmt": "", "date_modified_gmt": ""}
    ]"#;

    fn asked(list: &mut List, pairs: &[(&str, &str)]) -> (Vec<u64>, usize, usize) {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let part = list.part(&ListQuery::of(&pairs).unwrap()).unwrap();
        let items: Vec<Value> = serde_json::from_str(&part.body).unwrap();
        (items.iter().map(|item| item["id"].as_u64().unwrap()).collect(), part.total, part.pages)
    }

    #[test]
    fn parts_and_totals_are_those_of_woocommerce() {
        let mut list = List::new(RECORDED, 5).unwrap();
        let by_id = [("orderby", "id"), ("order", "asc"), ("per_page", "2")];
        assert_eq!(asked(&mut list, &by_id), (vec![10, 13], 5, 3));
        assert_eq!(asked(&mut list, &[&by_id[..], &[("page", "3")]].concat()), (vec![22], 5, 3));
        assert_eq!(asked(&mut list, &[&by_id[..], &[("offset", "1")]].concat()), (vec![13, 16], 5, 3));
        assert_eq!(asked(&mut list, &[&by_id[..], &[("offset", "9")]].concat()), (vec![], 0, 0));
        assert_eq!(asked(&mut list, &[("per_page", "2")]), (vec![22, 19], 5, 3), "the newest first unless asked otherwise");
    }

    #[test]
    fn lists_can_be_narrowed() {
        let mut list = List::new(RECORDED, 5).unwrap();
        assert_eq!(asked(&mut list, &[("status", "draft")]).0, [19, 13]);
        assert_eq!(asked(&mut list, &[("include", "22,10,99")]).0, [22, 10]);
        assert_eq!(asked(&mut list, &[("modified_after", "2025-01-01T00:04:00Z")]).0, [22], "bounds are exclusive");
        assert_eq!(asked(&mut list, &[("after", "2025-01-01T00:00:00"), ("before", "2025-01-01T00:02:00")]).0, [13]);
        for refused in [("per_page", "101"), ("page", "0"), ("orderby", "stock"), ("after", "yesterday")] {
            assert!(ListQuery::of(&[refused].map(|(name, value)| (name.to_owned(), value.to_owned())).into()).is_none());
        }
    }

    #[test]
    fn changes_are_seen_and_ids_are_never_used_again() {
        let mut list = List::new(RECORDED, 50).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut gone, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for second in 0..200 {
            let before: BTreeSet<u32> = list.rows().iter().map(|row| row.id).collect();
            list.change(&mut rng, 3, OPENED * 2 + second);
            let after: BTreeSet<u32> = list.rows().iter().map(|row| row.id).collect();
            gone.extend(before.difference(&after));
            assert!(gone.is_disjoint(&after));
            seen.extend(after);
        }
        assert!(gone.len() > 100 && seen.len() > 100);
        let newest = list.rows().iter().max_by_key(|row| (row.modified, row.id)).unwrap().id;
        assert_eq!(asked(&mut list, &[("orderby", "modified"), ("per_page", "1")]).0, [u64::from(newest)]);
    }
}
