//! The decision in the middle of the cycle: from everything that was read to one plan.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use campaign_pilot_core::{
    CampaignId, CampaignRecord, DesiredStatus, EffectiveStatus, PauseControl, PlatformCampaign, PlatformStatus, Verdict,
};
use campaign_pilot_metrics::quality::SpendChange;
use jiff::SignedDuration;

use super::{CampaignUpdate, Cycle, CycleKind, Mode};
use crate::analyst::AnalystAgent;
use crate::checks::kept_with;
use crate::creator::CreatorAgent;
use crate::error::Result;
use crate::manager::{ManagerAgent, Scope};
use crate::policy::days;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot};

/// How many products' scores are remembered, the best first: a report shows no more, and a large catalogue is scored anew each day.
const SELECTIONS_KEPT: usize = 500;

impl Cycle {
    const fn scope(&self) -> Scope {
        match self.plan.kind {
            CycleKind::Monitor => Scope::Urgent,
            CycleKind::Decide => Scope::Full,
        }
    }

    fn manager(&self) -> ManagerAgent {
        ManagerAgent::new(self.plan.policy.clone(), self.plan.capabilities.clone()).with_copies(self.plan.copies.clone())
    }

    /// Analyses, learns, judges and proposes. Without a catalogue or a history there is less to judge, never an error.
    pub(super) fn judge(&mut self) {
        let Some(mut known) = self.work.known.take() else { return };
        let updates = self.refresh(&mut known);
        self.follow_spending(&mut known);
        self.follow_results(&mut known);
        let snapshot = self.snapshot(&known);
        let manager = self.manager();
        let total = manager.total(&snapshot, &known, &Prospects::default());
        let analyst = AnalystAgent::new(self.plan.policy.cadence.clone());
        let changed: BTreeSet<&CampaignId> =
            updates.iter().filter(|update| update.performance.is_some()).map(|update| &update.campaign).collect();
        let analysis = match self.scope() {
            Scope::Full => analyst.analyse_changed(&snapshot, &known, &changed),
            Scope::Urgent => {
                let all = manager.total_stop(total).is_some();
                analyst.analyse_running(&snapshot, &known, |record| all || self.is_urgent(record, &changed))
            }
        };
        let prospects = match self.scope() {
            Scope::Full => Prospects::of(&snapshot, &known, &self.plan.policy, &self.plan.capabilities, total),
            Scope::Urgent => Prospects::default(),
        };
        let total = if self.scope() == Scope::Full { manager.total(&snapshot, &known, &prospects) } else { total };
        let mut judged = manager.judge(&snapshot, &known, &analysis, &prospects, total, self.scope());
        judged.decisions.sort_by(|a, b| a.campaign.cmp(&b.campaign));
        self.work.memo.campaigns = updates;
        let verdicts: BTreeMap<_, _> = judged.decisions.iter().map(|decision| (&decision.campaign, decision.verdict)).collect();
        for update in &mut self.work.memo.campaigns {
            update.verdict = verdicts.get(&update.campaign).copied();
        }
        self.work.memo.campaigns.retain(CampaignUpdate::says_something);
        self.count_day(&known);
        if self.plan.kind == CycleKind::Decide {
            let products = known.catalog.as_ref().filter(|_| self.work.catalog_read).map(|catalog| &catalog.products);
            self.work.notes.extend(products.into_iter().flat_map(|products| self.plan.policy.unknown_names(products)));
            self.learn(&mut known, &snapshot, &prospects);
            let proposal = CreatorAgent::new(self.plan.policy.clone(), self.plan.capabilities.clone())
                .propose(&snapshot, &known, &prospects, total);
            self.keep_draws(&known, &proposal, &snapshot);
            self.work.memo.selections = Some(Arc::new(proposal.selections.iter().take(SELECTIONS_KEPT).cloned().collect()));
            let mut analyses = std::mem::take(&mut known.analyses);
            Arc::make_mut(&mut analyses).extend(analysis.campaigns.clone());
            self.work.memo.analyses = Some(analyses);
            self.work.proposal = Some(proposal);
        }
        self.work.rewrites = manager.rewrites(&snapshot, &known, &judged);
        self.open_checks(&mut known, &judged, &snapshot, &prospects);
        self.work.judged = judged;
        self.work.analysis = Some(analysis);
        // From here on neither products nor hours are needed: what is saved stays small.
        known.time_zone = known.catalog.take().and_then(|catalog| catalog.time_zone);
        let products = Arc::new(self.manager().guarded_products(&snapshot, &known));
        self.work.snapshot = Some(Snapshot {
            products,
            hours: Arc::default(),
            signals: BTreeMap::new(),
            performance_until: BTreeMap::new(),
            ..snapshot
        });
        self.work.known = Some(known);
        self.work.signals.clear();
        self.work.objects.clear();
    }

