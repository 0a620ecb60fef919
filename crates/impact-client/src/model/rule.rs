//! Rules that block or redirect clicks. The API only shows them; a person sets them up.

use jiff::Timestamp;
use serde::Deserialize;

use super::wire_enum;
use crate::RuleId;
use crate::wire::scalar;

wire_enum! {
    /// What a rule does with a click that fits.
    RuleAction {
        /// Sends it elsewhere.
        Redirect = "REDIRECT",
        /// Ends it: no page, no credit.
        Block = "BLOCK",
        /// Shows a page in between.
        Interstitial = "INTERSTITIAL",
    }
}

wire_enum! {
    /// Whether a rule works.
    RuleState {
        /// It works.
        Running = "RUNNING",
        /// A person paused it.
        Paused = "PAUSED",
        /// Its dates have passed.
        Ended = "ENDED",
        /// It was put away.
        Archived = "ARCHIVED",
    }
}

wire_enum! {
    /// Which of several rules goes first.
    RuleRank {
        /// First.
        High = "HIGH",
        /// In the middle.
        Medium = "MEDIUM",
        /// Last.
        Low = "LOW",
    }
}

wire_enum! {
    /// Where a rule comes from.
    RuleSource {
        /// Set up by itself.
        Generic = "GENERIC",
        /// Set up at an ad.
        Ad = "AD",
        /// Set up by compliance.
        Compliance = "COMPLIANCE",
        /// Set up by a task.
        Task = "TASK",
    }
}

wire_enum! {
    /// What a condition looks at.
    RuleVariable {
        /// The state of the ad. Its values are not documented.
        AdStatus = "AD_STATUS",
        /// The ad.
        AdId = "AD_ID",
        /// The partner.
        PartnerId = "MP_ID",
        /// The product.
        Sku = "SKU",
        /// The page it leads to.
        LandingPage = "LANDING_PAGE",
        /// The day.
        CurrentDate = "CURRENT_DATE",
        /// The shopper's address on the network.
        IpAddress = "IP_ADDRESS",
        /// The partner's own word for the link.
        SharedId = "SHARED_ID",
        /// The shopper's country.
        Country = "COUNTRY",
        /// The shopper's region.
        Region = "REGION",
        /// The partner's first parameter.
        SubId1 = "SUB_ID1",
        /// The partner's second parameter.
        SubId2 = "SUB_ID2",
        /// The partner's third parameter.
        SubId3 = "SUB_ID3",
        /// The kind of device.
        DeviceType = "DEVICE_TYPE",
        /// The page it comes from.
        ReferringUrl = "REF_URL",
        /// Chance.
        Random = "RANDOM",
        /// Whether a mobile fallback was used.
        MobileFallback = "MOBILE_FALLBACK",
    }
}

wire_enum! {
    /// How a condition compares.
    RuleOperator {
        /// Is one of the values.
        In = "IN",
        /// Is none of the values.
        NotIn = "NOT_IN",
        /// Is the value.
        Equals = "EQUALS",
        /// Is not the value.
        NotEquals = "NOT_EQUALS",
        /// Holds the value.
        Contains = "CONTAINS",
        /// Does not hold the value.
        NotContains = "NOT_CONTAINS",
        /// Begins with the value.
        StartsWith = "STARTS_WITH",
        /// Does not begin with the value.
        NotStartsWith = "NOT_STARTS_WITH",
        /// Ends with the value.
        EndsWith = "ENDS_WITH",
        /// Does not end with the value.
        NotEndsWith = "NOT_ENDS_WITH",
        /// Fits the pattern.
        Matches = "MATCHES",
        /// Fits the regular expression.
        Regex = "REGEX",
        /// Lies in the range of addresses.
        IpRange = "IP_RANGE",
        /// Is less.
        LessThan = "LT",
        /// Is more.
        GreaterThan = "GT",
    }
}

/// A rule that blocks or redirects clicks.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct BlockRedirectRule {
    /// Its id.
    pub id: RuleId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// What it does.
    #[serde(default)]
    pub action: RuleAction,
    /// Whether it works.
    #[serde(default)]
    pub state: RuleState,
    /// Which of several rules goes first.
    #[serde(default)]
    pub rank: RuleRank,
    /// Where it comes from.
    #[serde(default)]
    pub source: RuleSource,
    /// When a click fits: one of these groups must fit in all its conditions.
    #[serde(rename = "Condition", default, deserialize_with = "scalar::list")]
    pub conditions: Vec<RuleCondition>,
    /// Where it sends a click.
    #[serde(default, deserialize_with = "scalar::text")]
    pub redirect_url: Option<String>,
    /// When it starts; `None`: at once.
    #[serde(rename = "StartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    #[serde(rename = "EndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
}

/// Conditions that must all fit. How impact.com combines several groups is not documented.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct RuleCondition {
    /// The conditions.
    #[serde(default, deserialize_with = "scalar::list")]
    pub sub_conditions: Vec<SubCondition>,
}

/// One condition of a rule.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct SubCondition {
    /// What it looks at.
    #[serde(default)]
    pub variable: RuleVariable,
    /// How it compares.
    #[serde(default)]
    pub operator: RuleOperator,
    /// With what.
    #[serde(default, deserialize_with = "scalar::texts")]
    pub values: Vec<String>,
}

impl BlockRedirectRule {
    /// Whether it works at `now`, by its state and by its dates.
    #[must_use]
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.state == RuleState::Running
            && self.starts_at.is_none_or(|start| start <= now)
            && self.ends_at.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_with_its_conditions_and_its_dates() {
        let rule: BlockRedirectRule = serde_json::from_str(
            r#"{"Id":"55","Name":"Expired ads","Action":"BLOCK","State":"RUNNING","Rank":"HIGH","Source":"GENERIC",
                "Condition":[{"SubConditions":[{"Variable":"AD_STATUS","Operator":"EQUALS","Values":["EXPIRED"]}]}],
                "StartDate":"2026-06-01T00:00:00-07:00","EndDate":""}"#,
        )
        .unwrap();
        let condition = &rule.conditions[0].sub_conditions[0];
        assert_eq!((&condition.variable, &condition.operator), (&RuleVariable::AdStatus, &RuleOperator::Equals));
        assert_eq!(condition.values, ["EXPIRED"]);
        assert!(rule.is_running("2026-06-01T07:00:00Z".parse().unwrap()));
        assert!(!rule.is_running("2026-06-01T06:59:59Z".parse().unwrap()));
        let paused: BlockRedirectRule = serde_json::from_str(r#"{"Id":55,"State":"PAUSED","Condition":""}"#).unwrap();
        assert!(!paused.is_running("2026-06-01T07:00:00Z".parse().unwrap()));
    }
}
