//! HTML as a shop stores it, made plain text.

use campaign_pilot_core::sanitize_line;

/// One line of plain text: tags dropped, entities decoded, blanks folded.
pub(crate) fn plain_text(html: &str) -> String {
    let without_tags = strip_tags(html);
    sanitize_line(&html_escape::decode_html_entities(&without_tags))
}

/// Replaces each tag by a blank. A `<` that starts no tag (`a < b`) stays.
fn strip_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html.chars().peekable();
    while let Some(c) = rest.next() {
        let opens = c == '<' && rest.peek().is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'));
        if !opens {
            text.push(c);
            continue;
        }
        let tag: String = rest.by_ref().take_while(|c| *c != '>').collect();
        if !is_inline(&tag) {
            text.push(' ');
        }
    }
    text
}

/// Tags that stand inside words and do not divide them.
fn is_inline(tag: &str) -> bool {
    let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    matches!(
        name.to_ascii_lowercase().as_str(),
        "a" | "b" | "em" | "i" | "mark" | "s" | "small" | "span" | "strong" | "sub" | "sup" | "u"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_go_entities_are_decoded_and_text_stays() {
        assert_eq!(plain_text("<em>Design</em> Basics"), "Design Basics");
        assert_eq!(plain_text("Home &amp; Garden"), "Home & Garden");
        assert_eq!(plain_text("<p>One</p><p>Two&nbsp;&euro;5</p>\n"), "One Two €5");
        assert_eq!(plain_text("size < 5 &lt; 6"), "size < 5 < 6");
        assert_eq!(plain_text("un<b>believ</b>able"), "unbelievable");
        assert_eq!(plain_text("cut <script"), "cut");
    }

    proptest! {
        #[test]
        fn the_result_is_one_clean_line(html in "\\PC{0,60}|[<>a-z&;\\n ]{0,60}") {
            let text = plain_text(&html);
            prop_assert_eq!(sanitize_line(&text), text);
        }

        #[test]
        fn text_without_markup_is_untouched(text in "[A-Za-z0-9,.]{1,20}( [A-Za-z0-9,.]{1,10}){0,3}") {
            prop_assert_eq!(plain_text(&text), text);
        }
    }
}
