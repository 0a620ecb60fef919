//! Ads: the only thing that shoppers ever see of what the API can create.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// An ad of the program.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// The fields of a new ad that nothing here works upon, as they were sent.
    pub(crate) more: BTreeMap<String, Vec<String>>,
    /// From when on partners can take it; `None` for at once.
    pub(crate) starts_at: Option<Timestamp>,
    /// Until when partners can take it, as it was sent; `None` for no end.
    pub(crate) ends_at: Option<Timestamp>,
    /// When that end takes effect.
    pub(crate) stops_at: Option<Timestamp>,
    /// When it was created.
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
    /// Its start and end of effect since each change of its dates, oldest first.
    pub(crate) schedule: Vec<Schedule>,
}

/// An ad's dates as they hold from an instant on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Schedule {
    /// When these dates were set.
    pub(crate) since: Timestamp,
    /// The start.
    pub(crate) starts_at: Option<Timestamp>,
    /// When the end takes effect.
    pub(crate) stops_at: Option<Timestamp>,
}

impl Ad {
    /// Whether its end has passed.
    #[must_use]
    pub(crate) fn has_ended(&self, at: Timestamp) -> bool {
        self.stops_at.is_some_and(|end| end <= at)
    }

    /// Sets its dates; `stops_at` is when the end takes effect.
    pub(crate) fn set_dates(
        &mut self,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
        stops_at: Option<Timestamp>,
        now: Timestamp,
    ) {
        self.starts_at = starts_at;
        self.ends_at = ends_at;
        self.stops_at = stops_at;
        if self.schedule.last().is_none_or(|last| (last.starts_at, last.stops_at) != (starts_at, stops_at)) {
            self.schedule.push(Schedule { since: now, starts_at, stops_at });
        }
    }

    /// The half-open spans up to `now` in which partners could take it, oldest first.
    #[must_use]
    pub(crate) fn offered(&self, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let until = self.schedule.iter().skip(1).map(|next| next.since).chain([now]);
        let mut spans: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (dates, until) in self.schedule.iter().zip(until) {
            let from = dates.starts_at.unwrap_or(Timestamp::MIN).max(dates.since);
            let to = dates.stops_at.unwrap_or(Timestamp::MAX).min(until);
            if from >= to {
                continue;
            }
            match spans.last_mut() {
                Some(last) if last.1 == from => last.1 = to,
                _ => spans.push((from, to)),
            }
        }
        spans
    }
}
