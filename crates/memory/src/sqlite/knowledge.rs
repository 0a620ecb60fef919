//! What is known of campaigns, products and earlier decisions.

use async_trait::async_trait;
use campaign_pilot_core::ports::Knowledge;
use campaign_pilot_core::{CampaignId, CampaignRecord, DecisionId, DecisionRecord, Period, PortResult, ProductHour, ProductId};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::Connection;

use super::SqliteMemory;
use super::decode::json;
use super::hours;

#[async_trait]
impl Knowledge for SqliteMemory {
    async fn put_campaign(&self, record: &CampaignRecord) -> PortResult<()> {
        let id = record.campaign.spec.id.as_str();
        let body = self.encode("campaign", record)?;
        let mut writers = self.writers().await;
        sqlx::query(
            "INSERT INTO campaign (id, updated_at, ends_at, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE
             SET updated_at = excluded.updated_at, ends_at = excluded.ends_at, body = excluded.body",
        )
        .bind(id)
        .bind(record.updated_at.as_microsecond())
        .bind(record.campaign.spec.flight.end().as_microsecond())
        .bind(body)
        .execute(&mut writers.knowledge)
        .await
        .map_err(|error| self.failures().at("remember a campaign", error))?;
        Ok(())
    }

    async fn campaign(&self, id: &CampaignId) -> PortResult<Option<CampaignRecord>> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM campaign WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await)
            .await
            .map_err(|error| self.failures().at("read a campaign", error))?;
        body.map(|body| self.decode("campaign", id.as_str(), &body)).transpose()
    }

    async fn campaigns(&self) -> PortResult<Vec<CampaignRecord>> {
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT id, body FROM campaign ORDER BY id")
            .fetch_all(&mut *self.reader().await)
            .await
            .map_err(|error| self.failures().at("read the campaigns", error))?;
        rows.iter().map(|(id, body)| self.decode("campaign", id, body)).collect()
    }

    async fn campaigns_ending_after(&self, instant: Timestamp) -> PortResult<Vec<CampaignRecord>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, body FROM campaign WHERE ends_at IS NULL OR ends_at >= ?1 ORDER BY id")
                .bind(instant.as_microsecond())
                .fetch_all(&mut *self.reader().await)
                .await
                .map_err(|error| self.failures().at("read the campaigns that have not ended", error))?;
        let decoded = rows.iter().map(|(id, body)| self.decode("campaign", id, body));
        // Ends are kept in microseconds, and of records of an earlier version not at all.
        let ends_later = |record: &CampaignRecord| record.campaign.spec.flight.end() > instant;
        decoded.filter(|record| record.as_ref().map_or(true, ends_later)).collect()
    }

    async fn put_product_hours(&self, hours: &[ProductHour]) -> PortResult<()> {
        if hours.is_empty() {
            return Ok(());
        }
        let rows = hours.iter().map(|hour| hours::row(self.failures(), hour)).collect::<PortResult<Vec<_>>>()?;
        let failed = |error| self.failures().at("remember hours of products", error);
        let mut writers = self.writers().await;
        let mut transaction = writers.knowledge.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        hours::upsert(&mut transaction, &rows).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    async fn product_hours(&self, product: &ProductId, period: Period) -> PortResult<Vec<ProductHour>> {
        let rows = hours::select(&mut *self.reader().await, product, first(period.start()), first(period.end()))
            .await
            .map_err(|error| self.failures().at("read hours of a product", error))?;
        rows.into_iter().map(|row| hours::value(self.failures(), product, row)).collect()
    }

    async fn put_decisions(&self, decisions: &[DecisionRecord]) -> PortResult<()> {
        if decisions.is_empty() {
            return Ok(());
        }
        let bodies = decisions.iter().map(|decision| self.encode("decision", decision)).collect::<PortResult<Vec<_>>>()?;
        let failed = |error| self.failures().at("remember decisions", error);
        let mut writers = self.writers().await;
        let mut transaction = writers.knowledge.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        for (decision, body) in decisions.iter().zip(bodies) {
            sqlx::query(
                "INSERT INTO decision (id, at, product, campaign, body) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (id) DO UPDATE SET at = excluded.at, product = excluded.product,
                     campaign = excluded.campaign, body = excluded.body",
            )
            .bind(decision.id.as_str())
            .bind(decision.at.as_microsecond())
            .bind(decision.product.as_str())
            .bind(decision.campaign.as_ref().map(CampaignId::as_str))
            .bind(body)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    async fn decision(&self, id: &DecisionId) -> PortResult<Option<DecisionRecord>> {
        let body: Option<String> = sqlx::query_scalar("SELECT body FROM decision WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&mut *self.reader().await)
            .await
            .map_err(|error| self.failures().at("read a decision", error))?;
        body.map(|body| self.decode("decision", id.as_str(), &body)).transpose()
    }

    async fn decisions(&self, period: Period, limit: u32) -> PortResult<Vec<DecisionRecord>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, body FROM decision WHERE at >= ?1 AND at < ?2 ORDER BY at, id LIMIT ?3")
                .bind(first(period.start()))
                .bind(first(period.end()))
                .bind(limit)
                .fetch_all(&mut *self.reader().await)
                .await
                .map_err(|error| self.failures().at("read the decisions", error))?;
        rows.iter().map(|(id, body)| self.decode("decision", id, body)).collect()
    }

    async fn put_state(&self, key: &str, value: &RawValue) -> PortResult<()> {
        let mut writers = self.writers().await;
        sqlx::query("INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
            .bind(key)
            .bind(value.get())
            .execute(&mut writers.knowledge)
            .await
            .map_err(|error| self.failures().at("remember the state", error))?;
        Ok(())
    }

    async fn state(&self, key: &str) -> PortResult<Option<Box<RawValue>>> {
        let value: Option<String> = sqlx::query_scalar("SELECT value FROM state WHERE key = ?1")
            .bind(key)
            .fetch_optional(&mut *self.reader().await)
            .await
            .map_err(|error| self.failures().at("read the state", error))?;
        value.map(|value| self.decode("state", key, &value)).transpose()
    }
}

impl SqliteMemory {
    fn encode<T: Serialize>(&self, what: &str, value: &T) -> PortResult<String> {
        serde_json::to_string(value).map_err(|error| self.failures().unstorable(format_args!("the {what}"), error))
    }

    fn decode<T: DeserializeOwned>(&self, what: &str, key: &str, text: &str) -> PortResult<T> {
        json(self.failures(), what, key, text)
    }
}

/// The first whole microsecond at or after an instant.
fn first(instant: Timestamp) -> i64 {
    let floor = instant.as_microsecond();
    if instant.as_nanosecond() > i128::from(floor) * 1000 { floor.saturating_add(1) } else { floor }
}
