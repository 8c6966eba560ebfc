//! What a request leaves behind: an id that names it in logs and answers, a line in the log, a
//! count and a time. None of them holds what was asked or answered.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use kangji_core::ids::TraceId;
use tracing::Instrument;

/// The header of an answer with the id of the request.
pub(crate) const TRACE: HeaderName = HeaderName::from_static("trace-id");

/// Gives a request its id, and tells how it went.
pub(crate) async fn traced(mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let trace = TraceId::from_bytes(uuid::Uuid::new_v4().into_bytes());
    request.extensions_mut().insert(trace);
    let method = request.method().clone();
    // The pattern of the address, since the address itself may name somebody.
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.unwrap_or_else(|| "unknown".to_owned());
    // Whatever is told on the way bears the id.
    let span = tracing::error_span!("request", %trace);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let took = start.elapsed();
    let micros = took.as_micros();
    span.in_scope(|| tracing::info!(%method, path, status, micros, "answered"));
    // Whoever sends words of their own must not fill the memory with them.
    let known = matches!(method.as_str(), "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE");
    let word = if known { method.to_string() } else { "other".to_owned() };
    let labels = [("method", word), ("path", path), ("status", status.to_string())];
    metrics::counter!("kangji_requests_total", &labels).increment(1);
    metrics::histogram!("kangji_request_seconds", &labels).record(took);
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
        response.headers_mut().insert(TRACE, value);
    }
    response
}
