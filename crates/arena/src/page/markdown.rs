//! Markdown with lines of a bearable length.

/// How many characters a line of text has at most.
const LINE: usize = 120;

/// A paragraph, with its last line's end.
pub(super) fn paragraph(text: &str) -> String {
    wrapped(text, "", "")
}

/// An item of a list, which begins with its name.
pub(super) fn item(name: &str, text: &str) -> String {
    wrapped(&format!("**{name}**: {text}"), "- ", "  ")
}

/// A table.
pub(super) fn table(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rows: String = rows.map(|row| line(&row)).collect();
    format!("{}|{}\n{rows}", line(header), "---|".repeat(header.len()))
}

/// Words in lines: the first begins with `first`, the others with `rest`.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > LINE {
            lines.push_str(&line);
            lines.push('\n');
            line = rest.to_owned();
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(&line);
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_wrapped_between_words() {
        let text = "word ".repeat(40);
        let lines = item("name", &text);
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("- **name**: word word") && lines[0].len() <= LINE && lines[0].len() > LINE - 5);
        assert!(lines[1].starts_with("  word"));
        assert_eq!(paragraph("a\nb"), "a b\n");
    }

    #[test]
    fn a_bar_in_a_cell_does_not_end_it() {
        let table = table(&["a".to_owned(), "b".to_owned()], [vec!["1|2".to_owned(), "3".to_owned()]].into_iter());
        assert_eq!(table, "| a | b |\n|---|---|\n| 1\\|2 | 3 |\n");
    }
}