    /// Whether a monitoring cycle has to look at a campaign: its numbers moved, it may have to stop, or a stop was decided that
    /// it has not made.
    fn is_urgent(&self, record: &CampaignRecord, changed: &BTreeSet<&CampaignId>) -> bool {
        let cost = record.performance.as_ref().map(|performance| performance.cost);
        let has_spent = cost
            .is_some_and(|cost| cost.currency != record.campaign.budget.currency || cost.amount >= record.campaign.budget.amount);
        has_spent || record.verdict.is_some_and(Verdict::stops) || changed.contains(&record.campaign.spec.id)
    }

    /// Makes the plan out of what was judged and written.
    pub(super) fn make_plan(&mut self) -> Result<()> {
        let work = &mut self.work;
        let (Some(known), Some(snapshot), Some(analysis)) = (work.known.take(), work.snapshot.take(), work.analysis.clone())
        else {
            return Ok(());
        };
        let mut copies = std::mem::take(&mut work.copies).into_iter();
        let launches = work.proposal.iter().flat_map(|proposal| proposal.launches.clone());
        let written = launches.zip(copies.by_ref()).filter_map(|(launch, copy)| Some((launch, copy?))).collect();
        let mut judged = std::mem::take(&mut work.judged);
        let rewrites = std::mem::take(&mut work.rewrites).into_iter().zip(copies);
        judged.copies = rewrites.filter_map(|((campaign, _), copy)| Some((campaign, copy?))).collect();
        let directive = self.manager().plan(&snapshot, &known, &analysis, &judged, written, self.scope())?;
        let change_log = known.change_log(self.plan.now);
        let work = &mut self.work;
        if !directive.raised.is_empty() && self.plan.mode == Mode::Apply {
            let mut raised_at = known.raised_at;
            raised_at.extend(directive.raised.into_iter().map(|campaign| (campaign, self.plan.now)));
            work.memo.raised_at = Some(raised_at);
        }
        // A pilot that finds campaigns but no log begins one, so that it knows of a whole day tomorrow.
        let begins = known.changes.is_none() && !known.campaigns.is_empty();
        if self.plan.mode == Mode::Apply && (begins || !directive.guarded.allowed.actions().is_empty()) {
            let mut changes = change_log;
            changes.add(&directive.guarded.allowed, &self.plan.policy.guardrails);
            work.memo.changes = Some(changes);
        }
        work.notes.extend(directive.notes);
        work.records = directive.records;
        for record in &mut work.records {
            if let Some(prediction) = work.predicted.get(&record.id) {
                kept_with(record, prediction);
            }
        }
        work.records.append(&mut work.drawn);
        work.guarded = Some(directive.guarded);
        Ok(())
    }

    /// Takes what campaigns cost by now, from which the cost after a stop is forecast.
    fn follow_spending(&mut self, known: &mut Known) {
        let mut spending = std::mem::take(&mut known.spending);
        let (now, tail) = (self.plan.now, days(self.plan.policy.cadence.tail_days));
        let policy = &self.plan.policy.forecast;
        let changed = Arc::make_mut(&mut spending).update(
            known.in_tail(now, tail),
            &self.work.performance,
            now,
            policy,
            &self.plan.capabilities,
        );
        if changed {
            self.work.memo.spending = Some(Arc::clone(&spending));
        }
        known.spending = spending;
    }

    /// Takes what campaigns did by now, against which changes are measured.
    fn follow_results(&mut self, known: &mut Known) {
        let mut results = std::mem::take(&mut known.results);
        let (now, tail) = (self.plan.now, days(self.plan.policy.cadence.tail_days));
        let (records, policy) = (known.in_tail(now, tail), &self.plan.policy.changes);
        if Arc::make_mut(&mut results).update(records, &self.work.performance, &known.spending, now, policy) {
            self.work.memo.results = Some(Arc::clone(&results));
        }
        known.results = results;
    }

    /// Brings the campaigns up to date with what was read, and says what changed.
    fn refresh(&mut self, known: &mut Known) -> Vec<CampaignUpdate> {
        let open: BTreeSet<_> = known.open.iter().map(|operation| operation.intent.action.campaign().clone()).collect();
        let objects: BTreeMap<_, _> = self.work.objects.iter().map(|object| (&object.id, object)).collect();
        let (mut updates, mut notes) = (Vec::new(), Vec::new());
        for record in &mut known.campaigns {
            let id = record.campaign.spec.id.clone();
            let object = record.campaign.platform_id.as_ref().and_then(|id| objects.get(id).copied());
            let performance = self.work.performance.get(&id).filter(|new| differs(record, new)).cloned();
            let mut update = CampaignUpdate { campaign: id.clone(), performance, verdict: None, status: None, desired: None };
            if !open.contains(&id) {
                update.status = object.and_then(|object| self.status(record, object));
                update.desired = self.desired(record, update.status.as_ref());
                if update.desired == Some(DesiredStatus::Stopped) && update.status.is_none() {
                    update.status = self.ended(record);
                }
            }
            notes.extend(drift(record, &update));
            update.apply(record);
            updates.push(update);
        }
        self.work.notes.extend(notes);
        updates
    }

    fn status(&self, record: &CampaignRecord, object: &PlatformCampaign) -> Option<(PlatformStatus, EffectiveStatus)> {
        let now = (object.status.clone(), object.effective);
        let before = (record.campaign.platform.clone(), record.campaign.effective);
        (now != before).then_some(now)
    }

