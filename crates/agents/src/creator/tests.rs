use std::collections::BTreeMap;
use std::sync::Arc;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{Currency, DesiredStatus};
use campaign_pilot_decision_engine::PolicyAmount;

use super::*;
use crate::testing::{euros, product, start};

fn snapshot(products: impl IntoIterator<Item = Product>) -> Snapshot {
    Snapshot {
        cycle: "cycle-1".into(),
        now: start(),
        store_currency: Currency::EUR,
        platform_currency: Currency::EUR,
        products: Arc::new(products.into_iter().map(|product| (product.id.clone(), product)).collect()),
        hours: Arc::default(),
        coverage: None,
        performance_until: BTreeMap::new(),
        signals: BTreeMap::new(),
        views: true,
        launches: BTreeMap::new(),
        data_trusted: true,
    }
}

fn proposed(policy: &Policy, snapshot: &Snapshot) -> Proposal {
    let (known, capabilities) = (Known::default(), crate::testing::Bench::new().platform.capabilities());
    let total = Total::of(&known, snapshot, policy, &capabilities, &Default::default()).ok();
    let prospects = Prospects::of(snapshot, &known, policy, &capabilities, total);
    CreatorAgent::new(policy.clone(), capabilities).propose(snapshot, &known, &prospects, total)
}

fn budgets(policy: &Policy, snapshot: &Snapshot) -> Vec<Money> {
    let proposal = proposed(policy, snapshot);
    proposal.launches.into_iter().map(|launch| launch.budget.budget).collect()
}

#[test]
fn a_budget_stays_within_what_one_campaign_may_cost() {
    let mut policy = Policy::default();
    let dear = Product { price: Some(euros("50")), ..product(1) };
    assert_eq!(budgets(&policy, &snapshot([dear.clone()])), [euros("15")]);
    policy.guardrails.max_budget_per_campaign = PolicyAmount::only(euros("9.50"));
    let proposal = proposed(&policy, &snapshot([dear]));
    assert_eq!(proposal.launches[0].budget.budget, euros("9.50"));
    assert!(proposal.launches[0].sentence().ends_with("limited to 9.50 EUR for one campaign"));
}

#[test]
fn nothing_is_proposed_beyond_the_limit_on_all_campaigns() {
    let mut policy = Policy::default();
    policy.guardrails.max_total_budget = PolicyAmount::only(euros("40"));
    assert_eq!(budgets(&policy, &snapshot((1..=4).map(product))), [euros("15"), euros("15")]);
}

#[test]
fn of_similar_products_the_second_is_launched_only_on_what_it_adds() {
    let swimming = campaign_pilot_core::CategoryName::new("Swimming").unwrap();
    let of = |id, price| Product { categories: vec![swimming.clone()], price: Some(euros(price)), ..product(id) };
    let shop = snapshot([of(1, "50"), of(2, "42"), of(3, "20"), Product { price: Some(euros("50")), ..product(4) }]);
    let launched = |taken: i64| {
        let mut policy = Policy::default();
        policy.contribution.similar.taken_percent = Decimal::from(taken);
        let proposal = proposed(&policy, &shop);
        let ids: BTreeSet<_> = proposal.launches.iter().map(|launch| launch.brief.product.id.to_string()).collect();
        (ids.into_iter().collect::<Vec<_>>().join(" "), proposal)
    };
    let (all, proposal) = launched(10);
    assert_eq!(all, "1 2 3 4");
    let beside: Vec<_> = proposal.launches.iter().filter(|launch| launch.beside.is_some()).collect();
    assert_eq!(
        (beside.len(), beside[0].brief.product.id.as_str()),
        (1, "2"),
        "20 costs less than half, and 4 is of another category"
    );
    assert!(beside[0].sentence().contains("likely to earn beside product 1, which is similar, at"), "{}", beside[0].sentence());
    let (some, proposal) = launched(90);
    assert_eq!(some, "1 3 4");
    let said = proposal.notes.iter().filter(|note| note.contains("which is advertised, is similar, and beside it -"));
    assert_eq!(said.count(), 1, "{:?}", proposal.notes);
    assert!(launched(0).1.launches.iter().all(|launch| launch.beside.is_none()));
}

