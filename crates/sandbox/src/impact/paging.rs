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
}

impl PageRules {
    /// The rules of most lists.
    pub(super) const COMMON: Self = Self { default_size: 100, smallest: 1, largest: 1_000, most_pages: None };
    /// The rules of actions.
    pub(super) const ACTIONS: Self = Self { default_size: 20_000, smallest: 2_000, largest: 20_000, most_pages: Some(10) };
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
    let pages = items.len().div_ceil(size).max(1);
    let first = (page - 1).saturating_mul(size).min(items.len());
    let shown = items.get(first..(first + size).min(items.len())).unwrap_or_default();

    let base = format!("/Advertisers/{}{path}", settings.account_sid);
    let uri = |number: usize| page_uri(request, &base, size, number);
    let mut body = Map::new();
    let mut put = |name: &str, value: String| body.insert(name.to_owned(), Value::String(value));
    put("@page", page.to_string());
    put("@numpages", pages.to_string());
    put("@pagesize", size.to_string());
    put("@total", items.len().to_string());
    put("@start", first.to_string());
    put("@end", (first + shown.len()).saturating_sub(1).to_string());
    put("@uri", base.clone());
    put("@firstpageuri", uri(1));
    put("@previouspageuri", if page > 1 { uri(page - 1) } else { String::new() });
    put("@nextpageuri", if page < pages { uri(page + 1) } else { String::new() });
    put("@lastpageuri", uri(pages));
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
