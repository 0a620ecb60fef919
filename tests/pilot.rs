//! The example `pilot` as a person uses it: plans, acts once, carries on, ends at Ctrl-C, survives being killed.
#![cfg(unix)]
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail as tests do")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use campaign_pilot::agents::report::RunReport;
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::{PlatformSettings, RequestEffect};
use jiff::Timestamp;
use serde_json::{Value, json};

#[path = "support/pilot.rs"]
mod support;

use support::{Failure, Office, Said, pilot, run};

type Tested = Result<(), Failure>;

#[tokio::test(flavor = "multi_thread")]
async fn planning_changes_nothing_and_applying_acts_once() -> Tested {
    let Attempt { plan, after_plan, applied, created, later } = Attempt::within_an_hour().await?;
    assert_eq!(after_plan, 0, "planning sent something that could change something");
    assert!(plan.contains("Would do (nothing was changed; --apply carries it out)"), "{plan}");
    let planned: Vec<&str> = plan.lines().filter(|line| line.starts_with("  advertise `")).collect();
    assert!(!planned.is_empty(), "{plan}");
    let carried_out = applied.split("Carried out").nth(1).ok_or("nothing is said to be carried out")?;
    for line in &planned {
        assert!(carried_out.contains(&format!("{line}: live as ")), "`{line}` is not in {carried_out}");
    }
    assert_eq!(created.len(), planned.len());
    assert_eq!(created.iter().collect::<BTreeSet<_>>().len(), planned.len(), "{created:?}");
    assert_eq!(later, created, "something was created twice");
    Ok(())
}

/// A plan, its application, and two more applications at once.
struct Attempt {
    plan: String,
    after_plan: usize,
    applied: String,
    created: Vec<String>,
    later: Vec<String>,
}

impl Attempt {
    /// The program lives in real time and reads whole hours: begins anew where one ended meanwhile.
    async fn within_an_hour() -> Result<Self, Failure> {
        let hour = || Timestamp::now().as_second().div_euclid(3_600);
        loop {
            let begun = hour();
            let attempt = Self::make().await?;
            if hour() == begun {
                return Ok(attempt);
            }
        }
    }

