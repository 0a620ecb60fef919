//! The decision matrix: five verdicts from five signals.

use campaign_pilot_core::{Absence, Measured, Money, Verdict};
use campaign_pilot_metrics::CampaignMetrics;
use garde::Validate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ranges;

/// What the matrix looks at.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Signals {
    /// Sales against the baseline, in percent.
    pub sales_impact: Measured<Decimal>,
    /// Page views against the baseline, in percent.
    pub view_impact: Measured<Decimal>,
    /// (Revenue - cost) / cost.
    pub net_roas: Measured<Decimal>,
    /// Cost / new customers.
    pub cpa: Measured<Money>,
    /// The product's price.
    pub price: Option<Money>,
}

impl Signals {
    /// The signals of a measured campaign.
    #[must_use]
    pub const fn of(metrics: &CampaignMetrics, price: Option<Money>) -> Self {
        Self {
            sales_impact: metrics.sales_impact,
            view_impact: metrics.view_impact,
            net_roas: metrics.net_roas,
            cpa: metrics.cpa,
            price,
        }
    }
}

/// A band of percents, both ends included.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Band {
    /// The lower end.
    pub from: Decimal,
    /// The upper end.
    pub to: Decimal,
}

pub(crate) fn ascending(band: &Band, _: &()) -> garde::Result {
    if band.from <= band.to { Ok(()) } else { Err(garde::Error::new(format!("{} is above {}", band.from, band.to))) }
}

impl Band {
    fn contains(self, percent: Decimal) -> bool {
        self.from <= percent && percent <= self.to
    }
}

/// What becomes of CONTINUE, which asks for sales and views, where views are not known.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WithoutViews {
    /// The rule is skipped: nothing is continued on half of its reasons.
    #[default]
    Skip,
    /// Sales alone decide: for stores that will never have a page-view source.
    SalesAlone,
}

/// The constants of the decision matrix. The defaults are the thresholds as ordered.
///
/// | verdict | when |
/// |---|---|
/// | emergency pause | net ROAS < 0, or CPA > price |
/// | pause | sales decrease > 10 %, or views decrease > 5 % |
/// | continue | sales increase > 15 % and views increase > 10 % |
/// | optimize | sales increase 5-15 %, or views increase 5-10 %, ends included |
/// | monitor | everything else |
///
/// Every rule is evaluated; where several apply, the one higher up in the table decides.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DecisionMatrix {
    /// CONTINUE needs sales to rise by more than this, in percent; 15 unless set.
    pub continue_sales_above: Decimal,
    /// CONTINUE needs views to rise by more than this, in percent; 10 unless set.
    pub continue_views_above: Decimal,
    /// OPTIMIZE when sales rise within this band, in percent; 5 to 15 unless set.
    #[garde(custom(ascending))]
    pub optimize_sales: Band,
    /// OPTIMIZE when views rise within this band, in percent; 5 to 10 unless set.
    #[garde(custom(ascending))]
    pub optimize_views: Band,
    /// PAUSE when sales fall by more than this, in percent; 10 unless set.
    #[garde(custom(ranges::not_negative))]
    pub pause_sales_fall_above: Decimal,
    /// PAUSE when views fall by more than this, in percent; 5 unless set.
    #[garde(custom(ranges::not_negative))]
    pub pause_views_fall_above: Decimal,
    /// EMERGENCY PAUSE when the net ROAS lies below this; 0 unless set.
    pub emergency_net_roas_below: Decimal,
    /// What becomes of CONTINUE where views are not known.
    pub without_views: WithoutViews,
}

impl Default for DecisionMatrix {
    fn default() -> Self {
        Self {
            continue_sales_above: Decimal::from(15),
            continue_views_above: Decimal::TEN,
            optimize_sales: Band { from: Decimal::from(5), to: Decimal::from(15) },
            optimize_views: Band { from: Decimal::from(5), to: Decimal::TEN },
            pause_sales_fall_above: Decimal::TEN,
            pause_views_fall_above: Decimal::from(5),
            emergency_net_roas_below: Decimal::ZERO,
            without_views: WithoutViews::Skip,
        }
    }
}

/// One rule of the matrix.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The net ROAS is below zero.
    NetRoasNegative,
    /// A new customer costs more than the product.
    CpaAbovePrice,
    /// Sales fell.
    SalesFell,
    /// Views fell.
    ViewsFell,
    /// Sales and views rose clearly.
    BothRose,
    /// Sales rose a little.
    SalesRoseALittle,
    /// Views rose a little.
    ViewsRoseALittle,
}

impl Rule {
    /// All rules, the most severe first.
    pub const ALL: [Self; 7] = [
        Self::NetRoasNegative,
        Self::CpaAbovePrice,
        Self::SalesFell,
        Self::ViewsFell,
        Self::BothRose,
        Self::SalesRoseALittle,
        Self::ViewsRoseALittle,
    ];

