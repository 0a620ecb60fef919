//! The report of a run, from what is remembered.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    Absence, CampaignId, CampaignRecord, Currency, DecisionId, DecisionRecord, JournalEvent, Measured, Money, Period, Product,
    ProductId,
};
use campaign_pilot_decision_engine::Selection;
use campaign_pilot_metrics::{Roas, cost_per_acquisition};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use crate::analyst::CampaignAnalysis;
use crate::checks::Checks;
use crate::cycle::DayTotals;
use crate::error::{AgentError, Result};
use crate::explain::explain;
use crate::history::{CatalogState, Coverage};
use crate::learn::Learned;
use crate::report::{CampaignRow, DayRow, DecisionRow, Missing, ProductRow, RuleRow, RunFacts, RunReport, Totals};
use crate::store;

/// At most so many decisions are put into a report.
const DECISIONS: u32 = 100_000;

/// How many verdicts a report explains, the newest.
const EXPLAINED: usize = 100;

/// How many journal entries are read at once.
const PAGE: u32 = 1_000;

/// The report of everything that is remembered about the period of `run`: products, campaigns, decisions, days, totals.
///
/// What only a simulator knows is left open for the caller to fill in.
///
/// # Errors
///
/// When the memory cannot be read.
pub async fn report_of(knowledge: &dyn Knowledge, journal: &dyn Journal, run: RunFacts) -> Result<RunReport> {
    let memory = Remembered::load(knowledge, journal, run.period).await?;
    let currency = run.currency;
    let mut report = RunReport::new(run);
    report.products = memory.products();
    report.campaigns = memory.campaigns();
    let mut unexplained = None;
    report.decisions = memory.decisions(&mut unexplained);
    report.rules = memory.checks.book().checks().iter().map(RuleRow::from).collect();
    report.days = memory.days(report.run.period, currency);
    report.totals = memory.totals(&report.days, currency);
    report.missing = missing(&report);
    report.missing.extend(unexplained);
    Ok(report)
}

/// Everything that a report is made of.
struct Remembered {
    catalog: BTreeMap<ProductId, Product>,
    selections: Vec<Selection>,
    records: Vec<CampaignRecord>,
    analyses: BTreeMap<CampaignId, CampaignAnalysis>,
    decisions: Vec<DecisionRecord>,
    actions: BTreeMap<DecisionId, &'static str>,
    daily: BTreeMap<String, DayTotals>,
    caused: Option<Decimal>,
    store: BTreeMap<Date, Money>,
    coverage: Option<Coverage>,
    checks: Checks,
}

impl Remembered {
    async fn load(knowledge: &dyn Knowledge, journal: &dyn Journal, period: Period) -> Result<Self> {
        let catalog: Option<CatalogState> = store::load(knowledge, store::CATALOG).await?;
        let catalog = catalog.map(|catalog| std::sync::Arc::unwrap_or_clone(catalog.products)).unwrap_or_default();
        let records = knowledge.campaigns().await.map_err(AgentError::memory("listing campaigns"))?;
        let advertised = records.iter().map(|record| &record.campaign.spec.product);
        let products: BTreeSet<&ProductId> = catalog.keys().chain(advertised).collect();
        let mut revenue = BTreeMap::new();
        for product in products {
            let hours =
                knowledge.product_hours(product, period).await.map_err(AgentError::memory("reading a product's hours"))?;
            for hour in hours {
                add_to_day(&mut revenue, hour.hour, hour.revenue.checked_sub(hour.refunds).unwrap_or(hour.revenue));
            }
        }
        let mut decisions = knowledge.decisions(period, DECISIONS).await.map_err(AgentError::memory("reading decisions"))?;
        // Draws are a log for estimates, not decisions that a reader looks for.
        decisions.retain(|decision| decision.inputs.get("draw").is_none());
        let learned: Option<Learned> = store::load(knowledge, store::LEARNED).await?;
        Ok(Self {
            selections: store::load(knowledge, store::SELECTION).await?.unwrap_or_default(),
            analyses: store::load(knowledge, store::ANALYSES).await?.unwrap_or_default(),
            decisions,
            actions: actions(journal).await?,
            daily: store::load(knowledge, store::DAILY).await?.unwrap_or_default(),
            caused: learned
                .and_then(|learned| Decimal::from_f64(learned.caused?.share.posterior_mean))
                .map(|share| share.round_dp(4)),
            coverage: store::load(knowledge, store::COVERAGE).await?,
            checks: store::load(knowledge, store::CHECKS).await?.unwrap_or_default(),
            store: revenue,
            catalog,
            records,
        })
    }

