//! Deductions on both databases: a bill is paid in part, by points of one person, once.

use kangji_core::{
    DayRange, DivisionPrefix, Fen, Moment, Points,
    ids::{AgreementId, DeductionId, HolderId, OfficerId, TraceId},
    vocabulary::Vocabulary,
};
use kangji_ledger::{Act, Answer, Command, Hash, Seq, Source, account_of};
use kangji_redemption::{
    Deduction, Level, ShopRefusal, Signature, VoucherRefusal, VoucherState,
    partner::{AgreementRefusal, Bears, DeductionState, NewDeduction},
    voucher::Serial,
};
use kangji_rights::{Action, Cover, Permit};

use super::*;
use crate::{
    Fact, Institution, ResidentFact, Store,
    access::{Purpose, Ticket},
    audit::{Actor, AuditQuery, Deed, Subject},
    call::{Call, IdempotencyKey},
    facts::holders::new_id,
    post::Entered,
    sql::Location,
    verify::sample::{Folder, both, march, noon},
    vouchers::{Issuing, VoucherAct, VoucherCommand},
};

const SCHEME: &str = "gx";
const SHOP: &str = "shop-1";
const CLINIC: &str = "clinic-1";
const CASHIER: [u8; 16] = [0xca; 16];
const DRAFTER: OfficerId = OfficerId::from_bytes([1; 16]);
const PUBLISHER: OfficerId = OfficerId::from_bytes([2; 16]);

const DOCUMENT: &str = r#"+++
id = "gx"
title = "商户测试办法"
issuer = "测试"
division = "510403"
in_force = { from = 2026-01-01 }
points = { decimals = 0 }
+++

# 商户测试办法

## 积分券

```toml
[vouchers]
letters = "GX"
title = "测试积分券"
```
"#;

/// A district with a shop; nobody has agreed on anything yet.
struct Town {
    store: Store,
    location: Location,
}

impl Town {
    fn new(location: &Location) -> Self {
        Store::migrate(location, noon(1)).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        store.publish(DOCUMENT, noon(1)).wait().unwrap().unwrap();
        let town = Self { store, location: location.clone() };
        town.institution(SHOP, Level::Shop, "510403001", false);
        town.institution(CLINIC, Level::Institution, "510403", false);
        town
    }

    /// The same with a published agreement: 20 points take a yuan off, at most 30 % of a bill.
    fn agreed(location: &Location) -> Self {
        Self::agreed_as(location, |_| {})
    }

    fn agreed_as(location: &Location, change: impl FnOnce(&mut NewAgreement)) -> Self {
        let town = Self::new(location);
        let mut new = agreement();
        change(&mut new);
        town.propose(new.clone()).unwrap();
        town.step(new.id, AgreementStep::Publish, PUBLISHER).unwrap();
        town
    }

    fn institution(&self, code: &str, level: Level, area: &str, is_closed: bool) {
        let institution = Institution {
            code: code.to_owned(),
            name: "生成的商户".to_owned(),
            level,
            area: DivisionPrefix::parse(area).unwrap(),
            address: String::new(),
            phone: String::new(),
            hours: String::new(),
            changed_at: noon(1),
            closed_at: is_closed.then(|| noon(1)),
        };
        let permit = everywhere(Action::InstitutionsWrite);
        assert!(self.store.put_institution(&permit, institution).wait().unwrap());
    }

    fn propose(&self, new: NewAgreement) -> Result<AgreementId, NotAgreed> {
        let permit = everywhere(Action::AgreementsWrite);
        let proposed = self.store.propose_agreement(&permit, new, noon(1));
        proposed.wait().unwrap().map(AgreementId::from_bytes)
    }

    fn step(
        &self,
        id: AgreementId,
        step: AgreementStep,
        by: OfficerId,
    ) -> Result<(), AgreementRefusal> {
        let signature =
            Signature { by, day: march(1), document: "西卫〔2026〕9号".to_owned() };
        let permit = everywhere(Action::AgreementsWrite);
        self.store.decide_agreement(&permit, id, step, signature, noon(1)).wait().unwrap().unwrap()
    }

