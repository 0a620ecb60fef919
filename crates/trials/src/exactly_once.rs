//! The trial `exactly-once`: what becomes of creates on an API without any key against doing things twice, when answers
//! and requests are lost, come late or come twice, lists lag, and the client dies at every step.

mod dying;
mod judge;
mod pilot;
mod rivals;
mod wire;

use campaign_pilot_sandbox::{Faults, PlatformSettings, Sandbox, SandboxOptions};
use jiff::SignedDuration;

use crate::trial::{Failure, Figures, Settings, Trial};
use judge::{Judgement, judge};

/// See [the module](self).
pub(crate) const TRIAL: Trial = Trial {
    name: "exactly-once",
    shows: "creates on an API without idempotency keys, under lost, late and repeated requests, lagging lists and a dying client",
    seeds: 500,
    quick_seeds: 1,
    options: &[],
    figures: &[
        ("effects", "creates that took effect at the platform, of 20 decided for each seed"),
        ("faults", "answers that were lost or masked and copies that were delivered on purpose, and deaths of the client"),
        ("deaths", "the part of the faults in which the client died at a step"),
        ("duplicates", "ads beyond the first of a create that could be taken by partners, or that are left over"),
        ("sent_twice", "creates that the client itself sent again although the first had come, or was still to come"),
        ("lost", "creates that have no ad on offer in the end, or never got clear"),
        (
            "copies_unlisted",
            "ads that the faults made beyond the first of a create, and that were ended before they were ever on offer",
        ),
        ("late_duplicates", "ads that came to be after the settle window beside another one of their create (runs of their own)"),
        ("late_duplicates_found", "the part of them that the sweeper has ended before they were ever on offer"),
        ("late_left", "`duplicates` in those runs"),
        ("late_lost", "creates without an ad on offer in those runs"),
        ("naive_duplicates", "`duplicates` of a client that sends again until it gets an answer"),
        ("naive_lost", "`lost` of that client"),
        ("naive_duplicates_percent", "`naive_duplicates` in percent of the creates"),
        (
            "no_wait_duplicates",
            "`duplicates` of a client that looks up at once, without waiting, and sends again what it does not find",
        ),
        ("no_wait_lost", "`lost` of that client"),
        ("no_wait_duplicates_percent", "`no_wait_duplicates` in percent of the creates"),
    ],
    run,
    part: None,
};

/// How many creates one seed decides.
const CREATES: u64 = 20;

/// What the network and the server do to requests. A copy and a late request come up to 2.5 seconds late.
const FAULTS: &str = "lost-answers=0.08,masked=0.02,lost-requests=0.05,late=0.1,late-by=2500ms,twice=0.02,\
                      reads-lost-requests=0.002";

/// The same with requests and copies that come up to two hours late: far beyond any settle window.
const LATE_FAULTS: &str = "lost-answers=0.08,masked=0.02,lost-requests=0.05,late=0.2,late-by=2h,twice=0.02,\
                           reads-lost-requests=0.002";

/// In every other world what was created is missing in lists for a second, so that a client that looks at once sees nothing.
fn faults_of(seed: u64, faults: &str) -> String {
    if seed.is_multiple_of(2) { format!("{faults},stale=1s") } else { faults.to_owned() }
}

/// The longest that a commit within the settle window may take, and the lag of the lists.
const SETTLE: SignedDuration = SignedDuration::from_secs(60);

/// How often a client dies during a create, out of a hundred.
const DEATHS_PERCENT: u32 = 30;

fn run(settings: &Settings) -> Result<Figures, Failure> {
    let creates = if settings.quick { 5 } else { CREATES };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let [mut pilot, mut late, mut naive, mut no_wait] = [Judgement::default(); 4];
        for seed in 1..=u64::from(settings.seeds) {
            // Four worlds that know nothing of each other.
            let (ours, after, first, second) = tokio::try_join!(
                tokio::spawn(with_pilot(seed, creates, FAULTS)),
                tokio::spawn(with_pilot(seed, creates, LATE_FAULTS)),
                tokio::spawn(with_rival(seed, creates, rivals::Rival::Naive)),
                tokio::spawn(with_rival(seed, creates, rivals::Rival::NoWait)),
            )?;
            pilot.add(&ours?);
            late.add(&after?);
            naive.add(&first?);
            no_wait.add(&second?);
        }
        Ok(figures(&pilot, &late, &naive, &no_wait))
    })
}

