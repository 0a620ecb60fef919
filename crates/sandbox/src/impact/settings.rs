//! How the simulated impact.com account is set up.

use campaign_pilot_core::Currency;
use jiff::Timestamp;
use jiff::tz::Offset;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::quirks::{EndActs, Quirks};
use super::scopes::ScopedToken;
use super::time::day_end;

/// The set-up of the simulated account: what a person would have chosen in impact.com's own screens,
/// and how the questions are answered that its documentation leaves open.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PlatformSettings {
    /// The user name of Basic authentication and a segment of every path. Made up.
    pub account_sid: String,
    /// The password that may read and write. Made up.
    pub auth_token: String,
    /// The password of a scoped token that may only read: its writes answer 403. Made up.
    pub read_only_token: String,
    /// The program that every ad belongs to.
    pub program_id: u64,
    /// The program's name.
    pub program_name: String,
    /// The program's state.
    pub program_state: ProgramState,
    /// The currency in which the account is billed.
    pub currency: Currency,
    /// The account's offset from UTC in hours, which every date in an answer carries.
    pub utc_offset_hours: i8,
    /// Requests allowed per simulated hour; more answer 429.
    pub requests_per_hour: u32,
    /// Requests to catalogs allowed per simulated hour; more answer 429.
    pub catalog_requests_per_hour: u32,
    /// Report exports allowed per simulated day; more answer 429.
    pub exports_per_day: u32,
    /// Click exports allowed per simulated day; more answer 429.
    pub click_exports_per_day: u32,
    /// The family of rate-limit headers in answers.
    pub rate_headers: RateHeaders,
    /// How many looks at a job find it unfinished before one finds it completed.
    pub polls_per_job: u32,
    /// Whether the list of ads still shows ads whose end has passed. impact.com does not say.
    pub expired_ads_in_list: bool,
    /// What happens to an update that moves the end of an expired ad into the future. impact.com does not say.
    pub revival: Revival,
    /// Whether a person has set up the rule that blocks traffic of expired ads: then unlisting stops the spending.
    /// Other rules are set by [`Sandbox::set_rules`](crate::Sandbox::set_rules).
    pub block_expired_ads: bool,
    /// What a partner can earn at most in a calendar month of the account, as a person would have set it up in the
    /// template terms; sales beyond it are shown, but earn and cost nothing. `None`: no limit.
    pub payout_limit_per_month: Option<Decimal>,
    /// Further tokens, which may do certain things only.
    pub tokens: Vec<ScopedToken>,
    /// Whether every request is remembered, those that only read too: [`Sandbox::requests`](crate::Sandbox::requests).
    /// What changes something is remembered anyway.
    pub remembers_reads: bool,
    /// impact.com's habits.
    pub quirks: Quirks,
}

impl Default for PlatformSettings {
    fn default() -> Self {
        Self {
            account_sid: "IRsandboxAccount0000000000000001".to_owned(),
            auth_token: "sandbox-auth-token".to_owned(),
            read_only_token: "sandbox-read-only-token".to_owned(),
            program_id: 1000,
            program_name: "Sandbox Shop".to_owned(),
            program_state: ProgramState::Active,
            currency: Currency::EUR,
            utc_offset_hours: -8,
            requests_per_hour: 1_000,
            catalog_requests_per_hour: 3_600,
            exports_per_day: 100,
            click_exports_per_day: 10,
            rate_headers: RateHeaders::Brand,
            polls_per_job: 1,
            expired_ads_in_list: true,
            revival: Revival::Works,
            block_expired_ads: false,
            payout_limit_per_month: None,
            tokens: Vec::new(),
            remembers_reads: true,
            quirks: Quirks::default(),
        }
    }
}

impl PlatformSettings {
    /// The account's offset from UTC; UTC for an offset that no place on earth has.
    pub(crate) fn offset(&self) -> Offset {
        Offset::from_seconds(i32::from(self.utc_offset_hours) * 3600).unwrap_or(Offset::UTC)
    }

    /// When an ad's end takes effect.
    pub(crate) fn takes_effect(&self, end: Option<Timestamp>) -> Option<Timestamp> {
        match self.quirks.end_acts {
            EndActs::AtOnce => end,
            EndActs::AtMidnight => end.map(|end| day_end(end, self.offset())),
        }
    }
}

/// The states of a program that impact.com documents.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProgramState {
    /// It runs.
    Active,
    /// It is being set up.
    Setup,
    /// It waits for approval.
    SetupComplete,
    /// It is under review.
    AwaitingReview,
    /// Payments are past due.
    Delinquent,
    /// A user of the account has deactivated it, for good.
    Deactivated,
    /// It is closed.
    Closed,
    /// It was cancelled before it started.
    Cancelled,
    /// It was rejected.
    Rejected,
}

impl ProgramState {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Setup => "SETUP",
            Self::SetupComplete => "SETUP_COMPLETE",
            Self::AwaitingReview => "AWAITING_REVIEW",
            Self::Delinquent => "DELINQUENT",
            Self::Deactivated => "DEACTIVATED",
            Self::Closed => "CLOSED",
            Self::Cancelled => "CANCELLED",
            Self::Rejected => "REJECTED",
        }
    }
}

/// What happens to an update that moves the end of an expired ad into the future.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Revival {
    /// The ad is offered again.
    Works,
    /// The answer says OK and the end stays where it was.
    Ignored,
    /// The update is refused as invalid.
    Refused,
}

/// The families of rate-limit headers; impact.com's pages and live answers disagree.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RateHeaders {
    /// `X-RateLimit-Limit`, `-Remaining`, `-Reset`.
    Brand,
    /// `X-RateLimit-Limit-hour`, `-Remaining-hour` and `RateLimit-Reset`.
    Partner,
    /// Both.
    Both,
}
