//! The one door through which campaigns are changed.

mod committed;
mod diff;
mod guard;
mod kill_switch;
mod reconcile;
mod record;
mod send;
mod sweep;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::ports::{CampaignPlatform, Journal, Knowledge};
use campaign_pilot_core::{
    CampaignAction, CampaignId, Clock, Currency, DecisionId, Effect, ErrorKind, Intent, JournalEvent, Money, OperationId,
    OperationState, OperationTag, PlanId, PlatformCampaignId,
};
use campaign_pilot_decision_engine::{Precondition, ranges};
use garde::Validate;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use committed::Committed;
pub use kill_switch::KillSwitch;
pub use reconcile::{ReconcileNote, ReconcileReport, Resolution};
pub use sweep::SweepReport;

use crate::error::{AgentError, Result};
use crate::ports::Ports;
use crate::store::States;

/// How the executor treats money and unclear outcomes.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ExecutorPolicy {
    /// How long after a lost answer the platform is not asked about it, in minutes: longer than its slowest commit
    /// plus the lag of its lists. Default 10.
    pub settle_minutes: u32,
    /// How many look-ups in a row, each a settle window apart, must find nothing before a create is sent again. Default 2.
    #[garde(range(min = 1))]
    pub empty_reads: u32,
    /// How often one operation is sent at most. Default 5.
    #[garde(range(min = 1))]
    pub max_attempts: u32,
    /// How long after its intent an operation may still be sent, in hours. Default 24.
    #[garde(range(min = 1))]
    pub valid_hours: u32,
    /// How far the platform's clock may differ from ours, in minutes. Default 60.
    pub clock_skew_minutes: u32,
    /// The most that all campaigns together may have at stake; `None` for no limit here. The default is `None`, since
    /// the plan's guardrails hold the same limit; set it so that operators' tools are bound by it too.
    #[garde(custom(ranges::money))]
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub max_committed: Option<Money>,
}

impl Default for ExecutorPolicy {
    fn default() -> Self {
        Self { settle_minutes: 10, empty_reads: 2, max_attempts: 5, valid_hours: 24, clock_skew_minutes: 60, max_committed: None }
    }
}

impl ExecutorPolicy {
    fn settle(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.settle_minutes))
    }

    fn skew(&self) -> SignedDuration {
        SignedDuration::from_mins(i64::from(self.clock_skew_minutes))
    }

    fn valid(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.valid_hours))
    }
}

/// What the executor shall carry out, and until when it may begin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ExecutionRequest {
    /// What was decided.
    pub intent: Intent,
    /// From when on it must not be sent any more for the first time.
    pub expires_at: Timestamp,
    /// What must still be so when it is begun.
    pub requires: Vec<Precondition>,
}

/// How a request stands after the executor had it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// It was achieved.
    Done {
        /// What was achieved.
        effect: Effect,
    },
    /// It has no effect and will not be tried again.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Its outcome is not clear yet: its money stays reserved, and reconciling will settle it.
    Open {
        /// What was seen instead of an answer.
        reason: String,
    },
    /// A guard refused it before anything was written down or sent.
    Held {
        /// Why.
        reason: String,
    },
    /// The journal already holds its end: nothing was done again.
    Earlier {
        /// How it ended then.
        state: OperationState,
    },
}

impl Outcome {
    /// Whether the wish is fulfilled, now or earlier.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Earlier { state: OperationState::Done })
    }
}

/// Carries out requests so that each takes effect at most once, whatever is lost on the way.
///
/// The protocol, each step durable before the next: guards, `Prepared`, the campaign becomes known, guards and kill switch
/// again, `Sent`, the call, the campaign's record, then `Done`, `Rejected` or `Unknown`. What is unknown is looked up by
/// its tag after the settle window by [`Executor::reconcile`]; it is never simply sent again. Cloning is cheap.
#[derive(Clone)]
pub struct Executor {
    platform: Arc<dyn CampaignPlatform>,
    journal: Arc<dyn Journal>,
    knowledge: Arc<dyn Knowledge>,
    clock: Arc<dyn Clock>,
    policy: ExecutorPolicy,
    kill_switch: KillSwitch,
    /// What the driver keeps of the memory, where one drives.
    states: Option<States>,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("policy", &self.policy).field("kill_switch", &self.kill_switch).finish_non_exhaustive()
    }
}

