//! The contestants that come with the crate.

mod always_on;
mod engine;
mod launching;
mod matrix;
mod nobody;
mod oracle;
mod relaunch;
mod rules;
mod thompson;

pub use always_on::AlwaysOn;
pub use engine::Engine;
pub use matrix::{Budgets, LiteralMatrix};
pub use nobody::Nobody;
pub use oracle::Oracle;
pub use relaunch::Relaunch;
pub use rules::{Rule, Rules};
pub use thompson::Thompson;

use crate::tournament::Entrant;

/// All of them, in the order of tables and charts.
#[must_use]
pub fn all() -> Vec<Entrant> {
    vec![
        Entrant {
            name: "engine",
            about: "the whole cycle with its default policy, told the caps and when the flight ends: it decides once a day and looks every hour",
            make: || Box::<Engine>::default(),
        },
        Entrant {
            name: "oracle",
            about: "knows every parameter of the world, but not its future draws, and maximises the expected contribution",
            make: || Box::<Oracle>::default(),
        },
        Entrant {
            name: "matrix",
            about: "the literal decision matrix with the ordered selection and budgets, and no evidence gate",
            make: || Box::new(LiteralMatrix::new(Budgets::Ordered)),
        },
        Entrant {
            name: "matrix-equal",
            about: "the same with equal budgets",
            make: || Box::new(LiteralMatrix::new(Budgets::Equal)),
        },
        Entrant {
            name: "rules",
            about: "the five most common automation rules of ad tools, checked every hour",
            make: || Box::<Rules>::default(),
        },
        Entrant {
            name: "thompson",
            about: "budgeted Thompson sampling over products, by reward for cost",
            make: || Box::<Thompson>::default(),
        },
        Entrant {
            name: "always-on",
            about: "everything listed all the time, one campaign each until the flight is over",
            make: || Box::<AlwaysOn>::default(),
        },
        Entrant {
            name: "relaunch",
            about: "everything listed for two weeks at a time, launched again whenever a flight ends",
            make: || Box::<Relaunch>::default(),
        },
        Entrant { name: "no-ads", about: "never advertises anything", make: || Box::new(Nobody) },
    ]
}
