//! The last pieces of an item, wanted by far more people than there are pieces, while the process
//! that serves is killed: what was ordered is ordered once, and points and stock agree.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Moment, Points,
    ids::{CatalogueId, HolderId, OfficerId, OrderId, TraceId},
};
use kangji_ledger::{Act, Answer, Command, Hash, Source, account_of};
use kangji_redemption::{Level, Signature, State, cost, order::NewOrder};
use kangji_rights::{Action, Cover, Permit};
use kangji_store::{
    Actor, Call, Deed, IdempotencyKey, Institution, Location, NewCatalogue, OrderAct, OrderAnswer,
    OrderCommand, OrderDate, OrderQuery, Pending, Receipt, Step, Store,
};

use crate::{child::Child, game::Servers};

const PEOPLE: u32 = 2000;
const PIECES: u32 = 100;
const POINTS: i64 = 50;
const PRICE: i64 = 5;
/// How often the process is killed on the way.
const KILLS: u32 = 6;
/// How long the last answers may take.
const PATIENCE: Duration = Duration::from_secs(120);

const SCHEME: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const SCHEME_ID: &str = "panzhihua-xiqu";
const INSTITUTION: &str = "clinic-1";
const CATALOGUE: CatalogueId = CatalogueId::from_bytes([7; 16]);
/// 2026-07-01, at noon.
const NOW: Moment = Moment::from_millis(1_782_878_400_000);
const CONTENT: &str = "[[item]]\nid = \"brush\"\nname = \"牙刷\"\npoints = 5\n";

fn person(number: u32) -> HolderId {
    let mut bytes = [3; 16];
    bytes.iter_mut().zip(number.to_be_bytes()).for_each(|(byte, part)| *byte = part);
    HolderId::from_bytes(bytes)
}

fn open(location: &Location) -> Store {
    Store::open(location, kangji_core::vocabulary::Vocabulary::national()).unwrap()
}

fn everywhere(action: Action) -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).unwrap()
}

/// People with points, a catalogue in force, and the last pieces on the shelf.
fn prepare(location: &Location) {
    Store::migrate(location, NOW).unwrap();
    let store = open(location);
    assert_eq!(store.publish(SCHEME, NOW).wait().unwrap(), Ok(true));
    let new = NewCatalogue {
        id: CATALOGUE,
        scheme: SCHEME_ID.to_owned(),
        provider: None,
        area: None,
        days: DayRange { from: Day::FIRST, to: Day::LAST },
        content: CONTENT.to_owned(),
        by: OfficerId::from_bytes([1; 16]),
    };
    let permit = everywhere(Action::CataloguesPropose);
    store.propose_catalogue(&permit, new, NOW).wait().unwrap().unwrap();
    for step in [Step::Review, Step::File] {
        let (by, day) = (OfficerId::from_bytes([2; 16]), NOW.day());
        let signature = Signature { by, day, document: "1号".to_owned() };
        let permit = everywhere(Action::CataloguesReview);
        let done = store.decide_catalogue(&permit, CATALOGUE, step, signature, day).wait();
        assert_eq!(done.unwrap(), Some(Ok(())));
    }
    let institution = Institution {
        code: INSTITUTION.to_owned(),
        name: INSTITUTION.to_owned(),
        level: Level::Institution,
        area: DivisionPrefix::parse("510403").unwrap(),
        address: String::new(),
        phone: String::new(),
        hours: String::new(),
        changed_at: NOW,
        closed_at: None,
    };
    let permit = everywhere(Action::InstitutionsWrite);
    assert!(store.put_institution(&permit, institution).wait().unwrap());
    let receipt = Receipt {
        institution: INSTITUTION.to_owned(),
        good: "牙刷".to_owned(),
        supplier: String::new(),
        lot: String::new(),
        certificate: String::new(),
        expires_on: None,
        pieces: PIECES,
        piece: Fen(100),
        source: cost::Source::Subsidy,
    };
    store.receive_goods(receipt, [1; 16], NOW).wait().unwrap().unwrap();
    let people = || (0..PEOPLE).map(person);
    store.open_accounts(SCHEME_ID, people().map(|id| (id, false)).collect()).wait().unwrap();
    let credits: Vec<_> = people().map(|id| store.execute(credit(id), NOW)).collect();
    credits.into_iter().for_each(|pending| drop(pending.wait().unwrap().unwrap()));
}

fn credit(person: HolderId) -> Command {
    let source = Source {
        award: "lecture".to_owned(),
        resident: person,
        record: None,
        period: None,
        version: NOW.day(),
    };
    let act = Act::Credit { points: Points(POINTS), expires_on: None, source };
    let account = account_of(person, SCHEME_ID);
    Command { key: None, account, day: NOW.day(), act, answer: Answer::default() }
}

