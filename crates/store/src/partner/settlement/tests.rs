//! Statements on both databases (P14): they are the deductions, and corrections come once.

use std::collections::{BTreeMap, BTreeSet};

use kangji_core::{
    Day, DayRange, DivisionPrefix, Fen, Moment, Period, PeriodKind, Points,
    ids::{DeductionId, HolderId, OfficerId, StatementId, TraceId},
    vocabulary::Vocabulary,
};
use kangji_ledger::Hash;
use kangji_redemption::{
    Level, SettlementRefusal, Statement,
    partner::NewDeduction,
    settlement::{Ruling, StatementState, Totals},
};
use kangji_rights::{Action, Cover, Permit};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::{
    audit::{Actor, Deed},
    call::{Call, IdempotencyKey},
    facts::{Fact, ResidentFact, holders::new_id},
    partner::{DeductionAct, DeductionCommand},
    post::Entered,
    redemption::{
        Institution,
        sample::{SCHEME, give, open},
    },
    sql::Location,
    store::Store,
    verify::sample::{Folder, both},
};

const SHOPS: [&str; 2] = ["shop-1", "shop-2"];
const AREA: &str = "510403";

fn at(month: u32, day: u32, hour: i64) -> Moment {
    Moment::start_of(Day::new(2026, month, day).unwrap()).plus_millis(hour * 3_600_000)
}

fn month(number: u32) -> Period {
    Period::containing(PeriodKind::Month, Day::new(2026, number, 1).unwrap())
}

fn who(number: u8) -> OfficerId {
    OfficerId::from_bytes([number; 16])
}

/// Two shops of a district, and people of it with points.
struct Town {
    store: Store,
    people: Vec<HolderId>,
    receipts: u32,
}

impl Town {
    fn new(location: &Location, people: u32) -> Self {
        let now = at(1, 1, 8);
        Store::migrate(location, now).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        open(&store, 1, 1, "", now).unwrap();
        for code in SHOPS {
            let shop = Institution {
                code: code.to_owned(),
                name: format!("生成的超市 {code}"),
                level: Level::Shop,
                area: DivisionPrefix::parse(AREA).unwrap(),
                address: String::new(),
                phone: String::new(),
                hours: String::new(),
                changed_at: now,
                closed_at: None,
            };
            store.open_sample_shop(shop, SCHEME, now.day(), [who(1), who(2)]).wait().unwrap();
        }
        let codes: Vec<String> = (0..people).map(|number| format!("generated-{number}")).collect();
        let fact = |code: &String| {
            Fact::Resident(ResidentFact {
                code: code.clone(),
                birth_date: None,
                sex: None,
                communities: vec![("510403001001".to_owned(), DayRange::ALWAYS)],
                guardians: Vec::new(),
                groups: Vec::new(),
            })
        };
        let entered = Entered { now, reason: None };
        store.enter(codes.iter().map(fact).collect(), entered).wait().unwrap();
        let people: Vec<HolderId> =
            codes.iter().map(|code| store.holder(code).unwrap().unwrap()).collect();
        give(&store, &people, 100_000, now).unwrap();
        Self { store, people, receipts: 0 }
    }

    /// Points take something off a bill of twenty yuan; the deduction.
    fn deduct(&mut self, shop: &str, points: i64, now: Moment) -> DeductionId {
        self.receipts += 1;
        let person = self.people[usize::try_from(self.receipts).unwrap() % self.people.len()];
        let new = NewDeduction {
            shop: shop.to_owned(),
            receipt: format!("R-{}", self.receipts),
            scheme: SCHEME.to_owned(),
            person,
            bill: Fen(2000),
            points: Points(points),
            vouchers: Vec::new(),
        };
        let id = DeductionId::from_bytes(new_id(now));
        let act = DeductionAct::Make { id, new, pay_code: None };
        let command = DeductionCommand { act, by: [7; 16], now };
        self.store.deduct(command).wait().unwrap().unwrap();
        id
    }

    fn call_off(&self, shop: &str, id: DeductionId, now: Moment) {
        let (shop, reason) = (shop.to_owned(), "金额输错".to_owned());
        let act = DeductionAct::Cancel { id, shop, reason };
        let command = DeductionCommand { act, by: [7; 16], now };
        self.store.deduct(command).wait().unwrap().unwrap();
    }

