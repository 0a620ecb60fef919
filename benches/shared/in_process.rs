//! The whole pilot on a market in the process: no servers, a memory that ends with it, simulated time.
//! Shared by the bench, a test and the trial `in-process`.

use std::sync::Arc;

use super::agents::{Driver, Mode, Policy, Ports, TemplateCopyWriter};
use super::memory::VolatileMemory;
use super::sandbox::{InProcess, SandboxError, SandboxOptions, World};

/// A market, and a driver that works on it.
pub(crate) fn in_process(world: World, seed: u64) -> Result<(InProcess, Driver), SandboxError> {
    let market = InProcess::open(SandboxOptions { seed, world, ..SandboxOptions::default() })?;
    let memory = Arc::new(VolatileMemory::default());
    let ports = Ports {
        catalog: market.catalog(),
        sales: market.sales(),
        views: market.views(),
        platform: market.platform(),
        signals: None,
        journal: Arc::clone(&memory) as _,
        knowledge: memory,
        copywriter: Arc::new(TemplateCopyWriter::new()),
        clock: market.clock(),
    };
    Ok((market, Driver::new(ports, Policy::default(), Mode::Apply)))
}
