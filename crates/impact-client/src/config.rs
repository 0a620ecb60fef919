//! What a person configures.

use std::time::Duration;

use campaign_pilot_core::Currency;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;

use crate::{PlatformBehaviour, ProgramId};

/// How a form carries several values in a field that impact.com declares as a list, such as an ad's partners. Which of them it
/// reads is not documented.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ListEncoding {
    /// The field once for each value: how the OpenAPI standard encodes lists in forms.
    #[default]
    Repeated,
    /// The field once, the values divided by commas: how impact.com's other fields hold several values.
    Commas,
}

/// Where the account is, who we are there, and how careful to be. `Debug` shows neither the SID nor the token.
///
/// ```
/// use campaign_pilot_core::Currency;
/// use campaign_pilot_impact_client::{ImpactConfig, ProgramId};
///
/// let config = ImpactConfig::new("IRexample", "made-up token", ProgramId::new("1000")?, Currency::USD);
/// let config = ImpactConfig { language: "ENGLISH_GB".to_owned(), ..config };
/// assert!(!format!("{config:?}").contains("IRexample"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImpactConfig {
    /// The API's address; `None` for [`ImpactConfig::DEFAULT_BASE_URL`]. Plain http is taken on loopback hosts only.
    pub base_url: Option<Url>,
    /// The account's SID, the user of HTTP Basic.
    pub account_sid: SecretString,
    /// The account's token, the password of HTTP Basic.
    pub auth_token: SecretString,
    /// The program that the ads belong to. It must exist and be ACTIVE: the API can neither create nor activate one.
    pub program_id: ProgramId,
    /// The currency in which impact.com bills the program. Campaigns in another one are refused.
    pub currency: Currency,
    /// The language of the ads, in impact.com's words (`ENGLISH`).
    pub language: String,
    /// The account's own time zone, in which dates are written, reports count their days and an end may take effect at
    /// midnight ([`TimeZone::UTC`]). Name the zone, as with `TimeZone::get("America/Los_Angeles")`: a fixed offset is an hour
    /// off for half of the year where there is summer time.
    pub time_zone: TimeZone,
    /// Whether the program counts impressions, as its `ImpressionTracking` says (`false`: they are then absent, not 0).
    pub impression_tracking: bool,
    /// Calls in any hour that all who share the count allow themselves (800 of the 1,000 that all integrations of an account
    /// share), catalogs apart.
    pub calls_per_hour: u32,
    /// How many of these are kept for urgent calls, such as pausing ([`ImpactApi::urgent`](crate::ImpactApi::urgent)) (50).
    pub reserved_for_pauses: u32,
    /// Calls in any hour for catalogs (2,880 of the account's 3,600).
    pub catalog_calls_per_hour: u32,
    /// Report exports in any 24 hours (80 of the account's 100).
    pub exports_per_day: u32,
    /// Click exports in any 24 hours (8 of the account's 10).
    pub click_exports_per_day: u32,
    /// The pause between two looks at a job (2 s).
    pub poll_interval: Duration,
    /// How often to look at a job before giving it up (60).
    pub polls: u32,
    /// How far the server's clock may be behind ours when a created ad is looked for (5 min).
    pub clock_skew: SignedDuration,
    /// How long conversions and clicks take to be reported (15 min): a reading claims to be complete only up to then.
    pub reporting_lag: SignedDuration,
    /// The handle of the account's performance report by ad, from which clicks and click costs are read
    /// ([`ImpactConfig::BY_AD_REPORT`]). Handles differ from account to account: [`ImpactApi::reports`](crate::ImpactApi::reports)
    /// lists them, and a diagnosis says whether this one is among them.
    pub by_ad_report: String,
    /// How lists are written into forms ([`ListEncoding::Repeated`]).
    pub list_encoding: ListEncoding,
    /// For one exchange (20 s).
    pub call_deadline: Duration,
    /// For one operation with its waiting and repeating (90 s).
    pub operation_deadline: Duration,
    /// How often a read is tried at most (3). Writes are tried once.
    pub attempts: u32,
    /// What impact.com does where its documentation is silent.
    pub behaviour: PlatformBehaviour,
    /// Makes the pauses between repeated reads the same in each run; `None`: from the operating system.
    pub retry_seed: Option<u64>,
}

impl ImpactConfig {
    /// Where impact.com itself is.
    pub const DEFAULT_BASE_URL: &'static str = "https://api.impact.com/";

    /// The handle under which accounts have been seen to have the performance report by ad.
    pub const BY_AD_REPORT: &'static str = "adv_performance_by_ad_pm_only";

    /// The defaults for an account at impact.com itself.
    #[must_use]
    pub fn new(
        account_sid: impl Into<SecretString>,
        auth_token: impl Into<SecretString>,
        program_id: ProgramId,
        currency: Currency,
    ) -> Self {
        Self {
            base_url: None,
            account_sid: account_sid.into(),
            auth_token: auth_token.into(),
            program_id,
            currency,
            language: "ENGLISH".to_owned(),
            time_zone: TimeZone::UTC,
            impression_tracking: false,
            calls_per_hour: 800,
            reserved_for_pauses: 50,
            catalog_calls_per_hour: 2_880,
            exports_per_day: 80,
            click_exports_per_day: 8,
            poll_interval: Duration::from_secs(2),
            polls: 60,
            clock_skew: SignedDuration::from_mins(5),
            reporting_lag: SignedDuration::from_mins(15),
            by_ad_report: Self::BY_AD_REPORT.to_owned(),
            list_encoding: ListEncoding::default(),
            call_deadline: Duration::from_secs(20),
            operation_deadline: Duration::from_secs(90),
            attempts: 3,
            behaviour: PlatformBehaviour::default(),
            retry_seed: None,
        }
    }
}