    /// Its name in scenarios and JSON.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NetRoasNegative => "net_roas_negative",
            Self::CpaAbovePrice => "cpa_above_price",
            Self::SalesFell => "sales_fell",
            Self::ViewsFell => "views_fell",
            Self::BothRose => "both_rose",
            Self::SalesRoseALittle => "sales_rose_a_little",
            Self::ViewsRoseALittle => "views_rose_a_little",
        }
    }

    /// What it says of a campaign for which it counts.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::NetRoasNegative => "it brings less than it costs",
            Self::CpaAbovePrice => "a new customer costs more than the product",
            Self::SalesFell => "sales fell",
            Self::ViewsFell => "views fell",
            Self::BothRose => "sales and views rose clearly",
            Self::SalesRoseALittle => "sales rose a little",
            Self::ViewsRoseALittle => "views rose a little",
        }
    }

    /// The verdict that the rule leads to.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::NetRoasNegative | Self::CpaAbovePrice => Verdict::EmergencyPause,
            Self::SalesFell | Self::ViewsFell => Verdict::Pause,
            Self::BothRose => Verdict::Continue,
            Self::SalesRoseALittle | Self::ViewsRoseALittle => Verdict::Optimize,
        }
    }
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// It applies.
    Applies,
    /// It does not apply.
    DoesNotApply,
    /// It could not be evaluated, for this reason.
    Skipped(Absence),
}

/// A rule and what became of it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RuleOutcome {
    /// The rule.
    pub rule: Rule,
    /// What became of it.
    pub state: RuleState,
}

/// The matrix's verdict with the outcome of every rule.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ruling {
    /// The most severe verdict among the rules that apply; MONITOR when none does.
    pub verdict: Verdict,
    /// Every rule, in the order of [`Rule::ALL`].
    pub rules: [RuleOutcome; 7],
}

impl Ruling {
    /// The rules that apply, the most severe first.
    pub fn applying(&self) -> impl Iterator<Item = Rule> {
        self.rules.iter().filter(|outcome| outcome.state == RuleState::Applies).map(|outcome| outcome.rule)
    }

    /// The rules that could not be evaluated, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (Rule, Absence)> {
        self.rules.iter().filter_map(|outcome| match outcome.state {
            RuleState::Skipped(absence) => Some((outcome.rule, absence)),
            RuleState::Applies | RuleState::DoesNotApply => None,
        })
    }
}

impl DecisionMatrix {
    /// Evaluates every rule, then combines them.
    ///
    /// ```
    /// use campaign_pilot_core::{Absence, Measured, Verdict};
    /// use campaign_pilot_decision_engine::{DecisionMatrix, Signals};
    /// use rust_decimal::Decimal;
    ///
    /// let signals = Signals {
    ///     sales_impact: Measured::Known(Decimal::from(20)),
    ///     view_impact: Measured::Known(Decimal::from(12)),
    ///     net_roas: Measured::Known(Decimal::ONE),
    ///     cpa: Measured::Absent(Absence::NoNewCustomers),
    ///     price: None,
    /// };
    /// assert_eq!(DecisionMatrix::default().judge(&signals).verdict, Verdict::Continue);
    /// ```
    #[must_use]
    pub fn judge(&self, signals: &Signals) -> Ruling {
        let rules = Rule::ALL.map(|rule| RuleOutcome { rule, state: self.evaluate(rule, signals) });
        let applying = rules.iter().filter(|outcome| outcome.state == RuleState::Applies);
        let verdict = applying.map(|outcome| outcome.rule.verdict()).min().unwrap_or(Verdict::Monitor);
        Ruling { verdict, rules }
    }

    fn evaluate(&self, rule: Rule, signals: &Signals) -> RuleState {
        let (sales, views) = (signals.sales_impact.ok(), signals.view_impact.ok());
        let applies = match rule {
            Rule::NetRoasNegative => signals.net_roas.ok().map(|roas| roas < self.emergency_net_roas_below),
            Rule::CpaAbovePrice => cpa_above_price(signals),
            Rule::SalesFell => sales.map(|percent| percent < -self.pause_sales_fall_above),
            Rule::ViewsFell => views.map(|percent| percent < -self.pause_views_fall_above),
            Rule::BothRose => self.both_rose(sales, views),
            Rule::SalesRoseALittle => sales.map(|percent| self.optimize_sales.contains(percent)),
            Rule::ViewsRoseALittle => views.map(|percent| self.optimize_views.contains(percent)),
        };
        match applies {
            Ok(true) => RuleState::Applies,
            Ok(false) => RuleState::DoesNotApply,
            Err(absence) => RuleState::Skipped(absence),
        }
    }

    fn both_rose(&self, sales: Result<Decimal, Absence>, views: Result<Decimal, Absence>) -> Result<bool, Absence> {
        let sales_rose = sales? > self.continue_sales_above;
        match (views, self.without_views) {
            (Ok(percent), _) => Ok(sales_rose && percent > self.continue_views_above),
            (Err(_), WithoutViews::SalesAlone) => Ok(sales_rose),
            (Err(absence), WithoutViews::Skip) => Err(absence),
        }
    }
}

fn cpa_above_price(signals: &Signals) -> Result<bool, Absence> {
    let cpa = signals.cpa.ok()?;
    let price = signals.price.ok_or(Absence::NoPrice)?;
    if cpa.currency != price.currency {
        return Err(Absence::MixedCurrencies);
    }
    Ok(cpa.amount > price.amount)
}

#[cfg(test)]
mod tests;