    fn draw(
        &self,
        shops: &[&str],
        period: Period,
        now: Moment,
    ) -> Result<Vec<Statement>, SettlementRefusal> {
        let shops = shops.iter().map(|shop| (*shop).to_owned()).collect();
        let drawn = self.store.draw_statements(period, shops, who(1), now).wait().unwrap()?;
        Ok(drawn.iter().map(|id| self.read(id.parse().unwrap())).collect())
    }

    fn read(&self, id: StatementId) -> Statement {
        self.store.shop_statement(id).unwrap().unwrap()
    }

    fn step(
        &self,
        id: StatementId,
        by: u8,
        now: Moment,
        step: StatementStep,
    ) -> Result<(), SettlementRefusal> {
        self.store.step_statement(id, step, who(by), now).wait().unwrap()
    }
}

fn objects(objections: &[(Option<u32>, &str)]) -> StatementStep {
    let objections = objections.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
    StatementStep::Answer { objections }
}

fn judges(number: u32, ruling: Ruling) -> StatementStep {
    StatementStep::Judge { number, ruling, text: "核对了小票".to_owned() }
}

fn upheld(off: i64, points: i64) -> Ruling {
    Ruling::Upheld { off: Fen(off), points: Points(points) }
}

fn settles(month: u32, day: u32) -> StatementStep {
    let day = Day::new(2026, month, day).unwrap();
    StatementStep::Settle { document: "付〔2026〕8号".to_owned(), day }
}

#[test]
fn p14_a_statement_is_the_deductions_of_its_month() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 2);
        let [one, two] = [5, 31].map(|day| town.deduct(SHOPS[0], 50, at(3, day, 9)));
        let gone = town.deduct(SHOPS[0], 30, at(3, 31, 23));
        town.call_off(SHOPS[0], gone, at(3, 31, 23));
        town.deduct(SHOPS[1], 40, at(3, 9, 9));
        town.deduct(SHOPS[0], 20, at(4, 1, 0));
        let early = town.draw(&SHOPS, month(3), at(4, 1, 0));
        assert_eq!(early, Err(SettlementRefusal::NotOver));
        let drawn = town.draw(&SHOPS, month(3), at(4, 1, 1)).unwrap();
        let [first, second] = drawn.as_slice() else { panic!("{drawn:?}") };
        let deductions: Vec<_> = first.lines.iter().map(|line| line.deduction.unwrap()).collect();
        assert_eq!(deductions, [one, two], "what was called off is not settled");
        let totals = Totals { lines: 2, bill: Fen(4000), off: Fen(1000), points: Points(100) };
        assert_eq!(first.head.totals, totals);
        assert_eq!((second.head.shop.as_str(), second.head.totals.off), (SHOPS[1], Fen(400)));
        let again = town.draw(&SHOPS, month(3), at(4, 1, 2));
        assert_eq!(again, Err(SettlementRefusal::Drawn));
        let none = town.draw(&SHOPS, month(2), at(4, 1, 2));
        assert_eq!(none, Err(SettlementRefusal::Nothing));
        let year = Period::parse("2025").unwrap();
        assert_eq!(town.draw(&SHOPS, year, at(4, 1, 2)), Err(SettlementRefusal::NotAMonth));
    }
}

#[test]
fn p14_an_objection_that_is_upheld_is_corrected_in_the_next_month() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 1);
        let wrong = town.deduct(SHOPS[0], 50, at(3, 5, 9));
        town.deduct(SHOPS[0], 60, at(3, 6, 9));
        town.deduct(SHOPS[0], 10, at(4, 6, 9));
        let march = town.draw(&SHOPS, month(3), at(4, 1, 9)).unwrap().pop().unwrap();
        let id = march.head.id;
        assert_eq!(
            town.step(id, 1, at(4, 2, 9), StatementStep::Review),
            Err(SettlementRefusal::NotAnswered)
        );
        let objections = [(Some(1), "多扣了"), (Some(2), "没有这一单"), (None, "漏了一单")];
        town.step(id, 7, at(4, 2, 9), objects(&objections)).unwrap();
        assert_eq!(town.read(id).head.state, StatementState::Objected);
        town.step(id, 1, at(4, 3, 9), judges(1, upheld(-100, -10))).unwrap();
        town.step(id, 1, at(4, 3, 9), judges(2, Ruling::Dismissed)).unwrap();
        let open = town.step(id, 1, at(4, 3, 9), StatementStep::Review);
        assert_eq!(open, Err(SettlementRefusal::Open { objections: 1 }));
        town.step(id, 2, at(4, 3, 9), judges(3, Ruling::Dismissed)).unwrap();
        town.step(id, 1, at(4, 4, 9), StatementStep::Review).unwrap();
        let same = town.step(id, 1, at(4, 5, 9), settles(4, 5));
        assert_eq!(same, Err(SettlementRefusal::SamePerson));
        town.step(id, 2, at(4, 5, 9), settles(4, 5)).unwrap();
        let settled = town.read(id);
        assert_eq!((settled.head.state, &settled.lines), (StatementState::Settled, &march.lines));
        let april = town.draw(&SHOPS, month(4), at(5, 1, 9)).unwrap().pop().unwrap();
        let [deduction, correction] = april.lines.as_slice() else { panic!("{april:?}") };
        assert_eq!((deduction.off, correction.off), (Fen(100), Fen(-100)));
        assert_eq!((correction.deduction, correction.points), (Some(wrong), Points(-10)));
        let corrects = correction.corrects.unwrap();
        assert_eq!((corrects.statement, corrects.period, corrects.line), (id, month(3), Some(1)));
        assert_eq!(april.head.totals.off, Fen::ZERO);
        // It was corrected: no later statement has it again, and nothing else is left.
        assert_eq!(town.draw(&SHOPS, month(5), at(6, 1, 9)), Err(SettlementRefusal::Nothing));
    }
}

