//! Counter-based random streams: what is drawn depends on what it is for, never on the order of drawing.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What a stream is drawn for. The numbers are part of the seed's meaning: never renumber.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
enum Topic {
    ProductTraits = 1,
    Partner = 2,
    StoreDay = 3,
    ProductDay = 4,
    BaseDemand = 5,
    PageViews = 6,
    PickUp = 7,
    Clicks = 8,
    Restock = 9,
    Fault = 10,
    Invented = 11,
    Cheating = 12,
    PriceChange = 13,
    Bots = 14,
    Reporting = 15,
    Paid = 16,
}

/// The random streams of one seed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Streams {
    key: [u8; 32],
}

impl Streams {
    pub(crate) fn new(seed: u64) -> Self {
        Self { key: ChaCha8Rng::seed_from_u64(seed).get_seed() }
    }

    pub(crate) fn product_traits(self, product: u64) -> ChaCha8Rng {
        self.stream(Topic::ProductTraits, [product, 0, 0])
    }

    pub(crate) fn partner(self, partner: u64) -> ChaCha8Rng {
        self.stream(Topic::Partner, [partner, 0, 0])
    }

    pub(crate) fn store_day(self, day: i64) -> ChaCha8Rng {
        self.stream(Topic::StoreDay, [day.cast_unsigned(), 0, 0])
    }

    pub(crate) fn product_day(self, product: u64, day: i64) -> ChaCha8Rng {
        self.stream(Topic::ProductDay, [product, day.cast_unsigned(), 0])
    }

    pub(crate) fn base_demand(self, product: u64, day: i64) -> ChaCha8Rng {
        self.stream(Topic::BaseDemand, [product, day.cast_unsigned(), 0])
    }

    pub(crate) fn page_views(self, page: u64, time: i64) -> ChaCha8Rng {
        self.stream(Topic::PageViews, [page, time.cast_unsigned(), 0])
    }

    /// `ordinal` counts the ads for the product, since ad ids depend on the order of requests.
    pub(crate) fn pick_up(self, product: u64, ordinal: u64, partner: u64) -> ChaCha8Rng {
        self.stream(Topic::PickUp, [product, ordinal, partner])
    }

    pub(crate) fn clicks(self, product: u64, ordinal: u64, partner: u64, hour: i64) -> ChaCha8Rng {
        self.stream(Topic::Clicks, [product, mix(ordinal, partner), hour.cast_unsigned()])
    }

    pub(crate) fn restock(self, item: u64, times: u64) -> ChaCha8Rng {
        self.stream(Topic::Restock, [item, times, 0])
    }

    /// What makes up a product of an invented shop: what cannot be seen of it is drawn from its traits' stream.
    pub(crate) fn invented(self, product: u64) -> ChaCha8Rng {
        self.stream(Topic::Invented, [product, 0, 0])
    }

    /// How well a product of an invented shop sells.
    pub(crate) fn invented_share(self, product: u64) -> ChaCha8Rng {
        self.stream(Topic::Invented, [product, 1, 0])
    }

    /// Whether a partner cheats.
    pub(crate) fn cheater(self, partner: u64) -> ChaCha8Rng {
        self.stream(Topic::Cheating, [partner, 0, 0])
    }

    /// What a cheating partner adds to an ad's clicks; the ad is told as in [`Self::pick_up`].
    pub(crate) fn cheating(self, product: u64, ordinal: u64, partner: u64, hour: i64) -> ChaCha8Rng {
        self.stream(Topic::Cheating, [partner, mix(product, ordinal), hour.cast_unsigned()])
    }

    pub(crate) fn price_change(self, product: u64, change: u64) -> ChaCha8Rng {
        self.stream(Topic::PriceChange, [product, change, 0])
    }

    pub(crate) fn bots(self, product: u64, day: i64) -> ChaCha8Rng {
        self.stream(Topic::Bots, [product, day.cast_unsigned(), 0])
    }

    /// How an hour is reported, as a whole.
    pub(crate) fn reporting(self, hour: i64) -> ChaCha8Rng {
        self.stream(Topic::Reporting, [hour.cast_unsigned(), 0, 0])
    }

    pub(crate) fn paid(self, product: u64, time: i64) -> ChaCha8Rng {
        self.stream(Topic::Paid, [product, time.cast_unsigned(), 0])
    }

    pub(crate) fn faults(self, request: u64, nth: u64) -> ChaCha8Rng {
        self.stream(Topic::Fault, [request, nth, 0])
    }

    /// The generator under the seed, at the stream that topic and counters select.
    fn stream(self, topic: Topic, counters: [u64; 3]) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::from_seed(self.key);
        rng.set_stream(counters.into_iter().fold(mix(0, topic as u64), mix));
        rng
    }
}

/// One round of splitmix64 over the state and a new number.
const fn mix(state: u64, number: u64) -> u64 {
    let mut z = state.wrapping_add(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand::RngExt;

    use super::*;

    #[test]
    fn streams_do_not_share_their_numbers() {
        let streams = Streams::new(7);
        let mut first: BTreeSet<u64> = BTreeSet::new();
        for product in 0..60 {
            for hour in 0..200 {
                first.insert(streams.base_demand(product, hour).random());
                first.insert(streams.page_views(product, hour).random());
            }
        }
        assert_eq!(first.len(), 24_000);
    }

    proptest! {
        #[test]
        fn a_stream_is_a_function_of_seed_topic_and_counters(seed: u64, product: u64, hour: i64) {
            let draw = |seed| Streams::new(seed).base_demand(product, hour).random::<u64>();
            prop_assert_eq!(draw(seed), draw(seed));
            prop_assert_ne!(draw(seed), draw(seed.wrapping_add(1)));
        }
    }
}
