//! The trial `quota`: three processes share one account, want more than it allows, and never take it.

mod crew;
mod worker;

use std::time::Instant;

use campaign_pilot_sandbox::{PlatformSettings, QuotaGroup, QuotaUse, RequestEffect, Sandbox, SandboxOptions};
use jiff::SignedDuration;

use crate::trial::{Failure, Figures, Settings, Trial};
use crew::{Crew, Processes};
use worker::{Share, Tally};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "quota",
    shows: "how three processes with 500 campaigns keep to the quotas of one account for 30 simulated days, though they want more",
    seeds: 1,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("requests", "requests that arrived at the sandbox's impact.com"),
        ("requests_over_quota", "requests beyond any documented quota, in hours and days as the server counts them"),
        ("requests_over_in_any_window", "the same in every hour and every 24 hours, wherever they begin"),
        ("most_calls_in_an_hour", "the most requests in any hour, catalogs apart (1,000 are allowed)"),
        ("most_catalog_calls_in_an_hour", "the most requests for catalogs in any hour (3,600 are allowed)"),
        ("most_report_exports_in_24_hours", "the most report exports in any 24 hours (100 are allowed)"),
        ("most_click_exports_in_24_hours", "the most click exports in any 24 hours (10 are allowed)"),
        ("done", "tasks that were done: launches, pauses, resumptions, readings, exports, catalog items"),
        ("held_back", "times that a task was put off because the shared count had no room"),
        ("failed", "tasks that failed for another reason"),
        ("campaigns", "campaigns with exactly one ad in the end"),
        ("duplicates", "ads beyond the first one of a campaign"),
        ("unshared_requests_over_quota", "the same three processes for two days, each with the whole quota for itself"),
        ("seconds", "wall-clock seconds of the whole trial"),
    ],
    run,
    part: Some(crew::play),
};

/// The pace of the simulation: what happens within a step happens at one instant.
const STEP: SignedDuration = SignedDuration::from_mins(10);
const STEPS_PER_DAY: u32 = 144;
const WORKERS: u32 = 3;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let (days, campaigns) = if settings.quick { (2, 120) } else { (30, 500) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begun = Instant::now();
    let mut sum = Outcome::default();
    for seed in 1..=u64::from(settings.seeds) {
        let shared = runtime.block_on(async {
            let trial = Run { seed, days, campaigns, platform: PlatformSettings::default(), is_shared: true };
            trial.go(Processes::start).await
        })?;
        let unshared = runtime.block_on(async {
            let days = days.min(2);
            let trial = Run { seed, days, campaigns, platform: PlatformSettings::default(), is_shared: false };
            trial.go(Processes::start).await
        })?;
        sum.add(&shared, unshared.over());
    }
    Ok(sum.figures(begun.elapsed().as_secs_f64()))
}

/// One run.
#[derive(Clone, Debug)]
struct Run {
    seed: u64,
    days: u32,
    campaigns: u32,
    platform: PlatformSettings,
    /// Whether the workers share one count; otherwise each has the whole quota for itself.
    is_shared: bool,
}

/// What a run came to.
#[derive(Clone, Debug)]
struct Ran {
    quotas: Vec<QuotaUse>,
    tally: Tally,
    /// Ads per campaign that has any.
    ads: Vec<u64>,
}

impl Run {
    async fn go<C: Crew>(&self, start: fn(&[Share]) -> Result<C, Failure>) -> Result<Ran, Failure> {
        let platform = PlatformSettings { remembers_reads: false, ..self.platform.clone() };
        let options = SandboxOptions { seed: self.seed, platform, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await?;
        let folder = tempfile::tempdir()?;
        let begin = sandbox.clock().now();
        let access = sandbox.access();
        let pages = pages(&sandbox).await?;
        let share = |worker| Share {
            url: sandbox.impact_url().to_string(),
            account_sid: access.account_sid.clone(),
            auth_token: access.auth_token.clone(),
            program: access.program_id.to_string(),
            currency: access.currency,
            begin,
            quota: self.is_shared.then(|| folder.path().join("quota.sqlite")),
            limits: worker::Limits::of(&self.platform),
            worker,
            workers: WORKERS,
            campaigns: self.campaigns,
            days: self.days,
            pages: pages.clone(),
        };
        let shares: Vec<Share> = (0..WORKERS).map(share).collect();
        let mut crew = start(&shares)?;
        let mut tally = Tally::default();
        for step in 0..self.days * STEPS_PER_DAY {
            let now = begin.checked_add(STEP * i32::try_from(step)?)?;
            sandbox.advance_to(now)?;
            tally.add(&crew.step(now).await?);
        }
        if let Some(failure) = tally.failure.as_deref().filter(|_| tally.done == 0) {
            return Err(format!("nothing could be done: {failure}").into());
        }
        let mut ads = std::collections::BTreeMap::<_, u64>::new();
        for request in sandbox.history() {
            if let (RequestEffect::CreatedAd(_), Some(tag)) = (request.effect, request.tag) {
                *ads.entry(tag).or_default() += 1;
            }
        }
        Ok(Ran { quotas: sandbox.quotas(), tally, ads: ads.into_values().collect() })
    }
}

/// The pages of the shop's products.
async fn pages(sandbox: &Sandbox) -> Result<Vec<String>, Failure> {
    let access = sandbox.access();
    let url = sandbox.store_url().join("wp-json/wc/v3/products?per_page=100&status=publish&_fields=permalink")?;
    let request = reqwest::Client::new().get(url).basic_auth(&access.consumer_key, Some(&access.consumer_secret));
    let products: Vec<serde_json::Value> = request.send().await?.error_for_status()?.json().await?;
    let pages: Vec<String> = products.iter().filter_map(|product| Some(product.get("permalink")?.as_str()?.to_owned())).collect();
    if pages.is_empty() { Err("the shop has no products".into()) } else { Ok(pages) }
}

impl Ran {
    fn quota(&self, group: QuotaGroup) -> Option<&QuotaUse> {
        self.quotas.iter().find(|used| used.group == group)
    }

