//! A made-up shop, for tests and measurements: a scheme whose catalogue is in force, an institution
//! with its shelves full, and people with points.

use std::fmt::Write;

use kangji_core::{
    Day, Fen, Moment, Points,
    ids::{CatalogueId, HolderId, OrderId},
};
use kangji_ledger::{Act, Answer, Command, Source, account_of};
use kangji_redemption::{Batch, cost::Source as Payer, order::NewOrder};

use super::{OrderAct, OrderCommand, orders::json};
use crate::{
    facts::holders::new_id,
    ledger::rows::number,
    schema::{BATCHES, CATALOGUES, INSTITUTIONS, SHELVES, STOCK_ENTRIES},
    sql::Value,
    store::{Store, StoreError},
};

/// The scheme.
pub(crate) const SCHEME: &str = "shop";
/// The institution.
pub(crate) const INSTITUTION: &str = "clinic-1";
/// What every item costs.
pub(crate) const PRICE: Points = Points(5);

const CATALOGUE: CatalogueId = CatalogueId::from_bytes([0xca; 16]);
const OFFICER: [u8; 16] = [0x0f; 16];

/// The document: `items` goods, each its own item; `more` is added to every item.
fn document(items: usize, more: &str) -> (String, String) {
    let mut content = String::new();
    for item in 0..items {
        let _ = write!(
            content,
            "[[item]]\nid = \"good-{item}\"\nname = \"物品{item}\"\npoints = {}\n{more}\n",
            PRICE.0
        );
    }
    let text = format!(
        "+++\nid = \"{SCHEME}\"\ntitle = \"测量用\"\nissuer = \"测量用\"\ndivision = \"510403\"\n\
        in_force = {{ from = 2026-01-01 }}\npoints = {{ decimals = 0 }}\n+++\n\n# 测量用\n\n\
        ## 目录\n\n```toml\n{content}```\n"
    );
    (text, content)
}

/// Opens the shop: `items` items, `pieces` of each.
pub(crate) fn open(
    store: &Store,
    items: usize,
    pieces: u32,
    more: &str,
    now: Moment,
) -> Result<(), StoreError> {
    let (text, content) = document(items, more);
    store.publish(&text, now).wait()?.map_err(|error| StoreError::Thread(error.to_string()))?;
    let stock = store.work(move |unit| {
        let (today, at) = (Value::Int(number(now.day())), Value::Int(now.millis()));
        let officer = Value::from(&OFFICER);
        let none = Value::Null;
        let catalogue = [
            Value::from(CATALOGUE.bytes()),
            Value::Text(SCHEME),
            none,
            Value::Text("district"),
            Value::Text("510403"),
            Value::Int(number(Day::FIRST)),
            Value::Int(number(Day::LAST)),
            Value::Text(&content),
            officer,
            at,
            officer,
            today,
            Value::Text("审1"),
            officer,
            today,
            Value::Text("备1"),
            none,
            none,
            none,
        ];
        unit.connection.insert(&CATALOGUES, &catalogue)?;
        let text = Value::Text("");
        let [code, name] = [INSTITUTION, "测量用"].map(Value::Text);
        let (level, area) = (Value::Text("institution"), Value::Text("510403"));
        let institution = [code, name, level, area, text, text, text, at, none];
        unit.connection.insert(&INSTITUTIONS, &institution)?;
        for item in 0..items {
            let good = format!("物品{item}");
            let id = new_id(now);
            let batch = Batch {
                id,
                expires_on: None,
                left: pieces,
                piece: Fen(100),
                source: Payer::Subsidy,
            };
            let batches = json(&[batch])?;
            let place = [Value::Text(INSTITUTION), Value::Text(&good)];
            let shelf = [Value::Int(0), Value::Text(&batches)];
            unit.connection.insert(&SHELVES, &[&place[..], &shelf].concat())?;
            let (text, pieces) = (Value::Text(""), Value::Int(i64::from(pieces)));
            let received = [
                &[Value::from(&id)],
                &place[..],
                &[text, text, text, none, pieces, Value::Int(100), Value::Text("subsidy")],
                &[officer, at],
            ];
            unit.connection.insert(&BATCHES, &received.concat())?;
            let entry = new_id(now);
            let entry = [
                place[0],
                Value::from(&entry),
                place[1],
                Value::from(&id),
                Value::Text("receipt"),
                pieces,
                at,
                officer,
                none,
                none,
            ];
            unit.connection.insert(&STOCK_ENTRIES, &entry)?;
        }
        Ok(())
    });
    stock.wait()
}

/// Opens an account for each of them, with so many points.
pub(crate) fn give(
    store: &Store,
    people: &[HolderId],
    points: i64,
    now: Moment,
) -> Result<(), StoreError> {
    let holders = people.iter().map(|person| (*person, false)).collect();
    store.open_accounts(SCHEME, holders).wait()?;
    let credit = |person: &HolderId| {
        let source = Source {
            award: "lecture".to_owned(),
            resident: *person,
            record: None,
            period: None,
            version: now.day(),
        };
        let act = Act::Credit { points: Points(points), expires_on: None, source };
        let account = account_of(*person, SCHEME);
        let answer = Answer::default();
        store.execute(Command { key: None, account, day: now.day(), act, answer }, now)
    };
    for some in people.chunks(4096) {
        let waiting: Vec<_> = some.iter().map(credit).collect();
        for pending in waiting {
            pending.wait()?.map_err(StoreError::Refused)?;
        }
    }
    Ok(())
}

/// An order of one set of an item.
pub(crate) fn place(person: HolderId, item: usize, now: Moment) -> OrderCommand {
    let new = NewOrder {
        catalogue: CATALOGUE,
        item: format!("good-{item}"),
        sets: 1,
        chosen: Vec::new(),
        institution: INSTITUTION.to_owned(),
    };
    let id = OrderId::from_bytes(new_id(now));
    let code = "12345678".to_owned();
    let act = OrderAct::Place { id, person, code, new, hand_over: false, proxy: None };
    OrderCommand { act, by: Some(*person.bytes()), now }
}
