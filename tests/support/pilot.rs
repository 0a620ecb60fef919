//! The example `pilot` as a process of its own, in a folder of its own, as a person would start it.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use campaign_pilot::sandbox::{PlatformSettings, Sandbox, SandboxOptions};
use jiff::Timestamp;
use tempfile::TempDir;

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The variables that the config file names; the consumer secret stands in a file instead.
const KEY: &str = "PILOT_TEST_KEY";
const SID: &str = "PILOT_TEST_SID";
const TOKEN: &str = "PILOT_TEST_TOKEN";
const VIEWS: &str = "PILOT_TEST_VIEWS";

/// The program, built as it is now.
pub(crate) fn pilot() -> Result<Command, Failure> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| build().map_err(|error| error.to_string())).clone()?;
    let mut command = Command::new(program);
    command.env_remove("RUST_LOG");
    Ok(command)
}

/// Builds the program in the profile of this test, and finds out where it is.
fn build() -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()?;
    let profile = this.ancestors().nth(2).and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or("debug");
    let profile = if profile == "debug" { "dev" } else { profile };
    let built = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--example", "pilot", "--all-features", "--profile", profile])
        .arg("--message-format=json-render-diagnostics")
        .output()?;
    let said = String::from_utf8(built.stdout)?;
    let lines = said.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut programs =
        lines.filter(|line| line["target"]["name"] == "pilot").filter_map(|line| line["executable"].as_str().map(PathBuf::from));
    programs.next().ok_or_else(|| format!("the example is not built: {}", String::from_utf8_lossy(&built.stderr)).into())
}

/// What a program said when it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a program to its end, while the sandbox of this process goes on serving.
pub(crate) fn run(command: &mut Command) -> Result<Said, Failure> {
    let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output())?;
    Ok(Said { code: status.code(), stdout: String::from_utf8(stdout)?, stderr: String::from_utf8(stderr)? })
}

/// A store, a platform and a page-view counter of today, a config file for them, and the secrets that it names.
pub(crate) struct Office {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
}

impl Office {
    pub(crate) async fn open(settings: PlatformSettings) -> Result<Self, Failure> {
        // The program works in real time here, so the sandbox has to live in the same hour.
        let start = Timestamp::from_second(Timestamp::now().as_second())?;
        let platform = PlatformSettings { polls_per_job: 0, ..settings };
        let sandbox = Sandbox::start(SandboxOptions { seed: 3, start, platform, ..SandboxOptions::default() }).await?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("woo-secret"), format!("{}\n", sandbox.access().consumer_secret))?;
        let office = Self { sandbox, folder };
        office.configure("", "")?;
        Ok(office)
    }

    /// Writes the config file with one piece of it replaced.
    pub(crate) fn configure(&self, piece: &str, by: &str) -> Result<(), Failure> {
        let sandbox = &self.sandbox;
        let access = sandbox.access();
        let text = format!(
            r#"
[store]
url = "{store}"
consumer_key = {{ env = "{KEY}" }}
consumer_secret = {{ file = "{secret}" }}

[platform]
url = "{platform}"
account_sid = {{ env = "{SID}" }}
auth_token = {{ env = "{TOKEN}" }}
program_id = "{program}"
currency = "{currency}"

[views]
url = "{views}"
site_id = "{site}"
token = {{ env = "{VIEWS}" }}
"#,
            store = sandbox.store_url(),
            secret = self.path("woo-secret").display(),
            platform = sandbox.impact_url(),
            program = access.program_id,
            currency = access.currency.code(),
            views = sandbox.plausible_url(),
            site = access.site_id,
        );
        assert!(text.contains(piece), "the config file has no {piece}");
        Ok(fs::write(self.path("pilot.toml"), text.replacen(piece, by, 1))?)
    }

    /// The program on the config file, with the secrets.
    pub(crate) fn pilot(&self) -> Result<Command, Failure> {
        let access = self.sandbox.access();
        let mut command = pilot()?;
        command
            .env(KEY, &access.consumer_key)
            .env(SID, &access.account_sid)
            .env(TOKEN, &access.auth_token)
            .env(VIEWS, &access.plausible_token)
            .arg("--config")
            .arg(self.path("pilot.toml"))
            .arg("--out")
            .arg(self.out());
        Ok(command)
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// A file of this office.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asserts that no secret stands in what the program said or wrote.
    pub(crate) fn tells_no_secret(&self, said: &Said) -> Result<(), Failure> {
        let mut texts = vec![said.stdout.clone().into_bytes(), said.stderr.clone().into_bytes()];
        if let Ok(files) = fs::read_dir(self.out()) {
            for file in files {
                texts.push(fs::read(file?.path())?);
            }
        }
        let access = self.sandbox.access();
        let secrets =
            [&access.consumer_key, &access.consumer_secret, &access.account_sid, &access.auth_token, &access.plausible_token];
        for secret in secrets {
            let told = texts.iter().any(|text| text.windows(secret.len()).any(|window| window == secret.as_bytes()));
            assert!(!told, "`{secret}` is told");
        }
        Ok(())
    }
}
