//! What a knowledge promises.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::samples::{at, campaign, euro, hour, hours, id, period};
use super::{Conformance, Violation, answered, ensure, ensure_eq};
use crate::ports::Knowledge;
use crate::{
    Absence, CampaignId, CampaignPerformance, CampaignRecord, Currency, DecisionId, DecisionRecord, Measured, Money, PlanId,
    ProductHour, ProductId, Verdict,
};

const WRITES: &str = "what is known can be remembered";
const READS: &str = "what was remembered can be read";

/// Checks a knowledge. It must not hold ids or keys that begin with `conformance-`, nor decisions of March 2026; it may
/// hold others.
///
/// # Errors
///
/// The first promise that is broken.
pub async fn knowledge(knowledge: &dyn Knowledge) -> Conformance {
    campaigns(knowledge).await?;
    product_hours(knowledge).await?;
    many_hours(knowledge).await?;
    decisions(knowledge).await?;
    states(knowledge).await
}

fn record(name: &str) -> Result<CampaignRecord, Violation> {
    Ok(CampaignRecord {
        campaign: campaign(name)?,
        launched_at: hour(0)?,
        performance: None,
        verdict: None,
        updated_at: hour(1)?,
    })
}

async fn campaigns(knowledge: &dyn Knowledge) -> Conformance {
    let missing = id(CampaignId::new("conformance-none"))?;
    let none = answered(READS, knowledge.campaign(&missing).await)?;
    ensure_eq("an unknown campaign is none", &none, &None)?;
    answered(WRITES, knowledge.put_campaign(&record("b")?).await)?;
    answered(WRITES, knowledge.put_campaign(&record("a")?).await)?;

    let mut changed = record("b")?;
    changed.performance = Some(CampaignPerformance {
        cost: euro(123_456),
        clicks: Measured::Absent(Absence::ClicksNotReported),
        ..CampaignPerformance::nothing(period(hour(0)?, hour(1)?)?, Currency::EUR)
    });
    changed.verdict = Some(Verdict::EmergencyPause);
    changed.updated_at = hour(2)?;
    answered(WRITES, knowledge.put_campaign(&changed).await)?;

    let read = answered(READS, knowledge.campaign(&changed.campaign.spec.id).await)?;
    ensure_eq("a campaign is read as it was last remembered", &read, &Some(changed.clone()))?;
    let mut all = answered(READS, knowledge.campaigns().await)?;
    all.retain(|record| record.campaign.spec.id.as_str().starts_with("conformance-"));
    ensure_eq("all campaigns come once, in the order of their ids", &all, &vec![record("a")?, changed.clone()])?;

    let mut longer = record("a")?;
    let flight = longer.campaign.spec.flight;
    Arc::make_mut(&mut longer.campaign.spec).flight = period(flight.start(), hour(9_000)?)?;
    answered(WRITES, knowledge.put_campaign(&longer).await)?;
    let after = async |instant| -> Result<Vec<CampaignRecord>, Violation> {
        let mut found = answered(READS, knowledge.campaigns_ending_after(instant).await)?;
        found.retain(|record| record.campaign.spec.id.as_str().starts_with("conformance-"));
        Ok(found)
    };
    ensure_eq("campaigns that end after an instant", &after(flight.start()).await?, &vec![longer.clone(), changed])?;
    ensure_eq("a campaign does not end after its end", &after(flight.end()).await?, &vec![longer])
}

fn product_hour(product: &str, number: i64) -> Result<ProductHour, Violation> {
    Ok(ProductHour {
        product: id(ProductId::new(format!("conformance-{product}")))?,
        hour: hour(number)?,
        units: number,
        refunded_units: 1,
        orders: 2,
        revenue: euro(number * 100_001),
        refunds: Money::zero(Currency::EUR),
        new_customers: Measured::Known(1),
        views: Measured::Absent(Absence::NoViewSource),
        in_stock: true,
    })
}