#[test]
fn a_category_gets_no_more_launches_than_its_limit_has_room_for() {
    let mut policy = Policy::default();
    let swimming = campaign_pilot_core::CategoryName::new("Swimming").unwrap();
    let of_category = |id| Product { categories: vec![swimming.clone()], ..product(id) };
    policy.reallocation.max_by_category = [(swimming.clone(), PolicyAmount::only(euros("40")))].into();
    let proposal = proposed(&policy, &snapshot([of_category(1), of_category(2), of_category(3), product(4)]));
    let launched: Vec<_> = proposal.launches.iter().map(|launch| launch.brief.product.categories == [swimming.clone()]).collect();
    assert_eq!((launched.len(), launched.iter().filter(|limited| **limited).count()), (3, 2), "15 EUR each");
    let said =
        proposal.notes.iter().filter(|note| note.ends_with("10.00 EUR of the limit of category `Swimming` are left")).count();
    assert_eq!(said, 1, "{:?}", proposal.notes);
}

/// Of each product an ad is expected to bring 5 EUR of revenue a day for 0.50 EUR: 100 clicks, 2 orders and a tenth of commission in 20
/// days. The first keeps 60 % of that, the second 24 %, the third 20 %; three quarters are caused by the ad.
#[test]
fn where_the_total_has_to_last_only_what_brings_most_for_it_is_launched() {
    let costs = |id, cost| Product { unit_cost: Some(euros(cost)), price: Some(euros("50")), ..product(id) };
    let shop = snapshot([costs(1, "20"), costs(2, "38"), costs(3, "40")]);
    let mut policy = Policy::default();
    policy.guardrails.max_total_budget = PolicyAmount::only(euros("60"));
    policy.exploration.budget_share = Decimal::ZERO;
    let launched = |policy: &Policy| -> Vec<ProductId> {
        proposed(policy, &shop).launches.into_iter().map(|launch| launch.brief.product.id).collect()
    };
    let products = |ids: &[u64]| ids.iter().copied().map(ProductId::from_number).collect::<Vec<_>>();
    assert_eq!(launched(&policy), products(&[1, 2, 3]), "2 EUR a day are enough for all");

    // Half a euro a day is enough for the first; the price is what the second brings, which 0.51 would begin to pay for.
    policy.pacing.until = Some(start() + days(120));
    assert_eq!(launched(&policy), products(&[1, 2, 3]), "the limit is for 30 days, and full again after them");
    policy.guardrails.budget_days = None;
    let proposal = proposed(&policy, &shop);
    let price = proposal.launches[0].prospect.budget_price.unwrap();
    assert_eq!(
        (price.per_unit, price.pays),
        (Decimal::new(784, 3), Decimal::ONE),
        "0.40 EUR for 0.50 EUR, and what is within a fiftieth of that"
    );
    assert_eq!(launched(&policy), products(&[1, 2]));
    let refused = proposal.notes.iter().find(|note| note.starts_with("`Yoga mat 3` is not launched")).unwrap();
    assert!(refused.ends_with("others bring 0.78 EUR for each EUR, which it does with a probability of 0 %"), "{refused}");

    policy.pacing.until = Some(start() + days(1));
    assert_eq!(launched(&policy), products(&[1, 2, 3]), "60 EUR for the last day");
    policy.pacing.until = Some(start());
    assert_eq!(launched(&policy), products(&[1, 2, 3]), "it has passed, and nothing else says how long the total has to last");
    policy.guardrails.budget_days = Some(120);
    assert_eq!(launched(&policy), products(&[1, 2]));

    // What cannot be launched does not compete: there is enough for the third, once the second is not allowed.
    policy.guardrails.allowed_products = Some([1, 3].map(ProductId::from_number).into());
    policy.guardrails.budget_days = Some(60);
    assert!(launched(&policy).contains(&ProductId::from_number(3)));
    // The same margin everywhere: none is better than another, and none is refused for how its amounts are rounded.
    let alike = snapshot((1..40).map(|id| Product { price: Some(euros(&format!("{}.37", 3 * id))), ..product(id) }));
    let proposal = proposed(&Policy::default(), &alike);
    assert!(proposal.launches.iter().all(|launch| launch.prospect.budget_price.is_some()) && proposal.launches.len() == 5);
}

