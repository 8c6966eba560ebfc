//! Sanctions, their lifting, and forged records declared void, on both databases (S11).

use kangji_core::{Day, DivisionPrefix, Points, ids::OfficerId, vocabulary::Vocabulary};
use kangji_ledger::account_of;
use kangji_rights::{Action, Cover, Permit};

use super::*;
use crate::{
    facts::{AttributeValue, Fact, RecordFact, ResidentFact, holders::new_id},
    ledger::unit::Answer,
    post::Entered,
    proposals::{NotDecided, Proposal, ProposalDecision, Proposed},
    sql::Location,
    store::Store,
    verify::sample::{Folder, both, noon},
};

const SCHEME: &str = "panzhihua-xiqu";
const COMMUNITY: &str = "510403001001";
const DOCUMENT: &str = include_str!("../../../../schemes/panzhihua-xiqu.md");
const CLINIC: &str = "clinic-1";

struct Town {
    store: Store,
}

fn officer(number: u8) -> OfficerId {
    OfficerId::from_bytes([number; 16])
}

fn record(code: &str, resident: &str, kind: &str, day: u32, org: &str) -> Fact {
    Fact::Record(RecordFact {
        code: code.to_owned(),
        resident: resident.to_owned(),
        kind: kind.to_owned(),
        day: Day::new(2026, 3, day).unwrap(),
        org: org.to_owned(),
        worker: String::new(),
        void: false,
        attributes: vec![("complete".to_owned(), AttributeValue::Bool(true))],
    })
}

impl Town {
    /// Two residents over 65, each with a check-up (100 points); the first with a lecture (5) that
    /// another clinic gave.
    fn new(location: &Location) -> Self {
        Store::migrate(location, noon(1)).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        assert_eq!(store.publish(DOCUMENT, noon(1)).wait().unwrap(), Ok(true));
        let resident = |code: &str| {
            Fact::Resident(ResidentFact {
                code: code.to_owned(),
                birth_date: Day::new(1950, 1, 1),
                sex: None,
                communities: vec![(COMMUNITY.to_owned(), DayRange::ALWAYS)],
                guardians: Vec::new(),
                groups: Vec::new(),
            })
        };
        let facts = vec![
            resident("generated-1"),
            resident("generated-2"),
            record("r1", "generated-1", "elderly.checkup", 2, CLINIC),
            record("r2", "generated-2", "elderly.checkup", 2, CLINIC),
            record("r3", "generated-1", "lecture.attended", 3, "clinic-2"),
        ];
        store.record(facts, Entered { now: noon(4), reason: None }).wait().unwrap();
        Self { store }
    }

    fn holder(&self, code: &str) -> HolderId {
        self.store.holder(code).unwrap().unwrap()
    }

    /// Total, redeemable.
    fn has(&self, code: &str) -> (i64, i64) {
        let account = self.store.account(account_of(self.holder(code), SCHEME)).unwrap().unwrap();
        (account.total.0, account.redeemable(noon(20).day()).0)
    }

    fn decide(&self, content: Proposed, day: u32) -> Result<ProposalId, NotDecided> {
        let id = ProposalId::from_bytes(new_id(noon(day)));
        let proposal = Proposal {
            id,
            area: DivisionPrefix::parse(COMMUNITY).unwrap(),
            content,
            proposed_by: officer(1),
            proposed_at: noon(day),
            decision: None,
        };
        self.store.propose(proposal.clone()).wait().unwrap();
        assert_eq!(self.store.proposal(id).unwrap(), Some(proposal), "it reads what it wrote");
        let (by, at) = (officer(2), noon(day));
        let decision = ProposalDecision { by, at, accepted: true, reason: String::new() };
        self.store.decide_proposal(id, decision).wait().unwrap().map(|()| id)
    }

    fn sanction(&self, article: Option<&str>, day: u32) -> ProposalId {
        let content = Proposed::Sanction {
            holder: "generated-1".to_owned(),
            days: year(),
            article: article.map(ToOwned::to_owned),
            referred_to: Some("卫生监督所".to_owned()),
            reason: "伪造健康档案".to_owned(),
        };
        self.decide(content, day).unwrap()
    }

    fn lift(&self, sanction: ProposalId, day: u32) -> Result<ProposalId, NotDecided> {
        self.decide(Proposed::Lift { sanction, reason: "申诉成立".to_owned() }, day)
    }

    fn post(&self, day: u32) {
        let entered = Entered { now: noon(day), reason: None };
        while self.store.post_some(100, noon(day).day(), entered).wait().unwrap().0 > 0 {}
    }
}

fn year() -> DayRange {
    DayRange { from: Day::new(2026, 3, 5).unwrap(), to: Day::new(2027, 3, 4).unwrap() }
}

fn permit() -> Permit {
    let area = DivisionPrefix::parse("510403").unwrap();
    let cover = Cover::Area { area, institution: None };
    Permit::covering(Action::SanctionsDecide, vec![cover]).unwrap()
}

