//! The account's quotas: counted here, shared with whoever shares the count, and corrected by what impact.com tells.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use campaign_pilot_core::ports::CallQuota;
use campaign_pilot_core::{Clock, QuotaAnswer, QuotaRule};
use campaign_pilot_http::{Admission, AnswerHead, Refusal, Request};
use jiff::{SignedDuration, Timestamp};

use crate::ImpactConfig;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How long to hold back when impact.com says that little is left, but not until when.
const UNTOLD: SignedDuration = SignedDuration::from_secs(60);

/// What impact.com counts apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Group {
    /// Everything else.
    Calls,
    Catalogs,
    Reports,
    Clicks,
}

impl Group {
    const ALL: [Self; 4] = [Self::Calls, Self::Catalogs, Self::Reports, Self::Clicks];

    fn of(request: &Request) -> Self {
        let path = request.path();
        let mut segments = path.split('/');
        match segments.next() {
            Some("Catalogs") => Self::Catalogs,
            Some("ReportExport") => Self::Reports,
            Some("Programs") if segments.nth(1) == Some("ClickExport") => Self::Clicks,
            _ => Self::Calls,
        }
    }

    const fn what(self) -> &'static str {
        match self {
            Self::Calls => "the calls of an hour",
            Self::Catalogs => "the calls of an hour for catalogs",
            Self::Reports => "the exports of the last 24 hours",
            Self::Clicks => "the click exports of the last 24 hours",
        }
    }
}

/// The quotas of one account.
pub(super) struct Quotas {
    count: Arc<dyn CallQuota>,
    clock: Arc<dyn Clock>,
    /// Names the account without telling it.
    account: String,
    limits: [u32; 4],
    reserve: u32,
    /// Until when impact.com has no more for a group.
    held: Mutex<[Option<Timestamp>; 4]>,
}

impl Quotas {
    pub(super) fn new(config: &ImpactConfig, sid: &str, count: Arc<dyn CallQuota>, clock: Arc<dyn Clock>) -> Self {
        let account = blake3::hash(sid.as_bytes()).to_hex().chars().take(16).collect();
        let limits = [config.calls_per_hour, config.catalog_calls_per_hour, config.exports_per_day, config.click_exports_per_day];
        Self { count, clock, account, limits, reserve: config.reserved_for_pauses, held: Mutex::new([None; 4]) }
    }

    fn held(&self) -> MutexGuard<'_, [Option<Timestamp>; 4]> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rule of a group for ordinary or for urgent requests: what is reserved is left to the urgent ones.
    fn rule(&self, group: Group, urgent: bool) -> QuotaRule {
        let [calls, catalogs, reports, clicks] = self.limits;
        let (name, limit, per) = match group {
            Group::Calls if urgent => ("calls", calls, HOUR),
            Group::Calls => ("calls", calls.saturating_sub(self.reserve), HOUR),
            Group::Catalogs => ("catalogs", catalogs, HOUR),
            Group::Reports => ("reports", reports, DAY),
            Group::Clicks => ("clicks", clicks, DAY),
        };
        QuotaRule { key: format!("impact.com/{}/{name}", self.account), limit, per }
    }

    async fn take(&self, group: Group, urgent: bool, now: Timestamp) -> Result<(), Refusal> {
        match self.count.take(&self.rule(group, urgent), now).await {
            Ok(QuotaAnswer::Granted) => Ok(()),
            Ok(QuotaAnswer::Full { free_at }) => Err(later(group, now, free_at, "are used up by our own count")),
            Err(error) if urgent => {
                // Better one call too many than a campaign that goes on spending.
                tracing::warn!(%error, "the shared quota cannot be read; an urgent call is sent without it");
                Ok(())
            }
            Err(error) => Err(Refusal::Failed(error)),
        }
    }
}

#[async_trait]
impl Admission for Quotas {
    async fn admit(&self, request: &Request) -> Result<(), Refusal> {
        let (group, urgent, now) = (Group::of(request), request.is_urgent(), self.clock.now());
        let held = Group::ALL.iter().zip(*self.held()).find_map(|(known, until)| until.filter(|_| *known == group));
        if let Some(until) = held.filter(|until| *until > now && !urgent) {
            return Err(later(group, now, until, "are used up, says impact.com"));
        }
        // Whether exports count among the calls of the hour, too, is not documented; here they do. The calls come first: where
        // they have no room, none of the few exports of the day may be lost to an attempt that is not sent.
        if matches!(group, Group::Reports | Group::Clicks) {
            self.take(Group::Calls, urgent, now).await?;
        }
        self.take(group, urgent, now).await
    }

    fn answered(&self, request: &Request, head: AnswerHead<'_>) {
        let told = Told::by(head.headers());
        let reserve = if Group::of(request) == Group::Calls { u64::from(self.reserve) } else { 0 };
        let refused = head.status() == 429;
        if !refused && told.remaining.is_none_or(|remaining| remaining > reserve) {
            return;
        }
        let wait = told.reset.map_or(UNTOLD, |seconds| SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX)));
        let until = self.clock.now().checked_add(wait.min(DAY)).unwrap_or(Timestamp::MAX);
        let mut held = self.held();
        for (known, slot) in Group::ALL.iter().zip(held.iter_mut()) {
            if *known == Group::of(request) {
                *slot = Some(until);
            }
        }
    }
}

fn later(group: Group, now: Timestamp, until: Timestamp, why: &str) -> Refusal {
    let wait = until.duration_since(now).max(SignedDuration::ZERO).unsigned_abs();
    Refusal::Later { wait: wait.max(Duration::from_millis(1)), reason: format!("{} {why}", group.what()) }
}

