//! `kangji scheme diff`: what changes for people between two versions.

use std::{io, path::Path};

use kangji_rules::diff::diff;
use serde_json::json;

use crate::{
    args::{CommonArgs, Format},
    failure::{Failure, Findings},
    inputs,
    output::{self, Column},
};

const COLUMNS: [Column; 4] =
    [("change", "变化"), ("id", "编号"), ("name", "名称"), ("sentence", "说明")];

pub(crate) fn run(old: &Path, new: &Path, common: &CommonArgs) -> Result<Findings, Failure> {
    let words = inputs::vocabulary(common.vocabulary.as_deref())?;
    let (_, _, old_scheme) = inputs::scheme(old, &words)?;
    let (_, _, new_scheme) = inputs::scheme(new, &words)?;
    if old_scheme.id != new_scheme.id {
        let (old, new) = (&old_scheme.id, &new_scheme.id);
        return Err(Failure::Usage(format!("`{old}` 与 `{new}` 不是同一个办法的版本：id 不同")));
    }
    let changes = diff(&old_scheme, &new_scheme, &words);
    if changes.is_empty() && common.format == Format::Table {
        println!("对居民没有变化。");
        return Ok(Findings::None);
    }
    let row = |change: &kangji_rules::diff::Change| {
        let what = match common.format {
            Format::Table => change.what.label(),
            _ => change.what.word(),
        };
        vec![json!(what), json!(change.id), json!(change.name), json!(change.sentence)]
    };
    let rows: Vec<Vec<serde_json::Value>> = changes.iter().map(row).collect();
    output::rows(common.format, &COLUMNS, &rows, &mut io::stdout().lock())?;
    Ok(Findings::None)
}
