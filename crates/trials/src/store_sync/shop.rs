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
    /// The second of the next change.
    now: u32,
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
            now: OPENED + (count + 1) * SECONDS_BETWEEN,
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

    /// Deletes, creates and changes up to `most` rows each.
    pub(super) fn change(&mut self, rng: &mut ChaCha8Rng, most: usize) {
        for _ in 0..rng.random_range(0..=most) {
            if !self.rows.is_empty() {
                self.rows.remove(rng.random_range(0..self.rows.len()));
            }
        }
        for _ in 0..rng.random_range(0..=most) {
            self.now += 1;
            self.rows.push(Row { id: self.next_id, created: self.now, modified: self.now });
            self.next_id += rng.random_range(1..=ID_STEP);
        }
        for _ in 0..rng.random_range(0..=most) {
            self.now += 1;
            let at = rng.random_range(0..self.rows.len().max(1));
            if let Some(row) = self.rows.get_mut(at) {
                row.modified = self.now;
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
