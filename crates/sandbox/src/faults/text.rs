//! Faults written as a short text, for command lines.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use super::{FaultRates, Faults, Lateness};
use crate::error::{SandboxError, SandboxErrorKind};

const KEYS: &str = "lost-answers, lost-requests, masked, late, twice, 429, 5xx, truncated (each also with `reads-` or `writes-` before it), \
                    latency, stale, late-by";

impl FromStr for Faults {
    type Err = SandboxError;

    /// Reads `key=value` pairs separated by commas; a blank text means no faults.
    ///
    /// `429`, `5xx` and `truncated` set reads and writes alike, the others writes only; with `reads-` or
    /// `writes-` before it a key sets the one side. `latency`, `stale` and `late-by` (simulated) take a duration such
    /// as `20ms` or `5m`.
    fn from_str(text: &str) -> Result<Self, SandboxError> {
        let mut faults = Self::default();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| refused(pair, "is not of the form `key=value`; keys are", KEYS))?;
            faults.set(key.trim(), value.trim(), pair)?;
        }
        Ok(faults)
    }
}

impl Faults {
    fn set(&mut self, key: &str, value: &str, pair: &str) -> Result<(), SandboxError> {
        match key {
            "latency" => {
                let latency = duration(value, pair)?;
                self.latency = Duration::try_from(latency)
                    .map_err(|_| refused(pair, "has a negative duration; write one such as", "`20ms`"))?;
            }
            "stale" => self.stale = duration(value, pair)?,
            "late-by" => self.lateness = Lateness::Simulated(duration(value, pair)?),
            "lost-answers" | "lost-requests" | "masked" | "late" | "twice" => {
                self.writes.set(key, probability(value, pair)?, pair)?;
            }
            _ => {
                let rate = probability(value, pair)?;
                if let Some(key) = key.strip_prefix("reads-") {
                    self.reads.set(key, rate, pair)?;
                } else if let Some(key) = key.strip_prefix("writes-") {
                    self.writes.set(key, rate, pair)?;
                } else {
                    self.reads.set(key, rate, pair)?;
                    self.writes.set(key, rate, pair)?;
                }
            }
        }
        Ok(())
    }
}

impl FaultRates {
    fn set(&mut self, key: &str, rate: f64, pair: &str) -> Result<(), SandboxError> {
        match key {
            "lost-answers" => self.lost_answer = rate,
            "lost-requests" => self.lost_request = rate,
            "masked" => self.masked_answer = rate,
            "late" => self.late = rate,
            "twice" => self.twice = rate,
            "429" => self.too_many_requests = rate,
            "5xx" => self.server_error = rate,
            "truncated" => self.truncated = rate,
            _ => return Err(refused(pair, "names an unknown fault; keys are", KEYS)),
        }
        Ok(())
    }
}

fn probability(value: &str, pair: &str) -> Result<f64, SandboxError> {
    value
        .parse()
        .ok()
        .filter(|rate| (0.0..=1.0).contains(rate))
        .ok_or_else(|| refused(pair, "needs a probability", "between 0 and 1"))
}

fn duration(value: &str, pair: &str) -> Result<SignedDuration, SandboxError> {
    value
        .parse::<SignedDuration>()
        .ok()
        .filter(|duration| !duration.is_negative())
        .ok_or_else(|| refused(pair, "needs a duration", "such as `20ms` or `5m`"))
}

fn refused(pair: &str, problem: &str, help: &str) -> SandboxError {
    SandboxError::new(SandboxErrorKind::Input, format!("fault `{pair}` {problem} {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_side_can_be_set_alone() {
        let faults: Faults = "reads-lost-answers=0.1, writes-429=0.2,5xx=1, latency=15ms, stale=2m".parse().unwrap();
        assert_eq!(faults.reads, FaultRates { lost_answer: 0.1, server_error: 1.0, ..FaultRates::default() });
        assert_eq!(faults.writes, FaultRates { too_many_requests: 0.2, server_error: 1.0, ..FaultRates::default() });
        assert_eq!((faults.latency, faults.stale), (Duration::from_millis(15), SignedDuration::from_mins(2)));
        let late: Faults = "late=0.1,late-by=3s,twice=0.2,masked=0.3,reads-lost-requests=0.4".parse().unwrap();
        assert_eq!(late.writes, FaultRates { late: 0.1, twice: 0.2, masked_answer: 0.3, ..FaultRates::default() });
        assert_eq!(late.reads, FaultRates { lost_request: 0.4, ..FaultRates::default() });
        assert_eq!(late.lateness, Lateness::Simulated(SignedDuration::from_secs(3)));
        assert_eq!(" ".parse::<Faults>().unwrap(), Faults::none());
    }

    #[test]
    fn nonsense_is_refused_with_the_pair_and_the_remedy() {
        for (text, part) in [
            ("429", "key=value"),
            ("430=0.1", "unknown fault"),
            ("429=1.5", "between 0 and 1"),
            ("429=NaN", "between 0 and 1"),
            ("latency=fast", "needs a duration"),
            ("stale=-5m", "needs a duration"),
        ] {
            let error = text.parse::<Faults>().unwrap_err();
            assert!(error.to_string().contains(part) && error.to_string().contains(text), "{error}");
            assert_eq!(error.kind(), SandboxErrorKind::Input);
        }
    }
}