    fn name(&self, product: &ProductId) -> String {
        let remembered = || self.records.iter().map(|record| &record.campaign).find(|campaign| campaign.spec.product == *product);
        match self.catalog.get(product) {
            Some(product) => product.name.clone(),
            None => remembered().map_or_else(|| product.to_string(), |campaign| campaign.product.name.clone()),
        }
    }

    /// The last selection; what was chosen stands in it as it was chosen.
    fn products(&self) -> Vec<ProductRow> {
        let mut chosen: BTreeMap<ProductId, (Selection, Option<Money>)> = BTreeMap::new();
        for decision in &self.decisions {
            let Some(selection) = decision.inputs.get("selection") else { continue };
            let Ok(selection) = serde_json::from_value::<Selection>(selection.clone()) else { continue };
            let record = self.records.iter().find(|record| Some(&record.campaign.spec.id) == decision.campaign.as_ref());
            let budget = record.map(|record| record.campaign.spec.budget);
            if budget.is_some() {
                chosen.entry(decision.product.clone()).or_insert((selection, budget));
            }
        }
        let others = self.selections.iter().filter(|selection| !chosen.contains_key(&selection.product));
        let mut rows: Vec<_> = others.map(|selection| self.product(selection, None)).collect();
        rows.extend(chosen.values().map(|(selection, budget)| self.product(selection, *budget)));
        rows.sort_by(|a, b| (b.chosen, b.score).cmp(&(a.chosen, a.score)).then_with(|| a.product.cmp(&b.product)));
        rows
    }

    fn product(&self, selection: &Selection, budget: Option<Money>) -> ProductRow {
        let price = self.catalog.get(&selection.product).and_then(|product| product.price);
        let refusals = selection.refusals.iter().map(ToString::to_string);
        ProductRow {
            product: selection.product.clone(),
            name: self.name(&selection.product),
            price: price.ok_or(Absence::NoPrice).into(),
            score: selection.score,
            chosen: budget.is_some(),
            budget,
            reasons: refusals.chain(selection.reasons.iter().map(|reason| reason.text.clone())).collect(),
        }
    }

    fn campaigns(&self) -> Vec<CampaignRow> {
        let mut records: Vec<_> = self.records.iter().collect();
        records.sort_by(|a, b| (a.launched_at, &a.campaign.spec.id).cmp(&(b.launched_at, &b.campaign.spec.id)));
        records.into_iter().map(|record| self.campaign(record)).collect()
    }

    fn campaign(&self, record: &CampaignRecord) -> CampaignRow {
        let campaign = &record.campaign;
        let metrics = self.analyses.get(&campaign.spec.id).map(|analysis| &analysis.metrics);
        let performance = record.performance.as_ref().ok_or(Absence::NotYetReported);
        let roas = performance.and_then(|performance| Roas::new(performance.revenue, performance.cost));
        let cpa = performance.and_then(|performance| cost_per_acquisition(performance.cost, performance.new_customers.ok()?));
        let unread = || Measured::Absent(Absence::NotYetReported);
        CampaignRow {
            campaign: campaign.spec.id.clone(),
            platform_id: campaign.platform_id.clone(),
            product: campaign.spec.product.clone(),
            product_name: campaign.product.name.clone(),
            flight: campaign.spec.flight,
            desired: campaign.desired,
            platform: campaign.platform.clone(),
            effective: campaign.effective,
            budget: campaign.budget,
            spend: performance.map(|performance| performance.cost).into(),
            revenue: performance.map(|performance| performance.revenue).into(),
            gross_roas: roas.map(Roas::gross).into(),
            net_roas: roas.map(Roas::net).into(),
            cpa: cpa.into(),
            sales_impact: metrics.map_or_else(unread, |metrics| metrics.sales_impact),
            view_impact: metrics.map_or_else(unread, |metrics| metrics.view_impact),
            efficiency: metrics.map_or_else(unread, |metrics| metrics.efficiency),
            risk: metrics.map_or_else(unread, |metrics| Measured::Known(metrics.risk.score)),
            verdict: record.verdict,
            truth: None,
            notes: metrics.map(|metrics| metrics.notes.clone()).unwrap_or_default(),
        }
    }

