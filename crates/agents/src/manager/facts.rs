//! What the guardrails have to know.

use std::collections::BTreeMap;

use campaign_pilot_core::{Money, Product, ProductId, Stock};
use campaign_pilot_decision_engine::{HourOfDay, ListedProduct, Portfolio};
use rust_decimal::Decimal;

use super::ManagerAgent;
use crate::changes::beginnings;
use crate::portfolio::{ExpectedCosts, Total};
use crate::snapshot::{Known, Snapshot};

impl ManagerAgent {
    /// The products whose campaigns run, as far as the guardrails look at products.
    pub(crate) fn guarded_products(&self, snapshot: &Snapshot, known: &Known) -> BTreeMap<ProductId, Product> {
        if !self.policy.guardrails.look_at_products() {
            return BTreeMap::new();
        }
        let ids = known.campaigns.iter().map(|record| &record.campaign.spec.product);
        ids.filter_map(|id| snapshot.products.get(id)).map(|product| (product.id.clone(), product.clone())).collect()
    }

    /// What is known before a plan is carried out. Nobody's approval is among it yet.
    pub(super) fn portfolio(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        total: Option<Total>,
        notes: &mut Vec<String>,
    ) -> Portfolio {
        let rails = &self.policy.guardrails;
        let total =
            total.map_or_else(|| Total::of(known, snapshot, &self.policy, &self.capabilities, &ExpectedCosts::default()), Ok);
        let committed_in_life = total.as_ref().ok().map(|total| total.in_life);
        let mut data_trusted = snapshot.data_trusted;
        let committed = total.map(|total| total.at_stake).unwrap_or_else(|error| {
            notes.push(format!("what is at stake cannot be added up, so nothing is raised: {error}"));
            data_trusted = false;
            Money::zero(snapshot.platform_currency)
        });
        let (zone, changes) = (known.time_zone(), known.change_log(snapshot.now));
        let began = beginnings(snapshot.now, &zone);
        let committed_from = |instant| changes.committed_from(instant, committed.currency);
        let looked_at = known.campaigns.iter().filter(|_| rails.look_at_products()).map(|record| &record.campaign.spec);
        Portfolio {
            committed_today: began.and_then(|(day, _)| committed_from(day)),
            committed_this_month: began.and_then(|(_, month)| committed_from(month)),
            committed_in_life,
            changes: began.and_then(|(day, _)| changes.of_campaigns(day, snapshot.now, rails)),
            advertised: looked_at.map(|spec| (spec.id.clone(), spec.product.clone())).collect(),
            products: snapshot.products.values().filter(|_| rails.look_at_products()).map(listed).collect(),
            hour: u8::try_from(zone.to_datetime(snapshot.now).hour()).ok().and_then(|hour| HourOfDay::new(hour).ok()),
            launches_today: known.launches_on(snapshot.now),
            budgets: known.campaigns.iter().map(|record| (record.campaign.spec.id.clone(), record.campaign.budget)).collect(),
            ends: known
                .campaigns
                .iter()
                .map(|record| &record.campaign.spec)
                .map(|spec| (spec.id.clone(), spec.flight.end()))
                .collect(),
            data_trusted,
            ..Portfolio::new(committed)
        }
    }
}

/// What the guardrails look at of a product.
pub(super) fn listed(product: &Product) -> (ProductId, ListedProduct) {
    let stock = match product.stock {
        Stock::Managed { quantity } => Some(quantity),
        Stock::Unmanaged { in_stock: false } => Some(Decimal::ZERO),
        Stock::Unmanaged { in_stock: true } => None,
    };
    (product.id.clone(), ListedProduct { stock, categories: product.categories.iter().cloned().collect() })
}