/// The person's order, the same whenever it is asked for.
fn ask(store: &Store, number: u32) -> Pending<OrderAnswer> {
    let person = person(number);
    let deed = Deed {
        actor: Actor::Resident(person),
        action: "me:orders".to_owned(),
        origin: "192.0.2.1".to_owned(),
        trace: TraceId::from_bytes([0; 16]),
    };
    let key = IdempotencyKey { key: "order".to_owned(), input: Hash::of(&[person.bytes()]) };
    let new = NewOrder {
        vouchers: Vec::new(),
        catalogue: CATALOGUE,
        item: "brush".to_owned(),
        sets: 1,
        chosen: Vec::new(),
        institution: INSTITUTION.to_owned(),
    };
    let id = OrderId::from_bytes(*person.bytes());
    let (code, proxy) = ("12345678".to_owned(), None);
    let act = OrderAct::Place { id, person, code, new, hand_over: false, proxy };
    let store = store.on_behalf(Call { deed, now: NOW, key: Some(key) });
    store.order(OrderCommand { act, by: Some(*person.bytes()), now: NOW })
}

/// Orders for whoever is named on a line of the input, and tells what came of it.
pub(crate) fn serve(location: &Location) {
    let store = open(location);
    let (sender, asked) = mpsc::channel::<(u32, Pending<OrderAnswer>)>();
    let teller = thread::spawn(move || {
        for (number, pending) in asked {
            let Ok(answer) = pending.wait() else { continue };
            let word = if answer.is_ok() { "had" } else { "refused" };
            // Nobody reads any more when the parent is gone.
            let _ = io::stdout().write_all(format!("> {number} {word}\n").as_bytes());
        }
    });
    io::stdout().write_all(b"\n").unwrap();
    for line in io::stdin().lines() {
        let Some(number) = line.ok().and_then(|line| line.parse().ok()) else { break };
        let _ = sender.send((number, ask(&store, number)));
    }
    drop(sender);
    teller.join().unwrap();
}

/// What people were told; whoever is told twice is told the same.
#[derive(Default)]
struct Told(BTreeMap<u32, String>);

impl Told {
    fn hear(&mut self, line: &str) {
        let (number, word) = line.split_once(' ').unwrap();
        let before = self.0.entry(number.parse().unwrap()).or_insert_with(|| word.to_owned());
        assert_eq!(before, word, "{number} was told something else before");
    }
}

/// Everybody orders; the process is killed again and again, and everybody asks again.
pub(crate) fn the_last_pieces(location: &Location, mut time: impl FnMut() -> u64) {
    prepare(location);
    let database = match location {
        Location::File(path) => path.to_string_lossy().into_owned(),
        Location::Postgres(url) => url.clone(),
    };
    let start = || Child::start("child_shop", &database);
    let mut told = Told::default();
    for _ in 0..KILLS {
        let mut child = start();
        (0..PEOPLE).for_each(|number| child.send(0, &number.to_string()));
        let end = Instant::now() + Duration::from_millis(time());
        while let Some(line) = child.next(end.saturating_duration_since(Instant::now())) {
            told.hear(&line);
        }
        child.kill();
        while let Some(line) = child.next(Duration::ZERO) {
            told.hear(&line);
        }
    }
    let mut child = start();
    (0..PEOPLE).for_each(|number| child.send(0, &number.to_string()));
    for _ in 0..PEOPLE {
        told.hear(&child.next(PATIENCE).unwrap());
    }
    child.finish();
    check(location, &told);
}

/// As many had one as there were pieces; their points are held and the pieces set aside.
fn check(location: &Location, told: &Told) {
    let store = open(location);
    let had = |number: &u32| told.0.get(number).is_some_and(|word| word == "had");
    assert_eq!((0..PEOPLE).filter(had).count(), usize::try_from(PIECES).unwrap());
    let query = OrderQuery {
        institution: INSTITUTION.to_owned(),
        state: Some(State::Waiting),
        date: OrderDate::Placed,
        from: None,
        before: None,
        after: None,
        limit: PEOPLE,
    };
    let mut ordered: Vec<HolderId> =
        store.orders_at(&query).unwrap().into_iter().map(|order| order.person).collect();
    ordered.sort_unstable();
    let mut expected: Vec<HolderId> = (0..PEOPLE).filter(had).map(person).collect();
    expected.sort_unstable();
    assert_eq!(ordered, expected);
    for number in 0..PEOPLE {
        let account = store.account(account_of(person(number), SCHEME_ID)).unwrap().unwrap();
        let held = if had(&number) { PRICE } else { 0 };
        assert_eq!((account.balance().0, account.held.0), (POINTS - held, held));
    }
    let stock = store.stock(INSTITUTION, NOW).unwrap();
    let shelves: Vec<(u32, u32)> =
        stock.iter().map(|good| (good.shelf.valid(NOW.day()), good.shelf.reserved)).collect();
    assert_eq!(shelves, [(PIECES, PIECES)]);
}
