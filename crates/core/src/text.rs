//! Text from other systems, made safe to show and to send on.

/// One line of plain text: control characters and bidirectional overrides dropped, blanks folded.
///
/// ```
/// assert_eq!(campaign_pilot_core::sanitize_line(" a\u{1b}[31m \n\u{202e}b "), "a[31m b");
/// ```
#[must_use]
pub fn sanitize_line(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible_override(*c))
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that reorder or hide their neighbours.
const fn is_invisible_override(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
