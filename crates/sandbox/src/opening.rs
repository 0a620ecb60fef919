//! The shop that a sandbox starts from: the recorded one, or one that its world describes.

mod invented;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::{SandboxError, SandboxErrorKind};
use crate::market::Streams;
use crate::woo::{move_dates, zone_of};
use crate::world::World;

static RECORDED: &[u8] = include_bytes!("../data/opening.json.gz");

/// A recorded JSON object.
pub(crate) type Body = Map<String, Value>;

/// The recorded shop, bodies as its REST API answered them.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Opening {
    /// The first hour after the record: where the simulated market takes over.
    #[serde(skip, default = "recorded_until")]
    pub(crate) ends_at: Timestamp,
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
    /// Whether this shop was recorded, not made up.
    #[serde(skip, default = "yes")]
    pub(crate) is_recorded: bool,
}

const fn yes() -> bool {
    true
}

/// What the shop says about itself.
#[derive(Clone, Debug, Deserialize)]
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

/// The shop of a world, up to where the market takes over.
///
/// # Errors
///
/// As for the recorded shop: when its history does not fit into the calendar, or the embedded file cannot be read.
pub(crate) fn of(world: &World, streams: Streams, start: Timestamp) -> Result<Cow<'static, Opening>, SandboxError> {
    if world.store.is_recorded() {
        let recorded = before(start)?;
        return match &world.store.time_zone {
            None => Ok(recorded),
            zone => moved(&recorded, SignedDuration::ZERO, &zone_of(zone.as_deref()))
                .map(Cow::Owned)
                .ok_or_else(|| leaves_calendar(start)),
        };
    }
    invented::shop(recorded()?, world, streams, start).map(Cow::Owned).ok_or_else(|| leaves_calendar(start))
}

/// The shop as if it had been recorded within the week before `start`: everything is moved by whole weeks, so that
/// weekdays and hours stay what they were.
///
/// # Errors
///
/// [`SandboxErrorKind::Input`] when the history does not fit into the calendar,
/// [`SandboxErrorKind::OpeningState`] when the embedded file cannot be read.
fn before(start: Timestamp) -> Result<Cow<'static, Opening>, SandboxError> {
    let recorded = recorded()?;
    let weeks = (start.as_second() - recorded.ends_at.as_second()).div_euclid(WEEK);
    if weeks == 0 {
        return Ok(Cow::Borrowed(recorded));
    }
    let by = SignedDuration::from_secs(weeks * WEEK);
    moved(recorded, by, &zone_of(None)).map(Cow::Owned).ok_or_else(|| leaves_calendar(start))
}

fn leaves_calendar(start: Timestamp) -> SandboxError {
    let message = format!("a sandbox cannot start at {start}: its history would leave the calendar");
    SandboxError::new(SandboxErrorKind::Input, message)
}

/// Seconds of a week.
const WEEK: i64 = 7 * 86_400;

const fn recorded_until() -> Timestamp {
    // 2026-11-22T21:00:00Z
    Timestamp::constant(1_795_381_200, 0)
}

fn moved(recorded: &Opening, by: SignedDuration, zone: &TimeZone) -> Option<Opening> {
    let mut opening = recorded.clone();
    opening.ends_at = recorded.ends_at.checked_add(by).ok()?;
    let Opening { ends_at: _, products, variations, orders, refunds, categories: _, coupons, customers, site: _, is_recorded: _ } =
        &mut opening;
    let lists = [products, orders, coupons, customers].into_iter().flatten();
    for body in lists.chain(variations.values_mut().flatten()).chain(refunds.values_mut().flatten()) {
        move_dates(body, by, zone)?;
    }
    Some(opening)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_history_ends_within_the_week_before_any_start() {
        let recorded = recorded().unwrap();
        for start in ["2026-11-23T00:00:00Z", "2026-11-29T20:59:59Z"] {
            assert!(matches!(before(start.parse().unwrap()).unwrap(), Cow::Borrowed(_)), "{start}");
        }
        for (start, ends_at) in [
            ("2026-11-22T20:59:59Z", "2026-11-15T21:00:00Z"),
            ("2026-11-29T21:00:00Z", "2026-11-29T21:00:00Z"),
            ("2031-07-04T12:00:00Z", "2031-06-29T21:00:00Z"),
        ] {
            let opening = before(start.parse().unwrap()).unwrap();
            assert_eq!(opening.ends_at.to_string(), ends_at, "{start}");
            assert_eq!(opening.orders.len(), recorded.orders.len());
        }
        assert_eq!(before(Timestamp::MIN).unwrap_err().kind(), SandboxErrorKind::Input);
    }

    #[test]
    fn every_date_moves_by_the_same_weeks() {
        let recorded = recorded().unwrap();
        let summer = before("2027-07-04T12:00:00Z".parse().unwrap()).unwrap();
        // 31 weeks later, and out of summer time.
        let placed =
            |opening: &Opening| [opening.orders[0]["date_created_gmt"].clone(), opening.orders[0]["date_created"].clone()];
        assert_eq!(placed(recorded), ["2026-07-24T23:41:34", "2026-07-25T01:41:34"]);
        assert_eq!(placed(&summer), ["2027-02-26T23:41:34", "2027-02-27T00:41:34"]);
        let text = |opening: &Opening| {
            let Opening {
                ends_at: _,
                products,
                variations,
                orders,
                refunds,
                categories,
                coupons,
                customers,
                site: _,
                is_recorded: _,
            } = opening;
            json!([products, variations, orders, refunds, categories, coupons, customers]).to_string()
        };
        assert!(text(recorded).contains("\"2026-11-22T"));
        let later = before("2031-07-04T12:00:00Z".parse().unwrap()).unwrap();
        assert!(!text(&later).contains("\"2026-"), "a date stayed behind");
    }
}
