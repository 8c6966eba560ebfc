//! What the demonstration has to settle: a month of deductions at the partner shop, and the pool of a village whose points are still to be handed on.

use kangji_core::{
    Day, Fen, Moment, Period, PeriodKind, Points,
    ids::{DeductionId, OfficerId, ProposalId},
};
use kangji_redemption::partner::NewDeduction;
use kangji_store::{
    DeductionAct, DeductionCommand, HELPERS, Proposal, ProposalDecision, Proposed, Store, new_id,
};

use super::{
    district::{District, Known},
    partner::SHOP,
};
use crate::problem::{Code, Problem};

/// So many people have used their points at the shop in the month before.
const CUSTOMERS: u32 = 12;
/// What a village's pool gets for the demonstration, in whole points.
const POOL: i64 = 120;

/// Points were deducted at the district's shop in the month before, too.
///
/// # Errors
/// Where the database fails.
pub(super) fn deductions(
    store: &Store,
    district: &District,
    known: &Known,
    cashier: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let Some(scheme) = scheme_of(store, district)? else { return Ok(()) };
    let from = month_before(now);
    let mut made = 0;
    for fact in &known.residents {
        if made >= CUSTOMERS {
            break;
        }
        let Some(person) = store.holder(&fact.code)? else { continue };
        let day = from.plus_days(i64::from(made * 2 + 1));
        let at = Moment::start_of(day).plus_millis(10 * 3_600_000);
        let new = NewDeduction {
            shop: SHOP.to_owned(),
            receipt: format!("{:06}", 1001 + made),
            scheme: scheme.clone(),
            person,
            bill: Fen(i64::from(3000 + made * 170)),
            points: Points(i64::from(20 + made * 5)),
            vouchers: Vec::new(),
        };
        let id = DeductionId::from_bytes(new_id(at));
        let act = DeductionAct::Make { id, new, pay_code: None };
        let command = DeductionCommand { act, by: *cashier.bytes(), now: at };
        // Whoever had too few points by then is left.
        if store.deduct(command).wait()?.is_ok() {
            made += 1;
        }
    }
    Ok(())
}

/// The first day of the month before.
pub(super) fn month_before(now: Moment) -> Day {
    let last = Period::containing(PeriodKind::Month, now.day()).days().from.previous();
    Period::containing(PeriodKind::Month, last).days().from
}

/// Gives the village of the district's first helper a pool with points, by two people.
///
/// # Errors
/// Where the database fails.
pub(super) fn pool(
    store: &Store,
    district: &District,
    known: &Known,
    [one, other]: [OfficerId; 2],
    now: Moment,
) -> Result<(), Problem> {
    let Some(scheme) = scheme_of(store, district)? else { return Ok(()) };
    let helps = |group: &str| HELPERS.contains(&group);
    let helper =
        known.residents.iter().find(|fact| fact.groups.iter().any(|(group, _)| helps(group)));
    let village = helper.and_then(|fact| fact.communities.first()).map(|(code, _)| code.clone());
    let Some(village) = village else { return Ok(()) };
    let account = store.open_pool(&village, &scheme, now).wait()?;
    let id = ProposalId::from_bytes(new_id(now));
    let content = Proposed::Adjust {
        account,
        points: Points(POOL * 100),
        reason: "演示：年度组织体检奖励".to_owned(),
    };
    let area = kangji_core::DivisionPrefix::parse(&village).ok_or(Code::Internal)?;
    let proposal =
        Proposal { id, area, content, proposed_by: one, proposed_at: now, decision: None };
    store.propose(proposal).wait()?;
    let decision = ProposalDecision { by: other, at: now, accepted: true, reason: String::new() };
    store.decide_proposal(id, decision).wait()?.map_err(|_| Code::Internal)?;
    Ok(())
}

/// The scheme in force in a district.
pub(super) fn scheme_of(store: &Store, district: &District) -> Result<Option<String>, Problem> {
    let schemes = store.schemes()?;
    let newest = schemes.iter().filter_map(|versions| versions.last());
    let own = newest.into_iter().find(|scheme| scheme.division.includes(district.area()));
    Ok(own.map(|scheme| scheme.id.clone()))
}
