//! Pages and products, joined by path.

use std::collections::BTreeMap;

use campaign_pilot_core::{Product, ProductId};
use campaign_pilot_http::Url;
use percent_encoding::percent_decode_str;

/// The products by the path of their page.
#[derive(Debug, Default)]
pub(super) struct Paths {
    products: BTreeMap<String, Vec<ProductId>>,
    /// Products whose page cannot be told by its path.
    pathless: usize,
    shared: usize,
}

impl Paths {
    pub(super) fn of(products: &[Product]) -> Self {
        let mut paths = Self::default();
        for product in products {
            match Url::parse(&product.permalink).ok().map(|url| folded(url.path())) {
                // `https://shop.example/?product=tea`: every such page has the path of the front page.
                None => paths.pathless += 1,
                Some(path) if path.is_empty() => paths.pathless += 1,
                Some(path) => {
                    let sharing = paths.products.entry(path).or_default();
                    paths.shared += usize::from(!sharing.is_empty());
                    sharing.push(product.id.clone());
                }
            }
        }
        paths
    }

    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// The products whose page this is.
    pub(super) fn products_at(&self, page: &str) -> &[ProductId] {
        let path = page.split(['?', '#']).next().unwrap_or_default();
        self.products.get(&folded(path)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Which products cannot be joined, for a person.
    pub(super) fn missing_note(&self) -> Option<String> {
        let advice = "have no page of their own path, so their views are not known; enable pretty permalinks";
        (self.pathless > 0).then(|| format!("{} products {advice}", self.pathless))
    }

    /// Which products are joined doubtfully, for a person.
    pub(super) fn shared_note(&self) -> Option<String> {
        (self.shared > 0).then(|| format!("{} products share the page of another one; its views count for each", self.shared))
    }
}

/// A path without slashes at its ends, decoded.
fn folded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().trim_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::{ProductKind, ProductStatus, Stock};

    use super::*;

    fn product(id: u64, permalink: &str) -> Product {
        Product {
            id: ProductId::from_number(id),
            sku: None,
            name: format!("Product {id}"),
            summary: String::new(),
            permalink: permalink.to_owned(),
            price: None,
            categories: Vec::new(),
            stock: Stock::Unmanaged { in_stock: true },
            status: ProductStatus::Published,
            kind: ProductKind::Simple,
            modified_at: None,
        }
    }

    #[test]
    fn query_slashes_encoding_and_origin_are_folded() {
        let paths = Paths::of(&[product(1, "https://shop.example/product/gr%C3%BCner-tee/")]);
        for page in [
            "/product/grüner-tee",
            "/product/gr%c3%bcner-tee/",
            "/product/grüner-tee/?add-to-cart=1",
            "/product/grüner-tee#reviews",
        ] {
            assert_eq!(paths.products_at(page), [ProductId::from_number(1)], "{page}");
        }
        assert!(paths.products_at("/product/grüner-tee-xl").is_empty());
        assert!(paths.products_at("/").is_empty());
    }

    #[test]
    fn what_cannot_be_joined_is_said() {
        let plain = Paths::of(&[product(1, "https://shop.example/?product=tea"), product(2, "not an address")]);
        assert!(plain.is_empty());
        assert!(plain.missing_note().unwrap().starts_with("2 products"));
        let shared = Paths::of(&[product(1, "https://shop.example/tea"), product(2, "https://shop.example/tea/")]);
        assert_eq!(shared.products_at("/tea").len(), 2);
        assert!(shared.shared_note().is_some() && shared.missing_note().is_none());
    }
}
