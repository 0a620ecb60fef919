//! Resources that are kept as they are shown: promo codes, groups, lists, catalog items, submissions and decisions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::impact::route::ListKind;

/// A kind of such resources.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum DocKind {
    /// A promo code that credits a partner.
    PromoCode,
    /// A group of partners.
    Group,
    /// An exception list.
    List(ListKind),
    /// An entry of an exception list.
    ListItem(ListKind),
    /// An item of the catalog; its id is the client's own.
    CatalogItem,
    /// A batch of changes of actions.
    Submission,
    /// What became of an inquiry.
    Resolution,
    /// What became of a partner's application.
    Decision,
}

impl DocKind {
    const fn first_number(self) -> u64 {
        match self {
            Self::PromoCode => 400_001,
            Self::Group => 9_001,
            Self::List(ListKind::Goods) => 60_001,
            Self::List(ListKind::PromoCodes) => 65_001,
            Self::ListItem(ListKind::Goods) => 600_001,
            Self::ListItem(ListKind::PromoCodes) => 650_001,
            _ => 1,
        }
    }
}

/// One such resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Doc {
    /// Its id.
    pub(crate) id: String,
    /// The id of what it belongs to; empty for nothing.
    pub(crate) parent: String,
    /// Its fields as the documentation declares them, without those that follow from others.
    pub(crate) body: Map<String, Value>,
    /// Its start, if it has one.
    pub(crate) starts_at: Option<Timestamp>,
    /// Its end, if it has one.
    pub(crate) ends_at: Option<Timestamp>,
    /// When it was created.
    pub(crate) created_at: Timestamp,
}

impl Doc {
    /// A field as text; empty for none.
    pub(crate) fn text(&self, name: &str) -> String {
        match self.body.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct DocBook {
    docs: BTreeMap<(DocKind, String), Doc>,
    used: BTreeMap<DocKind, u64>,
}

impl DocBook {
    /// An id that was never used before.
    pub(crate) fn next_id(&mut self, kind: DocKind) -> String {
        let used = self.used.entry(kind).or_default();
        *used += 1;
        (kind.first_number() + *used - 1).to_string()
    }

    /// Stores a resource, in the place of an older one with its id.
    pub(crate) fn put(&mut self, kind: DocKind, doc: Doc) {
        self.docs.insert((kind, doc.id.clone()), doc);
    }

    pub(crate) fn get(&self, kind: DocKind, id: &str) -> Option<&Doc> {
        self.docs.get(&(kind, id.to_owned()))
    }

    pub(crate) fn get_mut(&mut self, kind: DocKind, id: &str) -> Option<&mut Doc> {
        self.docs.get_mut(&(kind, id.to_owned()))
    }

    pub(crate) fn remove(&mut self, kind: DocKind, id: &str) -> Option<Doc> {
        self.docs.remove(&(kind, id.to_owned()))
    }

    /// Takes all of a kind out.
    pub(crate) fn take_all(&mut self, kind: DocKind) -> Vec<Doc> {
        self.docs.extract_if(.., |(found, _), _| *found == kind).map(|(_, doc)| doc).collect()
    }

    /// All of a kind, by their ids.
    pub(crate) fn of(&self, kind: DocKind) -> impl Iterator<Item = &Doc> {
        self.docs.range((kind, String::new())..).take_while(move |((found, _), _)| *found == kind).map(|(_, doc)| doc)
    }

    /// All of a kind, by their ids, to be changed.
    pub(crate) fn of_mut(&mut self, kind: DocKind) -> impl Iterator<Item = &mut Doc> {
        self.docs.range_mut((kind, String::new())..).take_while(move |((found, _), _)| *found == kind).map(|(_, doc)| doc)
    }
}
