//! A generated clinic with a catalogue in force and people with points, for tests of stock and of
//! what is told of it.

use kangji_core::{
    Day, DayRange, Fen, Moment, Points,
    ids::{CatalogueId, HolderId, OrderId},
    vocabulary::Vocabulary,
};
use kangji_ledger::{Act, Answer, Command, Seq, Source, account_of};
use kangji_redemption::{cost, order::NewOrder, voucher::Serial};

use super::{NotOrdered, OrderAct, OrderCommand, Receipt};
use crate::{
    facts::{Fact, ResidentFact, holders::new_id},
    post::Entered,
    schema::{CATALOGUES, INSTITUTIONS},
    sql::{self, Connection, Location, Mode, Value},
    store::Store,
    vouchers::{Issuing, VoucherAct, VoucherCommand},
};

pub(crate) const SCHEME: &str = "panzhihua-xiqu";
/// A clinic of the scheme's district, and one of another.
pub(crate) const CLINIC: &str = "clinic-1";
pub(crate) const OTHER: &str = "clinic-2";
/// Whoever answers for what is done.
pub(crate) const CLERK: [u8; 16] = [7; 16];

pub(crate) const CATALOGUE: CatalogueId = CatalogueId::from_bytes([6; 16]);
const DOCUMENT: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const ITEMS: &str = r#"
[[item]]
id = "mask"
name = "医用口罩"
points = 10
contents = [{ name = "医用口罩" }]

[[item]]
id = "oil-pot-tape-masks"
name = "控油壶＋体重指数腰围尺＋医用口罩"
points = 200
contents = [{ name = "控油壶" }, { name = "体重指数腰围尺" }, { name = "医用口罩" }]
"#;

/// The clinic.
pub(crate) struct Clinic {
    pub(crate) location: Location,
    pub(crate) store: Store,
}

/// Noon of a day of 2026.
pub(crate) fn noon(day: &str) -> Moment {
    let day: Day = format!("2026-{day}").parse().unwrap();
    Moment::start_of(day).plus_millis(12 * 3_600_000)
}

impl Clinic {
    pub(crate) fn open(location: &Location) -> Self {
        let now = noon("01-02");
        Store::migrate(location, now).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        assert_eq!(store.publish(DOCUMENT, now).wait().unwrap(), Ok(true));
        let open = store.work(move |unit| {
            let all = [(CLINIC, "510403001"), (OTHER, "440300"), ("clinic-3", "510403002")];
            for (code, area) in all {
                let name = format!("生成的{code}");
                let [code, name, area] = [code, &name, area].map(Value::Text);
                let level = Value::Text("institution");
                let none = Value::Text("");
                let row = [code, name, level, area, none, none, none, now.millis().into()];
                unit.connection
                    .insert(&INSTITUTIONS, &[row.as_slice(), &[Value::Null]].concat())?;
            }
            Ok(unit.connection.insert(&CATALOGUES, &catalogue(now))?)
        });
        open.wait().unwrap();
        Self { location: location.clone(), store }
    }

    pub(crate) fn connection(&self) -> Connection {
        sql::open(&self.location, Mode::Existing).unwrap()
    }

    /// Goods that came to [`CLINIC`]; the batch's id.
    pub(crate) fn receive(&self, good: &str, pieces: u32, now: Moment) -> [u8; 16] {
        let receipt = receipt(good, pieces);
        self.store.receive_goods(receipt, CLERK, now).wait().unwrap().unwrap()
    }

    /// Somebody who lives in a community and has points.
    pub(crate) fn person(&self, code: &str, community: &str, points: i64) -> HolderId {
        let now = noon("01-03");
        let fact = Fact::Resident(ResidentFact {
            code: code.to_owned(),
            birth_date: None,
            sex: None,
            communities: vec![(community.to_owned(), DayRange::ALWAYS)],
            guardians: Vec::new(),
            groups: Vec::new(),
        });
        self.store.enter(vec![fact], Entered { now, reason: None }).wait().unwrap();
        let person = self.store.holder(code).unwrap().unwrap();
        self.credit(person, points, now);
        person
    }

    pub(crate) fn credit(&self, holder: HolderId, points: i64, now: Moment) {
        self.credit_until(holder, points, None, now);
    }

    /// Points that are valid before a day.
    pub(crate) fn credit_until(
        &self,
        holder: HolderId,
        points: i64,
        expires_on: Option<Day>,
        now: Moment,
    ) {
        self.store.open_accounts(SCHEME, vec![(holder, false)]).wait().unwrap();
        let source = Source {
            award: "record-established".to_owned(),
            resident: holder,
            record: None,
            period: None,
            version: now.day(),
        };
        let act = Act::Credit { points: Points(points), expires_on, source };
        self.post(holder, act, now);
    }

    /// Takes a credit back.
    pub(crate) fn reverse(&self, holder: HolderId, credit: u64, now: Moment) {
        self.post(holder, Act::Reverse { credit: Seq(credit) }, now);
    }

