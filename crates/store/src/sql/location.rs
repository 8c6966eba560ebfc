//! Where a database is. What is printed never holds a password.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// The file of an SQLite database.
    File(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(String),
}

/// A text with the scheme `postgres` or `postgresql` is a URL, any other one a path.
impl FromStr for Location {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let url = ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme));
        Ok(if url { Self::Postgres(text.to_owned()) } else { Self::File(text.into()) })
    }
}

/// The path, or the URL without user, password and parameters.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                // A password may hold any of the other separators, so the last `@` ends it.
                let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
                write!(f, "postgres://{}", rest.split(['?', '#']).next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(text: &str) -> Location {
        let Ok(location) = text.parse();
        location
    }

    #[test]
    fn urls_are_postgres_and_everything_else_is_a_path() {
        assert_eq!(location("ledger.db"), Location::File("ledger.db".into()));
        assert_eq!(location("postgres.db"), Location::File("postgres.db".into()));
        for url in ["postgres://h/d", "postgresql://h/d"] {
            assert_eq!(location(url), Location::Postgres(url.to_owned()));
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for url in
            ["postgres://u:se@/cret@h:5/d?x=1", "postgresql://h:5/d?password=secret&user=cret"]
        {
            assert_eq!(location(url).to_string(), "postgres://h:5/d");
            assert_eq!(format!("{:?}", location(url)), "Location(postgres://h:5/d)");
        }
    }
}
