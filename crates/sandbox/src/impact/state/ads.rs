//! Ads: the only thing that can be created.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An ad of the program.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ad {
    /// impact.com's number for it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `BANNER`, `TEXT_LINK` or `COUPON`.
    pub ad_type: String,
    /// The language, in impact.com's words (`ENGLISH`, `GERMAN`, ..).
    pub language: String,
    /// The text of a text link.
    pub link_text: String,
    /// The name of a coupon.
    pub coupon_link_name: String,
    /// A description for partners.
    pub description: String,
    /// The page it leads to.
    pub landing_page: String,
    /// Labels, separated by commas; partners see them.
    pub labels: String,
    /// The deal it belongs to, empty for none.
    pub deal_id: String,
    /// From when on partners can take it; `None` for at once.
    pub starts_at: Option<Timestamp>,
    /// Until when partners can take it; `None` for no end.
    pub ends_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Ad {
    /// Whether its end has passed.
    #[must_use]
    pub fn has_ended(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }

    /// Whether an instant lies within its dates.
    #[must_use]
    pub fn is_within_dates(&self, at: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= at) && !self.has_ended(at)
    }
}
