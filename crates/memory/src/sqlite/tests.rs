//! Tests that look behind the port.
