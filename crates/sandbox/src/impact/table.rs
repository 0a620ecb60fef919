//! Comma-delimited files.

/// The rows of a file as cells by the names of their columns.
pub(super) fn read(text: &str) -> Result<Vec<Vec<(String, String)>>, &'static str> {
    // The reader would take a cut file's last cell for whole.
    if !text.bytes().filter(|byte| *byte == b'"').count().is_multiple_of(2) {
        return Err("A quote is never closed");
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().map_err(|_| "The file cannot be read")?.clone();
    if names.is_empty() || names.iter().any(str::is_empty) {
        return Err("The file has no line of names");
    }
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.map_err(|_| "A row has not one cell for each column")?;
        Ok(names.iter().zip(&record).map(|(name, cell)| (name.to_owned(), cell.to_owned())).collect())
    };
    reader.records().map(row).collect()
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