    async fn make() -> Result<Self, Failure> {
        let office = Office::open(PlatformSettings::default()).await?;
        let plan = well(&office, &mut office.pilot()?)?.stdout;
        let after_plan = office.sandbox.history().len();
        let applied = well(&office, office.pilot()?.arg("--apply"))?.stdout;
        let created = created(&office);
        for _ in 0..2 {
            well(&office, office.pilot()?.arg("--apply"))?;
        }
        Ok(Self { plan, after_plan, applied, created, later: self::created(&office) })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_read_one_document() -> Tested {
    let office = Office::open(PlatformSettings::default()).await?;
    let actions = |document: &Value| document["cycle"]["plan"]["allowed"]["actions"].as_array().map(Vec::len);
    let plan: Value = serde_json::from_str(&well(&office, office.pilot()?.arg("--json"))?.stdout)?;
    assert_eq!(plan["report"]["run"]["mode"], "plan");
    assert!(actions(&plan) > Some(0));
    assert_eq!(office.sandbox.history(), []);
    let applied: Value = serde_json::from_str(&well(&office, office.pilot()?.args(["--json", "--apply"]))?.stdout)?;
    assert_eq!(applied["report"]["run"]["mode"], "apply");
    assert_eq!(applied["report"]["campaigns"].as_array().map(Vec::len), actions(&applied));
    assert_eq!(Some(created(&office).len()), actions(&applied));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_config_file_works_as_it_stands() -> Tested {
    let office = Office::open(PlatformSettings::default()).await?;
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md"))?;
    let block = page.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).ok_or("no example in the page")?;
    let mut text = block.to_owned();
    let secret = office.path("woo-secret").display().to_string();
    for (piece, by) in [
        ("https://shop.example", office.sandbox.store_url().as_str()),
        ("# url = \"https://api.impact.com\"", &format!("url = \"{}\"", office.sandbox.impact_url())),
        ("# url = \"https://plausible.io\"", &format!("url = \"{}\"", office.sandbox.plausible_url())),
        ("/run/secrets/woo", &secret),
        ("# authentication = \"query\"", "authentication = \"query\""),
        ("# time_zone = \"Europe/Berlin\"", "time_zone = \"UTC\""),
    ] {
        assert!(text.contains(piece), "{piece} is not in the page");
        text = text.replacen(piece, by, 1);
    }
    fs::write(office.path("pilot.toml"), text)?;
    let access = office.sandbox.access();
    let mut command = office.pilot()?;
    command.env("WOO_KEY", &access.consumer_key).env("IMPACT_SID", &access.account_sid);
    command.env("IMPACT_TOKEN", &access.auth_token).env("PLAUSIBLE_TOKEN", &access.plausible_token);
    let plan = well(&office, &mut command)?.stdout;
    assert_eq!(plan.lines().filter(|line| line.starts_with("  advertise `")).count(), 2, "{plan}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_files_and_a_second_run_carries_on() -> Tested {
    let (one, two) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let mut other = simulation(two.path(), 2)?.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let first = run(&mut simulation(one.path(), 2)?)?;
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    assert!(!first.stdout.contains("Carrying on"), "{}", first.stdout);
    assert!(end(&mut other)?.success());
    for name in ["report.json", "report.html", "campaigns.csv"] {
        let text = fs::read_to_string(one.path().join(name))?;
        assert!(!text.is_empty() && text == fs::read_to_string(two.path().join(name))?, "{name} differs");
    }

    let again = run(&mut simulation(one.path(), 1)?)?;
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""));
    // Each run looks once more when its last hour is over.
    let words = format!("Carrying on from the memory in {}: 49 cycles so far", one.path().display());
    assert!(again.stdout.contains(&words) && again.stdout.contains("2026-11-25 00:00 UTC"), "{}", again.stdout);
    let report = report(one.path())?;
    assert!(report.run.carried_on);
    assert_eq!((report.run.cycles, report.run.seed), (74, Some(1)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_worlds_are_named_and_described() -> Tested {
    for (world, about, addresses) in [
        ("tiny", "Two orders a day and 25 products", &["WooCommerce http://", "impact.com http://", "Plausible http://"][..]),
        (
            "paid",
            "A platform where clicks are paid",
            &["WooCommerce http://", "Plausible http://", "(paid clicks) has no server"],
        ),
    ] {
        let folder = tempfile::tempdir()?;
        let said = run(simulation(folder.path(), 2)?.args(["--world", world]))?;
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        for words in [&format!("the world `{world}` (seed 1)"), about].into_iter().chain(addresses.iter().copied()) {
            assert!(said.stdout.contains(words), "`{words}` is missing: {}", said.stdout);
        }
        assert_eq!(
            said.stdout.contains("impact.com"),
            addresses.iter().any(|words| words.contains("impact.com")),
            "{}",
            said.stdout
        );
        let report = report(folder.path())?;
        assert!(!report.campaigns.is_empty(), "nothing was launched in `{world}`");
        assert!(report.campaigns.iter().all(|campaign| campaign.platform_id.is_some()), "something is not live in `{world}`");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_without_page_views_has_no_source_of_them() -> Tested {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("unseen.toml");
    fs::write(&file, "name = 'unseen'\nabout = 'Nobody counts.'\n[data]\nviews = 'missing'\n")?;
    let said = run(simulation(&folder.path().join("out"), 1)?.arg("--world").arg(&file))?;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    assert!(said.stdout.contains("Nobody counts.") && said.stdout.contains("Its shop counts no page views."), "{}", said.stdout);
    assert!(!said.stdout.contains("Plausible"), "{}", said.stdout);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_between_two_steps_and_the_next_run_finishes() -> Tested {
    let folder = tempfile::tempdir()?;
    let mut child = busy(folder.path())?;
    let interrupt = Command::new("sh").args(["-c", "kill -INT \"$0\"", &child.id().to_string()]).status()?;
    assert!(interrupt.success());
    let rest = tokio::task::block_in_place(|| {
        let stderr = child.stderr.take().ok_or("no standard error")?;
        BufReader::new(stderr).lines().collect::<Result<Vec<_>, _>>().map_err(Failure::from)
    })?;
    assert_eq!(end(&mut child)?.code(), Some(130), "{rest:?}");
    let last = rest.last().ok_or("nothing was said")?;
    assert_eq!(last, "stopped between two steps; run the same command again to carry on");
    SqliteMemory::open(folder.path().join("memory.sqlite")).await?.close().await?;
    let stopped_at = report(folder.path())?;
    let carried_on = report_after_another_day(folder.path())?;
    assert!(carried_on.run.carried_on && carried_on.run.cycles > stopped_at.run.cycles);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_carried_on() -> Tested {
    let folder = tempfile::tempdir()?;
    let mut child = busy(folder.path())?;
    child.kill()?;
    assert_eq!(end(&mut child)?.code(), None);
    assert!(!folder.path().join("report.json").exists(), "it had ended before");
    let report = report_after_another_day(folder.path())?;
    assert!(!report.campaigns.is_empty());
    Ok(())
}

/// Runs the program on an office; it says nothing on standard error, and no secret anywhere.
fn well(office: &Office, command: &mut Command) -> Result<Said, Failure> {
    let said = run(command)?;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{}", said.stdout);
    office.tells_no_secret(&said)?;
    Ok(said)
}

/// The tags of the ads that were created, in order; each was let go once, and nothing else was changed.
fn created(office: &Office) -> Vec<String> {
    let mut tags = Vec::new();
    let mut held_back = BTreeSet::new();
    for request in office.sandbox.history() {
        match request.effect {
            RequestEffect::CreatedAd(ad) => {
                assert!(held_back.insert(ad), "{ad} was created twice");
                tags.push(request.tag.expect("each ad carries our tag").to_string());
            }
            RequestEffect::UpdatedAd(ad) => assert!(held_back.remove(&ad), "{ad} was changed after it was let go"),
            other => assert!(matches!(other, RequestEffect::Exported(_)), "{other:?}"),
        }
    }
    assert!(held_back.is_empty(), "still held back: {held_back:?}");
    tags
}

/// The program on its own market.
fn simulation(folder: &Path, days: u16) -> Result<Command, Failure> {
    let mut command = pilot()?;
    command.arg("--out").arg(folder).args(["--days", &days.to_string()]);
    Ok(command)
}

/// A simulation in the middle of its first launches.
fn busy(folder: &Path) -> Result<Child, Failure> {
    let mut command = simulation(folder, 20)?;
    // The executor tells of each launch: what a test can wait for without guessing at times.
    command.env("RUST_LOG", "campaign_pilot_agents=info").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stderr = child.stderr.as_mut().ok_or("no standard error")?;
    tokio::task::block_in_place(|| {
        let mut seen = Vec::new();
        let mut byte = [0];
        // Byte by byte, so that nothing of what follows is swallowed.
        while seen.windows(7).filter(|window| window == b"adopted").count() < 2 {
            std::io::Read::read_exact(stderr, &mut byte)?;
            seen.extend(byte);
        }
        Ok::<(), Failure>(())
    })?;
    Ok(child)
}

/// Carries a simulation on for a day. Each launch was sent once.
fn report_after_another_day(folder: &Path) -> Result<RunReport, Failure> {
    let said = run(&mut simulation(folder, 1)?)?;
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
    let mut tags = BTreeSet::new();
    for line in fs::read_to_string(folder.join("sandbox.jsonl"))?.lines() {
        let entry: Value = serde_json::from_str(line)?;
        if entry["write"]["method"] == "POST" && entry["write"]["path"] == json!(["Ads"]) {
            let fields = entry["write"]["fields"].as_array().ok_or("no fields")?;
            let labels = fields.iter().find(|field| field[0] == "Labels").ok_or("no labels")?;
            assert!(tags.insert(labels[1].to_string()), "{labels} was created twice");
        }
    }
    let report = report(folder)?;
    assert_eq!(report.campaigns.len(), tags.len());
    Ok(report)
}

fn report(folder: &Path) -> Result<RunReport, Failure> {
    Ok(serde_json::from_slice(&fs::read(folder.join("report.json"))?)?)
}

fn end(child: &mut Child) -> Result<ExitStatus, Failure> {
    Ok(tokio::task::block_in_place(|| child.wait())?)
}
