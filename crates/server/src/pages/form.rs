//! What a form sends: the fields as they were typed. A form proves by a hidden field that its page
//! was ours, as programs do by a header.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Multipart, Request},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use kangji_ledger::Hash;
use kangji_store::IdempotencyKey;

use crate::{
    app::App,
    imports::{self, FILE_MAX},
    input::Write,
    problem::{Code, Problem},
    signed::CSRF,
};

/// The most a form sends, in bytes. Files go elsewhere.
const BYTES_MAX: usize = 256 * 1024;

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    key: Option<IdempotencyKey>,
}

impl Form {
    /// A field as it was typed, without blanks around it; `None` where it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    /// A field exactly as it was typed: blanks around a password belong to it.
    pub(crate) fn whole(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, text)| text.as_str())
    }

    /// All values of a field that may be given more than once, such as ticked boxes.
    pub(crate) fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.fields.iter().filter(move |(field, _)| field == name);
        fields.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    /// A field that has to be filled in.
    ///
    /// # Errors
    /// Where it is empty.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Problem> {
        self.text(name).ok_or_else(|| Problem::invalid(name, "请填写这一项"))
    }

    /// Its fields as a write of the API, under the form's key.
    ///
    /// # Errors
    /// Where the form has no key.
    pub(crate) fn write<T>(&self, body: T) -> Result<Write<T>, Problem> {
        Ok(Write { body, key: self.key()? })
    }

    /// One of several writes that the form asks for, told apart by `part`.
    ///
    /// # Errors
    /// Where the form has no key.
    pub(crate) fn write_part<T>(&self, body: T, part: &str) -> Result<Write<T>, Problem> {
        let input = Hash::of(&[self.key()?.key.as_bytes(), b"\n", part.as_bytes()]);
        Ok(Write { body, key: IdempotencyKey { key: input.to_string(), input } })
    }

    /// The key under which what the form asks for is done once.
    ///
    /// # Errors
    /// Where the form has none.
    pub(crate) fn key(&self) -> Result<IdempotencyKey, Problem> {
        self.key.clone().ok_or_else(|| Code::KeyMissing.into())
    }

    /// The same form with other values in a field, to be shown again.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    fn read(bytes: &[u8], path: &str) -> Result<Self, Problem> {
        let fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(bytes).map_err(|_| Problem::from(Code::Malformed))?;
        if fields.iter().any(|(_, text)| text.contains('\0')) {
            return Err(Problem::from(Code::Malformed).saying("文字里不能有 U+0000"));
        }
        // The same button pressed twice is one write; a form changed after a look back is another.
        let key = fields.iter().any(|(name, text)| name == "key" && !text.is_empty());
        let key = key.then(|| {
            let input = Hash::of(&[b"form ", path.as_bytes(), b"\n", bytes]);
            IdempotencyKey { key: input.to_string(), input }
        });
        Ok(Self { fields, key })
    }
}

impl FromRequest<App> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_form(request.headers()) {
            return Err(Code::UnsupportedMedia.into());
        }
        let path = request.uri().path().to_owned();
        let bytes = Bytes::from_request(request, app).await;
        Self::read(&bytes.map_err(|_| Problem::from(Code::TooLarge))?, &path)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    is(headers, "application/x-www-form-urlencoded")
}

fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    essence.is_some_and(|kind| kind.eq_ignore_ascii_case(wanted))
}

/// A form with a file. It is read once, before anybody looks at who sends it, since its token lies
/// in it; a cookie has to be there.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileForm {
    form: Form,
    file: Bytes,
}

impl FileForm {
    /// A field as it was typed, without blanks around it; `None` where it is empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.form.text(name)
    }

    /// The file; empty where none was chosen.
    pub(crate) fn file(self) -> Vec<u8> {
        self.file.into()
    }

    /// The request with its form read.
    async fn lifted(request: Request) -> Result<Request, Problem> {
        if !request.headers().contains_key(header::COOKIE) {
            return Err(Code::NotSignedIn.into());
        }
        let (mut parts, body) = request.into_parts();
        let room = FILE_MAX + BYTES_MAX;
        let bytes = to_bytes(body, room).await.map_err(|_| imports::too_large())?;
        let mut read = Request::from_parts(parts.clone(), Body::from(bytes));
        DefaultBodyLimit::disable().apply(&mut read);
        let form = Self::read(read).await.map_err(|_| Problem::from(Code::Malformed))?;
        show_token(&mut parts.headers, form.text("csrf"));
        parts.extensions.insert(form);
        Ok(Request::from_parts(parts, Body::empty()))
    }

    async fn read(request: Request) -> Result<Self, Response> {
        let read = Multipart::from_request(request, &()).await;
        let mut parts = read.map_err(IntoResponse::into_response)?;
        let mut whole = Self::default();
        while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                whole.file = part.bytes().await.map_err(IntoResponse::into_response)?;
            } else {
                let text = part.text().await.map_err(IntoResponse::into_response)?;
                whole.form.fields.push((name, text));
            }
        }
        Ok(whole)
    }
}

