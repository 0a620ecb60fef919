//! Bodies in parts: the files in them.

use serde_json::{Map, Value};

/// The part that holds an uploaded file.
pub(super) const UPLOADED: &str = "data";

/// The texts of the files in a body in parts, by the names of their parts. What cannot be read counts as absent.
pub(super) fn files(media_type: &str, body: &[u8]) -> Value {
    let Some(boundary) = parameter(media_type, "boundary") else { return Value::Null };
    let Ok(body) = std::str::from_utf8(body) else { return Value::Null };
    let body = format!("\r\n{body}");
    let delimiter = format!("\r\n--{boundary}");
    let parts = body.split(delimiter.as_str()).skip(1);
    let files: Map<String, Value> = parts.filter_map(|part| file(part.strip_prefix("\r\n")?)).collect();
    Value::Object(files)
}

fn file(part: &str) -> Option<(String, Value)> {
    let (head, content) = part.split_once("\r\n\r\n")?;
    let (_, disposition) = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
    // Raw fields are no files.
    parameter(disposition, "filename")?;
    Some((parameter(disposition, "name")?.to_owned(), Value::from(content)))
}

/// A parameter of a header, without its quotes.
fn parameter<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').skip(1).find_map(|part| {
        let (found, value) = part.trim().split_once('=')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_found_by_their_names() {
        let body = "--x y\r\nContent-Disposition: form-data; name=\"more\"\r\n\r\nno file\r\n\
                    --x y\r\nContent-Type: text/csv\r\ncontent-disposition: form-data; name=\"data\"; filename=\"i.csv\"\r\n\r\n\
                    A,B\n--x\n1,2\r\n\r\n--x y--\r\n";
        let found = files("multipart/form-data; boundary=\"x y\"", body.as_bytes());
        assert_eq!(found, json!({ "data": "A,B\n--x\n1,2\r\n" }));
        assert_eq!(files("multipart/form-data", body.as_bytes()), Value::Null);
        assert_eq!(files("multipart/form-data; boundary=z", body.as_bytes()), json!({}));
        assert_eq!(files("multipart/form-data; boundary=z", b"\xff"), Value::Null);
    }
}
