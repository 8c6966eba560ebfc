//! What can go wrong with a database, in the classes that call for different answers.

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Another transaction came first: read and decide again.
    Conflict,
    /// Another transaction held on for too long: try again.
    Busy,
    /// The connection is lost or the server cannot answer now: connect again and try again. What
    /// was being committed may be committed.
    Unavailable,
    /// The disk is full.
    Full,
    /// What is stored does not have the shape that the program expects.
    Shape,
    /// Trying again will not help.
    Other,
}

/// An error of the database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{prefix}{text}", prefix = self.class.prefix())]
pub struct SqlError {
    class: Class,
    text: Box<str>,
}

impl SqlError {
    pub(crate) fn new(class: Class, text: impl Into<Box<str>>) -> Self {
        Self { class, text: text.into() }
    }

    pub(crate) fn other(text: impl Into<Box<str>>) -> Self {
        Self::new(Class::Other, text)
    }

    pub(crate) fn shape(text: impl Into<Box<str>>) -> Self {
        Self::new(Class::Shape, text)
    }

    /// What to do about it.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }
}

impl Class {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Conflict => "another transaction came first: ",
            Self::Busy => "the database is busy: ",
            Self::Unavailable => "the database is not available: ",
            Self::Full => "the disk of the database is full: ",
            Self::Shape => "the database holds something unexpected: ",
            Self::Other => "the database refuses: ",
        }
    }
}
