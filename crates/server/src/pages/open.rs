//! Answers that hold no secret are sent compressed: what is published is long. Pages with the
//! token of a session are sent as they are, since the size of a compressed page tells what is
//! in it.

use axum::{
    Router,
    http::{Extensions, HeaderMap, StatusCode, Version},
};
use tower_http::compression::CompressionLayer;

use crate::app::App;

/// Marks an answer that holds nothing that somebody else must not learn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open;

/// Compresses what is marked.
pub(super) fn compressed(router: Router<App>) -> Router<App> {
    let is_open = |_: StatusCode, _: Version, _: &HeaderMap, marks: &Extensions| {
        marks.get::<Open>().is_some()
    };
    router.layer(CompressionLayer::new().compress_when(is_open))
}
