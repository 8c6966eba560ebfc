//! Institutions and catalogues on both databases.

use kangji_core::{
    Day, DayRange, DivisionPrefix, Moment,
    ids::{CatalogueId, OfficerId},
    vocabulary::Vocabulary,
};
use kangji_redemption::{Level, Signature, catalogue::CatalogueRefusal};
use kangji_rights::{Action, Cover, Permit};

use super::{CatalogueQuery, CatalogueState, NewCatalogue, NotProposed, Step};
use crate::{
    facts::holders::new_id,
    redemption::Institution,
    sql::Location,
    store::Store,
    verify::sample::{Folder, both},
};

/// 2026-09-21 on the clocks of Asia/Shanghai.
const NOW: Moment = Moment::from_millis(1_790_000_000_000);
const SCHEME: &str = include_str!("../../../../../schemes/panzhihua-xiqu.md");
const SOAP: &str = "[[item]]\nid = \"soap\"\nname = \"香皂\"\npoints = 20\n";
const ANN: OfficerId = OfficerId::from_bytes([1; 16]);
const BEN: OfficerId = OfficerId::from_bytes([2; 16]);

fn open(location: &Location) -> Store {
    Store::migrate(location, NOW).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    assert_eq!(store.publish(SCHEME, NOW).wait().unwrap(), Ok(true));
    store
}

fn area(text: &str) -> DivisionPrefix {
    DivisionPrefix::parse(text).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn permit(action: Action, within: &str, institution: Option<&str>) -> Permit {
    let institution = institution.map(ToOwned::to_owned);
    Permit::covering(action, vec![Cover::Area { area: area(within), institution }]).unwrap()
}

fn clinic(code: &str, within: &str) -> Institution {
    Institution {
        code: code.to_owned(),
        name: "中心".to_owned(),
        level: Level::Institution,
        area: area(within),
        address: String::new(),
        phone: String::new(),
        hours: String::new(),
        changed_at: NOW,
        closed_at: None,
    }
}

fn put(store: &Store, within: &str, institution: Institution) -> bool {
    let permit = permit(Action::InstitutionsWrite, within, None);
    store.put_institution(&permit, institution).wait().unwrap()
}

fn new(provider: Option<&str>, from: &str, content: &str) -> NewCatalogue {
    NewCatalogue {
        id: CatalogueId::from_bytes(new_id(NOW)),
        scheme: "panzhihua-xiqu".to_owned(),
        provider: provider.map(ToOwned::to_owned),
        area: None,
        days: DayRange { from: day(from), to: Day::LAST },
        content: content.to_owned(),
        by: ANN,
    }
}

fn propose(store: &Store, permit: &Permit, new: NewCatalogue) -> Result<CatalogueId, NotProposed> {
    store.propose_catalogue(permit, new, NOW).wait().unwrap().map(CatalogueId::from_bytes)
}

fn signed(by: OfficerId, day: Day, document: &str) -> Signature {
    Signature { by, day, document: document.to_owned() }
}

fn decide(store: &Store, id: CatalogueId, step: Step) -> Option<Result<(), CatalogueRefusal>> {
    let permit = permit(Action::CataloguesReview, "5104", None);
    let signature = signed(BEN, NOW.day(), "文号1");
    store.decide_catalogue(&permit, id, step, signature, NOW.day()).wait().unwrap()
}

#[test]
fn institutions_are_changed_by_whoever_covers_them_as_they_are_and_will_be() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        assert!(put(&store, "5104", clinic("a", "510403")));
        assert!(put(&store, "51", clinic("b", "5105")));
        assert!(!put(&store, "5104", clinic("b", "510403")), "not taken from elsewhere");
        assert!(!put(&store, "5104", clinic("a", "51")), "not moved elsewhere");
        let closed = Institution { closed_at: Some(NOW), ..clinic("a", "510403001") };
        assert!(put(&store, "5104", closed.clone()));
        assert_eq!(store.institution("a").unwrap(), Some(closed.clone()));
        assert_eq!(store.institution("c").unwrap(), None);
        assert_eq!(store.institutions(Some(area("5104"))).unwrap(), std::slice::from_ref(&closed));
        assert_eq!(store.institutions(None).unwrap(), [closed, clinic("b", "5105")]);
    }
}

