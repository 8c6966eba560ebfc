//! Tests of reading as its callers see it.

mod files;
mod laws;
mod reasons;
mod written_back;

use kangji_core::vocabulary::Vocabulary;

use super::*;

const RESIDENTS: &str = "id,birth_date,sex,community,guardian,groups\n";
const RECORDS: &str = "id,resident,kind,date,org,worker,status,complete,stage,hours\n";
const METRICS: &str = "community,year,name,value\n";
const CONFIRMATIONS: &str = "award,subject,decision,by,date\n";
const SANCTIONS: &str = "holder,from,until\n";

fn header(table: Table) -> &'static str {
    match table {
        Table::Residents => RESIDENTS,
        Table::Records => RECORDS,
        Table::Metrics => METRICS,
        Table::Confirmations => CONFIRMATIONS,
        Table::Sanctions => SANCTIONS,
    }
}

/// Inputs with `bytes` as the file of one table, and nothing but headers for the required others.
fn inputs(table: Table, bytes: Vec<u8>) -> Inputs {
    let input = |table: Table, bytes| Input { name: format!("{table}.csv"), bytes };
    let empty = |table: Table| input(table, header(table).into());
    let mut inputs = Inputs {
        residents: empty(Table::Residents),
        records: empty(Table::Records),
        metrics: None,
        confirmations: None,
        sanctions: None,
    };
    let file = input(table, bytes);
    match table {
        Table::Residents => inputs.residents = file,
        Table::Records => inputs.records = file,
        Table::Metrics => inputs.metrics = Some(file),
        Table::Confirmations => inputs.confirmations = Some(file),
        Table::Sanctions => inputs.sanctions = Some(file),
    }
    inputs
}

fn load(table: Table, bytes: impl Into<Vec<u8>>) -> Result<(Tables, TableReport), Vec<Unreadable>> {
    let loaded = read(inputs(table, bytes.into()), &Vocabulary::national(), &mut |_| ())?;
    let report = loaded.reports.into_iter().find(|report| report.table == table).unwrap();
    Ok((loaded.tables, report))
}

fn report(table: Table, bytes: impl Into<Vec<u8>>) -> TableReport {
    load(table, bytes).unwrap().1
}

fn faults(table: Table, bytes: impl Into<Vec<u8>>) -> Vec<FileFault> {
    load(table, bytes).unwrap_err().into_iter().map(|unreadable| unreadable.fault).collect()
}

/// Each refused row's line with the columns and codes of its faults.
fn refused(report: &TableReport) -> Vec<(u64, Vec<(&str, &str)>)> {
    report
        .refused_rows
        .iter()
        .map(|row| {
            let faults = row.faults.iter();
            let named =
                faults.map(|fault| (fault.column.as_deref().unwrap_or(""), fault.reason.code()));
            (row.line, named.collect())
        })
        .collect()
}

/// A resident row that nothing is wrong with.
fn resident(id: &str) -> String {
    format!("{id},1950-01-01,F,510403000001,,ehr\n")
}

/// A record row that nothing is wrong with.
fn record(id: &str) -> String {
    format!("{id},R1,lecture.attended,2026-03-01,ORG1,,valid,true,,\n")
}
