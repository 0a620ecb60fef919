//! The worlds that come with the crate.

/// Their names and files.
pub(super) const WORLDS: &[(&str, &str)] = &[
    ("today", include_str!("../../worlds/today.toml")),
    ("ordinary", include_str!("../../worlds/ordinary.toml")),
    ("thin-margin", include_str!("../../worlds/thin-margin.toml")),
    ("brand-loyal", include_str!("../../worlds/brand-loyal.toml")),
    ("scarce-stock", include_str!("../../worlds/scarce-stock.toml")),
    ("holiday", include_str!("../../worlds/holiday.toml")),
    ("tiny", include_str!("../../worlds/tiny.toml")),
    ("large", include_str!("../../worlds/large.toml")),
    ("paid", include_str!("../../worlds/paid.toml")),
    ("fraud", include_str!("../../worlds/fraud.toml")),
    ("broken-data", include_str!("../../worlds/broken-data.toml")),
    ("change", include_str!("../../worlds/change.toml")),
];
