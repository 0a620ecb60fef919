//! A server that answers like Plausible's query API, version 2.

mod query;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

pub(crate) use views::ViewCounts;

use crate::simulation::Simulation;

/// The made-up token.
pub(crate) const TOKEN: &str = "sandbox-plausible-token";
/// The site's name.
pub(crate) const SITE_ID: &str = "shop.example";

/// Plausible's routes.
pub(crate) fn router(world: Arc<Simulation>) -> Router {
    Router::new().route("/api/v2/query", post(answer)).with_state(world)
}

async fn answer(State(world): State<Arc<Simulation>>, headers: HeaderMap, body: Bytes) -> Response {
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("Bearer "));
    if token.map(str::trim) != Some(TOKEN) {
        let text = "Invalid API key. Please make sure you're using a valid API key with access to the resource you've requested.";
        return refuse(StatusCode::UNAUTHORIZED, text);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "The request body is not valid JSON.");
    };
    match query::Query::read(&body) {
        Ok(query) if query.site_id != SITE_ID => refuse(
            StatusCode::UNAUTHORIZED,
            "Invalid API key or site ID. Please make sure you're using a valid API key with access to the site you've requested.",
        ),
        Ok(query) => axum::Json(world.with(|state| query.answer(&state.views, state.now, &body))).into_response(),
        Err(problem) => refuse(StatusCode::BAD_REQUEST, &problem),
    }
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, axum::Json(json!({"error": error}))).into_response()
}
