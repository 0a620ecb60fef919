//! Evidence that stays valid at every look: e-processes, confidence sequences, detectors of change.
//!
//! An **e-process** is a running value that starts at 1 and whose expectation at any stopping time is at most 1 while the
//! null hypothesis holds. So the probability that it *ever* reaches `1/alpha` is at most `alpha` (Ville's inequality): one
//! may look every hour, stop when convinced, go on when not. The set of values that have not been refuted that way is a
//! **confidence sequence**.
//!
//! | question | test |
//! |---|---|
//! | does a campaign lift its products, beside the rest of the store? | [`StoreShare`], the default |
//! | does a rate differ from a known expectation (sales per spend, say)? | [`GammaPoisson`], [`PointPoisson`], [`PoissonMixture`] |
//! | does a conversion rate differ from a known one? | [`BetaBinomial`] |
//! | do streams that run side by side get their shares? | [`Multinomial`]; with exposures that vary: [`RateRatio`] |
//! | what is the mean of values between 0 and 1? | [`EmpiricalBernstein`], [`BettingInterval`]; tightest at one time: [`EmpiricalBernsteinMixture`]; by their range alone: [`Hoeffding`] |
//! | what is the mean of anything, approximately? | [`AsymptoticMean`]; with known variance: [`NormalMixture`] |
//! | did something change at an unknown time? | [`PoissonDetector`], [`Detector`] |
//! | could a campaign's win be the product's own trend, or a loss in the rest of the store? | [`share_warnings`] |
//! | which of many campaigns? | [`e_benjamini_hochberg`] |
//! | does the test hold on this merchant's own history? | [`store_share_placebo`], [`placebo`] |
//!
//! States are small, serialise, and are updated in constant time per observation ([`BettingInterval`]: per step of its grid).
//! The e-values of counts, of [`NormalMixture`] and of [`AsymptoticMean`] depend on the totals only: the same data in other
//! batches give the same answer. The tests of bounded means bet on each value by those before it, so that their order counts.
//! The anytime p-value remembers the highest e-value after any observation, and the interval of an [`Evidence`] what it
//! refuted: a test that has decided leaves its null hypothesis out for good. What the totals say by themselves is
//! `interval_now` of each test.
//!
//! ```
//! use campaign_pilot_metrics::evidence::{GammaPoisson, Outlook, Side};
//!
//! // Spend that should have brought 7 sales brought one: is the campaign worse than its target?
//! let mut decline = GammaPoisson::new(Side::Below, 5.0, 5.0)?;
//! for hour in 0..70 {
//!     decline.observe(if hour == 30 { 1.0 } else { 0.0 }, 0.1)?;
//! }
//! let evidence = decline.evidence(0.05, Some(2.4))?;
//! assert!(!evidence.is_decided);
//! assert!(matches!(evidence.outlook, Outlook::After { .. }));
//! assert!(evidence.interval.upper.is_some_and(|ratio| ratio > 1.0));
//! # Ok::<(), campaign_pilot_metrics::evidence::EvidenceError>(())
//! ```

mod asymptotic;
mod bernstein;
mod binomial;
pub mod boundary;
mod bounded;
mod counts;
mod detector;
mod discovery;
mod hoeffding;
mod mixture;
mod multinomial;
mod normal;
mod placebo;
mod point;
mod ratio;
mod result;
mod running;
mod share;
mod state;
#[cfg(test)]
mod tests;
mod warnings;

pub use asymptotic::AsymptoticMean;
pub use bernstein::EmpiricalBernsteinMixture;
pub use binomial::BetaBinomial;
pub use bounded::{Betting, BettingInterval, EmpiricalBernstein};
pub use counts::GammaPoisson;
pub use detector::{Detector, DetectorKind, PoissonDetector};
pub use discovery::e_benjamini_hochberg;
pub use hoeffding::Hoeffding;
pub use mixture::PoissonMixture;
pub use multinomial::Multinomial;
pub use normal::NormalMixture;
pub use placebo::{PlaceboPlan, PlaceboReport, placebo, store_share_placebo};
pub use point::PointPoisson;
pub use ratio::RateRatio;
pub use result::{Assumption, Evidence, EvidenceError, Interval, NoDecision, Outlook, Quantity, Side};
pub use share::{DayOfSales, Dispersion, StoreShare, StoreSharePolicy, counted_sales, share_dispersion};
pub use warnings::{ProductTrend, RestMoved, ShareWarningPolicy, ShareWarnings, ShareWatch, share_warnings};
