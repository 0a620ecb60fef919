//! Bad input: each gives one clear error that says what, where and what to do, a code that scripts can tell, and loses nothing.
#![cfg(unix)]
#![expect(clippy::indexing_slicing, clippy::panic, reason = "helpers of tests fail as tests do")]
#![expect(clippy::print_stdout, reason = "with --nocapture one can read all the errors as people see them")]

use std::fs;
use std::path::Path;
use std::process::Command;

use campaign_pilot::agents::report::RunReport;
use campaign_pilot::core::Currency;
use campaign_pilot::memory::SqliteMemory;
use campaign_pilot::sandbox::{PlatformSettings, ProgramState};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[path = "support/pilot.rs"]
mod support;

use support::{Failure, Office, Said, pilot, run};

type Tested = Result<(), Failure>;

async fn office() -> Result<Office, Failure> {
    Office::open(PlatformSettings::default()).await
}

/// Asserts that planning and acting are refused with these words, that the memory still opens, that no secret is told, and
/// that nothing was sent that could change anything.
async fn both_refused(office: &Office, words: &[&str], change: impl Fn(&mut Command)) -> Tested {
    for apply in [false, true] {
        let mut command = office.pilot()?;
        change(&mut command);
        let said = run(command.args(apply.then_some("--apply")))?;
        refused(&said, words);
        assert_eq!(said.stdout, "");
        office.tells_no_secret(&said)?;
        SqliteMemory::open(office.out().join("memory.sqlite")).await?.close().await?;
    }
    assert_eq!(office.sandbox.history(), []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_keys() -> Tested {
    let office = office().await?;
    let store = office.sandbox.store_url().as_str().trim_end_matches('/').to_owned();
    both_refused(&office, &["the store at", &store, "no valid API key", "check the consumer key"], |pilot| {
        pilot.env("PILOT_TEST_KEY", "ck_unknown");
    })
    .await?;
    both_refused(&office, &["platform", "impact.com", "Unauthorized", "account SID and the auth token"], |pilot| {
        pilot.env("PILOT_TEST_TOKEN", "unknown");
    })
    .await?;
    let views = office.sandbox.plausible_url().as_str().trim_end_matches('/').to_owned();
    both_refused(&office, &["Plausible at", &views, "refuses the API key", "create a key"], |pilot| {
        pilot.env("PILOT_TEST_VIEWS", "unknown");
    })
    .await?;
    fs::write(office.path("woo-secret"), "cs_unknown")?;
    both_refused(&office, &[&store, "the secret is wrong", "check the consumer secret"], |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn unreachable_hosts() -> Tested {
    let office = office().await?;
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let nobody = format!("http://{nobody}");
    office.configure(office.sandbox.store_url().as_str(), &nobody)?;
    both_refused(&office, &["the store at", &nobody, "cannot be reached", "check the configured address"], |_| {}).await?;
    office.configure(office.sandbox.impact_url().as_str(), &nobody)?;
    both_refused(&office, &["platform", "impact.com", &nobody, "check"], |_| {}).await?;
    office.configure(office.sandbox.plausible_url().as_str(), &nobody)?;
    both_refused(&office, &["Plausible at", &nobody, "cannot be reached", "check the configured address"], |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_in_front_and_a_store_without_permalinks() -> Tested {
    let office = office().await?;
    for (name, words) in [
        ("028-waf-403", ["is behind a firewall", "allow this machine's address and the path /wp-json/wc/v3/"]),
        ("024-plain-permalink-404", ["has no WordPress REST API", "enable pretty permalinks"]),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(recorded(name)?).mount(&server).await;
        office.configure(office.sandbox.store_url().as_str(), &server.uri())?;
        both_refused(&office, &[&[server.uri().as_str()], &words[..]].concat(), |_| {}).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_not_active() -> Tested {
    for state in [ProgramState::Delinquent, ProgramState::Closed] {
        let office = Office::open(PlatformSettings { program_state: state, ..PlatformSettings::default() }).await?;
        both_refused(&office, &["1000", state.as_str(), "ACTIVE"], |_| {}).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_currencies() -> Tested {
    let office = office().await?;
    office.configure("currency = \"EUR\"", "currency = \"USD\"")?;
    both_refused(&office, &[office.sandbox.store_url().as_str(), "sells in EUR", "currency is USD", "billed in EUR"], |_| {})
        .await?;
    let office = Office::open(PlatformSettings { currency: Currency::USD, ..PlatformSettings::default() }).await?;
    office.configure("currency = \"USD\"", "currency = \"EUR\"")?;
    both_refused(&office, &["platform", "bills the account in USD", "EUR is configured"], |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn products_without_a_price() -> Tested {
    let office = office().await?;
    let server = MockServer::start().await;
    let currency = ResponseTemplate::new(200).set_body_json(json!({ "settings": { "currency": "EUR" } }));
    let list = |items: Vec<Value>| {
        let pages = ResponseTemplate::new(200).insert_header("X-WP-Total", items.len().to_string());
        pages.insert_header("X-WP-TotalPages", "1").set_body_json(items)
    };
    let products = list(vec![exchange("070-product-no_price")?["response"]["body"].take()]);
    for (at, answer) in [("system_status", currency), ("products", products), ("orders", list(vec![])), ("refunds", list(vec![]))]
    {
        Mock::given(path(format!("/wp-json/wc/v3/{at}"))).respond_with(answer).mount(&server).await;
    }
    office.configure(office.sandbox.store_url().as_str(), &server.uri())?;
    both_refused(&office, &[&server.uri(), "no product has a price", "169", "set a regular price"], |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn config_files_that_cannot_be_used() -> Tested {
    let office = office().await?;
    let file = office.path("pilot.toml").display().to_string();
    let secret = office.path("woo-secret").display().to_string();
    let stops = |words: &[&str]| -> Tested {
        let said = run(&mut office.pilot()?)?;
        refused(&said, words);
        assert_eq!(said.stdout, "");
        office.tells_no_secret(&said)
    };
    office.configure("program_id", "program")?;
    stops(&[&file, "line 11", "unknown field `program`", "docs/configuration.md"])?;
    office.configure("currency = \"EUR\"", "currency = \"EUR\"\nbudget = 7")?;
    stops(&[&file, "unknown field `budget`", "docs/configuration.md"])?;
    office.configure("{ env = \"PILOT_TEST_TOKEN\" }", &format!("\"{}\"", office.sandbox.access().auth_token))?;
    stops(&[&file, "a secret never stands here itself", "{ env = \"NAME\" }"])?;
    office.configure("[views]", "[views]\ntime_zone = \"Europe/Berln\"")?;
    stops(&[&file, "line 15", "`time_zone` is `Europe/Berln`", "docs/configuration.md"])?;
    office.configure("PILOT_TEST_SID", "PILOT_TEST_NOT_SET")?;
    stops(&["environment variable `PILOT_TEST_NOT_SET`", "is not set", "export it"])?;
    office.configure(office.sandbox.store_url().as_str(), "http://shop.example")?;
    stops(&["store's address", "https://", "plain http takes signed requests"])?;
    office.configure(office.sandbox.store_url().as_str(), "shop.example")?;
    stops(&["shop.example", "[store]", "https://"])?;
    office.configure("", "")?;
    fs::write(office.path("woo-secret"), "\n")?;
    stops(&[&secret, "is empty", "put the secret there"])?;
    fs::remove_file(office.path("woo-secret"))?;
    stops(&[&secret, "cannot be read", "put the secret there"])?;
    fs::remove_file(office.path("pilot.toml"))?;
    stops(&[&file, "cannot be read", "name an existing file"])?;
    assert_eq!(office.sandbox.history(), []);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_of_a_newer_version_is_left_alone() -> Tested {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("memory.sqlite");
    SqliteMemory::open(&file).await?.close().await?;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await?;
    let newer =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)";
    sqlx::query(newer).execute(&mut connection).await?;
    connection.close().await?;
    let before = fs::read(&file)?;
    let said = run(in_folder(folder.path())?.args(["--days", "1"]))?;
    refused(&said, &[&file.display().to_string(), "was written by a newer version", "update this program"]);
    assert_eq!(fs::read(&file)?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_simulation_is_left_alone() -> Tested {
    let folder = tempfile::tempdir()?;
    let report = |name: &str| fs::read(folder.path().join(name));
    assert_eq!(run(in_folder(folder.path())?.args(["--days", "1"]))?.code, Some(0));
    let before = (report("sandbox.jsonl")?, report("report.json")?);
    let said = run(in_folder(folder.path())?.args(["--days", "1", "--seed", "8"]))?;
    let log = folder.path().join("sandbox.jsonl").display().to_string();
    refused(&said, &[&log, "seed 1, not 8", "--seed and the --world of the first run", "--out"]);
    let said = run(in_folder(folder.path())?.args(["--days", "1", "--world", "tiny"]))?;
    refused(&said, &[&log, "of the world `ordinary`, not of this `tiny`", "--seed and the --world of the first run", "--out"]);
    assert_eq!((report("sandbox.jsonl")?, report("report.json")?), before);
    Ok(())
}

/// Without root no disk can be filled, but the system can refuse to let any file grow: what the program sees is the same
/// failed write.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_no_more() -> Tested {
    for blocks in [600, 3_000] {
        let folder = tempfile::tempdir()?;
        let program = in_folder(folder.path())?;
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
        limited.arg(program.get_program()).args(program.get_args()).args(["--days", "1"]);
        let file = folder.path().join("memory.sqlite");
        refused(&run(&mut limited)?, &[&file.display().to_string(), "what was stored before is intact", "free some space"]);
        SqliteMemory::open(&file).await?.close().await?;

        let said = run(in_folder(folder.path())?.args(["--days", "1", "--json"]))?;
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        let report: RunReport = serde_json::from_str(&said.stdout)?;
        assert!(!report.campaigns.is_empty());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_made() -> Tested {
    let folder = tempfile::tempdir()?;
    let taken = folder.path().join("taken");
    fs::write(&taken, "something else")?;
    refused(&run(&mut in_folder(&taken)?)?, &[&taken.display().to_string(), "cannot be made", "--out"]);
    assert_eq!(fs::read_to_string(taken)?, "something else");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn misuse_of_the_command_line_has_a_code_of_its_own() -> Tested {
    let folder: TempDir = tempfile::tempdir()?;
    let out = folder.path().join("out");
    for (arguments, word) in [
        (&["--faults", "nonsense"][..], "nonsense"),
        (&["--faults", "lost-answers=2"], "probability"),
        (&["--apply"], "--config"),
        (&["--config", "pilot.toml", "--watch"], "--apply"),
        (&["--config", "pilot.toml", "--days", "3"], "--days"),
        (&["--days", "0"], "1..=366"),
        (&["--config", "pilot.toml", "--world", "tiny"], "--world"),
    ] {
        let said = run(in_folder(&out)?.args(arguments))?;
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(said.stderr.starts_with("error: ") && said.stderr.contains(word), "{}", said.stderr);
        assert!(!out.exists());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_that_is_none_is_misuse() -> Tested {
    let folder = tempfile::tempdir()?;
    let (out, file) = (folder.path().join("out"), folder.path().join("my.toml"));
    let misused = |world: &Path, words: &[&str]| {
        let said = run(in_folder(&out)?.arg("--world").arg(world))?;
        println!("{}", said.stderr);
        assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{}", said.stderr);
        let place = format!("error: invalid value '{}' for '--world <NAME|FILE>': ", world.display());
        assert!(said.stderr.starts_with(&place) && said.stderr.contains("\n  next: "), "{}", said.stderr);
        for word in words {
            assert!(said.stderr.contains(word), "`{word}` is missing: {}", said.stderr);
        }
        assert!(!out.exists());
        Ok::<(), Failure>(())
    };
    misused(Path::new("tinny"), &["no shipped world", "today", "tiny", "No such file", "give one of these names"])?;
    fs::write(&file, "name = 'mine'\n[partners]\ncommision = [0.1, 0.2]\n")?;
    misused(&file, &["line 3", "unknown field `commision`", "correct the file"])?;
    fs::write(&file, "name = 'mine'\n[store]\nproducts = 0\n")?;
    misused(&file, &["this world is impossible", "store.products", "correct the file"])
}

/// Asserts that a run failed with one error that holds all these words, and a next step.
fn refused(said: &Said, words: &[&str]) {
    println!("{}", said.stderr);
    assert_eq!(said.code, Some(1), "{said:#?}");
    let lines: Vec<&str> = said.stderr.lines().collect();
    let [error, next] = lines[..] else { panic!("not one error and its next step: {}", said.stderr) };
    assert!(error.starts_with("error: ") && next.starts_with("  next: "), "{}", said.stderr);
    for word in words {
        assert!(said.stderr.contains(word), "`{word}` is missing: {}", said.stderr);
    }
}

/// The program on its own market, in a folder.
fn in_folder(folder: &Path) -> Result<Command, Failure> {
    let mut command = pilot()?;
    command.arg("--out").arg(folder);
    Ok(command)
}

/// A recorded exchange with a WooCommerce store.
fn exchange(name: &str) -> Result<Value, Failure> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/store-client/tests/fixtures/woocommerce");
    Ok(serde_json::from_slice(&fs::read(folder.join(name).with_extension("json"))?)?)
}

/// A page that was recorded in front of a store.
fn recorded(name: &str) -> Result<ResponseTemplate, Failure> {
    let answer = exchange(name)?["response"].take();
    let status = answer["status"].as_u64().ok_or("no status")?;
    let page = answer["body"].as_str().ok_or("no page")?;
    Ok(ResponseTemplate::new(u16::try_from(status)?).set_body_raw(page, "text/html"))
}
