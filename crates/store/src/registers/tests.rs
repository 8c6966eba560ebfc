//! Registers of areas (T6, T7, P16), on both databases.

use kangji_core::vocabulary::Vocabulary;
use kangji_rights::{Action, Cover};

use super::*;
use crate::{
    facts::holders::new_id,
    sql::Location,
    verify::sample::{Folder, both, march, noon},
};

fn officer(number: u8) -> OfficerId {
    OfficerId::from_bytes([number; 16])
}

fn entry(register: &str, area: &str) -> NewRegisterEntry {
    NewRegisterEntry {
        id: new_id(noon(2)),
        register: register.to_owned(),
        area: DivisionPrefix::parse(area).unwrap(),
        day: march(2),
        content: "希望体检安排在周末".to_owned(),
        channel: Some("入户".to_owned()),
        reached: Some(12),
        owner: Some("卫生服务中心".to_owned()),
        due: Some(march(9)),
        by: officer(1),
        at: noon(2),
    }
}

fn permit(area: &str) -> Permit {
    let area = DivisionPrefix::parse(area).unwrap();
    Permit::covering(Action::RegistersKeep, vec![Cover::Area { area, institution: None }]).unwrap()
}

#[test]
fn t6_t7_what_is_entered_is_read_inside_the_area_and_answered_once() {
    let folder = Folder::new();
    for location in both(&folder) {
        read_and_answered(&location);
    }
}

fn read_and_answered(location: &Location) {
    Store::migrate(location, noon(1)).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let [village, street, other] = [
        entry("opinions", "500110007001"),
        entry("opinions", "500110007"),
        entry("issues", "500110007001"),
    ];
    for entry in [&village, &street, &other] {
        assert_eq!(store.enter_in_register(entry.clone()).wait().unwrap(), entry.id);
    }
    let list = |area: &str, answered| {
        let query = RegisterQuery {
            register: "opinions".to_owned(),
            permit: permit(area),
            area: None,
            answered,
            after: None,
            limit: 10,
        };
        let found = store.register_entries(&query).unwrap();
        found.into_iter().map(|one| one.entry).collect::<Vec<_>>()
    };
    assert_eq!(list("500110007", None), [street.clone(), village.clone()], "the newest first");
    let own = list("500110007001", None);
    assert_eq!(own, std::slice::from_ref(&village), "the street's is not the village's");
    assert_eq!(list("500110008", None), []);
    let answer = RegisterAnswer { text: "安排了".to_owned(), by: officer(2), at: noon(3) };
    let give = |area: &str| {
        store.answer_in_register(&permit(area), village.id, answer.clone()).wait().unwrap()
    };
    assert_eq!(give("500110008"), None, "out of reach");
    assert_eq!((give("500110007"), give("500110007")), (Some(true), Some(false)));
    let read = store.register_entry(village.id).unwrap().unwrap();
    assert_eq!(read, RegisterEntry { entry: village.clone(), answer: Some(answer) });
    assert_eq!(list("500110007", Some(false)), [street]);
    assert_eq!(list("500110007", Some(true)), [village]);
}
