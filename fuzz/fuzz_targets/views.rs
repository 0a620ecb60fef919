//! Page-view sources that give any answers.

#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use campaign_pilot_http::SecretString;
use campaign_pilot_store_client::ServiceAccount;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().enable_time().start_paused(true).build().unwrap());

/// An account with a key of its own: none is kept in the repository.
static ACCOUNT: LazyLock<ServiceAccount> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let file = serde_json::json!({
        "type": "service_account", "private_key_id": "1", "private_key": pem, "client_email": "fuzz@example.com",
        "token_uri": "https://shop.example/token",
    });
    ServiceAccount::from_json(&SecretString::from(file.to_string())).unwrap()
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| RUNTIME.block_on(campaign_pilot_store_client::fuzzing::views(bytes, &ACCOUNT)));
