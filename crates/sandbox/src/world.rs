//! A world: everything about the simulated market that a seed does not decide, as a file.

mod check;
mod data;
mod partners;
mod platform;
mod response;
mod shipped;
mod store;

use std::path::Path;

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use data::{Data, ViewCounting};
pub use partners::{PartnerMove, Partners};
pub use platform::{Paid, Platform, PlatformKind};
pub use response::Response;
pub use store::{Event, PriceChange, Store};

use crate::error::{SandboxError, SandboxErrorKind};

/// A market to be simulated: its store, the partners, how shoppers respond to advertising, the platform, and what is
/// wrong with the data.
///
/// A file leaves out what is to be as in [`World::default`], which is the shipped world `today`. Unknown keys and
/// impossible values are refused. Everything random is drawn within these bounds from the sandbox's seed.
///
/// ```
/// use campaign_pilot_sandbox::World;
///
/// let world = World::from_toml("name = 'dear'\n[partners]\ncommission = [0.2, 0.3]\n")?;
/// assert_eq!(world.partners.commission, [0.2, 0.3]);
/// assert_eq!(world.response, World::default().response);
///
/// let error = World::from_toml("[partners]\ncommision = [0.2, 0.3]\n").unwrap_err();
/// assert!(error.to_string().contains("unknown field `commision`"));
/// let error = World::from_toml("[partners]\ncommission = [0.3, 2.0]\n").unwrap_err();
/// assert!(error.to_string().contains("partners.commission"));
/// # Ok::<(), campaign_pilot_sandbox::SandboxError>(())
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct World {
    /// The world's name.
    #[garde(length(min = 1, max = 60))]
    pub name: String,
    /// What it tests, in a few sentences.
    #[garde(length(max = 1000))]
    pub about: String,
    /// The store: its products, orders, prices, costs, stock and history.
    #[garde(dive)]
    pub store: Store,
    /// The partners who take ads and send clicks.
    #[garde(dive)]
    pub partners: Partners,
    /// What advertising does to shoppers.
    #[garde(dive)]
    pub response: Response,
    /// The campaign platform.
    #[garde(dive)]
    pub platform: Platform,
    /// What is late, missing or wrong in what can be read.
    #[garde(dive)]
    pub data: Data,
}

impl Default for World {
    fn default() -> Self {
        Self {
            name: "today".to_owned(),
            about: String::new(),
            store: Store::default(),
            partners: Partners::default(),
            response: Response::default(),
            platform: Platform::default(),
            data: Data::default(),
        }
    }
}

impl World {
    /// The names of the shipped worlds.
    pub fn names() -> impl Iterator<Item = &'static str> {
        shipped::WORLDS.iter().map(|(name, _)| *name)
    }

    /// A shipped world.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Input`] when none has this name.
    pub fn named(name: &str) -> Result<Self, SandboxError> {
        let Some((_, text)) = shipped::WORLDS.iter().find(|(known, _)| *known == name) else {
            let names = Self::names().collect::<Vec<_>>().join(", ");
            let message = format!("no shipped world is called `{name}`; there are {names}");
            return Err(SandboxError::new(SandboxErrorKind::Input, message));
        };
        Self::from_toml(text)
    }

    /// A shipped world by its name, or else the world in a file.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Input`] when it is neither, or when the file is no world.
    pub fn load(name_or_file: &str) -> Result<Self, SandboxError> {
        if Self::names().any(|name| name == name_or_file) {
            return Self::named(name_or_file);
        }
        let text = std::fs::read_to_string(Path::new(name_or_file)).map_err(|error| {
            let names = Self::names().collect::<Vec<_>>().join(", ");
            let message = format!("`{name_or_file}` is no shipped world ({names}) and cannot be read as a file");
            SandboxError::caused_by(SandboxErrorKind::Input, message, error)
        })?;
        Self::from_toml(&text).map_err(|error| SandboxError::new(SandboxErrorKind::Input, format!("{name_or_file}: {error}")))
    }

    /// Reads a world.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Input`] with the line of what cannot be read, or the key of an impossible value.
    pub fn from_toml(text: &str) -> Result<Self, SandboxError> {
        let refused = |what: String| SandboxError::new(SandboxErrorKind::Input, format!("this is no world: {}", what.trim()));
        let world: Self = toml::from_str(text).map_err(|error| refused(error.to_string()))?;
        let given: toml::Table = toml::from_str(text).map_err(|error| refused(error.to_string()))?;
        let read = serde_json::to_value(&world).map_err(|error| refused(error.to_string()))?;
        check::read_whole(&toml::Value::Table(given), &read, "").map_err(refused)?;
        world.check()?;
        Ok(world)
    }

    /// Checks every value, as reading a file does.
    ///
    /// # Errors
    ///
    /// [`SandboxErrorKind::Input`] with the keys and what is wrong with them.
    pub fn check(&self) -> Result<(), SandboxError> {
        // What is not a number is within all bounds, and is not equal to itself.
        if self.clone() != *self {
            return Err(SandboxError::new(
                SandboxErrorKind::Input,
                "this world is impossible: one of its values is not a number",
            ));
        }
        self.validate().map_err(|report| {
            let problems: Vec<String> = report.iter().map(|(path, error)| format!("{path}: {error}")).collect();
            SandboxError::new(SandboxErrorKind::Input, format!("this world is impossible: {}", problems.join("; ")))
        })
    }

    /// The JSON schema of the file: every key with its range and meaning.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

#[cfg(test)]
mod tests;
