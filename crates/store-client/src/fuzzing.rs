//! Entry points for fuzzing: they take any bytes, and stop the process where a promise is broken.
//!
//! Nothing in here is a part of the API. The first byte of an input says what is read; the corpus in `fuzz/corpus` holds an
//! input for each.

mod pages;
mod store;
mod views;

use std::error::Error;
use std::sync::Arc;

use campaign_pilot_core::{Clock, ManualClock, Period};
use campaign_pilot_http::fuzzing::head_and_body;
use campaign_pilot_http::{RetryPolicy, Url};
use jiff::Timestamp;

pub use pages::page;
pub use store::store;
pub use views::views;

use crate::StoreError;
use crate::webhook::WebhookVerifier;

/// A word that only the other side says: no message of ours may hold it.
const CANARY: &str = "canary";

/// Takes a delivery: the lines of the head are its headers.
///
/// # Panics
///
/// When what is not signed is taken for an event, or an error quotes the body.
pub fn webhook(bytes: &[u8]) {
    let Ok(verifier) = WebhookVerifier::new("whsec") else { return };
    let (head, body) = head_and_body(bytes);
    let pairs = head.lines().filter_map(|line| line.split_once(':'));
    let headers: Vec<(&str, &[u8])> = pairs.map(|(name, value)| (name.trim(), value.trim().as_bytes())).collect();
    let take = || verifier.receive(headers.iter().copied(), body, now());
    match (take(), take()) {
        (Ok(first), Ok(second)) => assert_eq!(verified(&first), verified(&second), "a copy is known as one"),
        (Err(first), Err(second)) => {
            assert_eq!(first.to_string(), second.to_string());
            own_words(&first.to_string());
        }
        _ => assert!(take().is_err(), "a request is taken or refused, not both"),
    }
}

/// Whether a delivery was signed, and of what.
fn verified(delivery: &crate::webhook::Delivery) -> Option<(String, Option<u64>)> {
    use crate::webhook::Delivery;
    match delivery {
        Delivery::Ping { .. } => None,
        Delivery::Event(event) | Delivery::Repeated(event) | Delivery::Stale(event) => {
            // What a hint asks for is one thing that the body names, or everything.
            let _ = event.hint();
            Some((event.topic.clone(), event.id))
        }
    }
}

fn own_words(text: &str) {
    assert!(!text.contains(CANARY), "the other side is quoted: {text}");
}

/// An error and what lies behind it, in our own words; where the store refers to is told on purpose.
fn check(error: &StoreError) {
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !text.contains("redirected to") {
            own_words(&text);
        }
        next = error.source();
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_378_895).unwrap_or_default()
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::starting_at(now()))
}

/// The last three days in Berlin, where the recorded shop is.
fn days() -> Option<Period> {
    Period::new("2026-11-19T23:00:00Z".parse().ok()?, now()).ok()
}

fn address() -> Option<Url> {
    Url::parse("https://shop.example").ok()
}

/// Each answer is the last word on its request.
fn once() -> RetryPolicy {
    RetryPolicy { attempts: 1, seed: Some(1), ..RetryPolicy::default() }
}