    /// Somebody with so many points, each amount a credit of its own; they live in a community.
    fn person(&self, code: &str, community: Option<&str>, points: &[i64]) -> (HolderId, Vec<Seq>) {
        let community = community.map(|code| (code.to_owned(), DayRange::ALWAYS));
        let fact = Fact::Resident(ResidentFact {
            code: code.to_owned(),
            birth_date: None,
            sex: None,
            communities: community.into_iter().collect(),
            guardians: Vec::new(),
            groups: Vec::new(),
        });
        let entered = Entered { now: noon(1), reason: None };
        self.store.enter(vec![fact], entered).wait().unwrap();
        let person = self.store.holder(code).unwrap().unwrap();
        self.store.open_accounts(SCHEME, vec![(person, false)]).wait().unwrap();
        let lots = points.iter().map(|points| self.credit(person, *points)).collect();
        (person, lots)
    }

    fn neighbour(&self, points: &[i64]) -> (HolderId, Vec<Seq>) {
        self.person("neighbour", Some("510403001001"), points)
    }

    fn credit(&self, person: HolderId, points: i64) -> Seq {
        let source = Source {
            award: "lecture".to_owned(),
            resident: person,
            record: None,
            period: None,
            version: march(1),
        };
        let act = Act::Credit { points: Points(points), expires_on: None, source };
        let account = account_of(person, SCHEME);
        let answer = Answer::default();
        let command = Command { key: None, account, day: march(1), act, answer };
        self.store.execute(command, noon(1)).wait().unwrap().unwrap().seq
    }

    /// Vouchers on credits of somebody.
    fn issue(&self, person: HolderId, lots: &[Seq]) -> Vec<Serial> {
        let count = u32::try_from(lots.len()).unwrap();
        let printed = self.store.print_vouchers(SCHEME, count, CASHIER, noon(1)).wait().unwrap();
        let first: u32 = printed.unwrap().first[2..10].parse().unwrap();
        let stocked = self.store.stock_vouchers(SCHEME, CLINIC, count, CASHIER, noon(1));
        assert!(stocked.wait().unwrap().is_some());
        let mut serials = Vec::new();
        for (number, lot) in (first..).zip(lots) {
            let serial = Serial::numbered("GX", number).unwrap();
            let issuing = Issuing {
                person,
                scheme: SCHEME.to_owned(),
                lot: *lot,
                institution: CLINIC.to_owned(),
                day: march(1),
                authority: "测试".to_owned(),
                or_next: false,
                proxy: None,
            };
            self.voucher(&serial, VoucherAct::Issue(issuing), 1);
            serials.push(serial);
        }
        serials
    }

    fn voucher(&self, serial: &Serial, act: VoucherAct, day: u32) {
        let command = VoucherCommand { serial: serial.clone(), act, by: CASHIER, now: noon(day) };
        self.store.voucher_act(command).wait().unwrap().unwrap();
    }

    fn make(&self, new: NewDeduction, day: u32) -> DeductionAnswer {
        self.store.deduct(make(new, noon(day))).wait().unwrap()
    }

    fn cancel(&self, id: DeductionId, shop: &str, reason: &str, day: u32) -> DeductionAnswer {
        let act = DeductionAct::Cancel { id, shop: shop.to_owned(), reason: reason.to_owned() };
        let command = DeductionCommand { act, by: CASHIER, now: noon(day) };
        self.store.deduct(command).wait().unwrap()
    }

    /// What can be redeemed and what is on vouchers, of a person.
    fn balance(&self, person: HolderId) -> (i64, i64) {
        let account = self.store.account(account_of(person, SCHEME)).unwrap().unwrap();
        (account.balance().0, account.on_vouchers().0)
    }

    fn state(&self, serial: &Serial) -> VoucherState {
        let serial = serial.clone();
        let state = self.store.work(move |unit| {
            let purse = crate::vouchers::purse::Purse::load(unit.connection, [&serial])?;
            Ok(purse.get(&serial).unwrap().state)
        });
        state.wait().unwrap()
    }

