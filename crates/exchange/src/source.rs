//! The text of a file and the encoding it was written in. Recognised, never guessed: what is
//! valid UTF-8 is UTF-8, what has a byte order mark is what the mark says, what is otherwise
//! valid GB18030 is GB18030, and everything else is unreadable. Knows nothing of tables.

use std::{fmt, str};

use encoding_rs::{DecoderResult, GB18030};

use crate::unreadable::{FileFault, Place};

/// How the characters of a file were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Bom,
    /// UTF-16, the low byte first, after a byte order mark.
    Utf16Le,
    /// UTF-16, the high byte first, after a byte order mark.
    Utf16Be,
    /// GB18030, of which GBK and GB2312 are subsets.
    Gb18030,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf8Bom => "UTF-8 (BOM)",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gb18030 => "GB18030",
        })
    }
}

/// A decoded file.
pub(crate) struct Source {
    pub(crate) encoding: Encoding,
    whole: String,
    start: usize,
}

impl Source {
    /// What was text from the first.
    pub(crate) const fn plain(whole: String) -> Self {
        Self { encoding: Encoding::Utf8, whole, start: 0 }
    }

    /// The text, without a byte order mark.
    pub(crate) fn text(&self) -> &str {
        self.whole.get(self.start..).unwrap_or_default()
    }
}

const BOM: &str = "\u{FEFF}";

/// First bytes of files that people save or send instead of a CSV.
const MAGIC: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "XLSX/ZIP"),
    (b"\xD0\xCF\x11\xE0", "XLS"),
    (b"PAR1", "Parquet"),
    (b"%PDF", "PDF"),
    (b"\x1F\x8B", "GZIP"),
];

pub(crate) fn decode(bytes: Vec<u8>) -> Result<Source, FileFault> {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FileFault::OtherFormat { format });
    }
    let source = if bytes.starts_with(b"\xFF\xFE") {
        utf16(&bytes, Encoding::Utf16Le, u16::from_le_bytes)
    } else if bytes.starts_with(b"\xFE\xFF") {
        utf16(&bytes, Encoding::Utf16Be, u16::from_be_bytes)
    } else {
        utf8_or_gb18030(bytes)
    }?;
    let text = source.text();
    if text.trim_matches([' ', '\t', '\r', '\n', '\u{3000}']).is_empty() {
        return Err(FileFault::Empty);
    }
    let header = text.bytes().take_while(|&byte| byte != b'\r' && byte != b'\n');
    match header.into_iter().position(|byte| byte == 0) {
        Some(_) => Err(FileFault::Binary),
        None => Ok(source),
    }
}

fn utf16(bytes: &[u8], encoding: Encoding, unit: fn([u8; 2]) -> u16) -> Result<Source, FileFault> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let units = pairs.iter().skip(1).map(|&pair| unit(pair));
    let mut whole = String::with_capacity(bytes.len());
    let mut at = 2;
    for decoded in char::decode_utf16(units) {
        match decoded {
            Ok(character) => {
                whole.push(character);
                at += 2 * character.len_utf16();
            }
            Err(_) if at + 2 >= bytes.len() - odd.len() => {
                return Err(FileFault::CutCharacter { encoding });
            }
            Err(_) => {
                let line = 1 + line_ends(whole.as_bytes());
                return Err(FileFault::UnknownByte(Place { offset: number(at), line }));
            }
        }
    }
    if odd.is_empty() {
        Ok(Source { encoding, whole, start: 0 })
    } else {
        Err(FileFault::CutCharacter { encoding })
    }
}

fn utf8_or_gb18030(bytes: Vec<u8>) -> Result<Source, FileFault> {
    let error = match String::from_utf8(bytes) {
        Ok(whole) if whole.starts_with(BOM) => {
            return Ok(Source { encoding: Encoding::Utf8Bom, whole, start: BOM.len() });
        }
        Ok(whole) => return Ok(Source { encoding: Encoding::Utf8, whole, start: 0 }),
        Err(error) => error,
    };
    let (valid, bytes) = (error.utf8_error().valid_up_to(), error.as_bytes());
    let has_bom = bytes.starts_with(BOM.as_bytes());
    // Only the last character is incomplete. Characters of several bytes before it that all fit
    // UTF-8 show that it is no GB18030, even where the bytes happen to fit that as well.
    let cut = error.utf8_error().error_len().is_none();
    let utf8_before = bytes.get(..valid).is_some_and(|before| !before.is_ascii());
    if cut && utf8_before {
        return Err(FileFault::CutCharacter { encoding: Encoding::Utf8 });
    }
    let unknown = |at: usize| {
        let line = 1 + line_ends(bytes.get(..at).unwrap_or(bytes));
        FileFault::UnknownByte(Place { offset: number(at), line })
    };
    if has_bom {
        return Err(unknown(valid));
    }
    match gb18030(bytes) {
        Ok(whole) => {
            let start = if whole.starts_with(BOM) { BOM.len() } else { 0 };
            Ok(Source { encoding: Encoding::Gb18030, whole, start })
        }
        Err(_) if cut => Err(FileFault::CutCharacter { encoding: Encoding::Utf8 }),
        Err(Gb18030Error::Cut) => Err(FileFault::CutCharacter { encoding: Encoding::Gb18030 }),
        Err(Gb18030Error::At(_)) if bytes.iter().take(1024).any(|&byte| byte == 0) => {
            Err(FileFault::Binary)
        }
        Err(Gb18030Error::At(at)) => Err(unknown(at.max(valid))),
    }
}

enum Gb18030Error {
    /// A byte that fits no character, at this offset.
    At(usize),
    /// The last character is incomplete.
    Cut,
}

fn gb18030(bytes: &[u8]) -> Result<String, Gb18030Error> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut whole = String::with_capacity(room.unwrap_or(bytes.len()));
    let mut rest = bytes;
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut whole, false);
        rest = rest.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => whole.reserve(rest.len().max(16)),
            DecoderResult::Malformed(bad, after) => {
                let back = rest.len() + usize::from(bad) + usize::from(after);
                return Err(Gb18030Error::At(bytes.len().saturating_sub(back)));
            }
        }
    }
    whole.reserve(16);
    match decoder.decode_to_string_without_replacement(&[], &mut whole, true).0 {
        DecoderResult::InputEmpty => Ok(whole),
        DecoderResult::OutputFull | DecoderResult::Malformed(..) => Err(Gb18030Error::Cut),
    }
}

/// How many lines end in `bytes`: `\n`, `\r\n` and a lone `\r` count once each.
pub(crate) fn line_ends(bytes: &[u8]) -> u64 {
    let feeds = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    let returns = pairs.filter(|&(&byte, &next)| byte == b'\r' && next != b'\n').count();
    number(feeds + returns + usize::from(bytes.last() == Some(&b'\r')))
}

/// A length or offset as it is shown.
pub(crate) fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
