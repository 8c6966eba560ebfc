//! The style and the script of all pages, bundled from `assets/` by `cargo xtask assets` and held
//! in the program. Their addresses name their content, so that browsers keep them for good.

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use kangji_ledger::Hash;

use super::open::Open;
use crate::{
    app::App,
    problem::{Code, Problem},
};

struct Asset {
    name: String,
    kind: &'static str,
    text: &'static str,
}

impl Asset {
    fn new(stem: &str, ending: &str, kind: &'static str, text: &'static str) -> Self {
        let hash = Hash::of(&[text.as_bytes()]).to_string();
        let short = hash.get(..16).unwrap_or_default();
        Self { name: format!("{stem}-{short}.{ending}"), kind, text }
    }
}

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/dist/kangji.css");
    Asset::new("kangji", "css", "text/css; charset=utf-8", text)
});

static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/dist/kangji.js");
    Asset::new("kangji", "js", "text/javascript; charset=utf-8", text)
});

static CHARTS: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/dist/charts.js");
    Asset::new("charts", "js", "text/javascript; charset=utf-8", text)
});

static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../assets/src/icon.svg");
    Asset::new("icon", "svg", "image/svg+xml", text)
});

/// Where the style is.
pub(super) fn style() -> String {
    address(&STYLE)
}

/// Where the script is.
pub(super) fn script() -> String {
    address(&SCRIPT)
}

/// Where the script is that draws charts.
pub(super) fn charts() -> String {
    address(&CHARTS)
}

/// Where the icon is.
pub(super) fn icon() -> String {
    address(&ICON)
}

fn address(asset: &Asset) -> String {
    format!("/assets/{}", asset.name)
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>) -> Result<Response, Problem> {
    let all = [&*STYLE, &*SCRIPT, &*CHARTS, &*ICON];
    let asset = all.into_iter().find(|asset| asset.name == name).ok_or(Code::NotFound)?;
    let kept = "public, max-age=31536000, immutable";
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, kept)];
    Ok((Extension(Open), headers, asset.text).into_response())
}
