//! Cases on both databases (P13): opened by hand or by the program, decided once by somebody else.

use kangji_core::{
    Day, DivisionPrefix, Fen, Moment,
    ids::{CaseId, OfficerId},
    vocabulary::Vocabulary,
};
use kangji_redemption::{
    Level,
    fraud::{CaseKind, CaseRefusal, Outcome, Party},
    partner::Bears,
    settlement::Hand,
    voucher::Serial,
};
use kangji_rights::{Action, Cover, Permit};

use super::*;
use crate::{
    redemption::Institution,
    store::Store,
    verify::sample::{Folder, both, holder, noon},
};

const SHOP: &str = "shop-1";

fn who(number: u8) -> OfficerId {
    OfficerId::from_bytes([number; 16])
}

fn outcome(party: Party, code: &str, by: u8) -> Outcome {
    Outcome {
        party,
        party_code: code.to_owned(),
        loss: Fen(500),
        decision: "同一张券先后两次使用".to_owned(),
        consequence: "从下月结算中扣回".to_owned(),
        hand: Hand { by: who(by), at: noon(9) },
    }
}

fn by_hand(id: u8) -> NewCase {
    NewCase {
        id: CaseId::from_bytes([id; 16]),
        kind: CaseKind::Forged,
        scheme: "xq".to_owned(),
        place: SHOP.to_owned(),
        serial: Some("PX00000001".to_owned()),
        deduction: None,
        note: "字迹不像".to_owned(),
    }
}

fn opened(location: &crate::sql::Location) -> Store {
    Store::migrate(location, noon(1)).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let shop = Institution {
        code: SHOP.to_owned(),
        name: "生成的超市".to_owned(),
        level: Level::Shop,
        area: DivisionPrefix::parse("510403").unwrap(),
        address: String::new(),
        phone: String::new(),
        hours: String::new(),
        changed_at: noon(1),
        closed_at: None,
    };
    let from = Day::new(2026, 1, 1).unwrap();
    store.open_sample_shop(shop, "xq", from, [who(1), who(2)]).wait().unwrap();
    store
}

#[test]
fn p13_a_case_is_decided_once_by_somebody_else() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = opened(&location);
        let id: CaseId =
            store.open_case(by_hand(1), who(1), noon(2)).wait().unwrap().parse().unwrap();
        let decide = |outcome| store.decide_case(id, outcome).wait().unwrap();
        let silent = Outcome { decision: " ".to_owned(), ..outcome(Party::Partner, SHOP, 2) };
        let below = Outcome { loss: Fen(-1), ..outcome(Party::Partner, SHOP, 2) };
        for (wrong, why) in [
            (outcome(Party::Partner, SHOP, 1), CaseRefusal::SamePerson),
            (outcome(Party::Partner, "", 2), CaseRefusal::NoParty),
            (outcome(Party::Nobody, SHOP, 2), CaseRefusal::NoParty),
            (outcome(Party::Partner, "shop-9", 2), CaseRefusal::UnknownParty),
            (outcome(Party::Staff, "nobody", 2), CaseRefusal::UnknownParty),
            (outcome(Party::Resident, "nobody", 2), CaseRefusal::UnknownParty),
            (outcome(Party::Resident, &holder(5).to_string(), 2), CaseRefusal::UnknownParty),
            (below, CaseRefusal::Loss),
            (silent, CaseRefusal::NoDecision),
        ] {
            assert_eq!(decide(wrong), Err(why));
        }
        assert_eq!(store.case(id).unwrap().unwrap().outcome, None);
        assert_eq!(decide(outcome(Party::Partner, SHOP, 2)), Ok(()));
        assert_eq!(decide(outcome(Party::Partner, SHOP, 3)), Err(CaseRefusal::Decided));
        let case = store.case(id).unwrap().unwrap();
        assert_eq!(case.outcome, Some(outcome(Party::Partner, SHOP, 2)));
        assert_eq!(store.bears(&case).unwrap(), Some(Bears::Shop));
        let nobody = store.decide_case(CaseId::from_bytes([9; 16]), outcome(Party::Nobody, "", 2));
        assert_eq!(nobody.wait().unwrap(), Err(CaseRefusal::Unknown));
    }
}

#[test]
fn p13_a_second_presentation_shows_both_places_to_whom_it_concerns() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = opened(&location);
        let serial: Serial = "H-0001".parse().unwrap();
        let suspicion = Suspicion {
            kind: CaseKind::SecondPresentation,
            scheme: "xq".to_owned(),
            serial,
            place: SHOP.to_owned(),
            first: Some(("clinic-1".to_owned(), noon(3))),
            by: Some([7; 16]),
            at: noon(5),
        };
        // However often the cashier tries on that day.
        for _ in 0..2 {
            let kept = suspicion.clone();
            store.work(move |unit| Ok(kept.keep(unit.connection)?)).wait().unwrap();
        }
        store.open_case(by_hand(1), who(1), noon(6)).wait().unwrap();
        let list = |area: &str, open: Option<bool>, before: Option<(Moment, CaseId)>| {
            let area = DivisionPrefix::parse(area).unwrap_or(DivisionPrefix::EVERYWHERE);
            let cover = Cover::Area { area, institution: None };
            let permit = Permit::covering(Action::CasesRead, vec![cover]).unwrap();
            store.cases(&CaseQuery { permit, open, before, limit: 1 }).unwrap()
        };
        let newest = list("510403", Some(true), None).pop().unwrap();
        assert_eq!((newest.kind, newest.note.as_str()), (CaseKind::Forged, "字迹不像"));
        let next = list("", None, Some((newest.opened.at, newest.id))).pop().unwrap();
        assert_eq!(next.first, Some(("clinic-1".to_owned(), noon(3))));
        assert_eq!((next.place.as_str(), next.opened.at), (SHOP, noon(5)));
        assert_eq!(list("", None, Some((next.opened.at, next.id))), []);
        assert_eq!(list("440300", None, None), []);
        assert_eq!(list("510403", Some(false), None), []);
        // The cashier who presented it does not decide.
        let own = outcome(Party::Nobody, "", 7);
        let refused = store.decide_case(next.id, own).wait().unwrap();
        assert_eq!(refused, Err(CaseRefusal::SamePerson));
    }
}
