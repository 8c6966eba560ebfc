//! Statements, their lines and objections as rows, and back.

use kangji_core::{
    Fen, Moment, Period, Points,
    ids::{DeductionId, OfficerId, StatementId},
};
use kangji_redemption::{
    Signature, Statement,
    settlement::{
        Corrects, Hand, Head, Objection, Ruling, StatementLine, StatementState, Totals, Verdict,
    },
};

use crate::{
    ledger::rows::{day, natural, number, opt_day},
    schema::{OBJECTIONS, STATEMENT_LINES, STATEMENTS},
    sql::{Connection, Lock, Row, SqlError, Value},
};

/// A statement with its lines and objections.
pub(super) fn read(
    connection: &mut Connection,
    id: StatementId,
    lock: Lock,
) -> Result<Option<Statement>, SqlError> {
    let key = [Value::from(id.bytes())];
    let mut head = None;
    connection.fetch(&STATEMENTS, 1, &key, lock, |row| {
        head = Some(from_row(&row)?);
        Ok(())
    })?;
    let Some(head) = head else { return Ok(None) };
    let (mut lines, mut objections) = (Vec::new(), Vec::new());
    connection.fetch(&STATEMENT_LINES, 1, &key, Lock::None, |row| {
        lines.push(line(&row)?);
        Ok(())
    })?;
    connection.fetch(&OBJECTIONS, 1, &key, Lock::None, |row| {
        objections.push(objection(&row)?);
        Ok(())
    })?;
    Ok(Some(Statement { head, lines, objections }))
}

/// Writes a statement that was just drawn up.
pub(super) fn insert(connection: &mut Connection, statement: &Statement) -> Result<(), SqlError> {
    with_row(&statement.head, |row| connection.insert(&STATEMENTS, row))?;
    let periods: Vec<Option<String>> = statement
        .lines
        .iter()
        .map(|line| line.corrects.map(|corrects| corrects.period.to_string()))
        .collect();
    let mut values = Vec::with_capacity(statement.lines.len() * STATEMENT_LINES.columns.len());
    for (line, period) in statement.lines.iter().zip(&periods) {
        let corrects = line.corrects.as_ref();
        values.extend([
            Value::from(statement.head.id.bytes()),
            Value::Int(line.number.into()),
            Value::Int(number(line.day)),
            line.deduction.as_ref().map(DeductionId::bytes).into(),
            Value::Text(&line.receipt),
            Value::Int(line.bill.0),
            Value::Int(line.off.0),
            Value::Int(line.points.0),
            corrects.map(|corrects| corrects.statement.bytes()).into(),
            period.as_deref().into(),
            corrects.and_then(|corrects| corrects.line).map(i64::from).into(),
            corrects.map(|corrects| i64::from(corrects.objection)).into(),
        ]);
    }
    connection.insert(&STATEMENT_LINES, &values)
}

/// Writes how far a statement has come; its lines stay as they are.
pub(super) fn update(connection: &mut Connection, statement: &Statement) -> Result<(), SqlError> {
    with_row(&statement.head, |row| connection.update(&STATEMENTS, row))?;
    let mut values = Vec::with_capacity(statement.objections.len() * OBJECTIONS.columns.len());
    for objection in &statement.objections {
        let verdict = objection.verdict.as_ref();
        let change = verdict.and_then(|verdict| match verdict.ruling {
            Ruling::Upheld { off, points } => Some((off.0, points.0)),
            Ruling::Dismissed => None,
        });
        values.extend([
            Value::from(statement.head.id.bytes()),
            Value::Int(objection.number.into()),
            objection.line.map(i64::from).into(),
            Value::Text(&objection.text),
            verdict.map(|_| i64::from(change.is_some())).into(),
            change.map(|(off, _)| off).into(),
            change.map(|(_, points)| points).into(),
            verdict.map(|verdict| verdict.text.as_str()).into(),
            verdict.map(|verdict| verdict.hand.by.bytes()).into(),
            verdict.map(|verdict| verdict.hand.at.millis()).into(),
        ]);
    }
    connection.upsert(&OBJECTIONS, &values)
}

