//! Pages: `@page`, `@numpages`, `@nextpageuri` and their quirks.
//!
//! The next page is always asked for by its number; an address that an answer names is never followed, it only says
//! whether there is more.

use serde_json::Value;
use url::Url;

use crate::wire::scalar;

/// What a page says about itself. Every value comes as text, and none of them can be relied on.
#[derive(Debug, Default)]
pub(crate) struct PageMarks {
    /// Counted from 1, whatever the list counts from.
    page: Option<u64>,
    pages: Option<u64>,
    total: Option<u64>,
    /// `None` when the key is absent; empty on the last page.
    next: Option<Value>,
    /// What the list counts its pages from: 1, and 0 for one odd list.
    first: u64,
}

/// What to do after a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Next {
    /// Ask for this page.
    Page(u64),
    /// Everything has arrived.
    Finished,
    /// There should be more, but it cannot be had.
    Broken,
}

impl PageMarks {
    /// Reads the marks of an answer of a list that counts its pages from `first`; unreadable ones count as absent.
    ///
    /// Most lists write `@page`, one of them `Page`; some of the addresses are misspelled at times.
    pub(crate) fn of(answer: &Value, first: u64) -> Self {
        let found = |names: &[&str]| names.iter().find_map(|name| answer.get(*name));
        let count = |names: &[&str]| found(names).and_then(scalar::value_count);
        Self {
            page: count(&["@page", "Page"]).map(|page| page.saturating_add(1).saturating_sub(first)),
            pages: count(&["@numpages", "NumPages"]),
            total: count(&["@total", "Total"]),
            next: found(&["@nextpageuri", "@nextpageruri", "NextPageUri"]).cloned(),
            first,
        }
    }

    /// Whether the page says that the list holds nothing.
    pub(crate) const fn says_empty(&self) -> bool {
        matches!(self.total, Some(0))
    }

    /// What to do after page `asked` (counted from 1) brought `items`, of which `fresh` had not been seen, so that
    /// `collected` are known.
    pub(crate) fn after(&self, asked: u64, items: usize, fresh: usize, collected: usize) -> Next {
        let collected = u64::try_from(collected).unwrap_or(u64::MAX);
        // A total below what has arrived is wrong, and then the number of pages is not worth more: only the address of
        // the next page is left to go by.
        let pages = self.pages.filter(|pages| *pages > 0 && self.total.is_none_or(|total| total >= collected));
        let ends = if items == 0 || pages.is_some_and(|pages| asked >= pages) {
            true
        } else {
            match &self.next {
                Some(next) => next.as_str().is_none_or(|uri| uri.trim().is_empty()),
                None => pages.is_none(),
            }
        };
        if ends {
            let missing = self.total.is_some_and(|total| total > collected);
            return if missing { Next::Broken } else { Next::Finished };
        }
        // A next page that is this one again, or an answer to another question, or nothing new: it would never end.
        let repeats =
            self.next_page().is_some_and(|next| next <= asked) || self.page.is_some_and(|page| page != asked) || fresh == 0;
        match (repeats, pages, self.total) {
            (false, ..) => Next::Page(asked + 1),
            (true, None, total) if total.is_none_or(|total| total <= collected) => Next::Finished,
            (true, ..) => Next::Broken,
        }
    }

    fn next_page(&self) -> Option<u64> {
        let relative = self.next.as_ref()?.as_str()?;
        let base = Url::parse("https://page.invalid/").ok()?;
        let uri = base.join(relative).ok()?;
        let (_, page) = uri.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("Page"))?;
        Some(page.parse::<u64>().ok()?.saturating_add(1).saturating_sub(self.first))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn marks(value: &Value) -> PageMarks {
        PageMarks::of(value, 1)
    }

    const NEXT: &str = "/Advertisers/IRxxx/Ads?PageSize=100&Page=2";

    #[test]
    fn a_page_in_the_middle_leads_to_the_next() {
        let page = marks(&json!({"@page": "1", "@numpages": "33", "@total": "3253", "@nextpageuri": NEXT}));
        assert_eq!(page.after(1, 100, 100, 100), Next::Page(2));
    }

