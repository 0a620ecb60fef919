//! Recorded draws and launches as choices with their probabilities.

use std::collections::BTreeMap;

use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{CampaignId, Currency, DecisionRecord, DesiredStatus, Money, Period};
use campaign_pilot_decision_engine::{LoggedChoice, ModelledReward, Prospect};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::creator::{Draw, Exploration};
use crate::error::{AgentError, Result};
use crate::learn::Learned;
use crate::policy::ExplorationPolicy;
use crate::store;

/// At most so many decisions are looked through.
const DECISIONS: u32 = 100_000;

/// The choices of a period.
pub(super) struct Choices {
    pub(super) made: Vec<LoggedChoice>,
    pub(super) launched: usize,
    pub(super) open: usize,
    pub(super) not_logged: usize,
}

/// A launch with what came of it.
struct Launched {
    at: Timestamp,
    outcome: Option<Decimal>,
    is_open: bool,
    exploration: Option<Exploration>,
    prospect: Option<Prospect>,
    expected: Option<Money>,
}

impl Choices {
    pub(super) async fn load(
        knowledge: &dyn Knowledge,
        period: Period,
        other: &ExplorationPolicy,
        currency: Currency,
    ) -> Result<Self> {
        let decisions = knowledge.decisions(period, DECISIONS).await.map_err(AgentError::memory("reading decisions"))?;
        let learned: Learned = store::load(knowledge, store::LEARNED).await?.unwrap_or_default();
        let (mut draws, mut trials, mut expected) = (Vec::new(), BTreeMap::<_, Vec<Launched>>::new(), Vec::new());
        for decision in &decisions {
            if let Some(draw) = read::<Draw>(decision, "draw") {
                draws.push((decision.at, draw));
            } else if let Some(launched) = Launched::of(knowledge, decision, &learned).await? {
                match &launched.exploration {
                    Some(exploration) => {
                        trials.entry((decision.product.clone(), exploration.drawn)).or_default().push(launched);
                    }
                    None => expected.push(launched),
                }
            }
        }
        // What is still open is left out with all that was chosen later: launches alone would be missing, not what was not launched.
        let launches = || trials.values().flatten().chain(&expected);
        let until = launches().filter(|launched| launched.is_open).map(|launched| launched.at).min();
        let counts = |at: Timestamp| until.is_none_or(|until| at < until);
        let mut choices = Self { made: Vec::new(), launched: 0, open: 0, not_logged: 0 };
        for (at, draw) in draws {
            let launches = trials.remove(&(draw.product.clone(), draw.drawn)).unwrap_or_default();
            if counts(at) && draw.expected.currency == currency {
                choices.launched += usize::from(!launches.is_empty());
                choices.made.push(of_draw(&draw, &launches, other));
            } else {
                choices.open += 1;
            }
        }
        choices.not_logged = trials.values().map(Vec::len).sum();
        for launched in expected {
            match launched.choice(other, currency).filter(|_| counts(launched.at)) {
                Some(choice) => {
                    choices.launched += 1;
                    choices.made.push(choice);
                }
                None => choices.open += 1,
            }
        }
        Ok(choices)
    }
}

impl Launched {
    /// `None` for a decision that is no launch.
    async fn of(knowledge: &dyn Knowledge, decision: &DecisionRecord, learned: &Learned) -> Result<Option<Self>> {
        if decision.verdict.is_some() || decision.inputs.get("exploration").is_none() {
            return Ok(None);
        }
        let id = CampaignId::of_launch(&decision.id);
        let record = knowledge.campaign(&id).await.map_err(AgentError::memory("reading a campaign"))?;
        // A launch that was refused or held back brings nothing, and that is known.
        let runs = record
            .is_some_and(|record| record.campaign.platform_id.is_some() || record.campaign.desired == DesiredStatus::Active);
        Ok(Some(Self {
            at: decision.at,
            outcome: decision.outcome,
            is_open: decision.outcome.is_none() && runs && !learned.campaigns.contains(&id),
            exploration: read(decision, "exploration"),
            prospect: read(decision, "prospect"),
            expected: decision.predicted,
        }))
    }

    /// A launch for what was expected: it was certain.
    fn choice(&self, other: &ExplorationPolicy, currency: Currency) -> Option<LoggedChoice> {
        let prospect = self.prospect.as_ref()?;
        let expected = self.expected.filter(|expected| expected.currency == currency)?;
        let tried = if other.expects(prospect) { Decimal::ONE } else { prospect.likely_worth() };
        Some(logged(true, Decimal::ONE, tried, self.outcome.unwrap_or_default(), expected))
    }
}

fn of_draw(draw: &Draw, launches: &[Launched], other: &ExplorationPolicy) -> LoggedChoice {
    let expects = draw.worth && draw.propensity >= other.launch_from;
    let tried = if expects { Decimal::ONE } else { draw.propensity };
    let reward = launches.iter().filter_map(|launched| launched.outcome).sum();
    logged(draw.is_tried(), draw.propensity, tried, reward, draw.expected)
}

/// A choice to try or not, where `by_log` and `by_other` are the probabilities of trying.
fn logged(is_tried: bool, by_log: Decimal, by_other: Decimal, reward: Decimal, expected: Money) -> LoggedChoice {
    let of = |tried: Decimal| if is_tried { tried } else { Decimal::ONE - tried };
    let nothing = Money::zero(expected.currency);
    let part = Money::new(expected.amount * by_other, expected.currency);
    LoggedChoice {
        propensity: Some(of(by_log)),
        other: of(by_other),
        reward: Money::new(reward, expected.currency),
        modelled: Some(ModelledReward { made: if is_tried { expected } else { nothing }, other: part }),
    }
}

fn read<T: for<'a> Deserialize<'a>>(decision: &DecisionRecord, key: &str) -> Option<T> {
    T::deserialize(decision.inputs.get(key)?).ok()
}
