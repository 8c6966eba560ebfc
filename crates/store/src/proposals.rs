//! What takes two people: one proposes, another one decides, and what is accepted is carried out
//! in the transaction of the decision. Who may do either is the caller's business.

mod carry_out;
mod content;
mod pools;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kangji_core::{
    Day, DivisionPrefix, Moment,
    ids::{AccountId, HolderId, OfficerId, ProposalId},
};
use kangji_ledger::Refusal;
use kangji_rights::{Action, Cover, Permit};
use serde::{Deserialize, Serialize};

use crate::{
    audit::{DONE, Done, Subject},
    drafts,
    facts::{holders, residents::COMMUNITY},
    ledger::{rows::number, unit::Unit},
    post::rulebook::Rulebook,
    schema::{ACCOUNTS, PROPOSALS},
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

pub use content::Proposed;
pub use pools::{HELPERS, Pool, helps_in};

/// What somebody proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// Where it would have effect; [`DivisionPrefix::EVERYWHERE`] where no place is known.
    pub area: DivisionPrefix,
    /// What.
    pub content: Proposed,
    /// Who.
    pub proposed_by: OfficerId,
    /// When.
    pub proposed_at: Moment,
    /// What became of it.
    pub decision: Option<ProposalDecision>,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalDecision {
    /// Who decided.
    pub by: OfficerId,
    /// When.
    pub at: Moment,
    /// Whether it was carried out.
    pub accepted: bool,
    /// Why, if they said so.
    pub reason: String,
}

/// Why a decision changes nothing; the proposal is as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotDecided {
    /// There is no such proposal.
    Unknown,
    /// Whoever proposed does not decide.
    SamePerson,
    /// Somebody decided before.
    Decided,
    /// The ledger refuses it.
    Refused(Refusal),
    /// The sanction was lifted before, or there is none.
    Lifted,
    /// Somebody on a list does not help in the village on that day.
    Outside {
        /// Who, by their place on the list.
        place: usize,
    },
    /// The document is not published: the sentence for people.
    NotPublished(String),
}

/// Which proposals, the newest first.
#[derive(Clone, Debug)]
pub struct ProposalQuery {
    /// Only those that wait for a decision, or only the others.
    pub open: Option<bool>,
    /// Only those under one of these.
    pub permits: Vec<Permit>,
    /// Only those before this one.
    pub after: Option<ProposalId>,
    /// At most so many.
    pub limit: u16,
}

impl Proposal {
    /// The action that proposing and deciding it take.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.content.action()
    }

    /// Whether a permit allows to propose or decide it.
    #[must_use]
    pub fn is_under(&self, permit: &Permit) -> bool {
        permit.action() == self.action() && reaches(permit, self.area)
    }
}

/// Whether a permit covers an area as a whole.
#[must_use]
pub fn reaches(permit: &Permit, area: DivisionPrefix) -> bool {
    let whole = area.to_string();
    permit.covers().iter().any(
        |cover| matches!(cover, Cover::Area { area, .. } if whole.starts_with(&area.to_string())),
    )
}

impl Store {
    /// Keeps a proposal that somebody will decide on; gives the text of its id, of the first one
    /// where the call came before.
    pub fn propose(&self, proposal: Proposal) -> Pending<String> {
        self.once(move |unit| {
            keep(unit, &proposal)?;
            Ok(proposal.id.to_string())
        })
    }

    /// A proposal.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn proposal(&self, id: ProposalId) -> Result<Option<Proposal>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// Proposals, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn proposals(&self, query: &ProposalQuery) -> Result<Vec<Proposal>, StoreError> {
        let (mut covers, mut texts) = (Vec::new(), Vec::new());
        for permit in &query.permits {
            for cover in permit.covers() {
                let Cover::Area { area, .. } = cover else { continue };
                let place = texts.len() + 1;
                covers.push(format!(
                    "(action = ${place} AND area >= ${} AND area < ${})",
                    place + 1,
                    place + 2
                ));
                let (low, high) = area.texts();
                texts.extend([permit.action().code().to_owned(), low, high]);
            }
        }
        if covers.is_empty() {
            return Ok(Vec::new());
        }
        let mut conditions = vec![format!("({})", covers.join(" OR "))];
        conditions.extend(query.open.map(|open| {
            let not = if open { "" } else { " NOT" };
            format!("decided_at IS{not} NULL")
        }));
        let mut values: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(after) = &query.after {
            values.push(Value::from(after.bytes()));
            conditions.push(format!("id < ${}", values.len()));
        }
        let (conditions, limit) = (conditions.join(" AND "), query.limit);
        let sql = format!(
            "SELECT id, action, area, content, proposed_by, proposed_at, decided_by, decided_at,
            accepted, decision FROM proposals WHERE {conditions} ORDER BY id DESC LIMIT {limit}"
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &values, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Decides a proposal, and carries out what is accepted; nothing of it where it cannot be.
    #[must_use = "a decision may be refused"]
    pub fn decide_proposal(
        &self,
        id: ProposalId,
        decision: ProposalDecision,
    ) -> Pending<Result<(), NotDecided>> {
        let rulebook = self.rulebook();
        self.once(move |unit| {
            let subject = Subject::Proposal(id);
            if let Err(why) = decided(unit, &rulebook, id, &decision)? {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(Err(why));
            }
            unit.done.push(Done { subject, result: DONE });
            let done = "UPDATE proposals SET decided_by = $2, decided_at = $3, accepted = $4,
                decision = $5 WHERE id = $1";
            let row = [
                Value::from(id.bytes()),
                Value::from(decision.by.bytes()),
                Value::Int(decision.at.millis()),
                Value::Int(i64::from(decision.accepted)),
                Value::Text(&decision.reason),
            ];
            unit.connection.execute(done, &row)?;
            drafts::follow(unit.connection, id, decision.accepted)?;
            Ok(Ok(()))
        })
    }

    /// Whose an account is, and under which scheme.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn account_owner(&self, id: AccountId) -> Result<Option<(HolderId, String)>, StoreError> {
        let mut found = None;
        self.reader()?.fetch(&ACCOUNTS, 1, &[Value::from(id.bytes())], Lock::None, |row| {
            found = Some((HolderId::from_bytes(row.array(1)?), row.text(2)?.to_owned()));
            Ok(())
        })?;
        Ok(found)
    }

