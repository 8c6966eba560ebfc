//! `kangji explain`: one person's statement in plain words.

use std::{
    io::{self, Write},
    num::NonZeroUsize,
};

use kangji_rules::{
    explain::{Explanation, Line, Statement, Viewer, statement},
    score::{Facts, Options, score},
};
use serde_json::{Value, json};

use crate::{
    args::{ExplainArgs, Format, ViewerArg},
    failure::{Failure, Findings},
    inputs,
    output::{self, Column},
};

pub(crate) fn run(args: &ExplainArgs) -> Result<Findings, Failure> {
    let Some(ready) = inputs::load(&args.input)? else { return Ok(Findings::Some) };
    let facts = Facts::new(ready.tables);
    let as_of = args.input.as_of;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let scored = score(&ready.program, &facts, Options { as_of, all: false, threads });
    let viewer = match args.viewer {
        ViewerArg::Holder => Viewer::person(&args.holder, &facts),
        ViewerArg::Staff => Viewer::Staff,
        ViewerArg::Public => Viewer::Public,
    };
    let made = statement(
        &ready.program,
        &facts,
        &ready.words,
        &scored.outcomes,
        &args.holder,
        as_of,
        viewer,
    );
    let mut screen = io::stdout().lock();
    match args.input.common.format {
        Format::Table => writeln!(screen, "{}", made.text())?,
        format => output::rows(format, &COLUMNS, &rows(&made), &mut screen)?,
    }
    Ok(Findings::None)
}

const COLUMNS: [Column; 9] = [
    ("part", "部分"),
    ("date", "日期"),
    ("title", "项目"),
    ("points", "积分"),
    ("expires_on", "到期"),
    ("what", "结果"),
    ("why", "原因"),
    ("next", "接下来"),
    ("article", "依据"),
];

/// The lines of a statement, for programs; what could still earn is in the text.
fn rows(made: &Statement) -> Vec<Vec<Value>> {
    let row = |part: &str, line: &Line| {
        let Explanation { title, date, what, why, next, .. } = &line.explanation;
        vec![
            json!(part),
            json!(date.to_string()),
            json!(title),
            json!(made.decimals.text(line.points)),
            json!(line.expires_on.map(|day| day.to_string())),
            json!(what),
            json!(why),
            json!(next),
            json!(line.explanation.article()),
        ]
    };
    let counted = made.counted.iter().flat_map(|group| &group.lines);
    let counted = counted.map(|line| row("counted", line));
    let rest = made.not_counted.iter().map(|line| row("not_counted", line));
    counted.chain(rest).chain(made.waiting.iter().map(|line| row("waiting", line))).collect()
}