/// What an answer tells of the quota, in either family of headers and in both at once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Told {
    /// Calls that are left: the least that is told.
    pub(crate) remaining: Option<u64>,
    /// Seconds until there are more: the most that is told.
    pub(crate) reset: Option<u64>,
}

impl Told {
    /// Reads `X-RateLimit-Remaining`, `X-RateLimit-Remaining-hour`, `RateLimit-Remaining` and the like for the reset, and
    /// `Retry-After`. The reset is in seconds to go, never an instant.
    pub(crate) fn by<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut told = Self::default();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            let Ok(number) = value.trim().parse::<u64>() else { continue };
            let short = name.strip_prefix("x-").unwrap_or(&name);
            if short.starts_with("ratelimit-remaining") {
                told.remaining = Some(told.remaining.map_or(number, |least| least.min(number)));
            } else if short.starts_with("ratelimit-reset") || name == "retry-after" {
                told.reset = Some(told.reset.map_or(number, |most| most.max(number)));
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::fakes::FakeQuota;
    use campaign_pilot_core::{Currency, ErrorKind, ManualClock};

    use super::*;
    use crate::ProgramId;

    fn quotas(count: &FakeQuota, clock: &Arc<ManualClock>) -> Quotas {
        let config = ImpactConfig::new("IRabc", "token", ProgramId::new("1000").unwrap(), Currency::USD);
        let config = ImpactConfig {
            calls_per_hour: 5,
            reserved_for_pauses: 2,
            catalog_calls_per_hour: 4,
            exports_per_day: 2,
            click_exports_per_day: 1,
            ..config
        };
        Quotas::new(&config, "IRabc", Arc::new(count.clone()), Arc::<ManualClock>::clone(clock))
    }

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::starting_at("2026-06-02T12:00:00Z".parse().unwrap()))
    }

    fn wait(result: Result<(), Refusal>) -> Option<u64> {
        match result {
            Ok(()) => None,
            Err(Refusal::Later { wait, .. }) => Some(wait.as_secs()),
            Err(Refusal::Failed(error)) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn two_processes_share_the_count_and_the_reserve_is_for_urgent_calls() {
        let (count, clock) = (FakeQuota::default(), clock());
        let (one, other) = (quotas(&count, &clock), quotas(&count, &clock));
        let (read, pause) = (Request::get("Ads"), Request::put("Ads/7").urgent());
        assert_eq!(wait(one.admit(&read).await), None);
        assert_eq!(wait(other.admit(&read).await), None);
        assert_eq!(wait(one.admit(&read).await), None);
        assert_eq!(wait(other.admit(&read).await), Some(3_600), "three of five, two are reserved");
        assert_eq!(wait(one.admit(&pause).await), None);
        assert_eq!(wait(other.admit(&pause).await), None);
        assert_eq!(wait(one.admit(&pause).await), Some(3_600));
        clock.advance(HOUR);
        assert_eq!(wait(other.admit(&read).await), None);
    }

    #[tokio::test]
    async fn catalogs_exports_and_clicks_have_counts_of_their_own() {
        let (count, clock) = (FakeQuota::default(), clock());
        let quotas = quotas(&count, &clock);
        for _ in 0..4 {
            assert_eq!(wait(quotas.admit(&Request::get("Catalogs/5/Items")).await), None);
        }
        assert_eq!(wait(quotas.admit(&Request::get("Catalogs")).await), Some(3_600));
        let clicks = Request::get("Programs/1000/ClickExport");
        assert_eq!(wait(quotas.admit(&clicks).await), None);
        assert_eq!(wait(quotas.admit(&clicks).await), Some(86_400));
        // The refused attempt took one of the hour's calls with it.
        clock.advance(HOUR);
        assert_eq!(wait(quotas.admit(&Request::get("Programs/1000/BlockRedirectRules")).await), None);
        let report = Request::get("ReportExport").segment("adv_performance_by_ad_pm_only");
        assert_eq!(wait(quotas.admit(&report).await), None);
        clock.advance(HOUR);
        assert_eq!(wait(quotas.admit(&report).await), None);
        assert_eq!(wait(quotas.admit(&report).await), Some(82_800));
    }

    #[tokio::test]
    async fn a_count_that_cannot_be_read_stops_all_but_urgent_calls() {
        let (count, clock) = (FakeQuota::default(), clock());
        let quotas = quotas(&count, &clock);
        count.fail_next(ErrorKind::Storage);
        assert!(matches!(quotas.admit(&Request::get("Ads")).await, Err(Refusal::Failed(_))));
        count.fail_next(ErrorKind::Storage);
        assert!(quotas.admit(&Request::put("Ads/7").urgent()).await.is_ok());
    }

    #[test]
    fn both_families_of_headers_are_read() {
        let told = |pairs: &[(&'static str, &'static str)]| {
            let told = Told::by(pairs.iter().copied());
            (told.remaining, told.reset)
        };
        assert_eq!(told(&[("X-RateLimit-Limit", "1000"), ("X-RateLimit-Remaining", "7")]), (Some(7), None));
        assert_eq!(told(&[("x-ratelimit-remaining-hour", "7"), ("ratelimit-reset", "1200")]), (Some(7), Some(1_200)));
        assert_eq!(
            told(&[
                ("x-ratelimit-remaining", "9"),
                ("x-ratelimit-remaining-hour", "3"),
                ("x-ratelimit-reset", "60"),
                ("ratelimit-reset", "90")
            ]),
            (Some(3), Some(90))
        );
        assert_eq!(told(&[("Retry-After", "30")]), (None, Some(30)));
        assert_eq!(told(&[("x-ratelimit-remaining", "many"), ("retry-after", "soon")]), (None, None));
    }
}
