//! Every limit of the guardrails exactly reached, and a cent, a unit or a second on either side of it.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::Currency;

use super::draw::{Action, Amount, Case, Changes, Doing, Known, Limit, Listed, Policy};
use super::{guardrails, plans};

/// Puts the case so that the limit is kept with something to spare (below zero), exactly, or no more (above zero).
type Place = fn(&mut Case, i64);

/// Each rule that has a boundary, the actions that it is for, and how to get there.
const BOUNDARIES: &[(&str, &[&str], Place)] = &[
    ("total_limit", INCREASES, |case, over| case.known.committed.cents = case.policy.total.cents - worst(case) + over),
    ("campaign_limit", INCREASES, |case, over| case.policy.campaign.cents = budget(case) * case.policy.factor / 100 - over),
    ("day_limit", INCREASES, |case, over| case.policy.day = Limit::Of(euros(1_000 + worst(case) - over))),
    ("month_limit", INCREASES, |case, over| case.policy.month = Limit::Of(euros(2_000 + worst(case) - over))),
    ("life_limit", INCREASES, |case, over| case.policy.life = Limit::Of(euros(3_000 + worst(case) - over))),
    ("approval", INCREASES, |case, over| case.policy.approval = Limit::Of(euros(worst(case) - over))),
    ("stock", INCREASES, |case, over| case.policy.stock = Some(900 + over)),
    ("actions_in_plan", INCREASES, |case, over| case.policy.actions = usize::try_from(1 - over).unwrap()),
    ("changes_in_day", CHANGES, |case, over| case.policy.changes = Some(u32::try_from(3 - over).unwrap())),
    ("launches_in_day", &["create"], |case, over| case.policy.launches = u32::try_from(3 - over).unwrap()),
    ("cooldown", &["raise", "resume", "extend", "reword"], |case, over| {
        let lowered = Some(24 * 3_600 - over);
        case.policy.cooldown = Some(24);
        case.known.changes = Some([(0, Changes { today: 2, lowered })].into());
    }),
    ("raise_step", &["raise"], |case, over| {
        case.actions[0].doing = Doing::SetBudget(euros(5_000 + over));
        case.actions[0].reserved = euros(1_000 + over);
    }),
    ("reserve_covers", &["create", "raise"], |case, over| case.actions[0].reserved.cents -= over),
    ("reserve_not_negative", &["resume"], |case, over| case.actions[0].reserved.cents = -over),
    ("shorten_lowers", &["shorten"], |case, over| case.actions[0].doing = Doing::SetEnd(48 + over)),
    ("extend_lengthens", &["extend"], |case, over| case.actions[0].doing = Doing::SetEnd(48 - over)),
    ("copy_reserves_nothing", &["reword"], |case, over| case.actions[0].reserved.cents = over),
    ("cut_lowers", &["cut"], |case, over| case.actions[0].doing = Doing::SetBudget(euros(4_000 + over))),
];

const INCREASES: &[&str] = &["create", "raise", "resume", "extend"];
const CHANGES: &[&str] = &["create", "raise", "resume", "extend", "reword"];

#[test]
fn each_limit_is_kept_to_the_cent() {
    for factor in [100, 125, 200] {
        for (rule, kinds, place) in BOUNDARIES {
            for (kind, over) in kinds.iter().flat_map(|kind| [-1, 0, 1].map(|over| (kind, over))) {
                let mut case = roomy(kind, factor);
                place(&mut case, over);
                let refused = if over > 0 { BTreeSet::from([*rule]) } else { BTreeSet::new() };
                assert_eq!(plans::refusals(&case), [refused], "{rule}, {kind}, {over}: {case:#?}");
                assert_eq!(guardrails::refusals(&case), plans::refusals(&case), "{rule}, {kind}, {over}");
            }
        }
    }
}

/// A case with one action that is within every limit; the step of its raise is the largest that passes.
fn roomy(kind: &str, factor: i64) -> Case {
    let (doing, reserved) = match kind {
        "create" => (Doing::Create(7, euros(2_000)), 2_000),
        "raise" => (Doing::SetBudget(euros(5_000)), 1_000),
        "resume" => (Doing::Resume, 2_000),
        "extend" => (Doing::SetEnd(72), 1_000),
        "shorten" => (Doing::SetEnd(24), 0),
        "reword" => (Doing::SetCopy, 0),
        "cut" => (Doing::SetBudget(euros(3_000)), 0),
        _ => panic!("no action is called {kind}"),
    };
    let policy = Policy {
        total: euros(50_000),
        campaign: euros(20_000),
        day: Limit::Off,
        month: Limit::Off,
        life: Limit::Off,
        approval: Limit::Off,
        factor,
        launches: 9,
        actions: 9,
        raise_percent: 2_500,
        changes: None,
        cooldown: None,
        products: Some([7].into()),
        categories: Some([1].into()),
        blackout: [3].into(),
        stock: None,
    };
    let known = Known {
        committed: euros(10_000),
        today: Some(euros(1_000)),
        month: Some(euros(2_000)),
        life: Some(euros(3_000)),
        launches: 2,
        budgets: [(0, euros(4_000))].into(),
        ends: [(0, 48)].into(),
        changes: Some([(0, Changes { today: 2, lowered: None })].into()),
        advertised: [(0, 7)].into(),
        products: BTreeMap::from([(7, Listed { stock: Some(900), categories: [1, 2].into() })]),
        hour: Some(4),
        approved: BTreeSet::new(),
        trusted: true,
        spent: 0,
        lowered: BTreeSet::new(),
    };
    Case { policy, known, actions: vec![Action { campaign: 0, doing, reserved: euros(reserved) }] }
}

/// What the action may cost at worst; all amounts here come out at whole cents.
fn worst(case: &Case) -> i64 {
    case.actions[0].reserved.cents * case.policy.factor / 100
}

fn budget(case: &Case) -> i64 {
    match case.actions[0].doing {
        Doing::Create(_, budget) | Doing::SetBudget(budget) => budget.cents,
        Doing::Resume | Doing::SetEnd(_) | Doing::SetCopy | Doing::Pause => case.known.budgets[&0].cents,
    }
}

const fn euros(cents: i64) -> Amount {
    Amount { cents, currency: Currency::EUR }
}
