//! Versions of schemes that somebody works on, until two people publish them. What their documents
//! say is the caller's business.

mod notes;
#[cfg(test)]
mod tests;

use kangji_core::{
    Day, DivisionPrefix, Moment,
    ids::{DraftId, OfficerId, ProposalId},
};
use kangji_rights::{Cover, Permit};
use serde::{Deserialize, Serialize};

use crate::{
    audit::{DONE, Done, Subject},
    ledger::rows::{number, opt_day},
    proposals::{self, Proposal},
    schema::SCHEME_DRAFTS,
    sql::{Connection, Lock, Row, SqlError, Value},
    store::{Pending, Store, StoreError},
};

pub use notes::Note;

/// A version of a scheme that somebody works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// The scheme's id.
    pub scheme: String,
    /// The scheme's area.
    pub area: DivisionPrefix,
    /// The text of the document.
    pub document: String,
    /// The first day of the version it was taken from; `None` for a scheme of its own.
    pub started_from: Option<Day>,
    /// Who began it.
    pub started_by: OfficerId,
    /// When.
    pub started_at: Moment,
    /// Who changed it last.
    pub changed_by: OfficerId,
    /// When.
    pub changed_at: Moment,
    /// How many changes there were, from 1.
    pub revision: u32,
    /// How it stands.
    pub state: DraftState,
    /// What was proposed of it last.
    pub proposal: Option<ProposalId>,
}

/// How a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It can be changed.
    Open,
    /// It waits for the second person.
    Proposed,
    /// It was published.
    Published,
    /// Nobody works on it any more.
    Dropped,
}

impl DraftState {
    /// The word in the database and the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Proposed => "proposed",
            Self::Published => "published",
            Self::Dropped => "dropped",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Open, Self::Proposed, Self::Published, Self::Dropped];
        all.into_iter().find(|state| state.word() == word)
    }
}

/// Which drafts, what was begun last first.
#[derive(Clone, Debug)]
pub struct DraftQuery {
    /// Only those of one scheme.
    pub scheme: Option<String>,
    /// Only those in whose area the permit allows its action.
    pub permit: Permit,
    /// Only those begun before this one.
    pub before: Option<DraftId>,
    /// At most so many.
    pub limit: u16,
}

/// Why a draft stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotChanged {
    /// There is no such draft.
    Unknown,
    /// Somebody changed it meanwhile: its revision is another one.
    Revision(u32),
    /// It waits for the second person, or is over.
    Closed,
}

/// What is done with a draft.
#[derive(Clone, Debug)]
enum Change {
    Text(String),
    Propose(Box<Proposal>),
    Drop,
}

impl Store {
    /// Keeps a draft; gives the text of its id, of the first one where the call came before.
    pub fn start_draft(&self, draft: Draft) -> Pending<String> {
        self.once(move |unit| {
            unit.done.push(Done { subject: Subject::Draft(draft.id), result: DONE });
            unit.connection.insert(&SCHEME_DRAFTS, &values(&draft, &draft.area.to_string()))?;
            Ok(draft.id.to_string())
        })
    }