    /// The cases of fraud: their kind, and where.
    fn cases(&self) -> Vec<(String, String)> {
        let cases = self.store.work(|unit| {
            let mut cases = Vec::new();
            let sql = "SELECT kind, place FROM cases ORDER BY opened_at, id";
            unit.connection.query(sql, &[], |row| {
                cases.push((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
                Ok(())
            })?;
            Ok(cases)
        });
        cases.wait().unwrap()
    }

    fn read(&self, told: &DeductionTold) -> Deduction {
        self.store.deduction(told.id.parse().unwrap()).unwrap().unwrap()
    }
}

fn everywhere(action: Action) -> Permit {
    let cover = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
    Permit::covering(action, vec![cover]).unwrap()
}

fn agreement() -> NewAgreement {
    NewAgreement {
        id: AgreementId::from_bytes(new_id(noon(1))),
        shop: SHOP.to_owned(),
        scheme: SCHEME.to_owned(),
        days: DayRange { from: march(1), to: march(31) },
        area: None,
        points_per_yuan: Points(20),
        share: 30,
        day_limit: None,
        month_limit: None,
        bears: Bears::Shop,
        by: DRAFTER,
    }
}

/// What somebody draws up otherwise.
type Change = fn(&mut NewAgreement);

/// A bill of 100 yuan, of which points take something off.
fn bill(receipt: &str, person: HolderId, points: i64, vouchers: &[Serial]) -> NewDeduction {
    NewDeduction {
        shop: SHOP.to_owned(),
        receipt: receipt.to_owned(),
        scheme: SCHEME.to_owned(),
        person,
        bill: Fen(10_000),
        points: Points(points),
        vouchers: vouchers.to_vec(),
    }
}

fn make(new: NewDeduction, now: Moment) -> DeductionCommand {
    let id = DeductionId::from_bytes(new_id(now));
    DeductionCommand { act: DeductionAct::Make { id, new, pay_code: None }, by: CASHIER, now }
}

fn id_of(told: &DeductionTold) -> DeductionId {
    told.id.parse().unwrap()
}

#[test]
fn p7_nothing_is_deducted_while_no_ratio_is_published() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::new(&location);
        let (person, _) = town.neighbour(&[500]);
        let refused = Err(ShopRefusal::NoAgreement);
        assert_eq!(town.make(bill("1", person, 100, &[]), 1), refused);
        let id = town.propose(agreement()).unwrap();
        assert_eq!(town.make(bill("1", person, 100, &[]), 1), refused);
        let own = town.step(id, AgreementStep::Publish, DRAFTER);
        assert_eq!(own, Err(AgreementRefusal::SamePerson));
        town.step(id, AgreementStep::Publish, PUBLISHER).unwrap();
        assert_eq!(town.store.agreements_in_force(march(1)).unwrap().len(), 1);
        assert_eq!(town.make(bill("1", person, 100, &[]), 1).unwrap().off, Fen(500));
        // What is ended, over, or with a closed shop, is published no more.
        assert_eq!(town.make(bill("2", person, 100, &[]), 31).unwrap().off, Fen(500));
        let over = Moment::start_of("2026-04-01".parse().unwrap());
        assert_eq!(
            town.store.deduct(make(bill("3", person, 9, &[]), over)).wait().unwrap(),
            refused
        );
        town.institution(SHOP, Level::Shop, "510403001", true);
        assert_eq!(town.make(bill("3", person, 100, &[]), 1), refused);
        town.institution(SHOP, Level::Shop, "510403001", false);
        town.step(id, AgreementStep::End, DRAFTER).unwrap();
        assert_eq!(town.make(bill("3", person, 100, &[]), 1), refused);
        assert_eq!(town.balance(person), (300, 0));
    }
}

