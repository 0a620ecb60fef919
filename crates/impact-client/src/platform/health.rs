//! Whether campaigns can run at all: four reads, nothing changed.

use campaign_pilot_core::{ErrorKind, PortError, PortResult};

use super::ImpactPlatform;
use super::launch::inactive;
use crate::ProgramState;

/// Credentials, currency, program, ads: the first that stands in the way is reported with what to do about it.
pub(super) async fn check(platform: &ImpactPlatform) -> PortResult<()> {
    let config = platform.config();
    let company = platform.api.company().await?;
    if let Some(billed) = company.currency.filter(|billed| *billed != config.currency) {
        let message = format!("impact.com bills the account in {billed}, and {} is configured", config.currency);
        return Err(PortError::new(ErrorKind::Precondition, message)
            .with_advice(format!("set the currency of the impact.com account to {billed} in the configuration")));
    }
    let program = platform.read_program().await.map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::NotFound | ErrorKind::Forbidden => Some(format!(
                "check that program {} belongs to this account and that the token's scope holds programs",
                config.program_id
            )),
            _ => error.advice().map(str::to_owned),
        };
        match advice {
            Some(advice) => PortError::from(error).with_advice(advice),
            None => error.into(),
        }
    })?;
    if program.state != ProgramState::Active {
        return Err(inactive(platform, &program.state));
    }
    platform.api.probe_ads().await?;
    Ok(())
}
