//! Market signals and ad copy in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::faults::{Faults, lock};
use crate::ports::{CopyBrief, CopyWriter, MarketSignal, MarketSignals};
use crate::{AdCopy, ErrorKind, PortError, PortResult, Product, ProductId, sanitize_line};

/// Market signals as they were set; nothing is known of other products.
#[derive(Clone, Debug, Default)]
pub struct FakeSignals {
    signals: Arc<Mutex<BTreeMap<ProductId, MarketSignal>>>,
    faults: Faults,
}

impl FakeSignals {
    /// Sets the signal for a product.
    pub fn put(&self, product: ProductId, signal: MarketSignal) {
        lock(&self.signals).insert(product, signal);
    }

    /// Lets the next call fail with an error of this kind.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }
}

#[async_trait]
impl MarketSignals for FakeSignals {
    async fn signal(&self, product: &Product) -> PortResult<Option<MarketSignal>> {
        self.faults.check()?;
        Ok(lock(&self.signals).get(&product.id).copied())
    }
}

/// Who writes: the only variant.
const FAKE: &str = "fake 1";

/// A writer whose headline is the product's name and whose body is its summary, both cut to the limits.
#[derive(Clone, Debug, Default)]
pub struct FakeCopyWriter {
    faults: Faults,
}

impl FakeCopyWriter {
    /// Lets the next call fail with an error of this kind.
    pub fn fail_next(&self, kind: ErrorKind) {
        self.faults.push(kind);
    }
}

#[async_trait]
impl CopyWriter for FakeCopyWriter {
    async fn write(&self, brief: &CopyBrief) -> PortResult<AdCopy> {
        self.faults.check()?;
        if let Some(unknown) = brief.variant.as_ref().filter(|variant| *variant != FAKE) {
            return Err(PortError::new(ErrorKind::Unsupported, format!("there is no variant `{unknown}`")));
        }
        let cut = |text: &str, limit| {
            let text: String = sanitize_line(text).chars().take(limit).collect();
            text.trim_end().to_owned()
        };
        let headline = cut(&brief.product.name, brief.headline_limit);
        if headline.is_empty() {
            return Err(PortError::new(ErrorKind::Invalid, "the product has no name to advertise it by"));
        }
        let body = cut(&brief.product.summary, brief.body_limit);
        Ok(AdCopy { headline, body, written_by: FAKE.to_owned() })
    }
}
