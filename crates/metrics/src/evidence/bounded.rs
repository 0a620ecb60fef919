//! Means of values between 0 and 1 (Waudby-Smith and Ramdas 2024).

use serde::{Deserialize, Serialize};

use super::result::{checked_alpha, evidence_of_mean, outlook, unit_interval};
use super::running::{Bounds, ln_sum_exp, parameter};
use super::state::{checked_state, is_alpha, is_count, is_logarithm, is_peak, is_share, is_unit_verdict};
use super::{Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity};

/// Bets that look only at the past: `λ_t = sqrt(2 ln(1/alpha) / (t ln(1 + t) σ²_(t-1)))`, with the mean and variance of
/// the values so far, half a value of 1/2 and a variance of 1/4 put before them.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
struct Bets {
    ln_rate: f64,
    count: f64,
    sum: f64,
    squares: f64,
}

impl Bets {
    fn new(alpha: f64) -> Self {
        Self { ln_rate: -alpha.ln(), count: 0.0, sum: 0.0, squares: 0.0 }
    }

    fn is_sound(&self) -> bool {
        self.ln_rate > 0.0 && [self.ln_rate, self.count, self.sum, self.squares].into_iter().all(is_count)
    }

    fn mean(&self) -> f64 {
        (0.5 + self.sum) / (self.count + 1.0)
    }

    /// The bet on the next value.
    fn next(&self) -> f64 {
        let t = self.count + 1.0;
        let variance = (0.25 + self.squares) / (self.count + 1.0);
        (2.0 * self.ln_rate / (t * t.ln_1p() * variance)).sqrt()
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += (value - self.mean()).powi(2);
    }
}

/// A value between 0 and 1.
pub(super) fn unit(value: f64) -> Result<f64, EvidenceError> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(EvidenceError::Observation) }
}

/// The empirical Bernstein confidence sequence with predictable bets: a mean of values between 0 and 1, tighter the less
/// they vary.
///
/// # Formula
///
/// `Σ λ_i x_i / Σ λ_i ± (ln(2/alpha) + Σ v_i ψ(λ_i)) / Σ λ_i` with `v_i = (x_i - mean_(i-1))²`
/// (the mean of the values before),
/// `ψ(λ) = -ln(1 - λ) - λ`, and `λ` cut at 1/2.
///
/// ```
/// use campaign_pilot_metrics::evidence::EmpiricalBernstein;
///
/// let mut share = EmpiricalBernstein::new(0.5, 0.05)?;
/// for basket in 0..400 {
///     share.observe(if basket % 10 == 0 { 0.8 } else { 0.1 })?;
/// }
/// let interval = share.evidence(None)?.interval;
/// assert!(interval.lower.is_some_and(|low| low < 0.17) && interval.upper.is_some_and(|high| high > 0.17 && high < 0.3));
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct EmpiricalBernstein {
    null: f64,
    alpha: f64,
    bets: Bets,
    weighted: f64,
    weight: f64,
    /// For the bet on more, and for the one on less.
    variation: (f64, f64),
    ln_peak: f64,
    bounds: Bounds,
}

checked_state!(EmpiricalBernstein, |test| {
    let sums = [test.weighted, test.weight, test.variation.0, test.variation.1];
    let domain = is_share(test.null) && is_alpha(test.alpha) && test.bets.is_sound();
    domain && sums.into_iter().all(is_count) && is_unit_verdict(test.bounds, test.null, test.ln_peak, test.alpha)
});

