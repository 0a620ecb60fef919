//! Sets of ids in little memory.

use std::fmt;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roaring::RoaringTreemap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The ids of a list: one to two bytes each. Serialised as text, in roaring's portable form.
#[derive(Clone, Default, PartialEq)]
pub(super) struct IdSet(RoaringTreemap);

impl IdSet {
    pub(super) fn len(&self) -> u64 {
        self.0.len()
    }

    pub(super) fn contains(&self, id: u64) -> bool {
        self.0.contains(id)
    }

    pub(super) fn insert(&mut self, id: u64) {
        self.0.insert(id);
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.0.remove(id);
    }

    /// The id at a place, in ascending order.
    pub(super) fn at(&self, place: u64) -> Option<u64> {
        self.0.select(place)
    }

    /// The ids within bounds, ascending.
    pub(super) fn within(&self, bounds: RangeInclusive<u64>) -> impl Iterator<Item = u64> {
        let (from, to) = bounds.into_inner();
        let mut ids = self.0.iter();
        ids.advance_to(from);
        ids.take_while(move |id| *id <= to)
    }
}

impl fmt::Debug for IdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ids", self.len())
    }
}

impl Serialize for IdSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.0.serialized_size());
        self.0.serialize_into(&mut bytes).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for IdSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text.as_bytes()).map_err(|_| D::Error::custom("the known ids are not base64"))?;
        let ids = RoaringTreemap::deserialize_from(bytes.as_slice());
        ids.map(Self).map_err(|_| D::Error::custom("the known ids are cut or changed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_as_they_were() {
        let mut ids = IdSet::default();
        for id in [3, 9, 10, u64::from(u32::MAX) + 7] {
            ids.insert(id);
        }
        ids.remove(9);
        let text = serde_json::to_string(&ids).unwrap();
        let read: IdSet = serde_json::from_str(&text).unwrap();
        assert_eq!(read.within(0..=u64::MAX).collect::<Vec<_>>(), [3, 10, 4_294_967_302]);
        assert_eq!((read.at(1), read.at(3), read.len()), (Some(10), None, 3));
        assert_eq!(read.within(4..=10).collect::<Vec<_>>(), [10]);
        assert!(read.contains(3) && !read.contains(9));
        for bad in ["\"%\"", "\"AAAA\"", "7"] {
            assert!(serde_json::from_str::<IdSet>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn half_a_million_orders_take_a_megabyte() {
        let mut ids = IdSet::default();
        for id in 0..500_000 {
            ids.insert(id * 7 + 40);
        }
        assert!(serde_json::to_string(&ids).unwrap().len() < 1_500_000);
    }
}
