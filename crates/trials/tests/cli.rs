//! The command line: names, exit codes, what is printed where.

#![cfg(test)]

use std::process::{Command, Output};

fn trials(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_campaign-pilot-trials")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_list_names_every_trial() {
    let output = trials(&["--list"]);
    assert!(output.status.success());
    let listed = text(&output.stdout);
    let names = ["budget-stop", "cycle", "evidence", "exactly-once", "pause-rules", "quota", "store-sync"];
    assert!(names.iter().all(|name| listed.contains(name)), "{listed}");
}

#[test]
fn an_unknown_trial_is_an_error_that_names_the_known_ones() {
    let output = trials(&["cycles", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let known = "budget-stop, cycle, evidence, exactly-once, pause-rules, quota, store-sync";
    assert_eq!(text(&output.stderr), format!("error: there is no trial `cycles`; there are: {known}\n"));
    assert!(output.stdout.is_empty());
}

#[test]
fn no_trial_or_no_seed_is_wrong_use() {
    for arguments in [&[][..], &["cycle", "--seeds", "0"], &["cycle", "--speed"]] {
        let output = trials(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}