impl Executor {
    /// An executor on these ports.
    #[must_use]
    pub fn new(ports: &Ports, policy: ExecutorPolicy, kill_switch: KillSwitch) -> Self {
        Self {
            platform: Arc::clone(&ports.platform),
            journal: Arc::clone(&ports.journal),
            knowledge: Arc::clone(&ports.knowledge),
            clock: Arc::clone(&ports.clock),
            policy,
            kill_switch,
            states: None,
        }
    }

    /// The same, sharing what its driver keeps of the memory.
    pub(crate) fn sharing(self, states: States) -> Self {
        Self { states: Some(states), ..self }
    }

    /// The switch that keeps everything but stopping from being sent.
    #[must_use]
    pub const fn kill_switch(&self) -> &KillSwitch {
        &self.kill_switch
    }

    /// Carries out a request, or goes on with it where an earlier attempt was interrupted.
    ///
    /// Saying it twice changes nothing more: the operation's id decides, and the journal knows it.
    ///
    /// # Errors
    ///
    /// When the memory fails: then nothing further was sent. A refusing or silent platform is an [`Outcome`], not an error.
    pub async fn execute(&self, request: &ExecutionRequest) -> Result<Outcome> {
        let operation = &request.intent.operation;
        match self.state(operation).await? {
            None => {
                if let Err(reason) = self.guard_first(request).await? {
                    return Ok(Outcome::Held { reason });
                }
                let intent = Box::new(request.intent.clone());
                if !self.append(operation, JournalEvent::Prepared { intent }).await? {
                    return Ok(elsewhere());
                }
                self.send_first(request).await
            }
            Some(OperationState::Prepared) => self.send_first(request).await,
            Some(OperationState::Sent { .. }) => {
                self.append(operation, JournalEvent::Unknown { reason: INTERRUPTED.to_owned() }).await?;
                Ok(Outcome::Open { reason: INTERRUPTED.to_owned() })
            }
            Some(OperationState::Unknown { .. }) => {
                Ok(Outcome::Open { reason: "an earlier attempt is not settled yet".to_owned() })
            }
            Some(state @ (OperationState::Done | OperationState::Rejected)) => Ok(Outcome::Earlier { state }),
        }
    }

    /// What is at stake now: the budgets of campaigns that may run, those whose end is not confirmed too, and the money of operations that are not settled.
    ///
    /// # Errors
    ///
    /// When the memory cannot be read.
    pub async fn committed(&self) -> Result<Committed> {
        let open = self.journal.open_operations().await.map_err(AgentError::memory("listing open operations"))?;
        let now = self.clock.now();
        Ok(Committed::of(&self.unended(now).await?, &open, now))
    }

    async fn state(&self, operation: &OperationId) -> Result<Option<OperationState>> {
        self.journal.state(operation).await.map_err(AgentError::memory("reading an operation's state"))
    }

    /// Appends an event; `false` when someone else already wrote what excludes it.
    async fn append(&self, operation: &OperationId, event: JournalEvent) -> Result<bool> {
        match self.journal.append(operation, &event, self.clock.now()).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(false),
            Err(error) => Err(AgentError::memory("writing the journal")(error)),
        }
    }
}

/// What is written for an operation whose process ended between sending and the answer.
const INTERRUPTED: &str = "the process ended before the answer came";

fn elsewhere() -> Outcome {
    Outcome::Open { reason: "another executor has taken it".to_owned() }
}

/// The pause of an object that should not exist: the same finding always leads to the same operation.
fn repair_request(
    campaign: &CampaignId,
    object: &PlatformCampaignId,
    currency: Currency,
    expires_at: Timestamp,
) -> Result<ExecutionRequest> {
    let decision = DecisionId::of("repair", &format!("{campaign}/{object}"));
    let operation = OperationId::of(&decision, 0);
    let plan = PlanId::new(format!("repair-{operation}"))
        .map_err(|source| AgentError::new(ErrorKind::Invalid, "a repair could not be named").with_source(source))?;
    let intent = Intent {
        tag: OperationTag::of(&operation),
        operation,
        decision,
        plan,
        action: CampaignAction::Pause { campaign: campaign.clone(), platform_id: object.clone() },
        reserved: Money::zero(currency),
    };
    Ok(ExecutionRequest { intent, expires_at, requires: Vec::new() })
}
