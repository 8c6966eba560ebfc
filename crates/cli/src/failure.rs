//! How a command ends: with or without findings, or not at all.

use std::{io, path::PathBuf};

use kangji_store::Location;

/// Whether a command that ran to its end found something to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Findings {
    None,
    Some,
}

impl Findings {
    pub(crate) const fn if_any(any: bool) -> Self {
        if any { Self::Some } else { Self::None }
    }
}

/// Why a command could not run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file that cannot be opened or read.
    #[error("读不了 {path}：{error}")]
    Read { path: PathBuf, error: io::Error },
    /// A file that cannot be written; nothing is left under its name.
    #[error("写不了 {path}：{error}")]
    Write { path: PathBuf, error: io::Error },
    /// The screen or pipe that cannot be written.
    #[error("输出中断：{0}")]
    Output(#[from] io::Error),
    /// A file that is no text, or not what it should be.
    #[error("{path}：{reason}")]
    Unreadable { path: PathBuf, reason: String },
    /// A database that does not do what was asked.
    #[error("数据库 {location}：{reason}")]
    Database { location: Location, reason: String },
    /// Inputs that do not fit together.
    #[error("{0}")]
    Usage(String),
}
