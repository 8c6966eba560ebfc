//! What those who run a server look at, at an address of its own: whether it lives, whether it is
//! ready, and its figures.

use std::{sync::OnceLock, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

use crate::{
    app::App,
    problem::{Code, Problem},
};

/// Upper bounds in seconds of the request times that are counted together.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is old is let go that often.
pub(crate) const UPKEEP: Duration = Duration::from_secs(5);

/// The figures of this process, from now on.
///
/// # Errors
/// Where somebody else records them already.
pub(crate) fn figures() -> Result<PrometheusHandle, BuildError> {
    static FIGURES: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = FIGURES.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().set_buckets(&SECONDS)?.install_recorder()?;
    Ok(FIGURES.get_or_init(|| handle).clone())
}

/// `/-/health` and `/-/ready`.
pub(crate) fn health() -> Router<App> {
    Router::new()
        .route("/-/health", get(|| async { StatusCode::NO_CONTENT }))
        .route("/-/ready", get(ready))
}

/// The addresses for those who run the server.
pub(crate) fn router(app: App, figures: PrometheusHandle) -> Router {
    let shown = move || async move {
        let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
        (kind, figures.render()).into_response()
    };
    health()
        .route("/-/metrics", get(shown))
        .fallback(|| async { Problem::from(Code::NotFound) })
        .with_state(app)
}

/// Whether the database answers.
async fn ready(State(app): State<App>) -> Result<StatusCode, Problem> {
    app.ask(|store| store.schemes().map(drop)).await?;
    Ok(StatusCode::NO_CONTENT)
}
