//! A made-up shop, for tests and measurements: a scheme whose catalogue is in force, an institution
//! with its shelves full, and people with points.

use std::fmt::Write;

use kangji_core::{
    DayRange, DivisionPrefix, Fen, Moment, Points,
    ids::{CatalogueId, HolderId, OfficerId, OrderId},
};
use kangji_ledger::{Act, Answer, Command, Source, account_of};
use kangji_redemption::{Level, Signature, cost::Source as Payer, order::NewOrder};
use kangji_rights::{Action, Cover, Permit};

use super::{Institution, NewCatalogue, OrderAct, OrderCommand, Receipt, Step};
use crate::{
    facts::holders::new_id,
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
        ## 积分券\n\n```toml\n[vouchers]\nletters = \"SV\"\ntitle = \"测量用\"\n```\n\n\
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
    let failed = |why: String| StoreError::Thread(why);
    store.publish(&text, now).wait()?.map_err(|error| failed(error.to_string()))?;
    let institution = Institution {
        code: INSTITUTION.to_owned(),
        name: "测量用".to_owned(),
        level: Level::Institution,
        area: DivisionPrefix::EVERYWHERE,
        address: String::new(),
        phone: String::new(),
        hours: String::new(),
        changed_at: now,
        closed_at: None,
    };
    let _ = store.put_institution(&everywhere(Action::InstitutionsWrite)?, institution).wait()?;
    let new = NewCatalogue {
        id: CATALOGUE,
        scheme: SCHEME.to_owned(),
        provider: None,
        area: None,
        days: DayRange::ALWAYS,
        content,
        by: OfficerId::from_bytes([1; 16]),
    };
    let proposed = store.propose_catalogue(&everywhere(Action::CataloguesPropose)?, new, now);
    proposed.wait()?.map_err(|why| failed(format!("{why:?}")))?;
    let permit = everywhere(Action::CataloguesReview)?;
    for step in [Step::Review, Step::File] {
        let (by, day) = (OfficerId::from_bytes(OFFICER), now.day());
        let signature = Signature { by, day, document: "测量用".to_owned() };
        let decided = store.decide_catalogue(&permit, CATALOGUE, step, signature, day).wait()?;
        decided.transpose().map_err(|why| failed(why.to_string()))?;
    }
    for item in 0..items {
        let receipt = Receipt {
            institution: INSTITUTION.to_owned(),
            good: format!("物品{item}"),
            supplier: String::new(),
            lot: String::new(),
            certificate: String::new(),
            expires_on: None,
            pieces,
            piece: Fen(100),
            source: Payer::Subsidy,
        };
        let received = store.receive_goods(receipt, OFFICER, now).wait()?;
        received.map_err(|why| failed(why.to_string()))?;
    }
    Ok(())
}

fn everywhere(action: Action) -> Result<Permit, StoreError> {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    let permit = Permit::covering(action, vec![cover]);
    permit.ok_or_else(|| StoreError::Thread("there is no permit".to_owned()))
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
        vouchers: Vec::new(),
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
