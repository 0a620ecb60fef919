use rust_decimal::dec;
use serde_json::Value;

use super::*;

fn refused(text: &str) -> String {
    Policy::from_toml(text).unwrap_err().to_string()
}

#[test]
fn a_policy_is_read_and_what_is_wrong_is_named() {
    let policy = Policy::from_toml("[decision.gate]\nmode = \"evidence\"\nlikely = \"0.95\"").unwrap();
    let campaign_pilot_decision_engine::EvidenceGate::Evidence(evidence) = &policy.decision.gate else { panic!("{policy:?}") };
    assert_eq!(evidence.likely, dec!(0.95));
    let paced = Policy::from_toml("[pacing]\nuntil = \"2027-01-31T00:00:00Z\"").unwrap();
    assert_eq!(paced.pacing.until, Some("2027-01-31T00:00:00Z".parse().unwrap()));
    assert!(refused("[pacing]\nuntil = \"soon\"").contains("line 2"));
    let unknown = refused("[guardrails]\nmax_total = { EUR = \"5\" }");
    assert!(unknown.contains("line 2") && unknown.contains("unknown field `max_total`"), "{unknown}");
    let wrong = refused(
        "[exploration]\nlaunch_from = \"1.4\"\n[cadence]\nplan_valid_hours = 100\n[flight]\ndays = 0\n[guardrails]\nmax_budget_per_day = { EUR = \"-5\" }\n\
         [decision.gate]\nmode = \"evidence\"\nlikely = \"0.2\"\n[decision.matrix]\noptimize_sales = { from = \"20\", to = \"5\" }\n\
         [contribution.margin]\nshop = \"140\"\n[calibration]\nalpha = \"1\"\nwindow_outcomes = 5",
    );
    for key in [
        "`exploration.launch_from`: 1.4 does not lie between 0 and 1",
        "`flight.days`: ",
        "`cadence.plan_valid_hours`: ",
        "`guardrails.max_budget_per_day`: -5",
        "likely`: 0.2 does not lie between 0.5 and 1",
        "`decision.matrix.optimize_sales`: 20 is above 5",
        "`calibration.alpha`: 1 does not lie between 0 and 1",
        "`calibration.window_outcomes`: ",
        "`contribution.margin.shop`: 140 does not lie between -100 and 100",
    ] {
        assert!(wrong.contains(key), "`{key}` is not in: {wrong}");
    }
    Policy::default().check().unwrap();
}

#[test]
fn changes_are_told_by_key_with_what_they_mean() {
    let (before, mut after) = (Policy::default(), Policy::default());
    assert!(before.changes_to(&after).is_empty());
    after.guardrails.max_total_budget = campaign_pilot_decision_engine::PolicyAmount::nominal(dec!(800));
    after.guardrails.cooldown_hours_after_reversal = Some(24);
    after.exploration.launch_from = dec!(0.5);
    let said: Vec<String> = before.changes_to(&after).iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 5, "{said:#?}");
    assert_eq!(
        said[0],
        "`exploration.launch_from` is 0.5 instead of 0.4: how likely a product's ad has to earn to be launched for its expected \
         contribution: from 0 to 1"
    );
    assert!(
        said[1].starts_with("`guardrails.cooldown_hours_after_reversal` is 24, which was not set before: how many hours"),
        "{}",
        said[1]
    );
    assert!(
        said[2].starts_with("`guardrails.max_total_budget.EUR` is 800 instead of 500: the most that all campaigns"),
        "{}",
        said[2]
    );
}

#[test]
fn a_version_names_the_values_and_nothing_else() {
    let policy = Policy::from_toml("").unwrap();
    assert_eq!(policy.version(), Policy::default().version());
    let same = Policy::from_toml("[exploration]\nlaunch_from = \"0.400\"").unwrap();
    assert_eq!((same.version(), Policy::default().changes_to(&same)), (policy.version(), vec![]));
    let mut other = policy.clone();
    other.flight.days = 15;
    assert_ne!(policy.version(), other.version());
}

#[test]
fn every_key_is_in_the_schema_with_its_meaning() {
    let (schema, policy) = (Policy::schema(), serde_json::to_value(Policy::default()).unwrap());
    for (part, values) in policy.as_object().unwrap() {
        assert!(schema["properties"][part]["description"].is_string(), "{part}");
        for key in values.as_object().unwrap().keys().filter(|key| !key.is_empty()) {
            let found = super::diff::meaning(&schema, &format!("{part}.{key}"));
            assert!(found.len() > 10, "`{part}.{key}` says: {found}");
        }
    }
    assert_eq!(schema["additionalProperties"], Value::Bool(false));
}

#[test]
fn overrides_are_read_compared_and_refused_by_their_keys() {
    let text = "[decision.products.11.gate]\nlikely = \"0.95\"\n[decision.categories.\"Home & Garden\".matrix]\n\
                optimize_sales = { from = \"6\", to = \"9\" }";
    let policy = Policy::from_toml(text).unwrap();
    assert_eq!(policy.decision.products["11"].gate.likely, Some(dec!(0.95)));
    assert_ne!(policy.version(), Policy::default().version());
    let said = |from: &Policy, to: &Policy| from.changes_to(to).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        said(&Policy::default(), &policy),
        [
            "`decision.categories.Home & Garden.matrix.optimize_sales.from` is 6, which was not set before: the lower end",
            "`decision.categories.Home & Garden.matrix.optimize_sales.to` is 9, which was not set before: the upper end",
            "`decision.products.11.gate.likely` is 0.95, which was not set before: how likely a campaign has to earn to be \
             continued, or to lose to be paused: from 0.5 to 1",
        ]
    );
    let other = Policy::from_toml("[decision.products.11.gate]\nlikely = \"0.8\"").unwrap();
    assert!(
        said(&policy, &other)
            .iter()
            .any(|change| change.starts_with("`decision.products.11.gate.likely` is 0.8 instead of 0.95"))
    );
    let read = serde_json::from_value::<Policy>(serde_json::to_value(&policy).unwrap()).unwrap();
    assert_eq!((&read, read.version()), (&policy, policy.version()));
    let wrong =
        refused("[decision.products.11.gate]\nlikely = \"0.2\"\n[decision.categories.A.matrix]\npause_sales_fall_above = \"-2\"");
    for key in [
        "`decision.products.11.gate.likely`: 0.2 does not lie between 0.5 and 1",
        "`decision.categories.A.matrix.pause_sales_fall_above`: -2 is below 0",
    ] {
        assert!(wrong.contains(key), "`{key}` is not in: {wrong}");
    }
    let unknown = refused("[decision.categories.A.gate]\nuplift_alpha = \"0.2\"");
    assert!(unknown.contains("line 2") && unknown.contains("unknown field `uplift_alpha`"), "{unknown}");
}
