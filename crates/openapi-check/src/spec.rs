//! The files, and the operations in them.

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

use crate::schema::{Checker, check_keywords};
use crate::violation::{Kind, Violation};

/// A set of OpenAPI files.
#[derive(Clone, Debug)]
pub struct Spec {
    files: Vec<Value>,
}

/// The body of a request.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// None.
    None,
    /// A form, decoded, in the order sent.
    Form(&'a [(String, String)]),
    /// The parts of a multipart form, with their texts; empty for files.
    Multipart(&'a [(String, String)]),
    /// JSON.
    Json(&'a Value),
}

/// Parameters that impact.com documents for all lists, in none of its files.
const PAGING: [&str; 2] = ["Page", "PageSize"];

impl Spec {
    /// The variable that names the folder with impact.com's files.
    pub const FOLDER: &'static str = "CAMPAIGN_PILOT_IMPACT_OPENAPI";

    /// Reads impact.com's files from the folder that [`Spec::FOLDER`] names; `None` when it names none.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, holds no file, or holds one that cannot be understood.
    pub fn from_env() -> Result<Option<Self>, SpecError> {
        match std::env::var_os(Self::FOLDER) {
            Some(folder) if !folder.is_empty() => Self::read(Path::new(&folder)).map(Some),
            _ => Ok(None),
        }
    }

    /// Reads all `.yaml` files of a folder.
    ///
    /// # Errors
    ///
    /// As [`Spec::from_env`].
    pub fn read(folder: &Path) -> Result<Self, SpecError> {
        let unreadable = |error: std::io::Error| SpecError(format!("{} cannot be read: {error}", folder.display()));
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
        paths.sort();
        let mut files = Vec::new();
        for path in &paths {
            let text = std::fs::read_to_string(path).map_err(unreadable)?;
            files.push(parse(&text).map_err(|error| SpecError(format!("{}: {error}", path.display())))?);
        }
        if files.is_empty() {
            return Err(SpecError(format!("{} holds no .yaml file", folder.display())));
        }
        Ok(Self { files })
    }

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// When it is no YAML, or its schemas use a keyword that is not checked here.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        Ok(Self { files: vec![parse(text)?] })
    }

    /// All operations, as method and path, in the order of the files.
    #[must_use]
    pub fn operations(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (template, methods) in self.files.iter().filter_map(|file| file.get("paths")?.as_object()).flatten() {
            for method in methods.as_object().into_iter().flat_map(Map::keys).filter(|key| is_method(key)) {
                found.push((method.to_uppercase(), template.clone()));
            }
        }
        found
    }

    /// Holds an answer's JSON body against what is declared for a method, a path and a status. Fields that are not
    /// declared are found, too, as [`Kind::Unknown`].
    #[must_use]
    pub fn check_answer(&self, method: &str, path: &str, status: u16, body: &Value) -> Vec<Violation> {
        let Some(found) = self.find(method, path) else { return vec![no_operation(method, path)] };
        let checker = Checker::new(found.file, found.name());
        let response = found.operation.get("responses").and_then(|all| all.get(status.to_string()));
        let Some(response) = response.and_then(|response| checker.resolve(response)) else {
            return vec![checker.violation("", Kind::Answer, format!("no answer {status} is declared"))];
        };
        match response.pointer("/content/application~1json/schema") {
            Some(schema) => checker.check(schema, body, false),
            None => vec![checker.violation("", Kind::Answer, format!("the answer {status} has no JSON body"))],
        }
    }

    /// Holds a request against what is declared for its method and path.
    #[must_use]
    pub fn check_request(&self, method: &str, path: &str, query: &[(String, String)], body: Body<'_>) -> Vec<Violation> {
        let Some(found) = self.find(method, path) else { return vec![no_operation(method, path)] };
        let checker = Checker::new(found.file, found.name());
        let mut violations = found.check_query(&checker, query);
        let content =
            found.operation.get("requestBody").and_then(|body| checker.resolve(body)).and_then(|body| body.get("content"));
        let schema = |media_type: &str| content.and_then(|content| content.get(media_type)?.get("schema"));
        let (media_type, sent) = match body {
            Body::None => {
                if content.is_some() {
                    violations.push(checker.violation("", Kind::Missing, "a body is declared".to_owned()));
                }
                return violations;
            }
            Body::Form(fields) => {
                ("application/x-www-form-urlencoded", checker.form(schema("application/x-www-form-urlencoded"), fields))
            }
            Body::Multipart(fields) => ("multipart/form-data", checker.form(schema("multipart/form-data"), fields)),
            Body::Json(json) => ("application/json", json.clone()),
        };
        match schema(media_type) {
            Some(schema) => violations.extend(checker.check(schema, &sent, !matches!(body, Body::Json(_)))),
            // Some writes take no body, and an empty form is none.
            None if sent.as_object().is_some_and(Map::is_empty) => {}
            None => violations.push(checker.violation("", Kind::Type, format!("no body of type {media_type} is declared"))),
        }
        violations
    }

    fn find(&self, method: &str, path: &str) -> Option<Found<'_>> {
        let segments: Vec<&str> = path.split('/').collect();
        let method = method.to_lowercase();
        for file in &self.files {
            for (template, methods) in file.get("paths")?.as_object()? {
                let parts: Vec<&str> = template.split('/').collect();
                let fits = parts.len() == segments.len()
                    && parts
                        .iter()
                        .zip(&segments)
                        .all(|(part, segment)| part == segment || (part.starts_with('{') && !segment.is_empty()));
                if let Some(operation) = methods.get(&method).filter(|_| fits) {
                    return Some(Found { file, method: method.to_uppercase(), template, shared: methods, operation });
                }
            }
        }
        None
    }
}