#[test]
fn a_step_that_comes_again_is_one_step() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 1);
        town.deduct(SHOPS[0], 50, at(3, 5, 9));
        let call = |key: &str| {
            let deed = Deed {
                actor: Actor::Staff(who(1)),
                action: "statements:settle".to_owned(),
                origin: "192.0.2.7".to_owned(),
                trace: TraceId::from_bytes([9; 16]),
            };
            let key = Some(IdempotencyKey { key: key.to_owned(), input: Hash::of(&[b"1"]) });
            town.store.on_behalf(Call { deed, now: at(4, 1, 9), key })
        };
        let draw = || {
            let shops = vec![SHOPS[0].to_owned()];
            call("draw").draw_statements(month(3), shops, who(1), at(4, 1, 9)).wait().unwrap()
        };
        let first = draw().unwrap();
        assert_eq!(draw().unwrap(), first);
        let id: StatementId = first[0].parse().unwrap();
        let answer = || call("answer").step_statement(id, objects(&[]), who(7), at(4, 1, 9));
        assert_eq!(answer().wait().unwrap(), Ok(()));
        assert_eq!(answer().wait().unwrap(), Ok(()));
        assert_eq!(town.step(id, 7, at(4, 2, 9), objects(&[])), Err(SettlementRefusal::Answered));
        let nobody = StatementId::from_bytes([1; 16]);
        assert_eq!(
            town.step(nobody, 7, at(4, 2, 9), objects(&[])),
            Err(SettlementRefusal::Unknown)
        );
    }
}

/// Two who draw the same month at once make one statement of each shop.
#[test]
fn a_month_is_drawn_once_by_two_servers() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 1);
        for shop in SHOPS {
            town.deduct(shop, 50, at(3, 5, 9));
        }
        let other = Store::open(&location, Vocabulary::national()).unwrap();
        let shops = || SHOPS.map(ToOwned::to_owned).to_vec();
        let [one, two] = [&town.store, &other]
            .map(|store| store.draw_statements(month(3), shops(), who(1), at(4, 1, 9)));
        let answers = [one.wait().unwrap(), two.wait().unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        let count = town.store.work(|unit| {
            let mut count = 0;
            unit.connection.query("SELECT COUNT(*) FROM statements", &[], |row| {
                count = row.int(0)?;
                Ok(())
            })?;
            Ok(count)
        });
        assert_eq!(count.wait().unwrap(), 2);
    }
}

#[test]
fn statements_are_listed_as_far_as_a_permit_reaches() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 1);
        for (shop, day) in [(SHOPS[0], 5), (SHOPS[1], 6)] {
            town.deduct(shop, 50, at(3, day, 9));
        }
        town.draw(&SHOPS, month(3), at(4, 1, 9)).unwrap();
        let found = |area: &str, institution: Option<&str>, state: Option<StatementState>| {
            let area = DivisionPrefix::parse(area).unwrap_or(DivisionPrefix::EVERYWHERE);
            let cover = Cover::Area { area, institution: institution.map(ToOwned::to_owned) };
            let permit = Permit::covering(Action::DeductionsRead, vec![cover]).unwrap();
            let query = StatementQuery {
                permit,
                period: Some(month(3)),
                shop: None,
                state,
                before: None,
                limit: 10,
            };
            let found = town.store.shop_statements(&query).unwrap();
            found.into_iter().map(|head| head.shop).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(found("", None, None), 2);
        assert_eq!(found("5104", None, None), 2);
        assert_eq!(found("440300", None, None), 0);
        assert_eq!(found(AREA, Some(SHOPS[0]), None), 1);
        assert_eq!(found(AREA, None, Some(StatementState::Settled)), 0);
    }
}