/// T4: a version is in force only after review and filing by somebody else, and a later one of
/// the same provider takes its place.
#[test]
fn a_version_is_in_force_once_it_was_reviewed_and_filed() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let whole = permit(Action::CataloguesPropose, "510403", None);
        let id = propose(&store, &whole, new(None, "2026-01-01", SOAP)).unwrap();
        let in_force = || {
            let all = store.catalogues_in_force(NOW.day()).unwrap();
            all.iter().map(|one| one.id).collect::<Vec<_>>()
        };
        assert_eq!(decide(&store, id, Step::File), Some(Err(CatalogueRefusal::NotReviewed)));
        assert_eq!(decide(&store, id, Step::Review), Some(Ok(())));
        assert_eq!(in_force(), []);
        assert_eq!(decide(&store, id, Step::File), Some(Ok(())));
        assert_eq!(in_force(), [id]);
        assert_eq!(decide(&store, id, Step::Return), Some(Err(CatalogueRefusal::Filed)));
        let found = store.catalogue(id).unwrap().unwrap();
        let signature = Some(signed(BEN, NOW.day(), "文号1"));
        let catalogue = &found.catalogue;
        assert_eq!((&catalogue.reviewed, &catalogue.filed), (&signature, &signature));
        assert_eq!((catalogue.returned.clone(), catalogue.level), (None, Level::District));
        assert_eq!((found.content.as_str(), found.proposed_at), (SOAP, NOW));
        let later = propose(&store, &whole, new(None, "2026-06-01", SOAP)).unwrap();
        assert_eq!(decide(&store, later, Step::Review), Some(Ok(())));
        assert_eq!(decide(&store, later, Step::File), Some(Ok(())));
        assert_eq!(in_force(), [later]);
    }
}

/// T4: whoever proposed decides nothing about it, nor does somebody whose permit does not reach it.
#[test]
fn whoever_proposed_does_not_decide() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let whole = permit(Action::CataloguesPropose, "510403", None);
        let id = propose(&store, &whole, new(None, "2026-01-01", SOAP)).unwrap();
        let review = permit(Action::CataloguesReview, "5104", None);
        let today = NOW.day();
        let by = |who, permit: &Permit| {
            let signature = signed(who, today, "文号1");
            store.decide_catalogue(permit, id, Step::Review, signature, today).wait().unwrap()
        };
        assert_eq!(by(ANN, &review), Some(Err(CatalogueRefusal::SamePerson)));
        assert_eq!(by(BEN, &permit(Action::CataloguesReview, "510403001", None)), None);
        assert_eq!(by(BEN, &permit(Action::CataloguesReview, "510403", Some("a"))), None);
        assert_eq!(decide(&store, id, Step::Return), Some(Ok(())));
        assert_eq!(decide(&store, id, Step::Review), Some(Err(CatalogueRefusal::Returned)));
        assert_eq!(decide(&store, CatalogueId::from_bytes([9; 16]), Step::Review), None);
    }
}

#[test]
fn what_is_wrong_with_a_version_is_told_with_its_place() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let whole = permit(Action::CataloguesPropose, "510403", None);
        let faults = |content: &str| {
            let Err(NotProposed::Items(faults)) =
                propose(&store, &whole, new(None, "2026-01-01", content))
            else {
                panic!("{content}")
            };
            faults.iter().map(|fault| (fault.line, fault.column)).collect::<Vec<_>>()
        };
        let twice = format!("{SOAP}\n{SOAP}");
        for (content, places) in [
            ("", vec![(1, 1)]),
            ("[[item]]\nid = \"a\"\nname = \"甲\"\npoints = \"多\"\n", vec![(4, 10)]),
            ("[[item]]\nid = \"a\"\nname = \"甲\"\npoints = 1\nprize = 2\n", vec![(5, 1)]),
            (&format!("{SOAP}\n{SOAP}at = [\"nobody\"]\n").replacen("soap", "s", 1), vec![(6, 1)]),
        ] {
            assert_eq!(faults(content), places, "{content}");
        }
        assert_eq!(faults(&twice).len(), 1);
        assert_eq!(store.catalogues(&query(&whole)).unwrap().len(), 0);
    }
}

