//! What the shop sold and how often its pages were viewed, kept up to date hour by hour.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Period, Product, ProductId};
use campaign_pilot_sandbox::InProcess;
use jiff::{SignedDuration, Timestamp};

use crate::contestant::Failure;

/// Days of the past that are read at first.
const HISTORY_DAYS: i64 = 35;
/// Hours that are read again each time, for what comes late.
const AGAIN: i64 = 1;

/// What a product sold, and how often its page was viewed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Activity {
    /// Units sold less units taken back.
    pub units: i64,
    /// Page views; 0 where the shop counts none.
    pub views: u64,
}

/// What is known of each product and hour.
#[derive(Debug, Default)]
pub(super) struct Records {
    hours: BTreeMap<ProductId, BTreeMap<Timestamp, Activity>>,
    /// The products that something is known of, by the hour.
    products: BTreeMap<Timestamp, BTreeSet<ProductId>>,
    until: Option<Timestamp>,
}

impl Records {
    pub(super) async fn read(&mut self, market: &InProcess, products: &[Product], now: Timestamp) -> Result<(), Failure> {
        let back = self.until.map_or(24 * HISTORY_DAYS, |until| now.duration_since(until).as_hours() + AGAIN);
        let Ok(period) = Period::ending_at(now, SignedDuration::from_hours(back)) else { return Ok(()) };
        self.until = Some(now);
        for (hour, products) in self.products.split_off(&period.start()) {
            for product in products {
                if let Some(hours) = self.hours.get_mut(&product) {
                    hours.remove(&hour);
                }
            }
        }
        for seen in market.sales().sales(period).await?.observations {
            self.hour(seen.product.clone(), seen.period.start()).units += seen.net_units();
        }
        let Some(views) = market.views() else { return Ok(()) };
        for seen in views.views(products, period).await?.observations {
            self.hour(seen.product.clone(), seen.period.start()).views += seen.views;
        }
        Ok(())
    }

    pub(super) fn activity(&self, product: &ProductId, period: Period) -> Activity {
        let hours = self.hours.get(product).into_iter().flat_map(|hours| hours.range(period.start()..period.end()));
        hours
            .fold(Activity::default(), |sum, (_, hour)| Activity { units: sum.units + hour.units, views: sum.views + hour.views })
    }

    fn hour(&mut self, product: ProductId, hour: Timestamp) -> &mut Activity {
        self.products.entry(hour).or_default().insert(product.clone());
        self.hours.entry(product).or_default().entry(hour).or_default()
    }
}
