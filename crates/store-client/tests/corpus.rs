//! What was found by fuzzing stays fixed: the corpus goes through the fuzz targets' entry points.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use campaign_pilot_http::SecretString;
use campaign_pilot_store_client::{ServiceAccount, fuzzing};

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let corpus: Vec<_> = files.map(|file| (file.clone(), fs::read(file).unwrap())).collect();
    assert!(!corpus.is_empty());
    corpus
}

fn account() -> ServiceAccount {
    let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
    let file = serde_json::json!({
        "type": "service_account", "private_key_id": "1", "private_key": pem, "client_email": "a@example.com",
        "token_uri": "https://shop.example/token",
    });
    ServiceAccount::from_json(&SecretString::from(file.to_string())).unwrap()
}

#[test]
fn pages() {
    for (file, bytes) in corpus("page") {
        println!("{}", file.display());
        fuzzing::page(&bytes);
    }
}

#[test]
fn webhooks() {
    for (file, bytes) in corpus("webhook") {
        println!("{}", file.display());
        fuzzing::webhook(&bytes);
    }
}

#[tokio::test(start_paused = true)]
async fn stores() {
    for (file, bytes) in corpus("store") {
        println!("{}", file.display());
        fuzzing::store(&bytes).await;
    }
}

#[tokio::test(start_paused = true)]
async fn sources() {
    let account = account();
    for (file, bytes) in corpus("views") {
        println!("{}", file.display());
        fuzzing::views(&bytes, &account).await;
    }
}
