//! `kangji scheme check`: everything that is wrong with scheme documents, each at its place.

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use kangji_rules::document::{self, Document, Problem, line_and_column};
use serde_json::json;

use crate::{
    args::{CommonArgs, Format},
    failure::{Failure, Findings},
    files, inputs,
    output::{self, Column},
};

const COLUMNS: [Column; 7] = [
    ("file", "文件"),
    ("line", "行"),
    ("column", "列"),
    ("code", "种类"),
    ("advice", "仅建议"),
    ("message", "问题"),
    ("remedy", "怎么改"),
];

pub(crate) fn run(paths: &[PathBuf], common: &CommonArgs) -> Result<Findings, Failure> {
    let words = inputs::vocabulary(common.vocabulary.as_deref())?;
    let mut out = io::stdout().lock();
    let (mut rows, mut findings) = (Vec::new(), false);
    for path in paths {
        let text = files::read_text(path)?;
        let document = document::read(&text, &words);
        findings |= document.problems.iter().any(|problem| !problem.code.is_advice());
        if common.format == Format::Table {
            write!(out, "{}", rendered(path, &text, &document))?;
        }
        rows.extend(document.problems.iter().map(|problem| {
            let (line, column) = line_and_column(&text, problem.range.start);
            vec![
                json!(path.display().to_string()),
                json!(line),
                json!(column),
                json!(problem.code.word()),
                json!(problem.code.is_advice()),
                json!(problem.message),
                json!(problem.remedy),
            ]
        }));
    }
    if common.format != Format::Table {
        output::rows(common.format, &COLUMNS, &rows, &mut out)?;
    }
    Ok(Findings::if_any(findings))
}

/// The problems of a document with excerpts of its text, and a closing line.
pub(crate) fn rendered(path: &Path, text: &str, document: &Document) -> String {
    let name = path.display().to_string();
    let renderer = if io::stdout().is_terminal() { Renderer::styled() } else { Renderer::plain() };
    let mut all = String::new();
    for problem in &document.problems {
        all.push_str(&excerpt(&renderer, &name, text, problem));
        all.push_str("\n\n");
    }
    let advice = document.problems.iter().filter(|problem| problem.code.is_advice()).count();
    let problems = document.problems.len() - advice;
    let closing = match &document.scheme {
        Some(scheme) => format!(
            "{name}：没有问题。{} 个积分项目，{} 个兑换项目，{} 个例子全部相符{}。\n",
            scheme.awards.len(),
            scheme.items.len(),
            document.examples.len(),
            if advice == 0 { String::new() } else { format!("；另有 {advice} 条建议") }
        ),
        None => format!("{name}：{problems} 个问题。\n"),
    };
    all.push_str(&closing);
    all
}

fn excerpt(renderer: &Renderer, name: &str, text: &str, problem: &Problem) -> String {
    let level = if problem.code.is_advice() {
        Level::WARNING.with_name("建议")
    } else {
        Level::ERROR.with_name("问题")
    };
    // An empty place, as at the end of a file, still has to point at something.
    let end = problem.range.end.min(text.len());
    let range = problem.range.start.min(end)..end;
    let group = level
        .primary_title(problem.message.as_str())
        .id(problem.code.word())
        .element(Snippet::source(text).path(name).annotation(AnnotationKind::Primary.span(range)))
        .element(Level::HELP.with_name("怎么改").message(problem.remedy.as_str()));
    renderer.render(&[group])
}
