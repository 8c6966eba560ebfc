//! A line of the audit log: its parts, its row, and the form that is hashed.

use kangji_core::{
    Moment,
    ids::{
        AccountId, AgreementId, CaseId, CatalogueId, ClientId, DraftId, HolderId, NoteId,
        OfficerId, ProposalId, RecordId, StatementId, TaskId, TraceId,
    },
};
use kangji_ledger::Hash;

use crate::sql::{Row, SqlError, Value};

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A member of staff.
    Staff(OfficerId),
    /// A resident.
    Resident(HolderId),
    /// A connected system.
    Client(ClientId),
    /// The program by itself, or somebody at its command line.
    Program,
    /// Somebody who has not signed in.
    Nobody,
}

/// What something is done on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Nothing in particular.
    None,
    /// A resident.
    Resident(HolderId),
    /// A service record.
    Record(RecordId),
    /// A points account.
    Account(AccountId),
    /// A member of staff.
    User(OfficerId),
    /// A connected system.
    Client(ClientId),
    /// A proposal.
    Proposal(ProposalId),
    /// A version of a redemption catalogue.
    Catalogue(CatalogueId),
    /// An agreement with a partner shop.
    Agreement(AgreementId),
    /// The statement of a partner shop.
    Statement(StatementId),
    /// A case of fraud.
    Case(CaseId),
    /// Long work.
    Task(TaskId),
    /// A version of a scheme that somebody works on.
    Draft(DraftId),
    /// What the bureau says of how a rule is read.
    Note(NoteId),
}

/// Something somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Who.
    pub actor: Actor,
    /// What, by the code of an action or a word of the program.
    pub action: String,
    /// The network address it came from, or `cli:` and the account of the operating system under
    /// which somebody ran the command; empty inside the program.
    pub origin: String,
    /// The request.
    pub trace: TraceId,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its place, from 1 on.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who did what from where.
    pub deed: Deed,
    /// On whom.
    pub subject: Subject,
    /// How it ended: `done`, or the code of why not.
    pub result: String,
    /// The hash of this line and of all before it.
    pub hash: Hash,
}

impl Actor {
    /// The word and the id by which the log names them.
    #[must_use]
    pub const fn parts(&self) -> (&'static str, Option<&[u8; 16]>) {
        match self {
            Self::Staff(id) => ("staff", Some(id.bytes())),
            Self::Resident(id) => ("resident", Some(id.bytes())),
            Self::Client(id) => ("client", Some(id.bytes())),
            Self::Program => ("program", None),
            Self::Nobody => ("nobody", None),
        }
    }

    pub(crate) fn from_parts(kind: &str, id: Option<[u8; 16]>) -> Option<Self> {
        Some(match (kind, id) {
            ("staff", Some(id)) => Self::Staff(OfficerId::from_bytes(id)),
            ("resident", Some(id)) => Self::Resident(HolderId::from_bytes(id)),
            ("client", Some(id)) => Self::Client(ClientId::from_bytes(id)),
            ("program", None) => Self::Program,
            ("nobody", None) => Self::Nobody,
            _ => return None,
        })
    }
}

impl Subject {
    /// The word and the id by which the log names it.
    #[must_use]
    pub const fn parts(&self) -> (&'static str, Option<&[u8; 16]>) {
        match self {
            Self::None => ("", None),
            Self::Resident(id) => ("resident", Some(id.bytes())),
            Self::Record(id) => ("record", Some(id.bytes())),
            Self::Account(id) => ("account", Some(id.bytes())),
            Self::User(id) => ("user", Some(id.bytes())),
            Self::Client(id) => ("client", Some(id.bytes())),
            Self::Proposal(id) => ("proposal", Some(id.bytes())),
            Self::Catalogue(id) => ("catalogue", Some(id.bytes())),
            Self::Agreement(id) => ("agreement", Some(id.bytes())),
            Self::Statement(id) => ("statement", Some(id.bytes())),
            Self::Case(id) => ("case", Some(id.bytes())),
            Self::Task(id) => ("task", Some(id.bytes())),
            Self::Draft(id) => ("draft", Some(id.bytes())),
            Self::Note(id) => ("note", Some(id.bytes())),
        }
    }

