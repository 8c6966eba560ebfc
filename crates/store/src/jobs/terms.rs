//! How the points of each scheme end by themselves, as its published versions say.

use std::collections::HashMap;

use kangji_core::Span;
use kangji_rules::scheme::{Expiry, Scheme};

/// How the points of a scheme end by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryTerms {
    /// Whether the scheme clears its accounts at the end of the year (T17).
    pub year_end: bool,
    /// The article that says so.
    pub article: String,
}

impl ExpiryTerms {
    /// Those of each scheme, by the newest version that says so: what was earned under an older
    /// one still expires when the newest has no expiry any more.
    #[must_use]
    pub fn of_schemes(schemes: &[Vec<Scheme>]) -> HashMap<String, Self> {
        let newest = |versions: &Vec<Scheme>| {
            let (version, expiry) =
                versions.iter().rev().find_map(|version| Some((version, version.expiry?)))?;
            let article = format!("{}：积分有效期为{}", version.title, lasts(expiry));
            let year_end = matches!(expiry, Expiry::YearEnd { .. });
            Some((version.id.clone(), Self { year_end, article }))
        };
        schemes.iter().filter_map(newest).collect()
    }
}

fn lasts(expiry: Expiry) -> String {
    match expiry {
        Expiry::After(span) => format!("从得分那天起{}", length(span)),
        Expiry::YearEnd { grace: None } => "到当年年底".to_owned(),
        Expiry::YearEnd { grace: Some(grace) } => format!("到当年年底再过{}", length(grace)),
    }
}

fn length(span: Span) -> String {
    match span {
        Span::Days(number) => format!("{number}天"),
        Span::Months(number) => format!("{number}个月"),
        Span::Years(number) => format!("{number}年"),
    }
}
