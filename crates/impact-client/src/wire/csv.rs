//! Tables of comma-separated values: the form that exports have unless another one is asked for.

use std::collections::BTreeSet;

use serde_json::Value;

/// The rows of a table as objects by the names of its columns; every cell is text, and an empty one says nothing.
///
/// # Errors
///
/// What is wrong with it: no line of names, two columns with one name, a row with more or fewer cells than names, a quote that
/// is never closed. Nothing is guessed: a row that is out of step would put costs under clicks.
pub(crate) fn rows(text: &str) -> Result<Vec<Value>, String> {
    // Quotes come in pairs, inside a cell, too. The reader would take a cut file's last cell for whole.
    if !text.bytes().filter(|byte| *byte == b'"').count().is_multiple_of(2) {
        return Err("a quote is never closed".to_owned());
    }
    // Rows are counted here, so that an error tells which one is out of step.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| error.to_string())?;
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    if names.is_empty() || names.iter().any(String::is_empty) {
        return Err("it has no line of names".to_owned());
    }
    if names.iter().collect::<BTreeSet<_>>().len() != names.len() {
        return Err("two columns have one name".to_owned());
    }
    let row = |(number, record): (usize, Result<csv::StringRecord, csv::Error>)| {
        let record = record.map_err(|error| error.to_string())?;
        if record.len() != names.len() {
            return Err(format!("row {number} has {} cells for {} columns", record.len(), names.len()));
        }
        let cells = record.iter().map(|cell| Value::String(cell.to_owned()));
        Ok(Value::Object(names.iter().cloned().zip(cells).collect()))
    };
    (1..).zip(reader.records()).map(row).collect()
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
        for broken in ["", "\n", "Ad_Id,\n7,1\n", "A,B\n1\n", "A,B\n1,2,3\n", "A,A\n1,2\n", "A\n\"1\n", "A,B\n1,2\n\"\"\n"] {
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
