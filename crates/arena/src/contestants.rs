//! The contestants that come with the crate.

mod engine;
mod nobody;
mod oracle;

pub use engine::Engine;
pub use nobody::Nobody;
pub use oracle::Oracle;

use crate::tournament::Entrant;

/// All of them, in the order of tables and charts.
#[must_use]
pub fn all() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "engine",
            about: "the whole cycle with its default policy: it decides once a day and looks every hour",
            make: || Box::<Engine>::default(),
        },
        Entrant {
            name: "oracle",
            about: "knows every parameter of the world, but not its future draws, and maximises the expected contribution",
            make: || Box::<Oracle>::default(),
        },
        Entrant { name: "no-ads", about: "never advertises anything", make: || Box::new(Nobody) },
    ]
}