    /// What is wanted from now on: a flight that is over stops, and who ended or opened a campaign at the platform meant it.
    fn desired(&self, record: &CampaignRecord, status: Option<&(PlatformStatus, EffectiveStatus)>) -> Option<DesiredStatus> {
        let campaign = &record.campaign;
        if is_opened_again(record, status) && campaign.spec.flight.contains(self.plan.now) {
            return Some(DesiredStatus::Active);
        }
        if campaign.desired != DesiredStatus::Active || campaign.platform_id.is_none() {
            return None;
        }
        if campaign.spec.flight.end() <= self.plan.now {
            return Some(DesiredStatus::Stopped);
        }
        let soon = campaign.spec.flight.end().checked_sub(SignedDuration::from_hours(2)).unwrap_or(campaign.spec.flight.end());
        let by_someone = matches!(status, Some((PlatformStatus::Paused | PlatformStatus::Ended, _))) && self.plan.now < soon;
        by_someone.then_some(DesiredStatus::Paused)
    }

    fn ended(&self, record: &CampaignRecord) -> Option<(PlatformStatus, EffectiveStatus)> {
        let effective = match self.plan.capabilities.pause {
            PauseControl::Native => EffectiveStatus::Stopped,
            PauseControl::Unlist | PauseControl::Unsupported => EffectiveStatus::Unlisted,
        };
        let ended = (PlatformStatus::Ended, effective);
        (ended != (record.campaign.platform.clone(), record.campaign.effective)).then_some(ended)
    }

    fn snapshot(&mut self, known: &Known) -> Snapshot {
        let history = self.work.history.take().unwrap_or_default();
        self.check_history(&history, known.coverage);
        let platform_currency = self.plan.capabilities.currency;
        let store_currency = known.catalog.as_ref().map_or(platform_currency, |catalog| catalog.currency);
        if store_currency != platform_currency {
            let platform = &self.plan.capabilities.platform;
            self.work.notes.push(format!("the store sells in {store_currency}, but {platform} bills in {platform_currency}"));
        }
        Snapshot {
            cycle: self.plan.id.clone(),
            now: self.plan.now,
            store_currency,
            platform_currency,
            products: known.catalog.as_ref().map(|catalog| Arc::clone(&catalog.products)).unwrap_or_default(),
            hours: history.hours,
            coverage: known.coverage,
            performance_until: self.work.performance.iter().map(|(id, read)| (id.clone(), read.period.end())).collect(),
            signals: self.work.signals.clone(),
            views: self.plan.sources.views,
            launches: history.launches,
            data_trusted: self.work.gate().permits(SpendChange::Raise),
        }
    }
}

impl CampaignUpdate {
    fn says_something(&self) -> bool {
        self.performance.is_some() || self.verdict.is_some() || self.status.is_some() || self.desired.is_some()
    }

    /// Changes a record accordingly. Returns whether anything changed.
    pub(crate) fn apply(&self, record: &mut CampaignRecord) -> bool {
        let mut changed = false;
        if self.performance.is_some() && record.performance != self.performance {
            record.performance.clone_from(&self.performance);
            changed = true;
        }
        if self.verdict.is_some() && record.verdict != self.verdict {
            record.verdict = self.verdict;
            changed = true;
        }
        if let Some(desired) = self.desired.filter(|desired| *desired != record.campaign.desired) {
            record.campaign.desired = desired;
            changed = true;
        }
        if let Some((platform, effective)) = &self.status
            && (record.campaign.platform != *platform || record.campaign.effective != *effective)
        {
            record.campaign.platform = platform.clone();
            record.campaign.effective = *effective;
            changed = true;
        }
        changed
    }
}

/// Whether a campaign runs whose rest had been verified: then no pause has failed, but somebody has opened it again.
fn is_opened_again(record: &CampaignRecord, status: Option<&(PlatformStatus, EffectiveStatus)>) -> bool {
    let rested = matches!(record.campaign.effective, EffectiveStatus::Unlisted | EffectiveStatus::Stopped);
    let runs = matches!(status, Some((PlatformStatus::Active, EffectiveStatus::Running)));
    record.campaign.desired == DesiredStatus::Paused && rested && runs
}

/// What somebody else changed at the platform, as a sentence. It is told and kept, not undone.
fn drift(record: &CampaignRecord, update: &CampaignUpdate) -> Option<String> {
    let name = &record.campaign.spec.name;
    match update.desired? {
        DesiredStatus::Active => Some(format!("`{name}` was opened again at the platform: it counts as running from now on")),
        DesiredStatus::Paused => {
            Some(format!("`{name}` was ended at the platform before its time: it counts as paused from now on"))
        }
        DesiredStatus::Stopped => None,
    }
}

/// Whether a reading says more than that time went by.
fn differs(record: &CampaignRecord, new: &campaign_pilot_core::CampaignPerformance) -> bool {
    record.performance.as_ref().is_none_or(|old| {
        let old = campaign_pilot_core::CampaignPerformance { period: new.period, ..old.clone() };
        old != *new
    })
}
