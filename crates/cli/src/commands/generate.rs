//! `kangji generate`: an invented population with a year of records.

use kangji_generate::{CsvSink, Plan, Tables, generate};

use crate::{
    args::GenerateArgs,
    failure::{Failure, Findings},
    files::Unfinished,
};

pub(crate) fn run(args: &GenerateArgs) -> Result<Findings, Failure> {
    let plan =
        Plan { people: args.people, seed: args.seed, division: args.division, year: args.year };
    let file = |name: &str| Unfinished::create(args.dir.join(name));
    let tables = Tables {
        residents: file("residents.csv")?,
        records: file("records.csv")?,
        metrics: file("metrics.csv")?,
        confirmations: file("confirmations.csv")?,
        sanctions: file("sanctions.csv")?,
    };
    let failed = |error| Failure::Write { path: args.dir.clone(), error };
    let mut sink = CsvSink::new(tables).map_err(failed)?;
    let counts = generate(&plan, &mut sink).map_err(|error| match error {
        kangji_generate::Error::Output(error) => failed(error),
        wrong => Failure::Usage(wrong.to_string()),
    })?;
    let tables = sink.finish().map_err(failed)?;
    for file in
        [tables.residents, tables.records, tables.metrics, tables.confirmations, tables.sanctions]
    {
        file.finish()?;
    }
    println!(
        "{}：虚构的居民 {} 人，服务记录 {} 条，指标 {} 个，审核 {} 条，处罚 {} 条。",
        args.dir.display(),
        counts.residents,
        counts.records,
        counts.metrics,
        counts.confirmations,
        counts.sanctions
    );
    Ok(Findings::None)
}
