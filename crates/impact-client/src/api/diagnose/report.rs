//! What a diagnosis tells.

use std::fmt;

use campaign_pilot_core::Currency;
use serde::Serialize;
use url::Url;

use super::Need;

/// What came of trying one verb.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// The token allows it.
    Allowed,
    /// The token does not allow it.
    Denied {
        /// Whether the answer leaves no other explanation.
        certain: bool,
    },
    /// The SID or the token is wrong.
    WrongCredentials,
    /// There is no such thing for the account.
    NotOffered,
    /// Nothing answers.
    Unreachable(String),
    /// The answer does not tell.
    Unclear(String),
    /// Something before it made it pointless.
    NotTried,
}

/// One verb and what came of trying it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Probe {
    /// The verb.
    pub need: Need,
    /// What came of it.
    pub outcome: ProbeOutcome,
}

/// What an account says about itself, as far as it could be read.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AccountFacts {
    /// The company's name.
    pub company: Option<String>,
    /// The currency in which it is billed.
    pub currency: Option<Currency>,
    /// Its time zone, in impact.com's words.
    pub time_zone: Option<String>,
    /// The program's name.
    pub program: Option<String>,
    /// The program's state, in impact.com's words.
    pub program_state: Option<String>,
    /// Whether the program counts impressions.
    pub impressions: Option<bool>,
}

/// What stands between this client and an account. Printed, it says what a person has to do.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The host that was asked.
    pub host: String,
    /// What came of each verb that is needed, in the order in which they were given.
    pub probes: Vec<Probe>,
    /// What else stands in the way.
    pub problems: Vec<String>,
    /// What the account says about itself.
    pub facts: AccountFacts,
}

impl Diagnosis {
    pub(super) fn of(base: &Url) -> Self {
        let host = base.host_str().unwrap_or_default().to_owned();
        Self { host, probes: Vec::new(), problems: Vec::new(), facts: AccountFacts::default() }
    }

    /// Whether everything that is needed is allowed, and nothing else stands in the way.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.problems.is_empty() && self.probes.iter().all(|probe| probe.outcome == ProbeOutcome::Allowed)
    }

    /// The verbs that the token certainly or probably does not allow.
    pub fn missing(&self) -> impl Iterator<Item = Need> {
        let denied = |probe: &&Probe| matches!(probe.outcome, ProbeOutcome::Denied { .. } | ProbeOutcome::WrongCredentials);
        self.probes.iter().filter(denied).map(|probe| probe.need)
    }
}

impl Probe {
    /// Whether the other probes would say the same.
    pub(super) const fn stops(&self) -> bool {
        matches!(self.outcome, ProbeOutcome::WrongCredentials | ProbeOutcome::Unreachable(_))
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_healthy() { "everything that is needed is allowed" } else { "something is in the way" };
        writeln!(f, "{}: {verdict}", self.host)?;
        for Probe { need, outcome } in &self.probes {
            let scope = format!("enable {} for the category {}", need.method(), need.category());
            let (mark, text) = match outcome {
                ProbeOutcome::Allowed => ("+", String::new()),
                ProbeOutcome::Denied { certain: true } => {
                    ("x", format!("the token does not allow it: {scope} under Settings > Technical > API Access"))
                }
                ProbeOutcome::Denied { certain: false } => {
                    ("x", format!("the token probably does not allow it: {scope} under Settings > Technical > API Access"))
                }
                ProbeOutcome::WrongCredentials => {
                    ("x", "the SID or the token is wrong: compare them under Settings > Technical > API Access".to_owned())
                }
                ProbeOutcome::NotOffered => ("x", "there is no such thing for this account: check the program's id".to_owned()),
                ProbeOutcome::Unreachable(reason) => ("x", format!("nothing answers: {reason}")),
                ProbeOutcome::Unclear(reason) => ("?", reason.clone()),
                ProbeOutcome::NotTried => ("-", "not tried".to_owned()),
            };
            writeln!(f, "  {mark} {:<28} {text}", need.to_string())?;
        }
        for problem in &self.problems {
            writeln!(f, "  x {problem}")?;
        }
        let facts = &self.facts;
        let yes_no = |yes| if yes { "yes" } else { "no" }.to_owned();
        let facts = [
            ("company", facts.company.clone()),
            ("billed in", facts.currency.map(|currency| currency.to_string())),
            ("time zone", facts.time_zone.clone()),
            ("program", facts.program.clone()),
            ("program's state", facts.program_state.clone()),
            ("counts impressions", facts.impressions.map(yes_no)),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                writeln!(f, "  {name:<20} {}", campaign_pilot_core::sanitize_line(&value))?;
            }
        }
        Ok(())
    }
}
