use campaign_pilot_sandbox::World;

use super::*;
use crate::contestants;
use crate::summary::tests::summary;

#[test]
fn the_page_tells_worlds_contestants_figures_and_how_it_was_made() {
    let world = World { name: "a|b".into(), about: "It tests\nthe page.".into(), ..World::default() };
    let summary = summary(7, &[(world, &[("engine", &[4.0, 6.0]), ("no-ads", &[0.0, 0.0]), ("oracle", &[10.0, 10.0])])]);
    let page = Page { summary: &summary, entrants: &contestants::all(), command: "cargo run -- arena --days 7", commit: "abc" };
    let text = page.text();
    for part in [
        "| command | `cargo run -- arena --days 7` |\n| commit | `abc` |\n| days, seeds | 7, 3 |\n",
        "![Profit of each contestant in each world](arena.svg)",
        "| world | seeds | `engine` | `no-ads` | `oracle` |\n|---|---|---|---|---|\n| a\\|b | 2 | **+5.0 ± 12.7** | 0.0 ± 0.0 | +10.0 ± 0.0 |\n",
        "| `share_of_oracle` | 50 | the engine's mean profit",
        "- **a|b**: It tests the page.\n",
        "- **`no-ads`**: never advertises anything\n",
    ] {
        assert!(text.contains(part), "{part} is missing from\n{text}");
    }
    assert!(!text.contains("## Verdicts") && !text.contains("lead_over_rules_low"));
    let prose = text.lines().filter(|line| !line.starts_with('|'));
    assert!(prose.clone().all(|line| line.chars().count() <= 120) && !text.contains("\n\n\n"));
}

#[test]
fn numbers_have_the_digits_that_matter() {
    assert_eq!([12.0, 0.126, -3.0, 45.67].map(number), ["12", "0.13", "-3", "45.7"]);
    assert_eq!([0.04, -0.04, -1.26].map(signed), ["0.0", "0.0", "-1.3"]);
    assert_eq!(with_margin(Estimate { mean: 1.0, margin: None }), "+1.0");
}