impl EmpiricalBernstein {
    /// A test of the mean `null`, made for the error rate `alpha`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless the null lies in [0, 1] and `alpha` between 0 and 1.
    pub fn new(null: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, 0.0..=1.0)?;
        let alpha = checked_alpha(alpha)?;
        let (bets, bounds) = (Bets::new(alpha / 2.0), Bounds::new(0.0, 1.0));
        Ok(Self { null, alpha, bets, weighted: 0.0, weight: 0.0, variation: (0.0, 0.0), ln_peak: 0.0, bounds })
    }

    /// Adds a value between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another one.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        let value = unit(value)?;
        let bet = self.bets.next().min(0.5);
        self.weighted += bet * value;
        self.weight += bet;
        let price = -(-bet).ln_1p() - bet;
        // Any guess from the past is valid; the plain mean, with the far end before the first value, is confseq's.
        let guess = |first: f64| if self.bets.count > 0.0 { self.bets.sum / self.bets.count } else { first };
        let (more, less) = ((value - guess(0.0)).powi(2) * price, (value - guess(1.0)).powi(2) * price);
        self.variation.0 += more;
        self.variation.1 += less;
        self.bets.add(value);
        let ln_e = self.ln_e();
        self.ln_peak = self.ln_peak.max(ln_e);
        let (lower, upper) = self.bounds_now();
        self.bounds.narrow(lower, upper);
        // The two bets together may decide a moment before either does.
        if ln_e >= -self.alpha.ln() {
            self.bounds.pass(self.null, self.weighted > self.null * self.weight);
        }
        Ok(())
    }

    fn bounds_now(&self) -> (f64, f64) {
        let centre = self.weighted / self.weight;
        let reach = |variation: f64| ((2.0 / self.alpha).ln() + variation) / self.weight;
        (centre - reach(self.variation.0), centre + reach(self.variation.1))
    }

    /// The means that are not refuted by now, whatever earlier looks did: it may hold the null after a decision.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn interval_now(&self) -> Result<Interval, EvidenceError> {
        if self.weight <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        Ok(unit_interval(self.bounds_now(), self.alpha))
    }

    /// The logarithm of the e-value now: the mean of a bet on more and a bet on less.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_ahead(1.0)
    }

    fn ln_e_ahead(&self, times: f64) -> f64 {
        let gain = times * (self.weighted - self.null * self.weight);
        let (more, less) = (times * self.variation.0, times * self.variation.1);
        ln_sum_exp([gain - more, -gain - less].into_iter()) - std::f64::consts::LN_2
    }

    /// What the test says; `per_day` values turn the outlook into days.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn evidence(&self, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        if self.weight <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let threshold = -self.alpha.ln();
        let is_decided = self.ln_peak >= threshold;
        let grows = (self.weighted - self.null * self.weight).abs() > self.variation.0.max(self.variation.1);
        let ahead = if is_decided || grows {
            outlook(is_decided, threshold, per_day, |more| self.ln_e_ahead(1.0 + more / self.bets.count))
        } else {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        };
        let interval = Interval::new(Quantity::Mean, Some(self.bounds.get().0), Some(self.bounds.get().1), self.alpha);
        Ok(evidence_of_mean(self.alpha, self.ln_e(), self.ln_peak, interval, ahead))
    }
}

/// The betting martingale against one mean of values between 0 and 1: the capital of a bettor on more and one on less.
///
/// # Formula
///
/// `max(K+ / 2, K- / 2)` with `K± = Π (1 ± λ_i (x_i - null))`, `λ` cut at `1 / (2 null)` and `1 / (2 (1 - null))`.
///
/// ```
/// use campaign_pilot_metrics::evidence::Betting;
///
/// let mut against_a_tenth = Betting::new(0.1, 0.05)?;
/// for _ in 0..40 {
///     against_a_tenth.observe(0.3)?;
/// }
/// assert!(against_a_tenth.ln_e() > 20f64.ln());
/// assert!(against_a_tenth.evidence(None)?.is_decided);
/// # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct Betting {
    null: f64,
    alpha: f64,
    bets: Bets,
    ln_more: f64,
    ln_less: f64,
    ln_peak: f64,
}

checked_state!(Betting, |test| {
    let capital = is_logarithm(test.ln_more) && is_logarithm(test.ln_less) && is_peak(test.ln_peak);
    is_share(test.null) && is_alpha(test.alpha) && test.bets.is_sound() && capital
});

impl Betting {
    /// A test of the mean `null`, with bets made for the error rate `alpha`.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless the null lies in [0, 1] and `alpha` between 0 and 1.
    pub fn new(null: f64, alpha: f64) -> Result<Self, EvidenceError> {
        let null = parameter("null", null, 0.0..=1.0)?;
        let alpha = checked_alpha(alpha)?;
        Ok(Self { null, alpha, bets: Bets::new(alpha / 2.0), ln_more: 0.0, ln_less: 0.0, ln_peak: 0.0 })
    }

    /// Adds a value between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another one.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        let value = unit(value)?;
        bet(&self.bets, self.null, value, &mut self.ln_more, &mut self.ln_less);
        self.bets.add(value);
        self.ln_peak = self.ln_peak.max(self.ln_e());
        Ok(())
    }

    /// The logarithm of the e-value now.
    #[must_use]
    pub fn ln_e(&self) -> f64 {
        self.ln_e_ahead(1.0)
    }

    fn ln_e_ahead(&self, times: f64) -> f64 {
        times * self.ln_more.max(self.ln_less) - std::f64::consts::LN_2
    }

    /// What the test says; `per_day` values turn the outlook into days. It is about one mean and bounds none: the interval is
    /// [`BettingInterval`]'s. The outlook takes the capital to grow as it did on average.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::TooFewObservations`] before the first value.
    pub fn evidence(&self, per_day: Option<f64>) -> Result<Evidence, EvidenceError> {
        if self.bets.count <= 0.0 {
            return Err(EvidenceError::TooFewObservations);
        }
        let threshold = -self.alpha.ln();
        let is_decided = self.ln_peak >= threshold;
        let ahead = if is_decided || self.ln_more.max(self.ln_less) > 0.0 {
            outlook(is_decided, threshold, per_day, |more| self.ln_e_ahead(1.0 + more / self.bets.count))
        } else {
            Outlook::Never { reason: NoDecision::NoEffectSeen }
        };
        let open = Interval::new(Quantity::Mean, None, None, self.alpha);
        Ok(evidence_of_mean(self.alpha, self.ln_e(), self.ln_peak, open, ahead))
    }
}