async fn product_hours(knowledge: &dyn Knowledge) -> Conformance {
    let batch = [3, 1, 2].into_iter().map(|number| product_hour("x", number)).collect::<Result<Vec<_>, _>>()?;
    answered(WRITES, knowledge.put_product_hours(&batch).await)?;
    answered(WRITES, knowledge.put_product_hours(&[product_hour("y", 1)?]).await)?;
    answered(WRITES, knowledge.put_product_hours(&[]).await)?;

    let mut corrected = product_hour("x", 2)?;
    corrected.units = -4;
    corrected.views = Measured::Known(0);
    corrected.new_customers = Measured::Absent(Absence::NewCustomersUnknown);
    corrected.revenue = Money::new(Decimal::new(5, 0), Currency::USD);
    corrected.in_stock = false;
    let twice = [product_hour("x", 2)?, corrected.clone()];
    answered(WRITES, knowledge.put_product_hours(&twice).await)?;

    let product = product_hour("x", 0)?.product;
    let read = answered(READS, knowledge.product_hours(&product, period(hour(1)?, hour(4)?)?).await)?;
    let wanted = vec![product_hour("x", 1)?, corrected.clone(), product_hour("x", 3)?];
    ensure_eq("hours come oldest first, each as it was last remembered", &read, &wanted)?;
    let read = answered(READS, knowledge.product_hours(&product, period(hour(2)?, hour(3)?)?).await)?;
    ensure_eq("a period holds its start and not its end", &read, &vec![corrected])?;
    let read = answered(READS, knowledge.product_hours(&product, period(hour(2)? + hours(1), hour(3)? + hours(6))?).await)?;
    ensure_eq("hours are found by when they start", &read, &vec![product_hour("x", 3)?])
}

/// More rows than fit into one statement of any database.
async fn many_hours(knowledge: &dyn Knowledge) -> Conformance {
    let batch = (0..1_234).map(|number| product_hour("many", number)).collect::<Result<Vec<_>, _>>()?;
    answered(WRITES, knowledge.put_product_hours(&batch).await)?;
    let product = product_hour("many", 0)?.product;
    let read = answered(READS, knowledge.product_hours(&product, period(hour(0)?, hour(2_000)?)?).await)?;
    ensure("a large batch is remembered whole", read == batch, read.len())
}

fn decision(name: &str, microsecond: i64) -> Result<DecisionRecord, Violation> {
    Ok(DecisionRecord {
        id: id(DecisionId::new(format!("conformance-{name}")))?,
        plan: Some(id(PlanId::new("conformance-plan"))?),
        at: at(microsecond)?,
        campaign: Some(id(CampaignId::new("conformance-a"))?),
        product: ProductId::from_number(11),
        verdict: Some(Verdict::Optimize),
        sentence: "Sales rose by 7 % \u{2013} 'optimize'.".to_owned(),
        // Numbers whose shortest decimal form is easily misread by a unit in the last place.
        inputs: json!({ "sales": [0.1, 123_456.789_012_345_67, 9.856_673_300_821_047e159, -0.300_000_000_000_000_04], "n": u64::MAX }),
        predicted: Some(euro(-7)),
        outcome: None,
    })
}

async fn decisions(knowledge: &dyn Knowledge) -> Conformance {
    let batch = [decision("d3", 3)?, decision("d1", 1)?, decision("d2b", 2)?, decision("d2a", 2)?];
    answered(WRITES, knowledge.put_decisions(&batch).await)?;
    answered(WRITES, knowledge.put_decisions(&[]).await)?;
    let mut learned = decision("d1", 1)?;
    learned.outcome = Some(Decimal::new(125, 2));
    learned.campaign = None;
    answered(WRITES, knowledge.put_decisions(std::slice::from_ref(&learned)).await)?;

    let unknown = answered(READS, knowledge.decision(&id(DecisionId::new("conformance-unknown"))?).await)?;
    ensure("an unknown decision is not remembered", unknown.is_none(), unknown)?;
    let one = answered(READS, knowledge.decision(&learned.id).await)?;
    ensure_eq("a decision is read as it was last remembered", &one.as_ref(), &Some(&learned))?;
    let read = answered(READS, knowledge.decisions(period(at(1)?, at(3)?)?, 10).await)?;
    let wanted = vec![learned, decision("d2a", 2)?, decision("d2b", 2)?];
    ensure_eq("decisions of a half-open period come by time, then id, each as last remembered", &read, &wanted)?;
    let read = answered(READS, knowledge.decisions(period(at(0)?, at(9)?)?, 2).await)?;
    ensure_eq("the limit keeps the oldest", &read, &wanted.into_iter().take(2).collect())
}

async fn states(knowledge: &dyn Knowledge) -> Conformance {
    let key = "conformance-key 'quoted' \u{1f511}";
    let unknown = answered(READS, knowledge.state(key).await)?;
    ensure("an unknown key has no value", unknown.is_none(), unknown)?;
    for value in [json!({ "step": 1, "lift": 0.1 + 0.2 }), Value::Null, json!([1, "zwei", { "drei": 3.5e-7 }])] {
        let written = to_raw_value(&value).map_err(|error| Violation::new(WRITES, error))?;
        answered(WRITES, knowledge.put_state(key, &written).await)?;
        let read = answered(READS, knowledge.state(key).await)?;
        let read = read.and_then(|read| serde_json::from_str::<Value>(read.get()).ok());
        ensure_eq("a value is read as it was last remembered", &read, &Some(value))?;
    }
    Ok(())
}