#[test]
fn every_product_is_scored_and_a_product_without_a_price_is_refused() {
    let bare = Product { price: None, ..product(2) };
    let proposal = proposed(&Policy::default(), &snapshot([product(1), bare]));
    let eligible: Vec<_> = proposal.selections.iter().map(|selection| selection.eligible).collect();
    assert_eq!((eligible, proposal.launches.len()), (vec![true, false], 1));
}

#[test]
fn two_listings_of_one_page_are_one_product_to_advertise() {
    let listing = |id, permalink: &str| Product { permalink: permalink.into(), ..product(id) };
    let products = [
        listing(1, "https://shop.example/vase/"),
        listing(2, "https://shop.example/vase#blue"),
        listing(3, "https://shop.example/?p=3"),
        listing(4, "https://shop.example/?p=4"),
    ];
    let proposal = proposed(&Policy::default(), &snapshot(products));
    let launched: Vec<_> = proposal.launches.iter().map(|launch| launch.brief.product.id.as_str()).collect();
    assert!(launched.len() == 3 && launched.contains(&"3") && launched.contains(&"4"), "{launched:?}");
    assert!(proposal.notes.iter().any(|note| note.ends_with("is not launched: another listing of its page is")));

    // Where the store tells no pages, nothing is known to be the same.
    assert_eq!(proposed(&Policy::default(), &snapshot([listing(1, ""), listing(2, "")])).launches.len(), 2);

    // While the one runs, the other is advertised, too.
    let mut running =
        crate::testing::record(1, 0, 0, 2_000, DesiredStatus::Active, campaign_pilot_core::EffectiveStatus::Running);
    std::sync::Arc::make_mut(&mut running.campaign.spec).landing_page = "https://shop.example/vase".into();
    std::sync::Arc::make_mut(&mut running.campaign.spec).flight = Period::new(start(), start() + days(10)).unwrap();
    let known = Known { campaigns: vec![running], ..Known::default() };
    let all = snapshot([listing(1, "https://shop.example/vase/"), listing(2, "https://shop.example/vase#blue"), product(3)]);
    assert_eq!(advertised(&known, &all), [1, 2].map(ProductId::from_number).into());
}

#[test]
fn data_that_cannot_be_trusted_launch_nothing() {
    let snapshot = Snapshot { data_trusted: false, ..snapshot([product(1)]) };
    let proposal = proposed(&Policy::default(), &snapshot);
    assert_eq!((proposal.selections.len(), proposal.launches.len()), (1, 0));
}

/// The numbers that decide who is tried fall evenly into ten parts.
#[test]
fn draws_are_even() {
    let mut parts = [0; 10];
    for number in 0..10_000 {
        let part = super::draws::uniform(&format!("{number}/product")) * Decimal::TEN;
        parts[usize::try_from(part.trunc().mantissa()).unwrap()] += 1;
    }
    // Each part has 1,000 with a standard deviation of 30.
    assert!(parts.iter().all(|count| (850..1_150).contains(count)), "{parts:?}");
}

/// What is not expected to earn is drawn, and the draw recorded whatever comes of it: once for each draw, and again where its probability
/// has risen.
#[test]
fn draws_are_recorded_whether_they_launch_or_not() {
    let mut policy = Policy::default();
    policy.exploration.launch_from = Decimal::ONE;
    policy.contribution.margin.shop = Some(Decimal::from(10));
    let shop = snapshot((1..=4).map(product));
    let proposal = proposed(&policy, &shop);
    assert_eq!((proposal.draws.len(), proposal.launches.len()), (4, 0), "{:?}", proposal.notes);
    let mut log = DrawLog::default();
    let records = log.take(&proposal.draws, &shop);
    assert_eq!(records.len(), 4);
    assert!(records.iter().all(|record| record.campaign.is_none() && record.inputs.get("draw").is_some()));
    assert!(records[0].sentence.contains("is not tried: drawn with a probability of 0 %"), "{}", records[0].sentence);
    assert!(log.take(&proposal.draws, &shop).is_empty());
    let likelier = Draw { propensity: Decimal::ONE, ..proposal.draws[0].clone() };
    let again = log.take(&[likelier], &shop);
    assert_eq!((again.len(), &again[0].id), (1, &records[0].id), "it replaces what was recorded of the same draw");
    let next = Draw { turn: proposal.draws[0].turn + 1, ..proposal.draws[0].clone() };
    assert_ne!(log.take(&[next], &shop)[0].id, records[0].id);
}
