//! The pilot's way: the executor on the real client, with a memory that outlives each death.

use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_agents::{ExecutionRequest, Executor, ExecutorPolicy, KillSwitch, Ports, TemplateCopyWriter};
use campaign_pilot_core::ports::{CampaignPlatform, Journal};
use campaign_pilot_core::{
    AdCopy, CampaignAction, CampaignId, CampaignSpec, Clock, DecisionId, Intent, Money, OperationId, OperationState,
    OperationTag, Period, PlanId, ProductId,
};
use campaign_pilot_impact_client::{ImpactConfig, ImpactPlatform, ProgramId};
use campaign_pilot_memory::VolatileMemory;
use campaign_pilot_sandbox::Sandbox;
use campaign_pilot_store_client::{StoreConfig, WooStore};
use jiff::SignedDuration;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::dying::{Life, Mortal};
use super::judge::Run;
use super::wire::Wire;
use super::{DEATHS_PERCENT, SETTLE};
use crate::trial::Failure;

/// More steps than a create takes; a client whose last step lies beyond it lives.
const MOST_STEPS: i64 = 36;

/// How many times what is open may be looked after before it counts as lost.
const ROUNDS: u32 = 60;

/// Decides so many creates and carries each out with a client that may die, then settles and sweeps with others.
pub(super) async fn run(sandbox: &Sandbox, seed: u64, creates: u64) -> Result<Run, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let life = Life::eternal();
    let memory = Arc::new(VolatileMemory::default());
    let mut run = Run::default();
    let requests = (0..creates).map(|number| request(sandbox, seed, number)).collect::<Result<Vec<_>, _>>()?;
    for request in &requests {
        if rng.random_range(0..100) < DEATHS_PERCENT {
            life.dies_at(rng.random_range(1..=MOST_STEPS));
        }
        let client = Client::start(sandbox, &memory, &life).await?;
        let outcome = life.live(client.executor.execute(request)).await;
        drop(client);
        run.deaths += u64::from(outcome.is_none());
        life.revives();
        outcome.transpose()?;
        sandbox.advance(SignedDuration::from_secs(1))?;
    }
    // A process that died before anything was written down has decided nothing that anyone knows of: the next one decides
    // it once more, under the same name.
    for request in &requests {
        if Journal::state(&*memory, &request.intent.operation).await?.is_none() {
            Client::start(sandbox, &memory, &life).await?.executor.execute(request).await?;
        }
    }
    settle(sandbox, &memory, &life, Some(&mut rng), &mut run).await?;
    // While late requests are still on their way clients sweep, and die over it.
    for _ in 0..4 {
        sandbox.advance(SignedDuration::from_mins(40))?;
        sweep(sandbox, &memory, &life, &mut rng, &mut run).await?;
        settle(sandbox, &memory, &life, Some(&mut rng), &mut run).await?;
    }
    // What was on its way is there by now: a last look at everything.
    sandbox.advance(SignedDuration::from_hours(3))?;
    let client = Client::start(sandbox, &memory, &life).await?;
    for _ in 0..3 {
        // A sweep cannot say everything at once when its own writes are lost, so it is repeated, as it is every day.
        client.executor.sweep().await?.ok();
        settle(sandbox, &memory, &life, None, &mut run).await?;
    }
    for request in requests {
        let state = Journal::state(&*memory, &request.intent.operation).await?;
        run.creates.push((request.intent.tag, state == Some(OperationState::Done)));
    }
    Ok(run)
}

/// Looks after what is open, each time with a new client, until nothing is.
async fn settle(
    sandbox: &Sandbox,
    memory: &Arc<VolatileMemory>,
    life: &Arc<Life>,
    mut rng: Option<&mut ChaCha8Rng>,
    run: &mut Run,
) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        if memory.open_operations().await?.is_empty() {
            return Ok(());
        }
        sandbox.advance(SETTLE + SignedDuration::from_secs(1))?;
        if let Some(rng) = rng.as_deref_mut()
            && rng.random_range(0..100) < DEATHS_PERCENT
        {
            life.dies_at(rng.random_range(1..=MOST_STEPS));
        }
        let client = Client::start(sandbox, memory, life).await?;
        let report = life.live(client.executor.reconcile()).await;
        run.deaths += u64::from(report.is_none());
        life.revives();
        report.transpose()?;
    }
    Ok(())
}

