//! Pages and products, joined by path.

use std::borrow::Cow;
use std::collections::BTreeMap;

use campaign_pilot_core::{Product, ProductId};
use campaign_pilot_http::Url;
use percent_encoding::percent_decode_str;
use url::form_urlencoded;

/// Which first segments of a path only choose a language, as in `/de/product/tea/`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Languages {
    /// Whatever looks like a language tag of two letters and perhaps a region (`de`, `en-gb`), where what follows is the
    /// page of exactly one product.
    #[default]
    Learned,
    /// These, written as in the address.
    Listed(Vec<String>),
    /// None: a path is taken as it is.
    Unused,
}

impl Languages {
    fn hold(&self, segment: &str) -> bool {
        match self {
            Self::Learned => is_language_tag(segment),
            Self::Listed(listed) => listed.iter().any(|language| language.trim_matches('/').to_lowercase() == segment),
            Self::Unused => false,
        }
    }
}

/// The products by the path of their page.
///
/// A path is compared in lower case (slugs are lower case, and WordPress finds them in any case), decoded, without
/// host, query, fragment, doubled slashes and slashes at its ends. The exact path wins; otherwise what servers, themes
/// and trackers add is taken off: `index.php` in front, `index`, `index.php` or `amp` behind, a language in front.
#[derive(Debug, Default)]
pub(super) struct Paths {
    languages: Languages,
    pages: BTreeMap<String, Vec<ProductId>>,
    /// The pages of products whose own path begins with a language, without it.
    translated: BTreeMap<String, Vec<ProductId>>,
    /// Products with a plain permalink, by path and query: `?product=tea`.
    plain: BTreeMap<String, Vec<ProductId>>,
    /// Products with a plain permalink.
    plain_count: usize,
    /// Products without a page.
    pageless: usize,
    shared: usize,
}

/// What a page is to the products.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Joined<'a> {
    /// The page of this product, or of several that share it.
    Products(&'a [ProductId]),
    /// It may be the page of one of several products.
    Ambiguous,
    /// The page of none of them.
    Other,
}

impl Paths {
    pub(super) fn of(products: &[Product], languages: &Languages) -> Self {
        let mut paths = Self { languages: languages.clone(), ..Self::default() };
        for product in products {
            paths.add(product);
        }
        paths
    }

    fn add(&mut self, product: &Product) {
        let Ok(url) = Url::parse(&product.permalink) else {
            self.pageless += 1;
            return;
        };
        let page = Page::of(url.path(), url.query());
        if let Some(key) = page.plain_key() {
            self.plain_count += 1;
            self.shared += insert(&mut self.plain, key, product);
        } else if page.path.is_empty() {
            self.pageless += 1;
        } else {
            if let Some(rest) = self.without_language(&page.path) {
                insert(&mut self.translated, rest.to_owned(), product);
            }
            self.shared += insert(&mut self.pages, page.path, product);
        }
    }

