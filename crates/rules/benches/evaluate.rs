//! How many records one thread evaluates in a second: in memory, grouped by resident, ids
//! interned. `cargo bench -p kangji-rules`; the figure stands in bench/README.md.

use std::{num::NonZeroUsize, path::Path};

use divan::counter::ItemsCount;
use kangji_core::{Day, tables::Tables, vocabulary::Vocabulary};
use kangji_exchange::{Input, Inputs};
use kangji_generate::{CsvSink, Plan, Tables as Files, generate};
use kangji_rules::{
    document::read,
    score::{Facts, Options, Program, evaluate},
};

fn main() {
    divan::main();
}

/// A folder of tables to evaluate instead of a generated district.
const TABLES: &str = "KANGJI_BENCH_TABLES";

fn program(name: &str) -> Program {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemes/{name}.md"));
    let text = std::fs::read_to_string(path).expect("the shipped document is there");
    let scheme = read(&text, &Vocabulary::national()).scheme.expect("the document is sound");
    Program::new(vec![scheme]).expect("one version is a program")
}

fn tables() -> Tables {
    let files = match std::env::var(TABLES) {
        Ok(folder) => {
            let file = |name: &str| {
                std::fs::read(Path::new(&folder).join(name)).expect("the tables are there")
            };
            Files {
                residents: file("residents.csv"),
                records: file("records.csv"),
                metrics: file("metrics.csv"),
                confirmations: file("confirmations.csv"),
                sanctions: file("sanctions.csv"),
            }
        }
        Err(_) => {
            let empty = || Files {
                residents: Vec::new(),
                records: Vec::new(),
                metrics: Vec::new(),
                confirmations: Vec::new(),
                sanctions: Vec::new(),
            };
            let mut sink = CsvSink::new(empty()).expect("memory can be written");
            generate(&Plan::new(100_000, 1), &mut sink).expect("memory can be written");
            sink.finish().expect("memory can be written")
        }
    };
    let input = |bytes| Input { name: String::new(), bytes };
    let inputs = Inputs {
        residents: input(files.residents),
        records: input(files.records),
        metrics: Some(input(files.metrics)),
        confirmations: Some(input(files.confirmations)),
        sanctions: Some(input(files.sanctions)),
    };
    let loaded = kangji_exchange::read(inputs, &Vocabulary::national(), &mut |_| {});
    loaded.expect("the tables are readable").tables
}

#[divan::bench(args = ["panzhihua-xiqu", "tonghui", "shenzhen"], sample_count = 20)]
fn one_thread(bencher: divan::Bencher<'_, '_>, scheme: &str) {
    let program = program(scheme);
    let facts = Facts::new(tables());
    let as_of: Day = "2027-01-31".parse().expect("a calendar day");
    let options = Options { as_of, all: false, threads: NonZeroUsize::MIN };
    bencher
        .counter(ItemsCount::new(facts.records().rows.len()))
        .bench_local(|| evaluate(&program, &facts, options));
}
