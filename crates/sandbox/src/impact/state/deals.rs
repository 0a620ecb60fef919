//! Deals: a discount with dates, which may move the dates of its ads.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// The first deal's id.
pub(super) const FIRST_DEAL: u64 = 30_001;

/// A deal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deal {
    /// impact.com's id.
    pub(crate) id: u64,
    /// Everything that was sent but dates, under the names of a new deal.
    pub(crate) fields: BTreeMap<String, String>,
    /// From when on it holds; `None` for at once.
    pub(crate) starts_at: Option<Timestamp>,
    /// Until when it holds; `None` for no end.
    pub(crate) ends_at: Option<Timestamp>,
    /// When it was created.
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
}

impl Deal {
    /// What was sent for a field; empty for nothing.
    #[must_use]
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Whether it aligns its ads and promo codes to its dates.
    #[must_use]
    pub(crate) fn is_synched(&self) -> bool {
        self.text("SynchAdsPromoCodes") == "true"
    }

    /// Whether its end has passed.
    #[must_use]
    pub(crate) fn has_ended(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }

    /// Its state, which follows from its dates: one that has not begun is taken to be pending.
    #[must_use]
    pub(crate) fn state(&self, at: Timestamp) -> &'static str {
        if self.has_ended(at) {
            "EXPIRED"
        } else if self.starts_at.is_some_and(|start| at < start) {
            "PENDING"
        } else {
            "ACTIVE"
        }
    }
}