#[test]
fn p7_agreements_are_with_shops_near_and_say_what_is_possible() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::new(&location);
        town.institution("far", Level::Shop, "440300", false);
        town.institution("shut", Level::Shop, "510403001", true);
        let area = |text| Some(DivisionPrefix::parse(text).unwrap());
        let wrong: [(Change, NotAgreed); 12] = [
            (|new| new.scheme = "none".to_owned(), NotAgreed::Scheme),
            (|new| new.shop = "none".to_owned(), NotAgreed::Shop),
            (|new| new.shop = CLINIC.to_owned(), NotAgreed::Shop),
            (|new| new.shop = "far".to_owned(), NotAgreed::Shop),
            (|new| new.shop = "shut".to_owned(), NotAgreed::Shop),
            (|new| new.days.from = new.days.to.next(), NotAgreed::Days),
            (|new| new.area = DivisionPrefix::parse("5104"), NotAgreed::Area),
            (|new| new.area = DivisionPrefix::parse("510403002"), NotAgreed::Area),
            (|new| new.points_per_yuan = Points(0), NotAgreed::Ratio),
            (|new| new.share = 100, NotAgreed::Share),
            (|new| new.day_limit = Some(Points(0)), NotAgreed::Limit),
            (
                |new| (new.day_limit, new.month_limit) = (Some(Points(9)), Some(Points(8))),
                NotAgreed::Limit,
            ),
        ];
        for (change, why) in wrong {
            let mut new = agreement();
            change(&mut new);
            assert_eq!(town.propose(new), Err(why), "{why:?}");
        }
        let elsewhere = Cover::Area { area: area("440300").unwrap(), institution: None };
        let permit = Permit::covering(Action::AgreementsWrite, vec![elsewhere]).unwrap();
        let refused = town.store.propose_agreement(&permit, agreement(), noon(1)).wait().unwrap();
        assert_eq!(refused, Err(NotAgreed::OutOfReach));
        let id = town.propose(NewAgreement { area: area("510403001001"), ..agreement() }).unwrap();
        // Who is elsewhere neither sees nor decides it.
        let signature = Signature { by: PUBLISHER, day: march(1), document: "1".to_owned() };
        let step = AgreementStep::Publish;
        let decided = town.store.decide_agreement(&permit, id, step, signature, noon(1));
        assert_eq!(decided.wait().unwrap(), None);
        let seen = |permit: &Permit| {
            let query =
                AgreementQuery { permits: vec![permit.clone()], limit: 9, ..Default::default() };
            let found = town.store.agreements(&query).unwrap();
            found.into_iter().map(|one| one.agreement.id).collect::<Vec<_>>()
        };
        assert_eq!(seen(&permit), []);
        let own = Cover::Area { area: area("510403").unwrap(), institution: Some(SHOP.to_owned()) };
        assert_eq!(seen(&Permit::covering(Action::DeductionsRead, vec![own]).unwrap()), [id]);
    }
}

#[test]
fn p7_only_residents_of_the_shops_area_use_points_there() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (far, _) = town.person("far", Some("510403002001"), &[500]);
        let (nowhere, _) = town.person("nowhere", None, &[500]);
        let nobody = HolderId::from_bytes([7; 16]);
        for (number, person) in (0..).zip([far, nowhere, nobody]) {
            let refused = town.make(bill(&format!("{number}"), person, 100, &[]), 1);
            assert_eq!(refused, Err(ShopRefusal::NotResident));
        }
        assert_eq!((town.balance(far), town.balance(nowhere)), ((500, 0), (500, 0)));
    }
}

