//! The only SQL of the project: facts and the points ledger, on SQLite and PostgreSQL.

mod access;
mod audit;
pub mod backup;
pub mod bench;
mod call;
mod cases;
mod checkpoints;
mod copied;
mod divisions;
mod drafts;
mod facts;
pub mod jobs;
mod lease;
mod ledger;
mod migrations;
pub mod outside;
mod partner;
mod people;
mod post;
mod proposals;
mod read;
mod readers;
mod redemption;
mod registers;
mod reports;
mod sanctions;
mod schema;
mod sql;
mod store;
mod targets;
mod tasks;
mod turn;
pub mod verify;
mod vouchers;
mod writer;

pub use access::{
    Client, FORGET_SECOND_FACTOR, Failures, NameTaken, Purpose, SecondFactor, Session, Standing,
    Strength, Ticket, Unchanged, User,
};
pub use audit::{Actor, AuditQuery, AuditReport, Deed, Line, Subject};
pub use call::{Call, IdempotencyKey};
pub use cases::{CaseQuery, DeductionPlace, NewCase};
pub use divisions::NamedDivision;
pub use drafts::{Draft, DraftQuery, DraftState, NotChanged, Note};
pub use facts::{
    AttributeValue, DatedText, Fact, RecordFact, ResidentFact, change::Changes, facts_of,
    holders::new_id, population::Population,
};
pub use lease::Lease;
pub use ledger::unit::Answer;
pub use migrations::MigrationError;
pub use partner::{
    AgreementQuery, AgreementStep, DayTotal, DeductionAct, DeductionAnswer, DeductionCommand,
    DeductionQuery, DeductionQuote, DeductionTold, NewAgreement, NotAgreed, ProposedAgreement,
    StatementQuery, StatementStep, paid_for,
};
pub use people::{
    Consent, Correction, CorrectionDecision, Opinion, OpinionAnswer, OpinionQuery, PersonKey,
    Registered, Registration, SealedPerson,
};
pub use post::{
    Entered,
    bulk::{HolderOutcomes, OutcomeRow},
    compare::{Comparison, Mismatch},
    decisions::{CheckedDecision, Decided, Decision, DecisionFault, DecisionSubject},
    recording::{Manner, Writing, WrittenService, WrittenServices},
    rulebook::PublishError,
    services::{CheckedService, Service, ServiceFault},
    settle::Settlement,
    told::{OutcomeTold, PointsChange},
};
pub use proposals::{
    HELPERS, NotDecided, Pool, Proposal, ProposalDecision, ProposalQuery, Proposed, helps_in,
    reaches,
};
pub use read::{
    AuditedAccount, Balance, Candidate, CandidateCursor, CandidateQuery, Entries, Explained,
    HeldRecord, KnownResident, Lapsing, MetricRow, Posted, RANKED_MIN, Ranking, Reading,
    RecordQuery, RecordRow, ResidentQuery, Statement,
};
pub use redemption::{
    Books, CatalogueQuery, CatalogueState, Cost, CostQuery, CountFault, Counted, Counter, Figures,
    FiguresQuery, Institution, ItemFault, ItemFigures, NewCatalogue, NewCost, NotCounted,
    NotOrdered, NotProposed, Offered, OrderAct, OrderAnswer, OrderCommand, OrderDate, OrderQuery,
    OrderTold, Outstanding, PUBLIC_RATERS_MIN, ProposedCatalogue, Quoted, Receipt, Satisfaction,
    Spent, Step, StockBatch, StockEntry, StockQuery, StockedGood, WriteOff,
};
pub use registers::{NewRegisterEntry, RegisterAnswer, RegisterEntry, RegisterQuery};
pub use reports::{NewReport, Report, ReportReceived};
pub use sanctions::{
    Forged, ForgedChange, ForgedTold, Sanction, SanctionQuery, VOID_RECORDS, Voided,
};
pub use sql::{Class, Location, SqlError};
pub use store::{Pending, Store, StoreError};
pub use targets::{Target, Uneven};
pub use tasks::{Progress, SILENCE_MILLIS, Task, TaskFile, TaskQuery, TaskState};
pub use verify::verify;
pub use vouchers::{
    Issuing, PaperCredit, Presented, Printed, VoucherAct, VoucherAnswer, VoucherCommand,
    VoucherCount, VoucherQuery, VoucherTold,
};