impl FromRequestParts<App> for FileForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        parts.extensions.remove().ok_or_else(|| Code::UnsupportedMedia.into())
    }
}

/// Takes what a form sends only from our own pages, and puts the token of its page where
/// [`Signed`](crate::signed::Signed) looks for it.
pub(super) async fn lifted(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    if !is_own(request.headers()) {
        return Problem::from(Code::CsrfMissing).into_response();
    }
    if is(request.headers(), "multipart/form-data") {
        return match FileForm::lifted(request).await {
            Ok(request) => next.run(request).await,
            Err(problem) => problem.into_response(),
        };
    }
    let (mut parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BYTES_MAX).await else {
        return Problem::from(Code::TooLarge).into_response();
    };
    let form = Form::read(&bytes, "").unwrap_or_default();
    show_token(&mut parts.headers, form.text("csrf"));
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

/// Puts the token of a page where it is looked for, and nothing else that was there.
fn show_token(headers: &mut HeaderMap, token: Option<&str>) {
    headers.remove(CSRF);
    let token = token.and_then(|token| HeaderValue::from_str(token).ok());
    headers.extend(token.map(|token| (header::HeaderName::from_static(CSRF), token)));
}

/// Whether a browser says that our own page sent this; browsers that say nothing are older than
/// the cookies that other sites cannot send.
fn is_own(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = said("origin") else { return true };
    let host = said("host").unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, from)| from == host)
}

/// An address on this server; the first page for one that lies elsewhere.
pub(crate) fn local(address: &str) -> &str {
    let inside = address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains('\\')
        && address.bytes().all(|byte| byte.is_ascii_graphic());
    if inside { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_trimmed_and_empty_ones_missing() {
        let form = Form::read(b"a=+x+&b=&c=1&c=2&r.k=v", "/p").unwrap();
        assert_eq!(form.text("a"), Some("x"));
        assert_eq!(form.text("b"), None);
        assert_eq!(form.texts("c").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(form.key().unwrap_err().code, Code::KeyMissing);
        assert_eq!(form.need("b").unwrap_err().place.as_deref(), Some("b"));
    }

    #[test]
    fn a_changed_form_is_another_write_and_the_same_one_is_not() {
        let key = |text: &str, path| Form::read(text.as_bytes(), path).unwrap().key().unwrap().key;
        assert_eq!(key("key=1&a=1", "/p"), key("key=1&a=1", "/p"));
        assert_ne!(key("key=1&a=1", "/p"), key("key=1&a=2", "/p"));
        assert_ne!(key("key=1&a=1", "/p"), key("key=2&a=1", "/p"));
        assert_ne!(key("key=1&a=1", "/p"), key("key=1&a=1", "/q"));
    }

    #[test]
    fn only_addresses_of_this_server_are_gone_to() {
        for inside in ["/", "/my?x=1", "/residents/1#a"] {
            assert_eq!(local(inside), inside);
        }
        for outside in ["//evil", "https://evil", "/\\evil", "evil", "", "/a\nb", "/ä"] {
            assert_eq!(local(outside), "/");
        }
    }

    #[test]
    fn what_another_site_sends_is_not_ours() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| {
                    (header::HeaderName::from_static(name), HeaderValue::from_static(value))
                })
                .collect::<HeaderMap>()
        };
        assert!(is_own(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_own(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!is_own(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(is_own(&headers(&[("origin", "http://a:1"), ("host", "a:1")])));
        assert!(!is_own(&headers(&[("origin", "http://b"), ("host", "a:1")])));
        assert!(!is_own(&headers(&[("origin", "null"), ("host", "a:1")])));
        assert!(is_own(&headers(&[])));
    }
}
