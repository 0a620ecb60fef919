//! The rules for the words of a new ad: checked before anything is sent, since a bad ad cannot be deleted.

use campaign_pilot_core::{ErrorKind, is_hidden};
use url::Url;

use super::ads::AdDraft;
use super::form::LONGEST_TEXT;
use crate::{AdKind, ImpactError};

/// Whether a text that partners show may run over several lines.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lines {
    One,
    Several,
}

/// The first rule that a draft breaks. Nothing is cut or mended: what is shown to shoppers is what was decided.
pub(super) fn check(draft: &AdDraft, call: &'static str) -> Result<(), ImpactError> {
    let refused = |message: String, advice: String| Err(ImpactError::new(ErrorKind::Invalid, call, message).with_advice(advice));
    if let Some(missing) = missing(draft) {
        return refused(missing.to_owned(), "complete the draft".to_owned());
    }
    let texts = [
        ("name", &draft.name),
        ("link text", &draft.link_text),
        ("coupon's name", &draft.coupon_name),
        ("alternative text", &draft.alternative_text),
        ("description", &draft.description),
        ("labels", &draft.labels),
    ];
    for (what, text) in texts {
        check_text(call, what, text, if what == "description" { Lines::Several } else { Lines::One })?;
    }
    if !draft.landing_page.is_empty() && !is_web_address(&draft.landing_page) {
        return refused(
            "the landing page is not a web address without user and password".to_owned(),
            "give the product's page, as https://shop.example/product/..".to_owned(),
        );
    }
    Ok(())
}

/// The rules for one text: at most 255 characters, visible, without markup. The landing page's own limit is not documented.
pub(super) fn check_text(call: &'static str, what: &str, text: &str, lines: Lines) -> Result<(), ImpactError> {
    let refused = |message: String, advice: String| Err(ImpactError::new(ErrorKind::Invalid, call, message).with_advice(advice));
    let length = text.chars().count();
    if length > LONGEST_TEXT {
        let message = format!("the {what} has {length} characters, and impact.com takes {LONGEST_TEXT}");
        return refused(message, format!("shorten the {what}"));
    }
    let may_break = lines == Lines::Several;
    if let Some(hidden) = text.chars().find(|c| is_hidden(*c) && !(may_break && matches!(c, '\n' | '\t'))) {
        let message = format!("the {what} holds {}, which shoppers cannot see for what it does", hidden.escape_unicode());
        return refused(message, format!("make the {what} plain text, `sanitize_line` does"));
    }
    if has_markup(text) {
        let message = format!("the {what} holds markup, which would stand in partners' pages");
        return refused(message, format!("take the tags out of the {what}"));
    }
    Ok(())
}

fn missing(draft: &AdDraft) -> Option<&'static str> {
    match draft.kind {
        AdKind::TextLink if draft.link_text.trim().is_empty() => Some("a text link needs its text"),
        AdKind::Coupon if draft.coupon_name.trim().is_empty() => Some("a coupon needs its name"),
        AdKind::Banner if draft.banner.is_none() => Some("a banner needs its picture"),
        _ if draft.name.trim().is_empty() => Some("an ad needs a name"),
        _ => None,
    }
}

/// Whether a `<` begins a tag, an end tag or a comment; `a < b` and `<3` do not.
fn has_markup(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let next = text.get(at + 1..).and_then(|rest| rest.chars().next());
        next.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    })
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_link(link_text: &str) -> AdDraft {
        AdDraft { kind: AdKind::TextLink, name: "n".to_owned(), link_text: link_text.to_owned(), ..AdDraft::default() }
    }

    fn refusal(draft: &AdDraft) -> Option<String> {
        check(draft, "create the ad").err().map(|error| {
            assert_eq!(error.kind(), ErrorKind::Invalid);
            error.to_string()
        })
    }

    #[test]
    fn texts_are_refused_when_too_long_and_never_cut() {
        assert_eq!(refusal(&text_link(&"\u{e9}".repeat(255))), None);
        let message = "cannot create the ad: the link text has 256 characters, and impact.com takes 255";
        assert_eq!(refusal(&text_link(&"\u{e9}".repeat(256))).as_deref(), Some(message));
    }

    #[test]
    fn words_are_one_line_of_visible_text() {
        for plain in ["Tee f\u{fc}r 3 < 4 \u{20ac} & mehr", "I <3 tea", "50 % \"off\" {{name}}", "\u{8336}"] {
            assert_eq!(refusal(&text_link(plain)), None, "{plain}");
        }
        for hidden in ["a\nb", "a\u{0}b", "a\u{202e}b", "a\u{1b}[31m"] {
            assert!(refusal(&text_link(hidden)).is_some_and(|message| message.contains("cannot see")), "{hidden:?}");
        }
        for markup in ["<b>tea</b>", "tea</a><script src=x>", "<!-- -->"] {
            assert!(refusal(&text_link(markup)).is_some_and(|message| message.contains("markup")), "{markup}");
        }
        let described = |description: &str| AdDraft { description: description.to_owned(), ..text_link("tea") };
        assert_eq!(refusal(&described("two\nlines")), None);
        assert!(refusal(&described("a\u{7}bell")).is_some());
    }

    #[test]
    fn landing_pages_are_web_addresses() {
        let landing = |page: &str| AdDraft { landing_page: page.to_owned(), ..text_link("tea") };
        for page in ["https://shop.example/product/tea?x=1", "http://shop.example", ""] {
            assert_eq!(refusal(&landing(page)), None, "{page}");
        }
        for page in ["shop.example/tea", "javascript:alert(1)", "https://a:b@shop.example/", "https://", "ftp://shop.example/"] {
            assert!(refusal(&landing(page)).is_some(), "{page}");
        }
    }

    #[test]
    fn each_kind_needs_its_own() {
        for kind in [AdKind::TextLink, AdKind::Coupon, AdKind::Banner] {
            assert!(refusal(&AdDraft { kind, name: "n".to_owned(), ..AdDraft::default() }).is_some());
        }
        assert!(refusal(&AdDraft { name: " ".to_owned(), ..text_link("tea") }).is_some());
    }
}