    /// The decisions. Explained are the last verdict on each campaign and those that led to an action, the newest of them; why some could
    /// not be goes to `unexplained`.
    fn decisions(&self, unexplained: &mut Option<Missing>) -> Vec<DecisionRow> {
        let (mut seen, mut explained, mut failures) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        let verdicts = self.decisions.iter().rev().filter(|decision| decision.verdict.is_some());
        let wanted = verdicts.filter(|decision| seen.insert(&decision.campaign) || self.actions.contains_key(&decision.id));
        for decision in wanted.take(EXPLAINED) {
            match explain(decision) {
                Ok(explanation) => drop(explained.insert(&decision.id, Box::new(explanation))),
                Err(error) => failures.push(error.to_string()),
            }
        }
        *unexplained = failures.first().map(|why| {
            let what = format!("the explanation of {} of {} verdicts", failures.len(), failures.len() + explained.len());
            Missing { what, why: why.clone() }
        });
        let mut row = |decision: &DecisionRecord| DecisionRow {
            decision: decision.id.clone(),
            at: decision.at,
            product: decision.product.clone(),
            product_name: self.name(&decision.product),
            campaign: decision.campaign.clone(),
            verdict: decision.verdict,
            action: self.actions.get(&decision.id).map(|action| (*action).to_owned()),
            sentence: decision.sentence.clone(),
            explanation: explained.remove(&decision.id),
        };
        self.decisions.iter().map(&mut row).collect()
    }

    fn days(&self, period: Period, currency: Currency) -> Vec<DayRow> {
        let nothing = DayTotals { cost: Money::zero(currency), revenue: Money::zero(currency) };
        let first = day_of(period.start()).to_string();
        let mut before = self.daily.range(..first).next_back().map_or(nothing, |(_, totals)| *totals);
        let covered = self.coverage.and_then(Coverage::period);
        let parts = period.parts(SignedDuration::from_hours(24));
        parts
            .map(|part| {
                let day = day_of(part.start());
                let totals = self.daily.get(&day.to_string()).copied().unwrap_or(before);
                let row = DayRow {
                    day,
                    spend: difference(totals.cost, before.cost),
                    attributed_revenue: difference(totals.revenue, before.revenue),
                    store_revenue: match covered.and_then(|covered| covered.intersection(part)) {
                        Some(_) => Measured::Known(self.store.get(&day).copied().unwrap_or(Money::zero(currency))),
                        None => Measured::Absent(Absence::NotYetReported),
                    },
                    store_revenue_without_ads: None,
                };
                before = totals;
                row
            })
            .collect()
    }

    fn totals(&self, days: &[DayRow], currency: Currency) -> Totals {
        let performances = || self.records.iter().filter_map(|record| record.performance.as_ref());
        let taken: Vec<_> = days.iter().filter_map(|day| day.store_revenue.known().copied()).collect();
        let attributed = sum(currency, performances().map(|performance| performance.revenue));
        Totals {
            spend: sum(currency, performances().map(|performance| performance.cost)),
            attributed_revenue: attributed,
            store_revenue: (!taken.is_empty()).then(|| sum(currency, taken)),
            incremental_revenue: self.caused.and_then(|caused| attributed.checked_mul(caused).ok()).map(rounded),
            caused_share: self.caused,
            ..Totals::nothing(currency)
        }
    }
}

/// Which action each decision led to.
async fn actions(journal: &dyn Journal) -> Result<BTreeMap<DecisionId, &'static str>> {
    let mut actions = BTreeMap::new();
    let mut after = None;
    loop {
        let entries = journal.entries(after, PAGE).await.map_err(AgentError::memory("reading the journal"))?;
        let Some(last) = entries.last() else { return Ok(actions) };
        after = Some(last.sequence);
        for entry in &entries {
            if let JournalEvent::Prepared { intent } = &entry.event {
                actions.insert(intent.decision.clone(), intent.action.name());
            }
        }
    }
}

/// What is absent in the campaigns' rows, counted by number and reason.
fn missing(report: &RunReport) -> Vec<Missing> {
    let mut counts: BTreeMap<(&str, Absence), usize> = BTreeMap::new();
    for row in &report.campaigns {
        let absences = [
            ("net ROAS", row.net_roas.absence()),
            ("CPA", row.cpa.absence()),
            ("sales impact", row.sales_impact.absence()),
            ("view impact", row.view_impact.absence()),
        ];
        for (what, absence) in absences {
            if let Some(absence) = absence {
                *counts.entry((what, absence)).or_default() += 1;
            }
        }
    }
    let all = report.campaigns.len();
    counts
        .into_iter()
        .map(|((what, absence), count)| Missing {
            what: format!("{what} of {count} of {all} campaigns"),
            why: absence.to_string(),
        })
        .collect()
}

fn add_to_day(days: &mut BTreeMap<Date, Money>, instant: Timestamp, amount: Money) {
    let sum = days.entry(day_of(instant)).or_insert(Money::zero(amount.currency));
    // Hours in another currency than the first one cannot be added; the store sells in one.
    *sum = sum.checked_add(amount).unwrap_or(*sum);
}