struct Found<'a> {
    file: &'a Value,
    method: String,
    template: &'a str,
    shared: &'a Value,
    operation: &'a Value,
}

impl Found<'_> {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.template)
    }

    fn check_query(&self, checker: &Checker<'_>, query: &[(String, String)]) -> Vec<Violation> {
        let of = |from: &Value| from.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let declared: Vec<Value> = of(self.operation).into_iter().chain(of(self.shared)).collect();
        let mut violations = Vec::new();
        let mut known = Vec::new();
        for parameter in declared.iter().filter_map(|parameter| checker.resolve(parameter)) {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
            if parameter.get("in").and_then(Value::as_str) != Some("query") {
                continue;
            }
            known.push(name);
            let mut is_sent = false;
            for (_, value) in query.iter().filter(|(sent, _)| sent == name) {
                is_sent = true;
                let Some(schema) = parameter.get("schema") else { continue };
                // A list is repeated or divided by commas: each value stands alone.
                let schema = checker.resolve(schema).and_then(|schema| schema.get("items")).unwrap_or(schema);
                violations.extend(checker.check_at(schema, &Value::from(value.as_str()), true, name));
            }
            if !is_sent && parameter.get("required") == Some(&Value::Bool(true)) {
                violations.push(checker.violation(name, Kind::Missing, "is required".to_owned()));
            }
        }
        for (name, _) in query.iter().filter(|(name, _)| !known.contains(&name.as_str()) && !PAGING.contains(&name.as_str())) {
            violations.push(checker.violation(name, Kind::Unknown, "is not a declared parameter".to_owned()));
        }
        violations
    }
}

fn no_operation(method: &str, path: &str) -> Violation {
    let words = "no file describes this operation".to_owned();
    Violation { operation: format!("{method} {path}"), at: String::new(), kind: Kind::Operation, words }
}

fn is_method(key: &str) -> bool {
    ["get", "put", "post", "delete", "patch"].contains(&key)
}

fn parse(text: &str) -> Result<Value, SpecError> {
    let file: Value = serde_saphyr::from_str(text).map_err(|error| SpecError(error.to_string()))?;
    check_keywords(&file).map_err(SpecError)?;
    Ok(file)
}

/// Files that cannot be read or understood.
#[derive(Debug)]
pub struct SpecError(String);

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SpecError {}