fn with_row(
    head: &Head,
    write: impl FnOnce(&[Value<'_>]) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    let period = head.period.to_string();
    let (by, at) = (
        |hand: &Option<Hand>| hand.as_ref().map(|hand| *hand.by.bytes()),
        |hand: &Option<Hand>| hand.as_ref().map(|hand| hand.at.millis()),
    );
    let (answered, reviewed) = (by(&head.answered), by(&head.reviewed));
    let settled = head.settled.as_ref();
    write(&[
        Value::from(head.id.bytes()),
        Value::Text(&head.shop),
        Value::Text(&head.scheme),
        Value::Text(&period),
        Value::Text(head.state.word()),
        Value::Int(head.totals.lines.into()),
        Value::Int(head.totals.bill.0),
        Value::Int(head.totals.off.0),
        Value::Int(head.totals.points.0),
        Value::from(head.drawn.by.bytes()),
        Value::Int(head.drawn.at.millis()),
        answered.as_ref().into(),
        at(&head.answered).into(),
        reviewed.as_ref().into(),
        at(&head.reviewed).into(),
        settled.map(|signature| signature.by.bytes()).into(),
        settled.map(|signature| number(signature.day)).into(),
        settled.map(|signature| signature.document.as_str()).into(),
    ])
}

/// The head of a row of `STATEMENTS`.
pub(super) fn from_row(row: &Row<'_>) -> Result<Head, SqlError> {
    let settled = match opt_day(row, 16)? {
        None => None,
        Some(day) => Some(Signature { by: officer(row, 15)?, day, document: row.text(17)?.into() }),
    };
    Ok(Head {
        id: StatementId::from_bytes(row.array(0)?),
        shop: row.text(1)?.to_owned(),
        scheme: row.text(2)?.to_owned(),
        period: month(row, 3)?,
        state: StatementState::of_word(row.text(4)?)
            .ok_or_else(|| row.problem(4, "holds no state"))?,
        totals: Totals {
            lines: natural(row, 5)?,
            bill: Fen(row.int(6)?),
            off: Fen(row.int(7)?),
            points: Points(row.int(8)?),
        },
        drawn: hand(row, 9)?.ok_or_else(|| row.problem(10, "holds no moment"))?,
        answered: hand(row, 11)?,
        reviewed: hand(row, 13)?,
        settled,
    })
}

fn line(row: &Row<'_>) -> Result<StatementLine, SqlError> {
    let corrects = match row.opt_bytes(8)? {
        None => None,
        Some(_) => Some(Corrects {
            statement: StatementId::from_bytes(row.array(8)?),
            period: month(row, 9)?,
            line: row.opt_int(10)?.map(|_| natural(row, 10)).transpose()?,
            objection: natural(row, 11)?,
        }),
    };
    let deduction = row.opt_bytes(3)?.map(|_| row.array(3)).transpose()?;
    Ok(StatementLine {
        number: natural(row, 1)?,
        day: day(row, 2)?,
        deduction: deduction.map(DeductionId::from_bytes),
        receipt: row.text(4)?.to_owned(),
        bill: Fen(row.int(5)?),
        off: Fen(row.int(6)?),
        points: Points(row.int(7)?),
        corrects,
    })
}

fn objection(row: &Row<'_>) -> Result<Objection, SqlError> {
    let verdict = match hand(row, 8)? {
        None => None,
        Some(hand) => {
            let upheld = Ruling::Upheld {
                off: Fen(row.opt_int(5)?.unwrap_or_default()),
                points: Points(row.opt_int(6)?.unwrap_or_default()),
            };
            let ruling = if row.int(4)? != 0 { upheld } else { Ruling::Dismissed };
            Some(Verdict { ruling, text: row.text(7)?.to_owned(), hand })
        }
    };
    Ok(Objection {
        number: natural(row, 1)?,
        line: row.opt_int(2)?.map(|_| natural(row, 2)).transpose()?,
        text: row.text(3)?.to_owned(),
        verdict,
    })
}

/// Who did something and when; `None` where nobody has yet.
fn hand(row: &Row<'_>, by: usize) -> Result<Option<Hand>, SqlError> {
    let Some(at) = row.opt_int(by + 1)? else { return Ok(None) };
    Ok(Some(Hand { by: officer(row, by)?, at: Moment::from_millis(at) }))
}

fn officer(row: &Row<'_>, place: usize) -> Result<OfficerId, SqlError> {
    Ok(OfficerId::from_bytes(row.array(place)?))
}

fn month(row: &Row<'_>, place: usize) -> Result<Period, SqlError> {
    Period::parse(row.text(place)?).ok_or_else(|| row.problem(place, "holds no month"))
}
