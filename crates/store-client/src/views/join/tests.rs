use campaign_pilot_core::{ProductKind, ProductStatus, Stock};
use proptest::prelude::*;

use super::*;

fn product(id: u64, permalink: &str) -> Product {
    Product {
        id: ProductId::from_number(id),
        sku: None,
        name: format!("Product {id}"),
        summary: String::new(),
        permalink: permalink.to_owned(),
        price: None,
        unit_cost: None,
        categories: Vec::new(),
        stock: Stock::Unmanaged { in_stock: true },
        status: ProductStatus::Published,
        kind: ProductKind::Simple,
        modified_at: None,
    }
}

fn paths(permalinks: &[&str], languages: &Languages) -> Paths {
    let products: Vec<_> = (1..).zip(permalinks).map(|(id, permalink)| product(id, permalink)).collect();
    Paths::of(&products, languages)
}

/// The numbers of the products at a page.
fn at(paths: &Paths, page: &str) -> Vec<String> {
    match paths.join(page) {
        Joined::Products(products) => products.iter().map(|id| id.as_str().to_owned()).collect(),
        Joined::Ambiguous => vec!["?".to_owned()],
        Joined::Other => Vec::new(),
    }
}

#[test]
fn what_browsers_servers_and_trackers_add_is_folded() {
    let paths = paths(&["https://shop.example/product/gr%C3%BCner-tee/"], &Languages::Learned);
    for page in [
        "/product/grüner-tee",
        "/product/gr%c3%bcner-tee/",
        "/Product/GRÜNER-Tee/",
        "//product//grüner-tee//",
        "/product/grüner-tee/?add-to-cart=1",
        "/product/grüner-tee/?utm_source=x&attribute_size=l#reviews",
        "/product/grüner-tee#reviews",
        "/index.php/product/grüner-tee/",
        "/product/grüner-tee/index.php",
        "/product/grüner-tee/index",
        "/product/grüner-tee/amp/",
        "/product/grüner-tee/?amp=1",
        "/de/product/grüner-tee/",
        "/en-GB/product/grüner-tee/amp",
        "https://www.shop.example/product/gr%C3%BCner-tee/?gclid=1#top",
        "http://shop.example/zh-hans/product/grüner-tee",
    ] {
        assert_eq!(at(&paths, page), ["1"], "{page}");
    }
    for page in [
        "/product/grüner-tee-xl",
        "/",
        "",
        "/product/",
        "/product/grüner-tee/page/2",
        "/blog/product/grüner-tee",
        "/tea/product/grüner-tee",
        "/de/",
        "/amp",
    ] {
        assert_eq!(paths.join(page), Joined::Other, "{page}");
    }
}

#[test]
fn an_exact_path_wins_over_a_folded_one() {
    let paths = paths(
        &["https://a.example/product/amp", "https://a.example/product", "https://a.example/de/product/amp"],
        &Languages::Learned,
    );
    assert_eq!(at(&paths, "/product/amp/"), ["1"]);
    assert_eq!(at(&paths, "/product/"), ["2"]);
    assert_eq!(at(&paths, "/de/product/amp"), ["3"]);
}

#[test]
fn a_language_is_dropped_only_where_one_product_is_left() {
    let one = paths(&["https://a.example/en/product/tea/"], &Languages::Learned);
    assert_eq!(at(&one, "/de/product/tea/"), ["1"]);
    assert_eq!(at(&one, "/product/tea/"), Vec::<String>::new());
    let two = paths(&["https://a.example/en/product/tea/", "https://a.example/de/product/tea/"], &Languages::Learned);
    assert_eq!((at(&two, "/de/product/tea"), at(&two, "/fr/product/tea")), (vec!["2".to_owned()], vec!["?".to_owned()]));
    assert_eq!(two.shared_note(), None);
}

#[test]
fn languages_can_be_listed_or_left_alone() {
    let address = ["https://a.example/product/tea/"];
    let listed = paths(&address, &Languages::Listed(vec!["Deutsch".to_owned(), "/en/".to_owned()]));
    assert_eq!((at(&listed, "/deutsch/product/tea").len(), at(&listed, "/en/product/tea").len()), (1, 1));
    assert_eq!(listed.join("/fr/product/tea"), Joined::Other);
    assert_eq!(paths(&address, &Languages::Unused).join("/de/product/tea"), Joined::Other);
}

#[test]
fn plain_permalinks_are_told_by_their_query() {
    let paths = paths(
        &["https://a.example/?product=tea", "https://a.example/?post_type=product&p=12", "https://a.example/shop/?product=cup"],
        &Languages::Learned,
    );
    assert_eq!(at(&paths, "/?product=Tea&add-to-cart=1"), ["1"]);
    assert_eq!(at(&paths, "/index.php?p=12&post_type=product"), ["2"]);
    assert_eq!(at(&paths, "/shop?product=cup#x"), ["3"]);
    for page in ["/?product=", "/?p=12", "/?product=cup", "/shop/"] {
        assert_eq!(paths.join(page), Joined::Other, "{page}");
    }
    assert!(paths.need_query());
    assert_eq!(paths.missing_note(true), None);
    assert!(paths.missing_note(false).unwrap().starts_with("3 products"));
}

#[test]
fn what_cannot_be_joined_is_said() {
    let pageless = paths(&["https://a.example/", "not an address"], &Languages::Learned);
    assert!(pageless.is_empty() && pageless.missing_note(true).unwrap().starts_with("2 products"));
    let shared = paths(&["https://shop.example/tea", "https://shop.example/tea/"], &Languages::Learned);
    assert_eq!(at(&shared, "/tea"), ["1", "2"]);
    assert!(shared.shared_note().is_some() && shared.missing_note(true).is_none());
}

proptest! {
    #[test]
    fn any_page_is_read_without_harm(page in ".{0,80}") {
        let paths = paths(&["https://shop.example/product/tea/"], &Languages::Learned);
        let once = at(&paths, &page);
        prop_assert_eq!(once, at(&paths, &page));
    }

    #[test]
    fn folding_twice_changes_nothing(path in "[/a-zA-Z0-9üß.-]{0,60}") {
        let once = folded(&path);
        prop_assume!(!once.starts_with("index.php/") && once != "index.php");
        prop_assert_eq!(folded(&once), once);
    }
}
