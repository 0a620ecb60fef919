//! What a shared quota promises.

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::samples::at;
use super::{Conformance, Violation, answered, ensure_eq};
use crate::ports::CallQuota;
use crate::{QuotaAnswer, QuotaRule};

const TAKES: &str = "what is counted can be counted";

/// Checks a quota. It must not hold keys that begin with `conformance-`; it may hold others.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn call_quota(quota: &dyn CallQuota) -> Conformance {
    windows(quota).await?;
    reserve(quota).await?;
    keys_and_clocks(quota).await?;
    at_once(quota).await
}

fn rule(key: &str, limit: u32) -> QuotaRule {
    QuotaRule { key: format!("conformance-{key}"), limit, per: SignedDuration::from_micros(100) }
}

async fn take(quota: &dyn CallQuota, rule: &QuotaRule, microsecond: i64) -> Result<QuotaAnswer, Violation> {
    answered(TAKES, quota.take(rule, at(microsecond)?).await)
}

fn full(microsecond: i64) -> Result<QuotaAnswer, Violation> {
    Ok(QuotaAnswer::Full { free_at: at(microsecond)? })
}

async fn windows(quota: &dyn CallQuota) -> Conformance {
    let rule = rule("windows", 3);
    for microsecond in [0, 0, 40] {
        let answer = take(quota, &rule, microsecond).await?;
        ensure_eq("there is room up to the limit", &answer, &QuotaAnswer::Granted)?;
    }
    ensure_eq("then there is none until the oldest leaves the window", &take(quota, &rule, 50).await?, &full(100)?)?;
    ensure_eq("what was refused does not count", &take(quota, &rule, 99).await?, &full(100)?)?;
    for _ in 0..2 {
        let answer = take(quota, &rule, 100).await?;
        ensure_eq("what lies a whole window back does not count any more", &answer, &QuotaAnswer::Granted)?;
    }
    ensure_eq("a window begins anywhere, not at full hours", &take(quota, &rule, 100).await?, &full(140)?)?;
    ensure_eq("a limit of zero never has room", &take(quota, &self::rule("none", 0), 7).await?, &full(107)?)
}

async fn reserve(quota: &dyn CallQuota) -> Conformance {
    let (low, high) = (rule("reserve", 2), rule("reserve", 3));
    for _ in 0..2 {
        ensure_eq("there is room up to the limit", &take(quota, &low, 0).await?, &QuotaAnswer::Granted)?;
    }
    ensure_eq("a lower limit leaves the rest", &take(quota, &low, 1).await?, &full(100)?)?;
    ensure_eq("to those with a higher one", &take(quota, &high, 1).await?, &QuotaAnswer::Granted)?;
    ensure_eq("what they take counts for all", &take(quota, &high, 2).await?, &full(100)?)?;
    let answer = take(quota, &low, 100).await?;
    ensure_eq("and for the lower limit, too", &answer, &QuotaAnswer::Granted)
}

async fn keys_and_clocks(quota: &dyn CallQuota) -> Conformance {
    let (one, other) = (rule("one", 1), rule("other 'quoted'", 1));
    ensure_eq("keys are counted apart", &take(quota, &one, 500).await?, &QuotaAnswer::Granted)?;
    ensure_eq("keys are counted apart", &take(quota, &other, 500).await?, &QuotaAnswer::Granted)?;
    ensure_eq("what a clock ahead has taken counts", &take(quota, &one, 450).await?, &full(600)?)
}

async fn at_once(quota: &dyn CallQuota) -> Conformance {
    let rule = rule("at-once", 10);
    let now: Timestamp = at(0)?;
    let answers = join_all((0..30).map(|_| quota.take(&rule, now))).await;
    let mut granted = 0;
    for answer in answers {
        granted += u32::from(answered(TAKES, answer)? == QuotaAnswer::Granted);
    }
    ensure_eq("as many as there is room for, however many ask at once", &granted, &10)
}