#[test]
fn p7_a_part_of_a_bill_is_paid_with_points_vouchers_or_both() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[1_000, 100, 200]);
        let paper = town.issue(person, &lots[1..]);
        assert_eq!(town.balance(person), (1_000, 300));
        // For the whole bill, or beyond the share, nothing.
        let whole = town.make(bill("0", person, 2_000, &[]), 1);
        let too_much = Err(ShopRefusal::TooMuch { most: Fen(3_000), points: Points(600) });
        assert_eq!(whole, too_much);
        assert_eq!(town.make(bill("0", person, 301, &paper), 1), too_much);
        assert_eq!(town.make(bill("0", person, 0, &[]), 1), Err(ShopRefusal::TooLittle));
        let told = town.make(bill("1", person, 40, &[]), 1).unwrap();
        assert_eq!((told.points, told.off, told.rest), (Points(40), Fen(200), Fen(9_800)));
        let told = town.make(bill("2", person, 0, &paper[..1]), 1).unwrap();
        assert_eq!((told.points, told.off, told.rest), (Points(100), Fen(500), Fen(9_500)));
        let told = town.make(bill("3", person, 60, &paper[1..]), 1).unwrap();
        assert_eq!((told.points, told.off), (Points(260), Fen(1_300)));
        let kept = town.read(&told);
        assert_eq!((kept.electronic, kept.vouchers.as_slice()), (Points(60), &paper[1..]));
        assert_eq!((kept.person, kept.state), (person, DeductionState::Made));
        assert_eq!(town.balance(person), (900, 0));
        assert_eq!(
            paper.iter().map(|one| town.state(one)).collect::<Vec<_>>(),
            [VoucherState::Redeemed, VoucherState::Redeemed]
        );
        // Points that are not there.
        let (poor, _) = town.person("poor", Some("510403001001"), &[10]);
        let short = town.make(bill("4", poor, 11, &[]), 1);
        assert!(matches!(short, Err(ShopRefusal::Ledger(_))), "{short:?}");
        assert_eq!(town.balance(poor), (10, 0));
    }
}

#[test]
fn p7_the_same_receipt_again_is_the_same_deduction() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[1_000, 100]);
        let paper = town.issue(person, &lots[1..]);
        let first = town.make(bill("1", person, 40, &paper), 1).unwrap();
        assert_eq!(town.make(bill("1", person, 40, &paper), 1), Ok(first.clone()));
        let (other, _) = town.person("other", Some("510403001001"), &[500]);
        let mut dearer = bill("1", person, 40, &paper);
        dearer.bill = Fen(10_001);
        for new in [bill("1", person, 41, &paper), bill("1", person, 40, &[]), dearer] {
            assert_eq!(town.make(new, 1), Err(ShopRefusal::ReceiptUsed));
        }
        let theirs = town.make(bill("1", other, 40, &[]), 1);
        assert_eq!(theirs, Err(ShopRefusal::ReceiptUsed));
        // The same number of another shop is another receipt.
        town.institution("shop-2", Level::Shop, "510403001", false);
        let id = town.propose(NewAgreement { shop: "shop-2".to_owned(), ..agreement() }).unwrap();
        town.step(id, AgreementStep::Publish, PUBLISHER).unwrap();
        let elsewhere = NewDeduction { shop: "shop-2".to_owned(), ..bill("1", other, 40, &[]) };
        assert_ne!(town.make(elsewhere, 1).unwrap().id, first.id);
        assert_eq!((town.balance(person), town.balance(other)), ((960, 0), (460, 0)));
        // Sent many times at once it is one deduction.
        let again: Vec<_> =
            (0..50).map(|_| town.store.deduct(make(bill("2", person, 20, &[]), noon(1)))).collect();
        let ids: std::collections::BTreeSet<String> =
            again.into_iter().map(|one| one.wait().unwrap().unwrap().id).collect();
        assert_eq!((ids.len(), town.balance(person)), (1, (940, 0)));
    }
}

