//! Tables of comma-separated values: the form that exports have unless another one is asked for.

use serde_json::{Map, Value};

/// The rows of a table as objects by the names of its columns; every cell is text, and an empty one says nothing.
///
/// # Errors
///
/// What is wrong with it: no line of names, two columns with one name, a row with more or fewer cells than names, a quote that
/// is never closed. Nothing is guessed: a row that is out of step would put costs under clicks.
pub(crate) fn rows(text: &str) -> Result<Vec<Value>, String> {
    let mut lines = lines(text.strip_prefix('\u{feff}').unwrap_or(text))?.into_iter();
    let names = lines.next().filter(|names| names.iter().all(|name| !name.trim().is_empty())).ok_or("it has no line of names")?;
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    let mut rows = Vec::new();
    for (number, cells) in lines.enumerate() {
        if cells.len() != names.len() {
            return Err(format!("row {} has {} cells for {} columns", number + 1, cells.len(), names.len()));
        }
        let row: Map<String, Value> = names.iter().cloned().zip(cells.into_iter().map(Value::String)).collect();
        if row.len() != names.len() {
            return Err("two columns have one name".to_owned());
        }
        rows.push(Value::Object(row));
    }
    Ok(rows)
}

/// The cells of each line that holds any: a cell in quotes may hold commas, line breaks, and quotes that are written twice.
fn lines(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut lines = Vec::new();
    let mut cells = Vec::new();
    let mut cell = String::new();
    // Whether the cell is in quotes, and whether it was: an empty one in quotes is a cell all the same.
    let (mut inside, mut was_quoted) = (false, false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if inside && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' if inside => inside = false,
            _ if inside => cell.push(c),
            '"' if cell.is_empty() && !was_quoted => (inside, was_quoted) = (true, true),
            ',' => {
                cells.push(std::mem::take(&mut cell));
                was_quoted = false;
            }
            '\r' if rest.peek() == Some(&'\n') => {}
            '\n' => {
                let is_blank = cells.is_empty() && cell.is_empty() && !was_quoted;
                cells.push(std::mem::take(&mut cell));
                let line = std::mem::take(&mut cells);
                if !is_blank {
                    lines.push(line);
                }
                was_quoted = false;
            }
            _ if was_quoted => return Err("text follows a closed quote".to_owned()),
            _ => cell.push(c),
        }
    }
    if inside {
        return Err("a quote is never closed".to_owned());
    }
    if !cells.is_empty() || !cell.is_empty() || was_quoted {
        cells.push(cell);
        lines.push(cells);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_may_hold_what_divides_them() {
        let text = "\u{feff}Ad_Id,\"Ad_Name\",Clicks\r\n7,\"Tea, \"\"green\"\"\nand black\",143\r\n8,,\"\"\r\n\r\n";
        let wanted = json!([
            {"Ad_Id": "7", "Ad_Name": "Tea, \"green\"\nand black", "Clicks": "143"},
            {"Ad_Id": "8", "Ad_Name": "", "Clicks": ""},
        ]);
        assert_eq!(Value::Array(rows(text).unwrap()), wanted);
        assert_eq!(rows("Ad_Id,Clicks\n").unwrap(), Vec::<Value>::new());
        assert_eq!(rows("Ad_Id,Clicks\n7,1").unwrap().len(), 1);
    }

    #[test]
    fn what_is_out_of_step_is_an_error() {
        for broken in
            ["", "\n", "Ad_Id,\n7,1\n", "A,B\n1\n", "A,B\n1,2,3\n", "A,A\n1,2\n", "A\n\"1\n", "A\n\"1\"2\n", "A,B\n1,2\n\"\"\n"]
        {
            assert!(rows(broken).is_err(), "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(table in prop::collection::vec(prop::collection::vec("[a,\"\r\n ]{0,6}", 3), 0..4)) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let lines = table.iter().map(|cells| cells.iter().map(quoted).collect::<Vec<_>>().join(","));
            let text = std::iter::once("A,B,C".to_owned()).chain(lines).collect::<Vec<_>>().join("\n");
            let read = rows(&text).unwrap();
            prop_assert_eq!(read.len(), table.len());
            for (row, cells) in read.iter().zip(&table) {
                prop_assert_eq!([&row["A"], &row["B"], &row["C"]].map(|cell| cell.as_str().unwrap()), [&cells[0], &cells[1], &cells[2]]);
            }
        }
    }
}
