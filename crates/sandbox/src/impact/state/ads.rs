//! Ads: the only thing that can be created.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An ad of the program.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Ad {
    /// impact.com's number for it.
    pub(crate) id: u64,
    /// Its name.
    pub(crate) name: String,
    /// `BANNER`, `TEXT_LINK` or `COUPON`.
    pub(crate) ad_type: String,
    /// The language, in impact.com's words (`ENGLISH`, `GERMAN`, ..).
    pub(crate) language: String,
    /// The text of a text link.
    pub(crate) link_text: String,
    /// The name of a coupon.
    pub(crate) coupon_link_name: String,
    /// A description for partners.
    pub(crate) description: String,
    /// The page it leads to.
    pub(crate) landing_page: String,
    /// Labels, separated by commas; partners see them.
    pub(crate) labels: String,
    /// The deal it belongs to, empty for none.
    pub(crate) deal_id: String,
    /// From when on partners can take it; `None` for at once.
    pub(crate) starts_at: Option<Timestamp>,
    /// Until when partners can take it; `None` for no end.
    pub(crate) ends_at: Option<Timestamp>,
    /// When it was created.
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
}

impl Ad {
    /// Whether its end has passed.
    #[must_use]
    pub(crate) fn has_ended(&self, at: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= at)
    }
}
