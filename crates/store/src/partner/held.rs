//! Deductions of a person, for all that is held about them.

use kangji_core::ids::HolderId;
use kangji_redemption::Deduction;

use super::deductions::select;
use crate::{
    sql::Value,
    store::{Store, StoreError},
};

impl Store {
    /// All deductions that a person's points ever paid, those that were called off included, by
    /// shop, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn held_deductions(&self, person: HolderId) -> Result<Vec<Deduction>, StoreError> {
        // By their accounts, which is what the index of deductions begins with.
        let theirs = "account IN (SELECT id FROM accounts WHERE holder = $1)
            ORDER BY shop, made_at, id";
        Ok(select(&mut *self.reader()?, theirs, &[Value::from(person.bytes())])?)
    }
}

#[cfg(test)]
mod tests {
    use kangji_core::{
        Fen, Points,
        ids::{AgreementId, DeductionId},
    };
    use kangji_ledger::account_of;
    use kangji_redemption::{order::Step, partner::DeductionState, voucher::Serial};

    use super::*;
    use crate::{
        partner::deductions::{rows, text},
        redemption::sample_stock::{Clinic, SCHEME, noon},
        schema::DEDUCTIONS,
        verify::sample::{Folder, both},
    };

    #[test]
    fn all_deductions_of_a_person_are_theirs() {
        let folder = Folder::new();
        for location in both(&folder) {
            let clinic = Clinic::open(&location);
            let [me, other] = ["a", "b"].map(|code| clinic.person(code, "510403001001", 10));
            let step = |day| Step { at: noon(day), by: Some([7; 16]) };
            let made = |id: u8, person, day| Deduction {
                id: DeductionId::from_bytes([id; 16]),
                shop: "shop-1".to_owned(),
                receipt: format!("R-{id}"),
                scheme: SCHEME.to_owned(),
                agreement: AgreementId::from_bytes([9; 16]),
                person,
                account: account_of(person, SCHEME),
                bill: Fen(2000),
                off: Fen(100),
                points: Points(5),
                electronic: Points(2),
                capture: None,
                vouchers: vec![Serial::numbered("XQ", 7).unwrap()],
                state: DeductionState::Made,
                made: step(day),
                cancelled: None,
                reason: None,
            };
            let called_off = Deduction {
                state: DeductionState::Cancelled,
                cancelled: Some(step("02-01")),
                reason: Some("算错了".to_owned()),
                ..made(1, me, "02-01")
            };
            let all = [made(2, me, "02-02"), called_off, made(3, other, "02-01")];
            let kept = all.clone();
            let keep = clinic.store.work(move |unit| {
                let texts: Vec<String> = kept.iter().map(|one| text(one).unwrap()).collect();
                let named: Vec<&Deduction> = kept.iter().collect();
                Ok(unit.connection.insert(&DEDUCTIONS, &rows(&named, &texts))?)
            });
            keep.wait().unwrap();
            let [newer, older, _] = all;
            assert_eq!(clinic.store.held_deductions(me).unwrap(), [older, newer]);
        }
    }
}
