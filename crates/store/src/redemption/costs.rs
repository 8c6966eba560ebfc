//! Money that was spent besides goods that were handed over, by who paid and what for (P11).
//! Nothing is changed or taken out: what was entered wrongly is taken back by an amount below
//! zero.

use kangji_core::{Day, DayRange, Fen, Moment};
use kangji_redemption::cost::{Source, Use};

use crate::{
    facts::holders::new_id,
    ledger::rows::{day, number},
    schema::COSTS,
    sql::{Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

/// Money that was spent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCost {
    /// By which institution.
    pub institution: String,
    /// On which day.
    pub day: Day,
    /// Who paid.
    pub source: Source,
    /// What for; goods are counted where they are handed over.
    pub used_for: Use,
    /// How much; below zero, what was entered before is taken back.
    pub amount: Fen,
    /// What it was.
    pub note: String,
}

/// Money that was spent, as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Its id.
    pub id: [u8; 16],
    /// What was entered.
    pub cost: NewCost,
    /// Who entered it.
    pub entered_by: [u8; 16],
    /// When.
    pub entered_at: Moment,
}

/// Which costs.
#[derive(Clone, Debug)]
pub struct CostQuery {
    /// Of which institution.
    pub institution: String,
    /// Spent on which days.
    pub days: DayRange,
    /// Those entered before this one.
    pub before: Option<[u8; 16]>,
    /// So many at most.
    pub limit: u32,
}

impl Store {
    /// Enters money that was spent; the entry's id.
    pub fn enter_cost(&self, cost: NewCost, by: [u8; 16], now: Moment) -> Pending<[u8; 16]> {
        let id = new_id(now);
        self.once(move |unit| {
            let row = [
                Value::Text(&cost.institution),
                Value::from(&id),
                Value::Int(number(cost.day)),
                Value::Text(cost.source.word()),
                Value::Text(cost.used_for.word()),
                Value::Int(cost.amount.0),
                Value::Text(&cost.note),
                Value::from(&by),
                Value::Int(now.millis()),
            ];
            unit.connection.insert(&COSTS, &row)?;
            Ok(id)
        })
    }

    /// What an institution spent besides goods, what was entered last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn costs(&self, query: &CostQuery) -> Result<Vec<Cost>, StoreError> {
        let CostQuery { institution, days, before, limit } = query;
        let sql = "SELECT institution, id, day, source, used_for, fen, note, entered_by, entered_at
            FROM costs WHERE institution = $1 AND day >= $2 AND day <= $3 AND id < $4
            ORDER BY id DESC LIMIT $5";
        let before = before.unwrap_or([u8::MAX; 16]);
        let values = [
            Value::Text(institution),
            Value::Int(number(days.from)),
            Value::Int(number(days.to)),
            Value::from(&before),
            Value::Int(i64::from(*limit)),
        ];
        let mut found = Vec::new();
        self.reader()?.query(sql, &values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }
}

/// What is under a source and a use of a row.
pub(super) fn source_and_use(
    row: &Row<'_>,
    [source, used_for]: [usize; 2],
) -> Result<(Source, Use), SqlError> {
    let known = Source::of_word(row.text(source)?);
    let known = known.ok_or_else(|| row.problem(source, "holds no source"))?;
    let what_for = Use::of_word(row.text(used_for)?);
    Ok((known, what_for.ok_or_else(|| row.problem(used_for, "holds no use"))?))
}

fn from_row(row: &Row<'_>) -> Result<Cost, SqlError> {
    let (source, used_for) = source_and_use(row, [3, 4])?;
    Ok(Cost {
        id: row.array(1)?,
        cost: NewCost {
            institution: row.text(0)?.to_owned(),
            day: day(row, 2)?,
            source,
            used_for,
            amount: Fen(row.int(5)?),
            note: row.text(6)?.to_owned(),
        },
        entered_by: row.array(7)?,
        entered_at: Moment::from_millis(row.int(8)?),
    })
}
