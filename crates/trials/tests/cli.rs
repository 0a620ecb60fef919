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
    let names = ["allocation", "arena", "budget-stop", "cycle", "evidence", "exactly-once", "pause-rules", "quota", "store-sync"];
    assert!(names.iter().all(|name| listed.contains(name)), "{listed}");
}

#[test]
fn an_unknown_trial_is_an_error_that_names_the_known_ones() {
    let output = trials(&["cycles", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let known = "allocation, arena, budget-stop, cycle, evidence, exactly-once, in-process, pause-rules, quota, store-sync";
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

#[test]
fn options_of_another_trial_are_refused() {
    for (arguments, option) in [
        (&["cycle", "--days", "3"][..], "--days"),
        (&["cycle", "--world", "tiny"], "--world"),
        (&["cycle", "--contestant", "no-ads", "--quick"], "--contestant"),
        (&["cycle", "--report", "out"], "--report"),
    ] {
        let output = trials(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(text(&output.stderr), format!("error: the trial `cycle` takes no `{option}`\n"));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_unknown_world_or_contestant_is_wrong_use_that_names_the_known_ones() {
    for (option, known) in [("--world", "today"), ("--contestant", "no-ads")] {
        let output = trials(&["arena", option, "nothing-like-that"]);
        assert_eq!(output.status.code(), Some(2));
        let error = text(&output.stderr);
        assert!(error.contains("nothing-like-that") && error.contains(known) && output.stdout.is_empty(), "{error}");
    }
}

#[test]
fn the_arena_prints_one_document_and_writes_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("made").display().to_string();
    let chosen = ["--world", "tiny", "--contestant", "no-ads", "--days", "1", "--seeds", "2", "--report", &report];
    let output = trials(&[&["arena", "--json"][..], &chosen].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["trial"], &document["seeds"]), (&"arena".into(), &2.into()));
    let told = text(&output.stderr);
    assert!(told.contains("50 % of 2 flights") && told.contains("tiny"), "{told}");

    let page = std::fs::read_to_string(folder.path().join("made/arena.md")).unwrap();
    assert!(page.contains(&format!("-- arena --json {}`", chosen.join(" "))) && page.contains("**tiny**"), "{page}");
    assert!(std::fs::read_to_string(folder.path().join("made/arena.svg")).unwrap().starts_with("<svg"));
}
