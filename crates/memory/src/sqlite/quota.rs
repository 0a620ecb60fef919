//! The quotas that all processes with the same file share.

use async_trait::async_trait;
use campaign_pilot_core::ports::CallQuota;
use campaign_pilot_core::{PortResult, QuotaAnswer, QuotaRule};
use jiff::Timestamp;
use sqlx::Connection;

use super::SqliteMemory;
use super::decode::instant;

#[async_trait]
impl CallQuota for SqliteMemory {
    async fn take(&self, rule: &QuotaRule, now: Timestamp) -> PortResult<QuotaAnswer> {
        let failed = |error| self.failures().at("count a call", error);
        let at = now.as_microsecond();
        let per = i64::try_from(rule.per.as_micros()).unwrap_or(i64::MAX);
        let limit = i64::from(rule.limit);
        let mut writers = self.writers().await;
        // Immediate: what is counted is what is there, whoever else has the file open.
        let mut transaction = writers.knowledge.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        // Twice the window, so that a clock that is ahead takes nothing from the others' windows.
        sqlx::query("DELETE FROM call_quota WHERE key = ?1 AND at <= ?2")
            .bind(&rule.key)
            .bind(at.saturating_sub(per.saturating_mul(2)))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let since = at.saturating_sub(per);
        let taken: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM call_quota WHERE key = ?1 AND at > ?2")
            .bind(&rule.key)
            .bind(since)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        if taken < limit {
            sqlx::query("INSERT INTO call_quota (key, at) VALUES (?1, ?2)")
                .bind(&rule.key)
                .bind(at)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            transaction.commit().await.map_err(failed)?;
            return Ok(QuotaAnswer::Granted);
        }
        let oldest: Option<i64> = if limit == 0 {
            Some(at)
        } else {
            sqlx::query_scalar("SELECT at FROM call_quota WHERE key = ?1 AND at > ?2 ORDER BY at LIMIT 1 OFFSET ?3")
                .bind(&rule.key)
                .bind(since)
                .bind(taken - limit)
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed)?
        };
        transaction.commit().await.map_err(failed)?;
        let free_at = instant(self.failures(), "the time of a call", oldest.unwrap_or(at).saturating_add(per))?;
        Ok(QuotaAnswer::Full { free_at })
    }
}
