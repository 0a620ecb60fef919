//! What channels are credited with beside what they really added.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{Absence, Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Attribution, AttributionModel, Channel, Credit};
use crate::Roas;
use crate::roas::absence_of;

/// What a channel added beyond what would have happened without it: the result of an experiment or of a comparison with a
/// baseline, such as [`crate::CampaignMetrics::incremental_units`] and
/// [`incremental_revenue`](crate::CampaignMetrics::incremental_revenue).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Incremental {
    /// Conversions beyond the baseline; negative when below.
    pub conversions: Measured<Decimal>,
    /// Revenue beyond the baseline; negative when below.
    pub value: Measured<Money>,
    /// From where to where that revenue may lie.
    pub value_between: Measured<(Money, Money)>,
}

impl Incremental {
    /// Nothing is known, for one reason.
    #[must_use]
    pub const fn absent(why: Absence) -> Self {
        Self { conversions: Measured::Absent(why), value: Measured::Absent(why), value_between: Measured::Absent(why) }
    }
}

/// What one model credits a channel with, and how that relates to what the channel added.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Attributed {
    /// The model.
    pub model: AttributionModel,
    /// The credit.
    pub credit: Credit,
    /// The channel's part of all credited value, from 0 to 1.
    pub share: Measured<Decimal>,
    /// Credited value / cost.
    pub gross_roas: Measured<Decimal>,
    /// Incremental value / credited value: 1 when all that was credited is a gain, 0 when it would have come anyway. Below 0
    /// and above 1 are possible, since one side is counted and the other estimated.
    pub incremental_share: Measured<Decimal>,
}

/// One channel in both views.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ChannelComparison {
    /// The channel.
    pub channel: Channel,
    /// What it cost.
    pub cost: Measured<Money>,
    /// What it is credited with, one entry per model, in the order in which the attributions came.
    pub attributed: Vec<Attributed>,
    /// What it added.
    pub incremental: Incremental,
    /// Incremental value / cost.
    pub incremental_gross_roas: Measured<Decimal>,
}

/// Attributed and incremental figures of all channels, side by side.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Comparison {
    /// The channels in the order of their names.
    pub channels: Vec<ChannelComparison>,
    /// All conversions that were shared out, per model.
    pub attributed_total: Vec<Attributed>,
    /// What all channels together added; absent unless it is known of each of them. Its interval goes from the sum of the
    /// low ends to the sum of the high ends: it holds whenever each channel's own does.
    pub incremental_total: Incremental,
}

impl Comparison {
    /// One channel's figures.
    #[must_use]
    pub fn channel(&self, channel: &Channel) -> Option<&ChannelComparison> {
        self.channels.iter().find(|figures| figures.channel == *channel)
    }
}

