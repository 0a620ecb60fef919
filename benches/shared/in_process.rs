//! The whole pilot on a market in the process: no servers, simulated time.
//! Shared by the bench, a test and the trial `in-process`.

use std::sync::Arc;

use super::agents::{Driver, Mode, Policy, Ports, TemplateCopyWriter};
use super::core::ports::{Journal, Knowledge};
use super::memory::VolatileMemory;
use super::sandbox::{InProcess, SandboxError, SandboxOptions, World};

/// A market, and a driver that works on it, with a memory that ends with the process.
pub(crate) fn in_process(world: World, seed: u64) -> Result<(InProcess, Driver), SandboxError> {
    in_process_on(world, seed, Arc::new(VolatileMemory::default()))
}

/// The same on a memory of your own.
pub(crate) fn in_process_on<M: Journal + Knowledge + 'static>(
    world: World,
    seed: u64,
    memory: Arc<M>,
) -> Result<(InProcess, Driver), SandboxError> {
    let market = InProcess::open(SandboxOptions { seed, world, ..SandboxOptions::default() })?;
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
