//! What is sent: JSON bodies, queries and paths whose faults are told by place, and writes with
//! their idempotency key.

use std::fmt::Display;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use kangji_ledger::Hash;
use kangji_store::IdempotencyKey;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error},
};
use utoipa::IntoParams;

use crate::{
    app::App,
    problem::{Code, Problem},
};

/// The header with the key of a write.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What a write has to say in its headers, for the description of the API.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub struct WriteHeaders {
    /// The write is done once under this key: one to 128 visible ASCII characters, new for each
    /// write, the same when it is sent again.
    #[param(rename = "Idempotency-Key", min_length = 1, max_length = 128, pattern = "^[!-~]+$")]
    idempotency_key: String,
}

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

/// A JSON body of a write, with the key under which it is done once.
#[derive(Clone, Debug)]
pub struct Write<T> {
    /// What was sent.
    pub body: T,
    /// The key.
    pub key: IdempotencyKey,
}

/// The values after the question mark.
#[derive(Clone, Copy, Debug)]
pub struct Search<T>(pub T);

/// The ids in the address.
#[derive(Clone, Copy, Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        is_json(request.headers())?;
        Ok(Self(read(&bytes(request, app).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Write<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        is_json(request.headers())?;
        let key = key(request.headers())?;
        let method = request.method().as_str().to_owned();
        let path = request.uri().path().to_owned();
        let bytes = bytes(request, app).await?;
        let body = read(&bytes)?;
        let parts: [&[u8]; 5] = [method.as_bytes(), b" ", path.as_bytes(), b"\n", &bytes];
        Ok(Self { body, key: IdempotencyKey { key, input: Hash::of(&parts) } })
    }
}

/// A write without a body.
#[derive(Clone, Debug)]
pub struct Order(pub IdempotencyKey);

impl FromRequestParts<App> for Order {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let key = key(&parts.headers)?;
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        let input = Hash::of(&[method.as_bytes(), b" ", path.as_bytes()]);
        Ok(Self(IdempotencyKey { key, input }))
    }
}

/// A whole number as JSON has it: `600` and `600.0` are the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Whole(pub(crate) u32);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = serde_json::Number::deserialize(from)?.to_string();
        let digits = text.strip_suffix(".0").unwrap_or(&text);
        digits.parse().map(Self).map_err(|_| D::Error::custom("not a whole number"))
    }
}

/// A line of text: one to so many characters, none of them a control character.
///
/// # Errors
/// Where it is not, with its place.
pub fn line(place: &str, text: &str, length_max: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    if (1..=length_max).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Problem::invalid(place, format!("需要 1 到 {length_max} 个字符，不含换行等控制字符")))
}

/// How many things a page of a list has, of what was asked for.
///
/// # Errors
/// Where it is none of 1 to 200.
pub fn page_size<N: From<u8> + PartialOrd>(asked: Option<N>) -> Result<N, Problem> {
    let size = asked.unwrap_or(N::from(50));
    let possible = size >= N::from(1) && size <= N::from(200);
    possible.then_some(size).ok_or_else(|| Problem::invalid("limit", "每页 1 到 200 条"))
}

/// The key of a write.
///
/// # Errors
/// Where there is none, or it is not one to 128 visible characters.
pub fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|value| value.to_str().ok());
    let visible = |key: &&str| {
        (1..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    key.filter(visible).map(ToOwned::to_owned).ok_or(Problem::from(Code::KeyMissing))
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    let plain = !headers.contains_key(header::CONTENT_ENCODING);
    let json = essence.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    if json && plain { Ok(()) } else { Err(Code::UnsupportedMedia.into()) }
}

async fn bytes(request: Request, app: &App) -> Result<Bytes, Problem> {
    Bytes::from_request(request, app).await.map_err(|error: BytesRejection| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge.into(),
        _ => Code::Malformed.into(),
    })
}

/// Reads JSON.
///
/// # Errors
/// Where it is none, or not of the form; the place is told, what was sent is not repeated.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // No text of a database holds this character.
    if bytes.windows(6).any(|six| six == b"\\u0000") {
        return Err(Problem::from(Code::Malformed).saying("文字里不能有 U+0000"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        let error = error.into_inner();
        let code = if error.is_data() { Code::Invalid } else { Code::Malformed };
        let detail =
            format!("第 {} 行第 {} 个字符：不是接口说明要求的内容", error.line(), error.column());
        Problem { place: (place != ".").then_some(place), ..Problem::from(code).saying(detail) }
    })?;
    reader.end().map_err(|_| Problem::from(Code::Malformed))?;
    Ok(value)
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Search<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(unreadable("query", &"a text with U+0000"));
        }
        let query = Query::from_request_parts(parts, app).await;
        query.map(|Query(query)| Self(query)).map_err(|error| unreadable("query", &error))
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // An id that is none names nothing.
        if parts.uri.path().contains("%00") {
            return Err(Code::NotFound.into());
        }
        let path = Path::from_request_parts(parts, app).await;
        path.map(|Path(path)| Self(path)).map_err(|_| Code::NotFound.into())
    }
}

fn unreadable(place: &str, error: &impl Display) -> Problem {
    tracing::debug!(%error, "a request cannot be read");
    Problem { place: Some(place.to_owned()), ..Problem::from(Code::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_have_a_point() {
        for text in ["600", "600.0", "6e2"] {
            assert_eq!(serde_json::from_str::<Whole>(text).ok(), Some(Whole(600)), "{text}");
        }
        for text in ["600.5", "-1", "4294967296", "1e300", "\"600\"", "null"] {
            assert!(serde_json::from_str::<Whole>(text).is_err(), "{text}");
        }
    }
}
