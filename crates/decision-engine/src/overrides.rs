//! What decides otherwise on single products and categories.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use campaign_pilot_core::{CategoryName, ProductId, sanitize_line};
use garde::Validate;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::matrix::ascending;
use crate::{
    Band, BudgetKeeping, CampaignInput, DecisionMatrix, DecisionPolicy, EvidenceGate, EvidencePolicy, WithoutViews, ranges,
};

/// What decides otherwise on some products: what is set here counts instead of the general policy, the rest of which stays.
///
/// The share of wrong uplifts (`uplift_alpha`) cannot be set here: it is promised for all campaigns together.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DecisionOverride {
    /// Other thresholds.
    #[garde(dive)]
    #[serde(skip_serializing_if = "is_default")]
    pub matrix: MatrixOverride,
    /// What else the data must support before a verdict counts.
    #[garde(dive, custom(no_values_while_off))]
    #[serde(skip_serializing_if = "is_default")]
    pub gate: GateOverride,
    /// What a campaign's own budget means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budgets: Option<BudgetKeeping>,
}

/// Other thresholds of a [`DecisionMatrix`]; what is not set stays as it is in general.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct MatrixOverride {
    /// CONTINUE needs sales to rise by more than this, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continue_sales_above: Option<Decimal>,
    /// CONTINUE needs views to rise by more than this, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continue_views_above: Option<Decimal>,
    /// OPTIMIZE when sales rise within this band, in percent.
    #[garde(inner(custom(ascending)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimize_sales: Option<Band>,
    /// OPTIMIZE when views rise within this band, in percent.
    #[garde(inner(custom(ascending)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimize_views: Option<Band>,
    /// PAUSE when sales fall by more than this, in percent.
    #[garde(inner(custom(ranges::not_negative)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_sales_fall_above: Option<Decimal>,
    /// PAUSE when views fall by more than this, in percent.
    #[garde(inner(custom(ranges::not_negative)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_views_fall_above: Option<Decimal>,
    /// EMERGENCY PAUSE when the net ROAS lies below this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_net_roas_below: Option<Decimal>,
    /// What becomes of CONTINUE where views are not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_views: Option<WithoutViews>,
}

/// Whether the evidence gate is on.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// The literal thresholds decide alone.
    Off,
    /// A verdict counts once tests or the expected contribution support it.
    Evidence,
}

/// Another [`EvidenceGate`]; what is not set stays as it is in general, or has its default where the general gate is off.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct GateOverride {
    /// Whether a verdict needs evidence; while it does not, the values below mean nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<GateMode>,
    /// The error rate of the test behind a pause.
    #[garde(inner(custom(ranges::probability)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_alpha: Option<Decimal>,
    /// The error rate of the test behind an emergency pause.
    #[garde(inner(custom(ranges::probability)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_alpha: Option<Decimal>,
    /// How likely so many returns have to be by chance for a campaign to count as doing well.
    #[garde(inner(custom(ranges::share)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns_alpha: Option<Decimal>,
    /// How likely a campaign has to earn to be continued, or to lose to be paused: from 0.5 to 1.
    #[garde(inner(custom(ranges::likely)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likely: Option<Decimal>,
    /// How likely a campaign has to lose to be paused at once: from 0.5 to 1.
    #[garde(inner(custom(ranges::likely)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearly_certain: Option<Decimal>,
}

/// Whose override sets a value.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrideSource {
    /// The product's.
    Product(ProductId),
    /// A category's.
    Category(CategoryName),
}

impl fmt::Display for OverrideSource {
    /// ``"category `Fitness`"``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Product(product) => write!(f, "product `{}`", sanitize_line(product.as_str())),
            Self::Category(category) => write!(f, "category `{}`", sanitize_line(category.as_str())),
        }
    }
}

/// A value that counts for a campaign instead of the general one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AppliedOverride {
    /// The key, such as `gate.likely`.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Whose override sets it.
    pub by: OverrideSource,
}

impl fmt::Display for AppliedOverride {
    /// ``"`gate.likely` is 0.95 for category `Fitness`"``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned);
        write!(f, "`{}` is {value} for {}", self.key, self.by)
    }
}