fn day_of(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

fn difference(now: Money, before: Money) -> Measured<Money> {
    now.checked_sub(before).map_err(|_| Absence::MixedCurrencies).into()
}

/// The sum of the amounts that are in `currency`.
fn rounded(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Money {
    amounts.into_iter().fold(Money::zero(currency), |sum, amount| sum.checked_add(amount).unwrap_or(sum))
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Clock;

    use super::*;
    use crate::CycleKind;
    use crate::testing::{Bench, euros, start};

    #[tokio::test]
    async fn a_report_says_what_was_chosen_decided_and_earned() {
        let bench = Bench::with_history(2, 7);
        bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
        let object = bench.platform.objects()[0].clone();
        bench.advance(24 * 60);
        bench.perform(&object.id, "5", "60");
        bench.trade(1, start(), 4, 1, 12);
        bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
        let facts = RunFacts {
            mode: "apply".into(),
            seed: None,
            period: Period::new(start(), bench.clock.now().checked_add(SignedDuration::from_hours(1)).unwrap()).unwrap(),
            currency: Currency::EUR,
            store: "shop.example".into(),
            platform: "test platform".into(),
            cycles: 2,
            carried_on: false,
        };
        let mut report = report_of(&*bench.memory, &*bench.memory, facts).await.unwrap();
        assert_eq!(report.products.iter().filter(|row| row.chosen && row.budget.is_some()).count(), 2);
        assert_eq!(report.campaigns.len(), 2);
        assert_eq!(report.decisions.iter().filter(|row| row.action.as_deref() == Some("create")).count(), 2);
        assert_eq!((report.totals.spend, report.totals.attributed_revenue), (euros("5"), euros("60")));
        assert_eq!(report.days[0].spend, Measured::Known(euros("5")));
        assert_eq!(report.totals.store_revenue, Some(euros("200")));
        assert!(report.missing.iter().any(|missing| missing.what.starts_with("CPA of")));
        let explained: Vec<_> = report.decisions.iter().filter(|row| row.explanation.is_some()).collect();
        assert_eq!(explained.len(), 2, "the last verdict on each campaign");
        for row in explained {
            let explanation = row.explanation.as_deref().unwrap();
            assert_eq!((&explanation.sentence, Some(explanation.verdict)), (&row.sentence, row.verdict));
        }
        assert!(!report.missing.iter().any(|missing| missing.what.starts_with("the explanation")));
        let json = crate::report::render_json(&report).unwrap();
        assert_eq!(serde_json::from_str::<RunReport>(&json).unwrap(), report);
        let html = crate::report::render_html(&report).unwrap();
        assert_eq!(html.matches("<summary>What it rests on</summary>").count(), 2);
        assert_eq!(html.matches("<dd>margin: 40 % (assumed)</dd>").count(), 2);
        let hostile = report.decisions.iter_mut().filter_map(|row| row.explanation.as_deref_mut());
        hostile.for_each(|explanation| explanation.notes.push("<script>alert(1)</script>".to_owned()));
        assert!(crate::report::render_html(&report).unwrap().contains("<dd>&lt;script&gt;alert(1)&lt;&#x2f;script&gt;</dd>"));
    }

    #[tokio::test]
    async fn a_verdict_that_does_not_come_out_again_is_said_to_be_missing() {
        let bench = Bench::with_history(2, 7);
        bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
        bench.advance(24 * 60);
        bench.driver().run_cycle(CycleKind::Decide).await.unwrap();
        let until = bench.clock.now().checked_add(SignedDuration::from_hours(1)).unwrap();
        let period = Period::new(start(), until).unwrap();
        let verdicts = bench.memory.decisions(period, 99).await.unwrap().into_iter().filter(|record| record.verdict.is_some());
        let mut altered = verdicts.last().unwrap();
        altered.sentence = "because I say so".to_owned();
        bench.memory.put_decisions(&[altered.clone()]).await.unwrap();
        let memory = Remembered::load(&*bench.memory, &*bench.memory, period).await.unwrap();
        let mut unexplained = None;
        let rows = memory.decisions(&mut unexplained);
        let missing = unexplained.unwrap();
        assert_eq!(missing.what, "the explanation of 1 of 2 verdicts");
        assert!(missing.why.contains("because I say so"), "{}", missing.why);
        let row = rows.iter().find(|row| row.decision == altered.id).unwrap();
        assert_eq!((row.explanation.as_ref(), row.sentence.as_str()), (None, "because I say so"));
    }
}
