//! Doing what was accepted, in the transaction of the decision. What can be refused is refused
//! before anything is written.

use kangji_core::{
    Points,
    ids::{AccountId, CauseId, CommandKey, HolderId, ReasonId, TaskId},
};
use kangji_ledger::{Act, Answer, Command, Refusal, account_of};
use kangji_rules::score::Program;

use super::{NotDecided, Proposal, ProposalDecision, Proposed, pools};
use crate::{
    audit::{DONE, Done, Subject},
    facts::{Fact, change, holders},
    ledger::unit::Unit,
    people::erase::erase,
    post::{
        Entered,
        rulebook::{Rulebook, Version},
    },
    sanctions::{
        VOID_RECORDS,
        deciding::{By, Terms, lift, sanction},
    },
    schema::REASONS,
    sql::{SqlError, Value},
    store::StoreError,
    tasks::{self, Progress, Task, TaskState},
};

/// Carries a proposal out.
pub(super) fn carry_out(
    unit: &mut Unit<'_>,
    rulebook: &Rulebook,
    proposal: &Proposal,
    decision: &ProposalDecision,
) -> Result<Result<(), NotDecided>, StoreError> {
    let now = decision.at;
    match &proposal.content {
        Proposed::PublishScheme { document } => {
            let published = match Version::read(document, &rulebook.words) {
                Ok(version) => version.publish(unit.connection, rulebook, now)?,
                Err(error) => Err(error),
            };
            match published {
                Ok(true) => change::remember_everyone(unit.connection, now)?,
                Ok(false) => {}
                Err(error) => return Ok(Err(NotDecided::NotPublished(error.chinese()))),
            }
        }
        Proposed::Sanction { holder, days, article, referred_to, reason } => {
            keep_reason(unit, proposal, reason)?;
            let (article, referred_to) = (article.as_deref(), referred_to.as_deref());
            let terms = Terms { article, referred_to };
            let by = By { proposal, decision };
            return Ok(sanction(unit, by, (holder, *days), terms)?.map_err(NotDecided::Refused));
        }
        Proposed::Lift { sanction, reason } => {
            keep_reason(unit, proposal, reason)?;
            return Ok(match lift(unit, By { proposal, decision }, *sanction)? {
                None => Err(NotDecided::Lifted),
                Some(done) => done.map_err(NotDecided::Refused),
            });
        }
        Proposed::VoidRecords { reason, .. } => {
            keep_reason(unit, proposal, reason)?;
            tasks::keep(unit, &voiding(proposal, decision), &[])?;
        }
        Proposed::Erase { resident, reason } => {
            keep_reason(unit, proposal, reason)?;
            let entered = Entered { now, reason: Some(reason_of(proposal)) };
            erase(unit, rulebook, *resident, entered)?;
        }
        Proposed::Adjust { account, points, reason } => {
            unit.load([*account])?;
            let program = unit.scheme_of(*account).and_then(|scheme| rulebook.program(scheme));
            let versions = program.map(Program::versions).unwrap_or_default();
            let in_force = versions.iter().rev().find(|one| one.in_force.contains(now.day()));
            let expiry = in_force.and_then(|version| version.expiry).filter(|_| points.0 > 0);
            let expires_on = expiry.map(|expiry| expiry.ends(now.day()));
            let act = Act::Adjust { points: *points, expires_on };
            return post(unit, proposal, decision, (*account, act, None), reason);
        }
        Proposed::WriteOff { account, institution, reason } => {
            unit.load([*account])?;
            // An institution has an id under its code as everybody else has.
            let ids = holders::ids(unit.connection, [institution.as_str()], now)?;
            let cause = ids.get(institution).map(|id| CauseId::from_bytes(*id.bytes()));
            return post(unit, proposal, decision, (*account, Act::WriteOff, cause), reason);
        }
        Proposed::HandOn { pool, list, reason } => {
            return hand_on(unit, proposal, decision, (*pool, list), reason);
        }
        Proposed::Metric { community, year, name, value, evidence } => {
            keep_reason(unit, proposal, evidence)?;
            let (community, name) = (community.to_string(), name.clone());
            let facts = [Fact::Metric { community, year: *year, name, value: *value }];
            let why = Some(reason_of(proposal));
            let (_, touched) = change::write(unit.connection, &facts, now, why)?;
            change::remember(unit.connection, &touched, now)?;
        }
    }
    Ok(Ok(()))
}

