//! The creator: what to advertise next, for how much, for how long.

mod candidates;
mod draws;
mod launch;
mod room;

use std::borrow::Cow;
use std::collections::BTreeSet;

use campaign_pilot_core::{
    Absence, CampaignAction, CampaignRecord, CampaignSpec, Capabilities, Measured, Money, Period, Product, ProductId,
};
use campaign_pilot_decision_engine::{ProductFacts, Prospect, Selection, SelectionPolicy, score_products};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::policy::{Enforcement, Policy, days};
use crate::portfolio::Total;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot, may_run};
use candidates::{Advertised, Candidate, Queue};
use launch::Circumstances;
use room::Room;
pub(crate) use room::exploration_left;

pub use draws::{Draw, DrawLog};
pub use launch::{Exploration, Launch};

/// Chooses products and budgets. A pure function of what was read; the copy is written afterwards.
#[derive(Clone, Debug)]
pub struct CreatorAgent {
    policy: Policy,
    capabilities: Capabilities,
}

/// What the creator proposes.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Proposal {
    /// Every product with its score and reasons, the best first.
    pub selections: Vec<Selection>,
    /// The campaigns to launch, the best first.
    pub launches: Vec<Launch>,
    /// What was drawn for the products that are not expected to earn, whatever came of it.
    #[serde(default)]
    pub draws: Vec<Draw>,
    /// Why eligible products are not launched, and what else a reader should know.
    pub notes: Vec<String>,
}

/// Of how many products it is told why they are not worth an ad: those with the best scores, as many as a person reads.
const REFUSALS_TOLD: usize = 20;

impl CreatorAgent {
    /// A creator with a policy, for a platform that can do so much.
    #[must_use]
    pub const fn new(policy: Policy, capabilities: Capabilities) -> Self {
        Self { policy, capabilities }
    }

    /// Scores every product and proposes launches, at most as many as the guardrails allow today: first what is expected to
    /// contribute most a day beyond what its cost would elsewhere (most for its cost where the total is not paced), then what is
    /// worth finding out.
    ///
    /// On data that cannot be trusted nothing is launched.
    #[must_use]
    pub fn propose(&self, snapshot: &Snapshot, known: &Known, prospects: &Prospects, total: Option<Total>) -> Proposal {
        let advertised = advertised(known, snapshot);
        let facts: Vec<_> =
            snapshot.products.values().map(|product| self.facts(product, prospects, advertised.contains(&product.id))).collect();
        let policy = SelectionPolicy { currency: Some(snapshot.platform_currency), ..self.policy.selection.clone() };
        let mut proposal = Proposal { selections: score_products(&facts, &policy), ..Proposal::default() };
        if !snapshot.data_trusted {
            proposal.notes.push("nothing is launched: the data are incomplete or too old".to_owned());
            return proposal;
        }
        let resting = self.resting(known, snapshot);
        let wanted = self.wanted(&proposal.selections, snapshot, prospects, &mut proposal.draws, &mut proposal.notes);
        let with = Circumstances { snapshot, prospects, cautions: known.checks.cautions(&self.policy) };
        let carried_out =
            |candidate: &Candidate<'_>| self.policy.enforcement.of_product(candidate.product) == Enforcement::Enforce;
        let (carried_out, held): (Vec<_>, Vec<_>) = wanted.into_iter().partition(carried_out);
        // Launches that the policy holds back take nothing from the others.
        for wanted in [carried_out, held] {
            let mut room = Room::of(&self.policy, &self.capabilities, known, snapshot, prospects, total);
            let mut pages = BTreeSet::new();
            let mut shown = Advertised::default();
            advertised.iter().filter_map(|id| snapshot.products.get(id)).for_each(|product| shown.add(product));
            // Without a price of budget nobody knows whether the total or the launches are short.
            let worth = if prospects.are_paced() { Prospect::worth_of_a_day } else { Prospect::gain_per_cost };
            let mut queue = Queue::new(wanted, worth);
            while let Some(candidate) = queue.next(&shown, &self.policy.contribution.similar) {
                let product = candidate.product;
                if let Some(similar) = candidate.beside.filter(|_| candidate.drawn.is_none() && !candidate.prospect.is_gain()) {
                    let note = format!("`{}` is not launched: `{}`, which is advertised, is similar", product.name, similar.name);
                    proposal.notes.push(format!("{note}, and beside it {} is expected", candidate.prospect));
                    continue;
                }
                if resting.contains(&product.id) {
                    proposal.notes.push(format!("`{}` rests after its last campaign", product.name));
                    continue;
                }
                if room.places == 0 {
                    let note = "more products are worth an ad than may be launched today";
                    if !proposal.notes.iter().any(|said| said == note) {
                        proposal.notes.push(note.to_owned());
                    }
                    break;
                }
                if page(&product.permalink).is_some_and(|page| pages.contains(page)) {
                    proposal.notes.push(format!("`{}` is not launched: another listing of its page is", product.name));
                    continue;
                }
                match self.launch(&candidate, &with) {
                    Ok(launch) => match room.take(&launch) {
                        Ok(()) => {
                            pages.extend(page(&product.permalink));
                            shown.add(product);
                            proposal.launches.push(launch);
                        }
                        Err(left) => proposal.notes.push(format!("`{}` is not launched: {left}", product.name)),
                    },
                    Err(reason) => proposal.notes.push(format!("`{}` is not launched: {reason}", product.name)),
                }
            }
        }
        proposal
    }

