//! The market simulator: demand, partners, returns, and the truth about all of it.

mod streams;
mod truth;

use jiff::Timestamp;

pub use truth::{AdTruth, MarketTotals, Truth};

pub(crate) use streams::Streams;

use crate::error::SandboxError;
use crate::impact::{PlatformSettings, PlatformState};
use crate::opening::Opening;
use crate::plausible::ViewCounts;
use crate::woo::Store;

#[derive(Debug)]
pub(crate) struct Market {
    streams: Streams,
}

/// What the market works upon.
pub(crate) struct Outside<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) views: &'a mut ViewCounts,
    pub(crate) platform: &'a mut PlatformState,
}

impl Market {
    pub(crate) fn open(streams: Streams, _opening: &Opening, _settings: &PlatformSettings) -> Result<Self, SandboxError> {
        Ok(Self { streams })
    }

    pub(crate) fn partners(&self) -> impl Iterator<Item = (u64, String)> {
        std::iter::empty()
    }

    pub(crate) fn run_until(&mut self, _instant: Timestamp, _outside: Outside<'_>) {}

    pub(crate) fn open_the_books(&mut self, _at: Timestamp) {}

    pub(crate) fn truth(&self, now: Timestamp) -> Truth {
        let zero = campaign_pilot_core::Money::zero(campaign_pilot_core::Currency::EUR);
        let totals = MarketTotals { orders: 0, units: 0, revenue: zero, gross_profit: zero, units_out_of_stock: 0 };
        Truth {
            from: now,
            until: now,
            advertised: totals.clone(),
            unadvertised: totals,
            advertising_cost: zero,
            incremental_profit: zero,
            ads: Vec::new(),
        }
    }
}
