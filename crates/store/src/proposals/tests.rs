//! Lists by which points of a village's pool are handed on, on both databases (T2).

use kangji_core::{Day, DayRange, DivisionPrefix, Points, vocabulary::Vocabulary};
use kangji_ledger::{Act, Command, Source, account_of};

use super::*;
use crate::{
    facts::{Fact, ResidentFact},
    post::Entered,
    sql::Location,
    store::Store,
    verify::sample::{Folder, both, noon},
};

const SCHEME: &str = "tonghui";
const VILLAGE: &str = "500110007001";
const OTHER: &str = "500110007002";
const DOCUMENT: &str = include_str!("../../../../schemes/tonghui.md");

/// A village with a pool of ten points, a helper, somebody who does not help, and a helper of
/// another village.
struct Village {
    store: Store,
    pool: AccountId,
    people: [HolderId; 3],
}

fn officer(number: u8) -> OfficerId {
    OfficerId::from_bytes([number; 16])
}

impl Village {
    fn new(location: &Location) -> Self {
        Store::migrate(location, noon(1)).unwrap();
        let store = Store::open(location, Vocabulary::national()).unwrap();
        assert_eq!(store.publish(DOCUMENT, noon(1)).wait().unwrap(), Ok(true));
        let fact = |code: &str, village: &str, group: &str| {
            Fact::Resident(ResidentFact {
                code: code.to_owned(),
                birth_date: Day::new(1970, 1, 1),
                sex: None,
                communities: vec![(village.to_owned(), DayRange::ALWAYS)],
                guardians: Vec::new(),
                groups: vec![(group.to_owned(), DayRange::ALWAYS)],
            })
        };
        let facts = vec![
            fact("generated-1", VILLAGE, "grid_worker"),
            fact("generated-2", VILLAGE, "hypertension"),
            fact("generated-3", OTHER, "group_leader"),
        ];
        store.enter(facts, Entered { now: noon(1), reason: None }).wait().unwrap();
        let people = ["generated-1", "generated-2", "generated-3"];
        let people = people.map(|code| store.holder(code).unwrap().unwrap());
        let pool = store.open_pool(VILLAGE, SCHEME, noon(1)).wait().unwrap();
        let this = Self { store, pool, people };
        this.credit(this.pool, people[0], 1000);
        this
    }

    fn credit(&self, account: AccountId, resident: HolderId, points: i64) {
        let source = Source {
            award: "elderly-checkup-organised".to_owned(),
            resident,
            record: None,
            period: None,
            version: noon(1).day(),
        };
        let act = Act::Credit { points: Points(points), expires_on: Day::new(2027, 1, 1), source };
        let (day, answer) = (noon(1).day(), kangji_ledger::Answer::default());
        let command = Command { key: None, account, day, act, answer };
        self.store.execute(command, noon(1)).wait().unwrap().unwrap();
    }

    /// One proposes a list, another one accepts it.
    fn hand_on(
        &self,
        pool: AccountId,
        list: &[(HolderId, i64)],
        by: [u8; 2],
    ) -> Result<(), NotDecided> {
        let id = ProposalId::from_bytes(crate::facts::holders::new_id(noon(2)));
        let list = list.iter().map(|(holder, points)| (*holder, Points(*points))).collect();
        let proposal = Proposal {
            id,
            area: DivisionPrefix::parse(VILLAGE).unwrap(),
            content: Proposed::HandOn { pool, list, reason: "三季度组织体检".to_owned() },
            proposed_by: officer(by[0]),
            proposed_at: noon(2),
            decision: None,
        };
        self.store.propose(proposal.clone()).wait().unwrap();
        assert_eq!(self.store.proposal(id).unwrap(), Some(proposal), "it reads what it wrote");
        let decision = ProposalDecision {
            by: officer(by[1]),
            at: noon(3),
            accepted: true,
            reason: String::new(),
        };
        self.store.decide_proposal(id, decision).wait().unwrap()
    }

    fn has(&self, holder: HolderId) -> Option<i64> {
        let account = self.store.account(account_of(holder, SCHEME)).unwrap();
        account.map(|account| account.redeemable(noon(3).day()).0)
    }
}

#[test]
fn t2_two_people_hand_a_pool_on_to_its_helpers() {
    let folder = Folder::new();
    for location in both(&folder) {
        let village = Village::new(&location);
        let [helper, neighbour, elsewhere] = village.people;
        let everywhere = Cover::Area { area: DivisionPrefix::EVERYWHERE, institution: None };
        let permit = Permit::covering(Action::PoolsHandOn, vec![everywhere]).unwrap();
        let today = noon(3).day();
        let pools = || village.store.pools(&permit, today).unwrap();
        let [pool] = pools().try_into().unwrap();
        assert_eq!((pool.account, pool.redeemable), (village.pool, Points(1000)));
        assert_eq!(village.store.pool(village.pool, today).unwrap(), Some(pool));
        let area = DivisionPrefix::parse(VILLAGE).unwrap();
        let helpers = village.store.helpers_in(area, today).unwrap();
        assert_eq!(helpers.iter().map(|known| known.id).collect::<Vec<_>>(), [helper]);
        assert_eq!(village.has(helper), None, "no account yet");

        let pool = village.pool;
        assert_eq!(village.hand_on(pool, &[(helper, 100)], [1, 1]), Err(NotDecided::SamePerson));
        for (list, place) in
            [(vec![(helper, 100), (neighbour, 100)], 1), (vec![(elsewhere, 100)], 0)]
        {
            assert_eq!(village.hand_on(pool, &list, [1, 2]), Err(NotDecided::Outside { place }));
        }
        let short = village.hand_on(pool, &[(helper, 1001)], [1, 2]);
        let redeemable = Points(1000);
        assert_eq!(short, Err(NotDecided::Refused(Refusal::Insufficient { redeemable })));
        let twice = village.hand_on(pool, &[(helper, 1), (helper, 1)], [1, 2]);
        assert_eq!(twice, Err(NotDecided::Refused(Refusal::List)));
        assert_eq!(village.hand_on(pool, &[(helper, 350)], [1, 2]), Ok(()));
        assert_eq!(village.has(helper), Some(350));
        assert_eq!(pools()[0].redeemable, Points(650));
    }
}

/// T2: points never go from person to person: the only act that gives points of one account to
/// another asks for a pool, and nobody's own account is one.
#[test]
fn t2_no_points_go_from_person_to_person() {
    let folder = Folder::new();
    for location in both(&folder) {
        let village = Village::new(&location);
        let [helper, neighbour, _] = village.people;
        village.store.open_accounts(SCHEME, vec![(helper, false)]).wait().unwrap();
        let own = account_of(helper, SCHEME);
        village.credit(own, neighbour, 500);
        let refused = Err(NotDecided::Refused(Refusal::NotAPool));
        assert_eq!(village.hand_on(own, &[(neighbour, 100)], [1, 2]), refused);
        let nobody = AccountId::from_bytes([3; 16]);
        assert_eq!(village.hand_on(nobody, &[(helper, 100)], [1, 2]), refused);
        assert_eq!(village.store.pool(own, noon(3).day()).unwrap(), None);
        assert_eq!((village.has(helper), village.has(neighbour)), (Some(500), None));
    }
}
