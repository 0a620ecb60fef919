//! The durable backend beside the volatile one under random operations: whoever asks gets the same answer from both.
#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use campaign_pilot_core::ports::{Journal, Knowledge};
use campaign_pilot_core::{
    Absence, CampaignAction, CampaignId, Currency, DecisionId, DecisionRecord, Intent, JournalEvent, Measured, Money,
    OperationId, OperationTag, Period, PlanId, PlatformCampaignId, PortResult, ProductHour, ProductId, Sequence,
};
use campaign_pilot_memory::{SqliteMemory, VolatileMemory};
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

#[derive(Clone, Debug)]
enum Step {
    Append { operation: u8, event: u8, number: u32, second: i64 },
    Hours(Vec<(u8, i64, i64, u64)>),
    Decide { id: u8, second: i64, number: f64 },
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_u8..4, 0_u8..6, 1_u32..4, 0_i64..50)
            .prop_map(|(operation, event, number, second)| Step::Append { operation, event, number, second }),
        2 => prop::collection::vec((0_u8..3, 0_i64..40, any::<i64>(), 0_u64..1 << 60), 0..20).prop_map(Step::Hours),
        2 => (0_u8..9, 0_i64..50, prop::num::f64::NORMAL).prop_map(|(id, second, number)| Step::Decide { id, second, number }),
        1 => Just(Step::Reopen),
    ]
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn period(from: i64, to: i64) -> Period {
    Period::new(at(from), at(to)).unwrap()
}

fn operation(number: u8) -> OperationId {
    OperationId::new(format!("o-{number}")).unwrap()
}

fn event(operation: &OperationId, kind: u8, number: u32) -> JournalEvent {
    match kind {
        0 => JournalEvent::Prepared {
            intent: Box::new(Intent {
                operation: operation.clone(),
                decision: DecisionId::of("cycle", "subject"),
                plan: PlanId::new("p-1").unwrap(),
                tag: OperationTag::of(operation),
                action: CampaignAction::Pause {
                    campaign: CampaignId::new("c-1").unwrap(),
                    platform_id: PlatformCampaignId::new("1").unwrap(),
                },
                reserved: Money::new(Decimal::new(i64::from(number), 3), Currency::EUR),
            }),
        },
        1 => JournalEvent::Sent { attempt: number },
        2 => JournalEvent::Unknown { reason: format!("lost {number}") },
        3 => JournalEvent::NotFound { empty_reads: number },
        4 => JournalEvent::Rejected { reason: format!("no {number}") },
        _ => JournalEvent::Done { effect: campaign_pilot_core::Effect::AlreadySo, adopted: number > 1 },
    }
}

fn product(number: u8) -> ProductId {
    ProductId::from_number(u64::from(number))
}

fn hour((number, second, units, count): (u8, i64, i64, u64)) -> ProductHour {
    let views = if count % 3 == 0 { Measured::Absent(Absence::Stale) } else { Measured::Known(count) };
    ProductHour {
        product: product(number),
        hour: at(second),
        units,
        refunded_units: -units.saturating_add(1),
        orders: count,
        revenue: Money::new(Decimal::new(units, u32::from(number) * 9), Currency::EUR),
        refunds: Money::new(Decimal::MAX, Currency::USD),
        new_customers: Measured::Known(count / 2),
        views,
        in_stock: units > 0,
    }
}

fn decision(id: u8, second: i64, number: f64) -> DecisionRecord {
    DecisionRecord {
        id: DecisionId::new(format!("d-{id}")).unwrap(),
        plan: None,
        at: at(second),
        campaign: None,
        product: product(id),
        verdict: None,
        sentence: format!("number {number}"),
        inputs: json!({ "number": number }),
        predicted: None,
        outcome: None,
    }
}

/// Equal answers; of two errors the kind is compared.
fn same<T: std::fmt::Debug + PartialEq>(a: PortResult<T>, b: PortResult<T>) -> Result<(), TestCaseError> {
    let kind = |result: PortResult<T>| result.map_err(|error| (error.kind(), error.to_string()));
    prop_assert_eq!(kind(a), kind(b));
    Ok(())
}

async fn compare(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.db");
    let model = VolatileMemory::default();
    let mut memory = SqliteMemory::open(&path).await.unwrap();
    for step in steps {
        match step {
            Step::Append { operation: number, event: kind, number: count, second } => {
                let operation = operation(number);
                let event = event(&operation, kind, count);
                let at = at(second);
                same(model.append(&operation, &event, at).await, memory.append(&operation, &event, at).await)?;
                same(Journal::state(&model, &operation).await, Journal::state(&memory, &operation).await)?;
                same(model.open_operations().await, memory.open_operations().await)?;
            }
            Step::Hours(hours) => {
                let hours: Vec<_> = hours.into_iter().map(hour).collect();
                same(model.put_product_hours(&hours).await, memory.put_product_hours(&hours).await)?;
            }
            Step::Decide { id, second, number } => {
                let decisions = [decision(id, second, number)];
                same(model.put_decisions(&decisions).await, memory.put_decisions(&decisions).await)?;
            }
            Step::Reopen => {
                memory.close().await.unwrap();
                memory = SqliteMemory::open(&path).await.unwrap();
            }
        }
    }
    same(model.entries(Some(Sequence(2)), 30).await, memory.entries(Some(Sequence(2)), 30).await)?;
    same(model.decisions(period(5, 45), 6).await, memory.decisions(period(5, 45), 6).await)?;
    for number in 0..3 {
        let hours = period(3, 33);
        same(model.product_hours(&product(number), hours).await, memory.product_hours(&product(number), hours).await)?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn both_backends_answer_alike(steps in prop::collection::vec(step(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(compare(steps))?;
    }
}