/// S9: providers propose for themselves, with their own level, and nobody for others.
#[test]
fn providers_propose_for_themselves_alone() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        let shop = Institution { level: Level::Shop, ..clinic("shop", "510403001") };
        assert!(put(&store, "51", shop));
        assert!(put(&store, "51", clinic("a", "510403")));
        let gone = Institution { closed_at: Some(NOW), ..clinic("gone", "510403") };
        assert!(put(&store, "51", gone));
        let own = permit(Action::CataloguesPropose, "510403", Some("shop"));
        let whole = permit(Action::CataloguesPropose, "51", None);
        let year = "2026-01-01";
        let refused =
            |permit: &Permit, new: NewCatalogue| propose(&store, permit, new).unwrap_err();
        assert_eq!(refused(&own, new(None, year, SOAP)), NotProposed::OutOfReach);
        assert_eq!(refused(&own, new(Some("a"), year, SOAP)), NotProposed::OutOfReach);
        assert_eq!(refused(&whole, new(Some("nobody"), year, SOAP)), NotProposed::Provider);
        assert_eq!(refused(&whole, new(Some("gone"), year, SOAP)), NotProposed::Provider);
        let other = NewCatalogue { scheme: "other".to_owned(), ..new(None, year, SOAP) };
        assert_eq!(refused(&whole, other), NotProposed::Scheme);
        let days = DayRange { from: day("2026-02-01"), to: day("2026-01-31") };
        let never = NewCatalogue { days, ..new(None, year, SOAP) };
        assert_eq!(refused(&whole, never), NotProposed::Days);
        let part = NewCatalogue { area: Some(area("510403001")), ..new(None, year, SOAP) };
        assert_eq!(refused(&whole, part), NotProposed::Area);
        let village = permit(Action::CataloguesPropose, "510403001", None);
        let theirs = NewCatalogue { area: Some(area("510403001")), ..new(Some("a"), year, SOAP) };
        assert_eq!(refused(&village, theirs), NotProposed::OutOfReach, "for a larger institution");
        let beyond = NewCatalogue { area: Some(area("5104")), ..new(Some("shop"), year, SOAP) };
        assert_eq!(refused(&whole, beyond), NotProposed::Area);
        let at = format!("{SOAP}at = [\"a\"]\n");
        let NotProposed::Items(faults) = refused(&own, new(Some("shop"), year, &at)) else {
            panic!("a shop hands over at a clinic")
        };
        assert_eq!(faults.len(), 1);
        let id = propose(&store, &own, new(Some("shop"), year, SOAP)).unwrap();
        let found = store.catalogue(id).unwrap().unwrap().catalogue;
        assert_eq!((found.level, found.area), (Level::Shop, area("510403001")));
    }
}

fn query(permit: &Permit) -> CatalogueQuery {
    CatalogueQuery {
        permits: vec![permit.clone()],
        scheme: None,
        provider: None,
        state: None,
        after: None,
        limit: 50,
    }
}

#[test]
fn versions_are_listed_newest_first_as_far_as_a_permit_reaches() {
    let folder = Folder::new();
    for location in both(&folder) {
        let store = open(&location);
        assert!(put(&store, "51", clinic("a", "510403")));
        let whole = permit(Action::CataloguesPropose, "510403", None);
        let [own, first, second] = [None, Some("a"), Some("a")].map(|provider| {
            // Ids are in the order of the milliseconds in which they are made.
            let id = CatalogueId::from_bytes(new_id(Moment::from_millis(
                NOW.millis() + i64::from(provider.is_some()),
            )));
            propose(&store, &whole, NewCatalogue { id, ..new(provider, "2026-01-01", SOAP) })
                .unwrap()
        });
        let (first, second) = (first.min(second), first.max(second));
        assert_eq!(decide(&store, first, Step::Review), Some(Ok(())));
        let listed = |query: CatalogueQuery| {
            let all = store.catalogues(&query).unwrap();
            all.iter().map(|one| one.catalogue.id).collect::<Vec<_>>()
        };
        assert_eq!(listed(query(&whole)), [second, first, own]);
        let cases = [
            (CatalogueQuery { limit: 1, ..query(&whole) }, vec![second]),
            (CatalogueQuery { after: Some(second), ..query(&whole) }, vec![first, own]),
            (CatalogueQuery { provider: Some("a".into()), ..query(&whole) }, vec![second, first]),
            (CatalogueQuery { provider: Some(String::new()), ..query(&whole) }, vec![own]),
            (CatalogueQuery { scheme: Some("other".into()), ..query(&whole) }, vec![]),
            (
                CatalogueQuery { state: Some(CatalogueState::Reviewed), ..query(&whole) },
                vec![first],
            ),
            (
                CatalogueQuery { state: Some(CatalogueState::Proposed), ..query(&whole) },
                vec![second, own],
            ),
            (CatalogueQuery { state: Some(CatalogueState::Filed), ..query(&whole) }, vec![]),
            (query(&permit(Action::CataloguesPropose, "5104", Some("a"))), vec![second, first]),
            (query(&permit(Action::CataloguesPropose, "440300", None)), vec![]),
        ];
        for (query, expected) in cases {
            assert_eq!(listed(query.clone()), expected, "{query:?}");
        }
    }
}
