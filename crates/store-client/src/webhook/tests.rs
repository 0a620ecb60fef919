use proptest::prelude::*;

use super::*;

fn signed(secret: &str, body: &[u8]) -> String {
    let mut mac = HmacSha256::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn now() -> Timestamp {
    "2026-11-22T20:30:10Z".parse().unwrap()
}

fn receive(secret: &str, signature: &str, topic: &str, body: &str) -> Result<Delivery, WebhookError> {
    let headers = [(SIGNATURE, signature), ("X-WC-Webhook-Topic", topic), ("x-wc-webhook-id", "3")];
    let headers = headers.map(|(name, value)| (name, value.as_bytes()));
    WebhookVerifier::new(secret).unwrap().receive(headers, body.as_bytes(), now())
}

fn event(topic: &str, body: &str) -> Event {
    let delivery = receive("whsec", &signed("whsec", body.as_bytes()), topic, body).unwrap();
    if let Delivery::Event(event) = delivery { Some(event) } else { None }.unwrap()
}

#[test]
fn the_code_is_the_one_of_rfc_4231() {
    let key = "Jefe";
    let signature = STANDARD.encode([
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08,
        0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    ]);
    assert!(receive(key, &signature, "order.updated", "what do ya want for nothing?").is_ok());
}

#[test]
fn a_hint_names_what_to_read() {
    assert_eq!(event("product.updated", r#"{"id":22,"parent_id":0}"#).hint(), ChangeHint::Product(22));
    let variation = event("product.updated", r#"{"id":31,"parent_id":22,"type":"variation"}"#);
    assert_eq!(variation.hint(), ChangeHint::Variation { product: 22, variation: 31 });
    assert_eq!(event("order.restored", r#"{"id":7,"parent_id":0}"#).hint(), ChangeHint::Order(7));
    let deleted = event("order.deleted", r#"{"id":7}"#);
    assert_eq!((&deleted.event, deleted.hint(), deleted.at), (&Change::Deleted, ChangeHint::Order(7), None));
    assert_eq!(event("coupon.created", r#"{"id":7}"#).hint(), ChangeHint::Any(Subject::Coupon));
}

#[test]
fn topics_that_are_not_known_are_kept() {
    let plugin = event("subscription.switched", r#"{"id":7}"#);
    assert_eq!(plugin.topic, "subscription.switched");
    assert_eq!((plugin.resource, plugin.event), (Subject::Other("subscription".into()), Change::Other("switched".into())));
    let action = event("action.woocommerce_add_to_cart", r#"{"action":"woocommerce_add_to_cart","arg":"a"}"#);
    assert_eq!((action.id, action.hint()), (None, ChangeHint::Any(Subject::Other("action".into()))));
    for body in ["[]", "null", "no json", r#"{"id":"x"}"#, ""] {
        assert_eq!(event("order.updated", body).hint(), ChangeHint::Any(Subject::Order), "{body}");
    }
    assert_eq!(event("", "{}").resource, Subject::Other(String::new()));
}

#[test]
fn no_secret_is_refused_and_none_is_shown() {
    assert_eq!(WebhookVerifier::new("").unwrap_err().kind(), WebhookErrorKind::NoSecret);
    assert!(!format!("{:?}", WebhookVerifier::new("hunter2").unwrap()).contains("hunter2"));
}

#[test]
fn a_secret_counts_as_wordpress_decodes_it() {
    let body = r#"{"id":1}"#;
    for typed in ["a&amp;b<c>'\"", "a&b&lt;c&gt;&#039;&quot;", "a&b<c>'\""] {
        assert!(receive(typed, &signed("a&b<c>'\"", body.as_bytes()), "order.updated", body).is_ok(), "{typed}");
    }
    assert_eq!(decoded("&amp;lt; é&"), "&lt; é&");
}

#[test]
fn only_a_bare_ping_is_a_ping() {
    assert_eq!(ping(b"webhook_id=12"), Some(12));
    for body in ["webhook_id=", "webhook_id=1&x=2", "webhook_id=-1", "id=1", "webhook_id=99999999999999999999999"] {
        assert_eq!(ping(body.as_bytes()), None, "{body}");
    }
    assert_eq!(ping(&[0xff]), None);
}

proptest! {
    #[test]
    fn whatever_is_not_signed_is_refused(body in ".{0,60}", signature in ".{0,60}") {
        prop_assume!(signature != signed("whsec", body.as_bytes()));
        prop_assert_eq!(receive("whsec", &signature, "order.updated", &body).unwrap_err().kind(), WebhookErrorKind::WrongSignature);
    }

    #[test]
    fn a_body_that_was_written_again_is_refused(id in 0u32..1_000) {
        let body = format!(r#"{{"id":{id},"name":"a\/b"}}"#);
        let signature = signed("whsec", body.as_bytes());
        prop_assert!(receive("whsec", &signature, "order.updated", &body).is_ok());
        let again = serde_json::from_str::<serde_json::Value>(&body).unwrap().to_string();
        prop_assert_eq!(receive("whsec", &signature, "order.updated", &again).unwrap_err().kind(), WebhookErrorKind::WrongSignature);
    }
}