    /// Ends what is no longer valid, as the job does.
    pub(crate) fn expire(&self, holder: HolderId, now: Moment) {
        let article = "生成的条款".to_owned();
        self.post(holder, Act::Expire { year_end: false, article }, now);
    }

    fn post(&self, holder: HolderId, act: Act, now: Moment) {
        let (account, day) = (account_of(holder, SCHEME), now.day());
        let command = Command { key: None, account, day, act, answer: Answer::default() };
        self.store.execute(command, now).wait().unwrap().unwrap();
    }

    /// A voucher that bears what is left of a credit.
    pub(crate) fn voucher(&self, person: HolderId, lot: u64, now: Moment) -> Serial {
        self.store.print_vouchers(SCHEME, 1, CLERK, now).wait().unwrap().unwrap();
        let stocked = self.store.stock_vouchers(SCHEME, CLINIC, 1, CLERK, now).wait().unwrap();
        let serial: Serial = stocked.unwrap().first.parse().unwrap();
        let issuing = Issuing {
            person,
            scheme: SCHEME.to_owned(),
            lot: Seq(lot),
            institution: CLINIC.to_owned(),
            day: now.day(),
            authority: "生成的护士".to_owned(),
            or_next: false,
            proxy: None,
        };
        self.with_voucher(&serial, VoucherAct::Issue(issuing), now);
        serial
    }

    /// Has something become of a voucher.
    pub(crate) fn with_voucher(&self, serial: &Serial, act: VoucherAct, now: Moment) {
        let command = VoucherCommand { serial: serial.clone(), act, by: CLERK, now };
        self.store.voucher_act(command).wait().unwrap().unwrap();
    }

    /// Orders so many sets of an item, to be fetched or handed over at once.
    pub(crate) fn order(
        &self,
        person: HolderId,
        (item, sets): (&str, u32),
        hand_over: bool,
        now: Moment,
    ) -> Result<OrderId, NotOrdered> {
        let id = OrderId::from_bytes(new_id(now));
        let new = NewOrder {
            vouchers: Vec::new(),
            catalogue: CATALOGUE,
            item: item.to_owned(),
            sets,
            chosen: Vec::new(),
            institution: CLINIC.to_owned(),
        };
        let code = "12345678".to_owned();
        let act = OrderAct::Place { id, person, code, new, hand_over, proxy: None };
        self.act(act, now).map(|()| id)
    }

    /// Has something become of an order.
    pub(crate) fn act(&self, act: OrderAct, now: Moment) -> Result<(), NotOrdered> {
        let command = OrderCommand { act, by: Some(CLERK), now };
        self.store.order(command).wait().unwrap().map(drop)
    }

    pub(crate) fn bring_back(&self, order: OrderId, restock: bool, now: Moment) {
        let (institution, reason) = (CLINIC.to_owned(), "生成的原因".to_owned());
        self.act(OrderAct::Return { order, institution, reason, restock }, now).unwrap();
    }

    /// How many pieces of a good are left and how many of them reserved.
    pub(crate) fn stands(&self, good: &str, now: Moment) -> (u32, u32) {
        let stock = self.store.stock(CLINIC, now).unwrap();
        let shelf = stock.into_iter().find(|one| one.good == good).unwrap().shelf;
        (shelf.batches.iter().map(|batch| batch.left).sum(), shelf.reserved)
    }
}

/// Goods that come to [`CLINIC`]: a piece costs 1.50 yuan and keeps until the end of the year.
pub(crate) fn receipt(good: &str, pieces: u32) -> Receipt {
    Receipt {
        institution: CLINIC.to_owned(),
        good: good.to_owned(),
        supplier: "生成的供货商".to_owned(),
        lot: "L-1".to_owned(),
        certificate: "川械备20260001".to_owned(),
        expires_on: Day::new(2026, 12, 31),
        pieces,
        piece: Fen(150),
        source: cost::Source::Subsidy,
    }
}

/// The scheme's own catalogue, in force all year.
fn catalogue(now: Moment) -> Vec<Value<'static>> {
    const PROPOSER: &[u8] = &[1; 16];
    const REVIEWER: &[u8] = &[2; 16];
    let texts = [Value::Text("district"), Value::Text("510403")];
    let [level, area] = texts;
    let signed = [Value::Bytes(REVIEWER), Value::Int(20_260_102), Value::Text("生成的文号")];
    let mut row = vec![Value::Bytes(&[6; 16]), Value::Text(SCHEME), Value::Null, level, area];
    row.extend([Value::Int(20_260_101), Value::Int(20_261_231), Value::Text(ITEMS)]);
    row.extend([Value::Bytes(PROPOSER), Value::Int(now.millis())]);
    row.extend(signed);
    row.extend(signed);
    row.extend([Value::Null; 3]);
    row
}
