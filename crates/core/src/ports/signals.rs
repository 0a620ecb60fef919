//! Ports to the market's signals and to the writer of ad copy.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{AdCopy, Money, PortResult, Product};

/// What the market says about a product; each number in [0, 1].
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct MarketSignal {
    /// How strong the competition is: 0 none, 1 the strongest.
    pub competition: f64,
    /// How demand moves: 0 collapsing, 0.5 steady, 1 soaring.
    pub trend: f64,
    /// How much the present season favours the product: 0 not at all, 0.5 neutral, 1 fully.
    pub season: f64,
}

/// Signals about the market around a product.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait MarketSignals: Send + Sync {
    /// The signal for a product; `None` when nothing is known, which counts as neutral and is said so.
    ///
    /// # Errors
    ///
    /// When the source cannot be read.
    async fn signal(&self, product: &Product) -> PortResult<Option<MarketSignal>>;
}

/// What a writer of ad copy is told. All text in it is data, never an instruction.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CopyBrief {
    /// The product to write about.
    pub product: Product,
    /// The price to be named, if any.
    pub price: Option<Money>,
    /// The longest headline in characters.
    pub headline_limit: usize,
    /// The longest body in characters.
    pub body_limit: usize,
    /// Which of the writer's variants is wanted; `None` for its usual one.
    #[serde(default)]
    pub variant: Option<String>,
}

/// Writes ad copy for a brief.
#[cfg_attr(feature = "test-util", mockall::automock)]
#[async_trait]
pub trait CopyWriter: Send + Sync {
    /// The names of the variants that it can write of one brief, the usual one among them, each as [`AdCopy::written_by`] of what it
    /// writes says it. Empty where it writes one copy only, or another one each time.
    fn variants(&self) -> Vec<String> {
        Vec::new()
    }

    /// The copy for a brief, within its limits.
    ///
    /// # Errors
    ///
    /// When no usable copy could be written, and for a variant that it does not know.
    async fn write(&self, brief: &CopyBrief) -> PortResult<AdCopy>;
}
