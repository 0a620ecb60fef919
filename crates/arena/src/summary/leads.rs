//! How far a contestant is ahead of another over all worlds.

use std::collections::BTreeMap;

use super::{Estimate, Summary};

/// By how much an estimate must be ahead to count as better, in percentage points of the shop's gross profit.
const NOTICEABLE: f64 = 0.1;

impl Summary {
    /// How far one contestant is ahead of another in percentage points of the shop's gross profit, every world counting the same; `None`
    /// where they share no flight, or a world in which both flew has none with the same seed.
    ///
    /// What is drawn in one world may resemble what is drawn in another one with the same seed. So the mean over the worlds is taken for
    /// each seed, and the interval is that of these means. Worlds that were flown with fewer seeds are a group of their own, with such
    /// means and an interval, and the groups are added up by their numbers of worlds.
    #[must_use]
    pub fn lead(&self, contestant: &str, over: &str) -> Option<Estimate> {
        // For each set of seeds: how many worlds have it, and the sums of their leads by seed.
        let mut groups: BTreeMap<Vec<u64>, (f64, Vec<f64>)> = BTreeMap::new();
        for leads in self.worlds.iter().filter_map(|world| world.leads(contestant, over)) {
            let (seeds, leads): (Vec<u64>, Vec<f64>) = leads.into_iter().unzip();
            let (worlds, sums) = groups.entry(seeds).or_insert_with(|| (0.0, vec![0.0; leads.len()]));
            *worlds += 1.0;
            sums.iter_mut().zip(leads).for_each(|(sum, lead)| *sum += lead);
        }
        let mean = |(worlds, sums): (f64, Vec<f64>)| (worlds, sums.into_iter().map(|sum| sum / worlds).collect());
        Estimate::of_groups(&groups.into_values().map(mean).collect::<Vec<_>>())
    }

    /// The mean profit of a contestant over all worlds, in percent of the shop's gross profit; `None` where it did not fly.
    pub(super) fn mean_profit(&self, contestant: &str) -> Option<f64> {
        mean(self.outcomes_of(contestant).into_iter().map(|(_, outcome)| outcome.profit_percent.mean))
    }

    /// In how many worlds another contestant earns more than the oracle: surely, which is where a 95 % interval of the lead lies above zero;
    /// and in the mean.
    pub(super) fn oracle_beaten(&self, oracle: &str) -> (f64, f64) {
        let (mut surely, mut in_the_mean) = (0.0, 0.0);
        for world in &self.worlds {
            let others = self.contestants.iter().filter(|contestant| **contestant != oracle);
            let leads: Vec<Estimate> = others.filter_map(|contestant| world.lead(contestant, oracle)).collect();
            surely += f64::from(leads.iter().any(|lead| lead.low().is_some_and(|low| low > 0.0)));
            in_the_mean += f64::from(leads.iter().any(|lead| lead.mean > NOTICEABLE));
        }
        (surely, in_the_mean)
    }
}

/// The mean of some values; `None` without any.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.fold((0.0, 0.0), |(count, sum), value| (count + 1.0, sum + value));
    (count > 0.0).then(|| sum / count)
}
