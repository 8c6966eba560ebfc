//! Opening what scoring needs: vocabulary, scheme versions and input tables.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use kangji_core::{tables::Tables, vocabulary::Vocabulary};
use kangji_exchange::{Input, Inputs, TableReport, Unreadable};
use kangji_rules::{
    document::{self, Document},
    scheme::Scheme,
    score::Program,
};

use crate::{
    args::{InputArgs, TableArgs},
    commands::check::rendered,
    declared,
    failure::Failure,
    files,
    progress::Reading,
};

/// The national vocabulary with the attributes that `path` declares.
pub(crate) fn vocabulary(path: Option<&Path>) -> Result<Vocabulary, Failure> {
    let Some(path) = path else { return Ok(Vocabulary::national()) };
    let text = files::read_text(path)?;
    declared::read(&text).map_err(|reason| Failure::Unreadable { path: path.to_owned(), reason })
}

/// A scheme document without problems.
pub(crate) fn scheme(
    path: &Path,
    words: &Vocabulary,
) -> Result<(String, Document, Scheme), Failure> {
    let text = files::read_text(path)?;
    let document = document::read(&text, words);
    match document.scheme.clone() {
        Some(scheme) => Ok((text, document, scheme)),
        None => {
            eprint!("{}", rendered(path, &text, &document));
            let reason = "办法文件有误，先照上面改好".to_owned();
            Err(Failure::Unreadable { path: path.to_owned(), reason })
        }
    }
}

/// The scheme and the tables.
pub(crate) struct Ready {
    pub(crate) program: Program,
    pub(crate) words: Vocabulary,
    pub(crate) tables: Tables,
    pub(crate) reports: Vec<TableReport>,
}

/// Reads schemes and tables. `None`: see [`tables`].
pub(crate) fn load(args: &InputArgs) -> Result<Option<Ready>, Failure> {
    let words = vocabulary(args.common.vocabulary.as_deref())?;
    let versions = args.scheme.iter().map(|path| scheme(path, &words).map(|(_, _, scheme)| scheme));
    let versions = versions.collect::<Result<Vec<Scheme>, Failure>>()?;
    let program = Program::new(versions).map_err(|error| Failure::Usage(error.to_string()))?;

    let Some(Loaded { tables, reports }) = tables(&args.tables, &words, "没有计算")? else {
        return Ok(None);
    };
    Ok(Some(Ready { program, words, tables, reports }))
}

/// Tables that were read, with how.
pub(crate) struct Loaded {
    pub(crate) tables: Tables,
    pub(crate) reports: Vec<TableReport>,
}

/// Reads tables; reports how each was read and what was refused. `None`: rows were refused, and
/// nobody said to go on without them; `undone` says what was not done then.
pub(crate) fn tables(
    args: &TableArgs,
    words: &Vocabulary,
    undone: &str,
) -> Result<Option<Loaded>, Failure> {
    let inputs = inputs(args)?;
    let mut reading = Reading::new();
    let read = kangji_exchange::read(inputs, words, &mut |at| reading.show(at));
    reading.finish();
    let loaded = read.map_err(|files| unreadable(&files))?;
    report(&loaded.reports);
    if let Some(path) = &args.refused {
        let refused = kangji_exchange::refused_csv(&loaded.reports);
        files::write(path, |file| file.write_all(refused.as_bytes()))?;
    }
    let refused: u64 = loaded.reports.iter().map(|report| report.refused).sum();
    if refused > 0 && !args.skip_refused {
        eprintln!(
            "有 {refused} 行被拒收，{undone}。改好后重来，或加 --skip-refused 只用其余的行。"
        );
        return Ok(None);
    }
    Ok(Some(Loaded { tables: loaded.tables, reports: loaded.reports }))
}

fn inputs(args: &TableArgs) -> Result<Inputs, Failure> {
    let in_folder = |name: &str| args.tables.as_ref().map(|folder| folder.join(name));
    let needed = |named: &Option<PathBuf>, name: &str| {
        let path = named.clone().or_else(|| in_folder(name)).unwrap_or_default();
        input(&path)
    };
    let optional = |named: &Option<PathBuf>, name: &str| {
        let found = in_folder(name).filter(|path| path.exists());
        named.clone().or(found).map(|path| input(&path)).transpose()
    };
    Ok(Inputs {
        residents: needed(&args.residents, "residents.csv")?,
        records: needed(&args.records, "records.csv")?,
        metrics: optional(&args.metrics, "metrics.csv")?,
        confirmations: optional(&args.confirmations, "confirmations.csv")?,
        sanctions: optional(&args.sanctions, "sanctions.csv")?,
    })
}

fn input(path: &Path) -> Result<Input, Failure> {
    Ok(Input { name: path.display().to_string(), bytes: files::read(path)? })
}

fn unreadable(files: &[Unreadable]) -> Failure {
    let lines: Vec<String> = files.iter().map(Unreadable::chinese).collect();
    Failure::Usage(lines.join("\n"))
}

/// How many refused rows are shown; the file of `--refused` has all of them.
const SHOWN_MAX: usize = 50;

fn report(reports: &[TableReport]) {
    for report in reports {
        eprintln!(
            "{}：{}，{}，{} 行，收下 {} 行，拒收 {} 行",
            report.file,
            report.encoding,
            report.line_ends,
            report.rows,
            report.accepted,
            report.refused
        );
        for row in report.refused_rows.iter().take(SHOWN_MAX) {
            for fault in &row.faults {
                eprintln!("  {} 第 {} 行 {}", report.file, row.line, fault.chinese());
            }
        }
        let more = report.refused.saturating_sub(SHOWN_MAX as u64);
        if more > 0 {
            eprintln!("  ……另有 {more} 行，用 --refused FILE 写出全部");
        }
    }
}