/// Puts what models credit beside what was measured as a gain.
///
/// A channel that is missing from `incremental` has [`Absence::NoBaseline`], one without an entry in `costs`
/// [`Absence::CostUnknown`]. Amounts of several currencies are not compared: [`Absence::MixedCurrencies`] stands there.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use campaign_pilot_core::{Absence, Currency, Measured, Money};
/// use campaign_pilot_metrics::attribution::{
///     AttributionModel, Channel, ConversionPath, ConversionPaths, Incremental, attribute, compare,
/// };
/// use rust_decimal::dec;
///
/// let euros = |amount| Money::new(amount, Currency::EUR);
/// let coupons = Channel::new("coupon site");
/// let mut paths = ConversionPaths::new(Currency::EUR);
/// paths.add(ConversionPath { touches: vec![coupons.clone()], conversions: 40, value: euros(dec!(2000)), not_converted: 0 })?;
/// let last = attribute(&paths, AttributionModel::LastTouch)?;
///
/// // Against its baseline the store gained 300 euros only.
/// let gained = Incremental {
///     conversions: Measured::Known(dec!(6)),
///     value: Measured::Known(euros(dec!(300))),
///     value_between: Measured::Known((euros(dec!(-50)), euros(dec!(650)))),
/// };
/// let both = compare(&[last], &BTreeMap::from([(coupons.clone(), gained)]), &BTreeMap::from([(coupons.clone(), euros(dec!(200)))]));
/// let figures = both.channel(&coupons).unwrap();
/// assert_eq!(figures.attributed[0].gross_roas, Measured::Known(dec!(10)));
/// assert_eq!(figures.incremental_gross_roas, Measured::Known(dec!(1.5)));
/// assert_eq!(figures.attributed[0].incremental_share, Measured::Known(dec!(0.15)));
/// # Ok::<(), campaign_pilot_metrics::attribution::AttributionError>(())
/// ```
#[must_use]
pub fn compare(
    attributions: &[Attribution],
    incremental: &BTreeMap<Channel, Incremental>,
    costs: &BTreeMap<Channel, Money>,
) -> Comparison {
    let credited = attributions.iter().flat_map(|attribution| attribution.credits.keys());
    let names: BTreeSet<&Channel> = credited.chain(incremental.keys()).chain(costs.keys()).collect();
    let channels: Vec<ChannelComparison> = names
        .into_iter()
        .map(|channel| {
            let cost = costs.get(channel).copied().map_or(Measured::Absent(Absence::CostUnknown), Measured::Known);
            let added = incremental.get(channel).copied().unwrap_or(Incremental::absent(Absence::NoBaseline));
            let attributed =
                attributions.iter().map(|attribution| attributed(attribution, attribution.credit(channel), cost, added.value));
            ChannelComparison {
                channel: channel.clone(),
                cost,
                attributed: attributed.collect(),
                incremental: added,
                incremental_gross_roas: returned(added.value, cost),
            }
        })
        .collect();
    let incremental_total = sum(&channels);
    let cost = total(channels.iter().map(|figures| figures.cost), Money::checked_add);
    let attributed_total = attributions
        .iter()
        .map(|attribution| attributed(attribution, attribution.total, cost, incremental_total.value))
        .collect();
    Comparison { channels, attributed_total, incremental_total }
}

fn attributed(attribution: &Attribution, credit: Credit, cost: Measured<Money>, added: Measured<Money>) -> Attributed {
    Attributed {
        model: attribution.model,
        credit,
        share: ratio(credit.value, attribution.total.value).into(),
        gross_roas: returned(Measured::Known(credit.value), cost),
        incremental_share: added.ok().and_then(|added| ratio(added, credit.value)).into(),
    }
}

fn returned(value: Measured<Money>, cost: Measured<Money>) -> Measured<Decimal> {
    let roas = value.ok().and_then(|value| Roas::new(value, cost.ok()?));
    roas.map(Roas::gross).into()
}

fn ratio(part: Money, whole: Money) -> Result<Decimal, Absence> {
    part.ratio(whole).map_err(|error| absence_of(&error))?.ok_or(Absence::NoSales)
}

fn sum(channels: &[ChannelComparison]) -> Incremental {
    let each = || channels.iter().map(|figures| figures.incremental);
    let added = |a: Decimal, b: Decimal| a.checked_add(b).ok_or(Absence::OutOfRange);
    let mut conversions = Measured::Absent(Absence::NoBaseline);
    for (place, next) in each().map(|added| added.conversions).enumerate() {
        conversions = if place == 0 { next } else { both(conversions, next, added) };
    }
    let end = |which: fn((Money, Money)) -> Money| total(each().map(|added| added.value_between.map(which)), Money::checked_add);
    Incremental {
        conversions,
        value: total(each().map(|added| added.value), Money::checked_add),
        value_between: both(
            end(|(low, _)| low).map(|low| (low, low)),
            end(|(_, high)| high).map(|high| (high, high)),
            |low, high| Ok((low.0, high.1)),
        ),
    }
}

fn total(
    amounts: impl Iterator<Item = Measured<Money>>,
    add: fn(Money, Money) -> Result<Money, campaign_pilot_core::MoneyError>,
) -> Measured<Money> {
    amounts
        .reduce(|a, b| both(a, b, |a, b| add(a, b).map_err(|error| absence_of(&error))))
        .unwrap_or(Measured::Absent(Absence::NoBaseline))
}

fn both<T>(a: Measured<T>, b: Measured<T>, add: impl FnOnce(T, T) -> Result<T, Absence>) -> Measured<T> {
    a.ok().and_then(|a| add(a, b.ok()?)).into()
}
