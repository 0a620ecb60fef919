//! Text from other systems, made safe to show and to send on.

/// One line of plain text: control characters and bidirectional overrides dropped, blanks folded.
///
/// ```
/// assert_eq!(campaign_pilot_core::sanitize_line(" a\u{1b}[31m \n\u{202e}b "), "a[31m b");
/// ```
#[must_use]
pub fn sanitize_line(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_hidden(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character cannot be seen for what it does: control characters, and those that reorder or hide their neighbours.
///
/// ```
/// assert!(campaign_pilot_core::is_hidden('\u{202e}') && campaign_pilot_core::is_hidden('\n'));
/// assert!(!campaign_pilot_core::is_hidden('\u{e9}'));
/// ```
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
