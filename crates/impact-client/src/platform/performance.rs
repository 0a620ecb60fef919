//! What campaigns did: actions summed by ad, and clicks from the report by ad.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{
    Absence, CampaignPerformance, Measured, Money, PerformanceReading, Period, PlatformCampaignId, PortResult, SourceQuality,
};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::ImpactPlatform;
use super::rows::{Rows, Told};
use crate::{Action, ActionState, AdReportRow, ImpactConfig, ImpactError, Listing};

/// Reads a period once for all campaigns: one list of actions per window, one report.
pub(super) async fn read(
    platform: &ImpactPlatform,
    ids: &[PlatformCampaignId],
    period: Period,
) -> PortResult<PerformanceReading> {
    let config = platform.config();
    if ids.is_empty() {
        return Ok(PerformanceReading {
            period,
            campaigns: BTreeMap::new(),
            quality: SourceQuality::complete_until(period.end()),
        });
    }
    let actions = platform.api.actions(period).await?;
    let report = platform.api.ad_report(period).await;
    Ok(summarise(ids, period, &actions, report, config, platform.now()))
}

/// Puts actions and report together: pure.
fn summarise(
    ids: &[PlatformCampaignId],
    period: Period,
    actions: &Listing<Action>,
    report: Result<Listing<AdReportRow>, ImpactError>,
    config: &ImpactConfig,
    now: Timestamp,
) -> PerformanceReading {
    let told_until = now.checked_sub(config.reporting_lag).unwrap_or(now);
    let mut quality = Quality::new(period.end().min(told_until));
    let mut tallies: BTreeMap<&str, Tally> = ids.iter().map(|id| (id.as_str(), Tally::nothing(config))).collect();
    quality.doubt_if(!actions.complete, "impact.com's list of actions broke off before its announced end");
    quality.doubt_about(
        actions.unreadable.len(),
        "could not be read",
        actions.unreadable.iter().map(|item| item.reason.as_str()),
    );
    for action in &actions.items {
        if let Some(tally) = action.ad_id.as_ref().and_then(|ad| tallies.get_mut(ad.as_str()))
            && let Err(reason) = tally.add(action, config)
        {
            quality.doubt(format!("action {}: {reason}", action.id));
        }
    }
    let report = report.map_err(|error| quality.doubt(format!("clicks and click costs are not known: {error}"))).ok();
    let rows = report.as_ref().map(|report| {
        quality.doubt_if(!report.complete, "the report by ad broke off before its announced end");
        quality.doubt_about(
            report.unreadable.len(),
            "of the report could not be read",
            report.unreadable.iter().map(|item| item.reason.as_str()),
        );
        Rows::of(report)
    });
    let campaigns = ids
        .iter()
        .filter_map(|id| {
            let tally = tallies.remove(id.as_str())?;
            let clicks = Clicks::of(rows.as_ref(), id, config);
            Some((id.clone(), tally.finish(period, &clicks, &mut quality, id)))
        })
        .collect();
    PerformanceReading { period, campaigns, quality: quality.finish() }
}

/// The sums of one campaign's actions.
struct Tally {
    standing: u64,
    reversed: u64,
    revenue: Money,
    cost: Money,
    pending: Money,
    new_customers: u64,
    unlabelled: u64,
}

impl Tally {
    const fn nothing(config: &ImpactConfig) -> Self {
        let zero = Money::zero(config.currency);
        Self { standing: 0, reversed: 0, revenue: zero, cost: zero, pending: zero, new_customers: 0, unlabelled: 0 }
    }

    /// Adds an action. One that tells no amount still costs what it costs: a lead, say, or a fixed fee.
    fn add(&mut self, action: &Action, config: &ImpactConfig) -> Result<(), String> {
        if action.state == ActionState::Reversed {
            self.reversed += 1;
            return Ok(());
        }
        let currency = match action.currency.as_deref().map(str::parse) {
            None => config.currency,
            Some(Ok(currency)) => currency,
            Some(Err(_)) => return Err("it was left out: its currency is not known".to_owned()),
        };
        let cost = action.cost().ok_or("it was left out: it tells no cost")?;
        let sum = |to: Money, amount: Decimal| {
            to.checked_add(Money::new(amount, currency)).map_err(|error| format!("it was left out: {error}"))
        };
        let (revenue, cost_after) = (sum(self.revenue, action.amount.unwrap_or_default())?, sum(self.cost, cost)?);
        // A state that is not known may still be reversed, as far as anyone can tell.
        if action.state != ActionState::Approved {
            self.pending = sum(self.pending, cost)?;
        }
        (self.revenue, self.cost) = (revenue, cost_after);
        self.standing += 1;
        match action.customer_status.as_deref() {
            Some(status) if status.eq_ignore_ascii_case("NEW") => self.new_customers += 1,
            Some(_) => {}
            None => self.unlabelled += 1,
        }
        if action.amount.is_some() { Ok(()) } else { Err("it tells no amount, so its revenue is not known".to_owned()) }
    }

