//! Doing what was accepted, in the transaction of the decision. What can be refused is refused
//! before anything is written.

use kangji_core::ids::{AccountId, CauseId, CommandKey, ReasonId};
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
    schema::REASONS,
    sql::{SqlError, Value},
    store::StoreError,
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
        Proposed::Sanction { holder, days, reason } => {
            keep_reason(unit, proposal, reason)?;
            let facts = [Fact::Sanction { holder: holder.clone(), days: *days }];
            let why = Some(reason_of(proposal));
            let (_, touched) = change::write(unit.connection, &facts, now, why)?;
            change::remember(unit.connection, &touched, now)?;
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
            unit.load([*pool])?;
            let scheme = unit.scheme_of(*pool).map(ToOwned::to_owned);
            let is_pool = unit.account(*pool).is_some_and(|account| account.pool);
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
            return post(unit, proposal, decision, (*pool, act, None), reason);
        }
    }
    Ok(Ok(()))
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
