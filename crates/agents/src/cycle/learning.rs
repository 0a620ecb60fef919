//! What a cycle learns and begins to watch.

use std::sync::Arc;

use campaign_pilot_core::Money;
use jiff::SignedDuration;

use super::{Cycle, DayTotals, Mode};
use crate::checks::Closing;
use crate::creator::Proposal;
use crate::learn::{is_mature, with_outcome};
use crate::manager::Judged;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

impl Cycle {
    /// Takes what the shop's sales say of what ads cause, and what came of campaigns whose numbers have come in: their launches and the
    /// verdicts on them are closed and checked.
    pub(super) fn learn(&mut self, known: &mut Known, snapshot: &Snapshot, prospects: &Prospects) {
        let Known { campaigns, learned, checks, spending, .. } = known;
        let before = Arc::clone(learned);
        let learned = Arc::make_mut(learned);
        learned.caused = prospects.caused().cloned();
        let (policy, now, caused) = (&self.plan.policy, self.plan.now, prospects.caused_part());
        let mut is_checked = false;
        for record in campaigns.iter().filter(|record| is_mature(record, now)) {
            let id = &record.campaign.spec.id;
            if !learned.campaigns.insert(id.clone()) {
                continue;
            }
            let launch = snapshot.launches.get(id).cloned();
            let launch = launch.and_then(|launch| with_outcome(launch, record, caused, &policy.contribution));
            if launch.is_some() || checks.waits_for(record) {
                let closing = Closing { record, spending, caused, policy, now };
                self.work.memo.closed.extend(Arc::make_mut(checks).close(&closing, launch.as_ref()));
                is_checked = true;
            }
            self.work.memo.outcomes.extend(launch);
        }
        if is_checked {
            self.work.memo.checks = Some(Arc::clone(checks));
        }
        if *learned != *before {
            self.work.memo.learned = Some(Arc::new(learned.clone()));
        }
    }

    /// Keeps which of the decisions are checked later, with what was predicted of them. What is only planned is not decided.
    pub(super) fn open_checks(&mut self, known: &mut Known, judged: &Judged, snapshot: &Snapshot, prospects: &Prospects) {
        if self.plan.mode != Mode::Apply {
            return;
        }
        let mut opened = known.checks.opened(judged, known, snapshot, prospects, &self.plan.policy);
        if opened.is_nothing() {
            return;
        }
        self.work.predicted = std::mem::take(&mut opened.predicted);
        Arc::make_mut(&mut known.checks).wait_for(opened);
        self.work.memo.checks = Some(Arc::clone(&known.checks));
    }

    /// Records what was drawn for products that are not expected to earn, once for each draw.
    pub(super) fn keep_draws(&mut self, known: &Known, proposal: &Proposal, snapshot: &Snapshot) {
        if self.plan.mode != Mode::Apply || proposal.draws.is_empty() {
            return;
        }
        let mut log = (*known.draws).clone();
        self.work.drawn = log.take(&proposal.draws, snapshot);
        if !self.work.drawn.is_empty() {
            self.work.memo.draws = Some(Arc::new(log));
        }
    }

    /// What all campaigns cost and brought up to this day.
    pub(super) fn count_day(&mut self, known: &Known) {
        let nothing = Money::zero(self.plan.capabilities.currency);
        let mut totals = DayTotals { cost: nothing, revenue: nothing };
        for performance in known.campaigns.iter().filter_map(|record| record.performance.as_ref()) {
            // An amount in another currency cannot be added; the analysis says so.
            totals.cost = totals.cost.checked_add(performance.cost).unwrap_or(totals.cost);
            totals.revenue = totals.revenue.checked_add(performance.revenue).unwrap_or(totals.revenue);
        }
        // The cycle at midnight closes the day before.
        let instant = self.plan.now.checked_sub(SignedDuration::from_secs(1)).unwrap_or(self.plan.now);
        let day = instant.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
        if known.daily.get(&day) != Some(&totals) && (!known.daily.is_empty() || !known.campaigns.is_empty()) {
            let mut daily = Arc::clone(&known.daily);
            Arc::make_mut(&mut daily).insert(day, totals);
            self.work.memo.daily = Some(daily);
        }
    }
}
