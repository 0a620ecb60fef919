//! In-memory fakes of the ports: small, deterministic, and able to fail on demand.
//!
//! Each keeps the promises of its port: the suites of [`crate::conformance`] run on all of them. A clone is another
//! handle on the same fake, so that a test can keep one while the code under test holds another. For the journal and
//! the knowledge, take the memory crate's volatile backend.

mod faults;
mod platform;
mod quota;
mod signals;
mod store;

#[cfg(test)]
mod tests;

pub use platform::{FakePlatform, PlatformFault, PlatformObject};
pub use quota::FakeQuota;
pub use signals::{FakeCopyWriter, FakeSignals};
pub use store::{FakeCatalog, FakeSales, FakeViews};
