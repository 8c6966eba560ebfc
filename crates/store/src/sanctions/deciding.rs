//! Carrying out what two people decided: a sanction takes effect, or is lifted again.

use kangji_core::{
    DayRange,
    ids::{AccountId, CauseId, CommandKey, HolderId, ProposalId, ReasonId},
};
use kangji_ledger::{Act, Answer, Command, EntryKind, Refusal, Seq};

use super::reading;
use crate::{
    audit::{DONE, Done, Subject},
    facts::{Fact, change, holders, others},
    ledger::{rows::number, unit::Unit},
    proposals::{Proposal, ProposalDecision},
    schema::SANCTION_CASES,
    sql::{Connection, Lock, SqlError, Value},
};

/// What is taken from somebody besides the days.
pub(crate) struct Terms<'a> {
    /// The article by which both balances go to zero.
    pub(crate) article: Option<&'a str>,
    /// To whom the case is referred on.
    pub(crate) referred_to: Option<&'a str>,
}

/// Who decides: the proposal and its decision.
#[derive(Clone, Copy)]
pub(crate) struct By<'a> {
    pub(crate) proposal: &'a Proposal,
    pub(crate) decision: &'a ProposalDecision,
}

impl By<'_> {
    fn answer(self, cause: ProposalId) -> Answer {
        Answer {
            officer: Some(self.proposal.proposed_by),
            second: Some(self.decision.by),
            reason: Some(ReasonId::from_bytes(*self.proposal.id.bytes())),
            cause: Some(CauseId::from_bytes(*cause.bytes())),
        }
    }
}

/// Has somebody earn nothing for some days, and takes what they have where the terms say so.
pub(crate) fn sanction(
    unit: &mut Unit<'_>,
    by: By<'_>,
    (code, days): (&str, DayRange),
    Terms { article, referred_to }: Terms<'_>,
) -> Result<Result<(), Refusal>, SqlError> {
    let now = by.decision.at;
    let holder = holders::ids(unit.connection, [code], now)?;
    let Some(holder) = holder.get(code).copied() else { return Ok(Ok(())) };
    let facts = [Fact::Sanction { holder: code.to_owned(), days }];
    let reason = Some(ReasonId::from_bytes(*by.proposal.id.bytes()));
    let (_, touched) = change::write(unit.connection, &facts, now, reason)?;
    change::remember(unit.connection, &touched, now)?;
    unit.connection.insert(
        &SANCTION_CASES,
        &[
            Value::from(by.proposal.id.bytes()),
            Value::from(holder.bytes()),
            Value::Int(number(days.from)),
            Value::Int(number(days.to)),
            article.into(),
            referred_to.into(),
            Value::Int(now.millis()),
            Value::Null,
            Value::Null,
        ],
    )?;
    let Some(article) = article else { return Ok(Ok(())) };
    for account in accounts(unit.connection, holder)? {
        let act = Act::Forfeit { article: article.to_owned() };
        match post(unit, by, by.proposal.id, account, act)? {
            // Who has nothing loses nothing.
            Ok(()) | Err(Refusal::NothingToDo) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Ok(()))
}

/// Lifts a sanction: the days count again, and what it took comes back. `None` where there is none,
/// or it was lifted before.
pub(crate) fn lift(
    unit: &mut Unit<'_>,
    by: By<'_>,
    id: ProposalId,
) -> Result<Option<Result<(), Refusal>>, SqlError> {
    let now = by.decision.at;
    let found = reading::read(unit.connection, id, Lock::Rows)?;
    let Some(case) = found.filter(|case| case.lifted.is_none()) else { return Ok(None) };
    let done = "UPDATE sanction_cases SET lifted_by = $2, lifted_at = $3 WHERE id = $1";
    let values =
        [Value::from(id.bytes()), Value::from(by.proposal.id.bytes()), Value::Int(now.millis())];
    unit.connection.execute(done, &values)?;
    let codes = holders::codes(unit.connection, &[case.holder])?;
    let said_again = is_said_again(unit.connection, case.holder, case.days)?;
    if let Some(code) = codes.get(&case.holder).filter(|_| !said_again) {
        let touched = others::lift(unit.connection, code, case.days)?;
        change::remember(unit.connection, &touched, now)?;
    }
    for account in accounts(unit.connection, case.holder)? {
        for forfeit in forfeits(unit.connection, account, id)? {
            if let Err(refusal) = post(unit, by, id, account, Act::Restore { forfeit })? {
                return Ok(Some(Err(refusal)));
            }
        }
    }
    Ok(Some(Ok(())))
}

/// Whether another sanction that stands says the same days of the same holder.
fn is_said_again(
    connection: &mut Connection,
    holder: HolderId,
    days: DayRange,
) -> Result<bool, SqlError> {
    let same = "SELECT 1 FROM sanction_cases WHERE holder = $1 AND first_day = $2
        AND last_day = $3 AND lifted_at IS NULL";
    let values = [Value::from(holder.bytes()), number(days.from).into(), number(days.to).into()];
    let mut found = false;
    connection.query(same, &values, |_| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

fn post(
    unit: &mut Unit<'_>,
    by: By<'_>,
    sanction: ProposalId,
    account: AccountId,
    act: Act,
) -> Result<Result<(), Refusal>, SqlError> {
    unit.load([account])?;
    let day = by.decision.at.day();
    let key = Some(CommandKey::from_bytes(*by.proposal.id.bytes()));
    let command = Command { key, account, day, act, answer: by.answer(sanction) };
    let answer = unit.decide(&command, command.input(), by.decision.at)?;
    if answer.is_ok() {
        unit.done.push(Done { subject: Subject::Account(account), result: DONE });
    }
    Ok(answer.map(|_| ()))
}

fn accounts(connection: &mut Connection, holder: HolderId) -> Result<Vec<AccountId>, SqlError> {
    let mut found = Vec::new();
    let own = "SELECT id FROM accounts WHERE holder = $1 ORDER BY id";
    connection.query(own, &[Value::from(holder.bytes())], |row| {
        found.push(AccountId::from_bytes(row.array(0)?));
        Ok(())
    })?;
    Ok(found)
}

/// What a sanction took from an account.
fn forfeits(
    connection: &mut Connection,
    account: AccountId,
    sanction: ProposalId,
) -> Result<Vec<Seq>, SqlError> {
    let taken = "SELECT seq FROM entries WHERE account = $1 AND kind = $2 AND cause = $3";
    let values = [
        Value::from(account.bytes()),
        Value::Int(i64::from(EntryKind::Forfeit.code())),
        Value::from(sanction.bytes()),
    ];
    let mut found = Vec::new();
    connection.query(taken, &values, |row| {
        let seq = u64::try_from(row.int(0)?).map_err(|_| row.problem(0, "is no number"))?;
        found.push(Seq(seq));
        Ok(())
    })?;
    Ok(found)
}
