//! Scoped tokens: what each may do.

use serde::{Deserialize, Serialize};

/// A token that may do certain things only, as a person would have made it in impact.com's screens.
///
/// ```
/// use campaign_pilot_sandbox::{ApiCategory, PlatformSettings, Scope, ScopedToken};
///
/// let token = ScopedToken { token: "ads only".to_owned(), scopes: vec![Scope::new(ApiCategory::Ads, ["GET", "POST", "PUT"])] };
/// assert!(token.allows(ApiCategory::Ads, "PUT") && !token.allows(ApiCategory::Deals, "GET"));
/// let settings = PlatformSettings { tokens: vec![token], ..PlatformSettings::default() };
/// # assert_eq!(settings.tokens.len(), 1);
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScopedToken {
    /// The password of Basic authentication. Made up.
    pub token: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
}

/// The methods that a token may use on a category.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// The category.
    pub category: ApiCategory,
    /// The HTTP methods.
    pub methods: Vec<String>,
}

impl Scope {
    /// Some methods on a category.
    pub fn new<'a>(category: ApiCategory, methods: impl IntoIterator<Item = &'a str>) -> Self {
        Self { category, methods: methods.into_iter().map(str::to_owned).collect() }
    }
}

impl ScopedToken {
    /// Whether it may use a method on a category.
    #[must_use]
    pub fn allows(&self, category: ApiCategory, method: &str) -> bool {
        self.scopes.iter().any(|scope| scope.category == category && scope.methods.iter().any(|allowed| allowed == method))
    }
}

/// The categories that scopes are given for. impact.com does not publish their names: one for each of its OpenAPI files.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it all")]
#[non_exhaustive]
pub enum ApiCategory {
    Account,
    ActionInquiries,
    Actions,
    Ads,
    Catalogs,
    Clicks,
    Contracts,
    Deals,
    ExceptionLists,
    Jobs,
    PartnerGroups,
    Partners,
    Programs,
    PromoCodes,
    Reports,
    RoutingRules,
    Submissions,
    TrackingLinks,
}
