//! Vouchers that somebody hands in and that should not have come: a case is opened (P13), even
//! where nothing is ordered because of it.

use kangji_core::{
    Moment,
    ids::{CauseId, HolderId},
};
use kangji_ledger::account_of;
use kangji_redemption::voucher::Serial;

use super::purse::{Deed, Purse};
use crate::store::{Pending, Store};

/// Vouchers that were handed in.
#[derive(Clone, Debug)]
pub struct Presented {
    /// By whom, or for whom.
    pub person: HolderId,
    /// Under which scheme.
    pub scheme: String,
    /// At which institution or shop.
    pub place: String,
    /// Which.
    pub vouchers: Vec<Serial>,
    /// Who was asked to take them.
    pub by: Option<[u8; 16]>,
    /// The clock.
    pub now: Moment,
}

impl Store {
    /// Opens a case for each voucher that was spent or called lost before; for one that is good
    /// nothing happens.
    #[must_use = "it may fail"]
    pub fn suspect(&self, presented: Presented) -> Pending<()> {
        self.once(move |unit| {
            let Presented { person, scheme, place, vouchers, by, now } = &presented;
            let mut purse = Purse::read(unit.connection, vouchers)?;
            let deed = Deed {
                account: account_of(*person, scheme),
                person: *person,
                scheme,
                place,
                cause: CauseId::from_bytes([0; 16]),
                by: *by,
                now: *now,
            };
            for (serial, borne) in purse.each(None, vouchers, deed.hand()) {
                if let Err(why) = borne {
                    purse.suspect(serial, &why, &deed);
                }
            }
            Ok(purse.write(unit.connection)?)
        })
    }
}
