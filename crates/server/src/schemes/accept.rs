//! In which form somebody wants a scheme: the `Accept` of RFC 9110, for three forms.

use axum::http::{HeaderMap, header};

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Html,
    Markdown,
}

impl Form {
    /// In the order in which they are preferred where a caller has no preference.
    const ALL: [Self; 3] = [Self::Json, Self::Html, Self::Markdown];

    /// What it is called.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Markdown => "markdown",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
        }
    }

    /// The one a caller wants most. Who wants none of them gets data, which says so itself.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges: Vec<(&str, u32)> =
            values.flat_map(|value| value.split(',')).filter_map(range).collect();
        let mut best = (Self::Json, 0);
        for form in Self::ALL {
            let weight = form.weight(&ranges);
            if weight > best.1 {
                best = (form, weight);
            }
        }
        best.0
    }

    /// How much it is wanted: what the most exact range says.
    fn weight(self, ranges: &[(&str, u32)]) -> u32 {
        let kind = self.kind();
        let family = kind.split('/').next().unwrap_or_default();
        let exactness = |range: &str| match range.split_once('/') {
            Some(_) if range.eq_ignore_ascii_case(kind) => Some(2),
            Some((wide, "*")) if wide.eq_ignore_ascii_case(family) => Some(1),
            Some(("*", "*")) => Some(0),
            _ => None,
        };
        let fitting =
            ranges.iter().filter_map(|(range, weight)| Some((exactness(range)?, *weight)));
        fitting.max_by_key(|(exact, _)| *exact).map_or(0, |(_, weight)| weight)
    }
}

/// A media range and its weight in thousandths.
fn range(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().filter(|kind| !kind.is_empty())?;
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let Some(weight) = weight else { return Some((kind, 1000)) };
    let (whole, places) = weight.split_once('.').unwrap_or((weight, ""));
    let thousandths = format!("{places:0<3}").get(..3)?.parse().unwrap_or(0);
    Some((kind, if whole == "1" { 1000 } else { thousandths }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_most_wanted_is_given() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let cases = [
            ("", Form::Json),
            ("*/*", Form::Json),
            (browser, Form::Html),
            ("text/markdown", Form::Markdown),
            ("text/*", Form::Html),
            ("text/*, text/html;q=0", Form::Markdown),
            ("application/json;q=0.5, text/markdown;q=0.51", Form::Markdown),
            ("image/png", Form::Json),
            ("TEXT/HTML;Q=1.000", Form::Html),
            (";;,q=,\u{7f}", Form::Json),
        ];
        for (accept, form) in cases {
            let mut headers = HeaderMap::new();
            headers.extend(accept.parse().ok().map(|value| (header::ACCEPT, value)));
            assert_eq!(Form::wanted(&headers), form, "{accept}");
        }
    }
}
