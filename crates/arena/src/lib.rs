//! Advertising policies against each other on simulated markets whose truth is known.

mod caps;
mod contestant;
pub mod contestants;
mod flight;
mod judge;
#[cfg(test)]
mod testing;
mod turn;

pub use caps::Caps;
pub use contestant::{Contestant, Failure};
pub use flight::{Flight, FlightResult, Opened, VerdictGiven};
pub use judge::Judged;
pub use turn::{Activity, Campaign, Refusal, Turn};
