//! State transitions.
