//! What was found by fuzzing stays fixed: the corpus goes through the fuzz targets' entry points.

#![cfg(test)]

use std::fs;
use std::path::Path;

use campaign_pilot_http::fuzzing;

fn replay(target: &str, entry: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        println!("{}", file.display());
        entry(&fs::read(file).unwrap());
    }
}

#[test]
fn json() {
    replay("json", fuzzing::json);
}

#[test]
fn exchange() {
    replay("exchange", fuzzing::exchange);
}
