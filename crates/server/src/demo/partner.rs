//! A partner shop of the district whose scheme has vouchers: its agreement is published, some
//! people have used points there, and one has two vouchers from before the system came.

use kangji_core::{
    Day, DayRange, Fen, Moment, Points,
    ids::{AgreementId, DeductionId, HolderId, OfficerId},
};
use kangji_ledger::{Seq, account_of};
use kangji_redemption::{
    Level, Signature,
    partner::{Bears, NewDeduction},
    voucher::Serial,
};
use kangji_rights::Action;
use kangji_rules::scheme::Scheme;
use kangji_store::{
    AgreementStep, DeductionAct, DeductionCommand, Institution, Issuing, NewAgreement, Store,
    VoucherAct, VoucherCommand, new_id,
};

use super::{
    cast,
    district::{District, Known},
    settlement::month_before,
    shop::{busiest, everywhere},
};
use crate::problem::{Code, Problem};

/// The shop's code.
pub(super) const SHOP: &str = "P-shop-1";
/// The vouchers by hand of the elderly person of the cast.
const BY_HAND: [&str; 2] = ["DEMO-0001", "DEMO-0002"];
/// People who have used points there.
const CUSTOMERS: usize = 8;

/// Opens the shop; `officers` answer for it, `cashier` has deducted there.
///
/// # Errors
/// Where the database fails.
pub(super) fn open(
    store: &Store,
    district: &District,
    known: &Known,
    officers: &[OfficerId],
    cashier: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let [proposer, publisher] = officers else { return Err(Code::Internal.into()) };
    let schemes = store.schemes()?;
    let mut versions = schemes.iter().filter_map(|versions| versions.last());
    let scheme = versions.find(|scheme| scheme.division.includes(district.area()));
    let Some(scheme) = scheme.filter(|scheme| scheme.vouchers.is_some()) else { return Ok(()) };
    let institution = Institution {
        code: SHOP.to_owned(),
        name: format!("{}演示共富超市（虚构）", district.name),
        level: Level::Shop,
        area: district.area(),
        address: format!("{}演示路 9 号", district.name),
        phone: "160-0000-0009".to_owned(),
        hours: "每天 8:00—21:00".to_owned(),
        changed_at: now,
        closed_at: None,
    };
    let _ = store.put_institution(&everywhere(Action::InstitutionsWrite)?, institution).wait()?;
    // Early enough for a month that can be settled.
    let opened = Moment::start_of(month_before(now));
    agree(store, district, scheme, (*proposer, *publisher), opened)?;
    by_hand(store, known, scheme, *proposer, now)?;
    customers(store, known, scheme, cashier, now)
}

fn agree(
    store: &Store,
    district: &District,
    scheme: &Scheme,
    (proposer, publisher): (OfficerId, OfficerId),
    now: Moment,
) -> Result<(), Problem> {
    let (permit, today) = (everywhere(Action::AgreementsWrite)?, now.day());
    let id = AgreementId::from_bytes(new_id(now));
    let new = NewAgreement {
        id,
        shop: SHOP.to_owned(),
        scheme: scheme.id.clone(),
        days: DayRange { from: Day::new(today.year(), 1, 1).unwrap_or(today), to: Day::LAST },
        area: None,
        points_per_yuan: Points(20 * scheme.decimals.units_per_point()),
        share: 30,
        day_limit: None,
        month_limit: Some(Points(2_000 * scheme.decimals.units_per_point())),
        bears: Bears::Shop,
        by: proposer,
    };
    store.propose_agreement(&permit, new, now).wait()?.map_err(|_| Code::Internal)?;
    let document = format!("{}演示公布〔{}〕1号", district.name, today.year());
    let signature = Signature { by: publisher, day: today, document };
    let done =
        store.decide_agreement(&permit, id, AgreementStep::Publish, signature, now).wait()?;
    done.ok_or(Code::Internal)?.map_err(|_| Code::Internal)?;
    Ok(())
}

/// Two small credits of the elderly person stand on vouchers that were written by hand.
fn by_hand(
    store: &Store,
    known: &Known,
    scheme: &Scheme,
    by: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let (Some((_, old)), Some(institution)) =
        (cast::elderly(known, now.day()), busiest(known).into_iter().next())
    else {
        return Ok(());
    };
    let Some(person) = store.holder(&old.code)? else { return Ok(()) };
    let Some(account) = store.account(account_of(person, &scheme.id))? else { return Ok(()) };
    let mut lots: Vec<(Points, Seq)> =
        account.lots.iter().map(|lot| (lot.points, lot.seq)).collect();
    lots.sort_unstable();
    for (number, (points, lot)) in BY_HAND.into_iter().zip(lots) {
        let Ok(serial) = Serial::by_hand(number) else { continue };
        let issuing = Issuing {
            person,
            scheme: scheme.id.clone(),
            lot,
            institution: institution.clone(),
            day: now.day(),
            authority: "演示".to_owned(),
            proxy: None,
            or_next: false,
        };
        let act = VoucherAct::TakeOver { issuing, stub: points };
        let command = VoucherCommand { serial, act, by: *by.bytes(), now };
        let _ = store.voucher_act(command).wait()?;
    }
    Ok(())
}

/// Some who have enough have used a little.
fn customers(
    store: &Store,
    known: &Known,
    scheme: &Scheme,
    cashier: OfficerId,
    now: Moment,
) -> Result<(), Problem> {
    let elderly = cast::elderly(known, now.day()).map(|(_, fact)| fact.code.as_str());
    let others = known.residents.iter().filter(|fact| Some(fact.code.as_str()) != elderly);
    let mut made = 0;
    for (number, fact) in (1..).zip(others) {
        let Some(person) = store.holder(&fact.code)? else { continue };
        if made < CUSTOMERS && deduct(store, scheme, (person, number), cashier, now)? {
            made += 1;
        }
        if made == CUSTOMERS {
            break;
        }
    }
    Ok(())
}

fn deduct(
    store: &Store,
    scheme: &Scheme,
    (person, number): (HolderId, i64),
    cashier: OfficerId,
    now: Moment,
) -> Result<bool, Problem> {
    let wanted = Points((20 + number % 5 * 20) * scheme.decimals.units_per_point());
    let account = store.account(account_of(person, &scheme.id))?;
    if account.is_none_or(|account| account.redeemable(now.day()) < wanted) {
        return Ok(false);
    }
    let new = NewDeduction {
        shop: SHOP.to_owned(),
        receipt: format!("演示{number:04}"),
        scheme: scheme.id.clone(),
        person,
        bill: Fen(3_580 + number * 90),
        points: wanted,
        vouchers: Vec::new(),
    };
    let id = DeductionId::from_bytes(new_id(now));
    let act = DeductionAct::Make { id, new, pay_code: None };
    let answer = store.deduct(DeductionCommand { act, by: *cashier.bytes(), now }).wait()?;
    Ok(answer.is_ok())
}