    fn from_parts(kind: &str, id: Option<[u8; 16]>) -> Option<Self> {
        Some(match (kind, id) {
            ("", None) => Self::None,
            ("resident", Some(id)) => Self::Resident(HolderId::from_bytes(id)),
            ("record", Some(id)) => Self::Record(RecordId::from_bytes(id)),
            ("account", Some(id)) => Self::Account(AccountId::from_bytes(id)),
            ("user", Some(id)) => Self::User(OfficerId::from_bytes(id)),
            ("client", Some(id)) => Self::Client(ClientId::from_bytes(id)),
            ("proposal", Some(id)) => Self::Proposal(ProposalId::from_bytes(id)),
            ("catalogue", Some(id)) => Self::Catalogue(CatalogueId::from_bytes(id)),
            ("agreement", Some(id)) => Self::Agreement(AgreementId::from_bytes(id)),
            ("statement", Some(id)) => Self::Statement(StatementId::from_bytes(id)),
            ("case", Some(id)) => Self::Case(CaseId::from_bytes(id)),
            ("task", Some(id)) => Self::Task(TaskId::from_bytes(id)),
            ("draft", Some(id)) => Self::Draft(DraftId::from_bytes(id)),
            ("note", Some(id)) => Self::Note(NoteId::from_bytes(id)),
            _ => return None,
        })
    }
}

impl Line {
    /// A line whose place is not known yet.
    pub(crate) fn new(deed: &Deed, subject: Subject, result: &str, at: Moment) -> Self {
        let (deed, result) = (deed.clone(), result.to_owned());
        Self { number: 0, at, deed, subject, result, hash: Hash::NONE }
    }

    /// The hash of this line after one with the hash `before`. The form is frozen: the number and
    /// the moment as eight bytes each, then every other field with its length in four bytes,
    /// all most significant first; an id that is not there has the length of none.
    pub(super) fn hash_after(&self, before: Hash) -> Hash {
        let (actor_kind, actor) = self.deed.actor.parts();
        let (subject_kind, subject) = self.subject.parts();
        let mut form = Vec::with_capacity(256);
        form.extend(self.number.to_be_bytes());
        form.extend(self.at.millis().to_be_bytes());
        let fields: [&[u8]; 8] = [
            actor_kind.as_bytes(),
            actor.map_or(&[], |id| id.as_slice()),
            self.deed.action.as_bytes(),
            subject_kind.as_bytes(),
            subject.map_or(&[], |id| id.as_slice()),
            self.deed.origin.as_bytes(),
            self.deed.trace.bytes(),
            self.result.as_bytes(),
        ];
        for field in fields {
            form.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            form.extend(field);
        }
        Hash::of(&[before.bytes(), &form])
    }

    /// Adds the row of `AUDIT`.
    pub(super) fn push<'a>(&'a self, values: &mut Vec<Value<'a>>) {
        let (actor_kind, actor) = self.deed.actor.parts();
        let (subject_kind, subject) = self.subject.parts();
        values.extend([
            Value::Int(self.number),
            Value::Int(self.at.millis()),
            Value::Text(actor_kind),
            actor.into(),
            Value::Text(&self.deed.action),
            Value::Text(subject_kind),
            subject.into(),
            Value::Text(&self.deed.origin),
            Value::from(self.deed.trace.bytes()),
            Value::Text(&self.result),
            Value::from(self.hash.bytes()),
        ]);
    }

    /// The line of a row of `AUDIT`.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self, SqlError> {
        let id = |position| row.opt_bytes(position)?.map(|_| row.array(position)).transpose();
        let actor = Actor::from_parts(row.text(2)?, id(3)?);
        let subject = Subject::from_parts(row.text(5)?, id(6)?);
        Ok(Self {
            number: row.int(0)?,
            at: Moment::from_millis(row.int(1)?),
            deed: Deed {
                actor: actor.ok_or_else(|| row.problem(2, "names no actor"))?,
                action: row.text(4)?.to_owned(),
                origin: row.text(7)?.to_owned(),
                trace: TraceId::from_bytes(row.array(8)?),
            },
            subject: subject.ok_or_else(|| row.problem(5, "names no subject"))?,
            result: row.text(9)?.to_owned(),
            hash: Hash::from_bytes(row.array(10)?),
        })
    }
}