/// Ends what nobody decided, with a client that may die over it.
async fn sweep(
    sandbox: &Sandbox,
    memory: &Arc<VolatileMemory>,
    life: &Arc<Life>,
    rng: &mut ChaCha8Rng,
    run: &mut Run,
) -> Result<(), Failure> {
    if rng.random_range(0..100) < DEATHS_PERCENT {
        life.dies_at(rng.random_range(1..=MOST_STEPS));
    }
    let client = Client::start(sandbox, memory, life).await?;
    let swept = life.live(client.executor.sweep()).await;
    run.deaths += u64::from(swept.is_none());
    life.revives();
    // A sweep whose reads were lost is made again the next time.
    swept.transpose()?.map(Result::ok);
    Ok(())
}

/// One process with its connections.
struct Client {
    executor: Executor,
    _wire: Wire,
}

impl Client {
    async fn start(sandbox: &Sandbox, memory: &Arc<VolatileMemory>, life: &Arc<Life>) -> Result<Self, Failure> {
        let address = sandbox.impact_url().socket_addrs(|| None)?.first().copied().ok_or("the sandbox has no address")?;
        let wire = Wire::to(address, Arc::clone(life)).await?;
        let clock = sandbox.clock();
        let platform = Arc::new(platform(sandbox, &wire, Arc::clone(&clock))?);
        let memory = Arc::new(Mortal { memory: Arc::clone(memory), life: Arc::clone(life) });
        let access = sandbox.access();
        let store = StoreConfig::new(sandbox.store_url().clone(), &access.consumer_key, access.consumer_secret.as_str());
        let store = Arc::new(WooStore::new(store, Arc::clone(&clock))?);
        let ports = Ports {
            catalog: Arc::clone(&store) as _,
            sales: store,
            views: None,
            platform: platform as Arc<dyn CampaignPlatform>,
            signals: None,
            journal: Arc::clone(&memory) as _,
            knowledge: memory,
            copywriter: Arc::new(TemplateCopyWriter::new()),
            clock,
        };
        let policy = ExecutorPolicy { settle_minutes: 1, max_attempts: 20, clock_skew_minutes: 1, ..ExecutorPolicy::default() };
        Ok(Self { executor: Executor::new(&ports, policy, KillSwitch::default()), _wire: wire })
    }
}

fn platform(sandbox: &Sandbox, wire: &Wire, clock: Arc<dyn Clock>) -> Result<ImpactPlatform, Failure> {
    let access = sandbox.access();
    let program = ProgramId::new(access.program_id.to_string())?;
    let config = ImpactConfig {
        base_url: Some(format!("http://{}/", wire.address).parse()?),
        poll_interval: Duration::from_millis(1),
        calls_per_hour: 1_000_000,
        retry_seed: Some(1),
        ..ImpactConfig::new(access.account_sid.as_str(), access.auth_token.as_str(), program, access.currency)
    };
    Ok(ImpactPlatform::new(config, clock)?)
}

/// The create with a number. Its page is none of the store's, so that no shopper makes the run longer.
pub(super) fn request(sandbox: &Sandbox, seed: u64, number: u64) -> Result<ExecutionRequest, Failure> {
    let decision = DecisionId::of(&format!("exactly-once/{seed}"), &number.to_string());
    let operation = OperationId::of(&decision, 0);
    let now = sandbox.clock().now();
    let budget = Money::parse("30", sandbox.access().currency)?;
    let spec = CampaignSpec {
        id: CampaignId::of_launch(&decision),
        product: ProductId::from_number(900_000 + number),
        sku: None,
        name: format!("Create {number}"),
        landing_page: format!("https://shop.example/nowhere/{number}"),
        copy: AdCopy { headline: "A headline".to_owned(), body: "A body".to_owned(), written_by: "trial".to_owned() },
        budget,
        flight: Period::new(now, now.checked_add(SignedDuration::from_hours(14 * 24))?)?,
    };
    let intent = Intent {
        tag: OperationTag::of(&operation),
        operation,
        decision,
        plan: PlanId::new("exactly-once")?,
        action: CampaignAction::Create { spec: Box::new(spec) },
        reserved: budget,
    };
    Ok(ExecutionRequest { intent, expires_at: now.checked_add(SignedDuration::from_hours(24))?, requires: Vec::new() })
}