fn figures(pilot: &Judgement, late: &Judgement, naive: &Judgement, no_wait: &Judgement) -> Figures {
    let percent = |judgement: &Judgement| 100.0 * judgement.duplicates as f64 / judgement.creates.max(1) as f64;
    Figures::from([
        ("effects", pilot.effects as f64),
        ("faults", (pilot.faults + pilot.deaths) as f64),
        ("deaths", pilot.deaths as f64),
        ("duplicates", pilot.duplicates as f64),
        ("sent_twice", pilot.sent_twice as f64),
        ("lost", pilot.lost as f64),
        ("copies_unlisted", pilot.copies_unlisted as f64),
        ("late_duplicates", late.late_duplicates as f64),
        ("late_duplicates_found", late.late_duplicates_found as f64),
        ("late_left", late.duplicates as f64),
        ("late_lost", late.lost as f64),
        ("naive_duplicates", naive.duplicates as f64),
        ("naive_lost", naive.lost as f64),
        ("naive_duplicates_percent", percent(naive)),
        ("no_wait_duplicates", no_wait.duplicates as f64),
        ("no_wait_lost", no_wait.lost as f64),
        ("no_wait_duplicates_percent", percent(no_wait)),
    ])
}

async fn sandbox(seed: u64, faults: &str) -> Result<Sandbox, Failure> {
    let platform = PlatformSettings { requests_per_hour: u32::MAX, ..PlatformSettings::default() };
    let faults: Faults = faults_of(seed, faults).parse()?;
    Ok(Sandbox::start(SandboxOptions { seed, faults, platform, ..SandboxOptions::default() }).await?)
}

async fn with_pilot(seed: u64, creates: u64, faults: &str) -> Result<Judgement, Failure> {
    let sandbox = sandbox(seed, faults).await?;
    let run = pilot::run(&sandbox, seed, creates).await?;
    let judgement = judge(&sandbox, &run, SETTLE);
    sandbox.shutdown().await;
    Ok(judgement)
}

async fn with_rival(seed: u64, creates: u64, rival: rivals::Rival) -> Result<Judgement, Failure> {
    let sandbox = sandbox(seed, FAULTS).await?;
    let run = rivals::run(&sandbox, seed, creates, rival).await?;
    let judgement = judge(&sandbox, &run, SETTLE);
    sandbox.shutdown().await;
    Ok(judgement)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Three hundred fault streams in each run of the tests.
    #[tokio::test(flavor = "multi_thread")]
    async fn no_create_is_done_twice_or_lost_over_three_hundred_seeds() {
        let mut sum = Judgement::default();
        let mut seeds = 1..=300;
        let mut runs = tokio::task::JoinSet::new();
        loop {
            while runs.len() < 4
                && let Some(seed) = seeds.next()
            {
                runs.spawn(async move { (seed, with_pilot(seed, 2, FAULTS).await.unwrap()) });
            }
            let Some(run) = runs.join_next().await else { break };
            let (seed, judgement) = run.unwrap();
            assert_eq!((judgement.duplicates, judgement.sent_twice, judgement.lost), (0, 0, 0), "seed {seed}: {judgement:?}");
            sum.add(&judgement);
        }
        assert_eq!((sum.creates, sum.effects), (600, 600));
        assert!(sum.faults > 100 && sum.deaths > 60 && sum.copies_unlisted > 5, "{sum:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_comes_after_the_settle_window_is_found_by_the_sweeper() {
        let mut sum = Judgement::default();
        for seed in 1..=12 {
            sum.add(&with_pilot(seed, 5, LATE_FAULTS).await.unwrap());
        }
        assert!(sum.late_duplicates > 0, "{sum:?}");
        assert_eq!((sum.late_duplicates_found, sum.duplicates, sum.lost), (sum.late_duplicates, 0, 0), "{sum:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_judge_finds_what_careless_clients_do() {
        let mut sums = [Judgement::default(); 2];
        for seed in 1..=10 {
            sums[0].add(&with_rival(seed, 10, rivals::Rival::Naive).await.unwrap());
            sums[1].add(&with_rival(seed, 10, rivals::Rival::NoWait).await.unwrap());
        }
        assert!(sums[0].duplicates > sums[1].duplicates && sums[1].duplicates > 0, "{sums:?}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_seed_repeats_itself() {
        let judgement = with_pilot(3, 5, FAULTS).await.unwrap();
        assert_eq!(judgement, with_pilot(3, 5, FAULTS).await.unwrap());
    }

    #[test]
    fn every_figure_has_a_meaning() {
        let nothing = Judgement::default();
        let names: BTreeSet<_> = figures(&nothing, &nothing, &nothing, &nothing).into_keys().collect();
        assert_eq!(names, TRIAL.figures.iter().map(|(name, _)| *name).collect());
    }
}
