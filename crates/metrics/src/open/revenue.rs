//! All of a campaign's open revenue at once.

use campaign_pilot_core::{Absence, Currency, Money, Period};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::returns::SeenOrigins;
use super::{
    Cohort, Completion, Conversion, Delay, Expected, LagCurve, Outlook, OutlookParts, PendingOutcome, Settlement, by_status,
    complete, outlook,
};

/// How [`open_revenue`] works.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenSettings {
    /// The steps in which delays are counted: a day unless set.
    pub step: SignedDuration,
    /// The longest time from a click to the sight of its conversion: 30 days unless set.
    pub window: SignedDuration,
    /// The confidence of the intervals: 0.9 unless set.
    pub confidence: f64,
}

impl Default for OpenSettings {
    fn default() -> Self {
        let day = SignedDuration::from_hours(24);
        Self { step: day, window: day * 30, confidence: 0.9 }
    }
}

/// A period's clicks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Clicks {
    /// When.
    pub period: Period,
    /// How many, where it is known.
    pub number: Option<u64>,
}

/// A campaign's open revenue.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct OpenRevenue {
    /// What is certain and what is expected, in money.
    pub outlook: Outlook,
    /// Conversions by period of their clicks, with those still to come; none when nothing could be learned of them.
    pub conversions: Option<Completion>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// What the revenue of a campaign will have been: learns from its own conversions how late they come and what is reversed, and adds
/// up.
///
/// `clicks` are the periods whose conversions are completed; their numbers steady the youngest, see [`complete`]. Returns are expected
/// beside it by [`super::expected_returns`] where they do not lead to reversed conversions, and nothing otherwise.
///
/// What cannot be learned is not guessed: without a settled conversion the pending ones count in full with an interval down to nothing,
/// without delays nothing unseen is added, and a note says so.
///
/// # Errors
///
/// [`Absence::MixedCurrencies`] when an amount is not in `currency`, [`Absence::OutOfRange`] beyond 96 bits or for a setting outside its
/// range.
pub fn open_revenue(
    conversions: &[Conversion],
    clicks: &[Clicks],
    returns: Option<Expected>,
    currency: Currency,
    now: Timestamp,
    settings: &OpenSettings,
) -> Result<OpenRevenue, Absence> {
    let seen: Vec<Conversion> = conversions.iter().copied().filter(|conversion| conversion.seen <= now).collect();
    let by_status = by_status(&seen, currency)?;
    let mut notes = Vec::new();
    let pending = match Settlement::learn(&seen, now, settings.step) {
        Ok(settlement) => settlement.outcome(&seen, now, currency, settings.confidence)?,
        Err(Absence::TooFewObservations) => {
            if by_status.pending.count > 0 {
                notes.push("no conversion has been settled yet: how much of the pending will be kept is not known".to_owned());
            }
            let amount = by_status.pending.amount;
            let kept = Expected { amount, lower: Money::zero(currency), upper: amount };
            PendingOutcome { count: by_status.pending.count, pending: amount, kept }
        }
        Err(other) => return Err(other),
    };
    let delays: Vec<Delay> = seen.iter().map(|conversion| Delay { origin: conversion.origin, seen: conversion.seen }).collect();
    let origins = SeenOrigins::new(&delays, now);
    let cohorts: Vec<Cohort> = clicks
        .iter()
        .map(|clicks| Cohort { period: clicks.period, origins: clicks.number, seen: origins.within(clicks.period) })
        .collect();
    let completion = LagCurve::learn(&delays, now, settings.step, settings.window)
        .and_then(|curve| complete(&cohorts, &curve, now, settings.confidence));
    let (unseen, conversions) = match completion {
        Ok(completion) => (Expected::of_unseen(&completion, mean_of(&seen, currency)?)?, Some(completion)),
        Err(Absence::TooFewObservations) => {
            notes.push("too few conversions to tell how many are still to come: none are added".to_owned());
            (Expected::certain(Money::zero(currency)), None)
        }
        Err(other) => return Err(other),
    };
    let returns = returns.unwrap_or(Expected::certain(Money::zero(currency)));
    Ok(OpenRevenue { outlook: outlook(&OutlookParts { by_status, pending, unseen, returns })?, conversions, notes })
}

/// The mean amount of a conversion.
fn mean_of(conversions: &[Conversion], currency: Currency) -> Result<Money, Absence> {
    let total = Money::sum(currency, conversions.iter().map(|conversion| conversion.amount)).map_err(|_| Absence::OutOfRange)?;
    let number = Decimal::from(conversions.len());
    total.amount.checked_div(number).map(|mean| Money::new(mean, currency)).ok_or(Absence::NoOrders)
}
