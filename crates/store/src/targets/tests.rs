//! Targets that are shared out (T16).

use super::*;
use crate::{
    sql::Location,
    verify::sample::{Folder, both, noon},
};
use kangji_core::vocabulary::Vocabulary;

fn target(area: &str, name: &str, number: u32) -> Target {
    let area = DivisionPrefix::parse(area).unwrap();
    Target { area, year: 2026, name: name.to_owned(), number }
}

#[test]
fn t16_parts_that_do_not_add_up_are_told() {
    let street = target("500110007", "screened", 100);
    let villages = [target("500110007001", "screened", 60), target("500110007002", "screened", 40)];
    let all = |extra: &[Target]| [&[street.clone()][..], &villages, extra].concat();
    assert_eq!(Target::uneven(&all(&[])), [], "sixty and forty are a hundred");
    assert_eq!(Target::uneven(std::slice::from_ref(&street)), [], "not shared out yet");
    let one_more = all(&[target("500110007003", "screened", 1)]);
    let told = Target::uneven(&one_more);
    assert_eq!(told, [Uneven { whole: street.clone(), parts: 101 }]);
    // Another name or year is nobody's part.
    let mut later = target("500110007003", "screened", 9);
    later.year = 2027;
    assert_eq!(Target::uneven(&all(&[later, target("500110007003", "checked", 9)])), []);
    // Of a district only the street counts, not the villages once more.
    assert_eq!(Target::uneven(&all(&[target("500110", "screened", 100)])), []);
    let told = Target::uneven(&all(&[target("500110", "screened", 120)]));
    assert_eq!(told.iter().map(|one| one.parts).collect::<Vec<_>>(), [100]);
}

#[test]
fn t16_targets_are_kept_and_replaced() {
    let folder = Folder::new();
    for location in both(&folder) {
        kept_and_replaced(&location);
    }
}

fn kept_and_replaced(location: &Location) {
    Store::migrate(location, noon(1)).unwrap();
    let store = Store::open(location, Vocabulary::national()).unwrap();
    let by = OfficerId::from_bytes([1; 16]);
    let all = vec![
        target("500110007", "screened", 100),
        target("500110007001", "screened", 60),
        target("500110008", "screened", 7),
    ];
    assert_eq!(store.put_targets(all.clone(), by, noon(1)).wait().unwrap(), 3);
    let village = DivisionPrefix::parse("500110007001").unwrap();
    assert_eq!(store.targets(village, 2026).unwrap(), all[..2], "its own and those around it");
    store.put_targets(vec![target("500110007001", "screened", 61)], by, noon(2)).wait().unwrap();
    assert_eq!(store.targets(village, 2026).unwrap()[1].number, 61);
    assert_eq!(store.targets(village, 2025).unwrap(), []);
}