    /// A draft.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn draft(&self, id: DraftId) -> Result<Option<Draft>, StoreError> {
        Ok(read(&mut *self.reader()?, id, Lock::None)?)
    }

    /// Drafts, what was begun last first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn drafts(&self, query: &DraftQuery) -> Result<Vec<Draft>, StoreError> {
        let mut conditions = Vec::new();
        let mut texts = Vec::new();
        for cover in query.permit.covers() {
            let Cover::Area { area, .. } = cover else { continue };
            let place = texts.len() + 1;
            conditions.push(format!("(area >= ${place} AND area < ${})", place + 1));
            let (low, high) = area.texts();
            texts.extend([low, high]);
        }
        if conditions.is_empty() {
            return Ok(Vec::new());
        }
        let mut conditions = vec![format!("({})", conditions.join(" OR "))];
        let mut parameters: Vec<Value<'_>> = texts.iter().map(|text| Value::Text(text)).collect();
        if let Some(scheme) = &query.scheme {
            parameters.push(Value::Text(scheme));
            conditions.push(format!("scheme = ${}", parameters.len()));
        }
        if let Some(before) = &query.before {
            parameters.push(Value::from(before.bytes()));
            conditions.push(format!("id < ${}", parameters.len()));
        }
        let columns: Vec<&str> = SCHEME_DRAFTS.columns.iter().map(|column| column.name).collect();
        let sql = format!(
            "SELECT {} FROM scheme_drafts WHERE {} ORDER BY id DESC LIMIT {}",
            columns.join(", "),
            conditions.join(" AND "),
            query.limit
        );
        let mut found = Vec::new();
        self.reader()?.query(&sql, &parameters, |row| {
            found.push(from_row(&row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// The draft of which a proposal was made.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn draft_of(&self, proposal: ProposalId) -> Result<Option<DraftId>, StoreError> {
        let mut found = None;
        let sql = "SELECT id FROM scheme_drafts WHERE proposal = $1";
        self.reader()?.query(sql, &[Value::from(proposal.bytes())], |row| {
            found = Some(DraftId::from_bytes(row.array(0)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// Gives an open draft another text, if nobody changed it since a revision; gives the new
    /// revision. The same text is no change.
    #[must_use = "somebody else may have changed it"]
    pub fn change_draft(
        &self,
        (id, revision): (DraftId, u32),
        document: String,
        (by, at): (OfficerId, Moment),
    ) -> Pending<Result<u32, NotChanged>> {
        self.on_draft((id, revision), Change::Text(document), (by, at))
    }

    /// Proposes what a draft says, if nobody changed it since a revision.
    #[must_use = "somebody else may have changed it"]
    pub fn propose_draft(
        &self,
        (id, revision): (DraftId, u32),
        proposal: Proposal,
    ) -> Pending<Result<u32, NotChanged>> {
        let who = (proposal.proposed_by, proposal.proposed_at);
        self.on_draft((id, revision), Change::Propose(Box::new(proposal)), who)
    }

    /// Ends work on an open draft.
    #[must_use = "somebody else may have changed it"]
    pub fn drop_draft(
        &self,
        (id, revision): (DraftId, u32),
        (by, at): (OfficerId, Moment),
    ) -> Pending<Result<u32, NotChanged>> {
        self.on_draft((id, revision), Change::Drop, (by, at))
    }

    fn on_draft(
        &self,
        (id, revision): (DraftId, u32),
        change: Change,
        (by, at): (OfficerId, Moment),
    ) -> Pending<Result<u32, NotChanged>> {
        self.once(move |unit| {
            let subject = Subject::Draft(id);
            let Some(draft) = read(unit.connection, id, Lock::Rows)? else {
                return Ok(Err(NotChanged::Unknown));
            };
            let refused = match draft.state {
                DraftState::Open if draft.revision == revision => None,
                DraftState::Open => Some(NotChanged::Revision(draft.revision)),
                _ => Some(NotChanged::Closed),
            };
            if let Some(why) = refused {
                unit.done.push(Done { subject, result: "refused" });
                return Ok(Err(why));
            }
            unit.done.push(Done { subject, result: DONE });
            let mut draft = Draft { changed_by: by, changed_at: at, ..draft };
            match &change {
                Change::Text(document) if *document == draft.document => {
                    return Ok(Ok(draft.revision));
                }
                Change::Text(document) => draft.document.clone_from(document),
                Change::Propose(proposal) => {
                    proposals::keep(unit, proposal)?;
                    draft.state = DraftState::Proposed;
                    draft.proposal = Some(proposal.id);
                }
                Change::Drop => draft.state = DraftState::Dropped,
            }
            draft.revision += 1;
            unit.connection.update(&SCHEME_DRAFTS, &values(&draft, &draft.area.to_string()))?;
            Ok(Ok(draft.revision))
        })
    }
}

/// What becomes of the draft of a proposal that was decided: published, or open again.
pub(crate) fn follow(
    connection: &mut Connection,
    proposal: ProposalId,
    accepted: bool,
) -> Result<(), SqlError> {
    let state = if accepted { DraftState::Published } else { DraftState::Open };
    let sql = "UPDATE scheme_drafts SET state = $1, revision = revision + 1
        WHERE proposal = $2 AND state = 'proposed'";
    let values = [Value::Text(state.word()), Value::from(proposal.bytes())];
    connection.execute(sql, &values).map(drop)
}

fn read(connection: &mut Connection, id: DraftId, lock: Lock) -> Result<Option<Draft>, SqlError> {
    let mut found = None;
    connection.fetch(&SCHEME_DRAFTS, 1, &[Value::from(id.bytes())], lock, |row| {
        found = Some(from_row(&row)?);
        Ok(())
    })?;
    Ok(found)
}

fn values<'d>(draft: &'d Draft, area: &'d str) -> [Value<'d>; 12] {
    [
        Value::from(draft.id.bytes()),
        Value::Text(&draft.scheme),
        Value::Text(area),
        Value::Text(&draft.document),
        draft.started_from.map_or(Value::Null, |day| Value::Int(number(day))),
        Value::from(draft.started_by.bytes()),
        Value::Int(draft.started_at.millis()),
        Value::from(draft.changed_by.bytes()),
        Value::Int(draft.changed_at.millis()),
        Value::Int(i64::from(draft.revision)),
        Value::Text(draft.state.word()),
        draft.proposal.as_ref().map(ProposalId::bytes).into(),
    ]
}

fn from_row(row: &Row<'_>) -> Result<Draft, SqlError> {
    let proposal = match row.opt_bytes(11)? {
        Some(_) => Some(ProposalId::from_bytes(row.array(11)?)),
        None => None,
    };
    let revision = u32::try_from(row.int(9)?).map_err(|_| row.problem(9, "is no revision"))?;
    Ok(Draft {
        id: DraftId::from_bytes(row.array(0)?),
        scheme: row.text(1)?.to_owned(),
        area: DivisionPrefix::parse(row.text(2)?).unwrap_or(DivisionPrefix::EVERYWHERE),
        document: row.text(3)?.to_owned(),
        started_from: opt_day(row, 4)?,
        started_by: OfficerId::from_bytes(row.array(5)?),
        started_at: Moment::from_millis(row.int(6)?),
        changed_by: OfficerId::from_bytes(row.array(7)?),
        changed_at: Moment::from_millis(row.int(8)?),
        revision,
        state: DraftState::of_word(row.text(10)?).ok_or_else(|| row.problem(10, "is no state"))?,
        proposal,
    })
}
