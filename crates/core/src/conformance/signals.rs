//! What market signals and writers of ad copy promise.

use super::{Conformance, answered, ensure, ensure_eq};
use crate::ports::{CopyBrief, CopyWriter, MarketSignals};
use crate::{Product, sanitize_line};

/// Checks a source of market signals with some products.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn market_signals(signals: &dyn MarketSignals, products: &[Product]) -> Conformance {
    for product in products {
        let signal = answered("the source answers", signals.signal(product).await)?;
        let Some(signal) = signal else { continue };
        let in_range = [signal.competition, signal.trend, signal.season].iter().all(|number| (0.0..=1.0).contains(number));
        ensure("every number lies in [0, 1]", in_range, (&product.id, signal))?;
    }
    Ok(())
}

/// Checks a writer with a brief that it can fulfil: limits kept, one line of plain text each, the writer named.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn copy_writer(writer: &dyn CopyWriter, brief: &CopyBrief) -> Conformance {
    let copy = answered("the writer answers", writer.write(brief).await)?;
    let length = copy.headline.chars().count();
    ensure("there is a headline within its limit", (1..=brief.headline_limit).contains(&length), &copy)?;
    ensure("the body stays within its limit", copy.body.chars().count() <= brief.body_limit, &copy)?;
    ensure_eq("the headline is one line of plain text", &sanitize_line(&copy.headline), &copy.headline)?;
    ensure_eq("the body is one line of plain text", &sanitize_line(&copy.body), &copy.body)?;
    ensure("the writer signs with a name and a version", !copy.written_by.trim().is_empty(), &copy)
}
