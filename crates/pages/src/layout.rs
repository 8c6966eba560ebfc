//! The frame of every page: head, content policy, style. Knows nothing of what a page shows.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// The content security policy of every page: nothing may be loaded or run, and only the page's
/// own style holds.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

const STYLE: &str = include_str!("page.css");

/// A whole page around `body`, which brings its own landmarks; its main part has the id `main`.
pub(super) fn page(title: &str, class: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body class=(class) {
                a.skip href="#main" { "跳到正文" }
                (body)
            }
        }
    };
    page.into_string()
}
