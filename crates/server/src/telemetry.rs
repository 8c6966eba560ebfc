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
    let mut response = next.run(request).await;
    let status = response.status().as_u16();
    let took = start.elapsed();
    tracing::info!(%trace, %method, path, status, micros = took.as_micros(), "answered");
    let labels = [("method", method.to_string()), ("path", path), ("status", status.to_string())];
    metrics::counter!("kangji_requests_total", &labels).increment(1);
    metrics::histogram!("kangji_request_seconds", &labels).record(took);
    if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
        response.headers_mut().insert(TRACE, value);
    }
    response
}
