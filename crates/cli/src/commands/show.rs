//! `kangji scheme show`: a scheme as a page for residents.

use std::{
    io::{self, Write},
    path::Path,
};

use crate::{
    failure::{Failure, Findings},
    files, inputs,
};

pub(crate) fn run(
    path: &Path,
    out: Option<&Path>,
    vocabulary: Option<&Path>,
) -> Result<Findings, Failure> {
    let words = inputs::vocabulary(vocabulary)?;
    let (text, document, scheme) = inputs::scheme(path, &words)?;
    let page = kangji_pages::scheme_page(&text, &document, &scheme, &words);
    match out {
        None => io::stdout().lock().write_all(page.as_bytes())?,
        Some(out) => {
            files::write(out, |file| file.write_all(page.as_bytes()))?;
            eprintln!("已写出 {}", out.display());
        }
    }
    Ok(Findings::None)
}
