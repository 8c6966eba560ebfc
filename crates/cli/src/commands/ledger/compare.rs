//! `kangji ledger compare`: whether what is posted is what the facts say.

use std::{collections::HashMap, io};

use kangji_core::{Decimals, Points};
use serde_json::{Value, json};

use crate::{
    args::{CompareArgs, Format},
    clock,
    database::Database,
    failure::{Failure, Findings},
    output::{self, Column, say},
};

const COLUMNS: [Column; 6] = [
    ("scheme", "办法"),
    ("resident", "居民"),
    ("award", "项目"),
    ("subject", "记录或期间"),
    ("posted", "账上"),
    ("scored", "应得"),
];

pub(crate) fn run(args: &CompareArgs) -> Result<Findings, Failure> {
    let as_of = args.as_of.unwrap_or_else(|| clock::now().day());
    let database = Database::open(&args.store)?;
    let comparison = database.told(database.store.compare(as_of))?;
    let schemes = database.told(database.store.schemes())?;
    let newest = schemes.iter().filter_map(|versions| versions.last());
    let decimals: HashMap<&str, Decimals> =
        newest.map(|scheme| (scheme.id.as_str(), scheme.decimals)).collect();
    let rows = comparison.mismatches.iter().map(|found| {
        let decimals = decimals.get(found.scheme.as_str()).copied().unwrap_or_default();
        let points = |points: Option<Points>| points.map(|points| decimals.text(points));
        vec![
            json!(found.scheme),
            json!(found.resident),
            json!(found.award),
            json!(found.subject),
            json!(points(found.posted)),
            json!(points(found.scored)),
        ]
    });
    let rows: Vec<Vec<Value>> = rows.collect();
    if args.format != Format::Table || !rows.is_empty() {
        output::rows(args.format, &COLUMNS, &rows, &mut io::stdout().lock())?;
    }
    let (residents, posted, differing) = (comparison.residents, comparison.posted, rows.len());
    let found = match differing {
        0 => "账上与应得完全一致。".to_owned(),
        _ => format!(
            "有 {differing} 处不一致。\
             积分由 kangji import 记入的，可运行 kangji ledger catch-up 补记，仍不一致请查原因；\
             由 kangji post 的结果表记入而没有导入事实的，不能这样比较。"
        ),
    };
    let sentence = format!("算到 {as_of}，{residents} 人、账上 {posted} 笔得分，{found}");
    match args.format {
        Format::Table => say(format_args!("{sentence}")),
        Format::Csv | Format::Json => eprintln!("{sentence}"),
    }
    Ok(Findings::if_any(differing > 0))
}
