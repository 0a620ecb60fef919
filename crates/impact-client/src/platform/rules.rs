//! Whether a person has set up a hard stop: a running rule that blocks the traffic of ads whose end has passed.

use jiff::Timestamp;

use super::ImpactPlatform;
use crate::{BlockRedirectRule, ImpactError, RuleAction, RuleFilter, RuleOperator, RuleState, RuleVariable};

/// Reads the rules and looks for one.
pub(super) async fn blocks_ended(platform: &ImpactPlatform) -> Result<bool, ImpactError> {
    let filter = RuleFilter {
        condition: Some(RuleVariable::AdStatus),
        action: Some(RuleAction::Block),
        state: Some(RuleState::Running),
        ..RuleFilter::default()
    };
    let rules = platform.api().block_redirect_rules(&filter).await?;
    let expired = &platform.config().behaviour.expired_status_values;
    let now = platform.now();
    Ok(rules.items.iter().any(|rule| blocks(rule, expired, now)))
}

/// Whether a rule runs and blocks each click on an ad that has ended. A rule with any further condition blocks only some
/// of them, and how impact.com combines several conditions is not documented: such a rule does not count.
fn blocks(rule: &BlockRedirectRule, expired: &[String], now: Timestamp) -> bool {
    let [group] = rule.conditions.as_slice() else { return false };
    let [condition] = group.sub_conditions.as_slice() else { return false };
    let means_ended = |value: &String| expired.iter().any(|word| word.eq_ignore_ascii_case(value.trim()));
    rule.is_running(now)
        && rule.action == RuleAction::Block
        && condition.variable == RuleVariable::AdStatus
        && matches!(condition.operator, RuleOperator::Equals | RuleOperator::In)
        && condition.values.iter().any(means_ended)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: &str = "2026-06-05T00:00:00Z";

    fn condition(variable: &str, operator: &str, values: &[&str]) -> Value {
        json!({"Variable": variable, "Operator": operator, "Values": values})
    }

    fn rule(state: &str, action: &str, groups: &[Vec<Value>], dates: [&str; 2]) -> BlockRedirectRule {
        let groups: Vec<Value> = groups.iter().map(|group| json!({"SubConditions": group})).collect();
        serde_json::from_value(json!({
            "Id": "55", "State": state, "Action": action, "Condition": groups, "StartDate": dates[0], "EndDate": dates[1],
        }))
        .unwrap()
    }

    #[test]
    fn only_a_running_rule_for_all_ended_ads_is_a_hard_stop() {
        let ended = || vec![condition("AD_STATUS", "EQUALS", &["expired"])];
        let country = || condition("COUNTRY", "EQUALS", &["DE"]);
        let cases = [
            (rule("RUNNING", "BLOCK", &[ended()], ["", ""]), true),
            (rule("RUNNING", "BLOCK", &[vec![condition("AD_STATUS", "IN", &["PAUSED", "EXPIRED"])]], ["", ""]), true),
            (rule("RUNNING", "BLOCK", &[ended()], ["2026-06-01T00:00:00Z", "2026-06-09T00:00:00Z"]), true),
            (rule("PAUSED", "BLOCK", &[ended()], ["", ""]), false),
            (rule("ENDED", "BLOCK", &[ended()], ["", ""]), false),
            (rule("ARCHIVED", "BLOCK", &[ended()], ["", ""]), false),
            (rule("RUNNING", "REDIRECT", &[ended()], ["", ""]), false),
            (rule("RUNNING", "INTERSTITIAL", &[ended()], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[ended()], ["2026-06-06T00:00:00Z", ""]), false),
            (rule("RUNNING", "BLOCK", &[ended()], ["", NOW]), false),
            (rule("RUNNING", "BLOCK", &[vec![condition("AD_STATUS", "NOT_EQUALS", &["EXPIRED"])]], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[vec![condition("AD_STATUS", "EQUALS", &["ACTIVE"])]], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[vec![condition("AD_ID", "EQUALS", &["EXPIRED"])]], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[vec![ended().remove(0), country()]], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[ended(), vec![country()]], ["", ""]), false),
            (rule("RUNNING", "BLOCK", &[], ["", ""]), false),
        ];
        for (rule, expected) in cases {
            assert_eq!(blocks(&rule, &["EXPIRED".to_owned()], NOW.parse().unwrap()), expected, "{rule:?}");
        }
    }

    #[test]
    fn which_word_means_ended_is_a_policy() {
        let rule = rule("RUNNING", "BLOCK", &[vec![condition("AD_STATUS", "EQUALS", &["INACTIVE"])]], ["", ""]);
        let now = NOW.parse().unwrap();
        assert!(!blocks(&rule, &["EXPIRED".to_owned()], now));
        assert!(blocks(&rule, &["EXPIRED".to_owned(), "inactive".to_owned()], now));
    }
}
