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
    /// Begins a file, and the folders it lies in. A pipe or device such as `/dev/stdout` is
    /// written straight away, for it has no other name.
    pub(crate) fn create(path: PathBuf) -> Result<Self, Failure> {
        if fs::metadata(&path).is_ok_and(|known| !known.is_file() && !known.is_dir()) {
            return match File::options().write(true).open(&path) {
                Ok(file) => Ok(Self { unfinished: path.clone(), path, file: Some(buffered(file)) }),
                Err(error) => Err(Failure::Write { path, error }),
            };
        }
        let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
        name.push(".unfinished");
        let unfinished = path.with_file_name(name);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        match made.and_then(|()| File::create(&unfinished)) {
            Ok(file) => Ok(Self { path, unfinished, file: Some(buffered(file)) }),
            Err(error) => Err(Failure::Write { path, error }),
        }
    }

    /// Puts the file under its own name.
    pub(crate) fn finish(mut self) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let written = file.flush().and_then(|()| {
            if self.is_written_in_place() {
                return Ok(());
            }
            file.get_ref().sync_all()?;
            fs::rename(&self.unfinished, &self.path)
        });
        written.map_err(|error| {
            self.remove();
            Failure::Write { path: self.path.clone(), error }
        })
    }

    fn is_written_in_place(&self) -> bool {
        self.unfinished == self.path
    }

    fn remove(&self) {
        if !self.is_written_in_place() {
            // The name is ours; that it cannot be removed changes nothing about what went wrong.
            let _ = fs::remove_file(&self.unfinished);
        }
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
            self.remove();
        }
    }
}

fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 18, file)
}

/// Makes the folders that a file will lie in, where somebody else makes the file.
pub(crate) fn folders_of(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), fs::create_dir_all);
    made.map_err(|error| Failure::Write { path: path.to_owned(), error })
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