    fn over(&self) -> u64 {
        self.quotas.iter().map(|used| used.over).sum()
    }

    fn most(&self, group: QuotaGroup) -> u32 {
        self.quota(group).map_or(0, |used| used.most_at_once)
    }
}

/// Runs added up; peaks are the highest of all.
#[derive(Clone, Debug, Default)]
struct Outcome {
    runs: Vec<Ran>,
    unshared_over: u64,
}

impl Outcome {
    fn add(&mut self, ran: &Ran, unshared_over: u64) {
        self.runs.push(ran.clone());
        self.unshared_over += unshared_over;
    }

    fn figures(&self, seconds: f64) -> Figures {
        let sum = |of: fn(&Ran) -> u64| self.runs.iter().map(of).sum::<u64>() as f64;
        let most = |group| f64::from(self.runs.iter().map(|ran| ran.most(group)).max().unwrap_or(0));
        let arrived = |ran: &Ran| {
            let of = |group| ran.quota(group).map_or(0, |used| used.requests);
            of(QuotaGroup::General) + of(QuotaGroup::Catalogs)
        };
        Figures::from([
            ("requests", sum(arrived)),
            ("requests_over_quota", sum(Ran::over)),
            ("requests_over_in_any_window", sum(|ran| ran.quotas.iter().map(|used| used.over_in_any_window).sum())),
            ("most_calls_in_an_hour", most(QuotaGroup::General)),
            ("most_catalog_calls_in_an_hour", most(QuotaGroup::Catalogs)),
            ("most_report_exports_in_24_hours", most(QuotaGroup::ReportExport)),
            ("most_click_exports_in_24_hours", most(QuotaGroup::ClickExport)),
            ("done", sum(|ran| ran.tally.done)),
            ("held_back", sum(|ran| ran.tally.held_back)),
            ("failed", sum(|ran| ran.tally.failed)),
            ("campaigns", sum(|ran| ran.ads.iter().filter(|ads| **ads == 1).count() as u64)),
            ("duplicates", sum(|ran| ran.ads.iter().map(|ads| ads - 1).sum())),
            ("unshared_requests_over_quota", self.unshared_over as f64),
            ("seconds", seconds),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crew::Clients;

    /// A tenth of the documented quotas for a tenth of the campaigns.
    fn small(is_shared: bool) -> Run {
        let platform = PlatformSettings {
            requests_per_hour: 100,
            catalog_requests_per_hour: 40,
            exports_per_day: 20,
            click_exports_per_day: 4,
            ..PlatformSettings::default()
        };
        Run { seed: 1, days: 1, campaigns: 30, platform, is_shared }
    }

    #[tokio::test]
    async fn clients_with_one_count_want_more_than_the_quotas_and_take_less() {
        let ran = small(true).go(Clients::start).await.unwrap();
        assert_eq!((ran.tally.failed, &ran.tally.failure), (0, &None), "{:?}", ran.tally);
        assert_eq!(ran.over(), 0, "{:?}", ran.quotas);
        assert!(ran.quotas.iter().all(|used| used.over_in_any_window == 0 && used.requests > 0), "{:?}", ran.quotas);
        assert!(ran.tally.held_back > 0 && ran.tally.done > 200, "{:?}", ran.tally);
        assert_eq!(ran.ads, vec![1; 30], "each campaign was launched once");
    }

    #[tokio::test]
    async fn without_one_count_they_do_not() {
        let ran = small(false).go(Clients::start).await.unwrap();
        assert!(ran.over() > 0, "{:?}", ran.quotas);
    }
}
