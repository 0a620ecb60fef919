//! Every verb through Prism, an independent validating mock on impact.com's own OpenAPI files. Both stay outside the project:
//! `CAMPAIGN_PILOT_PRISM` names the program, `CAMPAIGN_PILOT_IMPACT_OPENAPI` the folder with the files.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use campaign_pilot_core::{ErrorKind, ManualClock};
use campaign_pilot_impact_client::ImpactApi;

use super::support::{NOW, at, config};
use super::verbs::{FILES, Tried, WITH_LISTS, drive};

/// What Prism does not take although it is as declared, and why.
const NOT_TAKEN: [&str; 1] = [
    // Prism reads a list in a form only where the file declares an encoding for it; this one declares none.
    WITH_LISTS,
];

/// How many start at once: each needs a processor for a second or two.
const AT_ONCE: usize = 3;

/// Prism on one file. It ends with the test.
struct Prism {
    process: Child,
    address: String,
    /// What it says about requests that it does not take.
    complaints: Arc<Mutex<Vec<String>>>,
}

impl Prism {
    fn start(program: &OsString, file: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(program)
            .args(["mock", "--host", "127.0.0.1", "--port", &port.to_string()])
            .arg(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = String::new();
        loop {
            let line = lines.next().unwrap_or_else(|| panic!("Prism ended: {said}")).unwrap();
            if line.contains("is listening") {
                break;
            }
            said.push_str(&line);
        }
        // What it says later must not fill the pipe.
        let complaints = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&complaints);
        std::thread::spawn(move || {
            for line in lines
                .map_while(Result::ok)
                .filter(|line| line.contains("Request ") && !line.contains("received") && !line.contains("NEGOTIATOR"))
            {
                heard.lock().unwrap().push(line);
            }
        });
        Self { process, address: format!("http://127.0.0.1:{port}"), complaints }
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prism_takes_every_request() {
    let program = std::env::var_os("CAMPAIGN_PILOT_PRISM").filter(|program| !program.is_empty());
    let folder = std::env::var_os("CAMPAIGN_PILOT_IMPACT_OPENAPI").filter(|folder| !folder.is_empty());
    let (Some(program), Some(folder)) = (program, folder) else {
        println!(
            "not run: CAMPAIGN_PILOT_PRISM must name Prism's program (npm @stoplight/prism-cli) and \
             CAMPAIGN_PILOT_IMPACT_OPENAPI the folder with impact.com's OpenAPI files"
        );
        return;
    };
    let (mut driven, mut refused) = (0, Vec::new());
    for files in FILES.chunks(AT_ONCE) {
        let mut running = Vec::new();
        for file in files {
            let (program, path) = (program.clone(), Path::new(&folder).join(format!("impact-brand-{file}-v14.yaml")));
            assert!(path.is_file(), "{} is missing", path.display());
            let started = tokio::task::spawn_blocking(move || Prism::start(&program, &path));
            running.push(tokio::spawn(async move { through(file, &started.await.unwrap()).await }));
        }
        for driving in running {
            let (calls, complaints) = driving.await.unwrap();
            driven += calls;
            refused.extend(complaints);
        }
    }
    println!("{driven} calls went through Prism");
    assert!(refused.is_empty(), "{refused:#?}");
    assert!(driven >= 75, "{driven}");
}

/// Drives the verbs of one file through Prism: how many, and what it did not take.
async fn through(file: &str, prism: &Prism) -> (usize, Vec<String>) {
    let clock = Arc::new(ManualClock::starting_at(at(NOW)));
    let api = ImpactApi::new(config(&prism.address), clock).unwrap();
    let tried = drive(file, &api).await;
    let mut refused: Vec<String> = tried.iter().filter_map(refusal).map(|words| format!("{file}: {words}")).collect();
    if !refused.is_empty() {
        refused.extend(prism.complaints.lock().unwrap().iter().cloned());
    }
    (tried.len(), refused)
}

/// Why a verb did not get through; `None` when it did, or failed for Prism's own reasons.
fn refusal(tried: &Tried) -> Option<String> {
    let expected = NOT_TAKEN.contains(&tried.verb);
    let Some(error) = &tried.error else {
        return expected.then(|| format!("{} is taken now", tried.verb));
    };
    if expected && error.status() == Some(422) {
        return None;
    }
    // Prism's made-up answers name other things than those that were asked for.
    let is_made_up = error.kind() == ErrorKind::Malformed && error.status().is_none_or(|status| status == 200);
    // The jobs of exports stand in another file, of which this Prism knows nothing.
    let is_export = tried.verb.starts_with("export") || tried.verb == "ad_report";
    let job_is_elsewhere = is_export && error.call().contains("job") && error.kind() == ErrorKind::NotFound;
    (!is_made_up && !job_is_elsewhere).then(|| format!("{}: {error}", tried.verb))
}