impl DecisionPolicy {
    /// What decides on a campaign for a product: the general policy where nothing else is set for the product or its categories.
    ///
    /// Each key counts by itself: the product's own override before its categories', and of several categories that set the same key
    /// the first by name. No order of careful and bold would do: a higher probability, say, holds back a pause as well as a raise.
    #[must_use]
    pub fn of<'a>(&self, product: Option<&ProductId>, categories: impl IntoIterator<Item = &'a CategoryName>) -> Cow<'_, Self> {
        let layers = self.layers(product, categories);
        if layers.is_empty() {
            return Cow::Borrowed(self);
        }
        let set = layers.iter().fold(DecisionOverride::default(), |set, (_, layer)| set.or(**layer));
        Cow::Owned(set.on(self))
    }

    /// What decides on a campaign.
    pub(crate) fn own(&self, input: &CampaignInput) -> Cow<'_, Self> {
        self.of(input.product.as_ref(), &input.categories)
    }

    /// The part that concerns a campaign: overrides for other products and categories are left out, and its decision stays the same.
    #[must_use]
    pub fn concerning(&self, input: &CampaignInput) -> Cow<'_, Self> {
        if self.has_no_overrides() {
            return Cow::Borrowed(self);
        }
        let kept = |overrides: &BTreeMap<String, DecisionOverride>, is_own: &dyn Fn(&str) -> bool| {
            overrides.iter().filter(|(key, _)| is_own(key)).map(|(key, set)| (key.clone(), *set)).collect()
        };
        let (matrix, gate, budgets) = (self.matrix.clone(), self.gate.clone(), self.budgets);
        let products = kept(&self.products, &|key| input.product.as_ref().is_some_and(|product| product.as_str() == key));
        let categories = kept(&self.categories, &|key| input.categories.iter().any(|category| category.as_str() == key));
        Cow::Owned(Self { matrix, gate, budgets, products, categories })
    }

    /// What counts for a campaign instead of the general policy, by key.
    #[must_use]
    pub fn applied(&self, input: &CampaignInput) -> Vec<AppliedOverride> {
        let mut applied = BTreeMap::new();
        for (by, layer) in self.layers(input.product.as_ref(), &input.categories) {
            let values = serde_json::to_value(layer).unwrap_or_default();
            flatten("", &values, &mut |key, value| {
                applied.entry(key).or_insert_with(|| (value.clone(), by.clone()));
            });
        }
        applied.into_iter().map(|(key, (value, by))| AppliedOverride { key, value, by }).collect()
    }

    fn has_no_overrides(&self) -> bool {
        self.products.is_empty() && self.categories.is_empty()
    }

    /// The overrides for a product, what counts most first.
    fn layers<'a>(
        &self,
        product: Option<&ProductId>,
        categories: impl IntoIterator<Item = &'a CategoryName>,
    ) -> Vec<(OverrideSource, &DecisionOverride)> {
        if self.has_no_overrides() {
            return Vec::new();
        }
        let own = product.and_then(|id| Some((OverrideSource::Product(id.clone()), self.products.get(id.as_str())?)));
        let mut names: Vec<&CategoryName> = categories.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        let of_category =
            |name: &CategoryName| Some((OverrideSource::Category(name.clone()), self.categories.get(name.as_str())?));
        own.into_iter().chain(names.into_iter().filter_map(of_category)).collect()
    }
}

impl DecisionOverride {
    /// What is set here, and what only the other one sets.
    fn or(self, other: Self) -> Self {
        let (a, b) = (self.matrix, other.matrix);
        let matrix = MatrixOverride {
            continue_sales_above: a.continue_sales_above.or(b.continue_sales_above),
            continue_views_above: a.continue_views_above.or(b.continue_views_above),
            optimize_sales: a.optimize_sales.or(b.optimize_sales),
            optimize_views: a.optimize_views.or(b.optimize_views),
            pause_sales_fall_above: a.pause_sales_fall_above.or(b.pause_sales_fall_above),
            pause_views_fall_above: a.pause_views_fall_above.or(b.pause_views_fall_above),
            emergency_net_roas_below: a.emergency_net_roas_below.or(b.emergency_net_roas_below),
            without_views: a.without_views.or(b.without_views),
        };
        let (a, b) = (self.gate, other.gate);
        let gate = GateOverride {
            mode: a.mode.or(b.mode),
            pause_alpha: a.pause_alpha.or(b.pause_alpha),
            emergency_alpha: a.emergency_alpha.or(b.emergency_alpha),
            returns_alpha: a.returns_alpha.or(b.returns_alpha),
            likely: a.likely.or(b.likely),
            nearly_certain: a.nearly_certain.or(b.nearly_certain),
        };
        Self { matrix, gate, budgets: self.budgets.or(other.budgets) }
    }

