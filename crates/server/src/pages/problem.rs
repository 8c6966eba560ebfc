//! What a page says when there is no answer: the same problem as the API's, for people to read.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    Page,
    parts::{self, Tone},
    visit::Guest,
};
use crate::{
    app::App,
    problem::{Code, Problem},
};

/// Shows problems as pages. Whoever is not signed in is asked to, and comes back afterwards.
pub(super) async fn shown(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let uri = request.uri().clone();
    let is_read = request.method().is_safe();
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let wanted = uri.path_and_query().map_or("/", |address| address.as_str());
    match problem.code {
        Code::NotSignedIn if is_read => {
            let own = uri.path() == "/my" || uri.path().starts_with("/my/");
            let door = if own { "/sign-in/resident" } else { "/sign-in" };
            let wanted = serde_urlencoded::to_string([("to", wanted)]).unwrap_or_default();
            return Redirect::to(&format!("{door}?{wanted}")).into_response();
        }
        Code::SecondFactor if is_read => return Redirect::to("/sign-in/totp").into_response(),
        _ => {}
    }
    let guest = Guest::unknown(&app, &headers, uri.path());
    let mut page = page(&guest, &problem).into_response();
    *page.status_mut() = response.status();
    let after = response.headers().get(header::RETRY_AFTER).cloned();
    page.headers_mut().extend(after.map(|after: HeaderValue| (header::RETRY_AFTER, after)));
    page
}

/// That there is nothing at an address: for people as a page, for programs as they read it.
pub(crate) async fn nowhere(State(app): State<App>, request: Request) -> Response {
    let problem = Problem::from(Code::NotFound);
    let accepted = request.headers().get(header::ACCEPT).and_then(|kinds| kinds.to_str().ok());
    if !accepted.is_some_and(|kinds| kinds.contains("text/html")) {
        return problem.into_response();
    }
    let guest = Guest::unknown(&app, request.headers(), request.uri().path());
    page(&guest, &problem).with(problem.code.status()).into_response()
}

fn page(guest: &Guest, problem: &Problem) -> Page {
    let body = html! {
        (parts::notice(Tone::Bad, problem.code.title(), html! {
            @if let Some(detail) = &problem.detail { p { (detail) } }
            p { (problem.code.remedy()) "。" }
        }))
        p { a.button href="/" { "回到首页" } }
    };
    guest.page(problem.code.title(), body)
}