/// Hands points of a village's pool on to those on a list.
fn hand_on(
    unit: &mut Unit<'_>,
    proposal: &Proposal,
    decision: &ProposalDecision,
    (pool, list): (AccountId, &[(HolderId, Points)]),
    reason: &str,
) -> Result<Result<(), NotDecided>, StoreError> {
    let now = decision.at;
    unit.load([pool])?;
    let scheme = unit.scheme_of(pool).map(ToOwned::to_owned);
    let is_pool = unit.account(pool).is_some_and(|account| account.pool);
    let Some(scheme) = scheme.filter(|_| is_pool) else {
        return Ok(Err(NotDecided::Refused(Refusal::NotAPool)));
    };
    // Who has moved away or gives the help no longer since it was proposed gets nothing.
    let receivers: Vec<_> = list.iter().map(|(holder, _)| *holder).collect();
    let village = proposal.area;
    if let Some(place) = pools::outside(unit.connection, village, &receivers, now.day())? {
        return Ok(Err(NotDecided::Outside { place }));
    }
    unit.open(receivers.iter().map(|holder| (*holder, false)), &scheme)?;
    let list = list.iter().map(|(holder, points)| (account_of(*holder, &scheme), *points));
    let act = Act::HandOn { list: list.collect() };
    post(unit, proposal, decision, (pool, act, None), reason)
}

/// The work that accepting forged records to be void asks for.
fn voiding(proposal: &Proposal, decision: &ProposalDecision) -> Task {
    Task {
        id: TaskId::from_bytes(*proposal.id.bytes()),
        kind: VOID_RECORDS.to_owned(),
        action: proposal.action(),
        title: "作废不实记录".to_owned(),
        input: serde_json::Value::String(proposal.id.to_string()).to_string(),
        asked_by: decision.by,
        asked_at: decision.at,
        state: TaskState::Waiting,
        progress: Progress::default(),
        begun: None,
        message: String::new(),
        ended_at: None,
    }
}

/// Posts to a loaded account; two people answer for it.
fn post(
    unit: &mut Unit<'_>,
    proposal: &Proposal,
    decision: &ProposalDecision,
    (account, act, cause): (AccountId, Act, Option<CauseId>),
    reason: &str,
) -> Result<Result<(), NotDecided>, StoreError> {
    let answer = Answer {
        officer: Some(proposal.proposed_by),
        second: Some(decision.by),
        reason: Some(reason_of(proposal)),
        cause,
    };
    let key = Some(CommandKey::from_bytes(*proposal.id.bytes()));
    let command = Command { key, account, day: decision.at.day(), act, answer };
    if let Err(refusal) = unit.decide(&command, command.input(), decision.at)? {
        return Ok(Err(NotDecided::Refused(refusal)));
    }
    unit.done.push(Done { subject: Subject::Account(account), result: DONE });
    keep_reason(unit, proposal, reason)?;
    Ok(Ok(()))
}

/// The reason of what is carried out has the bytes of the proposal's id.
const fn reason_of(proposal: &Proposal) -> ReasonId {
    ReasonId::from_bytes(*proposal.id.bytes())
}

fn keep_reason(unit: &mut Unit<'_>, proposal: &Proposal, reason: &str) -> Result<(), SqlError> {
    let (id, at) = (proposal.id.bytes().into(), proposal.proposed_at.millis().into());
    unit.connection.insert(&REASONS, &[id, Value::Text(reason), at])
}