    /// Whether no product can be joined at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty() && self.plain.is_empty()
    }

    /// Whether some product can only be told by the query of its address.
    pub(super) const fn need_query(&self) -> bool {
        self.plain_count > 0
    }

    /// The products whose page this is: a path, with or without query and fragment, or an address with its host.
    pub(super) fn join(&self, page: &str) -> Joined<'_> {
        let page = Page::read(page);
        if self.need_query()
            && let Some(products) = page.plain_key().and_then(|key| self.plain.get(&key))
        {
            return Joined::Products(products);
        }
        let bare = without_suffix(&page.path);
        for path in [Some(page.path.as_str()), bare].into_iter().flatten() {
            if let Some(products) = self.pages.get(path) {
                return Joined::Products(products);
            }
        }
        for path in [Some(page.path.as_str()), bare].into_iter().flatten() {
            match self.without_language(path).map(|rest| self.in_any_language(rest)) {
                None | Some(Joined::Other) => {}
                Some(joined) => return joined,
            }
        }
        Joined::Other
    }

    /// A page in a language that no product's own address has.
    fn in_any_language(&self, rest: &str) -> Joined<'_> {
        let candidates = [self.pages.get(rest), self.translated.get(rest)];
        match candidates.map(|found| found.map_or(&[][..], Vec::as_slice)) {
            [[], []] => Joined::Other,
            [one @ [_], []] | [[], one @ [_]] => Joined::Products(one),
            _ => Joined::Ambiguous,
        }
    }

    fn without_language<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.split_once('/').filter(|(first, _)| self.languages.hold(first)).map(|(_, rest)| rest)
    }

    /// Which products cannot be joined, for a person; `keeps_query` says whether the source keeps a page's query.
    pub(super) fn missing_note(&self, keeps_query: bool) -> Option<String> {
        let missing = if keeps_query { self.pageless } else { self.pageless + self.plain_count };
        let advice = "have no page of their own path, so their views are not known; enable pretty permalinks";
        (missing > 0).then(|| format!("{missing} products {advice}"))
    }

    /// Which products are joined doubtfully, for a person.
    pub(super) fn shared_note(&self) -> Option<String> {
        (self.shared > 0).then(|| format!("{} products share the page of another one; its views count for each", self.shared))
    }
}

/// Adds a product to a page and tells whether it shares it.
fn insert(pages: &mut BTreeMap<String, Vec<ProductId>>, page: String, product: &Product) -> usize {
    let sharing = pages.entry(page).or_default();
    sharing.push(product.id.clone());
    usize::from(sharing.len() > 1)
}

/// An address, folded.
struct Page<'a> {
    path: String,
    query: Cow<'a, str>,
}

impl<'a> Page<'a> {
    fn of(path: &str, query: Option<&'a str>) -> Self {
        Self { path: folded(path), query: Cow::Borrowed(query.unwrap_or_default()) }
    }

    fn read(text: &'a str) -> Self {
        if let Some(url) = has_scheme(text).then(|| Url::parse(text).ok()).flatten() {
            return Self { path: folded(url.path()), query: Cow::Owned(url.query().unwrap_or_default().to_owned()) };
        }
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        match text.split_once('?') {
            Some((path, query)) => Self::of(path, Some(query)),
            None => Self::of(text, None),
        }
    }

    /// What tells a plain permalink apart: `?product=tea`, or `?p=12` of the type `product`.
    fn plain_key(&self) -> Option<String> {
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(self.query.as_bytes());
            pairs.find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.to_lowercase())
        };
        let (name, value) = match value("product") {
            Some(slug) => ("product", slug),
            None => ("p", value("p").filter(|_| value("post_type").is_some_and(|kind| kind == "product"))?),
        };
        Some(format!("{}?{name}={value}", self.path))
    }
}

/// A path in lower case, decoded, without empty segments and without `index.php` in front.
fn folded(path: &str) -> String {
    let path = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.split_first() {
        Some((&"index.php", rest)) => rest.join("/"),
        _ => segments.join("/"),
    }
}

/// A path without what themes (`amp`), servers (`index.php`) and Matomo (`index`) put behind it.
fn without_suffix(path: &str) -> Option<&str> {
    let (rest, last) = path.rsplit_once('/')?;
    matches!(last, "amp" | "index" | "index.php" | "index.html").then_some(rest)
}

fn has_scheme(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://")
}

/// Whether a segment looks like `de`, `pt-br`, `zh-hans` or `de_at`; in lower case. Languages of three letters look too
/// much like words (`tea`), so they have to be listed.
fn is_language_tag(segment: &str) -> bool {
    let mut parts = segment.split(['-', '_']);
    let language = parts.next().is_some_and(|part| part.len() == 2 && is_alphabetic(part));
    let region = parts.next().is_none_or(|part| matches!(part.len(), 2..=4) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    language && region && parts.next().is_none()
}

fn is_alphabetic(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests;