#[test]
fn p13_a_voucher_that_comes_a_second_time_is_refused_and_is_one_case() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[500, 100, 100]);
        let (thief, _) = town.person("thief", Some("510403001001"), &[500]);
        let paper = town.issue(person, &lots[1..]);
        town.make(bill("1", person, 0, &paper[..1]), 1).unwrap();
        for receipt in ["2", "3"] {
            let refused = town.make(bill(receipt, person, 0, &paper[..1]), 1);
            let place = SHOP.to_owned();
            let why = VoucherRefusal::Redeemed { at: noon(1), place };
            let serial = paper[0].to_string();
            assert_eq!(refused, Err(ShopRefusal::Voucher { serial, why }));
        }
        let case = |kind: &str| (kind.to_owned(), SHOP.to_owned());
        assert_eq!(town.cases(), [case("second_presentation")]);
        // Somebody else's, nobody's and the same one twice are mistakes; one that is lost is not.
        let refused = |person, paper: &[Serial]| match town.make(bill("4", person, 0, paper), 1) {
            Err(ShopRefusal::Voucher { why, .. }) => why,
            other => panic!("{other:?}"),
        };
        let twice = [paper[1].clone(), paper[1].clone()];
        assert_eq!(refused(thief, &paper[1..]), VoucherRefusal::NotTheirs);
        assert_eq!(refused(person, &twice), VoucherRefusal::Twice);
        let unknown = Serial::numbered("GX", 99_999).unwrap();
        assert_eq!(refused(person, &[unknown]), VoucherRefusal::Unknown);
        assert_eq!(town.cases().len(), 1);
        town.voucher(&paper[1], VoucherAct::Lose { reason: "丢了".to_owned() }, 1);
        let lost = VoucherRefusal::State(VoucherState::Lost);
        assert_eq!(refused(person, &paper[1..]), lost);
        assert!(town.cases().contains(&case("lost_presented")), "{:?}", town.cases());
        // To look is to present.
        let new = NewDeduction { shop: SHOP.to_owned(), ..bill("5", thief, 0, &paper[..1]) };
        let looked = town.store.quote_deduction(new, None, CASHIER, noon(2)).wait().unwrap();
        assert!(matches!(looked, Err(ShopRefusal::Voucher { .. })), "{looked:?}");
        assert_eq!(town.cases().len(), 3);
    }
}

/// Two servers, each with a store of its own, are shown the same voucher at the same moment.
#[test]
fn p13_of_two_shops_that_take_one_voucher_one_has_it() {
    const TIMES: usize = 200;
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[10; TIMES]);
        let paper = town.issue(person, &lots);
        let other = Store::open(&town.location, Vocabulary::national()).unwrap();
        let stores = [&town.store, &other];
        let (mut had, mut cases) = (0, 0);
        for (number, serial) in paper.iter().enumerate() {
            let at_once = [0, 1].map(|place| {
                let receipt = format!("{number}-{place}");
                let new = bill(&receipt, person, 0, std::slice::from_ref(serial));
                stores[(number + place) % 2].deduct(make(new, noon(1)))
            });
            let answers = at_once.map(|one| one.wait().unwrap());
            let winners = answers.iter().filter(|answer| answer.is_ok()).count();
            assert_eq!(winners, 1, "{number}: {answers:?}");
            let is_second = |answer: &&DeductionAnswer| {
                matches!(answer, Err(ShopRefusal::Voucher { why, .. })
                    if matches!(why, VoucherRefusal::Redeemed { .. }))
            };
            had += winners;
            cases += answers.iter().filter(is_second).count();
        }
        assert_eq!((had, cases, town.cases().len()), (TIMES, TIMES, TIMES));
        assert_eq!(town.balance(person), (0, 0));
    }
}

#[test]
fn p7_what_is_called_off_on_the_same_day_is_as_it_was() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[500, 100]);
        let paper = town.issue(person, &lots[1..]);
        let told = town.make(bill("1", person, 40, &paper), 1).unwrap();
        let id = id_of(&told);
        assert_eq!(town.cancel(id, "shop-2", "错了", 1), Err(ShopRefusal::Elsewhere));
        assert_eq!(town.cancel(id, SHOP, "错了", 2), Err(ShopRefusal::NotSameDay));
        assert_eq!(town.cancel(id, SHOP, " ", 1), Err(ShopRefusal::NoReason));
        let nothing = DeductionId::from_bytes([9; 16]);
        assert_eq!(town.cancel(nothing, SHOP, "错了", 1), Err(ShopRefusal::Unknown));
        assert_eq!(town.balance(person), (460, 0));
        let cancelled = town.cancel(id, SHOP, "错了", 1).unwrap();
        assert_eq!(cancelled.state, DeductionState::Cancelled);
        assert_eq!(
            (town.balance(person), town.state(&paper[0])),
            ((500, 100), VoucherState::Issued)
        );
        assert_eq!(town.cancel(id, SHOP, "错了", 1), Err(ShopRefusal::Cancelled));
        assert_eq!(town.read(&told).reason.as_deref(), Some("错了"));
        // The receipt stays used; the paper is good again, once.
        assert_eq!(town.make(bill("1", person, 41, &paper), 1), Err(ShopRefusal::ReceiptUsed));
        let again = town.make(bill("1", person, 40, &paper), 1).unwrap();
        assert_eq!(again.state, DeductionState::Cancelled);
        town.make(bill("2", person, 0, &paper), 2).unwrap();
        assert_eq!(
            (town.balance(person), town.state(&paper[0])),
            ((500, 0), VoucherState::Redeemed)
        );
        let totals = |day| {
            let totals = town.store.deduction_totals(SHOP, march(day)).unwrap();
            totals
                .into_iter()
                .map(|one| (one.by, one.count, one.points.0, one.off.0, one.cancelled))
                .collect::<Vec<_>>()
        };
        assert_eq!(totals(1), [(Some(CASHIER), 0, 0, 0, 1)]);
        assert_eq!(totals(2), [(Some(CASHIER), 1, 100, 500, 0)]);
        assert_eq!(totals(3), []);
    }
}

