//! The trial's other processes: this program again, with a part to play.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::reading::{self, Reader};
use super::server::{self, ServerSpec};
use crate::trial::Failure;

/// What another process does. It goes along as JSON; a reader's result comes back as JSON on its output.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) enum Part {
    /// Serves a shop.
    Server(ServerSpec),
    /// Reads a whole shop and measures it.
    Measured { base: String, reader: Reader },
    /// Reads a shop that changes meanwhile.
    Watched { base: String },
}

/// Plays a part; called in the other process.
pub(super) fn run(part: &str) -> Result<(), Failure> {
    let result = match serde_json::from_str(part)? {
        Part::Server(spec) => return server::serve(spec),
        Part::Measured { base, reader } => serde_json::to_string(&reading::measured(&base, reader)?)?,
        Part::Watched { base } => serde_json::to_string(&reading::watched(&base)?)?,
    };
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

impl Part {
    /// Has a part played to its end.
    pub(super) fn run<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let output = self.command()?.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("a part of the trial failed in its own process".into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn command(&self) -> Result<Command, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([super::TRIAL.name, "--part", &serde_json::to_string(self)?]);
        Ok(command)
    }
}

/// A bench server in a process of its own; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Its address: `http://127.0.0.1:40000`.
    pub(super) base: String,
}

impl Server {
    pub(super) fn start(spec: ServerSpec) -> Result<Self, Failure> {
        let child = Part::Server(spec).command()?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut server = Self { child, base: String::new() };
        let output = server.child.stdout.as_mut().ok_or("the bench server has no output")?;
        BufReader::new(output).read_line(&mut server.base)?;
        server.base.truncate(server.base.trim_end().len());
        if server.base.is_empty() {
            return Err("the bench server did not start".into());
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It also ends by itself when its input does; there is nobody to tell about a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
