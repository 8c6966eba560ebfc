//! `kangji score`: outcomes as a table, a summary, and a report for people.

use std::{
    io::{self, Write},
    num::NonZeroUsize,
};

use kangji_rules::score::{Facts, Options, Program, Scored, columns, score};

use crate::{
    args::ScoreArgs,
    failure::{Failure, Findings},
    files,
    inputs::{self, Loaded},
    progress::Writing,
};

pub(crate) fn run(args: &ScoreArgs) -> Result<Findings, Failure> {
    let ready = match inputs::load(&args.input)? {
        Loaded::Ready(ready) => *ready,
        Loaded::Refused(findings) => return Ok(findings),
    };
    let facts = Facts::new(ready.tables);
    let available = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options {
        as_of: args.input.as_of,
        all: args.all,
        threads: args.threads.unwrap_or(available),
    };
    let scored = score(&ready.program, &facts, options);
    files::write(&args.out, |file| outcomes(&ready.program, &facts, &scored, file))?;
    Ok(Findings::None)
}

fn outcomes(
    program: &Program,
    facts: &Facts,
    scored: &Scored,
    file: &mut impl Write,
) -> io::Result<()> {
    let progress = Writing::new(scored.outcomes.len());
    let mut csv = csv::Writer::from_writer(file);
    csv.write_record(columns::COLUMNS)?;
    for (row, outcome) in scored.outcomes.iter().enumerate() {
        csv.write_record(columns::texts(outcome, program, facts))?;
        progress.rows(row);
    }
    progress.finish();
    csv.flush()
}
