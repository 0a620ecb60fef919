//! Which products are worth a campaign.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use campaign_pilot_core::{
    Absence, Currency, Measured, Money, Product, ProductId, ProductKind, ProductStatus, Stock, sanitize_line,
};
use garde::Validate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::PolicyAmount;
use crate::ranges;

/// What is known of a product when it is scored.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProductFacts {
    /// The product.
    pub product: Product,
    /// Page views in the time that was looked back on.
    pub views: Measured<u64>,
    /// Units sold less units taken back in the same time.
    pub units: Measured<i64>,
    /// The expected conversion lift in units: sales over a whole flight that would not come without the campaign.
    ///
    /// Usually the baseline's expectation for the flight times the relative lift that earlier campaigns had.
    pub expected_lift: Measured<Decimal>,
    /// Whether a campaign for it runs, or is being started.
    pub advertised: bool,
}

/// One of the ordered criteria.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// More than 50 units in stock.
    Stock,
    /// More than 2 page views per unit sold.
    ViewsPerSale,
    /// A price above 20.
    Price,
    /// A popular category.
    Category,
    /// Price x expected conversion lift.
    RevenuePotential,
}

/// The constants of the selection. The thresholds are as ordered; the points that a criterion is worth are ours.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct SelectionPolicy {
    /// The currency that campaigns are billed in; products in another one are refused. `None` accepts every currency in
    /// which the policy sets its amounts.
    #[schemars(with = "Option<String>")]
    pub currency: Option<Currency>,
    /// Stock above this many units counts; 50 unless set.
    #[garde(custom(ranges::not_negative))]
    pub stock_above: Decimal,
    /// Page views per unit sold above this count; 2.0 unless set.
    #[garde(custom(ranges::not_negative))]
    pub views_per_sale_above: Decimal,
    /// A price above this counts; 20 dollars, euros or pounds unless set.
    #[garde(custom(ranges::amount))]
    pub price_above: PolicyAmount,
    /// Popular categories, compared without regard to case; Electronics, Fitness and Clothing unless set.
    pub popular_categories: BTreeSet<String>,
    /// The revenue potential that earns half of its points; 100 dollars, euros or pounds unless set.
    #[garde(custom(ranges::amount))]
    pub half_potential: PolicyAmount,
    /// What each criterion is worth. Unless set: stock 30, the others 15 (price, category) and 20, in sum 100.
    pub points: BTreeMap<Criterion, Decimal>,
    /// Criteria without which a product is refused; none unless set: they rank products, and what an ad is expected to
    /// contribute decides. An unknown number does not refuse.
    pub required: BTreeSet<Criterion>,
    /// The score below which a product is refused; 0 of 100 unless set.
    #[garde(custom(ranges::percent))]
    pub minimum_score: Decimal,
}

impl Default for SelectionPolicy {
    fn default() -> Self {
        let points = [
            (Criterion::Stock, 30),
            (Criterion::ViewsPerSale, 20),
            (Criterion::Price, 15),
            (Criterion::Category, 15),
            (Criterion::RevenuePotential, 20),
        ];
        Self {
            currency: None,
            stock_above: Decimal::from(50),
            views_per_sale_above: Decimal::TWO,
            price_above: PolicyAmount::nominal(Decimal::from(20)),
            popular_categories: ["Electronics", "Fitness", "Clothing"].map(str::to_owned).into(),
            half_potential: PolicyAmount::nominal(Decimal::ONE_HUNDRED),
            points: points.map(|(criterion, worth)| (criterion, Decimal::from(worth))).into(),
            required: BTreeSet::new(),
            minimum_score: Decimal::ZERO,
        }
    }
}

/// What became of a criterion.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is met.
    Met,
    /// It is not met.
    NotMet,
    /// It is met in part, such as the revenue potential.
    Partly,
    /// The number is not known: half of the points count.
    Unknown(Absence),
}

/// A criterion, what became of it and what it was worth.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reason {
    /// The criterion.
    pub criterion: Criterion,
    /// What became of it.
    pub outcome: Outcome,
    /// The points it earned.
    pub points: Decimal,
    /// The points it could have earned.
    pub out_of: Decimal,
    /// What was seen, for people.
    pub text: String,
}