    /// A policy with what is set here.
    fn on(self, general: &DecisionPolicy) -> DecisionPolicy {
        let budgets = self.budgets.unwrap_or(general.budgets);
        let (matrix, gate) = (self.matrix.on(&general.matrix), self.gate.on(&general.gate));
        DecisionPolicy { matrix, gate, budgets, products: BTreeMap::new(), categories: BTreeMap::new() }
    }
}

impl MatrixOverride {
    fn on(self, general: &DecisionMatrix) -> DecisionMatrix {
        DecisionMatrix {
            continue_sales_above: self.continue_sales_above.unwrap_or(general.continue_sales_above),
            continue_views_above: self.continue_views_above.unwrap_or(general.continue_views_above),
            optimize_sales: self.optimize_sales.unwrap_or(general.optimize_sales),
            optimize_views: self.optimize_views.unwrap_or(general.optimize_views),
            pause_sales_fall_above: self.pause_sales_fall_above.unwrap_or(general.pause_sales_fall_above),
            pause_views_fall_above: self.pause_views_fall_above.unwrap_or(general.pause_views_fall_above),
            emergency_net_roas_below: self.emergency_net_roas_below.unwrap_or(general.emergency_net_roas_below),
            without_views: self.without_views.unwrap_or(general.without_views),
        }
    }
}

impl GateOverride {
    fn on(self, general: &EvidenceGate) -> EvidenceGate {
        let general = match (self.mode, general) {
            (Some(GateMode::Off), _) | (None, EvidenceGate::Off) => return EvidenceGate::Off,
            (Some(GateMode::Evidence), EvidenceGate::Off) => EvidencePolicy::default(),
            (_, EvidenceGate::Evidence(general)) => general.clone(),
        };
        EvidenceGate::Evidence(EvidencePolicy {
            pause_alpha: self.pause_alpha.unwrap_or(general.pause_alpha),
            emergency_alpha: self.emergency_alpha.unwrap_or(general.emergency_alpha),
            uplift_alpha: general.uplift_alpha,
            returns_alpha: self.returns_alpha.unwrap_or(general.returns_alpha),
            likely: self.likely.unwrap_or(general.likely),
            nearly_certain: self.nearly_certain.unwrap_or(general.nearly_certain),
        })
    }

    fn sets_values(self) -> bool {
        Self { mode: None, ..self } != Self::default()
    }
}

/// Whether each key can be an id.
pub(crate) fn product_ids(products: &BTreeMap<String, DecisionOverride>, _: &()) -> garde::Result {
    products.keys().try_for_each(|key| match ProductId::new(key.as_str()) {
        Ok(_) => Ok(()),
        Err(error) => Err(garde::Error::new(format!("`{key}` is no product: {error}"))),
    })
}

/// Whether each key can be a name.
pub(crate) fn category_names(categories: &BTreeMap<String, DecisionOverride>, _: &()) -> garde::Result {
    categories.keys().try_for_each(|key| match CategoryName::new(key.as_str()) {
        Ok(_) => Ok(()),
        Err(error) => Err(garde::Error::new(format!("`{key}` is no category: {error}"))),
    })
}

/// Whether values of the gate can mean anything where the general gate is off: some override has to turn it on.
pub(crate) fn gate_is_on(policy: &DecisionPolicy) -> impl FnOnce(&BTreeMap<String, DecisionOverride>, &()) -> garde::Result {
    let turned_on = |set: &DecisionOverride| set.gate.mode == Some(GateMode::Evidence);
    let is_on = policy.gate != EvidenceGate::Off || policy.products.values().chain(policy.categories.values()).any(turned_on);
    move |overrides, _| match overrides.iter().find(|(_, set)| !is_on && set.gate.sets_values()) {
        None => Ok(()),
        Some((key, _)) => Err(garde::Error::new(format!("`{key}.gate` sets values, but the general gate is off"))),
    }
}

fn no_values_while_off(gate: &GateOverride, _: &()) -> garde::Result {
    match gate.mode {
        Some(GateMode::Off) if gate.sets_values() => Err(garde::Error::new("it sets values beside `mode = \"off\"`")),
        _ => Ok(()),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Each value below a key. A band is one value.
fn flatten(key: &str, value: &Value, each: &mut impl FnMut(String, &Value)) {
    match value {
        Value::Object(fields) if !fields.contains_key("from") => {
            for (name, value) in fields {
                let within = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                flatten(&within, value, each);
            }
        }
        value => each(key.to_owned(), value),
    }
}
