//! Solving an absorbing Markov chain exactly, by eliminating one state after the other.
//!
//! The elimination of Grassmann, Taksar and Heyman ("Regenerative analysis and steady state distributions for Markov
//! chains", Operations Research 33, 1985) adds, multiplies and divides non-negative numbers only. Nothing cancels, so each
//! result is right to almost the last digit even for chains that are rarely left. It works on weights as well as on
//! probabilities: only the proportions within a row matter.

/// A chain under elimination. State 0 is where journeys start.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// The flow from state to state, row by row.
    flow: Vec<Vec<f64>>,
    /// The flow from a state out of the chain.
    out: Vec<f64>,
    /// What the flow out of a state brings: two kinds of reward at once.
    reward: Vec<[f64; 2]>,
}

impl Chain {
    pub(super) fn new(states: usize) -> Self {
        Self { flow: vec![vec![0.0; states]; states], out: vec![0.0; states], reward: vec![[0.0; 2]; states] }
    }

    pub(super) fn add_flow(&mut self, from: usize, to: usize, weight: f64) {
        if let Some(flow) = self.flow.get_mut(from).and_then(|row| row.get_mut(to)) {
            *flow += weight;
        }
    }

    /// Flow out of the chain, with what it brings in all.
    pub(super) fn add_exit(&mut self, from: usize, weight: f64, reward: [f64; 2]) {
        if let (Some(out), Some(sums)) = (self.out.get_mut(from), self.reward.get_mut(from)) {
            *out += weight;
            sums.iter_mut().zip(reward).for_each(|(sum, more)| *sum += more);
        }
    }

    /// The chain in which the states for which `removed` holds lead out at once, bringing what `worth` says per unit of
    /// flow.
    pub(super) fn without(&self, removed: &[bool], worth: &[[f64; 2]]) -> Self {
        let mut chain = self.clone();
        let rows = chain.flow.iter_mut().zip(&mut chain.out).zip(&mut chain.reward);
        for (((row, out), reward), gone) in rows.zip(removed) {
            // What ended here before brings nothing now: only the flow into the removed states is looked at.
            *reward = [0.0; 2];
            if *gone {
                row.fill(0.0);
                *out = 1.0;
                continue;
            }
            for ((flow, removed), worth) in row.iter_mut().zip(removed).zip(worth) {
                if *removed {
                    *out += *flow;
                    reward.iter_mut().zip(worth).for_each(|(sum, worth)| *sum += *flow * worth);
                    *flow = 0.0;
                }
            }
        }
        chain
    }

    /// What a unit of flow brings in all, from each state on.
    pub(super) fn expected_rewards(mut self) -> Vec<[f64; 2]> {
        let states = self.out.len();
        let order = self.order();
        let mut eliminated = Vec::with_capacity(states);
        for &state in &order {
            let Some(row) = self.flow.get_mut(state).map(std::mem::take) else { continue };
            let exits: Vec<(usize, f64)> = row.into_iter().enumerate().filter(|(to, flow)| *to != state && *flow > 0.0).collect();
            let (out, reward) = (value(&self.out, state), self.reward.get(state).copied().unwrap_or_default());
            let total = exits.iter().map(|(_, flow)| flow).sum::<f64>() + out;
            if total > 0.0 {
                self.redirect(state, &exits, out, reward, total);
            }
            eliminated.push((state, exits, reward, total));
        }
        let mut rewards = vec![[0.0; 2]; states];
        for (state, exits, reward, total) in eliminated.into_iter().rev() {
            if total <= 0.0 {
                continue;
            }
            let mut sum = reward;
            for (to, flow) in exits {
                let further: [f64; 2] = rewards.get(to).copied().unwrap_or_default();
                sum.iter_mut().zip(further).for_each(|(sum, further)| *sum += flow * further);
            }
            if let Some(slot) = rewards.get_mut(state) {
                *slot = sum.map(|sum| sum / total);
            }
        }
        rewards
    }

    /// Lets the flow into `state` go straight to where it leads.
    fn redirect(&mut self, state: usize, exits: &[(usize, f64)], out: f64, reward: [f64; 2], total: f64) {
        for ((row, row_out), row_reward) in self.flow.iter_mut().zip(&mut self.out).zip(&mut self.reward) {
            let Some(into) = row.get_mut(state).map(std::mem::take).filter(|into| *into > 0.0) else { continue };
            let share = into / total;
            for (to, flow) in exits {
                if let Some(cell) = row.get_mut(*to) {
                    *cell += share * flow;
                }
            }
            *row_out += share * out;
            row_reward.iter_mut().zip(reward).for_each(|(sum, reward)| *sum += share * reward);
        }
    }

    /// States with few neighbours first, since they make few new connections; the start last.
    fn order(&self) -> Vec<usize> {
        let states = self.out.len();
        let mut into = vec![0_usize; states];
        let mut from = vec![0_usize; states];
        for (row, from) in self.flow.iter().zip(&mut from) {
            for (flow, into) in row.iter().zip(&mut into) {
                let linked = usize::from(*flow > 0.0);
                *into += linked;
                *from += linked;
            }
        }
        let mut order: Vec<(usize, usize)> =
            into.iter().zip(&from).map(|(into, from)| into * from).zip(0..states).skip(1).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, state)| state).chain((states > 0).then_some(0)).collect()
    }
}

fn value(values: &[f64], at: usize) -> f64 {
    values.get(at).copied().unwrap_or_default()
}
