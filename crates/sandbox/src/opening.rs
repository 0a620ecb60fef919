//! The recorded shop that every sandbox starts from.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{SandboxError, SandboxErrorKind};

static RECORDED: &[u8] = include_bytes!("../data/opening.json.gz");

/// A recorded JSON object.
pub(crate) type Body = Map<String, Value>;

/// The recorded shop, bodies as its REST API answered them.
#[derive(Debug, Deserialize)]
pub(crate) struct Opening {
    pub(crate) products: Vec<Body>,
    /// By the id of their product.
    pub(crate) variations: BTreeMap<u64, Vec<Body>>,
    pub(crate) orders: Vec<Body>,
    /// By the id of their order.
    pub(crate) refunds: BTreeMap<u64, Vec<Body>>,
    pub(crate) categories: Vec<Body>,
    pub(crate) coupons: Vec<Body>,
    pub(crate) customers: Vec<Body>,
    pub(crate) site: Site,
}

/// What the shop says about itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Site {
    pub(crate) root: Body,
    pub(crate) system_status: Body,
    pub(crate) currency: Body,
}

/// The recorded shop, unpacked once per process.
///
/// # Errors
///
/// [`SandboxErrorKind::OpeningState`] when the embedded file cannot be read.
pub(crate) fn recorded() -> Result<&'static Opening, SandboxError> {
    static OPENING: OnceLock<Opening> = OnceLock::new();
    if let Some(opening) = OPENING.get() {
        return Ok(opening);
    }
    let opening = unpack()?;
    Ok(OPENING.get_or_init(|| opening))
}

fn unpack() -> Result<Opening, SandboxError> {
    let broken = |error| SandboxError::caused_by(SandboxErrorKind::OpeningState, "the embedded opening state is damaged", error);
    let mut text = Vec::new();
    GzDecoder::new(RECORDED)
        .read_to_end(&mut text)
        .map_err(|error| broken(Box::<dyn std::error::Error + Send + Sync>::from(error)))?;
    serde_json::from_slice(&text).map_err(|error| broken(error.into()))
}

/// The first hour after the recorded shop: where the simulated market takes over.
pub(crate) const fn ends_at() -> Timestamp {
    // 2026-11-22T21:00:00Z
    Timestamp::constant(1_795_381_200, 0)
}

/// The last instant at which a sandbox may start: the history should still matter.
pub(crate) const fn latest_start() -> Timestamp {
    // 2027-05-21T21:00:00Z, 180 days later.
    Timestamp::constant(1_795_381_200 + 180 * 86_400, 0)
}
