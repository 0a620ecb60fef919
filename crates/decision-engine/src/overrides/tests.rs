use campaign_pilot_core::Verdict;
use rust_decimal::dec;

use super::*;
use crate::testing::Week;
use crate::{decide, decide_one};

fn policy(toml: &str) -> DecisionPolicy {
    let policy: DecisionPolicy = toml::from_str(toml).unwrap();
    policy.validate().unwrap();
    policy
}

fn refused(toml: &str) -> String {
    match toml::from_str::<DecisionPolicy>(toml) {
        Ok(policy) => policy.validate().unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

fn input(product: &str, categories: &[&str]) -> CampaignInput {
    CampaignInput {
        product: Some(ProductId::new(product).unwrap()),
        categories: categories.iter().map(|name| CategoryName::new(*name).unwrap()).collect(),
        ..Week { units: dec!(95), ..Week::STEADY }.input("c-1")
    }
}

const ALL: &str = r#"
[gate]
mode = "evidence"
likely = "0.8"
[products.11.matrix]
pause_sales_fall_above = "4"
[categories.Fitness]
budgets = "hard"
matrix = { pause_sales_fall_above = "3", optimize_views = { from = "1", to = "2" } }
[categories.Sale]
budgets = "soft"
gate = { mode = "off" }
"#;

#[test]
fn each_key_counts_by_itself_and_what_is_not_set_stays() {
    let policy = policy(ALL);
    let of = |product: &str, categories: &[&str]| policy.own(&input(product, categories)).into_owned();
    assert_eq!(of("12", &["fitness", "Garden"]), policy, "names are exact");
    let both = of("11", &["Sale", "Fitness"]);
    assert_eq!(both.matrix.pause_sales_fall_above, dec!(4), "the product's own");
    assert_eq!(both.matrix.optimize_views, Band { from: dec!(1), to: dec!(2) }, "its category's");
    assert_eq!(both.matrix.continue_sales_above, dec!(15), "the general one");
    assert_eq!((both.budgets, both.gate), (BudgetKeeping::Hard, EvidenceGate::Off), "the first by name, where both set it");
    let fitness = of("12", &["Fitness"]);
    assert_eq!((fitness.matrix.pause_sales_fall_above, &fitness.gate), (dec!(3), &policy.gate));
}

#[test]
fn what_applies_is_told_with_whose_it_is() {
    let (policy, input) = (policy(ALL), input("11", &["Sale", "Fitness"]));
    let said = [
        "`budgets` is hard for category `Fitness`",
        "`gate.mode` is off for category `Sale`",
        "`matrix.optimize_views` is {\"from\":\"1\",\"to\":\"2\"} for category `Fitness`",
        "`matrix.pause_sales_fall_above` is 4 for product `11`",
    ];
    let told = |policy: &DecisionPolicy| policy.applied(&input).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&policy), said);
    assert_eq!(told(&policy.concerning(&input)), said);
    assert_eq!(told(&DecisionPolicy::default()), [""; 0]);
}

#[test]
fn what_concerns_a_campaign_leaves_other_products_out() {
    let policy = policy(ALL);
    let part = policy.concerning(&input("12", &["Sale"])).into_owned();
    assert_eq!(part.products.len() + part.categories.len(), 1);
    assert_eq!(part.own(&input("12", &["Sale"])), policy.own(&input("12", &["Sale"])));
    let json = serde_json::to_value(policy.concerning(&input("1", &[]))).unwrap();
    assert!(json.get("products").is_none() && json.get("categories").is_none(), "{json}");
}

#[test]
fn what_cannot_be_is_refused_by_its_key() {
    let refusals = [
        ("[products.11.gate]\nlikely = \"0.2\"", "products.11.gate.likely: 0.2 does not lie between 0.5 and 1"),
        ("[categories.A.matrix]\npause_views_fall_above = \"-1\"", "categories.A.matrix.pause_views_fall_above: -1 is below 0"),
        ("[categories.A.matrix]\noptimize_sales = { from = \"9\", to = \"5\" }", "optimize_sales: 9 is above 5"),
        ("[categories.A.gate]\nmode = \"off\"\nlikely = \"0.9\"", "categories.A.gate: it sets values beside `mode = \"off\"`"),
        ("[gate]\nmode = \"off\"\n[products.1.gate]\nlikely = \"0.9\"", "`1.gate` sets values, but the general gate is off"),
        ("[categories.A.gate]\nuplift_alpha = \"0.2\"", "unknown field `uplift_alpha`"),
        ("[categories.A]\nmatrx = {}", "unknown field `matrx`"),
        ("[categories.A.matrix]\ncontinue_sales_above = \"much\"", "line 2"),
        ("[products.\"\".matrix]\ncontinue_sales_above = \"1\"", "`` is no product"),
        ("[categories.\"\"]\nbudgets = \"hard\"", "`` is no category"),
    ];
    for (toml, named) in refusals {
        let refusal = refused(toml);
        assert!(refusal.contains(named), "`{named}` is not in: {refusal}");
    }
    policy("[gate]\nmode = \"off\"\n[products.1.gate]\nlikely = \"0.9\"\n[categories.A.gate]\nmode = \"evidence\"");
}

#[test]
fn campaigns_that_the_thresholds_decide_alone_are_not_among_the_tests_of_all() {
    let rose = |campaign: &str, category: &str, e_value: f64| {
        let mut input = CampaignInput { categories: vec![CategoryName::new(category).unwrap()], ..input("1", &[]) };
        input.campaign = campaign_pilot_core::CampaignId::new(campaign).unwrap();
        let mut test = crate::testing::evidence(1.0 / e_value);
        test.ln_e_for_many = campaign_pilot_core::Measured::Known(e_value.ln());
        input.store.sales_rose = Some(test);
        input
    };
    let literal = policy("[categories.Sale.gate]\nmode = \"off\"");
    // Alone an e-value of 16 is enough for one in ten to be wrong; beside two others it takes 30, or more of them.
    let inputs = [rose("a", "Garden", 16.0), rose("b", "Sale", 1.0), rose("c", "Sale", 1.0)];
    let found = |policy: &DecisionPolicy| decide("cycle-1", &inputs, policy).iter().map(|of| of.sales_rose).collect::<Vec<_>>();
    assert_eq!(found(&literal), [true, false, false]);
    assert_eq!(found(&DecisionPolicy::default()), [false; 3]);
    // Nor does one that needs no evidence make it easier for the others.
    let inputs = [rose("a", "Garden", 16.0), rose("b", "Sale", 1e6), rose("c", "Garden", 1.0)];
    let found = decide("cycle-1", &inputs, &literal);
    assert_eq!(found.iter().map(|of| of.sales_rose).collect::<Vec<_>>(), [false; 3], "one of two needs 20");
}

#[test]
fn decisions_follow_the_override() {
    let literal = policy("[gate]\nmode = \"off\"\n[categories.Fitness.matrix]\npause_sales_fall_above = \"3\"");
    let verdict = |categories: &[&str]| decide_one("cycle-1", &input("11", categories), &literal).verdict;
    assert_eq!((verdict(&["Fitness"]), verdict(&["Garden"])), (Verdict::Pause, Verdict::Monitor));
}