    #[test]
    fn each_sign_of_the_end_ends() {
        assert_eq!(marks(&json!({"@page": "2", "@nextpageuri": ""})).after(2, 7, 7, 107), Next::Finished);
        assert_eq!(marks(&json!({"@page": "1", "@nextpageuri": null})).after(1, 7, 7, 7), Next::Finished);
        assert_eq!(marks(&json!({"@page": "2", "@numpages": "2", "@nextpageuri": NEXT})).after(2, 7, 7, 107), Next::Finished);
        assert_eq!(marks(&json!({"@nextpageuri": NEXT})).after(1, 0, 0, 0), Next::Finished);
        assert_eq!(marks(&json!({})).after(1, 7, 7, 7), Next::Finished);
        assert_eq!(marks(&json!({"@page": "1", "@numpages": "1", "@total": "0"})).after(1, 7, 7, 7), Next::Finished);
    }

    #[test]
    fn a_next_page_that_is_this_one_again_is_not_asked_for() {
        let turning = marks(&json!({"@page": "2", "@nextpageuri": NEXT}));
        assert_eq!(turning.after(2, 100, 100, 200), Next::Finished);
        let known_to_be_longer = marks(&json!({"@page": "2", "@numpages": "4", "@nextpageuri": NEXT}));
        assert_eq!(known_to_be_longer.after(2, 100, 100, 200), Next::Broken);
    }

    #[test]
    fn a_server_that_ignores_the_page_number_is_noticed() {
        let page = marks(&json!({"@page": "1", "@numpages": "4", "@nextpageuri": NEXT}));
        assert_eq!(page.after(2, 100, 0, 100), Next::Broken);
    }

    #[test]
    fn an_end_before_the_announced_total_is_noticed() {
        let page = marks(&json!({"@page": "1", "@numpages": "1", "@total": "250", "@nextpageuri": ""}));
        assert_eq!(page.after(1, 100, 100, 100), Next::Broken);
    }

    #[test]
    fn totals_that_are_wrong_do_not_end_the_list() {
        let wrong = marks(&json!({"@page": "1", "@numpages": "0", "@total": "0", "@nextpageuri": NEXT}));
        assert_eq!(wrong.after(1, 100, 100, 100), Next::Page(2));
        let also_wrong = marks(&json!({"@page": "1", "@numpages": "1", "@total": "50", "@nextpageuri": NEXT}));
        assert_eq!(also_wrong.after(1, 100, 100, 100), Next::Page(2));
        assert_eq!(marks(&json!({"@total": "0"})).after(1, 0, 0, 0), Next::Finished);
    }

    #[test]
    fn the_odd_list_counts_from_zero_and_writes_other_keys() {
        let odd = |page: u64| {
            let next = if page < 2 { format!("/x?Page={}", page + 1) } else { String::new() };
            PageMarks::of(&json!({"Page": page, "NumPages": 3, "Total": 50, "NextPageUri": next}), 0)
        };
        assert_eq!(odd(0).after(1, 20, 20, 20), Next::Page(2));
        assert_eq!(odd(1).after(2, 20, 20, 40), Next::Page(3));
        assert_eq!(odd(2).after(3, 10, 10, 50), Next::Finished);
        assert_eq!(odd(0).after(2, 20, 0, 20), Next::Broken, "the first page again");
    }

    #[test]
    fn a_misspelled_key_counts() {
        let page = marks(&json!({"@page": "1", "@nextpageruri": NEXT}));
        assert_eq!(page.after(1, 100, 100, 100), Next::Page(2));
    }

    proptest! {
        #[test]
        fn the_next_page_is_the_next_number_or_none(
            page in prop::option::of(0u64..5), pages in prop::option::of(0u64..5), total in prop::option::of(0u64..50),
            asked in 1u64..5, items in 0usize..20, fresh in 0usize..20, collected in 0usize..60,
        ) {
            let mut value = json!({"@nextpageuri": NEXT});
            for (name, number) in [("@page", page), ("@numpages", pages), ("@total", total)] {
                if let Some(number) = number {
                    value[name] = json!(number.to_string());
                }
            }
            if let Next::Page(next) = marks(&value).after(asked, items, fresh, collected) {
                prop_assert_eq!(next, asked + 1);
                prop_assert!(items > 0 && fresh > 0, "an empty or repeated page must end the listing");
            }
        }
    }
}
