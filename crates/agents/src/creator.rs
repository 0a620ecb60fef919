//! The creator: what to advertise next, for how much, for how long.

mod candidates;
mod room;

use std::borrow::Cow;
use std::collections::BTreeSet;

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{
    Absence, CampaignAction, CampaignRecord, CampaignSpec, Capabilities, DecisionId, Measured, Money, Period, Product, ProductId,
};
use campaign_pilot_decision_engine::{
    BudgetWorking, ExpectedReturn, Interval, ProductFacts, Prospect, Selection, SelectionPolicy, budget, score_products,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::policy::{Enforcement, Policy, days};
use crate::portfolio::Total;
use crate::prospects::Prospects;
use crate::snapshot::{Known, Snapshot, may_run};
use candidates::{Advertised, Candidate, Queue};
use room::Room;

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
    /// Why eligible products are not launched, and what else a reader should know.
    pub notes: Vec<String>,
}

/// A campaign to launch.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Launch {
    /// The decision that it is.
    pub decision: DecisionId,
    /// The product's score and reasons.
    pub selection: Selection,
    /// The budget with its working.
    pub budget: BudgetWorking,
    /// What it is expected to bring and to cost.
    pub expected: ExpectedReturn,
    /// What an ad for the product is expected to contribute a day.
    pub prospect: Prospect,
    /// The similar product whose ad takes some of its buyers, as far as `contribution.similar` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<ProductId>,
    /// Set where it is launched to find out, not for what is expected of it.
    pub exploration: Option<Exploration>,
    /// When it runs.
    pub flight: Period,
    /// What the copywriter is told.
    pub brief: CopyBrief,
}

/// A launch to find out whether a product's ad earns.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Exploration {
    /// The probability with which it was chosen, from 0 to 1.
    pub propensity: Decimal,
    /// The number between 0 and 1 that was drawn: below the propensity it is chosen.
    pub drawn: Decimal,
}

impl Launch {
    /// What it is expected to contribute over its flight, with the 90 % interval.
    #[must_use]
    pub fn predicted(&self) -> Option<Interval> {
        let days = Decimal::from(self.flight.length().as_hours()) / Decimal::from(24);
        let over = |per_day: Money| per_day.checked_mul(days).ok().map(cents);
        let Prospect { low_per_day, gain_per_day, high_per_day, .. } = self.prospect;
        Some(Interval { low: over(low_per_day)?, expected: over(gain_per_day)?, high: over(high_per_day)? })
    }

