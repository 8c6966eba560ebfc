//! Reading and writing whole files.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// The bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::Read { path: path.to_owned(), error })
}

/// The text of a UTF-8 file, without a byte order mark.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let bytes = read(path)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().get(..at).unwrap_or_default();
        let line = line.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let reason = format!("第 {line} 行不是 UTF-8 文字；请用编辑器另存为 UTF-8 再试");
        Failure::Unreadable { path: path.to_owned(), reason }
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// A file that is being written under another name: until all of it is on disk nothing new
/// stands under its own. Dropped unfinished, it leaves nothing behind.
pub(crate) struct Unfinished {
    path: PathBuf,
    unfinished: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Unfinished {
    /// Begins a file, and the folders it lies in.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
        name.push(".unfinished");
        let unfinished = path.with_file_name(name);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        match made.and_then(|()| File::create(&unfinished)) {
            Ok(file) => {
                let file = Some(BufWriter::with_capacity(1 << 18, file));
                Ok(Self { path, unfinished, file })
            }
            Err(error) => Err(Failure::Write { path, error }),
        }
    }

    /// Puts the file under its own name.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let written = file
            .flush()
            .and_then(|()| file.get_ref().sync_all())
            .and_then(|()| fs::rename(&self.unfinished, &self.path));
        written.map_err(|error| {
            remove(&self.unfinished);
            Failure::Write { path: self.path.clone(), error }
        })
    }
}

impl Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(io::Error::other("the file is finished")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            remove(&self.unfinished);
        }
    }
}

fn remove(unfinished: &Path) {
    // The name is ours; that it cannot be removed changes nothing about what went wrong.
    let _ = fs::remove_file(unfinished);
}

/// Writes a file as a whole.
pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut Unfinished) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut file = Unfinished::create(path.to_owned())?;
    content(&mut file).map_err(|error| Failure::Write { path: path.to_owned(), error })?;
    file.finish()
}
