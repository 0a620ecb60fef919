//! What requests carry.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

/// What a request carries.
#[derive(Clone, PartialEq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// `application/x-www-form-urlencoded` pairs, in this order.
    Form(Vec<(String, String)>),
    /// `application/json`.
    Json(Value),
    /// `multipart/form-data`, in this order.
    Multipart(Vec<Part>),
}

impl Body {
    pub(crate) fn bytes(&self) -> Bytes {
        match self {
            Self::Empty => Bytes::new(),
            Self::Form(pairs) => url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into(),
            Self::Json(value) => value.to_string().into(),
            Self::Multipart(parts) => {
                let boundary = boundary(parts);
                let mut body = Vec::new();
                for part in parts {
                    part.write(&boundary, &mut body);
                }
                body.extend(format!("--{boundary}--\r\n").bytes());
                body.into()
            }
        }
    }
}

/// Names and kinds without values.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Form(pairs) => f.debug_list().entries(pairs.iter().map(|(name, _)| name)).finish(),
            Self::Json(_) => f.write_str("Json(..)"),
            Self::Multipart(parts) => f.debug_list().entries(parts).finish(),
        }
    }
}

/// A part of a multipart body.
#[derive(Clone, PartialEq)]
pub struct Part {
    name: String,
    /// The name and the media type of a file; `None` for a plain field.
    file: Option<(String, String)>,
    content: Bytes,
}

/// The name and the size.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).field("bytes", &self.content.len()).finish_non_exhaustive()
    }
}

impl Part {
    /// A plain field.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), file: None, content: value.into().into() }
    }

    /// A file.
    pub fn file(
        name: impl Into<String>,
        file_name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self { name: name.into(), file: Some((file_name.into(), media_type.into())), content: content.into() }
    }

    fn write(&self, boundary: &str, to: &mut Vec<u8>) {
        // As browsers do: quotes and line breaks cannot end the header.
        let quoted = |text: &str| text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        to.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(&self.name)).bytes());
        if let Some((file_name, media_type)) = &self.file {
            let media_type = media_type.replace(['\r', '\n'], " ");
            to.extend(format!("; filename=\"{}\"\r\nContent-Type: {media_type}", quoted(file_name)).bytes());
        }
        to.extend(b"\r\n\r\n");
        to.extend(&self.content);
        to.extend(b"\r\n");
    }
}

/// A boundary that stands in none of the parts; the same parts always get the same one.
pub(super) fn boundary(parts: &[Part]) -> String {
    let held = |boundary: &str| parts.iter().any(|part| part.content.windows(boundary.len()).any(|at| at == boundary.as_bytes()));
    let mut number = 0_u32;
    loop {
        let boundary = format!("campaign-pilot-part-{number}");
        if !held(&boundary) {
            return boundary;
        }
        number = number.wrapping_add(1);
    }
}