#[test]
fn p7_a_shop_reads_its_deductions_day_by_day() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, _) = town.neighbour(&[500]);
        for number in 0..5 {
            town.make(bill(&format!("{number}"), person, 20, &[]), 3).unwrap();
        }
        town.make(bill("later", person, 20, &[]), 4).unwrap();
        let page = |after| {
            let query = DeductionQuery { shop: SHOP.to_owned(), day: march(3), after, limit: 3 };
            town.store.deductions(&query).unwrap()
        };
        let first = page(None);
        let rest = page(first.last().map(|one| one.id));
        let receipts: Vec<String> =
            first.iter().chain(&rest).map(|one| one.receipt.clone()).collect();
        assert_eq!((first.len(), receipts.len()), (3, 5));
        assert!(!receipts.contains(&"later".to_owned()));
    }
}

#[test]
fn p7_limits_of_a_day_and_a_month_hold() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed_as(&location, |new| {
            (new.day_limit, new.month_limit) = (Some(Points(100)), Some(Points(150)));
        });
        let (person, _) = town.neighbour(&[900]);
        // Many at once are not more than the limit.
        let at_once: Vec<_> = (0..20)
            .map(|number| {
                town.store.deduct(make(bill(&format!("{number}"), person, 20, &[]), noon(1)))
            })
            .collect();
        let answers: Vec<_> = at_once.into_iter().map(|one| one.wait().unwrap()).collect();
        let made: Vec<&DeductionTold> = answers.iter().flatten().collect();
        assert_eq!((made.len(), town.balance(person)), (5, (800, 0)));
        let limit = |left, day: &str| {
            let again_on = day.parse().unwrap();
            Err(ShopRefusal::Limit { left: Points(left), again_on })
        };
        assert_eq!(town.make(bill("a", person, 1, &[]), 1), limit(0, "2026-03-02"));
        assert_eq!(town.make(bill("b", person, 51, &[]), 2), limit(50, "2026-04-01"));
        // What is called off counts no more.
        town.cancel(id_of(made[0]), SHOP, "错了", 1).unwrap();
        assert_eq!(town.make(bill("c", person, 21, &[]), 1), limit(20, "2026-03-02"));
        town.make(bill("d", person, 20, &[]), 1).unwrap();
        let new = bill("e", person, 0, &[]);
        let quoted = town.store.quote_deduction(new, None, CASHIER, noon(2)).wait().unwrap();
        let quoted = quoted.unwrap();
        assert_eq!((quoted.points, quoted.off), (Points(50), Fen(250)));
    }
}

