//! When products were out of stock: WooCommerce keeps no history of it, so what is seen is noted.

use std::collections::BTreeMap;

use campaign_pilot_core::{Period, ProductId, StockOut};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Periods remembered of one product; older ones are forgotten.
const MOST: usize = 16;

/// When products were seen without stock. Small: it holds products that were out of stock, and no others.
///
/// A change of the stock changes the product, so one that is out has been so since it last changed, and one that is
/// seen to be out twice was so in between. Where products can be ordered without stock, they never are out.
///
/// ```
/// use campaign_pilot_store_client::sales::StockLog;
///
/// let mut log = StockLog::default();
/// log.observe(7, false, "2026-11-22T12:00:00Z".parse()?, Some("2026-11-22T09:30:00Z".parse()?));
/// log.observe(7, true, "2026-11-22T18:00:00Z".parse()?, Some("2026-11-22T17:00:00Z".parse()?));
/// let kept = serde_json::to_string(&log)?;
/// # assert!(kept.contains("09:30"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct StockLog {
    products: BTreeMap<u64, Vec<Out>>,
}

/// A period without stock, as far as it is known.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Out {
    since: Timestamp,
    /// When it was last seen to be out.
    until: Timestamp,
    /// Whether it may still be out.
    open: bool,
}

impl StockLog {
    /// Notes whether a product could be bought at an instant, and when it last changed.
    pub fn observe(&mut self, product: u64, available: bool, at: Timestamp, modified_at: Option<Timestamp>) {
        let since = modified_at.map_or(at, |modified| modified.min(at));
        let outs = match self.products.get_mut(&product) {
            Some(outs) => outs,
            None if available => return,
            None => self.products.entry(product).or_default(),
        };
        match outs.last_mut().filter(|out| out.open) {
            Some(last) if available => last.open = false,
            Some(last) => last.until = last.until.max(at),
            None if available => {}
            None => {
                // It could be bought after the last time that it was seen to be out.
                let after = outs.last().map_or(since, |last| since.max(last.until));
                outs.push(Out { since: after.min(at), until: at, open: true });
                let surplus = outs.len().saturating_sub(MOST);
                outs.drain(..surplus);
            }
        }
    }

    /// The known periods without stock within a period.
    #[must_use]
    pub fn within(&self, period: Period) -> Vec<StockOut> {
        let known = self.products.iter().flat_map(|(product, outs)| outs.iter().map(move |out| (*product, out)));
        let within = known.filter_map(|(product, out)| {
            let period = Period::new(out.since, out.until).ok()?.intersection(period)?;
            Some(StockOut { product: ProductId::from_number(product), period })
        });
        within.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn hours(log: &StockLog) -> Vec<(i64, i64)> {
        let all = Period::new(at(0), at(10_000)).unwrap();
        let hour = |at: Timestamp| at.as_second() / 3600;
        log.within(all).iter().map(|out| (hour(out.period.start()), hour(out.period.end()))).collect()
    }

    #[test]
    fn a_product_is_out_since_it_last_changed_and_as_long_as_it_is_seen_so() {
        let mut log = StockLog::default();
        log.observe(1, true, at(2), Some(at(1)));
        assert_eq!(log, StockLog::default());
        log.observe(1, false, at(10), Some(at(7)));
        log.observe(1, false, at(12), Some(at(7)));
        assert_eq!(hours(&log), [(7, 12)]);
        // When it came back between 12 and 20 is not known.
        log.observe(1, true, at(20), Some(at(15)));
        log.observe(1, false, at(30), None);
        log.observe(1, false, at(31), None);
        assert_eq!(hours(&log), [(7, 12), (30, 31)]);
        let read: StockLog = serde_json::from_str(&serde_json::to_string(&log).unwrap()).unwrap();
        assert_eq!(read, log);
    }

    #[test]
    fn only_what_lies_in_the_period_is_told() {
        let mut log = StockLog::default();
        log.observe(1, false, at(10), Some(at(2)));
        let out = log.within(Period::new(at(5), at(8)).unwrap());
        assert_eq!((out.len(), out[0].period), (1, Period::new(at(5), at(8)).unwrap()));
        assert!(log.within(Period::new(at(11), at(12)).unwrap()).is_empty());
    }

    proptest! {
        #[test]
        fn periods_are_in_order_and_end_where_it_was_seen(
            seen in prop::collection::vec((0u64..3, any::<bool>(), 1i64..5, 0i64..9), 0..200),
        ) {
            let mut log = StockLog::default();
            let mut now = 0;
            for (product, available, step, age) in seen {
                now += step;
                log.observe(product, available, at(now), Some(at(now - age.min(now))));
            }
            for outs in log.products.values() {
                prop_assert!(outs.len() <= MOST);
                prop_assert!(outs.iter().all(|out| out.since <= out.until && out.until <= at(now)));
                prop_assert!(outs.windows(2).all(|pair| pair[0].until <= pair[1].since), "{outs:?}");
            }
        }
    }
}
