//! A campaign to launch, with its budget.

use campaign_pilot_core::ports::CopyBrief;
use campaign_pilot_core::{DecisionId, Measured, Money, MoneyError, Period, Product, ProductId};
use campaign_pilot_decision_engine::{
    BudgetWorking, Caution, ContributionOutlook, DecidingRule, ExpectedReturn, Interval, Prediction, Prospect, Selection, budget,
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Candidate, CreatorAgent, cents};
use crate::prospects::Prospects;
use crate::snapshot::Snapshot;

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
    /// What is needed to predict what it will contribute in fact; `None` where that is not known.
    #[serde(default)]
    pub outlook: Option<ContributionOutlook>,
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
    /// What it will contribute over its flight, where it ends once it has cost its budget: the distribution of what will be observed.
    #[must_use]
    pub fn prediction(&self) -> Option<Prediction> {
        let days = Decimal::from(self.flight.length().as_hours()) / Decimal::from(24);
        self.outlook?.over(days, Some(self.budget.budget))
    }

    /// The expectation of that, with the interval that the contribution lies in with a probability of 90 %.
    #[must_use]
    pub fn predicted(&self) -> Option<Interval> {
        self.prediction().map(|prediction| prediction.interval)
    }

    /// What is kept of it, so that it can be explained and checked.
    pub(crate) fn kept(&self, prediction: Option<&Prediction>) -> Value {
        json!({
            "selection": self.selection,
            "budget": self.budget,
            "expected": self.expected,
            "prospect": self.prospect,
            "outlook": self.outlook,
            "prediction": prediction,
            "exploration": self.exploration,
            "beside": self.beside,
            "flight": self.flight,
        })
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

/// What launches of one cycle have in common.
pub(super) struct Circumstances<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) prospects: &'a Prospects,
    /// The rules that are not relied on.
    pub(super) cautions: Vec<Caution>,
}

impl CreatorAgent {
    pub(super) fn launch(&self, candidate: &Candidate<'_>, with: &Circumstances<'_>) -> Result<Launch, String> {
        let Candidate { selection, prospect, product, drawn, beside } = candidate;
        let price = product.price.ok_or("it has no price")?;
        let flight = self.flight(with.snapshot).ok_or("its flight cannot be represented")?;
        let expected = self.expected(prospect).map_err(|error| error.to_string())?;
        let roi = expected.amount().map_err(|error| error.to_string())?;
        let mut budget = budget(price, Measured::Known(roi), &self.policy.budget).map_err(|error| error.to_string())?;
        let rule = if drawn.is_some() { DecidingRule::Exploration } else { DecidingRule::Launch };
        let caution = with.cautions.iter().find(|caution| caution.rule == rule);
        self.grow(&mut budget, prospect, caution);
        self.limit(&mut budget);
        if !budget.budget.is_positive() {
            return Err("its budget would be nothing".to_owned());
        }
        Ok(Launch {
            decision: DecisionId::of(&with.snapshot.cycle, product.id.as_str()),
            selection: (*selection).clone(),
            budget,
            expected,
            prospect: prospect.clone().into_owned(),
            beside: beside.map(|similar| similar.id.clone()),
            outlook: with.prospects.outlook(product, &self.policy),
            exploration: *drawn,
            flight,
            brief: brief(product, self),
        })
    }

    /// What a flight is expected to bring and to cost.
    pub(super) fn expected(&self, prospect: &Prospect) -> Result<ExpectedReturn, MoneyError> {
        let days = Decimal::from(self.days());
        let revenue = prospect.revenue_per_day.checked_mul(days)?.checked_mul(prospect.caused)?;
        Ok(ExpectedReturn { incremental_revenue: cents(revenue), cost: cents(prospect.cost_per_day.checked_mul(days)?) })
    }

    /// How many days a flight has.
    pub(super) const fn days(&self) -> u32 {
        self.policy.flight.days_on(&self.capabilities)
    }

    /// Raises the first budget to what the platform takes at least, and, for a product whose ads have shown that they earn, to
    /// twice what they are expected to cost: it shall not be the budget that ends them. Where earlier launches have not brought what was
    /// said of them, it is half the first budget instead: less is lost while more is learned.
    fn grow(&self, working: &mut BudgetWorking, prospect: &Prospect, caution: Option<&Caution>) {
        let days = Decimal::from(self.days());
        let raise = |working: &mut BudgetWorking, to: Result<Money, MoneyError>, why: &str| {
            let Ok(to) = to else { return };
            let to = rounded_up(to);
            if to.currency == working.budget.currency && to.amount > working.budget.amount {
                working.budget = to;
                working.sentence = format!("{}, raised to {to}: {why}", working.sentence);
            }
        };
        if let Some(caution) = caution {
            let half = rounded_up(Money::new(working.budget.amount / Decimal::TWO, working.budget.currency));
            working.budget = half;
            let rule = caution.rule.id();
            working.sentence = format!("{}, halved to {half}: `{rule}` is not relied on, {caution}", working.sentence);
        } else if prospect.tried && prospect.is_gain() && prospect.earns >= self.policy.exploration.grow_from {
            let twice = prospect.cost_per_day.checked_mul(days * Decimal::TWO);
            raise(working, twice, "twice what its ads are expected to cost, which earn");
        }
        if let Some(least) = self.capabilities.min_daily_budget {
            raise(working, least.checked_mul(days), "the platform takes no less");
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
}

fn rounded_up(money: Money) -> Money {
    let digits = money.currency.minor_digits();
    Money::new(money.amount.round_dp_with_strategy(digits, RoundingStrategy::ToPositiveInfinity), money.currency)
}

fn brief(product: &Product, creator: &CreatorAgent) -> CopyBrief {
    CopyBrief {
        product: product.clone(),
        price: product.price,
        headline_limit: creator.policy.flight.headline_limit,
        body_limit: creator.policy.flight.body_limit,
        variant: None,
    }
}
