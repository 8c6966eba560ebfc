//! Cases of fraud (P13): something looked wrong, whoever is responsible decides. What the program
//! notices is opened here; the rest in `cases/`.

mod deciding;
mod reading;
#[cfg(test)]
mod tests;

use kangji_core::Moment;
use kangji_ledger::Hash;
use kangji_redemption::{fraud::CaseKind, voucher::Serial};

pub use deciding::{DeductionPlace, NewCase};
pub use reading::CaseQuery;

use crate::{
    schema::CASES,
    sql::{Connection, Lock, SqlError, Value},
};

/// That a voucher came which should not have come.
#[derive(Clone, Debug)]
pub(crate) struct Suspicion {
    pub(crate) kind: CaseKind,
    pub(crate) scheme: String,
    pub(crate) serial: Serial,
    /// Where it came now.
    pub(crate) place: String,
    /// Where and when it was spent before.
    pub(crate) first: Option<(String, Moment)>,
    pub(crate) by: Option<[u8; 16]>,
    pub(crate) at: Moment,
}

impl Suspicion {
    /// The same voucher at the same place on the same day is one case, however often a cashier
    /// tries.
    fn id(&self) -> [u8; 16] {
        let day = self.at.day().to_string();
        let parts = [self.kind.word(), self.serial.as_str(), &self.place, &day];
        Hash::of(&parts.map(|part| part.as_bytes())).uuid()
    }

    /// Opens the case, unless it is there.
    pub(crate) fn keep(&self, connection: &mut Connection) -> Result<(), SqlError> {
        let id = self.id();
        let mut is_known = false;
        connection.fetch(&CASES, 1, &[Value::from(&id)], Lock::None, |_| {
            is_known = true;
            Ok(())
        })?;
        if is_known {
            return Ok(());
        }
        let none = || Value::from(None::<&str>);
        let row = [
            Value::from(&id),
            Value::Text(self.kind.word()),
            Value::Text(&self.scheme),
            Value::Text(self.serial.as_str()),
            Value::Text(&self.place),
            self.first.as_ref().map(|(place, _)| place.as_str()).into(),
            self.first.as_ref().map(|(_, at)| at.millis()).into(),
            Value::Text(""),
            Value::Int(self.at.millis()),
            self.by.as_ref().into(),
            none(),
            none(),
            None::<i64>.into(),
            none(),
            none(),
            None::<i64>.into(),
            None::<&[u8; 16]>.into(),
            None::<&[u8; 16]>.into(),
        ];
        connection.insert(&CASES, &row)
    }
}
