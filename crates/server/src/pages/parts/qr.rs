//! QR codes as vector pictures.

use fast_qr::QRBuilder;
use maud::{Markup, html};

/// Blank modules around a code, as ISO/IEC 18004 asks for.
const MARGIN: usize = 4;

/// A text as a QR code; nothing for what is too long for one.
pub(crate) fn qr(text: &str) -> Markup {
    let Ok(code) = QRBuilder::new(text).build() else { return html! {} };
    let side = code.size + 2 * MARGIN;
    let mut dark = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = 0;
        // One shape for each run of dark modules.
        for run in row.chunk_by(|one, other| one.value() == other.value()) {
            if run.first().is_some_and(|module| module.value()) {
                let (left, top, length) = (x + MARGIN, y + MARGIN, run.len());
                dark.push_str(&format!("M{left} {top}h{length}v1h-{length}z"));
            }
            x += run.len();
        }
    }
    html! {
        svg.qr viewBox=(format!("0 0 {side} {side}")) role="img" aria-label="二维码"
            shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(dark) fill="#000" {}
        }
    }
}
