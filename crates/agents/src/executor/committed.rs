//! How much money is at stake.

use std::collections::BTreeMap;

use campaign_pilot_core::{CampaignAction, CampaignId, CampaignRecord, Currency, Money, MoneyError, OpenOperation};
use jiff::Timestamp;

use crate::snapshot::may_run;

/// The money at stake per campaign: its budget while it may run or its end is not confirmed, or what an unsettled operation reserved,
/// whichever is more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    campaigns: BTreeMap<CampaignId, Money>,
}

impl Committed {
    /// What these campaigns and open operations put at stake at `now`.
    #[must_use]
    pub fn of(records: &[CampaignRecord], open: &[OpenOperation], now: Timestamp) -> Self {
        let mut committed = Self::default();
        for record in records.iter().filter(|record| may_run(&record.campaign, now)) {
            committed.raise(&record.campaign.spec.id, record.campaign.budget);
        }
        for operation in open {
            committed.raise(operation.intent.action.campaign(), operation.intent.reserved);
            // Its outcome is open: the new budget may be in force already.
            if let CampaignAction::SetBudget { campaign, budget, .. } = &operation.intent.action {
                committed.raise(campaign, *budget);
            }
        }
        committed
    }

    /// What one campaign has at stake.
    #[must_use]
    pub fn of_campaign(&self, campaign: &CampaignId) -> Option<Money> {
        self.campaigns.get(campaign).copied()
    }

    /// The sum over all campaigns.
    ///
    /// # Errors
    ///
    /// When amounts of several currencies meet, or the sum cannot be represented.
    pub fn total(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::sum(currency, self.campaigns.values().filter(|money| !money.is_zero()).copied())
    }

    /// The sum over all campaigns if `campaign` had `amount` at stake instead of what it has.
    ///
    /// # Errors
    ///
    /// As [`Committed::total`].
    pub fn total_with(&self, campaign: &CampaignId, amount: Money) -> Result<Money, MoneyError> {
        let others = self.campaigns.iter().filter(|(id, money)| *id != campaign && !money.is_zero()).map(|(_, money)| *money);
        Money::sum(amount.currency, others)?.checked_add(amount)
    }

    /// Keeps the larger amount; of two currencies both would be wrong, so the first stays.
    fn raise(&mut self, campaign: &CampaignId, amount: Money) {
        let held = self.campaigns.entry(campaign.clone()).or_insert(amount);
        if let Ok(larger) = held.greater(amount) {
            *held = larger;
        }
    }
}