/// Half a year of two shops with called-off deductions, objections and rulings by chance: every
/// deduction that holds is in one statement, every upheld objection in one later statement, and
/// every total is the sum of its lines.
#[test]
fn p14_statements_are_the_deductions_whatever_happens() {
    let folder = Folder::new();
    for location in both(&folder) {
        let mut town = Town::new(&location, 3);
        let mut dice = ChaCha8Rng::seed_from_u64(14);
        let mut made: BTreeMap<DeductionId, i64> = BTreeMap::new();
        let mut all: Vec<StatementId> = Vec::new();
        for number in 1..=6 {
            for _ in 0..dice.random_range(0..12) {
                let shop = SHOPS[dice.random_range(0..2)];
                let (points, day) = (dice.random_range(1..90), dice.random_range(1..=28));
                let now = at(number, day, 9);
                let id = town.deduct(shop, points, now);
                match dice.random_range(0..5) {
                    0 => town.call_off(shop, id, now),
                    _ => drop(made.insert(id, points)),
                }
            }
            let Ok(drawn) = town.draw(&SHOPS, month(number), at(number + 1, 1, 9)) else {
                continue;
            };
            for statement in drawn {
                all.push(statement.head.id);
                rule(&town, &statement, &mut dice, number + 1);
            }
        }
        let last = town.draw(&SHOPS, month(7), at(8, 1, 9)).unwrap_or_default();
        all.extend(last.iter().map(|statement| statement.head.id));
        let statements: Vec<Statement> = all.iter().map(|id| town.read(*id)).collect();
        let lines = || statements.iter().flat_map(|statement| &statement.lines);
        let settled: BTreeMap<DeductionId, i64> = lines()
            .filter(|line| line.corrects.is_none())
            .map(|line| (line.deduction.unwrap(), line.points.0))
            .collect();
        assert_eq!(settled, made);
        assert_eq!(lines().filter(|line| line.corrects.is_none()).count(), made.len(), "once");
        let corrected: Vec<_> = lines().filter_map(|line| line.corrects).collect();
        let named = corrected.iter().map(|one| (one.statement, one.objection));
        let wanted: Vec<_> = statements.iter().flat_map(Statement::corrections).collect();
        let wanted: BTreeSet<_> = wanted
            .iter()
            .filter_map(|line| line.corrects)
            .map(|one| (one.statement, one.objection))
            .collect();
        assert_eq!(named.collect::<BTreeSet<_>>(), wanted);
        assert!(wanted.len() > 2 && corrected.len() == wanted.len(), "{}", wanted.len());
        for statement in &statements {
            assert_eq!(Totals::of(&statement.lines), Some(statement.head.totals));
            let later = statement.lines.iter().filter_map(|line| line.corrects);
            assert!(
                later
                    .into_iter()
                    .all(|one| one.period.days().to < statement.head.period.days().from)
            );
        }
    }
}

/// The shop objects to some lines, the bureau rules by chance, two people settle.
fn rule(town: &Town, statement: &Statement, dice: &mut impl Rng, month: u32) {
    let id = statement.head.id;
    let wrong = statement.lines.iter().filter(|_| dice.random_range(0..3) == 0);
    let wrong: Vec<_> = wrong.map(|line| (Some(line.number), "不对")).collect();
    town.step(id, 7, at(month, 2, 9), objects(&wrong)).unwrap();
    for (number, (line, _)) in (1..).zip(&wrong) {
        let line = statement.line(line.unwrap()).unwrap();
        let ruling = match dice.random_range(0..2) {
            0 => Ruling::Dismissed,
            _ => upheld((-line.off.0).min(-1).max(-line.off.0.abs()), 0),
        };
        let ruling = if line.off.0 <= 0 { upheld(1, 0) } else { ruling };
        town.step(id, 1, at(month, 3, 9), judges(number, ruling)).unwrap();
    }
    town.step(id, 1, at(month, 4, 9), StatementStep::Review).unwrap();
    town.step(id, 2, at(month, 5, 9), settles(month, 5)).unwrap();
}
