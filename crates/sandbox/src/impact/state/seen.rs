//! Every request of the process, and which of them took effect.

use std::collections::BTreeMap;

use crate::impact::history::SeenRequest;

#[derive(Clone, Debug, Default)]
pub(crate) struct SeenBook {
    arrivals: u64,
    requests: Vec<(u64, SeenRequest)>,
    /// Where in the history the effect of an arrival is.
    effects: BTreeMap<u64, u64>,
}

impl SeenBook {
    /// The number of a request that comes in now.
    pub(crate) const fn arrive(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    /// Remembers how an arrival ended.
    pub(crate) fn remember(&mut self, arrival: u64, request: SeenRequest) {
        self.requests.push((arrival, request));
    }

    /// Notes the effect of an arrival: the first one, where the network delivers it twice.
    pub(super) fn took_effect(&mut self, arrival: u64, sequence: u64) {
        self.effects.entry(arrival).or_insert(sequence);
    }

    /// All that have ended, with their effects up to now.
    pub(super) fn requests(&self) -> Vec<SeenRequest> {
        let with_effect = |(arrival, request): &(u64, SeenRequest)| SeenRequest {
            effect: self.effects.get(arrival).copied(),
            ..request.clone()
        };
        self.requests.iter().map(with_effect).collect()
    }
}
