//! Which resources there are below an account, and what may be done to each.

use super::limits::QuotaGroup;
use super::scopes::ApiCategory;

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
    PromoCodes,
    PromoCode(&'a str),
    TrackingLinks(&'a str),
    Groups(&'a str),
    Group(&'a str, &'a str),
    Partners,
    Partner(&'a str),
    Contracts(&'a str),
    Contract(&'a str, &'a str),
    /// Where applications of partners are decided.
    Applications(&'a str),
    Actions,
    Action(&'a str),
    ActionItems(&'a str),
    ActionItem(&'a str, &'a str),
    ActionUpdates,
    ActionUpdate(&'a str),
    Inquiries,
    Inquiry(&'a str),
    Submissions,
    Submission(&'a str),
    Catalogs,
    Catalog(&'a str),
    CatalogItems(&'a str),
    CatalogItem(&'a str, &'a str),
    CatalogBulk(&'a str),
    CatalogUpload(&'a str),
    Lists(ListKind),
    List(ListKind, &'a str),
    ListItems(ListKind, &'a str),
    ListItem(ListKind, &'a str, &'a str),
    Reports,
    Report(&'a str),
    ReportMetaData(&'a str),
    Export(&'a str),
    ClickExport(&'a str),
    Click(&'a str, &'a str),
    Jobs,
    Job(&'a str),
    Download(&'a str),
    Replay(&'a str),
}

/// The two kinds of exception lists.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum ListKind {
    /// Of SKUs or categories.
    Goods,
    /// Of promo codes.
    PromoCodes,
}

impl ListKind {
    /// The first segment of its path.
    pub(crate) const fn segment(self) -> &'static str {
        match self {
            Self::Goods => "ExceptionLists",
            Self::PromoCodes => "PromoCodeExceptionLists",
        }
    }
}

impl<'a> Resource<'a> {
    /// The resource at a path below the account.
    pub(super) fn find(path: &[&'a str]) -> Option<Self> {
        const fn list(segment: &str) -> ListKind {
            // The two names differ in their first letter.
            if matches!(segment.as_bytes().first(), Some(b'P')) { ListKind::PromoCodes } else { ListKind::Goods }
        }
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
            ["PromoCodes"] => Self::PromoCodes,
            ["PromoCodes", id] => Self::PromoCode(id),
            ["Programs", id, "TrackingLinks"] => Self::TrackingLinks(id),
            ["Campaigns", id, "MediaPartnerGroups"] => Self::Groups(id),
            ["Campaigns", id, "MediaPartnerGroups", group] => Self::Group(id, group),
            ["MediaPartners"] => Self::Partners,
            ["MediaPartners", id] => Self::Partner(id),
            ["Campaigns", id, "Contracts"] => Self::Contracts(id),
            ["Campaigns", id, "Contracts", contract] => Self::Contract(id, contract),
            ["Programs", id, "Contracts"] => Self::Applications(id),
            ["Actions"] => Self::Actions,
            ["Actions", id] => Self::Action(id),
            ["Actions", id, "Items"] => Self::ActionItems(id),
            ["Actions", id, "Items", sku] => Self::ActionItem(id, sku),
            ["ActionUpdates"] => Self::ActionUpdates,
            ["ActionUpdates", id] => Self::ActionUpdate(id),
            ["ActionInquiries"] => Self::Inquiries,
            ["ActionInquiries", id] => Self::Inquiry(id),
            ["APISubmissions"] => Self::Submissions,
            ["APISubmissions", id] => Self::Submission(id),
            ["Catalogs"] => Self::Catalogs,
            ["Catalogs", id] => Self::Catalog(id),
            ["Catalogs", id, "Items"] => Self::CatalogItems(id),
            ["Catalogs", id, "Items", item] => Self::CatalogItem(id, item),
            ["Catalogs", id, "BulkUpdate"] => Self::CatalogBulk(id),
            ["Catalogs", id, "Upload"] => Self::CatalogUpload(id),
            [name @ ("ExceptionLists" | "PromoCodeExceptionLists")] => Self::Lists(list(name)),
            [name @ ("ExceptionLists" | "PromoCodeExceptionLists"), id] => Self::List(list(name), id),
            [name @ ("ExceptionLists" | "PromoCodeExceptionLists"), id, "Items"] => Self::ListItems(list(name), id),
            [name @ ("ExceptionLists" | "PromoCodeExceptionLists"), id, "Items", item] => Self::ListItem(list(name), id, item),
            ["Reports"] => Self::Reports,
            ["Reports", handle] => Self::Report(handle),
            ["Reports", handle, "MetaData"] => Self::ReportMetaData(handle),
            ["ReportExport", handle] => Self::Export(handle),
            ["Programs", id, "ClickExport"] => Self::ClickExport(id),
            ["Campaigns", id, "Clicks", click] => Self::Click(id, click),
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
            Self::CompanyInformation | Self::Ad(_) | Self::Catalog(_) | Self::List(..) | Self::Partner(_) | Self::Inquiries => {
                "GET, PUT"
            }
            Self::Ads
            | Self::Deals
            | Self::PromoCodes
            | Self::Groups(_)
            | Self::Partners
            | Self::CatalogItems(_)
            | Self::Lists(ListKind::Goods) => "GET, POST",
            Self::Lists(ListKind::PromoCodes) | Self::TrackingLinks(_) | Self::CatalogUpload(_) => "POST",
            Self::Deal(_) | Self::Group(..) | Self::Actions | Self::CatalogItem(..) => "GET, PUT, DELETE",
            Self::PromoCode(_) | Self::ListItem(..) => "GET, DELETE",
            Self::ListItems(..) => "GET, POST, DELETE",
            Self::Applications(_) => "POST, DELETE",
            Self::Replay(_) | Self::CatalogBulk(_) => "PUT",
            _ => "GET",
        }
    }

    /// Whether impact.com documents a method.
    pub(super) fn has(self, method: &str) -> bool {
        self.allowed().split(", ").any(|allowed| allowed == method)
    }

    /// Whether its bare numbers were seen as numbers, where most resources write text.
    pub(super) const fn has_bare_numbers(self) -> bool {
        matches!(self, Self::Actions | Self::Action(_) | Self::ActionItems(_) | Self::ActionItem(..))
            || matches!(self, Self::ActionUpdates | Self::ActionUpdate(_) | Self::Inquiries | Self::Inquiry(_))
    }

    /// The quota that every request to it uses up.
    pub(super) const fn quota(self) -> QuotaGroup {
        match self {
            Self::Catalogs
            | Self::Catalog(_)
            | Self::CatalogItems(_)
            | Self::CatalogItem(..)
            | Self::CatalogBulk(_)
            | Self::CatalogUpload(_) => QuotaGroup::Catalogs,
            _ => QuotaGroup::General,
        }
    }

    /// The category that a scoped token needs.
    pub(super) const fn category(self) -> ApiCategory {
        match self {
            Self::CompanyInformation => ApiCategory::Account,
            Self::Programs | Self::Program(_) => ApiCategory::Programs,
            Self::Rules(_) | Self::Rule(..) => ApiCategory::RoutingRules,
            Self::Ads | Self::Ad(_) => ApiCategory::Ads,
            Self::Deals | Self::Deal(_) => ApiCategory::Deals,
            Self::PromoCodes | Self::PromoCode(_) => ApiCategory::PromoCodes,
            Self::TrackingLinks(_) => ApiCategory::TrackingLinks,
            Self::Groups(_) | Self::Group(..) => ApiCategory::PartnerGroups,
            Self::Partners | Self::Partner(_) => ApiCategory::Partners,
            Self::Contracts(_) | Self::Contract(..) | Self::Applications(_) => ApiCategory::Contracts,
            Self::Inquiries | Self::Inquiry(_) => ApiCategory::ActionInquiries,
            Self::Submissions | Self::Submission(_) => ApiCategory::Submissions,
            Self::Catalogs
            | Self::Catalog(_)
            | Self::CatalogItems(_)
            | Self::CatalogItem(..)
            | Self::CatalogBulk(_)
            | Self::CatalogUpload(_) => ApiCategory::Catalogs,
            Self::Lists(_) | Self::List(..) | Self::ListItems(..) | Self::ListItem(..) => ApiCategory::ExceptionLists,
            Self::Reports | Self::Report(_) | Self::ReportMetaData(_) | Self::Export(_) => ApiCategory::Reports,
            Self::ClickExport(_) | Self::Click(..) => ApiCategory::Clicks,
            Self::Jobs | Self::Job(_) | Self::Download(_) | Self::Replay(_) => ApiCategory::Jobs,
            Self::Actions | Self::Action(_) | Self::ActionItems(_) | Self::ActionItem(..) => ApiCategory::Actions,
            Self::ActionUpdates | Self::ActionUpdate(_) => ApiCategory::Actions,
        }
    }
}
