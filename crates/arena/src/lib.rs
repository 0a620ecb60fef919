#![doc = include_str!("../README.md")]

mod caps;
mod chart;
mod contestant;
pub mod contestants;
mod flight;
mod judge;
mod page;
mod summary;
#[cfg(test)]
mod testing;
mod tournament;
mod turn;

pub use caps::Caps;
pub use contestant::{Contestant, Failure};
pub use flight::{Flight, FlightResult, Opened, VerdictGiven};
pub use judge::Judged;
pub use page::Page;
pub use summary::{Estimate, FIGURES, Figures, Outcome, Summary, WorldSummary};
pub use tournament::{Entrant, Flown, Tournament};
pub use turn::{Activity, Campaign, Refusal, Turn};
