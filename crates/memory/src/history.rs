//! What every backend of the journal checks before it appends.

use campaign_pilot_core::{ErrorKind, JournalEvent, OperationId, OperationState, PortError, PortResult};

/// The state of `operation` after `event`, refusing what cannot have happened.
pub(crate) fn next_state(
    operation: &OperationId,
    before: Option<OperationState>,
    event: &JournalEvent,
) -> PortResult<OperationState> {
    if let JournalEvent::Prepared { intent } = event
        && intent.operation != *operation
    {
        let message = format!("the intent of operation {} was to be written under operation {operation}", intent.operation);
        return Err(PortError::new(ErrorKind::Invalid, message));
    }
    OperationState::after(before, event).map_err(|error| {
        let message = format!("the journal refused `{}` for operation {operation}", event.name());
        PortError::new(ErrorKind::Conflict, message)
            .with_advice("another process may be carrying out the same operation: read its state again")
            .with_source(error)
    })
}
