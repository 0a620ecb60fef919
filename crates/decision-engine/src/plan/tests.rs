use rust_decimal::dec;

use super::*;
use crate::testing::{at, euros, launch, pause, set_budget, set_copy, set_end, words};

fn plan() -> Plan {
    let actions = vec![
        launch("best", dec!(20)),
        set_budget("raised", dec!(36), dec!(6)),
        set_end("longer", 360, dec!(3)),
        set_copy("other", "Other words", dec!(0)),
        launch("second", dec!(15)),
        set_budget("cut", dec!(10), dec!(0)),
        set_end("shorter", 300, dec!(0)),
        pause("weak"),
    ];
    Plan::new(at(0), at(2), actions).unwrap()
}

#[test]
fn stops_come_first_and_launches_last() {
    let order: Vec<_> = plan().actions().iter().map(|action| action.action.campaign().to_string()).collect();
    assert_eq!(order, ["weak", "cut", "shorter", "raised", "longer", "other", "best", "second"]);
}

#[test]
fn the_id_is_the_hash_of_the_content() {
    let same = Plan::new(at(0), at(2), plan().actions().to_vec()).unwrap();
    assert_eq!(same.id(), plan().id());
    let other = Plan::new(at(0), at(3), plan().actions().to_vec()).unwrap();
    assert_ne!(other.id(), plan().id());
}

#[test]
fn a_plan_that_was_changed_is_refused() {
    let json = serde_json::to_string(&plan()).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan());
    let raised = json.replacen(r#""amount":"36""#, r#""amount":"360""#, 1);
    assert_ne!(raised, json);
    let error = serde_json::from_str::<Plan>(&raised).unwrap_err();
    assert!(error.to_string().contains("was changed after it was made"), "{error}");
}

#[test]
fn one_operation_stands_in_a_plan_once() {
    let twice = Plan::new(at(0), at(2), vec![pause("weak"), pause("weak")]);
    assert_eq!(twice.unwrap_err(), PlanError::Duplicate { operation: pause("weak").operation });
}

#[test]
fn a_plan_lives_for_a_while() {
    assert!(matches!(Plan::new(at(2), at(2), Vec::new()), Err(PlanError::Lifetime { .. })));
    assert!(!plan().is_expired(at(1)));
    assert!(plan().is_expired(at(2)));
}

#[test]
fn preconditions_hold_only_for_what_is_known() {
    let known = Known {
        desired: Some(DesiredStatus::Active),
        budget: Some(euros(dec!(30))),
        end: Some(at(336)),
        copy: Some(words("A headline")),
        advertised: [ProductId::from_number(11)].into(),
    };
    let conditions = [
        Precondition::Desired { status: DesiredStatus::Active },
        Precondition::BudgetIs { budget: euros(dec!(30)) },
        Precondition::EndIs { end: at(336) },
        Precondition::CopyIs { copy: AdCopy { written_by: "somebody else".into(), ..words("A headline") } },
        Precondition::NotAdvertised { product: ProductId::from_number(12) },
    ];
    assert!(conditions.iter().all(|condition| condition.holds(&known)));
    assert!(!Precondition::NotAdvertised { product: ProductId::from_number(11) }.holds(&known));
    assert!(!Precondition::Desired { status: DesiredStatus::Paused }.holds(&known));
    assert!(!Precondition::EndIs { end: at(335) }.holds(&known));
    assert!(!Precondition::CopyIs { copy: words("Other words") }.holds(&known));
    // What is not known does not hold: the default knows nothing of the campaign.
    assert!(conditions[..4].iter().all(|condition| !condition.holds(&Known::default())));
}
