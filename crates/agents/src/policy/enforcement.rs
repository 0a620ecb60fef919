//! How far decisions go.

use std::collections::BTreeMap;

use campaign_pilot_core::{CategoryName, Product, ProductId};
use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far decisions go, from the boldest to the most careful.
///
/// In every mode decisions are made and recorded, emergency pauses and stops because a budget or the limit on all campaigns is reached
/// are carried out, and a pause that had no effect is repeated.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Enforcement {
    /// Decisions are carried out.
    #[default]
    Enforce,
    /// Decisions are made for a person, who carries them out.
    Advise,
    /// Decisions are recorded, and nothing is done.
    Audit,
}

impl Enforcement {
    /// Why actions are held back; `None` where they are carried out.
    #[must_use]
    pub const fn holds_because(self) -> Option<&'static str> {
        match self {
            Self::Enforce => None,
            Self::Advise => Some("advised only: a person carries it out"),
            Self::Audit => Some("audited only: nothing is done"),
        }
    }
}

/// How far decisions go, by product and category.
///
/// ```
/// use campaign_pilot_agents::{Enforcement, Policy};
///
/// let policy = Policy::from_toml("[enforcement]\nmode = \"advise\"\ncategories = { Fitness = \"enforce\" }")?;
/// assert_eq!(policy.enforcement.mode, Enforcement::Advise);
/// # Ok::<(), campaign_pilot_agents::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct EnforcementPolicy {
    /// Whether decisions are carried out (`enforce`, the default), left to a person (`advise`), or only recorded (`audit`).
    pub mode: Enforcement,
    /// The mode for single products, by the store's ids, whatever their categories say. None unless set.
    #[schemars(with = "BTreeMap<String, Enforcement>")]
    pub products: BTreeMap<ProductId, Enforcement>,
    /// The mode for the products of a category, by its exact name; of several categories of a product the most careful mode counts:
    /// `audit` before `advise` before `enforce`. None unless set.
    #[schemars(with = "BTreeMap<String, Enforcement>")]
    pub categories: BTreeMap<CategoryName, Enforcement>,
}

impl EnforcementPolicy {
    /// How far decisions on a product of these categories go: its own mode, otherwise the most careful of its categories', otherwise
    /// the mode for all.
    #[must_use]
    pub fn of<'a>(&self, product: &ProductId, categories: impl IntoIterator<Item = &'a CategoryName>) -> Enforcement {
        let of_categories = || categories.into_iter().filter_map(|name| self.categories.get(name)).max();
        self.products.get(product).or_else(of_categories).copied().unwrap_or(self.mode)
    }

    /// How far decisions on a product go.
    #[must_use]
    pub fn of_product(&self, product: &Product) -> Enforcement {
        self.of(&product.id, &product.categories)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::testing::product;

    fn of(toml: &str, categories: &[&str]) -> Enforcement {
        let policy = Policy::from_toml(&format!("[enforcement]\n{toml}")).unwrap().enforcement;
        let categories = categories.iter().map(|name| CategoryName::new(*name).unwrap()).collect();
        policy.of_product(&Product { categories, ..product(11) })
    }

    #[test]
    fn decisions_are_carried_out_unless_the_policy_says_otherwise() {
        assert_eq!(of("", &["Fitness"]), Enforcement::Enforce);
        assert_eq!(of("mode = \"advise\"", &["Fitness"]), Enforcement::Advise);
        assert_eq!(of("mode = \"audit\"", &[]), Enforcement::Audit);
    }

    #[test]
    fn a_product_wins_over_its_categories_and_of_those_the_most_careful_counts() {
        let all = "products = { \"11\" = \"enforce\" }\ncategories = { Fitness = \"audit\" }";
        assert_eq!(of(all, &["Fitness"]), Enforcement::Enforce);
        let others = "products = { \"12\" = \"advise\" }\ncategories = { A = \"advise\", B = \"audit\", C = \"enforce\" }";
        assert_eq!(of(others, &["A", "B", "C"]), Enforcement::Audit);
        assert_eq!(of(others, &["C", "A"]), Enforcement::Advise);
        assert_eq!(of(others, &["a", "b"]), Enforcement::Enforce, "names are exact");
        let bold = "mode = \"audit\"\ncategories = { C = \"enforce\" }";
        assert_eq!((of(bold, &["C", "D"]), of(bold, &["D"])), (Enforcement::Enforce, Enforcement::Audit));
    }

    #[test]
    fn what_is_misspelt_is_refused_and_a_change_is_told() {
        for wrong in ["mode = \"advice\"", "product = { \"11\" = \"audit\" }", "products = { \"11\" = \"off\" }"] {
            assert!(Policy::from_toml(&format!("[enforcement]\n{wrong}")).unwrap_err().to_string().contains("line 2"), "{wrong}");
        }
        let policy = Policy::from_toml("[enforcement]\nproducts = { \"11\" = \"audit\" }").unwrap();
        let changes = Policy::default().changes_to(&policy);
        let said = "`enforcement.products.11` is audit, which was not set before: the mode for single products, by the store's ids, \
                    whatever their categories say";
        assert_eq!(changes.iter().map(ToString::to_string).collect::<Vec<_>>(), [said]);
        assert_eq!(serde_json::from_value::<Policy>(serde_json::to_value(&policy).unwrap()).unwrap(), policy);
    }
}