    /// The products that are worth an ad, in the order of their scores.
    fn wanted<'a>(
        &self,
        selections: &'a [Selection],
        snapshot: &'a Snapshot,
        prospects: &'a Prospects,
        draws: &mut Vec<Draw>,
        notes: &mut Vec<String>,
    ) -> Vec<Candidate<'a>> {
        let policy = &self.policy.exploration;
        let (mut wanted, mut refused) = (Vec::new(), 0_usize);
        for selection in selections.iter().filter(|selection| selection.eligible) {
            let found = snapshot.products.get(&selection.product).zip(prospects.get(&selection.product));
            let Some((product, prospect)) = found else { continue };
            let expected = policy.expects(prospect);
            let draw = (!expected).then(|| self.draw(product, prospect, snapshot));
            if draw.as_ref().is_none_or(Draw::is_tried) {
                let drawn = draw.as_ref().map(Draw::exploration);
                wanted.push(Candidate { selection, prospect: Cow::Borrowed(prospect), product, drawn, beside: None });
            } else {
                if refused < REFUSALS_TOLD {
                    let elsewhere = elsewhere(prospect);
                    notes.push(format!("`{}` is not launched: {prospect}, at {}{elsewhere}", product.name, prospect.margin));
                }
                refused += 1;
            }
            draws.extend(draw);
        }
        if let Some(more) = refused.checked_sub(REFUSALS_TOLD).filter(|more| *more > 0) {
            notes.push(format!("{more} more products are not launched: none of them is expected to earn enough"));
        }
        wanted
    }

    fn flight(&self, snapshot: &Snapshot) -> Option<Period> {
        let end = snapshot.now.checked_add(days(self.days())).ok()?;
        Period::new(snapshot.now, end).ok()
    }

    fn facts(&self, product: &Product, prospects: &Prospects, advertised: bool) -> ProductFacts {
        let prospect = prospects.get(&product.id);
        let expected_lift = prospect.map_or(Measured::Absent(Absence::NoPrice), |prospect| self.extra_units(product, prospect));
        let unknown = Measured::Absent(Absence::TooFewObservations);
        let (views, units) =
            prospects.recent(&product.id).map_or((unknown, Measured::Absent(Absence::TooFewObservations)), |recent| {
                (recent.views, Measured::Known(recent.units))
            });
        ProductFacts { product: product.clone(), views, units, expected_lift, advertised }
    }

    /// The units over a flight that would not be sold without an ad.
    fn extra_units(&self, product: &Product, prospect: &Prospect) -> Measured<Decimal> {
        let revenue = self.expected(prospect).map(|expected| expected.incremental_revenue);
        let price = product.price.filter(|price| price.is_positive());
        let units = revenue.ok().zip(price).and_then(|(revenue, price)| revenue.amount.checked_div(price.amount));
        units.ok_or(Absence::NoPrice).into()
    }

    /// Products whose last campaign ended a short time ago.
    fn resting<'a>(&self, known: &'a Known, snapshot: &Snapshot) -> BTreeSet<&'a ProductId> {
        let rest = days(self.policy.flight.rest_days);
        let ended = |record: &CampaignRecord| {
            let flight_end = record.campaign.spec.flight.end();
            let stopped = known.analyses.get(&record.campaign.spec.id).filter(|analysis| !analysis.live);
            stopped.map_or(flight_end, |analysis| analysis.until).min(flight_end)
        };
        known
            .campaigns
            .iter()
            .filter(|record| record.campaign.platform_id.is_some())
            .filter(|record| ended(record).checked_add(rest).is_ok_and(|until| snapshot.now < until))
            .map(|record| &record.campaign.spec.product)
            .collect()
    }
}

impl Known {
    /// How many campaigns were launched on the shop's day of `now`; refused ones count too.
    #[must_use]
    pub fn launches_on(&self, now: jiff::Timestamp) -> u32 {
        let zone = self.time_zone();
        let today = zone.to_datetime(now).date();
        let count = self.campaigns.iter().filter(|record| zone.to_datetime(record.launched_at).date() == today).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// What other products bring for their cost, where that is why one that is expected to gain is not launched.
fn elsewhere(prospect: &Prospect) -> String {
    let Some(price) = prospect.budget_price.filter(|_| prospect.is_gain()) else { return String::new() };
    let currency = prospect.gain_per_day.currency;
    let percent = (price.pays * Decimal::ONE_HUNDRED).round();
    let brings = Money::new(price.per_unit.round_dp(2), currency);
    format!("; others bring {brings} for each {}, which it does with a probability of {percent} %", currency.code())
}

fn cents(money: Money) -> Money {
    Money::new(money.amount.round_dp(2), money.currency)
}

/// Products with a campaign that runs, will run, or may be about to, and those whose campaign's end is not confirmed yet.
fn advertised(known: &Known, snapshot: &Snapshot) -> BTreeSet<ProductId> {
    let wanted = known.campaigns.iter().filter(|record| may_run(&record.campaign, snapshot.now));
    let open = known.open.iter().filter_map(|operation| match &operation.intent.action {
        CampaignAction::Create { spec } => Some(&**spec),
        _ => None,
    });
    let specs: Vec<&CampaignSpec> = wanted.map(|record| &*record.campaign.spec).chain(open).collect();
    let pages: BTreeSet<&str> = specs.iter().filter_map(|spec| page(&spec.landing_page)).collect();
    let listed_again =
        snapshot.products.values().filter(|product| page(&product.permalink).is_some_and(|page| pages.contains(page)));
    specs.iter().map(|spec| spec.product.clone()).chain(listed_again.map(|product| product.id.clone())).collect()
}

/// A page's address without what leads to the same page: two listings with one page are one product to a shopper. `None` where the
/// store gives none.
fn page(address: &str) -> Option<&str> {
    let address = address.split_once('#').map_or(address, |(page, _)| page);
    Some(address.strip_suffix('/').unwrap_or(address)).filter(|page| !page.is_empty())
}

#[cfg(test)]
mod tests;
