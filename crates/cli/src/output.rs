//! Printing rows as a table for people, as CSV or as JSON.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
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

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