    fn finish(self, period: Period, clicks: &Clicks, quality: &mut Quality, id: &PlatformCampaignId) -> CampaignPerformance {
        if let Some(reported) = clicks.actions
            && !(self.standing..=self.standing + self.reversed).contains(&reported)
        {
            quality.disagreements.insert(id.to_string());
        }
        let cost = match clicks.cost {
            Ok(cost) => self.cost.checked_add(Money::new(cost, self.cost.currency)).map_err(|error| error.to_string()),
            Err(reason) => Err(reason.to_owned()),
        };
        let cost = cost.unwrap_or_else(|reason| {
            if !reason.is_empty() {
                quality.doubt(format!("click costs of ad {id} are not known: {reason}"));
            }
            self.cost
        });
        let new_customers = if self.unlabelled == 0 {
            Measured::Known(self.new_customers)
        } else {
            Measured::Absent(Absence::NewCustomersUnknown)
        };
        CampaignPerformance {
            period,
            impressions: clicks.impressions,
            clicks: clicks.clicks,
            actions: self.standing,
            reversed_actions: self.reversed,
            revenue: self.revenue,
            cost,
            pending_cost: self.pending,
            new_customers,
        }
    }
}

/// What the report says of one campaign.
struct Clicks {
    clicks: Measured<u64>,
    impressions: Measured<u64>,
    actions: Option<u64>,
    /// What clicks and what is neither click nor action cost; the reason is empty where it has been told for all campaigns already.
    cost: Result<Decimal, &'static str>,
}

impl Clicks {
    fn of(rows: Option<&Rows<'_>>, id: &PlatformCampaignId, config: &ImpactConfig) -> Self {
        let counted = |number: Option<u64>| {
            if config.impression_tracking {
                number.ok_or(Absence::NotYetReported).into()
            } else {
                Measured::Absent(Absence::ImpressionsNotCounted)
            }
        };
        let unknown = |why: &'static str| Self {
            clicks: Measured::Absent(Absence::ClicksNotReported),
            impressions: counted(None),
            actions: None,
            cost: Err(why),
        };
        let Some(rows) = rows else { return unknown("") };
        match rows.told(id) {
            Told::Gap => unknown("the report has gaps"),
            Told::Differing => unknown("the report has several rows for it that differ, and none was taken"),
            Told::Nothing => {
                Self { clicks: Measured::Known(0), impressions: counted(Some(0)), actions: Some(0), cost: Ok(Decimal::ZERO) }
            }
            Told::Row(row) => Self {
                clicks: row.clicks.ok_or(Absence::ClicksNotReported).into(),
                impressions: counted(row.impressions),
                actions: row.actions,
                cost: row.cost_beside_actions().ok_or("the report has no column for them"),
            },
        }
    }
}

/// How much the reading can be trusted, while it is made.
struct Quality {
    until: Timestamp,
    complete: bool,
    notes: Vec<String>,
    disagreements: BTreeSet<String>,
}

impl Quality {
    const fn new(until: Timestamp) -> Self {
        Self { until, complete: true, notes: Vec::new(), disagreements: BTreeSet::new() }
    }

    fn doubt(&mut self, note: impl Into<String>) {
        self.complete = false;
        self.notes.push(note.into());
    }

    fn doubt_if(&mut self, doubtful: bool, note: &str) {
        if doubtful {
            self.doubt(note);
        }
    }

    fn doubt_about<'a>(&mut self, items: usize, what: &str, mut reasons: impl Iterator<Item = &'a str>) {
        if let Some(first) = reasons.next() {
            self.doubt(format!("{items} item(s) {what}, the first because: {first}"));
        }
    }

    fn finish(mut self) -> SourceQuality {
        if !self.disagreements.is_empty() {
            let ads = self.disagreements.into_iter().collect::<Vec<_>>().join(", ");
            self.notes
                .push(format!("the report by ad and the list of actions count differently for ads {ads}; the list is used"));
        }
        SourceQuality { complete_until: Some(self.until), complete: self.complete, notes: self.notes }
    }
}
