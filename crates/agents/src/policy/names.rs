//! Products and categories that a policy names and the store does not have.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Product, ProductId, sanitize_line};

use super::Policy;

impl Policy {
    /// Says of each product and category that this policy names, and the store does not have, that its rule applies to nothing; such
    /// as after a typing error. In the order of the keys.
    #[must_use]
    pub fn unknown_names(&self, products: &BTreeMap<ProductId, Product>) -> Vec<String> {
        let mut unknown: Vec<_> = self.named_products().into_iter().filter(|(_, id)| !products.contains_key(*id)).collect();
        let named = self.named_categories();
        if !named.is_empty() {
            let categories: BTreeSet<&str> =
                products.values().flat_map(|product| &product.categories).map(AsRef::as_ref).collect();
            unknown.extend(named.into_iter().filter(|(_, name)| !categories.contains(name)));
        }
        unknown.sort_unstable();
        let said = |(key, name): (&str, &str)| {
            let what = if key.ends_with("products") { "product" } else { "category" };
            format!("`{key}` names {what} `{}`, which the store does not have: the rule applies to nothing", sanitize_line(name))
        };
        unknown.into_iter().map(said).collect()
    }

    fn named_products(&self) -> Vec<(&str, &str)> {
        let decision = self.decision.products.keys().map(|id| ("decision.products", id.as_str()));
        let enforcement = self.enforcement.products.keys().map(|id| ("enforcement.products", id.as_str()));
        let allowed = self.guardrails.allowed_products.iter().flatten().map(|id| ("guardrails.allowed_products", id.as_str()));
        decision.chain(enforcement).chain(allowed).collect()
    }

    fn named_categories(&self) -> Vec<(&str, &str)> {
        let decision = self.decision.categories.keys().map(|name| ("decision.categories", name.as_str()));
        let enforcement = self.enforcement.categories.keys().map(|name| ("enforcement.categories", name.as_ref()));
        let allowed = self.guardrails.allowed_categories.iter().flatten();
        let allowed = allowed.map(|name| ("guardrails.allowed_categories", name.as_ref()));
        let limited = self.reallocation.max_by_category.keys().map(|name| ("reallocation.max_by_category", name.as_ref()));
        let margins = self.contribution.margin.categories.keys().map(|name| ("contribution.margin.categories", name.as_str()));
        margins.chain(decision).chain(enforcement).chain(allowed).chain(limited).collect()
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::CategoryName;

    use super::*;
    use crate::testing::product;

    #[test]
    fn names_that_the_store_does_not_have_are_said_with_their_keys() {
        let policy = Policy::from_toml(
            "[contribution.margin]\ncategories = { Yogga = \"30\" }\n\
             [decision.products.11.gate]\nlikely = \"0.9\"\n[decision.products.4711.gate]\nlikely = \"0.9\"\n\
             [enforcement]\ncategories = { Fitness = \"advise\", Fittness = \"audit\" }\n\
             [guardrails]\nallowed_products = [\"11\", \"12\"]\nallowed_categories = [\"Yoga\"]\n\
             [reallocation]\nmax_by_category = { Garden = { EUR = \"50\" } }",
        );
        let policy = policy.unwrap();
        let only = Product { categories: vec![CategoryName::new("Fitness").unwrap()], ..product(11) };
        let said = policy.unknown_names(&[(only.id.clone(), only)].into());
        let keys: Vec<_> = said.iter().map(|line| line.split(", ").next().unwrap()).collect();
        assert_eq!(
            keys,
            [
                "`contribution.margin.categories` names category `Yogga`",
                "`decision.products` names product `4711`",
                "`enforcement.categories` names category `Fittness`",
                "`guardrails.allowed_categories` names category `Yoga`",
                "`guardrails.allowed_products` names product `12`",
                "`reallocation.max_by_category` names category `Garden`",
            ]
        );
        assert!(Policy::default().unknown_names(&BTreeMap::new()).is_empty());
    }
}
