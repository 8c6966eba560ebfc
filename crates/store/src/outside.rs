//! The file of checkpoints outside the database: one line for each, only ever appended to. It
//! must not know the database, for whoever can change one must not reach the other.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use kangji_ledger::checkpoint::{LineError, Signed};

use crate::store::{Store, StoreError};

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The file cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// This line, counted from 1, is not one of a checkpoint.
    #[error("line `{line}` is not one of a checkpoint: {why}")]
    Line {
        /// Its number.
        line: usize,
        /// What is wrong.
        why: LineError,
    },
    /// The last line, with this number, has no end: somebody was stopped while writing it. It can
    /// be removed; the checkpoint is in the database.
    #[error("line `{line}`, the last one, was not written to its end")]
    Unfinished {
        /// Its number.
        line: usize,
    },
}

/// Why the file is not complete.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] OutsideError),
    /// The file does not begin with the checkpoints of the database, or has more: the database was
    /// put back to an older state, or it is another one's file.
    #[error("the file holds other checkpoints than the database")]
    Differs,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Appends every checkpoint of the database that the file lacks; how many they were. The file is
/// made if it is not there. Whoever was stopped between making a checkpoint and keeping its line
/// is caught up with here.
///
/// # Errors
/// Where the database or the file fails, or the two do not belong together.
pub fn keep(store: &Store, path: &Path) -> Result<usize, KeepError> {
    let kept = if path.exists() { read(path)? } else { Vec::new() };
    let inside = store.checkpoints()?;
    let same = kept.iter().zip(&inside).all(|(one, other)| one.checkpoint == other.checkpoint);
    let missing = inside.get(kept.len()..).filter(|_| same).ok_or(KeepError::Differs)?;
    for signed in missing {
        append(path, signed)?;
    }
    Ok(missing.len())
}

/// Appends the line of a checkpoint and waits until it is on the disk. The file is made if it is
/// not there.
///
/// # Errors
/// Where the file cannot be written, or its last line is unfinished; then nothing is written.
pub fn append(path: &Path, signed: &Signed) -> Result<(), OutsideError> {
    let new = !path.exists();
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            let line = std::fs::read(path)?.split(|byte| *byte == b'\n').count();
            return Err(OutsideError::Unfinished { line });
        }
    }
    // One call, so that a process that is stopped leaves all of the line or nothing.
    file.write_all(format!("{signed}\n").as_bytes())?;
    file.sync_all()?;
    if new {
        sync_folder(path)?;
    }
    Ok(())
}

/// The checkpoints of the file, in its order.
///
/// # Errors
/// Where the file cannot be read, or a line is not one of a checkpoint.
pub fn read(path: &Path) -> Result<Vec<Signed>, OutsideError> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut all = Vec::new();
    for (line, content) in (1..).zip(text.split_inclusive('\n')) {
        let whole = content.strip_suffix('\n').ok_or(OutsideError::Unfinished { line })?;
        all.push(whole.parse().map_err(|why| OutsideError::Line { line, why })?);
    }
    Ok(all)
}

/// Makes a new name in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
