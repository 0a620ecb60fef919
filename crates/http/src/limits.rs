//! How long a call may take and how much it may bring.

use std::time::Duration;

use crate::JsonLimits;

/// How long things may take. A call is one exchange; an operation is everything one `send` does: waiting for
/// the rate limit, every attempt, the pauses between them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadlines {
    /// For the connection, TLS included (5 s).
    pub connect: Duration,
    /// For one exchange up to the last byte of the answer (10 s).
    pub call: Duration,
    /// For the whole operation (60 s).
    pub operation: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), call: Duration::from_secs(10), operation: Duration::from_secs(60) }
    }
}

/// How much an answer may bring.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of a body after decompression, counted while they arrive (8 MiB).
    pub body_bytes: usize,
    /// The shape of a JSON answer.
    pub json: JsonLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 8 * 1024 * 1024, json: JsonLimits::default() }
    }
}
