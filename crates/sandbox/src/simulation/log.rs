//! The world log: what happened from outside, in order, so that a world can be brought back.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{SandboxError, SandboxErrorKind};
use crate::impact::{BlockRule, PlatformSettings, ProgramState, WriteRequest};
use crate::paid::PaidWrite;
use crate::world::World;

/// The version of the market's rules: a log of another version would come back as another world.
const VERSION: u32 = 3;

/// What a world was started with: the first line of its log.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Start {
    version: u32,
    seed: u64,
    start: Timestamp,
    world: Value,
    platform: Value,
}

impl Start {
    pub(super) fn new(seed: u64, start: Timestamp, world: &World, settings: &PlatformSettings) -> Result<Self, SandboxError> {
        let mut platform = serde_json::to_value(settings).map_err(|error| {
            SandboxError::caused_by(SandboxErrorKind::Input, "the platform settings cannot be written down", error)
        })?;
        if let Some(platform) = platform.as_object_mut() {
            platform.retain(|key, _| key != "account_sid" && key != "tokens" && !key.ends_with("_token"));
        }
        let world = serde_json::to_value(world)
            .map_err(|error| SandboxError::caused_by(SandboxErrorKind::Input, "the world cannot be written down", error))?;
        Ok(Self { version: VERSION, seed, start, world, platform })
    }

    /// What tells this world from another one, in words.
    fn differs_from(&self, other: &Self) -> Option<String> {
        if self.version != other.version {
            return Some(format!("it has version {}, this program writes version {}", self.version, other.version));
        }
        if self.seed != other.seed {
            return Some(format!("it has seed {}, not {}", self.seed, other.seed));
        }
        if self.start != other.start {
            return Some(format!("it starts at {}, not {}", self.start, other.start));
        }
        if self.world != other.world {
            let name = |start: &Self| start.world.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            return Some(format!("it is of the world `{}`, not of this `{}`", name(self), name(other)));
        }
        (self.platform != other.platform).then(|| "it has other platform settings".to_owned())
    }
}

/// One thing that came from outside.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    AdvanceTo(Timestamp),
    Write(WriteRequest),
    ProgramState(ProgramState),
    Rules(Vec<BlockRule>),
    Paid(PaidWrite),
}

#[derive(Deserialize, Serialize)]
struct FirstLine {
    start: Start,
}

/// An open world log; one line of JSON for each entry.
#[derive(Debug)]
pub(super) struct WorldLog {
    file: File,
    path: PathBuf,
}

impl WorldLog {
    /// Opens or starts the log of a world, and gives what it holds. A last line that was cut off is dropped.
    pub(super) fn open(path: &Path, start: &Start) -> Result<(Self, Vec<Entry>), SandboxError> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).append(true).create(true).open(path).map_err(|error| unusable(path, error))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|error| unusable(path, error))?;

        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|error| unusable(path, error))?;
        text.truncate(whole);
        let mut log = Self { file, path: path.to_owned() };
        if text.is_empty() {
            let (world, platform) = (start.world.clone(), start.platform.clone());
            log.append_line(&FirstLine { start: Start { world, platform, ..*start } })?;
            return Ok((log, Vec::new()));
        }
        let entries = read(&text, start, path)?;
        Ok((log, entries))
    }

    /// Writes an entry down; once this returns it survives the process.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<(), SandboxError> {
        self.append_line(entry)
    }

    fn append_line(&mut self, line: &impl Serialize) -> Result<(), SandboxError> {
        let mut text = serde_json::to_vec(line).map_err(|error| unusable(&self.path, error.into()))?;
        text.push(b'\n');
        let before = self.file.metadata().map_err(|error| unusable(&self.path, error))?.len();
        self.file.write_all(&text).and_then(|()| self.file.flush()).map_err(|error| {
            // Half a line in the middle would make the whole log unreadable.
            match self.file.set_len(before) {
                Ok(()) => unusable(&self.path, error),
                Err(undo) => unusable(&self.path, undo),
            }
        })
    }
}

fn read(text: &[u8], start: &Start, path: &Path) -> Result<Vec<Entry>, SandboxError> {
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let first: FirstLine = serde_json::from_slice(first).map_err(|error| damaged(path, 1, error))?;
    if let Some(difference) = first.start.differs_from(start) {
        let message =
            format!("the world log {} is another world's: {difference}; use another file or the same options", path.display());
        return Err(SandboxError::new(SandboxErrorKind::WorldLog, message));
    }
    lines.enumerate().map(|(index, line)| serde_json::from_slice(line).map_err(|error| damaged(path, index + 2, error))).collect()
}

fn damaged(path: &Path, line: usize, error: serde_json::Error) -> SandboxError {
    let message = format!("line {line} of the world log {} cannot be read", path.display());
    SandboxError::caused_by(SandboxErrorKind::WorldLog, message, error)
}

fn unusable(path: &Path, error: io::Error) -> SandboxError {
    SandboxError::caused_by(SandboxErrorKind::Storage, format!("the world log {} cannot be used", path.display()), error)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn start(seed: u64) -> Start {
        Start::new(seed, "2026-11-23T00:00:00Z".parse().unwrap(), &World::default(), &PlatformSettings::default()).unwrap()
    }

    fn hour(hour: i8) -> Entry {
        Entry::AdvanceTo(format!("2026-11-23T{hour:02}:00:00Z").parse().unwrap())
    }

    #[test]
    fn a_cut_off_last_line_is_dropped_and_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.jsonl");
        let (mut log, entries) = WorldLog::open(&path, &start(1)).unwrap();
        assert!(entries.is_empty());
        log.append(&hour(1)).unwrap();
        log.append(&hour(2)).unwrap();
        let text = std::fs::read(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();

        let (mut log, entries) = WorldLog::open(&path, &start(1)).unwrap();
        assert_eq!(entries.len(), 1);
        log.append(&hour(3)).unwrap();
        let (_, entries) = WorldLog::open(&path, &start(1)).unwrap();
        assert!(
            matches!(entries[..], [Entry::AdvanceTo(_), Entry::AdvanceTo(last)] if last.to_string() == "2026-11-23T03:00:00Z")
        );
    }

    #[test]
    fn another_world_and_a_damaged_middle_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.jsonl");
        let (mut log, _) = WorldLog::open(&path, &start(1)).unwrap();
        log.append(&hour(1)).unwrap();
        let error = WorldLog::open(&path, &start(2)).unwrap_err();
        assert_eq!(error.kind(), SandboxErrorKind::WorldLog);
        assert!(error.to_string().contains("seed 1, not 2"), "{error}");

        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("advance_to", "advance-to")).unwrap();
        let error = WorldLog::open(&path, &start(1)).unwrap_err();
        assert!(error.to_string().contains("line 2") && error.source().is_some(), "{error}");

        let missing = folder.path().join("none").join("world.jsonl");
        assert_eq!(WorldLog::open(&missing, &start(1)).unwrap_err().kind(), SandboxErrorKind::Storage);
    }

    #[test]
    fn the_log_names_no_secret() {
        let text = serde_json::to_string(&start(1)).unwrap();
        assert!(!text.contains("token"), "{text}");
    }
}
