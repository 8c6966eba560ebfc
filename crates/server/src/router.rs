//! Every address, and what all requests go through.

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{catch_panic::CatchPanicLayer, timeout::RequestBodyTimeoutLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    agreements,
    app::App,
    audit, cases, catalogues, clients, confirmations, costs, deductions, drafts, etag, figures,
    imports, institutions, invitations, ledger, mall, me, metrics, oauth, openapi, operations,
    opinions, orders, pages, points, pools,
    problem::{Code, Problem},
    proposals, records, registers, reports, residents, sanctions, schemes, sign_in, simulations,
    statements, stock, targets, tasks, telemetry, users, village, vouchers,
};

/// Headers of every answer: nothing is loaded from elsewhere, framed, guessed or kept.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
        connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(), microphone=()"),
];

/// Every resource of the API.
fn resources() -> [OpenApiRouter<App>; 37] {
    [
        sign_in::routes(),
        invitations::routes(),
        me::routes(),
        users::routes(),
        clients::routes(),
        residents::routes(),
        records::routes(),
        points::routes(),
        confirmations::routes(),
        opinions::routes(),
        orders::routes(),
        metrics::routes(),
        schemes::routes(),
        proposals::routes(),
        drafts::routes(),
        audit::routes(),
        ledger::routes(),
        institutions::routes(),
        catalogues::routes(),
        stock::routes(),
        costs::routes(),
        figures::routes(),
        mall::routes(),
        agreements::routes(),
        deductions::routes(),
        statements::routes(),
        cases::routes(),
        pools::routes(),
        vouchers::routes(),
        tasks::routes(),
        sanctions::routes(),
        simulations::routes(),
        imports::routes(),
        reports::routes(),
        village::routes(),
        targets::routes(),
        registers::routes(),
    ]
}

fn documented() -> OpenApiRouter<App> {
    let v1 = resources().into_iter().fold(OpenApiRouter::new(), OpenApiRouter::merge);
    OpenApiRouter::new().nest("/api/v1", v1).merge(oauth::routes())
}

/// The description of the API, generated from the code.
#[must_use]
pub fn api() -> OpenApi {
    let (_, paths) = documented().split_for_parts();
    openapi::described(paths)
}

/// All addresses of the server.
pub fn router(app: App) -> Router {
    let (documented, paths) = documented().split_for_parts();
    let request_time = Duration::from_secs(app.config().server.request_seconds);
    let patience = Duration::from_secs(app.config().server.patience_seconds);
    let body_max = app.config().server.body_bytes_max;
    let encrypted = app.config().is_encrypted();
    documented
        .merge(operations::health())
        .merge(pages::router(&app))
        .merge(openapi::routes(&openapi::described(paths)))
        .fallback(pages::nowhere)
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(middleware::from_fn(etag::tagged))
        .layer(DefaultBodyLimit::max(body_max))
        .layer(RequestBodyTimeoutLayer::new(patience))
        .layer(middleware::from_fn(move |request, next| timed(request_time, request, next)))
        .layer(middleware::map_response(move |response| guarded(encrypted, response)))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::from(Code::Internal).into_response()
        }))
        .layer(middleware::from_fn(telemetry::traced))
        .with_state(app)
}

/// Adds the headers of every answer, unless the handler said something else.
async fn guarded(encrypted: bool, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if encrypted {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Answers that a request took too long; what it wrote by then stays written, under its key.
async fn timed(time: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::from(Code::Timeout).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Of two types with one name, one would be described as the other.
    #[test]
    fn no_two_types_share_a_name() {
        let mut known = BTreeMap::new();
        for resource in resources() {
            let components = resource.split_for_parts().1.components.unwrap_or_default();
            for (name, schema) in components.schemas {
                let schema = serde_json::to_value(schema).unwrap();
                let other = known.entry(name.clone()).or_insert_with(|| schema.clone());
                assert_eq!(*other, schema, "{name}");
            }
        }
        assert!(known.len() > 100, "{}", known.len());
    }
}
