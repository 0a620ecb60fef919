//! The client against answers of impact.com's documented forms, requests asserted.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod create;
#[cfg(test)]
mod deals;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod health;
#[cfg(test)]
mod lookup;
#[cfg(test)]
mod performance;
#[cfg(test)]
mod report;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod support;
