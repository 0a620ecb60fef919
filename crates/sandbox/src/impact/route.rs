//! Which resources there are below an account, and what may be done to each.

/// A resource below an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Resource<'a> {
    CompanyInformation,
    Programs,
    Program(&'a str),
    Rules(&'a str),
    Rule(&'a str, &'a str),
    Ads,
    Ad(&'a str),
    Deals,
    Deal(&'a str),
    Actions,
    Action(&'a str),
    ActionItems(&'a str),
    ActionItem(&'a str, &'a str),
    Reports,
    ReportMetaData(&'a str),
    Export(&'a str),
    Jobs,
    Job(&'a str),
    Download(&'a str),
    Replay(&'a str),
}

impl<'a> Resource<'a> {
    /// The resource at a path below the account.
    pub(super) fn find(path: &[&'a str]) -> Option<Self> {
        Some(match *path {
            ["CompanyInformation"] => Self::CompanyInformation,
            ["Campaigns"] => Self::Programs,
            ["Campaigns", id] => Self::Program(id),
            ["Programs" | "Campaigns", id, "BlockRedirectRules"] => Self::Rules(id),
            ["Programs" | "Campaigns", id, "BlockRedirectRules", rule] => Self::Rule(id, rule),
            ["Ads"] => Self::Ads,
            ["Ads", id] => Self::Ad(id),
            ["Deals"] => Self::Deals,
            ["Deals", id] => Self::Deal(id),
            ["Actions"] => Self::Actions,
            ["Actions", id] => Self::Action(id),
            ["Actions", id, "Items"] => Self::ActionItems(id),
            ["Actions", id, "Items", sku] => Self::ActionItem(id, sku),
            ["Reports"] => Self::Reports,
            ["Reports", handle, "MetaData"] => Self::ReportMetaData(handle),
            ["ReportExport", handle] => Self::Export(handle),
            ["Jobs"] => Self::Jobs,
            ["Jobs", id] => Self::Job(id),
            ["Jobs", id, "Download"] => Self::Download(id),
            ["Jobs", id, "Replay"] => Self::Replay(id),
            _ => return None,
        })
    }

    /// The methods that impact.com documents, divided by `, `.
    pub(super) const fn allowed(self) -> &'static str {
        match self {
            Self::CompanyInformation | Self::Ad(_) => "GET, PUT",
            Self::Ads | Self::Deals => "GET, POST",
            Self::Deal(_) => "GET, PUT, DELETE",
            Self::Actions => "GET, PUT, DELETE",
            Self::Replay(_) => "PUT",
            _ => "GET",
        }
    }

    /// Whether impact.com documents a method.
    pub(super) fn has(self, method: &str) -> bool {
        self.allowed().split(", ").any(|allowed| allowed == method)
    }
}
