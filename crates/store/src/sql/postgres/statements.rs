//! Texts of statements in PostgreSQL's words, and the statements that a connection has prepared.

use std::{collections::HashMap, fmt::Write as _};

use tokio_postgres::{Statement, types::Type};

use crate::sql::{
    Column, Fetch, Lock, Table, Value,
    backend::{Operation, Write},
    table::{self, join, names, on_conflict},
};

/// How many keys a statement is for; its parameters are a row's values, or an array of each column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Keys {
    One,
    Many,
}

impl Keys {
    /// Of rows, given one after the other.
    pub(super) fn of(columns: &[Column], rows: &[Value<'_>]) -> Self {
        if rows.len() == columns.len() { Self::One } else { Self::Many }
    }
}

impl Fetch<'_> {
    pub(super) fn number(&self) -> Keys {
        Keys::of(self.table.columns.get(..self.prefix).unwrap_or_default(), self.keys)
    }
}

/// The statements that a connection has prepared.
#[derive(Default)]
pub(super) struct Statements {
    tables: HashMap<(&'static str, Operation, Keys), Statement>,
    /// One for each list of types of parameters.
    texts: HashMap<String, Vec<(Vec<Type>, Statement)>>,
}

impl Statements {
    pub(super) fn of_table(
        &self,
        table: &Table,
        operation: Operation,
        keys: Keys,
    ) -> Option<Statement> {
        self.tables.get(&(table.name, operation, keys)).cloned()
    }

    pub(super) fn keep_of_table(
        &mut self,
        table: &Table,
        operation: Operation,
        keys: Keys,
        statement: Statement,
    ) {
        self.tables.insert((table.name, operation, keys), statement);
    }

    pub(super) fn of_text(&self, sql: &str, parameters: &[Value<'_>]) -> Option<Statement> {
        let same = |types: &[Type]| types.iter().cloned().eq(parameters.iter().map(type_of));
        let (_, statement) = self.texts.get(sql)?.iter().find(|(types, _)| same(types))?;
        Some(statement.clone())
    }

    pub(super) fn keep_of_text(&mut self, sql: &str, types: Vec<Type>, statement: Statement) {
        self.texts.entry(sql.to_owned()).or_default().push((types, statement));
    }
}

/// The types of parameters.
pub(super) fn types(parameters: &[Value<'_>]) -> Vec<Type> {
    parameters.iter().map(type_of).collect()
}

fn type_of(value: &Value<'_>) -> Type {
    match value {
        // The server finds out.
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
        Value::Bytes(_) => Type::BYTEA,
    }
}

pub(super) fn text(table: &Table, operation: Operation, keys: Keys) -> String {
    let Table { name, columns, .. } = table;
    let key = table.key_columns();
    let all = names(columns);
    let insert = || match keys {
        Keys::One => format!("INSERT INTO {name} ({all}) VALUES ({})", numbers(columns)),
        Keys::Many => format!("INSERT INTO {name} ({all}) SELECT * FROM {}", unnest(columns)),
    };
    match operation {
        Operation::Write(Write::Insert) => insert(),
        Operation::Write(Write::Upsert) => insert() + &on_conflict(table),
        Operation::Write(Write::Update) => update(table, keys),
        Operation::Write(Write::Delete) => match (keys, key) {
            (Keys::Many, [_, _, ..]) => {
                format!("DELETE FROM {name} USING {} WHERE {}", given(key), same(table, key))
            }
            _ => format!("DELETE FROM {name} WHERE {}", is_key(keys, key)),
        },
        Operation::Write(Write::Load) => {
            format!("COPY {name} ({all}) FROM STDIN WITH (FORMAT binary)")
        }
        Operation::Fetch(prefix, lock) => {
            let every =
                join(columns, ", ", |text, _, column| write!(text, "{name}.{}", column.name));
            let order = join(key, ", ", |text, _, column| write!(text, "{name}.{}", column.name));
            // Rows are locked as they come out of the sorting.
            let lock = match lock {
                Lock::None => String::new(),
                Lock::Rows => format!(" FOR UPDATE OF {name}"),
            };
            let first = key.get(..prefix).unwrap_or_default();
            let found = match (keys, first) {
                (Keys::Many, [_, _, ..]) => {
                    format!("{name} JOIN {} ON {}", given(first), same(table, first))
                }
                _ => format!("{name} WHERE {}", is_key(keys, first)),
            };
            format!("SELECT {every} FROM {found} ORDER BY {order}{lock}")
        }
    }
}

fn update(table: &Table, keys: Keys) -> String {
    let Table { name, columns, key, .. } = *table;
    let others = table.other_columns();
    match keys {
        Keys::One => {
            let set = join(others, ", ", |text, number, column| {
                write!(text, "{} = ${}", column.name, key + number)
            });
            format!("UPDATE {name} SET {set} WHERE {}", is_key(keys, table.key_columns()))
        }
        Keys::Many => {
            let set = join(others, ", ", |text, _, Column { name, .. }| {
                write!(text, "{name} = given.{name}")
            });
            let (given, same) = (given(columns), same(table, table.key_columns()));
            format!("UPDATE {name} SET {set} FROM {given} WHERE {same}")
        }
    }
}

/// What is written for SQLite, in PostgreSQL's words.
pub(super) fn translate(ddl: &str) -> String {
    let mut text = String::with_capacity(ddl.len() * 2);
    let mut left_out = false;
    for line in ddl.lines() {
        match line {
            "--sqlite begin" => left_out = true,
            "--sqlite end" => left_out = false,
            _ => {}
        }
        if left_out {
            continue;
        }
        let line = line.strip_prefix("--postgres ").unwrap_or(line);
        let mut rest = line;
        while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
            let (before, from) = rest.split_at(start);
            let end = from.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            let (word, after) = from.split_at(end.unwrap_or(from.len()));
            text.push_str(before);
            text.push_str(match word {
                "BLOB" => "BYTEA",
                "TEXT" => "TEXT COLLATE \"C\"",
                _ => word,
            });
            rest = after;
        }
        text.push_str(rest);
        text.push('\n');
    }
    text.replace("WITHOUT ROWID", "")
}

/// `unnest($1::bytea[], $2::bigint[])`
fn unnest(columns: &[Column]) -> String {
    let arrays = join(columns, ", ", |text, number, column| {
        write!(text, "${number}::{}[]", word(column.kind))
    });
    format!("unnest({arrays})")
}

/// The given rows under the name `given`.
fn given(columns: &[Column]) -> String {
    format!("{} AS given({})", unnest(columns), names(columns))
}

fn same(table: &Table, columns: &[Column]) -> String {
    join(columns, " AND ", |text, _, column| {
        write!(text, "{}.{column} = given.{column}", table.name, column = column.name)
    })
}

/// The columns are those of the one key, or the one column is that of one of the keys.
fn is_key(keys: Keys, columns: &[Column]) -> String {
    join(columns, " AND ", |text, number, Column { name, kind }| match keys {
        Keys::One => write!(text, "{name} = ${number}"),
        Keys::Many => write!(text, "{name} = ANY(${number}::{}[])", word(*kind)),
    })
}

/// `$1, $2`
fn numbers(columns: &[Column]) -> String {
    join(columns, ", ", |text, number, _| write!(text, "${number}"))
}

fn word(kind: table::Type) -> &'static str {
    match kind {
        table::Type::Int => "bigint",
        table::Type::Text => "text",
        table::Type::Bytes => "bytea",
    }
}
