//! A plan beside the world, in the words of the people who read it.

use std::fmt;

use campaign_pilot_core::{DesiredStatus, Money};

use super::{ActionDiff, ActionState, CampaignTarget, PlanDiff, Unmet};

/// One line for each action, and one for what is left.
impl fmt::Display for PlanDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for action in &self.actions {
            writeln!(f, "{action}")?;
        }
        write!(f, "{} of {} left", self.left(), self.actions.len())?;
        for (sums, what) in [(&self.commits, "newly committed"), (&self.frees, "freed")] {
            if !sums.is_empty() {
                let sums: Vec<String> = sums.iter().map(Money::to_string).collect();
                write!(f, ", at most {} {what}", sums.join(" and "))?;
            }
        }
        Ok(())
    }
}

/// ``"raise the budget of `c-1` from 20.00 EUR to 25.00 EUR"``, or ``"set the budget of `c-1` to 25.00 EUR: already so"``.
impl fmt::Display for ActionDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (campaign, is_left) = (&self.campaign, self.state == ActionState::ToDo);
        match &self.to {
            CampaignTarget::Created { budget, .. } => write!(f, "start `{campaign}` with a budget of {budget}")?,
            CampaignTarget::Paused => write!(f, "pause `{campaign}`")?,
            CampaignTarget::Resumed => write!(f, "resume `{campaign}`")?,
            CampaignTarget::Budget { budget } => {
                match self.from.budget.filter(|now| is_left && now.currency == budget.currency) {
                    Some(now) => {
                        let verb = if now.amount < budget.amount { "raise" } else { "lower" };
                        write!(f, "{verb} the budget of `{campaign}` from {now} to {budget}")?;
                    }
                    None => write!(f, "set the budget of `{campaign}` to {budget}")?,
                }
            }
            CampaignTarget::End { end } => match self.from.end.filter(|_| is_left) {
                Some(now) => write!(f, "move the end of `{campaign}` from {now} to {end}")?,
                None => write!(f, "set the end of `{campaign}` to {end}")?,
            },
            CampaignTarget::Copy { copy } => match self.from.copy.as_ref().filter(|_| is_left) {
                Some(now) => write!(f, "change the words of `{campaign}` from `{}` to `{}`", now.headline, copy.headline)?,
                None => write!(f, "set the words of `{campaign}` to `{}`", copy.headline)?,
            },
        }
        if !is_left {
            return write!(f, ": {}", self.state);
        }
        match (&self.to, self.from.desired) {
            (CampaignTarget::Paused, None) => f.write_str(", of which nothing else is known"),
            (CampaignTarget::Paused, Some(desired)) if desired != DesiredStatus::Active => {
                write!(f, ", which is {} but still runs", name(desired))
            }
            (CampaignTarget::Resumed, Some(desired)) => {
                write!(f, ", which is {}", name(desired))?;
                self.from.budget.map_or(Ok(()), |budget| write!(f, ", with its budget of {budget}"))
            }
            _ => Ok(()),
        }
    }
}

/// `"already so"`, or `"overtaken: its budget is 18.00 EUR instead of 20.00 EUR"`.
impl fmt::Display for ActionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToDo => f.write_str("to do"),
            Self::Reached => f.write_str("already so"),
            Self::Overtaken { unmet } => {
                let unmet: Vec<String> = unmet.iter().map(Unmet::to_string).collect();
                write!(f, "overtaken: {}", unmet.join(" and "))
            }
            Self::Expired => f.write_str("expired"),
        }
    }
}

/// A clause: `"its budget is 18.00 EUR instead of 20.00 EUR"`.
impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Desired { required, now: Some(now) } => write!(f, "it is {} instead of {}", name(*now), name(*required)),
            Self::Desired { required, now: None } => write!(f, "it is not there and should be {}", name(*required)),
            Self::Budget { required, now: Some(now) } => write!(f, "its budget is {now} instead of {required}"),
            Self::Budget { required, now: None } => write!(f, "its budget is not known and should be {required}"),
            Self::End { required, now: Some(now) } => write!(f, "its end is {now} instead of {required}"),
            Self::End { required, now: None } => write!(f, "its end is not known and should be {required}"),
            Self::Copy { required, now: Some(now) } => {
                write!(f, "its words are `{}` instead of `{}`", now.headline, required.headline)
            }
            Self::Copy { required, now: None } => write!(f, "its words are not known and should be `{}`", required.headline),
            Self::Advertised { product } => write!(f, "product `{product}` is advertised already"),
            Self::Exists => f.write_str("it exists already with other settings"),
            Self::Missing => f.write_str("it is not there"),
        }
    }
}

const fn name(status: DesiredStatus) -> &'static str {
    match status {
        DesiredStatus::Active => "active",
        DesiredStatus::Paused => "paused",
        DesiredStatus::Stopped => "stopped",
    }
}
