//! The kill switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Keeps everything that could cost money from being sent, from the next write on; stopping stays possible.
///
/// It is latched: once engaged it stays so until someone releases it. Clones share the same switch.
/// The same effect across processes has the state `true` under [`KillSwitch::KEY`] in the knowledge.
///
/// ```
/// use campaign_pilot_agents::KillSwitch;
///
/// let switch = KillSwitch::default();
/// let same = switch.clone();
/// same.engage();
/// assert!(switch.is_engaged());
/// ```
#[derive(Clone, Debug, Default)]
pub struct KillSwitch(Arc<AtomicBool>);

impl KillSwitch {
    /// The key under which the knowledge holds `true` while everything shall stand still.
    pub const KEY: &'static str = "kill_switch";

    /// Engages the switch.
    pub fn engage(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Releases the switch.
    pub fn release(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Whether the switch is engaged in this process.
    #[must_use]
    pub fn is_engaged(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
