//! What each campaign did in a period, with the reason for every number that is not there.

use std::collections::BTreeMap;

use campaign_pilot_core::{Absence, Currency, Measured, Money, Period, PlatformCampaignId, PortResult, Product, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::ImpactPlatform;
use super::rows::{Rows, Told};
use crate::status::start_of_day;
use crate::{Action, ActionItem, ActionState, AdReportRow, BudgetLedger, ImpactConfig, ImpactError, Listing, Spend};

/// What one campaign did in a period.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CampaignReport {
    /// The campaign.
    pub campaign: PlatformCampaignId,
    /// The period, in UTC.
    pub period: Period,
    /// How often the ad was shown.
    pub impressions: Measured<u64>,
    /// How often it was clicked.
    pub clicks: Measured<u64>,
    /// Actions that stand.
    pub actions: Measured<u64>,
    /// Actions that were reversed.
    pub reversed_actions: Measured<u64>,
    /// The revenue of the actions that stand: attributed, not incremental.
    pub revenue: Measured<Money>,
    /// What it cost: `spend` with its parts added up. Absent while a part is.
    pub cost: Measured<Money>,
    /// What it cost in the billed currency, by how certain it is.
    pub spend: Measured<Spend>,
    /// What it cost in other currencies.
    pub other_spend: BTreeMap<Currency, Spend>,
    /// New customers among the actions that stand.
    pub new_customers: Measured<u64>,
    /// What was sold in them, by SKU.
    pub items: Measured<Vec<SoldItem>>,
    /// Where the report by ad and the list of actions disagree. The list is used.
    pub differences: Vec<Difference>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// What was sold of one SKU.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SoldItem {
    /// The SKU as impact.com has it.
    pub sku: String,
    /// The store's product with it; `None` when there is none.
    pub product: Option<ProductId>,
    /// How many.
    pub quantity: Measured<Decimal>,
    /// What they were sold for.
    pub revenue: Measured<Money>,
}

/// A number that two sources tell differently.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// What it counts.
    pub metric: ReportMetric,
    /// What the list of actions says, of those that stand.
    pub listed: Decimal,
    /// What the report by ad says.
    pub reported: Decimal,
}

/// What two sources tell.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReportMetric {
    /// How many actions.
    Actions,
    /// Their revenue.
    Revenue,
    /// Their commissions and fees.
    ActionCost,
}

/// What a reading of campaigns goes by.
#[derive(Clone, Copy, Debug)]
pub struct CampaignReportQuery<'a> {
    /// The store's products, by whose SKUs items are joined.
    pub products: &'a [Product],
    /// For how many actions of all campaigns together the items may be read, one request each; 0 for none.
    pub item_reads: usize,
}

/// Reads a period once for all campaigns, then the items of their actions.
pub(super) async fn read(
    platform: &ImpactPlatform,
    ids: &[PlatformCampaignId],
    period: Period,
    query: &CampaignReportQuery<'_>,
) -> PortResult<Vec<CampaignReport>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let actions = platform.api.actions(period).await?;
    let rows = platform.api.ad_report(period).await;
    let mut items = BTreeMap::new();
    let is_wanted = |action: &&Action| action.state != ActionState::Reversed && ids.iter().any(|id| is_of(action, id));
    for action in actions.items.iter().filter(is_wanted).take(query.item_reads) {
        items.insert(action.id.clone(), platform.api.action_items(&action.id).await?);
    }
    let sources =
        Sources { period, actions: &actions, rows: &rows, items: &items, config: platform.config(), now: platform.now() };
    Ok(ids.iter().map(|id| sources.report(id, query.products)).collect())
}

/// Everything that was read.
struct Sources<'a> {
    period: Period,
    actions: &'a Listing<Action>,
    rows: &'a Result<Listing<AdReportRow>, ImpactError>,
    items: &'a BTreeMap<crate::ActionId, Listing<ActionItem>>,
    config: &'a ImpactConfig,
    now: Timestamp,
}