/// Why a product cannot be advertised, whatever its score.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Refusal {
    /// It has no price above zero.
    NoPrice,
    /// Its price is in a currency for which the policy has no amounts or in which campaigns are not billed.
    OtherCurrency {
        /// The currency of its price.
        currency: Currency,
    },
    /// It cannot be bought now.
    OutOfStock,
    /// Shoppers cannot see it.
    NotVisible,
    /// It is sold elsewhere, or as a set without a price of its own.
    WrongKind,
    /// A campaign for it runs already.
    AlreadyAdvertised,
    /// A criterion that the policy requires is not met.
    Criterion {
        /// Which one.
        criterion: Criterion,
    },
    /// Its score is too low.
    LowScore {
        /// The score that was needed.
        minimum: Decimal,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrice => f.write_str("it has no price"),
            Self::OtherCurrency { currency } => write!(f, "campaigns cannot be paid in {currency}"),
            Self::OutOfStock => f.write_str("it is out of stock"),
            Self::NotVisible => f.write_str("shoppers cannot see it"),
            Self::WrongKind => f.write_str("it is not sold here by itself"),
            Self::AlreadyAdvertised => f.write_str("a campaign for it runs already"),
            Self::Criterion { criterion: Criterion::Stock } => f.write_str("its stock is too small"),
            Self::Criterion { criterion: Criterion::ViewsPerSale } => f.write_str("too few page views per sale"),
            Self::Criterion { criterion: Criterion::Price } => f.write_str("its price is too low"),
            Self::Criterion { criterion: Criterion::Category } => f.write_str("its category is not popular"),
            Self::Criterion { criterion: Criterion::RevenuePotential } => f.write_str("it has no revenue potential"),
            Self::LowScore { minimum } => write!(f, "its score is below {minimum}"),
        }
    }
}

/// A product's score, with all its reasons.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Selection {
    /// The product.
    pub product: ProductId,
    /// From 0 to 100.
    pub score: Decimal,
    /// Whether it may be advertised.
    pub eligible: bool,
    /// Why not; empty when it may.
    pub refusals: Vec<Refusal>,
    /// Every criterion with its points, in the order of [`Criterion`].
    pub reasons: Vec<Reason>,
    /// Page views per unit sold.
    pub views_per_sale: Measured<Decimal>,
    /// Price x expected conversion lift: the revenue over the flight that would not come without the campaign.
    pub potential: Measured<Money>,
    /// The choice in one sentence.
    pub sentence: String,
}

/// Scores every product, also those that cannot be advertised: the best first, equals in the order of their ids.
///
/// A product's score depends on its own facts and the policy only.
#[must_use]
pub fn score_products(products: &[ProductFacts], policy: &SelectionPolicy) -> Vec<Selection> {
    let mut selections: Vec<_> = products.iter().map(|facts| score(facts, policy)).collect();
    selections.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.product.cmp(&b.product)));
    selections
}

fn score(facts: &ProductFacts, policy: &SelectionPolicy) -> Selection {
    let product = &facts.product;
    let views_per_sale: Measured<Decimal> = views_per_sale(facts).into();
    let potential: Measured<Money> = potential(facts).into();
    let reasons = vec![
        stock_reason(product.stock, policy),
        views_reason(views_per_sale, policy),
        price_reason(product.price, policy),
        category_reason(product, policy),
        potential_reason(potential, policy),
    ];
    let sum = reasons.iter().fold(Decimal::ZERO, |sum, reason| sum.saturating_add(reason.points));
    let out_of = reasons.iter().fold(Decimal::ZERO, |sum, reason| sum.saturating_add(reason.out_of));
    let score = sum.saturating_mul(Decimal::ONE_HUNDRED).checked_div(out_of).unwrap_or(Decimal::ZERO).round_dp(2);
    let mut refusals = refusals(product, facts.advertised, policy);
    let missed = reasons.iter().filter(|reason| reason.outcome == Outcome::NotMet && policy.required.contains(&reason.criterion));
    refusals.extend(missed.map(|reason| Refusal::Criterion { criterion: reason.criterion }));
    if score < policy.minimum_score {
        refusals.push(Refusal::LowScore { minimum: policy.minimum_score });
    }
    let sentence = sentence(product, score, &refusals, &reasons);
    Selection {
        product: product.id.clone(),
        score,
        eligible: refusals.is_empty(),
        refusals,
        reasons,
        views_per_sale,
        potential,
        sentence,
    }
}

impl SelectionPolicy {
    /// Whether a product could be advertised, whatever its score and whether it is advertised already.
    #[must_use]
    pub fn can_be_advertised(&self, product: &Product) -> bool {
        refusals(product, false, self).is_empty()
    }
}

/// What rules a product out, whatever its numbers.
fn refusals(product: &Product, advertised: bool, policy: &SelectionPolicy) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    match product.price.filter(|price| price.is_positive()) {
        None => refusals.push(Refusal::NoPrice),
        Some(Money { currency, .. }) => {
            let billed = policy.currency.is_none_or(|wanted| wanted == currency);
            if !billed || policy.price_above.of(currency).is_none() || policy.half_potential.of(currency).is_none() {
                refusals.push(Refusal::OtherCurrency { currency });
            }
        }
    }
    if !product.stock.is_available() {
        refusals.push(Refusal::OutOfStock);
    }
    if product.status != ProductStatus::Published {
        refusals.push(Refusal::NotVisible);
    }
    if matches!(product.kind, ProductKind::Grouped | ProductKind::External) {
        refusals.push(Refusal::WrongKind);
    }
    if advertised {
        refusals.push(Refusal::AlreadyAdvertised);
    }
    refusals
}

fn views_per_sale(facts: &ProductFacts) -> Result<Decimal, Absence> {
    let (views, units) = (facts.views.ok()?, facts.units.ok()?);
    if units <= 0 {
        return Err(Absence::NoSales);
    }
    Decimal::from(views).checked_div(Decimal::from(units)).ok_or(Absence::OutOfRange)
}

