//! Paper vouchers of a district whose scheme has some: printed, given to the first institution, and
//! issued to some of the invented people.

use kangji_core::{Moment, ids::OfficerId};
use kangji_redemption::voucher::Serial;
use kangji_store::{Issuing, Store, VoucherAct, VoucherCommand};

use super::district::{District, Known};
use crate::problem::{Code, Problem};

/// Vouchers that are printed, and how many of them the institution has.
const PRINTED: u32 = 200;
const STOCKED: u32 = 120;
/// People who have one.
const HOLDERS: usize = 12;

/// Prints, gives out and issues; nothing where the district's scheme has no vouchers. `officer`
/// has them printed, `nurse` issues them at `institution`.
///
/// # Errors
/// Where the database fails.
pub(super) fn issue(
    store: &Store,
    district: &District,
    known: &Known,
    (officer, nurse, institution): (OfficerId, OfficerId, &str),
    now: Moment,
) -> Result<(), Problem> {
    let schemes = store.schemes()?;
    let newest = schemes.iter().filter_map(|versions| versions.last());
    let mut newest = newest.filter(|scheme| scheme.division.includes(district.area()));
    let Some(scheme) = newest.find(|scheme| scheme.vouchers.is_some()) else { return Ok(()) };
    let by = *officer.bytes();
    let printed = store.print_vouchers(&scheme.id, PRINTED, by, now).wait()?;
    let first: Serial =
        printed.map_err(|_| Code::Internal)?.first.parse().map_err(|_| Code::Internal)?;
    store.stock_vouchers(&scheme.id, institution, STOCKED, by, now).wait()?;
    let place = store.institution(institution)?.ok_or(Code::Internal)?;
    let mut issued = 0;
    for fact in &known.residents {
        if issued >= HOLDERS {
            break;
        }
        let Some(person) = store.holder(&fact.code)? else { continue };
        let credits = store.paper_credits(person, now.day())?;
        // Whoever has one credit only keeps it on the phone.
        let [credit, _, ..] = credits.as_slice() else { continue };
        let issuing = Issuing {
            person,
            scheme: scheme.id.clone(),
            lot: credit.lot,
            institution: place.code.clone(),
            day: now.day(),
            authority: format!("护士（{}）", place.name),
            proxy: None,
            or_next: true,
        };
        let act = VoucherAct::Issue(issuing);
        let command = VoucherCommand { serial: first.clone(), act, by: *nurse.bytes(), now };
        // What a shortfall keeps from it stays as it is.
        if store.voucher_act(command).wait()?.is_ok() {
            issued += 1;
        }
    }
    Ok(())
}
