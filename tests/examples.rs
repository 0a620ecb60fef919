//! The example of an own store and platform stays as short as it claims to be.

#[test]
fn an_own_store_and_platform_take_under_150_lines() {
    let lines = include_str!("../examples/own_platform.rs").lines().count();
    assert!(lines < 150, "examples/own_platform.rs has {lines} lines");
}