#[test]
fn s11_both_balances_go_to_zero_for_a_year_and_an_appeal_restores_them() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::new(&location);
        assert_eq!(town.has("generated-1"), (105, 105));
        let id = town.sanction(Some("第十二条"), 5);
        assert_eq!(town.has("generated-1"), (0, 0));
        assert_eq!(town.has("generated-2"), (100, 100), "nobody else");
        // What is done in that year earns nothing.
        let later = vec![record("r4", "generated-1", "lecture.attended", 9, CLINIC)];
        town.store.record(later, Entered { now: noon(9), reason: None }).wait().unwrap();
        town.post(9);
        assert_eq!(town.has("generated-1"), (0, 0));

        let found = town.store.sanction(id).unwrap().unwrap();
        assert_eq!((found.days, found.article.as_deref()), (year(), Some("第十二条")));
        assert_eq!(found.referred_to.as_deref(), Some("卫生监督所"));
        assert_eq!(
            town.store.sanctions_of(town.holder("generated-1")).unwrap(),
            std::slice::from_ref(&found)
        );
        let query = |lifted| SanctionQuery {
            permit: permit(),
            lifted,
            before: None,
            limit: 10,
            today: noon(9).day(),
        };
        assert_eq!(town.store.sanctions(&query(Some(false))).unwrap(), [found]);
        assert!(town.store.sanctions(&query(Some(true))).unwrap().is_empty());

        let lifting = town.lift(id, 12).unwrap();
        town.post(12);
        assert_eq!(town.has("generated-1"), (110, 110), "and what was done meanwhile counts");
        let lifted = town.store.sanction(id).unwrap().unwrap().lifted;
        assert_eq!(lifted, Some((lifting, noon(12))));
        assert_eq!(town.lift(id, 13), Err(NotDecided::Lifted));
        assert_eq!(town.lift(lifting, 13), Err(NotDecided::Lifted), "that is no sanction");
        assert_eq!(town.store.sanctions(&query(Some(true))).unwrap().len(), 1);
        assert!(town.store.compare(noon(13).day()).unwrap().mismatches.is_empty());
    }
}

#[test]
fn points_stay_where_no_article_takes_them() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::new(&location);
        let id = town.sanction(None, 5);
        assert_eq!(town.has("generated-1"), (105, 105));
        // The same days a second time: lifting one leaves the other.
        let other = town.sanction(None, 6);
        town.lift(id, 7).unwrap();
        let later = || vec![record("r4", "generated-1", "lecture.attended", 9, CLINIC)];
        town.store.record(later(), Entered { now: noon(9), reason: None }).wait().unwrap();
        town.post(9);
        assert_eq!(town.has("generated-1"), (105, 105));
        town.lift(other, 10).unwrap();
        town.post(10);
        assert_eq!(town.has("generated-1"), (110, 110));
    }
}

#[test]
fn s11_forged_records_are_void_and_the_innocent_keep_the_rest() {
    let folder = Folder::new();
    for location in both(&folder) {
        let town = Town::new(&location);
        let forged = || Forged {
            institution: CLINIC.to_owned(),
            days: DayRange { from: noon(1).day(), to: noon(4).day() },
            kinds: Vec::new(),
        };
        // The second one has spent half of it.
        let second = account_of(town.holder("generated-2"), SCHEME);
        let hold = spend(&town.store, second, 60);
        assert!(hold.is_ok(), "{hold:?}");
        let told = town.store.foresee_void(&forged(), noon(5).day()).unwrap();
        assert_eq!(told.kinds, [("elderly.checkup".to_owned(), 2)].into());
        assert_eq!(told.residents, 2);
        let mut changes: Vec<(i64, i64)> =
            told.changes.iter().map(|change| (change.points.0, change.short.0)).collect();
        changes.sort_unstable();
        assert_eq!(changes, [(-100, 0), (-100, 60)]);
        assert_eq!(town.has("generated-1"), (105, 105), "nothing is written");
        let other = Forged { kinds: vec!["lecture.attended".to_owned()], ..forged() };
        assert_eq!(town.store.foresee_void(&other, noon(5).day()).unwrap(), ForgedTold::default());

        let reason = "检查发现体检未做".to_owned();
        let id = town.decide(Proposed::VoidRecords { forged: forged(), reason }, 5).unwrap();
        let task = town.store.take_task([1; 16], noon(5)).wait().unwrap().unwrap();
        assert_eq!((&*task.kind, task.asked_by), (VOID_RECORDS, officer(2)));
        let why = (kangji_core::ids::ReasonId::from_bytes(*id.bytes()), noon(5));
        let void = |after| town.store.void_forged(forged(), after, 1, why).wait().unwrap();
        let mut done = void(None);
        let mut count = done.records;
        while let Some(last) = done.last {
            done = void(Some(last));
            count += done.records;
        }
        assert_eq!(count, 2);
        assert_eq!(void(None), Voided { records: 0, last: None }, "again changes nothing");
        assert_eq!(town.has("generated-1"), (5, 5), "the lecture of another clinic stays");
        let second = town.store.account(second).unwrap().unwrap();
        assert_eq!(second.shortfall, Points(60));
        assert!(town.store.compare(noon(6).day()).unwrap().mismatches.is_empty());
    }
}

fn spend(store: &Store, account: kangji_core::ids::AccountId, points: i64) -> Answer {
    use kangji_ledger::{Act, Command};
    let act = |act| Command {
        key: None,
        account,
        day: noon(4).day(),
        act,
        answer: kangji_ledger::Answer::default(),
    };
    let hold = act(Act::Hold { points: Points(points), until: None });
    let hold = store.execute(hold, noon(4)).wait().unwrap()?;
    store.execute(act(Act::Capture { hold: hold.seq }), noon(4)).wait().unwrap()
}
