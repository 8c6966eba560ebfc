//! A partner shop whose ratio is published, for tests of what rests on agreements.

use kangji_core::{Day, Moment, ids::OfficerId};
use kangji_redemption::partner::Bears;

use crate::{
    facts::holders::new_id,
    ledger::rows::number,
    redemption::Institution,
    schema::{AGREEMENTS, INSTITUTIONS},
    sql::Value,
    store::{Pending, Store},
};

impl Store {
    /// Registers a shop with an agreement that holds from a day on: ten of the scheme's smallest
    /// units take one yuan off, up to half of a bill, and the shop bears forgeries.
    pub(crate) fn open_sample_shop(
        &self,
        shop: Institution,
        scheme: &str,
        from: Day,
        by: [OfficerId; 2],
    ) -> Pending<()> {
        let scheme = scheme.to_owned();
        let opened_at = Moment::start_of(from);
        self.work(move |unit| {
            let (id, area) = (new_id(opened_at), shop.area.to_string());
            unit.connection.upsert(
                &INSTITUTIONS,
                &[
                    Value::Text(&shop.code),
                    Value::Text(&shop.name),
                    Value::Text(shop.level.word()),
                    Value::Text(&area),
                    Value::Text(&shop.address),
                    Value::Text(&shop.phone),
                    Value::Text(&shop.hours),
                    Value::Int(shop.changed_at.millis()),
                    Value::Null,
                ],
            )?;
            let [proposer, publisher] = &by;
            let row = [
                Value::from(&id),
                Value::Text(&shop.code),
                Value::Text(&scheme),
                Value::Int(number(from)),
                Value::Int(number(Day::LAST)),
                Value::Text(&area),
                Value::Int(10),
                Value::Int(50),
                Value::Null,
                Value::Null,
                Value::Text(Bears::Shop.word()),
                Value::from(proposer.bytes()),
                Value::Int(opened_at.millis()),
                Value::from(publisher.bytes()),
                Value::Int(number(from)),
                Value::Text("演示公布〔2026〕1号"),
                Value::Null,
                Value::Null,
                Value::Null,
            ];
            Ok(unit.connection.insert(&AGREEMENTS, &row)?)
        })
    }
}