/// Both bettors' capital after a value. The cuts keep each factor at a half or more.
fn bet(bets: &Bets, null: f64, value: f64, ln_more: &mut f64, ln_less: &mut f64) {
    let stake = bets.next();
    *ln_more += (stake.min(0.5 / null) * (value - null)).ln_1p();
    *ln_less += (-stake.min(0.5 / (1.0 - null)) * (value - null)).ln_1p();
}

/// The betting confidence sequence: the means on a grid against which [`Betting`] has not won.
///
/// The state and each update are as large as the grid.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(remote = "Self")]
pub struct BettingInterval {
    alpha: f64,
    bets: Bets,
    capital: Vec<(f64, f64)>,
    /// The first and the last step that the two bettors together have never refuted; the first lies beyond the last when
    /// there is none.
    hedged: (usize, usize),
}

checked_state!(BettingInterval, |test| {
    let steps = (3..=100_001).contains(&test.capital.len());
    let capital = test.capital.iter().all(|(more, less)| is_logarithm(*more) && is_logarithm(*less));
    let (first, last) = test.hedged;
    let kept = last < test.capital.len() && first <= last + 1;
    is_alpha(test.alpha) && test.bets.is_sound() && steps && capital && kept
});

impl BettingInterval {
    /// A confidence sequence on a grid of `steps + 1` means; 1,000 is usual.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Parameter`] unless `alpha` lies between 0 and 1 and there are 2 to 100,000 steps.
    pub fn new(alpha: f64, steps: u32) -> Result<Self, EvidenceError> {
        let alpha = checked_alpha(alpha)?;
        if !(2..=100_000).contains(&steps) {
            return Err(EvidenceError::Parameter("steps"));
        }
        let capital = vec![(0.0, 0.0); steps as usize + 1];
        Ok(Self { alpha, bets: Bets::new(alpha / 2.0), hedged: (0, capital.len() - 1), capital })
    }

    /// Adds a value between 0 and 1.
    ///
    /// # Errors
    ///
    /// [`EvidenceError::Observation`] for another one.
    pub fn observe(&mut self, value: f64) -> Result<(), EvidenceError> {
        let value = unit(value)?;
        let steps = (self.capital.len() - 1) as f64;
        for (index, (ln_more, ln_less)) in self.capital.iter_mut().enumerate() {
            bet(&self.bets, index as f64 / steps, value, ln_more, ln_less);
        }
        self.bets.add(value);
        self.narrow();
        Ok(())
    }

    /// Takes the refuted means off both ends of what was kept: each once, however many values there are.
    fn narrow(&mut self) {
        let threshold = (2.0 / self.alpha).ln();
        let is_refuted = |(more, less): &(f64, f64)| ln_sum_exp([*more, *less].into_iter()) >= threshold;
        let (first, last) = self.hedged;
        let kept = self.capital.get(first..=last).unwrap_or_default();
        let below = kept.iter().take_while(|capital| is_refuted(capital)).count();
        let above = kept.iter().rev().take_while(|capital| is_refuted(capital)).count();
        self.hedged = if below == kept.len() { (last + 1, last) } else { (first + below, last - above) };
    }

    /// The means against which neither bettor has won by now; their hull, a grid step at most too wide.
    #[must_use]
    pub fn interval(&self) -> Interval {
        let threshold = (2.0 / self.alpha).ln();
        let is_kept = |(more, less): &(f64, f64)| more.max(*less) < threshold;
        let first = self.capital.iter().position(is_kept);
        self.hull(first.zip(self.capital.iter().rposition(is_kept)))
    }

    /// The means against which the two bettors together have never won, now or before: as valid as
    /// [`interval`](Self::interval), never wider, and it only narrows.
    #[must_use]
    pub fn hedged(&self) -> Interval {
        self.hull(Some(self.hedged).filter(|(first, last)| first <= last))
    }

    fn hull(&self, kept: Option<(usize, usize)>) -> Interval {
        let steps = (self.capital.len() - 1) as f64;
        let lower = kept.map(|(first, _)| ((first as f64 - 1.0) / steps).max(0.0));
        let upper = kept.map(|(_, last)| ((last as f64 + 1.0) / steps).min(1.0));
        Interval { is_empty: kept.is_none(), ..Interval::new(Quantity::Mean, lower, upper, self.alpha) }
    }
}
