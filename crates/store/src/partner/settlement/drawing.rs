//! Drawing up statements of a month: of each shop and scheme what was deducted, and what upheld
//! objections to earlier statements correct.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Fen, Moment, Period, Points,
    ids::{DeductionId, OfficerId, StatementId},
};
use kangji_redemption::{
    SettlementRefusal, Statement,
    settlement::{Hand, StatementLine, may_draw},
};

use super::rows;
use crate::{
    audit::{DONE, Done, Subject},
    facts::holders::new_id,
    ledger::{
        rows::{day, natural, number},
        unit::Unit,
    },
    sql::{Connection, Lock, SqlError, Value},
    store::{Pending, Store},
};

/// Lines by the scheme under which they are settled.
type ByScheme = BTreeMap<String, Vec<StatementLine>>;

impl Store {
    /// Draws up what is missing of the statements of some shops for a month: one for each scheme
    /// under which something was deducted or is to be corrected. Gives their ids.
    #[must_use = "it may be refused"]
    pub fn draw_statements(
        &self,
        period: Period,
        shops: Vec<String>,
        by: OfficerId,
        now: Moment,
    ) -> Pending<Result<Vec<String>, SettlementRefusal>> {
        self.once(move |unit| {
            let drawn = Hand { by, at: now };
            if let Err(refusal) = may_draw(period, now) {
                return Ok(Err(refusal));
            }
            let mut new = Vec::new();
            let mut was_drawn = false;
            for shop in &shops {
                let known = drawn_schemes(unit.connection, shop, period)?;
                was_drawn |= !known.is_empty();
                let mut lines = deducted(unit.connection, shop, period)?;
                corrections(unit.connection, shop, period, &mut lines)?;
                for (scheme, lines) in lines {
                    if known.contains(&scheme) {
                        continue;
                    }
                    let id = StatementId::from_bytes(new_id(now));
                    match Statement::draw(id, (shop, &scheme), period, lines, drawn) {
                        Ok(statement) => new.push(statement),
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
            }
            match (new.is_empty(), was_drawn) {
                (true, true) => Ok(Err(SettlementRefusal::Drawn)),
                (true, false) => Ok(Err(SettlementRefusal::Nothing)),
                (false, _) => Ok(Ok(written(unit, &new)?)),
            }
        })
    }
}

fn written(unit: &mut Unit<'_>, new: &[Statement]) -> Result<Vec<String>, SqlError> {
    let mut ids = Vec::with_capacity(new.len());
    for statement in new {
        rows::insert(unit.connection, statement)?;
        unit.done.push(Done { subject: Subject::Statement(statement.head.id), result: DONE });
        ids.push(statement.head.id.to_string());
    }
    Ok(ids)
}

fn drawn_schemes(
    connection: &mut Connection,
    shop: &str,
    period: Period,
) -> Result<BTreeSet<String>, SqlError> {
    let period = period.to_string();
    let sql = "SELECT scheme FROM statements WHERE shop = $1 AND period = $2";
    let mut schemes = BTreeSet::new();
    connection.query(sql, &[Value::Text(shop), Value::Text(&period)], |row| {
        schemes.insert(row.text(0)?.to_owned());
        Ok(())
    })?;
    Ok(schemes)
}

/// What was deducted at a shop in a month and not called off.
fn deducted(connection: &mut Connection, shop: &str, period: Period) -> Result<ByScheme, SqlError> {
    let days = period.days();
    let sql = "SELECT scheme, id, day, receipt, bill_fen, off_fen, points FROM deductions
        WHERE shop = $1 AND day >= $2 AND day <= $3 AND state = 'made'";
    let values = [Value::Text(shop), Value::Int(number(days.from)), Value::Int(number(days.to))];
    let mut lines = ByScheme::new();
    connection.query(sql, &values, |row| {
        lines.entry(row.text(0)?.to_owned()).or_default().push(StatementLine {
            number: 0,
            day: day(&row, 2)?,
            deduction: Some(DeductionId::from_bytes(row.array(1)?)),
            receipt: row.text(3)?.to_owned(),
            bill: Fen(row.int(4)?),
            off: Fen(row.int(5)?),
            points: Points(row.int(6)?),
            corrects: None,
        });
        Ok(())
    })?;
    Ok(lines)
}

/// Adds the corrections of earlier statements of a shop that no statement has yet.
fn corrections(
    connection: &mut Connection,
    shop: &str,
    period: Period,
    lines: &mut ByScheme,
) -> Result<(), SqlError> {
    let period = period.to_string();
    let sql = "SELECT statements.id, objections.number FROM statements
        JOIN objections ON objections.statement = statements.id
        WHERE statements.shop = $1 AND statements.period < $2 AND objections.upheld = 1
        AND NOT EXISTS (SELECT 1 FROM statement_lines
            WHERE statement_lines.of_statement = objections.statement
            AND statement_lines.of_objection = objections.number)";
    let mut wanted: BTreeSet<(StatementId, u32)> = BTreeSet::new();
    connection.query(sql, &[Value::Text(shop), Value::Text(&period)], |row| {
        let objection = natural(&row, 1)?;
        wanted.insert((StatementId::from_bytes(row.array(0)?), objection));
        Ok(())
    })?;
    let statements: BTreeSet<StatementId> = wanted.iter().map(|(id, _)| *id).collect();
    for id in statements {
        let Some(statement) = rows::read(connection, id, Lock::None)? else { continue };
        let is_wanted = |line: &StatementLine| {
            line.corrects.is_some_and(|one| wanted.contains(&(one.statement, one.objection)))
        };
        let corrections = statement.corrections().into_iter().filter(is_wanted);
        lines.entry(statement.head.scheme.clone()).or_default().extend(corrections);
    }
    Ok(())
}