fn potential(facts: &ProductFacts) -> Result<Money, Absence> {
    let price = facts.product.price.ok_or(Absence::NoPrice)?;
    price.checked_mul(facts.expected_lift.ok()?).map_err(|_| Absence::OutOfRange)
}

fn stock_reason(stock: Stock, policy: &SelectionPolicy) -> Reason {
    let limit = policy.stock_above;
    match stock {
        Stock::Managed { quantity } => {
            let text = format!("{} in stock, more than {limit} wanted", quantity.normalize());
            judged(policy, Criterion::Stock, quantity > limit, text)
        }
        Stock::Unmanaged { in_stock: true } => {
            unknown(policy, Criterion::Stock, Absence::StockNotManaged, "in stock, not counted")
        }
        Stock::Unmanaged { in_stock: false } => judged(policy, Criterion::Stock, false, "out of stock".to_owned()),
    }
}

fn views_reason(ratio: Measured<Decimal>, policy: &SelectionPolicy) -> Reason {
    let limit = policy.views_per_sale_above;
    match ratio {
        Measured::Known(ratio) => {
            let text = format!("{:.1} page views per sale, more than {limit} wanted", ratio.round_dp(1));
            judged(policy, Criterion::ViewsPerSale, ratio > limit, text)
        }
        Measured::Absent(absence) => unknown(policy, Criterion::ViewsPerSale, absence, "page views per sale unknown"),
    }
}

fn price_reason(price: Option<Money>, policy: &SelectionPolicy) -> Reason {
    let Some(price) = price else {
        return judged(policy, Criterion::Price, false, "no price".to_owned());
    };
    match policy.price_above.of(price.currency) {
        Some(limit) => {
            let text = format!("a price of {price}, more than {limit} wanted");
            judged(policy, Criterion::Price, price.amount > limit.amount, text)
        }
        None => judged(policy, Criterion::Price, false, format!("a price of {price}, no limit set in {}", price.currency)),
    }
}

fn category_reason(product: &Product, policy: &SelectionPolicy) -> Reason {
    let is_popular = |name: &str| policy.popular_categories.iter().any(|popular| popular.to_lowercase() == name.to_lowercase());
    match product.categories.iter().find(|category| is_popular(category.as_str())) {
        Some(category) => judged(policy, Criterion::Category, true, format!("the category {category} is popular")),
        None => judged(policy, Criterion::Category, false, "no popular category".to_owned()),
    }
}

/// The potential earns `points x potential / (potential + half)`: more is always better, and no amount is too large.
fn potential_reason(potential: Measured<Money>, policy: &SelectionPolicy) -> Reason {
    let criterion = Criterion::RevenuePotential;
    let money = match potential {
        Measured::Known(money) => money,
        Measured::Absent(absence) => return unknown(policy, criterion, absence, "revenue potential unknown"),
    };
    let text = format!("a revenue potential of {money} over the flight");
    let half = policy.half_potential.of(money.currency);
    let Some(half) = half.filter(|half| half.is_positive() && money.is_positive()) else {
        return judged(policy, criterion, false, text);
    };
    let worth = worth(policy, criterion);
    let share = money.amount.checked_div(money.amount.saturating_add(half.amount)).unwrap_or(Decimal::ZERO);
    Reason { criterion, outcome: Outcome::Partly, points: worth.saturating_mul(share).round_dp(2), out_of: worth, text }
}

fn judged(policy: &SelectionPolicy, criterion: Criterion, met: bool, text: String) -> Reason {
    let out_of = worth(policy, criterion);
    let (outcome, points) = if met { (Outcome::Met, out_of) } else { (Outcome::NotMet, Decimal::ZERO) };
    Reason { criterion, outcome, points, out_of, text }
}

fn unknown(policy: &SelectionPolicy, criterion: Criterion, absence: Absence, what: &str) -> Reason {
    let out_of = worth(policy, criterion);
    let text = format!("{what} ({absence}): half of the points");
    Reason { criterion, outcome: Outcome::Unknown(absence), points: out_of / Decimal::TWO, out_of, text }
}

/// What a criterion is worth; nothing when the policy does not name it, and never less.
fn worth(policy: &SelectionPolicy, criterion: Criterion) -> Decimal {
    policy.points.get(&criterion).copied().unwrap_or_default().max(Decimal::ZERO)
}

fn sentence(product: &Product, score: Decimal, refusals: &[Refusal], reasons: &[Reason]) -> String {
    let name = sanitize_line(&product.name);
    if !refusals.is_empty() {
        let why: Vec<_> = refusals.iter().map(Refusal::to_string).collect();
        return format!("do not advertise `{name}` (score {score}): {}", why.join(", "));
    }
    let why: Vec<_> = reasons.iter().filter(|reason| reason.points.is_sign_positive() && !reason.points.is_zero()).collect();
    let why: Vec<_> = why.into_iter().map(|reason| reason.text.as_str()).collect();
    format!("advertise `{name}` (score {score}): {}", why.join(", "))
}

#[cfg(test)]
mod tests;
