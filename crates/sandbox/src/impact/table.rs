//! Comma-delimited files.

/// The rows of a file as cells by the names of their columns.
pub(super) fn read(text: &str) -> Result<Vec<Vec<(String, String)>>, &'static str> {
    let mut lines = lines(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let names = lines.next().filter(|names| names.iter().all(|name| !name.is_empty())).ok_or("The file has no line of names")?;
    let row = |cells: Vec<String>| {
        if cells.len() == names.len() {
            Ok(names.iter().cloned().zip(cells).collect())
        } else {
            Err("A row has not one cell for each column")
        }
    };
    lines.map(row).collect()
}

fn lines(text: &str) -> Result<Vec<Vec<String>>, &'static str> {
    let (mut lines, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut inside = false;
    let mut rest = text.chars().filter(|c| *c != '\r').peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if inside && rest.peek() == Some(&'"') => cell.extend(rest.next()),
            '"' => inside = !inside,
            ',' if !inside => cells.push(std::mem::take(&mut cell)),
            '\n' if !inside => {
                cells.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut cells));
            }
            other => cell.push(other),
        }
    }
    if inside {
        return Err("A quote is never closed");
    }
    cells.push(cell);
    lines.push(cells);
    // Blank lines, the one after the last line break among them.
    lines.retain(|cells| cells.iter().any(|cell| !cell.is_empty()));
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_their_columns() {
        let rows = read("\u{feff}Id,\"Name\"\r\n1,\"Tea, \"\"green\"\"\"\r\n\r\n2,").unwrap();
        let cell = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(rows, [[cell("Id", "1"), cell("Name", "Tea, \"green\"")], [cell("Id", "2"), cell("Name", "")]]);
        assert_eq!(read("Id\n").unwrap().len(), 0);
        for broken in ["", "Id,\n1,2\n", "Id\n1,2\n", "Id\n\"1\n"] {
            assert!(read(broken).is_err(), "{broken:?}");
        }
    }
}
