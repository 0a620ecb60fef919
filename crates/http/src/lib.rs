#![doc = include_str!("../README.md")]

mod admission;
mod auth;
mod builder;
mod client;
mod error;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod json;
mod limits;
mod oauth1;
mod request;
mod response;
mod retry;
mod server_wait;
mod transport;

pub use admission::{Admission, AnswerHead, Refusal};
pub use auth::Auth;
pub use builder::HttpClientBuilder;
pub use bytes::Bytes;
pub use client::HttpClient;
pub use error::{HttpError, HttpErrorKind};
pub use gate::RateLimit;
pub use http::Method;
pub use json::{JsonBody, JsonError, JsonLimits, parse_json};
pub use limits::{Deadlines, Limits};
pub use oauth1::{OAuth1Method, OAuth1Place};
pub use request::{Body, Class, Part, PathParameter, Request};
pub use response::Response;
pub use retry::RetryPolicy;
pub use secrecy::SecretString;
pub use url::Url;

/// The result of a call.
pub type Result<T, E = HttpError> = std::result::Result<T, E>;