    /// The areas in which a holder is on a day: the community itself, or those a resident lives in.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn areas_of(&self, id: HolderId, on: Day) -> Result<Vec<DivisionPrefix>, StoreError> {
        let mut connection = self.reader()?;
        let code = holders::codes(&mut connection, &[id])?.remove(&id);
        let own =
            code.filter(|code| code.len() == 12).and_then(|code| DivisionPrefix::parse(&code));
        let mut areas: Vec<DivisionPrefix> = own.into_iter().collect();
        let lives = format!(
            "SELECT value FROM standings WHERE resident = $1 AND kind = {COMMUNITY}
            AND first_day <= $2 AND last_day >= $2 ORDER BY value"
        );
        let values = [Value::from(id.bytes()), Value::Int(number(on))];
        connection.query(&lives, &values, |row| {
            areas.extend(DivisionPrefix::parse(row.text(0)?));
            Ok(())
        })?;
        Ok(areas)
    }
}

/// Keeps a proposal.
pub(crate) fn keep(unit: &mut Unit<'_>, proposal: &Proposal) -> Result<(), SqlError> {
    let subject = Subject::Proposal(proposal.id);
    unit.done.push(Done { subject, result: DONE });
    let (area, content) = (proposal.area.to_string(), proposal.content.text()?);
    let row = [
        Value::from(proposal.id.bytes()),
        Value::Text(proposal.action().code()),
        Value::Text(&area),
        Value::Text(&content),
        Value::from(proposal.proposed_by.bytes()),
        Value::Int(proposal.proposed_at.millis()),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ];
    unit.connection.insert(&PROPOSALS, &row)
}

/// Whether a decision may be, and what it brings.
fn decided(
    unit: &mut Unit<'_>,
    rulebook: &impl Fn(&mut Connection) -> Result<Arc<Rulebook>, SqlError>,
    id: ProposalId,
    decision: &ProposalDecision,
) -> Result<Result<(), NotDecided>, StoreError> {
    let Some(proposal) = read(unit.connection, id, Lock::Rows)? else {
        return Ok(Err(NotDecided::Unknown));
    };
    if proposal.decision.is_some() {
        return Ok(Err(NotDecided::Decided));
    }
    if proposal.proposed_by == decision.by {
        return Ok(Err(NotDecided::SamePerson));
    }
    if !decision.accepted {
        return Ok(Ok(()));
    }
    let rulebook = rulebook(unit.connection)?;
    carry_out::carry_out(unit, &rulebook, &proposal, decision)
}

fn read(
    connection: &mut Connection,
    id: ProposalId,
    lock: Lock,
) -> Result<Option<Proposal>, SqlError> {
    let mut found = None;
    connection.fetch(&PROPOSALS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn from_row(row: &Row<'_>) -> Result<Proposal, SqlError> {
    let decision = match (row.opt_bytes(6)?, row.opt_int(7)?, row.opt_int(8)?) {
        (Some(_), Some(at), Some(accepted)) => Some(ProposalDecision {
            by: OfficerId::from_bytes(row.array(6)?),
            at: Moment::from_millis(at),
            accepted: accepted != 0,
            reason: row.opt_text(9)?.unwrap_or_default().to_owned(),
        }),
        _ => None,
    };
    Ok(Proposal {
        id: ProposalId::from_bytes(row.array(0)?),
        area: DivisionPrefix::parse(row.text(2)?).unwrap_or(DivisionPrefix::EVERYWHERE),
        content: Proposed::read(row.text(3)?).ok_or_else(|| row.problem(3, "is no proposal"))?,
        proposed_by: OfficerId::from_bytes(row.array(4)?),
        proposed_at: Moment::from_millis(row.int(5)?),
        decision,
    })
}