    /// The launch in one sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let why = match self.exploration {
            None => String::new(),
            Some(Exploration { propensity, .. }) => {
                format!("; launched to find out, with a probability of {} %", (propensity * Decimal::ONE_HUNDRED).round())
            }
        };
        let Self { selection, prospect, budget, beside, .. } = self;
        let beside = beside.as_ref().map(|id| format!(" beside product {id}, which is similar")).unwrap_or_default();
        format!("{}; {prospect}{beside}, at {}; budget {}{why}", selection.sentence, prospect.margin, budget.sentence)
    }
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
        let mut proposal = Proposal { selections: score_products(&facts, &policy), launches: Vec::new(), notes: Vec::new() };
        if !snapshot.data_trusted {
            proposal.notes.push("nothing is launched: the data are incomplete or too old".to_owned());
            return proposal;
        }
        let resting = self.resting(known, snapshot);
        let wanted = self.wanted(&proposal.selections, snapshot, prospects, &mut proposal.notes);
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
                match self.launch(&candidate, snapshot) {
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
        notes: &mut Vec<String>,
    ) -> Vec<Candidate<'a>> {
        let policy = &self.policy.exploration;
        let (mut wanted, mut refused) = (Vec::new(), 0_usize);
        for selection in selections.iter().filter(|selection| selection.eligible) {
            let found = snapshot.products.get(&selection.product).zip(prospects.get(&selection.product));
            let Some((product, prospect)) = found else { continue };
            let expected = policy.expects(prospect);
            let drawn = (!expected).then(|| self.draw(product, snapshot));
            if drawn.is_none_or(|drawn| drawn < prospect.likely_worth()) {
                wanted.push(Candidate { selection, prospect: Cow::Borrowed(prospect), product, drawn, beside: None });
            } else {
                if refused < REFUSALS_TOLD {
                    let elsewhere = elsewhere(prospect);
                    notes.push(format!("`{}` is not launched: {prospect}, at {}{elsewhere}", product.name, prospect.margin));
                }
                refused += 1;
            }
        }
        if let Some(more) = refused.checked_sub(REFUSALS_TOLD).filter(|more| *more > 0) {
            notes.push(format!("{more} more products are not launched: none of them is expected to earn enough"));
        }
        wanted
    }

    /// A number between 0 and 1 that stays the same for a product for some days.
    fn draw(&self, product: &Product, snapshot: &Snapshot) -> Decimal {
        let length = i64::from(self.policy.exploration.draw_days.max(1)) * 86_400;
        let turn = snapshot.now.as_second().div_euclid(length);
        uniform(&format!("{turn}/{}", product.id))
    }

    fn launch(&self, candidate: &Candidate<'_>, snapshot: &Snapshot) -> Result<Launch, String> {
        let Candidate { selection, prospect, product, drawn, beside } = candidate;
        let price = product.price.ok_or("it has no price")?;
        let flight = self.flight(snapshot).ok_or("its flight cannot be represented")?;
        let expected = self.expected(prospect).map_err(|error| error.to_string())?;
        let roi = expected.amount().map_err(|error| error.to_string())?;
        let mut budget = budget(price, Measured::Known(roi), &self.policy.budget).map_err(|error| error.to_string())?;
        self.grow(&mut budget, prospect);
        self.limit(&mut budget);
        if !budget.budget.is_positive() {
            return Err("its budget would be nothing".to_owned());
        }
        Ok(Launch {
            decision: DecisionId::of(&snapshot.cycle, product.id.as_str()),
            selection: (*selection).clone(),
            budget,
            expected,
            prospect: prospect.clone().into_owned(),
            beside: beside.map(|similar| similar.id.clone()),
            exploration: drawn.map(|drawn| Exploration { propensity: prospect.likely_worth(), drawn }),
            flight,
            brief: CopyBrief {
                product: (*product).clone(),
                price: product.price,
                headline_limit: self.policy.flight.headline_limit,
                body_limit: self.policy.flight.body_limit,
            },
        })
    }

    /// What a flight is expected to bring and to cost.
    fn expected(&self, prospect: &Prospect) -> Result<ExpectedReturn, campaign_pilot_core::MoneyError> {
        let days = Decimal::from(self.days());
        let revenue = prospect.revenue_per_day.checked_mul(days)?.checked_mul(prospect.caused)?;
        Ok(ExpectedReturn { incremental_revenue: cents(revenue), cost: cents(prospect.cost_per_day.checked_mul(days)?) })
    }

    /// How many days a flight has.
    const fn days(&self) -> u32 {
        self.policy.flight.days_on(&self.capabilities)
    }

    /// Raises the first budget to what the platform takes at least, and, for a product whose ads have shown that they earn, to
    /// twice what they are expected to cost: it shall not be the budget that ends them.
    fn grow(&self, working: &mut BudgetWorking, prospect: &Prospect) {
        let days = Decimal::from(self.days());
        let mut raise = |to: Result<Money, _>, why: &str| {
            let Ok::<Money, campaign_pilot_core::MoneyError>(to) = to else { return };
            let to = Money::new(
                to.amount.round_dp_with_strategy(to.currency.minor_digits(), RoundingStrategy::ToPositiveInfinity),
                to.currency,
            );
            if to.currency == working.budget.currency && to.amount > working.budget.amount {
                working.budget = to;
                working.sentence = format!("{}, raised to {to}: {why}", working.sentence);
            }
        };
        if prospect.tried && prospect.is_gain() && prospect.earns >= self.policy.exploration.grow_from {
            raise(prospect.cost_per_day.checked_mul(days * Decimal::TWO), "twice what its ads are expected to cost, which earn");
        }
        if let Some(least) = self.capabilities.min_daily_budget {
            raise(least.checked_mul(days), "the platform takes no less");
        }
    }

    /// Keeps a budget within what one campaign may cost.
    fn limit(&self, working: &mut BudgetWorking) {
        let most = self.policy.guardrails.largest_budget(working.budget.currency);
        if let Some(most) = most.filter(|most| most.amount < working.budget.amount) {
            working.budget = most;
            working.sentence = format!("{}, limited to {most} for one campaign", working.sentence);
        }
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

/// A number from 0 to below 1 made of a text: the same text always gives the same number.
fn uniform(text: &str) -> Decimal {
    // The first digits of a UUID; later ones hold its version.
    let id = DecisionId::of("exploration", text);
    let digits = id.as_str().trim_start_matches("d-").get(..8).unwrap_or_default();
    Decimal::from(u32::from_str_radix(digits, 16).unwrap_or(u32::MAX)) / Decimal::from(1_u64 << 32)
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
