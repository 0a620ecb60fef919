//! What was found by fuzzing stays fixed: the corpus goes through the fuzz targets' entry points.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use campaign_pilot_impact_client::fuzzing;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let corpus: Vec<_> = files.map(|file| (file.clone(), fs::read(file).unwrap())).collect();
    assert!(!corpus.is_empty());
    corpus
}

#[test]
fn answers() {
    for (file, bytes) in corpus("impact_answer") {
        println!("{}", file.display());
        fuzzing::answer(&bytes);
    }
}

#[test]
fn pages() {
    for (file, bytes) in corpus("impact_page") {
        println!("{}", file.display());
        fuzzing::page(&bytes);
    }
}

#[tokio::test]
async fn accounts() {
    for (file, bytes) in corpus("impact_account") {
        println!("{}", file.display());
        fuzzing::account(&bytes).await;
    }
}
