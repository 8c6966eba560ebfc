//! Statements as people look for them.

use kangji_core::{Period, ids::StatementId};
use kangji_redemption::{
    Statement,
    settlement::{Head, StatementState},
};
use kangji_rights::Permit;

use super::rows;
use crate::{
    redemption::covered,
    schema::STATEMENTS,
    sql::{Lock, Value},
    store::{Store, StoreError},
};

/// Which statements, what was drawn last first.
#[derive(Clone, Debug)]
pub struct StatementQuery {
    /// Of the shops that this covers.
    pub permit: Permit,
    /// Only those of a month.
    pub period: Option<Period>,
    /// Only those of a shop.
    pub shop: Option<String>,
    /// Only those that stand there.
    pub state: Option<StatementState>,
    /// Only those that were drawn before this one.
    pub before: Option<StatementId>,
    /// At most so many.
    pub limit: u32,
}

impl Store {
    /// A shop's statement with its lines and objections.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn shop_statement(&self, id: StatementId) -> Result<Option<Statement>, StoreError> {
        let mut reader = self.reader()?;
        reader.begin_read()?;
        let found = rows::read(&mut reader, id, Lock::None);
        reader.rollback();
        Ok(found?)
    }

    /// Shops' statements, what was drawn last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn shop_statements(&self, query: &StatementQuery) -> Result<Vec<Head>, StoreError> {
        let mut texts = Vec::new();
        let mut conditions = vec![covered(&query.permit, "shop", &mut texts)];
        let mut only = |column: &str, text: Option<String>| {
            conditions.extend(text.map(|text| {
                texts.push(text);
                format!("{column} = ${}", texts.len())
            }));
        };
        only("period", query.period.map(|period| period.to_string()));
        only("shop", query.shop.clone());
        only("state", query.state.map(|state| state.word().to_owned()));
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(before) = &query.before {
            values.push(Value::from(before.bytes()));
            conditions.push(format!("id < ${}", values.len()));
        }
        let columns: Vec<&str> = STATEMENTS.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM statements WHERE {} ORDER BY id DESC LIMIT {}",
            columns.join(", "),
            conditions.join(" AND "),
            query.limit
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(rows::from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}