#[test]
fn p7_a_quote_takes_what_is_best_and_changes_nothing() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, lots) = town.neighbour(&[5_000, 100]);
        let paper = town.issue(person, &lots[1..]);
        let quote =
            |new, points| town.store.quote_deduction(new, points, CASHIER, noon(1)).wait().unwrap();
        let told = quote(bill("1", person, 0, &paper), None).unwrap();
        assert_eq!(
            (told.usable, told.electronic, told.points),
            (Points(600), Points(500), Points(600))
        );
        assert_eq!((told.off, told.rest), (Fen(3_000), Fen(7_000)));
        let less = quote(bill("1", person, 0, &paper), Some(Points(0))).unwrap();
        assert_eq!((less.usable, less.points, less.off), (Points(600), Points(100), Fen(500)));
        let (poor, _) = town.person("poor", Some("510403001001"), &[]);
        assert_eq!(quote(bill("1", poor, 0, &[]), None), Err(ShopRefusal::NoPoints));
        assert_eq!(town.balance(person), (5_000, 100));
        assert_eq!(town.state(&paper[0]), VoucherState::Issued);
    }
}

#[test]
fn p7_a_pay_code_pays_for_one_receipt() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, _) = town.neighbour(&[500]);
        let hash = Hash::of(&[b"code"]);
        let ticket = Ticket {
            hash,
            purpose: Purpose::PayCode,
            principal: *person.bytes(),
            content: String::new(),
            ends_at: noon(1).plus_millis(300_000),
        };
        town.store.issue_tickets(vec![ticket]).wait().unwrap();
        let pay = |receipt: &str, hash, millis| {
            let mut command = make(bill(receipt, person, 20, &[]), noon(1).plus_millis(millis));
            if let DeductionAct::Make { pay_code, .. } = &mut command.act {
                *pay_code = Some(hash);
            }
            town.store.deduct(command).wait().unwrap()
        };
        assert_eq!(pay("1", Hash::of(&[b"other"]), 0), Err(ShopRefusal::PayCode));
        let first = pay("1", hash, 1).unwrap();
        assert_eq!(pay("2", hash, 2), Err(ShopRefusal::PayCode));
        // An answer that was lost on the way is given again, even when the code's time is over.
        assert_eq!(pay("1", hash, 400_000), Ok(first));
        assert_eq!(town.balance(person), (480, 0));
    }
}

#[test]
fn what_is_deducted_stands_in_the_audit_log_with_whose_points_they_were() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::agreed(&location);
        let (person, _) = town.neighbour(&[500]);
        let cashier = Actor::Staff(OfficerId::from_bytes(CASHIER));
        let call = |key: &str, input: &[u8]| {
            let deed = Deed {
                actor: cashier,
                action: Action::DeductionsMake.code().to_owned(),
                origin: "192.0.2.7".to_owned(),
                trace: TraceId::from_bytes([9; 16]),
            };
            let input = Hash::of(&[input]);
            let key = Some(IdempotencyKey { key: key.to_owned(), input });
            town.store.on_behalf(Call { deed, now: noon(1), key })
        };
        let made = |key: &str, input: &[u8], receipt: &str, points| {
            call(key, input).deduct(make(bill(receipt, person, points, &[]), noon(1))).wait()
        };
        let first = made("a", b"1", "1", 40).unwrap().unwrap();
        assert_eq!(made("a", b"1", "1", 40).unwrap().unwrap(), first);
        assert!(matches!(made("a", b"2", "2", 40), Err(crate::StoreError::KeyUsed)));
        let too_much = made("b", b"3", "3", 5_000).unwrap();
        assert!(too_much.is_err(), "{too_much:?}");
        let quoted =
            call("c", b"4").quote_deduction(bill("4", person, 0, &[]), None, CASHIER, noon(1));
        quoted.wait().unwrap().unwrap();
        let query = AuditQuery { actor: Some(cashier), limit: 9, ..AuditQuery::default() };
        let lines = town.store.audit(&query).unwrap();
        let mut lines: Vec<_> = lines.into_iter().map(|line| (line.subject, line.result)).collect();
        lines.reverse();
        let own = |result: &str| (Subject::Resident(person), result.to_owned());
        let repeated = (Subject::None, "repeated".to_owned());
        assert_eq!(lines, [own("done"), repeated, own("refused"), own("done")]);
        assert_eq!(town.balance(person), (460, 0));
    }
}
