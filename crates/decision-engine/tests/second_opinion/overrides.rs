//! What decides on a product once more: the policy as JSON, with what is set for the product merged in key by key.

use std::collections::BTreeMap;

use campaign_pilot_core::{CategoryName, ProductId};
use campaign_pilot_decision_engine::{BudgetKeeping, DecisionOverride, DecisionPolicy, EvidenceGate, EvidencePolicy};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Draws a policy and a product and holds the two against each other. Whether anything was set for the product.
pub(crate) fn compare(random: &mut ChaCha8Rng) -> bool {
    let gate = if random.random_ratio(1, 3) {
        EvidenceGate::Off
    } else {
        EvidenceGate::Evidence(EvidencePolicy {
            likely: Decimal::new(random.random_range(50..=100), 2),
            ..EvidencePolicy::default()
        })
    };
    let names = ["a", "B", "c d", "é"];
    let policy = DecisionPolicy {
        gate,
        budgets: if random.random() { BudgetKeeping::Soft } else { BudgetKeeping::Hard },
        products: drawn(random, &["1", "2"]),
        categories: drawn(random, &names),
        ..DecisionPolicy::default()
    };
    let product = random.random_ratio(3, 4).then(|| ProductId::from_number(random.random_range(1..=3)));
    let mut categories: Vec<CategoryName> =
        (0..random.random_range(0..5)).map(|_| CategoryName::new(names[random.random_range(0..names.len())]).unwrap()).collect();
    let engine = policy.of(product.as_ref(), &categories);
    let engine = json!({ "matrix": engine.matrix, "gate": engine.gate, "budgets": engine.budgets });
    let mut general = json!(policy);
    let sets = [general["products"].take(), general["categories"].take()];
    let general = json!({ "matrix": general["matrix"], "gate": general["gate"], "budgets": general["budgets"] });
    categories.sort();
    // What counts less is merged first.
    let mut merged = json!({});
    for category in categories.iter().rev() {
        merge(&mut merged, &sets[1][category.as_str()]);
    }
    merge(&mut merged, &product.map_or(Value::Null, |product| sets[0][product.as_str()].clone()));
    let naive = applied(general, &merged);
    assert_eq!(engine, naive, "{policy:?} for {categories:?}");
    merged != json!({})
}

fn applied(mut policy: Value, set: &Value) -> Value {
    let mode = set["gate"]["mode"].as_str().or(policy["gate"]["mode"].as_str()).unwrap().to_owned();
    if mode == "evidence" && policy["gate"]["mode"] == "off" {
        policy["gate"] = json!(EvidenceGate::default());
    }
    let mut set = set.clone();
    if mode == "off" {
        policy["gate"] = json!({});
        set["gate"] = json!({ "mode": "off" });
    }
    merge(&mut policy, &set);
    policy
}

/// Puts the values of one object into another, below every key.
fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().unwrap_or(&Map::new()) {
        if value.is_object() && value.get("from").is_none() {
            if !into[key].is_object() {
                into[key] = json!({});
            }
            merge(&mut into[key], value);
        } else {
            into[key] = value.clone();
        }
    }
}

fn drawn(random: &mut ChaCha8Rng, names: &[&str]) -> BTreeMap<String, DecisionOverride> {
    let mut drawn = BTreeMap::new();
    for name in names {
        if random.random_ratio(1, 2) {
            drawn.insert((*name).to_owned(), serde_json::from_value(set(random)).unwrap());
        }
    }
    drawn
}

/// An override as somebody may write it.
fn set(random: &mut ChaCha8Rng) -> Value {
    let mut number = |from: i64, to: i64, digits| Decimal::new(random.random_range(from..=to), digits).normalize().to_string();
    let all = [
        ("matrix", "continue_sales_above", json!(number(0, 40, 0))),
        ("matrix", "continue_views_above", json!(number(0, 40, 0))),
        ("matrix", "optimize_sales", json!({ "from": number(0, 5, 0), "to": number(6, 20, 0) })),
        ("matrix", "optimize_views", json!({ "from": number(0, 5, 0), "to": number(6, 20, 0) })),
        ("matrix", "pause_sales_fall_above", json!(number(0, 40, 0))),
        ("matrix", "pause_views_fall_above", json!(number(0, 40, 0))),
        ("matrix", "emergency_net_roas_below", json!(number(-2, 2, 0))),
        ("matrix", "without_views", json!("sales_alone")),
        ("gate", "mode", json!("off")),
        ("gate", "mode", json!("evidence")),
        ("gate", "pause_alpha", json!(number(1, 99, 2))),
        ("gate", "emergency_alpha", json!(number(1, 99, 2))),
        ("gate", "returns_alpha", json!(number(0, 100, 2))),
        ("gate", "likely", json!(number(50, 100, 2))),
        ("gate", "nearly_certain", json!(number(50, 100, 2))),
    ];
    let mut set = json!({});
    for (part, key, value) in all {
        if random.random_ratio(1, 3) {
            set[part][key] = value;
        }
    }
    if random.random_ratio(1, 3) {
        set["budgets"] = json!(if random.random() { "soft" } else { "hard" });
    }
    set
}
