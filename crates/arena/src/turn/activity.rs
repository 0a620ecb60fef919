//! What the shop sold and how often its pages were viewed, kept up to date hour by hour.

use std::collections::HashMap;

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
    places: HashMap<ProductId, usize>,
    /// The hours of each product in which something happened, in their order.
    hours: Vec<Vec<(Timestamp, Activity)>>,
    /// The products of which the last reading told, some of them several times.
    told: Vec<usize>,
    until: Option<Timestamp>,
}

impl Records {
    pub(super) async fn read(&mut self, market: &InProcess, products: &[Product], now: Timestamp) -> Result<(), Failure> {
        let back = self.until.map_or(24 * HISTORY_DAYS, |until| now.duration_since(until).as_hours() + AGAIN);
        let Ok(period) = Period::ending_at(now, SignedDuration::from_hours(back)) else { return Ok(()) };
        self.until = Some(now);
        // Only products of the last reading can have hours that are read again.
        for place in std::mem::take(&mut self.told) {
            let Some(hours) = self.hours.get_mut(place) else { continue };
            while hours.pop_if(|(hour, _)| *hour >= period.start()).is_some() {}
        }
        for seen in market.sales().sales(period).await?.observations {
            self.hour(&seen.product, seen.period.start(), |hour| hour.units += seen.net_units());
        }
        let Some(views) = market.views() else { return Ok(()) };
        for seen in views.views(products, period).await?.observations {
            self.hour(&seen.product, seen.period.start(), |hour| hour.views += seen.views);
        }
        Ok(())
    }

    pub(super) fn activity(&self, product: &ProductId, period: Period) -> Activity {
        let hours = self.places.get(product).and_then(|place| self.hours.get(*place)).map_or(&[][..], Vec::as_slice);
        let first = hours.partition_point(|(hour, _)| *hour < period.start());
        let within = hours.iter().skip(first).take_while(|(hour, _)| *hour < period.end());
        within
            .fold(Activity::default(), |sum, (_, hour)| Activity { units: sum.units + hour.units, views: sum.views + hour.views })
    }

    fn hour(&mut self, product: &ProductId, hour: Timestamp, add: impl FnOnce(&mut Activity)) {
        let place = if let Some(place) = self.places.get(product) {
            *place
        } else {
            self.places.insert(product.clone(), self.hours.len());
            self.hours.push(Vec::new());
            self.hours.len() - 1
        };
        self.told.push(place);
        let Some(hours) = self.hours.get_mut(place) else { return };
        let at = hours.partition_point(|(earlier, _)| *earlier < hour);
        if hours.get(at).is_none_or(|(known, _)| *known != hour) {
            hours.insert(at, (hour, Activity::default()));
        }
        if let Some((_, activity)) = hours.get_mut(at) {
            add(activity);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use campaign_pilot_sandbox::World;

    use crate::{Contestant, Failure, Flight, Turn};

    use super::*;

    /// Holds what was read hour by hour against one reading of all of it.
    #[derive(Debug, Default)]
    struct Auditor {
        units: i64,
        views: u64,
    }

    #[async_trait]
    impl Contestant for Auditor {
        fn name(&self) -> &'static str {
            "auditor"
        }

        async fn take_turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
            if turn.now().as_second().div_euclid(3600) % 7 != 0 {
                return Ok(());
            }
            let period = Period::ending_at(turn.now(), SignedDuration::from_hours(24 * 20))?;
            let sold = turn.market().sales().sales(period).await?.observations;
            let listed: Vec<Product> = turn.products().cloned().collect();
            let views = turn.market().views().ok_or("views")?.views(&listed, period).await?.observations;
            for product in &listed {
                let told = turn.activity(&product.id, period);
                let units: i64 = sold.iter().filter(|seen| seen.product == product.id).map(|seen| seen.net_units()).sum();
                let viewed: u64 = views.iter().filter(|seen| seen.product == product.id).map(|seen| seen.views).sum();
                assert_eq!((told.units, told.views), (units, viewed), "{} at {}", product.id, turn.now());
                (self.units, self.views) = (self.units + units, self.views + viewed);
            }
            Ok(())
        }
    }

    #[test]
    fn what_is_read_hour_by_hour_is_what_one_reading_tells() {
        let mut auditor = Auditor::default();
        Flight { world: World::named("tiny").unwrap(), seed: 1, days: 4 }.open().unwrap().fly(&mut auditor).unwrap();
        assert!(auditor.units > 0 && auditor.views > 0, "{auditor:?}");
    }
}
