//! Pages of a list, with impact.com's `@` keys: all of them text.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

use super::answer::Answer;
use super::request::ApiRequest;
use super::settings::PlatformSettings;

/// How a list is cut into pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageRules {
    /// The size when none is asked for.
    pub(super) default_size: usize,
    /// The smallest size that may be asked for.
    pub(super) smallest: usize,
    /// The largest size; a larger wish is cut down to it.
    pub(super) largest: usize,
    /// The highest number of pages of a list, if there is one.
    pub(super) most_pages: Option<usize>,
    /// The last item that any page may reach, if there is one.
    pub(super) reach: Option<usize>,
}

impl PageRules {
    /// The rules of most lists.
    pub(super) const COMMON: Self = Self { default_size: 100, smallest: 1, largest: 1_000, most_pages: None, reach: None };
    /// The rules of reports that are run at once.
    pub(super) const REPORT: Self = Self { default_size: 20_000, largest: 20_000, ..Self::COMMON };

    /// The rules of actions and their changes.
    pub(super) const fn actions(settings: &PlatformSettings) -> Self {
        let rules = settings.quirks.action_rules;
        Self {
            smallest: if rules.smallest_page { 2_000 } else { 1 },
            most_pages: if rules.most_pages { Some(10) } else { None },
            ..Self::REPORT
        }
    }

    /// The rules of a catalog's items.
    pub(super) const fn catalog(settings: &PlatformSettings) -> Self {
        Self { reach: if settings.quirks.catalog_ceiling { Some(20_000) } else { None }, ..Self::COMMON }
    }
}

/// One page of a list under its key, each item written by `show`; `path` is the list's path below the account.
pub(super) fn page<T>(
    request: &ApiRequest,
    settings: &PlatformSettings,
    rules: PageRules,
    (path, key): (&str, &str),
    items: &[T],
    show: impl Fn(&T) -> Value,
) -> Result<Value, Answer> {
    let size = number(request, "PageSize", rules.default_size)?;
    if size < rules.smallest {
        return Err(invalid(&format!("PageSize must be at least {}", rules.smallest)));
    }
    let size = size.min(rules.largest);
    if rules.most_pages.is_some_and(|most| items.len() > most * size) {
        return Err(invalid("Too many results: narrow the dates or ask for larger pages"));
    }
    let page = number(request, "Page", 1)?.max(1);
    if rules.reach.is_some_and(|reach| page.saturating_mul(size) > reach) {
        return Err(invalid("Results beyond the 20,000th cannot be paged to: narrow the search"));
    }
    let pages = items.len().div_ceil(size).max(1);
    let first = (page - 1).saturating_mul(size).min(items.len());
    let shown = items.get(first..(first + size).min(items.len())).unwrap_or_default();

    let base = format!("/Advertisers/{}{path}", settings.account_sid);
    let uri = |number: usize| page_uri(request, &base, size, number);
    let mut body = Map::new();
    let mut put = |name: &str, value: String| body.insert(name.to_owned(), Value::String(value));
    let quirks = &settings.quirks;
    let total = if quirks.total_is_zero { 0 } else { items.len() };
    let [first_page, previous_page, last_page] = if quirks.misspelled_pages {
        ["@firstpageruri", "@previouspageruri", "@lastpageruri"]
    } else {
        ["@firstpageuri", "@previouspageuri", "@lastpageuri"]
    };
    let next = match (page < pages, quirks.next_is_itself) {
        (true, _) => uri(page + 1),
        (false, true) => uri(page),
        (false, false) => String::new(),
    };
    put("@page", page.to_string());
    put("@numpages", pages.to_string());
    put("@pagesize", size.to_string());
    put("@total", total.to_string());
    put("@start", first.to_string());
    put("@end", (first + shown.len()).saturating_sub(1).to_string());
    put("@uri", base.clone());
    put(first_page, uri(1));
    put(previous_page, if page > 1 { uri(page - 1) } else { String::new() });
    put("@nextpageuri", next);
    put(last_page, uri(pages));
    body.insert(key.to_owned(), Value::Array(shown.iter().map(show).collect()));
    Ok(Value::Object(body))
}

fn page_uri(request: &ApiRequest, base: &str, size: usize, page: usize) -> String {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(request.query.iter().filter(|(name, _)| name != "Page" && name != "PageSize"));
    query.append_pair("PageSize", &size.to_string()).append_pair("Page", &page.to_string());
    format!("{base}?{}", query.finish())
}

fn number(request: &ApiRequest, name: &str, default: usize) -> Result<usize, Answer> {
    request.query(name).map_or(Ok(default), |text| text.parse().map_err(|_| invalid(&format!("{name} is not a numeric value"))))
}

fn invalid(message: &str) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, message)
}
