//! What a configuration needs of a token.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One verb that a configuration needs: what a scoped token allows or does not.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Read the company.
    ReadCompany,
    /// Read the program.
    ReadProgram,
    /// List and read ads.
    ReadAds,
    /// Create ads.
    CreateAds,
    /// Change ads.
    ChangeAds,
    /// List and read deals.
    ReadDeals,
    /// Create deals.
    CreateDeals,
    /// Change deals.
    ChangeDeals,
    /// Delete deals.
    DeleteDeals,
    /// List and read promo codes.
    ReadPromoCodes,
    /// Create promo codes.
    CreatePromoCodes,
    /// Deactivate promo codes.
    DeletePromoCodes,
    /// Read the rules that block or redirect clicks.
    ReadRules,
    /// Read actions.
    ReadActions,
    /// List reports. Exports are of the same category.
    ReadReports,
    /// Read and download jobs.
    ReadJobs,
    /// Run jobs again.
    ReplayJobs,
    /// Read partners.
    ReadPartners,
    /// Read groups of partners.
    ReadPartnerGroups,
    /// Read contracts.
    ReadContracts,
    /// Create tracking links.
    CreateTrackingLinks,
    /// Read catalogues.
    ReadCatalogs,
    /// Change items of catalogues.
    ChangeCatalogs,
    /// Read exception lists.
    ReadExceptionLists,
    /// Change exception lists.
    ChangeExceptionLists,
}

impl Need {
    /// What campaigns made of ads need.
    pub const FOR_CAMPAIGNS: [Self; 10] = [
        Self::ReadCompany,
        Self::ReadProgram,
        Self::ReadAds,
        Self::CreateAds,
        Self::ChangeAds,
        Self::ReadActions,
        Self::ReadReports,
        Self::ReadJobs,
        Self::ReplayJobs,
        Self::ReadRules,
    ];

    /// What campaigns in deals need besides.
    pub const FOR_DEALS: [Self; 4] = [Self::ReadDeals, Self::CreateDeals, Self::ChangeDeals, Self::DeleteDeals];

    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::ReadCompany,
        Self::ReadProgram,
        Self::ReadAds,
        Self::CreateAds,
        Self::ChangeAds,
        Self::ReadDeals,
        Self::CreateDeals,
        Self::ChangeDeals,
        Self::DeleteDeals,
        Self::ReadPromoCodes,
        Self::CreatePromoCodes,
        Self::DeletePromoCodes,
        Self::ReadRules,
        Self::ReadActions,
        Self::ReadReports,
        Self::ReadJobs,
        Self::ReplayJobs,
        Self::ReadPartners,
        Self::ReadPartnerGroups,
        Self::ReadContracts,
        Self::CreateTrackingLinks,
        Self::ReadCatalogs,
        Self::ChangeCatalogs,
        Self::ReadExceptionLists,
        Self::ChangeExceptionLists,
    ];

    /// The method of HTTP, by which scopes are told apart.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::CreateAds | Self::CreateDeals | Self::CreatePromoCodes | Self::CreateTrackingLinks => "POST",
            Self::ChangeAds | Self::ChangeDeals | Self::ReplayJobs | Self::ChangeCatalogs | Self::ChangeExceptionLists => "PUT",
            Self::DeleteDeals | Self::DeletePromoCodes => "DELETE",
            _ => "GET",
        }
    }

    /// The category of the API, by which scopes are told apart.
    #[must_use]
    pub const fn category(self) -> &'static str {
        match self {
            Self::ReadCompany => "Account",
            Self::ReadProgram => "Programs",
            Self::ReadAds | Self::CreateAds | Self::ChangeAds => "Ads",
            Self::ReadDeals | Self::CreateDeals | Self::ChangeDeals | Self::DeleteDeals => "Deals",
            Self::ReadPromoCodes | Self::CreatePromoCodes | Self::DeletePromoCodes => "Promo Codes",
            Self::ReadRules => "Block/Redirect Rules",
            Self::ReadActions => "Actions",
            Self::ReadReports => "Reports",
            Self::ReadJobs | Self::ReplayJobs => "Jobs",
            Self::ReadPartners => "Partners",
            Self::ReadPartnerGroups => "Partner Groups",
            Self::ReadContracts => "Contracts",
            Self::CreateTrackingLinks => "Tracking Links",
            Self::ReadCatalogs | Self::ChangeCatalogs => "Catalogs",
            Self::ReadExceptionLists | Self::ChangeExceptionLists => "Exception Lists",
        }
    }

    /// Whether it changes something.
    #[must_use]
    pub fn is_write(self) -> bool {
        self.method() != "GET"
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method(), self.category())
    }
}
