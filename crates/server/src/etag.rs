//! What somebody has already is not sent again: a tag made of what would be sent.

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kangji_ledger::Hash;

use crate::problem::{Code, Problem};

/// The largest answer that is hashed.
const BYTES_MAX: u64 = 1024 * 1024;

/// Tags JSON that is read, unless the handler did.
pub(crate) async fn tagged(request: Request, next: Next) -> Response {
    let known = (request.method() == Method::GET).then(|| request.headers().clone());
    let response = next.run(request).await;
    let Some(known) = known.filter(|_| wants_tag(&response)) else { return response };
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::from(Code::Internal).into_response();
    };
    let tag = format!("\"{}\"", Hash::of(&[&bytes]));
    // Hexadecimal digits are always a value.
    parts.headers.extend(HeaderValue::from_str(&tag).ok().map(|tag| (header::ETAG, tag)));
    if !names(&known, &tag) {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// Whether it is whole, JSON, short enough, and without a tag.
fn wants_tag(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    response.status() == StatusCode::OK
        && kind.is_some_and(|kind| kind.starts_with("application/json"))
        && response.body().size_hint().exact().is_some_and(|bytes| bytes <= BYTES_MAX)
        && !headers.contains_key(header::ETAG)
}

/// Whether the caller has what this tag names.
pub(crate) fn names(headers: &HeaderMap, tag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter();
    let tags = values.filter_map(|tags| tags.to_str().ok()).flat_map(|tags| tags.split(','));
    tags.map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}
