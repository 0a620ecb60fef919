use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn decimal(value: &Value) -> Result<Option<Decimal>, serde_json::Error> {
    amount(value.clone())
}

#[test]
fn nothing_comes_in_several_forms() {
    for nothing in [json!(null), json!(""), json!(" ")] {
        assert_eq!(decimal(&nothing).unwrap(), None, "{nothing}");
    }
}

#[test]
fn numbers_come_as_text_and_as_numbers() {
    let cases = [
        (json!("59.99"), "59.99"),
        (json!(249), "249"),
        (json!(9.9), "9.9"),
        (json!("10.123456"), "10.123456"),
        (json!(-3), "-3"),
        (json!("1e2"), "100"),
    ];
    for (value, wanted) in cases {
        assert_eq!(decimal(&value).unwrap().unwrap().to_string(), wanted);
    }
    for wrong in [json!("abc"), json!([1]), json!({}), json!(true)] {
        assert!(decimal(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn gmt_fields_without_a_zone_are_utc() {
    let at: Timestamp = "2026-11-07T23:44:41Z".parse().unwrap();
    let forms = ["2026-11-07T23:44:41", "2026-11-07 23:44:41", "2026-11-07T23:44:41Z", "2026-11-08T00:44:41+01:00"];
    for text in forms {
        assert_eq!(instant(json!(text)).unwrap(), Some(at), "{text}");
    }
    assert!(instant(json!("yesterday")).is_err());
    assert!(instant(json!(7)).is_err());
    assert_eq!(instant(json!("")).unwrap(), None);
}

#[test]
fn ids_come_in_three_types() {
    assert_eq!(
        [reference(json!(0)).unwrap(), reference(json!("")).unwrap(), reference(json!("19")).unwrap()],
        [None, None, Some(19)]
    );
    assert_eq!(id(json!(7.0)).unwrap(), 7);
    assert!(id(json!(-1)).is_err() && id(json!(1.5)).is_err() && id(json!(null)).is_err());
}

#[test]
fn lists_come_in_every_form() {
    let read = |value: Value| list::<_, u64>(value);
    assert_eq!(read(json!([1, 2])).unwrap(), [1, 2]);
    assert_eq!(read(json!({"0": 1, "2": 3})).unwrap(), [1, 3]);
    for empty in [json!(null), json!(""), json!(false), json!({}), json!([])] {
        assert!(read(empty).unwrap().is_empty());
    }
    assert!(read(json!("text")).is_err());
}

proptest! {
    #[test]
    fn decimals_survive_as_text(units in any::<i64>(), scale in 0u32..12) {
        let exact = Decimal::new(units, scale);
        prop_assert_eq!(decimal(&json!(exact.to_string())).unwrap(), Some(exact));
    }

    #[test]
    fn any_number_is_read_or_refused(value: f64) {
        let _ = decimal(&json!(value));
        let _ = reference(json!(value)).unwrap();
    }
}
