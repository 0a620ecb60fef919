//! impact.com's habits, each of which can be switched by itself.

use serde::{Deserialize, Serialize};

use super::route::Resource;
use super::settings::Revival;

/// impact.com's habits, and its answers to what its documentation leaves open. The default is what was seen in the wild,
/// or else what the documentation makes likely.
///
/// ```
/// use campaign_pilot_sandbox::{EndActs, PlatformSettings, Quirks};
///
/// let quirks = Quirks { end_acts: EndActs::AtMidnight, ..Quirks::default() };
/// let settings = PlatformSettings { quirks, ..PlatformSettings::default() };
/// assert_eq!(settings.quirks.end_acts, EndActs::AtMidnight);
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// How numbers and truth values are written.
    pub scalars: Scalars,
    /// How a missing date, number or word is written.
    pub absent: AbsentAs,
    /// Whether answers have fields that no documentation mentions. Additions do not change the version.
    pub extra_fields: bool,
    /// Whether answers have words that no documentation lists: the type of the ad that every program has, how some actions were
    /// referred, the state of some pending actions and of some deals that have not begun.
    pub unknown_words: bool,
    /// Whether the answer is XML unless the header `Accept` or the suffix `.json` asks for JSON.
    pub xml_unless_asked: bool,
    /// What the gateway in front writes into its own refusals: 401 and 429, and the faults' 5xx where they are its own.
    pub gateway: GatewayBody,
    /// Whether the next page's address on the last page is that page itself instead of empty.
    pub next_is_itself: bool,
    /// Whether `@total` is always 0.
    pub total_is_zero: bool,
    /// Whether `@firstpageruri`, `@previouspageruri` and `@lastpageruri` are misspelled so.
    pub misspelled_pages: bool,
    /// Whether partners come under `MediaPartners`, as in older versions, instead of `Partners`.
    pub old_list_keys: bool,
    /// How an export or a report that cannot be run is refused, whatever is wrong with it: the handle, the program, a date, a
    /// page.
    pub export_errors: ExportErrors,
    /// Whether the same parameters ask for the same job, whose result stays as it was until it is replayed.
    pub same_job: bool,
    /// Whether a download without `Mode=Stream` is redirected to another host.
    pub redirected_downloads: bool,
    /// What the lists of actions and of their changes refuse.
    pub action_rules: ActionRules,
    /// Whether a catalog's items cannot be paged to beyond the 20,000th.
    pub catalog_ceiling: bool,
    /// What an update of an ad does to fields that it omits. Not documented.
    pub put: PutRule,
    /// When the end of an ad takes effect. impact.com's screens say at once; of the API nothing is said.
    pub end_acts: EndActs,
    /// What `SynchAdsPromoCodes` of a deal does. Documented, but not seen.
    pub deal_synch: DealSynch,
    /// What happens to an update that moves the end of an expired deal into the future. Not documented.
    pub deal_revival: Revival,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            scalars: Scalars::AsSeen,
            absent: AbsentAs::EmptyText,
            extra_fields: true,
            unknown_words: true,
            xml_unless_asked: true,
            gateway: GatewayBody::Json,
            next_is_itself: false,
            total_is_zero: false,
            misspelled_pages: false,
            old_list_keys: false,
            export_errors: ExportErrors::Status200,
            same_job: true,
            redirected_downloads: true,
            action_rules: ActionRules::default(),
            catalog_ceiling: true,
            put: PutRule::Keeps,
            end_acts: EndActs::AtOnce,
            deal_synch: DealSynch::Aligns,
            deal_revival: Revival::Works,
        }
    }
}

impl Quirks {
    /// What the documentation declares, to the letter: bare numbers, nothing for what is absent, no unknown field or word.
    #[must_use]
    pub fn documented() -> Self {
        Self {
            scalars: Scalars::Typed,
            absent: AbsentAs::LeftOut,
            extra_fields: false,
            unknown_words: false,
            export_errors: ExportErrors::Status400,
            ..Self::default()
        }
    }

    /// The status under which a resource's refusal is answered. A quota that is used up is always told by 429.
    pub(super) const fn refusal_status(&self, resource: Option<Resource<'_>>, status: u16) -> u16 {
        match (resource, self.export_errors) {
            (
                Some(
                    Resource::Reports
                    | Resource::Report(_)
                    | Resource::ReportMetaData(_)
                    | Resource::Export(_)
                    | Resource::ClickExport(_),
                ),
                ExportErrors::Status200,
            ) if status != 429 => 200,
            _ => status,
        }
    }
}

/// What the lists of actions and of their changes refuse with 400, rule by rule. The default refuses all of it, as documented.
///
/// ```
/// use campaign_pilot_sandbox::{ActionRules, Quirks};
///
/// let lenient = Quirks { action_rules: ActionRules { span: false, ..ActionRules::default() }, ..Quirks::default() };
/// assert!(lenient.action_rules.program);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ActionRules {
    /// No `CampaignId`; this one holds for the list of inquiries, too.
    pub program: bool,
    /// A start without an end, or an end without a start.
    pub both_dates: bool,
    /// A start and an end more than 45 days apart, or the wrong way round.
    pub span: bool,
    /// A start more than three years back.
    pub age: bool,
    /// Pages of fewer than 2,000.
    pub smallest_page: bool,
    /// More results than ten pages of the size that is asked for hold.
    pub most_pages: bool,
}

impl ActionRules {
    /// Nothing is refused.
    pub const NONE: Self =
        Self { program: false, both_dates: false, span: false, age: false, smallest_page: false, most_pages: false };
}

impl Default for ActionRules {
    fn default() -> Self {
        Self { program: true, both_dates: true, span: true, age: true, smallest_page: true, most_pages: true }
    }
}

/// How numbers and truth values are written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scalars {
    /// As text, except in actions and what belongs to them.
    AsSeen,
    /// As text everywhere.
    Text,
    /// As the OpenAPI files declare each.
    Typed,
}

/// How what is absent is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentAs {
    /// As `""`.
    EmptyText,
    /// As `null`.
    Null,
    /// Not at all.
    LeftOut,
}

/// What the gateway in front writes into its refusals.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayBody {
    /// `{"message": ".."}`, and not impact.com's envelope, even where JSON was not asked for. The faults' 5xx then come
    /// from behind the gateway: in the envelope, and in the form that was asked for.
    Json,
    /// A page of HTML, for 5xx too.
    Html,
    /// Nothing, for 5xx too.
    Empty,
}

/// How an export or a report that cannot be run is refused.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportErrors {
    /// With HTTP 200 and `"Status": "ERROR"`.
    Status200,
    /// With HTTP 400, or 404 where there is no such program or description.
    Status400,
}

/// What an update of an ad does to fields that it omits.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PutRule {
    /// They stay as they are.
    Keeps,
    /// They are emptied; dates that are omitted fall away.
    Nulls,
}

/// When the end of an ad takes effect.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EndActs {
    /// At the instant that was sent, or at once if that has passed.
    AtOnce,
    /// When the account's day in which it lies is over.
    AtMidnight,
}

/// What `SynchAdsPromoCodes` of a deal does.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DealSynch {
    /// Its ads and promo codes take over the deal's dates, when they are attached and whenever the deal changes.
    Aligns,
    /// Nothing.
    Ignored,
}
