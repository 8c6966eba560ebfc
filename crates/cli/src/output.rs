//! Printing rows as a table for people, as CSV or as JSON.

use std::{
    fmt,
    io::{self, Write},
};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use kangji_core::Day;
use serde_json::{Map, Value};

use crate::args::Format;

/// A column: the key in CSV and JSON, and the heading people read.
pub(crate) type Column = (&'static str, &'static str);

/// Prints rows in the wanted format. In JSON a cell that is a number stays one.
pub(crate) fn rows(
    format: Format,
    columns: &[Column],
    rows: &[Vec<Value>],
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        Format::Table => {
            let mut table = Table::new();
            table.load_style(presets::UTF8_FULL_CONDENSED);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(columns.iter().map(|(_, heading)| *heading));
            for row in rows {
                table.add_row(row.iter().map(text));
            }
            // A date over two lines is hard to read; on a narrow screen other columns give way.
            for place in 0..columns.len() {
                let is_day = |row: &Vec<Value>| {
                    row.get(place).is_some_and(|value| text(value).parse::<Day>().is_ok())
                };
                if let Some(column) = table.column_mut(place).filter(|_| rows.iter().any(is_day)) {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
            writeln!(out, "{table}")
        }
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(columns.iter().map(|(key, _)| *key))?;
            for row in rows {
                csv.write_record(row.iter().map(text))?;
            }
            csv.flush()
        }
        Format::Json => {
            let object = |row: &Vec<Value>| {
                let keys = columns.iter().map(|(key, _)| (*key).to_owned());
                Value::Object(keys.zip(row.iter().cloned()).collect::<Map<String, Value>>())
            };
            let list = Value::Array(rows.iter().map(object).collect());
            writeln!(out, "{list:#}")
        }
    }
}

/// Says what was done. That nobody reads on, as with `| head`, must not stop what is still to do.
pub(crate) fn say(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{text}");
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