impl Sources<'_> {
    /// Puts the sources together: pure.
    fn report(&self, id: &PlatformCampaignId, products: &[Product]) -> CampaignReport {
        let mut notes = Vec::new();
        let mine: Vec<&Action> = self.actions.items.iter().filter(|action| is_of(action, id)).collect();
        let standing: Vec<&Action> = mine.iter().copied().filter(|action| action.state != ActionState::Reversed).collect();
        let row = self.row(id);
        let complete = self.actions.complete && self.actions.unreadable.is_empty();
        if !complete {
            notes.push("the list of actions has gaps, so nothing is said of them".to_owned());
        }
        let listed = |number: u64| if complete { Measured::Known(number) } else { Measured::Absent(Absence::NotYetReported) };
        if let Err(note) = &row {
            notes.push(note.clone());
        }
        let ledger = self.ledger(&mine, counted(&row, AdReportRow::cost_beside_actions, Decimal::ZERO), &mut notes);
        let revenue = self.revenue(&standing);
        let spend = match (complete, &ledger) {
            (false, _) | (_, Err(_)) => Measured::Absent(Absence::NotYetReported),
            (true, Ok(ledger)) => ledger.spend(self.config.currency).map_err(|_| Absence::OutOfRange).into(),
        };
        let count = |number: &dyn Fn(&AdReportRow) -> Option<u64>, why| counted(&row, number, 0).ok_or(why).into();
        let other_spend = ledger.ok().and_then(|ledger| ledger.by_currency().ok()).unwrap_or_default();
        CampaignReport {
            campaign: id.clone(),
            period: self.period,
            impressions: if self.config.impression_tracking {
                count(&|row| row.impressions, Absence::NotYetReported)
            } else {
                Measured::Absent(Absence::ImpressionsNotCounted)
            },
            clicks: count(&|row| row.clicks, Absence::ClicksNotReported),
            actions: listed(length(&standing)),
            reversed_actions: listed(length(&mine) - length(&standing)),
            differences: if complete {
                self.differences(&mine, &standing, row.as_ref().ok().copied().flatten(), &mut notes)
            } else {
                Vec::new()
            },
            revenue: if complete { revenue } else { Measured::Absent(Absence::NotYetReported) },
            cost: match spend {
                Measured::Known(spend) => match spend.click_cost {
                    Measured::Known(_) => spend.cost().map_err(|_| Absence::OutOfRange).into(),
                    Measured::Absent(why) => Measured::Absent(why),
                },
                Measured::Absent(why) => Measured::Absent(why),
            },
            spend,
            other_spend: other_spend.into_iter().filter(|(currency, _)| *currency != self.config.currency).collect(),
            new_customers: if complete { new_customers(&standing) } else { Measured::Absent(Absence::NotYetReported) },
            items: self.items_of(&standing, products, complete, &mut notes),
            notes,
        }
    }

    /// The campaign's row; the report leaves out ads without any activity. The error says why nothing is known.
    fn row(&self, id: &PlatformCampaignId) -> Result<Option<&AdReportRow>, String> {
        let rows = self.rows.as_ref().map_err(|error| format!("clicks and click costs are not known: {error}"))?;
        if !rows.complete || !rows.unreadable.is_empty() {
            return Err("the report by ad has gaps, so nothing is said of clicks".to_owned());
        }
        match Rows::of(rows).told(id) {
            Told::Row(row) => Ok(Some(row)),
            Told::Nothing => Ok(None),
            Told::Differing | Told::Gap => {
                Err("the report by ad has several rows for the ad that differ, so nothing is said of clicks".to_owned())
            }
        }
    }

    fn ledger(&self, mine: &[&Action], clicks: Option<Decimal>, notes: &mut Vec<String>) -> Result<BudgetLedger, ()> {
        let mut ledger = BudgetLedger::new(self.config.currency);
        let mut counted = Ok(());
        for action in mine {
            if let Err(error) = ledger.record(action, self.now) {
                notes.push(format!("the cost of action {} is not known: {error}", action.id));
                counted = Err(());
            }
        }
        if let Some(clicks) = clicks {
            ledger.record_clicks(Money::new(clicks, self.config.currency), self.now);
        }
        counted.map(|()| ledger)
    }

    fn revenue(&self, standing: &[&Action]) -> Measured<Money> {
        let mut sum = Money::zero(self.config.currency);
        for action in standing {
            let currency = match action.currency.as_deref().map(str::parse) {
                None => self.config.currency,
                Some(Ok(currency)) => currency,
                Some(Err(_)) => return Measured::Absent(Absence::MixedCurrencies),
            };
            let Some(amount) = action.amount else { return Measured::Absent(Absence::NotYetReported) };
            if currency != self.config.currency {
                return Measured::Absent(Absence::MixedCurrencies);
            }
            match sum.checked_add(Money::new(amount, currency)) {
                Ok(more) => sum = more,
                Err(_) => return Measured::Absent(Absence::OutOfRange),
            }
        }
        Measured::Known(sum)
    }

    /// Where the report says something that the list cannot explain, whether or not it counts what was reversed.
    fn differences(
        &self,
        mine: &[&Action],
        standing: &[&Action],
        row: Option<&AdReportRow>,
        notes: &mut Vec<String>,
    ) -> Vec<Difference> {
        let Some(row) = row else { return Vec::new() };
        let midnight = |instant: Timestamp| start_of_day(instant, &self.config.time_zone) == instant;
        if !midnight(self.period.start()) || !midnight(self.period.end()) {
            notes.push("the report by ad covers whole days, so that it was not compared with the list of actions".to_owned());
            return Vec::new();
        }
        let sum = |actions: &[&Action], amount: &dyn Fn(&Action) -> Option<Decimal>| {
            actions.iter().try_fold(Decimal::ZERO, |sum, action| sum.checked_add(amount(action)?))
        };
        let revenue = |action: &Action| action.amount;
        let cost = |action: &Action| action.cost();
        [
            (
                ReportMetric::Actions,
                Some((Decimal::from(standing.len()), Decimal::from(mine.len()))),
                row.actions.map(Decimal::from),
            ),
            (ReportMetric::Revenue, sum(standing, &revenue).zip(sum(mine, &revenue)), row.revenue),
            (ReportMetric::ActionCost, sum(standing, &cost).zip(sum(mine, &cost)), row.action_cost),
        ]
        .into_iter()
        .filter_map(|(metric, listed, reported)| {
            let ((least, most), reported) = (listed?, reported?);
            let (least, most) = (least.min(most), least.max(most));
            (!(least..=most).contains(&reported)).then_some(Difference { metric, listed: least, reported })
        })
        .collect()
    }

    fn items_of(
        &self,
        standing: &[&Action],
        products: &[Product],
        complete: bool,
        notes: &mut Vec<String>,
    ) -> Measured<Vec<SoldItem>> {
        let read: Vec<_> = standing.iter().filter_map(|action| self.items.get(&action.id)).collect();
        let whole = complete && read.iter().all(|items| items.complete && items.unreadable.is_empty());
        if read.len() < standing.len() || !whole {
            if complete {
                notes.push(format!("the items of {} of {} actions were read", read.len(), standing.len()));
            }
            return Measured::Absent(Absence::NotYetReported);
        }
        let mut sold: BTreeMap<&str, SoldItem> = BTreeMap::new();
        for item in read.iter().flat_map(|items| &items.items) {
            let entry = sold.entry(item.sku.as_str()).or_insert_with(|| SoldItem {
                sku: item.sku.clone(),
                product: product_of(&item.sku, products),
                quantity: Measured::Known(Decimal::ZERO),
                revenue: Measured::Known(Money::zero(self.config.currency)),
            });
            entry.quantity = added(entry.quantity, item.quantity.ok_or(Absence::NotYetReported), |sum, more| {
                sum.checked_add(more).ok_or(Absence::OutOfRange)
            });
            entry.revenue =
                added(entry.revenue, self.revenue_of(item), |sum, more| sum.checked_add(more).map_err(|_| Absence::OutOfRange));
        }
        Measured::Known(sold.into_values().collect())
    }

    fn revenue_of(&self, item: &ActionItem) -> Result<Money, Absence> {
        let currency = match item.sale_currency.as_deref().map(str::parse) {
            None => self.config.currency,
            Some(Ok(currency)) => currency,
            Some(Err(_)) => return Err(Absence::MixedCurrencies),
        };
        if currency != self.config.currency {
            return Err(Absence::MixedCurrencies);
        }
        item.sale_amount.map(|amount| Money::new(amount, currency)).ok_or(Absence::NotYetReported)
    }
}

/// A number of the report: `nothing` for an ad that it leaves out, none where it is not known.
fn counted<T>(row: &Result<Option<&AdReportRow>, String>, number: impl Fn(&AdReportRow) -> Option<T>, nothing: T) -> Option<T> {
    match row {
        Ok(Some(row)) => number(row),
        Ok(None) => Some(nothing),
        Err(_) => None,
    }
}

fn added<T: Copy>(sum: Measured<T>, more: Result<T, Absence>, add: impl Fn(T, T) -> Result<T, Absence>) -> Measured<T> {
    match (sum, more) {
        (Measured::Known(sum), Ok(more)) => add(sum, more).into(),
        (absent @ Measured::Absent(_), _) => absent,
        (_, Err(why)) => Measured::Absent(why),
    }
}

fn new_customers(standing: &[&Action]) -> Measured<u64> {
    let mut new = 0;
    for action in standing {
        match action.customer_status.as_deref() {
            None => return Measured::Absent(Absence::NewCustomersUnknown),
            Some(status) => new += u64::from(status.eq_ignore_ascii_case("NEW")),
        }
    }
    Measured::Known(new)
}

fn product_of(sku: &str, products: &[Product]) -> Option<ProductId> {
    if sku.is_empty() {
        return None;
    }
    let has_it = |product: &&Product| product.sku.as_ref().is_some_and(|own| own.as_str() == sku);
    products.iter().find(has_it).map(|product| product.id.clone())
}

fn is_of(action: &Action, id: &PlatformCampaignId) -> bool {
    action.ad_id.as_ref().is_some_and(|ad| ad.as_str() == id.as_str())
}

fn length(actions: &[&Action]) -> u64 {
    u64::try_from(actions.len()).unwrap_or(u64::MAX)
}
